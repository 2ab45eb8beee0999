/*
 * dealwatch explain: why rules are true or false for entries, and where. Nothing is asked
 * of the daemon.
 */
#include "cli/cli.h"

#include <jansson.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/options.h"
#include "base/similar.h"
#include "cli/candidate.h"
#include "cli/explain_show.h"
#include "cli/show.h"
#include "cli/worker.h"
#include "watch/settings.h"

struct words {
	struct list rules, ids;
	bool is_full, is_json, is_private;
};

static const struct option_row rows[] = {
	{ "rules", 'r', OPTION_LIST, offsetof(struct words, rules), "FILE",
	    "rules; may be given several times (default: the default pack)" },
	{ "rule", 0, OPTION_LIST, offsetof(struct words, ids), "ID",
	    "this rule, true or not; may be given several times (default: those that a "
	    "word of the entry touches)" },
	{ "full", 0, OPTION_FLAG, offsetof(struct words, is_full), NULL,
	    "every part of an expression, also of those in which nothing is true" },
	{ "json", 0, OPTION_FLAG, offsetof(struct words, is_json), NULL,
	    "one JSON document a line for each entry" },
	{ "private", 0, OPTION_FLAG, offsetof(struct words, is_private), NULL,
	    "with a URL: its host may have a private address" },
	{ NULL },
};

/* What one run knows. */
struct run {
	const struct ruleset *rules;
	size_t *asked; /* owned: rules that were named; NULL: those that are touched */
	size_t asked_count;
	struct candidate_lines lines;
	int64_t now_ms;
	struct explain_look look;
	bool is_json;
};

/* -- one entry -- */

static size_t
rule_count(const struct run *run, const struct judgement *judgement)
{
	return run->asked != NULL ? run->asked_count : judgement->count;
}

static void
explain(const struct run *run, const struct stored_entry *stored, json_t *id)
{
	AUTO(judgement) judgement = ruleset_judge(run->rules, stored);
	size_t count = rule_count(run, judgement);
	struct explanation **items = mem_array(count + 1, sizeof(struct explanation *));
	struct explained explained = { .rules = run->rules,
		.stored = stored,
		.id = id,
		.items = items,
		.count = count };

	for (size_t i = 0; i < count; i++)
		items[i] = ruleset_explain(run->rules, stored,
		    run->asked != NULL ? run->asked[i] : judgement->items[i].rule);
	if (run->is_json)
		explain_print_json(&explained);
	else
		explain_print(&explained, &run->look);
	for (size_t i = 0; i < count; i++)
		explanation_free(items[i]);
	free((void *)items);
}

/* -- where entries come from -- */

static void
on_candidate(void *ctx, json_t *id, const struct candidate *candidate)
{
	struct run *run = ctx;
	struct source source;
	struct stored_entry stored =
	    candidate_stored(candidate, &source, (int64_t)run->lines.line, run->now_ms);

	explain(run, &stored, id);
}

static int
explain_lines(struct run *run, const struct buf *bytes)
{
	const char *text = buf_text(bytes);
	size_t at = 0;

	while (at < bytes->len) {
		const char *end = memchr(text + at, '\n', bytes->len - at);
		size_t len = end != NULL ? (size_t)(end - text) - at : bytes->len - at;
		AUTO_FREE char *line = mem_strndup(text + at, len);

		run->lines.line++;
		if (strspn(line, " \t\r") != len)
			candidate_take_line(&run->lines, line, len);
		at += len + 1;
	}
	return run->lines.bad > 0 ? EX_DATAERR : EX_OK;
}

static void
explain_result(struct run *run, const struct feed_result *result)
{
	const struct list no_tags = { 0 };
	struct source source = { .feed = "", .publisher = "", .tags = &no_tags };

	for (size_t i = 0; i < result->count; i++) {
		struct stored_entry stored = { .entry = result->entries[i],
			.source = &source,
			.id = (int64_t)i + 1,
			.seen_ms = run->now_ms,
			.now_ms = run->now_ms };

		explain(run, &stored, NULL);
	}
}

/* Entries as JSON lines, and no feed: begins with an object that is no JSON Feed. */
static bool
is_lines(const struct buf *bytes)
{
	const char *text = buf_text(bytes);
	const char *version;
	json_t *first;
	bool is_feed;

	text += strspn(text, " \t\r\n");
	if (*text != '{')
		return *text == '\0';
	first = json_loads(text, JSON_DISABLE_EOF_CHECK, NULL);
	version = json_string_value(json_object_get(first, "version"));
	is_feed = version != NULL && strstr(version, "jsonfeed.org/") != NULL;
	json_decref(first);
	return !is_feed;
}

static int
explain_job(struct run *run, struct job *job, const char *name, const struct buf *bytes)
{
	struct error err = { 0 };
	AUTO(feed_result) result = worker_run(job, name, bytes, &err);

	if (result == NULL)
		return cli_fail(&err);
	explain_result(run, result);
	return EX_OK;
}

static int
explain_file(struct run *run, const char *path)
{
	AUTO_BUF struct buf bytes = BUF_EMPTY;
	AUTO(job) job = worker_job(JOB_DOCUMENT, NULL);
	struct error err = { 0 };

	run->lines.file = strcmp(path, "-") == 0 ? "standard input" : path;
	if (!cli_read_file(path, JOB_BODY_MAX_BYTES, &bytes, &err))
		return cli_fail(&err);
	if (is_lines(&bytes))
		return explain_lines(run, &bytes);
	return explain_job(run, job, run->lines.file, &bytes);
}

static int
explain_url(struct run *run, const char *url, bool is_private)
{
	AUTO_BUF struct buf nothing = BUF_EMPTY;
	AUTO(job) job = worker_job(JOB_FETCH, url);

	job->user_agent = mem_strdup("dealwatch/" PACKAGE_VERSION);
	job->is_private = is_private;
	return explain_job(run, job, url, &nothing);
}

/* -- the whole -- */

static bool
is_url(const char *word)
{
	return strncmp(word, "http://", 7) == 0 || strncmp(word, "https://", 8) == 0;
}

static int
refuse_rule(const struct verb *verb, const struct ruleset *rules, const char *id)
{
	struct similar similar = { .wrong = id };

	for (size_t i = 0; i < ruleset_rule_count(rules); i++)
		similar_try(&similar, ruleset_rule_id(rules, i));
	if (similar.nearest == NULL)
		return cli_usage(verb, "there is no rule %s", id);
	return cli_usage(
	    verb, "there is no rule %s; did you mean %s?", id, similar.nearest);
}

static int
find_rules(const struct verb *verb, struct run *run, const struct list *ids)
{
	if (ids->count == 0)
		return EX_OK;
	run->asked = mem_array(ids->count, sizeof(*run->asked));
	for (size_t i = 0; i < ids->count; i++) {
		size_t rule = ruleset_find_rule(run->rules, ids->items[i]);

		if (rule == SIZE_MAX)
			return refuse_rule(verb, run->rules, ids->items[i]);
		run->asked[run->asked_count++] = rule;
	}
	return EX_OK;
}

static int
explain_word(const struct verb *verb, const struct words *words, const char *word)
{
	AUTO(settings) settings = settings_new();
	struct run run = { .rules = settings->rules,
		.now_ms = (int64_t)time(NULL) * 1000,
		.look = { show_wants_colour(stdout), words->is_full },
		.is_json = words->is_json };
	int code;

	run.lines.on_entry = on_candidate;
	run.lines.ctx = &run;
	if (!cli_read_rules(settings, &words->rules))
		return EX_CONFIG;
	code = find_rules(verb, &run, &words->ids);
	if (code == EX_OK)
		code = is_url(word) ? explain_url(&run, word, words->is_private)
				    : explain_file(&run, word);
	free(run.asked);
	return code;
}

static int
run(const struct verb *verb, int argc, char **argv)
{
	struct words words = { 0 };
	int first, code;

	if (!cli_options(verb, argc, argv, &words, &first))
		code = EX_USAGE;
	else if (argc - first != 1)
		code =
		    cli_usage(verb, "one FILE or URL is needed, or - for standard input");
	else
		code = explain_word(verb, &words, argv[first]);
	list_clear(&words.rules);
	list_clear(&words.ids);
	return code;
}

const struct verb verb_explain = {
	"explain",
	"[--rules FILE]... [--rule ID]... [--full] [--json] [--private]\n"
	"                         FILE|URL|-",
	"say why rules are true or false for entries",
	rows,
	"FILE has entries as JSON lines (see match), or is a feed; a URL is that of a feed.\n"
	"Each text is shown with what was found in it, then each part of the rule's expression\n"
	"with what it came to. A URL may be on the network; all else is done without it.\n"
	"Exit code: 0, or 65 when a line is none or it is no feed.",
	run,
};
