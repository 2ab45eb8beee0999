/*
 * Flights wait in one list. All that is done with them, but for what messages bring, is
 * done in turns of the loop (on_turn), so that no caller is called back before it returned.
 */
#include "feeds/supervisor.h"

#include <event2/event.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/channel.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/wire.h"
#include "feeds/blame.h"
#include "feeds/feeds.h"
#include "feeds/flight.h"
#include "feeds/keeper.h"

#define CREDIT_BATCH (CHANNEL_CREDIT / 4) /* granted together */
/* above it nothing new is sent: what is under way may still grow */
#define STAGED_EASY_BYTES (SUPERVISOR_STAGED_ALL_MAX_BYTES / 2)

struct supervisor {
	struct clock *clock;                    /* borrowed */
	struct keeper *keeper;                  /* owned, as all below */
	const struct supervisor_events *events; /* borrowed */
	void *ctx;
	struct event *turn;
	struct flights flights;
	uint64_t last_id;
	size_t batch;         /* so many suspects are sent together */
	size_t outside_bytes; /* of results that others still hold */
	uint32_t to_grant;
	uint64_t liar;    /* a malformed message was about this job, or 0 */
	uint64_t overdue; /* the worker is being killed because of it, or 0 */
};

static void
want_turn(struct supervisor *supervisor)
{
	event_active(supervisor->turn, EV_TIMEOUT, 0);
}

static void
forget(struct supervisor *supervisor, struct flight *flight)
{
	TAILQ_REMOVE(&supervisor->flights, flight, link);
	flight_free(flight);
}

/* Hand over what came of it, if anybody wants it; the flight is gone. */
static void
deliver(struct supervisor *supervisor, struct flight *flight)
{
	uint64_t id = flight->id;
	struct feed_result *result;

	if (flight->is_dropped) {
		forget(supervisor, flight);
		return;
	}
	result = flight_take_result(flight, clock_now_ms(supervisor->clock));
	forget(supervisor, flight);
	supervisor->events->on_done(supervisor->ctx, id, result);
}

static size_t
used_bytes(const struct supervisor *supervisor)
{
	return flights_staged_bytes(&supervisor->flights) + supervisor->outside_bytes;
}

/* -- what is sent -- */

static bool
send_chunk(struct supervisor *supervisor, struct flight *flight)
{
	AUTO_BUF struct buf payload = BUF_EMPTY;
	size_t len = flight->body_len - flight->body_sent;

	if (!channel_can_send(keeper_channel(supervisor->keeper)))
		return false;
	if (len > JOB_BODY_CHUNK_BYTES)
		len = JOB_BODY_CHUNK_BYTES;
	wire_add_u64(&payload, flight->job->id);
	wire_add_bytes(&payload, (const char *)flight->body + flight->body_sent, len);
	channel_send(keeper_channel(supervisor->keeper), JOB_MSG_BODY, true, &payload);
	flight->body_sent += len;
	return true;
}

/* As much of the body as the channel takes. */
static void
send_body(struct supervisor *supervisor, struct flight *flight)
{
	AUTO_BUF struct buf payload = BUF_EMPTY;

	if (flight->job->kind == JOB_FETCH || flight->is_body_ended)
		return;
	while (flight->body_sent < flight->body_len)
		if (!send_chunk(supervisor, flight))
			return;
	wire_add_u64(&payload, flight->job->id);
	channel_send(keeper_channel(supervisor->keeper), JOB_MSG_BODY_END, false, &payload);
	flight->is_body_ended = true;
}

static void
send_flight(struct supervisor *supervisor, struct flight *flight)
{
	AUTO_BUF struct buf payload = BUF_EMPTY;

	job_write(flight->job, &payload);
	channel_send(keeper_channel(supervisor->keeper), JOB_MSG_JOB, false, &payload);
	flight->is_sent = true;
	flight->sent_ms = clock_awake_ms(supervisor->clock);
	clock_timer_after(flight->deadline, flight->job->deadline_ms + SUPERVISOR_GRACE_MS);
	send_body(supervisor, flight);
}

static void
send_suspects(struct supervisor *supervisor)
{
	struct flight *flight;
	size_t left = supervisor->batch;

	TAILQ_FOREACH (flight, &supervisor->flights, link) {
		if (!flight->is_suspect || left == 0)
			continue;
		send_flight(supervisor, flight);
		left--;
	}
}

/*
 * Everything at once, but while it is not known over which job a worker died: those that it
 * could have been, in parts, and nothing beside them.
 */
static void
send_flights(struct supervisor *supervisor)
{
	struct flight *flight;
	bool is_any_sent = false, is_any_suspect = false;

	if (used_bytes(supervisor) >= STAGED_EASY_BYTES)
		return;
	TAILQ_FOREACH (flight, &supervisor->flights, link) {
		is_any_sent = is_any_sent || flight->is_sent;
		is_any_suspect = is_any_suspect || flight->is_suspect;
	}
	if (is_any_suspect) {
		if (!is_any_sent)
			send_suspects(supervisor);
		return;
	}
	TAILQ_FOREACH (flight, &supervisor->flights, link) {
		if (!flight->is_sent)
			send_flight(supervisor, flight);
	}
}

/* Nobody waits for it any more. The worker says once more that it is over. */
static void
drop(struct supervisor *supervisor, struct flight *flight)
{
	AUTO_BUF struct buf payload = BUF_EMPTY;

	if (!flight->is_sent) {
		forget(supervisor, flight);
		return;
	}
	wire_add_u64(&payload, flight->job->id);
	channel_send(keeper_channel(supervisor->keeper), JOB_MSG_CANCEL, false, &payload);
	flight->is_dropped = true;
	flight->is_body_ended = true;
	flight_forget(flight);
}

static void
on_room(void *ctx)
{
	struct supervisor *supervisor = ctx;
	struct flight *flight;

	TAILQ_FOREACH (flight, &supervisor->flights, link) {
		if (flight->is_sent)
			send_body(supervisor, flight);
	}
}

/* -- what comes in -- */

static size_t
room_bytes(const struct supervisor *supervisor)
{
	size_t used = used_bytes(supervisor);

	return used < SUPERVISOR_STAGED_ALL_MAX_BYTES
		   ? SUPERVISOR_STAGED_ALL_MAX_BYTES - used
		   : 0;
}

/* Time that the machine slept through is nobody's: then the rest is waited for. */
static void
on_deadline(void *ctx, int64_t now_ms)
{
	struct flight *flight = ctx;
	struct supervisor *supervisor = flight->supervisor;
	int64_t left_ms = flight->sent_ms + flight->job->deadline_ms + SUPERVISOR_GRACE_MS -
			  clock_awake_ms(supervisor->clock);

	if (left_ms > 0) {
		clock_timer_after(flight->deadline, left_ms);
		return;
	}
	if (supervisor->overdue == 0)
		supervisor->overdue = flight->job->id;
	keeper_kill(supervisor->keeper); /* on_death() follows */
}

static struct flight *
add_flight(
    struct supervisor *supervisor, const struct job *job, const void *body, size_t len)
{
	struct flight *flight = flight_new(job_copy(job), body, len);

	flight->id = flight->job->id = ++supervisor->last_id;
	flight->supervisor = supervisor;
	flight->deadline = clock_timer_new(supervisor->clock, on_deadline, flight);
	TAILQ_INSERT_TAIL(&supervisor->flights, flight, link);
	return flight;
}

/* All together are too large: this one is done again when there is room. */
static void
postpone(struct supervisor *supervisor, struct flight *flight)
{
	struct flight *again =
	    add_flight(supervisor, flight->job, flight->body, flight->body_len);

	again->id = flight->id;
	again->is_suspect = flight->is_suspect;
	drop(supervisor, flight);
}

static void
grant_credit(struct supervisor *supervisor)
{
	supervisor->to_grant++;
	if (supervisor->to_grant < CREDIT_BATCH)
		return;
	channel_grant(keeper_channel(supervisor->keeper), supervisor->to_grant);
	supervisor->to_grant = 0;
}

/* Of a job that was dropped only its end is of interest. */
static bool
take(struct supervisor *supervisor, struct flight *flight, uint16_t type,
    struct wire_reader *in, bool *is_done, struct error *err)
{
	if (flight->is_dropped) {
		*is_done = type == JOB_MSG_DONE || type == JOB_MSG_FAILED;
		return true;
	}
	return flight_take(flight, type, in, room_bytes(supervisor), is_done, err);
}

static bool
on_message(void *ctx, uint16_t type, struct wire_reader *in, struct error *err)
{
	struct supervisor *supervisor = ctx;
	struct flight *flight;
	bool is_done;
	uint64_t id;

	if (!wire_read_u64(in, &id))
		return error_set(
		    err, ERROR_FORMAT, "dealwatch-feeds", "a message cut short");
	flight = flights_find(&supervisor->flights, id);
	if (flight == NULL)
		return error_set(err, ERROR_FORMAT, "dealwatch-feeds",
		    "an answer to job %" PRIu64 ", which is not its", id);
	if (!take(supervisor, flight, type, in, &is_done, err)) {
		supervisor->liar = id;
		return false;
	}
	if (type == JOB_MSG_ENTRY)
		grant_credit(supervisor);
	if (flight->is_over_room && !flight->is_dropped)
		postpone(supervisor, flight);
	if (is_done) {
		keeper_praise(supervisor->keeper);
		deliver(supervisor, flight);
		want_turn(supervisor);
	}
	return true;
}

/* -- deaths -- */

static void
forget_dropped(struct supervisor *supervisor)
{
	struct flight *flight = TAILQ_FIRST(&supervisor->flights);

	while (flight != NULL) {
		struct flight *next = TAILQ_NEXT(flight, link);

		if (flight->is_dropped)
			forget(supervisor, flight);
		flight = next;
	}
}

static void
forget_worker(struct supervisor *supervisor)
{
	supervisor->to_grant = 0;
	supervisor->liar = supervisor->overdue = 0;
}

static void
on_death(void *ctx, const struct job_board *board, int status, const struct error *why)
{
	struct supervisor *supervisor = ctx;
	struct blame_death death = { board, supervisor->liar, supervisor->overdue, status,
		why };
	struct flight *culprit = blame_find(&supervisor->flights, &death);
	size_t batch = blame_take_back(&supervisor->flights, culprit);

	forget_worker(supervisor);
	if (culprit != NULL)
		deliver(supervisor, culprit);
	else
		supervisor->batch = batch;
	forget_dropped(supervisor);
	want_turn(supervisor);
}

/* -- turns -- */

/* Those that no worker is asked for. */
static void
deliver_refused(struct supervisor *supervisor)
{
	struct flight *flight = TAILQ_FIRST(&supervisor->flights);

	while (flight != NULL) {
		if (!flight->is_refused) {
			flight = TAILQ_NEXT(flight, link);
			continue;
		}
		deliver(supervisor, flight);
		flight = TAILQ_FIRST(&supervisor->flights); /* others may be gone too */
	}
}

static void
run_turn(struct supervisor *supervisor)
{
	deliver_refused(supervisor);
	if (TAILQ_EMPTY(&supervisor->flights))
		return;
	keeper_want(supervisor->keeper);
	if (keeper_channel(supervisor->keeper) != NULL)
		send_flights(supervisor);
}

static void
on_turn(evutil_socket_t fd, short what, void *arg)
{
	run_turn(arg);
}

static void
on_change(void *ctx)
{
	want_turn(ctx);
}

static void
on_trouble(void *ctx, const struct error *why)
{
	struct supervisor *supervisor = ctx;

	if (supervisor->events->on_trouble != NULL)
		supervisor->events->on_trouble(supervisor->ctx, why);
}

/* -- what others call -- */

struct supervisor *
supervisor_open(struct event_base *base, struct clock *clock, const char *program,
    const struct supervisor_events *events, void *ctx)
{
	static const struct keeper_events keeper_events = { .on_message = on_message,
		.on_room = on_room,
		.on_change = on_change,
		.on_death = on_death,
		.on_trouble = on_trouble };
	struct supervisor *supervisor = mem_zalloc(sizeof(*supervisor));

	TAILQ_INIT(&supervisor->flights);
	supervisor->clock = clock;
	supervisor->events = events;
	supervisor->ctx = ctx;
	supervisor->turn = event_new(base, -1, 0, on_turn, supervisor);
	supervisor->keeper = keeper_open(base, clock, program, &keeper_events, supervisor);
	return supervisor;
}

void
supervisor_confine(struct supervisor *supervisor, const struct confinement *confinement)
{
	struct flight *flight;

	keeper_confine(supervisor->keeper, confinement);
	if (keeper_covers(supervisor->keeper, confinement))
		return;
	keeper_end(supervisor->keeper);
	forget_worker(supervisor);
	forget_dropped(supervisor);
	TAILQ_FOREACH (flight, &supervisor->flights, link) {
		if (flight->is_sent)
			flight_restart(flight);
	}
	want_turn(supervisor);
}

void
supervisor_cancel(struct supervisor *supervisor)
{
	struct flight *flight;

	while ((flight = TAILQ_FIRST(&supervisor->flights)) != NULL)
		forget(supervisor, flight);
	keeper_end(supervisor->keeper);
	forget_worker(supervisor);
}

void
supervisor_close(struct supervisor *supervisor)
{
	if (supervisor == NULL)
		return;
	supervisor_cancel(supervisor);
	keeper_close(supervisor->keeper);
	event_free(supervisor->turn);
	free(supervisor);
}

uint64_t
supervisor_start(
    struct supervisor *supervisor, const struct job *job, const void *body, size_t len)
{
	struct flight *flight = add_flight(supervisor, job, body, len);

	want_turn(supervisor);
	return flight->id;
}

uint64_t
supervisor_refuse(struct supervisor *supervisor, const struct job *job,
    enum job_failure failure, const char *text)
{
	struct flight *flight = add_flight(supervisor, job, NULL, 0);

	flight_fail(flight, failure, "%s", text);
	flight->is_refused = true;
	want_turn(supervisor);
	return flight->id;
}

void
supervisor_drop(struct supervisor *supervisor, uint64_t id)
{
	struct flight *flight = flights_find_own(&supervisor->flights, id);

	if (flight != NULL)
		drop(supervisor, flight);
	want_turn(supervisor);
}

void
supervisor_set_outside(struct supervisor *supervisor, size_t bytes)
{
	supervisor->outside_bytes = bytes;
	want_turn(supervisor);
}

const struct keeper *
supervisor_keeper(const struct supervisor *supervisor)
{
	return supervisor->keeper;
}
