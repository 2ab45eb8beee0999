/*
 * Jobs and answers on the wire, and the tables of what may come when.
 */
#include "feeds/job.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/mem.h"
#include "base/wire.h"
#include "feeds/entry.h"

#define NAME_MAX_BYTES 1024
#define TEXT_MAX_BYTES 4096
#define PROTOCOL_VERSION 1
/* a job's texts with their lengths; an entry's lengths and its number */
#define JOB_MAX_BYTES (64u << 10)
#define ENTRY_MESSAGE_MAX_BYTES (ENTRY_MAX_BYTES + (4u << 10))

static const struct channel_type worker_types[] = {
	{ JOB_MSG_JOB, "job", JOB_MAX_BYTES, false },
	{ JOB_MSG_BODY, "body", JOB_BODY_CHUNK_BYTES + 16, true },
	{ JOB_MSG_BODY_END, "body end", 8, false },
	{ JOB_MSG_CANCEL, "cancel", 8, false },
	{ 0, NULL, 0, false },
};
static const struct channel_type daemon_types[] = {
	{ JOB_MSG_HEAD, "head", ENTRY_MAX_BYTES, false },
	{ JOB_MSG_ENTRY, "entry", ENTRY_MESSAGE_MAX_BYTES, true },
	{ JOB_MSG_DONE, "done", JOB_MAX_BYTES, false },
	{ JOB_MSG_FAILED, "failed", JOB_MAX_BYTES, false },
	{ 0, NULL, 0, false },
};
const struct channel_protocol job_protocol_worker = { "dealwatch-feeds", PROTOCOL_VERSION,
	worker_types };
const struct channel_protocol job_protocol_daemon = { "dealwatch-feeds", PROTOCOL_VERSION,
	daemon_types };

bool
page_is_given(const struct page_paths *page)
{
	return page->path[PAGE_ITEM] != NULL;
}

void
page_copy(struct page_paths *to, const struct page_paths *from)
{
	for (int i = 0; i < PAGE_FIELDS; i++)
		to->path[i] = mem_strdup(from->path[i]);
}

void
page_clear(struct page_paths *page)
{
	for (int i = 0; i < PAGE_FIELDS; i++) {
		free(page->path[i]);
		page->path[i] = NULL;
	}
}

char *
page_request(const char *url, const struct page_paths *page)
{
	char hex[DIGEST_HEX_BYTES];
	struct digest *digest;

	if (!page_is_given(page))
		return mem_strdup(url);
	digest = digest_new();
	for (int i = 0; i < PAGE_FIELDS; i++) {
		const char *path = page->path[i] != NULL ? page->path[i] : "";

		digest_add(digest, path, strlen(path) + 1);
	}
	digest_end_hex(digest, hex);
	digest_free(digest);
	return mem_printf("%s %.16s", url, hex);
}

const char *
page_field_name(enum page_field field)
{
	static const char *const names[PAGE_FIELDS] = { "item", "title", "link", "summary",
		"content", "published", "id", "author", "category" };

	return names[field];
}

void
job_free(struct job *job)
{
	if (job == NULL)
		return;
	free(job->feed);
	free(job->url);
	free(job->etag);
	free(job->last_modified);
	free(job->user_agent);
	list_clear(&job->headers);
	if (job->authorization != NULL)
		explicit_bzero(job->authorization, strlen(job->authorization));
	free(job->authorization);
	free(job->proxy);
	free(job->content_type);
	free(job->content_language);
	page_clear(&job->page);
	free(job);
}

struct job *
job_copy(const struct job *job)
{
	struct job *copy = mem_zalloc(sizeof(*copy));

	*copy = *job;
	copy->feed = mem_strdup(job->feed);
	copy->url = mem_strdup(job->url);
	copy->etag = mem_strdup(job->etag);
	copy->last_modified = mem_strdup(job->last_modified);
	copy->user_agent = mem_strdup(job->user_agent);
	copy->headers = (struct list){ 0 };
	list_copy(&copy->headers, &job->headers);
	copy->authorization = mem_strdup(job->authorization);
	copy->proxy = mem_strdup(job->proxy);
	copy->content_type = mem_strdup(job->content_type);
	copy->content_language = mem_strdup(job->content_language);
	page_copy(&copy->page, &job->page);
	return copy;
}

/* Validators are bytes to be echoed, whatever they are (MANNERS 1.2). */
static void
add_validator(struct buf *out, const char *validator)
{
	wire_add_bool(out, validator != NULL);
	if (validator != NULL)
		wire_add_bytes(out, validator, strlen(validator));
}

static bool
read_validator(struct wire_reader *in, char **validator)
{
	const void *bytes;
	size_t len;
	bool is_there;

	if (!wire_read_bool(in, &is_there))
		return false;
	if (!is_there)
		return true;
	if (!wire_read_bytes(in, &bytes, &len, JOB_VALIDATOR_MAX_BYTES) ||
	    memchr(bytes, '\0', len) != NULL)
		return false;
	*validator = mem_strndup(bytes, len);
	return true;
}

void
job_write(const struct job *job, struct buf *out)
{
	wire_add_u64(out, job->id);
	wire_add_u8(out, (uint8_t)job->kind);
	wire_add_text(out, job->feed);
	wire_add_text(out, job->url);
	add_validator(out, job->etag);
	add_validator(out, job->last_modified);
	wire_add_text(out, job->user_agent);
	wire_add_u8(out, (uint8_t)job->headers.count);
	for (size_t i = 0; i < job->headers.count; i++)
		wire_add_text(out, job->headers.items[i]);
	wire_add_text(out, job->authorization);
	wire_add_text(out, job->proxy);
	wire_add_text(out, job->content_type);
	wire_add_text(out, job->content_language);
	for (int i = 0; i < PAGE_FIELDS; i++)
		wire_add_text(out, job->page.path[i]);
	wire_add_bool(out, job->is_private);
	wire_add_i64(out, job->deadline_ms);
	wire_add_i64(out, job->body_max_bytes);
	wire_add_i64(out, job->entries_max);
	wire_add_i64(out, job->now_ms);
}

static bool
read_page(struct wire_reader *in, struct page_paths *page)
{
	for (int i = 0; i < PAGE_FIELDS; i++) {
		if (!wire_read_text(in, &page->path[i], PAGE_PATH_MAX_BYTES))
			return false;
	}
	return true;
}

static bool
read_headers(struct wire_reader *in, struct list *headers)
{
	uint8_t count;

	if (!wire_read_u8(in, &count) || count > JOB_HEADERS_MAX)
		return false;
	for (uint8_t i = 0; i < count; i++) {
		AUTO_FREE char *line = NULL;

		if (!wire_read_text(in, &line, JOB_HEADER_MAX_BYTES) || line == NULL)
			return false;
		list_add(headers, line);
	}
	return true;
}

static bool
read_texts(struct wire_reader *in, struct job *job)
{
	return wire_read_text(in, &job->feed, NAME_MAX_BYTES) &&
	       wire_read_text(in, &job->url, JOB_URL_MAX_BYTES) &&
	       read_validator(in, &job->etag) && read_validator(in, &job->last_modified) &&
	       wire_read_text(in, &job->user_agent, NAME_MAX_BYTES) &&
	       read_headers(in, &job->headers) &&
	       wire_read_text(in, &job->authorization, JOB_HEADER_MAX_BYTES) &&
	       wire_read_text(in, &job->proxy, JOB_URL_MAX_BYTES) &&
	       wire_read_text(in, &job->content_type, NAME_MAX_BYTES) &&
	       wire_read_text(in, &job->content_language, NAME_MAX_BYTES) &&
	       read_page(in, &job->page);
}

bool
job_read(struct wire_reader *in, struct job **job, struct error *err)
{
	AUTO(job) fresh = mem_zalloc(sizeof(*fresh));
	uint8_t kind = 0;

	if (!wire_read_u64(in, &fresh->id) || !wire_read_u8(in, &kind) ||
	    kind > JOB_DOCUMENT || !read_texts(in, fresh) ||
	    !wire_read_bool(in, &fresh->is_private) ||
	    !wire_read_i64(in, &fresh->deadline_ms) ||
	    !wire_read_i64(in, &fresh->body_max_bytes) ||
	    !wire_read_i64(in, &fresh->entries_max) || !wire_read_i64(in, &fresh->now_ms) ||
	    !wire_read_end(in))
		return error_set(err, ERROR_FORMAT, "job", "cut short or out of bounds");
	if (fresh->id == 0 || fresh->feed == NULL || fresh->deadline_ms <= 0 ||
	    fresh->body_max_bytes <= 0 || fresh->entries_max <= 0)
		return error_set(
		    err, ERROR_FORMAT, "job", "without its number, feed or limits");
	if (kind == JOB_FETCH && fresh->url == NULL)
		return error_set(err, ERROR_FORMAT, "job", "a fetch without an URL");
	fresh->kind = (enum job_kind)kind;
	*job = fresh;
	fresh = NULL;
	return true;
}

void
job_response_clear(struct job_response *response)
{
	free(response->etag);
	free(response->last_modified);
	free(response->final_url);
	free(response->moved_url);
	free(response->body_hash);
	*response = (struct job_response){ 0 };
}

void
job_response_write(const struct job_response *response, struct buf *out)
{
	wire_add_u32(out, (uint32_t)response->status);
	wire_add_bool(out, response->is_not_modified);
	add_validator(out, response->etag);
	add_validator(out, response->last_modified);
	wire_add_i64(out, response->fresh_s);
	wire_add_i64(out, response->retry_after_s);
	wire_add_text(out, response->final_url);
	wire_add_text(out, response->moved_url);
	wire_add_text(out, response->body_hash);
	wire_add_i64(out, response->body_bytes);
}

/* What response holds is replaced; a failure leaves what was read so far, to be cleared. */
bool
job_response_read(struct wire_reader *in, struct job_response *response, struct error *err)
{
	uint32_t status = 0;

	job_response_clear(response);
	if (!wire_read_u32(in, &status) || status > 999 ||
	    !wire_read_bool(in, &response->is_not_modified) ||
	    !read_validator(in, &response->etag) ||
	    !read_validator(in, &response->last_modified) ||
	    !wire_read_i64(in, &response->fresh_s) ||
	    !wire_read_i64(in, &response->retry_after_s) ||
	    !wire_read_text(in, &response->final_url, JOB_URL_MAX_BYTES) ||
	    !wire_read_text(in, &response->moved_url, JOB_URL_MAX_BYTES) ||
	    !wire_read_text(in, &response->body_hash, TEXT_MAX_BYTES) ||
	    !wire_read_i64(in, &response->body_bytes))
		return error_set(
		    err, ERROR_FORMAT, "response", "cut short or out of bounds");
	response->status = (int32_t)status;
	return true;
}

const char *
job_failure_name(enum job_failure failure)
{
	switch (failure) {
	case JOB_FAILED_NETWORK:
		return "network";
	case JOB_FAILED_ADDRESS:
		return "address";
	case JOB_FAILED_HTTP:
		return "http";
	case JOB_FAILED_LIMIT:
		return "limit";
	case JOB_FAILED_FORMAT:
		return "format";
	case JOB_FAILED_PARSER:
		return "parser";
	case JOB_FAILED_SECRET:
		return "secret";
	}
	return "unknown";
}

const char *
job_phase_name(uint32_t phase)
{
	switch (phase) {
	case JOB_PHASE_IDLE:
		return "waiting";
	case JOB_PHASE_CONVERT:
		return "converting";
	case JOB_PHASE_PARSE:
		return "parsing";
	case JOB_PHASE_FINISH:
		return "finishing";
	default:
		return "working";
	}
}
