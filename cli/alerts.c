/*
 * dealwatch alerts: what was told; all that is known of one alert.
 */
#include "cli/cli.h"

#include <inttypes.h>
#include <jansson.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/options.h"
#include "cli/client.h"
#include "cli/document.h"
#include "cli/letters.h"
#include "cli/records.h"
#include "cli/show.h"

#define LAST 20
#define LAST_MAX 1000

struct words {
	const char *socket, *story, *rule, *kind, *severity, *sink;
	int64_t count, after;
	bool is_dead, is_held, is_resend, is_json;
};

static const struct option_row rows[] = {
	{ "lines", 'n', OPTION_NUMBER, offsetof(struct words, count), "N",
	    "the last N of them (20)", 1, LAST_MAX },
	{ "after", 0, OPTION_NUMBER, offsetof(struct words, after), "EVENT",
	    "the first N after this event", 0, INT64_MAX },
	{ "story", 0, OPTION_TEXT, offsetof(struct words, story), "STORY",
	    "only of this story" },
	{ "rule", 0, OPTION_TEXT, offsetof(struct words, rule), "RULE",
	    "only by this rule" },
	{ "kind", 0, OPTION_TEXT, offsetof(struct words, kind), "KIND",
	    "only of this kind: match, stage, feed, story, test ..." },
	{ "severity", 0, OPTION_TEXT, offsetof(struct words, severity), "SEVERITY",
	    "only as severe as this, or more" },
	{ "dead", 0, OPTION_FLAG, offsetof(struct words, is_dead), NULL,
	    "what sinks did not get: the dead letters" },
	{ "held", 0, OPTION_FLAG, offsetof(struct words, is_held), NULL,
	    "what is held back from sinks, and why" },
	{ "resend", 0, OPTION_FLAG, offsetof(struct words, is_resend), NULL,
	    "send dead letters again: of ID, or all" },
	{ "sink", 0, OPTION_TEXT, offsetof(struct words, sink), "NAME",
	    "only letters to this sink" },
	{ "json", 0, OPTION_FLAG, offsetof(struct words, is_json), NULL,
	    "the daemon's answer as it is" },
	{ "socket", 0, OPTION_TEXT, offsetof(struct words, socket), "PATH",
	    CLIENT_SOCKET_HELP },
	{ NULL },
};

/* -- the list -- */

static int
print_list(const json_t *document)
{
	const json_t *list = json_object_get(document, "alerts");
	bool is_coloured = show_wants_colour(stdout);
	size_t i;
	json_t *record;

	if (json_array_size(list) == 0)
		puts("no alerts");
	json_array_foreach(list, i, record) records_print(record, is_coloured);
	return EX_OK;
}

/* -- one -- */

static void
print_matched(const json_t *record)
{
	const json_t *list = json_object_get(record, "matched");
	size_t i;
	json_t *term;

	json_array_foreach(list, i, term)
	{
		AUTO_BUF struct buf text = BUF_EMPTY;

		buf_printf(&text, "\"%s\" in the %s, at %" PRId64,
		    document_text(term, "term"), document_text(term, "field"),
		    document_number(term, "at"));
		printf("  %-11s", i == 0 ? "because" : "");
		cli_puts(buf_text(&text));
		printf("\n");
	}
}

static void
print_attached(const json_t *list)
{
	size_t i;
	json_t *attached;

	json_array_foreach(list, i, attached)
	{
		AUTO_BUF struct buf text = BUF_EMPTY;

		show_minute(&text, document_time(attached, "seen"));
		buf_printf(&text, "  %s  %s", document_text(attached, "publisher"),
		    document_text(attached, "link"));
		printf("  %-11s", i == 0 ? "also said" : "");
		cli_puts(buf_text(&text));
		printf("\n");
	}
}

static void
print_delivery(const json_t *list)
{
	size_t i;
	json_t *delivery;

	json_array_foreach(list, i, delivery)
	{
		AUTO_BUF struct buf text = BUF_EMPTY;

		buf_printf(&text, "%s: %s", document_text(delivery, "sink"),
		    document_text(delivery, "state"));
		if (document_text(delivery, "reason")[0] != '\0')
			buf_printf(&text, " (%s)", document_text(delivery, "reason"));
		printf("  %-11s", i == 0 ? "delivery" : "");
		cli_puts(buf_text(&text));
		printf("\n");
	}
}

static int
print_one(const json_t *document)
{
	const json_t *record = json_object_get(document, "alert");

	records_print(record, show_wants_colour(stdout));
	records_print_member(record, "id", "id");
	records_print_member(record, "kind", "kind");
	records_print_member(record, "rule", "rule");
	records_print_member(record, "feed", "feed");
	records_print_member(record, "published", "published");
	records_print_member(record, "seen", "seen");
	print_matched(record);
	print_attached(json_object_get(document, "attached"));
	print_delivery(json_object_get(document, "delivery"));
	return EX_OK;
}

/* -- asking -- */

/* Names have only characters that a path or query takes as they are. */
static bool
is_name(const char *text)
{
	return text == NULL ||
	       (strlen(text) <= 64 &&
		   strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(text));
}

static void
add_filter(struct buf *path, const char *name, const char *value)
{
	if (value != NULL)
		buf_printf(path, "&%s=%s", name, value);
}

static void
make_path(struct buf *path, const struct words *words, const char *id)
{
	if (id != NULL) {
		buf_printf(path, "/v1/alerts/%s", id);
		return;
	}
	if (words->after >= 0)
		buf_printf(path, "/v1/alerts?after=%" PRId64 "&limit=%" PRId64,
		    words->after, words->count);
	else
		buf_printf(path, "/v1/alerts?last=%" PRId64, words->count);
	add_filter(path, "story", words->story);
	add_filter(path, "rule", words->rule);
	add_filter(path, "kind", words->kind);
	add_filter(path, "severity", words->severity);
}

/* What is not about letters does not go with them. */
static bool
is_letters_only(const struct words *words, const char *id)
{
	return words->is_dead + words->is_held + words->is_resend == 1 &&
	       (words->is_resend || id == NULL) && words->story == NULL &&
	       words->rule == NULL && words->kind == NULL && words->severity == NULL;
}

static int
run_letters(const struct words *words, const char *id)
{
	struct letter_words letters = { .socket = words->socket,
		.sink = words->sink,
		.id = id,
		.count = words->count,
		.after = words->after,
		.is_held = words->is_held,
		.is_json = words->is_json };

	return words->is_resend ? letters_resend(&letters) : letters_list(&letters);
}

static int
run(const struct verb *verb, int argc, char **argv)
{
	struct words words = { .count = LAST, .after = -1 };
	struct client_request request = { .method = "GET" };
	AUTO_BUF struct buf path = BUF_EMPTY;
	const char *id;
	int first;

	if (!cli_options(verb, argc, argv, &words, &first))
		return EX_USAGE;
	if (argc - first > 1)
		return cli_usage(verb, "one ID at most");
	id = first < argc ? argv[first] : NULL;
	if (!is_name(id) || !is_name(words.story) || !is_name(words.rule) ||
	    !is_name(words.kind) || !is_name(words.severity) || !is_name(words.sink))
		return cli_usage(verb, "names are of a-z, 0-9 and -");
	if (words.is_dead || words.is_held || words.is_resend || words.sink != NULL) {
		if (!is_letters_only(&words, id))
			return cli_usage(verb,
			    "one of --dead, --held and --resend, with --sink, -n and "
			    "--after; an ID with --resend");
		return run_letters(&words, id);
	}
	make_path(&path, &words, id);
	request.path = buf_text(&path);
	request.socket = words.socket;
	return document_show(&request, words.is_json, id != NULL ? print_one : print_list);
}

const struct verb verb_alerts = {
	"alerts",
	"[-n N] [--after EVENT] [--story STORY] [--rule RULE]\n"
	"                        [--kind KIND] [--severity SEVERITY] [--json]\n"
	"                        [--socket PATH] [ID]\n"
	"       dealwatch alerts --dead | --held [-n N] [--after EVENT] [--sink NAME]\n"
	"       dealwatch alerts --resend [--sink NAME] [ID]",
	"show what was told, or all that is known of one alert",
	rows,
	NULL,
	run,
};
