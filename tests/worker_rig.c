/*
 * The worker and a server on one event loop. All waiting is for events, with a deadline.
 */
#include "tests/worker_rig.h"

#include <assert.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/error.h"
#include "base/wire.h"

/* -- the server: one request a connection -- */

/* The place of a stream, or of none: a free one. */
static struct bufferevent **
find_stream(struct rig *rig, const struct bufferevent *stream)
{
	size_t i = 0;

	while (i < RIG_STREAMS_MAX && rig->streams[i] != stream)
		i++;
	assert(i < RIG_STREAMS_MAX);
	return &rig->streams[i];
}

static void
end_stream(struct rig *rig, struct bufferevent *stream)
{
	*find_stream(rig, stream) = NULL;
	bufferevent_free(stream);
}

static void
on_written(struct bufferevent *stream, void *arg)
{
	if (evbuffer_get_length(bufferevent_get_output(stream)) == 0)
		end_stream(arg, stream);
}

static void
on_gone(struct bufferevent *stream, short what, void *arg)
{
	end_stream(arg, stream);
}

static struct rig_answer *
find_answer(struct rig *rig, const char *head)
{
	for (size_t i = 0; i < rig->answer_count; i++) {
		struct rig_answer *answer = &rig->answers[i];
		size_t len = strlen(answer->path);

		if (strncmp(head, "GET ", 4) == 0 &&
		    strncmp(head + 4, answer->path, len) == 0 && head[4 + len] == ' ')
			return answer;
	}
	return NULL;
}

static void
on_request(struct bufferevent *stream, void *arg)
{
	struct rig *rig = arg;
	struct evbuffer *input = bufferevent_get_input(stream);
	struct evbuffer_ptr end = evbuffer_search(input, "\r\n\r\n", 4, NULL);
	AUTO_BUF struct buf head = BUF_EMPTY;
	struct rig_answer *answer;
	size_t len = evbuffer_get_length(input);

	if (end.pos < 0)
		return;
	evbuffer_remove(input, buf_reserve(&head, len), len);
	head.len = len;
	list_add(&rig->requests, head.data);
	answer = find_answer(rig, head.data);
	if (answer == NULL) {
		end_stream(rig, stream);
		return;
	}
	if (!answer->hangs)
		bufferevent_setcb(stream, NULL, on_written, on_gone, rig);
	bufferevent_write(stream, buf_text(&answer->bytes), answer->bytes.len);
}

static void
on_connection(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address,
    int len, void *arg)
{
	struct rig *rig = arg;
	struct bufferevent *stream =
	    bufferevent_socket_new(rig->base, fd, BEV_OPT_CLOSE_ON_FREE);

	*find_stream(rig, NULL) = stream;
	bufferevent_setcb(stream, on_request, NULL, on_gone, rig);
	bufferevent_enable(stream, EV_READ | EV_WRITE);
}

static void
open_server(struct rig *rig)
{
	struct sockaddr_in here = { .sin_family = AF_INET };
	socklen_t len = sizeof(here);

	here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	rig->listener = evconnlistener_new_bind(rig->base, on_connection, rig,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, -1, (struct sockaddr *)&here,
	    sizeof(here));
	assert(rig->listener != NULL);
	getsockname(evconnlistener_get_fd(rig->listener), (struct sockaddr *)&here, &len);
	rig->port = ntohs(here.sin_port);
}

static struct rig_answer *
new_answer(struct rig *rig, const char *path)
{
	struct rig_answer *answer = &rig->answers[rig->answer_count++];

	assert(rig->answer_count <= RIG_PATHS_MAX);
	*answer = (struct rig_answer){ .path = path };
	return answer;
}

void
rig_serve(struct rig *rig, const char *path, const char *head, const void *body, size_t len)
{
	struct rig_answer *answer = new_answer(rig, path);

	for (; *head != '\0'; head++) {
		if (*head == '\n')
			buf_add_char(&answer->bytes, '\r');
		buf_add_char(&answer->bytes, *head);
	}
	buf_add_text(&answer->bytes, "\r\n");
	buf_add(&answer->bytes, body, len);
}

void
rig_hang(struct rig *rig, const char *path)
{
	new_answer(rig, path)->hangs = true;
}

/* -- the worker's messages -- */

static void
take_entry(struct rig *rig, struct wire_reader *in, struct error *err)
{
	AUTO(entry) entry = NULL;

	if (!entry_read(in, &entry, err))
		return;
	list_add(&rig->titles, entry->title);
	if (rig->holds_credit)
		rig->held++;
	else
		channel_grant(rig->channel, 1);
}

static void
take_failed(struct rig *rig, struct wire_reader *in)
{
	uint8_t failure = 0;

	assert(wire_read_u8(in, &failure));
	assert(wire_read_text(in, &rig->text, 4096));
	rig->failure = (enum job_failure)failure;
	rig->is_failed = true;
	rig->is_done = true;
}

static bool
on_message(void *ctx, uint16_t type, struct wire_reader *in, struct error *err)
{
	struct rig *rig = ctx;
	uint64_t id = 0;

	if (!wire_read_u64(in, &id))
		return error_set(err, ERROR_FORMAT, "rig", "a message without a job");
	if (type == JOB_MSG_HEAD && !feed_head_read(in, &rig->head, err))
		return false;
	if (type == JOB_MSG_ENTRY)
		take_entry(rig, in, err);
	if (type == JOB_MSG_FAILED)
		take_failed(rig, in);
	if ((type == JOB_MSG_DONE || type == JOB_MSG_FAILED) &&
	    !job_response_read(in, &rig->response, err))
		return false;
	rig->is_done |= type == JOB_MSG_DONE;
	if (err->text[0] == '\0' && !wire_read_end(in))
		return error_set(err, ERROR_FORMAT, "rig", "a message with a rest");
	if (rig->is_done || (rig->holds_credit && rig->held == CHANNEL_CREDIT))
		event_base_loopbreak(rig->base);
	return err->text[0] == '\0';
}

static void
on_closed(void *ctx, const struct error *why)
{
	struct rig *rig = ctx;

	rig->is_closed = true;
	event_base_loopbreak(rig->base);
}

static const struct channel_events events = { .on_message = on_message,
	.on_closed = on_closed };

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct rig *rig = arg;

	rig->is_late = true;
	event_base_loopbreak(rig->base);
}

static void
exec_worker(int channel_fd, int board_fd, int port)
{
	const char *folder = getenv("top_builddir");
	char path[4096], port_text[16];

	(void)snprintf(
	    path, sizeof(path), "%s/dealwatch-feeds", folder != NULL ? folder : ".");
	if (dup2(channel_fd, JOB_CHANNEL_FD) < 0 || dup2(board_fd, JOB_BOARD_FD) < 0)
		_exit(126);
	(void)snprintf(port_text, sizeof(port_text), "%d", port);
	execl(path, "dealwatch-feeds", RIG_PORT_NOBODYS, port_text, (char *)NULL);
	perror(path);
	_exit(127);
}

static int
above(int fd)
{
	int moved = fcntl(fd, F_DUPFD_CLOEXEC, 32); /* out of the way of 3 and 4 */

	close(fd);
	return moved;
}

static void
open_worker(struct rig *rig)
{
	int ends[2], board = above(memfd_create("board", MFD_CLOEXEC));

	assert(ftruncate(board, sizeof(struct job_board)) == 0);
	rig->board = mmap(NULL, sizeof(struct job_board), PROT_READ, MAP_SHARED, board, 0);
	assert(rig->board != MAP_FAILED);
	assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
	ends[0] = above(ends[0]);
	ends[1] = above(ends[1]);
	rig->pid = fork();
	if (rig->pid == 0)
		exec_worker(ends[1], board, rig->port);
	close(ends[1]);
	close(board);
	rig->channel = channel_open(rig->base, ends[0], &job_protocol_daemon, &events, rig);
}

void
rig_open(struct rig *rig)
{
	*rig = (struct rig){ .base = event_base_new() };
	(void)signal(SIGPIPE, SIG_IGN);
	rig->deadline = evtimer_new(rig->base, on_deadline, rig);
	open_server(rig);
	open_worker(rig);
}

static void
forget_answer(struct rig *rig)
{
	rig->is_done = rig->is_failed = false;
	free(rig->text);
	rig->text = NULL;
	job_response_clear(&rig->response);
	feed_head_clear(&rig->head);
	list_clear(&rig->titles);
}

void
rig_close(struct rig *rig)
{
	channel_close(rig->channel);
	evconnlistener_free(rig->listener);
	for (size_t i = 0; i < RIG_STREAMS_MAX; i++)
		if (rig->streams[i] !=
		    NULL) /* the worker had its answer before we saw it */
			bufferevent_free(rig->streams[i]);
	event_free(rig->deadline);
	event_base_free(rig->base); /* only now the channel's socket is closed */
	if (rig->pid > 0)
		(void)waitpid(rig->pid, NULL, 0);
	munmap(rig->board, sizeof(struct job_board));
	for (size_t i = 0; i < rig->answer_count; i++)
		buf_clear(&rig->answers[i].bytes);
	list_clear(&rig->requests);
	forget_answer(rig);
}

/* -- running -- */

struct job *
rig_job(const struct rig *rig, const char *path)
{
	struct job *job = mem_zalloc(sizeof(*job));

	job->id = 1;
	job->kind = JOB_FETCH;
	job->feed = mem_strdup("test");
	job->url = mem_printf("http://127.0.0.1:%d%s", rig->port, path);
	job->user_agent = mem_strdup("dealwatch/test");
	job->is_private = true;
	job->deadline_ms = 10000;
	job->body_max_bytes = 1 << 20;
	job->entries_max = JOB_ENTRIES_MAX;
	job->now_ms = 1763800000000;
	return job;
}

static void
loop(struct rig *rig)
{
	struct timeval wait = { RIG_DEADLINE_S, 0 };

	event_add(rig->deadline, &wait);
	event_base_dispatch(rig->base);
	event_del(rig->deadline);
	assert(!rig->is_late);
}

static void
send_body(struct rig *rig, const struct job *job, const char *body, size_t len)
{
	AUTO_BUF struct buf end = BUF_EMPTY;

	for (size_t at = 0; at < len; at += 4096) {
		AUTO_BUF struct buf message = BUF_EMPTY;

		wire_add_u64(&message, job->id);
		wire_add_bytes(&message, body + at, len - at < 4096 ? len - at : 4096);
		assert(channel_can_send(rig->channel));
		channel_send(rig->channel, JOB_MSG_BODY, true, &message);
	}
	wire_add_u64(&end, job->id);
	channel_send(rig->channel, JOB_MSG_BODY_END, false, &end);
}

void
rig_run(struct rig *rig, const struct job *job, const void *body, size_t len)
{
	AUTO_BUF struct buf message = BUF_EMPTY;

	forget_answer(rig);
	job_write(job, &message);
	channel_send(rig->channel, JOB_MSG_JOB, false, &message);
	if (job->kind != JOB_FETCH)
		send_body(rig, job, body, len);
	loop(rig);
	while (rig->held > 0 && !rig->is_done && !rig->is_closed) {
		uint32_t held = rig->held;

		rig->held = 0;
		channel_grant(rig->channel, held);
		loop(rig);
	}
}

void
rig_fetch(struct rig *rig, const char *path)
{
	AUTO(job) job = rig_job(rig, path);

	rig_run(rig, job, NULL, 0);
}

int
rig_wait(struct rig *rig)
{
	int status = 0;

	while (!rig->is_closed)
		loop(rig);
	assert(waitpid(rig->pid, &status, 0) == rig->pid);
	rig->pid = 0;
	return status;
}
