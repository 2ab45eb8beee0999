/*
 * Which terms a program waits for.
 */
#ifndef RULES_NECESSARY_H
#define RULES_NECESSARY_H

#include <stdbool.h>
#include <stddef.h>

#include "rules/links.h"
#include "rules/matcher.h"
#include "rules/program.h"

/**
 * The smallest set of terms of which at least one stands in every text the program is true
 * for: appended to links as pairs (term, to).
 *
 * @return false when it can be true without any term
 */
bool program_necessary(const struct program *program, const struct matcher *matcher,
    struct links *links, size_t to);

#endif
