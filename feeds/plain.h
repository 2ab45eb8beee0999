/*
 * Markup to plain text: what a person would read.
 */
#ifndef FEEDS_PLAIN_H
#define FEEDS_PLAIN_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/**
 * Append the text of an HTML fragment: tags and comments removed, scripts and styles with
 * their content, references decoded, white space in single blanks and none at the ends.
 * What only looks like a tag stays ("1 <3", "Vector<int>").
 *
 * @param html  valid UTF-8
 */
void plain_add_html(struct buf *out, const char *html, size_t len);
/** The same for text without markup: white space and control characters only. */
void plain_add_text(struct buf *out, const char *text, size_t len);
/** Whether it is the name of an element of HTML, in any case. */
bool plain_knows_tag(const char *name);

#endif
