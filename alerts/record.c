/*
 * Printing records with jansson: members in the order of DESIGN 8, what is absent left out.
 */
#include "alerts/record.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alerts/alerts.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"

const char *
record_kind(enum match_kind kind)
{
	switch (kind) {
	case MATCH_RULE:
		return "match";
	case MATCH_STAGE:
		return "stage";
	case MATCH_STORY:
		return "story";
	}
	return "";
}

static void
make_id(const char *kind, const char *subject, const char *transition, int64_t episode,
    char id[RECORD_ID_BYTES])
{
	AUTO_BUF struct buf text = BUF_EMPTY;
	char hex[DIGEST_HEX_BYTES];

	buf_printf(
	    &text, "%s\n%s\n%s\n%lld\n", kind, subject, transition, (long long)episode);
	digest_hex(text.data, text.len, hex);
	memcpy(id, hex, RECORD_ID_BYTES - 1);
	id[RECORD_ID_BYTES - 1] = '\0';
}

void
record_id(const struct match *match, char id[RECORD_ID_BYTES])
{
	make_id(record_kind(match->kind), match->subject, match->transition, match->episode,
	    id);
}

void
record_feed_id(const struct feed_alert *feed, char id[RECORD_ID_BYTES])
{
	make_id("feed", feed->subject, feed->condition, feed->episode, id);
}

void
record_test_id(struct record_test *test)
{
	make_id("test", test->sink != NULL ? test->sink : "", "", test->episode, test->id);
}

void
record_digest_id(struct record_test *digest)
{
	make_id("digest", digest->sink, "", digest->episode, digest->id);
}

static void
set_text(json_t *object, const char *key, const char *text)
{
	if (text != NULL && text[0] != '\0')
		json_object_set_new(object, key, json_string(text));
}

static void
set_time_ms(json_t *object, const char *key, int64_t at_ms)
{
	char text[CLOCK_TEXT_BYTES];

	clock_format_ms(at_ms, text);
	json_object_set_new(object, key, json_string(text));
}

static json_t *
print_list(const struct list *list)
{
	json_t *array = json_array();

	for (size_t i = 0; i < list->count; i++)
		json_array_append_new(array, json_string(list->items[i]));
	return array;
}

static json_t *
print_terms(const struct match *match)
{
	json_t *array = json_array();

	for (size_t i = 0; i < match->count; i++) {
		const struct match_term *term = &match->terms[i];
		json_t *object = json_object();

		set_text(object, "term", term->term);
		set_text(object, "set", term->set);
		set_text(object, "field", term->field);
		json_object_set_new(object, "at", json_integer((json_int_t)term->at));
		json_object_set_new(
		    object, "length", json_integer((json_int_t)term->length));
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *
print_voice(const struct stored_entry *stored)
{
	json_t *array = json_array();
	json_t *voice = json_object();

	set_text(voice, "publisher", stored->source->publisher);
	set_text(voice, "link", stored->entry->link);
	set_time_ms(voice, "seen", stored->seen_ms);
	json_array_append_new(array, voice);
	return array;
}

/* The bytes of the first n characters. */
static size_t
bytes_of_chars(const char *text, size_t len, size_t chars)
{
	size_t at = 0;
	uint32_t c;

	while (at < len && chars-- > 0) {
		size_t used = text_decode(text + at, len - at, &c);

		at += used == 0 ? 1 : used;
	}
	return at;
}

/* Where the excerpt begins, in characters: a little before the first term found in that
 * field. */
static size_t
excerpt_begin(const struct match *match, const char *field)
{
	const size_t before = 60;

	for (size_t i = 0; i < match->count; i++) {
		const struct match_term *term = &match->terms[i];

		if (strcmp(term->field, field) == 0)
			return term->at < RECORD_EXCERPT_CHARS / 2 ? 0 : term->at - before;
	}
	return 0;
}

static void
set_excerpt(json_t *object, const struct match *match, const struct entry *entry)
{
	bool has_summary = entry->summary != NULL && entry->summary[0] != '\0';
	const char *text = has_summary ? entry->summary : entry->content;
	AUTO_BUF struct buf excerpt = BUF_EMPTY;
	size_t begin_chars, begin, len;

	if (text == NULL)
		return;
	len = strlen(text);
	begin_chars = excerpt_begin(match, has_summary ? "summary" : "content");
	begin = bytes_of_chars(text, len, begin_chars);
	if (begin > 0)
		buf_add_text(&excerpt, "\u2026");
	text += begin;
	len -= begin;
	begin = bytes_of_chars(text, len, RECORD_EXCERPT_CHARS);
	buf_add(&excerpt, text, begin);
	if (begin < len)
		buf_add_text(&excerpt, "\u2026");
	set_text(object, "excerpt", buf_text(&excerpt));
}

/* What is absent is absent: of an entry without sums there is no list. */
static void
set_amounts(json_t *object, const struct match *match)
{
	json_t *amounts;

	if (match->amount_count == 0)
		return;
	amounts = json_array();
	for (size_t i = 0; i < match->amount_count; i++) {
		json_t *amount = json_object();

		set_text(amount, "value", match->amounts[i].value);
		set_text(amount, "to", match->amounts[i].to);
		set_text(amount, "currency", match->amounts[i].currency);
		set_text(amount, "text", match->amounts[i].text);
		json_array_append_new(amounts, amount);
	}
	json_object_set_new(object, "amounts", amounts);
}

static void
set_entry(json_t *object, const struct match *match, const struct stored_entry *stored)
{
	const struct entry *entry = stored->entry;
	char text[CLOCK_TEXT_BYTES];

	set_text(object, "title", entry->title);
	set_text(object, "link", entry->link);
	set_excerpt(object, match, entry);
	set_text(object, "language", entry->language);
	set_text(object, "feed", stored->source->feed);
	set_text(object, "publisher", stored->source->publisher);
	json_object_set_new(object, "official", json_boolean(stored->source->is_official));
	if (entry->published_s != 0) {
		clock_format_s(entry->published_s, text);
		json_object_set_new(object, "published", json_string(text));
	}
	set_time_ms(object, "seen", stored->seen_ms);
	json_object_set_new(object, "matched", print_terms(match));
	set_amounts(object, match);
	json_object_set_new(object, "voices", print_voice(stored));
}

char *
record_print(const struct match *match, const struct stored_entry *stored, const char *id,
    int64_t seq, int64_t time_ms)
{
	json_t *object = json_object();
	char *text;

	json_object_set_new(object, "schema", json_integer(RECORD_SCHEMA));
	json_object_set_new(object, "seq", json_integer(seq));
	set_text(object, "id", id);
	json_object_set_new(object, "episode", json_integer(match->episode));
	set_time_ms(object, "time", time_ms);
	set_text(object, "kind", record_kind(match->kind));
	set_text(object, "severity", severity_names[match->severity]);
	set_text(object, "story", match->story);
	set_text(object, "stage", match->stage);
	set_text(object, "state", match->state);
	set_text(object, "now", match->now);
	set_text(object, "rule", match->rule);
	json_object_set_new(object, "topics", print_list(&match->topics));
	if (stored->entry != NULL)
		set_entry(object, match, stored);
	else
		set_text(object, "title", match->title);
	text = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	return text;
}

char *
record_print_feed(const struct feed_alert *feed, const char *id, int64_t seq)
{
	const struct source *source = feed->source;
	json_t *object = json_object();
	char *text;

	json_object_set_new(object, "schema", json_integer(RECORD_SCHEMA));
	json_object_set_new(object, "seq", json_integer(seq));
	set_text(object, "id", id);
	json_object_set_new(object, "episode", json_integer(feed->episode));
	set_time_ms(object, "time", feed->time_ms);
	set_text(object, "kind", "feed");
	set_text(object, "severity", severity_names[feed->severity]);
	set_text(object, "condition", feed->condition);
	set_text(object, "title", feed->title);
	set_text(object, "excerpt", feed->excerpt);
	set_text(object, "feed", source->feed);
	set_text(object, "publisher", source->publisher);
	json_object_set_new(object, "official", json_boolean(source->is_official));
	text = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	return text;
}

/* What is about a sink and not about the world. */
static json_t *
make_own(const struct record_test *own, const char *kind, const char *title)
{
	json_t *object = json_object();

	json_object_set_new(object, "schema", json_integer(RECORD_SCHEMA));
	json_object_set_new(object, "seq", json_integer(own->seq));
	set_text(object, "id", own->id);
	json_object_set_new(object, "episode", json_integer(own->episode));
	set_time_ms(object, "time", own->time_ms);
	set_text(object, "kind", kind);
	set_text(object, "severity", severity_names[own->severity]);
	set_text(object, "title", title);
	return object;
}

static char *
print_and_free(json_t *object)
{
	char *text = json_dumps(object, JSON_COMPACT);

	json_decref(object);
	return text;
}

char *
record_print_test(const struct record_test *test)
{
	AUTO_FREE char *title = test->sink == NULL
				    ? mem_strdup("A test of all sinks")
				    : mem_printf("A test of the sink %s", test->sink);

	return print_and_free(make_own(test, "test", title));
}

char *
record_print_digest(const struct record_test *digest, json_t *alerts)
{
	AUTO_FREE char *title = mem_printf("%zu alerts", json_array_size(alerts));
	json_t *object = make_own(digest, "digest", title);

	(void)json_object_set(object, "alerts", alerts);
	return print_and_free(object);
}
