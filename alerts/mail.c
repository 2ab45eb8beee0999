/*
 * Records into mail.
 */
#include "alerts/mail.h"

#include <jansson.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "alerts/mime.h"
#include "alerts/sink.h"
#include "base/buf.h"
#include "base/list.h"
#include "base/mem.h"

/* -- addresses -- */

static bool
is_atom(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (c <= ' ' || c > '~' || strchr("()<>[]:;@\\,\"", c) != NULL)
			return false;
	}
	return len > 0;
}

bool
mail_is_address(const char *text)
{
	const char *at = strchr(text, '@');

	return at != NULL && strlen(text) <= MAIL_ADDRESS_MAX_BYTES &&
	       is_atom(text, (size_t)(at - text)) && is_atom(at + 1, strlen(at + 1));
}

/* -- what a record says -- */

static const char *
member(const json_t *record, const char *name)
{
	const char *text = json_string_value(json_object_get(record, name));

	return text != NULL ? text : "";
}

static void
add_word(struct buf *out, const char *between, const char *word)
{
	if (word[0] == '\0')
		return;
	if (out->len > 0)
		buf_add_text(out, between);
	buf_add_text(out, word);
}

/* "meeting-set reported"; a source's condition; "" */
static void
add_state(struct buf *out, const json_t *record)
{
	AUTO_BUF struct buf state = BUF_EMPTY;

	add_word(&state, "", member(record, "stage"));
	add_word(&state, " ", member(record, "state"));
	add_word(&state, "", member(record, "condition"));
	add_word(out, ": ", buf_text(&state));
}

/* "METI, official" */
static void
add_voice(struct buf *out, const json_t *record)
{
	add_word(out, "", member(record, "publisher"));
	if (json_is_true(json_object_get(record, "official")))
		add_word(out, ", ", "official");
	add_word(out, ", ", member(record, "published"));
}

/* "high, fund: meeting-set reported, rule meeting" */
static void
add_why(struct buf *out, const json_t *record)
{
	AUTO_BUF struct buf story = BUF_EMPTY;

	add_word(&story, "", member(record, "story"));
	add_state(&story, record);
	add_word(out, "", member(record, "severity"));
	add_word(out, ", ", buf_text(&story));
	if (member(record, "rule")[0] != '\0')
		buf_printf(out, ", rule %s", member(record, "rule"));
}

static void
make_subject(struct buf *out, const json_t *record)
{
	if (strcmp(member(record, "kind"), "stage") == 0)
		add_state(out, record);
	add_word(out, ": ", member(record, "title"));
}

/* -- plain text -- */

static void
add_line(struct buf *out, const char *text)
{
	if (text[0] != '\0')
		buf_printf(out, "%s\n", text);
}

static void
add_plain(struct buf *out, const json_t *record)
{
	AUTO_BUF struct buf voice = BUF_EMPTY, why = BUF_EMPTY;

	add_voice(&voice, record);
	add_why(&why, record);
	add_line(out, member(record, "title"));
	add_line(out, buf_text(&voice));
	add_line(out, buf_text(&why));
	add_line(out, member(record, "link"));
	if (member(record, "excerpt")[0] != '\0')
		buf_printf(out, "\n%s\n", member(record, "excerpt"));
	buf_printf(out, "\ndealwatch alerts %s\n", member(record, "id"));
}

/* -- HTML -- */

static void
add_escaped(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++) {
		switch (*text) {
		case '&':
			buf_add_text(out, "&amp;");
			break;
		case '<':
			buf_add_text(out, "&lt;");
			break;
		case '>':
			buf_add_text(out, "&gt;");
			break;
		case '"':
			buf_add_text(out, "&quot;");
			break;
		default:
			buf_add_char(out, *text);
		}
	}
}

static void
add_paragraph(struct buf *out, const char *text)
{
	if (text[0] == '\0')
		return;
	buf_add_text(out, "<p>");
	add_escaped(out, text);
	buf_add_text(out, "</p>\n");
}

/* A link leads to the web or nowhere. */
static void
add_heading(struct buf *out, const json_t *record)
{
	const char *link = member(record, "link");
	bool is_web =
	    strncasecmp(link, "https://", 8) == 0 || strncasecmp(link, "http://", 7) == 0;

	buf_add_text(out, "<h3>");
	if (is_web) {
		buf_add_text(out, "<a href=\"");
		add_escaped(out, link);
		buf_add_text(out, "\">");
	}
	add_escaped(out, member(record, "title"));
	buf_add_text(out, is_web ? "</a></h3>\n" : "</h3>\n");
}

static void
add_html(struct buf *out, const json_t *record)
{
	AUTO_BUF struct buf voice = BUF_EMPTY, why = BUF_EMPTY;
	AUTO_FREE char *verb = mem_printf("dealwatch alerts %s", member(record, "id"));

	add_voice(&voice, record);
	add_why(&why, record);
	add_heading(out, record);
	add_paragraph(out, buf_text(&voice));
	add_paragraph(out, buf_text(&why));
	add_paragraph(out, member(record, "excerpt"));
	add_paragraph(out, verb);
}

/* -- the message -- */

/* A digest is its alerts, one after the other. */
static void
add_all(struct buf *out, const json_t *record,
    void (*add)(struct buf *out, const json_t *record), const char *between)
{
	const json_t *alerts = json_object_get(record, "alerts");
	size_t i;
	json_t *alert;

	if (alerts == NULL) {
		add(out, record);
		return;
	}
	json_array_foreach(alerts, i, alert)
	{
		if (i > 0)
			buf_add_text(out, between);
		add(out, alert);
	}
}

static void
add_part(struct buf *out, const char *boundary, const char *type, const char *text)
{
	buf_printf(out,
	    "--%s\r\nContent-Type: %s; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n\r\n",
	    boundary, type);
	mime_add_quoted(out, text);
}

/* RFC 5322 3.3, in English whatever the locale is. */
static void
add_date(struct buf *out, int64_t now_ms)
{
	static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri",
		"Sat" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
		"Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t now_s = (time_t)(now_ms / 1000);
	struct tm tm = { 0 };

	if (gmtime_r(&now_s, &tm) == NULL)
		return; /* a year beyond all calendars */
	buf_printf(out, "Date: %s, %02d %s %d %02d:%02d:%02d +0000\r\n", days[tm.tm_wday],
	    tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min,
	    tm.tm_sec);
}

static void
add_head(struct buf *out, const char *from, const struct list *to,
    const struct parcel *parcel, const json_t *record)
{
	const char *host = strchr(from, '@') + 1, *story = member(record, "story");
	AUTO_BUF struct buf subject = BUF_EMPTY;

	make_subject(&subject, record);
	add_date(out, parcel->now_ms);
	buf_printf(out, "From: dealwatch <%s>\r\n", from);
	for (size_t i = 0; i < to->count; i++)
		buf_printf(out, "%s%s", i == 0 ? "To: " : ",\r\n ", to->items[i]);
	buf_add_text(out, "\r\n");
	mime_add_header(out, "Subject", buf_text(&subject));
	buf_printf(out, "Message-ID: <%s@%s>\r\n", parcel->id, host);
	if (story[0] != '\0') /* a thread for each story */
		buf_printf(out, "References: <story-%s@%s>\r\n", story, host);
	buf_printf(out,
	    "Auto-Submitted: auto-generated\r\nDealwatch-Id: %s\r\nDealwatch-Kind: %s\r\n",
	    parcel->id, parcel->kind);
}

void
mail_compose(
    struct buf *out, const char *from, const struct list *to, const struct parcel *parcel)
{
	json_t *record = json_loadb(parcel->record, parcel->len, 0, NULL);
	AUTO_FREE char *boundary = mem_printf("dealwatch-%s", parcel->id);
	AUTO_BUF struct buf plain = BUF_EMPTY, html = BUF_EMPTY;

	add_all(&plain, record, add_plain, "\n\n");
	buf_add_text(&html, "<!DOCTYPE html>\n<html><body>\n");
	add_all(&html, record, add_html, "<hr>\n");
	buf_add_text(&html, "</body></html>\n");
	add_head(out, from, to, parcel, record);
	buf_printf(out,
	    "MIME-Version: 1.0\r\n"
	    "Content-Type: multipart/alternative;\r\n boundary=\"%s\"\r\n\r\n",
	    boundary);
	add_part(out, boundary, "text/plain", buf_text(&plain));
	add_part(out, boundary, "text/html", buf_text(&html));
	buf_printf(out, "--%s--\r\n", boundary);
	json_decref(record);
}
