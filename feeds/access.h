/*
 * How a source is asked, besides its address: headers of the user's own, a login, a proxy.
 */
#ifndef FEEDS_ACCESS_H
#define FEEDS_ACCESS_H

#include <stdbool.h>

#include "base/conf.h"
#include "base/list.h"

struct error;

#define ACCESS_HEADERS_MAX 32
#define ACCESS_HEADER_MAX_BYTES 4096

/* Settings of a source. */
struct feed_access {
	struct list headers; /* "Name: value"; sent to the source's own server alone */
	char *user, *password_file; /* basic authentication (RFC 7617); or NULL */
	char *bearer_file;          /* a token (RFC 6750); or NULL */
	char *proxy;                /* a URL; "": none; NULL: polling's */
	char *folder;               /* of the file that names the others */
};

/* conf_key readers */
conf_read_fn access_read_headers; /* [struct list] a mapping of names to values */
conf_read_fn access_read_proxy;   /* [char *] a URL, or none, which is "" */
/** The table of auth:, into a struct feed_access. */
extern const struct conf_key access_auth_keys[];
/** What the tables cannot see: a login is whole, and of one kind. */
bool access_check(struct conf *conf, const struct conf_node *feed, const char *url);

void access_clear(struct feed_access *access);
/** Whether both make the same requests. */
bool access_is_same(const struct feed_access *a, const struct feed_access *b);
/**
 * The Authorization header's value, its secret read now.
 *
 * @param value  out: the caller's to free(); NULL when there is no login
 * @return false with err set when the secret cannot be had
 */
bool access_authorization(
    const struct feed_access *access, char **value, struct error *err);

#endif
