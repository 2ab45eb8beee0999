/*
 * What is counted: units of money, and what is no money (rules/money.h).
 */
#include <string.h>

#include "rules/money.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

struct unit {
	const char *text;
	int64_t value;
};

/* -- units -- */

static const struct unit units[] = {
	{ "thousand", 1000 },
	{ "million", 1000000 },
	{ "millions", 1000000 },
	{ "mln", 1000000 },
	{ "mio", 1000000 },
	{ "mn", 1000000 },
	{ "mm", 1000000 },
	{ "m", 1000000 },
	{ "billion", 1000000000 },
	{ "billions", 1000000000 },
	{ "bln", 1000000000 },
	{ "bil", 1000000000 },
	{ "bn", 1000000000 },
	{ "b", 1000000000 },
	{ "trillion", 1000000000000 },
	{ "trillions", 1000000000000 },
	{ "trn", 1000000000000 },
	{ "tln", 1000000000000 },
	{ "tn", 1000000000000 },
	{ "t", 1000000000000 },
	{ "k", 1000 },
};

static const struct unit bigs[] = {
	{ "萬", 10000 },
	{ "万", 10000 },
	{ "億", 100000000 },
	{ "兆", 1000000000000 },
};

static const struct unit smalls[] = {
	{ "十", 10 },
	{ "拾", 10 },
	{ "百", 100 },
	{ "佰", 100 },
	{ "千", 1000 },
	{ "仟", 1000 },
};

static const struct unit digits[] = {
	{ "〇", 0 },
	{ "零", 0 },
	{ "一", 1 },
	{ "二", 2 },
	{ "三", 3 },
	{ "四", 4 },
	{ "五", 5 },
	{ "六", 6 },
	{ "七", 7 },
	{ "八", 8 },
	{ "九", 9 },
	{ "兩", 2 },
	{ "壹", 1 },
	{ "貳", 2 },
	{ "參", 3 },
};

static size_t
find_unit(const struct money_text *money, size_t at, const struct unit *table, size_t count,
    int64_t *value)
{
	for (size_t i = 0; i < count; i++) {
		if (!money_begins(money, at, table[i].text))
			continue;
		*value = table[i].value;
		return strlen(table[i].text);
	}
	return 0;
}

size_t
money_big(const struct money_text *money, size_t at, int64_t *unit)
{
	return find_unit(money, at, bigs, COUNT_OF(bigs), unit);
}

size_t
money_small(const struct money_text *money, size_t at, int64_t *unit)
{
	return find_unit(money, at, smalls, COUNT_OF(smalls), unit);
}

size_t
money_digit(const struct money_text *money, size_t at, int64_t *digit)
{
	return find_unit(money, at, digits, COUNT_OF(digits), digit);
}

size_t
money_unit(const struct money_text *money, size_t at, int64_t *unit)
{
	size_t start = money_skip_gap(money, at);

	for (size_t i = 0; i < COUNT_OF(units); i++) {
		size_t used = money_match(money, start, units[i].text);

		if (used == 0)
			continue;
		*unit = units[i].value;
		/* the dot of an abbreviation: 400 b. dollars */
		if (used <= 3 && money_begins(money, start + used, ". "))
			used++;
		return start + used - at;
	}
	return 0;
}

/* -- what is no money -- */

static const char *const things[] = { "people", "persons", "men", "women", "children",
	"americans", "indians", "cattle", "fish", "users", "parameter", "params", "model",
	"barrel", "bpd", "boe", "ton", "tonne", "gallon", "acre", "mile", "kilometer",
	"kilometre", "km", "kg", "light year", "year", "square", "cubic", "watt", "kw",
	"mw", "gw", "tw", "kwh", "mwh", "gwh", "twh", "kilowatt", "megawatt", "gigawatt",
	"mmbtu", "btu", "bcf", "cu", "hectare", "liter", "litre", "metric", "percent",
	"per cent", "pct", "transistor", "share", "vehicle", "unit", "dose", "job", "home",
	"vote", "strong", "plus people", "page view", "view", "stream", "chinese people",
	"foot", "feet", "inch", "bit", "byte", "token", "star", "cell", "monthly", "daily",
	"active", NULL };

static const char *const money_plurals[] = { "investments", "loans", "bonds", "projects",
	"deals", "funds", "pledges", "tariffs", "assets", "sales", "packages", "this", "as",
	"is", "was", "has", "us", "its", "plus", "across", "versus", "towards", "s", "loss",
	"guarantees", "exports", "imports", "revenues", "profits", "losses", "orders",
	"purchases", "commitments", "subsidies", "programs", "programmes", "goes", "comes",
	"gets", "worries", "fears", "hits", "needs", "takes", NULL };

static const char *const counters[] = { "人", "名", "台", "個", "トン", "件", "株", "本",
	"歳", "年", "回", "度", "戶", "世帶", "頭", "匹", "羽", "枚", "冊", "軒", "バレル",
	"キロ", "メートル", "平方", "立方", "ワット", "票", "社", "點", "倍", "%",
	"パーセント", "口", "公頃", "噸", "桶", "輛", "次", "平米", "千瓦", "瓦", "吨",
	"頓", "斤", "公里", "英里", "位", "只", "隻", "股", "把", "張", "份", "條", "字",
	"篇", "粒", "顆", "片", "艘", "架", "座", "分", "秒", "時", "日", "月", "民",
	"用戶", "ユーザー", "パラメータ", "參數", "ヘクタール", "リットル", "光年", "總活",
	"長者", "回線", "食", "着", "足", "巻", "卷", "袋", "箱", "杯", "kwh", "キロワット",
	"萬年", "ドーズ", "アカウント", "ダウンロード", "再生", "公升", "立", "フォロワー",
	NULL };

static size_t
latin_len(const struct money_text *money, size_t at)
{
	size_t end = at;

	while (end < money->len && money->text[end] >= 'a' && money->text[end] <= 'z')
		end++;
	return end - at;
}

static bool
is_listed(const struct money_text *money, size_t at, const char *const *list)
{
	for (size_t i = 0; list[i] != NULL; i++) {
		size_t used = money_match(money, at, list[i]);

		if (used > 0)
			return true;
	}
	return false;
}

/* A listed thing, or several of it. */
static bool
is_thing(const struct money_text *money, size_t at)
{
	for (size_t i = 0; things[i] != NULL; i++) {
		size_t end = at + strlen(things[i]);

		if (!money_begins(money, at, things[i]))
			continue;
		if (money_begins(money, end, "s"))
			end++;
		if (!money_is_letter(money, end))
			return true;
	}
	return false;
}

static bool
is_counter(const struct money_text *money, size_t at)
{
	for (size_t i = 0; counters[i] != NULL; i++) {
		if (money_begins(money, at, counters[i]))
			return true;
	}
	return false;
}

static bool
is_money_word(const struct money_text *money, size_t at)
{
	static const char *const words[] = { "investment", "investments", "fund", "deal",
		"loan", "loans", "package", "pledge", "facility", "bond", "bonds",
		"bailout", "subsidy", "grant", "budget", "in investment", "in investments",
		"in loans", "in funding", "in financing", "of investment", NULL };

	return is_listed(money, at, words);
}

bool
money_counts_things(const struct money_text *money, size_t at, bool is_sure)
{
	size_t word = money_skip_gap(money, at);
	size_t len = latin_len(money, word);

	if (!is_sure)
		return !is_money_word(money, word);
	if (is_counter(money, word) || is_thing(money, word))
		return true;
	/* things that are counted stand in the plural */
	return len > 2 && money->text[word + len - 1] == 's' &&
	       money->text[word + len - 2] != 's' && !is_listed(money, word, money_plurals);
}
