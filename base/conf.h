/*
 * YAML, strictly read: a file becomes a tree of nodes with their places, tables of keys
 * walk it, and every mistake of every file is collected with FILE:LINE:COL.
 *
 * Anchors, aliases, tags and merge keys are mistakes, so is a key given twice. Columns are
 * in characters, from 1. After the first YAML syntax error of a file nothing more of it is
 * read.
 */
#ifndef BASE_CONF_H
#define BASE_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

struct conf;
struct list;

enum conf_type { CONF_SCALAR, CONF_SEQUENCE, CONF_MAPPING };
enum conf_style { CONF_PLAIN, CONF_QUOTED, CONF_BLOCK, CONF_FOLDED }; /* of a scalar */

struct conf_pair;

/* One value; owned by the conf it was read by, for as long as that lives. */
struct conf_node {
	enum conf_type type;
	enum conf_style style;
	const char *file;    /* as named when read */
	size_t line, column; /* from 1; of a block scalar: the place of its | */
	/* of a | block: the line its text begins on, and the column (indentation + 1); of a
	 * plain or quoted scalar whose text stands in the file as it is: its first
	 * character; else 0 */
	size_t content_line;
	size_t content_column;
	bool is_bad; /* a mistake was noted at it, more of its own are not */
	bool is_cut; /* a syntax error ended it: what is missing may stand behind that */
	const char *text; /* scalar: valid UTF-8, no NUL */
	size_t len;
	const struct conf_node *const *items; /* sequence: count of them */
	const struct conf_pair *pairs;        /* mapping: count of them */
	size_t count;
};

struct conf_pair {
	const struct conf_node *key; /* a scalar */
	const struct conf_node *value;
};

#define CONF_FILE_MAX_BYTES (4u << 20)
#define CONF_DEPTH_MAX 32
#define CONF_NODES_MAX 500000

struct conf *conf_new(void);
void conf_free(struct conf *conf);
MEM_AUTO(conf, conf_free);

/**
 * Read a file. Mistakes of its syntax are noted; what stands before the first one is
 * returned.
 *
 * @param name  how the file is called in messages; NULL: path
 * @return the root mapping, borrowed from conf; NULL (with the mistake noted) when there is
 * none, NULL without a mistake when the file is empty
 */
const struct conf_node *conf_read_file(
    struct conf *conf, const char *path, const char *name);
/** The same from memory. */
const struct conf_node *conf_read_bytes(
    struct conf *conf, const char *bytes, size_t len, const char *name);

/** Note a mistake at a node. @return false */
bool conf_error(struct conf *conf, const struct conf_node *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/**
 * Note a mistake inside a scalar's text, offset in bytes of text: for a | block the line
 * and column of that character in the file, for a quoted or plain scalar on one line
 * likewise.
 */
bool conf_error_inside(struct conf *conf, const struct conf_node *at, size_t offset,
    const char *format, ...) __attribute__((format(printf, 4, 5)));
/** Note a mistake of a file as a whole: "FILE: ...". */
bool conf_error_file(struct conf *conf, const char *file, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/** Note what is allowed but unwise; does not count as a mistake. */
void conf_warn(struct conf *conf, const struct conf_node *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

size_t conf_error_count(const struct conf *conf);
size_t conf_warning_count(const struct conf *conf);
/**
 * The i-th mistake (then, from conf_error_count() on, the warnings): files in the order
 * read, lines and columns ascending: "FILE:LINE:COL: text" / "FILE:LINE:COL: warning:
 * text".
 */
const char *conf_message(struct conf *conf, size_t i);

/* A row of a room's table of settings. read() notes its own mistakes and returns false
 * then. */
struct conf_key {
	const char *name;
	bool (*read)(struct conf *conf, const struct conf_node *value,
	    const struct conf_key *key, void *field);
	size_t offset;    /* of the field in the target */
	int64_t min, max; /* where the reader has bounds; both 0: none */
	bool required;
	const void *more; /* what the reader needs besides: choices, a table of keys */
};

/**
 * Walk a mapping by a table: unknown keys (with what is allowed), keys given twice, missing
 * required keys are mistakes; each known value is given to its reader with target + offset.
 *
 * @param what  "feed", "polling": for messages
 * @return false when anything was wrong here
 */
bool conf_read_mapping(struct conf *conf, const struct conf_node *node, const char *what,
    const struct conf_key *keys, void *target);
/** The folder of a value's file, where files that it names are looked for. The caller's. */
char *conf_folder(const struct conf_node *node);
/** @return the value of a key, or NULL */
const struct conf_node *conf_find(const struct conf_node *mapping, const char *key);

/* Readers for tables. The field's type stands in brackets. */
typedef bool conf_read_fn(
    struct conf *, const struct conf_node *, const struct conf_key *, void *);
conf_read_fn
    conf_read_text; /* [char *] owned by the target; the old one is freed; not empty */
conf_read_fn conf_read_bool;   /* [bool] true or false, nothing else */
conf_read_fn conf_read_number; /* [int64_t] decimal, min..max */
conf_read_fn
    conf_read_duration;      /* [int64_t] 90s 15m 2h 7d, in seconds, min..max in seconds */
conf_read_fn conf_read_size; /* [int64_t] 512 64K 16M, in bytes */
conf_read_fn
    conf_read_choice; /* [int] index into more: NULL-terminated const char *const[] */
conf_read_fn conf_read_list; /* [struct list] a sequence of scalars, none empty */
conf_read_fn conf_read_name; /* [char *] [a-z0-9-]+, at most 64 */
conf_read_fn
    conf_read_url; /* [char *] http or https, with a host, no credentials, no blanks */
conf_read_fn
    conf_read_group; /* a mapping, walked by more: struct conf_key[], into the field */
conf_read_fn conf_read_node; /* [const struct conf_node *] left for later */
/** "90s", "15m", "7d" as in messages; static buffers are not used. */
void conf_format_duration(int64_t seconds, char text[32]);

#endif
