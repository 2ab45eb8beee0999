/*
 * Jobs, answers, entries and heads on the wire: round trips, and cut short at each byte.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/wire.h"
#include "feeds/entry.h"
#include "feeds/job.h"

static struct job *
full_job(void)
{
	struct job *job = mem_zalloc(sizeof(*job));

	job->id = 1ull << 63;
	job->kind = JOB_RESPONSE;
	job->feed = mem_strdup("meti-press");
	job->url = mem_strdup("https://www.example.org/");
	job->etag = mem_strdup("W/\"\xFF\xE9 bytes\"");
	job->last_modified = mem_strdup("yesterday");
	job->user_agent = mem_strdup("dealwatch/1");
	job->content_type = mem_strdup("text/xml");
	job->content_language = mem_strdup("ja");
	job->is_private = true;
	job->deadline_ms = 1;
	job->body_max_bytes = 2;
	job->entries_max = 3;
	job->now_ms = -4;
	return job;
}

static void
write_job(struct buf *out)
{
	AUTO(job) job = full_job();
	AUTO(job) copy = job_copy(job);

	job_write(copy, out);
}

static bool
read_job(struct wire_reader *in, struct buf *again, struct error *err)
{
	AUTO(job) job = NULL;

	if (!job_read(in, &job, err))
		return false;
	job_write(job, again);
	return true;
}

static void
write_response(struct buf *out)
{
	struct job_response response = {
		.status = 410,
		.is_not_modified = true,
		.etag = mem_strdup("\xFF"),
		.last_modified = mem_strdup(""),
		.fresh_s = -1,
		.retry_after_s = INT64_MAX,
		.final_url = mem_strdup("http://f.example.org/"),
		.moved_url = mem_strdup("http://m.example.org/"),
		.body_hash = mem_strdup("00"),
		.body_bytes = 7,
	};

	job_response_write(&response, out);
	job_response_clear(&response);
}

static bool
read_response(struct wire_reader *in, struct buf *again, struct error *err)
{
	struct job_response response = { 0 };
	bool is_good = job_response_read(in, &response, err) && wire_read_end(in);

	if (is_good)
		job_response_write(&response, again);
	job_response_clear(&response);
	return is_good;
}

static void
write_entry(struct buf *out)
{
	AUTO(entry) entry = mem_zalloc(sizeof(*entry));
	AUTO(entry) copy = NULL;

	entry->id = mem_strdup("id");
	entry->title = mem_strdup("会談");
	entry->link = mem_strdup("http://e.example.org/");
	entry->summary = mem_strdup("");
	entry->language = mem_strdup("ja");
	list_add(&entry->authors, "Ann");
	list_add(&entry->categories, "a");
	list_add(&entry->categories, "b");
	enclosures_add(
	    &entry->enclosures, &(struct enclosure){ (char *)"http://e.example.org/1.mp3",
				    (char *)"audio/mpeg", 7 });
	entry->published_s = -1;
	entry->updated_s = 1763800000;
	copy = entry_copy(entry);
	entry_write(copy, out);
}

static bool
read_entry(struct wire_reader *in, struct buf *again, struct error *err)
{
	AUTO(entry) entry = NULL;

	if (!entry_read(in, &entry, err) || !wire_read_end(in))
		return false;
	entry_write(entry, again);
	return true;
}

static void
write_head(struct buf *out)
{
	struct feed_head head = { .format = mem_strdup("rss2.0"),
		.title = mem_strdup("t"),
		.id = mem_strdup("i"),
		.updated_s = 5,
		.ttl_s = 60 };

	list_add(&head.authors, "Ann");
	feed_head_write(&head, out);
	feed_head_clear(&head);
}

static bool
read_head(struct wire_reader *in, struct buf *again, struct error *err)
{
	struct feed_head head = { 0 };
	bool is_good = feed_head_read(in, &head, err) && wire_read_end(in);

	if (is_good)
		feed_head_write(&head, again);
	feed_head_clear(&head);
	return is_good;
}

static const struct row {
	const char *name;
	void (*write)(struct buf *out);
	bool (*read)(struct wire_reader *in, struct buf *again, struct error *err);
} rows[] = {
	{ "a job", write_job, read_job },
	{ "a response", write_response, read_response },
	{ "an entry", write_entry, read_entry },
	{ "a head", write_head, read_head },
};

static void
check_row(void **state)
{
	const struct row *row = *state;
	AUTO_BUF struct buf written = BUF_EMPTY;
	AUTO_BUF struct buf again = BUF_EMPTY;
	struct wire_reader in;
	struct error err = { 0 };

	row->write(&written);
	wire_reader_init(&in, written.data, written.len);
	assert_true(row->read(&in, &again, &err));
	assert_int_equal(again.len, written.len);
	assert_memory_equal(again.data, written.data, written.len);
	for (size_t len = 0; len < written.len; len++) {
		AUTO_FREE char *cut = mem_strndup(written.data, len);

		err = (struct error){ 0 };
		wire_reader_init(&in, cut, len);
		assert_false(row->read(&in, &again, &err));
	}
	buf_add_char(&written, '\0');
	wire_reader_init(&in, written.data, written.len);
	assert_false(row->read(&in, &again, &err));
}

static void
check_refused(const struct job *job)
{
	AUTO_BUF struct buf written = BUF_EMPTY;
	AUTO_BUF struct buf again = BUF_EMPTY;
	struct wire_reader in;
	struct error err = { 0 };

	job_write(job, &written);
	wire_reader_init(&in, written.data, written.len);
	assert_false(read_job(&in, &again, &err));
	assert_int_equal(err.kind, ERROR_FORMAT);
}

static void
jobs_without_sense_are_refused(void **state)
{
	struct job *job = full_job();

	job->id = 0;
	check_refused(job);
	job->id = 1;
	job->deadline_ms = 0;
	check_refused(job);
	job->deadline_ms = 1;
	job->kind = (enum job_kind)(JOB_DOCUMENT + 1);
	check_refused(job);
	job->kind = JOB_FETCH;
	job->url[0] = '\xFF';
	check_refused(job);
	free(job->url);
	job->url = NULL;
	check_refused(job);
	job_free(job);
}

/* DESIGN 6 */
static void
links_have_one_form(void **state)
{
	static const char *const pairs[][2] = {
		{ "HTTP://WWW.Example.ORG/A?b=C#d", "http://www.example.org/A?b=C" },
		{ "http://e.org/?utm_source=x&a=1&UTM_medium=y&b=2",
		    "http://e.org/?a=1&b=2" },
		{ "http://e.org/?utm_source=x", "http://e.org/" },
		{ "http://e.org?utm", "http://e.org?utm" },
		{ "http://e.org", "http://e.org" },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		AUTO_FREE char *link = entry_canonical_link(pairs[i][0]);

		assert_string_equal(link, pairs[i][1]);
	}
	assert_null(entry_canonical_link(NULL));
}

#define ROWS (sizeof(rows) / sizeof(*rows))

int
main(void)
{
	struct CMUnitTest tests[ROWS + 2];

	for (size_t i = 0; i < ROWS; i++)
		tests[i] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = check_row,
			.initial_state = (void *)&rows[i] };
	tests[ROWS] = (struct CMUnitTest)cmocka_unit_test(jobs_without_sense_are_refused);
	tests[ROWS + 1] = (struct CMUnitTest)cmocka_unit_test(links_have_one_form);
	return cmocka_run_group_tests_name("job", tests, NULL, NULL);
}
