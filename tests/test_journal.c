/*
 * The journal's native protocol, against a socket that plays the journal.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/journal.h"
#include "base/mem.h"

#define LARGE_BYTES ((size_t)4 << 20) /* no datagram takes it */

struct journal {
	char folder[64];
	char *path;
	int fd;
};

static int
set_up(void **state)
{
	struct journal *journal = mem_zalloc(sizeof(*journal));
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	(void)snprintf(
	    journal->folder, sizeof(journal->folder), "/tmp/dealwatch-test.XXXXXX");
	assert_non_null(mkdtemp(journal->folder));
	journal->path = mem_printf("%s/socket", journal->folder);
	memcpy(address.sun_path, journal->path, strlen(journal->path));
	journal->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(
	    bind(journal->fd, (struct sockaddr *)&address, sizeof(address)), 0);
	*state = journal;
	return 0;
}

static int
tear_down(void **state)
{
	struct journal *journal = *state;

	(void)close(journal->fd);
	(void)unlink(journal->path);
	assert_int_equal(rmdir(journal->folder), 0);
	free(journal->path);
	free(journal);
	return 0;
}

static void
check_fields(void **state)
{
	static const char wanted[] = "MESSAGE=one line\n"
				     "TEXT\n\x09\0\0\0\0\0\0\0two\nlines\n"
				     "EMPTY=\n";
	struct journal *journal = *state;
	AUTO_BUF struct buf entry = BUF_EMPTY;
	struct error err = { 0 };
	char got[256];

	journal_add(&entry, "MESSAGE", "one line", 8);
	journal_add(&entry, "TEXT", "two\nlines", 9);
	journal_add(&entry, "EMPTY", "", 0);
	assert_int_equal(journal_send(journal->path, &entry, &err), JOURNAL_SENT);
	assert_int_equal(
	    recv(journal->fd, got, sizeof(got), MSG_DONTWAIT), sizeof(wanted) - 1);
	assert_memory_equal(got, wanted, sizeof(wanted) - 1);
}

/* @return the file that came */
static int
receive_file(int fd)
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	char byte;
	struct iovec part = { &byte, 1 };
	struct msghdr message = { .msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes) };
	int file;

	assert_int_equal(recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC), 0);
	assert_int_equal(control.head.cmsg_type, SCM_RIGHTS);
	memcpy(&file, CMSG_DATA(&control.head), sizeof(file));
	return file;
}

static void
check_large(void **state)
{
	struct journal *journal = *state;
	AUTO_FREE char *value = mem_zalloc(LARGE_BYTES);
	AUTO_FREE char *got = NULL;
	AUTO_BUF struct buf entry = BUF_EMPTY;
	struct error err = { 0 };
	int file;

	memset(value, 'x', LARGE_BYTES);
	journal_add(&entry, "MESSAGE", value, LARGE_BYTES);
	assert_int_equal(journal_send(journal->path, &entry, &err), JOURNAL_SENT);
	file = receive_file(journal->fd);
	assert_int_equal(fcntl(file, F_GET_SEALS),
	    F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
	got = mem_zalloc(entry.len + 1);
	assert_int_equal(pread(file, got, entry.len + 1, 0), entry.len);
	assert_memory_equal(got, entry.data, entry.len);
	(void)close(file);
}

/* A journal that hangs is no reason to wait. */
static void
check_full(void **state)
{
	struct journal *journal = *state;
	AUTO_BUF struct buf entry = BUF_EMPTY;
	struct error err = { 0 };
	enum journal_sent sent = JOURNAL_SENT;

	journal_add(&entry, "MESSAGE", "again", 5);
	for (int i = 0; i < 100000 && sent == JOURNAL_SENT; i++)
		sent = journal_send(journal->path, &entry, &err);
	assert_int_equal(sent, JOURNAL_FAILED);
	assert_non_null(strstr(err.text, "journal: cannot be written"));
}

static void
check_absent(void **state)
{
	struct journal *journal = *state;
	AUTO_FREE char *nowhere = mem_printf("%s/nowhere", journal->folder);
	AUTO_BUF struct buf entry = BUF_EMPTY;
	struct error err = { 0 };

	journal_add(&entry, "MESSAGE", "x", 1);
	assert_int_equal(journal_send(nowhere, &entry, &err), JOURNAL_ABSENT);
	assert_int_equal(close(journal->fd), 0);
	journal->fd = -1;
	/* a socket that nobody listens at */
	assert_int_equal(journal_send(journal->path, &entry, &err), JOURNAL_ABSENT);
	assert_string_equal(err.text, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(check_fields, set_up, tear_down),
		cmocka_unit_test_setup_teardown(check_large, set_up, tear_down),
		cmocka_unit_test_setup_teardown(check_full, set_up, tear_down),
		cmocka_unit_test_setup_teardown(check_absent, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
