/*
 * Names of encodings. What each stands for is the WHATWG's Encoding standard's word where
 * it has one: pages that say ISO-8859-1 mean windows-1252, Shift_JIS means windows-31J.
 */
#include "feeds/charset.h"

#include <stdbool.h>
#include <string.h>

#define NAME_MAX_BYTES 32

static const struct charset charsets[] = {
	{ "utf8", NULL, CHARSET_ASCII },
	{ "unicode11utf8", NULL, CHARSET_ASCII },
	{ "xunicode20utf8", NULL, CHARSET_ASCII },
	{ "utf16", "UTF-16BE", CHARSET_WIDE },
	{ "utf16be", "UTF-16BE", CHARSET_WIDE },
	{ "utf16le", "UTF-16LE", CHARSET_WIDE },
	{ "ucs2", "UTF-16BE", CHARSET_WIDE },
	{ "iso10646ucs2", "UTF-16BE", CHARSET_WIDE },
	{ "utf32", "UTF-32BE", CHARSET_WIDE },
	{ "utf32be", "UTF-32BE", CHARSET_WIDE },
	{ "utf32le", "UTF-32LE", CHARSET_WIDE },
	{ "ucs4", "UTF-32BE", CHARSET_WIDE },
	{ "iso10646ucs4", "UTF-32BE", CHARSET_WIDE },
	{ "utf7", "UTF-7", CHARSET_SHIFTING },
	/* Japan */
	{ "shiftjis", "CP932", CHARSET_ASCII },
	{ "shiftjisx0213", "SHIFT_JISX0213", CHARSET_ASCII },
	{ "sjis", "CP932", CHARSET_ASCII },
	{ "xsjis", "CP932", CHARSET_ASCII },
	{ "mskanji", "CP932", CHARSET_ASCII },
	{ "windows31j", "CP932", CHARSET_ASCII },
	{ "cswindows31j", "CP932", CHARSET_ASCII },
	{ "csshiftjis", "CP932", CHARSET_ASCII },
	{ "ms932", "CP932", CHARSET_ASCII },
	{ "cp932", "CP932", CHARSET_ASCII },
	{ "eucjp", "EUC-JP-MS", CHARSET_ASCII },
	{ "xeucjp", "EUC-JP-MS", CHARSET_ASCII },
	{ "ujis", "EUC-JP-MS", CHARSET_ASCII },
	{ "cseucpkdfmtjapanese", "EUC-JP-MS", CHARSET_ASCII },
	{ "iso2022jp", "ISO-2022-JP", CHARSET_SHIFTING },
	{ "csiso2022jp", "ISO-2022-JP", CHARSET_SHIFTING },
	{ "iso2022jp1", "ISO-2022-JP-2", CHARSET_SHIFTING },
	{ "iso2022jp2", "ISO-2022-JP-2", CHARSET_SHIFTING },
	{ "iso2022jp3", "ISO-2022-JP-3", CHARSET_SHIFTING },
	/* China, Korea */
	{ "gb2312", "GB18030", CHARSET_ASCII },
	{ "gb231280", "GB18030", CHARSET_ASCII },
	{ "gbk", "GB18030", CHARSET_ASCII },
	{ "gb18030", "GB18030", CHARSET_ASCII },
	{ "xgbk", "GB18030", CHARSET_ASCII },
	{ "euccn", "GB18030", CHARSET_ASCII },
	{ "cp936", "GB18030", CHARSET_ASCII },
	{ "windows936", "GB18030", CHARSET_ASCII },
	{ "ms936", "GB18030", CHARSET_ASCII },
	{ "chinese", "GB18030", CHARSET_ASCII },
	{ "isoir58", "GB18030", CHARSET_ASCII },
	{ "csgb2312", "GB18030", CHARSET_ASCII },
	{ "big5", "BIG5-HKSCS", CHARSET_ASCII },
	{ "big5hkscs", "BIG5-HKSCS", CHARSET_ASCII },
	{ "cnbig5", "BIG5-HKSCS", CHARSET_ASCII },
	{ "xxbig5", "BIG5-HKSCS", CHARSET_ASCII },
	{ "csbig5", "BIG5-HKSCS", CHARSET_ASCII },
	{ "cp950", "CP950", CHARSET_ASCII },
	{ "euctw", "EUC-TW", CHARSET_ASCII },
	{ "euckr", "CP949", CHARSET_ASCII },
	{ "ksc5601", "CP949", CHARSET_ASCII },
	{ "ksc56011987", "CP949", CHARSET_ASCII },
	{ "ksc56011989", "CP949", CHARSET_ASCII },
	{ "korean", "CP949", CHARSET_ASCII },
	{ "windows949", "CP949", CHARSET_ASCII },
	{ "cp949", "CP949", CHARSET_ASCII },
	{ "uhc", "CP949", CHARSET_ASCII },
	{ "iso2022kr", "ISO-2022-KR", CHARSET_SHIFTING },
	{ "johab", "JOHAB", CHARSET_ASCII },
	{ "cp1361", "JOHAB", CHARSET_ASCII },
	/* Latin 1 and what it is taken for */
	{ "ascii", "CP1252", CHARSET_ASCII },
	{ "usascii", "CP1252", CHARSET_ASCII },
	{ "ansix341968", "CP1252", CHARSET_ASCII },
	{ "iso646us", "CP1252", CHARSET_ASCII },
	{ "latin1", "CP1252", CHARSET_ASCII },
	{ "l1", "CP1252", CHARSET_ASCII },
	{ "ibm819", "CP1252", CHARSET_ASCII },
	{ "cp819", "CP1252", CHARSET_ASCII },
	{ "iso885911987", "CP1252", CHARSET_ASCII },
	{ "xcp1252", "CP1252", CHARSET_ASCII },
	{ "latin5", "CP1254", CHARSET_ASCII },
	{ "iso88599", "CP1254", CHARSET_ASCII },
	{ "latin2", "ISO-8859-2", CHARSET_ASCII },
	{ "latin3", "ISO-8859-3", CHARSET_ASCII },
	{ "latin4", "ISO-8859-4", CHARSET_ASCII },
	{ "latin9", "ISO-8859-15", CHARSET_ASCII },
	{ "cyrillic", "ISO-8859-5", CHARSET_ASCII },
	{ "arabic", "ISO-8859-6", CHARSET_ASCII },
	{ "greek", "ISO-8859-7", CHARSET_ASCII },
	{ "hebrew", "ISO-8859-8", CHARSET_ASCII },
	{ "iso88598i", "ISO-8859-8", CHARSET_ASCII },
	{ "tis620", "CP874", CHARSET_ASCII },
	{ "windows874", "CP874", CHARSET_ASCII },
	{ "cp874", "CP874", CHARSET_ASCII },
	{ "iso885911", "CP874", CHARSET_ASCII },
	/* the rest */
	{ "koi8", "KOI8-R", CHARSET_ASCII },
	{ "koi8r", "KOI8-R", CHARSET_ASCII },
	{ "koi8u", "KOI8-U", CHARSET_ASCII },
	{ "koi8t", "KOI8-T", CHARSET_ASCII },
	{ "ptcp154", "PT154", CHARSET_ASCII },
	{ "pt154", "PT154", CHARSET_ASCII },
	{ "tcvn", "TCVN", CHARSET_ASCII },
	{ "viscii", "VISCII", CHARSET_ASCII },
	{ "macintosh", "MACINTOSH", CHARSET_ASCII },
	{ "mac", "MACINTOSH", CHARSET_ASCII },
	{ "macroman", "MACINTOSH", CHARSET_ASCII },
	{ "xmacroman", "MACINTOSH", CHARSET_ASCII },
	{ "maccyrillic", "MAC-CYRILLIC", CHARSET_ASCII },
	{ "xmaccyrillic", "MAC-CYRILLIC", CHARSET_ASCII },
	{ "maciceland", "MAC-IS", CHARSET_ASCII },
	{ "maccentraleurope", "MAC-CENTRALEUROPE", CHARSET_ASCII },
	{ "maclatin2", "MAC-CENTRALEUROPE", CHARSET_ASCII },
	{ "macgreek", "MACGREEK", CHARSET_ASCII },
	{ "macturkish", "MACTURKISH", CHARSET_ASCII },
	{ "cskoi8r", "KOI8-R", CHARSET_ASCII },
	/* IANA's other names of IBM's code pages */
	{ "cpis", "IBM861", CHARSET_ASCII },
	{ "cspc775baltic", "CP775", CHARSET_ASCII },
	{ "cspc850multilingual", "IBM850", CHARSET_ASCII },
	{ "cspc862latinhebrew", "IBM862", CHARSET_ASCII },
	{ "cspc8codepage437", "IBM437", CHARSET_ASCII },
	{ "cspcp852", "IBM852", CHARSET_ASCII },
};

/* Families of names: a prefix and a number of the list. */
static const struct family {
	const char *prefix;
	struct charset members[24];
} families[] = {
	{ "iso8859",
	    { { "1", "CP1252", CHARSET_ASCII }, { "2", "ISO-8859-2", CHARSET_ASCII },
		{ "3", "ISO-8859-3", CHARSET_ASCII }, { "4", "ISO-8859-4", CHARSET_ASCII },
		{ "5", "ISO-8859-5", CHARSET_ASCII }, { "6", "ISO-8859-6", CHARSET_ASCII },
		{ "7", "ISO-8859-7", CHARSET_ASCII }, { "8", "ISO-8859-8", CHARSET_ASCII },
		{ "10", "ISO-8859-10", CHARSET_ASCII },
		{ "13", "ISO-8859-13", CHARSET_ASCII },
		{ "14", "ISO-8859-14", CHARSET_ASCII },
		{ "15", "ISO-8859-15", CHARSET_ASCII },
		{ "16", "ISO-8859-16", CHARSET_ASCII } } },
	{ "windows",
	    { { "1250", "CP1250", CHARSET_ASCII }, { "1251", "CP1251", CHARSET_ASCII },
		{ "1252", "CP1252", CHARSET_ASCII }, { "1253", "CP1253", CHARSET_ASCII },
		{ "1254", "CP1254", CHARSET_ASCII }, { "1255", "CP1255", CHARSET_ASCII },
		{ "1256", "CP1256", CHARSET_ASCII }, { "1257", "CP1257", CHARSET_ASCII },
		{ "1258", "CP1258", CHARSET_ASCII } } },
	{ "cp",
	    { { "1250", "CP1250", CHARSET_ASCII }, { "1251", "CP1251", CHARSET_ASCII },
		{ "1252", "CP1252", CHARSET_ASCII }, { "1253", "CP1253", CHARSET_ASCII },
		{ "1254", "CP1254", CHARSET_ASCII }, { "1255", "CP1255", CHARSET_ASCII },
		{ "1256", "CP1256", CHARSET_ASCII }, { "1257", "CP1257", CHARSET_ASCII },
		{ "1258", "CP1258", CHARSET_ASCII } } },
};

/* IBM's code pages: with "cp", "ibm", "csibm" or nothing before the number. */
static const struct charset code_pages[] = {
	{ "437", "IBM437", CHARSET_ASCII },
	{ "850", "IBM850", CHARSET_ASCII },
	{ "852", "IBM852", CHARSET_ASCII },
	{ "855", "IBM855", CHARSET_ASCII },
	{ "857", "IBM857", CHARSET_ASCII },
	{ "860", "IBM860", CHARSET_ASCII },
	{ "861", "IBM861", CHARSET_ASCII },
	{ "862", "IBM862", CHARSET_ASCII },
	{ "863", "IBM863", CHARSET_ASCII },
	{ "864", "IBM864", CHARSET_ASCII },
	{ "865", "IBM865", CHARSET_ASCII },
	{ "866", "IBM866", CHARSET_ASCII },
	{ "869", "IBM869", CHARSET_ASCII },
	{ "775", "CP775", CHARSET_ASCII },
	{ "737", "CP737", CHARSET_ASCII },
	{ "856", "IBM856", CHARSET_ASCII },
	{ "1125", "CP1125", CHARSET_ASCII },
	{ "037", "IBM037", CHARSET_WIDE },
	{ "424", "IBM424", CHARSET_WIDE },
	{ "500", "IBM500", CHARSET_WIDE },
	{ "875", "IBM875", CHARSET_WIDE },
	{ "1026", "IBM1026", CHARSET_WIDE },
	{ "1140", "IBM1140", CHARSET_WIDE },
};

/* @return NULL when the name is no code page */
static const struct charset *
find_code_page(const char *name)
{
	static const char *const prefixes[] = { "", "cp", "ibm", "csibm" };

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
		size_t len = strlen(prefixes[i]);

		if (strncmp(name, prefixes[i], len) != 0)
			continue;
		for (size_t j = 0; j < sizeof(code_pages) / sizeof(*code_pages); j++)
			if (strcmp(name + len, code_pages[j].name) == 0)
				return &code_pages[j];
	}
	return NULL;
}

static const struct charset *
find_member(const struct family *family, const char *name)
{
	size_t len = strlen(family->prefix);
	size_t count = sizeof(family->members) / sizeof(*family->members);

	if (strncmp(name, family->prefix, len) != 0)
		return NULL;
	for (size_t i = 0; i < count && family->members[i].name != NULL; i++) {
		if (strcmp(name + len, family->members[i].name) == 0)
			return &family->members[i];
	}
	return NULL;
}

/* Letters and digits only, in lower case. @return false when it is empty or too long */
static bool
normalise(const char *name, size_t len, char out[NAME_MAX_BYTES])
{
	size_t used = 0;

	for (size_t i = 0; i < len; i++) {
		char c = name[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9'))
			continue;
		if (used + 1 == NAME_MAX_BYTES)
			return false;
		out[used++] = c;
	}
	out[used] = '\0';
	return used > 0;
}

const struct charset *
charset_find(const char *name, size_t len)
{
	char plain[NAME_MAX_BYTES];

	if (!normalise(name, len, plain))
		return NULL;
	for (size_t i = 0; i < sizeof(charsets) / sizeof(*charsets); i++) {
		if (strcmp(plain, charsets[i].name) == 0)
			return &charsets[i];
	}
	for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++) {
		const struct charset *found = find_member(&families[i], plain);

		if (found != NULL)
			return found;
	}
	return find_code_page(plain);
}

/* Also what HTML 5 takes &#128; to &#159; for (13.2.5.80). */
uint32_t
charset_windows_1252(unsigned char byte)
{
	static const uint16_t special[32] = { 0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026,
		0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017D, 0, 0,
		0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122,
		0x0161, 0x203A, 0x0153, 0, 0x017E, 0x0178 };

	return byte >= 0x80 && byte < 0xA0 ? special[byte - 0x80] : byte;
}
