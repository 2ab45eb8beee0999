/*
 * Reading from the number outwards: digits, then its unit, then the currency on either
 * side, then whether it is a range. What has no currency needs a unit of money.
 */
#include "rules/sum.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

#define SURE_UNIT 100000000 /* from 億 on, what counts no things is money */
#define NUMBER_DIGITS_MAX 15
#define FRACTION_DIGITS 6
#define MICRO 1000000 /* numbers are read in millionths */

__extension__ typedef __int128 wide;
#define WIDE_MAX ((wide)1 << 100)

/* A number with its unit. */
struct number {
	size_t at, end;
	wide micro;
	int64_t unit;     /* the last one: 億, bn; 1: none */
	bool is_han;      /* written in Han digits */
	bool is_compound; /* of several units: 5兆6千億 */
	bool has_comma;
	bool is_year; /* four digits that may be one */
};

static bool
is_digit(const struct money_text *text, size_t at)
{
	return at < text->len && text->text[at] >= '0' && text->text[at] <= '9';
}

static size_t
digits_end(const struct money_text *text, size_t at)
{
	while (is_digit(text, at))
		at++;
	return at;
}

static bool
is_group(const struct money_text *text, size_t at)
{
	return money_begins(text, at, ",") && digits_end(text, at + 1) == at + 4;
}

/* The decimal point; of papers set upright also the middle dot. */
static size_t
point_len(const struct money_text *text, size_t at)
{
	size_t len = money_begins(text, at, ".")    ? 1
		     : money_begins(text, at, "・") ? strlen("・")
						    : 0;

	return len > 0 && is_digit(text, at + len) ? len : 0;
}

static wide
read_fraction(const struct money_text *text, size_t at, size_t end)
{
	wide value = 0, place = MICRO;

	for (size_t i = at; i < end && i < at + FRACTION_DIGITS; i++) {
		place /= 10;
		value += (text->text[i] - '0') * place;
	}
	return value;
}

/* 5,500.25 @return where it ends; `at`: it is too long to be a number */
static size_t
read_decimal(const struct money_text *text, size_t at, struct number *number, wide *value)
{
	size_t end = digits_end(text, at), count = 0, start = at, point;

	number->is_year =
	    end - at == 4 && (money_begins(text, at, "19") || money_begins(text, at, "20"));
	number->has_comma = end - at <= 3 && is_group(text, end);
	while (number->has_comma && is_group(text, end))
		end += 4;
	*value = 0;
	for (size_t i = start; i < end; i++) {
		if (!is_digit(text, i))
			continue;
		*value = *value * 10 + (text->text[i] - '0');
		if (++count > NUMBER_DIGITS_MAX)
			return at;
	}
	*value *= MICRO;
	point = point_len(text, end);
	if (point > 0) {
		start = end + point;
		end = digits_end(text, start);
		*value += read_fraction(text, start, end);
		number->is_year = false;
	}
	return end;
}

/* Reading 5兆6千億: what is complete, what waits for its big unit, the last digits. */
struct han {
	struct number *number;
	wide total, section, current; /* current -1: none */
	int64_t big;                  /* the last big unit */
	bool is_after_big;
};

static bool
take_small(struct han *han, int64_t unit)
{
	han->section += (han->current < 0 ? MICRO : han->current) * unit;
	han->current = -1;
	han->number->unit = unit;
	return han->section < WIDE_MAX;
}

static bool
take_big(struct han *han, int64_t unit)
{
	wide value = han->section + (han->current < 0 ? 0 : han->current);

	if (value == 0 && !han->is_after_big)
		return false;
	if (han->big > 0 && unit > han->big) /* 80万億 */
		han->total = (han->total + value) * unit;
	else
		han->total += value * unit;
	han->number->is_compound = han->number->is_compound || han->big > 0;
	han->section = 0;
	han->current = -1;
	han->big = han->number->unit = unit;
	return han->total < WIDE_MAX;
}

/* 50多億, 5500 億: what may stand between digits and a big unit. */
static size_t
skip_before_big(const struct money_text *text, size_t at)
{
	static const char *const signs[] = { " ", "-", "餘", "余", "多", "數", "幾" };
	int64_t unit;

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		if (money_begins(text, at, signs[i]) &&
		    money_big(text, at + strlen(signs[i]), &unit) > 0)
			return at + strlen(signs[i]);
	}
	return at;
}

/* One sign of a number. @return where it ends; `at`: the number ended before it */
static size_t
take_sign(struct han *han, const struct money_text *text, size_t at)
{
	size_t big_at = han->current >= 0 ? skip_before_big(text, at) : at, used;
	int64_t value;

	if (is_digit(text, at) && han->current < 0) {
		if (han->number->at != at && han->big == 0)
			return at;
		return read_decimal(text, at, han->number, &han->current);
	}
	used = money_digit(text, at, &value);
	if (used > 0 && (han->current < 0 || han->number->is_han)) {
		han->number->is_han = true;
		han->current =
		    (han->current < 0 ? 0 : han->current) * 10 + (wide)value * MICRO;
		return han->current < WIDE_MAX ? at + used : at;
	}
	used = money_small(text, at, &value);
	if (used > 0) {
		han->number->is_han = han->number->is_han || han->number->at == at;
		return take_small(han, value) ? at + used : at;
	}
	used = money_big(text, big_at, &value);
	return used > 0 && take_big(han, value) ? big_at + used : at;
}

/* @return false: no number begins here */
static bool
read_number(const struct money_text *text, size_t at, struct number *number)
{
	struct han han = { .number = number, .current = -1 };
	size_t end = at, next;

	*number = (struct number){ .at = at, .unit = 1 };
	for (;;) {
		int64_t unit;

		next = take_sign(&han, text, end);
		if (next == end)
			break;
		han.is_after_big = next - end >= 3 && money_big(text, next - 3, &unit) > 0;
		end = next;
	}
	if (end == at)
		return false;
	number->micro = han.total + han.section + (han.current < 0 ? 0 : han.current);
	if (number->unit == 1 && !number->is_han) {
		end += money_unit(text, end, &number->unit);
		number->micro *= number->unit;
	}
	number->end = end;
	return true;
}

/* In hundredths. @return false: more than can be held */
static bool
to_hundredths(wide micro, int64_t *hundredths)
{
	wide value = micro / (MICRO / 100);

	if (value < 0 || value > INT64_MAX)
		return false;
	*hundredths = (int64_t)value;
	return true;
}

/* -- one sum -- */

/* What stands between the two numbers of a range. @return bytes, or 0 */
static size_t
range_sign(const struct money_text *text, size_t at)
{
	static const char *const signs[] = { "-", " - ", "~", " ~ ", "至", "到", "から",
		" to ", "..", NULL };

	for (int i = 0; signs[i] != NULL; i++) {
		if (money_begins(text, at, signs[i]))
			return strlen(signs[i]);
	}
	return 0;
}

/* A sum that is being put together. */
struct draft {
	const struct money_text *text;
	struct number number, to; /* to.end 0: no range */
	struct money_currency before, behind;
	size_t end;
};

/* The number behind a sign of a range, with what may stand in front of it. */
static bool
read_second(struct draft *draft, size_t at)
{
	const struct money_text *text = draft->text;
	static const char *const signs[] = { "us$", "$", "€", "£", "¥", "約", NULL };
	struct number to;

	for (int i = 0; signs[i] != NULL; i++) {
		if (money_begins(text, at, signs[i]))
			at += strlen(signs[i]);
	}
	if (!is_digit(text, at) || !read_number(text, at, &to) || to.is_han ||
	    to.micro == 0)
		return false;
	draft->to = to;
	return true;
}

/* $30-40 billion: the first one takes the unit of the second. */
static void
read_range(struct draft *draft)
{
	const struct money_text *text = draft->text;
	size_t sign = range_sign(text, draft->end);
	bool is_word = money_begins(text, draft->end, " to ");

	if (sign == 0 || !read_second(draft, draft->end + sign))
		return;
	if (draft->number.unit == 1 && draft->to.unit != 1 && !draft->to.is_compound)
		draft->number.micro *= draft->to.unit;
	else if (is_word || draft->number.unit == 1 || draft->to.unit == 1)
		draft->to.end = 0; /* from $30 billion to $40 billion are two sums */
	if (draft->to.end == 0 || draft->number.micro >= draft->to.micro)
		draft->to.end = 0;
	else
		draft->end = draft->to.end;
}

static bool
is_hinted(const struct money_text *text, size_t at, const char *word)
{
	size_t len = strlen(word);

	return at >= len && memcmp(text->text + at - len, word, len) == 0;
}

/* 数千億, and letters or digits that touch: no number begins here. */
static bool
is_inside(const struct money_text *text, size_t at)
{
	if (at == 0)
		return false;
	if (is_hinted(text, at, "數") || is_hinted(text, at, "数") ||
	    is_hinted(text, at, "幾") || is_hinted(text, at, "几"))
		return true;
	return money_is_letter(text, at - 1) || text->text[at - 1] == '.' ||
	       (text->text[at - 1] == ',' && is_digit(text, at - 2));
}

/* won and pounds are English words, too; 2025 dollars are a way of counting. */
static bool
is_weak_word(const struct draft *draft)
{
	const struct money_currency *behind = &draft->behind;
	const char *text = draft->text->text;

	if (behind->code == NULL || !behind->is_generic)
		return false;
	if (draft->number.unit != 1 || draft->number.has_comma)
		return false;
	if (behind->end - behind->at > 3 && draft->number.is_year)
		return is_hinted(draft->text, draft->number.at, "in ");
	return text[behind->at] == 'w' || text[behind->at] == 'p';
}

static const char *
choose_code(const struct draft *draft)
{
	const struct money_currency *before = &draft->before, *behind = &draft->behind;

	if (behind->code != NULL && (before->code == NULL || !behind->is_generic))
		return behind->code;
	return before->code;
}

/* Whether a number without a currency is one of money nevertheless. */
static bool
is_money(const struct draft *draft)
{
	const struct number *number = draft->to.end > 0 ? &draft->to : &draft->number;
	bool is_latin_billion = number->unit >= 1000000000 && !number->is_compound;

	if (number->is_han && number->unit < SURE_UNIT)
		return false;
	if (number->unit >= SURE_UNIT || is_latin_billion)
		return !money_counts_things(draft->text, draft->end, true);
	return number->unit == 1000000 &&
	       !money_counts_things(draft->text, draft->end, false);
}

static bool
ends_well(const struct draft *draft)
{
	const struct money_text *text = draft->text;
	size_t at = draft->end;

	if (money_is_letter(text, at) || money_begins(text, at, "%") ||
	    money_begins(text, at, " %") || money_begins(text, at, " percent"))
		return false;
	return true;
}

static bool
finish(const struct draft *draft, struct sum *sum)
{
	*sum = (struct sum){ .at = draft->before.code != NULL ? draft->before.at
							      : draft->number.at,
		.end = draft->behind.code != NULL ? draft->behind.end : draft->end,
		.currency = choose_code(draft) };
	if (!to_hundredths(draft->number.micro, &sum->low))
		return false;
	sum->high = sum->low;
	return draft->to.end == 0 || to_hundredths(draft->to.micro, &sum->high);
}

/* @return where reading goes on */
static size_t
read_at(const struct money_text *text, size_t at, struct sum *sum, bool *is_sum)
{
	struct draft draft = { .text = text };

	*is_sum = false;
	if (!read_number(text, at, &draft.number))
		return at + 1;
	draft.end = draft.number.end;
	draft.before = money_before(text, at);
	if (draft.before.code == NULL && is_inside(text, at))
		return draft.end;
	read_range(&draft);
	draft.behind = money_behind(text, draft.end);
	if (draft.behind.code == NULL && !ends_well(&draft))
		return draft.end;
	if (is_weak_word(&draft) && draft.before.code == NULL)
		return draft.end;
	if (choose_code(&draft) == NULL && !is_money(&draft))
		return draft.end;
	*is_sum = finish(&draft, sum);
	return *is_sum ? sum->end : draft.end;
}

/* Where a number may begin from `at` on. */
static size_t
next_number(const struct money_text *text, size_t at)
{
	int64_t value;

	for (; at < text->len; at++) {
		unsigned char byte = (unsigned char)text->text[at];

		if (byte >= '0' && byte <= '9')
			break;
		/* 〇 is E3 80 87, 一 E4 B8 80, the last of them E9 9B B6 */
		if (byte >= 0xE3 && byte <= 0xE9 &&
		    (money_digit(text, at, &value) > 0 ||
			money_small(text, at, &value) > 0))
			break;
	}
	return at;
}

static void
add_sum(struct sum_list *sums, const struct sum *sum)
{
	mem_grow(sums->items, sums->count, sums->cap);
	sums->items[sums->count++] = *sum;
}

void
sums_read(struct sum_list *sums, const struct money_text *text)
{
	size_t at = 0;

	while (sums->count < SUMS_MAX && (at = next_number(text, at)) < text->len) {
		struct sum sum;
		bool is_sum;

		at = read_at(text, at, &sum, &is_sum);
		if (is_sum)
			add_sum(sums, &sum);
	}
}

size_t
sum_read_bare(const struct money_text *text, size_t at, struct sum *sum)
{
	struct draft draft = { .text = text };

	if (!is_digit(text, at) && next_number(text, at) != at) {
		/* $550bn, USD 550bn */
		size_t number = next_number(text, at);

		draft.before = money_before(text, number);
		if (number == text->len || draft.before.code == NULL ||
		    draft.before.at != at)
			return at;
		at = number;
	}
	if (!read_number(text, at, &draft.number))
		return at;
	draft.end = draft.number.end;
	draft.behind = money_behind(text, draft.end);
	if (!finish(&draft, sum))
		return at;
	return sum->end;
}

bool
sum_take_unit(struct sum *sum, const struct money_text *text, size_t at)
{
	struct number number;
	int64_t low;

	if (!read_number(text, at, &number) || number.is_compound ||
	    __builtin_mul_overflow(sum->low, number.unit, &low))
		return false;
	sum->low = sum->high = low;
	return true;
}

void
sum_list_clear(struct sum_list *sums)
{
	free(sums->items);
	*sums = (struct sum_list){ NULL, 0, 0 };
}

void
sum_format(struct buf *out, int64_t hundredths)
{
	buf_printf(out, "%lld", (long long)(hundredths / 100));
	if (hundredths % 100 != 0)
		buf_printf(out, ".%02d", (int)(hundredths % 100));
}
