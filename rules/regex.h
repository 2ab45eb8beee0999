/*
 * Regular expressions over folded text: what of them is taken (RULES "Terms").
 */
#ifndef RULES_REGEX_H
#define RULES_REGEX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"

#define REGEX_MAX_BYTES 1024

/** How the matcher compiles all of them. @return the library's flags */
unsigned regex_flags(void);
/**
 * Read what stands between the slashes, as the matcher takes it.
 *
 * @param out  appended: the same with its characters folded
 * @param at   out, on failure: byte of the text that is wrong
 * @param err  kind CONFIG, where is /the regex/
 */
bool regex_read(
    struct buf *out, const char *text, size_t len, size_t *at, struct error *err);

#endif
