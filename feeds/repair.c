/*
 * Byte repair by a state machine.
 *
 * Each state takes what it can judge and says how many bytes that was; what cannot be
 * judged before more has come is kept in `pending`. Clean spans are not copied: as long as
 * a chunk needs no change, it goes on as it came.
 */
#include "feeds/repair.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "feeds/repair_private.h"

#define PI_MAX_BYTES 1024 /* of a processing instruction that is passed on */

struct repair *
repair_new(sink_fn *sink, void *ctx)
{
	struct repair *repair = mem_zalloc(sizeof(*repair));

	repair->sink = sink;
	repair->ctx = ctx;
	return repair;
}

void
repair_free(struct repair *repair)
{
	if (repair == NULL)
		return;
	buf_clear(&repair->pending);
	buf_clear(&repair->out);
	buf_clear(&repair->names);
	free(repair);
}

/* At the end of a chunk. */
static bool
send(struct repair *repair, struct error *err)
{
	bool is_sent = true;

	if (repair->out.len == 0 && repair->clean_len > 0) {
		is_sent = repair->sink(repair->ctx, repair->clean, repair->clean_len, err);
		repair->clean_len = 0;
		return is_sent;
	}
	repair_flush(repair);
	if (repair->out.len > 0)
		is_sent = repair->sink(repair->ctx, repair->out.data, repair->out.len, err);
	buf_reset(&repair->out);
	return is_sent;
}

/* -- text and what begins with <! or <? -- */

/* Whether the input begins with text; *is_cut: it may, when more has come. */
static bool
begins(const char *at, size_t len, const char *text, bool *is_cut)
{
	size_t wanted = strlen(text);
	size_t have = len < wanted ? len : wanted;

	if (memcmp(at, text, have) != 0)
		return false;
	*is_cut |= have < wanted;
	return have == wanted;
}

/* A < that begins nothing. */
static size_t
take_bare(struct repair *repair)
{
	if (repair->state == STATE_TEXT)
		repair_put_text(repair, "&lt;");
	return 1;
}

static size_t
take_exclamation(struct repair *repair, const char *at, size_t len)
{
	bool is_cut = false;

	if (begins(at, len, "<!--", &is_cut)) {
		repair->state = STATE_COMMENT;
		return 4;
	}
	if (begins(at, len, "<![CDATA[", &is_cut)) {
		if (repair->depth == 0)
			return 9;
		repair->state = STATE_CDATA;
		repair_keep(repair, at, 9);
		return 9;
	}
	if (is_cut && !repair->is_end)
		return 0;
	if (len < 3 || !repair_is_name_start(at[2]))
		return take_bare(repair);
	repair->state = STATE_DECLARATION;
	repair->nesting = 0;
	repair->is_subset = false;
	repair->quote = '\0';
	return 2;
}

/* XML declarations and what is long or odd are dropped. */
static size_t
take_question(struct repair *repair, const char *at, size_t len)
{
	size_t window = len < PI_MAX_BYTES ? len : PI_MAX_BYTES, used;
	const char *end = memmem(at, window, "?>", 2);

	if (len > 2 && !repair_is_name_start(at[2]))
		return take_bare(repair);
	if (end == NULL && len < PI_MAX_BYTES && !repair->is_end)
		return 0;
	repair->state = STATE_INSTRUCTION;
	if (end == NULL || repair->depth == 0 || strncasecmp(at + 2, "xml", 3) == 0)
		return 2;
	used = (size_t)(end - at) + 2;
	if (repair_clean_span(at, used, STOP_CDATA) < used)
		return 2;
	repair_keep(repair, at, used);
	repair->state = STATE_TEXT;
	return used;
}

/* at is a < */
static size_t
take_markup(struct repair *repair, const char *at, size_t len, struct error *err)
{
	if (len < 2)
		return repair->is_end ? take_bare(repair) : 0;
	if (at[1] == '!')
		return take_exclamation(repair, at, len);
	if (at[1] == '?')
		return take_question(repair, at, len);
	if (repair_is_name_start(at[1]))
		return repair_take_start(repair, at, len, err);
	if (at[1] != '/' || repair->depth == 0)
		return take_bare(repair);
	if (len < 3 && !repair->is_end)
		return 0;
	if (len < 3 || repair_is_name_start(at[2]))
		return repair_take_end(repair, at, len);
	return take_bare(repair);
}

static size_t
take_text(struct repair *repair, const char *at, size_t len, struct error *err)
{
	size_t clean = repair_clean_span(at, len, STOP_TEXT);

	if (clean > 0) {
		repair_keep(repair, at, clean);
		return clean;
	}
	switch (*at) {
	case '<':
		return take_markup(repair, at, len, err);
	case '&':
		return repair_take_reference(repair, at, len);
	case '>': /* ]]> is not allowed in text */
		repair_put_text(repair, "&gt;");
		return 1;
	default:
		return repair_take_odd(repair, at, len);
	}
}

static size_t
take_cdata(struct repair *repair, const char *at, size_t len)
{
	size_t clean = repair_clean_span(at, len, STOP_CDATA);
	bool is_cut = false;

	if (clean > 0) {
		repair_keep(repair, at, clean);
		return clean;
	}
	if (*at != ']')
		return repair_take_odd(repair, at, len);
	if (begins(at, len, "]]>", &is_cut)) {
		repair_keep(repair, at, 3);
		repair->state = STATE_TEXT;
		return 3;
	}
	if (is_cut && !repair->is_end)
		return 0;
	repair_keep(repair, at, 1);
	return 1;
}

static enum repair_state
state_outside(const struct repair *repair)
{
	return repair->depth > 0 ? STATE_TEXT : STATE_PROLOG;
}

/* Drop all up to the end mark and behind it; then the state is next. */
static size_t
skip_to(struct repair *repair, const char *at, size_t len, const char *mark,
    enum repair_state next)
{
	size_t mark_len = strlen(mark);
	const char *end = memmem(at, len, mark, mark_len);

	if (end != NULL) {
		repair->state = next;
		return (size_t)(end - at) + mark_len;
	}
	if (repair->is_end)
		return len;
	return len < mark_len ? 0 : len - mark_len + 1;
}

/* A byte of a declaration outside of quotes. */
static void
read_declaration(struct repair *repair, char c)
{
	switch (c) {
	case '"':
	case '\'':
		repair->quote = c;
		break;
	case '[':
	case ']':
		repair->is_subset = c == '[';
		break;
	case '<':
		repair->nesting++;
		break;
	case '>':
		if (repair->nesting > 0)
			repair->nesting--;
		else if (!repair->is_subset)
			repair->state = state_outside(repair);
		break;
	default:
		break;
	}
}

/* The DOCTYPE with all it declares is dropped (MANNERS 2.15): an entity that is declared
 * nowhere is expanded nowhere. Its comments may hold quotes. */
static size_t
take_declaration(struct repair *repair, const char *at, size_t len)
{
	const char *end;
	bool is_cut = false;

	if (repair->quote != '\0') {
		end = memchr(at, repair->quote, len);
		if (end != NULL)
			repair->quote = '\0';
		return end == NULL ? len : (size_t)(end - at) + 1;
	}
	if (begins(at, len, "<!--", &is_cut)) {
		repair->state = STATE_DECLARATION_COMMENT;
		return 4;
	}
	if (is_cut && !repair->is_end)
		return 0;
	read_declaration(repair, *at);
	return 1;
}

static size_t
take_prolog(struct repair *repair, const char *at, size_t len, struct error *err)
{
	const char *begin = memchr(at, '<', len);

	if (begin == at)
		return take_markup(repair, at, len, err);
	return begin == NULL ? len : (size_t)(begin - at);
}

static size_t
take(struct repair *repair, const char *at, size_t len, struct error *err)
{
	switch (repair->state) {
	case STATE_PROLOG:
		return take_prolog(repair, at, len, err);
	case STATE_TEXT:
		return take_text(repair, at, len, err);
	case STATE_TAG:
		return repair_take_tag(repair, at, len, err);
	case STATE_ATTRIBUTE:
		return repair_take_attribute(repair, at, len);
	case STATE_VALUE:
		return repair_take_value(repair, at, len);
	case STATE_QUOTED:
		return repair_take_quoted(repair, at, len);
	case STATE_UNQUOTED:
		return repair_take_unquoted(repair, at, len);
	case STATE_END_TAG:
		return repair_take_end_tag(repair, at, len);
	case STATE_CDATA:
		return take_cdata(repair, at, len);
	case STATE_COMMENT:
		return skip_to(repair, at, len, "-->", state_outside(repair));
	case STATE_DECLARATION_COMMENT:
		return skip_to(repair, at, len, "-->", STATE_DECLARATION);
	case STATE_INSTRUCTION:
		return skip_to(repair, at, len, "?>", state_outside(repair));
	case STATE_DECLARATION:
		return take_declaration(repair, at, len);
	case STATE_EPILOG:
		return len;
	}
	return len;
}

static bool
is_tag(enum repair_state state)
{
	return state >= STATE_TAG && state <= STATE_UNQUOTED;
}

/* @return how many bytes could be judged */
static size_t
run(struct repair *repair, const char *bytes, size_t len, struct error *err)
{
	size_t at = 0;

	while (at < len && !repair->is_failed) {
		enum repair_state before = repair->state;
		size_t used = take(repair, bytes + at, len - at, err);

		if (is_tag(before))
			repair_check_tag(repair, used, err);
		if (used == 0 && repair->state == before)
			break;
		at += used;
	}
	return at;
}

bool
repair_add(struct repair *repair, const char *bytes, size_t len, struct error *err)
{
	AUTO_BUF struct buf joined = repair->pending;
	size_t used;
	bool is_sent;

	repair->pending = (struct buf)BUF_EMPTY;
	if (joined.len > 0) {
		buf_add(&joined, bytes, len);
		bytes = joined.data;
		len = joined.len;
	}
	used = run(repair, bytes, len, err);
	/* what came before a failure goes on too: the same however the bytes are cut */
	is_sent = send(repair, err) && !repair->is_failed;
	if (is_sent && used < len)
		buf_add(&repair->pending, bytes + used, len - used);
	return is_sent;
}

bool
repair_end(struct repair *repair, struct error *err)
{
	const char *name;
	size_t len;

	repair->is_end = true;
	if (!repair_add(repair, "", 0, err))
		return false;
	if (repair->depth == 0)
		return true;
	name = repair_open_name(repair, repair->depth - 1, &len);
	return error_set(err, ERROR_FORMAT, "cut short", "the document ends inside <%.*s>",
	    (int)len, name);
}
