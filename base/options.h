/*
 * The options of a program or verb, read by a table.
 *
 * Options and other arguments may stand in any order; "--" ends the options. The first
 * mistake is the error, of kind CONFIG.
 */
#ifndef BASE_OPTIONS_H
#define BASE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct error;

enum option_kind {
	OPTION_FLAG,   /* [bool] set to true */
	OPTION_TEXT,   /* [const char *] borrowed from argv; not empty */
	OPTION_MAYBE,  /* [const char *] likewise; an empty one is as if it was not given */
	OPTION_LIST,   /* [struct list] may be given several times; none empty */
	OPTION_NUMBER, /* [int64_t] decimal, min..max */
};

struct option_row {
	const char *name; /* without its dashes; NULL ends the table */
	char letter;      /* -n, or 0 */
	enum option_kind kind;
	size_t offset;     /* of the field in the target */
	const char *value; /* what it takes, for help: "FILE"; NULL for a flag */
	const char *help;
	int64_t min, max; /* of a number */
};

/**
 * Read the options of argv[1] and on into the target's fields. What is no option is moved
 * to the end of argv.
 *
 * @param first  out: index in argv of the first argument that is no option
 */
bool options_read(int argc, char **argv, const struct option_row *rows, void *target,
    int *first, struct error *err);
/** Print the table, one line an option. */
void options_print(FILE *out, const struct option_row *rows);
/** Read a whole text as a decimal number. @return false when it is none, or out of bounds
 */
bool options_number(const char *text, int64_t min, int64_t max, int64_t *value);

#endif
