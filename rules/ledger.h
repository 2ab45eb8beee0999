/*
 * The ledger: for every entry that was judged, one packed row with the rules' version and
 * of each touched rule the verdict and the clause that decided.
 */
#ifndef RULES_LEDGER_H
#define RULES_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/list.h"
#include "rules/rules.h"

struct db;

/** The ids of the rules that were true for an entry; none when it was not judged before. */
bool ledger_read_true(struct db *db, int64_t entry, struct list *rules, struct error *err);
/** Keep the row of an entry, in place of an earlier one. */
bool ledger_write(struct db *db, const struct ruleset *rules,
    const struct stored_entry *stored, const struct judgement *judgement,
    struct error *err);

#endif
