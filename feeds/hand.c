/*
 * The worker that works for the sources: what it may do, and how it is.
 */
#include <errno.h>
#include <unistd.h>

#include "base/error.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/paths.h"
#include "feeds/feeds_private.h"
#include "feeds/job.h"
#include "feeds/keeper.h"
#include "feeds/process.h"

static bool
add_proxy(const char *proxy, struct confinement *confinement)
{
	return proxy == NULL || *proxy == '\0' || confinement_add_url(confinement, proxy);
}

bool
feeds_find_confinement(const struct feed_set *set, const struct polling *polling,
    struct confinement *confinement, struct error *err)
{
	*confinement =
	    (struct confinement){ .is_best_effort = polling->is_sandbox_optional };
	confinement_add_usual(confinement);
	for (size_t i = 0; i < set->count; i++) {
		const struct feed *feed = set->items[i];

		if (feed->is_enabled && (!confinement_add_url(confinement, feed->url) ||
					    !add_proxy(feed->access.proxy, confinement)))
			return error_set(err, ERROR_LIMIT, feed->id,
			    "its port is one too many: sources may have %d different ones",
			    CONFINEMENT_PORTS_MAX);
	}
	return polling->proxy == NULL || confinement_add_url(confinement, polling->proxy) ||
	       error_set(err, ERROR_LIMIT, "proxy", "its port is one too many");
}

bool
feeds_try_sandbox(
    const struct feed_set *set, const struct polling *polling, struct error *err)
{
	AUTO_FREE char *program = paths_program("dealwatch-feeds");
	AUTO_FREE char **argv = NULL;
	struct list arguments = { 0 };
	struct confinement confinement;

	if (!feeds_find_confinement(set, polling, &confinement, err))
		return false;
	list_add(&arguments, JOB_TRY_SANDBOX);
	confinement_write(&confinement, &arguments);
	argv = process_argv(&arguments);
	(void)execv(program, argv); /* returns when it failed */
	list_clear(&arguments);
	return error_system(err, errno, program, "cannot be started");
}

int
feeds_worker_pid(const struct feeds *feeds)
{
	return feeds->supervisor == NULL ? 0
					 : keeper_pid(supervisor_keeper(feeds->supervisor));
}

unsigned
feeds_worker_sandbox(const struct feeds *feeds)
{
	return feeds->supervisor == NULL
		   ? 0
		   : keeper_sandbox(supervisor_keeper(feeds->supervisor));
}

int
feeds_worker_deaths(const struct feeds *feeds)
{
	return feeds->supervisor == NULL
		   ? 0
		   : keeper_deaths(supervisor_keeper(feeds->supervisor));
}
