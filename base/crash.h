/*
 * Named places where a test build (--enable-crash-points) can be made to die.
 *
 * $DEALWATCH_CRASH names a file with one line, "POINT N": at the N-th pass of POINT in any
 * process that has the variable, the file is removed and the process killed with SIGKILL,
 * so it happens once. A flag does not kill: it says once that its caller is to misbehave.
 * In other builds both are nothing at all.
 */
#ifndef BASE_CRASH_H
#define BASE_CRASH_H

#include <stdbool.h>

#ifdef ENABLE_CRASH_POINTS
#define CRASH_POINTS 1
/** Die here when the file says so. */
void crash_point(const char *name);
/** @return true once, when the file names this flag and this is its N-th pass */
bool crash_flag(const char *name);
/** The folder of that file, for a sandbox to leave open; the caller's to free(), or NULL.
 */
char *crash_folder(void);
/** Do at once what a test's input says: "burn" (endless CPU) or "segfault". */
void crash_order(const char *word);
#else
#define CRASH_POINTS 0
#define crash_point(name) ((void)0)
#define crash_flag(name) (false)
#define crash_folder() ((char *)NULL)
#define crash_order(word) ((void)(word))
#endif

#endif
