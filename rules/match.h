/*
 * What leaves rules/: something to be told, and why.
 */
#ifndef RULES_MATCH_H
#define RULES_MATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "base/mem.h"

enum severity { SEVERITY_INFO, SEVERITY_LOW, SEVERITY_HIGH, SEVERITY_CRITICAL };
extern const char *const severity_names[]; /* "info", "low", "high", "critical", NULL */

/* A term that was found, at its place in the original field. */
struct match_term {
	char *term;        /* as (first) written in the rule files */
	char *set;         /* or NULL */
	const char *field; /* "title", "summary", "author" ...: rules/field.h */
	size_t item;       /* which one, of a field that is a list */
	size_t at, length; /* characters of the original field (of that item) */
};
#define MATCH_TERMS_MAX 32

/* A sum of money that the entry names. */
struct match_amount {
	char *value;    /* decimal, of major units: "550000000000", "12.50" */
	char *to;       /* the end of a range, or NULL */
	char *currency; /* ISO 4217; NULL: none is written */
	char *text;     /* as written */
};
#define MATCH_AMOUNTS_MAX 16

enum match_kind {
	MATCH_RULE,  /* a rule without a stage: alert kind "match" */
	MATCH_STAGE, /* a stage was reported: alert kind "stage" */
	MATCH_STORY, /* where a story stands after a backfill: alert kind "story" */
};

enum match_outcome {
	MATCH_TOLD,     /* a new event: an alert is to be made */
	MATCH_ATTACHED, /* belongs to an event that was told: subject and episode say which
			 */
	MATCH_SILENT, /* counted, but neither told nor attached to something told (backfill)
		       */
};

/* One event. Owns its strings. */
struct match {
	enum match_kind kind;
	enum match_outcome outcome;
	char *subject;    /* "STORY/STAGE", "RULE/CLUSTER": part of the alert's id */
	char *transition; /* "reported" for stages; "" for rules */
	int64_t episode;  /* from 1 */
	char *story, *stage, *state; /* or NULL */
	char *now;   /* of a reversal: the highest stage that still stands, or NULL */
	char *rule;  /* or NULL (kind STORY) */
	char *title; /* of the rule or story; or NULL */
	enum severity severity;
	struct list topics;
	struct match_term *terms; /* count of them, at most MATCH_TERMS_MAX */
	size_t count, cap;
	struct match_amount amounts[MATCH_AMOUNTS_MAX];
	size_t amount_count;
};

/** Copy an array of terms into an empty match. */
void match_copy_terms(struct match *match, const struct match_term *terms, size_t count);
/** Free an array of terms with what they own. */
void match_terms_free(struct match_term *terms, size_t count);
void match_free(struct match *match);
MEM_AUTO(match, match_free);

#endif
