/*
 * What a matcher is made of. For rules/matcher.c and rules/scan.c only.
 */
#ifndef RULES_MATCHER_PRIVATE_H
#define RULES_MATCHER_PRIVATE_H

#include "base/buf.h"
#include "rules/cache.h"
#include "rules/links.h"
#include "rules/matcher.h"
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

/* What is known of a text besides what stands in it. */
struct scan_text {
	struct text_map map;
	uint64_t mapped; /* the generation of the map */
};

/* The last place of a regex in the text that is being scanned. */
struct regex_place {
	uint64_t generation; /* of the scan of this text */
	size_t at, end;
	size_t before; /* where the one before it ends */
};

struct matcher {
	struct term *terms;
	size_t term_count, term_cap;
	struct names term_names; /* by their kind and normal text */
	struct matcher_set *sets;
	size_t set_count, set_cap;
	struct literals literals, regexes;
	struct links literal_terms, term_sets;
	uint32_t *regex_terms;  /* of each regex its term */
	uint32_t *amount_terms; /* those that are amounts; no sum is read where none is */
	size_t amount_count;
	struct hs_database *database;       /* NULL: no terms, nothing to find */
	struct hs_database *regex_database; /* NULL: no regexes */
	struct hs_scratch *scratch;
	int64_t limit_ms; /* of compiling */

	/* the workspace of a scan */
	uint64_t generation;
	const struct field_texts *texts;
	struct scan_text *texts_seen; /* of each text of it */
	size_t text_cap;
	uint32_t text; /* which is being scanned */
	struct buf folded;
	struct token_list tokens;
	bool has_tokens;
	struct regex_place *regex_places; /* of each regex */
	uint32_t *regex_found;            /* those with a place */
	size_t regex_found_count;
	uint64_t text_generation;
	struct buf exact; /* for comparing =Word */
	struct sum_list sums;
	struct found_term *found_terms;
	struct found_set *found_sets;
	uint32_t *found;
	size_t found_count;
	struct occurrence *occurrences;
	size_t occurrence_count, occurrence_cap;
};

/** @return the number of the term that is this whole folded value, or NAMES_NONE */
size_t matcher_find_value(const struct matcher *matcher, const char *text, size_t len);

#endif
