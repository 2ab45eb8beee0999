/*
 * Down, silent, gap: three small machines.
 */
#include "feeds/condition.h"

#include <assert.h>

const char *
condition_name(enum condition condition)
{
	switch (condition) {
	case CONDITION_NONE:
		return NULL;
	case CONDITION_DOWN:
		return "down";
	case CONDITION_WALLED:
		return "walled";
	case CONDITION_GONE:
		return "gone";
	case CONDITION_SILENT:
		return "silent";
	case CONDITION_GAP:
		return "gap";
	case CONDITION_RECOVERED:
		return "recovered";
	}
	return NULL;
}

static int64_t
longer(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static void
add_change(struct condition_changes *changes, struct condition_change change)
{
	assert(changes->count < CONDITION_CHANGES_MAX);
	changes->items[changes->count++] = change;
}

/* -- down, walled, gone: one condition -- */

static void
end_down(struct condition_state *state, const struct condition_reading *reading,
    struct condition_changes *changes)
{
	if (state->down == CONDITION_NONE)
		return;
	add_change(changes, (struct condition_change){ CONDITION_RECOVERED, CONDITION_DOWN,
				state->down_episode, reading->seen_ms, reading->at_ms });
	state->down = CONDITION_NONE;
	state->down_ms = 0;
}

/* Told once under one name; that a source is gone for good is news also of one that was
 * down already. */
static void
note_failure(struct condition_state *state, const struct condition_view *view,
    const struct condition_reading *reading, struct condition_changes *changes)
{
	bool is_gone = reading->failure == CONDITION_GONE;

	if (is_gone ? state->down == CONDITION_GONE
		    : state->down != CONDITION_NONE || view->failures < CONDITION_DOWN_AT)
		return;
	if (state->down == CONDITION_NONE) {
		state->down_episode++;
		state->down_ms = reading->at_ms;
	}
	state->down = reading->failure;
	add_change(changes, (struct condition_change){ reading->failure, CONDITION_DOWN,
				state->down_episode, reading->seen_ms, reading->at_ms });
}

/* -- silent -- */

/* What a source may take: so many times its longest pause. Both fortnights count, so that
 * there are always two week-ends in it. */
static int64_t
learnt_ms(const struct condition_state *state)
{
	int64_t pause_ms = longer(state->longest_ms, state->before_ms);

	if (pause_ms >= CONDITION_QUIET_MAX_MS / CONDITION_QUIET_PART)
		return CONDITION_QUIET_MAX_MS;
	return longer(CONDITION_QUIET_MIN_MS, CONDITION_QUIET_PART * pause_ms);
}

static void
learn(struct condition_state *state, int64_t new_ms)
{
	int64_t pause_ms = state->new_ms == 0 ? 0 : new_ms - state->new_ms;

	if (state->window_ms == 0) {
		state->window_ms = new_ms;
	} else if (new_ms - state->window_ms >= CONDITION_LEARN_MS) {
		state->before_ms = state->longest_ms;
		state->longest_ms = 0;
		state->window_ms = new_ms;
	}
	state->longest_ms = longer(state->longest_ms, pause_ms);
}

int64_t
condition_silent_at(const struct condition_state *state, const struct condition_view *view)
{
	int64_t from_ms = longer(view->last_new_ms, view->first_success_ms);

	if (view->silent_after_s == CONDITION_NEVER || view->first_success_ms == 0 ||
	    state->silent_ms != 0 || state->down != CONDITION_NONE)
		return -1;
	if (view->silent_after_s != CONDITION_AUTO)
		return from_ms + view->silent_after_s * 1000;
	return longer(from_ms + learnt_ms(state),
	    view->first_success_ms + CONDITION_LEARN_MS + state->absent_ms);
}

static void
begin_silence(struct condition_state *state, const struct condition_view *view,
    int64_t at_ms, struct condition_changes *changes)
{
	int64_t silent_at_ms = condition_silent_at(state, view);

	if (silent_at_ms < 0 || silent_at_ms > at_ms)
		return;
	state->silent_ms = at_ms;
	state->silent_episode++;
	add_change(changes, (struct condition_change){ CONDITION_SILENT, CONDITION_SILENT,
				state->silent_episode, view->last_new_ms, at_ms });
}

/* What is new came with this reading, or with one that was cut before its end. */
static void
note_new(struct condition_state *state, const struct condition_view *view, int64_t at_ms,
    struct condition_changes *changes)
{
	if (view->last_new_ms <= state->new_ms)
		return;
	if (state->silent_ms != 0)
		add_change(changes,
		    (struct condition_change){ CONDITION_RECOVERED, CONDITION_SILENT,
			state->silent_episode, state->new_ms, at_ms });
	state->silent_ms = 0;
	learn(state, view->last_new_ms);
	state->new_ms = view->last_new_ms;
}

void
condition_wake(struct condition_state *state, const struct condition_view *view,
    int64_t now_ms, struct condition_changes *changes)
{
	if (now_ms - view->due_ms <= CONDITION_LATE_MS)
		begin_silence(state, view, now_ms, changes);
}

/* -- gap -- */

static void
note_document(struct condition_state *state, const struct condition_reading *reading,
    struct condition_changes *changes)
{
	if (!reading->is_disjoint) {
		state->gap_ms = 0;
		return;
	}
	if (state->gap_ms == 0)
		state->gap_ms = reading->at_ms;
	if (state->gap_told_ms != 0 &&
	    reading->at_ms - state->gap_told_ms < CONDITION_GAP_EVERY_MS)
		return;
	state->gap_told_ms = reading->at_ms;
	state->gap_episode++;
	add_change(changes, (struct condition_change){ CONDITION_GAP, CONDITION_GAP,
				state->gap_episode, reading->seen_ms, reading->at_ms });
}

/* -- all -- */

void
condition_read(struct condition_state *state, const struct condition_view *view,
    const struct condition_reading *reading, struct condition_changes *changes)
{
	if (reading->due_ms != 0 && reading->at_ms - reading->due_ms >= CONDITION_ABSENT_MS)
		state->absent_ms += reading->at_ms - reading->due_ms;
	if (reading->is_failed) {
		note_failure(state, view, reading, changes);
		return;
	}
	end_down(state, reading, changes);
	note_new(state, view, reading->at_ms, changes);
	if (reading->is_content)
		note_document(state, reading, changes);
	begin_silence(state, view, reading->at_ms, changes);
}

enum condition
condition_worst(const struct condition_state *state, int64_t *since_ms)
{
	*since_ms = 0;
	if (state->down != CONDITION_NONE) {
		*since_ms = state->down_ms;
		return state->down;
	}
	if (state->silent_ms != 0) {
		*since_ms = state->silent_ms;
		return CONDITION_SILENT;
	}
	*since_ms = state->gap_ms;
	return state->gap_ms != 0 ? CONDITION_GAP : CONDITION_NONE;
}
