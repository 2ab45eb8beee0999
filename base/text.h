/*
 * UTF-8: made valid, measured, folded for comparison, escaped for showing.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

/** @return whether all len bytes are valid UTF-8 (no surrogates, no overlong forms; NUL is)
 */
bool text_is_utf8(const char *text, size_t len);
/**
 * Decode one character. @return bytes used, 1 to 4, with *c set; 0 when the bytes at text
 * are no valid beginning, or too few
 */
size_t text_decode(const char *text, size_t len, uint32_t *c);
/**
 * How many bytes are the next character, or its valid beginning (WHATWG's maximal subpart);
 * at least 1, also for a byte that begins nothing. len is not 0.
 *
 * @param is_whole  out: whether it is a valid character
 */
size_t text_measure(const char *text, size_t len, bool *is_whole);
/** Append one character as UTF-8. */
void text_encode(struct buf *out, uint32_t c);
/** Append text with every invalid byte sequence as one U+FFFD (WHATWG's maximal subparts).
 */
void text_repair(struct buf *out, const char *text, size_t len);
/** An ASCII letter in lower case, whatever the locale; all else as it is. */
static inline char
text_lower(char c)
{
	if (c < 'A' || c > 'Z')
		return c;
	return (char)(c + ('a' - 'A'));
}
/** @return characters (code points) in valid UTF-8 */
size_t text_chars(const char *text, size_t len);
/** @return the greatest n <= max so that the first n bytes end at a character */
size_t text_cut(const char *text, size_t len, size_t max);

/**
 * Append the folded form: NFKC and full case fold mapped together, dashes to '-', quotes
 * and apostrophes to '\'', runs of white space to one blank, zero-width characters dropped,
 * blanks and line breaks between two CJK characters removed, each Han character to one
 * form (base/han.h). The same for rules and for entries. Blanks at the ends go. text must
 * be valid UTF-8. Folding what is folded changes nothing.
 */
void text_fold(struct buf *out, const char *text, size_t len);

/** Append the text in NFKC, with its case and its variants. */
void text_normalize(struct buf *out, const char *text, size_t len);

/* The way back from folded text to the original. */
struct text_map {
	struct text_map_piece *pieces; /* owned */
	size_t count, cap;
	size_t folded_len, len, chars; /* of the whole: folded, original */
};

/* The whole of every original character that gave a byte of a folded span. */
struct text_place {
	size_t from, to;   /* bytes */
	size_t at, length; /* characters (code points) */
};

/** Make the map of what text_fold() gives for this text. An old map's room is used again.
 */
void text_map_make(struct text_map *map, const char *text, size_t len);
/** An empty span stands before the character that would be its first. */
struct text_place text_map_place(
    const struct text_map *map, size_t folded_at, size_t folded_len);
void text_map_clear(struct text_map *map);

/** Append with control characters (C0, DEL, C1, bidi controls) as \xNN or \u{NNNN}. */
void text_escape(struct buf *out, const char *text, size_t len);

#endif
