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

/* A literal of words, in folded text. */
static int
on_words(unsigned int id, unsigned long long from, unsigned long long to,
    unsigned int flags, void *arg)
{
	struct matcher *matcher = arg;
	const struct links *links = &matcher->literal_terms;
	size_t begin = (size_t)to - matcher->literals.items[id].len, token;

	if (!matcher->has_tokens) {
		matcher->tokens.count = 0;
		token_split(matcher->folded.data, matcher->folded.len, &matcher->tokens);
		matcher->has_tokens = true;
	}
	token = token_find(&matcher->tokens, begin);
	if (token == matcher->tokens.count)
		return 0; /* in the middle of a word */
	for (uint32_t i = links->starts[id]; i < links->starts[id + 1]; i++) {
		const struct term *term = &matcher->terms[links->targets[i]];
		struct term_span span;

		if (term->kind == FIELD_WORDS && token >= term->anchor &&
		    term_matches(term, matcher->folded.data, &matcher->tokens,
			token - term->anchor, &span))
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

static void
scan(struct matcher *matcher, const char *text, size_t len, match_event_handler on_literal)
{
	hs_error_t result;

	if (len == 0 || matcher->database == NULL)
		return;
	result = hs_scan(matcher->database, text, (unsigned int)len, 0, matcher->scratch,
	    on_literal, matcher);
	assert(result == HS_SUCCESS);
	(void)result; /* without assert() nothing is left to do: it cannot fail */
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
		scan(matcher, text->text, text->len, on_url);
		return;
	}
	buf_reset(&matcher->folded);
	text_fold(&matcher->folded, text->text, text->len);
	matcher->has_tokens = false;
	if (field_kind(text->field) == FIELD_VALUE)
		look_up_value(matcher);
	else
		scan(matcher, matcher->folded.data, matcher->folded.len, on_words);
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
	struct scan_text *seen = &matcher->texts_seen[occurrence->text];
	size_t at = occurrence->span.at, len = occurrence->span.end - at;

	if (field_kind(occurrence->field) == FIELD_URL)
		return (struct text_place){ at, at + len, text_chars(text->text, at),
			text_chars(text->text + at, len) };
	if (seen->mapped != matcher->generation) {
		text_map_make(&seen->map, text->text, text->len);
		seen->mapped = matcher->generation;
	}
	return text_map_place(&seen->map, at, len);
}

const char *
matcher_written(const struct matcher *matcher, uint32_t term)
{
	return matcher->terms[term].written;
}
