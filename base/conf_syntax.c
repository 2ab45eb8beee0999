/*
 * The first pass over a YAML file: what ends the reading of it. Bytes that YAML does not
 * take, a syntax error, a limit.
 */
#include "base/conf_private.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <yaml.h>

#include "base/text.h"

#define PASSES_MAX 8

/* What ends the reading of a file. */
struct problem {
	bool is_there;
	size_t line, column; /* what is said about it, from 1 */
	size_t cut_line;     /* the first line that is not used, from 1 */
	size_t noticed_line; /* where the parser stood then */
	char text[256];
};

static void __attribute__((format(printf, 4, 5)))
set_problem(struct problem *problem, size_t line, size_t column, const char *format, ...)
{
	va_list args;

	problem->is_there = true;
	problem->line = line;
	problem->column = column;
	problem->cut_line = line;
	problem->noticed_line = line;
	va_start(args, format);
	(void)vsnprintf(problem->text, sizeof(problem->text), format, args);
	va_end(args);
}

/* YAML 1.1 "c-printable", less what it takes for a line break and editors do not. */
static bool
is_yaml_char(uint32_t c)
{
	if (c < 0x20)
		return c == '\t' || c == '\n' || c == '\r';
	if (c >= 0x7F && c < 0xA0)
		return false;
	return c != 0x2028 && c != 0x2029 && c != 0xFEFF && c != 0xFFFE && c != 0xFFFF;
}

static void
describe_char(struct problem *problem, size_t line, size_t column, uint32_t c)
{
	if (c == 0xFEFF && line == 1 && column == 1)
		set_problem(problem, line, column,
		    "a byte order mark (allowed: UTF-8 without one)");
	else if (c == 0)
		set_problem(problem, line, column, "a NUL byte (allowed: UTF-8 text)");
	else if (c == '\r')
		set_problem(problem, line, column,
		    "a carriage return without a line feed (allowed: LF or CRLF)");
	else
		set_problem(problem, line, column,
		    "the character U+%04X (in double quotes it can be written \\u%04X)",
		    (unsigned)c, (unsigned)c);
}

/* Find the first byte that is not text. */
static void
find_bad_byte(const char *bytes, size_t len, struct problem *problem)
{
	size_t line = 1;
	size_t column = 1;

	for (size_t at = 0; at < len; column++) {
		uint32_t c = 0;
		size_t used = text_decode(bytes + at, len - at, &c);

		if (used == 0) {
			set_problem(problem, line, column,
			    "the byte \\x%02x (allowed: valid UTF-8)",
			    (unsigned)(unsigned char)bytes[at]);
			return;
		}
		if (!is_yaml_char(c) ||
		    (c == '\r' && (at + 1 == len || bytes[at + 1] != '\n'))) {
			describe_char(problem, line, column, c);
			return;
		}
		at += used;
		if (c == '\n') {
			line++;
			column = 0;
		}
	}
}

/* @return the byte at which a line begins */
static size_t
line_begin(const char *bytes, size_t len, size_t line)
{
	size_t at = 0;

	for (size_t i = 1; i < line; i++) {
		const char *end = memchr(bytes + at, '\n', len - at);

		if (end == NULL)
			return len;
		at = (size_t)(end - bytes) + 1;
	}
	return at;
}

/*
 * Where a value begins with a character that YAML keeps for itself: say what to do. An
 * expression often begins with @.
 */
static void
hint_at_quotes(struct problem *problem, const char *bytes, size_t len)
{
	size_t at = line_begin(bytes, len, problem->line);
	uint32_t c = 0;

	for (size_t column = 1; at < len && column < problem->column; column++)
		at += text_decode(bytes + at, len - at, &c);
	if (at < len && strchr("@`%", bytes[at]) != NULL)
		set_problem(problem, problem->line, problem->column,
		    "YAML: no value begins with %c unquoted (allowed: \"%c...\" in quotes, "
		    "or a | block)",
		    bytes[at], bytes[at]);
	else if (at < len && bytes[at] == '\t')
		set_problem(problem, problem->line, problem->column,
		    "YAML: a tab before a value (allowed: blanks)");
}

/* libyaml's words for a mistake, at the place where a person would look for it. */
static void
describe_syntax(struct problem *problem, const yaml_parser_t *parser)
{
	const char *context = parser->context != NULL ? parser->context : "";
	size_t line = parser->problem_mark.line + 1;
	/* what is never closed is noticed only at the end of the file */
	bool is_from_start = strcmp(context, "while scanning a quoted scalar") == 0 ||
			     strcmp(context, "while scanning a simple key") == 0;
	const yaml_mark_t *mark =
	    is_from_start ? &parser->context_mark : &parser->problem_mark;

	set_problem(problem, mark->line + 1, mark->column + 1, "YAML: %s%s%s",
	    parser->problem != NULL ? parser->problem : "cannot be read",
	    context[0] != '\0' ? " " : "", context);
	problem->noticed_line = line;
	/* half a block or a quoted text would be judged as if it were whole */
	if (strncmp(context, "while scanning", 14) == 0 &&
	    strcmp(context, "while scanning a plain scalar") != 0 &&
	    parser->context_mark.line + 1 < problem->cut_line)
		problem->cut_line = parser->context_mark.line + 1;
}

static bool
is_begin(const yaml_event_t *event)
{
	return event->type == YAML_SEQUENCE_START_EVENT ||
	       event->type == YAML_MAPPING_START_EVENT;
}

static bool
is_end(const yaml_event_t *event)
{
	return event->type == YAML_SEQUENCE_END_EVENT ||
	       event->type == YAML_MAPPING_END_EVENT;
}

/* What the first pass counts. */
struct counts {
	size_t depth, nodes, documents;
};

static void
check_limits(struct counts *counts, const yaml_event_t *event, struct problem *problem)
{
	size_t line = event->start_mark.line + 1;
	size_t column = event->start_mark.column + 1;

	if (is_begin(event))
		counts->depth++;
	if (is_end(event))
		counts->depth--;
	counts->nodes += is_begin(event) || event->type == YAML_SCALAR_EVENT ||
			 event->type == YAML_ALIAS_EVENT;
	counts->documents += event->type == YAML_DOCUMENT_START_EVENT;
	if (counts->documents > 1)
		set_problem(
		    problem, line, column, "a second document (allowed: one a file)");
	else if (counts->depth > CONF_DEPTH_MAX)
		set_problem(
		    problem, line, column, "too deep (allowed: %d levels)", CONF_DEPTH_MAX);
	else if (counts->nodes > CONF_NODES_MAX)
		set_problem(problem, line, column, "too many values (allowed: %d a file)",
		    CONF_NODES_MAX);
}

void
conf_parser_open(struct yaml_parser_s *parser, const char *bytes, size_t len)
{
	int is_made = yaml_parser_initialize(parser);

	assert(is_made); /* fails without memory only */
	(void)is_made;
	yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(parser, (const unsigned char *)bytes, len);
}

static void
find_syntax_error(const char *bytes, size_t len, struct problem *problem)
{
	struct counts counts = { 0, 0, 0 };
	yaml_parser_t parser;
	yaml_event_t event;
	bool is_over = false;

	conf_parser_open(&parser, bytes, len);
	while (!is_over && !problem->is_there) {
		if (!yaml_parser_parse(&parser, &event)) {
			describe_syntax(problem, &parser);
			if (strcmp(parser.problem, "found character that cannot start any "
						   "token") == 0)
				hint_at_quotes(problem, bytes, len);
			break;
		}
		is_over = event.type == YAML_STREAM_END_EVENT;
		check_limits(&counts, &event, problem);
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
}

size_t
conf_find_end(struct conf *conf, const char *file, const char *bytes, size_t len)
{
	struct problem first = { .is_there = false };
	struct conf_place place = { file, 0, 0 };
	size_t usable = len;

	find_bad_byte(bytes, len, &first);
	/* Once more before each problem: a limit is reached by events, and libyaml sees an
	 * error some events before it comes to it. The second time is the last in practice;
	 * the bound is for files that want to know. */
	for (int i = 0; i < PASSES_MAX; i++) {
		struct problem next = { .is_there = false };

		if (first.is_there)
			usable = line_begin(bytes, len, first.cut_line);
		find_syntax_error(bytes, usable, &next);
		/* what only the cut has made is noticed at the cut */
		if (!next.is_there ||
		    (first.is_there && next.noticed_line >= first.cut_line))
			break;
		first = next;
	}
	if (!first.is_there)
		return len;
	place.line = first.line;
	place.column = first.column;
	conf_error_at(conf, &place, "%s", first.text);
	return line_begin(bytes, len, first.cut_line);
}
