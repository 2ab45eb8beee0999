/*
 * dealwatch-feeds itself: fetching, refusing, giving up, and dying as it should.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>
#include <event2/event.h>

#include "base/channel.h"
#include "base/crash.h"
#include "base/sandbox.h"
#include "tests/worker_rig.h"

#define OK_HEAD "HTTP/1.1 200 OK\nContent-Type: text/xml\nConnection: close\n"
#define FEED                                                                               \
	"<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>T</title>"            \
	"<link>http://a.example.org/</link><item><title>One</title><link>/1</link></item>" \
	"<item><title>Two</title></item></channel></rss>"

static int
set_up(void **state)
{
	struct rig *rig = mem_zalloc(sizeof(*rig));

	rig_open(rig);
	*state = rig;
	return 0;
}

static int
tear_down(void **state)
{
	rig_close(*state);
	free(*state);
	return 0;
}

static void
serve_text(struct rig *rig, const char *path, const char *head, const char *body)
{
	rig_serve(rig, path, head, body, strlen(body));
}

static void
check_failed(const struct rig *rig, enum job_failure failure, const char *text)
{
	assert_true(rig->is_failed);
	assert_string_equal(rig->text, text);
	assert_int_equal(rig->failure, failure);
}

static const char *
last_request(const struct rig *rig)
{
	return rig->requests.items[rig->requests.count - 1];
}

static void
a_feed_is_fetched(void **state)
{
	struct rig *rig = *state;

	serve_text(rig, "/feed?a=b",
	    OK_HEAD "ETag: W/\"x y\"\nLast-Modified: Sat, 16 Nov 2041\n"
		    "Cache-Control: max-age=600\nAge: 100\n",
	    FEED);
	rig_fetch(rig, "/feed?a=b#fragment");
	assert_false(rig->is_failed);
	assert_int_equal(rig->titles.count, 2);
	assert_string_equal(rig->titles.items[0], "One");
	assert_string_equal(rig->head.title, "T");
	assert_string_equal(rig->head.format, "rss2.0");
	assert_int_equal(rig->response.status, 200);
	assert_string_equal(rig->response.etag, "W/\"x y\"");
	assert_string_equal(rig->response.last_modified, "Sat, 16 Nov 2041");
	assert_int_equal(rig->response.fresh_s, 500);
	assert_int_equal(rig->response.body_bytes, strlen(FEED));
	assert_int_equal(strlen(rig->response.body_hash), 64);
	assert_null(rig->response.final_url);
}

/* MANNERS 1.23 to 1.25 */
static void
the_request_is_modest(void **state)
{
	struct rig *rig = *state;
	const char *request;

	serve_text(rig, "/", OK_HEAD, FEED);
	(void)setenv("http_proxy", "http://127.0.0.1:1", 1); /* of this process: too late */
	rig_fetch(rig, "/");
	request = last_request(rig);
	assert_non_null(strstr(request, "\r\nUser-Agent: dealwatch/test\r\n"));
	assert_non_null(strstr(request, "\r\nAccept: application/atom+xml"));
	assert_non_null(strstr(request, "gzip"));
	assert_null(strstr(request, "If-"));
	assert_null(strstr(request, "Referer"));
	assert_null(strstr(request, "Cookie"));
}

static void
validators_are_echoed(void **state)
{
	struct rig *rig = *state;
	AUTO(job) job = rig_job(rig, "/");

	job->etag = mem_strdup("W/\"\xE9 odd\" tag");
	job->last_modified = mem_strdup("yesterday, local time");
	serve_text(
	    rig, "/", "HTTP/1.1 304 Not Modified\nETag: \"new\"\nConnection: close\n", "");
	rig_run(rig, job, NULL, 0);
	assert_non_null(
	    strstr(last_request(rig), "\r\nIf-None-Match: W/\"\xE9 odd\" tag\r\n"));
	assert_non_null(
	    strstr(last_request(rig), "\r\nIf-Modified-Since: yesterday, local time\r\n"));
	assert_false(rig->is_failed);
	assert_true(rig->response.is_not_modified);
	assert_string_equal(rig->response.etag, "\"new\"");
	assert_null(rig->response.body_hash);
	assert_int_equal(rig->titles.count, 0);
}

/* It proves nothing, and would freeze a feed that was never read. */
static void
a_304_to_no_question_is_a_failure(void **state)
{
	struct rig *rig = *state;

	serve_text(
	    rig, "/", "HTTP/1.1 304 Not Modified\nETag: \"new\"\nConnection: close\n", "");
	rig_fetch(rig, "/");
	check_failed(rig, JOB_FAILED_HTTP, "HTTP 304 to a request without validators");
}

static void
trailers_are_no_headers(void **state)
{
	static const char body[] =
	    "2f\r\n<rss version='2.0'><channel></channel></rss>   \r\n"
	    "0\r\nETag: \"late\"\r\n\r\n";
	struct rig *rig = *state;

	serve_text(rig, "/", OK_HEAD "Transfer-Encoding: chunked\nTrailer: ETag\n", body);
	rig_fetch(rig, "/");
	assert_false(rig->is_failed);
	assert_null(rig->response.etag);
}

/* Whatever stands before it. */
static void
a_title_behind_the_entries_is_kept(void **state)
{
	struct rig *rig = *state;
	AUTO_BUF struct buf feed = BUF_EMPTY;

	buf_add_text(&feed, "<rss version='2.0'><channel>");
	for (int i = 0; i < 3000; i++)
		buf_printf(
		    &feed, "<item><title>Number %d of three thousand</title></item>", i);
	buf_add_text(&feed, "<title>Late</title></channel></rss>");
	assert_true(feed.len > 128u << 10);
	rig_serve(rig, "/", OK_HEAD, feed.data, feed.len);
	rig_fetch(rig, "/");
	assert_false(rig->is_failed);
	assert_int_equal(rig->titles.count, 3000);
	assert_string_equal(rig->head.title, "Late");
}

static void
redirects_are_followed(void **state)
{
	struct rig *rig = *state;
	AUTO_FREE char *moved = mem_printf("http://127.0.0.1:%d/b", rig->port);
	AUTO_FREE char *final = mem_printf("http://127.0.0.1:%d/c?x", rig->port);

	serve_text(rig, "/a",
	    "HTTP/1.1 301 Moved\nLocation: /b\nETag: \"old\"\nConnection: close\n",
	    "moved");
	serve_text(
	    rig, "/b", "HTTP/1.1 302 Found\nLocation: c?x#y\nConnection: close\n", "");
	serve_text(rig, "/c?x", OK_HEAD, FEED);
	rig_fetch(rig, "/a");
	assert_false(rig->is_failed);
	assert_string_equal(rig->response.final_url, final);
	assert_string_equal(rig->response.moved_url, moved);
	assert_null(rig->response.etag); /* of the last hop only */
	assert_int_equal(rig->requests.count, 3);
}

static void
redirects_have_an_end(void **state)
{
	struct rig *rig = *state;

	serve_text(rig, "/", "HTTP/1.1 302 Found\nLocation: /\nConnection: close\n", "");
	rig_fetch(rig, "/");
	check_failed(rig, JOB_FAILED_NETWORK, "more than 10 redirects");
	assert_int_equal(rig->requests.count, 11);
}

static void
a_redirect_to_a_file_is_refused(void **state)
{
	struct rig *rig = *state;

	serve_text(rig, "/",
	    "HTTP/1.1 302 Found\nLocation: file:///etc/passwd\nConnection: close\n", "");
	rig_fetch(rig, "/");
	check_failed(rig, JOB_FAILED_ADDRESS, "redirected to what is not http or https");
}

static void
a_private_address_is_refused(void **state)
{
	struct rig *rig = *state;
	AUTO(job) job = rig_job(rig, "/");

	job->is_private = false;
	serve_text(rig, "/", OK_HEAD, FEED);
	rig_run(rig, job, NULL, 0);
	check_failed(rig, JOB_FAILED_ADDRESS,
	    "127.0.0.1 is not a public address (private: true allows it)");
	assert_int_equal(rig->requests.count, 0);
}

/* A connection that a private job left open is no way in for another. */
static void
a_kept_connection_is_refused(void **state)
{
	struct rig *rig = *state;
	AUTO(job) job = rig_job(rig, "/");
	AUTO_FREE char *head =
	    mem_printf("HTTP/1.1 200 OK\nContent-Length: %zu\n", strlen(FEED));

	rig_serve(rig, "/", head, FEED, strlen(FEED));
	rig->answers[0].hangs = true; /* does not close */
	rig_run(rig, job, NULL, 0);
	assert_false(rig->is_failed);
	job->id = 2;
	job->is_private = false;
	rig_run(rig, job, NULL, 0);
	check_failed(rig, JOB_FAILED_ADDRESS,
	    "127.0.0.1 is not a public address (private: true allows it)");
	assert_int_equal(rig->requests.count, 1);
}

static void
a_status_is_a_failure(void **state)
{
	struct rig *rig = *state;

	serve_text(rig, "/503", "HTTP/1.1 503 Busy\nRetry-After: 120\nConnection: close\n",
	    "<rss/>");
	serve_text(rig, "/202", "HTTP/1.1 202 Accepted\nConnection: close\n", "");
	rig_fetch(rig, "/503");
	check_failed(rig, JOB_FAILED_HTTP, "HTTP 503");
	assert_int_equal(rig->response.status, 503);
	assert_int_equal(rig->response.retry_after_s, 120);
	rig_fetch(rig, "/202");
	check_failed(rig, JOB_FAILED_HTTP, "HTTP 202");
}

static void
what_is_no_feed_has_a_name(void **state)
{
	struct rig *rig = *state;

	serve_text(rig, "/html", OK_HEAD, "<!DOCTYPE html><html lang=en><p>Hello");
	serve_text(rig, "/empty", OK_HEAD, "");
	serve_text(rig, "/cut", OK_HEAD, "<rss version='2.0'><channel><item><title>a");
	rig_fetch(rig, "/html");
	check_failed(rig, JOB_FAILED_FORMAT, "no feed: HTML page");
	rig_fetch(rig, "/empty");
	check_failed(rig, JOB_FAILED_FORMAT, "no feed: the document is empty");
	rig_fetch(rig, "/cut");
	check_failed(rig, JOB_FAILED_FORMAT, "cut short: the document ends inside <title>");
}

static void
a_cut_stream_is_a_failure(void **state)
{
	struct rig *rig = *state;

	serve_text(rig, "/", "HTTP/1.1 200 OK\nContent-Length: 100000\n", FEED);
	rig_fetch(rig, "/");
	assert_true(rig->is_failed);
	assert_int_equal(rig->failure, JOB_FAILED_NETWORK);
	assert_non_null(strstr(rig->text, "is cut short"));
}

static void
nobody_listens(void **state)
{
	struct rig *rig = *state;
	AUTO(job) job = rig_job(rig, "/");

	free(job->url);
	job->url = mem_strdup("http://127.0.0.1:1/");
	rig_run(rig, job, NULL, 0);
	check_failed(rig, JOB_FAILED_NETWORK, "connection refused by 127.0.0.1:1");
}

/* What the user says of a server is for this server alone (MANNERS 1.19). */
static void
a_login_is_for_its_server(void **state)
{
	struct rig *rig = *state;
	AUTO(job) job = rig_job(rig, "/from");
	AUTO_FREE char *elsewhere = mem_printf(
	    "HTTP/1.1 302 Found\nLocation: http://localhost:%d/to\nContent-Length: 0\n",
	    rig->port);

	list_add(&job->headers, "X-Desk: seven");
	job->authorization = mem_strdup("Bearer hush");
	serve_text(rig, "/from", elsewhere, "");
	serve_text(rig, "/to", OK_HEAD, FEED);
	rig_run(rig, job, NULL, 0);
	assert_false(rig->is_failed);
	assert_int_equal(rig->requests.count, 2);
	assert_non_null(strstr(rig->requests.items[0], "\r\nX-Desk: seven\r\n"));
	assert_non_null(
	    strstr(rig->requests.items[0], "\r\nAuthorization: Bearer hush\r\n"));
	assert_null(strstr(rig->requests.items[1], "X-Desk"));
	assert_null(strstr(rig->requests.items[1], "Authorization"));
}

/* The server stands in for a proxy: it is asked for what lies elsewhere. */
static void
a_proxy_is_asked(void **state)
{
	struct rig *rig = *state;
	AUTO(job) job = rig_job(rig, "/");

	free(job->url);
	job->url = mem_strdup("http://feeds.example/news");
	job->proxy = mem_printf("http://127.0.0.1:%d", rig->port);
	job->is_private = false; /* the proxy's address is the user's own choice */
	serve_text(rig, "http://feeds.example/news", OK_HEAD, FEED);
	rig_run(rig, job, NULL, 0);
	assert_false(rig->is_failed);
	assert_int_equal(rig->titles.count, 2);
}

static void
a_proxy_opens_no_private_address(void **state)
{
	struct rig *rig = *state;
	AUTO(job) job = rig_job(rig, "/");

	free(job->url);
	job->url = mem_strdup("http://feeds.example/news");
	job->proxy = mem_printf("http://127.0.0.1:%d", rig->port);
	job->is_private = false;
	serve_text(rig, "http://feeds.example/news",
	    "HTTP/1.1 302 Found\nLocation: http://169.254.169.254/x\n"
	    "Content-Length: 0\n",
	    "");
	rig_run(rig, job, NULL, 0);
	check_failed(
	    rig, JOB_FAILED_ADDRESS, "redirected to an address that is not public");
}

/* Where the kernel has rules for ports. */
static void
other_ports_are_closed(void **state)
{
	struct rig *rig = *state;
	AUTO(job) job = rig_job(rig, "/");

	free(job->url);
	job->url = mem_strdup("http://127.0.0.1:2/");
	rig_run(rig, job, NULL, 0);
	if ((rig->board->sandbox & SANDBOX_PORTS) != 0)
		check_failed(rig, JOB_FAILED_NETWORK,
		    "the sandbox keeps the worker from 127.0.0.1:2: no source's URL names "
		    "this port");
	else
		check_failed(rig, JOB_FAILED_NETWORK, "connection refused by 127.0.0.1:2");
}

static void
a_deadline_is_kept(void **state)
{
	struct rig *rig = *state;
	AUTO(job) job = rig_job(rig, "/");

	job->deadline_ms = 600;
	rig_hang(rig, "/");
	rig_run(rig, job, NULL, 0);
	check_failed(rig, JOB_FAILED_NETWORK, "timed out after 1s");
}

/* Bits from the lowest on, as in RFC 1951. */
struct bits {
	struct buf out;
	unsigned value, count;
};

static void
add_bit(struct bits *bits, unsigned bit)
{
	bits->value |= (bit & 1) << bits->count++;
	if (bits->count == 8) {
		buf_add_char(&bits->out, (char)bits->value);
		bits->value = bits->count = 0;
	}
}

static void
add_code(struct bits *bits, const char *code)
{
	for (; *code != '\0'; code++)
		add_bit(bits, *code == '1');
}

/* One byte, then 258 more of it for each 13 bits. */
static void
make_bomb(struct bits *bits, size_t bytes)
{
	buf_add(&bits->out, "\x1F\x8B\x08\0\0\0\0\0\0\x03", 10);
	add_code(bits, "110");      /* the last block, fixed codes */
	add_code(bits, "01010000"); /* a blank */
	for (size_t made = 1; made < bytes; made += 258)
		add_code(bits, "1100010100000");
	add_code(bits, "00000000000000000");
}

static void
a_bomb_is_cut(void **state)
{
	struct rig *rig = *state;
	struct bits bomb = { 0 };

	make_bomb(&bomb, 64u << 20);
	rig_serve(
	    rig, "/", OK_HEAD "Content-Encoding: gzip\n", bomb.out.data, bomb.out.len);
	rig_fetch(rig, "/");
	buf_clear(&bomb.out);
	check_failed(rig, JOB_FAILED_LIMIT, "too large: more than 1048576 bytes");
}

static void
an_attribute_flood_is_cut(void **state)
{
	struct rig *rig = *state;
	AUTO_BUF struct buf flood = BUF_EMPTY;

	buf_add_text(&flood, "<rss version='2.0'><channel><item");
	for (int i = 0; i < 50000; i++)
		buf_printf(&flood, " a%d='x'", i);
	rig_serve(rig, "/", OK_HEAD, flood.data, flood.len);
	rig_fetch(rig, "/");
	check_failed(rig, JOB_FAILED_LIMIT, "XML: a tag of more than 1000 attributes");
}

static void
add_items(struct buf *feed, int count)
{
	buf_add_text(feed, "<rss version='2.0'><channel><title>Many</title>");
	for (int i = 0; i < count; i++)
		buf_printf(feed, "<item><title>Number %d</title></item>", i);
	buf_add_text(feed, "</channel></rss>");
}

/* The credit comes back in lumps: entries wait in the worker, and none is lost. */
static void
entries_wait_for_credit(void **state)
{
	struct rig *rig = *state;
	AUTO_BUF struct buf feed = BUF_EMPTY;

	add_items(&feed, 3000);
	rig->holds_credit = true;
	rig_serve(rig, "/", OK_HEAD, feed.data, feed.len);
	rig_fetch(rig, "/");
	assert_false(rig->is_failed);
	assert_int_equal(rig->titles.count, 3000);
	assert_string_equal(rig->titles.items[2999], "Number 2999");
}

static void
too_many_entries_are_refused(void **state)
{
	struct rig *rig = *state;
	AUTO(job) job = rig_job(rig, "/");
	AUTO_BUF struct buf feed = BUF_EMPTY;

	add_items(&feed, 11);
	job->entries_max = 10;
	rig_serve(rig, "/", OK_HEAD, feed.data, feed.len);
	rig_run(rig, job, NULL, 0);
	check_failed(rig, JOB_FAILED_LIMIT, "too large: more than 10 entries");
}

static void
a_document_is_read(void **state)
{
	struct rig *rig = *state;
	AUTO(job) job = rig_job(rig, "/");
	AUTO_BUF struct buf feed = BUF_EMPTY;

	add_items(&feed, 2000);
	job->kind = JOB_DOCUMENT;
	rig_run(rig, job, feed.data, feed.len);
	assert_false(rig->is_failed);
	assert_int_equal(rig->titles.count, 2000);
	assert_int_equal(rig->response.status, 200);
	assert_int_equal(rig->requests.count, 0);
}

static void
saved_answers_are_read(void **state)
{
	static const char good[] = "HTTP/1.1 200 OK\r\nETag: \"e\"\r\n"
				   "Content-Type: text/xml; charset=utf-8\r\n\r\n" FEED;
	static const char unchanged[] = "HTTP/2 304\nETag: \"f\"\n\n";
	static const char gone[] = "HTTP/1.1 410 Gone\r\n\r\nbye";
	struct rig *rig = *state;
	AUTO(job) job = rig_job(rig, "/");

	job->kind = JOB_RESPONSE;
	rig_run(rig, job, good, sizeof(good) - 1);
	assert_false(rig->is_failed);
	assert_int_equal(rig->titles.count, 2);
	assert_string_equal(rig->response.etag, "\"e\"");
	job->id = 2;
	rig_run(rig, job, unchanged, sizeof(unchanged) - 1);
	assert_false(rig->is_failed);
	assert_true(rig->response.is_not_modified);
	job->id = 3;
	rig_run(rig, job, gone, sizeof(gone) - 1);
	check_failed(rig, JOB_FAILED_HTTP, "HTTP 410");
	assert_int_equal(rig->response.status, 410);
	job->id = 4;
	rig_run(rig, job, "HTTP/1.1 200", 12);
	check_failed(rig, JOB_FAILED_FORMAT, "no HTTP answer: its head is cut short");
}

/* What it announced stays on the board, and says whom to blame. */
static void
check_death(struct rig *rig, const char *order, int signal_number)
{
	AUTO_FREE char *feed = mem_printf(
	    "<rss version='2.0'><channel><?dealwatch-test %s?></channel></rss>", order);
	AUTO(job) job = rig_job(rig, "/");
	int status;

	job->id = 77;
	serve_text(rig, "/", OK_HEAD, feed);
	rig_run(rig, job, NULL, 0);
	assert_true(rig->is_closed);
	status = rig_wait(rig);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), signal_number);
	assert_int_equal(rig->board->job, 77);
	assert_int_equal(rig->board->phase, JOB_PHASE_PARSE);
}

static void
a_burner_is_killed(void **state)
{
	check_death(*state, "burn", SIGPROF);
}

static void
a_crash_leaves_its_name(void **state)
{
	check_death(*state, "segfault", SIGSEGV);
}

static void
it_ends_with_the_daemon(void **state)
{
	struct rig *rig = *state;
	int status = 0;

	rig_hang(rig, "/");
	channel_close(rig->channel);
	rig->channel = NULL;
	event_base_loop(rig->base, EVLOOP_NONBLOCK); /* it is closed there */
	assert_int_equal(waitpid(rig->pid, &status, 0), rig->pid);
	rig->pid = 0;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void
malformed_messages_end_it(void **state)
{
	struct rig *rig = *state;
	AUTO_BUF struct buf message = BUF_EMPTY;
	int status;

	buf_add_text(&message, "no job");
	channel_send(rig->channel, JOB_MSG_JOB, false, &message);
	status = rig_wait(rig);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), EXIT_FAILURE);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_feed_is_fetched),
		TEST(the_request_is_modest),
		TEST(validators_are_echoed),
		TEST(a_304_to_no_question_is_a_failure),
		TEST(trailers_are_no_headers),
		TEST(a_title_behind_the_entries_is_kept),
		TEST(redirects_are_followed),
		TEST(redirects_have_an_end),
		TEST(a_redirect_to_a_file_is_refused),
		TEST(a_private_address_is_refused),
		TEST(a_kept_connection_is_refused),
		TEST(a_status_is_a_failure),
		TEST(what_is_no_feed_has_a_name),
		TEST(a_cut_stream_is_a_failure),
		TEST(nobody_listens),
		TEST(other_ports_are_closed),
		TEST(a_login_is_for_its_server),
		TEST(a_proxy_is_asked),
		TEST(a_proxy_opens_no_private_address),
		TEST(a_deadline_is_kept),
		TEST(a_bomb_is_cut),
		TEST(an_attribute_flood_is_cut),
		TEST(entries_wait_for_credit),
		TEST(too_many_entries_are_refused),
		TEST(a_document_is_read),
		TEST(saved_answers_are_read),
		TEST(it_ends_with_the_daemon),
		TEST(malformed_messages_end_it),
		/* these two are for a build that can be made to die */
		TEST(a_burner_is_killed),
		TEST(a_crash_leaves_its_name),
	};
	struct CMUnitTest asked[sizeof(tests) / sizeof(tests[0]) - (CRASH_POINTS ? 0 : 2)];

	memcpy(asked, tests, sizeof(asked));
	return cmocka_run_group_tests_name("worker", asked, NULL, NULL);
}
