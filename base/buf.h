/*
 * Bytes that grow. Always a NUL behind them, so that data is a C string too (never NULL
 * after the first add; buf_text() is never NULL).
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>

struct buf {
	char *data; /* owned */
	size_t len;
	size_t cap;
};

#define BUF_EMPTY          \
	{                  \
		NULL, 0, 0 \
	}
/* AUTO_BUF struct buf out = BUF_EMPTY; clears itself at the end of the scope */
#define AUTO_BUF __attribute__((cleanup(buf_clear)))

void buf_add(struct buf *buf, const void *data, size_t len);
void buf_add_text(struct buf *buf, const char *text);
void buf_add_char(struct buf *buf, char c);
void buf_printf(struct buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *buf, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));
/** Make room for at least len more bytes. @return where they go; then raise len */
char *buf_reserve(struct buf *buf, size_t len);
/** The same, but what is there is not cleared; raise len and end it with a NUL. */
char *buf_room(struct buf *buf, size_t len);
/** Drop the first len bytes. */
void buf_drop(struct buf *buf, size_t len);
/** Empty it, keep the memory. */
void buf_reset(struct buf *buf);
/** Free the memory; the struct is empty and can be used again. */
void buf_clear(struct buf *buf);
/** @return the content, "" when empty; borrowed until the next change */
const char *buf_text(const struct buf *buf);
/** @return the content, the caller's to free(); the buffer is empty after it */
char *buf_take(struct buf *buf);

#endif
