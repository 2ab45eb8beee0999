/*
 * A walk over the signs that mean something before the library reads the rest: what it
 * cannot do in linear time is refused by its name, and what folding would never leave in a
 * text is refused or folded too.
 */
#include "rules/regex.h"

#include <hs.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

struct reader {
	const char *text;
	size_t len, at;
	struct buf *out;
	struct error *err;
};

unsigned
regex_flags(void)
{
	return HS_FLAG_UTF8 | HS_FLAG_SOM_LEFTMOST;
}

static bool
refuse(struct reader *reader, const char *what)
{
	AUTO_FREE char *shown = mem_printf(
	    "/%.*s/", (int)text_cut(reader->text, reader->len, 60), reader->text);

	return error_set(reader->err, ERROR_CONFIG, shown, "%s", what);
}

static bool
begins(const struct reader *reader, const char *with)
{
	size_t len = strlen(with);

	return reader->len - reader->at >= len &&
	       memcmp(reader->text + reader->at, with, len) == 0;
}

/* What begins with (? */
static bool
read_group(struct reader *reader)
{
	static const struct {
		const char *sign, *what;
	} refused[] = {
		{ "(?=", "look-ahead is not supported (use NEAR, BEFORE or NOT)" },
		{ "(?!", "look-ahead is not supported (use NEAR, BEFORE or NOT)" },
		{ "(?<=", "look-behind is not supported (use NEAR, BEFORE or NOT)" },
		{ "(?<!", "look-behind is not supported (use NEAR, BEFORE or NOT)" },
		{ "(?P=", "back-references are not supported" },
		{ "(?>", "atomic groups are not supported" },
	};

	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		if (begins(reader, refused[i].sign))
			return refuse(reader, refused[i].what);
	}
	if (begins(reader, "(?") && !begins(reader, "(?:"))
		return refuse(reader, "of the groups with (? only (?: is supported");
	buf_add_char(reader->out, '(');
	reader->at++;
	return true;
}

static bool
is_hex(char c)
{
	return c != '\0' && strchr("0123456789abcdefABCDEF", c) != NULL;
}

/* How long the escape at this place is, with what belongs to it; 0: it is cut short. */
static size_t
escape_len(const struct reader *reader)
{
	const char *text = reader->text + reader->at;
	size_t left = reader->len - reader->at;
	const char *brace;
	uint32_t c;

	if (left > 2 && strchr("pPx", text[1]) != NULL && text[2] == '{') {
		brace = memchr(text, '}', left);
		return brace == NULL ? 0 : (size_t)(brace - text) + 1;
	}
	if (text[1] == 'x')
		return left >= 4 && is_hex(text[2]) && is_hex(text[3]) ? 4 : 0;
	if (text[1] == 'p' || text[1] == 'P')
		return 0;
	return 1 + text_decode(text + 1, left - 1, &c);
}

static bool
read_escape(struct reader *reader)
{
	char c = '\0';
	size_t len;

	if (reader->at + 1 < reader->len)
		c = reader->text[reader->at + 1];
	if (c == '\0')
		return refuse(reader, "it ends in a \\");
	if ((c >= '1' && c <= '9') || c == 'g' || c == 'k')
		return refuse(reader, "back-references are not supported");
	if (strchr("AbBdDnpPrsStwWxz", c) == NULL &&
	    ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '0'))
		return refuse(reader,
		    "this escape is not supported (\\b \\d \\s \\w \\p{...} "
		    "\\x{...} and their opposites are)");
	len = escape_len(reader);
	if (len == 0)
		return refuse(
		    reader, "this escape is cut short (\\p{Han}, \\x2f, \\x{6fa4})");
	if (c == '/')
		buf_add_char(reader->out, '/');
	else
		buf_add(reader->out, reader->text + reader->at, len);
	reader->at += len;
	return true;
}

/* A character for itself: as folding leaves it. */
static bool
read_char(struct reader *reader)
{
	AUTO_BUF struct buf folded = BUF_EMPTY;
	const char *text = reader->text + reader->at;
	uint32_t c = 0;
	size_t used = text_decode(text, reader->len - reader->at, &c);

	if (c >= 'A' && c <= 'Z')
		return refuse(
		    reader, "capitals are never found: text is folded to small letters");
	if (c < 0x80) {
		buf_add_char(reader->out, (char)c);
	} else {
		text_fold(&folded, text, used);
		if (text_chars(buf_text(&folded), folded.len) != 1)
			return refuse(
			    reader, "this character is never found: text is folded");
		buf_add(reader->out, folded.data, folded.len);
	}
	reader->at += used;
	return true;
}

static bool
read_sign(struct reader *reader)
{
	switch (reader->text[reader->at]) {
	case '(':
		return read_group(reader);
	case '\\':
		return read_escape(reader);
	default:
		return read_char(reader);
	}
}

/* What the library says of it. */
static bool
ask(struct reader *reader)
{
	hs_compile_error_t *why = NULL;
	hs_expr_info_t *info = NULL;
	bool is_good;

	reader->at = 0;
	if (hs_expression_info(buf_text(reader->out), regex_flags(), &info, &why) !=
	    HS_SUCCESS) {
		is_good = refuse(reader, why == NULL ? "out of memory" : why->message);
		hs_free_compile_error(why);
		return is_good;
	}
	is_good = info->min_width > 0 || refuse(reader, "it can match nothing at all");
	free(info); /* malloc() is the library's allocator, too */
	return is_good;
}

bool
regex_read(struct buf *out, const char *text, size_t len, size_t *at, struct error *err)
{
	struct reader reader = { text, len, 0, out, err };
	bool is_good = true;

	if (len > REGEX_MAX_BYTES)
		is_good = refuse(&reader, "a regex has at most 1024 bytes");
	else if (len == 0)
		is_good = refuse(&reader, "it can match nothing at all");
	while (is_good && reader.at < len)
		is_good = read_sign(&reader);
	is_good = is_good && ask(&reader);
	if (!is_good)
		*at = reader.at;
	return is_good;
}
