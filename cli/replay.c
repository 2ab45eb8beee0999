/*
 * dealwatch replay: saved responses through the whole pipeline, in a state of its own.
 */
#include "cli/cli.h"

#include <stddef.h>
#include <stdio.h>

#include "base/error.h"
#include "base/options.h"
#include "watch/replay.h"

struct words {
	const char *config;
};

static const struct option_row rows[] = {
	{ "config", 'c', OPTION_TEXT, offsetof(struct words, config), "FILE",
	    "configuration (default: DIR/dealwatch.yaml, else the default pack)" },
	{ NULL },
};

static void
on_line(void *ctx, const char *line, size_t len)
{
	(void)fwrite(line, 1, len, stdout); /* cli_finish() looks */
}

static void
on_mistake(void *ctx, const char *text)
{
	(void)fprintf(stderr, "%s\n", text);
}

static void
on_notice(void *ctx, const char *room, const char *text)
{
	struct error err = { 0 };

	error_set(&err, ERROR_FORMAT, room, "%s", text); /* for its escaping */
	(void)fprintf(stderr, "%s\n", err.text);
}

static int
run(const struct verb *verb, int argc, char **argv)
{
	static const struct replay_events events = {
		.on_line = on_line, .on_mistake = on_mistake, .on_notice = on_notice
	};
	struct words words = { 0 };
	struct error err = { 0 };
	int first;

	if (!cli_options(verb, argc, argv, &words, &first))
		return EX_USAGE;
	if (first == argc)
		return cli_usage(verb, "a DIR of saved responses is needed");
	for (int i = first; i < argc; i++) {
		if (!replay_run(argv[i], words.config, &events, &err))
			return cli_fail(&err);
	}
	return EX_OK;
}

const struct verb verb_replay = {
	"replay",
	"[--config FILE] DIR...",
	"run saved responses through the whole pipeline, and print the alerts",
	rows,
	"DIR/index.tsv names file, feed and time of each response, divided by tabs; the files\n"
	"hold status line, headers and body. Time is the responses' own, the state is thrown\n"
	"away. The alerts are printed as in alerts.jsonl, what a daemon would log to standard\n"
	"error.",
	run,
};
