/*
 * Sources that have nothing new for too long: who is next, and who is it now.
 */
#include <assert.h>

#include "base/error.h"
#include "feeds/feeds_private.h"

/* Without a schedule (replay) nobody is late; but what was not read teaches no rhythm. */
static struct condition_view
view_of(
    const struct feeds *feeds, const struct feed *feed, const struct feed_record *record)
{
	struct condition_view view = apply_view(record, feed);

	if (feeds->base == NULL && feed->silent_after_s != CONDITION_AUTO)
		view.due_ms = INT64_MAX;
	return view;
}

static int64_t
silent_at(const struct feeds *feeds, const struct state *state)
{
	struct condition_view view = view_of(feeds, state->feed, &state->record);

	if (!state->feed->is_enabled)
		return -1;
	return condition_silent_at(&state->record.condition, &view);
}

int64_t
feeds_silent_at(const struct feeds *feeds, const char *id)
{
	const struct state *state = feeds_find_state(feeds, id);

	return state == NULL ? -1 : silent_at(feeds, state);
}

int64_t
feeds_next_silent_at(const struct feeds *feeds, int64_t after_ms)
{
	int64_t next_ms = -1;

	for (size_t i = 0; i < feeds->count; i++) {
		int64_t at_ms = silent_at(feeds, feeds->states[i]);

		if (at_ms > after_ms && (next_ms == -1 || at_ms < next_ms))
			next_ms = at_ms;
	}
	return next_ms;
}

bool
feeds_silence(struct feeds *feeds, size_t i, int64_t now_ms,
    struct condition_changes *changes, struct error *err)
{
	const struct feed *feed = feeds->states[i]->feed;
	struct feed_record record = { 0 };
	struct condition_view view;
	bool ok;

	assert(i < feeds->count);
	changes->count = 0;
	ok = store_read_feed(feeds->db, feed->id, &record, err);
	if (ok) {
		view = view_of(feeds, feed, &record);
		condition_wake(&record.condition, &view, now_ms, changes);
	}
	if (ok && changes->count > 0)
		ok = store_write_condition(feeds->db, feed->id, &record.condition, err);
	feed_record_clear(&record);
	return ok;
}

void
feeds_silence_end(struct feeds *feeds, size_t i)
{
	struct error ignored;

	/* what cannot be read now is read with the next result */
	(void)feeds_read_record(feeds, feeds->states[i], &ignored);
}
