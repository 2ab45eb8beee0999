/*
 * Folding, character by character, with the library.
 */
#include "base/fold_walk.h"

#include <utf8proc.h>

#include "base/han.h"
#include "base/text.h"

#define FOLD_RUN_MAX 256

/* Han, kana, bopomofo and their punctuation: scripts that write no blanks. */
bool
fold_is_cjk(uint32_t c)
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
give(struct fold *fold, const struct fold_piece *piece)
{
	fold->has_output = true;
	fold->on_piece(fold->ctx, piece);
}

/* White space that was read counts only now that something follows it. */
static void
give_blank(struct fold *fold, bool is_before_cjk)
{
	struct fold_piece blank = { " ", 1, fold->blank_from, fold->blank_to, false };

	if (!fold->has_blank)
		return;
	fold->has_blank = false;
	if (fold->has_output && !(fold->is_after_cjk && is_before_cjk))
		give(fold, &blank);
}

/* Canonical order: marks by their class, those of one class as they came. */
static void
put_in_order(int32_t *segment, size_t count)
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

void
fold_end_segment(struct fold *fold)
{
	char bytes[FOLD_SEGMENT_MAX * 4];
	struct fold_piece piece = { bytes, 0, fold->from, fold->to, false };
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
		fold_end_segment(fold);
	if (c == ' ') {
		fold->blank_from = fold->has_blank ? fold->blank_from : from;
		fold->blank_to = to;
		fold->has_blank = true;
		return;
	}
	if (fold->count == 0) {
		give_blank(fold, fold_is_cjk(c));
		fold->from = from;
	}
	if (!is_mark(property))
		fold->is_after_cjk = fold_is_cjk(c);
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
	struct fold_piece piece = { bytes, fold_ascii_run(text, len, bytes), at, at, true };

	if (piece.len == 0)
		return 0;
	fold_end_segment(fold);
	give_blank(fold, false);
	fold->is_after_cjk = false;
	piece.to = at + piece.len;
	give(fold, &piece);
	return piece.len;
}

size_t
fold_char(struct fold *fold, const char *text, size_t len, size_t at)
{
	uint32_t c = 0xFFFD;
	size_t used = text_decode(text, len, &c);

	/* what is not UTF-8 is the caller's mistake, but must not hold us for ever */
	if (used == 0)
		used = 1;
	take_whole(fold, c, at, at + used);
	return used;
}

void
fold_walk(const char *text, size_t len, fold_piece_fn *on_piece, void *ctx)
{
	struct fold fold = { .on_piece = on_piece, .ctx = ctx };
	size_t at = 0;

	while (at < len) {
		size_t used = take_ascii(&fold, text + at, len - at, at);

		at += used > 0 ? used : fold_char(&fold, text + at, len - at, at);
	}
	fold_end_segment(&fold);
}
