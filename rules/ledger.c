/*
 * Packing the rows. Rules go by their ids: numbers change with the files.
 */
#include "rules/ledger.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/db.h"
#include "base/wire.h"

#define LEDGER_TEXT_MAX_BYTES 4096

static bool
read_row(struct wire_reader *in, struct list *rules)
{
	uint32_t count = 0;

	if (!wire_read_u32(in, &count))
		return false;
	for (uint32_t i = 0; i < count; i++) {
		AUTO_FREE char *id = NULL;
		AUTO_FREE char *clause = NULL;
		bool is_true;

		if (!wire_read_text(in, &id, LEDGER_TEXT_MAX_BYTES) || id == NULL ||
		    !wire_read_bool(in, &is_true) ||
		    !wire_read_text(in, &clause, LEDGER_TEXT_MAX_BYTES))
			return false;
		if (is_true)
			list_add(rules, id);
	}
	return wire_read_end(in);
}

bool
ledger_read_true(struct db *db, int64_t entry, struct list *rules, struct error *err)
{
	AUTO(db_query)
	query = db_query(db, "SELECT row FROM ledger WHERE entry = ?", "i", entry);
	struct wire_reader in;
	const void *row;
	size_t len;

	if (!db_step(query, err))
		return err->text[0] == '\0';
	if (db_is_null(query, 0))
		return true;
	row = db_blob(query, 0, &len);
	wire_reader_init(&in, row, len);
	if (!read_row(&in, rules))
		return error_set(err, ERROR_FORMAT, "ledger",
		    "the row of entry %lld is damaged", (long long)entry);
	return true;
}

static void
pack_row(struct buf *out, const struct ruleset *rules, const struct judgement *judgement)
{
	wire_add_u32(out, (uint32_t)judgement->count);
	for (size_t i = 0; i < judgement->count; i++) {
		const struct verdict *verdict = &judgement->items[i];

		wire_add_text(out, ruleset_rule_id(rules, verdict->rule));
		wire_add_bool(out, verdict->is_true);
		wire_add_text(out, verdict->clause);
	}
}

bool
ledger_write(struct db *db, const struct ruleset *rules, const struct stored_entry *stored,
    const struct judgement *judgement, struct error *err)
{
	AUTO_BUF struct buf row = BUF_EMPTY;
	/* as an integer: half the size of its digits */
	int64_t version = (int64_t)strtoull(ruleset_version(rules), NULL, 16);

	if (judgement->count > 0)
		pack_row(&row, rules, judgement);
	return db_exec(db, err,
	    "INSERT INTO ledger (entry, version, row) VALUES (?, ?, ?) ON CONFLICT (entry) "
	    "DO UPDATE SET version = excluded.version, row = excluded.row",
	    "iib", stored->id, version, row.data, row.len);
}

bool
rules_was_matched(struct db *db, int64_t entry, bool *is_matched, struct error *err)
{
	struct list rules = { 0 };
	bool ok = ledger_read_true(db, entry, &rules, err);

	*is_matched = rules.count > 0;
	list_clear(&rules);
	return ok;
}

bool
rules_forget(struct db *db, int64_t entry, struct error *err)
{
	return db_exec(db, err, "DELETE FROM ledger WHERE entry = ?", "i", entry);
}
