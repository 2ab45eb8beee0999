/*
 * Settings of access, and the secret when it is needed: read at each request, so that a new
 * one is in force at once.
 */
#include "feeds/access.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/secret.h"

#define USER_MAX_BYTES 256

/* Ours to say, or of the connection. */
static const struct {
	const char *name, *instead;
} reserved[] = {
	{ "Authorization", "auth: {bearer_file: …}" },
	{ "User-Agent", "user_agent:" },
	{ "Proxy-Authorization", NULL },
	{ "Host", NULL },
	{ "If-None-Match", NULL },
	{ "If-Modified-Since", NULL },
	{ "Accept-Encoding", NULL },
	{ "Connection", NULL },
	{ "Content-Length", NULL },
	{ "Transfer-Encoding", NULL },
	{ "Range", NULL },
};

/* -- headers -- */

/* token of RFC 9110 5.6.2 */
static bool
is_token(const char *text)
{
	static const char allowed[] =
	    "!#$%&'*+-.^_`|~0123456789"
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

	return text[0] != '\0' && text[strspn(text, allowed)] == '\0';
}

static bool
check_name(struct conf *conf, const struct conf_node *name)
{
	if (!is_token(name->text))
		return conf_error(
		    conf, name, "headers: this is no name of a header (RFC 9110 5.6.2)");
	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
		if (strcasecmp(reserved[i].name, name->text) != 0)
			continue;
		return conf_error(conf, name, "headers: %s is not for headers%s%s",
		    reserved[i].name, reserved[i].instead != NULL ? ": use " : "",
		    reserved[i].instead != NULL ? reserved[i].instead : "");
	}
	return true;
}

static bool
check_value(struct conf *conf, const struct conf_node *value)
{
	if (value->type != CONF_SCALAR)
		return conf_error(conf, value, "headers: a header's value is a text");
	if (value->len > ACCESS_HEADER_MAX_BYTES)
		return conf_error(conf, value, "headers: %zu bytes (allowed: %d)",
		    value->len, ACCESS_HEADER_MAX_BYTES);
	for (size_t i = 0; i < value->len; i++)
		if ((unsigned char)value->text[i] < ' ' || value->text[i] == '\x7f')
			return conf_error_inside(
			    conf, value, i, "headers: a line break or control character");
	return true;
}

bool
access_read_headers(struct conf *conf, const struct conf_node *value,
    const struct conf_key *key, void *field)
{
	struct list *headers = field;
	bool is_good = true;

	if (value->type != CONF_MAPPING)
		return conf_error(
		    conf, value, "headers: names with values are missing ({Name: value})");
	if (value->count > ACCESS_HEADERS_MAX)
		return conf_error(conf, value, "%zu headers (allowed: %d)", value->count,
		    ACCESS_HEADERS_MAX);
	for (size_t i = 0; i < value->count; i++) {
		const struct conf_pair *pair = &value->pairs[i];
		AUTO_FREE char *line = NULL;

		if (!check_name(conf, pair->key) || !check_value(conf, pair->value)) {
			is_good = false;
			continue;
		}
		line = mem_printf("%s: %s", pair->key->text, pair->value->text);
		list_add(headers, line);
	}
	return is_good;
}

/* -- login and proxy -- */

/* A colon ends it on the wire (RFC 7617 2). */
static bool
read_user(struct conf *conf, const struct conf_node *value, const struct conf_key *key,
    void *field)
{
	if (value->type == CONF_SCALAR && value->len > USER_MAX_BYTES)
		return conf_error(conf, value, "user has %zu bytes (allowed: %d)",
		    value->len, USER_MAX_BYTES);
	for (size_t i = 0; value->type == CONF_SCALAR && i < value->len; i++)
		if (value->text[i] == ':' || (unsigned char)value->text[i] < ' ')
			return conf_error_inside(
			    conf, value, i, "user has a colon or control character");
	return conf_read_text(conf, value, key, field);
}

const struct conf_key access_auth_keys[] = {
	{ "user", read_user, offsetof(struct feed_access, user) },
	{ "password_file", conf_read_text, offsetof(struct feed_access, password_file) },
	{ "bearer_file", conf_read_text, offsetof(struct feed_access, bearer_file) },
	{ NULL },
};

bool
access_read_proxy(struct conf *conf, const struct conf_node *value,
    const struct conf_key *key, void *field)
{
	char **proxy = field;

	if (value->type != CONF_SCALAR || strcmp(value->text, "none") != 0)
		return conf_read_url(conf, value, key, field);
	free(*proxy);
	*proxy = mem_strdup("");
	return true;
}

bool
access_check(struct conf *conf, const struct conf_node *feed, const char *url)
{
	const struct conf_node *auth = conf_find(feed, "auth");
	bool has_user, has_password, has_bearer;

	if (auth == NULL || auth->type != CONF_MAPPING)
		return true; /* was told */
	has_user = conf_find(auth, "user") != NULL;
	has_password = conf_find(auth, "password_file") != NULL;
	has_bearer = conf_find(auth, "bearer_file") != NULL;
	if (has_bearer && (has_user || has_password))
		return conf_error(conf, auth,
		    "auth: a bearer_file, or a user with a password_file, not both");
	if (!has_bearer && !(has_user && has_password))
		return conf_error(conf, auth, "auth: %s is missing (or bearer_file)",
		    has_user ? "password_file" : "user");
	if (url != NULL && strncasecmp(url, "http:", 5) == 0)
		conf_warn(conf, auth,
		    "auth: the secret goes there in the clear (https hides it)");
	return true;
}

/* -- life -- */

void
access_clear(struct feed_access *access)
{
	list_clear(&access->headers);
	free(access->user);
	free(access->password_file);
	free(access->bearer_file);
	free(access->proxy);
	free(access->folder);
	*access = (struct feed_access){ 0 };
}

static bool
is_same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

bool
access_is_same(const struct feed_access *a, const struct feed_access *b)
{
	return list_equal(&a->headers, &b->headers) && is_same(a->user, b->user) &&
	       is_same(a->password_file, b->password_file) &&
	       is_same(a->bearer_file, b->bearer_file) && is_same(a->proxy, b->proxy) &&
	       is_same(a->folder, b->folder);
}

/* -- the secret -- */

static char *
basic(const char *user, const struct buf *password)
{
	struct buf both = BUF_EMPTY;
	char *coded, *value;

	buf_printf(&both, "%s:%s", user, buf_text(password));
	coded = base64_encode(both.data, both.len);
	value = mem_printf("Basic %s", coded);
	explicit_bzero(coded, strlen(coded));
	free(coded);
	secret_clear(&both);
	return value;
}

bool
access_authorization(const struct feed_access *access, char **value, struct error *err)
{
	const char *file =
	    access->bearer_file != NULL ? access->bearer_file : access->password_file;
	struct buf secret = BUF_EMPTY;
	bool is_read;

	*value = NULL;
	if (file == NULL)
		return true;
	is_read = secret_read(file, access->folder, 1, &secret, err);
	if (is_read)
		*value = access->bearer_file != NULL
			     ? mem_printf("Bearer %s", buf_text(&secret))
			     : basic(access->user, &secret);
	secret_clear(&secret);
	return is_read;
}
