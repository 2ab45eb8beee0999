/*
 * Records into text for people.
 */
#include "alerts/agent_notice.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"

/* -- text from outside -- */

/* Marks and embeddings of direction (Unicode 9, annex 9), and what has no width. */
static bool
is_invisible(uint32_t c)
{
	return c == 0x61c || (c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) ||
	       (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
	       (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe0fff);
}

static bool
is_blank(uint32_t c)
{
	return c <= 0x20 || (c >= 0x7f && c <= 0xa0) || c == 0x2028 || c == 0x2029;
}

char *
notice_clean(const char *text, size_t chars)
{
	struct buf out = BUF_EMPTY;
	size_t len = text != NULL ? strlen(text) : 0, used = 0, count = 0;
	bool is_after_blank = true;
	uint32_t c = 0;

	for (size_t at = 0; at < len; at += used) {
		bool is_gap;

		used = text_decode(text + at, len - at, &c);
		if (used == 0)
			break; /* not UTF-8: the caller's mistake, and the end of it */
		is_gap = is_blank(c);
		if (is_invisible(c) || (is_gap && is_after_blank))
			continue;
		if (count++ == chars) {
			buf_add_text(&out, "\u2026");
			break;
		}
		text_encode(&out, is_gap ? ' ' : c);
		is_after_blank = is_gap;
	}
	if (out.len > 0 && out.data[out.len - 1] == ' ')
		out.data[--out.len] = '\0';
	return buf_take(&out);
}

bool
notice_is_safe_link(const char *link)
{
	size_t len = link != NULL ? strlen(link) : 0, used = 0;
	size_t scheme;
	uint32_t c = 0;

	if (len == 0 || len > NOTICE_LINK_MAX_BYTES)
		return false;
	if (strncasecmp(link, "https://", 8) == 0)
		scheme = 8;
	else if (strncasecmp(link, "http://", 7) == 0)
		scheme = 7;
	else
		return false;
	for (size_t at = 0; at < len; at += used) {
		used = text_decode(link + at, len - at, &c);
		if (used == 0 || is_blank(c) || is_invisible(c))
			return false;
	}
	return len > scheme && link[scheme] != '/';
}

static void
add_escaped(struct buf *out, const char *text, bool has_markup)
{
	for (; *text != '\0'; text++) {
		const char *entity = NULL;

		if (*text == '&')
			entity = "&amp;";
		else if (*text == '<')
			entity = "&lt;";
		else if (*text == '>')
			entity = "&gt;";
		else if (*text == '"')
			entity = "&quot;";
		else if (*text == '\'')
			entity = "&#39;";
		if (has_markup && entity != NULL)
			buf_add_text(out, entity);
		else
			buf_add_char(out, *text);
	}
}

/* -- reading -- */

static char *
read_text(const json_t *record, const char *key, size_t chars)
{
	return notice_clean(json_string_value(json_object_get(record, key)), chars);
}

static enum severity
read_severity(const json_t *record)
{
	const char *name = json_string_value(json_object_get(record, "severity"));

	for (int i = 0; name != NULL && severity_names[i] != NULL; i++) {
		if (strcmp(name, severity_names[i]) == 0)
			return (enum severity)i;
	}
	return SEVERITY_HIGH; /* a word of a younger daemon: better seen than not */
}

/* Put a part behind others, if it is there. */
static void
add_part(struct buf *out, const char *between, const char *part)
{
	if (part[0] == '\0')
		return;
	if (out->len > 0)
		buf_add_text(out, between);
	buf_add_text(out, part);
}

/* "meeting-set reversed, now talks", "meeting-set confirmed, 2 voices" */
static char *
read_state(const json_t *record)
{
	AUTO_FREE char *stage = read_text(record, "stage", NOTICE_NAME_CHARS);
	AUTO_FREE char *state = read_text(record, "state", NOTICE_NAME_CHARS);
	AUTO_FREE char *now = read_text(record, "now", NOTICE_NAME_CHARS);
	size_t voices = json_array_size(json_object_get(record, "voices"));
	struct buf out = BUF_EMPTY;

	add_part(&out, " ", stage);
	add_part(&out, " ", state);
	if (now[0] != '\0')
		buf_printf(&out, ", now %s", now);
	if (voices > 1)
		buf_printf(&out, ", %zu voices", voices);
	return buf_take(&out);
}

static char *
read_who(const json_t *record, const char *publisher)
{
	AUTO_FREE char *state = read_state(record);
	struct buf out = BUF_EMPTY;

	add_part(&out, "", publisher);
	if (publisher[0] != '\0' && json_is_true(json_object_get(record, "official")))
		buf_add_text(&out, " · official");
	add_part(&out, " · ", state);
	return buf_take(&out);
}

/* The headline, or what there is instead: "meti-press is down" */
static char *
read_title(const json_t *record)
{
	static const char *const others[] = { "story", "rule", "kind", NULL };
	char *title = read_text(record, "title", NOTICE_TITLE_CHARS);
	AUTO_FREE char *feed = read_text(record, "feed", NOTICE_NAME_CHARS);
	AUTO_FREE char *condition = read_text(record, "condition", NOTICE_NAME_CHARS);

	if (title[0] == '\0' && condition[0] != '\0') {
		free(title);
		title = mem_printf("%s: %s", feed, condition);
	}
	for (int i = 0; title[0] == '\0' && others[i] != NULL; i++) {
		free(title);
		title = read_text(record, others[i], NOTICE_NAME_CHARS);
	}
	return title;
}

/* "story fund"; NULL when the record has no such member. */
static char *
read_key(const json_t *record, const char *name)
{
	const char *id = json_string_value(json_object_get(record, name));

	return id != NULL && id[0] != '\0' ? mem_printf("%s %s", name, id) : NULL;
}

/*
 * A story has one notice, so has a source's condition; other matches stand for themselves,
 * and are muted by their rule.
 */
static void
read_keys(const json_t *record, struct notice *notice)
{
	bool is_feed = json_object_get(record, "condition") != NULL;

	notice->mute_key = read_key(record, is_feed ? "feed" : "story");
	notice->key = mem_strdup(notice->mute_key);
	if (notice->key != NULL)
		return;
	notice->mute_key = read_key(record, "rule");
	notice->key = mem_printf("event %lld", (long long)notice->event);
}

static void
read_lines(const json_t *record, struct notice *notice)
{
	AUTO_FREE char *excerpt = read_text(record, "excerpt", NOTICE_EXCERPT_CHARS);

	/* many feeds only say the title again */
	if (excerpt[0] != '\0' && strcmp(excerpt, notice->title) != 0)
		list_add(&notice->lines, excerpt);
}

static struct notice *
read_record(int64_t event, const json_t *record)
{
	struct notice *notice = mem_zalloc(sizeof(*notice));
	const char *link = json_string_value(json_object_get(record, "link"));
	const char *at = json_string_value(json_object_get(record, "time"));

	notice->event = event;
	if (at != NULL)
		(void)clock_parse(at, &notice->time_ms); /* else it has none */
	notice->severity = read_severity(record);
	read_keys(record, notice);
	notice->publisher = read_text(record, "publisher", NOTICE_NAME_CHARS);
	notice->title = read_title(record);
	notice->who = read_who(record, notice->publisher);
	read_lines(record, notice);
	if (notice_is_safe_link(link))
		notice->link = mem_strdup(link);
	return notice;
}

struct notice *
notice_read(int64_t event, const char *json, size_t len)
{
	json_t *record = json_loadb(json, len, 0, NULL);
	struct notice *notice = json_is_object(record) ? read_record(event, record) : NULL;

	json_decref(record);
	return notice;
}

struct notice *
notice_new(enum severity severity, const char *key, const char *title, const char *line)
{
	struct notice *notice = mem_zalloc(sizeof(*notice));

	notice->severity = severity;
	notice->key = mem_strdup(key);
	notice->title = mem_strdup(title);
	if (line != NULL)
		list_add(&notice->lines, line);
	return notice;
}

void
notice_free(struct notice *notice)
{
	if (notice == NULL)
		return;
	free(notice->key);
	free(notice->mute_key);
	free(notice->title);
	free(notice->who);
	list_clear(&notice->lines);
	free(notice->link);
	free(notice->publisher);
	free(notice);
}

/* -- showing -- */

/* The time of what is not new: "07:01", or with its day when that is another. */
static void
add_time(struct buf *out, int64_t time_ms, int64_t now_ms)
{
	const int64_t day_ms = INT64_C(24) * 3600 * 1000;
	time_t at = (time_t)(time_ms / 1000);
	struct tm local = { 0 };
	char text[64] = "";

	if (time_ms == 0 || now_ms - time_ms < NOTICE_OLD_MS ||
	    localtime_r(&at, &local) == NULL)
		return;
	(void)strftime(text, sizeof(text),
	    now_ms - time_ms < day_ms / 2 ? "%H:%M" : "%Y-%m-%d %H:%M", &local);
	add_part(out, " · ", text);
}

/* Where a link leads: its host, and not what somebody wrote in front of an @. */
static char *
read_host(const char *link)
{
	const char *host = strstr(link, "//") + 2;
	const char *end = host + strcspn(host, "/?#\\");
	const char *at = memrchr(host, '@', (size_t)(end - host));

	if (at != NULL)
		host = at + 1;
	return mem_strndup(host, (size_t)(end - host));
}

static void
add_line(struct buf *out, const char *text, const struct notice_look *look)
{
	if (out->len > 0)
		buf_add_char(out, '\n');
	add_escaped(out, text, look->has_markup);
}

static void
add_before(struct buf *out, const struct notice_look *look)
{
	AUTO_FREE char *title = notice_clean(look->before, NOTICE_BEFORE_CHARS);
	AUTO_FREE char *line = mem_printf("before: %s", title);

	add_line(out, line, look);
}

/* Where Open leads; the whole link where there are no buttons. */
static void
add_link(struct buf *out, const char *link, const struct notice_look *look)
{
	AUTO_FREE char *host = read_host(link);

	add_line(out, look->has_actions ? host : link, look);
}

char *
notice_body(const struct notice *notice, const struct notice_look *look)
{
	AUTO_BUF struct buf head = BUF_EMPTY;
	struct buf out = BUF_EMPTY;

	if (notice->who != NULL)
		buf_add_text(&head, notice->who);
	add_time(&head, notice->time_ms, look->now_ms);
	add_line(&out, buf_text(&head), look);
	for (size_t i = 0; i < notice->lines.count; i++)
		add_line(&out, notice->lines.items[i], look);
	if (look->before != NULL)
		add_before(&out, look);
	if (notice->link != NULL && notice->who != NULL) /* one alert's, not a summary's */
		add_link(&out, notice->link, look);
	return buf_take(&out);
}
