/*
 * Values to bytes and back. A text or bytes: u32 length, then that many; a text that is
 * NULL has the length WIRE_NULL and no bytes. A list: u32 count, then its texts.
 */
#include "base/wire.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/text.h"

#define WIRE_NULL UINT32_MAX

static void
add_number(struct buf *out, uint64_t value, size_t bytes)
{
	unsigned char big_endian[8];

	for (size_t i = bytes; i > 0; i--) {
		big_endian[i - 1] = (unsigned char)(value & 0xff);
		value >>= 8;
	}
	buf_add(out, big_endian, bytes);
}

void
wire_add_u8(struct buf *out, uint8_t value)
{
	add_number(out, value, 1);
}

void
wire_add_u16(struct buf *out, uint16_t value)
{
	add_number(out, value, 2);
}

void
wire_add_u32(struct buf *out, uint32_t value)
{
	add_number(out, value, 4);
}

void
wire_add_u64(struct buf *out, uint64_t value)
{
	add_number(out, value, 8);
}

void
wire_add_i64(struct buf *out, int64_t value)
{
	add_number(out, (uint64_t)value, 8);
}

void
wire_add_bool(struct buf *out, bool value)
{
	add_number(out, value ? 1 : 0, 1);
}

void
wire_add_text(struct buf *out, const char *text)
{
	if (text == NULL)
		add_number(out, WIRE_NULL, 4);
	else
		wire_add_bytes(out, text, strlen(text));
}

void
wire_add_bytes(struct buf *out, const void *bytes, size_t len)
{
	assert(len < WIRE_NULL);
	add_number(out, len, 4);
	if (len > 0)
		buf_add(out, bytes, len);
}

void
wire_add_list(struct buf *out, const struct list *list)
{
	assert(list->count < WIRE_NULL);
	add_number(out, list->count, 4);
	for (size_t i = 0; i < list->count; i++)
		wire_add_text(out, list->items[i]);
}

void
wire_reader_init(struct wire_reader *in, const void *data, size_t len)
{
	*in = (struct wire_reader){ .data = data, .len = len };
}

static bool
broken(struct wire_reader *in)
{
	in->is_broken = true;
	return false;
}

static bool
read_number(struct wire_reader *in, size_t bytes, uint64_t *value)
{
	uint64_t sum = 0;

	if (in->is_broken || in->len - in->at < bytes)
		return broken(in);
	for (size_t i = 0; i < bytes; i++)
		sum = sum << 8 | in->data[in->at + i];
	in->at += bytes;
	*value = sum;
	return true;
}

bool
wire_read_u8(struct wire_reader *in, uint8_t *value)
{
	uint64_t wide;

	if (!read_number(in, 1, &wide))
		return false;
	*value = (uint8_t)wide;
	return true;
}

bool
wire_read_u16(struct wire_reader *in, uint16_t *value)
{
	uint64_t wide;

	if (!read_number(in, 2, &wide))
		return false;
	*value = (uint16_t)wide;
	return true;
}

bool
wire_read_u32(struct wire_reader *in, uint32_t *value)
{
	uint64_t wide;

	if (!read_number(in, 4, &wide))
		return false;
	*value = (uint32_t)wide;
	return true;
}

bool
wire_read_u64(struct wire_reader *in, uint64_t *value)
{
	return read_number(in, 8, value);
}

bool
wire_read_i64(struct wire_reader *in, int64_t *value)
{
	uint64_t wide;

	if (!read_number(in, 8, &wide))
		return false;
	*value = (int64_t)wide;
	return true;
}

bool
wire_read_bool(struct wire_reader *in, bool *value)
{
	uint64_t wide;

	if (!read_number(in, 1, &wide) || wide > 1)
		return broken(in);
	*value = wide == 1;
	return true;
}

/* The bytes behind a length that has been read. */
static bool
read_span(struct wire_reader *in, size_t len, size_t max, const char **bytes)
{
	if (len > max || in->len - in->at < len)
		return broken(in);
	*bytes = len == 0 ? "" : (const char *)in->data + in->at;
	in->at += len;
	return true;
}

static bool
read_utf8(struct wire_reader *in, size_t len, size_t max, const char **text)
{
	const char *bytes;

	if (!read_span(in, len, max, &bytes) || memchr(bytes, '\0', len) != NULL ||
	    !text_is_utf8(bytes, len))
		return broken(in);
	*text = bytes;
	return true;
}

bool
wire_read_text(struct wire_reader *in, char **text, size_t max)
{
	const char *bytes;
	uint32_t len;

	if (!wire_read_u32(in, &len))
		return false;
	if (len == WIRE_NULL) {
		*text = NULL;
		return true;
	}
	if (!read_utf8(in, len, max, &bytes))
		return false;
	*text = mem_strndup(bytes, len);
	return true;
}

bool
wire_read_bytes(struct wire_reader *in, const void **bytes, size_t *len, size_t max)
{
	const char *span;
	uint32_t count;

	if (!wire_read_u32(in, &count) || !read_span(in, count, max, &span))
		return false;
	*bytes = span;
	*len = count;
	return true;
}

bool
wire_read_list(
    struct wire_reader *in, struct list *list, size_t max_items, size_t max_bytes)
{
	size_t before = list->count;
	const char *bytes;
	uint32_t count;
	uint32_t len;

	if (!wire_read_u32(in, &count) || count > max_items)
		return broken(in);
	for (uint32_t i = 0; i < count; i++) {
		if (!wire_read_u32(in, &len) || !read_utf8(in, len, max_bytes, &bytes))
			break;
		list_add_bytes(list, bytes, len);
	}
	if (!in->is_broken)
		return true;
	while (list->count > before)
		free(list->items[--list->count]);
	return false;
}

bool
wire_read_end(const struct wire_reader *in)
{
	return !in->is_broken && in->at == in->len;
}
