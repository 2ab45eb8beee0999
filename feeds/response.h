/*
 * The lines of an HTTP answer's head, one after the other, into what the daemon wants to
 * know of it. For what curl receives and for answers that were saved.
 */
#ifndef FEEDS_RESPONSE_H
#define FEEDS_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "feeds/job.h"

#define RESPONSE_HEAD_MAX_BYTES (64u << 10)
#define RESPONSE_LINES_MAX 256

struct error;

struct response {
	struct job_response job; /* fresh_s and retry_after_s by response_settle() */
	char *content_type;      /* as received, or NULL; owned, as the next */
	char *content_language;
	bool is_head_over; /* what follows are trailers (RFC 9110 6.5), or another head */
	size_t head_bytes, lines; /* so far */
	/* what freshness is made of; texts NULL: not there */
	char *expires, *date, *retry_after;
	int64_t max_age_s; /* -1: not there */
	int64_t age_s;
	bool is_uncached; /* no-cache or no-store */
};

void response_init(struct response *response);
void response_clear(struct response *response);
/**
 * One line, with or without its line end. A status line begins a new answer (after 100 or a
 * redirect), and what was known of the one before is gone.
 *
 * @return false with err set (LIMIT) when the head is longer than we take
 */
bool response_line(
    struct response *response, const char *line, size_t len, struct error *err);
/** The head is whole: compute what depends on the time. */
void response_settle(struct response *response, int64_t now_ms);
/** The charset of a Content-Type, the caller's to free(); NULL: it says none */
char *response_charset(const char *content_type);

#endif
