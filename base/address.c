/*
 * Addresses that are not on the public internet, by table (IANA's special-purpose
 * registries, RFC 6890).
 */
#include "base/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

#define IPV6_BYTES 16

/* A range of IPv4: all addresses that begin with so many bits. */
static const struct range4 {
	uint8_t bytes[4];
	unsigned bits;
} not_public4[] = {
	{ { 0, 0, 0, 0 }, 8 },       /* this network */
	{ { 10, 0, 0, 0 }, 8 },      /* private */
	{ { 100, 64, 0, 0 }, 10 },   /* carrier's NAT */
	{ { 127, 0, 0, 0 }, 8 },     /* loopback */
	{ { 169, 254, 0, 0 }, 16 },  /* link-local; cloud metadata */
	{ { 172, 16, 0, 0 }, 12 },   /* private */
	{ { 192, 0, 0, 0 }, 24 },    /* protocol assignments */
	{ { 192, 0, 2, 0 }, 24 },    /* documentation */
	{ { 192, 88, 99, 0 }, 24 },  /* 6to4 relays */
	{ { 192, 168, 0, 0 }, 16 },  /* private */
	{ { 198, 18, 0, 0 }, 15 },   /* benchmarks */
	{ { 198, 51, 100, 0 }, 24 }, /* documentation */
	{ { 203, 0, 113, 0 }, 24 },  /* documentation */
	{ { 224, 0, 0, 0 }, 4 },     /* multicast */
	{ { 240, 0, 0, 0 }, 4 },     /* reserved; broadcast */
};

/* Of IPv6 only 2000::/3 is global unicast; these parts of it are not public. */
static const struct range6 {
	uint8_t bytes[IPV6_BYTES];
	unsigned bits;
} not_public6[] = {
	{ { 0x20, 0x01, 0x00 }, 23 },       /* protocol assignments, Teredo, ORCHID */
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32 }, /* documentation */
	{ { 0x20, 0x02 }, 16 },             /* 6to4: an IPv4 address inside */
	{ { 0x3f, 0xff, 0x00 }, 20 },       /* documentation */
};

/* These hold an IPv4 address in their last four bytes, which is what is reached. */
static const struct range6 mapped[] = {
	{ { [10] = 0xff, [11] = 0xff }, 96 },            /* ::ffff:0:0/96 */
	{ { 0x00, 0x64, 0xff, 0x9b, [11] = 0x00 }, 96 }, /* NAT64 */
};

static bool
begins_with(const uint8_t *address, const uint8_t *prefix, unsigned bits)
{
	unsigned rest = bits % 8;

	if (memcmp(address, prefix, bits / 8) != 0)
		return false;
	return rest == 0 || (address[bits / 8] ^ prefix[bits / 8]) >> (8 - rest) == 0;
}

static bool
is_public4(const uint8_t *address)
{
	for (size_t i = 0; i < sizeof(not_public4) / sizeof(*not_public4); i++) {
		if (begins_with(address, not_public4[i].bytes, not_public4[i].bits))
			return false;
	}
	return true;
}

static bool
is_public6(const uint8_t *address)
{
	for (size_t i = 0; i < sizeof(mapped) / sizeof(*mapped); i++) {
		if (begins_with(address, mapped[i].bytes, mapped[i].bits))
			return is_public4(address + 12);
	}
	if (address[0] >> 5 != 1) /* 2000::/3 */
		return false;
	for (size_t i = 0; i < sizeof(not_public6) / sizeof(*not_public6); i++) {
		if (begins_with(address, not_public6[i].bytes, not_public6[i].bits))
			return false;
	}
	return true;
}

bool
address_is_public(const struct sockaddr *address)
{
	struct sockaddr_in in4;
	struct sockaddr_in6 in6;

	if (address->sa_family == AF_INET) {
		memcpy(&in4, address, sizeof(in4));
		return is_public4((const uint8_t *)&in4.sin_addr);
	}
	if (address->sa_family == AF_INET6) {
		memcpy(&in6, address, sizeof(in6));
		return is_public6(in6.sin6_addr.s6_addr);
	}
	return false;
}

bool
address_text_is_public(const char *text)
{
	uint8_t bytes[IPV6_BYTES];

	if (inet_pton(AF_INET, text, bytes) == 1)
		return is_public4(bytes);
	return inet_pton(AF_INET6, text, bytes) == 1 && is_public6(bytes);
}

void
address_format(const struct sockaddr *address, char text[ADDRESS_TEXT_BYTES])
{
	struct sockaddr_in in4;
	struct sockaddr_in6 in6;
	const char *written = NULL;

	if (address->sa_family == AF_INET) {
		memcpy(&in4, address, sizeof(in4));
		written = inet_ntop(AF_INET, &in4.sin_addr, text, ADDRESS_TEXT_BYTES);
	} else if (address->sa_family == AF_INET6) {
		memcpy(&in6, address, sizeof(in6));
		written = inet_ntop(AF_INET6, &in6.sin6_addr, text, ADDRESS_TEXT_BYTES);
	}
	if (written == NULL)
		(void)snprintf(text, ADDRESS_TEXT_BYTES, "?"); /* fits */
}

bool
address_url_is_private(const char *url)
{
	const char *host = strstr(url, "://");
	AUTO_FREE char *name = NULL;
	struct in6_addr ignored;

	if (host == NULL)
		return false;
	host += strlen("://");
	name = *host == '[' ? mem_strndup(host + 1, strcspn(host + 1, "]"))
			    : mem_strndup(host, strcspn(host, ":/?#"));
	if (strcasecmp(name, "localhost") == 0)
		return true;
	return (inet_pton(AF_INET, name, &ignored) == 1 ||
		   inet_pton(AF_INET6, name, &ignored) == 1) &&
	       !address_text_is_public(name);
}
