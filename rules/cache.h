/*
 * The literal database, compiled in a short-lived child and kept in a file.
 *
 * Compiling needs many times the memory of the result, so a child does it and dies. The
 * file holds a magic, a key (literals, library version, platform), a length and a digest:
 * where any of them does not fit, the database is made anew.
 */
#ifndef RULES_CACHE_H
#define RULES_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct hs_database;

struct literal {
	char *text; /* owned, folded */
	size_t len;
};

/* Literals, or regexes; each in a database and a file of its own. */
struct literals {
	struct literal *items; /* owned */
	size_t count, cap;
	bool is_regex;
};

#define CACHE_NAME "literals.cache"
#define CACHE_REGEX_NAME "regexes.cache"

/** @return its number, which the database reports */
size_t literals_add(struct literals *literals, const char *text, size_t len);
void literals_clear(struct literals *literals);

/**
 * Load the database of these literals (at least one), or compile it and keep it. A folder
 * that cannot be written is no failure: the next start compiles again.
 *
 * @param dir       made if missing; NULL: nothing is read or kept
 * @param limit_ms  compiling is given up then; the caller waits for it
 * @param database  out, the caller's to hs_free_database()
 */
bool cache_open(const struct literals *literals, const char *dir, int64_t limit_ms,
    struct hs_database **database, struct error *err);

#endif
