/*
 * Files of lines: writing at a place, looking at what stands there, finding one again.
 */
#ifndef ALERTS_FILE_H
#define ALERTS_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"

/* What stands where a line is to stand. */
enum finding { FOUND_WHOLE, FOUND_PART, FOUND_ABSENT, FOUND_OTHER };

/** All of it, or false with errno. */
bool file_write_at(int fd, const char *data, size_t len, int64_t offset);
bool file_read_at(int fd, char *data, size_t len, int64_t offset);
/** Compare a line, without its line feed, with what the file holds at its place. */
enum finding file_examine(int fd, const char *line, size_t len, int64_t offset);
/** SHA-256 of the last whole line; "" when there is none, or none in the last megabyte. */
void file_last_sha(int fd, char sha[DIGEST_HEX_BYTES]);
/** Have the names in the folder of a path on the disk. */
void file_sync_folder(const char *path);
/** Find a file in the folder of a path by its inode. @return a descriptor, or -1 */
int file_find(const char *path, int64_t device, int64_t inode);

#endif
