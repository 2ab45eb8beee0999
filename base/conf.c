/*
 * Configuration: the files that were read, and the mistakes found in them, each with its
 * place and in the order of places.
 */
#include "base/conf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/conf_private.h"
#include "base/text.h"

/* A hostile file is all mistakes: their texts must not need a thousand times its size. */
#define CONF_MESSAGES_MAX 2000
#define READ_BYTES 65536

struct message {
	size_t file, line, column;
	size_t order; /* of two in one place */
	char *text;   /* owned */
};

struct messages {
	struct message *items; /* owned */
	size_t count, cap;
	bool is_sorted;
};

struct conf {
	char **files; /* names, owned by memory */
	size_t file_count, file_cap;
	void **memory; /* owned, each block too */
	size_t memory_count, memory_cap;
	struct messages errors, warnings;
};

struct conf *
conf_new(void)
{
	return mem_zalloc(sizeof(struct conf));
}

static void
messages_clear(struct messages *messages)
{
	for (size_t i = 0; i < messages->count; i++)
		free(messages->items[i].text);
	free(messages->items);
}

void
conf_free(struct conf *conf)
{
	if (conf == NULL)
		return;
	messages_clear(&conf->errors);
	messages_clear(&conf->warnings);
	for (size_t i = 0; i < conf->memory_count; i++)
		free(conf->memory[i]);
	free((void *)conf->memory);
	free((void *)conf->files);
	free(conf);
}

void *
conf_keep(struct conf *conf, void *memory)
{
	mem_grow(conf->memory, conf->memory_count, conf->memory_cap);
	conf->memory[conf->memory_count++] = memory;
	return memory;
}

const char *
conf_add_file(struct conf *conf, const char *name)
{
	char *kept = conf_keep(conf, mem_strdup(name));

	mem_grow(conf->files, conf->file_count, conf->file_cap);
	conf->files[conf->file_count++] = kept;
	return kept;
}

/* The number of a file: by its address, else the last one of that name, else a new one. */
static size_t
file_number(struct conf *conf, const char *file)
{
	for (size_t i = conf->file_count; i > 0; i--) {
		if (conf->files[i - 1] == file)
			return i - 1;
	}
	for (size_t i = conf->file_count; i > 0; i--) {
		if (strcmp(conf->files[i - 1], file) == 0)
			return i - 1;
	}
	conf_add_file(conf, file);
	return conf->file_count - 1;
}

static void __attribute__((format(printf, 4, 0))) note(struct conf *conf,
    struct messages *to, const struct conf_place *place, const char *format, va_list args)
{
	AUTO_BUF struct buf raw = BUF_EMPTY;
	AUTO_BUF struct buf line = BUF_EMPTY;
	struct message fresh = { file_number(conf, place->file), place->line, place->column,
		to->count, NULL };

	if (to->count > CONF_MESSAGES_MAX)
		return;
	if (to->count == CONF_MESSAGES_MAX) { /* said once, behind all others */
		fresh.file = SIZE_MAX;
		buf_printf(&raw, "%s: more than %d mistakes, the others are not shown",
		    place->file, CONF_MESSAGES_MAX);
	} else {
		buf_printf(&raw, "%s:", place->file);
		if (place->line > 0)
			buf_printf(&raw, "%zu:%zu:", place->line, place->column);
		buf_printf(&raw, to == &conf->warnings ? " warning: " : " ");
		buf_vprintf(&raw, format, args);
	}
	text_escape(&line, raw.data, raw.len);
	fresh.text = buf_take(&line);
	mem_grow(to->items, to->count, to->cap);
	to->items[to->count++] = fresh;
	to->is_sorted = false;
}

const char *
conf_show(const char *text, char shown[CONF_SHOWN_BYTES])
{
	size_t len = strlen(text);
	size_t at = 0;
	uint32_t c = 0;

	for (size_t i = 0; i < CONF_SHOWN_CHARS && at < len; i++)
		at += text_decode(text + at, len - at, &c);
	memcpy(shown, text, at);
	shown[at] = '\0';
	if (at < len)
		memcpy(shown + at, "…", sizeof("…"));
	return shown;
}

bool
conf_error_at(struct conf *conf, const struct conf_place *place, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	note(conf, &conf->errors, place, format, args);
	va_end(args);
	return false;
}

bool
conf_error(struct conf *conf, const struct conf_node *at, const char *format, ...)
{
	struct conf_place place = { at->file, at->line, at->column };
	va_list args;

	if (at->is_bad)
		return false;
	va_start(args, format);
	note(conf, &conf->errors, &place, format, args);
	va_end(args);
	return false;
}

/* Where the character at an offset of a scalar's text stands in the file. */
static struct conf_place
place_inside(const struct conf_node *at, size_t offset)
{
	struct conf_place place = { at->file, at->line, at->column };
	size_t end = at->len;
	size_t line_at = 0;

	if (at->content_line == 0)
		return place;
	/* behind the text: behind its last character, not on the line after it */
	while (end > 0 && at->text[end - 1] == '\n')
		end--;
	if (offset > end)
		offset = end;
	place.line = at->content_line;
	for (size_t i = 0; i < offset; i++) {
		if (at->text[i] != '\n')
			continue;
		place.line++;
		line_at = i + 1;
	}
	place.column =
	    at->content_column + text_chars(at->text + line_at, offset - line_at);
	return place;
}

bool
conf_error_inside(
    struct conf *conf, const struct conf_node *at, size_t offset, const char *format, ...)
{
	struct conf_place place = place_inside(at, offset);
	va_list args;

	if (at->is_bad)
		return false;
	va_start(args, format);
	note(conf, &conf->errors, &place, format, args);
	va_end(args);
	return false;
}

bool
conf_error_file(struct conf *conf, const char *file, const char *format, ...)
{
	struct conf_place place = { file, 0, 0 };
	va_list args;

	va_start(args, format);
	note(conf, &conf->errors, &place, format, args);
	va_end(args);
	return false;
}

void
conf_warn(struct conf *conf, const struct conf_node *at, const char *format, ...)
{
	struct conf_place place = { at->file, at->line, at->column };
	va_list args;

	va_start(args, format);
	note(conf, &conf->warnings, &place, format, args);
	va_end(args);
}

size_t
conf_error_count(const struct conf *conf)
{
	return conf->errors.count;
}

size_t
conf_warning_count(const struct conf *conf)
{
	return conf->warnings.count;
}

static int
compare(size_t a, size_t b)
{
	return a < b ? -1 : a > b;
}

static int
compare_messages(const void *left, const void *right)
{
	const struct message *a = left;
	const struct message *b = right;

	if (a->file != b->file)
		return compare(a->file, b->file);
	if (a->line != b->line)
		return compare(a->line, b->line);
	if (a->column != b->column)
		return compare(a->column, b->column);
	return compare(a->order, b->order);
}

const char *
conf_message(struct conf *conf, size_t i)
{
	bool is_error = i < conf->errors.count;
	struct messages *messages = is_error ? &conf->errors : &conf->warnings;

	if (!is_error)
		i -= conf->errors.count;
	if (i >= messages->count)
		return NULL;
	if (!messages->is_sorted)
		qsort(messages->items, messages->count, sizeof(*messages->items),
		    compare_messages);
	messages->is_sorted = true;
	return messages->items[i].text;
}

const struct conf_node *
conf_read_bytes(struct conf *conf, const char *bytes, size_t len, const char *name)
{
	const char *file = conf_add_file(conf, name);
	const struct conf_node *root = NULL;

	if (len > CONF_FILE_MAX_BYTES) {
		conf_error_file(
		    conf, file, "is too large (allowed: %u bytes)", CONF_FILE_MAX_BYTES);
		return NULL;
	}
	root = conf_tree(conf, file, bytes, len);
	if (root == NULL || root->type == CONF_MAPPING)
		return root;
	if (root->type != CONF_SCALAR || root->len > 0) /* "---" alone is empty too */
		conf_error(conf, root, "settings are missing (allowed: key: value)");
	return NULL;
}

/* @return a descriptor of a regular file, or -1 with the mistake noted */
static int
open_file(struct conf *conf, const char *path, const char *name)
{
	struct stat st;
	/* non-blocking: a pipe of that name must not hold us up */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0 || fstat(fd, &st) != 0) {
		conf_error_file(conf, name, "cannot be read: %s", strerror(errno));
	} else if (S_ISDIR(st.st_mode)) {
		conf_error_file(conf, name, "is a folder (a file is needed)");
	} else if (!S_ISREG(st.st_mode)) {
		conf_error_file(conf, name, "is no regular file");
	} else {
		return fd;
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

/* @return false with errno when reading fails; one byte too many is read, no more */
static bool
read_all(int fd, struct buf *content)
{
	ssize_t got = 0;

	while (content->len <= CONF_FILE_MAX_BYTES) {
		got = read(fd, buf_reserve(content, READ_BYTES), READ_BYTES);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got == 0;
		content->len += (size_t)got;
	}
	return true;
}

const struct conf_node *
conf_read_file(struct conf *conf, const char *path, const char *name)
{
	AUTO_BUF struct buf content = BUF_EMPTY;
	const char *shown = name != NULL ? name : path;
	int fd = open_file(conf, path, shown);
	bool is_read = false;

	if (fd < 0)
		return NULL;
	is_read = read_all(fd, &content);
	if (!is_read)
		conf_error_file(conf, shown, "cannot be read: %s", strerror(errno));
	close(fd);
	return is_read ? conf_read_bytes(conf, buf_text(&content), content.len, shown)
		       : NULL;
}

char *
conf_folder(const struct conf_node *node)
{
	const char *slash = strrchr(node->file, '/');

	return slash == NULL ? mem_strdup(".")
			     : mem_strndup(node->file, (size_t)(slash - node->file));
}
