/*
 * A store in a folder of its own, for the tests of base/db: one table of notes.
 */
#ifndef TESTS_SHELF_H
#define TESTS_SHELF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/db.h"
#include "base/error.h"

struct shelf {
	char folder[64];
	char path[96];
	struct clock *clock; /* virtual, begins at 1000 */
	struct db *db;
	int lost; /* groups */
	struct error why;
};

/** The tables "note" and "page", with one step. */
extern const struct db_schema *const shelf_schemas[];

/** For cmocka: *state is a shelf, open. */
int shelf_set_up(void **state);
int shelf_tear_down(void **state);
#define SHELF(test) cmocka_unit_test_setup_teardown(test, shelf_set_up, shelf_tear_down)

/** Each of these fails the test when it fails. */
void shelf_open(struct shelf *shelf);
void shelf_begin(struct shelf *shelf);
void shelf_add(struct shelf *shelf, const char *text);
void shelf_commit(struct shelf *shelf, enum db_when when);
/** A whole transaction with one note. */
void shelf_add_alone(struct shelf *shelf, const char *text, enum db_when when);
int64_t shelf_count(struct db *db);
bool shelf_has(struct shelf *shelf, const char *text);
/** What another connection sees: what has been committed. */
int64_t shelf_count_outside(struct shelf *shelf);

#endif
