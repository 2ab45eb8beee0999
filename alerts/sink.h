/*
 * What every push sink is: a row of one table, with one function that delivers.
 *
 * A sink knows one delivery at a time and keeps nothing of it afterwards; order, retries
 * and what was delivered are the outbox's. A slow sink never waits inside deliver(): it
 * begins, and says later how it ended.
 */
#ifndef ALERTS_SINK_H
#define ALERTS_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct clock;
struct error;
struct event_base;
struct sink_settings;

/* One alert on its way; borrowed until its delivery has ended. */
struct parcel {
	const char *sink;
	int64_t event;
	const char *id;     /* the same at every try */
	const char *kind;   /* "stage", "match", "test" ... */
	const char *record; /* JSON */
	size_t len;
	int severity; /* enum severity */
	int64_t now_ms;
};

enum verdict_kind {
	VERDICT_DELIVERED,
	VERDICT_LATER,   /* it may work at another time */
	VERDICT_REFUSED, /* this alert will never be taken */
};

#define VERDICT_REASON_BYTES 256

struct verdict {
	enum verdict_kind kind;
	int64_t wait_ms; /* with LATER: as long as the peer asked for; 0: it did not */
	char reason[VERDICT_REASON_BYTES]; /* one printable line; "" when delivered */
};

/** Set a verdict; control characters are escaped, what is too long is cut. */
void verdict_set(struct verdict *verdict, enum verdict_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* What a sink works with; all borrowed for life. */
struct sink_house {
	struct event_base *base;
	struct clock *clock;
	/* the end of a delivery that deliver() has begun; it may not close the sink */
	void (*on_done)(void *ctx, const struct verdict *verdict);
	void *ctx;
};

struct sink_kind {
	const char *name; /* as in the configuration, under alerts: */
	/** @return NULL with err set when the settings cannot be used (a secret is missing)
	 */
	void *(*open)(const struct sink_house *house, const struct sink_settings *settings,
	    struct error *err);
	/** @return true when *verdict is known at once; false: on_done is called later,
	 * once */
	bool (*deliver)(void *sink, const struct parcel *parcel, struct verdict *verdict);
	/** Also in the middle of a delivery, which then ends without a word. */
	void (*close)(void *sink);
};

/**
 * Where the certificates of ca_file are.
 *
 * @param found  out: the caller's to free(), also on failure; NULL when none is set
 * @return false with err set (CONFIG) when they cannot be read
 */
bool sink_find_ca_file(
    const struct sink_settings *settings, char **found, struct error *err);

extern const struct sink_kind sink_journal, sink_exec, sink_mail, sink_webhook;

#endif
