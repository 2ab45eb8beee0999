/*
 * Any bytes as an expression and as a text: parsed or refused, printed to a fixed point,
 * run on a scan of themselves. The first line is the expression, the rest the text.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "rules/expression.h"
#include "rules/term.h"

/* NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check_printing(const struct expression *expression)
{
	AUTO_BUF struct buf first = BUF_EMPTY, second = BUF_EMPTY;
	struct expression_error error;
	AUTO(expression) again = NULL;

	expression_print(expression, &first);
	again = expression_parse(buf_text(&first), first.len, &error);
	if (again == NULL) /* printing takes room that the limits may not have */
		return;
	expression_print(again, &second);
	assert(strcmp(buf_text(&first), buf_text(&second)) == 0);
}

static void
check_term(
    const struct term *term, const struct buf *folded, const struct token_list *tokens)
{
	struct term_span span;

	for (size_t at = 0; at < tokens->count; at++) {
		if (term_matches(term, buf_text(folded), tokens, at, &span))
			assert(span.at < span.end && span.end <= folded->len);
	}
}

/* Every term of the expression at every token of the text. */
static void
check_terms(const struct expression *expression, const char *text, size_t len)
{
	AUTO_BUF struct buf folded = BUF_EMPTY;
	struct token_list tokens = { NULL, 0, 0 };

	text_fold(&folded, text, len);
	token_split(buf_text(&folded), folded.len, &tokens);
	for (size_t i = 0; i < expression->count; i++) {
		const struct expression_node *node = &expression->nodes[i];
		struct term term;

		if (node->kind != EXPRESSION_TERM || node->within != FIELD_WORDS ||
		    node->form == FIELD_REGEX ||
		    !term_parse(&term, node->form, expression->text + node->text_at,
			node->text_end - node->text_at, NULL))
			continue;
		check_term(&term, &folded, &tokens);
		term_clear(&term);
	}
	token_list_clear(&tokens);
}

/* NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	AUTO_BUF struct buf input = BUF_EMPTY;
	AUTO(expression) expression = NULL;
	struct expression_error error;
	size_t end;

	text_repair(&input, (const char *)data, len);
	if (input.len == 0 || memchr(input.data, '\0', input.len) != NULL)
		return 0;
	end = strcspn(input.data, "\n");
	expression = expression_parse(input.data, end, &error);
	if (expression == NULL) {
		assert(error.at <= end);
		return 0;
	}
	check_printing(expression);
	check_terms(expression, input.data + end, input.len - end);
	return 0;
}
