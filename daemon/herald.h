/*
 * What systemd is told of us: ready, reloading, alive, stopping, and in one line how things
 * stand (systemctl status shows it).
 */
#ifndef DAEMON_HERALD_H
#define DAEMON_HERALD_H

#include <stdbool.h>

#include "base/mem.h"

struct clock;
struct herald;
struct watch;

/** @param watch  borrowed for life */
struct herald *herald_new(struct clock *clock, struct watch *watch);
void herald_free(struct herald *herald);
MEM_AUTO(herald, herald_free);

/** We work from now on; the watchdog is fed while the pipeline gets on. */
void herald_ready(struct herald *herald);
void herald_reload_begins(void);
/** @param is_refused  the old configuration stays in force */
void herald_reload_ends(struct herald *herald, bool is_refused);
void herald_stopping(void);
/** Something happened: how things stand is told anew, soon and once for many. */
void herald_changed(struct herald *herald);

#endif
