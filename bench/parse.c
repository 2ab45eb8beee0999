/*
 * One file through the worker's pipeline, or through bare libxml2.
 *
 *   parse sax|entries FILE [TIMES]
 *
 * sax: libxml2's push parser with empty handlers, the limit. entries: convert, repair and
 * parse into finished entries, as dealwatch-feeds does it from the fetched bytes on
 * (without fetching, without the sandbox, the entries are dropped), our limits of size
 * lifted. bench/fields is the same program with the texts taken as they come, not made
 * plain.
 */
#include <fcntl.h>
#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "feeds/entry.h"
#include "feeds/job.h"
#include "feeds/reading.h"

#define CHUNK_BYTES (16u << 10)

/* Takes a chunk of the document. */
typedef bool chunk_fn(void *ctx, const char *bytes, size_t len);

static bool
for_each_chunk(const char *path, chunk_fn *take, void *ctx)
{
	static char bytes[CHUNK_BYTES];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool is_good = fd >= 0;
	ssize_t len = 0;

	while (is_good && (len = read(fd, bytes, sizeof(bytes))) > 0)
		is_good = take(ctx, bytes, (size_t)len);
	if (fd >= 0)
		close(fd);
	return is_good && len == 0;
}

/* -- the limit -- */

static void
/* NOLINTNEXTLINE(readability-function-size): the type is libxml2's */
on_start(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
    int space_count, const xmlChar **spaces, int attribute_count, int defaulted_count,
    const xmlChar **attributes)
{
}

static void
on_end(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
}

static void
on_characters(void *ctx, const xmlChar *bytes, int count)
{
}

static bool
take_sax(void *ctx, const char *bytes, size_t len)
{
	return xmlParseChunk(ctx, bytes, (int)len, 0) == 0;
}

static bool
read_sax(const char *path)
{
	xmlSAXHandler handler = { .initialized = XML_SAX2_MAGIC,
		.startElementNs = on_start,
		.endElementNs = on_end,
		.characters = on_characters,
		.cdataBlock = on_characters };
	xmlParserCtxtPtr xml = xmlCreatePushParserCtxt(&handler, NULL, NULL, 0, NULL);
	bool is_good = xml != NULL && for_each_chunk(path, take_sax, xml) &&
		       xmlParseChunk(xml, "", 0, 1) == 0;

	xmlFreeParserCtxt(xml);
	return is_good;
}

/* -- the worker's pipeline -- */

static void
on_entry(void *ctx, struct entry *entry)
{
	size_t *entries = ctx;

	(*entries)++;
	entry_free(entry);
}

static bool
take_reading(void *ctx, const char *bytes, size_t len)
{
	struct error err = { 0 };

	if (reading_add(ctx, bytes, len, &err))
		return true;
	(void)fprintf(stderr, "parse: %s\n", err.text);
	return false;
}

static bool
read_entries(const char *path)
{
	struct job job = { .body_max_bytes = INT64_MAX, .entries_max = INT64_MAX };
	struct reading_about about = { .url = "https://www.example.com/feed" };
	size_t entries = 0;
	struct reading *reading = reading_new(&job, &about, NULL, on_entry, &entries);
	struct error err = { 0 };
	bool is_good = for_each_chunk(path, take_reading, reading) &&
		       reading_end(reading, &err) && entries > 0;

	reading_free(reading);
	return is_good;
}

int
main(int argc, char **argv)
{
	long times = argc > 3 ? strtol(argv[3], NULL, 10) : 1;
	bool is_good = argc >= 3;

	for (long i = 0; i < times && is_good; i++)
		is_good =
		    strcmp(argv[1], "sax") == 0 ? read_sax(argv[2]) : read_entries(argv[2]);
	if (is_good)
		return EXIT_SUCCESS;
	(void)fprintf(stderr, "parse: it failed (usage: parse sax|entries FILE [TIMES])\n");
	return EXIT_FAILURE;
}
