/*
 * Checking log files: every line whole, the chain of `prev` unbroken, the end the store's
 * end.
 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alerts/alerts.h"
#include "base/db.h"
#include "base/digest.h"
#include "base/list.h"

#define ROTATED_MAX 999

/* The chain while it is walked. */
struct walk {
	struct verify_report *report;
	struct db *store; /* or NULL */
	const char *path;
	int64_t line;  /* in this file, from 1 */
	int64_t event; /* of the line before; 0: none yet */
	char sha[DIGEST_HEX_BYTES];
};

static void fault(struct walk *walk, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void
fault(struct walk *walk, const char *format, ...)
{
	AUTO_FREE char *text = NULL;
	char what[256];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	text = mem_printf("%s:%lld: %s", walk->path, (long long)walk->line, what);
	walk->report->faults++;
	walk->report->say(walk->report->ctx, text);
}

static void
check_chain(struct walk *walk, const json_t *object, int64_t event)
{
	const char *prev = json_string_value(json_object_get(object, "prev"));

	if (walk->sha[0] == '\0') {
		walk->report->is_begin_missing = prev != NULL;
		return;
	}
	if (prev == NULL)
		fault(walk, "prev is missing: the chain begins anew in the middle");
	else if (strcmp(prev, walk->sha) != 0)
		fault(walk,
		    "prev does not fit the line before: a line is gone or was changed");
	if (event <= walk->event)
		fault(walk, "event %lld comes after event %lld", (long long)event,
		    (long long)walk->event);
}

static bool
check_store(struct walk *walk, int64_t event, const char *sha, struct error *err)
{
	AUTO(db_query) query = NULL;

	if (walk->store == NULL)
		return true;
	query =
	    db_query(walk->store, "SELECT sha FROM log_line WHERE event = ?", "i", event);
	if (!db_step(query, err)) {
		if (err->text[0] != '\0')
			return false;
		fault(walk, "event %lld is not in the store", (long long)event);
	} else if (strcmp(db_text(query, 0), sha) != 0) {
		fault(walk, "event %lld differs from what was written", (long long)event);
	}
	return true;
}

static bool
check_line(struct walk *walk, const char *line, size_t len, struct error *err)
{
	json_error_t why;
	json_t *object = json_loadb(line, len, JSON_REJECT_DUPLICATES, &why);
	json_int_t event = json_integer_value(json_object_get(object, "event"));
	char sha[DIGEST_HEX_BYTES];
	bool ok = true;

	walk->report->lines++;
	digest_hex(line, len, sha);
	if (!json_is_object(object)) {
		fault(walk, "no JSON object: %s", why.text);
	} else if (event <= 0) {
		fault(walk, "no event number: not a line of dealwatch");
	} else {
		check_chain(walk, object, event);
		ok = check_store(walk, event, sha, err);
		walk->event = event;
		if (walk->report->first_event == 0)
			walk->report->first_event = event;
		walk->report->last_event = event;
	}
	memcpy(walk->sha, sha, sizeof(sha));
	json_decref(object);
	return ok;
}

static bool
check_file(struct walk *walk, FILE *file, struct error *err)
{
	AUTO_FREE char *line = NULL;
	size_t room = 0;
	ssize_t len;

	while ((len = getline(&line, &room, file)) > 0) {
		walk->line++;
		if (line[len - 1] != '\n') {
			fault(walk, "the last line is torn");
			return true;
		}
		if (!check_line(walk, line, (size_t)len - 1, err))
			return false;
	}
	if (ferror(file) != 0)
		return error_system(err, errno, walk->path, "cannot read");
	return true;
}

/* Every line that the store holds as written is there, up to its last one. */
static bool
check_end(struct walk *walk, struct error *err)
{
	int64_t last, open;

	if (!db_read_int(walk->store, err, &last, 0,
		"SELECT max(event) FROM log_line WHERE state = 2", "") ||
	    !db_read_int(walk->store, err, &open, 0,
		"SELECT count(*) FROM log_line WHERE state < 2", ""))
		return false;
	if (last > 0 && walk->report->lines == 0)
		fault(walk, "the log is gone: the store has events up to %lld in it",
		    (long long)last);
	else if (last > walk->event)
		fault(walk,
		    "the log ends with event %lld, the store with %lld: the end was cut off",
		    (long long)walk->event, (long long)last);
	if (open > 0)
		fault(walk, "%lld lines are not written yet", (long long)open);
	return true;
}

bool
alerts_verify(const struct list *paths, struct db *store, struct verify_report *report,
    struct error *err)
{
	struct walk walk = { .report = report, .store = store, .path = "log" };
	bool ok = true;

	report->is_checked_against_store = store != NULL;
	for (size_t i = 0; ok && i < paths->count; i++) {
		FILE *file = fopen(paths->items[i], "re");

		if (file == NULL)
			return error_system(err, errno, paths->items[i], "cannot open");
		walk.path = paths->items[i];
		walk.line = 0;
		report->files++;
		ok = check_file(&walk, file, err);
		(void)fclose(file);
	}
	return ok && (store == NULL || check_end(&walk, err));
}

void
alerts_log_files(const char *path, struct list *files)
{
	int last = 0;

	while (last < ROTATED_MAX) {
		AUTO_FREE char *rotated = mem_printf("%s.%d", path, last + 1);

		if (access(rotated, F_OK) != 0)
			break;
		last++;
	}
	for (; last > 0; last--) {
		AUTO_FREE char *rotated = mem_printf("%s.%d", path, last);

		list_add(files, rotated);
	}
	if (access(path, F_OK) == 0)
		list_add(files, path);
}
