/*
 * Dates as feeds write them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "feeds/date.h"

#define UNTOUCHED 42

static const struct row {
	const char *name, *text;
	bool ok;
	int64_t unix_s;
} rows[] = {
	{ "RFC 822", "Sun, 06 Nov 1994 08:49:37 GMT", true, 784111777 },
	{ "RFC 850", "Sunday, 06-Nov-94 08:49:37 GMT", true, 784111777 },
	{ "asctime", "Sun Nov  6 08:49:37 1994", true, 784111777 },
	{ "no weekday", "20 Aug 2026 03:13:00 +0900", true, 1787163180 },
	{ "JST", "Wed, 19 Aug 2026 17:00:00 JST", true, 1787126400 },
	{ "EST", "Mon, 02 Jan 2006 15:04:05 EST", true, 1136232245 },
	{ "CEST", "Mon, 02 Jan 2006 15:04:05 CEST", true, 1136207045 },
	{ "a name and an offset: the offset", "Fri, 05 Mar 2021 06:08:03 PDT-07:00", true,
	    1614949683 },
	{ "two digits of the year", "05 Mar 21 06:08 -0500", true, 1614942480 },
	{ "1994 in two digits", "06 Nov 94 08:49:37 GMT", true, 784111777 },
	{ "no seconds", "Sat, 25 Aug 2012 16:07 GMT", true, 1345910820 },
	{ "no time", "Sat, 25 Aug 2012", true, 1345852800 },
	{ "no zone is UTC", "25 Aug 2012 16:07:09", true, 1345910829 },
	{ "RFC 3339", "2003-12-31T10:14:55Z", true, 1072865695 },
	{ "RFC 3339, offset and fraction", "2007-04-23T23:25:47.538+10:00", true,
	    1177334747 },
	{ "a year", "2003", true, 1041379200 },
	{ "a month", "2003-12", true, 1070236800 },
	{ "a day", "2003-12-31", true, 1072828800 },
	{ "a day of the year", "2003-365", true, 1072828800 },
	{ "packed", "20031231T101455Z", true, 1072865695 },
	{ "a blank for the T", "2026-08-20 05:00:00", true, 1787202000 },
	{ "AM", "Aug 25, 2012 12:07:09 AM", true, 1345853229 },
	{ "PM", "8/25/2012 4:07:09 PM", true, 1345910829 },
	{ "p.m.", "August 25, 2012, 4:07 p.m.", true, 1345910820 },
	{ "day first with dots", "25.08.2012 16:07", true, 1345910820 },
	{ "month first with slashes", "8/5/2012", true, 1344124800 },
	{ "day first where it must be", "25/8/2012", true, 1345852800 },
	{ "Japanese", "2026年8月20日 5時30分", true, 1787171400 },
	{ "Korean, afternoon", "2004-05-25 오후 11:23:17", true, 1085494997 },
	{ "German month", "25. Dezember 2012 16:07", true, 1356451620 },
	{ "French weekday that looks like March", "mardi 25 décembre 2012", true,
	    1356393600 },
	{ "white space around", "  2003-12-31  ", true, 1072828800 },
	{ "a leap day", "2004-02-29", true, 1078012800 },
	{ "a leap second", "2016-12-31T23:59:60Z", true, 1483228800 },
	{ "24:00 is the next day", "2003-12-30T24:00:00Z", true, 1072828800 },
	{ "before 1970", "1969-12-31T23:59:59Z", true, -1 },
	{ "the year 1", "0001-01-01", true, -62135596800 },
	{ "29 February of no leap year", "2003-02-29", false, UNTOUCHED },
	{ "32 of a month", "Sun, 32 Jun 2009 12:00:00 GMT", false, UNTOUCHED },
	{ "no such month", "Sun, 16 zzz 2012 11:47:32 GMT", false, UNTOUCHED },
	{ "month 13", "2003-13-01", false, UNTOUCHED },
	{ "hour 25", "2003-12-31T25:00:00Z", false, UNTOUCHED },
	{ "minute 60", "2003-12-31T10:60:00Z", false, UNTOUCHED },
	{ "an offset of letters", "Sun, 16 Dec 2012 11:47:32 +zz:00", false, UNTOUCHED },
	{ "an offset of days", "Sun, 31 Dec 9999 23:59:59 -9999", false, UNTOUCHED },
	{ "four parts of a time", "Sun, 16 Dec 2012 1:2:3:4 GMT", false, UNTOUCHED },
	{ "a number of many digits", "99999999999999999999", false, UNTOUCHED },
	{ "many numbers", "1 2 3 4 5 6 7 8 9", false, UNTOUCHED },
	{ "words", "some time next week", false, UNTOUCHED },
	{ "an empty text", "", false, UNTOUCHED },
	{ "a sign alone", "-", false, UNTOUCHED },
	{ "a colon alone", "2003-12-31 :", true, 1072828800 },
};

static void
check_row(void **state)
{
	const struct row *row = *state;
	int64_t unix_s = UNTOUCHED;

	assert_int_equal(date_parse(row->text, &unix_s), row->ok);
	assert_int_equal(unix_s, row->unix_s); /* untouched when refused */
}

#define ROWS (sizeof(rows) / sizeof(*rows))

int
main(void)
{
	struct CMUnitTest tests[ROWS];

	for (size_t i = 0; i < ROWS; i++)
		tests[i] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = check_row,
			.initial_state = (void *)&rows[i] };
	return cmocka_run_group_tests_name("date", tests, NULL, NULL);
}
