/*
 * What is told of a source that cannot be seen: each row is a history, a letter a reading.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "feeds/condition.h"

#define START_MS 1763795704000
#define HOUR_MS INT64_C(3600000)
#define DAYS_S(days) ((days)*INT64_C(86400))

/*
 * The steps, each at the end of so much time (hours before the letter, one when absent):
 *  n  something new          k  a document with what was known    =  304
 *  x  nothing that was there before, all new
 *  f  no answer              w  a wall                            g  410
 *  t  the timer rings        T  the same, while no reading was due since
 */
struct row {
	const char *name;
	int64_t silent_after_s;
	const char *steps;
	const char *told; /* NAME EPISODE at the step's number, from 1 */
};

static const struct row rows[] = {
	{ "two failures are none", CONDITION_NEVER, "n f f k f f k", "" },
	{ "the third failure in a row", CONDITION_NEVER, "n f f f", "4 down 1;" },
	{ "more failures say nothing more", CONDITION_NEVER, "n f f f f w f", "4 down 1;" },
	{ "down and recovered", CONDITION_NEVER, "n f f f k k", "4 down 1;5 recovered 1;" },
	{ "a 304 is an answer", CONDITION_NEVER, "n f f f =", "4 down 1;5 recovered 1;" },
	{ "twice down", CONDITION_NEVER, "n f f f k f f f k",
	    "4 down 1;5 recovered 1;8 down 2;9 recovered 2;" },
	{ "under the name of the last failure", CONDITION_NEVER, "n f f w", "4 walled 1;" },
	{ "a wall at first", CONDITION_NEVER, "n w w f", "4 down 1;" },
	{ "never read at all", CONDITION_NEVER, "f f f n", "3 down 1;4 recovered 1;" },
	{ "gone at once", CONDITION_NEVER, "n g g g", "2 gone 1;" },
	{ "down, then gone", CONDITION_NEVER, "n f f f g g k",
	    "4 down 1;5 gone 1;7 recovered 1;" },
	{ "gone, then other failures", CONDITION_NEVER, "n g f f f f", "2 gone 1;" },
	{ "silent by the timer", DAYS_S(5), "n k 119t k", "3 silent 1;" },
	{ "not an hour too soon", DAYS_S(5), "n k 118t", "" },
	{ "silent, and told once", DAYS_S(5), "n k 119t t k = T", "3 silent 1;" },
	{ "silent until something is new", DAYS_S(5), "n 120t k n k",
	    "2 silent 1;4 recovered 1;" },
	{ "twice silent", DAYS_S(5), "n 120t n 120t n",
	    "2 silent 1;3 recovered 1;4 silent 2;5 recovered 2;" },
	{ "what was not read is not silent", DAYS_S(5), "n 120T n", "" },
	{ "the next reading says it", DAYS_S(5), "n 200T k n",
	    "3 silent 1;4 recovered 1;" },
	{ "never silent", CONDITION_NEVER, "n 2400t k", "" },
	{ "never anything: from the first answer", DAYS_S(5), "k 119t t", "3 silent 1;" },
	{ "not read yet: not silent", DAYS_S(5), "240t", "" },
	{ "who is down is not silent too", DAYS_S(5), "n f f f 120t", "4 down 1;" },
	{ "down, and silent behind it", DAYS_S(5), "n f f f 120k n",
	    "4 down 1;5 recovered 1;5 silent 1;6 recovered 1;" },
	{ "silent, then down, then new", DAYS_S(5), "n 120t f f f n",
	    "2 silent 1;5 down 1;6 recovered 1;6 recovered 1;" },
	{ "learning says nothing", CONDITION_AUTO, "n 335t", "" },
	{ "learnt: two days at least", CONDITION_AUTO, "n 335t t", "3 silent 1;" },
	{ "learnt: a day's rhythm takes four days", CONDITION_AUTO,
	    "n 24n 24n 24n 24n 24n 24n 24n 24n 24n 24n 24n 24n 24n 24n 95t t",
	    "17 silent 1;" },
	{ "learnt: a week-end is a pause like others", CONDITION_AUTO,
	    "n 24n 24n 24n 24n 72n 24n 24n 24n 24n 72n 24n 24n 24n 24n 72t 215t t",
	    "18 silent 1;" },
	{ "learnt: not while nobody read", CONDITION_AUTO, "n 720k 333t", "" },
	{ "learnt: after that", CONDITION_AUTO, "n 720k 334t t", "4 silent 1;" },
	{ "learnt: sixty days at most", CONDITION_AUTO, "n 900n 900n 1439t t",
	    "5 silent 1;" },
	{ "none of the known entries", CONDITION_NEVER, "n x", "2 gap 1;" },
	{ "a gap is told once a day", CONDITION_NEVER, "n x x 22x x x",
	    "2 gap 1;5 gap 2;" },
	{ "a gap ends silently", CONDITION_NEVER, "n x k", "2 gap 1;" },
	{ "another gap on that day", CONDITION_NEVER, "n x k x", "2 gap 1;" },
	{ "another gap the day after", CONDITION_NEVER, "n x 24k x", "2 gap 1;4 gap 2;" },
};

struct history {
	struct condition_state state;
	struct condition_view view;
	struct condition_changes changes;
	int64_t now_ms;
};

static void
take_reading(struct history *history, char what)
{
	struct condition_view *view = &history->view;
	struct condition_reading reading = { .at_ms = history->now_ms,
		.due_ms = view->due_ms,
		.seen_ms = view->first_success_ms,
		.is_failed = strchr("fwg", what) != NULL,
		.failure = what == 'g'   ? CONDITION_GONE
			   : what == 'w' ? CONDITION_WALLED
					 : CONDITION_DOWN,
		.is_content = strchr("nkx", what) != NULL,
		.is_disjoint = what == 'x' };

	view->due_ms = history->now_ms + HOUR_MS;
	view->failures = reading.is_failed ? view->failures + 1 : 0;
	if (!reading.is_failed && view->first_success_ms == 0)
		view->first_success_ms = history->now_ms;
	if (what == 'n' || what == 'x')
		view->last_new_ms = history->now_ms;
	condition_read(&history->state, view, &reading, &history->changes);
}

static void
take_step(struct history *history, char what)
{
	history->changes.count = 0;
	if (what == 't')
		history->view.due_ms = history->now_ms;
	if (what == 't' || what == 'T')
		condition_wake(
		    &history->state, &history->view, history->now_ms, &history->changes);
	else
		take_reading(history, what);
}

static void
check_row(void **state)
{
	const struct row *row = *state;
	struct history history = { .now_ms = START_MS,
		.view = { .silent_after_s = row->silent_after_s } };
	AUTO_BUF struct buf told = BUF_EMPTY;
	int number = 0;

	for (const char *at = row->steps; *at != '\0'; at += strspn(at, " ")) {
		char *what;
		long hours = strtol(at, &what, 10);

		history.now_ms += (hours == 0 ? 1 : hours) * HOUR_MS;
		take_step(&history, *what);
		at = what + 1;
		number++;
		for (size_t i = 0; i < history.changes.count; i++)
			buf_printf(&told, "%d %s %d;", number,
			    condition_name(history.changes.items[i].what),
			    (int)history.changes.items[i].episode);
	}
	assert_string_equal(buf_text(&told), row->told);
}

int
main(void)
{
	struct CMUnitTest tests[sizeof(rows) / sizeof(*rows)];

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		tests[i] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = check_row,
			.initial_state = (void *)&rows[i] };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
