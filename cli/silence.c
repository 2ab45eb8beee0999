/*
 * dealwatch silence: keep something from reaching anybody for a while.
 */
#include "cli/cli.h"

#include <inttypes.h>
#include <jansson.h>
#include <stddef.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/options.h"
#include "cli/client.h"
#include "cli/document.h"
#include "cli/show.h"

#define MINUTES 60
#define MINUTES_MAX (INT64_C(30) * 24 * 60)

struct words {
	const char *socket, *story, *rule, *feed, *comment;
	int64_t minutes, end;
	bool is_json;
};

static const struct option_row rows[] = {
	{ "story", 0, OPTION_TEXT, offsetof(struct words, story), "STORY",
	    "what this story tells" },
	{ "rule", 0, OPTION_TEXT, offsetof(struct words, rule), "RULE",
	    "what this rule tells" },
	{ "feed", 0, OPTION_TEXT, offsetof(struct words, feed), "FEED",
	    "what this source tells, and what is told of it" },
	{ "minutes", 'm', OPTION_NUMBER, offsetof(struct words, minutes), "N",
	    "for so long (60)", 1, MINUTES_MAX },
	{ "comment", 0, OPTION_TEXT, offsetof(struct words, comment), "TEXT",
	    "why; kept with what is held" },
	{ "end", 0, OPTION_NUMBER, offsetof(struct words, end), "ID", "end this one", 1,
	    INT64_MAX },
	{ "json", 0, OPTION_FLAG, offsetof(struct words, is_json), NULL,
	    "the daemon's answer as it is" },
	{ "socket", 0, OPTION_TEXT, offsetof(struct words, socket), "PATH",
	    CLIENT_SOCKET_HELP },
	{ NULL },
};

static int
print_one(const json_t *silence)
{
	static const char *const kinds[] = { "story", "rule", "feed" };
	AUTO_BUF struct buf text = BUF_EMPTY;

	if (json_object_get(silence, "ended") != NULL) {
		printf(
		    "silence %" PRId64 " has ended\n", document_number(silence, "ended"));
		return EX_OK;
	}
	buf_printf(&text, "silence %" PRId64, document_number(silence, "id"));
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		const char *name = document_text(silence, kinds[i]);

		if (name[0] != '\0')
			buf_printf(&text, ": %s %s", kinds[i], name);
	}
	buf_add_text(&text, " until ");
	show_minute(&text, document_time(silence, "until"));
	if (document_text(silence, "comment")[0] != '\0')
		buf_printf(&text, " (%s)", document_text(silence, "comment"));
	cli_puts(buf_text(&text));
	printf("\n");
	return EX_OK;
}

static int
print_list(const json_t *document)
{
	const json_t *list = json_object_get(document, "silences");
	size_t i;
	json_t *silence;

	if (json_array_size(list) == 0)
		puts("no silences");
	json_array_foreach(list, i, silence)(void) print_one(silence);
	return EX_OK;
}

/* @return the caller's to free(); NULL: something is no valid UTF-8 */
static char *
make_body(const struct words *words)
{
	json_t *body = words->end > 0
			   ? json_pack("{s:I}", "end", (json_int_t)words->end)
			   : json_pack("{s:s*,s:s*,s:s*,s:I,s:s*}", "story", words->story,
				 "rule", words->rule, "feed", words->feed, "minutes",
				 (json_int_t)words->minutes, "comment", words->comment);
	char *text = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;

	json_decref(body);
	return text;
}

static int
run(const struct verb *verb, int argc, char **argv)
{
	struct words words = { .minutes = MINUTES };
	struct client_request request = { .method = "GET", .path = "/v1/silences" };
	AUTO_FREE char *body = NULL;
	int first, subjects;

	if (!cli_options(verb, argc, argv, &words, &first))
		return EX_USAGE;
	subjects = (words.story != NULL) + (words.rule != NULL) + (words.feed != NULL);
	if (first < argc)
		return cli_usage(verb, "%s: only options are taken", argv[first]);
	if (subjects > 1 || (words.end > 0 && subjects > 0))
		return cli_usage(verb, "one of --story, --rule, --feed and --end");
	request.socket = words.socket;
	if (subjects == 0 && words.end == 0)
		return document_show(&request, words.is_json, print_list);
	body = make_body(&words);
	if (body == NULL)
		return cli_usage(verb, "names and comments are UTF-8");
	request.method = "POST";
	request.body = body;
	return document_show(&request, words.is_json, print_one);
}

const struct verb verb_silence = {
	"silence",
	"[--story STORY | --rule RULE | --feed FEED [--minutes N]\n"
	"                        [--comment TEXT] | --end ID] [--json] [--socket PATH]",
	"keep a story, rule or source from reaching anybody for a while",
	rows,
	"Log, journal and the list of alerts get everything all the same. Without any of them\n"
	"the silences that last are shown.",
	run,
};
