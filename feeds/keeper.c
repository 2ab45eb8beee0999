/*
 * A process, its channel, and two timers: until when a new one has to say hello, and until
 * when no other one is started.
 */
#include "feeds/keeper.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/channel.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/list.h"
#include "feeds/confinement.h"
#include "feeds/job.h"
#include "feeds/process.h"

#define RESPAWN_MIN_MS INT64_C(1000)

struct keeper {
	struct event_base *base; /* borrowed, as the next */
	struct clock *clock;
	const struct keeper_events *events;
	void *ctx;
	struct confinement next;        /* of the next worker */
	struct confinement confinement; /* of this one */
	char *program;                  /* owned, as all below */
	struct process process;
	struct channel *channel; /* NULL: no worker */
	bool is_ready;           /* it has said hello */
	int64_t started_ms;      /* by clock_awake_ms() */
	struct clock_timer *hello;
	struct clock_timer *respawn; /* set: no worker is started before */
	int deaths;
	int deaths_in_row; /* without praise between */
	bool has_trouble;
	struct error trouble;
};

/* -- the next one -- */

static int64_t
respawn_wait_ms(int deaths_in_row)
{
	int64_t wait_ms = RESPAWN_MIN_MS;

	if (deaths_in_row < 2)
		return 0;
	for (int i = 2; i < deaths_in_row && wait_ms < KEEPER_RESPAWN_MAX_MS; i++)
		wait_ms *= 2;
	return wait_ms < KEEPER_RESPAWN_MAX_MS ? wait_ms : KEEPER_RESPAWN_MAX_MS;
}

static void
wait_to_respawn(struct keeper *keeper, int64_t min_ms)
{
	int64_t wait_ms = respawn_wait_ms(++keeper->deaths_in_row);

	if (wait_ms < min_ms)
		wait_ms = min_ms;
	if (wait_ms > 0)
		clock_timer_after(keeper->respawn, wait_ms);
	else
		keeper->events->on_change(keeper->ctx);
}

static void
on_respawn(void *ctx, int64_t now_ms)
{
	struct keeper *keeper = ctx;

	keeper->events->on_change(keeper->ctx);
}

/* -- trouble -- */

static void
begin_trouble(struct keeper *keeper, const struct error *why)
{
	bool is_told = keeper->has_trouble && strcmp(keeper->trouble.text, why->text) == 0;

	keeper->has_trouble = true;
	keeper->trouble = *why;
	wait_to_respawn(keeper, RESPAWN_MIN_MS);
	if (!is_told)
		keeper->events->on_trouble(keeper->ctx, why);
}

/* What its channel said is more than its status, when there is any. */
static void
begin_stillbirth(struct keeper *keeper, int status, const struct error *said)
{
	char reason[sizeof(said->text)];
	struct error why;

	if (said->text[0] != '\0')
		(void)snprintf(reason, sizeof(reason), "%s", said->text);
	else if (WIFSIGNALED(status))
		(void)snprintf(reason, sizeof(reason), "signal %d", WTERMSIG(status));
	else
		(void)snprintf(
		    reason, sizeof(reason), "ended with status %d", WEXITSTATUS(status));
	error_set(&why, ERROR_SYSTEM, keeper->program,
	    "the feeds' worker does not begin: %s", reason);
	begin_trouble(keeper, &why);
}

/* -- one worker -- */

/* @return its status as of waitpid(2); what is on its board stays */
static int
end_process(struct keeper *keeper)
{
	int status = process_end(&keeper->process);

	channel_close(keeper->channel);
	keeper->channel = NULL;
	keeper->is_ready = false;
	clock_timer_cancel(keeper->hello);
	return status;
}

static void
on_closed(void *ctx, const struct error *why)
{
	struct keeper *keeper = ctx;
	struct error said = *why;
	bool was_ready = keeper->is_ready;
	int status = end_process(keeper);

	/* only a lie of the worker's says more than its status does */
	if (said.kind != ERROR_FORMAT)
		said.text[0] = '\0';
	keeper->deaths++;
	if (was_ready) {
		wait_to_respawn(keeper, 0);
		keeper->events->on_death(keeper->ctx, keeper->process.board, status, &said);
	} else {
		begin_stillbirth(keeper, status, &said);
	}
	process_clear(&keeper->process);
}

static void
on_ready(void *ctx)
{
	struct keeper *keeper = ctx;
	bool had_trouble = keeper->has_trouble;

	keeper->is_ready = true;
	keeper->has_trouble = false;
	clock_timer_cancel(keeper->hello);
	if (had_trouble)
		keeper->events->on_trouble(keeper->ctx, NULL);
	keeper->events->on_change(keeper->ctx);
}

static bool
on_message(void *ctx, uint16_t type, struct wire_reader *in, struct error *err)
{
	struct keeper *keeper = ctx;

	return keeper->events->on_message(keeper->ctx, type, in, err);
}

static void
on_room(void *ctx)
{
	struct keeper *keeper = ctx;

	if (keeper->is_ready)
		keeper->events->on_room(keeper->ctx);
}

/* Time that the machine slept through does not count. */
static void
on_no_hello(void *ctx, int64_t now_ms)
{
	struct keeper *keeper = ctx;
	int64_t left_ms =
	    keeper->started_ms + KEEPER_HELLO_MS - clock_awake_ms(keeper->clock);

	if (left_ms > 0)
		clock_timer_after(keeper->hello, left_ms);
	else
		process_kill(&keeper->process); /* the channel ends with it: on_closed() */
}

/* -- what others call -- */

struct keeper *
keeper_open(struct event_base *base, struct clock *clock, const char *program,
    const struct keeper_events *events, void *ctx)
{
	struct keeper *keeper = mem_zalloc(sizeof(*keeper));

	keeper->base = base;
	keeper->clock = clock;
	keeper->events = events;
	keeper->ctx = ctx;
	keeper->program = mem_strdup(program);
	keeper->process.board_fd = -1;
	keeper->hello = clock_timer_new(clock, on_no_hello, keeper);
	keeper->respawn = clock_timer_new(clock, on_respawn, keeper);
	return keeper;
}

void
keeper_close(struct keeper *keeper)
{
	if (keeper == NULL)
		return;
	keeper_end(keeper);
	clock_timer_free(keeper->hello);
	clock_timer_free(keeper->respawn);
	free(keeper->program);
	free(keeper);
}

void
keeper_confine(struct keeper *keeper, const struct confinement *confinement)
{
	keeper->next = *confinement;
}

bool
keeper_covers(const struct keeper *keeper, const struct confinement *confinement)
{
	return keeper->channel == NULL ||
	       confinement_covers(&keeper->confinement, confinement);
}

static bool
start(struct keeper *keeper, int *fd, struct error *err)
{
	struct list arguments = { 0 };
	bool is_started;

	keeper->confinement = keeper->next;
	confinement_write(&keeper->confinement, &arguments);
	is_started = process_start(&keeper->process, keeper->program, &arguments, fd, err);
	list_clear(&arguments);
	return is_started;
}

void
keeper_want(struct keeper *keeper)
{
	static const struct channel_events events = { .on_message = on_message,
		.on_ready = on_ready,
		.on_room = on_room,
		.on_closed = on_closed };
	struct error err;
	int fd;

	if (keeper->channel != NULL || clock_timer_is_set(keeper->respawn))
		return;
	if (!start(keeper, &fd, &err)) {
		begin_trouble(keeper, &err);
		return;
	}
	keeper->channel =
	    channel_open(keeper->base, fd, &job_protocol_daemon, &events, keeper);
	keeper->started_ms = clock_awake_ms(keeper->clock);
	clock_timer_after(keeper->hello, KEEPER_HELLO_MS);
}

struct channel *
keeper_channel(const struct keeper *keeper)
{
	return keeper->is_ready ? keeper->channel : NULL;
}

void
keeper_kill(struct keeper *keeper)
{
	process_kill(&keeper->process);
}

void
keeper_end(struct keeper *keeper)
{
	(void)end_process(keeper); /* how it ended is our doing */
	process_clear(&keeper->process);
}

void
keeper_praise(struct keeper *keeper)
{
	keeper->deaths_in_row = 0;
}

int
keeper_pid(const struct keeper *keeper)
{
	return keeper->process.pid;
}

unsigned
keeper_sandbox(const struct keeper *keeper)
{
	return keeper->is_ready ? atomic_load(&keeper->process.board->sandbox) : 0;
}

int
keeper_deaths(const struct keeper *keeper)
{
	return keeper->deaths;
}

const struct error *
keeper_trouble(const struct keeper *keeper)
{
	return keeper->has_trouble ? &keeper->trouble : NULL;
}
