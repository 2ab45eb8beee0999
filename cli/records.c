/*
 * Records for people.
 */
#include "cli/records.h"

#include <jansson.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "cli/cli.h"
#include "cli/document.h"
#include "cli/show.h"

#define LINE_COLUMNS 80
#define SEVERITY_COLUMNS 8 /* "critical" */
#define INDENT 18          /* behind the time */

static enum show_colour
colour_of_severity(const char *severity)
{
	if (strcmp(severity, "critical") == 0)
		return SHOW_RED;
	return strcmp(severity, "high") == 0 ? SHOW_YELLOW : SHOW_PLAIN;
}

static void
add_word(struct buf *out, const char *before, const char *word)
{
	if (word[0] == '\0')
		return;
	buf_add_text(out, before);
	show_cut(out, word, LINE_COLUMNS);
}

/* "fund/meeting-set reported", or the rule of an alert without a story, or its kind. */
static void
add_subject(struct buf *out, const json_t *record)
{
	const char *story = document_text(record, "story"),
		   *rule = document_text(record, "rule");

	show_cut(out,
	    story[0] != '\0'  ? story
	    : rule[0] != '\0' ? rule
			      : document_text(record, "kind"),
	    LINE_COLUMNS);
	add_word(out, "/", document_text(record, "stage"));
	add_word(out, " ", document_text(record, "state"));
	add_word(out, " ", document_text(record, "condition"));
}

void
records_print_source(const json_t *record, int indent, bool is_coloured)
{
	const char *publisher = document_text(record, "publisher"),
		   *link = document_text(record, "link");
	size_t room = (size_t)(LINE_COLUMNS - indent);
	AUTO_BUF struct buf line = BUF_EMPTY, text = BUF_EMPTY;

	if (publisher[0] != '\0')
		buf_printf(&text, "%s: ", publisher);
	buf_add_text(&text, document_text(record, "title"));
	show_cut(&line, buf_text(&text), room);
	printf("%*s%s\n", indent, "", buf_text(&line));
	if (link[0] == '\0')
		return;
	buf_reset(&line);
	show_cut(&line, link, SIZE_MAX); /* whole: a terminal makes it a link */
	printf("%*s", indent, "");
	show_print(stdout, is_coloured, SHOW_DIM, buf_text(&line));
	printf("\n");
}

void
records_print(const json_t *record, bool is_coloured)
{
	const char *severity = document_text(record, "severity");
	AUTO_BUF struct buf when = BUF_EMPTY, shown = BUF_EMPTY, subject = BUF_EMPTY;

	show_minute(&when, document_time(record, "time"));
	printf("%-16s  ", buf_text(&when));
	show_cut(&shown, severity, SEVERITY_COLUMNS);
	show_print(stdout, is_coloured, colour_of_severity(severity), buf_text(&shown));
	add_subject(&subject, record);
	printf("%*s  ", SEVERITY_COLUMNS - (int)show_width(buf_text(&shown)), "");
	show_print(stdout, is_coloured, SHOW_BOLD, buf_text(&subject));
	printf("\n");
	records_print_source(record, INDENT, is_coloured);
}

void
records_print_member(const json_t *object, const char *key, const char *name)
{
	const char *text = document_text(object, key);

	if (text[0] == '\0')
		return;
	printf("  %-11s", name);
	cli_puts(text);
	printf("\n");
}
