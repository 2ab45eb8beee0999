/*
 * dealwatch verify: is the alert log whole, and is it what the store says?
 */
#include "cli/cli.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

#include "alerts/alerts.h"
#include "base/db.h"
#include "base/error.h"
#include "base/list.h"
#include "base/options.h"
#include "cli/log_place.h"

struct words {
	const char *store, *state, *socket;
};

static const struct option_row rows[] = {
	{ "db", 0, OPTION_TEXT, offsetof(struct words, store), "FILE",
	    "the store to compare with" },
	{ "state", 0, OPTION_TEXT, offsetof(struct words, state), "DIR",
	    "the daemon's --state: store and log are there" },
	{ "socket", 0, OPTION_TEXT, offsetof(struct words, socket), "PATH",
	    "the daemon to ask where they are ($DEALWATCH_SOCKET, else the usual ones)" },
	{ NULL },
};

/* A log that was named has to be there; the usual one begins with the first alert. */
static void
find_files(const char *log, bool is_named, struct list *files)
{
	alerts_log_files(log, files);
	if (files->count == 0 && is_named)
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

/* The logs that were named: one with its rotated siblings, several in the order given. */
static int
verify_named(const struct words *words, char *const *paths, int count, struct error *err)
{
	struct log_place place = { 0 };
	struct list files = { 0 };
	int code;

	if (words->state != NULL)
		log_place_below(&place, words->state);
	if (count == 1)
		find_files(paths[0], true, &files);
	for (int i = 0; count > 1 && i < count; i++)
		list_add(&files, paths[i]);
	code = verify(&files, words->store != NULL ? words->store : place.store, err);
	list_clear(&files);
	log_place_clear(&place);
	return code;
}

static int
verify_found(const struct words *words, struct error *err)
{
	struct log_place place = { 0 };
	struct list files = { 0 };
	int code;

	if (words->state != NULL)
		log_place_below(&place, words->state);
	else if (!log_place_usual(&place, words->socket, err))
		return cli_fail(err);
	find_files(place.log, false, &files);
	code = verify(&files, words->store != NULL ? words->store : place.store, err);
	list_clear(&files);
	log_place_clear(&place);
	return code;
}

static int
run(const struct verb *verb, int argc, char **argv)
{
	struct words words = { 0 };
	struct error err = { 0 };
	int first;

	if (!cli_options(verb, argc, argv, &words, &first))
		return EX_USAGE;
	return first < argc ? verify_named(&words, argv + first, argc - first, &err)
			    : verify_found(&words, &err);
}

const struct verb verb_verify = {
	"verify",
	"[--db FILE] [--state DIR] [--socket PATH] [FILE]...",
	"check that the alert log is whole",
	rows,
	"One FILE is read with its rotated siblings (FILE.1, FILE.2 ...); several in the order\n"
	"given, the oldest first; without any the running daemon says where they are, or the\n"
	"configuration when none runs. With the store each line is compared with it, and the\n"
	"end of the log with its end.\n"
	"Exit code: 0, or 65 when there is a fault.",
	run,
};
