/*
 * All settings of one run, read and checked together: the main file, its drop-ins, the
 * packs.
 */
#ifndef WATCH_SETTINGS_H
#define WATCH_SETTINGS_H

#include <stdbool.h>

#include "alerts/alerts.h"
#include "base/mem.h"
#include "feeds/feeds.h"
#include "rules/rules.h"
#include "watch/retention.h"

struct conf;

struct settings {
	struct conf *conf; /* owned: the texts and places of everything below */
	struct list packs;
	struct polling polling;
	struct feed_set feeds;
	struct ruleset *rules;
	struct alert_settings alerts;
	struct retention_settings retention;
};

struct settings *settings_new(void);
void settings_free(struct settings *settings);
MEM_AUTO(settings, settings_free);

/**
 * Read a configuration: `path` (NULL or missing where is_optional: the defaults), `path`.d/
 * *.yaml, feeds.d/ and rules.d/ beside it, and the packs from the folder of packaged data
 * (a file of the same name below feeds/ or rules/ beside path masks it).
 *
 * Mistakes are in settings->conf. @return false when there is any
 */
bool settings_read(struct settings *settings, const char *path, bool is_optional);
/** Read single files: whatever of feeds:, stories:, sets:, define:, rules: they hold. */
bool settings_read_files(struct settings *settings, char *const *paths, int count);
/** Read the default pack alone. */
bool settings_read_pack(struct settings *settings, const char *name);

#endif
