/*
 * Flights wait in one list. All that is done with them, but for what messages bring, is
 * done in turns of the loop (on_turn), so that no caller is called back before it returned.
 */
#include "feeds/supervisor.h"

#include <event2/event.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "base/buf.h"
#include "base/channel.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/wire.h"
#include "feeds/feeds.h"
#include "feeds/flight.h"
#include "feeds/process.h"

#define CREDIT_BATCH (CHANNEL_CREDIT / 4) /* granted together */
#define REASON_MAX_BYTES 640

struct supervisor {
	struct event_base *base; /* borrowed */
	struct clock *clock;     /* borrowed */
	char *program;           /* owned, as all below */
	supervisor_done_fn *on_done;
	void *ctx;
	struct event *turn;
	struct clock_timer *respawn; /* set: no worker is started before */
	struct flights flights;
	uint64_t last_id;
	struct process process;
	struct channel *channel; /* NULL: no worker */
	uint32_t to_grant;
	uint64_t liar;    /* a malformed message was about this job, or 0 */
	uint64_t overdue; /* the worker is being killed because of it, or 0 */
	int deaths;
	int deaths_in_row; /* without a job done between */
	bool has_trouble;
	struct error trouble;
};

static void
want_turn(struct supervisor *supervisor)
{
	event_active(supervisor->turn, EV_TIMEOUT, 0);
}

/* Hand over what came of it; the flight is gone. */
static void
deliver(struct supervisor *supervisor, struct flight *flight)
{
	uint64_t id = flight->job->id;
	struct feed_result *result =
	    flight_take_result(flight, clock_now_ms(supervisor->clock));

	TAILQ_REMOVE(&supervisor->flights, flight, link);
	flight_free(flight);
	supervisor->on_done(supervisor->ctx, id, result);
}

/* -- what is sent -- */

static bool
send_chunk(struct supervisor *supervisor, struct flight *flight)
{
	AUTO_BUF struct buf payload = BUF_EMPTY;
	size_t len = flight->body_len - flight->body_sent;

	if (!channel_can_send(supervisor->channel))
		return false;
	if (len > JOB_BODY_CHUNK_BYTES)
		len = JOB_BODY_CHUNK_BYTES;
	wire_add_u64(&payload, flight->job->id);
	wire_add_bytes(&payload, (const char *)flight->body + flight->body_sent, len);
	channel_send(supervisor->channel, JOB_MSG_BODY, true, &payload);
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
	channel_send(supervisor->channel, JOB_MSG_BODY_END, false, &payload);
	flight->is_body_ended = true;
}

static void
send_flight(struct supervisor *supervisor, struct flight *flight)
{
	AUTO_BUF struct buf payload = BUF_EMPTY;

	job_write(flight->job, &payload);
	channel_send(supervisor->channel, JOB_MSG_JOB, false, &payload);
	flight->is_sent = true;
	clock_timer_after(flight->deadline, flight->job->deadline_ms + SUPERVISOR_GRACE_MS);
	send_body(supervisor, flight);
}

/*
 * Everything at once, but while it is not known over which job a worker died: those that it
 * could have been, one at a time.
 */
static void
send_flights(struct supervisor *supervisor)
{
	struct flight *flight, *suspect = NULL;
	bool is_any_sent = false;

	TAILQ_FOREACH (flight, &supervisor->flights, link) {
		is_any_sent = is_any_sent || flight->is_sent;
		if (flight->is_suspect && suspect == NULL)
			suspect = flight;
	}
	if (suspect != NULL) {
		if (!is_any_sent)
			send_flight(supervisor, suspect);
		return;
	}
	TAILQ_FOREACH (flight, &supervisor->flights, link) {
		if (!flight->is_sent)
			send_flight(supervisor, flight);
	}
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
	size_t staged = flights_staged_bytes(&supervisor->flights);

	return staged < SUPERVISOR_STAGED_ALL_MAX_BYTES
		   ? SUPERVISOR_STAGED_ALL_MAX_BYTES - staged
		   : 0;
}

static void
grant_credit(struct supervisor *supervisor)
{
	supervisor->to_grant++;
	if (supervisor->to_grant < CREDIT_BATCH)
		return;
	channel_grant(supervisor->channel, supervisor->to_grant);
	supervisor->to_grant = 0;
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
	if (!flight_take(flight, type, in, room_bytes(supervisor), &is_done, err)) {
		supervisor->liar = id;
		return false;
	}
	if (type == JOB_MSG_ENTRY)
		grant_credit(supervisor);
	if (is_done) {
		supervisor->deaths_in_row = 0;
		deliver(supervisor, flight);
		want_turn(supervisor);
	}
	return true;
}

/* -- deaths -- */

/* How it ended, as far as that can be known. */
static void
describe_end(const struct supervisor *supervisor, int status, const struct error *why,
    char text[REASON_MAX_BYTES])
{
	const struct flight *overdue =
	    flights_find(&supervisor->flights, supervisor->overdue);

	if (overdue != NULL)
		(void)snprintf(text, REASON_MAX_BYTES, "no end after %" PRId64 " s",
		    (overdue->job->deadline_ms + SUPERVISOR_GRACE_MS) / 1000);
	else if (why->text[0] != '\0')
		(void)snprintf(text, REASON_MAX_BYTES, "%s", why->text);
	else if (WIFSIGNALED(status))
		(void)snprintf(text, REASON_MAX_BYTES, "signal %d", WTERMSIG(status));
	else
		(void)snprintf(
		    text, REASON_MAX_BYTES, "ended with status %d", WEXITSTATUS(status));
}

/* Find the job to blame, and fail it with its reason. @return NULL: nobody knows */
static struct flight *
blame(const struct supervisor *supervisor, const char *reason)
{
	const struct job_board *board = supervisor->process.board;
	uint32_t phase = atomic_load(&board->phase);
	struct flight *liar = flights_find(&supervisor->flights, supervisor->liar);
	struct flight *announced =
	    flights_find(&supervisor->flights, atomic_load(&board->job));
	struct flight *overdue = flights_find(&supervisor->flights, supervisor->overdue);
	struct flight *alone = flights_only_sent(&supervisor->flights);

	if (liar != NULL) {
		flight_fail(liar, "parser killed (%s)", reason);
		return liar;
	}
	if (announced != NULL && phase != JOB_PHASE_IDLE) {
		flight_fail(announced, "parser killed (%s while %s chunk %" PRIu32 ")",
		    reason, job_phase_name(phase), atomic_load(&board->chunk));
		return announced;
	}
	if (overdue != NULL) {
		flight_fail(overdue, "parser killed (%s)", reason);
		return overdue;
	}
	if (alone == NULL || !alone->is_suspect)
		return NULL;
	flight_fail(alone, "parser killed (%s, again while it read this alone)", reason);
	return alone;
}

/* All that was with the dead worker goes back; without a culprit all of it is suspect. */
static void
take_back(struct supervisor *supervisor, const struct flight *culprit)
{
	struct flight *flight;

	TAILQ_FOREACH (flight, &supervisor->flights, link) {
		if (!flight->is_sent || flight == culprit)
			continue;
		flight_restart(flight);
		flight->is_suspect = flight->is_suspect || culprit == NULL;
	}
}

static int64_t
respawn_wait_ms(int deaths_in_row)
{
	int64_t wait_ms = 1000;

	if (deaths_in_row < 2)
		return 0;
	for (int i = 2; i < deaths_in_row && wait_ms < SUPERVISOR_RESPAWN_MAX_MS; i++)
		wait_ms *= 2;
	return wait_ms < SUPERVISOR_RESPAWN_MAX_MS ? wait_ms : SUPERVISOR_RESPAWN_MAX_MS;
}

static void
on_death(struct supervisor *supervisor, int status, const struct error *why)
{
	char reason[REASON_MAX_BYTES];
	struct flight *culprit;
	int64_t wait_ms;

	describe_end(supervisor, status, why, reason);
	culprit = blame(supervisor, reason);
	take_back(supervisor, culprit);
	supervisor->deaths++;
	supervisor->deaths_in_row++;
	wait_ms = respawn_wait_ms(supervisor->deaths_in_row);
	if (wait_ms > 0)
		clock_timer_after(supervisor->respawn, wait_ms);
	else
		want_turn(supervisor);
	if (culprit != NULL)
		deliver(supervisor, culprit);
}

/* @return its status as of waitpid(2) */
static int
end_worker(struct supervisor *supervisor)
{
	int status = process_end(&supervisor->process);

	channel_close(supervisor->channel);
	supervisor->channel = NULL;
	supervisor->to_grant = 0;
	return status;
}

static void
forget_worker(struct supervisor *supervisor)
{
	process_clear(&supervisor->process);
	supervisor->liar = supervisor->overdue = 0;
}

static void
on_closed(void *ctx, const struct error *why)
{
	struct supervisor *supervisor = ctx;
	struct error reason = *why;

	/* only a lie of the worker's says more than its status does */
	if (reason.kind != ERROR_FORMAT)
		reason.text[0] = '\0';
	on_death(supervisor, end_worker(supervisor), &reason);
	forget_worker(supervisor);
}

/* The channel ends with the process, and on_closed() does the rest. */
static void
on_deadline(void *ctx, int64_t now_ms)
{
	struct flight *flight = ctx;
	struct supervisor *supervisor = flight->supervisor;

	if (supervisor->overdue == 0)
		supervisor->overdue = flight->job->id;
	process_kill(&supervisor->process);
}

/* -- turns -- */

static bool
start_worker(struct supervisor *supervisor)
{
	static const struct channel_events events = {
		.on_message = on_message, .on_room = on_room, .on_closed = on_closed
	};
	int fd;

	supervisor->has_trouble = !process_start(
	    &supervisor->process, supervisor->program, &fd, &supervisor->trouble);
	if (supervisor->has_trouble)
		return false;
	supervisor->channel = channel_open(supervisor->base, fd, &job_protocol_daemon,
	    JOB_STATE_OPEN, &events, supervisor);
	return true;
}

/* No worker can be had: everything fails, and is tried again when it is due. */
static void
fail_all(struct supervisor *supervisor)
{
	struct flight *flight;
	size_t count = 0;

	TAILQ_FOREACH (flight, &supervisor->flights, link) {
		flight_fail(flight, "%s", supervisor->trouble.text);
		count++;
	}
	/* what is started by those who are told now waits for its turn */
	for (; count > 0; count--)
		deliver(supervisor, TAILQ_FIRST(&supervisor->flights));
}

static void
run_turn(struct supervisor *supervisor)
{
	if (TAILQ_EMPTY(&supervisor->flights) || clock_timer_is_set(supervisor->respawn))
		return;
	if (supervisor->channel == NULL && !start_worker(supervisor))
		fail_all(supervisor);
	else
		send_flights(supervisor);
}

static void
on_turn(evutil_socket_t fd, short what, void *arg)
{
	run_turn(arg);
}

static void
on_respawn(void *ctx, int64_t now_ms)
{
	want_turn(ctx);
}

/* -- what others call -- */

struct supervisor *
supervisor_open(struct event_base *base, struct clock *clock, const char *program,
    supervisor_done_fn *on_done, void *ctx)
{
	struct supervisor *supervisor = mem_zalloc(sizeof(*supervisor));

	TAILQ_INIT(&supervisor->flights);
	supervisor->base = base;
	supervisor->clock = clock;
	supervisor->program = mem_strdup(program);
	supervisor->on_done = on_done;
	supervisor->ctx = ctx;
	supervisor->turn = event_new(base, -1, 0, on_turn, supervisor);
	supervisor->respawn = clock_timer_new(clock, on_respawn, supervisor);
	supervisor->process.board_fd = -1;
	return supervisor;
}

void
supervisor_cancel(struct supervisor *supervisor)
{
	struct flight *flight;

	while ((flight = TAILQ_FIRST(&supervisor->flights)) != NULL) {
		TAILQ_REMOVE(&supervisor->flights, flight, link);
		flight_free(flight);
	}
	(void)end_worker(supervisor); /* how it ended is our doing */
	forget_worker(supervisor);
}

void
supervisor_close(struct supervisor *supervisor)
{
	if (supervisor == NULL)
		return;
	supervisor_cancel(supervisor);
	clock_timer_free(supervisor->respawn);
	event_free(supervisor->turn);
	free(supervisor->program);
	free(supervisor);
}

uint64_t
supervisor_start(
    struct supervisor *supervisor, const struct job *job, const void *body, size_t len)
{
	struct flight *flight = flight_new(job_copy(job), body, len);

	flight->job->id = ++supervisor->last_id;
	flight->supervisor = supervisor;
	flight->deadline = clock_timer_new(supervisor->clock, on_deadline, flight);
	TAILQ_INSERT_TAIL(&supervisor->flights, flight, link);
	want_turn(supervisor);
	return flight->job->id;
}

bool
supervisor_is_busy(const struct supervisor *supervisor)
{
	return !TAILQ_EMPTY(&supervisor->flights);
}

int
supervisor_pid(const struct supervisor *supervisor)
{
	return supervisor->process.pid;
}

int
supervisor_deaths(const struct supervisor *supervisor)
{
	return supervisor->deaths;
}

const struct error *
supervisor_trouble(const struct supervisor *supervisor)
{
	return supervisor->has_trouble ? &supervisor->trouble : NULL;
}
