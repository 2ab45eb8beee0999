/*
 * Bytes that grow.
 */
#include "base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define BUF_FIRST_BYTES 64

/* Room for len more bytes and the NUL behind them. */
static void
make_room(struct buf *buf, size_t len)
{
	size_t cap = buf->cap > 0 ? buf->cap : BUF_FIRST_BYTES;
	size_t needed = 0;

	if (buf->data != NULL && len < buf->cap - buf->len)
		return;
	if (__builtin_add_overflow(buf->len, len, &needed) || needed >= SIZE_MAX / 2)
		needed = cap = SIZE_MAX; /* never there: mem_resize() ends the process */
	while (cap <= needed && cap != SIZE_MAX)
		cap *= 2;
	buf->data = mem_resize(buf->data, cap, 1);
	buf->cap = cap;
}

void
buf_add(struct buf *buf, const void *data, size_t len)
{
	make_room(buf, len);
	if (len > 0)
		memcpy(buf->data + buf->len, data, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
}

void
buf_add_text(struct buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

void
buf_add_char(struct buf *buf, char c)
{
	buf_add(buf, &c, 1);
}

void
buf_vprintf(struct buf *buf, const char *format, va_list args)
{
	va_list again;
	int len = 0;

	va_copy(again, args);
	make_room(buf, BUF_FIRST_BYTES);
	len = vsnprintf(buf->data + buf->len, buf->cap - buf->len, format, args);
	assert(len >= 0);
	if ((size_t)len >= buf->cap - buf->len) {
		make_room(buf, (size_t)len);
		(void)vsnprintf(buf->data + buf->len, buf->cap - buf->len, format, again);
	}
	va_end(again);
	buf->len += (size_t)len;
}

void
buf_printf(struct buf *buf, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	buf_vprintf(buf, format, args);
	va_end(args);
}

char *
buf_reserve(struct buf *buf, size_t len)
{
	make_room(buf, len);
	/* the caller writes over it; where less is written the NUL stays his to set */
	memset(buf->data + buf->len, 0, len + 1);
	return buf->data + buf->len;
}

char *
buf_room(struct buf *buf, size_t len)
{
	make_room(buf, len);
	return buf->data + buf->len;
}

void
buf_drop(struct buf *buf, size_t len)
{
	assert(len <= buf->len);
	if (len == 0)
		return;
	buf->len -= len;
	memmove(buf->data, buf->data + len, buf->len);
	buf->data[buf->len] = '\0';
}

void
buf_reset(struct buf *buf)
{
	buf->len = 0;
	if (buf->data != NULL)
		buf->data[0] = '\0';
}

void
buf_clear(struct buf *buf)
{
	free(buf->data);
	*buf = (struct buf)BUF_EMPTY;
}

const char *
buf_text(const struct buf *buf)
{
	return buf->data != NULL ? buf->data : "";
}

char *
buf_take(struct buf *buf)
{
	char *data = buf->data != NULL ? buf->data : mem_strdup("");

	*buf = (struct buf)BUF_EMPTY;
	return data;
}
