/*
 * A worker that names no job may have died over any of those it had. Halving finds one
 * among sixty-four with seven deaths, and the innocent are read in company: one after the
 * other they would wait for each other's servers.
 */
#include "feeds/blame.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/wait.h>

#include "base/error.h"
#include "feeds/supervisor.h"

void
blame_describe(const struct flights *flights, const struct blame_death *death,
    char text[BLAME_TEXT_BYTES])
{
	const struct flight *overdue = flights_find(flights, death->overdue);
	int status = death->status;

	if (overdue != NULL)
		(void)snprintf(text, BLAME_TEXT_BYTES, "no end after %" PRId64 " s",
		    (overdue->job->deadline_ms + SUPERVISOR_GRACE_MS) / 1000);
	else if (death->why->text[0] != '\0')
		(void)snprintf(text, BLAME_TEXT_BYTES, "%s", death->why->text);
	else if (WIFSIGNALED(status))
		(void)snprintf(text, BLAME_TEXT_BYTES, "signal %d", WTERMSIG(status));
	else
		(void)snprintf(
		    text, BLAME_TEXT_BYTES, "ended with status %d", WEXITSTATUS(status));
}

/* The only one that was with the worker, dropped ones too: they may have done it. */
static struct flight *
only_sent(const struct flights *flights)
{
	struct flight *flight, *sent = NULL;

	TAILQ_FOREACH (flight, flights, link) {
		if (!flight->is_sent)
			continue;
		if (sent != NULL)
			return NULL;
		sent = flight;
	}
	return sent;
}

struct flight *
blame_find(const struct flights *flights, const struct blame_death *death)
{
	uint32_t phase = atomic_load(&death->board->phase);
	struct flight *liar = flights_find(flights, death->liar);
	struct flight *announced = flights_find(flights, atomic_load(&death->board->job));
	struct flight *overdue = flights_find(flights, death->overdue);
	struct flight *alone = only_sent(flights);
	char reason[BLAME_TEXT_BYTES];

	blame_describe(flights, death, reason);
	if (liar != NULL) {
		flight_fail(liar, JOB_FAILED_PARSER, "parser killed (%s)", reason);
		return liar;
	}
	if (announced != NULL && phase != JOB_PHASE_IDLE) {
		flight_fail(announced, JOB_FAILED_PARSER,
		    "parser killed (%s while %s chunk %" PRIu32 ")", reason,
		    job_phase_name(phase), atomic_load(&death->board->chunk));
		return announced;
	}
	if (overdue != NULL) {
		flight_fail(overdue, JOB_FAILED_PARSER, "parser killed (%s)", reason);
		return overdue;
	}
	if (alone == NULL || !alone->is_suspect)
		return NULL;
	flight_fail(alone, JOB_FAILED_PARSER,
	    "parser killed (%s, again while it read this alone)", reason);
	return alone;
}

size_t
blame_take_back(struct flights *flights, const struct flight *culprit)
{
	struct flight *flight;
	size_t sent = 0;

	TAILQ_FOREACH (flight, flights, link) {
		if (flight == culprit)
			continue;
		if (flight->is_sent) {
			sent++;
			flight_restart(flight);
			flight->is_suspect = flight->is_suspect || culprit == NULL;
		} else if (culprit == NULL) {
			flight->is_suspect = false;
		}
	}
	return (sent + 1) / 2;
}
