/*
 * What libcurl says when a transfer fails, in an administrator's words.
 */
#ifndef FEEDS_FETCH_TEXT_H
#define FEEDS_FETCH_TEXT_H

#include <curl/curl.h>

#include "base/error.h"
#include "feeds/job.h"

/** Set an error without a WHERE in front: what failed is the feed. Always of kind NETWORK.
 */
void fetch_text_set(struct error *why, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/**
 * @param detail  libcurl's own text, "" when it has none
 * @param why     out
 */
enum job_failure fetch_text_explain(
    CURL *easy, const char *url, CURLcode result, const char *detail, struct error *why);

#endif
