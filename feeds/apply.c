/*
 * The order in which entries are judged, what is new in them, and what is remembered of the
 * reading. first_success and last_success are written at the very end, so that a reading
 * that is cut between two transactions is judged by the same rules when it comes again.
 */
#include "feeds/apply.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "feeds/feeds.h"

/* -- the order -- */

struct place {
	struct entry *entry;
	int64_t published_s; /* its own, or its neighbour's */
	size_t at;           /* from the end of the document */
};

static int
by_time(const void *left, const void *right)
{
	const struct place *a = left, *b = right;

	if (a->published_s != b->published_s)
		return a->published_s < b->published_s ? -1 : 1;
	return a->at < b->at ? -1 : a->at > b->at;
}

/* An entry without a date is as old as the one before it; at the begin, as the first that
 * has one. */
static void
fill_dates(struct place *places, size_t count)
{
	int64_t published_s = 0;

	for (size_t i = count; i > 0; i--) {
		if (places[i - 1].published_s != 0)
			published_s = places[i - 1].published_s;
	}
	for (size_t i = 0; i < count; i++) {
		if (places[i].published_s != 0)
			published_s = places[i].published_s;
		places[i].published_s = published_s;
	}
}

/* Oldest first, from the end of the document where dates are equal (DESIGN 5). */
static void
order_entries(struct feed_result *result)
{
	size_t count = result->count;
	AUTO_FREE struct place *places = NULL;

	if (result->is_ordered)
		return;
	places = mem_array(count, sizeof(*places));
	for (size_t i = 0; i < count; i++) {
		struct entry *entry = result->entries[count - 1 - i];

		places[i] = (struct place){ entry, entry->published_s, i };
	}
	fill_dates(places, count);
	qsort(places, count, sizeof(*places), by_time);
	for (size_t i = 0; i < count; i++)
		result->entries[i] = places[i].entry;
	result->is_ordered = true;
}

/* -- begin -- */

void
apply_clear(struct apply *apply)
{
	identity_document_clear(&apply->document);
	feed_record_clear(&apply->record);
	id_set_clear(&apply->present);
	apply->result = NULL;
	apply->is_new_noted = false;
}

static struct identity_store
key_store(struct db *db)
{
	return (struct identity_store){ store_find_key, store_share_key, db };
}

static bool
settle(struct apply *apply, struct db *db, struct error *err)
{
	struct identity_store store = key_store(db);
	struct identity_trust before = apply->record.trust;
	struct identity_trust *trust = &apply->record.trust;

	if (!identity_settle(&apply->document, &store, trust, err))
		return false;
	if (before.guids == trust->guids && before.links == trust->links)
		return true;
	return store_write_trust(db, apply->result->feed, trust, err);
}

bool
apply_begin(
    struct apply *apply, struct db *db, struct feed_result *result, struct error *err)
{
	apply_clear(apply);
	order_entries(result);
	apply->result = result;
	identity_document_init(
	    &apply->document, result->feed, result->entries, result->count);
	return store_read_feed(db, result->feed, &apply->record, err) &&
	       settle(apply, db, err);
}

/* -- one entry -- */

/* Too old to be news, unless we were away: good readings before, none since (DESIGN 5). */
static bool
is_backfill(const struct apply *apply, const struct feed *feed, int64_t published_s)
{
	int64_t at_s = apply->result->at_ms / 1000;
	int64_t last_s = apply->record.last_success_ms / 1000;

	if (published_s <= 0 || published_s >= at_s - feed->backfill_s)
		return false;
	return apply->record.last_success_ms == 0 || last_s >= published_s;
}

static bool
add_new(struct apply *apply, struct db *db, const struct feed *feed, size_t i,
    struct applied *applied, struct error *err)
{
	const struct feed_result *result = apply->result;
	const struct entry *entry = result->entries[i];
	struct identity keys = apply->document.items[i];

	if (!apply->record.trust.guids)
		keys.guid = 0;
	applied->change = ENTRY_NEW;
	applied->seen_ms = result->at_ms;
	applied->is_backfill = is_backfill(apply, feed, entry->published_s);
	applied->id = store_add_entry(db, result->feed, entry, &keys, result->at_ms, err);
	if (applied->id == 0 ||
	    (!apply->is_new_noted &&
		!store_write_last_new(db, result->feed, result->at_ms, err)))
		return false;
	apply->is_new_noted = true;
	(void)id_set_add(&apply->present, applied->id); /* it is new there too */
	return true;
}

static bool
is_moved(const struct identity *stored, const struct identity *keys)
{
	return stored->digest != keys->digest || stored->title != keys->title ||
	       (keys->guid != 0 && keys->guid != stored->guid) ||
	       (keys->link != 0 && keys->link != stored->link);
}

static bool
renew(struct apply *apply, struct db *db, const struct identity_match *match, size_t i,
    struct applied *applied, struct error *err)
{
	const struct entry *entry = apply->result->entries[i];
	struct identity keys = apply->document.items[i];
	bool is_changed, is_same_keys;

	if (!apply->record.trust.guids)
		keys.guid = 0;
	applied->id = match->entry;
	applied->change = ENTRY_KNOWN;
	if (!store_compare_entry(
		db, match->entry, entry, &is_changed, &applied->seen_ms, err))
		return false;
	if (!id_set_add(&apply->present, match->entry))
		return true; /* listed twice: else the two would take turns for ever */
	if (is_changed)
		applied->change = ENTRY_CHANGED;
	is_same_keys = !is_moved(&match->keys, &keys);
	if (!is_changed && is_same_keys)
		return true;
	return store_rewrite_entry(db, match->entry, entry, err) &&
	       (is_same_keys || store_move_keys(db, match, &keys, err));
}

bool
apply_entry(struct apply *apply, struct db *db, const struct feed *feed, size_t i,
    struct applied *applied, struct error *err)
{
	struct identity_store store = key_store(db);
	struct identity_match match;

	assert(i < apply->document.count);
	*applied = (struct applied){ 0 };
	if (!identity_pick(&apply->document, i, &store, &apply->record.trust, &match, err))
		return false;
	if (match.entry == 0)
		return add_new(apply, db, feed, i, applied, err);
	return renew(apply, db, &match, i, applied, err);
}

/* -- end -- */

#define STATUS_GONE 410

static bool
is_gone(const struct feed_result *result)
{
	return result->is_failed && result->failure == JOB_FAILED_HTTP &&
	       result->response.status == STATUS_GONE;
}

static char *
failure_text(const struct feed_result *result)
{
	if (!result->is_failed)
		return NULL;
	return mem_strdup(
	    result->text != NULL ? result->text : job_failure_name(result->failure));
}

static bool
is_other_request(const struct feed_record *record, const struct apply_feed *how)
{
	return record->request == NULL || strcmp(record->request, how->request) != 0;
}

void
apply_plan(struct feed_record *record, const struct apply_feed *how)
{
	const struct feed_result *result = how->result;
	struct plan_reading reading = { .feed = result->feed,
		.at_ms = result->at_ms,
		.every_s = how->every_s,
		.is_failed = result->is_failed,
		.is_gone = is_gone(result),
		.fresh_s = result->response.fresh_s,
		.retry_after_s = result->response.retry_after_s };

	if (is_other_request(record, how))
		record->plan.failures = 0;
	plan_next(&record->plan, &reading);
	free(record->request);
	record->request = mem_strdup(how->request);
	record->last_attempt_ms = result->at_ms;
	free(record->failure);
	record->failure = failure_text(result);
}

static void
update_record(struct feed_record *record, const struct apply_feed *how)
{
	const struct feed_result *result = how->result;

	apply_plan(record, how);
	if (result->is_failed)
		return;
	if (!result->response.is_not_modified)
		record->entries = (int64_t)result->count;
	/* "nothing new" says something only after a reading */
	if (result->response.is_not_modified && record->first_success_ms == 0)
		return;
	if (record->first_success_ms == 0)
		record->first_success_ms = result->at_ms;
	record->last_success_ms = result->at_ms;
}

/* A 304 refreshes what it names; both validators stay those of one answer (MANNERS 1.4). */
static bool
refresh_validators(struct db *db, const struct apply_feed *how, struct error *err)
{
	const struct feed_result *result = how->result;
	const struct job_response *response = &result->response;
	AUTO_FREE char *etag = NULL;
	AUTO_FREE char *last_modified = NULL;

	if (!store_read_validators(
		db, result->feed, how->request, &etag, &last_modified, err))
		return false;
	/* an answer to none, or to those of a reading that was lost: it proves nothing */
	if (how->is_lost || (etag == NULL && last_modified == NULL))
		return true;
	if (response->etag != NULL && (etag == NULL || strcmp(etag, response->etag) != 0))
		return store_write_validators(
		    db, result->feed, response->etag, response->last_modified, err);
	return response->last_modified == NULL ||
	       store_write_validators(db, result->feed, etag, response->last_modified, err);
}

/* Replaces what was there before. *is_disjoint: nothing of that is left, though it was more
 * than a few. */
static bool
write_content(struct apply *apply, struct db *db, const struct feed_result *result,
    bool *is_disjoint, struct error *err)
{
	static const struct id_set none = { 0 };
	const struct id_set *present = apply->result == result ? &apply->present : &none;
	struct id_set before = { 0 };
	bool ok =
	    store_write_validators(db, result->feed, result->response.etag,
		result->response.last_modified, err) &&
	    store_read_present(db, result->feed, &before, err) &&
	    store_write_present(db, result->feed, present, &before, result->at_ms, err);

	*is_disjoint = before.count >= CONDITION_GAP_MIN && present->count > 0;
	for (size_t i = 0; i < before.count && *is_disjoint; i++)
		*is_disjoint = !id_set_has(present, before.items[i]);
	id_set_clear(&before);
	return ok;
}

/* What the reading says of its document. */
static bool
write_answer(struct apply *apply, struct db *db, const struct apply_feed *how,
    const struct feed_record *record, bool *is_disjoint, struct error *err)
{
	const struct feed_result *result = how->result;

	*is_disjoint = false;
	if (!result->is_failed && !result->response.is_not_modified)
		return write_content(apply, db, result, is_disjoint, err);
	if (is_other_request(record, how))
		return store_write_validators(db, result->feed, NULL, NULL, err);
	return result->is_failed || refresh_validators(db, how, err);
}

/* -- conditions -- */

/* Answers of walls: a login, a refusal, a challenge (METI's is a 202 without a body). */
static bool
is_wall(const struct feed_result *result)
{
	int32_t status = result->response.status;

	if (result->failure == JOB_FAILED_HTTP)
		return status == 202 || status == 401 || status == 403 || status == 407;
	return result->failure == JOB_FAILED_FORMAT && result->text != NULL &&
	       strcmp(result->text, "no feed: HTML page") == 0;
}

static enum condition
failure_condition(const struct feed_result *result)
{
	if (is_gone(result))
		return CONDITION_GONE;
	return is_wall(result) ? CONDITION_WALLED : CONDITION_DOWN;
}

struct condition_view
apply_view(const struct feed_record *record, const struct feed *feed)
{
	return (struct condition_view){ .silent_after_s = feed->silent_after_s,
		.first_success_ms = record->first_success_ms,
		.last_new_ms = record->last_new_ms,
		.failures = record->plan.failures,
		.due_ms = record->plan.due_ms };
}

static bool
has_moved(const struct condition_state *old, const struct condition_state *condition)
{
	return old->new_ms != condition->new_ms || old->gap_ms != condition->gap_ms ||
	       old->absent_ms != condition->absent_ms;
}

/* After the record was brought up to date; seen_ms: the last good answer before. */
static bool
judge_condition(struct db *db, const struct feed *feed, struct feed_record *record,
    struct condition_reading *reading, struct condition_changes *changes, struct error *err)
{
	struct condition_view view = apply_view(record, feed);
	struct condition_state old = record->condition;

	condition_read(&record->condition, &view, reading, changes);
	if (changes->count == 0 && !has_moved(&old, &record->condition))
		return true;
	return store_write_condition(db, feed->id, &record->condition, err);
}

/* -- all of the end -- */

/* While entries are missed the feed is read more often: it ends with the first that is
 * known. */
static struct apply_feed
hurried(const struct apply_feed *how, const struct feed_record *record,
    const struct condition_reading *reading)
{
	struct apply_feed hurried = *how;
	bool is_gap =
	    reading->is_content ? reading->is_disjoint : record->condition.gap_ms != 0;

	if (!is_gap || reading->is_failed)
		return hurried;
	hurried.every_s = how->every_s / APPLY_GAP_PART;
	if (hurried.every_s < how->floor_s)
		hurried.every_s = how->floor_s < how->every_s ? how->floor_s : how->every_s;
	return hurried;
}

static bool
end_record(struct db *db, const struct apply_feed *how, struct feed_record *record,
    struct condition_reading *reading, struct condition_changes *changes, struct error *err)
{
	struct apply_feed soon = hurried(how, record, reading);

	reading->due_ms = record->plan.due_ms;
	reading->seen_ms = record->last_success_ms;
	update_record(record, &soon);
	return store_write_feed(db, how->feed->id, record, err) &&
	       judge_condition(db, how->feed, record, reading, changes, err);
}

bool
apply_end(struct apply *apply, struct db *db, const struct apply_feed *how,
    struct condition_changes *changes, struct error *err)
{
	const struct feed_result *result = how->result;
	struct feed_record record = { 0 };
	struct condition_reading reading = { .at_ms = result->at_ms,
		.is_failed = result->is_failed,
		.failure = failure_condition(result),
		.is_content = !result->is_failed && result->count > 0 };
	bool ok;

	changes->count = 0;
	ok = store_read_feed(db, result->feed, &record, err) &&
	     write_answer(apply, db, how, &record, &reading.is_disjoint, err) &&
	     end_record(db, how, &record, &reading, changes, err);
	feed_record_clear(&record);
	return ok;
}
