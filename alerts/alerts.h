/*
 * The face of alerts/: keeps what is to be told, and tells it.
 *
 * A record is made inside the caller's transaction (alerts_raise); after the commit the
 * caller says alerts_released(), and deliveries begin. alerts/ owns the tables alert,
 * event, attached, outbox, log_line.
 */
#ifndef ALERTS_ALERTS_H
#define ALERTS_ALERTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/conf.h"
#include "base/error.h"
#include "base/list.h"
#include "base/mem.h"
#include "feeds/entry.h"
#include "rules/match.h"

struct alerts;
struct buf;
struct clock;
struct db;
struct db_schema;
struct event_base;
struct sink_kind;

extern const struct db_schema alerts_schema;

/* -- settings: alerts: (DESIGN 4) -- */

struct log_settings {
	char *path;       /* relative: below the logs folder; owned */
	int min_severity; /* enum severity */
};
struct desktop_settings {
	int min_severity; /* enum severity; what the agents are handed */
};
struct journal_settings {
	bool is_enabled;  /* not named: as a service only, whose standard error is the
			     journal */
	int min_severity; /* enum severity */
};
/* A push sink with a name: webhook, mail, exec. All is owned but the kind. */
struct sink_settings {
	const struct sink_kind *kind;
	char *name;
	int min_severity; /* enum severity */
	int64_t timeout_s;
	char *url;           /* webhook, mail (smtp: or smtps:) */
	char *secret_file;   /* webhook, mail (the password); or NULL */
	char *ca_file;       /* who vouches for the server's certificate, or NULL */
	char *from, *user;   /* mail; the user or NULL */
	struct list to;      /* mail */
	bool is_plain;       /* mail: without TLS, too */
	int64_t digest_s;    /* mail: gather alerts for so long; 0: do not */
	bool is_private;     /* webhook: addresses that are not public are allowed */
	struct list command; /* exec */
	char *folder;        /* of the file that named it */
};
struct alert_settings {
	struct log_settings log;
	struct journal_settings journal;
	struct desktop_settings desktop;
	struct sink_settings *sinks; /* owned */
	size_t sink_count, sink_cap;
};
void alert_settings_init(struct alert_settings *settings);
void alert_settings_clear(struct alert_settings *settings);
extern const struct conf_key alert_keys[]; /* of the mapping alerts: */
/** @return a webhook or exec by its name, or NULL; borrowed */
const struct sink_settings *alert_settings_find(
    const struct alert_settings *settings, const char *name);

/* -- running -- */

struct alerts_options {
	struct event_base *base; /* of the push sinks; NULL: there are none (replay) */
	const char *logs_dir;    /* where a relative log path stands; NULL with on_line */
	/* replay: each finished line with its line feed goes here instead of a file */
	void (*on_line)(void *ctx, const char *line, size_t len);
	/* what an administrator should know: the log failed, works again, was truncated */
	void (*on_notice)(void *ctx, const char *text);
	void *ctx;
};

/** @param options  copied; what it points at is borrowed for life */
struct alerts *alerts_open(
    struct clock *clock, struct db *db, const struct alerts_options *options);
void alerts_close(struct alerts *alerts);
MEM_AUTO(alerts, alerts_close);
/** Take settings, in exchange for those that were in force; a new log path is used from now
 * on. */
bool alerts_configure(
    struct alerts *alerts, struct alert_settings *settings, struct error *err);
/**
 * Finish what the last run left: every line that was promised to the log is compared with
 * the file and completed, written or marked. To be called once, before the first
 * alerts_raise().
 */
void alerts_recover(struct alerts *alerts);

/** Make the record of a match (outcome TOLD), or attach (ATTACHED); inside the transaction.
 *  *is_told: a record was made, so the transaction has to be committed with DB_NOW. */
bool alerts_raise(struct alerts *alerts, const struct match *match,
    const struct stored_entry *stored, bool *is_told, struct error *err);
/* A source that was lost from sight, or came back; all borrowed. */
struct feed_alert {
	const struct source *source;
	const char *condition; /* "down", "recovered" ...: with the subject and episode it
				  names the event */
	const char *subject;   /* FEED/CONDITION, of the condition that began */
	const char *title;
	const char *excerpt; /* what was found wrong, or NULL */
	int64_t episode;     /* from 1 */
	enum severity severity;
	int64_t time_ms;
};
/** Make its record, of kind "feed", unless there is one; inside the transaction. */
bool alerts_raise_feed(
    struct alerts *alerts, const struct feed_alert *what, bool *is_told, struct error *err);
/** The transaction with the records is committed: deliver. */
void alerts_released(struct alerts *alerts);
/** Close and open the log again (SIGUSR1). */
void alerts_reopen(struct alerts *alerts);
/** Whether a delivery is under way or due now. */
bool alerts_is_busy(const struct alerts *alerts);

/** Be told after a commit that events up to last_event are published. One listener. */
void alerts_on_event(
    struct alerts *alerts, void (*fn)(void *ctx, int64_t last_event), void *ctx);

/* -- reading -- */

/**
 * Append published events after a cursor as JSON objects (the record with its "event"), one
 * a callback, in order. @return false with err set
 */
typedef void alerts_event_fn(void *ctx, int64_t event, const char *json);
bool alerts_read(struct db *db, int64_t after, int limit, alerts_event_fn *fn, void *ctx,
    struct error *err);
/**
 * One alert's record with its last event.
 *
 * @param json  out: the caller's to free(); NULL when there is none
 */
bool alerts_read_one(struct db *db, const char *id, char **json, struct error *err);
/** The same by what it is about: "STORY/STAGE" in an episode of that stage. */
bool alerts_read_stage(
    struct db *db, const char *stage, int64_t episode, char **json, struct error *err);

/* An entry that belongs to an alert that was told; all borrowed for the callback. */
struct alert_attached {
	const char *feed, *publisher;
	const char *link; /* or NULL */
	int64_t seen_ms;
};
typedef void alerts_attached_fn(void *ctx, const struct alert_attached *attached);
/** Tell of each, in the order they were seen. */
bool alerts_read_attached(
    struct db *db, const char *id, alerts_attached_fn *fn, void *ctx, struct error *err);

struct alerts_range {
	int64_t after;    /* a cursor */
	int min_severity; /* enum severity */
	int limit;
	const char *story, *rule, *kind; /* only of these; NULL: of all */
	bool is_last;                    /* the last ones instead of the first */
	bool is_unsilenced;              /* only what no silence holds */
};
/** The same for a part of them. */
bool alerts_select(struct db *db, const struct alerts_range *range, alerts_event_fn *fn,
    void *ctx, struct error *err);
/** First and last event kept; both 0 when there is none. */
bool alerts_event_range(struct db *db, int64_t *first, int64_t *last, struct error *err);

#define ALERTS_STORE_BYTES 17
/**
 * The name of the store that events are numbered by: made with it, at random. A cursor
 * without it may be one of another store.
 */
bool alerts_store(struct db *db, char store[ALERTS_STORE_BYTES], struct error *err);

/** The least severity that desktops are handed (alerts: desktop: min_severity). */
int alerts_desktop_severity(const struct alerts *alerts);

/* -- sinks -- */

#define ALERTS_ID_BYTES 33

/**
 * Make a record of kind "test" and deliver it, whatever the sinks' min_severity is.
 *
 * @param sink  "log", "journal", "desktop" or a sink's name; NULL: all of them
 * @param id    out: the record's id, for alerts_read_delivery()
 * @return false with err set; of kind CONFIG when there is no such sink
 */
bool alerts_test(
    struct alerts *alerts, const char *sink, char id[ALERTS_ID_BYTES], struct error *err);

/* How far an alert is on its way to one sink; all borrowed for the callback. */
struct alert_delivery {
	const char *sink;
	const char *state;  /* "waiting", "held", "delivered", "dead" */
	int64_t attempts;   /* that have ended */
	int64_t changed_ms; /* released, tried, delivered; 0: not known */
	int64_t next_ms;    /* waiting: not tried before; 0: as soon as can be */
	const char *reason; /* why it is not delivered, or NULL */
};
typedef void alerts_delivery_fn(void *ctx, const struct alert_delivery *delivery);
/** Tell of each sink that an alert goes to, the log first. */
bool alerts_read_delivery(
    struct db *db, const char *id, alerts_delivery_fn *fn, void *ctx, struct error *err);

/* An alert that a sink did not get; all borrowed for the callback. */
struct letter {
	int64_t event;
	struct alert_delivery delivery;
	const char *record; /* JSON */
};
struct letter_range {
	bool is_held;     /* those that are held instead of the dead ones */
	const char *sink; /* only of this; NULL: of all */
	int64_t after;    /* an event */
	int limit;        /* events; all letters of an event come together */
};
typedef void letter_fn(void *ctx, const struct letter *letter);
/** Tell of each in the order of events. */
bool alerts_read_letters(struct db *db, const struct letter_range *range, letter_fn *fn,
    void *ctx, struct error *err);

/* Which letters; NULL: all. */
struct letter_choice {
	const char *sink, *id;
};
/**
 * Send dead letters again: they wait, as if they had never been tried.
 *
 * @param count  out: how many there were
 */
bool alerts_resend(struct alerts *alerts, const struct letter_choice *choice,
    int64_t *count, struct error *err);

/* -- silences -- */

/*
 * While it lasts, alerts about something go to log, journal and the API only: webhooks,
 * mail and programs have them held for good, desktops are not handed them.
 */
struct silence {
	int64_t id;
	const char *kind, *name; /* one of silence_kinds, and which of them */
	int64_t since_ms, until_ms;
	const char *comment; /* or NULL */
	int64_t uid;         /* who asked */
};
extern const char *const silence_kinds[];
/** Begin one; its id is set. */
bool alerts_silence(struct db *db, struct silence *silence, struct error *err);
/** @param is_ended  out: false when there is no such silence now */
bool alerts_silence_end(
    struct db *db, int64_t id, int64_t now_ms, bool *is_ended, struct error *err);
typedef void silence_fn(void *ctx, const struct silence *silence);
/** Tell of each that lasts; all borrowed for the callback. */
bool alerts_read_silences(
    struct db *db, int64_t now_ms, silence_fn *fn, void *ctx, struct error *err);

/* One sink; all borrowed for the callback. */
struct sink_status {
	const char *name;
	const char *kind; /* "log", "journal", "webhook", "exec"; NULL: not configured */
	int64_t waiting, held, delivered, dead; /* alerts */
	const char *failure;                    /* of the sink as it is now, or NULL */
	int64_t next_ms; /* when it is tried again; 0: as soon as there is something */
};
typedef void alerts_sink_fn(void *ctx, const struct sink_status *status);
/** Tell of each sink that is configured, and of those that have rows and no settings. */
bool alerts_read_sinks(
    struct alerts *alerts, alerts_sink_fn *fn, void *ctx, struct error *err);

struct alerts_status {
	int64_t total, waiting; /* records; log lines not yet on disk */
	int64_t last_ms;        /* when something was told last; 0: never */
	const char *failure;    /* of the log, or NULL; borrowed */
	const char *log_path;   /* borrowed, or NULL */
};
struct alerts_status alerts_status(struct alerts *alerts);

/* -- verify -- */

struct verify_report {
	int64_t lines, files;
	int64_t first_event, last_event; /* of the lines at hand; 0: there is none */
	int64_t faults;
	bool is_checked_against_store;
	bool is_begin_missing; /* lines were written before the first one at hand */
	void (*say)(
	    void *ctx, const char *text); /* one line for each fault: "FILE:LINE: what" */
	void *ctx;
};
/**
 * Check log files, oldest first: every line whole JSON, `prev` right over file borders,
 * events ascending; with a store also that the end is the store's end and each line the
 * store's. Lines that are missing before the first one are no fault: old files are removed.
 *
 * @param report  say and ctx in; the counts out
 */
bool alerts_verify(const struct list *paths, struct db *store, struct verify_report *report,
    struct error *err);
/** The log with its rotated siblings (PATH.N ... PATH.1, PATH), oldest first, that exist.
 */
void alerts_log_files(const char *path, struct list *files);

#endif
