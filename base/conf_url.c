/*
 * The reader of URLs: what is wrong with one is said at the character where it is.
 */
#include "base/conf.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/conf_private.h"
#include "base/text.h"

/* The text of a URL is never shown: it may hold a password or a key. */
struct url {
	struct conf *conf;
	const struct conf_node *value;
	const char *name;
	size_t host, host_end; /* bytes of the text; brackets of IPv6 belong to it */
};

static bool
check_characters(const struct url *url)
{
	const char *text = url->value->text;
	uint32_t c = 0;

	for (size_t at = 0; at < url->value->len;
	     at += text_decode(text + at, url->value->len - at, &c)) {
		unsigned char byte = (unsigned char)text[at];

		if (byte <= ' ' || byte == 0x7F || byte == '\\' || byte == '"' ||
		    byte == '<' || byte == '>')
			return conf_error_inside(url->conf, url->value, at,
			    "%s has a blank or a character that no URL has (write it as %%%02X)",
			    url->name, byte);
	}
	return true;
}

static bool
check_scheme(struct url *url)
{
	const char *text = url->value->text;
	size_t len = strncasecmp(text, "https://", 8) == 0  ? 8
		     : strncasecmp(text, "http://", 7) == 0 ? 7
							    : 0;

	if (len == 0)
		return conf_error(url->conf, url->value,
		    "%s is no web address (allowed: http://… and https://…)", url->name);
	url->host = len;
	return true;
}

static bool
check_port(const struct url *url, size_t at, size_t end)
{
	const char *text = url->value->text;
	unsigned long port = 0;

	if (at == end)
		return true;
	for (size_t i = at + 1; i < end && port <= 65535; i++) {
		if (text[i] < '0' || text[i] > '9') {
			port = 0;
			break;
		}
		port = port * 10 + (unsigned long)(text[i] - '0');
	}
	if (text[at] != ':' || port == 0 || port > 65535)
		return conf_error_inside(url->conf, url->value, at,
		    "%s has no valid port (allowed: 1 to 65535)", url->name);
	return true;
}

/* Between the slashes: [host] or host, then :port. */
static bool
check_authority(struct url *url)
{
	const char *text = url->value->text;
	size_t end = url->host + strcspn(text + url->host, "/?#");
	const char *at_sign = memchr(text + url->host, '@', end - url->host);
	static const char ipv6[] = "0123456789abcdefABCDEF:.";
	bool is_ipv6 = text[url->host] == '[';

	if (at_sign != NULL)
		return conf_error_inside(url->conf, url->value, url->host,
		    "%s has a user or password (allowed: none in a URL)", url->name);
	if (is_ipv6)
		url->host_end = url->host + 2 + strspn(text + url->host + 1, ipv6);
	else
		url->host_end = url->host + strcspn(text + url->host, ":/?#[]");
	if (url->host_end == url->host || url->host_end > end ||
	    (is_ipv6 && (url->host_end < url->host + 4 || text[url->host_end - 1] != ']')))
		return conf_error_inside(
		    url->conf, url->value, url->host, "%s has no valid host", url->name);
	return check_port(url, url->host_end, end);
}

bool
conf_read_url(struct conf *conf, const struct conf_node *value, const struct conf_key *key,
    void *field)
{
	struct url url = { conf, value, key->name, 0, 0 };
	char **text = field;

	if (!conf_check_scalar(conf, value, key->name) || !check_scheme(&url) ||
	    !check_characters(&url) || !check_authority(&url))
		return false;
	free(*text);
	*text = mem_strndup(value->text, value->len);
	return true;
}
