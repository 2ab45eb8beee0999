/*
 * The journal sink: one entry an alert, with native fields; on standard error with the
 * priority in front (sd-daemon(3)) where there is no journal.
 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alerts/alerts.h"
#include "alerts/sink.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/journal.h"
#include "base/text.h"

/* As syslog(3) counts them, by severity. */
static const char priorities[] = { '6', '5', '4', '2' };

/* Ids of the catalog; made once, for ever. */
static const struct message_id {
	const char *kind, *id;
} message_ids[] = {
	{ "match", "78ae552b9b014257a3951502d2e5d58e" },
	{ "stage", "298bd5665ca04565a1afa6202940db90" },
	{ "feed", "87d97be87a98454ea6bcc004fe0375f4" },
	{ "story", "f998425ec1de49dca36f27aefb85644c" },
	{ "digest", "032dd04d125e41b2ab468e935635807a" },
	{ "test", "b9d68b03078a4321b4ebe13b9d4e4752" },
	{ "system", "77d4c57e21ea4939bbb0a4a987038010" },
};

/* Members of a record that are fields of their own. */
static const struct field {
	const char *member, *name;
} fields[] = {
	{ "story", "DEALWATCH_STORY" },
	{ "stage", "DEALWATCH_STAGE" },
	{ "state", "DEALWATCH_STATE" },
	{ "condition", "DEALWATCH_CONDITION" },
	{ "rule", "DEALWATCH_RULE" },
	{ "feed", "DEALWATCH_FEED" },
	{ "publisher", "DEALWATCH_PUBLISHER" },
	{ "title", "DEALWATCH_TITLE" },
	{ "link", "DEALWATCH_LINK" },
	{ "language", "DEALWATCH_LANGUAGE" },
	{ "published", "DEALWATCH_PUBLISHED" },
	{ "seen", "DEALWATCH_SEEN" },
};

static const char *
member(const json_t *record, const char *name)
{
	return json_string_value(json_object_get(record, name));
}

static void
add_words(struct buf *out, const char *word)
{
	if (word == NULL)
		return;
	if (out->len > 0)
		buf_add_char(out, ' ');
	buf_add_text(out, word);
}

/* "high: fund meeting-set reported: TITLE (METI) LINK" in one printable line. */
static void
make_message(const struct parcel *parcel, const json_t *record, struct buf *message)
{
	AUTO_BUF struct buf said = BUF_EMPTY;
	AUTO_BUF struct buf subject = BUF_EMPTY;
	const char *publisher = member(record, "publisher");

	add_words(&subject, member(record, "story"));
	add_words(&subject, member(record, "stage"));
	add_words(&subject, member(record, "state"));
	if (subject.len == 0)
		add_words(&subject, member(record, "rule"));
	if (subject.len == 0)
		add_words(&subject, parcel->kind);
	buf_printf(&said, "%s: %s:", severity_names[parcel->severity], buf_text(&subject));
	add_words(&said, member(record, "title"));
	if (publisher != NULL)
		buf_printf(&said, " (%s)", publisher);
	add_words(&said, member(record, "link"));
	text_escape(message, buf_text(&said), said.len);
}

static void
add_text(struct buf *entry, const char *name, const char *value)
{
	if (value != NULL)
		journal_add(entry, name, value, strlen(value));
}

static void
add_number(struct buf *entry, const char *name, int64_t number)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%lld", (long long)number); /* fits */
	add_text(entry, name, text);
}

static const char *
message_id(const char *kind)
{
	for (size_t i = 0; i < sizeof(message_ids) / sizeof(*message_ids); i++)
		if (strcmp(message_ids[i].kind, kind) == 0)
			return message_ids[i].id;
	return NULL;
}

static void
make_entry(const struct parcel *parcel, const json_t *record, const struct buf *message,
    struct buf *entry)
{
	const char priority[2] = { priorities[parcel->severity], '\0' };

	journal_add(entry, "MESSAGE", buf_text(message), message->len);
	add_text(entry, "MESSAGE_ID", message_id(parcel->kind));
	add_text(entry, "PRIORITY", priority);
	add_text(entry, "SYSLOG_IDENTIFIER", "dealwatchd");
	add_text(entry, "DEALWATCH_ID", parcel->id);
	add_number(entry, "DEALWATCH_EVENT", parcel->event);
	add_number(
	    entry, "DEALWATCH_SEQ", json_integer_value(json_object_get(record, "seq")));
	add_text(entry, "DEALWATCH_KIND", parcel->kind);
	add_text(entry, "DEALWATCH_SEVERITY", severity_names[parcel->severity]);
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		add_text(entry, fields[i].name, member(record, fields[i].member));
	journal_add(entry, "DEALWATCH_RECORD", parcel->record, parcel->len);
}

/* Standard error belongs to whoever started us; what it cannot take now is tried again. */
static void
write_line(const struct parcel *parcel, const struct buf *message, struct verdict *verdict)
{
	AUTO_FREE char *line = mem_printf("<%c>alert %s %s\n", priorities[parcel->severity],
	    parcel->id, buf_text(message));
	size_t len = strlen(line);
	ssize_t written = write(STDERR_FILENO, line, len);

	if (written == (ssize_t)len)
		verdict_set(verdict, VERDICT_DELIVERED, "%s", "");
	else
		verdict_set(verdict, VERDICT_LATER, "standard error: %s",
		    written < 0 ? strerror(errno) : "it takes no whole line");
}

static bool
journal_deliver(void *sink, const struct parcel *parcel, struct verdict *verdict)
{
	json_t *record = json_loadb(parcel->record, parcel->len, 0, NULL);
	AUTO_BUF struct buf message = BUF_EMPTY;
	AUTO_BUF struct buf entry = BUF_EMPTY;
	struct error err = { 0 };

	make_message(parcel, record, &message);
	make_entry(parcel, record, &message, &entry);
	json_decref(record);
	switch (journal_send(JOURNAL_SOCKET, &entry, &err)) {
	case JOURNAL_SENT:
		verdict_set(verdict, VERDICT_DELIVERED, "%s", "");
		break;
	case JOURNAL_ABSENT:
		write_line(parcel, &message, verdict);
		break;
	case JOURNAL_FAILED:
		verdict_set(verdict, VERDICT_LATER, "%s", err.text);
		break;
	}
	return true;
}

/* There is nothing to keep; a sink is an address, though. */
static void *
journal_open(
    const struct sink_house *house, const struct sink_settings *settings, struct error *err)
{
	return mem_zalloc(1);
}

static void
journal_close(void *sink)
{
	free(sink);
}

const struct sink_kind sink_journal = { "journal", journal_open, journal_deliver,
	journal_close };
