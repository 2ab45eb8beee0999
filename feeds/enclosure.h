/*
 * Files that an entry points to: audio, pictures, papers (RSS 2.0 <enclosure>, RFC 4287
 * 4.2.7.2 "enclosure").
 */
#ifndef FEEDS_ENCLOSURE_H
#define FEEDS_ENCLOSURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct wire_reader;

#define ENCLOSURES_MAX 64
#define ENCLOSURE_URL_MAX_BYTES (4u << 10)
#define ENCLOSURE_TYPE_MAX_BYTES 256

struct enclosure {
	char *url;            /* absolute; owned, as the next */
	char *type;           /* media type as given, or NULL */
	int64_t length_bytes; /* as given; -1: not said */
};

struct enclosures {
	struct enclosure *items;
	size_t count, cap;
};

/** Copies what it is given. One of the same URL, or one too many, is left out. */
void enclosures_add(struct enclosures *enclosures, const struct enclosure *enclosure);
void enclosures_drop_last(struct enclosures *enclosures);
/** Bytes of their texts. */
size_t enclosures_bytes(const struct enclosures *enclosures);
void enclosures_copy(struct enclosures *to, const struct enclosures *from);
void enclosures_clear(struct enclosures *enclosures);
void enclosures_write(const struct enclosures *enclosures, struct buf *out);
/** @return false when it is cut short or out of bounds */
bool enclosures_read(struct wire_reader *in, struct enclosures *enclosures);

#endif
