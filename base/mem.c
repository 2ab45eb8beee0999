/*
 * Memory that is there or ends the process.
 */
#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void __attribute__((noreturn)) out_of_memory(void)
{
	static const char line[] = "dealwatch: out of memory\n";

	/* no printf: it may want memory */
	if (write(STDERR_FILENO, line, sizeof(line) - 1) < 0)
		_exit(EXIT_FAILURE);
	abort();
}

void *
mem_zalloc(size_t bytes)
{
	void *fresh = calloc(1, bytes > 0 ? bytes : 1);

	if (fresh == NULL)
		out_of_memory();
	return fresh;
}

void *
mem_array(size_t count, size_t item_bytes)
{
	size_t bytes = 0;

	if (__builtin_mul_overflow(count, item_bytes, &bytes))
		out_of_memory();
	return mem_zalloc(bytes);
}

void *
mem_resize(void *old, size_t count, size_t item_bytes)
{
	size_t bytes = 0;
	void *fresh = NULL;

	if (__builtin_mul_overflow(count, item_bytes, &bytes))
		out_of_memory();
	fresh = realloc(old, bytes > 0 ? bytes : 1);
	if (fresh == NULL)
		out_of_memory();
	return fresh;
}

char *
mem_strdup(const char *text)
{
	return text == NULL ? NULL : mem_strndup(text, strlen(text));
}

char *
mem_strndup(const char *text, size_t len)
{
	char *copy = NULL;

	if (len == SIZE_MAX)
		out_of_memory();
	copy = mem_resize(NULL, len + 1, 1);
	if (len > 0)
		memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

char *
mem_vprintf(const char *format, va_list args)
{
	char *text = NULL;

	if (vasprintf(&text, format, args) < 0)
		out_of_memory();
	return text;
}

char *
mem_printf(const char *format, ...)
{
	va_list args;
	char *text = NULL;

	va_start(args, format);
	text = mem_vprintf(format, args);
	va_end(args);
	return text;
}

void
mem_auto_free(void *owned)
{
	void *memory = NULL;

	/* whatever type of pointer it is */
	memcpy((void *)&memory, owned, sizeof(memory));
	free(memory);
}
