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
 * blanks and line breaks between two CJK characters removed. The same for rules and for
 * entries. Blanks at the ends go. text must be valid UTF-8. Folding what is folded changes
 * nothing.
 */
void text_fold(struct buf *out, const char *text, size_t len);

/**
 * Where a span of folded text stands in the original. Folds again: for what is shown, not
 * for what is scanned.
 *
 * @param at, length  out: characters (code points) of text, the whole of every original
 *                    character that gave a byte of the span
 */
void text_fold_place(const char *text, size_t len, size_t folded_at, size_t folded_len,
    size_t *at, size_t *length);

/** Append with control characters (C0, DEL, C1, bidi controls) as \xNN or \u{NNNN}. */
void text_escape(struct buf *out, const char *text, size_t len);

#endif
