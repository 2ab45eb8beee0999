/*
 * Joins what the room has: the set of feeds and what the store knows of them, the schedule,
 * the worker, and the reading that is being applied.
 *
 * What memory holds of a feed is always what the store says, read again after each reading;
 * validators are not kept here at all.
 */
#include "feeds/feeds.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/paths.h"
#include "feeds/feeds_private.h"

/* -- finding -- */

int64_t
feeds_every_s(const struct feeds *feeds, const struct feed *feed)
{
	return feed->every_s != 0 ? feed->every_s : feeds->polling.every_s;
}

struct state *
feeds_find_state(const struct feeds *feeds, const char *id)
{
	size_t low = 0, high = feeds->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(feeds->states[middle]->feed->id, id);

		if (order == 0)
			return feeds->states[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const struct feed *
feeds_find(const struct feeds *feeds, const char *id)
{
	return feed_set_find(&feeds->set, id);
}

/* What the store does not hold of the last attempt stays as it is known. */
static void
record_keep_plan(struct feed_record *fresh, struct feed_record *known)
{
	char *request = fresh->request, *failure = fresh->failure;

	fresh->request = known->request;
	fresh->failure = known->failure;
	known->request = request;
	known->failure = failure;
	fresh->plan = known->plan;
	fresh->last_attempt_ms = known->last_attempt_ms;
}

bool
feeds_read_record(struct feeds *feeds, struct state *state, struct error *err)
{
	struct feed_record fresh = { 0 };

	if (!store_read_feed(feeds->db, state->feed->id, &fresh, err))
		return false;
	feed_record_clear(&state->record);
	state->record = fresh;
	return true;
}

/* @return whether the store is behind what is known */
static bool
reread_record(struct feeds *feeds, struct state *state)
{
	struct feed_record fresh = { 0 };
	struct error ignored;
	bool is_behind;

	/* what cannot be read stays as it is until the next reading */
	if (!store_read_feed(feeds->db, state->feed->id, &fresh, &ignored))
		return false;
	is_behind = fresh.last_attempt_ms < state->record.last_attempt_ms;
	if (is_behind)
		record_keep_plan(&fresh, &state->record);
	feed_record_clear(&state->record);
	state->record = fresh;
	return is_behind;
}

void
feeds_reload_state(struct feeds *feeds)
{
	for (size_t i = 0; i < feeds->count; i++) {
		struct state *state = feeds->states[i];

		state->is_lost = state_is_running(state);
		/* a full disk must not make us ask again and again */
		if (reread_record(feeds, state) && state->unstored == 0)
			feeds_hold(feeds, state);
		else
			feeds_plan(feeds, state);
	}
	feeds_arm(feeds);
}

/* -- the set -- */

/* The host's name: from behind the scheme to the port or path (a user in a URL was
 * refused). */
static char *
host_of(const char *url)
{
	const char *host = strstr(url, "://");
	char *name;
	size_t len;

	host = host == NULL ? url : host + 3;
	len = host[0] == '[' ? strcspn(host, "]/?#") : strcspn(host, ":/?#");
	name = mem_strndup(host, len);
	for (size_t i = 0; i < len; i++)
		if (name[i] >= 'A' && name[i] <= 'Z')
			name[i] = (char)(name[i] - 'A' + 'a');
	return name;
}

static void
add_to_schedule(struct feeds *feeds, struct state *state)
{
	AUTO_FREE char *host = host_of(state->feed->url);
	int64_t gap_ms = state->feed->host_gap_ms;

	schedule_add(feeds->schedule, &state->item, host,
	    gap_ms >= 0 ? gap_ms : feeds->polling.host_gap_ms);
	feeds_plan(feeds, state);
}

static void
state_free(struct feeds *feeds, struct state *state)
{
	if (state == NULL)
		return;
	feeds_drop_job(feeds, state);
	schedule_remove(feeds->schedule, &state->item);
	feed_record_clear(&state->record);
	free(state->request);
	free(state->asked);
	free(state);
}

/* States of a new set: each as it was where the feed was known, else as the store says. */
static bool
make_states(struct feeds *feeds, const struct feed_set *set, struct state **states,
    struct error *err)
{
	for (size_t i = 0; i < set->count; i++) {
		struct state *state = mem_zalloc(sizeof(*state));

		states[i] = state;
		state->feed = set->items[i];
		state->request = page_request(state->feed->url, &state->feed->page);
		if (!feeds_read_record(feeds, state, err))
			return false;
	}
	return true;
}

static bool
is_same(const char *a, const char *b)
{
	return strcmp(a == NULL ? "" : a, b == NULL ? "" : b) == 0;
}

/* Failures of a request that is not made any more say nothing about the new one; what the
 * server wished still holds. */
static void
end_back_off(struct feeds *feeds, const struct feed *old, struct state *state,
    const struct polling *old_polling)
{
	const struct feed *feed = state->feed;
	struct plan *plan = &state->record.plan;

	if (plan->why != PLAN_BACK_OFF ||
	    (old->is_private == feed->is_private &&
		is_same(old->user_agent, feed->user_agent) &&
		access_is_same(&old->access, &feed->access) &&
		is_same(old_polling->proxy, feeds->polling.proxy) &&
		is_same(old_polling->contact, feeds->polling.contact)))
		return;
	plan->due_ms = clock_now_ms(feeds->clock);
	plan->pause_ms = 0;
}

/* What runs goes on, for the new state. */
static void
take_over(struct feeds *feeds, struct state *old, struct state *state)
{
	for (size_t i = 0; i < FEEDS_RUNNING_MAX; i++)
		if (feeds->runs[i].state == old)
			feeds->runs[i].state = state;
	state->job = old->job;
	state->is_lost = old->is_lost;
	state->is_asked = old->is_asked;
	state->asked = old->asked;
	old->asked = NULL;
	old->job = 0;
	if (old->unstored == 0)
		return;
	record_keep_plan(&state->record, &old->record);
	state->unstored = old->unstored;
	state->hold_ms = old->hold_ms;
}

static void
exchange_states(struct feeds *feeds, struct state **states, size_t count,
    const struct polling *old_polling)
{
	struct state **old_states = feeds->states;
	size_t old_count = feeds->count;

	for (size_t i = 0; i < count; i++) {
		struct state *old = feeds_find_state(feeds, states[i]->feed->id);

		if (old != NULL) {
			take_over(feeds, old, states[i]);
			end_back_off(feeds, old->feed, states[i], old_polling);
		}
		/* before the old ones go: a host they share keeps its gap */
		add_to_schedule(feeds, states[i]);
	}
	feeds->states = states;
	feeds->count = count;
	for (size_t i = 0; i < old_count; i++)
		state_free(feeds, old_states[i]);
	free((void *)old_states);
}

bool
feeds_configure(
    struct feeds *feeds, struct feed_set *set, struct polling *polling, struct error *err)
{
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
	struct state **states = (struct state **)mem_array(set->count, sizeof(*states));
	struct feed_set old_set = feeds->set;
	struct polling old_polling = feeds->polling;
	struct confinement confinement;

	if (!feeds_find_confinement(set, polling, &confinement, err) ||
	    !make_states(feeds, set, states, err)) {
		for (size_t i = 0; i < set->count; i++)
			state_free(feeds, states[i]);
		free((void *)states);
		return false;
	}
	if (feeds->supervisor != NULL)
		supervisor_confine(feeds->supervisor, &confinement);
	feeds->polling = *polling;
	feeds->set = *set;
	*set = (struct feed_set){ 0 };
	*polling = (struct polling){ 0 };
	exchange_states(feeds, states, feeds->set.count, &old_polling);
	feed_set_clear(&old_set);
	polling_clear(&old_polling);
	feeds_arm(feeds);
	return true;
}

/* -- life -- */

struct feeds *
feeds_open(struct event_base *base, struct clock *clock, struct db *db,
    feeds_result_fn *on_result, void *ctx)
{
	struct feeds *feeds = mem_zalloc(sizeof(*feeds));
	AUTO_FREE char *program = paths_program("dealwatch-feeds");

	feeds->base = base;
	feeds->clock = clock;
	feeds->db = db;
	feeds->on_result = on_result;
	feeds->ctx = ctx;
	polling_init(&feeds->polling);
	feeds->schedule = schedule_new(FEEDS_RUNNING_MAX);
	if (base == NULL)
		return feeds;
	feeds->supervisor =
	    supervisor_open(base, clock, program, &feeds_supervisor_events, feeds);
	feeds->timer = clock_timer_new(clock, feeds_on_timer, feeds);
	clock_on_step(clock, feeds_on_step, feeds);
	return feeds;
}

void
feeds_on_notice(struct feeds *feeds, feeds_notice_fn *fn)
{
	feeds->on_notice = fn;
}

void
feeds_close(struct feeds *feeds)
{
	if (feeds == NULL)
		return;
	if (feeds->base != NULL)
		clock_on_step(feeds->clock, NULL, NULL);
	clock_timer_free(feeds->timer);
	apply_clear(&feeds->apply);
	for (size_t i = 0; i < feeds->count; i++)
		state_free(feeds, feeds->states[i]);
	free((void *)feeds->states);
	supervisor_close(feeds->supervisor);
	schedule_free(feeds->schedule);
	feed_set_clear(&feeds->set);
	polling_clear(&feeds->polling);
	free(feeds);
}

/* -- status -- */

size_t
feeds_count(const struct feeds *feeds)
{
	return feeds->count;
}

static const char *
state_name(const struct state *state)
{
	if (!state->feed->is_enabled)
		return "disabled";
	if (state_is_running(state))
		return "running";
	if (state->unstored > 0)
		return "failing";
	if (state->record.last_attempt_ms == 0)
		return "new";
	return state->record.plan.failures > 0 ? "failing" : "ok";
}

static struct feed_status
status_of(const struct feeds *feeds, const struct state *state)
{
	const struct feed_record *record = &state->record;
	bool is_planned = schedule_is_planned(&state->item);
	int64_t since_ms;
	enum condition condition = condition_worst(&record->condition, &since_ms);

	return (struct feed_status){ .feed = state->feed,
		.state = state_name(state),
		.failure = record->failure == NULL && state->unstored > 0
			       ? "what was read could not be stored"
			       : record->failure,
		.failures = (int)record->plan.failures,
		.last_attempt_ms = record->last_attempt_ms,
		.last_success_ms = record->last_success_ms,
		.last_new_ms = record->last_new_ms,
		.next_poll_ms = is_planned ? state->item.node.at_ms : 0,
		.next_why = state->is_asked
				? "asked"
				: plan_why_name(feeds_plan_of(feeds, state).why),
		.entries = record->entries,
		.every_s = feeds_every_s(feeds, state->feed),
		.condition = condition,
		.since_ms = since_ms };
}

struct feed_status
feeds_status(const struct feeds *feeds, size_t i)
{
	assert(i < feeds->count);
	return status_of(feeds, feeds->states[i]);
}

bool
feeds_status_find(const struct feeds *feeds, const char *id, struct feed_status *status)
{
	const struct state *state = feeds_find_state(feeds, id);

	if (state == NULL)
		return false;
	*status = status_of(feeds, state);
	return true;
}

/* -- applying -- */

bool
feeds_apply_begin(struct feeds *feeds, struct feed_result *result, struct error *err)
{
	return apply_begin(&feeds->apply, feeds->db, result, err);
}

bool
feeds_apply_entry(struct feeds *feeds, const struct feed_result *result, size_t i,
    struct applied *applied, struct error *err)
{
	const struct feed *feed = feeds_find(feeds, result->feed);

	assert(feeds->apply.result == result && feed != NULL);
	return apply_entry(&feeds->apply, feeds->db, feed, i, applied, err);
}

static struct apply_feed
reading_of(
    const struct feeds *feeds, const struct state *state, const struct feed_result *result)
{
	return (struct apply_feed){ .result = result,
		.feed = state->feed,
		.request = state->asked != NULL ? state->asked : state->request,
		.every_s = feeds_every_s(feeds, state->feed),
		.floor_s = feeds->polling.floor_s,
		.is_lost = state->is_lost };
}

bool
feeds_apply_end(struct feeds *feeds, const struct feed_result *result,
    struct condition_changes *changes, struct error *err)
{
	const struct state *state = feeds_find_state(feeds, result->feed);
	struct apply_feed how;

	assert(state != NULL);
	how = reading_of(feeds, state, result);
	return apply_end(&feeds->apply, feeds->db, &how, changes, err);
}

/* Results that were brought from outside (job 0) are for whoever has their feed's name. */
static struct state *
find_current(const struct feeds *feeds, const struct feed_result *result)
{
	struct state *state = feeds_find_state(feeds, result->feed);

	if (state == NULL || (result->job != 0 && result->job != state->job))
		return NULL;
	return state;
}

bool
feeds_is_current(const struct feeds *feeds, const struct feed_result *result)
{
	return find_current(feeds, result) != NULL;
}

static void
finish(struct feeds *feeds, struct state *state, const struct feed_result *result,
    bool is_stored)
{
	struct apply_feed how = reading_of(feeds, state, result);
	struct error ignored;

	/* what cannot be read is known from the result all the same */
	if (is_stored && feeds_read_record(feeds, state, &ignored)) {
		state->unstored = 0;
		state->hold_ms = 0;
	} else {
		is_stored = false;
		apply_plan(&state->record, &how);
	}
	if (state_is_running(state))
		feeds->running--;
	state->job = 0;
	state->is_lost = false;
	free(state->asked);
	state->asked = NULL;
	if (is_stored)
		feeds_plan(feeds, state);
	else
		feeds_hold(feeds, state);
}

void
feeds_finish(struct feeds *feeds, struct feed_result *result, bool is_stored)
{
	struct state *state = find_current(feeds, result);

	if (feeds->apply.result == result)
		apply_clear(&feeds->apply);
	if (state != NULL)
		finish(feeds, state, result, is_stored);
	if (result->job != 0) {
		feeds->waiting_bytes -= result->bytes;
		supervisor_set_outside(feeds->supervisor, feeds->waiting_bytes);
	}
	feed_result_free(result);
	feeds_arm(feeds);
}
