/*
 * Where things are.
 */
#include "base/paths.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"

#define PATHS_MODE 0750

bool
paths_is_user(void)
{
	return geteuid() != 0 && getenv("STATE_DIRECTORY") == NULL &&
	       getenv("RUNTIME_DIRECTORY") == NULL;
}

static char *
home(void)
{
	const char *value = getenv("HOME");
	const struct passwd *user = NULL;

	if (value != NULL && value[0] == '/')
		return mem_strdup(value);
	user = getpwuid(getuid());
	return mem_strdup(user != NULL ? user->pw_dir : "/");
}

/* The XDG base directories: a relative path in the variable is to be ignored. */
static char *
user_folder(const char *variable, const char *below_home)
{
	const char *value = getenv(variable);
	AUTO_FREE char *base = NULL;

	if (value != NULL && value[0] == '/')
		return mem_printf("%s/dealwatch", value);
	base = home();
	return mem_printf("%s/%s/dealwatch", base, below_home);
}

/* systemd.exec(5): several folders are joined by colons; the first is meant for us. */
static char *
system_folder(const char *variable, const char *usual)
{
	const char *value = getenv(variable);

	if (value == NULL || value[0] != '/')
		return mem_strdup(usual);
	return mem_strndup(value, strcspn(value, ":"));
}

char *
paths_state(bool is_user)
{
	if (is_user)
		return user_folder("XDG_STATE_HOME", ".local/state");
	return system_folder("STATE_DIRECTORY", PATHS_STATE);
}

char *
paths_logs(bool is_user)
{
	AUTO_FREE char *state = NULL;

	if (!is_user)
		return system_folder("LOGS_DIRECTORY", PATHS_LOGS);
	state = paths_state(true); /* XDG: logs are state */
	return mem_printf("%s/log", state);
}

char *
paths_cache(bool is_user)
{
	if (is_user)
		return user_folder("XDG_CACHE_HOME", ".cache");
	return system_folder("CACHE_DIRECTORY", PATHS_CACHE);
}

char *
paths_config(bool is_user)
{
	if (is_user)
		return user_folder("XDG_CONFIG_HOME", ".config");
	return mem_strdup(PATHS_SYSCONF);
}

/* The folder this program was built in, where the worker lies beside it; else NULL. */
static char *
build_folder(void)
{
	char path[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);
	AUTO_FREE char *worker = NULL;
	char *slash = NULL;

	if (len <= 0)
		return NULL;
	path[len] = '\0';
	slash = strrchr(path, '/');
	if (slash == NULL)
		return NULL;
	*slash = '\0';
	worker = mem_printf("%s/dealwatch-feeds", path);
	return access(worker, X_OK) == 0 ? mem_strdup(path) : NULL;
}

char *
paths_data(void)
{
	char *folder = build_folder();

	return folder != NULL ? folder : mem_strdup(PATHS_DATA);
}

char *
paths_program(const char *name)
{
	AUTO_FREE char *folder = build_folder();

	return mem_printf("%s/%s", folder != NULL ? folder : PATHS_LIBEXEC, name);
}

char *
paths_socket(bool is_user)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	AUTO_FREE char *state = NULL;

	if (!is_user)
		return mem_strdup(PATHS_RUN "/dealwatch.sock");
	if (runtime != NULL && runtime[0] == '/')
		return mem_printf("%s/dealwatch.sock", runtime);
	state = paths_state(true);
	return mem_printf("%s/dealwatch.sock", state);
}

static bool
make_one(const char *path, struct error *err)
{
	struct stat st;
	int reason = 0;

	if (mkdir(path, PATHS_MODE) == 0)
		return true;
	reason = errno;
	/* what is there may also be told as EROFS or EACCES */
	if (stat(path, &st) == 0) {
		if (S_ISDIR(st.st_mode))
			return true;
		reason = ENOTDIR;
	}
	return error_system(err, reason, path, "cannot make the folder");
}

bool
paths_make(const char *path, struct error *err)
{
	AUTO_FREE char *part = mem_strdup(path);

	for (size_t i = 1; part[0] != '\0' && part[i] != '\0'; i++) {
		if (part[i] != '/')
			continue;
		part[i] = '\0';
		if (!make_one(part, err))
			return false;
		part[i] = '/';
	}
	return make_one(path, err);
}

char *
paths_absolute(const char *path)
{
	char folder[PATH_MAX];

	if (path[0] == '/' || getcwd(folder, sizeof(folder)) == NULL)
		return mem_strdup(path); /* a folder that is gone leads nowhere */
	return mem_printf("%s/%s", folder, path);
}
