/*
 * Text folded for comparison.
 *
 * Most characters fold to one other, whatever stands beside them: those are looked up in a
 * table that the build makes (base/fold_table.c), ASCII many at a time. Where a character
 * is none of these, it and the one before it, which it may join, are taken the careful way
 * (base/fold_walk.h).
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

#include "base/buf.h"
#include "base/fold_walk.h"
#include "base/text.h"

#define BLOCK ((size_t)16)

/* Of each character up to U+FFFF what it folds to; 0: see above. */
static const uint16_t forms[0x10000] = {
#include "base/fold_forms.inc"
};

typedef uint8_t block_bytes __attribute__((vector_size(16)));

/* A stretch of characters that fold by the table. */
struct run {
	const unsigned char *text;
	size_t len, at;
	char *out; /* room for half as much again */
	size_t out_len;
	uint32_t last;     /* character given; 0: none yet */
	size_t last_used;  /* bytes it was; 0: a blank follows it */
	bool has_blank;    /* read, and not yet given */
	bool has_output;   /* of the whole text */
	bool is_after_cjk; /* when last is 0 */
};

/*
 * BLOCK bytes of printable ASCII. @return not all zero: some are not, or two blanks follow
 * one another
 */
static inline __attribute__((always_inline)) block_bytes
fold_block(const unsigned char *text, char *out)
{
	block_bytes c, next, folded, quotes;

	memcpy(&c, text, sizeof(c));
	memcpy(&next, text + 1, sizeof(next));
	folded = c | ((block_bytes)((c - 'A') < 26) & 0x20);
	quotes = (block_bytes)(c == '"') | (block_bytes)(c == '`');
	folded ^= quotes & (c ^ '\'');
	memcpy(out, &folded, sizeof(folded));
	return (block_bytes)((c - 0x20) > 0x7E - 0x20) |
	       (block_bytes)((c == ' ') & (next == ' '));
}

static bool
is_zero(block_bytes block)
{
	uint64_t halves[2];

	memcpy(halves, &block, sizeof(halves));
	return (halves[0] | halves[1]) == 0;
}

/* Four at once: asking whether all went well costs as much as one of them. */
static bool
fold_blocks(const unsigned char *text, char *out)
{
	return is_zero(fold_block(text, out) | fold_block(text + BLOCK, out + BLOCK) |
		       fold_block(text + 2 * BLOCK, out + 2 * BLOCK) |
		       fold_block(text + 3 * BLOCK, out + 3 * BLOCK));
}

static uint32_t
wide_char(const unsigned char *text)
{
	return (uint32_t)(text[0] & 0x0F) << 12 | (uint32_t)(text[1] & 0x3F) << 6 |
	       (text[2] & 0x3F);
}

static void
write_wide(char *out, uint32_t c)
{
	out[0] = (char)(0xE0 | c >> 12);
	out[1] = (char)(0x80 | (c >> 6 & 0x3F));
	out[2] = (char)(0x80 | (c & 0x3F));
}

/* So many bytes were read and given; the last character is `last` now, and was `used`
 * bytes.
 */
static void
took(struct run *run, size_t read, size_t given, uint32_t last, size_t used)
{
	run->at += read;
	run->out_len += given;
	run->last = last;
	run->last_used = used;
	run->has_output = true;
}

/* As many blocks as there are. */
static void
take_blocks(struct run *run)
{
	const unsigned char *text = run->text + run->at;
	char *out = run->out + run->out_len;
	size_t len = run->len - run->at, at = 0;

	while (at + 4 * BLOCK < len && fold_blocks(text + at, out + at))
		at += 4 * BLOCK;
	while (at + BLOCK < len && is_zero(fold_block(text + at, out + at)))
		at += BLOCK;
	/* the rest but one, with some of what was folded already */
	if (at > 0 && at + 1 < len && len - at <= BLOCK + 1 &&
	    is_zero(fold_block(text + len - 1 - BLOCK, out + len - 1 - BLOCK)))
		at = len - 1;
	if (at > 0 && text[at - 1] == ' ')
		at--; /* it is given with what follows */
	if (at > 0)
		took(run, at, at, 'a', 1); /* any that is not CJK */
}

/* Characters of three bytes that fold to such. */
static void
take_wide(struct run *run)
{
	const unsigned char *text = run->text + run->at;
	char *out = run->out + run->out_len;
	size_t len = run->len - run->at, at = 0;
	uint32_t last = 0;

	while (at + 3 <= len && (text[at] & 0xF0) == 0xE0) {
		uint32_t form = forms[wide_char(text + at)];

		if (form < 0x800)
			break;
		write_wide(out + at, form);
		last = form;
		at += 3;
	}
	if (at > 0)
		took(run, at, at, last, 3);
}

/* The character at the run's place, of up to three bytes; 0: none of those. */
static uint32_t
read_char(const struct run *run, size_t *used)
{
	const unsigned char *text = run->text + run->at;
	size_t left = run->len - run->at;

	if (text[0] < 0x80) {
		*used = 1;
		return text[0];
	}
	if (text[0] < 0xE0 && left >= 2) {
		*used = 2;
		return (uint32_t)(text[0] & 0x1F) << 6 | (text[1] & 0x3F);
	}
	if (text[0] < 0xF0 && left >= 3) {
		*used = 3;
		return wide_char(text);
	}
	return 0;
}

/* What the character there folds to by the table, or 0. */
static uint32_t
next_form(const struct run *run, size_t *used)
{
	return run->at < run->len ? forms[read_char(run, used)] : 0;
}

static size_t
write_char(char *out, uint32_t c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xC0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3F));
		return 2;
	}
	write_wide(out, c);
	return 3;
}

static bool
is_after_cjk(const struct run *run)
{
	return run->last == 0 ? run->is_after_cjk : fold_is_cjk(run->last);
}

static void
give_char(struct run *run, uint32_t c, size_t used)
{
	if (run->has_blank && run->has_output && !(is_after_cjk(run) && fold_is_cjk(c)))
		run->out[run->out_len++] = ' ';
	run->has_blank = false;
	took(run, used, write_char(run->out + run->out_len, c), c, used);
}

static void
take_stretch(struct run *run)
{
	if (run->has_blank)
		return;
	if (run->at < run->len && run->text[run->at] > ' ' && run->text[run->at] < 0x80)
		take_blocks(run);
	take_wide(run);
}

/* Take what folds by the table. */
static void
take_run(struct run *run)
{
	uint32_t form;
	size_t used;

	take_stretch(run);
	while ((form = next_form(run, &used)) != 0) {
		if (form == ' ') {
			run->has_blank = true;
			run->last_used = 0;
			run->at += used;
			continue;
		}
		give_char(run, form, used);
		take_stretch(run);
	}
}

/* Give back the last character: what follows may join it. */
static void
untake(struct run *run)
{
	char bytes[4];

	run->out_len -= write_char(bytes, run->last);
	run->at -= run->last_used;
}

/* Give what stands at the begin of a text and folds by the table. @return bytes taken */
static size_t
fold_run(struct fold *fold, struct buf *out, const char *text, size_t len)
{
	struct run run = { .text = (const unsigned char *)text,
		.len = len,
		.is_after_cjk = fold->is_after_cjk };
	size_t used;

	if (next_form(&run, &used) == 0)
		return 0;
	fold_end_segment(fold);
	run.has_blank = fold->has_blank;
	run.has_output = fold->has_output;
	run.out = buf_room(out, len + len / 2 + BLOCK + 3);
	take_run(&run);
	if (run.at < len && run.last_used > 0)
		untake(&run);
	out->len += run.out_len;
	out->data[out->len] = '\0';
	fold->has_blank = run.has_blank;
	fold->has_output = run.has_output;
	fold->is_after_cjk = is_after_cjk(&run);
	return run.at;
}

static void
keep_text(void *ctx, const struct fold_piece *piece)
{
	buf_add(ctx, piece->bytes, piece->len);
}

void
text_fold(struct buf *out, const char *text, size_t len)
{
	struct fold fold = { .on_piece = keep_text, .ctx = out };
	size_t at = 0;

	while (at < len) {
		size_t used = fold_run(&fold, out, text + at, len - at);

		at += used > 0 ? used : fold_char(&fold, text + at, len - at, at);
	}
	fold_end_segment(&fold);
}

void
text_normalize(struct buf *out, const char *text, size_t len)
{
	utf8proc_uint8_t *normal = NULL;
	utf8proc_ssize_t count =
	    utf8proc_map((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)len, &normal,
		UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_IGNORE);

	if (count > 0)
		buf_add(out, normal, (size_t)count);
	free(normal); /* the library takes it from malloc() */
}
