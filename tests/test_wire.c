/*
 * Values to bytes and back; and every way in which bytes can lie.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/list.h"
#include "base/wire.h"

#define TEXT_MAX 8

static bool
read_a_u8(struct wire_reader *in)
{
	uint8_t value;

	return wire_read_u8(in, &value);
}

static bool
read_a_u16(struct wire_reader *in)
{
	uint16_t value;

	return wire_read_u16(in, &value);
}

static bool
read_a_u32(struct wire_reader *in)
{
	uint32_t value;

	return wire_read_u32(in, &value);
}

static bool
read_a_u64(struct wire_reader *in)
{
	uint64_t value;

	return wire_read_u64(in, &value);
}

static bool
read_an_i64(struct wire_reader *in)
{
	int64_t value;

	return wire_read_i64(in, &value);
}

static bool
read_a_bool(struct wire_reader *in)
{
	bool value;

	return wire_read_bool(in, &value);
}

static bool
read_a_text(struct wire_reader *in)
{
	char *text = NULL;
	bool is_read = wire_read_text(in, &text, TEXT_MAX);

	free(text);
	return is_read;
}

static bool
read_bytes(struct wire_reader *in)
{
	const void *bytes;
	size_t len;

	return wire_read_bytes(in, &bytes, &len, TEXT_MAX);
}

/* At most 2 items of 8 bytes; what stood in the list before must stay. */
static bool
read_a_list(struct wire_reader *in)
{
	struct list list = { 0 };
	bool is_read;

	list_add(&list, "before");
	is_read = wire_read_list(in, &list, 2, TEXT_MAX);
	assert_string_equal(list.items[0], "before");
	if (!is_read)
		assert_int_equal(list.count, 1);
	list_clear(&list);
	return is_read;
}

struct row {
	const char *name;
	bool (*read)(struct wire_reader *in);
	const char *bytes;
	size_t len;
	bool is_fine;
};

#define BYTES(text) text, sizeof(text) - 1

static const struct row rows[] = {
	{ "a u8", read_a_u8, BYTES("\xff"), true },
	{ "no u8", read_a_u8, BYTES(""), false },
	{ "a u16", read_a_u16, BYTES("\x01\x02"), true },
	{ "a u16 cut short", read_a_u16, BYTES("\x01"), false },
	{ "a u32", read_a_u32, BYTES("\1\2\3\4"), true },
	{ "a u32 cut short", read_a_u32, BYTES("\1\2\3"), false },
	{ "a u64", read_a_u64, BYTES("\1\2\3\4\5\6\7\10"), true },
	{ "a u64 cut short", read_a_u64, BYTES("\1\2\3\4\5\6\7"), false },
	{ "an i64", read_an_i64, BYTES("\xff\xff\xff\xff\xff\xff\xff\xff"), true },
	{ "an i64 cut short", read_an_i64, BYTES("\1\2\3\4\5\6\7"), false },
	{ "false", read_a_bool, BYTES("\0"), true },
	{ "true", read_a_bool, BYTES("\1"), true },
	{ "a bool of 2", read_a_bool, BYTES("\2"), false },
	{ "a bool cut short", read_a_bool, BYTES(""), false },
	{ "a text", read_a_text, BYTES("\0\0\0\3abc"), true },
	{ "an empty text", read_a_text, BYTES("\0\0\0\0"), true },
	{ "a text that is NULL", read_a_text, BYTES("\xff\xff\xff\xff"), true },
	{ "a text at the limit", read_a_text, BYTES("\0\0\0\10abcdefgh"), true },
	{ "a text past the limit", read_a_text, BYTES("\0\0\0\11abcdefghi"), false },
	{ "a text longer than the message", read_a_text, BYTES("\0\0\0\4abc"), false },
	{ "a text of 4 GB", read_a_text,
	    BYTES("\xff\xff\xff\xfe"
		  "abc"),
	    false },
	{ "a text without its length", read_a_text, BYTES("\0\0\0"), false },
	{ "a text with a NUL", read_a_text, BYTES("\0\0\0\3a\0c"), false },
	{ "a text that is not UTF-8", read_a_text,
	    BYTES("\0\0\0\3a\xff"
		  "c"),
	    false },
	{ "a text of half a character", read_a_text, BYTES("\0\0\0\2\xe8\xb5"), false },
	{ "bytes", read_bytes, BYTES("\0\0\0\3\xff\0c"), true },
	{ "bytes at the limit", read_bytes, BYTES("\0\0\0\10abcdefgh"), true },
	{ "bytes past the limit", read_bytes, BYTES("\0\0\0\11abcdefghi"), false },
	{ "bytes cut short", read_bytes, BYTES("\0\0\0\4abc"), false },
	{ "bytes cannot be NULL", read_bytes, BYTES("\xff\xff\xff\xff"), false },
	{ "an empty list", read_a_list, BYTES("\0\0\0\0"), true },
	{ "a list at the limit", read_a_list, BYTES("\0\0\0\2\0\0\0\1a\0\0\0\0"), true },
	{ "a list past the limit", read_a_list,
	    BYTES("\0\0\0\3\0\0\0\1a\0\0\0\1b\0\0\0\1c"), false },
	{ "a list cut short", read_a_list, BYTES("\0\0\0\2\0\0\0\1a\0\0\0\2b"), false },
	{ "a list with an item past the limit", read_a_list,
	    BYTES("\0\0\0\1\0\0\0\11abcdefghi"), false },
	{ "a list with NULL in it", read_a_list, BYTES("\0\0\0\1\xff\xff\xff\xff"), false },
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static void
check_row(void **state)
{
	const struct row *row = *state;
	/* of exactly this size, so that the sanitizer sees a byte read past it */
	char *exact = malloc(row->len == 0 ? 1 : row->len);
	struct wire_reader in;

	assert_non_null(exact);
	memcpy(exact, row->bytes, row->len);
	wire_reader_init(&in, exact, row->len);
	assert_int_equal(row->read(&in), row->is_fine);
	assert_int_equal(in.is_broken, !row->is_fine);
	assert_int_equal(wire_read_end(&in), row->is_fine);
	if (!row->is_fine) {
		assert_false(read_a_u8(&in)); /* it stays broken */
		assert_false(read_a_text(&in));
		assert_false(read_a_list(&in));
	}
	free(exact);
}

static void
comes_out_as_it_went_in(void **state)
{
	struct buf out = BUF_EMPTY;
	struct list list = { 0 }, list_again = { 0 };
	struct wire_reader in;
	uint8_t u8;
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;
	int64_t i64;
	bool is_true, is_false;
	char *text, *null;
	const void *bytes;
	size_t len;

	list_add(&list, "ラトニック");
	list_add(&list, "");
	wire_add_u8(&out, UINT8_MAX);
	wire_add_u16(&out, 0x1234);
	wire_add_u32(&out, 0xdeadbeef);
	wire_add_u64(&out, UINT64_MAX - 1);
	wire_add_i64(&out, INT64_MIN);
	wire_add_bool(&out, true);
	wire_add_bool(&out, false);
	wire_add_text(&out, "赤沢");
	wire_add_text(&out, NULL);
	wire_add_bytes(&out, "\0\xff", 2);
	wire_add_list(&out, &list);
	assert_memory_equal(out.data + 1, "\x12\x34\xde\xad\xbe\xef", 6); /* big-endian */

	wire_reader_init(&in, out.data, out.len);
	assert_true(wire_read_u8(&in, &u8) && u8 == UINT8_MAX);
	assert_true(wire_read_u16(&in, &u16) && u16 == 0x1234);
	assert_true(wire_read_u32(&in, &u32) && u32 == 0xdeadbeef);
	assert_true(wire_read_u64(&in, &u64) && u64 == UINT64_MAX - 1);
	assert_true(wire_read_i64(&in, &i64) && i64 == INT64_MIN);
	assert_true(wire_read_bool(&in, &is_true) && is_true);
	assert_true(wire_read_bool(&in, &is_false) && !is_false);
	assert_true(wire_read_text(&in, &text, 100));
	assert_string_equal(text, "赤沢");
	assert_true(wire_read_text(&in, &null, 100) && null == NULL);
	assert_true(wire_read_bytes(&in, &bytes, &len, 2) && len == 2);
	assert_memory_equal(bytes, "\0\xff", 2);
	assert_false(wire_read_end(&in)); /* the list is left */
	assert_true(wire_read_list(&in, &list_again, 2, 100));
	assert_true(list_equal(&list, &list_again));
	assert_true(wire_read_end(&in));

	free(text);
	list_clear(&list);
	list_clear(&list_again);
	buf_clear(&out);
}

static void
every_prefix_is_refused(void **state)
{
	struct buf out = BUF_EMPTY;
	struct list list = { 0 };
	struct wire_reader in;

	list_add(&list, "abc");
	wire_add_list(&out, &list);
	for (size_t len = 0; len < out.len; len++) {
		wire_reader_init(&in, out.data, len);
		assert_false(read_a_list(&in));
	}
	list_clear(&list);
	buf_clear(&out);
}

int
main(void)
{
	struct CMUnitTest tests[ROWS + 2] = {
		cmocka_unit_test(comes_out_as_it_went_in),
		cmocka_unit_test(every_prefix_is_refused),
	};

	for (size_t i = 0; i < ROWS; i++)
		tests[i + 2] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = check_row,
			.initial_state = (void *)&rows[i] };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
