/*
 * A copy of this process that does one thing and dies: what may need much memory, or may
 * never end, is done there.
 */
#ifndef BASE_CHILD_H
#define BASE_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct buf;
struct error;

/**
 * fork(), for a child that does not go on to another program. None of our handlers runs in
 * it: signals wait while it is made, then all are as at a program's start. It dies with us,
 * and at the latest when it has used up its CPU time.
 *
 * @param cpu_s  what it may use
 * @return as fork()
 */
pid_t child_fork(unsigned cpu_s);

/**
 * Read what a child says until it closes its end. The caller's thread waits meanwhile.
 *
 * @param what       for the error: what the child does
 * @param limit_ms   from now
 * @param max_bytes  more of it is an error too
 * @return false with err set; the child then still has to be ended
 */
bool child_read(int fd, const char *what, int64_t limit_ms, size_t max_bytes,
    struct buf *out, struct error *err);
/** Wait for its end. @param is_killed  end it first @return as waitpid() says it */
int child_end(pid_t pid, bool is_killed);

#endif
