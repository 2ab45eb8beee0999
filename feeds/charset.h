/*
 * Names of encodings, as the web uses them.
 */
#ifndef FEEDS_CHARSET_H
#define FEEDS_CHARSET_H

#include <stddef.h>
#include <stdint.h>

enum charset_kind {
	CHARSET_ASCII,    /* markup is ASCII in it */
	CHARSET_SHIFTING, /* seven bits whose meaning shifts: cannot be told from ASCII */
	CHARSET_WIDE, /* markup is not ASCII: seen by its first bytes, whatever is said */
};

struct charset {
	const char *name;  /* in lower case, letters and digits only */
	const char *iconv; /* what iconv(3) calls what browsers take it for; NULL: UTF-8 */
	enum charset_kind kind;
};

/**
 * Find an encoding by a name of any spelling: "Shift_JIS", " utf-8;", "ISO 8859-1". Only
 * those that feeds can have: a name from outside never reaches iconv.
 *
 * @return NULL when it is none
 */
const struct charset *charset_find(const char *name, size_t len);

/** What a byte from 128 on is in windows-1252; 0: nothing. */
uint32_t charset_windows_1252(unsigned char byte);

#endif
