/*
 * Messages between processes: whole or not at all, and an end for whoever sends nonsense.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/channel.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/wire.h"

enum { MSG_NOTE = 16, MSG_BIG = 17, MSG_ENTRY = 33 };
#define BIG_MAX 100000
#define NAME "dealwatch-feeds"

static const struct channel_type incoming[] = {
	{ MSG_NOTE, "note", 100, false },
	{ MSG_BIG, "big", BIG_MAX, false },
	{ MSG_ENTRY, "entry", 200, true },
	{ 0, NULL, 0, false },
};
static const struct channel_protocol protocol = { NAME, 3, incoming };

/* One end, and what happened there. */
struct side {
	struct channel *channel;
	struct buf log; /* "ready note:TEXT entry:TEXT room closed:WHY " */
	int messages;
	int closed;
	int credit_due; /* of what was taken, not yet granted */
	enum { GO_ON, REFUSE, CLOSE_IN_MESSAGE, CLOSE_AND_REFUSE } manner;
};

struct pair {
	struct event_base *base;
	struct event *deadline;
	struct side a;
	struct side b;
	int raw; /* the far end of a, when there is no b */
};

static void
close_side(struct side *side)
{
	channel_close(side->channel);
	side->channel = NULL;
}

static bool
on_message(void *ctx, uint16_t type, struct wire_reader *in, struct error *err)
{
	struct side *side = ctx;
	const char *name = type == MSG_NOTE    ? "note"
			   : type == MSG_BIG   ? "big"
			   : type == MSG_ENTRY ? "entry"
					       : "later";

	side->messages++;
	if (in->len < 50)
		buf_printf(
		    &side->log, "%s:%.*s ", name, (int)in->len, (const char *)in->data);
	else
		buf_printf(&side->log, "%s:%zu ", name, in->len);
	side->credit_due += type == MSG_ENTRY;
	if (side->manner == CLOSE_IN_MESSAGE || side->manner == CLOSE_AND_REFUSE)
		close_side(side);
	if (side->manner == REFUSE || side->manner == CLOSE_AND_REFUSE)
		return error_set(err, ERROR_FORMAT, NAME, "refused");
	return true;
}

static void
on_ready(void *ctx)
{
	buf_add_text(&((struct side *)ctx)->log, "ready ");
}

static void
on_room(void *ctx)
{
	buf_add_text(&((struct side *)ctx)->log, "room ");
}

static void
on_closed(void *ctx, const struct error *why)
{
	struct side *side = ctx;

	side->closed++;
	buf_printf(&side->log, "closed:%s", why->text);
	close_side(side);
}

static const struct channel_events events = { on_message, on_ready, on_room, on_closed };

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	fail_msg("waited for 20 s in vain");
}

static struct pair *
new_pair(int fds[2])
{
	struct pair *pair = mem_zalloc(sizeof(*pair));
	struct timeval wait = { 20, 0 };

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	pair->base = event_base_new();
	pair->deadline = evtimer_new(pair->base, on_deadline, NULL);
	evtimer_add(pair->deadline, &wait);
	pair->a.channel = channel_open(pair->base, fds[0], &protocol, &events, &pair->a);
	pair->raw = -1;
	return pair;
}

static int
set_up_two(void **state)
{
	int fds[2];
	struct pair *pair = new_pair(fds);

	pair->b.channel = channel_open(pair->base, fds[1], &protocol, &events, &pair->b);
	*state = pair;
	return 0;
}

static int
set_up_raw(void **state)
{
	int fds[2];
	struct pair *pair = new_pair(fds);

	pair->raw = fds[1];
	*state = pair;
	return 0;
}

static int
tear_down(void **state)
{
	struct pair *pair = *state;

	channel_close(pair->a.channel);
	channel_close(pair->b.channel);
	if (pair->raw >= 0)
		(void)close(pair->raw);
	buf_clear(&pair->a.log);
	buf_clear(&pair->b.log);
	event_free(pair->deadline);
	event_base_free(pair->base);
	free(pair);
	return 0;
}

/* Let all happen that can happen without anybody doing anything more. */
static void
settle(struct pair *pair)
{
	/* what one pass makes possible, the next one does; eight with nothing to do end it
	 */
	for (int quiet = 0; quiet < 8; quiet++) {
		int before = pair->a.messages + pair->b.messages;
		size_t said = pair->a.log.len + pair->b.log.len;

		event_base_loop(pair->base, EVLOOP_NONBLOCK);
		if (before != pair->a.messages + pair->b.messages ||
		    said != pair->a.log.len + pair->b.log.len)
			quiet = 0;
	}
}

static void
wait_for_close(struct pair *pair)
{
	while (pair->a.closed == 0)
		event_base_loop(pair->base, EVLOOP_ONCE);
}

static void
send_text(struct side *side, uint16_t type, const char *text)
{
	struct buf payload = BUF_EMPTY;

	buf_add_text(&payload, text);
	channel_send(side->channel, type, type == MSG_ENTRY, &payload);
	buf_clear(&payload);
}

static void
send_zeros(struct side *side, uint16_t type, size_t len)
{
	struct buf payload = BUF_EMPTY;

	(void)buf_reserve(&payload, len);
	payload.len = len;
	channel_send(side->channel, type, type == MSG_ENTRY, &payload);
	buf_clear(&payload);
}

/* -- two of our own -- */

static void
messages_arrive_in_order(void **state)
{
	struct pair *pair = *state;

	send_text(&pair->a, MSG_NOTE, "one");
	send_text(&pair->a, MSG_ENTRY, "two");
	send_text(&pair->a, MSG_NOTE, "");
	send_zeros(&pair->a, MSG_BIG, BIG_MAX);
	send_text(&pair->b, MSG_NOTE, "back");
	while (pair->b.messages < 4)
		event_base_loop(pair->base, EVLOOP_ONCE);
	settle(pair);
	assert_string_equal(
	    buf_text(&pair->b.log), "ready note:one entry:two note: big:100000 ");
	assert_string_equal(buf_text(&pair->a.log), "ready note:back ");
	assert_int_equal(channel_unsent_bytes(pair->a.channel), 0);
}

static void
messages_sent_before_the_end_arrive_before_it(void **state)
{
	struct pair *pair = *state;

	for (int i = 0; i < 40; i++)
		send_text(&pair->b, MSG_NOTE, "last words");
	channel_flush(pair->b.channel);
	assert_int_equal(channel_unsent_bytes(pair->b.channel), 0);
	close_side(&pair->b);
	send_text(&pair->a, MSG_NOTE, "to nobody");
	wait_for_close(pair);
	assert_int_equal(pair->a.messages, 40);
	assert_non_null(strstr(buf_text(&pair->a.log), "last words closed:"));
	assert_int_equal(pair->a.closed, 1);
}

static void
a_plain_end_has_no_reason(void **state)
{
	struct pair *pair = *state;

	settle(pair);
	close_side(&pair->b);
	wait_for_close(pair);
	settle(pair);
	assert_string_equal(buf_text(&pair->a.log), "ready closed:");
	assert_int_equal(pair->a.closed, 1);
}

static void
a_channel_may_be_closed_in_its_callbacks(void **state)
{
	struct pair *pair = *state;

	pair->a.manner = CLOSE_IN_MESSAGE;
	for (int i = 0; i < 3; i++)
		send_text(&pair->b, MSG_NOTE, "x");
	settle(pair);
	assert_string_equal(buf_text(&pair->a.log), "ready note:x ");
	assert_null(pair->a.channel);
	assert_int_equal(pair->a.closed, 0);
	assert_int_equal(pair->b.closed, 1);
}

static void
a_closed_channel_says_nothing_of_a_refusal(void **state)
{
	struct pair *pair = *state;

	pair->a.manner = CLOSE_AND_REFUSE;
	send_text(&pair->b, MSG_NOTE, "x");
	settle(pair);
	assert_string_equal(buf_text(&pair->a.log), "ready note:x ");
	assert_int_equal(pair->a.closed, 0);
}

static void
what_the_reader_refuses_ends_the_sender(void **state)
{
	struct pair *pair = *state;

	pair->a.manner = REFUSE;
	send_text(&pair->b, MSG_NOTE, "x");
	send_text(&pair->b, MSG_NOTE, "y");
	settle(pair);
	assert_string_equal(
	    buf_text(&pair->a.log), "ready note:x closed:dealwatch-feeds: refused");
	assert_int_equal(pair->b.closed, 1);
}

static void
credit_runs_out_and_comes_back(void **state)
{
	struct pair *pair = *state;
	int sent = 0;

	settle(pair);
	while (channel_can_send(pair->a.channel)) {
		send_text(&pair->a, MSG_ENTRY, "x");
		sent++;
	}
	assert_int_equal(sent, CHANNEL_CREDIT);
	settle(pair);
	assert_int_equal(pair->b.messages, CHANNEL_CREDIT);
	assert_false(channel_can_send(pair->a.channel));
	assert_string_equal(buf_text(&pair->a.log), "ready ");
	send_text(&pair->a, MSG_NOTE, "uncounted"); /* needs none */

	channel_grant(pair->b.channel, 2);
	channel_grant(pair->b.channel, 0);
	settle(pair);
	assert_string_equal(buf_text(&pair->a.log), "ready room ");
	send_text(&pair->a, MSG_ENTRY, "y");
	send_text(&pair->a, MSG_ENTRY, "y");
	assert_false(channel_can_send(pair->a.channel));
	channel_grant(pair->b.channel, CHANNEL_CREDIT - 2);
	settle(pair);
	assert_string_equal(buf_text(&pair->a.log), "ready room room ");
	assert_int_equal(pair->b.messages, CHANNEL_CREDIT + 3);
	assert_int_equal(pair->b.closed, 0);
}

static void
a_full_buffer_is_no_room_either(void **state)
{
	struct pair *pair = *state;

	settle(pair);
	while (channel_can_send(pair->a.channel))
		send_zeros(&pair->a, MSG_BIG, BIG_MAX);
	assert_in_range(channel_unsent_bytes(pair->a.channel), CHANNEL_UNSENT_MAX_BYTES,
	    CHANNEL_UNSENT_MAX_BYTES + BIG_MAX + 6);
	while (strstr(buf_text(&pair->a.log), "room") == NULL)
		event_base_loop(pair->base, EVLOOP_ONCE);
	assert_true(channel_can_send(pair->a.channel));
	assert_true(channel_unsent_bytes(pair->a.channel) <= CHANNEL_UNSENT_MAX_BYTES / 2);
}

/* -- one of our own, and bytes by hand -- */

#define HELLO_HEAD         \
	"\0\0\0\x19\0\x01" \
	"DWCH\0\0\0\x0f" NAME
#define HELLO HELLO_HEAD "\0\3"
#define NOTE(text) "\0\0\0\3\0\x10" text

struct row {
	const char *name;
	const char *bytes;
	size_t len;
	const char *log; /* of what comes after it, to the end of the stream */
};

#define BYTES(text) text, sizeof(text) - 1
#define CLOSED "closed:" NAME ": "

static const struct row rows[] = {
	{ "nothing", BYTES(""), "closed:" },
	{ "a hello", BYTES(HELLO), "ready closed:" },
	{ "a hello and messages", BYTES(HELLO NOTE("one") NOTE("two")),
	    "ready note:one note:two closed:" },
	{ "half a hello", BYTES(HELLO_HEAD),
	    CLOSED "the connection ended inside a message" },
	{ "half a header", BYTES(HELLO "\0\0\0"),
	    "ready " CLOSED "the connection ended inside a message" },
	{ "half a message after a whole one",
	    BYTES(HELLO NOTE("one") "\0\0\0\3\0\x10"
				    "tw"),
	    "ready note:one " CLOSED "the connection ended inside a message" },
	{ "a message before the hello", BYTES(NOTE("one") HELLO),
	    CLOSED "message 16 (note) came before the hello" },
	{ "credit before the hello", BYTES("\0\0\0\4\0\2\0\0\0\1"),
	    CLOSED "message 2 (credit) came before the hello" },
	{ "a second hello", BYTES(HELLO HELLO),
	    "ready " CLOSED "message 1 (hello) came twice" },
	{ "a hello with another magic",
	    BYTES("\0\0\0\x19\0\x01"
		  "DWCX\0\0\0\x0f" NAME "\0\3"),
	    CLOSED "not a hello" },
	{ "a hello cut short",
	    BYTES("\0\0\0\x04\0\x01"
		  "DWCH"),
	    CLOSED "not a hello" },
	{ "a hello without a name",
	    BYTES("\0\0\0\x0a\0\x01"
		  "DWCH\xff\xff\xff\xff\0\3"),
	    CLOSED "not a hello" },
	{ "a hello too long",
	    BYTES("\0\0\0\x1a\0\x01"
		  "DWCH\0\0\0\x0f" NAME "\0\3\0"),
	    CLOSED "message 1 (hello) is longer than its content" },
	{ "a hello past its limit", BYTES("\0\0\0\x4b\0\x01"),
	    CLOSED "message 1 (hello) of 75 bytes (allowed: 74)" },
	{ "another version", BYTES(HELLO_HEAD "\0\4"),
	    CLOSED
	    "the peer speaks dealwatch-feeds version 4 (here: dealwatch-feeds version 3)" },
	{ "another protocol",
	    BYTES("\0\0\0\x0e\0\x01"
		  "DWCH\0\0\0\4evil\0\3"),
	    CLOSED "the peer speaks evil version 3 (here: dealwatch-feeds version 3)" },
	{ "an unknown type",
	    BYTES(HELLO "\0\0\0\3\0\x63"
			"abc"),
	    "ready " CLOSED "message 99 (unknown) is not of this protocol" },
	{ "an unknown type of the channel's own",
	    BYTES(HELLO "\0\0\0\3\0\x0f"
			"abc"),
	    "ready " CLOSED "message 15 (unknown) is not of this protocol" },
	{ "type 0",
	    BYTES(HELLO "\0\0\0\3\0\0"
			"abc"),
	    "ready " CLOSED "message 0 (unknown) is not of this protocol" },
	{ "a size past the limit, before its bytes", BYTES(HELLO "\0\0\0\x65\0\x10"),
	    "ready " CLOSED "message 16 (note) of 101 bytes (allowed: 100)" },
	{ "a size of 4 GB", BYTES(HELLO "\xff\xff\xff\xff\0\x10"),
	    "ready " CLOSED "message 16 (note) of 4294967295 bytes (allowed: 100)" },
	{ "a size past the limit after good messages",
	    BYTES(HELLO NOTE("one") "\0\4\x93\xe0\0\x21"
				    "xx"),
	    "ready note:one " CLOSED "message 33 (entry) of 300000 bytes (allowed: 200)" },
	{ "credit that nobody used", BYTES(HELLO "\0\0\0\4\0\2\0\0\0\1"),
	    "ready " CLOSED "credit for 1 messages (allowed: 1 to 0, what was used)" },
	{ "credit for 4 G messages", BYTES(HELLO "\0\0\0\4\0\2\xff\xff\xff\xff"),
	    "ready " CLOSED
	    "credit for 4294967295 messages (allowed: 1 to 0, what was used)" },
	{ "credit cut short", BYTES(HELLO "\0\0\0\3\0\2\0\0\1"),
	    "ready " CLOSED "credit for 0 messages (allowed: 1 to 0, what was used)" },
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* All at once, then byte by byte: the same must come of it. */
static void
check_row(void **state)
{
	const struct row *row = *state;
	const size_t pieces[] = { row->len, 1, 7 };

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		struct pair *pair;
		void *fresh;

		set_up_raw(&fresh);
		pair = fresh;
		for (size_t at = 0; at < row->len; at += pieces[i]) {
			size_t len = row->len - at < pieces[i] ? row->len - at : pieces[i];

			/* EPIPE when it was ended before the last byte */
			(void)!send(pair->raw, row->bytes + at, len, MSG_NOSIGNAL);
			event_base_loop(pair->base, EVLOOP_NONBLOCK);
		}
		assert_int_equal(shutdown(pair->raw, SHUT_WR), 0);
		settle(pair);
		assert_string_equal(buf_text(&pair->a.log), row->log);
		assert_int_equal(pair->a.closed, 1);
		tear_down(&fresh);
	}
}

static void
must_write(int fd, const char *bytes, size_t len)
{
	assert_int_equal(send(fd, bytes, len, MSG_NOSIGNAL), len);
}

static void
more_than_credit_is_malformed(void **state)
{
	struct pair *pair = *state;

	must_write(pair->raw, BYTES(HELLO));
	for (int i = 0; i < CHANNEL_CREDIT; i++)
		must_write(pair->raw, BYTES("\0\0\0\1\0\x21"
					    "x"));
	settle(pair);
	assert_int_equal(pair->a.messages, CHANNEL_CREDIT);
	assert_int_equal(pair->a.closed, 0);
	channel_grant(pair->a.channel, 1);
	must_write(pair->raw, BYTES("\0\0\0\1\0\x21"
				    "x"));
	must_write(pair->raw, BYTES("\0\0\0\1\0\x21"
				    "x"));
	settle(pair);
	assert_int_equal(pair->a.messages, CHANNEL_CREDIT + 1);
	assert_non_null(strstr(
	    buf_text(&pair->a.log), CLOSED "message 33 (entry) came without credit"));
}

static void
more_credit_than_was_used_is_malformed(void **state)
{
	struct pair *pair = *state;

	must_write(pair->raw, BYTES(HELLO));
	send_text(&pair->a, MSG_ENTRY, "x");
	send_text(&pair->a, MSG_ENTRY, "x");
	must_write(pair->raw, BYTES("\0\0\0\4\0\2\0\0\0\1"));
	settle(pair);
	assert_int_equal(pair->a.closed, 0);
	must_write(pair->raw, BYTES("\0\0\0\4\0\2\0\0\0\2"));
	settle(pair);
	assert_non_null(
	    strstr(buf_text(&pair->a.log), "credit for 2 messages (allowed: 1 to 1"));
}

static void
a_large_message_comes_in_many_pieces(void **state)
{
	static const char zeros[1000];
	struct pair *pair = *state;

	must_write(pair->raw, BYTES(HELLO "\0\1\x86\xa0\0\x11"));
	for (size_t sent = 0; sent < BIG_MAX; sent += sizeof(zeros)) {
		assert_int_equal(pair->a.messages, 0);
		must_write(pair->raw, zeros, sizeof(zeros));
		event_base_loop(pair->base, EVLOOP_NONBLOCK);
	}
	settle(pair);
	assert_string_equal(buf_text(&pair->a.log), "ready big:100000 ");
}

static void
flush_gives_up_on_a_peer_that_is_gone(void **state)
{
	struct pair *pair = *state;

	must_write(pair->raw, BYTES(HELLO NOTE("one")));
	assert_int_equal(close(pair->raw), 0);
	pair->raw = -1;
	send_text(&pair->a, MSG_NOTE, "to nobody");
	channel_flush(pair->a.channel);
	send_text(&pair->a, MSG_NOTE, "to nobody");
	assert_false(channel_can_send(pair->a.channel));
	assert_int_equal(pair->a.closed, 0); /* from the loop only */
	settle(pair);
	assert_string_equal(
	    buf_text(&pair->a.log), "ready note:one " CLOSED "sending: Broken pipe");
}

static void
writing_fails_and_what_came_is_still_read(void **state)
{
	struct pair *pair = *state;

	must_write(pair->raw, BYTES(HELLO NOTE("one") NOTE("two")));
	assert_int_equal(close(pair->raw), 0);
	pair->raw = -1;
	send_text(&pair->a, MSG_NOTE, "to nobody");
	wait_for_close(pair);
	assert_int_equal(pair->a.messages, 2);
	assert_int_equal(pair->a.closed, 1);
}

static void
a_peer_that_listens_no_more_is_over(void **state)
{
	struct pair *pair = *state;

	must_write(pair->raw, BYTES(HELLO NOTE("one")));
	assert_int_equal(
	    shutdown(pair->raw, SHUT_RD), 0); /* and keeps its other half open */
	send_text(&pair->a, MSG_NOTE, "to nobody");
	wait_for_close(pair);
	assert_string_equal(
	    buf_text(&pair->a.log), "ready note:one " CLOSED "sending: Broken pipe");
}

#define TWO(test) cmocka_unit_test_setup_teardown(test, set_up_two, tear_down)
#define RAW(test) cmocka_unit_test_setup_teardown(test, set_up_raw, tear_down)
#define PLAIN_TESTS 15

int
main(void)
{
	struct CMUnitTest tests[PLAIN_TESTS + ROWS] = {
		TWO(messages_arrive_in_order),
		TWO(messages_sent_before_the_end_arrive_before_it),
		TWO(a_plain_end_has_no_reason),
		TWO(a_channel_may_be_closed_in_its_callbacks),
		TWO(a_closed_channel_says_nothing_of_a_refusal),
		TWO(what_the_reader_refuses_ends_the_sender),
		TWO(credit_runs_out_and_comes_back),
		TWO(a_full_buffer_is_no_room_either),
		RAW(more_than_credit_is_malformed),
		RAW(more_credit_than_was_used_is_malformed),
		RAW(a_large_message_comes_in_many_pieces),
		RAW(flush_gives_up_on_a_peer_that_is_gone),
		RAW(writing_fails_and_what_came_is_still_read),
		RAW(a_peer_that_listens_no_more_is_over),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < ROWS; i++)
		tests[PLAIN_TESTS + i] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = check_row,
			.initial_state = (void *)&rows[i] };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
