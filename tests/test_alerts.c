/*
 * Records, and the log: each alert one line, exactly once, whatever happened to the file
 * between promise and writing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alerts/alerts.h"
#include "alerts/log.h"
#include "alerts/record.h"
#include "alerts/store.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/db.h"
#include "base/list.h"

#define NOW_MS 1763795704123 /* 2025-11-22T07:15:04.123Z */

static const struct db_schema *const schemas[] = { &alerts_schema, NULL };

struct house {
	char folder[64];
	char *log_path;
	struct clock *clock;
	struct db *db;
	struct alerts *alerts;
	struct buf notices;
};

static void
on_notice(void *ctx, const char *text)
{
	struct house *house = ctx;

	buf_printf(&house->notices, "%s\n", text);
}

static void
configure(struct house *house, const char *log_path)
{
	struct alert_settings settings;
	struct error err = { 0 };

	alert_settings_init(&settings);
	free(settings.log.path);
	settings.log.path = mem_strdup(log_path);
	assert_true(alerts_configure(house->alerts, &settings, &err));
	alert_settings_clear(&settings);
}

static void
open_alerts(struct house *house)
{
	struct alerts_options options = {
		.logs_dir = house->folder, .on_notice = on_notice, .ctx = house
	};

	house->alerts = alerts_open(house->clock, house->db, &options);
	configure(house, "alerts.jsonl");
	alerts_recover(house->alerts);
}

static int
set_up(void **state)
{
	struct house *house = mem_zalloc(sizeof(*house));
	struct error err = { 0 };
	AUTO_FREE char *db_path = NULL;

	(void)snprintf(house->folder, sizeof(house->folder), "%s/dealwatch-test.XXXXXX",
	    getenv("TMPDIR") == NULL ? "/tmp" : getenv("TMPDIR"));
	assert_non_null(mkdtemp(house->folder));
	house->log_path = mem_printf("%s/alerts.jsonl", house->folder);
	db_path = mem_printf("%s/test.db", house->folder);
	house->clock = clock_open_virtual(NOW_MS);
	house->db = db_open(db_path, schemas, house->clock, &err);
	if (house->db == NULL)
		fail_msg("%s", err.text);
	open_alerts(house);
	*state = house;
	return 0;
}

static int
tear_down(void **state)
{
	struct house *house = *state;
	AUTO_FREE char *command = mem_printf("rm -rf '%s'", house->folder);

	alerts_close(house->alerts);
	db_close(house->db);
	clock_close(house->clock);
	buf_clear(&house->notices);
	assert_int_equal(
	    system(command), 0); /* NOLINT(cert-env33-c): a folder of our own */
	free(house->log_path);
	free(house);
	return 0;
}

/* -- helpers -- */

static struct match
stage_match(int64_t episode)
{
	return (struct match){ .kind = MATCH_STAGE,
		.outcome = MATCH_TOLD,
		.subject = (char *)"fund/meeting-set",
		.transition = (char *)"reported",
		.episode = episode,
		.story = (char *)"fund",
		.stage = (char *)"meeting-set",
		.state = (char *)"reported",
		.rule = (char *)"meeting",
		.severity = SEVERITY_HIGH };
}

/* Make one record in a transaction of its own, without delivering it. */
static bool
raise_one(struct house *house, int64_t episode)
{
	struct match match = stage_match(episode);
	struct source source = { .feed = "meti", .publisher = "METI", .is_official = true };
	struct entry entry = { .title = (char *)"ラトニック氏と会談",
		.link = (char *)"https://example.org/1",
		.summary = (char *)"Lutnick & Akazawa" };
	struct stored_entry stored = { .entry = &entry,
		.source = &source,
		.id = 1,
		.seen_ms = NOW_MS,
		.now_ms = NOW_MS };
	struct error err = { 0 };
	bool is_told;

	assert_true(db_begin(house->db, &err));
	assert_true(alerts_raise(house->alerts, &match, &stored, &is_told, &err));
	assert_true(db_commit(house->db, DB_NOW, &err));
	return is_told;
}

static void
tell_one(struct house *house, int64_t episode)
{
	assert_true(raise_one(house, episode));
	alerts_released(house->alerts);
}

static char *
read_file(const char *path)
{
	AUTO_BUF struct buf text = BUF_EMPTY;
	FILE *file = fopen(path, "re");

	if (file == NULL)
		return mem_strdup("");
	while (feof(file) == 0) {
		char *room = buf_reserve(&text, 4096);

		text.len += fread(room, 1, 4096, file);
	}
	(void)fclose(file);
	buf_add(&text, "", 0);
	return buf_take(&text);
}

static void
write_file(const char *path, const char *text, size_t len, const char *mode)
{
	FILE *file = fopen(path, mode);

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static int
count_lines(const char *text)
{
	int lines = 0;

	for (; *text != '\0'; text++)
		lines += *text == '\n';
	return lines;
}

static void
say(void *ctx, const char *text)
{
	buf_printf(ctx, "%s\n", text);
}

/* The faults that verify finds, in a text; "" when the log is whole. */
static char *
verify(struct house *house, struct db *store)
{
	AUTO_BUF struct buf faults = BUF_EMPTY;
	struct verify_report report = { .say = say, .ctx = &faults };
	struct list files = { 0 };
	struct error err = { 0 };

	buf_add(&faults, "", 0);
	alerts_log_files(house->log_path, &files);
	assert_true(alerts_verify(&files, store, &report, &err));
	list_clear(&files);
	return buf_take(&faults);
}

static void
assert_whole(struct house *house)
{
	AUTO_FREE char *faults = verify(house, house->db);

	assert_string_equal(faults, "");
}

/* A new process: what was promised is all in the store. */
static void
restart(struct house *house)
{
	alerts_close(house->alerts);
	open_alerts(house);
}

static void
assert_lines(struct house *house, int lines)
{
	AUTO_FREE char *text = read_file(house->log_path);

	assert_int_equal(count_lines(text), lines);
	assert_whole(house);
}

/* -- records -- */

static void
id_is_the_digest_of_four_lines(void **state)
{
	struct match match = stage_match(1);
	char id[RECORD_ID_BYTES];

	record_id(&match, id);
	/* printf 'stage\nfund/meeting-set\nreported\n1\n' | sha256sum */
	assert_string_equal(id, "bc622965870b98c56f84d71aedcefefb");
}

static void
record_has_its_members_in_order(void **state)
{
	struct house *house = *state;
	AUTO_FREE char *line = NULL;

	tell_one(house, 1);
	line = read_file(house->log_path);
	assert_string_equal(line,
	    "{\"schema\":1,\"seq\":1,\"id\":\"bc622965870b98c56f84d71aedcefefb\","
	    "\"episode\":1,\"time\":\"2025-11-22T07:15:04.123Z\",\"kind\":\"stage\","
	    "\"severity\":\"high\",\"story\":\"fund\",\"stage\":\"meeting-set\","
	    "\"state\":\"reported\",\"rule\":\"meeting\",\"topics\":[],"
	    "\"title\":\"ラトニック氏と会談\",\"link\":\"https://example.org/1\","
	    "\"excerpt\":\"Lutnick & Akazawa\",\"feed\":\"meti\",\"publisher\":\"METI\","
	    "\"official\":true,\"seen\":\"2025-11-22T07:15:04.123Z\",\"matched\":[],"
	    "\"voices\":[{\"publisher\":\"METI\",\"link\":\"https://example.org/1\","
	    "\"seen\":\"2025-11-22T07:15:04.123Z\"}],\"event\":1}\n");
}

static void
same_event_is_told_once(void **state)
{
	struct house *house = *state;

	tell_one(house, 1);
	assert_false(raise_one(house, 1));
	alerts_released(house->alerts);
	assert_lines(house, 1);
	tell_one(house, 2);
	assert_lines(house, 2);
}

static void
undone_transaction_leaves_no_line(void **state)
{
	struct house *house = *state;
	struct match match = stage_match(1);
	struct source source = { .feed = "meti", .publisher = "METI" };
	struct entry entry = { .title = (char *)"t" };
	struct stored_entry stored = {
		.entry = &entry, .source = &source, .now_ms = NOW_MS
	};
	struct error err = { 0 };
	bool is_told;

	assert_true(db_begin(house->db, &err));
	assert_true(alerts_raise(house->alerts, &match, &stored, &is_told, &err));
	db_rollback(house->db);
	alerts_released(house->alerts);
	assert_lines(house, 0);
	tell_one(house, 2);
	assert_lines(house, 1);
}

/* -- between promise and writing -- */

static void
promised_line_is_written_by_the_next_run(void **state)
{
	struct house *house = *state;

	tell_one(house, 1);
	assert_true(raise_one(house, 2));
	restart(house);
	assert_lines(house, 2);
}

static void
part_of_a_line_is_completed(void **state)
{
	struct house *house = *state;
	AUTO_FREE char *whole = NULL;

	tell_one(house, 1);
	tell_one(house, 2);
	whole = read_file(house->log_path);
	/* as if killed in the middle of the second line, before it was marked */
	assert_int_equal(truncate(house->log_path, (off_t)strlen(whole) - 40), 0);
	assert_true(
	    db_exec(house->db, NULL, "UPDATE log_line SET state = 1 WHERE event = 2", ""));
	restart(house);
	assert_lines(house, 2);
}

static void
whole_line_is_only_marked(void **state)
{
	struct house *house = *state;

	tell_one(house, 1);
	assert_true(db_exec(house->db, NULL, "UPDATE log_line SET state = 1", ""));
	restart(house);
	assert_lines(house, 1);
}

static void
line_of_a_renamed_file_goes_there(void **state)
{
	struct house *house = *state;
	AUTO_FREE char *rotated = mem_printf("%s.1", house->log_path);
	AUTO_FREE char *text = NULL;

	tell_one(house, 1);
	assert_true(raise_one(house, 2));
	assert_int_equal(rename(house->log_path, rotated), 0);
	restart(house);
	text = read_file(rotated);
	assert_int_equal(count_lines(text), 2);
	tell_one(house, 3);
	assert_lines(house, 1);
}

static void
rotated_away_log_is_begun_anew(void **state)
{
	struct house *house = *state;
	AUTO_FREE char *rotated = mem_printf("%s.1", house->log_path);

	tell_one(house, 1);
	assert_int_equal(rename(house->log_path, rotated), 0);
	tell_one(house, 2);
	tell_one(house, 3);
	assert_lines(house, 2);
	assert_int_equal(house->notices.len, 0);
}

/* Another folder of the log while a line is promised, or written and not yet marked. */
static void
line_of_a_changed_folder_goes_where_it_was_promised(void **state)
{
	struct house *house = *state;
	AUTO_FREE char *moved = mem_printf("%s/new", house->folder);
	AUTO_FREE char *there = mem_printf("%s/alerts.jsonl", moved);
	AUTO_FREE char *rotated = mem_printf("%s.1", house->log_path);
	AUTO_FREE char *text = NULL;

	assert_int_equal(mkdir(moved, 0700), 0);
	tell_one(house, 1);
	assert_true(db_exec(house->db, NULL, "UPDATE log_line SET state = 1", ""));
	assert_true(raise_one(house, 2));
	configure(house, there);
	assert_int_equal(rename(house->log_path, rotated), 0); /* rotated as well */
	alerts_released(house->alerts);
	text = read_file(rotated);
	assert_int_equal(count_lines(text), 2);
	assert_int_equal(alerts_status(house->alerts).waiting, 0);
	tell_one(house, 3);
	mem_auto_free(&text);
	text = read_file(there);
	assert_int_equal(count_lines(text), 1);
	assert_non_null(strstr(text, "\"event\":3"));
}

static void
deleted_log_is_begun_anew(void **state)
{
	struct house *house = *state;
	AUTO_FREE char *text = NULL;

	tell_one(house, 1);
	assert_true(raise_one(house, 2));
	assert_int_equal(unlink(house->log_path), 0);
	alerts_released(house->alerts);
	text = read_file(house->log_path);
	assert_int_equal(count_lines(text), 1);
	assert_non_null(strstr(text, "\"event\":2"));
}

static void
truncated_log_is_noticed(void **state)
{
	struct house *house = *state;
	AUTO_FREE char *text = NULL;

	tell_one(house, 1);
	assert_int_equal(truncate(house->log_path, 0), 0);
	tell_one(house, 2);
	text = read_file(house->log_path);
	assert_int_equal(count_lines(text), 1);
	assert_non_null(strstr(buf_text(&house->notices), "copytruncate"));
}

static void
foreign_bytes_in_the_way_are_left_alone(void **state)
{
	struct house *house = *state;
	AUTO_FREE char *text = NULL;
	AUTO_FREE char *faults = NULL;

	tell_one(house, 1);
	assert_true(raise_one(house, 2));
	write_file(house->log_path, "somebody was here\n", 18, "ae");
	alerts_released(house->alerts);
	text = read_file(house->log_path);
	assert_int_equal(count_lines(text), 3);
	assert_non_null(strstr(text, "\nsomebody was here\n{\"schema\""));
	faults = verify(house, house->db);
	assert_non_null(strstr(faults, ":2: no JSON object"));
}

static void
foreign_torn_line_is_ended(void **state)
{
	struct house *house = *state;
	AUTO_FREE char *text = NULL;

	tell_one(house, 1);
	write_file(house->log_path, "torn", 4, "ae");
	tell_one(house, 2);
	text = read_file(house->log_path);
	assert_int_equal(count_lines(text), 3);
	assert_non_null(strstr(text, "\ntorn\n{\"schema\""));
}

static void
log_of_an_earlier_store_is_chained_on(void **state)
{
	struct house *house = *state;
	AUTO_FREE char *faults = NULL;
	const char *old = "{\"event\":7}\n";

	write_file(house->log_path, old, strlen(old), "we");
	assert_true(db_exec(house->db, NULL,
	    "INSERT INTO sqlite_sequence(name, seq) VALUES('event', 7)", ""));
	tell_one(house, 1);
	faults = verify(house, NULL);
	assert_string_equal(faults, "");
}

/* -- failures -- */

static void
full_disk_loses_nothing(void **state)
{
	struct house *house = *state;
	struct rlimit before, tight;
	AUTO_FREE char *first = NULL;
	AUTO_FREE char *after = NULL;

	tell_one(house, 1);
	first = read_file(house->log_path);
	assert_true(raise_one(house, 2));
	assert_true(raise_one(house, 3));
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	tight = before;
	tight.rlim_cur = strlen(first) + 100; /* the second line fits in part */
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
	alerts_released(house->alerts);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);

	after = read_file(house->log_path);
	assert_string_equal(after, first); /* no torn line */
	assert_non_null(strstr(buf_text(&house->notices), "cannot write the log"));
	assert_true(alerts_is_busy(house->alerts));
	assert_int_equal(alerts_status(house->alerts).waiting, 2);
	clock_move_to(house->clock, NOW_MS + 2000);
	assert_false(alerts_is_busy(house->alerts));
	assert_non_null(strstr(buf_text(&house->notices), "nothing is missing"));
	assert_lines(house, 3);
}

/* A folder in its place; then nothing may be made there. */
static void
alerts_do_not_put_retries_off(void **state)
{
	struct house *house = *state;
	AUTO_FREE char *elsewhere = mem_printf("%s.d", house->log_path);

	assert_int_equal(mkdir(house->log_path, 0700), 0);
	for (int number = 1; number <= 6; number++) {
		assert_true(raise_one(house, number));
		alerts_released(house->alerts);
	}
	assert_true(house->notices.len > 0);
	assert_ptr_equal(strchr(house->notices.data, '\n'),
	    house->notices.data + house->notices.len - 1); /* told once */
	assert_int_equal(rmdir(house->log_path), 0);
	assert_int_equal(symlink(elsewhere, house->log_path), 0);
	assert_true(raise_one(house, 7));
	alerts_released(house->alerts);
	assert_true(strchr(house->notices.data, '\n') <
		    house->notices.data + house->notices.len - 1); /* another cause */
	assert_int_equal(unlink(house->log_path), 0);
	clock_move_to(house->clock, NOW_MS + 2000);
	assert_non_null(strstr(house->notices.data, "nothing is missing"));
	assert_lines(house, 7);
}

static void
log_that_cannot_be_opened_waits(void **state)
{
	struct house *house = *state;

	tell_one(house, 1);
	assert_int_equal(unlink(house->log_path), 0);
	assert_int_equal(mkdir(house->log_path, 0700), 0);
	tell_one(house, 2);
	tell_one(house, 3);
	assert_int_equal(alerts_status(house->alerts).waiting, 2);
	assert_non_null(alerts_status(house->alerts).failure);
	assert_int_equal(rmdir(house->log_path), 0);
	clock_move_to(house->clock, NOW_MS + 10000);
	assert_int_equal(alerts_status(house->alerts).waiting, 0);
	assert_lines(house, 2);
}

/* -- verify -- */

struct damage {
	const char *name;
	const char *find, *put; /* the first occurrence in the log is replaced */
	const char *fault;
};

static const struct damage damages[] = {
	{ "verify: a changed word", "Akazawa", "Akasaka", "differs from what was written" },
	{ "verify: a torn end", "\"event\":3", NULL, "the last line is torn" },
	{ "verify: a changed prev", "\"prev\":\"", "\"prev\":\"0", "prev does not fit" },
	{ "verify: no JSON", "{\"schema\"", "[\"schema\"", "no JSON object" },
	{ "verify: a doubled number", "\"event\":2", "\"event\":1", "comes after event" },
};

static void
verify_finds_damage(void **state)
{
	const struct damage *damage = *state;
	AUTO_FREE char *text = NULL;
	AUTO_FREE char *faults = NULL;
	AUTO_BUF struct buf changed = BUF_EMPTY;
	void *own = NULL;
	struct house *house;
	char *at;

	assert_int_equal(set_up(&own), 0);
	house = own;
	for (int64_t i = 1; i <= 3; i++)
		tell_one(house, i);
	text = read_file(house->log_path);
	at = strstr(text, damage->find);
	assert_non_null(at);
	buf_add(&changed, text, (size_t)(at - text));
	if (damage->put != NULL) {
		buf_add_text(&changed, damage->put);
		buf_add_text(&changed, at + strlen(damage->find));
	}
	write_file(house->log_path, changed.data, changed.len, "we");
	faults = verify(house, house->db);
	if (strstr(faults, damage->fault) == NULL)
		fail_msg("\"%s\" is not in: %s", damage->fault, faults);
	assert_int_equal(tear_down(&own), 0);
}

static void
verify_sees_a_cut_end_by_the_store_only(void **state)
{
	struct house *house = *state;
	AUTO_FREE char *text = NULL;
	AUTO_FREE char *without = NULL;
	AUTO_FREE char *with = NULL;
	char *last;

	tell_one(house, 1);
	tell_one(house, 2);
	text = read_file(house->log_path);
	last = strchr(text, '\n') + 1;
	assert_int_equal(truncate(house->log_path, (off_t)(last - text)), 0);
	without = verify(house, NULL);
	with = verify(house, house->db);
	assert_string_equal(without, "");
	assert_non_null(strstr(with, "the end was cut off"));
}

static void
verify_says_what_is_at_hand(void **state)
{
	struct house *house = *state;
	AUTO_FREE char *text = NULL;
	struct list files = { 0 };
	struct verify_report report = { .say = say, .ctx = &house->notices };
	struct verify_report later = report;
	struct error err = { 0 };
	const char *second;

	for (int64_t i = 1; i <= 3; i++)
		tell_one(house, i);
	list_add(&files, house->log_path);
	assert_true(alerts_verify(&files, house->db, &report, &err));
	assert_false(report.is_begin_missing);
	assert_int_equal(report.first_event, 1);
	assert_int_equal(report.last_event, 3);
	/* as if an old file had been removed */
	text = read_file(house->log_path);
	second = strchr(text, '\n') + 1;
	write_file(house->log_path, second, strlen(second), "we");
	assert_true(alerts_verify(&files, house->db, &later, &err));
	assert_true(later.is_begin_missing);
	assert_int_equal(later.first_event, 2);
	assert_int_equal(later.last_event, 3);
	assert_int_equal(later.faults, 0);
	list_clear(&files);
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ROW(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

static const struct CMUnitTest fixed[] = {
	cmocka_unit_test(id_is_the_digest_of_four_lines),
	ROW(record_has_its_members_in_order),
	ROW(same_event_is_told_once),
	ROW(undone_transaction_leaves_no_line),
	ROW(promised_line_is_written_by_the_next_run),
	ROW(part_of_a_line_is_completed),
	ROW(whole_line_is_only_marked),
	ROW(line_of_a_renamed_file_goes_there),
	ROW(rotated_away_log_is_begun_anew),
	ROW(line_of_a_changed_folder_goes_where_it_was_promised),
	ROW(deleted_log_is_begun_anew),
	ROW(truncated_log_is_noticed),
	ROW(foreign_bytes_in_the_way_are_left_alone),
	ROW(foreign_torn_line_is_ended),
	ROW(log_of_an_earlier_store_is_chained_on),
	ROW(full_disk_loses_nothing),
	ROW(alerts_do_not_put_retries_off),
	ROW(log_that_cannot_be_opened_waits),
	ROW(verify_sees_a_cut_end_by_the_store_only),
	ROW(verify_says_what_is_at_hand),
};

int
main(void)
{
	struct CMUnitTest tests[COUNT(fixed) + COUNT(damages)];

	memcpy(tests, fixed, sizeof(fixed));
	for (size_t i = 0; i < COUNT(damages); i++)
		tests[COUNT(fixed) + i] = (struct CMUnitTest){ .name = damages[i].name,
			.test_func = verify_finds_damage,
			.initial_state = (void *)&damages[i] };
	return cmocka_run_group_tests_name("alerts", tests, NULL, NULL);
}
