/*
 * Lexemes that begin with a word and hold more than it.
 */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "rules/lexer_private.h"

#define DAY_S 86400
#define DATE_BYTES (sizeof("2025-07-22") - 1)

struct form {
	const char *word;
	enum lexeme_kind kind;
	bool (*read)(const struct lexer *lexer, struct lexeme *lexeme,
	    struct expression_error *error);
};

bool
lexer_is_word(const struct lexer *lexer, const struct lexeme *lexeme, const char *word)
{
	size_t len = lexeme->end - lexeme->at;

	return strlen(word) == len && memcmp(word, lexer->text + lexeme->at, len) == 0;
}

size_t
lexer_number(const struct lexer *lexer, size_t at, uint32_t *number)
{
	*number = 0;
	while (at < lexer->len && lexer->text[at] >= '0' && lexer->text[at] <= '9') {
		if (*number <= LEXER_NUMBER_MAX)
			*number = *number * 10 + (uint32_t)(lexer->text[at] - '0');
		at++;
	}
	return at;
}

/* The /n of NEAR/n, whose word ends at lexeme->end. */
static bool
read_distance(const struct lexer *lexer, struct lexeme *lexeme, const char *word,
    struct expression_error *error)
{
	size_t at = lexeme->end + 1;

	if (lexeme->end >= lexer->len || lexer->text[lexeme->end] != '/')
		return expression_error_set(error, lexeme->end,
		    "%s needs a distance in tokens: %s/10 (put the word in quotes to look "
		    "for it)",
		    word, word);
	lexeme->end = lexer_number(lexer, at, &lexeme->number);
	if (lexeme->end == at || !lexer_is_delimiter(lexer, lexeme->end))
		return expression_error_set(error, at,
		    "the distance of %s is a number of tokens (1 to %d)", word,
		    LEXER_DISTANCE_MAX);
	if (lexeme->number < 1 || lexeme->number > LEXER_DISTANCE_MAX)
		return expression_error_set(error, at,
		    "the distance of %s is out of range (1 to %d)", word,
		    LEXER_DISTANCE_MAX);
	return true;
}

static bool
read_near(const struct lexer *lexer, struct lexeme *lexeme, struct expression_error *error)
{
	return read_distance(
	    lexer, lexeme, lexeme->kind == LEXEME_NEAR ? "NEAR" : "BEFORE", error);
}

static bool
begins(const struct lexer *lexer, size_t at, const char *word)
{
	size_t len = strlen(word);

	return at + len <= lexer->len && memcmp(lexer->text + at, word, len) == 0;
}

/* UNLESS BEFORE/n and UNLESS AFTER/n: two words, one operator. */
static bool
read_unless(
    const struct lexer *lexer, struct lexeme *lexeme, struct expression_error *error)
{
	size_t at = lexer_skip_blanks(lexer, lexeme->end);
	bool is_before = begins(lexer, at, "BEFORE");

	if (!is_before && !begins(lexer, at, "AFTER"))
		return expression_error_set(error, lexeme->at,
		    "UNLESS is followed by BEFORE/n or AFTER/n: a UNLESS BEFORE/3 b (put the "
		    "word in quotes to look for it)");
	lexeme->kind = is_before ? LEXEME_UNLESS_BEFORE : LEXEME_UNLESS_AFTER;
	lexeme->end = at + strlen(is_before ? "BEFORE" : "AFTER");
	return read_distance(lexer, lexeme, is_before ? "BEFORE" : "AFTER", error);
}

static bool
refuse_after(
    const struct lexer *lexer, struct lexeme *lexeme, struct expression_error *error)
{
	return expression_error_set(error, lexeme->at,
	    "AFTER stands behind UNLESS only (a after b is written b BEFORE/n a; put the "
	    "word in quotes to look for it)");
}

static bool
refuse_of(const struct lexer *lexer, struct lexeme *lexeme, struct expression_error *error)
{
	return expression_error_set(error, lexeme->at,
	    "OF needs a number before it and a list behind it: 2 OF (a, b, c)");
}

/* COUNT( and FIRST(, with their parenthesis. */
static bool
read_list(const struct lexer *lexer, struct lexeme *lexeme, struct expression_error *error)
{
	size_t at = lexer_skip_blanks(lexer, lexeme->end);

	if (at >= lexer->len || lexer->text[at] != '(')
		return expression_error_set(error, lexeme->at,
		    lexeme->kind == LEXEME_COUNT
			? "COUNT needs a term in brackets: COUNT(a) >= 2 (put the word in "
			  "quotes to look for it)"
			: "FIRST needs two terms in brackets: FIRST(a, b) (put the word in "
			  "quotes to look for it)");
	lexeme->end = at + 1;
	return true;
}

/* amount(...), whose brackets belong to the text; without them it is a word. */
static bool
read_amount(
    const struct lexer *lexer, struct lexeme *lexeme, struct expression_error *error)
{
	const char *close;

	if (lexeme->end >= lexer->len || lexer->text[lexeme->end] != '(')
		return true;
	close = memchr(lexer->text + lexeme->end, ')', lexer->len - lexeme->end);
	if (close == NULL)
		return expression_error_set(
		    error, lexeme->at, "this amount( is not closed: amount(550bn USD)");
	lexeme->form = FIELD_AMOUNT;
	lexeme->text_end = lexeme->end = (size_t)(close - lexer->text) + 1;
	return lexer_is_delimiter(lexer, lexeme->end) ||
	       expression_error_set(
		   error, lexeme->end, "a blank is missing behind the amount");
}

/* n OF ( where the digits were read: a number alone stays a word. */
static void
read_of(const struct lexer *lexer, struct lexeme *lexeme)
{
	size_t at = lexer_skip_blanks(lexer, lexeme->end);
	uint32_t number;

	if (lexer_number(lexer, lexeme->at, &number) != lexeme->end ||
	    !begins(lexer, at, "OF"))
		return;
	at = lexer_skip_blanks(lexer, at + 2);
	if (at >= lexer->len || lexer->text[at] != '(')
		return;
	lexeme->kind = LEXEME_OF;
	lexeme->number = number;
	lexeme->end = at + 1;
}

static const struct form forms[] = {
	{ "AND", LEXEME_AND, NULL },
	{ "OR", LEXEME_OR, NULL },
	{ "NOT", LEXEME_NOT, NULL },
	{ "NEAR", LEXEME_NEAR, read_near },
	{ "BEFORE", LEXEME_BEFORE, read_near },
	{ "UNLESS", LEXEME_UNLESS_BEFORE, read_unless },
	{ "AFTER", LEXEME_TERM, refuse_after },
	{ "OF", LEXEME_TERM, refuse_of },
	{ "COUNT", LEXEME_COUNT, read_list },
	{ "FIRST", LEXEME_FIRST, read_list },
	{ "amount", LEXEME_TERM, read_amount },
};

bool
lexer_read_form(
    const struct lexer *lexer, struct lexeme *lexeme, struct expression_error *error)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (!lexer_is_word(lexer, lexeme, forms[i].word))
			continue;
		lexeme->kind = forms[i].kind;
		return forms[i].read == NULL || forms[i].read(lexer, lexeme, error);
	}
	read_of(lexer, lexeme);
	return true;
}

/* What stands behind a comparison: @return the sign's end, or 0 with error set */
static size_t
read_sign(const struct lexer *lexer, size_t at, enum comparison *comparison,
    struct expression_error *error)
{
	size_t used = at < lexer->len
			  ? comparison_read(lexer->text + at, lexer->len - at, comparison)
			  : 0;

	if (used > 0)
		return lexer_skip_blanks(lexer, at + used);
	(void)expression_error_set(
	    error, at, "a comparison is expected here (>= > <= < =)"); /* is told by 0 */
	return 0;
}

bool
lexer_read_published(
    const struct lexer *lexer, struct lexeme *lexeme, struct expression_error *error)
{
	AUTO_FREE char *time = NULL;
	int64_t day_ms;
	size_t at = read_sign(
	    lexer, lexer_skip_blanks(lexer, lexeme->end + 1), &lexeme->comparison, error);

	if (at == 0)
		return false;
	lexeme->kind = LEXEME_PUBLISHED;
	lexeme->text_at = at;
	lexeme->text_end = lexeme->end = at;
	while (!lexer_is_delimiter(lexer, lexeme->end))
		lexeme->text_end = ++lexeme->end;
	time = mem_printf("%.*sT00:00:00Z", (int)DATE_BYTES, lexer->text + at);
	if (lexeme->end - at != DATE_BYTES || !clock_parse(time, &day_ms) || day_ms < 0)
		return expression_error_set(error, at,
		    "a day is expected here, as in published: >= 2025-07-22 (1970 or later)");
	lexeme->number = (uint32_t)(day_ms / 1000 / DAY_S);
	return true;
}

bool
lexer_comparison(struct lexer *lexer, enum comparison *comparison, uint32_t *number,
    size_t *end, struct expression_error *error)
{
	size_t at =
	    read_sign(lexer, lexer_skip_blanks(lexer, lexer->at), comparison, error);
	size_t stop;

	if (at == 0)
		return false;
	stop = lexer_number(lexer, at, number);
	if (stop == at || !lexer_is_delimiter(lexer, stop) || *number > LEXER_NUMBER_MAX)
		return expression_error_set(
		    error, at, "a number is expected here (0 to %d)", LEXER_NUMBER_MAX);
	lexer->at = *end = stop;
	return true;
}
