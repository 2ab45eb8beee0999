/*
 * Sums as decimal strings, each with the words it was read from.
 */
#include "rules/amounts.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "feeds/entry.h"
#include "rules/field.h"
#include "rules/match.h"
#include "rules/rules.h"
#include "rules/sum.h"

static bool
is_same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool
is_known(const struct match *match, const struct match_amount *amount)
{
	for (size_t i = 0; i < match->amount_count; i++) {
		const struct match_amount *other = &match->amounts[i];

		if (is_same(other->value, amount->value) &&
		    is_same(other->to, amount->to) &&
		    is_same(other->currency, amount->currency))
			return true;
	}
	return false;
}

static char *
decimal(int64_t hundredths)
{
	struct buf out = BUF_EMPTY;

	sum_format(&out, hundredths);
	return buf_take(&out);
}

void
rules_read_amounts(const char *text, bool is_chinese, rules_amount_fn *fn, void *ctx)
{
	AUTO_BUF struct buf folded = BUF_EMPTY;
	struct sum_list sums = { NULL, 0, 0 };
	struct text_map map = { .pieces = NULL };
	size_t len = strlen(text);
	struct money_text money;

	text_fold(&folded, text, len);
	money = (struct money_text){ buf_text(&folded), folded.len, is_chinese };
	sums_read(&sums, &money);
	if (sums.count > 0)
		text_map_make(&map, text, len);
	for (size_t i = 0; i < sums.count; i++) {
		const struct sum *sum = &sums.items[i];
		struct text_place place = text_map_place(&map, sum->at, sum->end - sum->at);
		AUTO_FREE char *value = decimal(sum->low);
		AUTO_FREE char *to = sum->high > sum->low ? decimal(sum->high) : NULL;
		AUTO_FREE char *written =
		    mem_strndup(text + place.from, place.to - place.from);

		fn(ctx,
		    &(struct match_amount){ value, to, (char *)sum->currency, written });
	}
	text_map_clear(&map);
	sum_list_clear(&sums);
}

bool
rules_is_chinese(const char *text)
{
	const struct entry entry = { .title = (char *)text };

	return field_is_chinese(&entry);
}

static void
keep_amount(void *ctx, const struct match_amount *amount)
{
	struct match *match = ctx;

	if (match->amount_count == MATCH_AMOUNTS_MAX || is_known(match, amount))
		return;
	match->amounts[match->amount_count++] =
	    (struct match_amount){ mem_strdup(amount->value), mem_strdup(amount->to),
		    mem_strdup(amount->currency), mem_strdup(amount->text) };
}

void
amounts_read(struct match *match, const struct entry *entry)
{
	bool is_chinese = field_is_chinese(entry);

	rules_read_amounts(entry->title, is_chinese, keep_amount, match);
	if (entry->summary != NULL)
		rules_read_amounts(entry->summary, is_chinese, keep_amount, match);
}
