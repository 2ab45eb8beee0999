/*
 * What a fetcher reads (TESTBED "Sandbox"): certificates, what names are resolved with,
 * time zones, and libraries, of which some are loaded late: name services, character sets.
 */
#include "feeds/confine.h"

#include <stddef.h>

#include "base/error.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "feeds/confinement.h"

static const char *const readable[] = {
	/* certificates */
	"/etc/ssl", "/etc/pki", "/usr/share/ca-certificates",
	"/usr/local/share/ca-certificates", "/etc/ca-certificates",
	/* names */
	"/etc/resolv.conf", "/run/systemd/resolve", "/etc/hosts", "/etc/host.conf",
	"/etc/nsswitch.conf", "/etc/gai.conf", "/etc/services", "/etc/protocols",
	/* time */
	"/etc/localtime", "/usr/share/zoneinfo",
	/* libraries */
	"/etc/ld.so.cache", "/etc/ld.so.preload", "/lib", "/lib64", "/usr/lib",
	"/usr/lib64", "/usr/local/lib",
	/* devices */
	"/dev/null", "/dev/urandom", "/dev/random", NULL
};

/* Said by each worker, of which there is one a start: a part that is missing has to be
 * seen.
 */
static void
say_missing(unsigned parts, const struct error *why)
{
	if ((parts & SANDBOX_REQUIRED) != SANDBOX_REQUIRED)
		log_warn("feeds", "worker: %s: goes on without (sandbox: best-effort)",
		    why->text);
	else if ((parts & SANDBOX_PORTS) == 0)
		log_info("feeds",
		    "worker: TCP ports are not restricted: this kernel has no rules for "
		    "them");
}

bool
confine_worker(const struct confinement *confinement, unsigned *parts, struct error *err)
{
	struct sandbox_limits limits = { readable, confinement->ports,
		confinement->port_count };
	bool is_good = sandbox_enter(&limits, parts, err);

	if (!is_good && !confinement->is_best_effort) {
		error_prefix(err, "worker");
		return false;
	}
	say_missing(*parts, err);
	return true;
}
