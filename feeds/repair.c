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
	STATE_DECLARATION_COMMENT,
	STATE_EPILOG,      /* behind the root element */
};

struct repair {
	enum state state;
	sink_fn *sink; /* borrowed, as ctx */
	void *ctx;
	struct buf pending;
	bool is_end;    /* nothing more comes: pending has to be judged as it is */
	bool is_failed; /* err was set */
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

/*
 * Each take_ function gets the input from `at` on and returns how many bytes it took; none,
 * with the state as it was, means that more has to come first.
 */

/* <name of a start tag; at is the < */
static size_t
take_start(struct repair *repair, const char *at, size_t len, struct error *err)
{
	size_t name = name_length(at + 1, len - 1);

	if (name + 1 == len && name <= REPAIR_NAME_MAX_BYTES && !repair->is_end)
		return 0;
	if (!push(repair, at + 1, name, err)) {
		repair->is_failed = true;
		return 0;
	}
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

/* A tag that libxml2 would spend quadratic time on: LIMITS, "libxml2". */
static void
check_tag(struct repair *repair, size_t used, struct error *err)
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

/* A byte of a tag that means something. */
static size_t
take_tag_mark(struct repair *repair, const char *at, size_t len)
{
	switch (*at) {
	case '>':
		keep(repair, at, 1);
		close_start(repair);
		return 1;
	case '<': /* the > before it is missing */
		put_text(repair, ">");
		repair->was_slash = false;
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
		repair->is_valued = true;
		break;
	case '/':
		repair->was_slash = true;
		break;
	default:
		return take_odd(repair, at, len);
	}
	keep(repair, at, 1);
	return 1;
}

/* Behind a = stands white space, a quote, or a value without one. */
static size_t
take_value(struct repair *repair, const char *at)
{
	if (is_white(*at)) {
		keep(repair, at, 1);
		return 1;
	}
	repair->is_valued = false;
	if (*at == '"' || *at == '\'')
		return take_tag_mark(repair, at, 1);
	put_text(repair, "\"");
	repair->state = STATE_UNQUOTED;
	return 0;
}

static size_t
take_tag(struct repair *repair, const char *at, size_t len)
{
	size_t clean;

	if (repair->is_valued)
		return take_value(repair, at);
	clean = clean_span(at, len, STOP_TAG);
	if (clean > 0) {
		repair->was_slash = false;
		keep(repair, at, clean);
		return clean;
	}
	return take_tag_mark(repair, at, len);
}

static size_t
take_quoted(struct repair *repair, const char *at, size_t len)
{
	size_t clean = clean_span(at, len, STOP_QUOTED);

	if (clean > 0) {
		keep(repair, at, clean);
		return clean;
	}
	if (*at == repair->quote) {
		repair->quote = '\0';
		repair->state = STATE_TAG;
		repair->was_slash = false;
	} else if (*at == '<') {
		put_text(repair, "&lt;");
		return 1;
	} else if (*at == '&') {
		return take_reference(repair, at, len);
	} else if (*at != '"' && *at != '\'') {
		return take_odd(repair, at, len);
	}
	keep(repair, at, 1);
	return 1;
}

static size_t
take_unquoted(struct repair *repair, const char *at, size_t len)
{
	if (is_white(*at) || *at == '>') {
		put_text(repair, "\"");
		repair->state = STATE_TAG;
		repair->was_slash = false;
		return 0;
	}
	if (*at == '&')
		return take_reference(repair, at, len);
	if ((unsigned char)*at < 0x20 || (unsigned char)*at >= 0x80)
		return take_odd(repair, at, len);
	if (*at == '<')
		put_text(repair, "&lt;");
	else if (*at == '"')
		put_text(repair, "&quot;");
	else
		keep(repair, at, 1);
	return 1;
}

static size_t
take_end_tag(struct repair *repair, const char *at, size_t len)
{
	const char *end = memchr(at, '>', len);

	if (end == NULL)
		return len;
	repair->state = repair->depth > 0 ? STATE_TEXT : STATE_EPILOG;
	return (size_t)(end - at) + 1;
}

/* -- text and what begins with <! or <? -- */

/* Whether the input begins with text; *is_cut: it may, when more has come. */
static bool
begins(const char *at, size_t len, const char *text, bool *is_cut)
{
	size_t wanted = strlen(text);
	size_t have = len < wanted ? len : wanted;

	if (memcmp(at, text, have) != 0)
		return false;
	*is_cut |= have < wanted;
	return have == wanted;
}

/* A < that begins nothing. */
static size_t
take_bare(struct repair *repair)
{
	if (repair->state == STATE_TEXT)
		put_text(repair, "&lt;");
	return 1;
}

static size_t
take_exclamation(struct repair *repair, const char *at, size_t len)
{
	bool is_cut = false;

	if (begins(at, len, "<!--", &is_cut)) {
		repair->state = STATE_COMMENT;
		return 4;
	}
	if (begins(at, len, "<![CDATA[", &is_cut)) {
		if (repair->depth == 0)
			return 9;
		repair->state = STATE_CDATA;
		keep(repair, at, 9);
		return 9;
	}
	if (is_cut && !repair->is_end)
		return 0;
	if (len < 3 || !is_name_start(at[2]))
		return take_bare(repair);
	repair->state = STATE_DECLARATION;
	repair->nesting = 0;
	repair->is_subset = false;
	repair->quote = '\0';
	return 2;
}

/* XML declarations and what is long or odd are dropped. */
static size_t
take_question(struct repair *repair, const char *at, size_t len)
{
	size_t window = len < PI_MAX_BYTES ? len : PI_MAX_BYTES, used;
	const char *end = memmem(at, window, "?>", 2);

	if (len > 2 && !is_name_start(at[2]))
		return take_bare(repair);
	if (end == NULL && len < PI_MAX_BYTES && !repair->is_end)
		return 0;
	repair->state = STATE_INSTRUCTION;
	if (end == NULL || repair->depth == 0 || strncasecmp(at + 2, "xml", 3) == 0)
		return 2;
	used = (size_t)(end - at) + 2;
	if (clean_span(at, used, STOP_CDATA) < used)
		return 2;
	keep(repair, at, used);
	repair->state = STATE_TEXT;
	return used;
}

/* at is a < */
static size_t
take_markup(struct repair *repair, const char *at, size_t len, struct error *err)
{
	if (len < 2)
		return repair->is_end ? take_bare(repair) : 0;
	if (at[1] == '!')
		return take_exclamation(repair, at, len);
	if (at[1] == '?')
		return take_question(repair, at, len);
	if (is_name_start(at[1]))
		return take_start(repair, at, len, err);
	if (at[1] != '/' || repair->depth == 0)
		return take_bare(repair);
	if (len < 3 && !repair->is_end)
		return 0;
	if (len < 3 || is_name_start(at[2]))
		return take_end(repair, at, len);
	return take_bare(repair);
}

static size_t
take_text(struct repair *repair, const char *at, size_t len, struct error *err)
{
	size_t clean = clean_span(at, len, STOP_TEXT);

	if (clean > 0) {
		keep(repair, at, clean);
		return clean;
	}
	switch (*at) {
	case '<':
		return take_markup(repair, at, len, err);
	case '&':
		return take_reference(repair, at, len);
	case '>': /* ]]> is not allowed in text */
		put_text(repair, "&gt;");
		return 1;
	default:
		return take_odd(repair, at, len);
	}
}

static size_t
take_cdata(struct repair *repair, const char *at, size_t len)
{
	size_t clean = clean_span(at, len, STOP_CDATA);
	bool is_cut = false;

	if (clean > 0) {
		keep(repair, at, clean);
		return clean;
	}
	if (*at != ']')
		return take_odd(repair, at, len);
	if (begins(at, len, "]]>", &is_cut)) {
		keep(repair, at, 3);
		repair->state = STATE_TEXT;
		return 3;
	}
	if (is_cut && !repair->is_end)
		return 0;
	keep(repair, at, 1);
	return 1;
}

static enum state
state_outside(const struct repair *repair)
{
	return repair->depth > 0 ? STATE_TEXT : STATE_PROLOG;
}

/* Drop all up to the end mark and behind it; then the state is next. */
static size_t
skip_to(struct repair *repair, const char *at, size_t len, const char *mark, enum state next)
{
	size_t mark_len = strlen(mark);
	const char *end = memmem(at, len, mark, mark_len);

	if (end != NULL) {
		repair->state = next;
		return (size_t)(end - at) + mark_len;
	}
	if (repair->is_end)
		return len;
	return len < mark_len ? 0 : len - mark_len + 1;
}

/* A byte of a declaration outside of quotes. */
static void
read_declaration(struct repair *repair, char c)
{
	switch (c) {
	case '"':
	case '\'':
		repair->quote = c;
		break;
	case '[':
	case ']':
		repair->is_subset = c == '[';
		break;
	case '<':
		repair->nesting++;
		break;
	case '>':
		if (repair->nesting > 0)
			repair->nesting--;
		else if (!repair->is_subset)
			repair->state = state_outside(repair);
		break;
	default:
		break;
	}
}

/* The DOCTYPE with all it declares is dropped (MANNERS 2.15): an entity that is declared
 * nowhere is expanded nowhere. Its comments may hold quotes. */
static size_t
take_declaration(struct repair *repair, const char *at, size_t len)
{
	const char *end;
	bool is_cut = false;

	if (repair->quote != '\0') {
		end = memchr(at, repair->quote, len);
		if (end != NULL)
			repair->quote = '\0';
		return end == NULL ? len : (size_t)(end - at) + 1;
	}
	if (begins(at, len, "<!--", &is_cut)) {
		repair->state = STATE_DECLARATION_COMMENT;
		return 4;
	}
	if (is_cut && !repair->is_end)
		return 0;
	read_declaration(repair, *at);
	return 1;
}

static size_t
take_prolog(struct repair *repair, const char *at, size_t len, struct error *err)
{
	const char *begin = memchr(at, '<', len);

	if (begin == at)
		return take_markup(repair, at, len, err);
	return begin == NULL ? len : (size_t)(begin - at);
}

static size_t
take(struct repair *repair, const char *at, size_t len, struct error *err)
{
	switch (repair->state) {
	case STATE_PROLOG:
		return take_prolog(repair, at, len, err);
	case STATE_TEXT:
		return take_text(repair, at, len, err);
	case STATE_TAG:
		return take_tag(repair, at, len);
	case STATE_QUOTED:
		return take_quoted(repair, at, len);
	case STATE_UNQUOTED:
		return take_unquoted(repair, at, len);
	case STATE_END_TAG:
		return take_end_tag(repair, at, len);
	case STATE_CDATA:
		return take_cdata(repair, at, len);
	case STATE_COMMENT:
		return skip_to(repair, at, len, "-->", state_outside(repair));
	case STATE_DECLARATION_COMMENT:
		return skip_to(repair, at, len, "-->", STATE_DECLARATION);
	case STATE_INSTRUCTION:
		return skip_to(repair, at, len, "?>", state_outside(repair));
	case STATE_DECLARATION:
		return take_declaration(repair, at, len);
	case STATE_EPILOG:
		return len;
	}
	return len;
}

static bool
is_tag(enum state state)
{
	return state == STATE_TAG || state == STATE_QUOTED || state == STATE_UNQUOTED;
}

/* @return how many bytes could be judged */
static size_t
run(struct repair *repair, const char *bytes, size_t len, struct error *err)
{
	size_t at = 0;

	while (at < len && !repair->is_failed) {
		enum state before = repair->state;
		size_t used = take(repair, bytes + at, len - at, err);

		if (is_tag(before))
			check_tag(repair, used, err);
		if (used == 0 && repair->state == before)
			break;
		at += used;
	}
	return at;
}

bool
repair_add(struct repair *repair, const char *bytes, size_t len, struct error *err)
{
	AUTO_BUF struct buf joined = repair->pending;
	size_t used;
	bool is_sent;

	repair->pending = (struct buf)BUF_EMPTY;
	if (joined.len > 0) {
		buf_add(&joined, bytes, len);
		bytes = joined.data;
		len = joined.len;
	}
	used = run(repair, bytes, len, err);
	if (repair->is_failed)
		return false;
	is_sent = send(repair, err);
	if (used < len)
		buf_add(&repair->pending, bytes + used, len - used);
	return is_sent;
}

bool
repair_end(struct repair *repair, struct error *err)
{
	const char *name;
	size_t len;

	repair->is_end = true;
	if (!repair_add(repair, "", 0, err))
		return false;
	if (repair->depth == 0)
		return true;
	name = open_name(repair, repair->depth - 1, &len);
	return error_set(err, ERROR_FORMAT, "cut short", "the document ends inside <%.*s>",
	    (int)len, name);
}
