/*
 * An expression that can be tried on a text, for the tests of rules/.
 */
#ifndef TESTS_PROBE_H
#define TESTS_PROBE_H

#include <stdbool.h>

#include "rules/expression.h"
#include "rules/matcher.h"
#include "rules/program.h"
#include "rules/rules.h"

/* An expression with a matcher of its own. */
struct probe {
	struct matcher *matcher;
	struct expression *expression;
	struct program program;
};

/** Parse, build and compile; all must succeed. @param cache_dir  as cache_open() takes it
 */
void probe_init(struct probe *probe, const char *text, const char *cache_dir);
void probe_clear(struct probe *probe);
/** @return whether the expression is true; texts may be NULL */
bool probe_run(struct probe *probe, const char *title, const char *summary);
/** The same of any texts, which must live on while occurrences are asked for. */
bool probe_scan(struct probe *probe, const struct field_texts *texts);

/** Read and compile a rule file without a mistake. @param conf  is to live on with it */
struct ruleset *probe_rules(struct conf *conf, const char *text);

#endif
