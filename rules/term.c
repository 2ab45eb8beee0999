/*
 * Terms are compared token by token; only the edges know scripts.
 */
#include "rules/term.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "rules/regex.h"

/* What may follow a Latin term in its token: plural, possessive, both. */
static const char *const endings[] = { "s", "es", "'s", "s's", "es's", NULL };

static bool
is_kana(enum token_script script)
{
	return script == TOKEN_HIRAGANA || script == TOKEN_KATAKANA;
}

static bool
touches_next(const struct token_list *tokens, size_t i)
{
	return i + 1 < tokens->count && tokens->items[i].end == tokens->items[i + 1].at;
}

/* The folded text of the term, with one blank between the tokens that do not touch. */
static void
normalize(struct term *term, const char *text, size_t len)
{
	AUTO_BUF struct buf folded = BUF_EMPTY, out = BUF_EMPTY;
	struct token_list raw = { NULL, 0, 0 };

	text_fold(&folded, text, len);
	token_split(buf_text(&folded), folded.len, &raw);
	if (term->is_open_start)
		buf_add_char(&out, '*');
	for (size_t i = 0; i < raw.count; i++) {
		struct token token = raw.items[i];
		size_t at = out.len;

		buf_add(&out, folded.data + token.at, token.end - token.at);
		token_add(&term->tokens, at, out.len, token.script);
		if (i + 1 < raw.count && !touches_next(&raw, i))
			buf_add_char(&out, ' ');
	}
	if (term->is_open_end)
		buf_add_char(&out, '*');
	buf_add(&out, "", 0);
	term->text = buf_take(&out);
	token_list_clear(&raw);
}

/* The longest piece is the rarest, as a rule: it is what is scanned for. */
static void
choose_anchor(struct term *term)
{
	const struct token_list *tokens = &term->tokens;
	size_t first = 0;

	for (size_t i = 0; i < tokens->count; i++) {
		size_t at = tokens->items[first].at, end = tokens->items[i].end;

		if (touches_next(tokens, i))
			continue;
		if (end - at > term->anchor_end - term->anchor_at) {
			term->anchor = first;
			term->anchor_at = at;
			term->anchor_end = end;
		}
		first = i + 1;
	}
}

static bool
check_star(const struct term *term, const char *text, struct error *err)
{
	const struct token_list *tokens = &term->tokens;
	enum token_script start = tokens->items[0].script;
	enum token_script end = tokens->items[tokens->count - 1].script;

	if (term->is_open_start && start == TOKEN_WORD)
		return error_set(err, ERROR_CONFIG, text,
		    "a * opens the end of a Latin word, not its beginning");
	if ((term->is_open_start && !is_kana(start)) ||
	    (term->is_open_end && !is_kana(end) && end != TOKEN_WORD))
		return error_set(err, ERROR_CONFIG, text,
		    "no * is needed: Han and Hangul are found inside other words already");
	return true;
}

static bool
parse_words(
    struct term *term, const char *text, size_t len, const char *shown, struct error *err)
{
	if (len > 1 && text[0] == '*') {
		term->is_open_start = true;
		text++;
		len--;
	}
	if (len > 1 && text[len - 1] == '*') {
		term->is_open_end = true;
		len--;
	}
	if (memchr(text, '*', len) != NULL)
		return error_set(
		    err, ERROR_CONFIG, shown, "a * stands at the end of a term only");
	normalize(term, text, len);
	if (term->tokens.count == 0)
		return error_set(
		    err, ERROR_CONFIG, shown, "there is no letter or digit to look for");
	if (!check_star(term, shown, err))
		return false;
	choose_anchor(term);
	return true;
}

/* Any part of a URL, or the whole of a value. */
static bool
parse_whole(
    struct term *term, const char *text, size_t len, const char *shown, struct error *err)
{
	AUTO_BUF struct buf folded = BUF_EMPTY;

	if (len > 0 && (text[0] == '*' || text[len - 1] == '*'))
		return error_set(err, ERROR_CONFIG, shown,
		    term->kind == FIELD_URL
			? "link: finds any part of the URL without a *"
			: "this field compares whole values, without a *");
	if (term->kind == FIELD_URL)
		buf_add(&folded, text, len);
	else
		text_fold(&folded, text, len);
	if (folded.len == 0)
		return error_set(err, ERROR_CONFIG, shown, "there is nothing to look for");
	term->anchor_end = folded.len;
	term->text = buf_take(&folded);
	return true;
}

static bool
parse_regex(struct term *term, const char *text, size_t len, struct error *err)
{
	struct buf pattern = BUF_EMPTY;
	size_t at = 0;

	if (!regex_read(&pattern, text + 1, len - 2, &at, err)) {
		buf_clear(&pattern);
		term->wrong_at = at + 1;
		return false;
	}
	term->text = buf_take(&pattern);
	return true;
}

static bool
parse_amount(struct term *term, const char *text, size_t len, struct error *err)
{
	struct buf key = BUF_EMPTY;

	if (!amount_parse(&term->amount, text, len, &term->wrong_at, err))
		return false;
	amount_key(&term->amount, &key);
	term->text = buf_take(&key);
	return true;
}

void
term_add_exact(struct buf *out, const char *text, size_t len)
{
	text_normalize(out, text, len);
	buf_add_char(out, '\n');
}

/* The tokens once more, as they were written. */
static bool
parse_exact(
    struct term *term, const char *text, size_t len, const char *shown, struct error *err)
{
	struct text_map map = { .pieces = NULL };
	struct buf exact = BUF_EMPTY, folded = BUF_EMPTY;
	struct token_list tokens = { NULL, 0, 0 };

	if (memchr(text, '*', len) != NULL)
		return error_set(err, ERROR_CONFIG, shown, "=Word takes no *");
	if (!parse_words(term, text + 1, len - 1, shown, err))
		return false;
	text_fold(&folded, text + 1, len - 1);
	token_split(buf_text(&folded), folded.len, &tokens);
	text_map_make(&map, text + 1, len - 1);
	for (size_t i = 0; i < tokens.count; i++) {
		struct text_place place = text_map_place(
		    &map, tokens.items[i].at, tokens.items[i].end - tokens.items[i].at);

		term_add_exact(&exact, text + 1 + place.from, place.to - place.from);
	}
	term->exact = buf_take(&exact);
	text_map_clear(&map);
	token_list_clear(&tokens);
	buf_clear(&folded);
	return true;
}

bool
term_parse(struct term *term, enum field_kind kind, const char *text, size_t len,
    struct error *err)
{
	AUTO_FREE char *shown = mem_strndup(text, text_cut(text, len, 60));
	bool is_good;

	*term = (struct term){ .kind = kind, .written = mem_strndup(text, len) };
	if (len > TERM_MAX_BYTES)
		is_good = error_set(err, ERROR_CONFIG, shown, "a term has at most %d bytes",
		    TERM_MAX_BYTES);
	else if (kind == FIELD_WORDS)
		is_good = parse_words(term, text, len, shown, err);
	else if (kind == FIELD_EXACT)
		is_good = parse_exact(term, text, len, shown, err);
	else if (kind == FIELD_REGEX)
		is_good = parse_regex(term, text, len, err);
	else if (kind == FIELD_AMOUNT)
		is_good = parse_amount(term, text, len, err);
	else
		is_good = parse_whole(term, text, len, shown, err);
	if (!is_good)
		term_clear(term);
	return is_good;
}

void
term_clear(struct term *term)
{
	free(term->written);
	free(term->text);
	free(term->exact);
	term->written = term->text = term->exact = NULL;
	token_list_clear(&term->tokens);
}

static bool
is_ending(const struct term *term, const char *rest, size_t len)
{
	if (len == 0)
		return true;
	if (term->kind == FIELD_EXACT)
		return len == 2 && memcmp(rest, "'s", 2) == 0;
	for (size_t i = 0; endings[i] != NULL; i++) {
		if (strlen(endings[i]) == len && memcmp(endings[i], rest, len) == 0)
			return true;
	}
	return false;
}

static bool
token_fits(const struct term *term, size_t i, const char *text, const struct token *found)
{
	const struct token *wanted = &term->tokens.items[i];
	size_t len = wanted->end - wanted->at, found_len = found->end - found->at;

	if (found_len < len || memcmp(term->text + wanted->at, text + found->at, len) != 0)
		return false;
	if (wanted->script != TOKEN_WORD || touches_next(&term->tokens, i))
		return found_len == len;
	if (term->is_open_end && i + 1 == term->tokens.count)
		return true;
	return is_ending(term, text + found->at + len, found_len - len);
}

/* Whether the same kana script goes on over the border behind token i. */
static bool
kana_goes_on(const struct token_list *tokens, size_t i)
{
	return touches_next(tokens, i) && is_kana(tokens->items[i].script) &&
	       tokens->items[i].script == tokens->items[i + 1].script;
}

static size_t
span_end(const struct term *term, const struct token *last)
{
	const struct token *wanted = &term->tokens.items[term->tokens.count - 1];

	return term->is_open_end ? last->end : last->at + (wanted->end - wanted->at);
}

bool
term_matches(const struct term *term, const char *text, const struct token_list *tokens,
    size_t first, struct term_span *span)
{
	size_t count = term->tokens.count;

	if (first > tokens->count || tokens->count - first < count)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!token_fits(term, i, text, &tokens->items[first + i]))
			return false;
		if (touches_next(&term->tokens, i) && !touches_next(tokens, first + i))
			return false;
	}
	if (!term->is_open_start && first > 0 && kana_goes_on(tokens, first - 1))
		return false;
	if (!term->is_open_end && kana_goes_on(tokens, first + count - 1))
		return false;
	*span = (struct term_span){ tokens->items[first].at,
		span_end(term, &tokens->items[first + count - 1]), first, first + count };
	return true;
}
