/*
 * The state machine of stages, on days of a month.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "rules/story.h"

#define STAGES 3
#define AGAIN_AFTER_S (INT64_C(21) * 86400)

/* One match, and what comes of it. Rows with the same name are one run. */
struct step {
	const char *run;
	size_t stage;
	int64_t at_s;
	bool is_silent;
	enum match_outcome outcome;
	int64_t episodes[STAGES];
	bool reverses;
};

#define DAY INT64_C(86400)

static const struct step steps[] = {
	{ "first match", 1, 0, false, MATCH_TOLD, { 1, 1, 0 } },
	{ "the same again", 0, 0, false, MATCH_TOLD, { 1, 0, 0 } },
	{ "the same again", 0, 1 * DAY, false, MATCH_ATTACHED, { 1, 0, 0 } },
	{ "last second of again_after", 0, 0, false, MATCH_TOLD, { 1, 0, 0 } },
	{ "last second of again_after", 0, 21 * DAY, false, MATCH_ATTACHED, { 1, 0, 0 } },
	{ "one second later", 0, 0, false, MATCH_TOLD, { 1, 0, 0 } },
	{ "one second later", 0, 21 * DAY + 1, false, MATCH_TOLD, { 2, 0, 0 } },
	{ "attached matches keep it open", 0, 0, false, MATCH_TOLD, { 1, 0, 0 } },
	{ "attached matches keep it open", 0, 20 * DAY, false, MATCH_ATTACHED,
	    { 1, 0, 0 } },
	{ "attached matches keep it open", 0, 40 * DAY, false, MATCH_ATTACHED,
	    { 1, 0, 0 } },
	{ "attached matches keep it open", 0, 62 * DAY, false, MATCH_TOLD, { 2, 0, 0 } },
	{ "a clock that ran ahead is forgotten", 0, 900 * DAY, false, MATCH_TOLD,
	    { 1, 0, 0 } },
	{ "a clock that ran ahead is forgotten", 0, 0, false, MATCH_ATTACHED, { 1, 0, 0 } },
	{ "a clock that ran ahead is forgotten", 0, 30 * DAY, false, MATCH_TOLD,
	    { 2, 0, 0 } },
	{ "a later stage implies", 2, 0, false, MATCH_TOLD, { 1, 1, 1 } },
	{ "a later stage implies", 0, 1 * DAY, false, MATCH_SILENT, { 1, 1, 1 } },
	{ "a later stage implies", 0, 23 * DAY, false, MATCH_TOLD, { 2, 1, 1 } },
	{ "an open episode is not implied anew", 0, 0, false, MATCH_TOLD, { 1, 0, 0 } },
	{ "an open episode is not implied anew", 1, 1 * DAY, false, MATCH_TOLD,
	    { 1, 1, 0 } },
	{ "an open episode is not implied anew", 0, 2 * DAY, false, MATCH_ATTACHED,
	    { 1, 1, 0 } },
	{ "a second meeting implies again", 1, 0, false, MATCH_TOLD, { 1, 1, 0 } },
	{ "a second meeting implies again", 1, 30 * DAY, false, MATCH_TOLD, { 2, 2, 0 } },
	{ "a lower stage is told again after its time", 1, 0, false, MATCH_TOLD,
	    { 1, 1, 0 } },
	{ "a lower stage is told again after its time", 1, 15 * DAY, false, MATCH_ATTACHED,
	    { 1, 1, 0 } },
	{ "a lower stage is told again after its time", 0, 30 * DAY, false, MATCH_TOLD,
	    { 2, 1, 0 } },
	{ "a backfill moves silently", 0, 0, true, MATCH_SILENT, { 1, 0, 0 } },
	{ "a backfill moves silently", 0, 1 * DAY, false, MATCH_SILENT, { 1, 0, 0 } },
	{ "a backfill moves silently", 0, 30 * DAY, false, MATCH_TOLD, { 2, 0, 0 } },
	{ "an old report joins what is told", 0, 30 * DAY, false, MATCH_TOLD, { 1, 0, 0 } },
	{ "an old report joins what is told", 0, 20 * DAY, true, MATCH_ATTACHED,
	    { 1, 0, 0 } },
	{ "an old report joins what is told", 0, 1 * DAY, true, MATCH_SILENT, { 1, 0, 0 } },
	{ "an old report does not end the wait", 0, 30 * DAY, false, MATCH_TOLD,
	    { 1, 0, 0 } },
	{ "an old report does not end the wait", 0, 10 * DAY, true, MATCH_ATTACHED,
	    { 1, 0, 0 } },
	{ "an old report does not end the wait", 0, 51 * DAY, false, MATCH_ATTACHED,
	    { 1, 0, 0 } },
	{ "a reversal takes all above with it", 2, 0, false, MATCH_TOLD, { 1, 1, 1 } },
	{ "a reversal takes all above with it", 1, 1 * DAY, false, MATCH_TOLD, { 1, 1, 1 },
	    true },
	{ "a reversal takes all above with it", 2, 2 * DAY, false, MATCH_TOLD,
	    { 1, 2, 2 } },
	{ "what stands below a reversal stays", 1, 0, false, MATCH_TOLD, { 1, 1, 0 } },
	{ "what stands below a reversal stays", 1, 1 * DAY, false, MATCH_TOLD, { 1, 1, 0 },
	    true },
	{ "what stands below a reversal stays", 0, 2 * DAY, false, MATCH_SILENT,
	    { 1, 1, 0 } },
	{ "a match after a reversal is a new episode", 0, 0, false, MATCH_TOLD,
	    { 1, 0, 0 } },
	{ "a match after a reversal is a new episode", 0, 1 * DAY, false, MATCH_TOLD,
	    { 1, 0, 0 }, true },
	{ "a match after a reversal is a new episode", 0, 1 * DAY, false, MATCH_TOLD,
	    { 2, 0, 0 } },
	{ "a match after a reversal is a new episode", 0, 2 * DAY, false, MATCH_ATTACHED,
	    { 2, 0, 0 } },
	{ "a reversal of nothing is told to nobody", 0, 0, false, MATCH_SILENT, { 0, 0, 0 },
	    true },
	{ "a reversal of nothing is told to nobody", 0, 1 * DAY, false, MATCH_TOLD,
	    { 1, 0, 0 } },
	{ "a second denial is attached", 0, 0, false, MATCH_TOLD, { 1, 0, 0 } },
	{ "a second denial is attached", 0, 1 * DAY, false, MATCH_TOLD, { 1, 0, 0 }, true },
	{ "a second denial is attached", 0, 2 * DAY, false, MATCH_ATTACHED, { 1, 0, 0 },
	    true },
	{ "a stage stands after again_after too", 0, 0, false, MATCH_TOLD, { 1, 0, 0 } },
	{ "a stage stands after again_after too", 0, 90 * DAY, false, MATCH_TOLD,
	    { 1, 0, 0 }, true },
	{ "an implied stage can fall", 1, 0, false, MATCH_TOLD, { 1, 1, 0 } },
	{ "an implied stage can fall", 0, 1 * DAY, false, MATCH_TOLD, { 1, 1, 0 }, true },
	{ "an implied stage can fall", 0, 2 * DAY, false, MATCH_ATTACHED, { 1, 1, 0 },
	    true },
	{ "an old denial takes nothing newer back", 0, 9 * DAY, false, MATCH_TOLD,
	    { 1, 0, 0 } },
	{ "an old denial takes nothing newer back", 0, 3 * DAY, true, MATCH_SILENT,
	    { 1, 0, 0 }, true },
	{ "an old denial takes nothing newer back", 0, 10 * DAY, false, MATCH_ATTACHED,
	    { 1, 0, 0 } },
	{ "an old report raises nothing denied", 0, 0, false, MATCH_TOLD, { 1, 0, 0 } },
	{ "an old report raises nothing denied", 0, 9 * DAY, false, MATCH_TOLD, { 1, 0, 0 },
	    true },
	{ "an old report raises nothing denied", 0, 5 * DAY, true, MATCH_SILENT,
	    { 1, 0, 0 } },
	{ "an old report raises nothing denied", 1, 5 * DAY, true, MATCH_SILENT,
	    { 1, 1, 0 } },
	{ "a backfill reverses silently", 0, 0, true, MATCH_SILENT, { 1, 0, 0 } },
	{ "a backfill reverses silently", 0, 1 * DAY, true, MATCH_SILENT, { 1, 0, 0 },
	    true },
	{ "a backfill reverses silently", 0, 2 * DAY, false, MATCH_TOLD, { 2, 0, 0 } },
};

#define STEPS (sizeof(steps) / sizeof(steps[0]))

static void
check_run(void **state)
{
	const struct step *first = *state;
	struct stage_state stages[STAGES] = { { .episode = 0 } };

	for (const struct step *step = first;
	     step < steps + STEPS && strcmp(step->run, first->run) == 0; step++) {
		const struct story_match match = { step->stage, step->at_s * 1000 + 500,
			AGAIN_AFTER_S, step->is_silent };
		int64_t before = stages[step->stage].episode;
		bool is_new;

		if (step->reverses)
			assert_int_equal(
			    story_reverse(stages, STAGES, &match, &is_new), step->outcome);
		else
			assert_int_equal(
			    story_move(stages, STAGES, &match, &is_new), step->outcome);
		for (size_t i = 0; i < STAGES; i++)
			assert_int_equal(stages[i].episode, step->episodes[i]);
		if (!step->reverses)
			assert_int_equal(is_new, stages[step->stage].episode != before);
		else if (is_new)
			assert_true(story_highest(stages, STAGES) == STAGES ||
				    story_highest(stages, STAGES) < step->stage);
	}
}

static void
highest_stays(void **state)
{
	struct stage_state stages[STAGES] = { { .episode = 0 } };
	const struct story_match high = { 2, 0, AGAIN_AFTER_S, false };
	const struct story_match low = { 0, 100LL * DAY * 1000, AGAIN_AFTER_S, false };
	bool is_new;

	assert_int_equal(story_highest(stages, STAGES), STAGES);
	story_move(stages, STAGES, &high, &is_new);
	story_move(stages, STAGES, &low, &is_new);
	assert_true(is_new);
	assert_int_equal(story_highest(stages, STAGES), 2);
	(void)state; /* has none */
}

int
main(void)
{
	struct CMUnitTest tests[STEPS + 1] = { cmocka_unit_test(highest_stays) };
	size_t count = 1;

	for (size_t i = 0; i < STEPS; i++) {
		if (i == 0 || strcmp(steps[i].run, steps[i - 1].run) != 0)
			tests[count++] = (struct CMUnitTest){ .name = steps[i].run,
				.test_func = check_run,
				.initial_state = (void *)&steps[i] };
	}
	return _cmocka_run_group_tests("story", tests, count, NULL, NULL);
}
