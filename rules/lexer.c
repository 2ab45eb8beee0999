/*
 * Cutting by the first character. What RULES has and we do not read yet is named as such:
 * it is never taken for a word.
 */
#include "rules/lexer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

static const struct {
	const char *word;
	enum lexeme_kind kind;
} operators[] = {
	{ "AND", LEXEME_AND },
	{ "OR", LEXEME_OR },
	{ "NOT", LEXEME_NOT },
};

/* Words in capitals that are operators of the language, but not of this version. */
static const char *const unknown_operators[] = { "AFTER", "UNLESS", "COUNT", "FIRST",
	NULL };

bool
expression_error_set(struct expression_error *error, size_t at, const char *format, ...)
{
	va_list args;

	error->at = at;
	va_start(args, format);
	/* clang-tidy 14 forgets va_start() when it reads several files in one run */
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
	vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
	return false;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

static bool
is_delimiter(const struct lexer *lexer, size_t at)
{
	char c;

	if (at >= lexer->len)
		return true;
	c = lexer->text[at];
	return is_blank(c) || c == '(' || c == ')' || c == '"' || c == ',';
}

/* Signs that may stand in a word; all beyond ASCII may, but for typographic quotes. */
static bool
is_word_byte(char c)
{
	return (unsigned char)c >= 0x80 || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("-'.&*_", c) != NULL);
}

/* One character as text, for messages. */
static int
char_len(const struct lexer *lexer, size_t at)
{
	uint32_t c;

	return (int)text_decode(lexer->text + at, lexer->len - at, &c);
}

static bool
is_typographic_quote(const struct lexer *lexer, size_t at)
{
	uint32_t c = 0;

	text_decode(lexer->text + at, lexer->len - at, &c);
	return c >= 0x201C && c <= 0x201F;
}

/* @name and &name */
static bool
read_name(struct lexer *lexer, struct lexeme *lexeme, struct expression_error *error)
{
	char sign = lexer->text[lexer->at];
	size_t end = lexer->at + 1;

	while (end < lexer->len && is_name(lexer->text[end]))
		end++;
	if (end == lexer->at + 1)
		return expression_error_set(error, lexer->at,
		    "%c is not followed by a name (letters a-z, digits, -)", sign);
	if (!is_delimiter(lexer, end))
		return expression_error_set(error, end,
		    "'%.*s' cannot stand in a name (letters a-z, digits, -)",
		    char_len(lexer, end), lexer->text + end);
	lexeme->kind = sign == '@' ? LEXEME_SET : LEXEME_DEFINE;
	lexeme->text_at = lexer->at + 1;
	lexeme->text_end = lexeme->end = end;
	return true;
}

static bool
read_phrase(struct lexer *lexer, struct lexeme *lexeme, struct expression_error *error)
{
	const char *begin = lexer->text + lexer->at + 1;
	const char *quote = memchr(begin, '"', lexer->len - lexer->at - 1);

	if (quote == NULL)
		return expression_error_set(
		    error, lexer->at, "this quote is not closed (\"...\" is a phrase)");
	lexeme->kind = LEXEME_TERM;
	lexeme->is_quoted = true;
	lexeme->text_at = lexer->at + 1;
	lexeme->text_end = (size_t)(quote - lexer->text);
	lexeme->end = lexeme->text_end + 1;
	if (!is_delimiter(lexer, lexeme->end))
		return expression_error_set(
		    error, lexeme->end, "a blank is missing behind the phrase");
	return true;
}

static bool
is_word(const struct lexer *lexer, const struct lexeme *lexeme, const char *word)
{
	size_t len = lexeme->end - lexeme->at;

	return strlen(word) == len && memcmp(word, lexer->text + lexeme->at, len) == 0;
}

static bool
read_field(struct lexer *lexer, struct lexeme *lexeme, struct expression_error *error)
{
	const char *name = lexer->text + lexeme->at;
	size_t len = lexeme->end - lexeme->at;

	lexeme->kind = LEXEME_FIELD;
	lexeme->end++;
	return field_find(name, len, &lexeme->field) ||
	       expression_error_set(error, lexeme->at,
		   "%.*s: is not known (fields: title: summary: content: author: category: "
		   "publisher: link: feed: tag: lang:; put a word with a colon in quotes)",
		   (int)text_cut(name, len, 60), name);
}

static bool
check_operator(
    const struct lexer *lexer, struct lexeme *lexeme, struct expression_error *error)
{
	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
		if (is_word(lexer, lexeme, operators[i].word))
			lexeme->kind = operators[i].kind;
	}
	if (is_word(lexer, lexeme, "OF"))
		return expression_error_set(error, lexeme->at,
		    "OF needs a number before it and a list behind it: 2 OF (a, b, c)");
	for (int i = 0; unknown_operators[i] != NULL; i++) {
		if (is_word(lexer, lexeme, unknown_operators[i]))
			return expression_error_set(error, lexeme->at,
			    "the operator %s is not known (operators: AND OR NOT NEAR/n "
			    "BEFORE/n OF; put the word in quotes to look for it)",
			    unknown_operators[i]);
	}
	return true;
}

/* A number of digits only, from `at` on. @return where it ends; `at` when there is none */
static size_t
read_number(const struct lexer *lexer, size_t at, uint32_t *number)
{
	*number = 0;
	while (at < lexer->len && is_digit(lexer->text[at])) {
		if (*number <= LEXER_NUMBER_MAX)
			*number = *number * 10 + (uint32_t)(lexer->text[at] - '0');
		at++;
	}
	return at;
}

/* NEAR/n and BEFORE/n, of which the word was read. */
static bool
read_distance(const struct lexer *lexer, struct lexeme *lexeme, enum lexeme_kind kind,
    struct expression_error *error)
{
	const char *word = kind == LEXEME_NEAR ? "NEAR" : "BEFORE";
	size_t at = lexeme->end + 1;

	lexeme->kind = kind;
	if (lexeme->end >= lexer->len || lexer->text[lexeme->end] != '/')
		return expression_error_set(error, lexeme->end,
		    "%s needs a distance in tokens: %s/10 (put the word in quotes to look "
		    "for it)",
		    word, word);
	lexeme->end = read_number(lexer, at, &lexeme->number);
	if (lexeme->end == at || !is_delimiter(lexer, lexeme->end))
		return expression_error_set(error, at,
		    "the distance of %s is a number of tokens (1 to %d)", word,
		    LEXER_DISTANCE_MAX);
	if (lexeme->number < 1 || lexeme->number > LEXER_DISTANCE_MAX)
		return expression_error_set(error, at,
		    "the distance of %s is out of range (1 to %d)", word,
		    LEXER_DISTANCE_MAX);
	return true;
}

static size_t
skip_blanks(const struct lexer *lexer, size_t at)
{
	while (at < lexer->len && is_blank(lexer->text[at]))
		at++;
	return at;
}

/* n OF ( where the digits were read: a number alone stays a word. */
static void
read_of(const struct lexer *lexer, struct lexeme *lexeme)
{
	size_t at = skip_blanks(lexer, lexeme->end);
	uint32_t number;

	if (read_number(lexer, lexeme->at, &number) != lexeme->end || lexer->len - at < 3 ||
	    memcmp(lexer->text + at, "OF", 2) != 0)
		return;
	at = skip_blanks(lexer, at + 2);
	if (at >= lexer->len || lexer->text[at] != '(')
		return;
	lexeme->kind = LEXEME_OF;
	lexeme->number = number;
	lexeme->end = at + 1;
}

/* A word has ended at a sign that cannot stand in it. */
static bool
check_word_end(
    const struct lexer *lexer, struct lexeme *lexeme, struct expression_error *error)
{
	if (is_word(lexer, lexeme, "NEAR"))
		return read_distance(lexer, lexeme, LEXEME_NEAR, error);
	if (is_word(lexer, lexeme, "BEFORE"))
		return read_distance(lexer, lexeme, LEXEME_BEFORE, error);
	if (!check_operator(lexer, lexeme, error))
		return false;
	if (is_word(lexer, lexeme, "amount") && lexeme->end < lexer->len &&
	    lexer->text[lexeme->end] == '(')
		return expression_error_set(error, lexeme->at, "amount(...) is not known");
	if (!is_delimiter(lexer, lexeme->end))
		return expression_error_set(error, lexeme->end,
		    "'%.*s' cannot stand in a word (put the term in quotes)",
		    char_len(lexer, lexeme->end), lexer->text + lexeme->end);
	return true;
}

static bool
read_word(struct lexer *lexer, struct lexeme *lexeme, struct expression_error *error)
{
	size_t end = lexer->at;

	while (end < lexer->len && is_word_byte(lexer->text[end])) {
		if (is_typographic_quote(lexer, end))
			return expression_error_set(
			    error, end, "a phrase stands in straight quotes: \"...\"");
		end++;
	}
	lexeme->kind = LEXEME_TERM;
	lexeme->text_at = lexer->at;
	lexeme->text_end = lexeme->end = end;
	if (end < lexer->len && lexer->text[end] == ':')
		return read_field(lexer, lexeme, error);
	if (!check_word_end(lexer, lexeme, error))
		return false;
	read_of(lexer, lexeme);
	return true;
}

/* Up to the next slash that is not escaped. The slashes belong to the text. */
static bool
read_regex(struct lexer *lexer, struct lexeme *lexeme, struct expression_error *error)
{
	size_t end = lexer->at + 1;

	while (end < lexer->len && lexer->text[end] != '/' && lexer->text[end] != '\n')
		end += lexer->text[end] == '\\' && end + 1 < lexer->len ? 2 : 1;
	if (end >= lexer->len || lexer->text[end] != '/')
		return expression_error_set(error, lexer->at,
		    "this / is not closed in its line (/.../ is a regex)");
	lexeme->kind = LEXEME_TERM;
	lexeme->form = FIELD_REGEX;
	lexeme->text_at = lexer->at;
	lexeme->text_end = lexeme->end = end + 1;
	if (!is_delimiter(lexer, lexeme->end))
		return expression_error_set(error, lexeme->end,
		    "a blank is missing behind the regex (\\/ is a slash in it)");
	return true;
}

/* =Word: the sign belongs to the text. */
static bool
read_exact(struct lexer *lexer, struct lexeme *lexeme, struct expression_error *error)
{
	size_t end = lexer->at + 1;

	while (end < lexer->len && is_word_byte(lexer->text[end]))
		end++;
	lexeme->kind = LEXEME_TERM;
	lexeme->form = FIELD_EXACT;
	lexeme->text_at = lexer->at;
	lexeme->text_end = lexeme->end = end;
	if (end == lexer->at + 1)
		return expression_error_set(
		    error, lexer->at, "= is followed by a word: =US");
	return is_delimiter(lexer, end) ||
	       expression_error_set(error, end, "'%.*s' cannot stand in a word",
		   char_len(lexer, end), lexer->text + end);
}

/* A sign that begins no lexeme we know. */
static bool
refuse_sign(const struct lexer *lexer, struct expression_error *error)
{
	switch (lexer->text[lexer->at]) {
	case '-':
		return expression_error_set(
		    error, lexer->at, "a word cannot begin with - (write NOT word)");
	default:
		return expression_error_set(error, lexer->at,
		    "'%.*s' cannot stand here (put the term in quotes)",
		    char_len(lexer, lexer->at), lexer->text + lexer->at);
	}
}

static bool
read_sign(struct lexer *lexer, struct lexeme *lexeme, enum lexeme_kind kind)
{
	lexeme->kind = kind;
	lexeme->end = lexer->at + 1;
	return true;
}

/* Between digits it is not meant to part anything. */
static bool
read_comma(struct lexer *lexer, struct lexeme *lexeme, struct expression_error *error)
{
	size_t at = lexer->at;

	if (at > 0 && at + 1 < lexer->len && is_digit(lexer->text[at - 1]) &&
	    is_digit(lexer->text[at + 1]))
		return expression_error_set(
		    error, at, "',' cannot stand in a word (put the term in quotes)");
	return read_sign(lexer, lexeme, LEXEME_COMMA);
}

static bool
read_lexeme(struct lexer *lexer, struct lexeme *lexeme, struct expression_error *error)
{
	char c = lexer->text[lexer->at];

	switch (c) {
	case '(':
		return read_sign(lexer, lexeme, LEXEME_OPEN);
	case ')':
		return read_sign(lexer, lexeme, LEXEME_CLOSE);
	case ',':
		return read_comma(lexer, lexeme, error);
	case '"':
		return read_phrase(lexer, lexeme, error);
	case '/':
		return read_regex(lexer, lexeme, error);
	case '=':
		return read_exact(lexer, lexeme, error);
	case '@':
	case '&':
		return read_name(lexer, lexeme, error);
	default:
		if (c == '-' || !is_word_byte(c))
			return refuse_sign(lexer, error);
		return read_word(lexer, lexeme, error);
	}
}

bool
lexer_next(struct lexer *lexer, struct lexeme *lexeme, struct expression_error *error)
{
	lexer->at = skip_blanks(lexer, lexer->at);
	*lexeme = (struct lexeme){ .kind = LEXEME_END, .at = lexer->at, .end = lexer->at };
	if (lexer->at >= lexer->len)
		return true;
	if (!read_lexeme(lexer, lexeme, error))
		return false;
	lexer->at = lexeme->end;
	return true;
}
