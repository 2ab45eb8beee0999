/*
 * What reading a lexeme needs. For rules/lexer.c and rules/lexer_form.c only.
 */
#ifndef RULES_LEXER_PRIVATE_H
#define RULES_LEXER_PRIVATE_H

#include "rules/lexer.h"

bool lexer_is_delimiter(const struct lexer *lexer, size_t at);
size_t lexer_skip_blanks(const struct lexer *lexer, size_t at);
/** Digits only. @return where they end; `at` when there are none */
size_t lexer_number(const struct lexer *lexer, size_t at, uint32_t *number);
/** Whether the lexeme is this word so far. */
bool lexer_is_word(
    const struct lexer *lexer, const struct lexeme *lexeme, const char *word);
/**
 * Read the rest of what begins with an operator or a form: AND, NEAR/n, UNLESS BEFORE/n,
 * 2 OF (, COUNT(, FIRST(, amount(...). A word that is none of them stays a word.
 *
 * @param lexeme  a word, up to its end
 */
bool lexer_read_form(
    const struct lexer *lexer, struct lexeme *lexeme, struct expression_error *error);
/** The same of published: >= 2025-07-22, up to its colon so far. */
bool lexer_read_published(
    const struct lexer *lexer, struct lexeme *lexeme, struct expression_error *error);

#endif
