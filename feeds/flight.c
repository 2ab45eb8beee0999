/*
 * Staging: ENTRY*, HEAD?, then DONE or FAILED, each checked against what came before.
 */
#include "feeds/flight.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/error.h"
#include "base/wire.h"
#include "feeds/entry.h"
#include "feeds/feeds.h"
#include "feeds/supervisor.h"

#define TEXT_MAX_BYTES 4096 /* of a failure */

static struct feed_result *
new_result(const struct job *job)
{
	struct feed_result *result = mem_zalloc(sizeof(*result));

	result->feed = mem_strdup(job->feed);
	result->response.fresh_s = -1;
	result->response.retry_after_s = -1;
	return result;
}

void
feed_result_free(struct feed_result *result)
{
	if (result == NULL)
		return;
	for (size_t i = 0; i < result->count; i++)
		entry_free(result->entries[i]);
	free((void *)result->entries);
	feed_head_clear(&result->head);
	job_response_clear(&result->response);
	free(result->feed);
	free(result->text);
	free(result);
}

struct flight *
flight_new(struct job *job, const void *body, size_t len)
{
	struct flight *flight = mem_zalloc(sizeof(*flight));

	flight->job = job;
	flight->body = body;
	flight->body_len = len;
	flight->result = new_result(job);
	return flight;
}

void
flight_free(struct flight *flight)
{
	if (flight == NULL)
		return;
	clock_timer_free(flight->deadline);
	feed_result_free(flight->result);
	job_free(flight->job);
	free(flight);
}

void
flight_forget(struct flight *flight)
{
	feed_result_free(flight->result);
	flight->result = new_result(flight->job);
	flight->staged_bytes = 0;
}

void
flight_restart(struct flight *flight)
{
	flight_forget(flight);
	clock_timer_cancel(flight->deadline);
	flight->has_head = false;
	flight->is_over_limit = flight->is_over_room = false;
	flight->is_sent = false;
	flight->is_body_ended = false;
	flight->body_sent = 0;
}

/* -- messages -- */

static bool
malformed(const struct flight *flight, const char *what, struct error *err)
{
	return error_set(err, ERROR_FORMAT, flight->job->feed, "%s", what);
}

static bool
take_head(struct flight *flight, struct wire_reader *in, struct error *err)
{
	if (flight->has_head)
		return malformed(flight, "a second head", err);
	flight->has_head = true;
	return feed_head_read(in, &flight->result->head, err);
}

static bool
take_entry(
    struct flight *flight, struct wire_reader *in, size_t room_bytes, struct error *err)
{
	struct feed_result *result = flight->result;
	size_t bytes = in->len;
	struct entry *entry;

	if (flight->has_head)
		return malformed(flight, "an entry after the head", err);
	if (result->count >= (size_t)flight->job->entries_max)
		return malformed(flight, "more entries than were asked for", err);
	if (!entry_read(in, &entry, err))
		return false;
	if (bytes > SUPERVISOR_STAGED_MAX_BYTES - flight->staged_bytes)
		flight->is_over_limit = true;
	else if (bytes > room_bytes)
		flight->is_over_room = true;
	if (flight->is_over_limit || flight->is_over_room) {
		entry_free(entry);
		flight_forget(flight);
		return true;
	}
	flight->staged_bytes += bytes;
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
	mem_grow(result->entries, result->count, result->cap);
	result->entries[result->count++] = entry;
	return true;
}

static bool
take_failed(struct flight *flight, struct wire_reader *in, struct error *err)
{
	struct feed_result *result;
	uint8_t failure;

	flight_forget(flight);
	result = flight->result;
	if (!wire_read_u8(in, &failure) || failure >= JOB_FAILED_PARSER ||
	    !wire_read_text(in, &result->text, TEXT_MAX_BYTES))
		return malformed(flight, "a failure that is none", err);
	result->is_failed = true;
	result->failure = (enum job_failure)failure;
	return job_response_read(in, &result->response, err);
}

static bool
take_done(struct flight *flight, struct wire_reader *in, struct error *err)
{
	struct job_response *response = &flight->result->response;

	if (!job_response_read(in, response, err))
		return false;
	if (response->is_not_modified && flight->result->count > 0)
		return malformed(flight, "entries that are not modified", err);
	crash_point("after-done");
	return true;
}

bool
flight_take(struct flight *flight, uint16_t type, struct wire_reader *in, size_t room_bytes,
    bool *is_done, struct error *err)
{
	bool is_good = false;

	*is_done = type == JOB_MSG_DONE || type == JOB_MSG_FAILED;
	if (type == JOB_MSG_HEAD)
		is_good = take_head(flight, in, err);
	else if (type == JOB_MSG_ENTRY)
		is_good = take_entry(flight, in, room_bytes, err);
	else if (type == JOB_MSG_DONE)
		is_good = take_done(flight, in, err);
	else if (type == JOB_MSG_FAILED)
		is_good = take_failed(flight, in, err);
	return is_good && (wire_read_end(in) ||
			      malformed(flight, "a message longer than it says", err));
}

/* -- the end -- */

void
flight_fail(struct flight *flight, enum job_failure failure, const char *format, ...)
{
	struct feed_result *result;
	va_list args;

	flight_forget(flight);
	result = flight->result;
	va_start(args, format);
	result->text = mem_vprintf(format, args);
	va_end(args);
	result->is_failed = true;
	result->failure = failure;
}

struct feed_result *
flight_take_result(struct flight *flight, int64_t at_ms)
{
	struct feed_result *result;

	if (flight->is_over_limit && !flight->result->is_failed) {
		flight_forget(flight);
		flight->result->is_failed = true;
		flight->result->failure = JOB_FAILED_LIMIT;
		flight->result->text = mem_strdup("more text than is taken of one feed");
	}
	result = flight->result;
	result->at_ms = at_ms;
	result->bytes = flight->staged_bytes;
	flight->result = NULL;
	return result;
}

/* -- all of them -- */

struct flight *
flights_find(const struct flights *flights, uint64_t id)
{
	struct flight *flight;

	TAILQ_FOREACH (flight, flights, link) {
		if (flight->job->id == id && flight->is_sent)
			return flight;
	}
	return NULL;
}

struct flight *
flights_find_own(const struct flights *flights, uint64_t id)
{
	struct flight *flight;

	TAILQ_FOREACH (flight, flights, link) {
		if (flight->id == id && !flight->is_dropped)
			return flight;
	}
	return NULL;
}

size_t
flights_staged_bytes(const struct flights *flights)
{
	const struct flight *flight;
	size_t staged = 0;

	TAILQ_FOREACH (flight, flights, link)
		staged += flight->staged_bytes;
	return staged;
}
