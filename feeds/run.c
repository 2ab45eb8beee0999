/*
 * When feeds are read: planning by what the store says, jobs for what is due, and what
 * changes that (a step of the clock, a feed that is taken out).
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/db.h"
#include "base/error.h"
#include "feeds/feeds_private.h"

/* when a reading could not be stored: first, and at most */
#define UNSTORED_RETRY_MS (5 * INT64_C(60000))
#define UNSTORED_RETRY_MAX_MS (PLAN_BACK_OFF_MAX_S * INT64_C(1000))

/* -- planning -- */

void
feeds_arm(struct feeds *feeds)
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
struct plan
feeds_plan_of(const struct feeds *feeds, const struct state *state)
{
	const struct feed_record *record = &state->record;
	struct plan plan = record->plan;

	if (record->request == NULL || strcmp(record->request, state->request) != 0)
		return (
		    struct plan){ .due_ms = clock_now_ms(feeds->clock), .why = PLAN_NEW };
	plan_adjust(&plan, state->feed->id, record->last_attempt_ms,
	    feeds_every_s(feeds, state->feed), clock_now_ms(feeds->clock));
	return plan;
}

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* The place of a feed that was asked for stays, unless the clock was set back since. */
void
feeds_plan(struct feeds *feeds, struct state *state)
{
	int64_t due_ms = clock_now_ms(feeds->clock);
	struct plan plan;

	if (!state->feed->is_enabled || state_is_running(state) ||
	    (state->is_asked && schedule_is_planned(&state->item) &&
		state->item.node.at_ms <= due_ms))
		return;
	plan = feeds_plan_of(feeds, state);
	if (!state->is_asked && plan.why == PLAN_GONE) {
		if (state->unstored == 0)
			return;
		due_ms = state->hold_ms; /* it is gone once that is stored */
	} else if (!state->is_asked) {
		due_ms = later(plan.due_ms, state->hold_ms);
	}
	schedule_plan(feeds->schedule, &state->item, due_ms);
}

void
feeds_hold(struct feeds *feeds, struct state *state)
{
	int64_t wait_ms = UNSTORED_RETRY_MS;

	for (int i = 0; i < state->unstored && wait_ms < UNSTORED_RETRY_MAX_MS; i++)
		wait_ms *= 2;
	if (wait_ms > UNSTORED_RETRY_MAX_MS)
		wait_ms = UNSTORED_RETRY_MAX_MS;
	state->unstored++;
	state->hold_ms = clock_now_ms(feeds->clock) + wait_ms;
	feeds_plan(feeds, state);
}

/* -- jobs -- */

/* 0 finds a free one: the schedule gives no more items than there are. */
static struct run *
find_run(struct feeds *feeds, uint64_t job)
{
	size_t i = 0;

	while (i < FEEDS_RUNNING_MAX - 1 && feeds->runs[i].job != job)
		i++;
	assert(feeds->runs[i].job == job);
	return &feeds->runs[i];
}

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

/* What the user says of its server. */
static void
add_access(const struct feeds *feeds, const struct feed_access *access, struct job *job)
{
	const char *proxy = access->proxy != NULL ? access->proxy : feeds->polling.proxy;

	list_copy(&job->headers, &access->headers);
	if (proxy != NULL && *proxy != '\0')
		job->proxy = mem_strdup(proxy);
}

static bool
start_job(struct feeds *feeds, struct state *state, struct error *err)
{
	const struct feed *feed = state->feed;
	AUTO(job) job = mem_zalloc(sizeof(*job));
	struct run *run = find_run(feeds, 0);
	struct error no_secret;

	if (!store_read_validators(
		feeds->db, feed->id, state->request, &job->etag, &job->last_modified, err))
		return false;
	job->kind = JOB_FETCH;
	job->feed = mem_strdup(feed->id);
	job->url = mem_strdup(feed->url);
	page_copy(&job->page, &feed->page);
	job->user_agent = user_agent(feeds, feed);
	add_access(feeds, &feed->access, job);
	job->is_private = feed->is_private;
	job->deadline_ms = JOB_DEADLINE_MS;
	job->body_max_bytes = JOB_BODY_MAX_BYTES;
	job->entries_max = JOB_ENTRIES_MAX;
	job->now_ms = clock_now_ms(feeds->clock);
	state->job = access_authorization(&feed->access, &job->authorization, &no_secret)
			 ? supervisor_start(feeds->supervisor, job, NULL, 0)
			 : supervisor_refuse(
			       feeds->supervisor, job, JOB_FAILED_SECRET, no_secret.text);
	*run = (struct run){ state->job, state->item.host, state };
	free(state->asked);
	state->asked = mem_strdup(state->request);
	state->is_lost = state->is_asked = false;
	feeds->running++;
	return true;
}

static void
run_due(struct feeds *feeds, int64_t now_ms)
{
	struct schedule_item *item;
	struct error ignored;

	db_read_begin(feeds->db);
	while ((item = schedule_take(feeds->schedule, now_ms)) != NULL) {
		struct state *state = (struct state *)item;

		if (start_job(feeds, state, &ignored))
			continue;
		/* the store is in trouble: it says so wherever it is written to */
		schedule_release(feeds->schedule, item->host, now_ms);
		state->is_asked = false;
		feeds_hold(feeds, state);
	}
	db_read_end(feeds->db);
	feeds_arm(feeds);
}

void
feeds_on_timer(void *ctx, int64_t now_ms)
{
	run_due(ctx, now_ms);
}

static void
on_done(void *ctx, uint64_t job, struct feed_result *result)
{
	struct feeds *feeds = ctx;
	struct run *run = find_run(feeds, job);

	schedule_release(feeds->schedule, run->host, clock_now_ms(feeds->clock));
	*run = (struct run){ 0 };
	feeds_arm(feeds);
	result->job = job;
	feeds->waiting_bytes += result->bytes;
	supervisor_set_outside(feeds->supervisor, feeds->waiting_bytes);
	feeds->on_result(feeds->ctx, result);
}

static void
on_trouble(void *ctx, const struct error *why)
{
	struct feeds *feeds = ctx;
	AUTO_FREE char *text =
	    why == NULL ? mem_strdup("the worker is there again, the sources are read")
			: mem_printf("%s; the sources wait", why->text);

	if (feeds->on_notice != NULL)
		feeds->on_notice(feeds->ctx, text);
}

const struct supervisor_events feeds_supervisor_events = { on_done, on_trouble };

/* Its result may also be on the way already: feeds_is_current() tells. */
void
feeds_drop_job(struct feeds *feeds, struct state *state)
{
	if (!state_is_running(state))
		return;
	feeds->running--;
	for (size_t i = 0; i < FEEDS_RUNNING_MAX; i++) {
		struct run *run = &feeds->runs[i];

		if (run->state != state)
			continue;
		supervisor_drop(feeds->supervisor, run->job);
		schedule_release(feeds->schedule, run->host, clock_now_ms(feeds->clock));
		*run = (struct run){ 0 };
	}
	state->job = 0;
}

/* -- changes -- */

/* Due times that lie farther ahead than they were meant to are brought back. */
void
feeds_on_step(void *ctx, int64_t step_ms)
{
	struct feeds *feeds = ctx;

	if (step_ms < 0)
		schedule_clock_set(feeds->schedule, clock_now_ms(feeds->clock));
	for (size_t i = 0; i < feeds->count; i++) {
		struct state *state = feeds->states[i];

		if (state->hold_ms != 0)
			state->hold_ms += step_ms;
		feeds_plan(feeds, state);
	}
	feeds_arm(feeds);
}

/* -- begin and end -- */

void
feeds_start(struct feeds *feeds)
{
	feeds->is_started = feeds->base != NULL;
	feeds_arm(feeds);
}

void
feeds_stop(struct feeds *feeds)
{
	feeds->is_started = false;
	feeds_arm(feeds);
	if (feeds->supervisor != NULL)
		supervisor_cancel(feeds->supervisor);
	for (size_t i = 0; i < FEEDS_RUNNING_MAX; i++) {
		struct run *run = &feeds->runs[i];

		if (run->job == 0)
			continue;
		schedule_release(feeds->schedule, run->host, clock_now_ms(feeds->clock));
		run->state->job = 0;
		free(run->state->asked);
		run->state->asked = NULL;
		feeds->running--;
		*run = (struct run){ 0 };
	}
}

bool
feeds_is_busy(const struct feeds *feeds)
{
	return feeds->running > 0;
}
