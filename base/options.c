/*
 * getopt_long(3), fed from a table of rows.
 */
#include "base/options.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/list.h"
#include "base/mem.h"

#define OPTION_VALUE_BASE 256 /* above every letter */

static size_t
row_count(const struct option_row *rows)
{
	size_t count = 0;

	while (rows[count].name != NULL)
		count++;
	return count;
}

bool
options_number(const char *text, int64_t min, int64_t max, int64_t *value)
{
	char *end = NULL;
	intmax_t number;

	if (text[0] != '-' && (text[0] < '0' || text[0] > '9'))
		return false;
	errno = 0;
	number = strtoimax(text, &end, 10);
	if (errno != 0 || *end != '\0' || end == text || number < min || number > max)
		return false;
	*value = number;
	return true;
}

static bool
read_value(const struct option_row *row, const char *value, void *target, struct error *err)
{
	void *field = (char *)target + row->offset;

	if (row->kind != OPTION_FLAG && row->kind != OPTION_MAYBE && value[0] == '\0')
		return error_set(err, ERROR_CONFIG, "usage", "--%s is empty", row->name);
	switch (row->kind) {
	case OPTION_FLAG:
		*(bool *)field = true;
		return true;
	case OPTION_TEXT:
		*(const char **)field = value;
		return true;
	case OPTION_MAYBE:
		*(const char **)field = value[0] != '\0' ? value : NULL;
		return true;
	case OPTION_LIST:
		list_add(field, value);
		return true;
	case OPTION_NUMBER:
		if (options_number(value, row->min, row->max, field))
			return true;
		return error_set(err, ERROR_CONFIG, "usage",
		    "--%s %s is no number from %" PRId64 " to %" PRId64, row->name, value,
		    row->min, row->max);
	}
	return true;
}

/* getopt_long's own two tables; letters begins with ':' so that it tells what is missing */
static void
make_tables(const struct option_row *rows, struct option *longs, char *letters)
{
	*letters++ = ':';
	for (size_t i = 0; rows[i].name != NULL; i++) {
		bool takes = rows[i].kind != OPTION_FLAG;

		longs[i].name = rows[i].name;
		longs[i].has_arg = takes ? required_argument : no_argument;
		longs[i].val = OPTION_VALUE_BASE + (int)i;
		if (rows[i].letter == '\0')
			continue;
		*letters++ = rows[i].letter;
		if (takes)
			*letters++ = ':';
	}
	*letters = '\0';
}

static const struct option_row *
find_row(const struct option_row *rows, int value)
{
	if (value >= OPTION_VALUE_BASE)
		return &rows[value - OPTION_VALUE_BASE];
	while (rows->name != NULL && rows->letter != value)
		rows++;
	return rows->name != NULL ? rows : NULL;
}

static bool
refuse(int what, char **argv, struct error *err)
{
	/* a long option lies behind, a letter may still stand in its cluster */
	const char *text =
	    optopt != 0 && optopt < OPTION_VALUE_BASE ? NULL : argv[optind - 1];
	char letter[3] = { '-', (char)optopt, '\0' };

	if (text == NULL)
		text = letter;
	if (what == ':')
		return error_set(err, ERROR_CONFIG, "usage", "%s needs a value", text);
	return error_set(
	    err, ERROR_CONFIG, "usage", "%s is no option, or takes no value", text);
}

bool
options_read(int argc, char **argv, const struct option_row *rows, void *target, int *first,
    struct error *err)
{
	size_t count = row_count(rows);
	AUTO_FREE struct option *longs = mem_array(count + 1, sizeof(*longs));
	AUTO_FREE char *letters = mem_zalloc(2 * count + 2);
	int what;

	make_tables(rows, longs, letters);
	opterr = 0;
	optind = 0; /* glibc: begin anew */
	while ((what = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		const struct option_row *row;

		if (what == '?' || what == ':')
			return refuse(what, argv, err);
		row = find_row(rows, what);
		if (row == NULL || !read_value(row, optarg, target, err))
			return false;
	}
	*first = optind;
	return true;
}

void
options_print(FILE *out, const struct option_row *rows)
{
	for (; rows->name != NULL; rows++) {
		AUTO_FREE char *left = mem_printf("--%s%s%s", rows->name,
		    rows->value != NULL ? " " : "", rows->value != NULL ? rows->value : "");

		if (rows->letter != '\0')
			(void)fprintf(
			    out, "  -%c, %-24s %s\n", rows->letter, left, rows->help);
		else
			(void)fprintf(out, "      %-24s %s\n", left, rows->help);
	}
}
