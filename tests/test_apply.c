/*
 * What verdicts come to in the store: clusters, stages, episodes, backfill, the ledger.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/conf.h"
#include "base/db.h"
#include "rules/rules.h"
#include "tests/probe.h"

#define HOUR_MS (3600 * INT64_C(1000))
#define DAY_MS (24 * HOUR_MS)
#define START_MS (1800000000 * INT64_C(1000))

static const char pack[] =
    "stories:\n"
    "  - id: fund\n"
    "    title: The fund\n"
    "    stages: [talks, meeting-set, meeting-held]\n"
    "    unless: podcast\n"
    "rules:\n"
    "  - {id: talks, story: fund, stage: talks, severity: info, when: talks}\n"
    "  - {id: meeting, story: fund, stage: meeting-set, severity: low, when: meet}\n"
    "  - {id: summit, story: fund, stage: meeting-set, severity: high, when: summit}\n"
    "  - {id: held, story: fund, stage: meeting-held, severity: low, when: met}\n"
    "  - {id: off, story: fund, stage: meeting-set, reverses: true, when: cancelled}\n"
    "  - {id: jbic, title: JBIC, topics: [financing], when: JBIC}\n"
    "  - {id: loan, when: loan, unless: opinion}\n";

/* A store, a ruleset, and what the last entry came to. */
struct bench {
	struct db *db;
	struct conf *conf;
	struct ruleset *rules;
	struct outcome outcome;
};

static const struct db_schema *const schemas[] = { &rules_schema, NULL };

static int
set_up(void **state)
{
	struct bench *bench = mem_zalloc(sizeof(*bench));
	struct error err;

	bench->conf = conf_new();
	bench->rules = probe_rules(bench->conf, pack);
	bench->db = db_open(":memory:", schemas, NULL, &err);
	assert_non_null(bench->db);
	*state = bench;
	return 0;
}

static int
tear_down(void **state)
{
	struct bench *bench = *state;

	outcome_clear(&bench->outcome);
	ruleset_free(bench->rules);
	conf_free(bench->conf);
	db_close(bench->db);
	free(bench);
	return 0;
}

/* One entry as it comes. */
struct arrival {
	int64_t id, at_ms;
	const char *title, *link, *feed;
	int64_t age_ms;
	bool is_backfill;
};

/* Judge and apply; bench->outcome is what came of this entry alone. */
static void
arrive(struct bench *bench, const struct arrival *arrival)
{
	struct entry entry = { .title = mem_strdup(arrival->title),
		.link = mem_strdup(arrival->link),
		.published_s = (arrival->at_ms - arrival->age_ms) / 1000 };
	const struct list no_tags = { NULL, 0, 0 };
	const char *feed = arrival->feed == NULL ? "meti" : arrival->feed;
	const struct source source = { feed, feed, true, &no_tags };
	const struct stored_entry stored = { &entry, &source, arrival->id, arrival->at_ms,
		arrival->at_ms, arrival->is_backfill };
	AUTO(judgement) judgement = ruleset_judge(bench->rules, &stored);
	struct error err;

	outcome_clear(&bench->outcome);
	assert_true(db_begin(bench->db, &err));
	assert_true(rules_apply(
	    bench->rules, bench->db, &stored, judgement, &bench->outcome, &err));
	assert_true(db_commit(bench->db, DB_NOW, &err));
	free(entry.title);
	free(entry.link);
}

static void
end_result(struct bench *bench, const char *feed, int64_t now_ms)
{
	struct error err;

	outcome_clear(&bench->outcome);
	assert_true(db_begin(bench->db, &err));
	assert_true(
	    rules_apply_end(bench->rules, bench->db, feed, now_ms, &bench->outcome, &err));
	assert_true(db_commit(bench->db, DB_NOW, &err));
}

/* Exactly one match came of it. */
static void
expect_one(const struct bench *bench, enum match_outcome outcome, const char *subject,
    int64_t episode)
{
	const struct match *match;

	assert_int_equal(bench->outcome.count, 1);
	match = bench->outcome.items[0];
	assert_int_equal(match->outcome, outcome);
	assert_string_equal(match->subject, subject);
	assert_int_equal(match->episode, episode);
}

static void
second_meeting_is_told_again(void **state)
{
	struct bench *bench = *state;

	arrive(bench, &(struct arrival){ 1, START_MS, "They meet", "https://a.example/1" });
	expect_one(bench, MATCH_TOLD, "fund/meeting-set", 1);
	assert_string_equal(bench->outcome.items[0]->transition, "reported");
	assert_string_equal(bench->outcome.items[0]->state, "reported");
	assert_int_equal(bench->outcome.items[0]->count, 1);
	arrive(bench, &(struct arrival){ 2, START_MS + DAY_MS, "To meet soon", NULL });
	expect_one(bench, MATCH_ATTACHED, "fund/meeting-set", 1);
	arrive(bench, &(struct arrival){ 3, START_MS + 31 * DAY_MS, "Again: meet", NULL });
	expect_one(bench, MATCH_TOLD, "fund/meeting-set", 2);
}

static void
known_verdict_is_nothing_new(void **state)
{
	struct bench *bench = *state;

	arrive(bench, &(struct arrival){ 1, START_MS, "They meet", NULL });
	expect_one(bench, MATCH_TOLD, "fund/meeting-set", 1);
	arrive(bench, &(struct arrival){ 1, START_MS + 40 * DAY_MS, "They meet!", NULL });
	assert_int_equal(bench->outcome.count, 0);
}

static void
rewritten_title_is_told_when_it_rises(void **state)
{
	struct bench *bench = *state;
	const char *link = "https://a.example/1";

	arrive(bench, &(struct arrival){ 1, START_MS, "Nothing", link });
	assert_int_equal(bench->outcome.count, 0);
	arrive(bench, &(struct arrival){ 1, START_MS + HOUR_MS, "A JBIC loan", link });
	assert_int_equal(bench->outcome.count, 2);
	assert_string_equal(bench->outcome.items[0]->subject, "jbic/https://a.example/1");
	assert_string_equal(bench->outcome.items[1]->subject, "loan/https://a.example/1");
	arrive(
	    bench, &(struct arrival){ 1, START_MS + 2 * HOUR_MS, "JBIC and a loan", link });
	assert_int_equal(bench->outcome.count, 0);
	/* falls and rises: belongs to what was told */
	arrive(bench,
	    &(struct arrival){ 1, START_MS + 3 * HOUR_MS, "JBIC opinion loan", link });
	assert_int_equal(bench->outcome.count, 0);
	arrive(bench, &(struct arrival){ 1, START_MS + 4 * HOUR_MS, "JBIC loan", link });
	expect_one(bench, MATCH_ATTACHED, "loan/https://a.example/1", 1);
}

static void
cluster_is_told_once(void **state)
{
	struct bench *bench = *state;

	arrive(
	    bench, &(struct arrival){ 1, START_MS, "A JBIC bond", "https://a.example/1" });
	expect_one(bench, MATCH_TOLD, "jbic/https://a.example/1", 1);
	assert_int_equal(bench->outcome.items[0]->kind, MATCH_RULE);
	assert_string_equal(bench->outcome.items[0]->title, "JBIC");
	assert_true(list_has(&bench->outcome.items[0]->topics, "financing"));
	/* the folded title, in another feed; then its link, with another title */
	arrive(bench, &(struct arrival){ 2, START_MS + HOUR_MS, "Ａ JBIC  Bond",
			  "https://b.example/2", "b" });
	expect_one(bench, MATCH_ATTACHED, "jbic/https://a.example/1", 1);
	arrive(bench, &(struct arrival){
			  3, START_MS + 2 * HOUR_MS, "JBIC", "https://b.example/2", "c" });
	expect_one(bench, MATCH_ATTACHED, "jbic/https://a.example/1", 1);
	arrive(bench, &(struct arrival){ 4, START_MS + 2 * HOUR_MS, "JBIC pays", NULL });
	assert_int_equal(bench->outcome.items[0]->outcome, MATCH_TOLD);
	assert_int_equal(strncmp(bench->outcome.items[0]->subject, "jbic/entry:", 11), 0);
}

static void
cluster_closes_after_its_last_member(void **state)
{
	struct bench *bench = *state;
	const char *link = "https://a.example/1";
	int64_t last_ms = START_MS + 144 * HOUR_MS;

	arrive(bench, &(struct arrival){ 1, START_MS, "A JBIC bond", link });
	arrive(bench, &(struct arrival){ 2, START_MS + 72 * HOUR_MS, "A JBIC bond", NULL });
	expect_one(bench, MATCH_ATTACHED, "jbic/https://a.example/1", 1);
	arrive(bench, &(struct arrival){ 3, last_ms, "A JBIC bond", NULL });
	expect_one(bench, MATCH_ATTACHED, "jbic/https://a.example/1", 1);
	/* closed: the same link begins a new cluster of the same name, so a new episode */
	arrive(bench,
	    &(struct arrival){ 4, last_ms + 72 * HOUR_MS + 1000, "JBIC bonds", link });
	expect_one(bench, MATCH_TOLD, "jbic/https://a.example/1", 2);
}

static void
episodes_outlive_clusters(void **state)
{
	struct bench *bench = *state;
	const char *link = "https://a.example/1";
	int64_t clusters = -1;
	struct error err;

	for (int64_t i = 1; i <= 3; i++) {
		int64_t now_ms = START_MS + i * 10 * DAY_MS;

		arrive(bench, &(struct arrival){ i, now_ms, "A JBIC bond", link });
		expect_one(bench, MATCH_TOLD, "jbic/https://a.example/1", i);
		end_result(bench, "meti", now_ms + 4 * DAY_MS);
		assert_int_equal(bench->outcome.count, 0);
	}
	assert_true(db_read_int(bench->db, &err, &clusters, -1,
	    "SELECT (SELECT count(*) FROM cluster) + (SELECT count(*) FROM cluster_key) + "
	    "(SELECT count(*) FROM cluster_told)",
	    ""));
	assert_int_equal(clusters, 0);
}

static void
later_stage_implies_earlier(void **state)
{
	struct bench *bench = *state;
	struct story_status status;
	struct error err;

	arrive(bench, &(struct arrival){ 1, START_MS, "They met", NULL });
	expect_one(bench, MATCH_TOLD, "fund/meeting-held", 1);
	arrive(bench, &(struct arrival){ 2, START_MS + DAY_MS, "They meet", NULL });
	expect_one(bench, MATCH_SILENT, "fund/meeting-set", 1);
	assert_true(rules_story_status(bench->rules, bench->db, 0, &status, &err));
	assert_string_equal(status.stage, "meeting-held");
	assert_true(status.since_ms == START_MS);
}

static void
one_entry_tells_the_furthest_stage(void **state)
{
	struct bench *bench = *state;

	arrive(bench, &(struct arrival){ 1, START_MS, "After talks they met", NULL });
	assert_int_equal(bench->outcome.count, 2);
	assert_string_equal(bench->outcome.items[0]->subject, "fund/meeting-held");
	assert_int_equal(bench->outcome.items[0]->outcome, MATCH_TOLD);
	assert_string_equal(bench->outcome.items[1]->subject, "fund/talks");
	assert_int_equal(bench->outcome.items[1]->outcome, MATCH_SILENT);
}

static void
highest_severity_speaks_for_a_stage(void **state)
{
	struct bench *bench = *state;

	arrive(bench, &(struct arrival){ 1, START_MS, "They meet at a summit", NULL });
	expect_one(bench, MATCH_TOLD, "fund/meeting-set", 1);
	assert_string_equal(bench->outcome.items[0]->rule, "summit");
	assert_int_equal(bench->outcome.items[0]->severity, SEVERITY_HIGH);
}

/* A denial takes its stage back; what it repeats of the report reports nothing. */
static void
reversal_takes_the_stage_back(void **state)
{
	struct bench *bench = *state;

	arrive(bench, &(struct arrival){ 1, START_MS, "The visit is cancelled", NULL });
	expect_one(bench, MATCH_SILENT, "fund/meeting-set", 0);
	arrive(bench, &(struct arrival){ 2, START_MS, "First talks", NULL });
	arrive(bench, &(struct arrival){ 3, START_MS, "They met", NULL });
	expect_one(bench, MATCH_TOLD, "fund/meeting-held", 1);
	arrive(
	    bench, &(struct arrival){ 4, START_MS + HOUR_MS, "To meet: cancelled", NULL });
	expect_one(bench, MATCH_TOLD, "fund/meeting-set", 1);
	assert_string_equal(bench->outcome.items[0]->transition, "reversed");
	assert_string_equal(bench->outcome.items[0]->state, "reversed");
	assert_string_equal(bench->outcome.items[0]->now, "talks");
	assert_string_equal(bench->outcome.items[0]->rule, "off");
	arrive(bench, &(struct arrival){ 5, START_MS + DAY_MS, "It is cancelled", NULL });
	expect_one(bench, MATCH_ATTACHED, "fund/meeting-set", 1);
	arrive(bench, &(struct arrival){ 6, START_MS + DAY_MS, "They meet again", NULL });
	expect_one(bench, MATCH_TOLD, "fund/meeting-set", 2);
	assert_string_equal(bench->outcome.items[0]->state, "reported");
}

static void
unless_of_the_story_counts(void **state)
{
	struct bench *bench = *state;

	arrive(bench, &(struct arrival){ 1, START_MS, "They meet: a podcast", NULL });
	assert_int_equal(bench->outcome.count, 0);
	arrive(bench,
	    &(struct arrival){ 2, START_MS, "JBIC: a podcast", "https://a.example/" });
	expect_one(bench, MATCH_TOLD, "jbic/https://a.example/", 1);
}

static void
backfill_is_said_once_at_the_end(void **state)
{
	struct bench *bench = *state;

	arrive(bench,
	    &(struct arrival){ 1, START_MS, "talks", NULL, "meti", 9 * DAY_MS, true });
	expect_one(bench, MATCH_SILENT, "fund/talks", 1);
	arrive(bench, &(struct arrival){ 2, START_MS, "meet at a summit", NULL, "meti",
			  5 * DAY_MS, true });
	expect_one(bench, MATCH_SILENT, "fund/meeting-set", 1);
	end_result(bench, "other", START_MS);
	assert_int_equal(bench->outcome.count, 0);
	end_result(bench, "meti", START_MS);
	expect_one(bench, MATCH_TOLD, "fund/meeting-set", 1);
	assert_int_equal(bench->outcome.items[0]->kind, MATCH_STORY);
	assert_string_equal(bench->outcome.items[0]->transition, "stands");
	assert_int_equal(bench->outcome.items[0]->severity, SEVERITY_HIGH);
	end_result(bench, "meti", START_MS);
	assert_int_equal(bench->outcome.count, 0);
}

static void
backfill_does_not_hide_a_new_event(void **state)
{
	struct bench *bench = *state;

	arrive(bench,
	    &(struct arrival){ 1, START_MS, "meet", NULL, "meti", 40 * DAY_MS, true });
	expect_one(bench, MATCH_SILENT, "fund/meeting-set", 1);
	arrive(bench, &(struct arrival){ 2, START_MS, "to meet", NULL, "meti", 0, false });
	expect_one(bench, MATCH_TOLD, "fund/meeting-set", 2);
}

static void
backfill_of_a_rule_without_a_stage(void **state)
{
	struct bench *bench = *state;
	const char *link = "https://a.example/1";

	arrive(bench,
	    &(struct arrival){ 1, START_MS, "JBIC", link, "meti", 5 * DAY_MS, true });
	assert_int_equal(bench->outcome.count, 1);
	assert_int_equal(bench->outcome.items[0]->outcome, MATCH_SILENT);
	end_result(bench, "meti", START_MS);
	assert_int_equal(bench->outcome.count, 0);
	/* a fresh copy is news */
	arrive(bench, &(struct arrival){ 2, START_MS + HOUR_MS, "JBIC", NULL });
	expect_one(bench, MATCH_TOLD, "jbic/https://a.example/1", 1);
	arrive(bench,
	    &(struct arrival){ 3, START_MS + HOUR_MS, "JBIC", NULL, "b", DAY_MS, true });
	expect_one(bench, MATCH_ATTACHED, "jbic/https://a.example/1", 1);
}

static void
undone_transaction_leaves_nothing(void **state)
{
	struct bench *bench = *state;
	struct entry entry = { .title = (char[]){ "They meet" } };
	const struct list no_tags = { NULL, 0, 0 };
	const struct source source = { "meti", "METI", true, &no_tags };
	const struct stored_entry stored = { &entry, &source, 1, START_MS, START_MS,
		false };
	AUTO(judgement) judgement = ruleset_judge(bench->rules, &stored);
	struct error err;

	for (int i = 0; i < 2; i++) {
		outcome_clear(&bench->outcome);
		assert_true(db_begin(bench->db, &err));
		assert_true(rules_apply(
		    bench->rules, bench->db, &stored, judgement, &bench->outcome, &err));
		expect_one(bench, MATCH_TOLD, "fund/meeting-set", 1);
		db_rollback(bench->db);
	}
}

/* The story alert that a kill between two transactions left unsaid is said after it. */
static void
story_is_said_after_a_restart(void **state)
{
	struct bench *bench = *state;
	char dir[] = "/tmp/dealwatch-apply-XXXXXX";
	AUTO_FREE char *path = NULL;
	static const char *const ends[] = { "", "-wal", "-shm", ".lock" };
	struct error err;

	assert_non_null(mkdtemp(dir));
	path = mem_printf("%s/store.db", dir);
	db_close(bench->db);
	bench->db = db_open(path, schemas, NULL, &err);
	assert_non_null(bench->db);
	arrive(bench,
	    &(struct arrival){ 1, START_MS, "meet", NULL, "meti", 5 * DAY_MS, true });
	db_close(bench->db);
	bench->db = db_open(path, schemas, NULL, &err);
	assert_non_null(bench->db);
	end_result(bench, "meti", START_MS + HOUR_MS);
	expect_one(bench, MATCH_TOLD, "fund/meeting-set", 1);
	assert_int_equal(bench->outcome.items[0]->kind, MATCH_STORY);
	db_close(bench->db);
	bench->db = db_open(path, schemas, NULL, &err);
	end_result(bench, "meti", START_MS + HOUR_MS);
	assert_int_equal(bench->outcome.count, 0);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		AUTO_FREE char *file = mem_printf("%s%s", path, ends[i]);

		unlink(file);
	}
	assert_int_equal(rmdir(dir), 0);
}

static void
story_alerts_have_numbers_of_their_own(void **state)
{
	struct bench *bench = *state;

	arrive(bench,
	    &(struct arrival){ 1, START_MS, "meet", NULL, "meti", 5 * DAY_MS, true });
	end_result(bench, "meti", START_MS);
	expect_one(bench, MATCH_TOLD, "fund/meeting-set", 1);
	/* another feed's old entry opens the lower stage anew: the story stands where it
	 * did */
	arrive(bench, &(struct arrival){ 2, START_MS + 60 * DAY_MS, "talks", NULL, "b",
			  2 * DAY_MS, true });
	end_result(bench, "b", START_MS + 60 * DAY_MS);
	expect_one(bench, MATCH_TOLD, "fund/meeting-set", 2);
}

static void
every_entry_has_a_ledger_row(void **state)
{
	struct bench *bench = *state;
	int64_t rows = 0, empty = 0;
	struct error err;

	arrive(bench, &(struct arrival){ 1, START_MS, "They meet", NULL });
	arrive(bench, &(struct arrival){ 2, START_MS, "Nothing", NULL });
	arrive(bench, &(struct arrival){ 2, START_MS, "Nothing else", NULL });
	assert_true(db_read_int(bench->db, &err, &rows, 0,
	    "SELECT count(*) FROM ledger WHERE version <> 0", ""));
	assert_int_equal(rows, 2);
	assert_true(db_read_int(bench->db, &err, &empty, 0,
	    "SELECT count(*) FROM ledger WHERE row IS NULL", ""));
	assert_int_equal(empty, 1);
}

static void
version_changes_with_any_rule(void **state)
{
	struct bench *bench = *state;
	AUTO_FREE char *changed = mem_strdup(pack);
	AUTO(conf) conf = conf_new();
	AUTO(ruleset) same = probe_rules(conf, pack);
	AUTO(ruleset) other = NULL;

	*strstr(changed, "opinion") = 'O';
	other = probe_rules(conf, changed);
	assert_int_equal(strlen(ruleset_version(bench->rules)), 16);
	assert_string_equal(ruleset_version(bench->rules), ruleset_version(same));
	assert_string_not_equal(ruleset_version(bench->rules), ruleset_version(other));
}

int
main(void)
{
#define APPLY_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		APPLY_TEST(second_meeting_is_told_again),
		APPLY_TEST(known_verdict_is_nothing_new),
		APPLY_TEST(rewritten_title_is_told_when_it_rises),
		APPLY_TEST(cluster_is_told_once),
		APPLY_TEST(cluster_closes_after_its_last_member),
		APPLY_TEST(episodes_outlive_clusters),
		APPLY_TEST(later_stage_implies_earlier),
		APPLY_TEST(one_entry_tells_the_furthest_stage),
		APPLY_TEST(highest_severity_speaks_for_a_stage),
		APPLY_TEST(reversal_takes_the_stage_back),
		APPLY_TEST(unless_of_the_story_counts),
		APPLY_TEST(backfill_is_said_once_at_the_end),
		APPLY_TEST(backfill_does_not_hide_a_new_event),
		APPLY_TEST(backfill_of_a_rule_without_a_stage),
		APPLY_TEST(undone_transaction_leaves_nothing),
		APPLY_TEST(story_is_said_after_a_restart),
		APPLY_TEST(story_alerts_have_numbers_of_their_own),
		APPLY_TEST(every_entry_has_a_ledger_row),
		APPLY_TEST(version_changes_with_any_rule),
	};

	return cmocka_run_group_tests_name("apply", tests, NULL, NULL);
}
