/*
 * What went wrong, and where: the second result of every function that can fail.
 *
 * Set once, where the cause is known; a caller may put more in front. Rooms return errors,
 * only daemon/ and the main of each process log them.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdbool.h>

/* The kind decides what is done next. */
enum error_kind {
	ERROR_NETWORK, /* the peer or the way to it: try later */
	ERROR_LIMIT,   /* more than we take: try later */
	ERROR_FORMAT,  /* the bytes are not what they should be: tell the user */
	ERROR_SYSTEM,  /* this machine failed us: errno, disk, database */
	ERROR_CONFIG,  /* the user's files: keep the old configuration */
};

struct error {
	enum error_kind kind;
	char text[512]; /* "WHERE: what is wrong", one printable line of UTF-8 */
};

/**
 * Set an error. Control characters of the arguments are escaped, a text too long is cut at
 * a character.
 *
 * @param err    may be NULL when the caller does not want to know
 * @param where  the object that failed: a file, a feed, a room
 * @return always false, so that setting and returning is one line
 */
bool error_set(struct error *err, enum error_kind kind, const char *where,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

/**
 * Set an error of kind SYSTEM from an errno value: "WHERE: what: No space left on device".
 *
 * @return always false
 */
bool error_system(struct error *err, int errno_value, const char *where, const char *format,
    ...) __attribute__((format(printf, 4, 5)));

/**
 * Put more in front of an error: "PREFIX: old text".
 *
 * @return always false
 */
bool error_prefix(struct error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** @return the kind as one lower-case word: "network", "limit", "format", "system",
 * "config" */
const char *error_kind_name(enum error_kind kind);

#endif
