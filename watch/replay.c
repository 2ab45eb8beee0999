/*
 * The driver of a replay: moves the clock to each answer, has it parsed by a worker as from
 * the network, and waits until the pipeline is idle before the clock goes on.
 */
#include "watch/replay.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/db.h"
#include "base/error.h"
#include "watch/watch.h"

#define INDEX_NAME "index.tsv"
#define INDEX_LINE_MAX_BYTES 8192
#define RESPONSE_MAX_BYTES (JOB_BODY_MAX_BYTES + (64u << 10))

/* One line of index.tsv. */
struct answer {
	char *file; /* owned, below dir */
	char *feed; /* owned */
	int64_t at_ms;
	size_t line;
};

struct answers {
	struct answer *items; /* owned */
	size_t count, cap;
};

struct replay {
	const char *dir;
	const struct replay_events *events;
	struct answers answers;
	struct event_base *base;
	struct clock *clock;
	struct feeds_reader *reader;
	struct watch *watch;
};

/* -- the index -- */

static void
answers_clear(struct answers *answers)
{
	for (size_t i = 0; i < answers->count; i++) {
		free(answers->items[i].file);
		free(answers->items[i].feed);
	}
	free(answers->items);
}

/* Where a mistake is: INDEX:LINE. */
static char *
index_place(const char *dir, size_t line)
{
	return mem_printf("%s/" INDEX_NAME ":%zu", dir, line);
}

/* Below the folder, whatever it is called: "a..b" is a name, ".." the way out. */
static bool
is_below(const char *file)
{
	if (file[0] == '/' || file[0] == '\0')
		return false;
	for (const char *part = file; part != NULL; part = strchr(part, '/')) {
		part += part[0] == '/';
		if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || part[2] == '\0'))
			return false;
	}
	return true;
}

static bool
read_index_line(struct answers *answers, char *text, const char *place, struct error *err)
{
	struct answer answer = { 0 };
	char *feed, *time;

	feed = strchr(text, '\t');
	time = feed == NULL ? NULL : strchr(feed + 1, '\t');
	if (time == NULL)
		return error_set(err, ERROR_FORMAT, place,
		    "three columns are expected: file, feed, time");
	*feed++ = '\0';
	*time++ = '\0';
	if (!clock_parse(time, &answer.at_ms))
		return error_set(err, ERROR_FORMAT, place,
		    "\"%s\" is no time (expected: 2026-11-22T07:01:44Z)", time);
	if (!is_below(text))
		return error_set(err, ERROR_FORMAT, place,
		    "\"%s\" is not a file of this folder (allowed: a name, or a path below)",
		    text);
	answer.file = mem_strdup(text);
	answer.feed = mem_strdup(feed);
	mem_grow(answers->items, answers->count, answers->cap);
	answers->items[answers->count++] = answer;
	return true;
}

/* One line of the file, whole. */
static bool
take_index_line(
    struct answers *answers, char *text, size_t len, const char *place, struct error *err)
{
	if (strlen(text) < len)
		return error_set(err, ERROR_FORMAT, place, "a NUL byte");
	if (len > INDEX_LINE_MAX_BYTES)
		return error_set(
		    err, ERROR_FORMAT, place, "longer than %d bytes", INDEX_LINE_MAX_BYTES);
	text[strcspn(text, "\r\n")] = '\0';
	return text[0] == '\0' || read_index_line(answers, text, place, err);
}

static int
by_time(const void *left, const void *right)
{
	const struct answer *a = left, *b = right;

	if (a->at_ms != b->at_ms)
		return a->at_ms < b->at_ms ? -1 : 1;
	return a->line < b->line ? -1 : 1;
}

static bool
read_index_lines(struct answers *answers, FILE *file, const char *dir, struct error *err)
{
	AUTO_FREE char *text = NULL;
	size_t room = 0, line = 0, known;
	ssize_t len;

	while ((len = getline(&text, &room, file)) > 0) {
		AUTO_FREE char *place = index_place(dir, ++line);

		known = answers->count;
		if (!take_index_line(answers, text, (size_t)len, place, err))
			return false;
		if (answers->count > known)
			answers->items[known].line = line;
	}
	return true;
}

static bool
read_index(struct answers *answers, const char *dir, struct error *err)
{
	AUTO_FREE char *path = mem_printf("%s/" INDEX_NAME, dir);
	FILE *file = fopen(path, "re");
	bool ok;

	if (file == NULL)
		return error_system(err, errno, path, "cannot open the index");
	errno = 0;
	ok = read_index_lines(answers, file, dir, err);
	if (ok && ferror(file) != 0)
		ok = error_system(err, errno, path, "cannot read the index");
	(void)fclose(file);
	if (ok && answers->count == 0)
		return error_set(err, ERROR_FORMAT, path, "the index names no answer");
	if (ok)
		qsort(answers->items, answers->count, sizeof(*answers->items), by_time);
	return ok;
}

/* -- answers -- */

static bool
read_response(const char *path, struct buf *bytes, struct error *err)
{
	FILE *file = fopen(path, "re");
	bool ok;

	if (file == NULL)
		return error_system(err, errno, path, "cannot open");
	while (feof(file) == 0 && ferror(file) == 0 && bytes->len <= RESPONSE_MAX_BYTES) {
		char *room = buf_reserve(bytes, JOB_BODY_CHUNK_BYTES);

		bytes->len += fread(room, 1, JOB_BODY_CHUNK_BYTES, file);
	}
	ok = ferror(file) == 0;
	(void)fclose(file);
	if (!ok)
		return error_set(err, ERROR_SYSTEM, path, "cannot read");
	if (bytes->len > RESPONSE_MAX_BYTES)
		return error_set(
		    err, ERROR_LIMIT, path, "larger than %u bytes", RESPONSE_MAX_BYTES);
	return true;
}

/* Until all is done. A delivery that failed waits for a later time, which does not come. */
static bool
settle(struct replay *replay, struct error *err)
{
	struct alerts *alerts = watch_alerts(replay->watch);

	while (!watch_is_idle(replay->watch)) {
		const char *failure = alerts_status(alerts).failure;

		if (failure != NULL && !watch_has_work(replay->watch))
			return error_set(err, ERROR_SYSTEM, replay->dir,
			    "alerts cannot be told: %s", failure);
		if (event_base_loop(replay->base, EVLOOP_ONCE) < 0)
			return error_set(
			    err, ERROR_SYSTEM, "replay", "the event loop failed");
	}
	return true;
}

static bool
replay_answer(struct replay *replay, const struct answer *answer, struct error *err)
{
	const struct feed *feed = feeds_find(watch_feeds(replay->watch), answer->feed);
	AUTO_FREE char *path = mem_printf("%s/%s", replay->dir, answer->file);
	AUTO_BUF struct buf bytes = BUF_EMPTY;
	struct job job = { .kind = JOB_RESPONSE,
		.deadline_ms = JOB_DEADLINE_MS,
		.body_max_bytes = JOB_BODY_MAX_BYTES,
		.entries_max = JOB_ENTRIES_MAX };
	struct feed_result *result;

	if (feed == NULL) {
		AUTO_FREE char *place = index_place(replay->dir, answer->line);

		return error_set(
		    err, ERROR_FORMAT, place, "there is no feed \"%s\"", answer->feed);
	}
	if (!read_response(path, &bytes, err))
		return false;
	clock_move_to(replay->clock, answer->at_ms);
	if (!settle(replay, err))
		return false;
	job.feed = feed->id;
	job.url = feed->url;
	job.page = feed->page;
	job.now_ms = answer->at_ms;
	result = feeds_reader_run(replay->reader, &job, bytes.data, bytes.len, err);
	if (result == NULL)
		return false;
	free(result->feed);
	result->feed = mem_strdup(feed->id);
	result->at_ms = answer->at_ms;
	watch_take_result(replay->watch, result);
	return settle(replay, err);
}

/* -- the run -- */

/* When the clock begins. */
static int64_t
first_time_ms(const struct answers *answers)
{
	return answers->count > 0 ? answers->items[0].at_ms : 0;
}

static bool
read_settings(struct settings *settings, const char *dir, const char *config,
    const struct replay_events *events, struct error *err)
{
	AUTO_FREE char *own = mem_printf("%s/dealwatch.yaml", dir);
	bool ok = config != NULL ? settings_read(settings, config, false)
				 : settings_read(settings, own, true);

	if (ok)
		return true;
	for (size_t i = 0; i < conf_error_count(settings->conf); i++)
		events->on_mistake(events->ctx, conf_message(settings->conf, i));
	return error_set(err, ERROR_CONFIG, config != NULL ? config : own, "%zu mistakes",
	    conf_error_count(settings->conf));
}

static bool
open_all(struct replay *replay, const char *config, struct error *err)
{
	AUTO(settings) settings = settings_new();
	struct watch_options options = { .db_path = ":memory:",
		.on_line = replay->events->on_line,
		.on_notice = replay->events->on_notice,
		.ctx = replay->events->ctx };

	if (!read_settings(settings, replay->dir, config, replay->events, err) ||
	    !read_index(&replay->answers, replay->dir, err))
		return false;
	replay->clock = clock_open_virtual(first_time_ms(&replay->answers));
	replay->base = event_base_new();
	if (replay->base == NULL)
		return error_set(err, ERROR_SYSTEM, "replay", "no event loop");
	replay->reader = feeds_reader_open(replay->base, err);
	if (replay->reader == NULL)
		return false;
	replay->watch = watch_open(replay->base, replay->clock, &options, settings, err);
	if (replay->watch == NULL)
		return false;
	watch_start(replay->watch);
	return true;
}

static void
close_all(struct replay *replay)
{
	watch_close(replay->watch);
	feeds_reader_close(replay->reader);
	if (replay->base != NULL)
		event_base_free(replay->base);
	clock_close(replay->clock);
	answers_clear(&replay->answers);
}

bool
replay_run(const char *dir, const char *config, const struct replay_events *events,
    struct error *err)
{
	struct replay replay = { .dir = dir, .events = events };
	bool ok = open_all(&replay, config, err);

	for (size_t i = 0; ok && i < replay.answers.count; i++)
		ok = replay_answer(&replay, &replay.answers.items[i], err);
	close_all(&replay);
	return ok;
}
