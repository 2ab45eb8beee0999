/*
 * Texts on their way around the XML parser.
 *
 * The repair filter has judged every byte of them already, so libxml2 sees one letter in
 * place of each: it is slow with references and with all that is not ASCII. The letters
 * come back in order; should one get lost, the next finds its own text all the same.
 */
#ifndef FEEDS_ASIDE_H
#define FEEDS_ASIDE_H

#include <stddef.h>

#include "base/buf.h"

struct aside {
	struct buf bytes; /* of all texts that wait */
	size_t *lengths;  /* owned */
	size_t count, cap;
	size_t first;    /* the texts before it were taken */
	size_t first_at; /* of its bytes */
	size_t number;   /* of the first one, counted from the document's begin */
};

void aside_clear(struct aside *aside);
/** Put a text in the row. @return the letter that stands for it, no markup and no blank */
char aside_put(struct aside *aside, const char *text, size_t len);
/**
 * The text of a letter; those before it are gone with it.
 *
 * @return borrowed until the next aside_put() or aside_tidy(); NULL: no text waits that has
 * this letter
 */
const char *aside_take(struct aside *aside, char letter, size_t *len);
/** Give back the room of what was taken. */
void aside_tidy(struct aside *aside);

#endif
