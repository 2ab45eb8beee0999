/*
 * What folding costs, beside the library that normalises.
 *
 *   fold RUNS TEXT
 *
 * Folds each line of a text by itself, then does the same with utf8proc (NFKC and case
 * fold in one call), turn about, RUNS times. One line: megabytes a second of CPU time of
 * ours and of the library's, medians.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <utf8proc.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"

static size_t
line_end(const struct buf *text, size_t at)
{
	const char *end = memchr(text->data + at, '\n', text->len - at);

	return end == NULL ? text->len : (size_t)(end - text->data);
}

static void
fold_lines(const struct buf *text)
{
	AUTO_BUF struct buf folded = BUF_EMPTY;

	for (size_t at = 0, end; at < text->len; at = end + 1) {
		end = line_end(text, at);
		buf_reset(&folded);
		text_fold(&folded, text->data + at, end - at);
	}
}

static void
map_lines(const struct buf *text)
{
	for (size_t at = 0, end; at < text->len; at = end + 1) {
		utf8proc_uint8_t *mapped = NULL;

		end = line_end(text, at);
		(void)utf8proc_map((const utf8proc_uint8_t *)text->data + at,
		    (utf8proc_ssize_t)(end - at), &mapped,
		    UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT |
			UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
		free(mapped);
	}
}

static double
cpu_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static double
speed_of(void (*fn)(const struct buf *text), const struct buf *text)
{
	double begin = cpu_us();

	fn(text);
	return (double)text->len / (cpu_us() - begin);
}

static int
compare(const void *a, const void *b)
{
	double one = *(const double *)a, other = *(const double *)b;

	return (one > other) - (one < other);
}

static double
median(double *values, int count)
{
	qsort(values, (size_t)count, sizeof(*values), compare);
	return values[count / 2];
}

int
main(int argc, char **argv)
{
	int runs = argc == 3 ? atoi(argv[1]) : 0; // NOLINT(cert-err34-c): 0 is refused
	FILE *in = runs > 0 ? fopen(argv[2], "re") : NULL;
	AUTO_BUF struct buf text = BUF_EMPTY;
	char bytes[4096];
	double *ours, *theirs;
	size_t len;

	if (in == NULL) {
		(void)fprintf(stderr, "usage: fold RUNS TEXT\n");
		return EXIT_FAILURE;
	}
	while ((len = fread(bytes, 1, sizeof(bytes), in)) > 0)
		buf_add(&text, bytes, len);
	(void)fclose(in);
	ours = mem_array((size_t)runs, sizeof(*ours));
	theirs = mem_array((size_t)runs, sizeof(*theirs));
	for (int i = 0; i < runs; i++) {
		ours[i] = speed_of(fold_lines, &text);
		theirs[i] = speed_of(map_lines, &text);
	}
	printf("%.1f\t%.1f\n", median(ours, runs), median(theirs, runs));
	free(ours);
	free(theirs);
	return EXIT_SUCCESS;
}
