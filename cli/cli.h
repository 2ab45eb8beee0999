/*
 * What the verbs of dealwatch share: how one looks, how it fails.
 *
 * A verb is one file with one row; main walks the table. What it returns is the exit code,
 * as sysexits.h has them.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <sysexits.h>

struct buf;
struct conf;
struct error;
struct list;
struct option_row;
struct settings;

struct verb {
	const char *name;
	const char *arguments; /* as usage shows them */
	const char *summary;   /* one line */
	const struct option_row *options;
	const char *more; /* further help, or NULL */
	int (*run)(const struct verb *verb, int argc, char **argv);
};

extern const struct verb verb_alerts, verb_check, verb_explain, verb_feeds, verb_match,
    verb_parse, verb_poll, verb_reload, verb_reopen, verb_replay, verb_silence, verb_status,
    verb_story, verb_tail, verb_test_sink, verb_verify;

/**
 * Read a verb's options. argv[0] is the verb.
 *
 * @param first  out: the first argument that is no option
 * @return false after saying what is wrong; the verb returns EX_USAGE then
 */
bool cli_options(const struct verb *verb, int argc, char **argv, void *target, int *first);
/** Say what is wrong with the arguments. @return EX_USAGE */
int cli_usage(const struct verb *verb, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/** Say an error. @return the exit code of its kind */
int cli_fail(const struct error *err);
/** Print all mistakes and warnings to standard error. @return how many mistakes */
size_t cli_say_messages(struct conf *conf);
/**
 * Read a whole file, "-" is standard input. More than max bytes is an error of kind FORMAT.
 */
bool cli_read_file(const char *path, size_t max, struct buf *out, struct error *err);
/**
 * Read files of rules, or the default pack when there are none, and make them ready to
 * judge; mistakes are said.
 */
bool cli_read_rules(struct settings *settings, const struct list *files);
/** Print text with control characters escaped. */
void cli_puts(const char *text);
/** @return code, or EX_IOERR when what was printed did not all get out */
int cli_finish(int code);

#endif
