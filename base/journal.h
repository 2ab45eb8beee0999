/*
 * systemd's journal, by its native protocol: fields with values of any bytes.
 *
 * libsystemd's call would wait when journald hangs; this one never waits.
 */
#ifndef BASE_JOURNAL_H
#define BASE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct error;

#define JOURNAL_SOCKET "/run/systemd/journal/socket"

/** Append a field. Names are capital letters, digits and _. */
void journal_add(struct buf *entry, const char *name, const char *value, size_t len);

enum journal_sent {
	JOURNAL_SENT,
	JOURNAL_ABSENT, /* there is no journal on this machine */
	JOURNAL_FAILED, /* err says why; it may work later */
};

/** Send an entry made of fields. */
enum journal_sent journal_send(
    const char *socket_path, const struct buf *entry, struct error *err);

#endif
