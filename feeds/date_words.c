/*
 * The words of dates, by table.
 */
#include "feeds/date_words.h"

#include <string.h>
#include <strings.h>

/* Whole words stand before the prefixes that would take them. */
static const struct date_word words[] = {
	{ "am", ROLE_AM, 0, false },
	{ "pm", ROLE_PM, 0, false },
	{ "at", ROLE_ZONE, -4 * 60, false }, /* Atlantic; before the time it is a word */
	{ "z", ROLE_ZONE, 0, false },
	{ "ut", ROLE_ZONE, 0, false },
	{ "utc", ROLE_ZONE, 0, false },
	{ "gmt", ROLE_ZONE, 0, false },
	{ "wet", ROLE_ZONE, 0, false },
	{ "bst", ROLE_ZONE, 60, false },
	{ "cet", ROLE_ZONE, 60, false },
	{ "met", ROLE_ZONE, 60, false },
	{ "west", ROLE_ZONE, 60, false },
	{ "cest", ROLE_ZONE, 2 * 60, false },
	{ "mest", ROLE_ZONE, 2 * 60, false },
	{ "eet", ROLE_ZONE, 2 * 60, false },
	{ "eest", ROLE_ZONE, 3 * 60, false },
	{ "msk", ROLE_ZONE, 3 * 60, false },
	{ "ist", ROLE_ZONE, 5 * 60 + 30, false },
	{ "hkt", ROLE_ZONE, 8 * 60, false },
	{ "sgt", ROLE_ZONE, 8 * 60, false },
	{ "jst", ROLE_ZONE, 9 * 60, false },
	{ "kst", ROLE_ZONE, 9 * 60, false },
	{ "aest", ROLE_ZONE, 10 * 60, false },
	{ "aedt", ROLE_ZONE, 11 * 60, false },
	{ "nzst", ROLE_ZONE, 12 * 60, false },
	{ "nzdt", ROLE_ZONE, 13 * 60, false },
	{ "et", ROLE_ZONE, -5 * 60, false },
	{ "est", ROLE_ZONE, -5 * 60, false },
	{ "edt", ROLE_ZONE, -4 * 60, false },
	{ "ast", ROLE_ZONE, -4 * 60, false },
	{ "adt", ROLE_ZONE, -3 * 60, false },
	{ "ct", ROLE_ZONE, -6 * 60, false },
	{ "cst", ROLE_ZONE, -6 * 60, false },
	{ "cdt", ROLE_ZONE, -5 * 60, false },
	{ "mt", ROLE_ZONE, -7 * 60, false },
	{ "mst", ROLE_ZONE, -7 * 60, false },
	{ "mdt", ROLE_ZONE, -6 * 60, false },
	{ "pt", ROLE_ZONE, -8 * 60, false },
	{ "pst", ROLE_ZONE, -8 * 60, false },
	{ "pdt", ROLE_ZONE, -7 * 60, false },
	{ "akst", ROLE_ZONE, -9 * 60, false },
	{ "akdt", ROLE_ZONE, -8 * 60, false },
	{ "hst", ROLE_ZONE, -10 * 60, false },
	{ "mardi", ROLE_SKIP, 0, false }, /* not March */
	{ "martes", ROLE_SKIP, 0, false },
	{ "martedì", ROLE_SKIP, 0, false },
	{ "mon", ROLE_SKIP, 0, true },
	{ "tue", ROLE_SKIP, 0, true },
	{ "wed", ROLE_SKIP, 0, true },
	{ "thu", ROLE_SKIP, 0, true },
	{ "fri", ROLE_SKIP, 0, true },
	{ "sat", ROLE_SKIP, 0, true },
	{ "sun", ROLE_SKIP, 0, true },
	{ "jan", ROLE_MONTH, 1, true },
	{ "feb", ROLE_MONTH, 2, true },
	{ "mar", ROLE_MONTH, 3, true },
	{ "apr", ROLE_MONTH, 4, true },
	{ "may", ROLE_MONTH, 5, false },
	{ "jun", ROLE_MONTH, 6, true },
	{ "jul", ROLE_MONTH, 7, true },
	{ "aug", ROLE_MONTH, 8, true },
	{ "sep", ROLE_MONTH, 9, true },
	{ "oct", ROLE_MONTH, 10, true },
	{ "nov", ROLE_MONTH, 11, true },
	{ "dec", ROLE_MONTH, 12, true },
	{ "ene", ROLE_MONTH, 1, true },
	{ "fév", ROLE_MONTH, 2, true },
	{ "mär", ROLE_MONTH, 3, true },
	{ "abr", ROLE_MONTH, 4, true },
	{ "avr", ROLE_MONTH, 4, true },
	{ "mai", ROLE_MONTH, 5, true },
	{ "mayo", ROLE_MONTH, 5, true },
	{ "maggio", ROLE_MONTH, 5, true },
	{ "juin", ROLE_MONTH, 6, true },
	{ "giu", ROLE_MONTH, 6, true },
	{ "juil", ROLE_MONTH, 7, true },
	{ "lug", ROLE_MONTH, 7, true },
	{ "ago", ROLE_MONTH, 8, true },
	{ "août", ROLE_MONTH, 8, true },
	{ "okt", ROLE_MONTH, 10, true },
	{ "ott", ROLE_MONTH, 10, true },
	{ "out", ROLE_MONTH, 10, true },
	{ "déc", ROLE_MONTH, 12, true },
	{ "dez", ROLE_MONTH, 12, true },
	{ "dic", ROLE_MONTH, 12, true },
	{ "március", ROLE_MONTH, 3, true },
	{ "április", ROLE_MONTH, 4, true },
	{ "május", ROLE_MONTH, 5, true },
	{ "június", ROLE_MONTH, 6, true },
	{ "július", ROLE_MONTH, 7, true },
	{ "szeptember", ROLE_MONTH, 9, true },
	{ "Ιαν", ROLE_MONTH, 1, true },
	{ "Φεβ", ROLE_MONTH, 2, true },
	{ "Μαρ", ROLE_MONTH, 3, true },
	{ "Μάρ", ROLE_MONTH, 3, true },
	{ "Απρ", ROLE_MONTH, 4, true },
	{ "Μάι", ROLE_MONTH, 5, true },
	{ "Μαΐ", ROLE_MONTH, 5, true },
	{ "Ιούν", ROLE_MONTH, 6, true },
	{ "Ιουν", ROLE_MONTH, 6, true },
	{ "Ιούλ", ROLE_MONTH, 7, true },
	{ "Ιουλ", ROLE_MONTH, 7, true },
	{ "Αύγ", ROLE_MONTH, 8, true },
	{ "Αυγ", ROLE_MONTH, 8, true },
	{ "Σεπ", ROLE_MONTH, 9, true },
	{ "Οκτ", ROLE_MONTH, 10, true },
	{ "Νοε", ROLE_MONTH, 11, true },
	{ "Νοέ", ROLE_MONTH, 11, true },
	{ "Δεκ", ROLE_MONTH, 12, true },
	{ "sze", ROLE_MONTH, 9, true },
	{ "年", ROLE_YEAR, 0, true }, /* "年03月" has no blanks: these are all prefixes */
	{ "月", ROLE_MONTH_NUMBER, 0, true },
	{ "日", ROLE_DAY, 0, true },
	{ "時", ROLE_HOUR, 0, true },
	{ "时", ROLE_HOUR, 0, true },
	{ "分", ROLE_MINUTE, 0, true },
	{ "秒", ROLE_SECOND, 0, true },
	{ "午前", ROLE_AM, 0, true },
	{ "午後", ROLE_PM, 0, true },
	{ "上午", ROLE_AM, 0, true },
	{ "下午", ROLE_PM, 0, true },
	{ "년", ROLE_YEAR, 0, true },
	{ "월", ROLE_MONTH_NUMBER, 0, true },
	{ "일", ROLE_DAY, 0, true },
	{ "시", ROLE_HOUR, 0, true },
	{ "분", ROLE_MINUTE, 0, true },
	{ "초", ROLE_SECOND, 0, true },
	{ "오전", ROLE_AM, 0, true },
	{ "오후", ROLE_PM, 0, true },
};

const struct date_word *
date_word_find(const char *text, size_t len)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		size_t known;

		if (((words[i].text[0] ^ text[0]) & ~0x20) != 0)
			continue;
		known = strlen(words[i].text);
		if (known > len || (known < len && !words[i].is_prefix))
			continue;
		if (strncasecmp(text, words[i].text, known) == 0)
			return &words[i];
	}
	return NULL;
}

size_t
date_word_half_day(const char *text)
{
	if (strchr("aApP", text[0]) == NULL || text[1] != '.' ||
	    (text[2] != 'm' && text[2] != 'M'))
		return 0;
	return text[3] == '.' ? 4 : 3;
}
