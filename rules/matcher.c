/*
 * Literals, terms and sets, until they are compiled.
 */
#include "rules/matcher.h"

#include <assert.h>
#include <hs.h>
#include <stdlib.h>
#include <string.h>

#include "rules/matcher_private.h"

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
	literals_clear(&matcher->regexes);
	free(matcher->amount_terms);
	sum_list_clear(&matcher->sums);
	free(matcher->regex_terms);
	free(matcher->regex_places);
	free(matcher->regex_found);
	buf_clear(&matcher->exact);
	links_clear(&matcher->literal_terms);
	links_clear(&matcher->term_sets);
	hs_free_scratch(matcher->scratch);
	hs_free_database(matcher->database);
	hs_free_database(matcher->regex_database);
	for (size_t i = 0; i < matcher->text_cap; i++)
		text_map_clear(&matcher->texts_seen[i].map);
	free(matcher->texts_seen);
	buf_clear(&matcher->folded);
	token_list_clear(&matcher->tokens);
	free(matcher->found_terms);
	free(matcher->found_sets);
	free(matcher->found);
	free(matcher->occurrences);
	free(matcher);
}

static void
make_key(enum field_kind kind, const char *text, size_t len, struct buf *key)
{
	buf_add_char(key, (char)('0' + (int)kind));
	buf_add(key, text, len);
}

size_t
matcher_find_value(const struct matcher *matcher, const char *text, size_t len)
{
	AUTO_BUF struct buf key = BUF_EMPTY;

	make_key(FIELD_VALUE, text, len, &key);
	return names_find(&matcher->term_names, key.data, key.len);
}

uint32_t
matcher_add_term(struct matcher *matcher, struct term *term)
{
	AUTO_BUF struct buf key = BUF_EMPTY;
	size_t number;

	make_key(term->kind, term->text, strlen(term->text), &key);
	if (term->exact != NULL)
		buf_add_text(&key, term->exact);
	number = names_find(&matcher->term_names, key.data, key.len);
	if (number != NAMES_NONE) {
		term_clear(term);
		return (uint32_t)number;
	}
	mem_grow(matcher->terms, matcher->term_count, matcher->term_cap);
	number = matcher->term_count++;
	matcher->terms[number] = *term;
	*term = (struct term){ .written = NULL };
	names_add(&matcher->term_names, key.data, key.len, number);
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

/* Terms are each there once, and so are the regexes. */
static void
collect_regexes(struct matcher *matcher)
{
	matcher->regexes.is_regex = true;
	matcher->regex_terms =
	    mem_array(matcher->term_count + 1, sizeof(*matcher->regex_terms));
	for (size_t i = 0; i < matcher->term_count; i++) {
		const struct term *term = &matcher->terms[i];
		size_t number;

		if (term->kind != FIELD_REGEX)
			continue;
		number = literals_add(&matcher->regexes, term->text, strlen(term->text));
		matcher->regex_terms[number] = (uint32_t)i;
	}
	matcher->regex_places =
	    mem_array(matcher->regexes.count + 1, sizeof(*matcher->regex_places));
	matcher->regex_found =
	    mem_array(matcher->regexes.count + 1, sizeof(*matcher->regex_found));
}

static void
link_all(struct matcher *matcher)
{
	struct names known = { NULL, 0, 0 };

	matcher->amount_terms =
	    mem_array(matcher->term_count + 1, sizeof(*matcher->amount_terms));
	for (size_t i = 0; i < matcher->term_count; i++) {
		const struct term *term = &matcher->terms[i];
		const char *text = term->text + term->anchor_at;
		size_t len = term->anchor_end - term->anchor_at;
		size_t number;

		if (term->kind == FIELD_AMOUNT)
			matcher->amount_terms[matcher->amount_count++] = (uint32_t)i;
		if (term->kind == FIELD_VALUE || term->kind == FIELD_REGEX ||
		    term->kind == FIELD_AMOUNT)
			continue; /* looked up; scanned for by the others; read */
		number = names_find(&known, text, len);
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

static bool
open_database(struct matcher *matcher, const struct literals *literals,
    const char *cache_dir, struct hs_database **database, struct error *err)
{
	if (literals->count == 0)
		return true;
	if (!cache_open(literals, cache_dir, matcher->limit_ms, database, err))
		return false;
	if (hs_alloc_scratch(*database, &matcher->scratch) != HS_SUCCESS)
		return error_set(
		    err, ERROR_SYSTEM, "rules", "no workspace for the matcher's database");
	return true;
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
	collect_regexes(matcher);
	return open_database(
		   matcher, &matcher->literals, cache_dir, &matcher->database, err) &&
	       open_database(
		   matcher, &matcher->regexes, cache_dir, &matcher->regex_database, err);
}
