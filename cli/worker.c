/*
 * One job, one worker, one loop.
 */
#include "cli/worker.h"

#include <event2/event.h>
#include <time.h>

#include "base/buf.h"
#include "base/error.h"

struct job *
worker_job(enum job_kind kind, const char *url)
{
	struct job *job = mem_zalloc(sizeof(*job));

	job->kind = kind;
	job->feed = mem_strdup("document");
	job->url = mem_strdup(url);
	job->deadline_ms = (int64_t)JOB_DEADLINE_MS;
	job->body_max_bytes = JOB_BODY_MAX_BYTES;
	job->entries_max = JOB_ENTRIES_MAX;
	job->now_ms = (int64_t)time(NULL) * 1000;
	return job;
}

static enum error_kind
failure_kind(enum job_failure failure)
{
	switch (failure) {
	case JOB_FAILED_NETWORK:
	case JOB_FAILED_ADDRESS:
	case JOB_FAILED_HTTP:
		return ERROR_NETWORK;
	case JOB_FAILED_LIMIT:
	case JOB_FAILED_FORMAT:
	case JOB_FAILED_PARSER:
		return ERROR_FORMAT;
	case JOB_FAILED_SECRET:
		return ERROR_CONFIG;
	}
	return ERROR_FORMAT;
}

struct feed_result *
worker_run(struct job *job, const char *name, const struct buf *bytes, struct error *err)
{
	struct event_base *base = event_base_new();
	struct feeds_reader *reader = NULL;
	struct feed_result *result = NULL;

	if (base == NULL)
		(void)error_set(err, ERROR_SYSTEM, name, "no event loop");
	else
		reader = feeds_reader_open(base, err);
	if (reader != NULL)
		result = feeds_reader_run(reader, job, buf_text(bytes), bytes->len, err);
	feeds_reader_close(reader);
	if (base != NULL)
		event_base_free(base);
	if (result == NULL || !result->is_failed)
		return result;
	(void)error_set(err, failure_kind(result->failure), name, "%s",
	    result->text != NULL ? result->text : "no feed");
	feed_result_free(result);
	return NULL;
}
