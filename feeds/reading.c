/*
 * The pipeline of one document.
 */
#include "feeds/reading.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "feeds/convert.h"
#include "feeds/entry.h"
#include "feeds/guard.h"
#include "feeds/job.h"
#include "feeds/json_feed.h"
#include "feeds/page.h"
#include "feeds/repair.h"
#include "feeds/response.h"

#define START_BYTES 8 /* kept to name what is no feed */

struct reading {
	const struct job *job; /* borrowed, as the guard */
	struct guard *guard;
	struct convert
	    *convert; /* owned, as the next; NULL: of a page, head is not whole */
	struct repair *repair;
	struct parse *parse;
	struct json_feed *json; /* instead of repair and parse when is_json */
	struct page *page;      /* instead of these when the job is of one; or NULL */
	struct buf head;        /* of a page, until it can say its encoding */
	struct digest *digest;
	parse_entry_fn *on_entry;
	void *ctx;
	int64_t bytes, entries;
	bool is_begun; /* its first character was seen */
	bool is_json;
	char start[START_BYTES];
};

static bool
add_repaired(void *ctx, const char *bytes, size_t len, struct error *err)
{
	struct reading *reading = ctx;

	guard_phase(reading->guard, JOB_PHASE_PARSE);
	return parse_add(reading->parse, bytes, len, err);
}

static void
take_entry(void *ctx, struct entry *entry)
{
	struct reading *reading = ctx;

	reading->entries++;
	if (reading->entries > reading->job->entries_max)
		entry_free(entry); /* reading_add() fails when it returns here */
	else
		reading->on_entry(reading->ctx, entry);
}

/* The first character that is no blank says what it is. */
static void
begin_document(struct reading *reading, const char **bytes, size_t *len)
{
	size_t blank = 0;

	while (blank < *len && strchr(" \t\r\n", (*bytes)[blank]) != NULL &&
	       (*bytes)[blank] != '\0')
		blank++;
	*bytes += blank;
	*len -= blank;
	if (*len == 0)
		return;
	reading->is_begun = true;
	reading->is_json = **bytes == '{';
}

static bool
add_converted(void *ctx, const char *bytes, size_t len, struct error *err)
{
	struct reading *reading = ctx;

	if (reading->page != NULL)
		return page_add(reading->page, bytes, len, err);
	if (!reading->is_begun)
		begin_document(reading, &bytes, &len);
	if (reading->is_json)
		return json_feed_add(reading->json, bytes, len, err);
	return repair_add(reading->repair, bytes, len, err);
}

struct reading *
reading_new(const struct job *job, const struct reading_about *about, struct guard *guard,
    parse_entry_fn *on_entry, void *ctx)
{
	struct reading *reading = mem_zalloc(sizeof(*reading));
	AUTO_FREE char *charset = response_charset(about->content_type);

	reading->job = job;
	reading->guard = guard;
	reading->on_entry = on_entry;
	reading->ctx = ctx;
	if (page_is_given(&job->page))
		reading->page = page_new(
		    &job->page, about->url, about->content_language, take_entry, reading);
	if (reading->page == NULL || charset != NULL)
		reading->convert = convert_new(charset, add_converted, reading);
	reading->repair = repair_new(add_repaired, reading);
	reading->parse =
	    parse_new(about->url, about->content_language, take_entry, reading);
	reading->json =
	    json_feed_new(about->url, about->content_language, take_entry, reading);
	reading->digest = digest_new();
	return reading;
}

void
reading_free(struct reading *reading)
{
	if (reading == NULL)
		return;
	convert_free(reading->convert);
	repair_free(reading->repair);
	parse_free(reading->parse);
	json_feed_free(reading->json);
	page_free(reading->page);
	buf_clear(&reading->head);
	digest_free(reading->digest);
	free(reading);
}

static bool
check_limits(const struct reading *reading, struct error *err)
{
	if (reading->bytes > reading->job->body_max_bytes)
		return error_set(err, ERROR_LIMIT, "too large", "more than %lld bytes",
		    (long long)reading->job->body_max_bytes);
	if (reading->entries > reading->job->entries_max)
		return error_set(err, ERROR_LIMIT, "too large", "more than %lld entries",
		    (long long)reading->job->entries_max);
	return true;
}

/* What is no XML at all is known by its first bytes. */
static const struct start {
	const char *bytes;
	size_t len;
	const char *name;
} starts[] = {
	{ "\x1F\x8B", 2, "gzip data that was not announced" },
	{ "%PDF", 4, "a PDF document" },
	{ "\x89PNG", 4, "an image" },
	{ "\xFF\xD8\xFF", 3, "an image" },
	{ "GIF8", 4, "an image" },
	{ "PK\x03\x04", 4, "a ZIP archive" },
};

static bool
check_start(const struct reading *reading, struct error *err)
{
	for (size_t i = 0; i < sizeof(starts) / sizeof(*starts); i++) {
		if (memcmp(reading->start, starts[i].bytes, starts[i].len) == 0)
			return error_set(
			    err, ERROR_FORMAT, "no feed", "%s", starts[i].name);
	}
	return true;
}

/* A page's first bytes are held until they are enough to say its encoding. */
static bool
open_page(struct reading *reading, struct error *err)
{
	AUTO_FREE char *charset = page_charset(buf_text(&reading->head), reading->head.len);

	reading->convert = convert_new(charset, add_converted, reading);
	return convert_add(
	    reading->convert, buf_text(&reading->head), reading->head.len, err);
}

static bool
convert_chunk(struct reading *reading, const char *bytes, size_t len, struct error *err)
{
	if (reading->convert != NULL)
		return convert_add(reading->convert, bytes, len, err);
	buf_add(&reading->head, bytes, len);
	return reading->head.len < PAGE_HEAD_BYTES || open_page(reading, err);
}

static bool
add_chunk(struct reading *reading, const char *bytes, size_t len, struct error *err)
{
	bool is_good;

	if (reading->bytes < START_BYTES) {
		size_t at = (size_t)reading->bytes;

		memcpy(reading->start + at, bytes,
		    len < START_BYTES - at ? len : START_BYTES - at);
	}
	reading->bytes += (int64_t)len;
	if (!check_limits(reading, err))
		return false;
	digest_add(reading->digest, bytes, len);
	guard_begin(reading->guard, reading->job->id, JOB_PHASE_CONVERT);
	is_good = convert_chunk(reading, bytes, len, err);
	guard_end(reading->guard);
	return is_good && check_limits(reading, err);
}

bool
reading_add(struct reading *reading, const char *bytes, size_t len, struct error *err)
{
	while (len > 0) {
		size_t part = len < READING_CHUNK_BYTES ? len : READING_CHUNK_BYTES;

		if (!add_chunk(reading, bytes, part, err))
			return false;
		bytes += part;
		len -= part;
	}
	return true;
}

static bool
finish(struct reading *reading, struct error *err)
{
	struct error cut = { 0 };

	if (reading->convert == NULL && !open_page(reading, err))
		return false;
	if (!convert_end(reading->convert, err))
		return false;
	if (reading->page != NULL)
		return page_end(reading->page, err) && check_limits(reading, err);
	if (reading->is_json)
		return json_feed_end(reading->json, err) && check_limits(reading, err);
	/* what is no feed at all is the better answer than that it is cut short */
	if (!repair_end(reading->repair, &cut) && cut.kind != ERROR_FORMAT) {
		*err = cut;
		return false;
	}
	if (!parse_end(reading->parse, err))
		return false;
	if (cut.text[0] == '\0')
		return check_limits(reading, err);
	*err = cut;
	return false;
}

bool
reading_end(struct reading *reading, struct error *err)
{
	bool is_good;

	if (reading->bytes == 0)
		return error_set(err, ERROR_FORMAT, "no feed", "the document is empty");
	if (!check_start(reading, err))
		return false;
	guard_begin(reading->guard, reading->job->id, JOB_PHASE_FINISH);
	is_good = finish(reading, err);
	guard_end(reading->guard);
	return is_good;
}

const struct feed_head *
reading_head(const struct reading *reading)
{
	if (reading->page != NULL)
		return page_head(reading->page);
	return reading->is_json ? json_feed_head(reading->json)
				: parse_head(reading->parse);
}

int64_t
reading_bytes(const struct reading *reading)
{
	return reading->bytes;
}

void
reading_hash(struct reading *reading, char hash[DIGEST_HEX_BYTES])
{
	digest_end_hex(reading->digest, hash);
}
