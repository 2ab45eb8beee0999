/*
 * dealwatch: the command line. Finds the verb, and helps when there is none.
 */
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/error.h"
#include "base/options.h"
#include "base/similar.h"
#include "base/text.h"
#include "watch/settings.h"

#define READ_BYTES ((size_t)64 << 10)

static const struct verb *const verbs[] = {
	&verb_alerts,
	&verb_check,
	&verb_explain,
	&verb_feeds,
	&verb_match,
	&verb_parse,
	&verb_poll,
	&verb_reload,
	&verb_reopen,
	&verb_replay,
	&verb_silence,
	&verb_status,
	&verb_story,
	&verb_tail,
	&verb_test_sink,
	&verb_verify,
	NULL,
};

/* -- shared by the verbs -- */

bool
cli_options(const struct verb *verb, int argc, char **argv, void *target, int *first)
{
	struct error err = { 0 };

	if (options_read(argc, argv, verb->options, target, first, &err))
		return true;
	cli_usage(verb, "%s", err.text);
	return false;
}

int
cli_usage(const struct verb *verb, const char *format, ...)
{
	struct buf text = BUF_EMPTY, shown = BUF_EMPTY;
	char line[1024];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(line, sizeof(line), format, args); /* cut at its end */
	va_end(args);
	text_repair(&text, line, strlen(line));
	text_escape(&shown, buf_text(&text), text.len);
	(void)fprintf(stderr,
	    "dealwatch %s: %s\nusage: dealwatch %s %s\nTry dealwatch %s --help.\n",
	    verb->name, buf_text(&shown), verb->name, verb->arguments, verb->name);
	buf_clear(&text);
	buf_clear(&shown);
	return EX_USAGE;
}

int
cli_fail(const struct error *err)
{
	(void)fprintf(stderr, "dealwatch: %s\n", err->text);
	switch (err->kind) {
	case ERROR_NETWORK:
		return EX_UNAVAILABLE;
	case ERROR_LIMIT:
		return EX_TEMPFAIL;
	case ERROR_FORMAT:
		return EX_DATAERR;
	case ERROR_SYSTEM:
		return EX_IOERR;
	case ERROR_CONFIG:
		return EX_CONFIG;
	}
	return EX_IOERR;
}

size_t
cli_say_messages(struct conf *conf)
{
	size_t errors = conf_error_count(conf);
	size_t count = errors + conf_warning_count(conf);

	for (size_t i = 0; i < count; i++)
		(void)fprintf(stderr, "%s\n", conf_message(conf, i));
	return errors;
}

static bool
read_all(int fd, const char *path, size_t max, struct buf *out, struct error *err)
{
	for (;;) {
		ssize_t got = read(fd, buf_reserve(out, READ_BYTES), READ_BYTES);

		if (got == 0)
			return true;
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_system(err, errno, path, "cannot read");
		out->len += (size_t)got;
		if (out->len > max)
			return error_set(err, ERROR_FORMAT, path,
			    "more than the %zu bytes that are taken", max);
	}
}

bool
cli_read_file(const char *path, size_t max, struct buf *out, struct error *err)
{
	bool is_input = strcmp(path, "-") == 0;
	int fd = is_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	bool ok;

	if (fd < 0)
		return error_system(err, errno, path, "cannot open");
	ok = read_all(fd, is_input ? "standard input" : path, max, out, err);
	if (!is_input)
		(void)close(fd); /* only read from */
	return ok;
}

bool
cli_read_rules(struct settings *settings, const struct list *files)
{
	struct error err = { 0 };
	bool ok = files->count > 0
		      ? settings_read_files(settings, files->items, (int)files->count)
		      : settings_read(settings, NULL, true);

	if (!ok) {
		(void)cli_say_messages(settings->conf);
		return false;
	}
	ok = ruleset_compile(settings->rules, NULL, &err);
	if (!ok)
		(void)cli_fail(&err);
	return ok;
}

void
cli_puts(const char *text)
{
	struct buf shown = BUF_EMPTY;

	text_escape(&shown, text, strlen(text));
	(void)fputs(buf_text(&shown), stdout); /* cli_finish() looks */
	buf_clear(&shown);
}

/* Nobody reads the pipe any more: who has seen enough has no complaint. */
static bool
is_reader_gone(void)
{
	struct pollfd out = { .fd = STDOUT_FILENO };

	return poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0;
}

int
cli_finish(int code)
{
	if ((fflush(stdout) == 0 && ferror(stdout) == 0) || is_reader_gone())
		return code;
	(void)fprintf(stderr, "dealwatch: standard output: cannot write\n");
	return EX_IOERR;
}

/* -- help -- */

static void
print_help(FILE *out)
{
	(void)fputs("usage: dealwatch VERB [OPTION]... [ARGUMENT]...\n\n", out);
	for (size_t i = 0; verbs[i] != NULL; i++)
		(void)fprintf(out, "  %-9s %s\n", verbs[i]->name, verbs[i]->summary);
	(void)fputs("\ndealwatch VERB --help says more of one. Exit codes are those of\n"
		    "sysexits.h; match: 0 something matched, 1 nothing did.\n",
	    out);
}

static void
print_verb_help(const struct verb *verb)
{
	printf("usage: dealwatch %s %s\n\n%s.\n\n", verb->name, verb->arguments,
	    verb->summary);
	options_print(stdout, verb->options);
	if (verb->more != NULL)
		printf("\n%s\n", verb->more);
}

/* -- finding the verb -- */

static int
refuse(const char *name)
{
	struct similar similar = { .wrong = name };
	struct error err = { 0 };

	for (size_t i = 0; verbs[i] != NULL; i++)
		similar_try(&similar, verbs[i]->name);
	/* for its escaping */
	error_set(&err, ERROR_CONFIG, name, "no such verb%s%s%s",
	    similar.nearest != NULL ? "; did you mean " : "",
	    similar.nearest != NULL ? similar.nearest : "",
	    similar.nearest != NULL ? "?" : "");
	(void)fprintf(stderr, "dealwatch: %s\nTry dealwatch --help.\n", err.text);
	return EX_USAGE;
}

static const struct verb *
find(const char *name)
{
	for (size_t i = 0; verbs[i] != NULL; i++) {
		if (strcmp(verbs[i]->name, name) == 0)
			return verbs[i];
	}
	return NULL;
}

static bool
asks_for_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
	}
	return false;
}

static int
run_verb(int argc, char **argv)
{
	const struct verb *verb = find(argv[0]);

	if (verb == NULL)
		return refuse(argv[0]);
	if (asks_for_help(argc, argv)) {
		print_verb_help(verb);
		return EX_OK;
	}
	return verb->run(verb, argc, argv);
}

int
main(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "";

	/* how wide characters are; our own texts are UTF-8 whatever the locale says */
	if (setlocale(LC_CTYPE, "") == NULL || MB_CUR_MAX == 1)
		(void)setlocale(LC_CTYPE, "C.UTF-8");
	(void)signal(SIGPIPE, SIG_IGN); /* a closed output is seen where it is written */
	(void)signal(SIGCHLD, SIG_DFL); /* ignored, no child would leave a status */
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 ||
	    strcmp(word, "help") == 0) {
		print_help(stdout);
		return cli_finish(EX_OK);
	}
	if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0) {
		puts("dealwatch " PACKAGE_VERSION);
		return cli_finish(EX_OK);
	}
	if (argc < 2) {
		print_help(stderr);
		return EX_USAGE;
	}
	return cli_finish(run_verb(argc - 1, argv + 1));
}
