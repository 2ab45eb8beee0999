/*
 * What the three files of conf share: conf.c keeps files and mistakes, conf_tree.c makes
 * nodes of YAML, conf_read.c reads nodes by tables.
 */
#ifndef BASE_CONF_PRIVATE_H
#define BASE_CONF_PRIVATE_H

#include <stdarg.h>
#include <stddef.h>

#include "base/conf.h"

/* A place in a file; lines and columns from 1, 0: the file as a whole. */
struct conf_place {
	const char *file; /* as conf_add_file() returned it */
	size_t line, column;
};

/** Keep memory until conf_free(). @return memory */
void *conf_keep(struct conf *conf, void *memory);

/** Begin a file. @return its name, kept; the address tells it from another of that name */
const char *conf_add_file(struct conf *conf, const char *name);

/** Note a mistake at a place that has no node. @return false */
bool conf_error_at(struct conf *conf, const struct conf_place *place, const char *format,
    ...) __attribute__((format(printf, 3, 4)));

/* A text as messages show it: cut at CONF_SHOWN_CHARS. */
#define CONF_SHOWN_CHARS 60
#define CONF_SHOWN_BYTES 256
const char *conf_show(const char *text, char shown[CONF_SHOWN_BYTES]);

/** Whether a scalar has a value; else the mistake is noted. name: of its key */
bool conf_check_scalar(struct conf *conf, const struct conf_node *value, const char *name);

/** Begin to read YAML; ends the process without memory. yaml_parser_delete() ends it. */
struct yaml_parser_s;
void conf_parser_open(struct yaml_parser_s *parser, const char *bytes, size_t len);

/** Note what ends a file, if anything does. @return the bytes before the line of that */
size_t conf_find_end(struct conf *conf, const char *file, const char *bytes, size_t len);

/**
 * Make a tree of bytes that are at most CONF_FILE_MAX_BYTES long.
 *
 * @return the root, any kind of node; NULL when there is none
 */
const struct conf_node *conf_tree(
    struct conf *conf, const char *file, const char *bytes, size_t len);

#endif
