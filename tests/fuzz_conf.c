/*
 * Fuzzer: any bytes as a configuration file, walked by a table with every reader. The
 * mistakes must be printable lines in the order of places.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/list.h"
#include "base/text.h"

struct target {
	char *id, *url, *title;
	bool is_official;
	int64_t count, every_s, size_bytes;
	int severity;
	struct list tags;
	const struct conf_node *rest;
};

static const char *const severities[] = { "info", "low", "high", NULL };
static const struct conf_key inner_keys[] = {
	{ "every", conf_read_duration, offsetof(struct target, every_s), .min = 300,
	    .max = 604800 },
	{ "title", conf_read_text, offsetof(struct target, title), .required = true },
	{ NULL },
};
static const struct conf_key keys[] = {
	{ "id", conf_read_name, offsetof(struct target, id), .required = true },
	{ "url", conf_read_url, offsetof(struct target, url) },
	{ "title", conf_read_text, offsetof(struct target, title) },
	{ "official", conf_read_bool, offsetof(struct target, is_official) },
	{ "count", conf_read_number, offsetof(struct target, count), .min = 1, .max = 9 },
	{ "every", conf_read_duration, offsetof(struct target, every_s) },
	{ "size", conf_read_size, offsetof(struct target, size_bytes) },
	{ "severity", conf_read_choice, offsetof(struct target, severity),
	    .more = severities },
	{ "tags", conf_read_list, offsetof(struct target, tags) },
	{ "polling", conf_read_group, 0, .more = inner_keys },
	{ "rest", conf_read_node, offsetof(struct target, rest) },
	{ NULL },
};

/* @return the byte of a place in the file, or NULL */
static const char *
find_place(const char *bytes, size_t len, size_t line, size_t column)
{
	const char *end = bytes + len;
	uint32_t c = 0;

	for (; line > 1 && bytes != NULL; line--) {
		bytes = memchr(bytes, '\n', (size_t)(end - bytes));
		bytes = bytes != NULL ? bytes + 1 : NULL;
	}
	for (; column > 1 && bytes != NULL && bytes < end; column--)
		bytes += text_decode(bytes, (size_t)(end - bytes), &c);
	return bytes != NULL && bytes < end ? bytes : NULL;
}

/* The first character of a text that is no line break must stand at its place. */
static void
check_places(struct conf *conf, const struct conf_node *node, const char *bytes, size_t len)
{
	size_t breaks = 0;
	const char *place = NULL;

	if (node == NULL || node->type != CONF_SCALAR || node->content_line == 0)
		return;
	conf_error_inside(conf, node, node->len / 2, "middle");
	conf_error_inside(conf, node, node->len, "end");
	while (breaks < node->len && node->text[breaks] == '\n')
		breaks++;
	if (breaks == node->len)
		return;
	place = find_place(bytes, len, node->content_line + breaks, node->content_column);
	if (place == NULL || *place != node->text[breaks])
		abort();
}

/* NOLINTNEXTLINE(readability-identifier-naming): libFuzzer wants this name */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int /* NOLINTNEXTLINE(readability-identifier-naming): the same */
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(conf) conf = conf_new();
	AUTO_BUF struct buf bytes = BUF_EMPTY;
	struct target target = { .id = NULL };
	const struct conf_node *root = NULL;
	unsigned long last_line = 0;

	buf_add(&bytes, data, size);
	root = conf_read_bytes(conf, bytes.data, size, "f");
	if (root != NULL) {
		conf_read_mapping(conf, root, "feed", keys, &target);
		check_places(conf, conf_find(root, "title"), bytes.data, size);
		check_places(conf, target.rest, bytes.data, size);
	}
	for (size_t i = 0; i < conf_error_count(conf); i++) {
		const char *message = conf_message(conf, i);
		unsigned long line = strtoul(message + 2, NULL, 10);

		if (!text_is_utf8(message, strlen(message)) ||
		    strchr(message, '\n') != NULL)
			abort();
		if (line < last_line && i < 2000)
			abort();
		last_line = line;
	}
	free(target.id);
	free(target.url);
	free(target.title);
	list_clear(&target.tags);
	return 0;
}
