/*
 * Folded text as tokens (RULES "Text and tokens").
 *
 * A token is a run of letters and digits of scripts that write blanks, or one Han, kana or
 * Hangul character. All else separates.
 */
#ifndef RULES_TOKEN_H
#define RULES_TOKEN_H

#include <stddef.h>
#include <stdint.h>

enum token_script {
	TOKEN_NONE, /* separates */
	TOKEN_WORD, /* letters and digits of scripts that write blanks */
	TOKEN_HAN,
	TOKEN_HANGUL,
	TOKEN_HIRAGANA,
	TOKEN_KATAKANA,
};

struct token {
	uint32_t at, end; /* bytes of the folded text */
	enum token_script script;
};

struct token_list {
	struct token *items; /* owned, in order */
	size_t count, cap;
};

/** Append the tokens of text_fold()ed text, shorter than 4 GB. */
void token_split(const char *folded, size_t len, struct token_list *list);
/** Append one token. */
void token_add(struct token_list *list, size_t at, size_t end, enum token_script script);
/** @return the index of the token that begins at this byte, or list->count */
size_t token_find(const struct token_list *list, size_t at);
void token_list_clear(struct token_list *list);

#endif
