/*
 * Reading outside the schedule, with a worker of its own and real time: the clock of a
 * replay stands still while a document is read.
 */
#include <event2/event.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/paths.h"
#include "feeds/confinement.h"
#include "feeds/feeds.h"
#include "feeds/job.h"
#include "feeds/keeper.h"
#include "feeds/supervisor.h"

struct feeds_reader {
	struct event_base *base; /* borrowed */
	struct clock *clock;     /* owned, as below */
	struct supervisor *supervisor;
	struct feed_result *result; /* of the last run; NULL while it runs */
};

static void
on_done(void *ctx, uint64_t job, struct feed_result *result)
{
	struct feeds_reader *reader = ctx;

	reader->result = result;
}

static const struct supervisor_events events = { .on_done = on_done };

struct feeds_reader *
feeds_reader_open(struct event_base *base, struct error *err)
{
	struct feeds_reader *reader = mem_zalloc(sizeof(*reader));
	AUTO_FREE char *program = paths_program("dealwatch-feeds");

	reader->base = base;
	reader->clock = clock_open_real(base, err);
	if (reader->clock == NULL) {
		free(reader);
		return NULL;
	}
	reader->supervisor = supervisor_open(base, reader->clock, program, &events, reader);
	return reader;
}

void
feeds_reader_close(struct feeds_reader *reader)
{
	if (reader == NULL)
		return;
	supervisor_close(reader->supervisor);
	clock_close(reader->clock);
	free(reader);
}

/* Only what is fetched needs the network. A person waits at a terminal: a kernel that can
 * do less is told, and no reason to refuse. */
static void
confine(struct feeds_reader *reader, const struct job *job)
{
	struct confinement confinement = { .is_best_effort = true };

	if (job->kind == JOB_FETCH) {
		confinement_add_usual(&confinement);
		(void)confinement_add_url(&confinement, job->url); /* a fourth one fits */
	}
	supervisor_confine(reader->supervisor, &confinement);
}

struct feed_result *
feeds_reader_run(struct feeds_reader *reader, struct job *job, const void *bytes,
    size_t len, struct error *err)
{
	reader->result = NULL;
	confine(reader, job);
	job->id = supervisor_start(reader->supervisor, job, bytes, len);
	/* ends: a job has a deadline */
	while (reader->result == NULL &&
	       keeper_trouble(supervisor_keeper(reader->supervisor)) == NULL &&
	       event_base_loop(reader->base, EVLOOP_ONCE) == 0)
		;
	if (reader->result != NULL)
		return reader->result;
	if (keeper_trouble(supervisor_keeper(reader->supervisor)) != NULL)
		*err = *keeper_trouble(supervisor_keeper(reader->supervisor));
	else
		error_set(err, ERROR_SYSTEM, "feeds", "the event loop failed");
	supervisor_cancel(reader->supervisor); /* nobody waits for it */
	return NULL;
}
