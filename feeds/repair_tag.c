/*
 * The repair filter's tags: within their limits, and end tags only where they fit.
 */
#include <string.h>

#include "base/error.h"
#include "feeds/repair_private.h"

static bool
is_white(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The length of the name at `at`; 0: none begins there. */
static size_t
name_length(const char *at, size_t len)
{
	size_t used = 0;

	if (len == 0 || !repair_is_name_start(*at))
		return 0;
	while (used < len && repair_is_name_byte(at[used]))
		used++;
	return used;
}

const char *
repair_open_name(const struct repair *repair, size_t level, size_t *len)
{
	size_t end =
	    level + 1 < repair->depth ? repair->name_at[level + 1] : repair->names.len;

	*len = end - repair->name_at[level];
	return repair->names.data + repair->name_at[level];
}

static bool
is_open(const struct repair *repair, size_t level, const char *name, size_t len)
{
	size_t open_len;
	const char *open = repair_open_name(repair, level, &open_len);

	return open_len == len && memcmp(open, name, len) == 0;
}

static void
pop(struct repair *repair)
{
	repair->depth--;
	repair->names.len = repair->name_at[repair->depth];
	repair->state = repair->depth == 0 ? STATE_EPILOG : STATE_TEXT;
}

static bool
fail_name(struct error *err)
{
	return error_set(
	    err, ERROR_LIMIT, "XML", "a name of more than %d bytes", REPAIR_NAME_MAX_BYTES);
}

static bool
push(struct repair *repair, const char *name, size_t len, struct error *err)
{
	if (len > REPAIR_NAME_MAX_BYTES)
		return fail_name(err);
	if (repair->depth == REPAIR_DEPTH_MAX)
		return error_set(err, ERROR_LIMIT, "XML", "elements more than %d deep",
		    REPAIR_DEPTH_MAX);
	repair->name_at[repair->depth++] = repair->names.len;
	buf_add(&repair->names, name, len);
	return true;
}

/* <name of a start tag; at is the < */
size_t
repair_take_start(struct repair *repair, const char *at, size_t len, struct error *err)
{
	size_t name = name_length(at + 1, len - 1);

	if (name + 1 == len && name <= REPAIR_NAME_MAX_BYTES && !repair->is_end)
		return 0;
	if (!push(repair, at + 1, name, err)) {
		repair->is_failed = true;
		return 0;
	}
	repair_keep(repair, at, name + 1);
	repair->state = STATE_TAG;
	repair->tag_bytes = name + 1;
	repair->attributes = 0;
	repair->needs_blank = true;
	return name + 1;
}

/* The tags that are missing before an end tag of that level. */
static void
close_above(struct repair *repair, size_t level)
{
	while (repair->depth > level + 1) {
		size_t len;
		const char *name = repair_open_name(repair, repair->depth - 1, &len);

		repair_put_text(repair, "</");
		repair_put(repair, name, len);
		repair_put_text(repair, ">");
		pop(repair);
	}
}

/* At the very end the name may be cut: "</rs" */
static bool
is_cut_root(const struct repair *repair, const char *name, size_t len)
{
	size_t open_len;
	const char *open = repair_open_name(repair, 0, &open_len);

	return repair->is_end && repair->depth == 1 && len <= open_len &&
	       memcmp(open, name, len) == 0;
}

/* </name of an end tag; at is the <. One that fits nothing that is open is dropped. */
size_t
repair_take_end(struct repair *repair, const char *at, size_t len)
{
	size_t name = name_length(at + 2, len - 2), level = repair->depth;
	size_t open_len;
	const char *open;
	bool is_cut = name + 2 == len;

	if (is_cut && name <= REPAIR_NAME_MAX_BYTES && !repair->is_end)
		return 0;
	while (level > 0 && !is_open(repair, level - 1, at + 2, name))
		level--;
	if (level == 0 && is_cut && repair->depth > 0 && is_cut_root(repair, at + 2, name))
		level = 1;
	repair->state = STATE_END_TAG;
	if (level == 0)
		return name + 2;
	close_above(repair, level - 1);
	if (!is_cut && at[name + 2] == '>') {
		repair_keep(repair, at, name + 3);
		pop(repair);
		return name + 3;
	}
	repair_put_text(repair, "</");
	open = repair_open_name(repair, level - 1, &open_len);
	repair_put(repair, open, open_len);
	repair_put_text(repair, ">");
	pop(repair);
	if (repair->state == STATE_TEXT)
		repair->state = STATE_END_TAG;
	return is_cut ? len : name + 2;
}

/* A tag that libxml2 would spend quadratic time on: LIMITS, "libxml2". */
void
repair_check_tag(struct repair *repair, size_t used, struct error *err)
{
	repair->tag_bytes += used;
	if (repair->attributes > REPAIR_ATTRIBUTES_MAX)
		error_set(err, ERROR_LIMIT, "XML", "a tag of more than %d attributes",
		    REPAIR_ATTRIBUTES_MAX);
	else if (repair->tag_bytes > REPAIR_TAG_MAX_BYTES)
		error_set(err, ERROR_LIMIT, "XML", "a tag of more than %u bytes",
		    REPAIR_TAG_MAX_BYTES);
	else
		return;
	repair->is_failed = true;
}

/* Behind a value: between the attributes again. */
static void
end_value(struct repair *repair)
{
	repair->state = STATE_TAG;
	repair->needs_blank = true;
}

static size_t
take_white(struct repair *repair, const char *at, size_t len)
{
	size_t used = 0;

	while (used < len && is_white(at[used]))
		used++;
	repair_keep(repair, at, used);
	return used;
}

static size_t
take_slash(struct repair *repair, const char *at, size_t len)
{
	if (len < 2 && !repair->is_end)
		return 0;
	if (len < 2 || at[1] != '>')
		return 1;
	repair_keep(repair, at, 2);
	pop(repair);
	return 2;
}

static size_t
take_attribute_name(struct repair *repair, const char *at, size_t len, struct error *err)
{
	size_t name = name_length(at, len);

	if (name > REPAIR_NAME_MAX_BYTES) {
		(void)fail_name(err);
		repair->is_failed = true;
		return 0;
	}
	if (name == len && !repair->is_end)
		return 0;
	if (repair->needs_blank)
		repair_put_text(repair, " ");
	repair_keep(repair, at, name);
	repair->attributes++;
	repair->state = STATE_ATTRIBUTE;
	return name;
}

/* Between attributes; what can be no part of any is dropped. */
size_t
repair_take_tag(struct repair *repair, const char *at, size_t len, struct error *err)
{
	if (is_white(*at)) {
		repair->needs_blank = false;
		return take_white(repair, at, len);
	}
	if (repair_is_name_start(*at))
		return take_attribute_name(repair, at, len, err);
	if (*at == '/')
		return take_slash(repair, at, len);
	if (*at == '>') {
		repair_keep(repair, at, 1);
		repair->state = STATE_TEXT;
	} else if (*at == '<') { /* the > before it is missing */
		repair_put_text(repair, ">");
		repair->state = STATE_TEXT;
		return 0;
	}
	return 1;
}

/* Behind an attribute's name; HTML has some without a value. */
size_t
repair_take_attribute(struct repair *repair, const char *at, size_t len)
{
	if (is_white(*at))
		return take_white(repair, at, len);
	if (*at == '=') {
		repair_keep(repair, at, 1);
		repair->state = STATE_VALUE;
		return 1;
	}
	repair_put_text(repair, "=\"\"");
	end_value(repair);
	return 0;
}

/* Behind a = stands white space, a quote, or a value without one. */
size_t
repair_take_value(struct repair *repair, const char *at, size_t len)
{
	if (is_white(*at))
		return take_white(repair, at, len);
	if (*at == '"' || *at == '\'') {
		repair->quote = *at;
		repair->state = STATE_QUOTED;
		repair_keep(repair, at, 1);
		return 1;
	}
	repair_put_text(repair, "\"");
	repair->state = STATE_UNQUOTED;
	return 0;
}

size_t
repair_take_quoted(struct repair *repair, const char *at, size_t len)
{
	size_t clean = repair_clean_span(at, len, STOP_QUOTED);

	if (clean > 0) {
		repair_keep(repair, at, clean);
		return clean;
	}
	if (*at == repair->quote) {
		repair->quote = '\0';
		end_value(repair);
	} else if (*at == '<') {
		repair_put_text(repair, "&lt;");
		return 1;
	} else if (*at == '&') {
		return repair_take_reference(repair, at, len);
	} else if (*at != '"' && *at != '\'') {
		return repair_take_odd(repair, at, len);
	}
	repair_keep(repair, at, 1);
	return 1;
}

size_t
repair_take_unquoted(struct repair *repair, const char *at, size_t len)
{
	if (is_white(*at) || *at == '>') {
		repair_put_text(repair, "\"");
		end_value(repair);
		return 0;
	}
	if (*at == '&')
		return repair_take_reference(repair, at, len);
	if ((unsigned char)*at < 0x20 || (unsigned char)*at >= 0x80)
		return repair_take_odd(repair, at, len);
	if (*at == '<')
		repair_put_text(repair, "&lt;");
	else if (*at == '"')
		repair_put_text(repair, "&quot;");
	else
		repair_keep(repair, at, 1);
	return 1;
}

size_t
repair_take_end_tag(struct repair *repair, const char *at, size_t len)
{
	const char *end = memchr(at, '>', len);

	if (end == NULL)
		return len;
	repair->state = repair->depth > 0 ? STATE_TEXT : STATE_EPILOG;
	return (size_t)(end - at) + 1;
}
