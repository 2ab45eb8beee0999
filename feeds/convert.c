/*
 * From whatever encoding to UTF-8, as the bytes come.
 *
 * HEAD: the first bytes are held until the XML declaration is whole. ASCII: they pass,
 * since nothing has to be known of them. SAMPLE: from the first other byte on they are
 * held, to tell what they are. Then they are UTF-8 and pass, or go through iconv.
 */
#include "feeds/convert.h"

#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "feeds/charset.h"

#define HEAD_MAX_BYTES 1024
#define OUT_BYTES 4096
#define REST_MAX_BYTES 32 /* of a character that iconv has not seen whole */

enum state {
	STATE_HEAD,
	STATE_ASCII,
	STATE_SAMPLE,
	STATE_UTF8,
	STATE_MIXED, /* UTF-8, and bytes of windows-1252 where it is none */
	STATE_ICONV,
};

struct convert {
	enum state state;
	sink_fn *sink; /* borrowed, as ctx */
	void *ctx;
	const struct charset *declared; /* by the XML declaration; NULL: nothing known */
	const struct charset *header;   /* by the Content-Type */
	struct buf held;                /* of HEAD and SAMPLE; the rest of the others */
	iconv_t iconv;                  /* with has_iconv */
	bool has_iconv;
	size_t unit_bytes; /* skipped for what is invalid */
};

struct convert *
convert_new(const char *charset, sink_fn *sink, void *ctx)
{
	struct convert *convert = mem_zalloc(sizeof(*convert));

	convert->sink = sink;
	convert->ctx = ctx;
	if (charset != NULL)
		convert->header = charset_find(charset, strlen(charset));
	return convert;
}

void
convert_free(struct convert *convert)
{
	if (convert == NULL)
		return;
	if (convert->has_iconv)
		(void)iconv_close(convert->iconv); /* frees memory */
	buf_clear(&convert->held);
	free(convert);
}

/* -- iconv -- */

static bool
is_iconv(iconv_t iconv)
{
	return iconv != (iconv_t)-1; // NOLINT(performance-no-int-to-ptr): POSIX has it so
}

static bool
add_replacement(struct convert *convert, struct error *err)
{
	return convert->sink(convert->ctx, "\xEF\xBF\xBD", 3, err);
}

/* Convert what can be; *at moves behind it. What is invalid becomes U+FFFD; a character
 * that is cut at the end is left. */
static bool
run_iconv(struct convert *convert, const char **at, size_t *left, struct error *err)
{
	char out[OUT_BYTES];

	while (*left > 0) {
		char *in = (char *)*at; /* iconv() only reads */
		char *to = out;
		size_t room = sizeof(out);
		size_t result = iconv(convert->iconv, &in, left, &to, &room);
		int errno_value = errno;

		*at = in;
		if (room < sizeof(out) &&
		    !convert->sink(convert->ctx, out, sizeof(out) - room, err))
			return false;
		if (result != (size_t)-1 || errno_value == E2BIG)
			continue;
		if (errno_value == EINVAL && *left <= REST_MAX_BYTES)
			return true;
		if (!add_replacement(convert, err))
			return false;
		*at += *left < convert->unit_bytes ? *left : convert->unit_bytes;
		*left -= *left < convert->unit_bytes ? *left : convert->unit_bytes;
	}
	return true;
}

static bool
add_iconv(struct convert *convert, const char *bytes, size_t len, struct error *err)
{
	AUTO_BUF struct buf joined = BUF_EMPTY;

	if (convert->held.len > 0) { /* the rest of last time: a few bytes */
		joined = convert->held;
		convert->held = (struct buf)BUF_EMPTY;
		buf_add(&joined, bytes, len);
		bytes = joined.data;
		len = joined.len;
	}
	if (!run_iconv(convert, &bytes, &len, err))
		return false;
	if (len > 0)
		buf_add(&convert->held, bytes, len);
	return true;
}

/* -- what the document says -- */

static bool
is_white(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* encoding="..." of an XML declaration. @return NULL when it says none that is known */
static const struct charset *
declared_charset(const char *head, size_t len)
{
	const char *at = memmem(head, len, "encoding", 8);
	const char *end = head + len, *begin;
	char quote;

	if (at == NULL)
		return NULL;
	at += 8;
	while (at < end && (is_white(*at) || *at == '='))
		at++;
	if (at == end || (*at != '"' && *at != '\''))
		return NULL;
	quote = *at++;
	begin = at;
	while (at < end && *at != quote)
		at++;
	return charset_find(begin, (size_t)(at - begin));
}

/* What the first bytes tell without a word. */
static const struct mark {
	const char *bytes;
	size_t len;
	size_t skip; /* of a byte order mark */
	const char *iconv;
} marks[] = {
	{ "\xEF\xBB\xBF", 3, 3, NULL },
	{ "\xFF\xFE\0\0", 4, 4, "UTF-32LE" },
	{ "\0\0\xFE\xFF", 4, 4, "UTF-32BE" },
	{ "\xFF\xFE", 2, 2, "UTF-16LE" },
	{ "\xFE\xFF", 2, 2, "UTF-16BE" },
	{ "<\0\0\0", 4, 0, "UTF-32LE" },
	{ "\0\0\0<", 4, 0, "UTF-32BE" },
	{ "<\0", 2, 0, "UTF-16LE" },
	{ "\0<", 2, 0, "UTF-16BE" },
};

static const struct mark *
find_mark(const struct buf *head)
{
	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
		if (head->len >= marks[i].len &&
		    memcmp(head->data, marks[i].bytes, marks[i].len) == 0)
			return &marks[i];
	}
	return NULL;
}

/*
 * EBCDIC: the code pages have the letters of a declaration in common, so it is read in one
 * of them.
 *
 * @return NULL when the document is none
 */
static const struct charset *
ebcdic_charset(const struct buf *head)
{
	const struct charset *common = charset_find("cp037", 5), *declared;
	char text[HEAD_MAX_BYTES];
	char *in = head->data, *to = text;
	size_t left = head->len, room = sizeof(text);
	iconv_t open;

	if (head->len < 4 || memcmp(head->data, "\x4C\x6F\xA7\x94", 4) != 0)
		return NULL;
	open = iconv_open("UTF-8", common->iconv);
	if (!is_iconv(open))
		return NULL;
	(void)iconv(open, &in, &left, &to, &room); /* as far as it goes */
	(void)iconv_close(open);                   /* frees memory */
	declared = declared_charset(text, sizeof(text) - room);
	return declared != NULL && declared->kind == CHARSET_WIDE ? declared : common;
}

/* -- deciding -- */

static bool
start_iconv(struct convert *convert, const char *name, struct error *err)
{
	bool is_16 = strncmp(name, "UTF-16", 6) == 0,
	     is_32 = strncmp(name, "UTF-32", 6) == 0;

	convert->iconv = iconv_open("UTF-8", name);
	if (!is_iconv(convert->iconv))
		return error_set(err, ERROR_SYSTEM, "no feed",
		    "this system's iconv does not know %s", name);
	convert->has_iconv = true;
	convert->unit_bytes = is_16 ? 2 : is_32 ? 4 : 1;
	convert->state = STATE_ICONV;
	return true;
}

/* The white space in front, as far as it may go. */
static size_t
white_length(const struct buf *head)
{
	size_t at = 0;

	while (at < head->len && at < HEAD_MAX_BYTES && is_white(head->data[at]))
		at++;
	return at;
}

/* The end of the XML declaration in the first bytes, or NULL. */
static const char *
declaration_end(const struct buf *head, const char *mark)
{
	size_t len = head->len < HEAD_MAX_BYTES ? head->len : HEAD_MAX_BYTES;

	return memmem(buf_text(head), len, mark, 2);
}

/* Whether more bytes could change what the head says. */
static bool
is_head_whole(const struct buf *head)
{
	size_t at, len;

	if (head->len >= HEAD_MAX_BYTES)
		return true;
	if (head->len < 4)
		return false;
	if (memcmp(head->data, "\x4C\x6F\xA7\x94", 4) == 0)
		return declaration_end(head, "\x6F\x6E") != NULL;
	at = white_length(head);
	len = head->len - at < 5 ? head->len - at : 5;
	if (memcmp(head->data + at, "<?xml", len) != 0)
		return true;
	return declaration_end(head, "?>") != NULL;
}

static const struct charset *
read_declaration(const struct buf *head)
{
	size_t at = white_length(head);
	const char *begin = buf_text(head) + at;
	const char *end = declaration_end(head, "?>");

	if (head->len - at < 5 || memcmp(begin, "<?xml", 5) != 0 || end == NULL)
		return NULL;
	return declared_charset(begin, (size_t)(end - begin));
}

/* @param skip  out: bytes of a byte order mark */
static bool
settle_head(struct convert *convert, size_t *skip, struct error *err)
{
	const struct mark *mark = find_mark(&convert->held);
	const struct charset *ebcdic = ebcdic_charset(&convert->held);
	const struct charset *said;

	*skip = 0;
	convert->declared = read_declaration(&convert->held);
	said = convert->declared != NULL ? convert->declared : convert->header;
	convert->state = STATE_ASCII;
	if (mark != NULL) {
		*skip = mark->skip;
		convert->state = STATE_UTF8;
		return mark->iconv == NULL || start_iconv(convert, mark->iconv, err);
	}
	if (ebcdic != NULL)
		return start_iconv(convert, ebcdic->iconv, err);
	if (said != NULL && said->kind == CHARSET_SHIFTING)
		return start_iconv(convert, said->iconv, err);
	return true;
}

/* The length without a character that is cut at the end. */
static size_t
whole_length(const struct buf *sample)
{
	size_t len = sample->len, back = 1;
	uint32_t c;

	while (back < 4 && back < len &&
	       ((unsigned char)sample->data[len - back] & 0xC0) == 0x80)
		back++;
	if (back > len || (unsigned char)sample->data[len - back] < 0xC0)
		return len;
	return text_decode(sample->data + len - back, back, &c) == 0 ? len - back : len;
}

static bool
has_utf8(const struct buf *sample)
{
	uint32_t c;

	for (size_t at = 0; at < sample->len; at++) {
		if (text_decode(sample->data + at, sample->len - at, &c) > 1)
			return true;
	}
	return false;
}

static bool
can_be(const struct charset *charset)
{
	return charset != NULL && charset->iconv != NULL && charset->kind == CHARSET_ASCII;
}

static bool
settle_sample(struct convert *convert, struct error *err)
{
	struct buf sample = convert->held; /* borrowed; the same however the bytes came */

	if (sample.len >= CONVERT_SAMPLE_BYTES) {
		sample.len = CONVERT_SAMPLE_BYTES;
		sample.len = whole_length(&sample);
	}
	if (text_is_utf8(buf_text(&sample), sample.len)) {
		convert->state = STATE_UTF8;
		return true;
	}
	if (can_be(convert->declared))
		return start_iconv(convert, convert->declared->iconv, err);
	if (can_be(convert->header))
		return start_iconv(convert, convert->header->iconv, err);
	convert->state = has_utf8(&sample) ? STATE_UTF8 : STATE_MIXED;
	return true;
}

/* -- bytes -- */

static bool
add_ascii(struct convert *convert, const char *bytes, size_t len, struct error *err)
{
	size_t at = 0;

	while (at < len && (unsigned char)bytes[at] < 0x80)
		at++;
	if (at > 0 && !convert->sink(convert->ctx, bytes, at, err))
		return false;
	if (at == len)
		return true;
	convert->state = STATE_SAMPLE;
	buf_add(&convert->held, bytes + at, len - at);
	return true;
}

/* A cut character at the end is held, unless is_end. */
static bool
add_mixed(
    struct convert *convert, const char *bytes, size_t len, bool is_end, struct error *err)
{
	AUTO_BUF struct buf in = convert->held;
	AUTO_BUF struct buf out = BUF_EMPTY;
	size_t whole;

	convert->held = (struct buf)BUF_EMPTY;
	buf_add(&in, bytes, len);
	whole = is_end ? in.len : whole_length(&in);
	for (size_t at = 0; at < whole;) {
		uint32_t c;
		size_t used = text_decode(in.data + at, whole - at, &c);

		if (used > 0)
			buf_add(&out, in.data + at, used);
		else
			text_encode(&out, charset_windows_1252((unsigned char)in.data[at]));
		at += used > 0 ? used : 1;
	}
	buf_add(&convert->held, in.data + whole, in.len - whole);
	return convert->sink(convert->ctx, buf_text(&out), out.len, err);
}

/* Give bytes on as the state says, or hold them. */
static bool
pass(struct convert *convert, const char *bytes, size_t len, struct error *err)
{
	switch (convert->state) {
	case STATE_HEAD:
	case STATE_SAMPLE:
		buf_add(&convert->held, bytes, len);
		return true;
	case STATE_ASCII:
		return add_ascii(convert, bytes, len, err);
	case STATE_UTF8:
		return convert->sink(convert->ctx, bytes, len, err);
	case STATE_MIXED:
		return add_mixed(convert, bytes, len, false, err);
	case STATE_ICONV:
		return add_iconv(convert, bytes, len, err);
	}
	return true;
}

/* What was held goes on, now that the state is another. */
static bool
release(struct convert *convert, size_t skip, struct error *err)
{
	AUTO_BUF struct buf held = convert->held;

	convert->held = (struct buf)BUF_EMPTY;
	return held.len == skip || pass(convert, held.data + skip, held.len - skip, err);
}

static bool
leave_head(struct convert *convert, struct error *err)
{
	size_t skip;

	return settle_head(convert, &skip, err) && release(convert, skip, err);
}

static bool
leave_sample(struct convert *convert, struct error *err)
{
	return settle_sample(convert, err) && release(convert, 0, err);
}

bool
convert_add(struct convert *convert, const char *bytes, size_t len, struct error *err)
{
	if (len > 0 && !pass(convert, bytes, len, err))
		return false;
	if (convert->state == STATE_HEAD && is_head_whole(&convert->held) &&
	    !leave_head(convert, err))
		return false;
	return convert->state != STATE_SAMPLE || convert->held.len < CONVERT_SAMPLE_BYTES ||
	       leave_sample(convert, err);
}

bool
convert_end(struct convert *convert, struct error *err)
{
	if (convert->state == STATE_HEAD && !leave_head(convert, err))
		return false;
	if (convert->state == STATE_SAMPLE && !leave_sample(convert, err))
		return false;
	if (convert->state == STATE_MIXED && !add_mixed(convert, "", 0, true, err))
		return false;
	return convert->state != STATE_ICONV || convert->held.len == 0 ||
	       add_replacement(convert, err);
}
