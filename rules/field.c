/*
 * A table of fields, and where each is in an entry.
 */
#include "rules/field.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "feeds/entry.h"

const char *const rule_field_names[] = { "title", "summary", "content", "author",
	"category", "publisher", "link", "feed", "tag", "lang", NULL };

enum field_kind
field_kind(enum rule_field field)
{
	switch (field) {
	case FIELD_LINK:
		return FIELD_URL;
	case FIELD_FEED:
	case FIELD_TAG:
	case FIELD_LANG:
		return FIELD_VALUE;
	case FIELD_TITLE:
	case FIELD_SUMMARY:
	case FIELD_CONTENT:
	case FIELD_AUTHOR:
	case FIELD_CATEGORY:
	case FIELD_PUBLISHER:
	case FIELD_COUNT:
		break;
	}
	return FIELD_WORDS;
}

bool
field_find(const char *name, size_t len, enum rule_field *field)
{
	for (int i = 0; rule_field_names[i] != NULL; i++) {
		if (strlen(rule_field_names[i]) != len ||
		    memcmp(rule_field_names[i], name, len) != 0)
			continue;
		*field = (enum rule_field)i;
		return true;
	}
	return false;
}

/* -- the texts of an entry -- */

static void
add(struct field_texts *texts, const struct field_text *text)
{
	mem_grow(texts->items, texts->count, texts->cap);
	texts->items[texts->count++] = *text;
}

static void
add_text(struct field_texts *texts, enum rule_field field, const char *text)
{
	const struct field_text one = { .field = field, .text = text };

	if (text == NULL)
		return;
	add(texts, &one);
	texts->items[texts->count - 1].len = strlen(text);
}

/* -- languages -- */

enum script { SCRIPT_OTHER, SCRIPT_LATIN, SCRIPT_HAN, SCRIPT_HANGUL, SCRIPT_KANA, SCRIPTS };

static enum script
script_of(uint32_t c)
{
	static const struct {
		uint32_t first, last;
		enum script script;
	} ranges[] = {
		{ 'A', 'Z', SCRIPT_LATIN },
		{ 'a', 'z', SCRIPT_LATIN },
		{ 0xC0, 0x24F, SCRIPT_LATIN },
		{ 0x3041, 0x3096, SCRIPT_KANA },
		{ 0x30A1, 0x30FA, SCRIPT_KANA },
		{ 0x3400, 0x9FFF, SCRIPT_HAN },
		{ 0xAC00, 0xD7A3, SCRIPT_HANGUL },
		{ 0xFF66, 0xFF9D, SCRIPT_KANA },
		{ 0x20000, 0x3FFFF, SCRIPT_HAN },
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++) {
		if (c >= ranges[i].first && c <= ranges[i].last)
			return ranges[i].script;
	}
	return SCRIPT_OTHER;
}

static void
count_scripts(const char *text, size_t counts[SCRIPTS])
{
	size_t len = text == NULL ? 0 : strlen(text);

	for (size_t at = 0; at < len;) {
		uint32_t c = 0;
		size_t used = text_decode(text + at, len - at, &c);

		counts[script_of(c)]++;
		at += used == 0 ? 1 : used;
	}
}

/* Of the languages we watch. A name in another script does not make a language, so three
 * Latin letters weigh as much as one character of the others. */
static const char *
language_of_script(const struct entry *entry)
{
	size_t counts[SCRIPTS] = { 0 }, others;

	count_scripts(entry->title, counts);
	count_scripts(entry->summary, counts);
	if (entry->summary == NULL)
		count_scripts(entry->content, counts);
	others = counts[SCRIPT_HAN] + counts[SCRIPT_HANGUL] + counts[SCRIPT_KANA];
	if (others * 3 < counts[SCRIPT_LATIN])
		return "en";
	if (counts[SCRIPT_HANGUL] > counts[SCRIPT_KANA])
		return "ko";
	if (counts[SCRIPT_KANA] > 0)
		return "ja";
	return counts[SCRIPT_HAN] > 0 ? "zh" : NULL;
}

bool
field_is_chinese(const struct entry *entry)
{
	const char *language = entry->language;

	if (language == NULL || language[0] == '\0')
		language = language_of_script(entry);
	return language != NULL && strncmp(language, "zh", 2) == 0;
}

/* zh-TW is zh-TW and zh. */
static void
add_languages(struct field_texts *texts, const struct entry *entry)
{
	const char *own = entry->language;
	const char *language = own;

	if (own == NULL || own[0] == '\0')
		language = language_of_script(entry);
	if (language == NULL)
		return;
	for (size_t len = strlen(language); len > 0; len--) {
		const struct field_text one = { FIELD_LANG, language, len, 0,
			language != own };

		if (language[len] == '\0' || language[len] == '-')
			add(texts, &one);
	}
}

static void
add_list(struct field_texts *texts, enum rule_field field, const struct list *list)
{
	for (size_t i = 0; list != NULL && i < list->count; i++) {
		add_text(texts, field, list->items[i]);
		texts->items[texts->count - 1].item = i;
	}
}

static void
add_field(
    struct field_texts *texts, const struct stored_entry *stored, enum rule_field field)
{
	const struct entry *entry = stored->entry;

	switch (field) {
	case FIELD_TITLE:
		return add_text(texts, field, entry->title);
	case FIELD_SUMMARY:
		return add_text(texts, field, entry->summary);
	case FIELD_CONTENT:
		return add_text(texts, field, entry->content);
	case FIELD_AUTHOR:
		return add_list(texts, field, &entry->authors);
	case FIELD_CATEGORY:
		return add_list(texts, field, &entry->categories);
	case FIELD_PUBLISHER:
		return add_text(texts, field, stored->source->publisher);
	case FIELD_LINK:
		return add_text(texts, field, entry->link);
	case FIELD_FEED:
		return add_text(texts, field, stored->source->feed);
	case FIELD_TAG:
		return add_list(texts, field, stored->source->tags);
	case FIELD_LANG:
		return add_languages(texts, entry);
	case FIELD_COUNT:
		return;
	}
}

void
field_texts_read(
    struct field_texts *texts, const struct stored_entry *stored, unsigned fields)
{
	texts->count = 0;
	texts->entry = stored->entry;
	for (int field = 0; field < FIELD_COUNT; field++) {
		if ((fields & 1u << field) != 0)
			add_field(texts, stored, (enum rule_field)field);
	}
}

void
field_texts_clear(struct field_texts *texts)
{
	free(texts->items);
	*texts = (struct field_texts){ .items = NULL };
}
