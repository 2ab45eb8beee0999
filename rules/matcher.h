/*
 * All terms of all rules, found in one pass over an entry.
 *
 * The longest piece of each term is a literal of one database (Hyperscan or Vectorscan);
 * where a literal ends, the terms that hold it are compared token by token. What was found
 * stands until the next scan: of each term and each set the fields, of each term its
 * occurrences with their token positions.
 */
#ifndef RULES_MATCHER_H
#define RULES_MATCHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "rules/field.h"
#include "rules/term.h"

struct matcher;

#define MATCHER_TERMS_MAX 100000
#define MATCHER_NONE UINT32_MAX
#define MATCHER_LIMIT_MS INT64_C(60000) /* of compiling, where nobody says less */

/* One place where a term stands. */
struct occurrence {
	uint32_t next; /* of the same term, in the order of the text; or MATCHER_NONE */
	enum rule_field field;
	uint32_t text;         /* which of the texts that were scanned */
	struct term_span span; /* bytes of the folded text (of a URL: as given), tokens */
};

struct matcher *matcher_new(void);
void matcher_free(struct matcher *matcher);
MEM_AUTO(matcher, matcher_free);

/* -- before compiling -- */

/** Keep a term (equal ones once). Takes its contents. @return its number */
uint32_t matcher_add_term(struct matcher *matcher, struct term *term);
size_t matcher_term_count(const struct matcher *matcher);
/** A new, empty set. @return its number */
uint32_t matcher_add_set(struct matcher *matcher);
/** @return false when the term is in the set already */
bool matcher_add_to_set(struct matcher *matcher, uint32_t set, uint32_t term);
/** The terms of a set; borrowed until the next change. */
const uint32_t *matcher_set_terms(
    const struct matcher *matcher, uint32_t set, size_t *count);
/** Give compiling up after so long; the caller waits for it. */
void matcher_limit_compile(struct matcher *matcher, int64_t limit_ms);
/** Load or make the database (rules/cache.h). To be called once, when all terms are there.
 */
bool matcher_compile(struct matcher *matcher, const char *cache_dir, struct error *err);

/* -- scanning -- */

/**
 * Find all terms in the texts of one entry. Scanning writes into the matcher's own
 * workspace, so only one thread may use a matcher.
 *
 * @param texts  borrowed until the next scan
 */
void matcher_scan(struct matcher *matcher, const struct field_texts *texts);
/** The terms that were found, each once, in no order. */
const uint32_t *matcher_found(const struct matcher *matcher, size_t *count);
/** Bits 1 << enum rule_field of the fields in which a term stands; of any term of a set. */
unsigned matcher_term_fields(const struct matcher *matcher, uint32_t term);
unsigned matcher_set_fields(const struct matcher *matcher, uint32_t set);
/** The first occurrence of a term, or MATCHER_NONE. */
uint32_t matcher_first(const struct matcher *matcher, uint32_t term);
const struct occurrence *matcher_occurrence(const struct matcher *matcher, uint32_t number);
/** Where an occurrence stands in its text as given. The first question about a text costs
 * folding it once more. */
struct text_place matcher_place(
    struct matcher *matcher, const struct occurrence *occurrence);
/** The text an occurrence stands in. */
const struct field_text *matcher_text(
    const struct matcher *matcher, const struct occurrence *occurrence);
/** A term as it was first written. */
const char *matcher_written(const struct matcher *matcher, uint32_t term);

#endif
