/*
 * What the desktop agent shows: one alert, or several in one, as text for people.
 *
 * Records come from the daemon, but their texts from the whole world: nothing of them
 * reaches the notification server that is not cleaned, cut and, where it reads markup,
 * escaped.
 */
#ifndef ALERTS_AGENT_NOTICE_H
#define ALERTS_AGENT_NOTICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "base/mem.h"
#include "rules/match.h"

#define NOTICE_TITLE_CHARS 160
#define NOTICE_NAME_CHARS 60
#define NOTICE_EXCERPT_CHARS 240
#define NOTICE_BEFORE_CHARS 80
#define NOTICE_LINK_MAX_BYTES ((size_t)4 << 10)
#define NOTICE_OLD_MS (INT64_C(2) * 60 * 1000) /* older: its time is shown */

/* All strings are owned. */
struct notice {
	int64_t event;   /* a cursor after it was shown; 0: the agent's own word */
	int64_t time_ms; /* 0: no matter */
	enum severity severity;
	char *key;      /* a notice with the same key is replaced: "story fund" */
	char *mute_key; /* what Mute is about; NULL: there is nothing to mute */
	char *title;
	char *who;         /* "METI, official: meeting-set reported"; or NULL */
	struct list lines; /* below it */
	char *link;        /* http or https, safe to hand to a program; or NULL */
	char *publisher;   /* or NULL */
	const char *icon;  /* a name of the icon theme, static; NULL: as its severity */
	bool stays;        /* until it is closed by the agent or the user */
};

/** @return what a record (JSON) says, or NULL when it is none */
struct notice *notice_read(int64_t event, const char *json, size_t len);
/** The agent's own word: line may be NULL. */
struct notice *notice_new(
    enum severity severity, const char *key, const char *title, const char *line);
void notice_free(struct notice *notice);
MEM_AUTO(notice, notice_free);

/* What the notification server can show. */
struct notice_look {
	bool has_markup, has_actions;
	int64_t now_ms;
	const char *before; /* the title that it replaces unread, or NULL */
};

/** @return the text below the title, the caller's to free() */
char *notice_body(const struct notice *notice, const struct notice_look *look);

/**
 * Make text fit for one line: control characters and line ends become blanks, invisible
 * characters that change the direction of text go, blanks are single, what is longer than
 * so many characters is cut.
 *
 * @param text  valid UTF-8, or NULL
 * @return the caller's to free(); never NULL
 */
char *notice_clean(const char *text, size_t chars);
/** Whether a link may be handed to a program: http or https, printable ASCII or UTF-8
 * without blanks and controls, not too long. */
bool notice_is_safe_link(const char *link);

#endif
