/*
 * Transfers on the loop, while the resolver hangs: the name server is this file's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <event2/event.h>
#include <netdb.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "base/multi.h"

#define TRANSFER_MS 100L
#define HANG_MAX_S 20 /* a loop that waits for the name goes on then, and fails */

static sem_t answer, answered; /* the name server may speak; it has spoken */
static atomic_int asked;

/* Takes the place of the C library's for libcurl too. */
int
/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): it has no names */
getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
    struct addrinfo **found)
{
	struct timespec end;

	(void)clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += HANG_MAX_S;
	atomic_fetch_add(&asked, 1);
	while (sem_timedwait(&answer, &end) != 0 && errno == EINTR)
		;
	(void)sem_post(&answered);
	return EAI_AGAIN;
}

struct house {
	struct event_base *base;
	CURLcode result;
	bool is_done, was_hanging;
};

static struct house *the_house; /* of the row that runs */

static bool
is_hanging(void)
{
	int value = 0;

	(void)sem_getvalue(&answered, &value);
	return value == 0;
}

static void
on_done(CURL *easy, CURLcode result)
{
	the_house->result = result;
	the_house->is_done = true;
	the_house->was_hanging = is_hanging();
	(void)event_base_loopbreak(the_house->base);
}

static CURL *
make_transfer(void)
{
	CURL *easy = curl_easy_init();

	assert_non_null(easy);
	assert_int_equal(
	    curl_easy_setopt(easy, CURLOPT_URL, "http://hangs.example/"), CURLE_OK);
	assert_int_equal(curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L), CURLE_OK);
	assert_int_equal(curl_easy_setopt(easy, CURLOPT_PROXY, ""), CURLE_OK);
	assert_int_equal(curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, TRANSFER_MS), CURLE_OK);
	return easy;
}

static int
set_up(void **state)
{
	struct house *house = mem_zalloc(sizeof(*house));

	house->base = event_base_new();
	(void)sem_init(&answer, 0, 0);
	(void)sem_init(&answered, 0, 0);
	atomic_store(&asked, 0);
	the_house = house;
	*state = house;
	return 0;
}

static int
tear_down(void **state)
{
	struct house *house = *state;

	event_base_free(house->base);
	free(house);
	return 0;
}

/* Let the resolver's thread end before its semaphores do. */
static void
let_answer(void)
{
	if (atomic_load(&asked) == 0)
		return;
	(void)sem_post(&answer);
	(void)sem_wait(&answered);
}

static void
test_timeout(void **state)
{
	struct house *house = *state;
	struct multi *multi = multi_open(house->base, on_done, 1);
	CURL *easy = make_transfer();

	multi_add(multi, easy);
	(void)event_base_dispatch(house->base);
	assert_true(house->is_done);
	assert_int_equal(house->result, CURLE_OPERATION_TIMEDOUT);
	assert_int_equal(atomic_load(&asked), 1);
	assert_true(house->was_hanging);
	curl_easy_cleanup(easy);
	multi_close(multi);
	assert_true(is_hanging());
	let_answer();
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)event_base_loopbreak(arg);
}

static void
test_removal(void **state)
{
	struct house *house = *state;
	struct multi *multi = multi_open(house->base, on_done, 1);
	const struct timeval soon = { 0, 20000 };
	CURL *easy = make_transfer();

	multi_add(multi, easy);
	while (atomic_load(&asked) == 0) {
		(void)event_base_once(
		    house->base, -1, EV_TIMEOUT, on_timer, house->base, &soon);
		(void)event_base_dispatch(house->base);
	}
	multi_remove(multi, easy);
	curl_easy_cleanup(easy);
	multi_close(multi);
	assert_false(house->is_done);
	assert_true(is_hanging());
	let_answer();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		{ "a transfer times out while the name server says nothing", test_timeout,
		    set_up, tear_down, NULL },
		{ "a transfer is taken back while the name server says nothing",
		    test_removal, set_up, tear_down, NULL },
	};

	return cmocka_run_group_tests_name("multi", tests, NULL, NULL);
}
