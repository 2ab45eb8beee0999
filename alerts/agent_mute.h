/*
 * What a user of this desktop does not want to hear of for a while. Known to the agent
 * only, and forgotten with it.
 */
#ifndef ALERTS_AGENT_MUTE_H
#define ALERTS_AGENT_MUTE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"
#include "rules/match.h"

struct mutes;

#define MUTE_MS (INT64_C(3600) * 1000)

struct mutes *mutes_new(void);
void mutes_free(struct mutes *mutes);
MEM_AUTO(mutes, mutes_free);

/** Mute a key for an hour, for alerts that are not more severe than this one was. */
void mutes_add(
    struct mutes *mutes, const char *key, enum severity severity, int64_t now_ms);
/** @param key  may be NULL: that is never muted */
bool mutes_has(
    struct mutes *mutes, const char *key, enum severity severity, int64_t now_ms);

#endif
