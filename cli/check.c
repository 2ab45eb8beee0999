/*
 * dealwatch check: is a configuration, are files of feeds and rules as they should be?
 */
#include "cli/cli.h"

#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#include "base/conf.h"
#include "base/error.h"
#include "base/options.h"
#include "base/paths.h"
#include "watch/settings.h"

struct words {
	const char *config;
};

struct sum {
	size_t feeds, rules, examples, mistakes;
};

static const struct option_row rows[] = {
	{ "config", 'c', OPTION_TEXT, offsetof(struct words, config), "FILE",
	    "the main file, with all that belongs to it" },
	{ NULL },
};

/* What the daemon of this user would read: the user's own, else the system's. */
static char *
usual_config(void)
{
	AUTO_FREE char *user = paths_config(true), *system = paths_config(false);
	char *path = mem_printf("%s/dealwatch.yaml", user);

	if (geteuid() != 0 && access(path, F_OK) == 0)
		return path;
	mem_auto_free(&path);
	return mem_printf("%s/dealwatch.yaml", system);
}

/* Compile and run the examples of what was read without a mistake. */
static void
check_settings(struct settings *settings, bool is_read, struct sum *sum)
{
	struct error err = { 0 };

	if (is_read && !ruleset_compile(settings->rules, NULL, &err))
		(void)conf_error_file(settings->conf, "rules", "%s", err.text);
	else if (is_read)
		(void)ruleset_run_tests(settings->rules, settings->conf);
	sum->mistakes += cli_say_messages(settings->conf);
	sum->feeds += settings->feeds.count;
	sum->rules += ruleset_rule_count(settings->rules);
	sum->examples += ruleset_example_count(settings->rules);
}

static void
check_config(const char *path, bool is_optional, struct sum *sum)
{
	AUTO(settings) settings = settings_new();

	check_settings(settings, settings_read(settings, path, is_optional), sum);
}

static void
check_files(char *const *paths, int count, struct sum *sum)
{
	AUTO(settings) settings = settings_new();

	check_settings(settings, settings_read_files(settings, paths, count), sum);
}

static const char *
plural(size_t count)
{
	return count == 1 ? "" : "s";
}

static int
run(const struct verb *verb, int argc, char **argv)
{
	struct words words = { 0 };
	struct sum sum = { 0 };
	AUTO_FREE char *usual = NULL;
	int first;

	if (!cli_options(verb, argc, argv, &words, &first))
		return EX_USAGE;
	if (words.config != NULL) {
		check_config(words.config, false, &sum);
	} else if (first == argc) {
		usual = usual_config();
		check_config(usual, true, &sum);
	}
	if (first < argc)
		check_files(argv + first, argc - first, &sum);
	if (sum.mistakes > 0) {
		(void)fprintf(
		    stderr, "%zu mistake%s\n", sum.mistakes, plural(sum.mistakes));
		return EX_CONFIG;
	}
	printf("%zu feed%s, %zu rule%s, %zu example%s: all good\n", sum.feeds,
	    plural(sum.feeds), sum.rules, plural(sum.rules), sum.examples,
	    plural(sum.examples));
	return EX_OK;
}

const struct verb verb_check = {
	"check",
	"[--config FILE] [FILE]...",
	"check configuration, feeds, rules and the rules' examples",
	rows,
	"Without a FILE the usual configuration is checked. Every mistake is shown as\n"
	"FILE:LINE:COL: what is wrong. Exit code: 0, or 78 when there is a mistake.",
	run,
};
