/*
 * What a test asks a process to do to itself; only in test builds.
 *
 * The plan is read at the first pass of any point and kept: a process that started before
 * the file was written and has passed a point does not see it. Each process counts its own
 * passes. Whoever removes the file is the one that acts, so two processes that reach the
 * same point do not both do it.
 */
#include "base/crash.h"

#ifdef ENABLE_CRASH_POINTS

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/mem.h"

struct crash_plan {
	pid_t pid;         /* of the process that read it: a fork counts anew */
	const char *path;  /* of the environment; NULL: nothing is asked for */
	char name[64];     /* the point */
	unsigned long nth; /* which pass of it, from 1 */
	unsigned long passes;
};

static void
read_plan(struct crash_plan *plan)
{
	char line[96] = "";
	char *blank;
	FILE *file;

	*plan = (struct crash_plan){ .pid = getpid() };
	plan->path = getenv("DEALWATCH_CRASH");
	if (plan->path == NULL)
		return;
	file = fopen(plan->path, "re");
	if (file == NULL || fgets(line, sizeof(line), file) == NULL)
		line[0] = '\0';
	if (file != NULL)
		(void)fclose(file); /* only read from */
	blank = strchr(line, ' ');
	if (blank == NULL || (size_t)(blank - line) >= sizeof(plan->name)) {
		plan->path = NULL;
		return;
	}
	memcpy(plan->name, line, (size_t)(blank - line));
	plan->nth = strtoul(blank + 1, NULL, 10);
}

/* The one state of the process that no caller could hand down: points lie everywhere. */
static struct crash_plan *
the_plan(void)
{
	static struct crash_plan plan;

	if (plan.pid != getpid())
		read_plan(&plan);
	return &plan;
}

bool
crash_flag(const char *name)
{
	struct crash_plan *plan = the_plan();

	if (plan->path == NULL || strcmp(plan->name, name) != 0)
		return false;
	plan->passes++;
	return plan->passes == plan->nth && unlink(plan->path) == 0;
}

void
crash_point(const char *name)
{
	if (crash_flag(name))
		(void)kill(getpid(), SIGKILL); /* does not return */
}

char *
crash_folder(void)
{
	const char *path = getenv("DEALWATCH_CRASH");
	const char *slash = path == NULL ? NULL : strrchr(path, '/');

	return slash == NULL ? NULL : mem_strndup(path, (size_t)(slash - path));
}

void
crash_order(const char *word)
{
	volatile bool goes_on = strcmp(word, "burn") == 0;

	while (goes_on)
		;
	if (strcmp(word, "segfault") != 0)
		return;
	(void)signal(SIGSEGV, SIG_DFL); /* a sanitizer would turn it into an exit */
	(void)kill(getpid(), SIGSEGV);
}

#endif
