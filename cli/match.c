/*
 * dealwatch match: which rules are true for entries that come as JSON lines, one answer
 * line each, in order.
 */
#include "cli/cli.h"

#include <errno.h>
#include <jansson.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/error.h"
#include "base/options.h"
#include "cli/candidate.h"
#include "watch/settings.h"

struct words {
	struct list rules;
};

static const struct option_row rows[] = {
	{ "rules", 'r', OPTION_LIST, offsetof(struct words, rules), "FILE",
	    "rules; may be given several times (default: the default pack)" },
	{ NULL },
};

/* What one run knows. */
struct run {
	const struct ruleset *rules;
	struct candidate_lines lines;
	int64_t now_ms;
	size_t matched;
};

/* -- answering -- */

static void
add_once(json_t *array, const char *text)
{
	size_t i;
	json_t *item;

	json_array_foreach(array, i, item)
	{
		if (strcmp(json_string_value(item), text) == 0)
			return;
	}
	(void)json_array_append_new(array, json_string(text));
}

static void
add_rule(const struct ruleset *rules, size_t rule, json_t *answer)
{
	const struct list *topics = ruleset_rule_topics(rules, rule);
	const char *stage = ruleset_rule_stage(rules, rule);

	add_once(json_object_get(answer, "rules"), ruleset_rule_id(rules, rule));
	for (size_t i = 0; i < topics->count; i++)
		add_once(json_object_get(answer, "topics"), topics->items[i]);
	if (stage != NULL)
		add_once(json_object_get(answer, "stages"), stage);
}

/* A rule that tells nobody is named apart, where there is one. */
static void
add_shadow(const struct ruleset *rules, size_t rule, json_t *answer)
{
	if (json_object_get(answer, "shadow") == NULL)
		(void)json_object_set_new(answer, "shadow", json_array());
	add_once(json_object_get(answer, "shadow"), ruleset_rule_id(rules, rule));
}

static void
answer_line(void *ctx, json_t *id, const struct candidate *candidate)
{
	struct run *run = ctx;
	struct source source;
	struct stored_entry stored =
	    candidate_stored(candidate, &source, (int64_t)run->lines.line, run->now_ms);
	AUTO(judgement) judgement = ruleset_judge(run->rules, &stored);
	json_t *answer = json_object();
	bool is_matched = false;

	if (id != NULL)
		(void)json_object_set(answer, "id", id);
	(void)json_object_set_new(answer, "rules", json_array());
	(void)json_object_set_new(answer, "topics", json_array());
	(void)json_object_set_new(answer, "stages", json_array());
	for (size_t i = 0; i < judgement->count; i++) {
		if (!judgement->items[i].is_true)
			continue;
		if (ruleset_rule_is_shadow(run->rules, judgement->items[i].rule)) {
			add_shadow(run->rules, judgement->items[i].rule, answer);
			continue;
		}
		add_rule(run->rules, judgement->items[i].rule, answer);
		is_matched = true;
	}
	run->matched += is_matched;
	(void)json_dumpf(answer, stdout, JSON_COMPACT); /* cli_finish() looks */
	(void)fputc('\n', stdout);
	json_decref(answer);
}

/* -- the whole -- */

/* One line without its end. Of one too long only the length is kept. @return false at the
 * end */
static bool
read_line(FILE *in, struct buf *line, size_t *len)
{
	int c;

	buf_reset(line);
	*len = 0;
	while ((c = getc_unlocked(in)) != EOF && c != '\n') {
		if (++*len <= CANDIDATE_LINE_MAX_BYTES)
			buf_add_char(line, (char)c);
	}
	return c != EOF || *len > 0;
}

static bool
is_blank(const struct buf *line)
{
	return strspn(buf_text(line), " \t\r") == line->len;
}

static int
match_file(struct run *run, FILE *in)
{
	struct buf line = BUF_EMPTY;
	size_t len;

	/* each answer at once: who writes the lines may wait for it */
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	while (ferror(stdout) == 0 && read_line(in, &line, &len)) {
		run->lines.line++;
		if (!is_blank(&line))
			candidate_take_line(&run->lines, buf_text(&line), len);
	}
	buf_clear(&line);
	if (ferror(in)) {
		(void)fprintf(stderr, "dealwatch: %s: cannot read\n", run->lines.file);
		return EX_IOERR;
	}
	if (run->lines.bad > 0)
		return EX_DATAERR;
	return run->matched > 0 ? 0 : 1;
}

static int
match_path(struct run *run, const char *path)
{
	struct error err = { 0 };
	FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	int code;

	if (in == NULL) {
		error_system(&err, errno, path, "cannot open");
		return cli_fail(&err);
	}
	run->lines.file = in == stdin ? "standard input" : path;
	code = match_file(run, in);
	if (in != stdin)
		(void)fclose(in); /* only read from */
	return code;
}

static int
run(const struct verb *verb, int argc, char **argv)
{
	struct words words = { 0 };
	AUTO(settings) settings = settings_new();
	struct run state = { .rules = settings->rules,
		.now_ms = (int64_t)time(NULL) * 1000 };
	int first, code;

	state.lines.on_entry = answer_line;
	state.lines.ctx = &state;
	if (!cli_options(verb, argc, argv, &words, &first))
		code = EX_USAGE;
	else if (argc - first != 1)
		code = cli_usage(verb, "one FILE is needed, or - for standard input");
	else if (!cli_read_rules(settings, &words.rules))
		code = EX_CONFIG;
	else
		code = match_path(&state, argv[first]);
	list_clear(&words.rules);
	return code;
}

const struct verb verb_match = {
	"match",
	"[--rules FILE]... FILE|-",
	"say which rules are true for entries",
	rows,
	"Each line of FILE is a JSON object with some of id title summary content link authors\n"
	"categories feed publisher language published tags; each gets one line of answer:\n"
	"{\"id\":...,\"rules\":[...],\"topics\":[...],\"stages\":[...]}.\n"
	"Exit code: 0 when something matched, 1 when nothing did, 65 when a line is none.",
	run,
};
