/*
 * A sorted set of ports, and its text: "--best-effort 53 80 443".
 */
#include "feeds/confinement.h"

#include <string.h>

#include "base/error.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/options.h"

#define BEST_EFFORT "--best-effort"

bool
confinement_add_port(struct confinement *confinement, uint16_t port)
{
	size_t at = 0;

	while (at < confinement->port_count && confinement->ports[at] < port)
		at++;
	if (at < confinement->port_count && confinement->ports[at] == port)
		return true;
	if (confinement->port_count == CONFINEMENT_PORTS_MAX)
		return false;
	memmove(&confinement->ports[at + 1], &confinement->ports[at],
	    (confinement->port_count - at) * sizeof(confinement->ports[0]));
	confinement->ports[at] = port;
	confinement->port_count++;
	return true;
}

void
confinement_add_usual(struct confinement *confinement)
{
	static const uint16_t usual[] = { 53, 80, 443 };

	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		(void)confinement_add_port(confinement, usual[i]); /* the first ones fit */
}

/* Behind the host's name, which may be an IPv6 address in brackets. */
static uint16_t
port_of(const char *url)
{
	const char *host = strstr(url, "://");
	const char *colon;
	int64_t port;

	if (host == NULL)
		return 0;
	host += 3;
	colon = host + (host[0] == '[' ? strcspn(host, "]/?#") : 0);
	colon += strcspn(colon, ":/?#");
	if (*colon == ':') {
		AUTO_FREE char *digits = mem_strndup(colon + 1, strcspn(colon + 1, "/?#"));

		if (options_number(digits, 1, UINT16_MAX, &port))
			return (uint16_t)port;
	}
	return strncmp(url, "https:", 6) == 0 ? 443 : 80;
}

bool
confinement_add_url(struct confinement *confinement, const char *url)
{
	uint16_t port = port_of(url);

	return port == 0 || confinement_add_port(confinement, port);
}

static bool
has_port(const struct confinement *confinement, uint16_t port)
{
	for (size_t i = 0; i < confinement->port_count; i++)
		if (confinement->ports[i] == port)
			return true;
	return false;
}

bool
confinement_covers(const struct confinement *have, const struct confinement *want)
{
	if (have->is_best_effort && !want->is_best_effort)
		return false;
	for (size_t i = 0; i < want->port_count; i++)
		if (!has_port(have, want->ports[i]))
			return false;
	return true;
}

void
confinement_write(const struct confinement *confinement, struct list *arguments)
{
	if (confinement->is_best_effort)
		list_add(arguments, BEST_EFFORT);
	for (size_t i = 0; i < confinement->port_count; i++) {
		AUTO_FREE char *text = mem_printf("%u", confinement->ports[i]);

		list_add(arguments, text);
	}
}

bool
confinement_read(struct confinement *confinement, int argc, char **argv, struct error *err)
{
	*confinement = (struct confinement){ 0 };
	for (int i = 1; i < argc; i++) {
		int64_t port;

		if (strcmp(argv[i], BEST_EFFORT) == 0)
			confinement->is_best_effort = true;
		else if (!options_number(argv[i], 1, UINT16_MAX, &port) ||
			 !confinement_add_port(confinement, (uint16_t)port))
			return error_set(err, ERROR_CONFIG, "dealwatch-feeds",
			    "\"%s\": what dealwatchd tells it are ports and " BEST_EFFORT,
			    argv[i]);
	}
	return true;
}
