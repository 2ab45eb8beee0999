/*
 * libsystemd where it is there. What cannot be sent is not worth stopping for: systemd
 * notices silence by itself.
 */
#include "base/notify.h"

#ifdef HAVE_SYSTEMD

#include <stddef.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>

void
notify_send(const char *lines)
{
	(void)sd_notify(0, lines);
}

uint64_t
notify_watchdog_us(void)
{
	uint64_t us = 0;

	return sd_watchdog_enabled(0, &us) > 0 ? us : 0;
}

int
notify_listen_fd(void)
{
	int count = sd_listen_fds(1);

	for (int fd = SD_LISTEN_FDS_START; fd < SD_LISTEN_FDS_START + count; fd++) {
		if (sd_is_socket_unix(fd, SOCK_STREAM, 1, NULL, 0) > 0)
			return fd;
	}
	return -1;
}

#else

void
notify_send(const char *lines)
{
}

uint64_t
notify_watchdog_us(void)
{
	return 0;
}

int
notify_listen_fd(void)
{
	return -1;
}

#endif
