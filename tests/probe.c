/*
 * Trying expressions.
 */
#include "tests/probe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/conf.h"
#include "rules/evaluate.h"

static uint32_t
no_set(void *ctx, const char *name, size_t len, enum field_kind kind, struct error *err)
{
	error_set(err, ERROR_CONFIG, "probe", "there are no sets");
	return MATCHER_NONE;
}

static const struct program *
no_define(void *ctx, const char *name, size_t len)
{
	return NULL;
}

void
probe_init(struct probe *probe, const char *text, const char *cache_dir)
{
	const struct program_names names = { NULL, no_set, no_define };
	struct expression_error error;
	struct error err;

	*probe = (struct probe){ .matcher = matcher_new() };
	probe->expression = expression_parse(text, strlen(text), &error);
	assert_non_null(probe->expression);
	assert_true(program_build(
	    &probe->program, probe->expression, &names, probe->matcher, &error));
	assert_true(matcher_compile(probe->matcher, cache_dir, &err));
}

void
probe_clear(struct probe *probe)
{
	program_clear(&probe->program);
	expression_free(probe->expression);
	matcher_free(probe->matcher);
}

bool
probe_run(struct probe *probe, const char *title, const char *summary)
{
	struct field_text both[] = { { .field = FIELD_TITLE, .text = title },
		{ .field = FIELD_SUMMARY, .text = summary } };
	struct field_texts texts = { both, 0, 0 };

	for (size_t i = 0; i < 2; i++) {
		if (both[i].text == NULL)
			continue;
		both[texts.count] = both[i];
		both[texts.count++].len = strlen(both[i].text);
	}
	return probe_scan(probe, &texts);
}

bool
probe_scan(struct probe *probe, const struct field_texts *texts)
{
	struct evaluation evaluation = { .values = NULL };
	bool is_true;

	matcher_scan(probe->matcher, texts);
	is_true = evaluate_run(&evaluation, &probe->program, probe->matcher);
	evaluation_clear(&evaluation);
	return is_true;
}

struct ruleset *
probe_rules(struct conf *conf, const char *text)
{
	struct ruleset *rules = ruleset_new();
	const struct conf_node *root = conf_read_bytes(conf, text, strlen(text), "pack");
	struct error err;

	assert_non_null(root);
	ruleset_read(rules, conf, conf_find(root, "stories"), conf_find(root, "sets"),
	    conf_find(root, "define"), conf_find(root, "rules"));
	assert_true(ruleset_finish(rules, conf));
	assert_true(ruleset_compile(rules, NULL, &err));
	return rules;
}
