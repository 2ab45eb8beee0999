/*
 * Tables of words in their folded form (rules/money.h), longest first where one begins
 * another.
 */
#include "rules/money.h"

#include <string.h>

#include "base/text.h"

struct word {
	const char *text;
	const char *code;
	bool is_generic;
};

/* -- looking at text -- */

bool
money_begins(const struct money_text *money, size_t at, const char *word)
{
	size_t len = strlen(word);

	return at <= money->len && money->len - at >= len &&
	       memcmp(money->text + at, word, len) == 0;
}

static bool
ends(const struct money_text *money, size_t at, const char *word)
{
	size_t len = strlen(word);

	return at >= len && memcmp(money->text + at - len, word, len) == 0;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_latin(char c)
{
	return (c >= 'a' && c <= 'z') || is_digit(c);
}

bool
money_is_letter(const struct money_text *money, size_t at)
{
	return at < money->len && is_latin(money->text[at]);
}

static bool
is_katakana(const struct money_text *money, size_t at)
{
	uint32_t c = 0;

	if (at >= money->len)
		return false;
	text_decode(money->text + at, money->len - at, &c);
	return c >= 0x30A1 && c <= 0x30FF && c != 0x30FB;
}

/* Whether a word ends here: its script does not go on. */
static bool
is_edge(const struct money_text *money, size_t at, const char *word)
{
	const struct money_text own = { word, strlen(word), false };
	size_t last = own.len - 1;

	if (is_latin(word[last]))
		return !money_is_letter(money, at);
	return last < 2 || !is_katakana(&own, last - 2) || !is_katakana(money, at);
}

/* A blank in the table is a blank or a hyphen in the text. @return bytes, or 0 */
size_t
money_match(const struct money_text *money, size_t at, const char *word)
{
	size_t len = strlen(word);

	if (at > money->len || money->len - at < len)
		return 0;
	for (size_t i = 0; i < len; i++) {
		char c = money->text[at + i];

		if (c != word[i] && !(word[i] == ' ' && c == '-'))
			return 0;
	}
	return is_edge(money, at + len, word) ? len : 0;
}

size_t
money_skip_gap(const struct money_text *money, size_t at)
{
	return at < money->len && (money->text[at] == ' ' || money->text[at] == '-')
		   ? at + 1
		   : at;
}

/* -- currencies -- */

static const char codes[] = "USD JPY CNY EUR GBP KRW CAD AUD HKD TWD SGD NZD CHF INR BRL "
			    "MXN RUB SAR AED VND IDR THB SEK";

/* Letters in front of a $. */
static const struct word dollars[] = {
	{ "us", "USD" },
	{ "u.s.", "USD" },
	{ "u.s", "USD" },
	{ "usd", "USD" },
	{ "a", "AUD" },
	{ "au", "AUD" },
	{ "aud", "AUD" },
	{ "c", "CAD" },
	{ "ca", "CAD" },
	{ "can", "CAD" },
	{ "cad", "CAD" },
	{ "hk", "HKD" },
	{ "hkd", "HKD" },
	{ "nt", "TWD" },
	{ "ntd", "TWD" },
	{ "s", "SGD" },
	{ "sg", "SGD" },
	{ "sgd", "SGD" },
	{ "nz", "NZD" },
	{ "nzd", "NZD" },
	{ "r", "BRL" },
	{ "mx", "MXN" },
};

/* Han and kana in front of a $. */
static const struct word places[] = {
	{ "カナダ", "CAD" },
	{ "加拿大", "CAD" },
	{ "豪", "AUD" },
	{ "澳", "AUD" },
	{ "港", "HKD" },
	{ "台灣", "TWD" },
	{ "新台幣", "TWD" },
	{ "シンガポール", "SGD" },
	{ "新加坡", "SGD" },
	{ "ニュージーランド", "NZD" },
};

/* Other than $ and ¥, and the codes. */
static const struct word before[] = {
	{ "€", "EUR" },
	{ "£", "GBP" },
	{ "₩", "KRW" },
	{ "₹", "INR" },
	{ "rmb", "CNY" },
	{ "ntd", "TWD" },
	{ "nt", "TWD" },
	{ "us", "USD" },
	{ "人民幣", "CNY" },
	{ "新台幣", "TWD" },
	{ "台幣", "TWD" },
	{ "港幣", "HKD" },
	{ "日圓", "JPY" },
	{ "美金", "USD" },
	{ "美元", "USD" },
};

static const struct word behind[] = {
	{ "us dollars", "USD" },
	{ "us dollar", "USD" },
	{ "u.s. dollars", "USD" },
	{ "u.s. dollar", "USD" },
	{ "american dollars", "USD" },
	{ "canadian dollars", "CAD" },
	{ "canadian dollar", "CAD" },
	{ "australian dollars", "AUD" },
	{ "australian dollar", "AUD" },
	{ "hong kong dollars", "HKD" },
	{ "hong kong dollar", "HKD" },
	{ "new taiwan dollars", "TWD" },
	{ "taiwan dollars", "TWD" },
	{ "taiwan dollar", "TWD" },
	{ "singapore dollars", "SGD" },
	{ "singapore dollar", "SGD" },
	{ "new zealand dollars", "NZD" },
	{ "dollars", "USD", true },
	{ "dollar", "USD", true },
	{ "japanese yen", "JPY" },
	{ "yen", "JPY" },
	{ "chinese yuan", "CNY" },
	{ "yuan", "CNY" },
	{ "renminbi", "CNY" },
	{ "rmb", "CNY" },
	{ "euros", "EUR" },
	{ "euro", "EUR" },
	{ "pounds sterling", "GBP" },
	{ "british pounds", "GBP" },
	{ "pounds", "GBP", true },
	{ "pound", "GBP", true },
	{ "south korean won", "KRW" },
	{ "korean won", "KRW" },
	{ "won", "KRW", true },
	{ "swiss francs", "CHF" },
	{ "indian rupees", "INR" },
	{ "rupees", "INR" },
	{ "us$", "USD" },
	{ "€", "EUR" },
	{ "£", "GBP" },
	{ "₩", "KRW" },
	{ "美元", "USD" },
	{ "美金", "USD" },
	{ "美圓", "USD" },
	{ "米國ドル", "USD" },
	{ "米ドル", "USD" },
	{ "usドル", "USD" },
	{ "カナダ・ドル", "CAD" },
	{ "カナダドル", "CAD" },
	{ "加拿大元", "CAD" },
	{ "加ドル", "CAD" },
	{ "加元", "CAD" },
	{ "加幣", "CAD" },
	{ "オーストラリアドル", "AUD" },
	{ "豪ドル", "AUD" },
	{ "澳元", "AUD" },
	{ "澳幣", "AUD" },
	{ "香港ドル", "HKD" },
	{ "港元", "HKD" },
	{ "港幣", "HKD" },
	{ "港圓", "HKD" },
	{ "台灣ドル", "TWD" },
	{ "新台幣", "TWD" },
	{ "台幣", "TWD" },
	{ "台灣元", "TWD" },
	{ "元台幣", "TWD" },
	{ "元新台幣", "TWD" },
	{ "シンガポールドル", "SGD" },
	{ "新加坡元", "SGD" },
	{ "新元", "SGD" },
	{ "ニュージーランドドル", "NZD" },
	{ "nzドル", "NZD" },
	{ "紐元", "NZD" },
	{ "ドル", "USD" },
	{ "ユーロ", "EUR" },
	{ "歐元", "EUR" },
	{ "英鎊", "GBP" },
	{ "英ポンド", "GBP" },
	{ "ポンド", "GBP" },
	{ "韓國ウォン", "KRW" },
	{ "ウォン", "KRW" },
	{ "韓元", "KRW" },
	{ "韓圓", "KRW" },
	{ "スイスフラン", "CHF" },
	{ "瑞士法郎", "CHF" },
	{ "印度盧比", "INR" },
	{ "盧比", "INR" },
	{ "ルピー", "INR" },
	{ "ルーブル", "RUB" },
	{ "盧布", "RUB" },
	{ "人民元", "CNY" },
	{ "人民幣", "CNY" },
	{ "元人民幣", "CNY" },
	{ "日圓", "JPY" },
	{ "日元", "JPY" },
	{ "圓", "JPY" },
	{ "元", "CNY", true },
};

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

const char *
money_codes(void)
{
	return codes;
}

/* @return the constant of a code in small letters, or NULL */
static const char *
find_code(const char *text)
{
	static const char list[][4] = { "USD", "JPY", "CNY", "EUR", "GBP", "KRW", "CAD",
		"AUD", "HKD", "TWD", "SGD", "NZD", "CHF", "INR", "BRL", "MXN", "RUB", "SAR",
		"AED", "VND", "IDR", "THB", "SEK" };

	for (size_t i = 0; i < COUNT_OF(list); i++) {
		if (text_lower(list[i][0]) == text[0] &&
		    text_lower(list[i][1]) == text[1] && text_lower(list[i][2]) == text[2])
			return list[i];
	}
	return NULL;
}

/* A $ at `at`: whose it is stands in front of it. */
static struct money_currency
read_dollar(const struct money_text *money, size_t at)
{
	struct money_currency currency = { "USD", at, at + 1, true };
	size_t start = at;

	while (start > 0 && at - start < 5 &&
	       (is_latin(money->text[start - 1]) || money->text[start - 1] == '.'))
		start--;
	for (size_t i = 0; i < COUNT_OF(dollars); i++) {
		if (at - start == strlen(dollars[i].text) &&
		    ends(money, at, dollars[i].text))
			return (
			    struct money_currency){ dollars[i].code, start, at + 1, false };
	}
	for (size_t i = 0; i < COUNT_OF(places); i++) {
		if (ends(money, at, places[i].text))
			return (struct money_currency){ places[i].code,
				at - strlen(places[i].text), at + 1, false };
	}
	if (start < at && money->text[at - 1] != '.')
		currency.code = NULL;
	return currency;
}

static struct money_currency
read_yen(const struct money_text *money, size_t at)
{
	struct money_currency currency = { money->is_chinese ? "CNY" : "JPY", at,
		at + strlen("¥"), true };

	if (ends(money, at, "日") || ends(money, at, "jp"))
		currency.code = "JPY";
	else if (ends(money, at, "cn") || ends(money, at, "rmb"))
		currency.code = "CNY";
	return currency;
}

/* usd, gbp in front of `at`, as a word of its own. */
static struct money_currency
read_code(const struct money_text *money, size_t at)
{
	struct money_currency none = { NULL, at, at, false };
	const char *code;

	if (at < 3 || (at > 3 && is_latin(money->text[at - 4])))
		return none;
	code = find_code(money->text + at - 3);
	if (code == NULL)
		return none;
	return (struct money_currency){ code, at - 3, at, false };
}

struct money_currency
money_before(const struct money_text *money, size_t at)
{
	size_t end = at > 0 && money->text[at - 1] == ' ' ? at - 1 : at;

	if (ends(money, end, "$"))
		return read_dollar(money, end - 1);
	if (ends(money, end, "¥"))
		return read_yen(money, end - strlen("¥"));
	for (size_t i = 0; i < COUNT_OF(before); i++) {
		size_t len = strlen(before[i].text);

		/* letters alone have to touch: "us 500" is no sum */
		if (!ends(money, end, before[i].text) ||
		    (is_latin(before[i].text[0]) &&
			((end > len && is_latin(money->text[end - len - 1])) ||
			    (end != at && len == 2))))
			continue;
		return (struct money_currency){ before[i].code, end - len, at, false };
	}
	return read_code(money, end);
}

/* 元旦, 元首: no currency. */
static bool
is_other_word(const struct money_text *money, size_t end)
{
	static const char *const signs[] = { "旦", "首", "件", "素", "年", "祖", "凶" };

	if (!ends(money, end, "元"))
		return false;
	for (size_t i = 0; i < COUNT_OF(signs); i++) {
		if (money_begins(money, end, signs[i]))
			return true;
	}
	return false;
}

static struct money_currency
read_behind(const struct money_text *money, size_t at)
{
	const struct money_currency none = { NULL, at, at, false };

	for (size_t i = 0; i < COUNT_OF(behind); i++) {
		size_t used = money_match(money, at, behind[i].text);

		if (used > 0 && !is_other_word(money, at + used))
			return (struct money_currency){ behind[i].code, at, at + used,
				behind[i].is_generic };
	}
	if (money_begins(money, at, "$") && !money_is_letter(money, at + 1))
		return (struct money_currency){ "USD", at, at + 1, true };
	if (money_begins(money, at, "¥") && !money_is_letter(money, at + strlen("¥")))
		return read_yen(money, at);
	if (money->len - at >= 3 && !money_is_letter(money, at + 3)) {
		const char *code = find_code(money->text + at);

		if (code != NULL)
			return (struct money_currency){ code, at, at + 3, false };
	}
	return none;
}

struct money_currency
money_behind(const struct money_text *money, size_t at)
{
	static const char *const vague[] = { "餘り", "餘", "余り", "余", "多", "強", "弱",
		"超" };
	struct money_currency currency = read_behind(money, money_skip_gap(money, at));

	for (size_t i = 0; currency.code == NULL && i < COUNT_OF(vague); i++) {
		if (money_begins(money, at, vague[i]))
			currency = read_behind(
			    money, money_skip_gap(money, at + strlen(vague[i])));
	}
	if (currency.code == NULL)
		return (struct money_currency){ NULL, at, at, false };
	return currency;
}
