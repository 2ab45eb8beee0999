/*
 * Folding the careful way: the text is walked once, character by character, and given in
 * pieces, each with the span of bytes it came from. What text_fold() gives by its table is
 * the same; only base/fold*.c and its tests include this.
 *
 * A segment is what normalisation must see together: a character and the marks on it.
 */
#ifndef BASE_FOLD_WALK_H
#define BASE_FOLD_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Unicode's Stream-Safe Text Format stops at 30 marks; ordering costs the square of this.
 */
#define FOLD_SEGMENT_MAX 32

/* len bytes of folded text from the bytes [from, to) of the original; is_bytewise: each
 * byte from one of its own. */
struct fold_piece {
	const char *bytes;
	size_t len;
	size_t from, to;
	bool is_bytewise;
};

typedef void fold_piece_fn(void *ctx, const struct fold_piece *piece);

struct fold {
	fold_piece_fn *on_piece;
	void *ctx;
	int32_t segment[FOLD_SEGMENT_MAX]; /* decomposed */
	size_t count;
	size_t from, to;
	bool has_blank; /* white space was read and not yet given */
	size_t blank_from, blank_to;
	bool has_output;
	bool is_after_cjk; /* the last character that is no mark */
};

/** Give all of a text in pieces. */
void fold_walk(const char *text, size_t len, fold_piece_fn *on_piece, void *ctx);

/** Take the one character at text, which stands at byte `at`. @return bytes taken */
size_t fold_char(struct fold *fold, const char *text, size_t len, size_t at);
/** Give what waits for marks: what follows has none. */
void fold_end_segment(struct fold *fold);
/** Han, kana, bopomofo and their punctuation: scripts that write no blanks. */
bool fold_is_cjk(uint32_t c);

#endif
