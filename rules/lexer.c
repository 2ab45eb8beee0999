/*
 * Cutting by the first character; what begins with a word is cut by rules/lexer_form.c.
 */
#include "rules/lexer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "rules/lexer_private.h"

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

bool
lexer_is_delimiter(const struct lexer *lexer, size_t at)
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
	if (!lexer_is_delimiter(lexer, end))
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
	if (!lexer_is_delimiter(lexer, lexeme->end))
		return expression_error_set(
		    error, lexeme->end, "a blank is missing behind the phrase");
	return true;
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
		   "publisher: link: feed: tag: lang: published:; put a word with a colon in quotes)",
		   (int)text_cut(name, len, 60), name);
}

size_t
lexer_skip_blanks(const struct lexer *lexer, size_t at)
{
	while (at < lexer->len && is_blank(lexer->text[at]))
		at++;
	return at;
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
		return lexer_is_word(lexer, lexeme, "published")
			   ? lexer_read_published(lexer, lexeme, error)
			   : read_field(lexer, lexeme, error);
	if (!lexer_read_form(lexer, lexeme, error))
		return false;
	/* the others end in a number or a parenthesis */
	return lexeme->kind > LEXEME_TERM || lexer_is_delimiter(lexer, lexeme->end) ||
	       expression_error_set(error, lexeme->end,
		   "'%.*s' cannot stand in a word (put the term in quotes)",
		   char_len(lexer, lexeme->end), lexer->text + lexeme->end);
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
	if (!lexer_is_delimiter(lexer, lexeme->end))
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
	return lexer_is_delimiter(lexer, end) ||
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
	lexer->at = lexer_skip_blanks(lexer, lexer->at);
	*lexeme = (struct lexeme){ .kind = LEXEME_END, .at = lexer->at, .end = lexer->at };
	if (lexer->at >= lexer->len)
		return true;
	if (!read_lexeme(lexer, lexeme, error))
		return false;
	lexer->at = lexeme->end;
	return true;
}
