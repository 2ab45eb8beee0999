/*
 * What judging costs.
 *
 *   judge RUNS FEED RULES...
 *
 * Reads the entries of a feed, then judges all of them (fold, scan, evaluate:
 * ruleset_judge()) with each rule file in turn, RUNS times. For each file one line: median,
 * least and most microseconds of CPU time an entry, rules, hits in a hundred entries.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/error.h"
#include "feeds/entry.h"
#include "feeds/job.h"
#include "feeds/reading.h"
#include "rules/rules.h"

struct entries {
	struct entry **items; /* owned, each too */
	size_t count, cap;
};

struct contest {
	struct conf *conf; /* owned, as all of it */
	struct ruleset *rules;
	double *us;
	size_t hits;
};

static void
on_entry(void *ctx, struct entry *entry)
{
	struct entries *entries = ctx;

	mem_grow(entries->items, entries->count, entries->cap);
	entries->items[entries->count++] = entry;
}

static bool
read_feed(const char *path, struct entries *entries, struct error *err)
{
	struct job job = { .body_max_bytes = INT64_MAX, .entries_max = INT64_MAX };
	struct reading_about about = { .url = "https://www.example.com/feed" };
	AUTO(reading) reading = reading_new(&job, &about, NULL, on_entry, entries);
	FILE *in = fopen(path, "re");
	char bytes[4096];
	bool is_good = in != NULL;
	size_t len;

	if (in == NULL)
		return error_set(err, ERROR_SYSTEM, path, "cannot open");
	while (is_good && (len = fread(bytes, 1, sizeof(bytes), in)) > 0)
		is_good = reading_add(reading, bytes, len, err);
	(void)fclose(in);
	return is_good && reading_end(reading, err);
}

static bool
open_contest(struct contest *contest, const char *path, int runs, struct error *err)
{
	const struct conf_node *root;

	contest->conf = conf_new();
	contest->rules = ruleset_new();
	contest->us = mem_zalloc((size_t)runs * sizeof(*contest->us));
	root = conf_read_file(contest->conf, path, NULL);
	if (root == NULL)
		return error_set(err, ERROR_CONFIG, path, "cannot be read");
	ruleset_read(contest->rules, contest->conf, conf_find(root, "stories"),
	    conf_find(root, "sets"), conf_find(root, "define"), conf_find(root, "rules"));
	if (!ruleset_finish(contest->rules, contest->conf))
		return error_set(err, ERROR_CONFIG, path, "has mistakes");
	return ruleset_compile(contest->rules, NULL, err);
}

static void
close_contest(struct contest *contest)
{
	ruleset_free(contest->rules);
	conf_free(contest->conf);
	free(contest->us);
}

static double
cpu_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static bool
is_hit(const struct judgement *judgement)
{
	for (size_t i = 0; i < judgement->count; i++) {
		if (judgement->items[i].is_true)
			return true;
	}
	return false;
}

static void
judge_all(struct contest *contest, const struct entries *entries, int run)
{
	static const struct list none;
	static const struct source source = {
		.feed = "feed", .publisher = "Feed", .tags = &none
	};
	double begin = cpu_us();

	contest->hits = 0;
	for (size_t i = 0; i < entries->count; i++) {
		struct stored_entry stored = { .entry = entries->items[i],
			.source = &source };
		AUTO(judgement) judgement = ruleset_judge(contest->rules, &stored);

		contest->hits += is_hit(judgement);
	}
	contest->us[run] = (cpu_us() - begin) / (double)entries->count;
}

static int
compare(const void *a, const void *b)
{
	double one = *(const double *)a, other = *(const double *)b;

	return (one > other) - (one < other);
}

static void
report(struct contest *contest, int runs, const struct entries *entries)
{
	qsort(contest->us, (size_t)runs, sizeof(*contest->us), compare);
	printf("%.3f\t%.3f\t%.3f\t%zu\t%.2f\n", contest->us[runs / 2], contest->us[0],
	    contest->us[runs - 1], ruleset_rule_count(contest->rules),
	    100.0 * (double)contest->hits / (double)entries->count);
}

static bool
compete(struct contest *contests, char **paths, int count, int runs,
    const struct entries *entries, struct error *err)
{
	for (int i = 0; i < count; i++) {
		if (!open_contest(&contests[i], paths[i], runs, err))
			return false;
	}
	for (int run = 0; run < runs; run++) {
		for (int i = 0; i < count; i++)
			judge_all(&contests[i], entries, run);
	}
	for (int i = 0; i < count; i++)
		report(&contests[i], runs, entries);
	return true;
}

int
main(int argc, char **argv)
{
	int runs = argc > 3 ? atoi(argv[1]) : 0; // NOLINT(cert-err34-c): 0 is refused
	int count = argc - 3;
	struct entries entries = { 0 };
	struct contest *contests;
	struct error err = { 0 };
	bool is_good;

	if (runs <= 0) {
		(void)fprintf(stderr, "usage: judge RUNS FEED RULES...\n");
		return EXIT_FAILURE;
	}
	contests = mem_zalloc((size_t)count * sizeof(*contests));
	is_good = read_feed(argv[2], &entries, &err) &&
		  compete(contests, argv + 3, count, runs, &entries, &err);
	if (!is_good)
		(void)fprintf(stderr, "judge: %s\n", err.text);
	for (int i = 0; i < count; i++)
		close_contest(&contests[i]);
	free(contests);
	for (size_t i = 0; i < entries.count; i++)
		entry_free(entries.items[i]);
	free(entries.items);
	return is_good ? EXIT_SUCCESS : EXIT_FAILURE;
}
