/*
 * Byte repair by a state machine.
 *
 * Each state takes what it can judge and says how many bytes that was; what cannot be judged
 * before more has come is kept in `pending`. Clean spans are not copied: as long as a chunk
 * needs no change, it goes on as it came.
 */
#include "feeds/repair.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "feeds/entity.h"

#define PI_MAX_BYTES 1024 /* of a processing instruction that is passed on */

enum state {
	STATE_PROLOG, /* before the root element */
	STATE_TEXT,
	STATE_TAG,      /* in a start tag */
	STATE_QUOTED,   /* in an attribute's value */
	STATE_UNQUOTED, /* in one that lacks its quotes */
	STATE_END_TAG,  /* behind the name of an end tag that was dealt with */
	STATE_CDATA,
	STATE_COMMENT,
	STATE_INSTRUCTION, /* one that is dropped */
	STATE_DECLARATION, /* <!DOCTYPE ...> */
	STATE_EPILOG,      /* behind the root element */
};

struct repair {
	enum state state;
	sink_fn *sink; /* borrowed, as ctx */
	void *ctx;
	struct buf pending;
	bool is_end; /* nothing more comes: pending has to be judged as it is */
	/* what goes on: out, then the clean span of the input */
	struct buf out;
	const char *clean;
	size_t clean_len;
	/* the open elements */
	struct buf names; /* one behind the other */
	size_t name_at[REPAIR_DEPTH_MAX];
	size_t depth;
	/* the tag, or the declaration */
	char quote;       /* '\0': none is open */
	bool is_valued;   /* behind a = */
	bool was_slash;   /* the last byte */
	size_t tag_bytes;
	unsigned attributes;
	unsigned nesting; /* of < in the declaration */
	bool is_subset;   /* inside its [ ] */
};

enum {
	STOP_TEXT = 1,
	STOP_TAG = 2,
	STOP_QUOTED = 4,
	STOP_CDATA = 8,
	STOP_ALL = 15,
};

/* Where a state has to look at a byte. */
static const unsigned char stops[256] = {
	[0x00 ... 0x08] = STOP_ALL,
	[0x0B ... 0x0C] = STOP_ALL,
	[0x0E ... 0x1F] = STOP_ALL,
	[0x80 ... 0xFF] = STOP_ALL,
	['<'] = STOP_TEXT | STOP_TAG | STOP_QUOTED,
	['&'] = STOP_TEXT | STOP_TAG | STOP_QUOTED,
	['>'] = STOP_TEXT | STOP_TAG,
	['"'] = STOP_TAG | STOP_QUOTED,
	['\''] = STOP_TAG | STOP_QUOTED,
	['='] = STOP_TAG,
	['/'] = STOP_TAG,
	[']'] = STOP_CDATA,
};

struct repair *
repair_new(sink_fn *sink, void *ctx)
{
	struct repair *repair = mem_zalloc(sizeof(*repair));

	repair->sink = sink;
	repair->ctx = ctx;
	return repair;
}

void
repair_free(struct repair *repair)
{
	if (repair == NULL)
		return;
	buf_clear(&repair->pending);
	buf_clear(&repair->out);
	buf_clear(&repair->names);
	free(repair);
}

/* -- what goes on -- */

static void
flush_clean(struct repair *repair)
{
	if (repair->clean_len > 0)
		buf_add(&repair->out, repair->clean, repair->clean_len);
	repair->clean_len = 0;
}

/* Bytes of the input, as they are. */
static void
keep(struct repair *repair, const char *at, size_t len)
{
	if (repair->clean_len > 0 && repair->clean + repair->clean_len == at) {
		repair->clean_len += len;
		return;
	}
	flush_clean(repair);
	repair->clean = at;
	repair->clean_len = len;
}

static void
put(struct repair *repair, const char *text, size_t len)
{
	flush_clean(repair);
	buf_add(&repair->out, text, len);
}

static void
put_text(struct repair *repair, const char *text)
{
	put(repair, text, strlen(text));
}

/* At the end of a chunk. */
static bool
send(struct repair *repair, struct error *err)
{
	bool is_sent = true;

	if (repair->out.len == 0 && repair->clean_len > 0) {
		is_sent = repair->sink(repair->ctx, repair->clean, repair->clean_len, err);
		repair->clean_len = 0;
		return is_sent;
	}
	flush_clean(repair);
	if (repair->out.len > 0)
		is_sent = repair->sink(repair->ctx, repair->out.data, repair->out.len, err);
	buf_reset(&repair->out);
	return is_sent;
}

/* -- characters -- */

/* The bytes from at on that a state need not look at. */
static size_t
clean_span(const char *at, size_t len, unsigned stop)
{
	const unsigned char *byte = (const unsigned char *)at;
	const unsigned char *end = byte + len;

	while (byte < end) {
		if ((stops[*byte] & stop) == 0)
			byte++;
		else if (*byte >= 0xE1 && *byte <= 0xEC && end - byte >= 3 &&
			 (byte[1] & 0xC0) == 0x80 && (byte[2] & 0xC0) == 0x80)
			byte += 3; /* most of CJK */
		else
			break;
	}
	return (size_t)((const char *)byte - at);
}

/* A byte that is no ASCII, or a control character. 0: more has to come. */
static size_t
take_odd(struct repair *repair, const char *at, size_t len)
{
	bool is_whole;
	size_t used;

	if ((unsigned char)*at < 0x20)
		return 1; /* dropped: MANNERS 2.1 */
	used = text_measure(at, len, &is_whole);
	if (is_whole) {
		/* U+FFFE and U+FFFF are no characters of XML */
		if (used != 3 || memcmp(at, "\xEF\xBF", 2) != 0 ||
		    (unsigned char)at[2] < 0xBE)
			keep(repair, at, used);
		return used;
	}
	if (used == len && (unsigned char)*at >= 0xC2 && (unsigned char)*at <= 0xF4 &&
	    !repair->is_end)
		return 0;
	put_text(repair, "\xEF\xBF\xBD");
	return used;
}

static bool
is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-' || c == '.' || c == ':';
}

static bool
is_name_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
}

static bool
is_white(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Whether a reference is one of XML's own and can stay as it is. */
static bool
is_predefined(const char *at, size_t len)
{
	return (len == 5 && memcmp(at, "&amp;", 5) == 0) ||
	       (len == 4 && (memcmp(at, "&lt;", 4) == 0 || memcmp(at, "&gt;", 4) == 0)) ||
	       (len == 6 &&
		   (memcmp(at, "&quot;", 6) == 0 || memcmp(at, "&apos;", 6) == 0));
}

static void
put_character(struct repair *repair, uint32_t c)
{
	if (c < 0x20 || strchr("&<>\"'", (int)(c & 0x7F)) != NULL) {
		if (c < 0x80) {
			flush_clean(repair);
			buf_printf(&repair->out, "&#%u;", c);
			return;
		}
	}
	flush_clean(repair);
	text_encode(&repair->out, c);
}

static size_t
take_reference(struct repair *repair, const char *at, size_t len)
{
	size_t used = 1;
	uint32_t c = 0;

	if (len > ENTITY_MAX_BYTES)
		len = ENTITY_MAX_BYTES;
	while (used < len && (is_name_byte(at[used]) || at[used] == '#'))
		used++;
	if (used == len && len < ENTITY_MAX_BYTES && !repair->is_end)
		return 0;
	used = entity_read(at, len, &c);
	if (used == 0) {
		put_text(repair, "&amp;");
		return 1;
	}
	if (is_predefined(at, used))
		keep(repair, at, used);
	else if (c != ENTITY_BAD)
		put_character(repair, c);
	return used;
}

/* -- tags -- */

/* The length of the name at `at`; 0: none begins there. */
static size_t
name_length(const char *at, size_t len)
{
	size_t used = 0;

	if (len == 0 || !is_name_start(*at))
		return 0;
	while (used < len && is_name_byte(at[used]))
		used++;
	return used;
}

static const char *
open_name(const struct repair *repair, size_t level, size_t *len)
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
	const char *open = open_name(repair, level, &open_len);

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
push(struct repair *repair, const char *name, size_t len, struct error *err)
{
	if (len > REPAIR_NAME_MAX_BYTES)
		return error_set(err, ERROR_LIMIT, "XML",
		    "a name of more than %d bytes", REPAIR_NAME_MAX_BYTES);
	if (repair->depth == REPAIR_DEPTH_MAX)
		return error_set(err, ERROR_LIMIT, "XML",
		    "elements more than %d deep", REPAIR_DEPTH_MAX);
	repair->name_at[repair->depth++] = repair->names.len;
	buf_add(&repair->names, name, len);
	return true;
}

/* <name of a start tag; at is the < */
static size_t
take_start(struct repair *repair, const char *at, size_t len, struct error *err)
{
	size_t name = name_length(at + 1, len - 1);

	if (name + 1 == len && name <= REPAIR_NAME_MAX_BYTES && !repair->is_end)
		return 0;
	if (!push(repair, at + 1, name, err))
		return 0;
	keep(repair, at, name + 1);
	repair->state = STATE_TAG;
	repair->tag_bytes = name + 1;
	repair->attributes = 0;
	repair->was_slash = false;
	repair->is_valued = false;
	return name + 1;
}

/* The tags that are missing before an end tag of that level. */
static void
close_above(struct repair *repair, size_t level)
{
	while (repair->depth > level + 1) {
		size_t len;
		const char *name = open_name(repair, repair->depth - 1, &len);

		put_text(repair, "</");
		put(repair, name, len);
		put_text(repair, ">");
		pop(repair);
	}
}

/* At the very end the name may be cut: "</rs" */
static bool
is_cut_root(const struct repair *repair, const char *name, size_t len)
{
	size_t open_len;
	const char *open = open_name(repair, 0, &open_len);

	return repair->is_end && repair->depth == 1 && len <= open_len &&
	       memcmp(open, name, len) == 0;
}

/* </name of an end tag; at is the <. One that fits nothing that is open is dropped. */
static size_t
take_end(struct repair *repair, const char *at, size_t len)
{
	size_t name = name_length(at + 2, len - 2), level = repair->depth;
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
		keep(repair, at, name + 3);
		pop(repair);
		return name + 3;
	}
	put_text(repair, "</");
	put(repair, open_name(repair, level - 1, &name), name);
	put_text(repair, ">");
	pop(repair);
	if (repair->state == STATE_TEXT)
		repair->state = STATE_END_TAG;
	return is_cut ? len : name + 2;
}

static void
close_start(struct repair *repair)
{
	repair->state = STATE_TEXT;
	if (repair->was_slash)
		pop(repair);
}

static bool
is_too_long(const struct repair *repair, struct error *err)
{
	if (repair->attributes > REPAIR_ATTRIBUTES_MAX)
		return !error_set(err, ERROR_LIMIT, "XML",
		    "a tag of more than %d attributes", REPAIR_ATTRIBUTES_MAX);
	if (repair->tag_bytes > REPAIR_TAG_MAX_BYTES)
		return !error_set(err, ERROR_LIMIT, "XML", "a tag of more than %u bytes",
		    REPAIR_TAG_MAX_BYTES);
	return false;
}

/* A byte of a tag that means something. */
static size_t
take_tag_mark(struct repair *repair, const char *at, size_t len)
{
	bool was_valued = repair->is_valued;

	repair->is_valued = *at == '=';
	switch (*at) {
	case '>':
		keep(repair, at, 1);
		close_start(repair);
		return 1;
	case '<': /* the > before it is missing */
		put_text(repair, ">");
		close_start(repair);
		return 0;
	case '&':
		return 1;
	case '"':
	case '\'':
		repair->quote = *at;
		repair->state = STATE_QUOTED;
		break;
	case '=':
		repair->attributes++;
		break;
	case '/':
		if (was_valued) { /* the value of href=/path */
			put_text(repair, "\"");
			repair->state = STATE_UNQUOTED;
		}
		break;
	default:
		return take_odd(repair, at, len);
	}
	keep(repair, at, 1);
	return 1;
}
