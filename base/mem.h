/*
 * Memory that is there or ends the process: no caller checks for NULL.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stdarg.h>
#include <stddef.h>

/** @return zeroed memory, the caller's to free() */
void *mem_zalloc(size_t bytes) __attribute__((malloc, warn_unused_result));
/** @return zeroed memory for count items; a product that overflows ends the process */
void *mem_array(size_t count, size_t item_bytes)
    __attribute__((malloc, warn_unused_result));
/** realloc() for count items; what is new is not zeroed */
void *mem_resize(void *old, size_t count, size_t item_bytes)
    __attribute__((warn_unused_result));
/** @return a copy, or NULL for NULL */
char *mem_strdup(const char *text) __attribute__((warn_unused_result));
/** @return a copy of len bytes with a NUL behind them */
char *mem_strndup(const char *text, size_t len) __attribute__((malloc, warn_unused_result));
/** @return the printed text, the caller's to free() */
char *mem_printf(const char *format, ...)
    __attribute__((format(printf, 1, 2), malloc, warn_unused_result));
char *mem_vprintf(const char *format, va_list args)
    __attribute__((format(printf, 1, 0), malloc, warn_unused_result));

/**
 * Make room for one more item in an array that doubles: *items has *cap places, count used.
 */
#define mem_grow(items, count, cap)                                             \
	do {                                                                    \
		if ((count) == (cap)) {                                         \
			(cap) = (cap) == 0 ? 8 : (cap)*2;                       \
			(items) = mem_resize((items), (cap), sizeof(*(items))); \
		}                                                               \
	} while (0)

/*
 * AUTO(thing) x = ...; frees at the end of the scope. A header whose type has an end says
 * MEM_AUTO(thing, thing_free) once. AUTO_FREE does the same for plain memory.
 */
#define AUTO(type) __attribute__((cleanup(type##_auto))) struct type *
#define MEM_AUTO(type, end)                                 \
	static inline void type##_auto(struct type **owned) \
	{                                                   \
		if (*owned != NULL)                         \
			end(*owned);                        \
	}                                                   \
	struct type

void mem_auto_free(void *owned);
#define AUTO_FREE __attribute__((cleanup(mem_auto_free)))

#endif
