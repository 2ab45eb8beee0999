/*
 * Records into the store, and from there to the sinks.
 */
#include "alerts/alerts.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "alerts/letters.h"
#include "alerts/log.h"
#include "alerts/outbox.h"
#include "alerts/outbox_store.h"
#include "alerts/record.h"
#include "alerts/silence.h"
#include "alerts/store.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/db.h"
#include "base/paths.h"

#define RETRY_MIN_MS INT64_C(1000)
#define RETRY_MAX_MS (INT64_C(60) * 1000)

struct alerts {
	struct clock *clock; /* borrowed */
	struct db *db;       /* borrowed */
	struct alerts_options options;
	struct alert_settings settings; /* owned */
	struct log_sink_events log_events;
	struct log_sink *log;      /* owned */
	struct outbox *outbox;     /* owned; NULL: there are no push sinks */
	struct clock_timer *retry; /* owned */
	int64_t retry_ms;          /* the next wait after a failure; 0: the log works */
	char failure[512];         /* why it does not, "" when it does */
	void (*on_event)(void *ctx, int64_t last_event);
	void *event_ctx;
};

static void deliver(struct alerts *alerts);

static void
on_retry(void *ctx, int64_t now_ms)
{
	deliver(ctx);
}

static void
on_log_notice(void *ctx, const char *text)
{
	struct alerts *alerts = ctx;

	if (alerts->options.on_notice != NULL)
		alerts->options.on_notice(alerts->options.ctx, text);
}

static void
on_log_line(void *ctx, const char *line, size_t len)
{
	struct alerts *alerts = ctx;

	alerts->options.on_line(alerts->options.ctx, line, len);
}

static struct outbox *
open_outbox(struct alerts *alerts)
{
	struct outbox_options options = { .base = alerts->options.base,
		.clock = alerts->clock,
		.db = alerts->db,
		.on_notice = on_log_notice,
		.ctx = alerts };

	return outbox_open(&options);
}

struct alerts *
alerts_open(struct clock *clock, struct db *db, const struct alerts_options *options)
{
	struct alerts *alerts = mem_zalloc(sizeof(*alerts));

	alerts->clock = clock;
	alerts->db = db;
	alerts->options = *options;
	alert_settings_init(&alerts->settings);
	alerts->log_events.on_line = options->on_line == NULL ? NULL : on_log_line;
	alerts->log_events.on_notice = on_log_notice;
	alerts->log_events.ctx = alerts;
	alerts->log = log_sink_open(db, &alerts->log_events);
	alerts->retry = clock_timer_new(clock, on_retry, alerts);
	if (options->base != NULL)
		alerts->outbox = open_outbox(alerts);
	return alerts;
}

void
alerts_close(struct alerts *alerts)
{
	if (alerts == NULL)
		return;
	clock_timer_free(alerts->retry);
	outbox_close(alerts->outbox);
	log_sink_close(alerts->log);
	alert_settings_clear(&alerts->settings);
	free(alerts);
}

/* @return where the log stands, the caller's to free(); NULL with err set */
static char *
make_log_path(const struct alerts *alerts, const char *path, struct error *err)
{
	if (path[0] == '/')
		return mem_strdup(path);
	if (!paths_make(alerts->options.logs_dir, err))
		return NULL;
	return mem_printf("%s/%s", alerts->options.logs_dir, path);
}

/* Nothing is taken before all of it is known to work. */
bool
alerts_configure(struct alerts *alerts, struct alert_settings *settings, struct error *err)
{
	bool has_file = alerts->options.on_line == NULL;
	AUTO_FREE char *path =
	    has_file ? make_log_path(alerts, settings->log.path, err) : NULL;
	struct alert_settings old;

	if (has_file && path == NULL)
		return false;
	if (alerts->outbox != NULL && !outbox_configure(alerts->outbox, settings, err))
		return false;
	if (has_file)
		log_sink_set_path(alerts->log, path);
	old = alerts->settings;
	alerts->settings = *settings;
	*settings = old;
	return true;
}

/* After each retry the next one is later; a new alert between two of them changes nothing.
 */
static void
retry_later(struct alerts *alerts)
{
	if (clock_timer_is_set(alerts->retry))
		return;
	alerts->retry_ms = alerts->retry_ms == 0 ? RETRY_MIN_MS : alerts->retry_ms * 2;
	if (alerts->retry_ms > RETRY_MAX_MS)
		alerts->retry_ms = RETRY_MAX_MS;
	clock_timer_after(alerts->retry, alerts->retry_ms);
}

/* A failure is told when it begins, when its cause changes, and when it ends. */
static void
note_failure(struct alerts *alerts, const struct error *err)
{
	bool is_told = strcmp(alerts->failure, err->text) == 0;

	memcpy(alerts->failure, err->text, sizeof(alerts->failure));
	retry_later(alerts);
	if (!is_told)
		on_log_notice(alerts, err->text);
}

static void
deliver(struct alerts *alerts)
{
	struct error err = { 0 };

	if (!log_sink_deliver(alerts->log, &err)) {
		note_failure(alerts, &err);
		return;
	}
	clock_timer_cancel(alerts->retry);
	alerts->retry_ms = 0;
	if (alerts->failure[0] == '\0')
		return;
	alerts->failure[0] = '\0';
	on_log_notice(alerts, "the alert log is written again, nothing is missing");
}

void
alerts_recover(struct alerts *alerts)
{
	deliver(alerts);
	if (alerts->outbox != NULL)
		outbox_kick(alerts->outbox);
}

/* A record on its way to the sinks. */
struct release {
	int64_t event, now_ms;
	const char *record;
	int severity;
	struct silence_subject subject;
};

/* The record goes to every sink that wants it. */
static bool
release(struct alerts *alerts, const struct release *what, struct error *err)
{
	AUTO_FREE char *silenced = NULL;
	struct outbox_release row = {
		.event = what->event, .severity = what->severity, .now_ms = what->now_ms
	};

	if (what->severity >= alerts->settings.log.min_severity &&
	    !log_sink_release(alerts->log, what->event, what->record, err))
		return false;
	if (!silence_hold(
		alerts->db, what->event, &what->subject, what->now_ms, &silenced, err))
		return false;
	row.hold = silenced;
	return alerts->outbox == NULL || outbox_release(alerts->outbox, &row, err);
}

bool
alerts_raise(struct alerts *alerts, const struct match *match,
    const struct stored_entry *stored, bool *is_told, struct error *err)
{
	struct release what = { .now_ms = stored->now_ms,
		.severity = (int)match->severity,
		.subject = { match->story, match->rule,
		    stored->source != NULL ? stored->source->feed : NULL } };
	AUTO_FREE char *record = NULL;
	char id[RECORD_ID_BYTES];
	int64_t known;

	*is_told = false;
	if (match->outcome == MATCH_SILENT)
		return true;
	if (match->outcome == MATCH_ATTACHED)
		return alert_attach(alerts->db, match, stored, err);
	record_id(match, id);
	known = alert_find(alerts->db, id, err);
	if (known < 0)
		return false;
	if (known > 0) /* the same event is the same id, and was told */
		return alert_attach(alerts->db, match, stored, err);
	if (!alert_insert(alerts->db, match, stored, &what.event, &record, err))
		return false;
	*is_told = true;
	what.record = record;
	return release(alerts, &what, err);
}

bool
alerts_raise_feed(
    struct alerts *alerts, const struct feed_alert *feed, bool *is_told, struct error *err)
{
	struct release what = { .now_ms = feed->time_ms,
		.severity = (int)feed->severity,
		.subject = { .feed = feed->source->feed } };
	AUTO_FREE char *record = NULL;
	char id[RECORD_ID_BYTES];
	int64_t known;

	record_feed_id(feed, id);
	known = alert_find(alerts->db, id, err);
	*is_told = known == 0;
	if (known != 0)
		return known > 0;
	if (!alert_insert_feed(alerts->db, feed, &what.event, &record, err))
		return false;
	what.record = record;
	return release(alerts, &what, err);
}

void
alerts_released(struct alerts *alerts)
{
	struct error err = { 0 };
	int64_t first, last;

	deliver(alerts);
	if (alerts->outbox != NULL)
		outbox_kick(alerts->outbox);
	if (alerts->on_event != NULL && alerts_event_range(alerts->db, &first, &last, &err))
		alerts->on_event(alerts->event_ctx, last);
}

void
alerts_reopen(struct alerts *alerts)
{
	log_sink_reopen(alerts->log);
	deliver(alerts);
}

bool
alerts_is_busy(const struct alerts *alerts)
{
	return clock_timer_is_set(alerts->retry) ||
	       (alerts->outbox != NULL && outbox_is_busy(alerts->outbox));
}

void
alerts_on_event(struct alerts *alerts, void (*fn)(void *ctx, int64_t last_event), void *ctx)
{
	alerts->on_event = fn;
	alerts->event_ctx = ctx;
}

/* -- tests of sinks -- */

/* Where a test goes. */
struct errand {
	bool to_log, to_all;
	const char *sink; /* one of the outbox, or NULL */
};

static bool
no_such_sink(struct alerts *alerts, const char *sink, struct error *err)
{
	AUTO_BUF struct buf allowed = BUF_EMPTY;
	struct list names = { 0 };

	outbox_list(alerts->outbox, &names);
	for (size_t i = 0; i < names.count; i++)
		buf_printf(&allowed, ", %s", names.items[i]);
	list_clear(&names);
	return error_set(err, ERROR_CONFIG, "alerts",
	    "there is no sink %s (allowed: log, desktop%s)", sink, buf_text(&allowed));
}

static bool
find_errand(
    struct alerts *alerts, const char *sink, struct errand *errand, struct error *err)
{
	*errand = (struct errand){ .to_log = sink == NULL, .to_all = sink == NULL };
	if (sink == NULL || strcmp(sink, "desktop") == 0) /* they follow the events */
		return true;
	errand->to_log = strcmp(sink, "log") == 0;
	if (errand->to_log)
		return true;
	errand->sink = sink;
	return outbox_has(alerts->outbox, sink) || no_such_sink(alerts, sink, err);
}

static bool
release_test(struct alerts *alerts, const struct errand *errand, const struct release *what,
    struct error *err)
{
	if (errand->to_log &&
	    !log_sink_release(alerts->log, what->event, what->record, err))
		return false;
	if (errand->to_all)
		return outbox_release(alerts->outbox,
		    &(struct outbox_release){
			what->event, SEVERITY_CRITICAL, what->now_ms, NULL },
		    err);
	return errand->sink == NULL || outbox_release_to(alerts->outbox, errand->sink,
					   what->event, what->now_ms, err);
}

static bool
make_test(struct alerts *alerts, const char *sink, const struct errand *errand,
    char id[ALERTS_ID_BYTES], struct error *err)
{
	struct release what = { .now_ms = clock_now_ms(alerts->clock) };
	AUTO_FREE char *record = NULL;
	struct record_test test = {
		.sink = sink, .severity = SEVERITY_HIGH, .time_ms = what.now_ms
	};

	if (alerts->settings.desktop.min_severity > SEVERITY_HIGH)
		test.severity = SEVERITY_CRITICAL; /* desktops are to see it */
	if (!alert_insert_test(alerts->db, &test, &what.event, &record, err))
		return false;
	memcpy(id, test.id, ALERTS_ID_BYTES);
	what.record = record;
	return release_test(alerts, errand, &what, err);
}

bool
alerts_test(
    struct alerts *alerts, const char *sink, char id[ALERTS_ID_BYTES], struct error *err)
{
	struct errand errand;

	assert(alerts->outbox != NULL);
	if (!find_errand(alerts, sink, &errand, err) || !db_begin(alerts->db, err))
		return false;
	if (!make_test(alerts, sink, &errand, id, err)) {
		db_rollback(alerts->db);
		return false;
	}
	if (!db_commit(alerts->db, DB_NOW, err))
		return false;
	alerts_released(alerts);
	return true;
}

bool
alerts_resend(struct alerts *alerts, const struct letter_choice *choice, int64_t *count,
    struct error *err)
{
	if (!db_begin(alerts->db, err))
		return false;
	if (!letters_revive(alerts->db, choice, clock_now_ms(alerts->clock), count, err)) {
		db_rollback(alerts->db);
		return false;
	}
	if (!db_commit(alerts->db, DB_NOW, err))
		return false;
	if (*count > 0)
		outbox_look(alerts->outbox);
	return true;
}

/* -- what is in force -- */

int
alerts_desktop_severity(const struct alerts *alerts)
{
	return alerts->settings.desktop.min_severity;
}

struct alerts_status
alerts_status(struct alerts *alerts)
{
	struct alerts_status status = { 0 };
	struct error err = { 0 };

	status.failure = alerts->failure[0] == '\0' ? NULL : alerts->failure;
	status.log_path = log_sink_path(alerts->log);
	if (!db_read_int(
		alerts->db, &err, &status.total, 0, "SELECT count(*) FROM alert", "") ||
	    !db_read_int(alerts->db, &err, &status.last_ms, 0,
		"SELECT time_ms FROM event ORDER BY event DESC LIMIT 1", "") ||
	    !db_read_int(alerts->db, &err, &status.waiting, 0,
		"SELECT count(*) FROM log_line WHERE state < 2", ""))
		status.failure = "the store cannot be read";
	return status;
}

static bool
is_listed_before(const struct list *names, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (strcmp(names->items[i], names->items[at]) == 0)
			return true;
	return false;
}

static void
describe(const struct alerts *alerts, struct sink_status *status)
{
	if (strcmp(status->name, "log") == 0) {
		status->kind = "log";
		status->failure = alerts->failure[0] == '\0' ? NULL : alerts->failure;
	} else if (alerts->outbox != NULL) {
		outbox_describe(alerts->outbox, status->name, status);
	}
}

bool
alerts_read_sinks(struct alerts *alerts, alerts_sink_fn *fn, void *ctx, struct error *err)
{
	struct list names = { 0 };
	bool is_good = true;

	list_add(&names, "log");
	if (alerts->outbox != NULL)
		outbox_list(alerts->outbox, &names);
	is_good = outbox_list_all(alerts->db, &names, err);
	for (size_t i = 0; is_good && i < names.count; i++) {
		struct sink_status status = { .name = names.items[i] };

		if (is_listed_before(&names, i))
			continue;
		describe(alerts, &status);
		is_good = outbox_count(alerts->db, status.name, &status, err);
		if (is_good)
			fn(ctx, &status);
	}
	list_clear(&names);
	return is_good;
}
