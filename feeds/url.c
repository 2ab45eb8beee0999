/*
 * Links, made absolute.
 */
#include "feeds/url.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/mem.h"

/* A piece of an URL, borrowed; text NULL: it is not there (an empty one is). */
struct piece {
	const char *text;
	size_t len;
};

struct url {
	struct piece scheme, authority, path, query, fragment;
};

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The length of a scheme without its colon; 0: there is none. */
static size_t
scheme_length(const char *text)
{
	size_t len = 0;

	if (!is_letter(text[0]))
		return 0;
	while (is_letter(text[len]) || (text[len] >= '0' && text[len] <= '9') ||
	       (text[len] != '\0' && strchr("+-.", text[len]) != NULL))
		len++;
	return text[len] == ':' ? len : 0;
}

/* RFC 3986, appendix B */
static void
split(const char *text, struct url *url)
{
	size_t len = scheme_length(text);

	*url = (struct url){ 0 };
	if (len > 0) {
		url->scheme = (struct piece){ text, len };
		text += len + 1;
	}
	if (text[0] == '/' && text[1] == '/') {
		text += 2;
		len = strcspn(text, "/?#");
		url->authority = (struct piece){ text, len };
		text += len;
	}
	len = strcspn(text, "?#");
	url->path = (struct piece){ text, len };
	text += len;
	if (*text == '?') {
		len = strcspn(text, "#");
		url->query = (struct piece){ text, len };
		text += len;
	}
	if (*text == '#')
		url->fragment = (struct piece){ text, strlen(text) };
}

/* Go back to before the last segment that out has from the byte at begin on. */
static void
drop_segment(struct buf *out, size_t begin)
{
	while (out->len > begin && out->data[out->len - 1] != '/')
		out->len--;
	if (out->len > begin)
		out->len--;
	if (out->data != NULL)
		out->data[out->len] = '\0';
}

/* RFC 3986 5.2.4: append a path that begins with a slash, without its dot segments. */
static void
add_path(struct buf *out, const char *path)
{
	size_t begin = out->len;

	while (*path == '/') {
		size_t len = strcspn(path + 1, "/");
		const char *segment = path + 1;
		bool is_last = segment[len] == '\0';

		path = segment + len;
		if (len == 2 && memcmp(segment, "..", 2) == 0)
			drop_segment(out, begin);
		else if (len != 1 || segment[0] != '.') {
			buf_add_char(out, '/');
			buf_add(out, segment, len);
			continue;
		}
		if (is_last)
			buf_add_char(out, '/');
	}
}

/* RFC 3986 5.2.3 */
static void
merge_paths(struct buf *merged, const struct url *base, const struct url *reference)
{
	size_t len = base->path.len;

	while (len > 0 && base->path.text[len - 1] != '/')
		len--;
	if (len == 0)
		buf_add_char(merged, '/');
	else
		buf_add(merged, base->path.text, len);
	buf_add(merged, reference->path.text, reference->path.len);
}

static void
add_piece(struct buf *out, const struct piece *piece)
{
	if (piece->text != NULL)
		buf_add(out, piece->text, piece->len);
}

/* RFC 3986 5.2.2, from the authority on */
static void
add_target(struct buf *out, const struct url *base, const struct url *reference)
{
	AUTO_BUF struct buf path = BUF_EMPTY;
	bool is_here = reference->authority.text == NULL;
	bool is_same_path = is_here && reference->path.len == 0;

	buf_add_text(out, "//");
	add_piece(out, is_here ? &base->authority : &reference->authority);
	if (is_same_path)
		buf_add(&path, base->path.text, base->path.len);
	else if (is_here && reference->path.text[0] != '/')
		merge_paths(&path, base, reference);
	else
		buf_add(&path, reference->path.text, reference->path.len);
	add_path(out, buf_text(&path));
	add_piece(out, is_same_path && reference->query.text == NULL ? &base->query
								     : &reference->query);
	add_piece(out, &reference->fragment);
}

/* As browsers read an attribute: no white space at the ends, no line breaks inside. */
static void
clean(struct buf *out, const char *text)
{
	size_t len;

	text += strspn(text, " \t\r\n\f");
	len = strlen(text);
	while (len > 0 && strchr(" \t\r\n\f", text[len - 1]) != NULL)
		len--;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == ' ')
			buf_add_text(out, "%20");
		else if (c > ' ' && c != 0x7F)
			buf_add_char(out, (char)c);
	}
}

static bool
is_http_scheme(const struct piece *scheme)
{
	return (scheme->len == 4 && strncasecmp(scheme->text, "http", 4) == 0) ||
	       (scheme->len == 5 && strncasecmp(scheme->text, "https", 5) == 0);
}

bool
url_is_http(const char *url)
{
	struct url parts;

	split(url, &parts);
	return is_http_scheme(&parts.scheme) && parts.authority.len > 0;
}

char *
url_resolve(const char *base, const char *reference)
{
	AUTO_BUF struct buf text = BUF_EMPTY;
	AUTO_BUF struct buf out = BUF_EMPTY;
	struct url parts, base_parts = { 0 };

	clean(&text, reference);
	split(buf_text(&text), &parts);
	if (parts.scheme.text != NULL && !is_http_scheme(&parts.scheme))
		return NULL;
	if (parts.scheme.text != NULL && parts.authority.text != NULL)
		return parts.authority.len > 0 ? buf_take(&text) : NULL;
	if (base == NULL || !url_is_http(base) || text.len == 0)
		return NULL;
	split(base, &base_parts);
	buf_add(&out, base_parts.scheme.text, base_parts.scheme.len);
	buf_add_char(&out, ':');
	add_target(&out, &base_parts, &parts);
	return url_is_http(buf_text(&out)) ? buf_take(&out) : NULL;
}

static bool
is_same_piece(const struct piece *a, const struct piece *b)
{
	return a->text != NULL && b->text != NULL && a->len == b->len &&
	       strncasecmp(a->text, b->text, a->len) == 0;
}

bool
url_is_same_origin(const char *a, const char *b)
{
	struct url one, other;

	split(a, &one);
	split(b, &other);
	return is_same_piece(&one.scheme, &other.scheme) &&
	       is_same_piece(&one.authority, &other.authority);
}
