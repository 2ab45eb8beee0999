/*
 * An expression as lexemes (RULES "Terms", "Grammar").
 */
#ifndef RULES_LEXER_H
#define RULES_LEXER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/comparison.h"
#include "rules/field.h"

enum lexeme_kind {
	LEXEME_END,
	LEXEME_OPEN,
	LEXEME_CLOSE,
	LEXEME_AND,
	LEXEME_OR,
	LEXEME_NOT,
	LEXEME_TERM,          /* a word or a phrase */
	LEXEME_SET,           /* @name */
	LEXEME_DEFINE,        /* &name */
	LEXEME_FIELD,         /* title: */
	LEXEME_NEAR,          /* NEAR/n */
	LEXEME_BEFORE,        /* BEFORE/n */
	LEXEME_UNLESS_BEFORE, /* UNLESS BEFORE/n */
	LEXEME_UNLESS_AFTER,  /* UNLESS AFTER/n */
	LEXEME_OF,            /* n OF (, up to its parenthesis */
	LEXEME_COUNT,         /* COUNT( */
	LEXEME_FIRST,         /* FIRST( */
	LEXEME_PUBLISHED,     /* published: >= 2025-07-22 */
	LEXEME_COMMA,
};

#define LEXER_DISTANCE_MAX 1000 /* tokens, of NEAR/n, BEFORE/n and guards */
#define LEXER_NUMBER_MAX 9999   /* of n OF and COUNT */

struct lexeme {
	enum lexeme_kind kind;
	size_t at, end; /* bytes of the source */
	size_t text_at,
	    text_end; /* the phrase without its quotes, the name without its @ */
	enum rule_field field;
	uint32_t
	    number; /* of NEAR, BEFORE, UNLESS and OF; of PUBLISHED the day since 1970 */
	enum comparison comparison; /* of PUBLISHED */
	bool is_quoted;
	enum field_kind form; /* of TERM: FIELD_WORDS, _EXACT, _REGEX, _AMOUNT */
};

/* What is wrong, and at which byte of the source. */
struct expression_error {
	size_t at;
	char text[256];
};

struct lexer {
	const char *text; /* borrowed, valid UTF-8 */
	size_t len, at;
};

/** @return false with error set where no lexeme begins */
bool lexer_next(struct lexer *lexer, struct lexeme *lexeme, struct expression_error *error);
/**
 * Read what stands behind COUNT(...): >= 2.
 *
 * @param end  out: where it ends
 */
bool lexer_comparison(struct lexer *lexer, enum comparison *comparison, uint32_t *number,
    size_t *end, struct expression_error *error);
/** @return always false */
bool expression_error_set(struct expression_error *error, size_t at, const char *format,
    ...) __attribute__((format(printf, 3, 4)));

#endif
