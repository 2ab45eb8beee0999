/*
 * Entries as JSON lines. Members that are not known are passed over; one of the wrong kind
 * makes the line a bad one.
 */
#include "cli/candidate.h"

#include <jansson.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"

enum member_kind { MEMBER_TEXT, MEMBER_LIST, MEMBER_TIME };

static const struct member {
	const char *name;
	enum member_kind kind;
	size_t offset; /* in struct candidate */
} members[] = {
	{ "title", MEMBER_TEXT, offsetof(struct candidate, entry.title) },
	{ "summary", MEMBER_TEXT, offsetof(struct candidate, entry.summary) },
	{ "content", MEMBER_TEXT, offsetof(struct candidate, entry.content) },
	{ "link", MEMBER_TEXT, offsetof(struct candidate, entry.link) },
	{ "authors", MEMBER_LIST, offsetof(struct candidate, entry.authors) },
	{ "categories", MEMBER_LIST, offsetof(struct candidate, entry.categories) },
	{ "feed", MEMBER_TEXT, offsetof(struct candidate, feed) },
	{ "publisher", MEMBER_TEXT, offsetof(struct candidate, publisher) },
	{ "language", MEMBER_TEXT, offsetof(struct candidate, entry.language) },
	{ "published", MEMBER_TIME, offsetof(struct candidate, entry.published_s) },
	{ "tags", MEMBER_LIST, offsetof(struct candidate, tags) },
};

/* -- reading a line -- */

static bool
complain(struct candidate_lines *lines, const char *what, const char *why)
{
	struct error err = { 0 };
	AUTO_FREE char *where = mem_printf("%s:%zu", lines->file, lines->line);

	error_set(&err, ERROR_FORMAT, where, "%s%s", what, why);
	(void)fprintf(stderr, "dealwatch: %s\n", err.text);
	lines->bad++;
	return false;
}

/* RFC 3339, or a day alone. */
static bool
read_time(const char *text, int64_t *at_s)
{
	AUTO_FREE char *day = mem_printf("%.10sT00:00:00Z", text);
	int64_t at_ms;

	if (!clock_parse(strlen(text) == 10 ? day : text, &at_ms))
		return false;
	*at_s = at_ms / 1000;
	return true;
}

static bool
read_list(const json_t *value, struct list *list)
{
	size_t i;
	json_t *item;

	if (!json_is_array(value))
		return false;
	json_array_foreach(value, i, item)
	{
		if (!json_is_string(item))
			return false;
		list_add(list, json_string_value(item));
	}
	return true;
}

static bool
read_member(const struct member *member, const json_t *value, struct candidate *candidate)
{
	void *field = (char *)candidate + member->offset;

	switch (member->kind) {
	case MEMBER_TEXT:
		if (!json_is_string(value))
			return false;
		*(char **)field = mem_strdup(json_string_value(value));
		return true;
	case MEMBER_LIST:
		return read_list(value, field);
	case MEMBER_TIME:
		return json_is_string(value) && read_time(json_string_value(value), field);
	}
	return false;
}

static const char *
kind_name(enum member_kind kind)
{
	switch (kind) {
	case MEMBER_TEXT:
		return "a string";
	case MEMBER_LIST:
		return "an array of strings";
	case MEMBER_TIME:
		return "a date (2026-11-22 or 2026-11-22T07:01:44Z)";
	}
	return "";
}

/* Absent and null are the same; members not named here are passed over. */
static bool
read_candidate(
    struct candidate_lines *lines, const json_t *object, struct candidate *candidate)
{
	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
		const json_t *value = json_object_get(object, members[i].name);
		AUTO_FREE char *text = NULL;

		if (value == NULL || json_is_null(value) ||
		    read_member(&members[i], value, candidate))
			continue;
		text =
		    mem_printf("%s is not %s", members[i].name, kind_name(members[i].kind));
		return complain(lines, text, "");
	}
	if (candidate->entry.title == NULL)
		candidate->entry.title = mem_strdup("");
	return true;
}

void
candidate_clear(struct candidate *candidate)
{
	AUTO(entry) entry = mem_zalloc(sizeof(*entry));

	*entry = candidate->entry; /* entry_free() knows what an entry owns */
	free(candidate->feed);
	free(candidate->publisher);
	list_clear(&candidate->tags);
}

struct stored_entry
candidate_stored(
    const struct candidate *candidate, struct source *source, int64_t id, int64_t now_ms)
{
	const char *feed = candidate->feed != NULL ? candidate->feed : "";

	*source = (struct source){ .feed = feed,
		.publisher = candidate->publisher != NULL ? candidate->publisher : feed,
		.tags = &candidate->tags };
	return (struct stored_entry){ .entry = &candidate->entry,
		.source = source,
		.id = id,
		.seen_ms = now_ms,
		.now_ms = now_ms };
}

void
candidate_take_line(struct candidate_lines *lines, const char *text, size_t len)
{
	struct candidate candidate = { 0 };
	json_error_t why;
	json_t *object, *id;

	if (len > CANDIDATE_LINE_MAX_BYTES) {
		(void)complain(lines, "the line is too long", "");
		return;
	}
	object = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);
	id = json_object_get(object, "id");
	if (!json_is_object(object))
		(void)complain(lines,
		    "no JSON object: ", object == NULL ? why.text : "it is another value");
	else if (id != NULL && !json_is_string(id) && !json_is_integer(id))
		(void)complain(lines, "id is neither a string nor an integer", "");
	else if (read_candidate(lines, object, &candidate))
		lines->on_entry(lines->ctx, id, &candidate);
	candidate_clear(&candidate);
	json_decref(object);
}
