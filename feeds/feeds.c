/*
 * Joins what the room has: the set of feeds and what the store knows of them, the schedule,
 * the worker, and the reading that is being applied.
 *
 * What memory holds of a feed is always what the store says, read again after each reading;
 * validators are not kept here at all.
 */
#include "feeds/feeds.h"

#include <assert.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/db.h"
#include "base/paths.h"
#include "feeds/apply.h"
#include "feeds/schedule.h"
#include "feeds/supervisor.h"

#define RUNNING_MAX 64
#define UNSTORED_RETRY_MS (5 * 60 * 1000) /* when a reading could not be stored */

/* One feed of the set. */
struct state {
	struct schedule_item item; /* first: the schedule hands it back */
	const struct feed *feed;   /* borrowed from the set */
	struct feed_record record;
	char *url;       /* that the running job asks; owned, NULL otherwise */
	bool is_running; /* from its start to feeds_finish() */
	bool is_lost;    /* the store went back since its job was started */
	bool is_asked;   /* somebody wants it now */
};

/* A job that is with the worker. */
struct run {
	uint64_t job;
	struct schedule_host *host; /* busy with it; borrowed */
	struct state *state;        /* NULL: the feed is no longer watched */
};

struct feeds {
	struct event_base *base; /* borrowed; NULL: nothing runs here */
	struct clock *clock;     /* borrowed */
	struct db *db;           /* borrowed */
	feeds_result_fn *on_result;
	void *ctx;
	struct feed_set set;
	struct polling polling;
	struct state **states; /* owned; in the order of the set: by id */
	size_t count;
	size_t running; /* states that are */
	struct schedule *schedule;
	struct supervisor *supervisor; /* NULL without a base */
	struct clock_timer *timer;     /* NULL without a base */
	struct run runs[RUNNING_MAX];
	struct apply apply;
	bool is_started;
};

/* -- finding -- */

static int64_t
every_s(const struct feeds *feeds, const struct feed *feed)
{
	return feed->every_s != 0 ? feed->every_s : feeds->polling.every_s;
}

static struct state *
find_state(const struct feeds *feeds, const char *id)
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

/* 0 finds a free one: the schedule gives no more items than there are. */
static struct run *
find_run(struct feeds *feeds, uint64_t job)
{
	size_t i = 0;

	while (i < RUNNING_MAX - 1 && feeds->runs[i].job != job)
		i++;
	assert(feeds->runs[i].job == job);
	return &feeds->runs[i];
}

/* -- planning -- */

static void
arm(struct feeds *feeds)
{
	int64_t next_ms = schedule_next_ms(feeds->schedule);

	if (feeds->timer == NULL)
		return;
	if (!feeds->is_started || next_ms == -1)
		clock_timer_cancel(feeds->timer);
	else
		clock_timer_at(feeds->timer, next_ms);
}

/* What the store says, as it holds now. */
static struct plan
current_plan(const struct feeds *feeds, const struct state *state)
{
	const struct feed_record *record = &state->record;
	struct plan plan = record->plan;

	if (record->url == NULL || strcmp(record->url, state->feed->url) != 0)
		return (struct plan){ .due_ms = clock_now_ms(feeds->clock), .why = PLAN_NEW };
	plan_adjust(&plan, state->feed->id, record->last_attempt_ms,
	    every_s(feeds, state->feed), clock_now_ms(feeds->clock));
	return plan;
}

/* The plan of a feed that was asked for stays. */
static void
plan_state(struct feeds *feeds, struct state *state)
{
	bool is_to_stay = state->is_asked && schedule_is_planned(&state->item);
	int64_t due_ms = state->is_asked ? clock_now_ms(feeds->clock)
					 : current_plan(feeds, state).due_ms;

	if (state->feed->is_enabled && !state->is_running && !is_to_stay)
		schedule_plan(feeds->schedule, &state->item, due_ms);
}

/* The host's name: from behind the scheme (and any user) to the port or path. */
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
	plan_state(feeds, state);
}

/* -- jobs -- */

static char *
user_agent(const struct feeds *feeds, const struct feed *feed)
{
	if (feed->user_agent != NULL)
		return mem_strdup(feed->user_agent);
	if (feeds->polling.contact != NULL)
		return mem_printf(
		    "dealwatch/" PACKAGE_VERSION " (+%s)", feeds->polling.contact);
	return mem_strdup("dealwatch/" PACKAGE_VERSION);
}

static bool
start_job(struct feeds *feeds, struct state *state, struct error *err)
{
	const struct feed *feed = state->feed;
	AUTO(job) job = mem_zalloc(sizeof(*job));
	struct run *run = find_run(feeds, 0);

	if (!store_read_validators(feeds->db, feed->id, feed->url, &job->etag,
		&job->last_modified, err))
		return false;
	job->kind = JOB_FETCH;
	job->feed = mem_strdup(feed->id);
	job->url = mem_strdup(feed->url);
	job->user_agent = user_agent(feeds, feed);
	job->is_private = feed->is_private;
	job->deadline_ms = JOB_DEADLINE_MS;
	job->body_max_bytes = JOB_BODY_MAX_BYTES;
	job->entries_max = JOB_ENTRIES_MAX;
	job->now_ms = clock_now_ms(feeds->clock);
	*run = (struct run){ supervisor_start(feeds->supervisor, job, NULL, 0),
		state->item.host, state };
	free(state->url);
	state->url = mem_strdup(feed->url);
	state->is_running = true;
	state->is_lost = state->is_asked = false;
	feeds->running++;
	return true;
}

static void
run_due(struct feeds *feeds, int64_t now_ms)
{
	struct schedule_item *item;
	struct error ignored;

	while ((item = schedule_take(feeds->schedule, now_ms)) != NULL) {
		struct state *state = (struct state *)item;

		if (start_job(feeds, state, &ignored))
			continue;
		/* the store is in trouble: it says so wherever it is written to */
		schedule_release(feeds->schedule, item->host, now_ms);
		schedule_plan(feeds->schedule, item, now_ms + UNSTORED_RETRY_MS);
	}
	arm(feeds);
}

static void
on_timer(void *ctx, int64_t now_ms)
{
	run_due(ctx, now_ms);
}

static void
on_done(void *ctx, uint64_t job, struct feed_result *result)
{
	struct feeds *feeds = ctx;
	struct run *run = find_run(feeds, job);
	struct state *state = run->state;

	schedule_release(feeds->schedule, run->host, clock_now_ms(feeds->clock));
	*run = (struct run){ 0 };
	arm(feeds);
	if (state == NULL)
		feed_result_free(result);
	else
		feeds->on_result(feeds->ctx, result);
}

/* -- reading the store -- */

static bool
read_record(struct feeds *feeds, struct state *state, struct error *err)
{
	struct feed_record fresh = { 0 };

	if (!store_read_feed(feeds->db, state->feed->id, &fresh, err))
		return false;
	feed_record_clear(&state->record);
	state->record = fresh;
	return true;
}

void
feeds_reload_state(struct feeds *feeds)
{
	struct error ignored;

	for (size_t i = 0; i < feeds->count; i++) {
		struct state *state = feeds->states[i];

		state->is_lost = state->is_running;
		/* what cannot be read stays as it is until the next reading */
		if (read_record(feeds, state, &ignored))
			plan_state(feeds, state);
	}
	arm(feeds);
}

/* Due times that lie farther ahead than they were meant to are brought back. */
static void
on_step(void *ctx, int64_t step_ms)
{
	struct feeds *feeds = ctx;

	if (step_ms < 0)
		schedule_clock_set(feeds->schedule, clock_now_ms(feeds->clock));
	for (size_t i = 0; i < feeds->count; i++)
		plan_state(feeds, feeds->states[i]);
	arm(feeds);
}

/* -- the set -- */

static void
state_free(struct feeds *feeds, struct state *state)
{
	if (state == NULL)
		return;
	for (size_t i = 0; i < RUNNING_MAX; i++)
		if (feeds->runs[i].state == state)
			feeds->runs[i].state = NULL;
	if (state->is_running)
		feeds->running--;
	schedule_remove(feeds->schedule, &state->item);
	feed_record_clear(&state->record);
	free(state->url);
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
		if (!read_record(feeds, state, err))
			return false;
	}
	return true;
}

/* What runs goes on, for the new state. */
static void
take_over(struct feeds *feeds, struct state *old, struct state *state)
{
	for (size_t i = 0; i < RUNNING_MAX; i++)
		if (feeds->runs[i].state == old)
			feeds->runs[i].state = state;
	state->is_running = old->is_running;
	state->is_lost = old->is_lost;
	state->is_asked = old->is_asked;
	state->url = old->url;
	old->url = NULL;
	old->is_running = false;
}

static void
exchange_states(struct feeds *feeds, struct state **states, size_t count)
{
	struct state **old_states = feeds->states;
	size_t old_count = feeds->count;

	for (size_t i = 0; i < count; i++) {
		struct state *old = find_state(feeds, states[i]->feed->id);

		if (old != NULL)
			take_over(feeds, old, states[i]);
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
	struct state **states = (struct state **)mem_array(set->count, sizeof(*states));
	struct feed_set old_set = feeds->set;

	if (!make_states(feeds, set, states, err)) {
		for (size_t i = 0; i < set->count; i++)
			state_free(feeds, states[i]);
		free((void *)states);
		return false;
	}
	polling_clear(&feeds->polling);
	feeds->polling = *polling;
	feeds->set = *set;
	*set = (struct feed_set){ 0 };
	*polling = (struct polling){ 0 };
	exchange_states(feeds, states, feeds->set.count);
	feed_set_clear(&old_set);
	arm(feeds);
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
	feeds->schedule = schedule_new(RUNNING_MAX);
	if (base == NULL)
		return feeds;
	feeds->supervisor = supervisor_open(base, clock, program, on_done, feeds);
	feeds->timer = clock_timer_new(clock, on_timer, feeds);
	clock_on_step(clock, on_step, feeds);
	return feeds;
}

void
feeds_close(struct feeds *feeds)
{
	if (feeds == NULL)
		return;
	if (feeds->base != NULL)
		clock_on_step(feeds->clock, NULL, NULL);
	supervisor_close(feeds->supervisor);
	clock_timer_free(feeds->timer);
	apply_clear(&feeds->apply);
	for (size_t i = 0; i < feeds->count; i++)
		state_free(feeds, feeds->states[i]);
	free((void *)feeds->states);
	schedule_free(feeds->schedule);
	feed_set_clear(&feeds->set);
	polling_clear(&feeds->polling);
	free(feeds);
}

void
feeds_start(struct feeds *feeds)
{
	feeds->is_started = feeds->base != NULL;
	arm(feeds);
}

void
feeds_stop(struct feeds *feeds)
{
	feeds->is_started = false;
	arm(feeds);
	if (feeds->supervisor != NULL)
		supervisor_cancel(feeds->supervisor);
	for (size_t i = 0; i < RUNNING_MAX; i++) {
		struct run *run = &feeds->runs[i];

		if (run->job == 0)
			continue;
		schedule_release(feeds->schedule, run->host, clock_now_ms(feeds->clock));
		if (run->state != NULL) {
			run->state->is_running = false;
			feeds->running--;
		}
		*run = (struct run){ 0 };
	}
}

bool
feeds_is_busy(const struct feeds *feeds)
{
	return feeds->running > 0;
}

/* -- asked and answered -- */

static int
poll_state(struct feeds *feeds, struct state *state, bool is_forced)
{
	int64_t now_ms = clock_now_ms(feeds->clock);

	if (!state->feed->is_enabled || state->is_running ||
	    (!is_forced && current_plan(feeds, state).pause_ms > now_ms))
		return 0;
	if (!state->is_asked)
		schedule_plan(feeds->schedule, &state->item, now_ms);
	state->is_asked = true;
	return 1;
}

int
feeds_poll(struct feeds *feeds, const char *id, bool is_forced)
{
	struct state *state = id == NULL ? NULL : find_state(feeds, id);
	int due = 0;

	if (id != NULL && state == NULL)
		return -1;
	if (state != NULL)
		due = poll_state(feeds, state, is_forced);
	for (size_t i = 0; id == NULL && i < feeds->count; i++)
		due += poll_state(feeds, feeds->states[i], is_forced);
	arm(feeds);
	return due;
}

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
	if (state->is_running)
		return "running";
	if (state->record.last_attempt_ms == 0)
		return "new";
	return state->record.plan.failures > 0 ? "failing" : "ok";
}

static struct feed_status
status_of(const struct feeds *feeds, const struct state *state)
{
	const struct feed_record *record = &state->record;
	bool is_planned = schedule_is_planned(&state->item);

	return (struct feed_status){ .feed = state->feed,
		.state = state_name(state),
		.failure = record->failure,
		.failures = (int)record->plan.failures,
		.last_attempt_ms = record->last_attempt_ms,
		.last_success_ms = record->last_success_ms,
		.last_new_ms = record->last_new_ms,
		.next_poll_ms = is_planned ? state->item.node.at_ms : 0,
		.next_why = state->is_asked ? "asked" : plan_why_name(current_plan(feeds, state).why),
		.entries = record->entries };
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
	const struct state *state = find_state(feeds, id);

	if (state == NULL)
		return false;
	*status = status_of(feeds, state);
	return true;
}

int
feeds_worker_pid(const struct feeds *feeds)
{
	return feeds->supervisor == NULL ? 0 : supervisor_pid(feeds->supervisor);
}

int
feeds_worker_deaths(const struct feeds *feeds)
{
	return feeds->supervisor == NULL ? 0 : supervisor_deaths(feeds->supervisor);
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

bool
feeds_apply_end(
    struct feeds *feeds, const struct feed_result *result, struct error *err)
{
	const struct state *state = find_state(feeds, result->feed);
	struct apply_feed how;

	assert(state != NULL);
	how = (struct apply_feed){ .feed = state->feed,
		.url = state->url != NULL ? state->url : state->feed->url,
		.every_s = every_s(feeds, state->feed),
		.is_lost = state->is_lost };
	return apply_end(&feeds->apply, feeds->db, &how, result, err);
}

void
feeds_finish(struct feeds *feeds, struct feed_result *result, bool is_stored)
{
	struct state *state = find_state(feeds, result->feed);
	struct error ignored;

	if (feeds->apply.result == result)
		apply_clear(&feeds->apply);
	feed_result_free(result);
	if (state == NULL)
		return;
	if (state->is_running)
		feeds->running--;
	state->is_running = state->is_lost = false;
	free(state->url);
	state->url = NULL;
	if (is_stored && read_record(feeds, state, &ignored))
		plan_state(feeds, state);
	else if (state->feed->is_enabled)
		schedule_plan(feeds->schedule, &state->item,
		    clock_now_ms(feeds->clock) + UNSTORED_RETRY_MS);
	arm(feeds);
}
