/*
 * What the parts of the repair filter share.
 */
#ifndef FEEDS_REPAIR_PRIVATE_H
#define FEEDS_REPAIR_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "feeds/repair.h"

enum repair_state {
	STATE_PROLOG, /* before the root element */
	STATE_TEXT,
	STATE_TAG,       /* in a start tag, between attributes */
	STATE_ATTRIBUTE, /* behind an attribute's name */
	STATE_VALUE,     /* behind its = */
	STATE_QUOTED,    /* in its value */
	STATE_UNQUOTED,  /* in one that lacks its quotes */
	STATE_END_TAG,   /* behind the name of an end tag that was dealt with */
	STATE_CDATA,
	STATE_COMMENT,
	STATE_INSTRUCTION, /* one that is dropped */
	STATE_DECLARATION, /* <!DOCTYPE ...> */
	STATE_DECLARATION_COMMENT,
	STATE_EPILOG, /* behind the root element */
};

struct repair {
	enum repair_state state;
	sink_fn *sink; /* borrowed, as ctx */
	void *ctx;
	struct buf pending;
	bool is_end;    /* nothing more comes: pending has to be judged as it is */
	bool is_failed; /* err was set */
	/* what goes on: out, then the clean span of the input */
	struct buf out;
	const char *clean;
	size_t clean_len;
	/* the open elements */
	struct buf names; /* one behind the other */
	size_t name_at[REPAIR_DEPTH_MAX];
	size_t depth;
	/* the tag, or the declaration */
	char quote;       /* '\0': none is open */
	bool needs_blank; /* before the next attribute */
	size_t tag_bytes;
	unsigned attributes;
	unsigned nesting; /* of < in the declaration */
	bool is_subset;   /* inside its [ ] */
};

/* Which bytes a state has to look at. */
enum {
	STOP_TEXT = 1,
	STOP_QUOTED = 2,
	STOP_CDATA = 4,
	STOP_ALL = 7,
};

/* -- repair_bytes.c: what goes on, characters, references -- */

/** Bytes of the input, as they are. */
void repair_keep(struct repair *repair, const char *at, size_t len);
/** Other bytes than those of the input. */
void repair_put(struct repair *repair, const char *text, size_t len);
void repair_put_text(struct repair *repair, const char *text);
/** Move the clean span to out, which more will be added to. */
void repair_flush(struct repair *repair);
/** How many bytes from at on need no look; stop is one of STOP_. */
size_t repair_clean_span(const char *at, size_t len, unsigned stop);
bool repair_is_name_start(char c);
bool repair_is_name_byte(char c);

/*
 * Each take_ function gets the input from `at` on and returns how many bytes it took; none,
 * with the state as it was, means that more has to come first.
 */

/** A byte that is no ASCII, or a control character. */
size_t repair_take_odd(struct repair *repair, const char *at, size_t len);
/** at is an & */
size_t repair_take_reference(struct repair *repair, const char *at, size_t len);

/* -- repair_tag.c: tags, and which elements are open -- */

/** at is the < of a start tag. May fail (is_failed). */
size_t repair_take_start(
    struct repair *repair, const char *at, size_t len, struct error *err);
/** at is the < of an end tag. */
size_t repair_take_end(struct repair *repair, const char *at, size_t len);
size_t repair_take_tag(
    struct repair *repair, const char *at, size_t len, struct error *err);
size_t repair_take_attribute(struct repair *repair, const char *at, size_t len);
size_t repair_take_value(struct repair *repair, const char *at, size_t len);
size_t repair_take_quoted(struct repair *repair, const char *at, size_t len);
size_t repair_take_unquoted(struct repair *repair, const char *at, size_t len);
size_t repair_take_end_tag(struct repair *repair, const char *at, size_t len);
/** So many bytes of a tag were taken: fail when there are too many. */
void repair_check_tag(struct repair *repair, size_t used, struct error *err);
/** The name of an open element; not ended by a NUL. */
const char *repair_open_name(const struct repair *repair, size_t level, size_t *len);

#endif
