/*
 * dealwatch check: is a configuration, are files of feeds and rules as they should be?
 */
#include "cli/cli.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/conf.h"
#include "base/error.h"
#include "base/options.h"
#include "base/paths.h"
#include "base/text.h"
#include "watch/settings.h"

struct words {
	const char *config;
	const char *amounts;
	bool is_user;
};

struct sum {
	size_t feeds, rules, examples, mistakes;
};

static const struct option_row rows[] = {
	{ "config", 'c', OPTION_TEXT, offsetof(struct words, config), "FILE",
	    "the main file, with all that belongs to it" },
	{ "user", 0, OPTION_FLAG, offsetof(struct words, is_user), NULL,
	    "the user's own configuration, also as root" },
	{ "amounts", 0, OPTION_TEXT, offsetof(struct words, amounts), "TEXT",
	    "show the sums of money that amount() reads in a text, and stop" },
	{ NULL },
};

static void
show_amount(void *ctx, const struct match_amount *amount)
{
	size_t *count = ctx;

	printf("%s%s%s %s  ", amount->value, amount->to == NULL ? "" : "..",
	    amount->to == NULL ? "" : amount->to,
	    amount->currency == NULL ? "-" : amount->currency);
	cli_puts(amount->text);
	(void)fputc('\n', stdout);
	++*count;
}

/* A text is Chinese for its ¥ when it has Han and no kana; the daemon asks the entry. */
static int
show_amounts(const char *text)
{
	size_t count = 0;

	if (!text_is_utf8(text, strlen(text))) {
		(void)fprintf(stderr, "dealwatch: the text is not UTF-8\n");
		return EX_DATAERR;
	}
	rules_read_amounts(text, rules_is_chinese(text), show_amount, &count);
	if (count == 0)
		printf("no sum of money\n");
	return EX_OK;
}

/* What the daemon would read that this user starts. */
static char *
usual_config(bool is_user)
{
	AUTO_FREE char *folder = paths_config(is_user || paths_is_user());

	return mem_printf("%s/dealwatch.yaml", folder);
}

/* An empty answer is no proof: where was looked for it? */
static void
say_places(const char *config)
{
	AUTO_FREE char *data = paths_data();

	printf("looked at ");
	cli_puts(config);
	if (access(config, F_OK) != 0)
		printf(" (not there: the defaults)");
	printf(", its .d, feeds.d and rules.d beside it, and packs in ");
	cli_puts(data);
	(void)fputc('\n', stdout);
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
	const char *config;
	int first;

	if (!cli_options(verb, argc, argv, &words, &first))
		return EX_USAGE;
	if (words.amounts != NULL)
		return show_amounts(words.amounts);
	if (words.config == NULL && (words.is_user || first == argc))
		usual = usual_config(words.is_user);
	config = words.config != NULL ? words.config : usual;
	if (config != NULL)
		check_config(config, words.config == NULL, &sum);
	if (first < argc)
		check_files(argv + first, argc - first, &sum);
	if (sum.mistakes > 0) {
		(void)fprintf(
		    stderr, "%zu mistake%s\n", sum.mistakes, plural(sum.mistakes));
		return EX_CONFIG;
	}
	if (config != NULL)
		say_places(config);
	printf("%zu feed%s, %zu rule%s, %zu example%s: all good\n", sum.feeds,
	    plural(sum.feeds), sum.rules, plural(sum.rules), sum.examples,
	    plural(sum.examples));
	return EX_OK;
}

const struct verb verb_check = {
	"check",
	"[--config FILE] [--user] [--amounts TEXT] [FILE]...",
	"check configuration, feeds, rules and the rules' examples",
	rows,
	"Without a FILE the configuration is checked that dealwatchd would read. Every\n"
	"mistake is shown as FILE:LINE:COL: what is wrong.\n"
	"Exit code: 0, or 78 when there is a mistake.",
	run,
};
