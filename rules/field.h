/*
 * The parts of an entry that an expression can ask for (RULES "Fields").
 */
#ifndef RULES_FIELD_H
#define RULES_FIELD_H

#include <stdbool.h>
#include <stddef.h>

struct entry;
struct stored_entry;

enum rule_field {
	FIELD_TITLE,
	FIELD_SUMMARY,
	FIELD_CONTENT,
	FIELD_AUTHOR,
	FIELD_CATEGORY,
	FIELD_PUBLISHER,
	FIELD_LINK,
	FIELD_FEED,
	FIELD_TAG,
	FIELD_LANG,
	FIELD_COUNT
};
#define FIELDS_DEFAULT (1u << FIELD_TITLE | 1u << FIELD_SUMMARY | 1u << FIELD_CONTENT)

#define FIELDS_OF_VALUES (1u << FIELD_FEED | 1u << FIELD_TAG | 1u << FIELD_LANG)

/* How a term is compared with a field. */
enum field_kind {
	FIELD_WORDS, /* as words of folded text */
	FIELD_URL,   /* as any part of the text as given */
	FIELD_VALUE, /* as the whole of the folded text */
	/* asked for by the term, where the field has words */
	FIELD_EXACT,  /* as words, before case and variants: =Word */
	FIELD_REGEX,  /* by a regex over folded text: between slashes */
	FIELD_AMOUNT, /* as a sum of money: amount(...) */
};

extern const char *const rule_field_names[]; /* "title", "summary" ..., NULL */
enum field_kind field_kind(enum rule_field field);
/** @return whether `len` bytes name a field */
bool field_find(const char *name, size_t len, enum rule_field *field);

/* One text of an entry. */
struct field_text {
	enum rule_field field;
	const char *text; /* borrowed; never NULL */
	size_t len;
	size_t item;     /* which one of the field's list */
	bool is_derived; /* not written in the entry: a language told from the script */
};

struct field_texts {
	struct field_text *items; /* owned */
	size_t count, cap;
	const struct entry *entry; /* borrowed; NULL: texts of no entry */
};

/**
 * What an entry holds in these fields; an old list's room is used again.
 *
 * @param stored  borrowed as long as the texts are used
 * @param fields  bits 1 << enum rule_field
 */
void field_texts_read(
    struct field_texts *texts, const struct stored_entry *stored, unsigned fields);
/** Whether an entry is Chinese: it says so, or is written so. */
bool field_is_chinese(const struct entry *entry);
void field_texts_clear(struct field_texts *texts);

#endif
