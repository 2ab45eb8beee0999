/*
 * Settings by tables: the walk over a mapping, and the readers of values.
 */
#include "base/conf.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/conf_private.h"
#include "base/list.h"
#include "base/similar.h"

#define NAME_MAX_BYTES 64

/* The allowed names, as they are gathered for a message. */
struct allowed {
	struct similar similar;
	struct buf text;
};

static void
add_allowed(struct allowed *allowed, const char *name)
{
	buf_printf(&allowed->text, "%s%s", allowed->text.len > 0 ? ", " : "", name);
	similar_try(&allowed->similar, name);
}

/* @return "(allowed: a, b; did you mean a?)" without the brackets, borrowed from allowed */
static const char *
end_allowed(struct allowed *allowed)
{
	if (allowed->similar.nearest != NULL)
		buf_printf(&allowed->text, "; did you mean %s?", allowed->similar.nearest);
	return buf_text(&allowed->text);
}

/* ---- the walk ---- */

static const struct conf_key *
find_key(const struct conf_key *keys, const char *name)
{
	for (const struct conf_key *key = keys; key->name != NULL; key++) {
		if (strcmp(key->name, name) == 0)
			return key;
	}
	return NULL;
}

static bool
unknown_key(struct conf *conf, const struct conf_node *at, const char *what,
    const struct conf_key *keys)
{
	struct allowed allowed = { .similar.wrong = at->text };
	char shown[CONF_SHOWN_BYTES];

	for (const struct conf_key *key = keys; key->name != NULL; key++)
		add_allowed(&allowed, key->name);
	conf_error(conf, at, "%s: unknown key \"%s\" (allowed: %s)", what,
	    conf_show(at->text, shown), end_allowed(&allowed));
	buf_clear(&allowed.text);
	return false;
}

static bool
check_required(struct conf *conf, const struct conf_node *node, const char *what,
    const struct conf_key *keys)
{
	bool is_good = true;

	/* behind a syntax error may stand what is missing */
	if (node->is_cut)
		return true;
	for (const struct conf_key *key = keys; key->name != NULL; key++) {
		if (key->required && conf_find(node, key->name) == NULL)
			is_good =
			    conf_error(conf, node, "%s: %s is missing", what, key->name);
	}
	return is_good;
}

/* Whether the mistake is noted already: a key given twice, an alias. */
static bool
is_refused(const struct conf_pair *pair)
{
	return pair->key->is_bad ||
	       (pair->value->is_bad && pair->value->type == CONF_SCALAR);
}

bool
conf_read_mapping(struct conf *conf, const struct conf_node *node, const char *what,
    const struct conf_key *keys, void *target)
{
	bool is_good = true;

	if (node->type != CONF_MAPPING)
		return conf_error(conf, node,
		    "%s: keys and values are missing (allowed: key: value)", what);
	for (size_t i = 0; i < node->count; i++) {
		const struct conf_pair *pair = &node->pairs[i];
		const struct conf_key *key = find_key(keys, pair->key->text);

		if (is_refused(pair))
			is_good = false;
		else if (key == NULL)
			is_good = unknown_key(conf, pair->key, what, keys);
		else
			is_good &=
			    key->read(conf, pair->value, key, (char *)target + key->offset);
	}
	return check_required(conf, node, what, keys) && is_good;
}

const struct conf_node *
conf_find(const struct conf_node *mapping, const char *key)
{
	if (mapping->type != CONF_MAPPING)
		return NULL;
	for (size_t i = 0; i < mapping->count; i++) {
		if (strcmp(mapping->pairs[i].key->text, key) == 0)
			return mapping->pairs[i].value;
	}
	return NULL;
}

/* ---- readers ---- */

bool
conf_check_scalar(struct conf *conf, const struct conf_node *value, const char *name)
{
	if (value->type != CONF_SCALAR)
		return conf_error(conf, value, "%s is a %s (allowed: a single value)", name,
		    value->type == CONF_MAPPING ? "mapping" : "list");
	/* "null" and "~" are YAML for nothing */
	if (value->len == 0 ||
	    (value->style == CONF_PLAIN &&
		(strcmp(value->text, "~") == 0 || strcmp(value->text, "null") == 0)))
		return conf_error(conf, value, "%s has no value", name);
	return !value->is_bad;
}

/* Replace an owned text. */
static bool
keep_text(void *field, const struct conf_node *value)
{
	char **text = field;

	free(*text);
	*text = mem_strndup(value->text, value->len);
	return true;
}

bool
conf_read_text(struct conf *conf, const struct conf_node *value, const struct conf_key *key,
    void *field)
{
	return conf_check_scalar(conf, value, key->name) && keep_text(field, value);
}

bool
conf_read_bool(struct conf *conf, const struct conf_node *value, const struct conf_key *key,
    void *field)
{
	char shown[CONF_SHOWN_BYTES];
	bool is_true = false;

	if (!conf_check_scalar(conf, value, key->name))
		return false;
	is_true = strcmp(value->text, "true") == 0;
	if (!is_true && strcmp(value->text, "false") != 0)
		return conf_error(conf, value, "%s is \"%s\" (allowed: true, false)",
		    key->name, conf_show(value->text, shown));
	if (value->style != CONF_PLAIN)
		return conf_error(conf, value,
		    "%s is a text (allowed: true, false, without quotes)", key->name);
	*(bool *)field = is_true;
	return true;
}

struct unit {
	char letter; /* '\0': none */
	int64_t factor;
};

/* What tells one kind of number from another. */
struct quantity {
	const struct unit *units; /* greatest first */
	size_t count;
	const char *allowed;
};

static const struct unit durations[] = {
	{ 'd', 86400 },
	{ 'h', 3600 },
	{ 'm', 60 },
	{ 's', 1 },
};
static const struct unit sizes[] = {
	{ 'G', 1 << 30 },
	{ 'M', 1 << 20 },
	{ 'K', 1 << 10 },
	{ '\0', 1 },
};
static const struct unit plain_numbers[] = { { '\0', 1 } };

static const struct quantity number_quantity = { plain_numbers, 1, "a whole number" };
static const struct quantity duration_quantity = { durations, 4,
	"a whole number and s, m, h or d, as 90s, 15m, 2h, 7d" };
static const struct quantity size_quantity = { sizes, 4,
	"a whole number of bytes, or with K, M or G, as 512, 64K, 16M" };

/* Read decimal digits: no sign, no blanks, no leading zero. @return behind them, or NULL */
static const char *
read_digits(const char *text, int64_t *number)
{
	int64_t value = 0;
	const char *at = text;

	for (; *at >= '0' && *at <= '9'; at++) {
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, *at - '0', &value))
			return NULL;
	}
	if (at == text || (text[0] == '0' && at > text + 1))
		return NULL;
	*number = value;
	return at;
}

static bool
read_units(const struct quantity *quantity, const char *text, int64_t *number)
{
	int64_t value = 0;
	const char *end = read_digits(text, &value);

	for (size_t i = 0; end != NULL && i < quantity->count; i++) {
		const struct unit *unit = &quantity->units[i];

		if (*end == unit->letter && (*end == '\0' || end[1] == '\0'))
			return !__builtin_mul_overflow(value, unit->factor, number);
	}
	return false;
}

/* Write a number with the greatest unit that leaves no rest. */
static void
format_units(const struct quantity *quantity, int64_t number, char text[32])
{
	const struct unit *unit = quantity->units;
	char letter[2] = "";

	while (unit->factor > 1 && (number == 0 || number % unit->factor != 0))
		unit++;
	letter[0] = unit->letter;
	(void)snprintf(text, 32, "%" PRId64 "%s", number / unit->factor, letter);
}

void
conf_format_duration(int64_t seconds, char text[32])
{
	format_units(&duration_quantity, seconds, text);
}

static bool
out_of_bounds(struct conf *conf, const struct conf_node *value, const struct conf_key *key,
    const struct quantity *quantity)
{
	char shown[CONF_SHOWN_BYTES];
	char min[32];
	char max[32];

	conf_show(value->text, shown);
	format_units(quantity, key->min, min);
	format_units(quantity, key->max, max);
	if (key->max == INT64_MAX)
		return conf_error(
		    conf, value, "%s is %s (allowed: at least %s)", key->name, shown, min);
	return conf_error(
	    conf, value, "%s is %s (allowed: %s to %s)", key->name, shown, min, max);
}

static bool
read_quantity(struct conf *conf, const struct conf_node *value, const struct conf_key *key,
    const struct quantity *quantity, int64_t *field)
{
	char shown[CONF_SHOWN_BYTES];
	int64_t number = 0;

	if (!conf_check_scalar(conf, value, key->name))
		return false;
	if (!read_units(quantity, value->text, &number))
		return conf_error(conf, value, "%s is \"%s\" (allowed: %s)", key->name,
		    conf_show(value->text, shown), quantity->allowed);
	if ((key->min != 0 || key->max != 0) && (number < key->min || number > key->max))
		return out_of_bounds(conf, value, key, quantity);
	*field = number;
	return true;
}

bool
conf_read_number(struct conf *conf, const struct conf_node *value,
    const struct conf_key *key, void *field)
{
	if (value->type == CONF_SCALAR && value->style != CONF_PLAIN)
		return conf_error(conf, value,
		    "%s is a text (allowed: a whole number, without quotes)", key->name);
	return read_quantity(conf, value, key, &number_quantity, field);
}

bool
conf_read_duration(struct conf *conf, const struct conf_node *value,
    const struct conf_key *key, void *field)
{
	return read_quantity(conf, value, key, &duration_quantity, field);
}

bool
conf_read_size(struct conf *conf, const struct conf_node *value, const struct conf_key *key,
    void *field)
{
	return read_quantity(conf, value, key, &size_quantity, field);
}

bool
conf_read_choice(struct conf *conf, const struct conf_node *value,
    const struct conf_key *key, void *field)
{
	const char *const *names = key->more;
	struct allowed allowed = { .similar.wrong = value->text };
	char shown[CONF_SHOWN_BYTES];

	if (!conf_check_scalar(conf, value, key->name))
		return false;
	for (int i = 0; names[i] != NULL; i++) {
		if (strcmp(names[i], value->text) == 0) {
			*(int *)field = i;
			return true;
		}
	}
	for (int i = 0; names[i] != NULL; i++)
		add_allowed(&allowed, names[i]);
	conf_error(conf, value, "%s is \"%s\" (allowed: %s)", key->name,
	    conf_show(value->text, shown), end_allowed(&allowed));
	buf_clear(&allowed.text);
	return false;
}

bool
conf_read_list(struct conf *conf, const struct conf_node *value, const struct conf_key *key,
    void *field)
{
	struct list fresh = { NULL, 0, 0 };
	struct list *list = field;
	bool is_good = true;

	if (value->type != CONF_SEQUENCE)
		return conf_error(conf, value, "%s is a %s (allowed: a list, [a, b])",
		    key->name, value->type == CONF_MAPPING ? "mapping" : "single value");
	for (size_t i = 0; i < value->count; i++) {
		if (conf_check_scalar(conf, value->items[i], key->name))
			list_add(&fresh, value->items[i]->text);
		else
			is_good = false;
	}
	if (!is_good) {
		list_clear(&fresh);
		return false;
	}
	list_clear(list);
	*list = fresh;
	return true;
}

bool
conf_read_name(struct conf *conf, const struct conf_node *value, const struct conf_key *key,
    void *field)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
	char shown[CONF_SHOWN_BYTES];

	if (!conf_check_scalar(conf, value, key->name))
		return false;
	if (value->len > NAME_MAX_BYTES || strspn(value->text, letters) != value->len)
		return conf_error(conf, value,
		    "%s is \"%s\" (allowed: a-z, 0-9 and -, at most %d characters)",
		    key->name, conf_show(value->text, shown), NAME_MAX_BYTES);
	return keep_text(field, value);
}

bool
conf_read_group(struct conf *conf, const struct conf_node *value,
    const struct conf_key *key, void *field)
{
	return conf_read_mapping(conf, value, key->name, key->more, field);
}

bool
conf_read_node(struct conf *conf, const struct conf_node *value, const struct conf_key *key,
    void *field)
{
	*(const struct conf_node **)field = value;
	return true;
}
