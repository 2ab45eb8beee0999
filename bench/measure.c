/*
 * CPU time of commands, their medians, beside one another.
 *
 *   measure RUNS INPUT COMMAND...
 *
 * Runs all commands in turn, RUNS times, with the file INPUT as standard input and nothing
 * read of their output. A command is words with blanks between them. For each one line:
 * median, least and most milliseconds of user and system time, peak memory in KB, and the
 * command. Ends with 1 when one of them fails.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS_MAX 32

struct command {
	const char *text;
	double *ms;
	long memory_kb;
};

static void
become(const char *text, const char *input)
{
	char *copy = strdup(text), *rest = copy, *words[WORDS_MAX + 1] = { NULL };
	int in = open(input, O_RDONLY), out = open("/dev/null", O_WRONLY);

	for (int i = 0; i < WORDS_MAX && rest != NULL; i++)
		words[i] = strsep(&rest, " ");
	if (in >= 0 && out >= 0 && dup2(in, STDIN_FILENO) >= 0 &&
	    dup2(out, STDOUT_FILENO) >= 0)
		execvp(words[0], words);
	perror(text);
	_exit(127);
}

static double
milliseconds(const struct timeval *time)
{
	return (double)time->tv_sec * 1e3 + (double)time->tv_usec / 1e3;
}

static bool
run(struct command *command, const char *input, int number)
{
	pid_t pid = fork();
	struct rusage usage;
	int status;

	if (pid == 0)
		become(command->text, input);
	if (pid < 0 || wait4(pid, &status, 0, &usage) != pid || status != 0) {
		(void)fprintf(stderr, "measure: failed: %s\n", command->text);
		return false;
	}
	command->ms[number] = milliseconds(&usage.ru_utime) + milliseconds(&usage.ru_stime);
	if (usage.ru_maxrss > command->memory_kb)
		command->memory_kb = usage.ru_maxrss;
	return true;
}

static int
compare(const void *a, const void *b)
{
	double one = *(const double *)a, other = *(const double *)b;

	return (one > other) - (one < other);
}

static bool
run_all(struct command *commands, int count, int runs, const char *input)
{
	for (int i = 0; i < runs; i++) {
		for (int j = 0; j < count; j++) {
			if (!run(&commands[j], input, i))
				return false;
		}
	}
	return true;
}

static void
report(struct command *command, int runs)
{
	qsort(command->ms, (size_t)runs, sizeof(*command->ms), compare);
	printf("%.2f\t%.2f\t%.2f\t%ld\t%s\n", command->ms[runs / 2], command->ms[0],
	    command->ms[runs - 1], command->memory_kb, command->text);
}

int
main(int argc, char **argv)
{
	int runs = argc > 3 ? atoi(argv[1]) : 0; // NOLINT(cert-err34-c): 0 is refused
	int count = argc - 3;
	struct command *commands;
	bool is_good;

	if (runs <= 0) {
		(void)fprintf(stderr, "usage: measure RUNS INPUT COMMAND...\n");
		return EXIT_FAILURE;
	}
	commands = calloc((size_t)count, sizeof(*commands));
	for (int i = 0; i < count; i++) {
		commands[i].text = argv[i + 3];
		commands[i].ms = calloc((size_t)runs, sizeof(*commands[i].ms));
	}
	is_good = run_all(commands, count, runs, argv[2]);
	for (int i = 0; i < count; i++) {
		if (is_good)
			report(&commands[i], runs);
		free(commands[i].ms);
	}
	free(commands);
	return is_good ? EXIT_SUCCESS : EXIT_FAILURE;
}
