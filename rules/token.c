/*
 * Splitting by a table of ranges: what is not named in it, above ASCII, is a letter.
 */
#include "rules/token.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"

#define PROLONGED_SOUND_MARK 0x30FC /* belongs to the kana before it */

struct range {
	uint32_t first, last;
	enum token_script script;
};

/* Ascending. Letters that NFKC has replaced (full width, letterlike) do not occur. */
static const struct range ranges[] = {
	{ 0x0080, 0x00B4, TOKEN_NONE },
	{ 0x00B6, 0x00BF, TOKEN_NONE },
	{ 0x00D7, 0x00D7, TOKEN_NONE },
	{ 0x00F7, 0x00F7, TOKEN_NONE },
	{ 0x02C2, 0x02DF, TOKEN_NONE },
	{ 0x037E, 0x037E, TOKEN_NONE },
	{ 0x0387, 0x0387, TOKEN_NONE },
	{ 0x055A, 0x055F, TOKEN_NONE },
	{ 0x0589, 0x058F, TOKEN_NONE },
	{ 0x05BE, 0x05BE, TOKEN_NONE },
	{ 0x05C0, 0x05C0, TOKEN_NONE },
	{ 0x05C3, 0x05C3, TOKEN_NONE },
	{ 0x05F3, 0x05F4, TOKEN_NONE },
	{ 0x0600, 0x060F, TOKEN_NONE },
	{ 0x061B, 0x061F, TOKEN_NONE },
	{ 0x066A, 0x066D, TOKEN_NONE },
	{ 0x06D4, 0x06D4, TOKEN_NONE },
	{ 0x0964, 0x0965, TOKEN_NONE },
	{ 0x0E3F, 0x0E3F, TOKEN_NONE },
	{ 0x0E4F, 0x0E4F, TOKEN_NONE },
	{ 0x0E5A, 0x0E5B, TOKEN_NONE },
	{ 0x1100, 0x11FF, TOKEN_HANGUL },
	{ 0x1361, 0x1368, TOKEN_NONE },
	{ 0x2000, 0x2BFF, TOKEN_NONE }, /* punctuation, currency, arrows, symbols */
	{ 0x2E00, 0x2E7F, TOKEN_NONE },
	{ 0x2E80, 0x2FDF, TOKEN_HAN }, /* radicals */
	{ 0x2FE0, 0x3004, TOKEN_NONE },
	{ 0x3005, 0x3007, TOKEN_HAN },
	{ 0x3008, 0x3020, TOKEN_NONE },
	{ 0x3021, 0x3029, TOKEN_HAN },
	{ 0x302A, 0x3030, TOKEN_NONE },
	{ 0x3031, 0x3035, TOKEN_HIRAGANA },
	{ 0x3036, 0x3037, TOKEN_NONE },
	{ 0x3038, 0x303C, TOKEN_HAN },
	{ 0x303D, 0x3040, TOKEN_NONE },
	{ 0x3041, 0x309F, TOKEN_HIRAGANA },
	{ 0x30A0, 0x30A0, TOKEN_NONE },
	{ 0x30A1, 0x30FA, TOKEN_KATAKANA },
	{ 0x30FB, 0x30FB, TOKEN_NONE }, /* the middle dot separates */
	{ 0x30FC, 0x30FF, TOKEN_KATAKANA },
	{ 0x3100, 0x312F, TOKEN_HAN }, /* Bopomofo: one character a token, too */
	{ 0x3130, 0x318F, TOKEN_HANGUL },
	{ 0x3190, 0x319F, TOKEN_NONE },
	{ 0x31A0, 0x31BF, TOKEN_HAN },
	{ 0x31C0, 0x31EF, TOKEN_NONE },
	{ 0x31F0, 0x31FF, TOKEN_KATAKANA },
	{ 0x3200, 0x33FF, TOKEN_NONE },
	{ 0x3400, 0x4DBF, TOKEN_HAN },
	{ 0x4DC0, 0x4DFF, TOKEN_NONE },
	{ 0x4E00, 0x9FFF, TOKEN_HAN },
	{ 0xA960, 0xA97F, TOKEN_HANGUL },
	{ 0xAC00, 0xD7FF, TOKEN_HANGUL },
	{ 0xE000, 0xF8FF, TOKEN_NONE },
	{ 0xF900, 0xFAFF, TOKEN_HAN },
	{ 0xFD3E, 0xFD3F, TOKEN_NONE },
	{ 0xFE00, 0xFE6F, TOKEN_NONE },
	{ 0xFEFF, 0xFEFF, TOKEN_NONE },
	{ 0xFF00, 0xFFFF, TOKEN_NONE },
	{ 0x1B000, 0x1B16F, TOKEN_HIRAGANA },
	{ 0x1D000, 0x1D37F, TOKEN_NONE },
	{ 0x1F000, 0x1FAFF, TOKEN_NONE },
	{ 0x20000, 0x3FFFF, TOKEN_HAN },
	{ 0xE0000, 0x10FFFF, TOKEN_NONE },
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static enum token_script
script_of(uint32_t c)
{
	size_t low = 0, high = sizeof(ranges) / sizeof(ranges[0]);

	if (c < 0x80)
		return is_letter((char)c) || is_digit((char)c) ? TOKEN_WORD : TOKEN_NONE;
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (c < ranges[middle].first)
			high = middle;
		else if (c > ranges[middle].last)
			low = middle + 1;
		else
			return ranges[middle].script;
	}
	return TOKEN_WORD;
}

static enum token_script
script_at(const char *text, size_t len, size_t at, size_t *used)
{
	uint32_t c = 0;

	*used = at < len ? text_decode(text + at, len - at, &c) : 0;
	if (*used == 0) { /* the end; or a stray byte, which text_fold() never leaves */
		*used = 1;
		return TOKEN_NONE;
	}
	return script_of(c);
}

/* Whether the dot at i stands between single letters: u.s */
static bool
is_abbreviation_dot(const char *text, size_t len, size_t start, size_t i)
{
	size_t used;

	if (!is_letter(text[i - 1]) || !is_letter(text[i + 1]))
		return false;
	if (i - 1 > start && text[i - 2] != '.')
		return false;
	return script_at(text, len, i + 2, &used) != TOKEN_WORD;
}

/* Whether the sign at i belongs to the word that began at start. */
static bool
is_inner(const char *text, size_t len, size_t start, size_t i)
{
	size_t used;

	if (i == start || i + 1 >= len)
		return false;
	switch (text[i]) {
	case '\'':
		return script_at(text, len, i + 1, &used) == TOKEN_WORD;
	case '.':
		return (is_digit(text[i - 1]) && is_digit(text[i + 1])) ||
		       is_abbreviation_dot(text, len, start, i);
	case ',':
		return is_digit(text[i - 1]) && is_digit(text[i + 1]);
	default:
		return false;
	}
}

static size_t
word_end(const char *text, size_t len, size_t start)
{
	size_t at = start, used;

	for (;;) {
		if (script_at(text, len, at, &used) == TOKEN_WORD)
			at += used;
		else if (at < len && is_inner(text, len, start, at))
			at++;
		else
			return at;
	}
}

static bool
is_prolonged(const char *text, size_t len, size_t at)
{
	uint32_t c = 0;

	return text_decode(text + at, len - at, &c) == 3 && c == PROLONGED_SOUND_MARK;
}

void
token_add(struct token_list *list, size_t at, size_t end, enum token_script script)
{
	mem_grow(list->items, list->count, list->cap);
	list->items[list->count++] = (struct token){ (uint32_t)at, (uint32_t)end, script };
}

void
token_split(const char *folded, size_t len, struct token_list *list)
{
	enum token_script before = TOKEN_NONE;
	size_t at = 0, used;

	while (at < len) {
		enum token_script script = script_at(folded, len, at, &used);
		size_t end = at + used;

		if (script == TOKEN_WORD)
			end = word_end(folded, len, at);
		else if (script == TOKEN_KATAKANA && before == TOKEN_HIRAGANA &&
			 is_prolonged(folded, len, at))
			script = TOKEN_HIRAGANA;
		if (script != TOKEN_NONE)
			token_add(list, at, end, script);
		before = script;
		at = end;
	}
}

size_t
token_find(const struct token_list *list, size_t at)
{
	size_t low = 0, high = list->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (list->items[middle].at < at)
			low = middle + 1;
		else
			high = middle;
	}
	return low < list->count && list->items[low].at == at ? low : list->count;
}

void
token_list_clear(struct token_list *list)
{
	free(list->items);
	*list = (struct token_list){ NULL, 0, 0 };
}
