/*
 * One line an event, for the administrator, on standard error.
 *
 * Room first, then the object, then what happened: log_warn("feeds", "%s: %s", id,
 * err.text). Text from outside is escaped here. Where standard error is the journal
 * ($JOURNAL_STREAM) each line begins with its priority as sd-daemon(3) has it; on a
 * terminal and in files with the time.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/** Lines above the level are not written. The default is INFO. */
void log_set_level(enum log_level level);

/** Read "error", "warn", "info" or "debug". @return false, level untouched, for other words
 */
bool log_level_parse(const char *text, enum log_level *level);

/** Whether standard error is the journal. */
bool log_is_journal(void);

void log_write(enum log_level level, const char *room, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define log_error(room, ...) log_write(LOG_LEVEL_ERROR, room, __VA_ARGS__)
#define log_warn(room, ...) log_write(LOG_LEVEL_WARN, room, __VA_ARGS__)
#define log_info(room, ...) log_write(LOG_LEVEL_INFO, room, __VA_ARGS__)
#define log_debug(room, ...) log_write(LOG_LEVEL_DEBUG, room, __VA_ARGS__)

#endif
