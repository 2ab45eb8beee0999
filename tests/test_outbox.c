/*
 * The outbox on a virtual clock, with sinks that do as they are told: order, back-off,
 * holds, dead letters, restarts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alerts/alerts.h"
#include "alerts/retry.h"
#include "alerts/sink.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/db.h"

#define NOW_MS 1763795704123
#define HOUR_MS (INT64_C(3600) * 1000)
#define MINUTE_MS (INT64_C(60) * 1000)

static const struct db_schema *const schemas[] = { &alerts_schema, NULL };

/* What the fake sink of a name does, and did. */
struct fake {
	const char *name;
	bool is_slow; /* the verdict comes from the test */
	struct verdict verdict;
	struct sink_house house; /* of the sink that is open */
	const void *under_way;   /* the sink that is in a delivery, or NULL */
	int opened, closed;
	struct buf got; /* "EVENT ID at MS\n" each */
	int64_t last_ms;
	int tries;
	char last_id[ALERTS_ID_BYTES];
	char last_record[4096];
};

struct house {
	struct event_base *base;
	struct clock *clock;
	struct db *db;
	struct alerts *alerts;
	struct fake fakes[2]; /* "one", "two" */
	struct buf notices;
	int64_t episode, digest_s;
};

/* -- fake sinks -- */

struct fake_sink {
	struct fake *fake;
};

static struct house *the_house; /* of the row that runs */

static void *
fake_open(
    const struct sink_house *house, const struct sink_settings *settings, struct error *err)
{
	struct fake *fake = &the_house->fakes[strcmp(settings->name, "one") == 0 ? 0 : 1];
	struct fake_sink *opened;

	if (settings->url != NULL && strcmp(settings->url, "broken") == 0) {
		error_set(err, ERROR_CONFIG, "fake", "broken");
		return NULL;
	}
	fake->house = *house;
	fake->opened++;
	opened = mem_zalloc(sizeof(*opened));
	opened->fake = fake;
	return opened;
}

static bool
fake_deliver(void *sink, const struct parcel *parcel, struct verdict *verdict)
{
	struct fake *fake = ((struct fake_sink *)sink)->fake;

	assert_null(fake->under_way);
	fake->tries++;
	fake->last_ms = parcel->now_ms;
	(void)snprintf(fake->last_id, sizeof(fake->last_id), "%s", parcel->id);
	buf_printf(&fake->got, "%lld ", (long long)parcel->event);
	assert_non_null(strstr(parcel->record, parcel->id));
	(void)snprintf(fake->last_record, sizeof(fake->last_record), "%s", parcel->record);
	*verdict = fake->verdict;
	fake->under_way = fake->is_slow ? sink : NULL;
	return !fake->is_slow;
}

static void
fake_close(void *sink)
{
	struct fake *fake = ((struct fake_sink *)sink)->fake;

	if (fake->under_way == sink)
		fake->under_way = NULL;
	fake->closed++;
	free(sink);
}

static const struct sink_kind fake_kind = { "fake", fake_open, fake_deliver, fake_close };

static void
end_delivery(struct fake *fake)
{
	assert_non_null(fake->under_way);
	fake->under_way = NULL;
	fake->house.on_done(fake->house.ctx, &fake->verdict);
}

/* -- the house -- */

static void
on_notice(void *ctx, const char *text)
{
	struct house *house = ctx;

	buf_printf(&house->notices, "%s\n", text);
}

static void
on_line(void *ctx, const char *line, size_t len)
{
}

static void
add_sink(
    struct alert_settings *settings, const char *name, int min_severity, const char *url)
{
	struct sink_settings sink = { .kind = &fake_kind, .min_severity = min_severity };

	sink.name = mem_strdup(name);
	sink.url = mem_strdup(url);
	mem_grow(settings->sinks, settings->sink_count, settings->sink_cap);
	settings->sinks[settings->sink_count++] = sink;
}

/* Configure sinks by their names: "one two"; a name in capitals wants only what is high. */
static bool
configure(struct house *house, const char *names, const char *url, struct error *err)
{
	struct alert_settings settings;
	bool ok;

	alert_settings_init(&settings);
	settings.journal.is_enabled = false;
	for (int i = 0; i < 2; i++) {
		const char *name = i == 0 ? "one" : "two";

		if (strstr(names, name) != NULL)
			add_sink(&settings, name, SEVERITY_INFO, url);
		else if (strcasestr(names, name) != NULL)
			add_sink(&settings, name, SEVERITY_HIGH, url);
	}
	for (size_t i = 0; i < settings.sink_count; i++)
		settings.sinks[i].digest_s = house->digest_s;
	ok = alerts_configure(house->alerts, &settings, err);
	alert_settings_clear(&settings);
	return ok;
}

static void
use(struct house *house, const char *names)
{
	struct error err = { 0 };

	if (!configure(house, names, NULL, &err))
		fail_msg("%s", err.text);
}

static void
open_alerts(struct house *house, const char *names)
{
	struct alerts_options options = { .base = house->base,
		.on_line = on_line,
		.on_notice = on_notice,
		.ctx = house };

	house->alerts = alerts_open(house->clock, house->db, &options);
	use(house, names);
	alerts_recover(house->alerts);
}

static int
set_up(void **state)
{
	struct house *house = mem_zalloc(sizeof(*house));
	struct error err = { 0 };

	the_house = house;
	house->base = event_base_new();
	house->clock = clock_open_virtual(NOW_MS);
	house->db = db_open(":memory:", schemas, house->clock, &err);
	if (house->db == NULL)
		fail_msg("%s", err.text);
	open_alerts(house, "one two");
	*state = house;
	return 0;
}

static int
tear_down(void **state)
{
	struct house *house = *state;

	alerts_close(house->alerts);
	db_close(house->db);
	clock_close(house->clock);
	event_base_free(house->base);
	buf_clear(&house->notices);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(house->fakes[i].opened, house->fakes[i].closed);
		buf_clear(&house->fakes[i].got);
	}
	free(house);
	return 0;
}

/* Let so much time pass, in steps, as timers ask for it. */
static void
pass(struct house *house, int64_t ms)
{
	clock_move_to(house->clock, clock_now_ms(house->clock) + ms);
}

static void
raise(struct house *house, enum severity severity)
{
	struct match match = { .kind = MATCH_RULE,
		.outcome = MATCH_TOLD,
		.subject = (char *)"rule/cluster",
		.transition = (char *)"",
		.episode = ++house->episode,
		.rule = (char *)"rule",
		.severity = severity };
	struct source source = { .feed = "meti", .publisher = "METI" };
	struct entry entry = { .title = (char *)"Title",
		.link = (char *)"https://example.org/1" };
	struct stored_entry stored = { .entry = &entry,
		.source = &source,
		.id = 1,
		.seen_ms = clock_now_ms(house->clock),
		.now_ms = clock_now_ms(house->clock) };
	struct error err = { 0 };
	bool is_told;

	assert_true(db_begin(house->db, &err));
	assert_true(alerts_raise(house->alerts, &match, &stored, &is_told, &err));
	assert_true(db_commit(house->db, DB_NOW, &err));
	assert_true(is_told);
	alerts_released(house->alerts);
}

static void
raise_and_pass(struct house *house, int count)
{
	while (count-- > 0)
		raise(house, SEVERITY_HIGH);
	pass(house, 1000);
}

struct search {
	const char *name;
	struct sink_status found;
};

static void
find_sink(void *ctx, const struct sink_status *status)
{
	struct search *search = ctx;

	if (strcmp(status->name, search->name) != 0)
		return;
	assert_null(search->found.name); /* told once */
	search->found = *status;
	search->found.name = search->name; /* the rest lives as long as the lanes */
}

static struct sink_status
status_of(struct house *house, const char *name)
{
	struct search search = { .name = name };
	struct error err = { 0 };

	assert_true(alerts_read_sinks(house->alerts, find_sink, &search, &err));
	assert_non_null(search.found.name);
	return search.found;
}

static void
print_delivery(void *ctx, const struct alert_delivery *delivery)
{
	buf_printf(ctx, "%s %s%s%s\n", delivery->sink, delivery->state,
	    delivery->reason != NULL ? ": " : "",
	    delivery->reason != NULL ? delivery->reason : "");
}

static void
check_delivery(struct house *house, const char *id, const char *wanted)
{
	AUTO_BUF struct buf said = BUF_EMPTY;
	struct error err = { 0 };

	assert_true(alerts_read_delivery(house->db, id, print_delivery, &said, &err));
	assert_string_equal(buf_text(&said), wanted);
}

static int
count_of(const char *text, const char *word)
{
	int count = 0;

	for (text = strstr(text, word); text != NULL; text = strstr(text + 1, word))
		count++;
	return count;
}

static void
fails(struct fake *fake, enum verdict_kind kind, int64_t wait_ms)
{
	verdict_set(&fake->verdict, kind, "it %s", "fails");
	fake->verdict.wait_ms = wait_ms;
}

static void
works(struct fake *fake)
{
	fake->verdict = (struct verdict){ .kind = VERDICT_DELIVERED };
}

/* -- rows -- */

static void
check_order(void **state)
{
	struct house *house = *state;

	raise_and_pass(house, 5);
	assert_string_equal(buf_text(&house->fakes[0].got), "1 2 3 4 5 ");
	assert_string_equal(buf_text(&house->fakes[1].got), "1 2 3 4 5 ");
	assert_int_equal(status_of(house, "one").delivered, 5);
	assert_int_equal(status_of(house, "log").delivered, 5);
	check_delivery(house, house->fakes[0].last_id,
	    "log delivered\none delivered\ntwo delivered\n");
	assert_string_equal(buf_text(&house->notices), "");
}

static void
check_one_at_a_time(void **state)
{
	struct house *house = *state;
	struct fake *slow = &house->fakes[0];

	slow->is_slow = true;
	raise_and_pass(house, 3);
	assert_string_equal(buf_text(&slow->got), "1 ");
	assert_string_equal(buf_text(&house->fakes[1].got), "1 2 3 ");
	assert_true(alerts_is_busy(house->alerts));
	assert_int_equal(status_of(house, "one").waiting, 3);
	end_delivery(slow);
	assert_string_equal(buf_text(&slow->got), "1 "); /* not inside the sink's code */
	pass(house, 0);
	pass(house, 0);
	assert_string_equal(buf_text(&slow->got), "1 2 ");
}

static void
check_severity(void **state)
{
	struct house *house = *state;

	use(house, "ONE two");
	raise(house, SEVERITY_LOW);
	raise(house, SEVERITY_HIGH);
	raise(house, SEVERITY_INFO);
	pass(house, 1000);
	assert_string_equal(buf_text(&house->fakes[0].got), "2 ");
	assert_string_equal(buf_text(&house->fakes[1].got), "1 2 3 ");
}

/* Each wait is twice the last with up to a tenth more, up to the ceiling. */
static void
check_back_off(void **state)
{
	struct house *house = *state;
	struct fake *fake = &house->fakes[0];
	int64_t wanted_ms = RETRY_FIRST_MS, before_ms;

	fails(fake, VERDICT_LATER, 0);
	raise(house, SEVERITY_HIGH);
	pass(house, 0);
	for (int tries = 1; tries < 20; tries++) {
		assert_int_equal(fake->tries, tries);
		before_ms = fake->last_ms;
		while (fake->tries == tries)
			pass(house, 100);
		assert_in_range(
		    fake->last_ms - before_ms, wanted_ms, wanted_ms + wanted_ms / 10 + 1);
		wanted_ms =
		    wanted_ms * 2 < RETRY_CEILING_MS ? wanted_ms * 2 : RETRY_CEILING_MS;
	}
	assert_int_equal(wanted_ms, RETRY_CEILING_MS);
	assert_int_equal(count_of(buf_text(&house->notices), "sink one"), 1);
	assert_string_equal(status_of(house, "one").failure, "it fails");
	works(fake);
	pass(house, HOUR_MS);
	assert_string_equal(buf_text(&house->fakes[1].got), "1 ");
	assert_non_null(strstr(buf_text(&house->notices), "sink one: works again"));
	assert_null(status_of(house, "one").failure);
	assert_int_equal(status_of(house, "one").next_ms, 0);
	check_delivery(
	    house, fake->last_id, "log delivered\none delivered\ntwo delivered\n");
}

/* The order holds while a sink fails, and all of it comes afterwards. */
static void
check_order_after_failure(void **state)
{
	struct house *house = *state;
	struct fake *fake = &house->fakes[0];

	fails(fake, VERDICT_LATER, 0);
	raise_and_pass(house, 3);
	assert_string_equal(buf_text(&fake->got), "1 ");
	works(fake);
	pass(house, 3000);
	assert_string_equal(buf_text(&fake->got), "1 1 2 3 ");
	assert_int_equal(status_of(house, "one").delivered, 3);
}

static void
check_give_up(void **state)
{
	struct house *house = *state;
	struct fake *fake = &house->fakes[0];
	char first[ALERTS_ID_BYTES];

	fails(fake, VERDICT_LATER, 0);
	raise_and_pass(house, 1);
	memcpy(first, fake->last_id, sizeof(first));
	raise_and_pass(house, 1);
	pass(house, 23 * HOUR_MS);
	assert_int_equal(status_of(house, "one").waiting, 2);
	pass(house, 2 * HOUR_MS);
	assert_int_equal(status_of(house, "one").dead, 1);
	check_delivery(house, first, "log delivered\none dead: it fails\ntwo delivered\n");
	assert_int_equal(count_of(buf_text(&house->notices), "dead letters: it fails"), 1);
	/* the next one has its own day, and the sink its old pace */
	assert_int_equal(status_of(house, "one").waiting, 1);
	works(fake);
	pass(house, HOUR_MS);
	assert_int_equal(status_of(house, "one").delivered, 1);
}

static void
check_refused(void **state)
{
	struct house *house = *state;
	struct fake *fake = &house->fakes[0];

	fails(fake, VERDICT_REFUSED, 0);
	raise(house, SEVERITY_HIGH);
	pass(house, 0);
	pass(house, 0);
	works(fake);
	raise_and_pass(house, 1);
	assert_string_equal(buf_text(&fake->got), "1 2 ");
	assert_int_equal(status_of(house, "one").dead, 1);
	assert_int_equal(status_of(house, "one").delivered, 1);
	assert_int_equal(count_of(buf_text(&house->notices), "dead letters"), 1);
}

static void
check_retry_after(void **state)
{
	struct house *house = *state;
	struct fake *fake = &house->fakes[0];

	fails(fake, VERDICT_LATER, HOUR_MS);
	raise(house, SEVERITY_HIGH);
	pass(house, HOUR_MS - 1);
	assert_int_equal(fake->tries, 1);
	works(fake);
	/* over a restart too */
	alerts_close(house->alerts);
	open_alerts(house, "one two");
	pass(house, 0);
	assert_int_equal(fake->tries, 1);
	pass(house, 1);
	assert_int_equal(fake->tries, 2);
	fails(fake, VERDICT_LATER, 1000 * HOUR_MS); /* nobody is obeyed for so long */
	raise_and_pass(house, 1);
	assert_int_equal(fake->tries, 3);
	pass(house, RETRY_ASKED_MAX_MS);
	assert_int_equal(fake->tries, 4);
}

static void
check_removed(void **state)
{
	struct house *house = *state;
	struct fake *fake = &house->fakes[0];

	fails(fake, VERDICT_LATER, 0);
	raise_and_pass(house, 2);
	use(house, "two");
	pass(house, 30 * HOUR_MS);
	assert_int_equal(fake->tries, 1);
	assert_int_equal(status_of(house, "one").held, 2);
	assert_null(status_of(house, "one").kind);
	check_delivery(house, fake->last_id,
	    "log delivered\none held: no sink of this name is configured\ntwo delivered\n");
	raise_and_pass(house, 1); /* is not for it */
	use(house, "one two");
	works(fake);
	pass(house, 1000);
	assert_string_equal(buf_text(&fake->got), "1 1 2 ");
	assert_int_equal(status_of(house, "one").held, 0);
	assert_string_equal(status_of(house, "one").kind, "fake");
}

/* A day away is no day of trying in vain. */
static void
check_away_is_no_failure(void **state)
{
	struct house *house = *state;
	struct fake *fake = &house->fakes[0];

	fails(fake, VERDICT_LATER, 0);
	raise_and_pass(house, 1);
	use(house, "two");
	pass(house, 30 * HOUR_MS);
	use(house, "one two");
	pass(house, HOUR_MS);
	assert_in_range(fake->tries, 3, 20);
	assert_int_equal(status_of(house, "one").waiting, 1);
	assert_int_equal(status_of(house, "one").dead, 0);
}

static void
check_removed_under_way(void **state)
{
	struct house *house = *state;
	struct fake *fake = &house->fakes[0];

	fake->is_slow = true;
	raise_and_pass(house, 2);
	use(house, "two");
	pass(house, 1000);
	assert_non_null(fake->under_way); /* ends as it began */
	end_delivery(fake);
	pass(house, 1000);
	assert_int_equal(status_of(house, "one").delivered, 1);
	assert_int_equal(status_of(house, "one").held, 1);
	assert_int_equal(fake->closed, fake->opened);
}

static void
check_removed_fails_under_way(void **state)
{
	struct house *house = *state;
	struct fake *fake = &house->fakes[0];

	fake->is_slow = true;
	fails(fake, VERDICT_LATER, 0);
	raise_and_pass(house, 1);
	use(house, "two");
	end_delivery(fake);
	pass(house, 1000);
	assert_int_equal(status_of(house, "one").held, 1);
	assert_int_equal(status_of(house, "one").waiting, 0);
}

static void
check_settings_under_way(void **state)
{
	struct house *house = *state;
	struct fake *fake = &house->fakes[0];

	fake->is_slow = true;
	raise_and_pass(house, 2);
	use(house, "one two");
	use(house, "one two");
	pass(house, 1000);
	assert_non_null(fake->under_way);
	assert_int_equal(fake->tries, 1);
	end_delivery(fake);
	pass(house, 1000);
	assert_string_equal(buf_text(&fake->got), "1 2 ");
	assert_int_equal(fake->opened - fake->closed, 1);
}

/* New settings may be the cure: there is no waiting for the next try. */
static void
check_settings_try_at_once(void **state)
{
	struct house *house = *state;
	struct fake *fake = &house->fakes[0];

	fails(fake, VERDICT_LATER, 0);
	raise(house, SEVERITY_HIGH);
	pass(house, HOUR_MS);
	works(fake);
	use(house, "one two");
	pass(house, 1);
	assert_int_equal(status_of(house, "one").delivered, 1);
}

static void
check_broken_settings(void **state)
{
	struct house *house = *state;
	struct error err = { 0 };

	assert_false(configure(house, "one", "broken", &err));
	assert_string_equal(err.text, "sink one: fake: broken");
	assert_int_equal(err.kind, ERROR_CONFIG);
	raise_and_pass(house, 1);
	assert_string_equal(buf_text(&house->fakes[0].got), "1 ");
	assert_string_equal(buf_text(&house->fakes[1].got), "1 ");
}

static void
check_restart(void **state)
{
	struct house *house = *state;
	struct fake *fake = &house->fakes[0];
	char id[ALERTS_ID_BYTES];

	fake->is_slow = true;
	raise_and_pass(house, 2);
	memcpy(id, fake->last_id, sizeof(id));
	alerts_close(house->alerts); /* nobody knows whether it arrived */
	fake->is_slow = false;
	open_alerts(house, "one two");
	pass(house, 1000);
	assert_string_equal(buf_text(&fake->got), "1 1 2 ");
	assert_string_equal(buf_text(&house->fakes[1].got), "1 2 ");
	check_delivery(house, id, "log delivered\none delivered\ntwo delivered\n");
}

static void
check_tests(void **state)
{
	struct house *house = *state;
	char all[ALERTS_ID_BYTES], one[ALERTS_ID_BYTES], again[ALERTS_ID_BYTES],
	    desktop[ALERTS_ID_BYTES];
	struct error err = { 0 };

	use(house, "ONE TWO");
	assert_true(alerts_test(house->alerts, NULL, all, &err));
	assert_true(alerts_test(house->alerts, "one", one, &err));
	assert_true(alerts_test(house->alerts, "one", again, &err));
	assert_true(alerts_test(house->alerts, "desktop", desktop, &err));
	pass(house, 1000);
	check_delivery(house, all, "log delivered\none delivered\ntwo delivered\n");
	check_delivery(house, one, "one delivered\n");
	assert_string_not_equal(one, again);
	check_delivery(house, desktop, "");
	assert_string_equal(buf_text(&house->fakes[0].got), "1 2 3 ");
	assert_string_equal(buf_text(&house->fakes[1].got), "1 ");
	assert_false(alerts_test(house->alerts, "three", one, &err));
	assert_int_equal(err.kind, ERROR_CONFIG);
	assert_string_equal(
	    err.text, "alerts: there is no sink three (allowed: log, desktop, one, two)");
}

/* A log that cannot be had leaves the sinks as they were. */
static void
check_broken_log(void **state)
{
	struct house *house = *state;
	struct alerts_options options = { .base = house->base,
		.logs_dir = "/dev/null/log" };
	int opened = house->fakes[0].opened;
	struct error err = { 0 };

	alerts_close(house->alerts);
	house->alerts = alerts_open(house->clock, house->db, &options);
	assert_false(configure(house, "one", NULL, &err));
	assert_non_null(strstr(err.text, "/dev/null"));
	assert_int_equal(house->fakes[0].opened, opened);
}

/* Alerts of a quarter of an hour are one delivery; one alone is itself. */
static void
check_digest(void **state)
{
	struct house *house = *state;
	struct fake *fake = &house->fakes[0];

	house->digest_s = 900;
	use(house, "one");
	for (int i = 0; i < 3; i++) {
		raise(house, i == 1 ? SEVERITY_CRITICAL : SEVERITY_LOW);
		pass(house, MINUTE_MS);
	}
	pass(house, 12 * MINUTE_MS - 1);
	assert_int_equal(fake->tries, 0);
	pass(house, 1000); /* the first one is a quarter of an hour old */
	assert_string_equal(buf_text(&fake->got), "4 ");
	assert_non_null(strstr(fake->last_record, "\"kind\":\"digest\""));
	assert_non_null(strstr(fake->last_record, "\"severity\":\"critical\""));
	assert_non_null(strstr(fake->last_record, "\"title\":\"3 alerts\""));
	raise(house, SEVERITY_LOW);
	pass(house, 15 * MINUTE_MS + 1000);
	assert_string_equal(buf_text(&fake->got), "4 5 ");
	assert_int_equal(status_of(house, "one").waiting, 0);
	assert_int_equal(status_of(house, "one").delivered, 5);
}

/* What was gathered and not delivered stays gathered, also over a restart. */
static void
check_digest_fails(void **state)
{
	struct house *house = *state;
	struct fake *fake = &house->fakes[0];

	house->digest_s = 900;
	use(house, "one");
	raise_and_pass(house, 2);
	verdict_set(&fake->verdict, VERDICT_LATER, "down");
	pass(house, 900 * 1000);
	assert_int_equal(status_of(house, "one").waiting, 1);
	alerts_close(house->alerts);
	fake->verdict.kind = VERDICT_DELIVERED;
	open_alerts(house, "one");
	pass(house, HOUR_MS);
	assert_int_equal(status_of(house, "one").waiting, 0);
	assert_non_null(strstr(fake->last_record, "\"title\":\"2 alerts\""));
}

static void
check_verdict_text(void **state)
{
	struct verdict verdict;
	char longer[2 * VERDICT_REASON_BYTES];

	verdict_set(&verdict, VERDICT_LATER, "%s", "a\tb\033[31m\xff");
	assert_string_equal(verdict.reason, "a\\x09b\\x1b[31m\xef\xbf\xbd");
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	verdict_set(&verdict, VERDICT_LATER, "%s", longer);
	assert_int_equal(strlen(verdict.reason), VERDICT_REASON_BYTES - 1);
}

#define ROW(fn)                                  \
	{                                        \
#fn, fn, set_up, tear_down, NULL \
	}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(check_order),
		ROW(check_one_at_a_time),
		ROW(check_severity),
		ROW(check_back_off),
		ROW(check_order_after_failure),
		ROW(check_give_up),
		ROW(check_refused),
		ROW(check_retry_after),
		ROW(check_removed),
		ROW(check_away_is_no_failure),
		ROW(check_removed_under_way),
		ROW(check_removed_fails_under_way),
		ROW(check_settings_under_way),
		ROW(check_settings_try_at_once),
		ROW(check_broken_settings),
		ROW(check_broken_log),
		ROW(check_restart),
		ROW(check_tests),
		ROW(check_digest),
		ROW(check_digest_fails),
		ROW(check_verdict_text),
	};

	return cmocka_run_group_tests_name("outbox", tests, NULL, NULL);
}
