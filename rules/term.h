/*
 * One thing to look for: a word, a phrase, a prefix (RULES "Edges", "Terms").
 *
 * A term is a row of tokens. Tokens that touch in the term touch in the text; between the
 * others any punctuation may stand. What is looked for in a URL or a whole value has none.
 */
#ifndef RULES_TERM_H
#define RULES_TERM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "rules/amount.h"
#include "rules/field.h"
#include "rules/token.h"

#define TERM_MAX_BYTES 1024

struct term {
	enum field_kind kind;
	char *written; /* as given; owned */
	char *text;    /* folded, one blank where punctuation may stand, * at open edges; of
			  FIELD_VALUE folded only, of FIELD_URL as given, of FIELD_REGEX
			  as the matcher takes it, of FIELD_AMOUNT what makes it equal to
			  another; owned */
	struct amount amount;     /* of FIELD_AMOUNT */
	struct token_list tokens; /* of text; of FIELD_WORDS and _EXACT */
	bool is_open_start, is_open_end;
	char *exact;     /* of FIELD_EXACT: its tokens before case and variants; owned */
	size_t wrong_at; /* after a failed term_parse(): byte of the text */
	size_t anchor;   /* index of the first token of the longest piece ... */
	size_t anchor_at, anchor_end; /* ... and its bytes: the literal to scan for */
};

/* Where a term was found, in bytes of folded text and in tokens (end: one past). */
struct term_span {
	size_t at, end;
	size_t first_token, end_token;
};

/**
 * Read a term as written, without its quotes.
 *
 * @param kind  how it will be compared
 * @param err   "WHERE: what is wrong", where is the term
 */
bool term_parse(struct term *term, enum field_kind kind, const char *text, size_t len,
    struct error *err);
void term_clear(struct term *term);
/** Append a token of an original text as =Word compares it: normalised, with its case. */
void term_add_exact(struct buf *out, const char *text, size_t len);
/**
 * Whether a term of words stands in the text from this token on, its edges included.
 *
 * @param text, tokens  folded text and its tokens
 * @param span          out, on success
 */
bool term_matches(const struct term *term, const char *text,
    const struct token_list *tokens, size_t first, struct term_span *span);

#endif
