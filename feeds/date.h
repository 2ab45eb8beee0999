/*
 * Dates as feeds write them: RFC 822, RFC 3339 and what people make of both.
 */
#ifndef FEEDS_DATE_H
#define FEEDS_DATE_H

#include <stdbool.h>
#include <stdint.h>

/**
 * Read a date. Without a time of day it is midnight, without a zone UTC; text of Korean or
 * Japanese words without a zone is +09:00.
 *
 * @return false, unix_s untouched, when no date can be made out
 */
bool date_parse(const char *text, int64_t *unix_s);

#endif
