/*
 * One pass over the texts of an entry, and what it found.
 */
#include <assert.h>
#include <hs.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "rules/matcher_private.h"

static void
note_sets(struct matcher *matcher, uint32_t term, unsigned bit)
{
	const struct links *links = &matcher->term_sets;

	for (uint32_t i = links->starts[term]; i < links->starts[term + 1]; i++) {
		struct found_set *found = &matcher->found_sets[links->targets[i]];

		if (found->generation != matcher->generation) {
			found->generation = matcher->generation;
			found->fields = 0;
		}
		found->fields |= bit;
	}
}

static void
note_occurrence(struct matcher *matcher, uint32_t term, const struct term_span *span)
{
	struct found_term *found = &matcher->found_terms[term];
	uint32_t number = (uint32_t)matcher->occurrence_count;
	enum rule_field field = matcher->texts->items[matcher->text].field;
	unsigned bit = 1u << field;

	mem_grow(matcher->occurrences, matcher->occurrence_count, matcher->occurrence_cap);
	matcher->occurrences[matcher->occurrence_count++] =
	    (struct occurrence){ MATCHER_NONE, field, matcher->text, *span };
	if (found->generation != matcher->generation) {
		*found = (struct found_term){ matcher->generation, 0, number, number };
		matcher->found[matcher->found_count++] = term;
	} else {
		matcher->occurrences[found->last].next = number;
		found->last = number;
	}
	if ((found->fields & bit) == 0) {
		found->fields |= bit;
		note_sets(matcher, term, bit);
	}
}

static void
split(struct matcher *matcher)
{
	if (matcher->has_tokens)
		return;
	matcher->tokens.count = 0;
	token_split(matcher->folded.data, matcher->folded.len, &matcher->tokens);
	matcher->has_tokens = true;
}

/* -- words -- */

static const struct text_map *
map_of(struct matcher *matcher, uint32_t number)
{
	const struct field_text *text = &matcher->texts->items[number];
	struct scan_text *seen = &matcher->texts_seen[number];

	if (seen->mapped != matcher->generation) {
		text_map_make(&seen->map, text->text, text->len);
		seen->mapped = matcher->generation;
	}
	return &seen->map;
}

/* =Word: whether the tokens found were written as the term is. */
static bool
is_exact(struct matcher *matcher, const struct term *term, const struct term_span *span)
{
	const struct text_map *map = map_of(matcher, matcher->text);
	const char *text = matcher->texts->items[matcher->text].text;

	buf_reset(&matcher->exact);
	for (size_t i = 0; i < term->tokens.count; i++) {
		const struct token *wanted = &term->tokens.items[i];
		struct text_place place =
		    text_map_place(map, matcher->tokens.items[span->first_token + i].at,
			wanted->end - wanted->at);

		term_add_exact(&matcher->exact, text + place.from, place.to - place.from);
	}
	return strcmp(buf_text(&matcher->exact), term->exact) == 0;
}

/* Whether a term whose anchor begins at this token stands there. */
static bool
stands(
    struct matcher *matcher, const struct term *term, size_t token, struct term_span *span)
{
	if ((term->kind != FIELD_WORDS && term->kind != FIELD_EXACT) ||
	    token < term->anchor ||
	    !term_matches(
		term, matcher->folded.data, &matcher->tokens, token - term->anchor, span))
		return false;
	return term->kind == FIELD_WORDS || is_exact(matcher, term, span);
}

/* A literal of words, in folded text. */
static int
on_words(unsigned int id, unsigned long long from, unsigned long long to,
    unsigned int flags, void *arg)
{
	struct matcher *matcher = arg;
	const struct links *links = &matcher->literal_terms;
	size_t begin = (size_t)to - matcher->literals.items[id].len, token;

	split(matcher);
	token = token_find(&matcher->tokens, begin);
	if (token == matcher->tokens.count)
		return 0; /* in the middle of a word */
	for (uint32_t i = links->starts[id]; i < links->starts[id + 1]; i++) {
		struct term_span span;

		if (stands(matcher, &matcher->terms[links->targets[i]], token, &span))
			note_occurrence(matcher, links->targets[i], &span);
	}
	return 0;
}

/* A literal of a URL, in the text as given. */
static int
on_url(unsigned int id, unsigned long long from, unsigned long long to, unsigned int flags,
    void *arg)
{
	struct matcher *matcher = arg;
	const struct links *links = &matcher->literal_terms;
	const struct term_span span = { (size_t)to - matcher->literals.items[id].len,
		(size_t)to, 0, 0 };

	for (uint32_t i = links->starts[id]; i < links->starts[id + 1]; i++) {
		if (matcher->terms[links->targets[i]].kind == FIELD_URL)
			note_occurrence(matcher, links->targets[i], &span);
	}
	return 0;
}

/* -- regexes -- */

/* The tokens that a span of bytes touches. */
static void
find_tokens(const struct token_list *tokens, struct term_span *span)
{
	size_t low = 0, high = tokens->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (tokens->items[middle].end <= span->at)
			low = middle + 1;
		else
			high = middle;
	}
	span->first_token = span->end_token = low;
	while (span->end_token < tokens->count &&
	       tokens->items[span->end_token].at < span->end)
		span->end_token++;
}

static void
note_regex(struct matcher *matcher, uint32_t regex)
{
	struct regex_place *place = &matcher->regex_places[regex];
	struct term_span span = { place->at, place->end, 0, 0 };

	split(matcher);
	find_tokens(&matcher->tokens, &span);
	note_occurrence(matcher, matcher->regex_terms[regex], &span);
	place->before = place->end;
}

/*
 * Ends come in order, each with its leftmost start. What begins earlier is better, then
 * what ends later; what overlaps the one before it is passed over.
 */
static int
on_regex(unsigned int id, unsigned long long from, unsigned long long to,
    unsigned int flags, void *arg)
{
	struct matcher *matcher = arg;
	struct regex_place *place = &matcher->regex_places[id];

	if (place->generation != matcher->text_generation) {
		*place = (struct regex_place){ matcher->text_generation, (size_t)from,
			(size_t)to, 0 };
		matcher->regex_found[matcher->regex_found_count++] = id;
		return 0;
	}
	if (from < place->before || (from > place->at && from < place->end))
		return 0;
	if (from >= place->end)
		note_regex(matcher, id);
	place->at = (size_t)from;
	place->end = (size_t)to;
	return 0;
}

/* -- sums of money -- */

static void
note_sum(struct matcher *matcher, const struct sum *sum)
{
	struct term_span span = { sum->at, sum->end, 0, 0 };

	split(matcher);
	find_tokens(&matcher->tokens, &span);
	for (size_t i = 0; i < matcher->amount_count; i++) {
		uint32_t term = matcher->amount_terms[i];

		if (amount_fits(&matcher->terms[term].amount, sum))
			note_occurrence(matcher, term, &span);
	}
}

static void
scan_sums(struct matcher *matcher)
{
	struct money_text text = { matcher->folded.data, matcher->folded.len, false };

	if (matcher->amount_count == 0 || text.len == 0)
		return;
	text.is_chinese = matcher->texts->entry != NULL && strstr(text.text, "¥") != NULL &&
			  field_is_chinese(matcher->texts->entry);
	matcher->sums.count = 0;
	sums_read(&matcher->sums, &text);
	for (size_t i = 0; i < matcher->sums.count; i++)
		note_sum(matcher, &matcher->sums.items[i]);
}

static void
scan(struct matcher *matcher, const struct hs_database *database, const char *text,
    size_t len, match_event_handler on_match)
{
	hs_error_t result;

	if (len == 0 || database == NULL)
		return;
	result = hs_scan(
	    database, text, (unsigned int)len, 0, matcher->scratch, on_match, matcher);
	assert(result == HS_SUCCESS);
	(void)result; /* without assert() nothing is left to do: it cannot fail */
}

static void
scan_words(struct matcher *matcher)
{
	const char *text = matcher->folded.data;
	size_t len = matcher->folded.len;

	scan(matcher, matcher->database, text, len, on_words);
	matcher->text_generation++;
	matcher->regex_found_count = 0;
	scan(matcher, matcher->regex_database, text, len, on_regex);
	for (size_t i = 0; i < matcher->regex_found_count; i++)
		note_regex(matcher, matcher->regex_found[i]);
	scan_sums(matcher);
}

static void
look_up_value(struct matcher *matcher)
{
	size_t term =
	    matcher_find_value(matcher, matcher->folded.data, matcher->folded.len);
	const struct term_span span = { 0, matcher->folded.len, 0, 0 };

	if (term != NAMES_NONE)
		note_occurrence(matcher, (uint32_t)term, &span);
}

static void
scan_text(struct matcher *matcher, const struct field_text *text)
{
	if (field_kind(text->field) == FIELD_URL) {
		scan(matcher, matcher->database, text->text, text->len, on_url);
		return;
	}
	buf_reset(&matcher->folded);
	text_fold(&matcher->folded, text->text, text->len);
	matcher->has_tokens = false;
	if (field_kind(text->field) == FIELD_VALUE)
		look_up_value(matcher);
	else
		scan_words(matcher);
}

static void
make_room(struct matcher *matcher, size_t count)
{
	if (count <= matcher->text_cap)
		return;
	matcher->texts_seen =
	    mem_resize(matcher->texts_seen, count, sizeof(*matcher->texts_seen));
	memset(matcher->texts_seen + matcher->text_cap, 0,
	    (count - matcher->text_cap) * sizeof(*matcher->texts_seen));
	matcher->text_cap = count;
}

void
matcher_scan(struct matcher *matcher, const struct field_texts *texts)
{
	matcher->generation++;
	matcher->found_count = 0;
	matcher->occurrence_count = 0;
	matcher->texts = texts;
	make_room(matcher, texts->count);
	for (size_t i = 0; i < texts->count; i++) {
		matcher->text = (uint32_t)i;
		scan_text(matcher, &texts->items[i]);
	}
}

/* -- what was found -- */

const uint32_t *
matcher_found(const struct matcher *matcher, size_t *count)
{
	*count = matcher->found_count;
	return matcher->found;
}

unsigned
matcher_term_fields(const struct matcher *matcher, uint32_t term)
{
	const struct found_term *found = &matcher->found_terms[term];

	return found->generation == matcher->generation ? found->fields : 0;
}

unsigned
matcher_set_fields(const struct matcher *matcher, uint32_t set)
{
	const struct found_set *found = &matcher->found_sets[set];

	return found->generation == matcher->generation ? found->fields : 0;
}

uint32_t
matcher_first(const struct matcher *matcher, uint32_t term)
{
	const struct found_term *found = &matcher->found_terms[term];

	return found->generation == matcher->generation ? found->first : MATCHER_NONE;
}

const struct occurrence *
matcher_occurrence(const struct matcher *matcher, uint32_t number)
{
	return &matcher->occurrences[number];
}

const struct field_text *
matcher_text(const struct matcher *matcher, const struct occurrence *occurrence)
{
	return &matcher->texts->items[occurrence->text];
}

struct text_place
matcher_place(struct matcher *matcher, const struct occurrence *occurrence)
{
	const struct field_text *text = matcher_text(matcher, occurrence);
	size_t at = occurrence->span.at, len = occurrence->span.end - at;

	if (field_kind(occurrence->field) == FIELD_URL)
		return (struct text_place){ at, at + len, text_chars(text->text, at),
			text_chars(text->text + at, len) };
	return text_map_place(map_of(matcher, occurrence->text), at, len);
}

const char *
matcher_written(const struct matcher *matcher, uint32_t term)
{
	return matcher->terms[term].written;
}
