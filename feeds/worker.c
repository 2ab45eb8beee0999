/*
 * dealwatch-feeds: fetches and parses for the daemon, and keeps nothing.
 *
 * Started by it with a socket (jobs in, entries out) and a board; it may be killed at any
 * moment, and ends itself when the daemon is gone, or over a chunk that burns its CPU time.
 */
#include <curl/curl.h>
#include <event2/event.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/queue.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libxml/parser.h>

#include "base/channel.h"
#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/wire.h"
#include "feeds/confine.h"
#include "feeds/confinement.h"
#include "feeds/fetch.h"
#include "feeds/guard.h"
#include "feeds/job.h"
#include "feeds/task.h"
#include "feeds/trial.h"

#define DATA_MAX_BYTES (1u << 30) /* memory of its own */

struct slot {
	TAILQ_ENTRY(slot) link;
	struct task *task; /* owned */
};

TAILQ_HEAD(slot_list, slot);

struct worker {
	struct event_base *base;
	struct channel *channel;
	struct fetcher *fetcher;
	struct guard *guard;
	struct event *reaper; /* frees tasks that are over */
	struct slot_list slots;
	bool is_orderly; /* the channel ended, and not by our word */
};

/* -- tasks -- */

static struct slot *
find_slot(struct worker *worker, uint64_t id)
{
	struct slot *slot;

	TAILQ_FOREACH (slot, &worker->slots, link) {
		if (task_id(slot->task) == id)
			return slot;
	}
	return NULL;
}

static void
free_slot(struct worker *worker, struct slot *slot)
{
	TAILQ_REMOVE(&worker->slots, slot, link);
	task_free(slot->task);
	free(slot);
}

static void
on_over(void *ctx)
{
	struct worker *worker = ctx;

	event_active(worker->reaper, EV_TIMEOUT, 0);
}

static void
on_reap(evutil_socket_t fd, short what, void *arg)
{
	struct worker *worker = arg;
	struct slot *slot = TAILQ_FIRST(&worker->slots);

	while (slot != NULL) {
		struct slot *next = TAILQ_NEXT(slot, link);

		if (task_is_over(slot->task))
			free_slot(worker, slot);
		slot = next;
	}
}

static bool
start_task(struct worker *worker, struct wire_reader *in, struct error *err)
{
	struct task_tools tools = { worker->channel, worker->fetcher, worker->guard,
		on_over, worker };
	AUTO(job) job = NULL;
	struct slot *slot;

	if (!job_read(in, &job, err))
		return false;
	if (find_slot(worker, job->id) != NULL)
		return error_set(err, ERROR_FORMAT, "job", "its number is in use");
	slot = mem_zalloc(sizeof(*slot));
	TAILQ_INSERT_TAIL(&worker->slots, slot, link);
	slot->task = task_new(&tools, job);
	job = NULL; /* taken */
	return true;
}

/* -- messages; those for a task that is over or was cancelled come to nothing -- */

static bool
take_body(
    struct worker *worker, struct slot *slot, struct wire_reader *in, struct error *err)
{
	const void *bytes;
	size_t len;

	if (!wire_read_bytes(in, &bytes, &len, JOB_BODY_CHUNK_BYTES))
		return error_set(err, ERROR_FORMAT, "body", "cut short");
	if (slot != NULL)
		task_add_body(slot->task, bytes, len);
	else
		channel_grant(worker->channel, 1);
	return true;
}

static bool
take_message(
    struct worker *worker, uint16_t type, struct wire_reader *in, struct error *err)
{
	struct slot *slot;
	uint64_t id;

	if (type == JOB_MSG_JOB)
		return start_task(worker, in, err);
	if (!wire_read_u64(in, &id))
		return error_set(err, ERROR_FORMAT, "message", "without a job");
	slot = find_slot(worker, id);
	if (type == JOB_MSG_BODY)
		return take_body(worker, slot, in, err);
	if (slot != NULL && type == JOB_MSG_BODY_END)
		task_end_body(slot->task);
	else if (slot != NULL)
		task_cancel(slot->task);
	return true;
}

static bool
on_message(void *ctx, uint16_t type, struct wire_reader *in, struct error *err)
{
	return take_message(ctx, type, in, err) &&
	       (wire_read_end(in) ||
		   error_set(err, ERROR_FORMAT, "message", "longer than its content"));
}

static void
on_room(void *ctx)
{
	struct worker *worker = ctx;
	struct slot *slot;

	TAILQ_FOREACH (slot, &worker->slots, link) {
		task_go_on(slot->task);
	}
}

static void
on_closed(void *ctx, const struct error *why)
{
	struct worker *worker = ctx;

	/* a daemon that died may leave half a message, or a broken pipe */
	worker->is_orderly = why->text[0] == '\0' || why->kind != ERROR_FORMAT;
	if (!worker->is_orderly)
		log_error("feeds", "worker: %s", why->text);
	(void)event_base_loopbreak(worker->base); /* of a loop that runs */
}

static const struct channel_events channel_events = {
	.on_message = on_message,
	.on_room = on_room,
	.on_closed = on_closed,
};

/* -- the process -- */

/* The pages of data that are mapped: the sixth number of statm, proc(5). */
static unsigned long
data_pages(void)
{
	char line[256] = "";
	const char *at = line;
	FILE *file = fopen("/proc/self/statm", "re");

	if (file == NULL)
		return ULONG_MAX;
	if (fgets(line, sizeof(line), file) == NULL)
		line[0] = '\0';
	(void)fclose(file); /* only read from */
	for (int i = 0; i < 5 && at != NULL; i++) {
		at = strchr(at, ' ');
		at = at == NULL ? NULL : at + 1;
	}
	return at == NULL ? ULONG_MAX : strtoul(at, NULL, 10);
}

/*
 * A bound on memory of its own. Not where more than that is mapped before anything was
 * read: a build with sanitizers maps terabytes that it never touches.
 */
static void
limit_memory(void)
{
	struct rlimit limit = { DATA_MAX_BYTES, DATA_MAX_BYTES };
	unsigned long page_bytes = (unsigned long)sysconf(_SC_PAGESIZE);

	if (data_pages() < DATA_MAX_BYTES / 2 / page_bytes)
		(void)setrlimit(RLIMIT_DATA, &limit); /* lowering is always allowed */
}

static bool
set_up_process(struct error *err)
{
	struct rlimit no_core = { 0, 0 };

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || setrlimit(RLIMIT_CORE, &no_core) != 0)
		return error_set(
		    err, ERROR_SYSTEM, "dealwatch-feeds", "cannot restrict itself");
	limit_memory();
	(void)signal(SIGPIPE, SIG_IGN); /* these are signals that exist */
	(void)signal(SIGPROF, SIG_DFL);
	return true;
}

static bool
check_channel(struct error *err)
{
	int type = 0;
	socklen_t len = sizeof(type);

	if (getsockopt(JOB_CHANNEL_FD, SOL_SOCKET, SO_TYPE, &type, &len) != 0 ||
	    type != SOCK_STREAM)
		return error_set(err, ERROR_SYSTEM, "dealwatch-feeds",
		    "file %d is no channel: this program is started by dealwatchd",
		    JOB_CHANNEL_FD);
	return true;
}

/* Without it every https feed fails, and says why only one by one. */
static void
check_certificates(void)
{
	const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);

	if (info->cainfo != NULL && access(info->cainfo, R_OK) != 0)
		log_warn("feeds",
		    "worker: %s cannot be read: no https feed will be trusted",
		    info->cainfo);
}

/* Before anything from outside is read, and before there is a second thread. */
static bool
shut_in(struct worker *worker, const struct confinement *confinement, struct error *err)
{
	unsigned parts;

	if (!confine_worker(confinement, &parts, err))
		return false;
	guard_say_sandbox(worker->guard, parts);
	return true;
}

static bool
open_worker(struct worker *worker, const struct confinement *confinement, struct error *err)
{
	TAILQ_INIT(&worker->slots);
	if (!check_channel(err))
		return false;
	worker->guard = guard_open(JOB_BOARD_FD, err);
	if (worker->guard == NULL || !set_up_process(err) ||
	    !shut_in(worker, confinement, err))
		return false;
	worker->base = event_base_new();
	if (worker->base == NULL)
		return error_set(err, ERROR_SYSTEM, "dealwatch-feeds", "no event loop");
	worker->reaper = event_new(worker->base, -1, 0, on_reap, worker);
	if (worker->reaper == NULL)
		abort(); /* out of memory */
	worker->fetcher = fetcher_open(worker->base, err);
	if (worker->fetcher == NULL)
		return false;
	check_certificates();
	xmlInitParser();
	worker->channel = channel_open(
	    worker->base, JOB_CHANNEL_FD, &job_protocol_worker, &channel_events, worker);
	return true;
}

static void
close_worker(struct worker *worker)
{
	while (!TAILQ_EMPTY(&worker->slots))
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): leaves the list */
		free_slot(worker, TAILQ_FIRST(&worker->slots));
	channel_close(worker->channel);
	fetcher_close(worker->fetcher);
	guard_close(worker->guard);
	if (worker->reaper != NULL)
		event_free(worker->reaper);
	if (worker->base != NULL)
		event_base_free(worker->base);
	xmlCleanupParser();
}

/* What dealwatchd --sandbox-test shows. */
static int
try_sandbox(int argc, char **argv)
{
	struct confinement confinement;
	struct error err = { 0 };
	unsigned parts;

	if (!confinement_read(&confinement, argc, argv, &err) ||
	    !confine_worker(&confinement, &parts, &err)) {
		log_error("feeds", "%s", err.text);
		return EXIT_FAILURE;
	}
	return trials_run(parts) ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int
work(int argc, char **argv)
{
	struct worker worker = { 0 };
	struct confinement confinement;
	struct error err = { 0 };
	bool is_good = confinement_read(&confinement, argc, argv, &err) &&
		       open_worker(&worker, &confinement, &err);

	if (!is_good)
		log_error("feeds", "%s", err.text);
	else
		(void)event_base_dispatch(worker.base); /* ends by on_closed() */
	is_good = is_good && worker.is_orderly;
	close_worker(&worker);
	return is_good ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
main(int argc, char **argv)
{
	return argc > 1 && strcmp(argv[1], JOB_TRY_SANDBOX) == 0
		   ? try_sandbox(argc - 1, argv + 1)
		   : work(argc, argv);
}
