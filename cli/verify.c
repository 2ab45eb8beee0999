/*
 * dealwatch verify: is the alert log whole, and is it what the store says?
 */
#include "cli/cli.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#include "alerts/alerts.h"
#include "base/db.h"
#include "base/error.h"
#include "base/list.h"
#include "base/options.h"
#include "base/paths.h"
#include "watch/settings.h"

struct words {
	const char *store, *state;
};

static const struct option_row rows[] = {
	{ "db", 0, OPTION_TEXT, offsetof(struct words, store), "FILE",
	    "the store to compare with" },
	{ "state", 0, OPTION_TEXT, offsetof(struct words, state), "DIR",
	    "the daemon's --state: store and log are there" },
	{ NULL },
};

static bool
exists(const char *path)
{
	return access(path, F_OK) == 0;
}

/* -- where the log and the store are, when nobody says so -- */

static char *
first_there(char *first, char *second)
{
	if (exists(first) || !exists(second)) {
		mem_auto_free(&second);
		return first;
	}
	mem_auto_free(&first);
	return second;
}

/* The log's path as the configuration has it; one with mistakes says nothing. */
static char *
usual_log(bool is_user)
{
	AUTO_FREE char *folder = paths_config(is_user);
	AUTO_FREE char *config = mem_printf("%s/dealwatch.yaml", folder);
	AUTO_FREE char *logs = paths_logs(is_user);
	AUTO(settings) settings = settings_new();
	const char *path = NULL;

	if (settings_read(settings, config, true))
		path = settings->alerts.log.path;
	if (path == NULL)
		path = "alerts.jsonl";
	return path[0] == '/' ? mem_strdup(path) : mem_printf("%s/%s", logs, path);
}

static char *
usual_store(bool is_user)
{
	AUTO_FREE char *state = paths_state(is_user);

	return mem_printf("%s/dealwatch.db", state);
}

static char *
find_log(const struct words *words)
{
	if (words->state != NULL)
		return first_there(mem_printf("%s/log/alerts.jsonl", words->state),
		    mem_printf("%s/alerts.jsonl", words->state));
	return usual_log(geteuid() != 0);
}

/* @return NULL: nothing to compare with */
static char *
find_store(const struct words *words, bool has_files)
{
	if (words->store != NULL)
		return mem_strdup(words->store);
	if (words->state != NULL)
		return mem_printf("%s/dealwatch.db", words->state);
	return has_files ? NULL : usual_store(geteuid() != 0);
}

static void
find_files(const struct words *words, char *const *paths, int count, struct list *files)
{
	AUTO_FREE char *log = NULL;

	if (count > 1) { /* in the order given */
		for (int i = 0; i < count; i++)
			list_add(files, paths[i]);
		return;
	}
	log = count == 1 ? mem_strdup(paths[0]) : find_log(words);
	alerts_log_files(log, files);
	/* a log that was named has to be there; the usual one begins with the first alert
	 */
	if (files->count == 0 && count == 1)
		list_add(files, log);
	else if (files->count == 0)
		printf("%s is not there (it begins with the first alert)\n", log);
}

/* -- verifying -- */

static void
say(void *ctx, const char *text)
{
	struct error err = { 0 };

	error_set(&err, ERROR_FORMAT, "verify", "%s", text); /* for its escaping */
	(void)fprintf(stderr, "%s\n", err.text + sizeof("verify: ") - 1);
}

static const char *
plural(int64_t count)
{
	return count == 1 ? "" : "s";
}

/* How much was looked at. */
static void
print_extent(const struct verify_report *report)
{
	printf("%" PRId64 " line%s in %" PRId64 " file%s", report->lines,
	    plural(report->lines), report->files, plural(report->files));
	if (report->first_event > 0)
		printf(", event%s %" PRId64,
		    report->first_event == report->last_event ? "" : "s",
		    report->first_event);
	if (report->first_event < report->last_event)
		printf(" to %" PRId64, report->last_event);
}

static int
print_report(const struct verify_report *report)
{
	print_extent(report);
	if (report->faults > 0)
		printf(": %" PRId64 " fault%s\n", report->faults, plural(report->faults));
	else
		printf(": whole%s%s\n",
		    report->is_begin_missing ? " from there on (earlier lines are not here)"
					     : "",
		    report->is_checked_against_store
			? ", and as the store has them"
			: " (without the store a cut tail cannot be seen)");
	return report->faults > 0 ? EX_DATAERR : EX_OK;
}

static int
verify(const struct list *files, const char *store, struct error *err)
{
	struct verify_report report = { .say = say };
	AUTO(db) db = NULL;

	if (store != NULL) {
		db = db_open_read(store, err);
		if (db == NULL)
			return cli_fail(err);
	}
	if (!alerts_verify(files, db, &report, err))
		return cli_fail(err);
	return print_report(&report);
}

static int
run(const struct verb *verb, int argc, char **argv)
{
	struct words words = { 0 };
	struct list files = { 0 };
	struct error err = { 0 };
	AUTO_FREE char *store = NULL;
	int first, code;

	if (!cli_options(verb, argc, argv, &words, &first))
		return EX_USAGE;
	store = find_store(&words, first < argc);
	find_files(&words, argv + first, argc - first, &files);
	code = verify(&files, store, &err);
	list_clear(&files);
	return code;
}

const struct verb verb_verify = {
	"verify",
	"[--db FILE] [--state DIR] [FILE]...",
	"check that the alert log is whole",
	rows,
	"One FILE is read with its rotated siblings (FILE.1, FILE.2 ...); several in the order\n"
	"given, the oldest first; without any the usual log and store are checked. With the\n"
	"store each line is compared with it, and the end of the log with its end.\n"
	"Exit code: 0, or 65 when there is a fault.",
	run,
};
