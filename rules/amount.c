/*
 * What stands in amount(...) is a sum in any spelling of the texts, with a comparison.
 */
#include "rules/amount.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "rules/comparison.h"

#define NEARLY_PART 50 /* ~: within 2 % */

struct reader {
	struct money_text text; /* folded, without amount( and ) */
	size_t at;
	const char *shown;
	struct error *err;
};

static bool
refuse(struct reader *reader, const char *what)
{
	return error_set(reader->err, ERROR_CONFIG, reader->shown,
	    "%s (allowed: 550bn USD, ~550bn USD, >= 10bn USD, 30bn..40bn USD, 550bn; "
	    "currencies: %s)",
	    what, money_codes());
}

static void
skip_blanks(struct reader *reader)
{
	while (money_begins(&reader->text, reader->at, " "))
		reader->at++;
}

static bool
read_sum(struct reader *reader, struct sum *sum)
{
	size_t end;

	skip_blanks(reader);
	end = sum_read_bare(&reader->text, reader->at, sum);
	if (end == reader->at)
		return refuse(reader, "a sum is expected");
	reader->at = end;
	return true;
}

static void
compare(struct amount *amount, enum comparison comparison, int64_t value)
{
	switch (comparison) {
	case COMPARE_AT_LEAST:
	case COMPARE_MORE:
		amount->low = value + (comparison == COMPARE_MORE && value < INT64_MAX);
		amount->high = INT64_MAX;
		return;
	case COMPARE_AT_MOST:
	case COMPARE_LESS:
		amount->high = value - (comparison == COMPARE_LESS);
		return;
	case COMPARE_EQUAL:
		amount->low = amount->high = value;
		return;
	}
}

/* 30bn..40bn USD; the unit and the currency may stand at the second sum only. */
static bool
read_range(struct reader *reader, struct amount *amount, struct sum *from)
{
	size_t second;
	struct sum to;

	reader->at += strlen("..");
	skip_blanks(reader);
	second = reader->at;
	if (!read_sum(reader, &to))
		return false;
	if (from->low > 0 && from->low < 100000 && to.low >= 10000000 &&
	    !sum_take_unit(from, &reader->text, second))
		return refuse(reader, "the unit of this range is unclear");
	if (from->currency != NULL && to.currency != NULL && from->currency != to.currency)
		return refuse(reader, "a range has one currency");
	if (from->low > to.low)
		return refuse(reader, "a range goes from the lesser sum to the greater");
	amount->low = from->low;
	amount->high = to.low;
	amount->currency = to.currency != NULL ? to.currency : from->currency;
	return true;
}

static bool
read_all(struct reader *reader, struct amount *amount)
{
	enum comparison comparison = COMPARE_EQUAL;
	bool is_nearly = money_begins(&reader->text, reader->at, "~");
	size_t sign;
	struct sum sum;

	sign = is_nearly ? 1
			 : comparison_read(reader->text.text + reader->at,
			       reader->text.len - reader->at, &comparison);
	reader->at += sign;
	if (!read_sum(reader, &sum))
		return false;
	amount->currency = sum.currency;
	compare(amount, comparison, sum.low);
	if (is_nearly) {
		amount->low = sum.low - sum.low / NEARLY_PART;
		amount->high = sum.low > INT64_MAX - sum.low / NEARLY_PART
				   ? INT64_MAX
				   : sum.low + sum.low / NEARLY_PART;
	}
	skip_blanks(reader);
	if (sign == 0 && money_begins(&reader->text, reader->at, "..") &&
	    !read_range(reader, amount, &sum))
		return false;
	skip_blanks(reader);
	return reader->at == reader->text.len ||
	       refuse(reader, "this is no sum, or no currency that is known");
}

bool
amount_parse(struct amount *amount, const char *text, size_t len, size_t *wrong_at,
    struct error *err)
{
	static const char open[] = "amount(";
	AUTO_FREE char *shown = mem_strndup(text, text_cut(text, len, 60));
	AUTO_BUF struct buf folded = BUF_EMPTY;
	struct reader reader = { .shown = shown, .err = err };

	*wrong_at = 0;
	*amount = (struct amount){ .low = 0, .high = 0 };
	if (len <= strlen(open) || memcmp(text, open, strlen(open)) != 0 ||
	    text[len - 1] != ')')
		return refuse(&reader, "amount(...) is not closed");
	text_fold(&folded, text + strlen(open), len - strlen(open) - 1);
	reader.text = (struct money_text){ buf_text(&folded), folded.len, false };
	return read_all(&reader, amount);
}

void
amount_key(const struct amount *amount, struct buf *out)
{
	buf_printf(out, "%lld..%lld %s", (long long)amount->low, (long long)amount->high,
	    amount->currency == NULL ? "*" : amount->currency);
}

bool
amount_fits(const struct amount *amount, const struct sum *sum)
{
	if (amount->currency != NULL && amount->currency != sum->currency &&
	    (sum->currency == NULL || strcmp(amount->currency, sum->currency) != 0))
		return false;
	return sum->low <= amount->high && sum->high >= amount->low;
}
