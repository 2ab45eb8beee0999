/*
 * Character references: &amp; &nbsp; &#8217; &#x2019;
 */
#ifndef FEEDS_ENTITY_H
#define FEEDS_ENTITY_H

#include <stddef.h>
#include <stdint.h>

#define ENTITY_MAX_BYTES 40 /* with & and ; what is longer is none */
#define ENTITY_BAD 0xFFFFFFFFu

/**
 * Read a reference; text[0] is the &. Named ones need their semicolon, numbers do not.
 * 128 to 159 mean what windows-1252 has there, as in HTML.
 *
 * @param c  the character; ENTITY_BAD for a number that is none, or a control character
 * @return bytes used; 0 when the & begins no reference that is known
 */
size_t entity_read(const char *text, size_t len, uint32_t *c);

#endif
