/*
 * Running a program over what a scan found.
 */
#ifndef RULES_EVALUATE_H
#define RULES_EVALUATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/matcher.h"
#include "rules/near.h"
#include "rules/program.h"

struct buf;
struct stored_entry;

#define CLAUSE_MAX_CHARS 80

/* What a node holds besides its value: where it stands, known when something asked. */
struct evaluation_node {
	struct place_range places; /* start is PLACES_UNKNOWN until then */
	size_t shown;              /* for evaluate_found(): whether, and inside what */
};

/* Room for one run; values of the last one. Grows as needed. */
struct evaluation {
	bool *values;                  /* of each node */
	struct evaluation_node *nodes; /* of each node */
	size_t cap;
	struct places places;
	int64_t day; /* since 1970: of the entry; set by the caller where a program asks */
};

/* Called for each occurrence that made a program true. */
typedef void evaluate_found_fn(void *ctx, uint32_t term, uint32_t set, uint32_t occurrence);
#define EVALUATE_OCCURRENCES_MAX 4 /* shown of one term in one place of the expression */

/** The day of an entry, for published: (its first sight where it has no date). */
int64_t evaluate_day(const struct stored_entry *stored);
bool evaluate_run(struct evaluation *evaluation, const struct program *program,
    const struct matcher *matcher);
/**
 * Append the clause that decided the last run: the smallest part of the source that alone
 * makes the whole true or false, cut at CLAUSE_MAX_CHARS.
 */
void evaluate_clause(const struct evaluation *evaluation, const struct program *program,
    const char *source, struct buf *out);
/** Name what made the last run true; set is MATCHER_NONE for a term of its own. */
void evaluate_found(struct evaluation *evaluation, const struct program *program,
    const struct matcher *matcher, evaluate_found_fn *fn, void *ctx);
/** The same of one leaf, whether it helped or not. */
void evaluate_leaf(const struct matcher *matcher, const struct program_node *leaf,
    evaluate_found_fn *fn, void *ctx);
/** Append bytes of an expression on one line, cut at so many characters. */
void evaluate_source(struct buf *out, const char *source, size_t len, size_t max_chars);
void evaluation_clear(struct evaluation *evaluation);

#endif
