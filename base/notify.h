/*
 * What a service says to systemd, and what it is given by it. Without libsystemd, and when
 * not started by systemd, all of it is nothing at all.
 */
#ifndef BASE_NOTIFY_H
#define BASE_NOTIFY_H

#include <stdint.h>

/** Send lines as sd_notify(3) has them: "READY=1\nSTATUS=12 sources". */
void notify_send(const char *lines);
/** @return how often systemd wants to hear from us, in microseconds; 0: not at all */
uint64_t notify_watchdog_us(void);
/**
 * The listening stream socket that was handed over (sd_listen_fds(3)); it still blocks. To
 * be called once: the variables that announced it are removed.
 *
 * @return -1 when there is none
 */
int notify_listen_fd(void);

#endif
