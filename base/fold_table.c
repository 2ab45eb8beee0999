/*
 * Makes base/fold_forms.inc while building: what each character up to U+FFFF folds to when
 * that is one character, whatever stands beside it, else 0. It asks the careful way of
 * folding, and so the library that is there; characters that are not assigned yet, which a
 * newer library may fold, are left to it.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

#include "base/buf.h"
#include "base/fold_walk.h"
#include "base/text.h"

struct folded {
	struct buf text;
	size_t pieces;
	size_t last_from, last_at; /* where the last piece stood, and stands now */
};

static void
on_piece(void *ctx, const struct fold_piece *piece)
{
	struct folded *folded = ctx;

	folded->last_at = folded->text.len;
	buf_add(&folded->text, piece->bytes, piece->len);
	folded->pieces++;
	folded->last_from = piece->from;
}

/* Fold three texts in a row. */
static void
fold_three(const char *before, uint32_t c, const char *after, struct folded *folded)
{
	AUTO_BUF struct buf text = BUF_EMPTY;

	buf_add_text(&text, before);
	text_encode(&text, c);
	buf_add_text(&text, after);
	buf_clear(&folded->text);
	*folded = (struct folded){ .text = BUF_EMPTY };
	fold_walk(text.data, text.len, on_piece, folded);
}

static bool
gives(const char *before, uint32_t c, const char *after, const char *wanted)
{
	struct folded folded = { .text = BUF_EMPTY };
	bool is_so;

	fold_three(before, c, after, &folded);
	is_so = strcmp(buf_text(&folded.text), wanted) == 0;
	buf_clear(&folded.text);
	return is_so;
}

/* Whether blanks beside it are kept as the folded character says. */
static bool
treats_blanks(uint32_t c, uint32_t form)
{
	AUTO_BUF struct buf before = BUF_EMPTY;
	AUTO_BUF struct buf after = BUF_EMPTY;

	buf_add_text(&before, fold_is_cjk(form) ? "日" : "日 ");
	text_encode(&before, form);
	text_encode(&after, form);
	buf_add_text(&after, fold_is_cjk(form) ? "日" : " 日");
	return gives("日 ", c, "", before.data) && gives("", c, " 日", after.data);
}

/* The one character it folds to when it stands alone and joins nothing; or 0. */
static uint32_t
single_form(uint32_t c)
{
	struct folded folded = { .text = BUF_EMPTY };
	uint32_t form = 0;
	size_t used = 0;

	fold_three("日", c, "", &folded);
	if (folded.pieces == 2 && folded.last_from == strlen("日"))
		used = text_decode(folded.text.data + folded.last_at,
		    folded.text.len - folded.last_at, &form);
	if (used == 0 || folded.last_at + used != folded.text.len || form > 0xFFFF)
		form = 0;
	buf_clear(&folded.text);
	return form;
}

static uint32_t
form_of(uint32_t c)
{
	uint32_t form;

	if (c == 0 || (c >= 0xD800 && c < 0xE000) ||
	    utf8proc_get_property((utf8proc_int32_t)c)->category == UTF8PROC_CATEGORY_CN)
		return 0;
	if (gives("x", c, "x", "x x") && gives("日", c, "日", "日日"))
		return ' ';
	form = single_form(c);
	return form != 0 && treats_blanks(c, form) ? form : 0;
}

int
main(void)
{
	for (uint32_t c = 0; c < 0x10000; c++)
		printf("%u,%s", form_of(c), c % 16 == 15 ? "\n" : "");
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
