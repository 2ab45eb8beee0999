/*
 * How values are written between our own processes: big-endian, lengths before bytes.
 *
 * The reader trusts nothing: after the first value that is cut short, too long or not UTF-8
 * it is broken, and stays so.
 */
#ifndef BASE_WIRE_H
#define BASE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct list;

void wire_add_u8(struct buf *out, uint8_t value);
void wire_add_u16(struct buf *out, uint16_t value);
void wire_add_u32(struct buf *out, uint32_t value);
void wire_add_u64(struct buf *out, uint64_t value);
void wire_add_i64(struct buf *out, int64_t value);
void wire_add_bool(struct buf *out, bool value);
/** A text may be NULL, and comes out as NULL. */
void wire_add_text(struct buf *out, const char *text);
void wire_add_bytes(struct buf *out, const void *bytes, size_t len);
void wire_add_list(struct buf *out, const struct list *list);

struct wire_reader {
	const unsigned char *data; /* borrowed */
	size_t len;
	size_t at;
	bool is_broken;
};

void wire_reader_init(struct wire_reader *in, const void *data, size_t len);
bool wire_read_u8(struct wire_reader *in, uint8_t *value);
bool wire_read_u16(struct wire_reader *in, uint16_t *value);
bool wire_read_u32(struct wire_reader *in, uint32_t *value);
bool wire_read_u64(struct wire_reader *in, uint64_t *value);
bool wire_read_i64(struct wire_reader *in, int64_t *value);
/** Only 0 and 1 are read. */
bool wire_read_bool(struct wire_reader *in, bool *value);
/** *text is the caller's to free(), or NULL; valid UTF-8 without NUL, at most max bytes. */
bool wire_read_text(struct wire_reader *in, char **text, size_t max);
/** Borrowed from the message. */
bool wire_read_bytes(struct wire_reader *in, const void **bytes, size_t *len, size_t max);
/** Appends to list; at most max_items of max_bytes. */
bool wire_read_list(
    struct wire_reader *in, struct list *list, size_t max_items, size_t max_bytes);
/** Whether all was read and nothing is left. */
bool wire_read_end(const struct wire_reader *in);

#endif
