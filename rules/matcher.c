/*
 * Literals, terms, sets and the workspace of a scan.
 */
#include "rules/matcher.h"

#include <assert.h>
#include <hs.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "rules/cache.h"
#include "rules/links.h"
#include "rules/names.h"

struct matcher_set {
	uint32_t *terms; /* owned, each once */
	size_t count, cap;
	struct names members; /* the same, by decimal number */
};

/* What a scan found of a term; true only when generation is the scan's. */
struct found_term {
	uint64_t generation;
	unsigned fields;
	uint32_t first, last; /* occurrences */
};

struct found_set {
	uint64_t generation;
	unsigned fields;
};

struct matcher {
	struct term *terms;
	size_t term_count, term_cap;
	struct names term_names; /* by their normal text */
	struct matcher_set *sets;
	size_t set_count, set_cap;
	struct literals literals;
	struct links literal_terms, term_sets;
	hs_database_t *database; /* NULL: no terms, nothing to find */
	hs_scratch_t *scratch;
	int64_t limit_ms; /* of compiling */

	/* the workspace of a scan */
	uint64_t generation;
	struct buf folded;
	struct token_list tokens;
	enum rule_field field;
	bool has_tokens;
	struct found_term *found_terms;
	struct found_set *found_sets;
	uint32_t *found;
	size_t found_count;
	struct occurrence *occurrences;
	size_t occurrence_count, occurrence_cap;
};

struct matcher *
matcher_new(void)
{
	struct matcher *matcher = mem_zalloc(sizeof(*matcher));

	matcher->limit_ms = MATCHER_LIMIT_MS;
	return matcher;
}

void
matcher_limit_compile(struct matcher *matcher, int64_t limit_ms)
{
	matcher->limit_ms = limit_ms;
}

void
matcher_free(struct matcher *matcher)
{
	if (matcher == NULL)
		return;
	for (size_t i = 0; i < matcher->term_count; i++)
		term_clear(&matcher->terms[i]);
	for (size_t i = 0; i < matcher->set_count; i++) {
		free(matcher->sets[i].terms);
		names_clear(&matcher->sets[i].members);
	}
	free(matcher->terms);
	free(matcher->sets);
	names_clear(&matcher->term_names);
	literals_clear(&matcher->literals);
	links_clear(&matcher->literal_terms);
	links_clear(&matcher->term_sets);
	hs_free_scratch(matcher->scratch);
	hs_free_database(matcher->database);
	buf_clear(&matcher->folded);
	token_list_clear(&matcher->tokens);
	free(matcher->found_terms);
	free(matcher->found_sets);
	free(matcher->found);
	free(matcher->occurrences);
	free(matcher);
}

uint32_t
matcher_add_term(struct matcher *matcher, struct term *term)
{
	size_t len = strlen(term->text);
	size_t number = names_find(&matcher->term_names, term->text, len);

	if (number != NAMES_NONE) {
		term_clear(term);
		return (uint32_t)number;
	}
	mem_grow(matcher->terms, matcher->term_count, matcher->term_cap);
	number = matcher->term_count++;
	matcher->terms[number] = *term;
	*term = (struct term){ .written = NULL };
	names_add(&matcher->term_names, matcher->terms[number].text, len, number);
	return (uint32_t)number;
}

size_t
matcher_term_count(const struct matcher *matcher)
{
	return matcher->term_count;
}

uint32_t
matcher_add_set(struct matcher *matcher)
{
	mem_grow(matcher->sets, matcher->set_count, matcher->set_cap);
	matcher->sets[matcher->set_count] = (struct matcher_set){ .terms = NULL };
	return (uint32_t)matcher->set_count++;
}

bool
matcher_add_to_set(struct matcher *matcher, uint32_t set, uint32_t term)
{
	struct matcher_set *to = &matcher->sets[set];

	if (names_find(&to->members, (const char *)&term, sizeof(term)) != NAMES_NONE)
		return false;
	names_add(&to->members, (const char *)&term, sizeof(term), to->count);
	mem_grow(to->terms, to->count, to->cap);
	to->terms[to->count++] = term;
	return true;
}

const uint32_t *
matcher_set_terms(const struct matcher *matcher, uint32_t set, size_t *count)
{
	*count = matcher->sets[set].count;
	return matcher->sets[set].terms;
}

static void
link_all(struct matcher *matcher)
{
	struct names known = { NULL, 0, 0 };

	for (size_t i = 0; i < matcher->term_count; i++) {
		const struct term *term = &matcher->terms[i];
		const char *text = term->text + term->anchor_at;
		size_t len = term->anchor_end - term->anchor_at;
		size_t number = names_find(&known, text, len);

		if (number == NAMES_NONE) {
			number = literals_add(&matcher->literals, text, len);
			names_add(&known, text, len, number);
		}
		links_add(&matcher->literal_terms, number, i);
	}
	links_pack(&matcher->literal_terms, matcher->literals.count);
	names_clear(&known);
	for (size_t set = 0; set < matcher->set_count; set++) {
		for (size_t i = 0; i < matcher->sets[set].count; i++)
			links_add(&matcher->term_sets, matcher->sets[set].terms[i], set);
	}
	links_pack(&matcher->term_sets, matcher->term_count);
}

bool
matcher_compile(struct matcher *matcher, const char *cache_dir, struct error *err)
{
	assert(matcher->found_terms == NULL);
	link_all(matcher);
	matcher->found_terms =
	    mem_array(matcher->term_count + 1, sizeof(*matcher->found_terms));
	matcher->found_sets =
	    mem_array(matcher->set_count + 1, sizeof(*matcher->found_sets));
	matcher->found = mem_array(matcher->term_count + 1, sizeof(*matcher->found));
	if (matcher->literals.count == 0)
		return true;
	if (!cache_open(
		&matcher->literals, cache_dir, matcher->limit_ms, &matcher->database, err))
		return false;
	if (hs_alloc_scratch(matcher->database, &matcher->scratch) != HS_SUCCESS)
		return error_set(
		    err, ERROR_SYSTEM, "rules", "no workspace for the matcher's database");
	return true;
}

/* -- scanning -- */

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
	unsigned bit = 1u << matcher->field;

	mem_grow(matcher->occurrences, matcher->occurrence_count, matcher->occurrence_cap);
	matcher->occurrences[matcher->occurrence_count++] =
	    (struct occurrence){ MATCHER_NONE, matcher->field, *span };
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

static int
on_literal(unsigned int id, unsigned long long from, unsigned long long to,
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

		if (token >= term->anchor &&
		    term_matches(term, matcher->folded.data, &matcher->tokens,
			token - term->anchor, &span))
			note_occurrence(matcher, links->targets[i], &span);
	}
	return 0;
}

static void
scan_field(struct matcher *matcher, const char *text)
{
	hs_error_t result;

	buf_reset(&matcher->folded);
	text_fold(&matcher->folded, text, strlen(text));
	if (matcher->folded.len == 0)
		return;
	matcher->has_tokens = false;
	result = hs_scan(matcher->database, matcher->folded.data,
	    (unsigned int)matcher->folded.len, 0, matcher->scratch, on_literal, matcher);
	assert(result == HS_SUCCESS);
	(void)result; /* without assert() nothing is left to do: it cannot fail */
}

void
matcher_scan(struct matcher *matcher, const char *const texts[FIELD_COUNT])
{
	matcher->generation++;
	matcher->found_count = 0;
	matcher->occurrence_count = 0;
	if (matcher->database == NULL)
		return;
	for (int field = 0; field < FIELD_COUNT; field++) {
		matcher->field = (enum rule_field)field;
		if (texts[field] != NULL)
			scan_field(matcher, texts[field]);
	}
}

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

const char *
matcher_written(const struct matcher *matcher, uint32_t term)
{
	return matcher->terms[term].written;
}
