/*
 * A worker that does to its daemon what a job's URL says: https://fake/WHAT/NUMBER. Reads
 * no network and no XML. Takes the real one's place beside the tests of the supervisor.
 */
#include <dirent.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/channel.h"
#include "base/error.h"
#include "base/wire.h"
#include "feeds/entry.h"
#include "feeds/job.h"

#define TASKS_MAX 64
#define FLOOD_ENTRY_BYTES (200u << 10)

/* A job that still has entries to send. */
struct task {
	struct job *job; /* owned; NULL: free */
	size_t to_send;  /* entries */
	size_t sent;
	size_t entry_bytes; /* of the content of each; 0: none */
	size_t body_bytes;  /* that came in */
	bool is_reading;
	bool is_in_crowd;
	bool is_headed; /* says what it is behind its entries */
};

struct worker {
	struct event_base *base;
	struct channel *channel;
	struct job_board *board;
	struct task tasks[TASKS_MAX];
	char files[256]; /* that were open at the start */
};

/* -- answers -- */

static void
send_message(struct worker *worker, uint16_t type, const struct buf *payload)
{
	channel_send(worker->channel, type, type == JOB_MSG_ENTRY, payload);
}

static void
send_head(struct worker *worker, uint64_t id)
{
	AUTO_BUF struct buf payload = BUF_EMPTY;
	struct feed_head head = { 0 };

	head.format = mem_strdup("rss2.0");
	wire_add_u64(&payload, id);
	feed_head_write(&head, &payload);
	send_message(worker, JOB_MSG_HEAD, &payload);
	feed_head_clear(&head);
}

static void
send_entry(struct worker *worker, const struct task *task, const char *title)
{
	AUTO_BUF struct buf payload = BUF_EMPTY;
	AUTO(entry) entry = mem_zalloc(sizeof(*entry));

	entry->title = mem_strdup(title);
	entry->id = mem_printf("%s %zu", task->job->feed, task->sent);
	if (task->entry_bytes > 0) {
		entry->content = mem_zalloc(task->entry_bytes + 1);
		memset(entry->content, 'x', task->entry_bytes);
	}
	wire_add_u64(&payload, task->job->id);
	entry_write(entry, &payload);
	send_message(worker, JOB_MSG_ENTRY, &payload);
}

static void
send_done(struct worker *worker, uint64_t id, bool is_not_modified)
{
	AUTO_BUF struct buf payload = BUF_EMPTY;
	struct job_response response = { .status = is_not_modified ? 304 : 200,
		.is_not_modified = is_not_modified,
		.fresh_s = -1,
		.retry_after_s = -1 };

	response.etag = mem_strdup("\"fake\"");
	wire_add_u64(&payload, id);
	job_response_write(&response, &payload);
	send_message(worker, JOB_MSG_DONE, &payload);
	job_response_clear(&response);
}

static void
send_failed(struct worker *worker, uint64_t id)
{
	AUTO_BUF struct buf payload = BUF_EMPTY;
	struct job_response response = {
		.status = 503, .fresh_s = -1, .retry_after_s = 60
	};

	wire_add_u64(&payload, id);
	wire_add_u8(&payload, JOB_FAILED_HTTP);
	wire_add_text(&payload, "503 Service Unavailable");
	job_response_write(&response, &payload);
	send_message(worker, JOB_MSG_FAILED, &payload);
}

/* -- tasks -- */

static void
end_task(struct task *task)
{
	job_free(task->job);
	*task = (struct task){ 0 };
}

/* As many entries as the daemon takes, then the end. */
static void
go_on(struct worker *worker, struct task *task)
{
	char title[64];

	while (task->sent < task->to_send) {
		if (!channel_can_send(worker->channel))
			return;
		(void)snprintf(title, sizeof(title), "Entry %zu", task->sent);
		send_entry(worker, task, title);
		task->sent++;
	}
	if (task->is_headed)
		send_head(worker, task->job->id);
	send_done(worker, task->job->id, false);
	end_task(task);
}

static void
send_one(struct worker *worker, struct task *task, const char *title)
{
	send_entry(worker, task, title);
	send_done(worker, task->job->id, false);
	end_task(task);
}

static void
announce(struct worker *worker, const struct task *task, enum job_phase phase)
{
	atomic_store(&worker->board->job, task->job->id);
	atomic_store(&worker->board->chunk, 3);
	atomic_store(&worker->board->phase, phase);
}

static void __attribute__((noreturn)) die(void)
{
	(void)signal(SIGSEGV, SIG_DFL); /* a sanitizer would write a report */
	(void)raise(SIGSEGV);
	_exit(1);
}

/* -- what a URL may ask for -- */

static void
do_ok(struct worker *worker, struct task *task, const char *rest)
{
	task->is_headed = true;
	task->to_send = strtoul(rest, NULL, 10);
	go_on(worker, task);
}

static void
do_flood(struct worker *worker, struct task *task, const char *rest)
{
	task->entry_bytes = FLOOD_ENTRY_BYTES;
	task->to_send = strtoul(rest, NULL, 10);
	go_on(worker, task);
}

static void
do_unchanged(struct worker *worker, struct task *task, const char *rest)
{
	send_done(worker, task->job->id, true);
	end_task(task);
}

static void
do_fail(struct worker *worker, struct task *task, const char *rest)
{
	send_failed(worker, task->job->id);
	end_task(task);
}

static void
do_die(struct worker *worker, struct task *task, const char *rest)
{
	die();
}

static void
do_segfault(struct worker *worker, struct task *task, const char *rest)
{
	announce(worker, task, JOB_PHASE_PARSE);
	die();
}

static void
do_exit(struct worker *worker, struct task *task, const char *rest)
{
	announce(worker, task, JOB_PHASE_CONVERT);
	_exit(3);
}

static void
do_hang(struct worker *worker, struct task *task, const char *rest)
{
	announce(worker, task, JOB_PHASE_FINISH);
	channel_flush(worker->channel); /* what was said before is said */
	for (;;)
		(void)pause();
}

/* Says nothing; the others get their answers. */
static void
do_silence(struct worker *worker, struct task *task, const char *rest)
{
}

static void
do_garbage(struct worker *worker, struct task *task, const char *rest)
{
	static const char garbage[] = "GET / HTTP/1.1\r\nHost: example.org\r\n\r\n";

	if (write(JOB_CHANNEL_FD, garbage, sizeof(garbage)) < 0)
		_exit(1);
}

static void
do_stranger(struct worker *worker, struct task *task, const char *rest)
{
	send_done(worker, task->job->id + 1000, false);
}

static void
do_short(struct worker *worker, struct task *task, const char *rest)
{
	AUTO_BUF struct buf payload = BUF_EMPTY;

	wire_add_u64(&payload, task->job->id);
	wire_add_u32(&payload, 1000); /* bytes that do not follow */
	send_message(worker, JOB_MSG_ENTRY, &payload);
}

static void
do_two_heads(struct worker *worker, struct task *task, const char *rest)
{
	send_head(worker, task->job->id);
	send_head(worker, task->job->id);
}

static void
do_late_entry(struct worker *worker, struct task *task, const char *rest)
{
	send_head(worker, task->job->id);
	send_entry(worker, task, "Entry");
}

static void
do_entries_unmodified(struct worker *worker, struct task *task, const char *rest)
{
	send_entry(worker, task, "Entry");
	send_done(worker, task->job->id, true);
}

/* Dies the first time it is asked, when the file REST is not there. */
static void
do_once(struct worker *worker, struct task *task, const char *rest)
{
	int fd = open(rest, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);

	if (fd >= 0)
		die();
	do_ok(worker, task, "1");
}

/* Answers when so many are there that ask for this. */
static void
do_crowd(struct worker *worker, struct task *task, const char *rest)
{
	unsigned long crowd = 0;

	task->is_in_crowd = true;
	for (size_t i = 0; i < TASKS_MAX; i++)
		crowd += worker->tasks[i].is_in_crowd;
	for (size_t i = 0; crowd >= strtoul(rest, NULL, 10) && i < TASKS_MAX; i++)
		if (worker->tasks[i].is_in_crowd)
			send_one(worker, &worker->tasks[i], "crowd");
}

static void
do_files(struct worker *worker, struct task *task, const char *rest)
{
	send_one(worker, task, worker->files);
}

static void
do_etag(struct worker *worker, struct task *task, const char *rest)
{
	send_one(worker, task, task->job->etag != NULL ? task->job->etag : "none");
}

static void
do_agent(struct worker *worker, struct task *task, const char *rest)
{
	send_one(worker, task, task->job->user_agent);
}

static void
do_count(struct worker *worker, struct task *task, const char *rest)
{
	task->is_reading = true;
}

static void
do_read_and_die(struct worker *worker, struct task *task, const char *rest)
{
	announce(worker, task, JOB_PHASE_PARSE);
	task->is_reading = true;
}

static const struct trick {
	const char *name;
	void (*run)(struct worker *worker, struct task *task, const char *rest);
} tricks[] = {
	{ "ok", do_ok },
	{ "flood", do_flood },
	{ "unchanged", do_unchanged },
	{ "fail", do_fail },
	{ "die", do_die },
	{ "segfault", do_segfault },
	{ "exit", do_exit },
	{ "hang", do_hang },
	{ "silence", do_silence },
	{ "garbage", do_garbage },
	{ "stranger", do_stranger },
	{ "short", do_short },
	{ "two-heads", do_two_heads },
	{ "late-entry", do_late_entry },
	{ "entries-unmodified", do_entries_unmodified },
	{ "once", do_once },
	{ "crowd", do_crowd },
	{ "files", do_files },
	{ "etag", do_etag },
	{ "agent", do_agent },
	{ "count", do_count },
	{ "read-and-die", do_read_and_die },
};

static void
run_task(struct worker *worker, struct task *task)
{
	const char *what = strchr(task->job->url + strlen("https://"), '/') + 1;
	size_t len = strcspn(what, "/");
	const char *rest = what[len] == '/' ? what + len + 1 : "";

	for (size_t i = 0; i < sizeof(tricks) / sizeof(tricks[0]); i++) {
		if (strlen(tricks[i].name) == len &&
		    strncmp(tricks[i].name, what, len) == 0) {
			tricks[i].run(worker, task, rest);
			return;
		}
	}
	_exit(2);
}

/* -- messages -- */

static struct task *
find_task(struct worker *worker, uint64_t id)
{
	for (size_t i = 0; i < TASKS_MAX; i++) {
		const struct job *job = worker->tasks[i].job;

		if (job == NULL ? id == 0 : job->id == id)
			return &worker->tasks[i];
	}
	_exit(4);
}

/* One that is over has had its say. */
static void
cancel(struct worker *worker, uint64_t id)
{
	for (size_t i = 0; i < TASKS_MAX; i++) {
		struct task *task = &worker->tasks[i];

		if (task->job == NULL || task->job->id != id)
			continue;
		send_failed(worker, id);
		end_task(task);
	}
}

static bool
take_body(struct task *task, struct wire_reader *in, struct error *err)
{
	const void *bytes;
	size_t len;

	if (!wire_read_bytes(in, &bytes, &len, JOB_BODY_CHUNK_BYTES) || !wire_read_end(in))
		return error_set(err, ERROR_FORMAT, "fake", "a body cut short");
	task->body_bytes += len;
	return true;
}

static void
end_body(struct worker *worker, struct task *task)
{
	char title[64];

	if (!task->is_reading)
		return;
	if (atomic_load(&worker->board->phase) != JOB_PHASE_IDLE)
		die();
	(void)snprintf(title, sizeof(title), "%zu bytes", task->body_bytes);
	send_one(worker, task, title);
}

static bool
on_message(void *ctx, uint16_t type, struct wire_reader *in, struct error *err)
{
	struct worker *worker = ctx;
	struct task *task;
	uint64_t id;

	if (type == JOB_MSG_JOB) {
		task = find_task(worker, 0);
		if (!job_read(in, &task->job, err))
			return false;
		run_task(worker, task);
		return true;
	}
	if (!wire_read_u64(in, &id))
		return error_set(err, ERROR_FORMAT, "fake", "a message cut short");
	if (type == JOB_MSG_CANCEL) {
		cancel(worker, id);
		return true;
	}
	task = find_task(worker, id);
	if (type == JOB_MSG_BODY) {
		channel_grant(worker->channel, 1);
		return take_body(task, in, err);
	}
	end_body(worker, task);
	return true;
}

static void
on_room(void *ctx)
{
	struct worker *worker = ctx;

	for (size_t i = 0; i < TASKS_MAX; i++) {
		struct task *task = &worker->tasks[i];

		if (task->job != NULL && task->sent < task->to_send)
			go_on(worker, task);
	}
}

static void
on_closed(void *ctx, const struct error *why)
{
	_exit(0);
}

/* Their numbers, and what standard input is. */
static void
list_files(char *text, size_t size)
{
	char link[64];
	ssize_t len = readlink("/proc/self/fd/0", link, sizeof(link) - 1);
	DIR *dir = opendir("/proc/self/fd");
	size_t used = 0;

	for (int fd = 0; dir != NULL && fd < 64; fd++)
		if (fd != dirfd(dir) && fcntl(fd, F_GETFD) >= 0)
			used += (size_t)snprintf(text + used, size - used, "%d ", fd);
	(void)snprintf(text + used, size - used, "%.*s", len > 0 ? (int)len : 0, link);
	if (dir != NULL)
		(void)closedir(dir);
}

int
main(void)
{
	static const struct channel_events events = {
		.on_message = on_message, .on_room = on_room, .on_closed = on_closed
	};
	static struct worker worker;

	list_files(worker.files, sizeof(worker.files));
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves none behind */
	(void)signal(SIGPIPE, SIG_IGN);
	worker.board = mmap(NULL, sizeof(struct job_board), PROT_READ | PROT_WRITE,
	    MAP_SHARED, JOB_BOARD_FD, 0);
	worker.base = event_base_new();
	if (worker.board == MAP_FAILED || worker.base == NULL)
		return 1;
	worker.channel = channel_open(
	    worker.base, JOB_CHANNEL_FD, &job_protocol_worker, &events, &worker);
	return event_base_dispatch(worker.base) < 0;
}
