/*
 * How explanations of one entry are shown: as a tree with the text below it, or as data.
 */
#ifndef CLI_EXPLAIN_SHOW_H
#define CLI_EXPLAIN_SHOW_H

#include <stdbool.h>
#include <stddef.h>

#include "rules/rules.h"

struct json_t;

/* All of it is borrowed. */
struct explained {
	const struct ruleset *rules;
	const struct stored_entry *stored;
	struct json_t *id; /* as it was given, or NULL */
	struct explanation *const *items;
	size_t count;
};

struct explain_look {
	bool is_coloured;
	bool is_full; /* also of what is false the parts, though none of them is true */
};
/** Print to standard output for people. */
void explain_print(const struct explained *explained, const struct explain_look *look);
/** Print to standard output as one line of JSON. */
void explain_print_json(const struct explained *explained);

#endif
