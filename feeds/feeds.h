/*
 * The face of feeds/: which sources are watched, when each is read, and what came of it.
 *
 * feeds/ owns the tables feed, entry and entry_key, the schedule and the worker. It hands
 * each finished reading to its listener as a struct feed_result; the listener (watch/)
 * applies it in transactions with the feeds_apply_* functions and says feeds_finish().
 */
#ifndef FEEDS_FEEDS_H
#define FEEDS_FEEDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/conf.h"
#include "base/error.h"
#include "base/list.h"
#include "base/mem.h"
#include "feeds/condition.h"
#include "feeds/entry.h"
#include "feeds/access.h"
#include "feeds/job.h"
#include "feeds/voice.h"

struct clock;
struct db;
struct db_schema;
struct event_base;
struct feeds;

extern const struct db_schema feeds_schema;

/* -- settings: feeds: and polling: (DESIGN 4) -- */

#define FEED_EVERY_MIN_S (5 * INT64_C(60))
#define FEED_EVERY_MAX_S (7 * INT64_C(86400))
#define FEED_EVERY_UNWISE_S (15 * INT64_C(60)) /* check warns below */
#define FEED_BACKFILL_S 86400

struct polling {
	int64_t every_s, host_gap_ms;
	int64_t floor_s; /* who asks for a feed sooner than this has to force it */
	char *contact;   /* or NULL */
	char *proxy;     /* or NULL: none, the environment's variables are ignored */
	bool is_sandbox_optional; /* a kernel that refuses a part of it is no reason to stop
				   */
};

/* One source. Owned by its feed_set. */
struct feed {
	char *id; /* [a-z0-9-]+ */
	char *url;
	struct page_paths page; /* not given: url is a feed */
	char *publisher;        /* NULL: the id */
	char *user_agent;       /* NULL: ours */
	struct feed_access access;
	struct list tags;
	struct list in_place_of; /* publishers that it makes up for when they are not heard
				  */
	bool is_official, is_private, is_enabled;
	bool is_override;    /* may stand in for one of the same id in an earlier file */
	int64_t every_s;     /* 0: polling's */
	int64_t host_gap_ms; /* -1: polling's */
	int64_t backfill_s;
	int64_t silent_after_s; /* or CONDITION_AUTO, CONDITION_NEVER */
	const struct conf_node
	    *place; /* where it stands; borrowed, valid while conf lives */
};

struct feed_set {
	struct feed **items; /* owned; by id */
	size_t count, cap;
};

/** Defaults of polling:, then its table walks over them. */
void polling_init(struct polling *polling);
void polling_clear(struct polling *polling);
extern const struct conf_key polling_keys[];
/** Read the value of sandbox: [bool, whether it is optional]. */
bool polling_read_sandbox(struct conf *conf, const struct conf_node *value,
    const struct conf_key *key, void *field);
/**
 * Read a feeds: sequence into the set; mistakes are noted in conf. The same id twice is
 * one, unless the later one says override: true and stands in another file.
 */
bool feed_set_read(struct conf *conf, const struct conf_node *feeds, struct feed_set *set);
const struct feed *feed_set_find(const struct feed_set *set, const char *id);
void feed_set_clear(struct feed_set *set);
struct source feed_source(const struct feed *feed);

/* -- running -- */

/* One finished reading. The listener owns it and gives it back with feeds_finish(). */
struct feed_result {
	char *feed;    /* id */
	uint64_t job;  /* that brought it; 0: none of the schedule's */
	size_t bytes;  /* what its entries were on the wire */
	int64_t at_ms; /* when it was complete */
	bool is_failed;
	enum job_failure failure; /* with is_failed */
	char *text;               /* with is_failed: what is wrong, one line */
	struct job_response response;
	struct feed_head head;
	struct entry **entries; /* in document order until feeds_apply_begin(); owned */
	size_t count, cap;
	bool is_ordered; /* the entries have been brought into the order they are judged in
			  */
};
void feed_result_free(struct feed_result *result);
MEM_AUTO(feed_result, feed_result_free);

/** Called from the loop, once for each reading that was started; takes the result. */
typedef void feeds_result_fn(void *ctx, struct feed_result *result);
/** One line for the log. */
typedef void feeds_notice_fn(void *ctx, const char *text);

/**
 * Make the room. Nothing is polled before feeds_configure() and feeds_start().
 *
 * @param base  NULL: no worker, no schedule (replay brings its results by feeds_apply_*)
 */
struct feeds *feeds_open(struct event_base *base, struct clock *clock, struct db *db,
    feeds_result_fn *on_result, void *ctx);
/** Be told what the administrator should know; with the ctx of feeds_open(). */
void feeds_on_notice(struct feeds *feeds, feeds_notice_fn *fn);
/** Ends the worker; results of running jobs are not delivered. */
void feeds_close(struct feeds *feeds);
MEM_AUTO(feeds, feeds_close);

/**
 * Take a new set of sources (contents of both are moved out of the arguments): new ones are
 * due at once (spread by host), gone ones are no longer polled (a job of theirs is
 * cancelled), changed ones keep their state. A feed whose url changed starts without
 * validators; a back-off ends when the next request is another one.
 */
bool feeds_configure(
    struct feeds *feeds, struct feed_set *set, struct polling *polling, struct error *err);
/**
 * Become a worker for these sources that shuts itself in, tries what it must not be able to
 * do, prints a line for each, and ends: 0 when all that this kernel can deny was denied.
 *
 * @return only when that could not be started: false with err set
 */
bool feeds_try_sandbox(
    const struct feed_set *set, const struct polling *polling, struct error *err);
/** Start the schedule. */
void feeds_start(struct feeds *feeds);
/** Start nothing more; running jobs are cancelled. For the end. */
void feeds_stop(struct feeds *feeds);
/** Whether a job is under way (or its result not yet finished). */
bool feeds_is_busy(const struct feeds *feeds);
/** The store lost a group of transactions: read all state anew. What was asked of a server,
 * and what it wished, is not undone by it. */
void feeds_reload_state(struct feeds *feeds);
const struct feed *feeds_find(const struct feeds *feeds, const char *id);

/* What came of a poll: how many sources are read now, and how many not, by the reason. */
struct feeds_polled {
	int due;
	int disabled, running;
	int paused; /* by a server's wish or a back-off */
	int recent; /* asked less than polling's floor ago */
	int64_t floor_s;
};
/**
 * Poll now: one feed, or all (id NULL). A pause that a server asked for, a back-off and the
 * floor are kept unless is_forced; the minimum gap of a host always.
 *
 * @return false: no such feed
 */
bool feeds_poll(
    struct feeds *feeds, const char *id, bool is_forced, struct feeds_polled *polled);
/** Why sources are not read: one line, the caller's to free; NULL: all are. */
char *feeds_polled_reason(const struct feeds_polled *polled);

/* What is known of a feed now; borrowed until the next call into feeds/. */
struct feed_status {
	const struct feed *feed;
	const char *state;   /* "new", "ok", "failing", "running", "disabled" */
	const char *failure; /* text of the last one while failing, else NULL */
	int failures;        /* in a row */
	int64_t last_attempt_ms, last_success_ms, last_new_ms; /* 0: never */
	int64_t next_poll_ms;                                  /* 0: not planned */
	const char *next_why; /* "interval", "freshness", "retry-after", "back-off", "new",
				 "asked" */
	int64_t entries;      /* in the last good reading */
	int64_t every_s;      /* its normal interval */
	enum condition condition; /* the worst that stands; NONE: all is well */
	int64_t since_ms;         /* when that was found */
};
size_t feeds_count(const struct feeds *feeds);
struct feed_status feeds_status(const struct feeds *feeds, size_t i);
/** The same by id. @return false when there is no such feed */
bool feeds_status_find(
    const struct feeds *feeds, const char *id, struct feed_status *status);
/** Which publishers are heard now, in how many ways; to be cleared. */
void feeds_voices(const struct feeds *feeds, struct voices *voices);
/** The worker's process id, 0 when there is none; how many died so far. */
int feeds_worker_pid(const struct feeds *feeds);
/** What its sandbox holds, as bits of base/sandbox.h; 0 while there is no worker. */
unsigned feeds_worker_sandbox(const struct feeds *feeds);
int feeds_worker_deaths(const struct feeds *feeds);

/* -- applying a result, inside the caller's transactions -- */

enum entry_change {
	ENTRY_KNOWN,   /* nothing new */
	ENTRY_NEW,     /* stored for the first time */
	ENTRY_CHANGED, /* title, summary or content was rewritten; the new text is stored */
};

struct applied {
	int64_t id;      /* the entry's surrogate id, for ever */
	int64_t seen_ms; /* when first stored */
	enum entry_change change;
	bool is_backfill; /* NEW and older than the feed's backfill at a first sight (DESIGN
			     5) */
};

/**
 * Whether a result is of the reading that its feed waits for: not when the feed was taken
 * out since, also when it came back. Others are not applied.
 */
bool feeds_is_current(const struct feeds *feeds, const struct feed_result *result);
/**
 * Begin: settles which keys of this feed can be trusted, over the whole result, and brings
 * the entries into the order they are judged in (oldest published first, from the end of
 * the document where equal or absent). To be called inside the first transaction; what it
 * settles is stored there.
 */
bool feeds_apply_begin(struct feeds *feeds, struct feed_result *result, struct error *err);
/** One entry of the result: find it by its keys or store it. */
bool feeds_apply_entry(struct feeds *feeds, const struct feed_result *result, size_t i,
    struct applied *applied, struct error *err);
/**
 * End, inside the last transaction: validators, failures, next due time, which entries are
 * present. Also for results without entries (304, failures).
 *
 * @param changes  out: what is to be told of the source, in the same transaction
 */
bool feeds_apply_end(struct feeds *feeds, const struct feed_result *result,
    struct condition_changes *changes, struct error *err);
/**
 * The result is stored (is_stored) or could not be (the feed is read again later, each time
 * after a longer wait, and never sooner than its server wants); frees it. The feed can be
 * polled again from here on.
 */
void feeds_finish(struct feeds *feeds, struct feed_result *result, bool is_stored);

/* -- silence: what happens when nothing happens -- */

/** When a source becomes silent unless something new comes; -1: never. */
int64_t feeds_silent_at(const struct feeds *feeds, const char *id);
/** The first of these times after one: when to look for silent ones; -1: none. */
int64_t feeds_next_silent_at(const struct feeds *feeds, int64_t after_ms);
/**
 * Whether the i-th source is silent now, inside the caller's transaction: by what the store
 * says, as a reading may be half applied. Followed by feeds_silence_end().
 *
 * @param changes  out: what is to be told
 */
bool feeds_silence(struct feeds *feeds, size_t i, int64_t now_ms,
    struct condition_changes *changes, struct error *err);
/** The transaction is committed. */
void feeds_silence_end(struct feeds *feeds, size_t i);

/* -- forgetting, inside the caller's transactions (retention:) -- */

#define OLD_ENTRIES_MAX 200

struct old_entries {
	struct {
		int64_t id, seen_ms;
	} items[OLD_ENTRIES_MAX];
	size_t count; /* as many as there is room for: there may be more */
};
/** Entries above an id that were seen before a time, have left their feed since, and still
 * have their texts; in the order of their ids. */
bool feeds_list_old(struct db *db, int64_t after, int64_t before_ms,
    struct old_entries *old, struct error *err);
/** Delete the texts of an entry, all but the title. Its keys stay, so that it is known when
 * it comes back. */
bool feeds_forget_texts(struct db *db, int64_t id, int64_t now_ms, struct error *err);
/** Delete entries without texts that left before a time, with their keys: they would be new
 * ones. *count: how many, at most limit. */
bool feeds_forget_keys(
    struct db *db, int64_t before_ms, int limit, int64_t *count, struct error *err);

/* -- reading outside the schedule: parse, replay -- */

struct feeds_reader;
/** A worker of one's own, for documents and saved responses; on base. */
struct feeds_reader *feeds_reader_open(struct event_base *base, struct error *err);
void feeds_reader_close(struct feeds_reader *reader);
MEM_AUTO(feeds_reader, feeds_reader_close);
/**
 * Read one document or response; runs the loop until it is done. job->id is set here.
 *
 * @return the result (also of a failed reading); NULL with err set when no worker could do
 * it
 */
struct feed_result *feeds_reader_run(struct feeds_reader *reader, struct job *job,
    const void *bytes, size_t len, struct error *err);

#endif
