/*
 * Over which job a worker died: by what it lied about, what it had announced on the board,
 * what it did not end, and, when none of that tells, by halving those that were with it.
 */
#ifndef FEEDS_BLAME_H
#define FEEDS_BLAME_H

#include <stddef.h>
#include <stdint.h>

#include "feeds/flight.h"

struct error;
struct job_board;

#define BLAME_TEXT_BYTES 640

/* What is known of a worker's end; ids as on the wire, 0: none. */
struct blame_death {
	const struct job_board *board; /* borrowed */
	uint64_t liar;                 /* a malformed message was about this job */
	uint64_t overdue;              /* the worker was killed because of it */
	int status;                    /* as of waitpid(2) */
	const struct error *why;       /* what its channel said; text may be empty */
};

/** How it ended, as far as that can be known. */
void blame_describe(const struct flights *flights, const struct blame_death *death,
    char text[BLAME_TEXT_BYTES]);
/** Find the job to blame, and fail it with its reason. @return NULL: nobody knows */
struct flight *blame_find(const struct flights *flights, const struct blame_death *death);
/**
 * What was with the dead worker is to be sent anew. Without a culprit all of it is suspect,
 * and those that were not with it no longer are.
 *
 * @return how many suspects may be sent together: half of them
 */
size_t blame_take_back(struct flights *flights, const struct flight *culprit);

#endif
