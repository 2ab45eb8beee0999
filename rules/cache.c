/*
 * Compile in a child, keep in a file.
 */
#include "rules/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <hs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/child.h"
#include "base/crash.h"
#include "base/digest.h"
#include "base/mem.h"
#include "base/paths.h"
#include "base/wire.h"
#include "rules/regex.h"

#define CACHE_MAGIC "DWLITDB1"
#define CACHE_MAGIC_BYTES 8
#define CACHE_MAX_BYTES (1u << 30)
#define CACHE_READ_BYTES 65536
#define CACHE_CPU_S 60

size_t
literals_add(struct literals *literals, const char *text, size_t len)
{
	mem_grow(literals->items, literals->count, literals->cap);
	literals->items[literals->count] = (struct literal){ mem_strndup(text, len), len };
	return literals->count++;
}

void
literals_clear(struct literals *literals)
{
	for (size_t i = 0; i < literals->count; i++)
		free(literals->items[i].text);
	free(literals->items);
	*literals = (struct literals){ .is_regex = literals->is_regex };
}

/* What a database depends on. */
static void
make_key(const struct literals *literals, uint8_t key[DIGEST_BYTES])
{
	AUTO_BUF struct buf text = BUF_EMPTY;
	hs_platform_info_t platform;

	memset(&platform, 0, sizeof(platform));
	hs_populate_platform(&platform);
	wire_add_text(&text, hs_version());
	wire_add_bytes(&text, &platform, sizeof(platform));
	wire_add_u32(&text, literals->is_regex ? regex_flags() : 0);
	for (size_t i = 0; i < literals->count; i++)
		wire_add_bytes(&text, literals->items[i].text, literals->items[i].len);
	digest_bytes(text.data, text.len, key);
}

static bool
read_all(int fd, struct buf *out)
{
	for (;;) {
		ssize_t got =
		    read(fd, buf_reserve(out, CACHE_READ_BYTES), CACHE_READ_BYTES);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got == 0;
		out->len += (size_t)got;
		if (out->len > CACHE_MAX_BYTES)
			return false;
	}
}

static bool
write_all(int fd, const void *data, size_t len)
{
	const char *at = data;

	while (len > 0) {
		ssize_t done = write(fd, at, len);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return false;
		at += done;
		len -= (size_t)done;
	}
	return true;
}

/* -- the child -- */

static hs_database_t *
compile(const struct literals *literals, hs_compile_error_t **why)
{
	const char **texts = mem_array(literals->count, sizeof(*texts));
	unsigned *flags = mem_array(literals->count, sizeof(*flags));
	unsigned *ids = mem_array(literals->count, sizeof(*ids));
	size_t *lens = mem_array(literals->count, sizeof(*lens));
	hs_database_t *database = NULL;

	for (size_t i = 0; i < literals->count; i++) {
		texts[i] = literals->items[i].text;
		lens[i] = literals->items[i].len;
		ids[i] = (unsigned)i;
		flags[i] = literals->is_regex ? regex_flags() : 0;
	}
	if (literals->is_regex)
		hs_compile_multi(texts, flags, ids, (unsigned)literals->count,
		    HS_MODE_BLOCK, NULL, &database, why);
	else
		hs_compile_lit_multi(texts, flags, ids, lens, (unsigned)literals->count,
		    HS_MODE_BLOCK, NULL, &database, why);
	free(texts);
	free(flags);
	free(ids);
	free(lens);
	return database;
}

/* The answer: whether it worked, then the database or what is wrong. */
static void __attribute__((noreturn)) run_child(const struct literals *literals, int fd)
{
	AUTO_BUF struct buf answer = BUF_EMPTY;
	hs_compile_error_t *why = NULL;
	hs_database_t *database = compile(literals, &why);
	char *bytes = NULL;
	size_t len = 0;

	if (database != NULL &&
	    hs_serialize_database(database, &bytes, &len) == HS_SUCCESS) {
		wire_add_bool(&answer, true);
		wire_add_bytes(&answer, bytes, len);
	} else {
		const char *text = why != NULL ? why->message : "out of memory";
		bool is_known = why != NULL && why->expression >= 0;
		const char *which =
		    is_known ? literals->items[why->expression].text : "all of them";
		AUTO_FREE char *whole = mem_printf("/%s/: %s", which, text);

		wire_add_bool(&answer, false);
		wire_add_bytes(&answer, whole, strlen(whole));
	}
	_exit(write_all(fd, answer.data, answer.len) ? 0 : 1);
}

/* -- the parent -- */

static bool
read_answer(const struct buf *answer, struct buf *serialized, struct error *err)
{
	struct wire_reader in;
	const void *bytes;
	size_t len;
	bool is_good;

	wire_reader_init(&in, answer->data, answer->len);
	if (!wire_read_bool(&in, &is_good) ||
	    !wire_read_bytes(&in, &bytes, &len, CACHE_MAX_BYTES))
		return error_set(
		    err, ERROR_SYSTEM, "rules", "the matcher's compiler was killed");
	if (!is_good)
		return error_set(err, ERROR_SYSTEM, "rules",
		    "the terms cannot be compiled: %.*s", (int)len, (const char *)bytes);
	buf_add(serialized, bytes, len);
	return true;
}

/* A child that is not done in time is ended. */
static bool
read_child(pid_t pid, int fd, int64_t limit_ms, struct buf *serialized, struct error *err)
{
	AUTO_BUF struct buf answer = BUF_EMPTY;
	bool is_read = child_read(
	    fd, "rules: compiling the terms", limit_ms, CACHE_MAX_BYTES, &answer, err);

	(void)child_end(pid, !is_read); /* what is cut short is seen by read_answer() */
	return is_read && read_answer(&answer, serialized, err);
}

static bool
compile_in_child(const struct literals *literals, int64_t limit_ms, struct buf *serialized,
    struct error *err)
{
	int ends[2];
	pid_t pid;
	bool ok;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return error_system(err, errno, "rules", "pipe");
	pid = child_fork(CACHE_CPU_S);
	if (pid == 0) {
		close(ends[0]);
		run_child(literals, ends[1]);
	}
	close(ends[1]);
	ok = pid > 0 ? read_child(pid, ends[0], limit_ms, serialized, err)
		     : error_system(err, errno, "rules", "fork");
	close(ends[0]);
	return ok;
}

static bool
deserialize(const void *bytes, size_t len, hs_database_t **database)
{
	return hs_deserialize_database(bytes, len, database) == HS_SUCCESS;
}

/* -- the file -- */

static void
add_header(struct buf *out, const uint8_t key[DIGEST_BYTES], const void *bytes, size_t len)
{
	uint8_t digest[DIGEST_BYTES];

	digest_bytes(bytes, len, digest);
	buf_add(out, CACHE_MAGIC, CACHE_MAGIC_BYTES);
	buf_add(out, key, DIGEST_BYTES);
	wire_add_u64(out, len);
	buf_add(out, digest, DIGEST_BYTES);
}

#define CACHE_HEADER_BYTES (CACHE_MAGIC_BYTES + DIGEST_BYTES + 8 + DIGEST_BYTES)

/* @return whether a good database of these literals is in the file */
static bool
load(const char *path, const uint8_t key[DIGEST_BYTES], hs_database_t **database)
{
	AUTO_BUF struct buf content = BUF_EMPTY, header = BUF_EMPTY;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	bool is_read;
	const char *bytes;
	size_t len;

	if (fd < 0)
		return false;
	is_read = read_all(fd, &content);
	close(fd);
	if (!is_read || content.len <= CACHE_HEADER_BYTES)
		return false;
	bytes = content.data + CACHE_HEADER_BYTES;
	len = content.len - CACHE_HEADER_BYTES;
	add_header(&header, key, bytes, len);
	return memcmp(header.data, content.data, CACHE_HEADER_BYTES) == 0 &&
	       deserialize(bytes, len, database);
}

static bool
write_file(const char *path, const uint8_t key[DIGEST_BYTES], const struct buf *serialized)
{
	AUTO_BUF struct buf header = BUF_EMPTY;
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
	bool is_good;

	if (fd < 0)
		return false;
	add_header(&header, key, serialized->data, serialized->len);
	is_good = write_all(fd, header.data, header.len) &&
		  write_all(fd, serialized->data, serialized->len) && fsync(fd) == 0;
	return close(fd) == 0 && is_good;
}

/* A cache that cannot be kept costs time at the next start, nothing else. */
static void
keep(const char *dir, const char *path, const uint8_t key[DIGEST_BYTES],
    const struct buf *serialized)
{
	char *fresh = mem_printf("%s.new", path);

	if (paths_make(dir, NULL)) {
		unlink(fresh); /* left by one that was killed here */
		if (write_file(fresh, key, serialized)) {
			crash_point("cache-write");
			(void)rename(fresh, path); /* see above */
		} else {
			unlink(fresh);
		}
	}
	free(fresh);
}

bool
cache_open(const struct literals *literals, const char *dir, int64_t limit_ms,
    hs_database_t **database, struct error *err)
{
	AUTO_BUF struct buf serialized = BUF_EMPTY;
	uint8_t key[DIGEST_BYTES];
	AUTO_FREE char *path =
	    dir == NULL ? NULL
			: mem_printf("%s/%s", dir,
			      literals->is_regex ? CACHE_REGEX_NAME : CACHE_NAME);

	make_key(literals, key);
	if (path != NULL && load(path, key, database))
		return true;
	if (!compile_in_child(literals, limit_ms, &serialized, err))
		return false;
	if (!deserialize(serialized.data, serialized.len, database))
		return error_set(
		    err, ERROR_SYSTEM, "rules", "the matcher's database cannot be loaded");
	if (path != NULL)
		keep(dir, path, key, &serialized);
	return true;
}
