/*
 * Text folded for comparison, and the way back to where it stood.
 *
 * One core walks the text once and gives pieces of folded text, each with the span of bytes
 * it came from; text_fold() keeps the text, a text_map the spans. A segment is what
 * normalisation must see together: a character and the marks on it.
 */
#include "base/text.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

#include "base/buf.h"
#include "base/han.h"
#include "base/mem.h"

/* Unicode's Stream-Safe Text Format stops at 30 marks; ordering costs the square of this.
 */
#define FOLD_SEGMENT_MAX 32
#define FOLD_RUN_MAX 256

/* len bytes of folded text from the bytes [from, to) of the original; is_bytewise: each
 * byte from one of its own. */
struct piece {
	const char *bytes;
	size_t len;
	size_t from, to;
	bool is_bytewise;
};

typedef void piece_fn(void *ctx, const struct piece *piece);

struct fold {
	piece_fn *on_piece;
	void *ctx;
	utf8proc_int32_t segment[FOLD_SEGMENT_MAX]; /* decomposed */
	size_t count;
	size_t from, to;
	bool has_blank; /* white space was read and not yet given */
	size_t blank_from, blank_to;
	bool has_output;
	bool is_after_cjk; /* the last character that is no mark */
};

/* Han, kana, bopomofo and their punctuation: scripts that write no blanks. */
static bool
is_cjk(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0x2E80, 0x2FFF },
		{ 0x3001, 0x3029 },
		{ 0x3031, 0x3098 }, /* 302A-302F are marks, 3099 and 309A too */
		{ 0x309B, 0x312F },
		{ 0x31A0, 0x31FF },
		{ 0x3400, 0x9FFF },
		{ 0xF900, 0xFAFF },
		{ 0x16FE2, 0x16FE3 },
		{ 0x1AFF0, 0x1B16F },
		{ 0x20000, 0x3FFFF },
	};

	for (size_t i = 0; c >= ranges[0].first && i < sizeof(ranges) / sizeof(*ranges);
	     i++) {
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	}
	return false;
}

static bool
is_mark(const utf8proc_property_t *property)
{
	return property->category == UTF8PROC_CATEGORY_MN ||
	       property->category == UTF8PROC_CATEGORY_MC ||
	       property->category == UTF8PROC_CATEGORY_ME;
}

/* Whether normalisation may join c to what stands before it. */
static bool
is_joining(uint32_t c, const utf8proc_property_t *property)
{
	if (property->combining_class > 0 || is_mark(property))
		return true;
	/* Hangul vowels and tails; Kirat Rai vowels (Unicode 16), letters that compose */
	return (c >= 0x1160 && c <= 0x11FF) || (c >= 0x16D63 && c <= 0x16D67);
}

/* Unicode's Quotation_Mark, the primes, and what else is written for an apostrophe. */
static bool
is_quote(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0x22, 0x22 },
		{ 0x27, 0x27 },
		{ 0x60, 0x60 },
		{ 0xAB, 0xAB },
		{ 0xB4, 0xB4 },
		{ 0xBB, 0xBB },
		{ 0x2B9, 0x2BD }, /* modifier letters: prime, comma, turned comma */
		{ 0x2C8, 0x2C8 },
		{ 0x55A, 0x55A },
		{ 0x5F3, 0x5F4 },
		{ 0x1FFD, 0x1FFD },
		{ 0x2018, 0x201F },
		{ 0x2032, 0x2037 },
		{ 0x2039, 0x203A },
		{ 0x2E42, 0x2E42 },
		{ 0x300C, 0x300F },
		{ 0x301D, 0x301F },
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++) {
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	}
	return false;
}

/* Characters that stand for one another, after decomposition: one of them for all. */
static uint32_t
unify(uint32_t c, const utf8proc_property_t *property)
{
	switch (property->category) {
	case UTF8PROC_CATEGORY_ZS:
	case UTF8PROC_CATEGORY_ZL:
	case UTF8PROC_CATEGORY_ZP:
		return ' ';
	case UTF8PROC_CATEGORY_PD:
		return '-';
	default:
		break;
	}
	if (property->category == UTF8PROC_CATEGORY_LO)
		return han_form(c);
	if ((c >= '\t' && c <= '\r') || c == 0x85)
		return ' ';
	if (c == 0x2212 || c == 0x2043 ||
	    c == 0x2D7) /* minus, hyphen bullet, its modifier */
		return '-';
	return is_quote(c) ? '\'' : c;
}

static void
give(struct fold *fold, const struct piece *piece)
{
	fold->has_output = true;
	fold->on_piece(fold->ctx, piece);
}

/* White space that was read counts only now that something follows it. */
static void
give_blank(struct fold *fold, bool is_before_cjk)
{
	struct piece blank = { " ", 1, fold->blank_from, fold->blank_to, false };

	if (!fold->has_blank)
		return;
	fold->has_blank = false;
	if (fold->has_output && !(fold->is_after_cjk && is_before_cjk))
		give(fold, &blank);
}

/* Canonical order: marks by their class, those of one class as they came. */
static void
put_in_order(utf8proc_int32_t *segment, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		utf8proc_int32_t c = segment[i];
		int class = utf8proc_get_property(c)->combining_class;
		size_t at = i;

		while (class > 0 && at > 0 &&
		       utf8proc_get_property(segment[at - 1])->combining_class > class) {
			segment[at] = segment[at - 1];
			at--;
		}
		segment[at] = c;
	}
}

static void
end_segment(struct fold *fold)
{
	char bytes[FOLD_SEGMENT_MAX * 4];
	struct piece piece = { bytes, 0, fold->from, fold->to, false };
	size_t count = fold->count;

	if (count == 0)
		return;
	if (count > 1) {
		put_in_order(fold->segment, count);
		count = (size_t)utf8proc_normalize_utf32(fold->segment,
		    (utf8proc_ssize_t)count, UTF8PROC_COMPOSE | UTF8PROC_STABLE);
	}
	for (size_t i = 0; i < count; i++)
		piece.len += (size_t)utf8proc_encode_char(
		    fold->segment[i], (utf8proc_uint8_t *)bytes + piece.len);
	fold->count = 0;
	give(fold, &piece);
}

/* Take one decomposed character that came from the bytes [from, to). */
static void
take(struct fold *fold, uint32_t c, size_t from, size_t to)
{
	const utf8proc_property_t *property = utf8proc_get_property((utf8proc_int32_t)c);
	bool is_joined = is_joining(c, property);

	c = unify(c, property);
	if (!is_joined || fold->count == FOLD_SEGMENT_MAX)
		end_segment(fold);
	if (c == ' ') {
		fold->blank_from = fold->has_blank ? fold->blank_from : from;
		fold->blank_to = to;
		fold->has_blank = true;
		return;
	}
	if (fold->count == 0) {
		give_blank(fold, is_cjk(c));
		fold->from = from;
	}
	if (!is_mark(property))
		fold->is_after_cjk = is_cjk(c);
	fold->segment[fold->count++] = (utf8proc_int32_t)c;
	fold->to = to;
}

static void
take_whole(struct fold *fold, uint32_t c, size_t from, size_t to)
{
	utf8proc_int32_t parts[FOLD_SEGMENT_MAX]; /* the longest decomposition is 18 */
	utf8proc_ssize_t count = 0;

	/* an accent used as an apostrophe would decompose into a blank and a mark */
	if (is_quote(c))
		c = '\'';
	count = utf8proc_decompose_char((utf8proc_int32_t)c, parts, FOLD_SEGMENT_MAX,
	    UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE,
	    NULL);
	for (utf8proc_ssize_t i = 0; i < count && i < FOLD_SEGMENT_MAX; i++)
		take(fold, (uint32_t)parts[i], from, to);
}

/* ASCII that folds byte by byte; NUL for what does not: blanks, and what is not ASCII. */
static char
fold_ascii(char c)
{
	unsigned char byte = (unsigned char)c;

	if (byte <= ' ' || byte >= 0x7F)
		return '\0';
	if (c >= 'A' && c <= 'Z')
		return (char)(c + 'a' - 'A');
	if (c == '"' || c == '`')
		return '\'';
	return c;
}

/* How far text is ASCII that no mark can join, with single blanks inside, folded into
 * bytes.
 */
static size_t
fold_ascii_run(const char *text, size_t len, char bytes[FOLD_RUN_MAX])
{
	size_t count = 0;

	while (count < len && count < FOLD_RUN_MAX) {
		char c = fold_ascii(text[count]);

		if (text[count] == ' ' && count > 0 && bytes[count - 1] != ' ')
			c = ' ';
		if (c == '\0')
			break;
		bytes[count++] = c;
	}
	/* the last one may be joined by what is not ASCII */
	if (count > 0 && count < len && (unsigned char)text[count] >= 0x80)
		count--;
	/* what follows a blank decides about it */
	return count > 0 && bytes[count - 1] == ' ' ? count - 1 : count;
}

/* Take the ASCII that stands at the beginning of text. @return bytes taken */
static size_t
take_ascii(struct fold *fold, const char *text, size_t len, size_t at)
{
	char bytes[FOLD_RUN_MAX];
	struct piece piece = { bytes, fold_ascii_run(text, len, bytes), at, at, true };

	if (piece.len == 0)
		return 0;
	end_segment(fold);
	give_blank(fold, false);
	fold->is_after_cjk = false;
	piece.to = at + piece.len;
	give(fold, &piece);
	return piece.len;
}

/* Take one character. @return bytes taken */
static size_t
take_char(struct fold *fold, const char *text, size_t len, size_t at)
{
	uint32_t c = 0xFFFD;
	size_t used = text_decode(text, len, &c);

	/* what is not UTF-8 is the caller's mistake, but must not hold us for ever */
	if (used == 0)
		used = 1;
	take_whole(fold, c, at, at + used);
	return used;
}

static void
fold_text(const char *text, size_t len, piece_fn *on_piece, void *ctx)
{
	struct fold fold = { .on_piece = on_piece, .ctx = ctx };
	size_t at = 0;

	while (at < len) {
		size_t used = take_ascii(&fold, text + at, len - at, at);

		at += used > 0 ? used : take_char(&fold, text + at, len - at, at);
	}
	end_segment(&fold);
}

static void
keep_text(void *ctx, const struct piece *piece)
{
	buf_add(ctx, piece->bytes, piece->len);
}

void
text_fold(struct buf *out, const char *text, size_t len)
{
	fold_text(text, len, keep_text, out);
}

void
text_normalize(struct buf *out, const char *text, size_t len)
{
	utf8proc_uint8_t *normal = NULL;
	utf8proc_ssize_t count =
	    utf8proc_map((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)len, &normal,
		UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_IGNORE);

	if (count > 0)
		buf_add(out, normal, (size_t)count);
	free(normal); /* the library takes it from malloc() */
}

/* -- the way back -- */

struct text_map_piece {
	uint32_t folded_at;           /* the first byte it gave */
	uint32_t from, to;            /* bytes of the original */
	uint32_t chars_at, chars_end; /* the same in characters */
	bool is_bytewise;             /* ASCII: each byte from one of its own */
};

/* Building a map: characters are counted up to where the last piece began and ended. */
struct mapping {
	struct text_map *map;
	const char *text;
	size_t counted, chars; /* bytes, and the characters in them */
};

/* Characters in the first `to` bytes; called with places that hardly ever go back. */
static size_t
chars_until(struct mapping *mapping, size_t to)
{
	if (to < mapping->counted)
		return mapping->chars -
		       text_chars(mapping->text + to, mapping->counted - to);
	mapping->chars +=
	    text_chars(mapping->text + mapping->counted, to - mapping->counted);
	mapping->counted = to;
	return mapping->chars;
}

static void
keep_piece(void *ctx, const struct piece *piece)
{
	struct mapping *mapping = ctx;
	struct text_map *map = mapping->map;
	struct text_map_piece *kept;

	mem_grow(map->pieces, map->count, map->cap);
	kept = &map->pieces[map->count++];
	kept->folded_at = (uint32_t)map->folded_len;
	kept->from = (uint32_t)piece->from;
	kept->to = (uint32_t)piece->to;
	kept->chars_at = (uint32_t)chars_until(mapping, piece->from);
	kept->chars_end = (uint32_t)chars_until(mapping, piece->to);
	kept->is_bytewise = piece->is_bytewise;
	map->folded_len += piece->len;
}

void
text_map_make(struct text_map *map, const char *text, size_t len)
{
	struct mapping mapping = { .map = map, .text = text };

	assert(len <= UINT32_MAX);
	map->count = 0;
	map->folded_len = 0;
	fold_text(text, len, keep_piece, &mapping);
	map->len = len;
	map->chars = chars_until(&mapping, len);
}

/* The piece that gave this byte, which is one of the folded text. */
static const struct text_map_piece *
find_piece(const struct text_map *map, size_t folded_at)
{
	size_t low = 0, high = map->count;

	while (high - low > 1) {
		size_t middle = (low + high) / 2;

		if (map->pieces[middle].folded_at <= folded_at)
			low = middle;
		else
			high = middle;
	}
	return &map->pieces[low];
}

struct text_place
text_map_place(const struct text_map *map, size_t folded_at, size_t folded_len)
{
	struct text_place place = { map->len, map->len, map->chars, 0 };
	const struct text_map_piece *first, *last;
	size_t end, skipped = 0, left_out = 0;

	if (folded_at >= map->folded_len)
		return place;
	end = folded_len < map->folded_len - folded_at ? folded_at + folded_len
						       : map->folded_len;
	first = find_piece(map, folded_at);
	last = folded_len == 0 ? first : find_piece(map, end - 1);
	if (first->is_bytewise)
		skipped = folded_at - first->folded_at;
	place.from = place.to = first->from + skipped;
	place.at = first->chars_at + skipped;
	if (folded_len == 0)
		return place;
	if (last->is_bytewise)
		left_out = last->folded_at + (last->to - last->from) - end;
	place.to = last->to - left_out;
	place.length = last->chars_end - left_out - place.at;
	return place;
}

void
text_map_clear(struct text_map *map)
{
	free(map->pieces);
	*map = (struct text_map){ .pieces = NULL };
}
