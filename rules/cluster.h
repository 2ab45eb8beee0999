/*
 * Clusters: entries that are the same text, by canonical link or folded title.
 *
 * A cluster is open until CLUSTER_OPEN_S after its last member, and never opens again.
 */
#ifndef RULES_CLUSTER_H
#define RULES_CLUSTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "feeds/entry.h"

struct db;

#define CLUSTER_OPEN_S (INT64_C(72) * 3600)

struct cluster {
	int64_t id;
	char *name; /* owned: the first entry's canonical link, or "entry:DIGEST" */
};

/** Find the open cluster of an entry, or begin one; the entry is its last member now. */
bool cluster_join(struct db *db, const struct stored_entry *stored, struct cluster *cluster,
    struct error *err);
void cluster_clear(struct cluster *cluster);
/** @param episode  out: of the alert of this rule in this cluster; 0: none was told */
bool cluster_told(struct db *db, const struct cluster *cluster, const char *rule,
    int64_t *episode, struct error *err);
/** Note that a rule is told in this cluster. */
bool cluster_tell(struct db *db, const struct cluster *cluster, const char *rule,
    int64_t episode, struct error *err);
/** Forget clusters that are closed: their alerts and episode numbers stand elsewhere. */
bool cluster_expire(struct db *db, int64_t now_ms, struct error *err);

#endif
