/*
 * Server-Sent Events, in whatever pieces they come.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/sse.h"

struct row {
	const char *name;
	const char *stream;
	const char *seen; /* "KIND ID DATA|" for each event */
};

static const struct row rows[] = {
	{ "an alert", "id: 7\nevent: alert\ndata: {\"a\":1}\n\n", "alert 7 {\"a\":1}|" },
	{ "two, the first without an id",
	    "event: live\ndata: {}\n\nid: 2\nevent: alert\n\n", "live -1 {}|alert 2 |" },
	{ "an id alone", "id: 12\n\n", " 12 |" },
	{ "comments are nothing", ": heartbeat\n\n: dealwatch\nretry: 2000\n\n", "" },
	{ "a comment within", "id: 1\n: x\nevent: alert\n\n", "alert 1 |" },
	{ "half an event is none", "id: 1\nevent: alert\ndata: x\n", "" },
	{ "an id that is no number", "id: 1x\nevent: alert\n\n", "alert -1 |" },
	{ "an id below 0", "id: -1\nevent: alert\n\n", "alert -1 |" },
	{ "an id past 64 bits", "id: 9223372036854775808\nevent: alert\n\n", "alert -1 |" },
	{ "a kind too long is cut", "event: alertalertalertalert\n\n",
	    "alertalertalert -1 |" },
	{ "an unknown field", "foo: bar\nevent: alert\n\n", "alert -1 |" },
};

static void
note_event(void *ctx, const struct sse_event *event)
{
	buf_printf(ctx, "%s %lld %s|", event->kind, (long long)event->id, event->data);
	assert_int_equal(event->len, strlen(event->data));
}

static void
check_row(void **state)
{
	const struct row *row = *state;
	AUTO_BUF struct buf whole = BUF_EMPTY, pieces = BUF_EMPTY;
	struct sse sse;

	sse_init(&sse);
	buf_add_text(&sse.in, row->stream);
	assert_true(sse_take(&sse, note_event, &whole));
	assert_string_equal(buf_text(&whole), row->seen);
	sse_reset(&sse);
	for (const char *c = row->stream; *c != '\0'; c++) {
		buf_add_char(&sse.in, *c);
		assert_true(sse_take(&sse, note_event, &pieces));
	}
	assert_string_equal(buf_text(&pieces), row->seen);
	sse_clear(&sse);
}

/* Add len bytes of x to what came. */
static void
add_many(struct sse *sse, size_t len)
{
	memset(buf_reserve(&sse->in, len), 'x', len);
	sse->in.len += len;
}

static void
check_line_limit(void **state)
{
	struct sse sse;

	sse_init(&sse);
	add_many(&sse, SSE_EVENT_MAX_BYTES);
	assert_true(sse_take(&sse, note_event, NULL));
	add_many(&sse, 1);
	assert_false(sse_take(&sse, note_event, NULL));
	sse_clear(&sse);
}

static void
check_event_limit(void **state)
{
	struct sse sse;

	sse_init(&sse);
	for (int i = 0; i < 2; i++) {
		buf_add_text(&sse.in, "data: ");
		add_many(&sse, SSE_EVENT_MAX_BYTES / 2);
		buf_add_char(&sse.in, '\n');
	}
	assert_true(sse_take(&sse, note_event, NULL));
	buf_add_text(&sse.in, "data: x\n");
	assert_false(sse_take(&sse, note_event, NULL));
	sse_clear(&sse);
}

static void
check_reset(void **state)
{
	AUTO_BUF struct buf seen = BUF_EMPTY;
	struct sse sse;

	sse_init(&sse);
	buf_add_text(&sse.in, "id: 3\nevent: alert\ndata: cut sho");
	assert_true(sse_take(&sse, note_event, &seen));
	sse_reset(&sse);
	buf_add_text(&sse.in, "event: live\n\n");
	assert_true(sse_take(&sse, note_event, &seen));
	assert_string_equal(buf_text(&seen), "live -1 |");
	sse_clear(&sse);
}

#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

int
main(void)
{
	struct CMUnitTest tests[ROW_COUNT + 3];
	size_t count = 0;

	for (; count < ROW_COUNT; count++)
		tests[count] = (struct CMUnitTest){ .name = rows[count].name,
			.test_func = check_row,
			.initial_state = (void *)&rows[count] };
	tests[count++] = (struct CMUnitTest){ .name = "a line has a limit",
		.test_func = check_line_limit };
	tests[count++] = (struct CMUnitTest){ .name = "an event has a limit",
		.test_func = check_event_limit };
	tests[count++] = (struct CMUnitTest){ .name = "a new connection begins anew",
		.test_func = check_reset };
	return cmocka_run_group_tests_name("sse", tests, NULL, NULL);
}
