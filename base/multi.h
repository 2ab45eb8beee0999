/*
 * libcurl's multi interface on the event loop: sockets and one timer.
 */
#ifndef BASE_MULTI_H
#define BASE_MULTI_H

#include <curl/curl.h>

#include "base/mem.h"

struct event_base;
struct multi;

/** A transfer is over and out of the multi handle; from the loop. */
typedef void multi_done_fn(CURL *easy, CURLcode result);

/**
 * @param base         borrowed for life
 * @param connections  that are kept open for the next transfer, at most
 */
struct multi *multi_open(struct event_base *base, multi_done_fn *on_done, long connections);
/** All transfers must have been removed. */
void multi_close(struct multi *multi);
MEM_AUTO(multi, multi_close);
/** A transfer that ends while its name is looked up does not wait for the answer. */
void multi_add(struct multi *multi, CURL *easy);
void multi_remove(struct multi *multi, CURL *easy);

#endif
