/*
 * Links as feeds give them, made absolute (RFC 3986 5). Only http and https come out.
 */
#ifndef FEEDS_URL_H
#define FEEDS_URL_H

#include <stdbool.h>

/**
 * Resolve a reference. Line breaks and tabs inside are dropped and blanks become %20, as
 * browsers do it; other characters stay as given.
 *
 * @param base  an absolute http(s) URL, or NULL
 * @return an absolute http(s) URL with a host, the caller's to free(); NULL when it is none
 */
char *url_resolve(const char *base, const char *reference);
/** Whether two absolute URLs name the same scheme, host and port, as they are written. */
bool url_is_same_origin(const char *a, const char *b);
/** Whether it begins with http:// or https:// and a host follows. */
bool url_is_http(const char *url);

#endif
