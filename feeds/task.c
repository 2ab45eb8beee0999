/*
 * Jobs, step by step.
 */
#include "feeds/task.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/channel.h"
#include "base/crash.h"
#include "base/error.h"
#include "base/wire.h"
#include "feeds/entry.h"
#include "feeds/fetch.h"
#include "feeds/fetch_text.h"
#include "feeds/job.h"
#include "feeds/queue.h"
#include "feeds/reading.h"
#include "feeds/response.h"

struct task {
	struct task_tools tools;
	struct job *job; /* owned, as the next three */
	struct fetch *fetch;
	struct reading *reading;
	struct response response;   /* of a saved answer; fetch has its own */
	struct buf head;            /* of a saved answer, not yet whole */
	struct buf input;           /* body that waits */
	uint32_t credit;            /* of BODY messages that lie in input */
	struct queue outbox;        /* of entries */
	bool is_sending;            /* one was sent */
	struct job_response answer; /* owned; of DONE */
	struct error err;           /* what reading_add() said */
	bool has_failed;            /* err is set */
	bool has_head;              /* of a saved answer: it is whole */
	bool is_body_ended;
	bool is_complete; /* HEAD and DONE come when the outbox is empty */
	bool is_over;
};

/* -- what goes out -- */

static void
begin_message(const struct task *task, struct buf *message)
{
	wire_add_u64(message, task->job->id);
}

static void
end_task(struct task *task)
{
	queue_clear(&task->outbox);
	if (task->credit > 0)
		channel_grant(task->tools.channel, task->credit);
	task->credit = 0;
	buf_clear(&task->input);
	task->is_over = true;
	task->tools.on_over(task->tools.ctx);
}

static void
send_failed(struct task *task, enum job_failure failure, const struct error *why,
    const struct job_response *response)
{
	AUTO_BUF struct buf message = BUF_EMPTY;

	if (task->is_over)
		return;
	begin_message(task, &message);
	wire_add_u8(&message, (uint8_t)failure);
	wire_add_text(&message, why->text);
	job_response_write(response, &message);
	channel_send(task->tools.channel, JOB_MSG_FAILED, false, &message);
	end_task(task);
}

static enum job_failure
failure_of(const struct error *err)
{
	switch (err->kind) {
	case ERROR_NETWORK:
	case ERROR_SYSTEM:
	case ERROR_CONFIG:
		return JOB_FAILED_NETWORK;
	case ERROR_LIMIT:
		return JOB_FAILED_LIMIT;
	case ERROR_FORMAT:
		break;
	}
	return JOB_FAILED_FORMAT;
}

static void
send_head(struct task *task)
{
	AUTO_BUF struct buf message = BUF_EMPTY;

	begin_message(task, &message);
	feed_head_write(reading_head(task->reading), &message);
	channel_send(task->tools.channel, JOB_MSG_HEAD, false, &message);
}

static void
send_done(struct task *task)
{
	AUTO_BUF struct buf message = BUF_EMPTY;

	begin_message(task, &message);
	job_response_write(&task->answer, &message);
	channel_send(task->tools.channel, JOB_MSG_DONE, false, &message);
	if (CRASH_POINTS) {
		channel_flush(task->tools.channel);
		crash_point("worker-after-done");
	}
	end_task(task);
}

/* Whether entries wait for credit: the input has to wait too. */
static bool
is_full(const struct task *task)
{
	return queue_first(&task->outbox) != NULL;
}

static void
send_entry(struct task *task)
{
	if (task->is_sending)
		crash_point("worker-mid-entry");
	task->is_sending = true;
	channel_send(task->tools.channel, JOB_MSG_ENTRY, true, queue_first(&task->outbox));
	queue_drop(&task->outbox);
}

/* Send what may be sent. What the feed is comes last: it may say so behind its entries. */
static void
pump(struct task *task)
{
	if (task->is_over)
		return;
	while (is_full(task) && channel_can_send(task->tools.channel))
		send_entry(task);
	if (!task->is_complete || is_full(task))
		return;
	if (task->reading != NULL)
		send_head(task);
	send_done(task);
}

static void
on_entry(void *ctx, struct entry *entry)
{
	struct task *task = ctx;
	struct buf message = BUF_EMPTY;

	begin_message(task, &message);
	entry_write(entry, &message);
	entry_free(entry);
	queue_add(&task->outbox, &message);
}

/* -- a document -- */

static void
open_reading(struct task *task, const struct response *response, const char *url)
{
	struct reading_about about = {
		.url = url,
		.content_type = task->job->content_type,
		.content_language = task->job->content_language,
	};

	if (response != NULL && response->content_type != NULL)
		about.content_type = response->content_type;
	if (response != NULL && response->content_language != NULL)
		about.content_language = response->content_language;
	task->reading = reading_new(task->job, &about, task->tools.guard, on_entry, task);
}

/* @return false when it takes no more: err is set */
static bool
add_bytes(struct task *task, const char *bytes, size_t len)
{
	if (!reading_add(task->reading, bytes, len, &task->err))
		task->has_failed = true;
	else
		pump(task);
	return !task->has_failed;
}

/* The document is whole; response is copied from. */
static void
finish_reading(struct task *task, const struct job_response *response)
{
	char hash[DIGEST_HEX_BYTES];

	if (!reading_end(task->reading, &task->err)) {
		send_failed(task, failure_of(&task->err), &task->err, response);
		return;
	}
	reading_hash(task->reading, hash);
	task->answer.body_hash = mem_strdup(hash);
	task->answer.body_bytes = reading_bytes(task->reading);
	task->is_complete = true;
	pump(task);
}

/* Move what the response says into the answer. */
static void
take_response(struct task *task, struct job_response *response)
{
	task->answer = *response;
	*response = (struct job_response){ .fresh_s = -1, .retry_after_s = -1 };
}

/* -- a fetch -- */

static enum fetch_take
on_body(void *ctx, const struct response *response, const char *bytes, size_t len)
{
	struct task *task = ctx;

	if (is_full(task))
		return FETCH_FULL;
	if (task->reading == NULL)
		open_reading(task, response, fetch_url(task->fetch));
	return add_bytes(task, bytes, len) ? FETCH_TAKEN : FETCH_STOP;
}

static void
on_fetched(void *ctx, const struct fetch_outcome *outcome)
{
	struct task *task = ctx;
	struct response *response = outcome->response;

	if (task->reading == NULL && !outcome->is_failed && !response->job.is_not_modified)
		open_reading(task, response, fetch_url(task->fetch)); /* of nothing */
	task->fetch = NULL;
	if (task->has_failed) {
		send_failed(task, failure_of(&task->err), &task->err, &response->job);
		return;
	}
	if (outcome->is_failed) {
		send_failed(task, outcome->failure, &outcome->why, &response->job);
		return;
	}
	take_response(task, &response->job);
	if (task->reading != NULL) {
		finish_reading(task, &task->answer);
		return;
	}
	task->is_complete = true;
	pump(task);
}

static const struct fetch_events fetch_events = { on_body, on_fetched };

/* -- a saved answer -- */

/* The length of a whole line with its end; 0: it is not. */
static size_t
line_length(const struct buf *head, size_t at)
{
	const char *end = memchr(head->data + at, '\n', head->len - at);

	return end == NULL ? 0 : (size_t)(end - head->data) + 1 - at;
}

static bool
is_empty_line(const char *line, size_t len)
{
	return len == 1 || (len == 2 && line[0] == '\r');
}

/* Any other status than 200 ends it here. */
static void
start_saved(struct task *task)
{
	struct job_response *job = &task->response.job;
	struct error why;

	response_settle(&task->response, task->job->now_ms);
	task->has_head = true;
	if (job->status == 200) {
		open_reading(task, &task->response, task->job->url);
	} else if (job->is_not_modified) {
		take_response(task, job);
		task->is_complete = true;
		pump(task);
	} else {
		fetch_text_set(
		    &why, job->status > 0 ? "HTTP %d" : "no HTTP answer", job->status);
		send_failed(
		    task, job->status > 0 ? JOB_FAILED_HTTP : JOB_FAILED_FORMAT, &why, job);
	}
}

/* Read the lines that are whole; has_head says whether that was all of it. */
static void
read_head(struct task *task)
{
	size_t at = 0, len;

	while (!task->has_head && !task->has_failed &&
	       (len = line_length(&task->head, at)) > 0) {
		const char *line = task->head.data + at;

		at += len;
		if (is_empty_line(line, len))
			start_saved(task);
		else if (!response_line(&task->response, line, len, &task->err))
			task->has_failed = true;
	}
	buf_drop(&task->head, at);
	if (!task->has_failed && !task->has_head &&
	    task->head.len > RESPONSE_HEAD_MAX_BYTES) {
		error_set(&task->err, ERROR_FORMAT, "HTTP", "the head has no end");
		task->has_failed = true;
	}
}

static void
add_saved(struct task *task, const char *bytes, size_t len)
{
	AUTO_BUF struct buf body = BUF_EMPTY;

	if (!task->has_head) {
		buf_add(&task->head, bytes, len);
		read_head(task);
		if (!task->has_head)
			return;
		body = task->head;
		task->head = (struct buf)BUF_EMPTY;
		bytes = buf_text(&body);
		len = body.len;
	}
	if (len > 0 && !task->is_over)
		(void)add_bytes(task, bytes, len); /* has_failed says it */
}

/* -- bodies that come as messages -- */

static void
read_input(struct task *task, const char *bytes, size_t len)
{
	if (task->is_over || task->has_failed)
		return;
	if (task->job->kind == JOB_RESPONSE)
		add_saved(task, bytes, len);
	else
		(void)add_bytes(task, bytes, len); /* has_failed says it */
	if (task->has_failed)
		send_failed(task, failure_of(&task->err), &task->err, &task->response.job);
}

static void
finish_input(struct task *task)
{
	if (task->is_over || task->is_complete)
		return;
	if (task->reading == NULL) {
		fetch_text_set(&task->err, "no HTTP answer: its head is cut short");
		send_failed(task, JOB_FAILED_FORMAT, &task->err, &task->response.job);
		return;
	}
	take_response(task, &task->response.job);
	finish_reading(task, &task->answer);
}

/* Read what waits, in pieces, as long as entries can go out. */
static void
drain_input(struct task *task)
{
	size_t at = 0;

	while (at < task->input.len && !is_full(task) && !task->is_over) {
		size_t part = task->input.len - at;

		if (part > READING_CHUNK_BYTES)
			part = READING_CHUNK_BYTES;
		read_input(task, task->input.data + at, part);
		at += part;
	}
	if (task->is_over)
		return;
	buf_drop(&task->input, at);
	if (task->input.len > 0)
		return;
	if (task->credit > 0)
		channel_grant(task->tools.channel, task->credit);
	task->credit = 0;
	if (task->is_body_ended)
		finish_input(task);
}

void
task_add_body(struct task *task, const char *bytes, size_t len)
{
	if (task->is_over || task->job->kind == JOB_FETCH || task->is_body_ended) {
		channel_grant(task->tools.channel, 1);
		return;
	}
	task->credit++;
	buf_add(&task->input, bytes, len);
	drain_input(task);
}

void
task_end_body(struct task *task)
{
	if (task->is_over || task->job->kind == JOB_FETCH)
		return;
	task->is_body_ended = true;
	drain_input(task);
}

void
task_cancel(struct task *task)
{
	struct job_response none = { .fresh_s = -1, .retry_after_s = -1 };
	struct error why;

	fetch_cancel(task->fetch);
	task->fetch = NULL;
	fetch_text_set(&why, "cancelled");
	send_failed(task, JOB_FAILED_NETWORK, &why, &none);
}

void
task_go_on(struct task *task)
{
	if (task->is_over)
		return;
	pump(task);
	if (is_full(task) || task->is_over)
		return;
	if (task->fetch != NULL)
		fetch_resume(task->fetch);
	else
		drain_input(task);
}

/* -- life -- */

struct task *
task_new(const struct task_tools *tools, struct job *job)
{
	struct task *task = mem_zalloc(sizeof(*task));

	task->tools = *tools;
	task->job = job;
	response_init(&task->response);
	task->answer.fresh_s = -1;
	task->answer.retry_after_s = -1;
	if (job->kind == JOB_FETCH) {
		task->fetch = fetch_start(tools->fetcher, job, &fetch_events, task);
	} else if (job->kind == JOB_DOCUMENT) {
		task->response.job.status = 200;
		open_reading(task, NULL, job->url);
	}
	return task;
}

void
task_free(struct task *task)
{
	if (task == NULL)
		return;
	fetch_cancel(task->fetch);
	if (task->credit > 0)
		channel_grant(task->tools.channel, task->credit);
	reading_free(task->reading);
	response_clear(&task->response);
	job_response_clear(&task->answer);
	queue_clear(&task->outbox);
	buf_clear(&task->head);
	buf_clear(&task->input);
	job_free(task->job);
	free(task);
}

uint64_t
task_id(const struct task *task)
{
	return task->job->id;
}

bool
task_is_over(const struct task *task)
{
	return task->is_over;
}
