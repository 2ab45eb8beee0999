/*
 * What is on the public internet; at the edges of each range.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include <cmocka.h>

#include "base/address.h"

static const struct row {
	const char *name; /* the address */
	bool is_public;
} rows[] = {
	{ "8.8.8.8", true },
	{ "0.0.0.0", false },
	{ "1.0.0.0", true },
	{ "9.255.255.255", true },
	{ "10.0.0.0", false },
	{ "10.255.255.255", false },
	{ "11.0.0.0", true },
	{ "100.63.255.255", true },
	{ "100.64.0.0", false },
	{ "100.127.255.255", false },
	{ "100.128.0.0", true },
	{ "127.0.0.1", false },
	{ "169.254.169.254", false },
	{ "172.15.255.255", true },
	{ "172.16.0.1", false },
	{ "172.31.255.255", false },
	{ "172.32.0.0", true },
	{ "192.0.2.1", false },
	{ "192.168.1.1", false },
	{ "192.169.0.1", true },
	{ "198.17.255.255", true },
	{ "198.18.0.1", false },
	{ "198.19.255.255", false },
	{ "198.51.100.7", false },
	{ "203.0.113.7", false },
	{ "223.255.255.255", true },
	{ "224.0.0.1", false },
	{ "255.255.255.255", false },
	{ "::", false },
	{ "::1", false },
	{ "::ffff:127.0.0.1", false },
	{ "::ffff:8.8.8.8", true },
	{ "::127.0.0.1", false },
	{ "64:ff9b::10.0.0.1", false },
	{ "64:ff9b::8.8.8.8", true },
	{ "2001:4860:4860::8888", true },
	{ "2001::1", false },
	{ "2001:db8::1", false },
	{ "2002:7f00:1::", false },
	{ "3fff::1", false },
	{ "4000::1", false },
	{ "fc00::1", false },
	{ "fdff::1", false },
	{ "fe80::1", false },
	{ "fec0::1", false },
	{ "ff02::1", false },
};

static void
check_row(void **state)
{
	const struct row *row = *state;
	struct sockaddr_in in4 = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	const struct sockaddr *address = (const struct sockaddr *)&in6;
	char text[ADDRESS_TEXT_BYTES];

	if (inet_pton(AF_INET, row->name, &in4.sin_addr) == 1)
		address = (const struct sockaddr *)&in4;
	else
		assert_int_equal(inet_pton(AF_INET6, row->name, &in6.sin6_addr), 1);
	assert_int_equal(address_is_public(address), row->is_public);
	address_format(address, text);
	assert_int_equal(address_text_is_public(text), row->is_public);
}

static void
others_are_not_public(void **state)
{
	struct sockaddr unix_address = { .sa_family = AF_UNIX };
	char text[ADDRESS_TEXT_BYTES];

	assert_false(address_is_public(&unix_address));
	assert_false(address_text_is_public("example.org"));
	assert_false(address_text_is_public(""));
	assert_false(address_text_is_public("8.8.8.8 "));
	address_format(&unix_address, text);
	assert_string_equal(text, "?");
}

#define ROWS (sizeof(rows) / sizeof(*rows))

int
main(void)
{
	struct CMUnitTest tests[ROWS + 1];

	for (size_t i = 0; i < ROWS; i++)
		tests[i] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = check_row,
			.initial_state = (void *)&rows[i] };
	tests[ROWS + 0] = (struct CMUnitTest)cmocka_unit_test(others_are_not_public);
	return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
