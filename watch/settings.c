/*
 * Joining the rooms' settings: which files there are, in which order, and who reads what.
 */
#include "watch/settings.h"

#include <dirent.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/conf.h"
#include "base/list.h"
#include "base/paths.h"
#include "base/similar.h"

#define PACK_DEFAULT "us-japan-deal"

/* The top of one file. */
struct document {
	const struct conf_node *packs, *polling, *alerts, *retention, *sandbox;
	const struct conf_node *feeds, *stories, *sets, *define, *rules;
};

#define DOCUMENT_FEEDS                                                    \
	{                                                                 \
		"feeds", conf_read_node, offsetof(struct document, feeds) \
	}
#define DOCUMENT_RULES                                                       \
	{ "stories", conf_read_node, offsetof(struct document, stories) },   \
	    { "sets", conf_read_node, offsetof(struct document, sets) },     \
	    { "define", conf_read_node, offsetof(struct document, define) }, \
	{                                                                    \
		"rules", conf_read_node, offsetof(struct document, rules)    \
	}

static const struct conf_key main_keys[] = {
	{ "packs", conf_read_node, offsetof(struct document, packs) },
	{ "polling", conf_read_node, offsetof(struct document, polling) },
	{ "alerts", conf_read_node, offsetof(struct document, alerts) },
	{ "retention", conf_read_node, offsetof(struct document, retention) },
	{ "sandbox", conf_read_node, offsetof(struct document, sandbox) },
	DOCUMENT_FEEDS,
	DOCUMENT_RULES,
	{ NULL },
};
static const struct conf_key feeds_keys[] = { DOCUMENT_FEEDS, { NULL } };
static const struct conf_key rules_keys[] = { DOCUMENT_RULES, { NULL } };
static const struct conf_key pack_keys[] = { DOCUMENT_FEEDS, DOCUMENT_RULES, { NULL } };

struct settings *
settings_new(void)
{
	struct settings *settings = mem_zalloc(sizeof(*settings));

	settings->conf = conf_new();
	settings->rules = ruleset_new();
	polling_init(&settings->polling);
	alert_settings_init(&settings->alerts);
	retention_settings_init(&settings->retention);
	return settings;
}

void
settings_free(struct settings *settings)
{
	if (settings == NULL)
		return;
	list_clear(&settings->packs);
	polling_clear(&settings->polling);
	feed_set_clear(&settings->feeds);
	ruleset_free(settings->rules);
	alert_settings_clear(&settings->alerts);
	conf_free(settings->conf);
	free(settings);
}

/* -- files -- */

/* A link that leads nowhere is there, and a mistake: reading it says so. The same of what
 * cannot be looked at. */
static bool
exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

static bool
read_document(struct settings *settings, const char *path, const struct conf_key *keys,
    const char *what, struct document *document)
{
	const struct conf_node *root = conf_read_file(settings->conf, path, NULL);

	*document = (struct document){ 0 };
	return root != NULL &&
	       conf_read_mapping(settings->conf, root, what, keys, document);
}

static void
take_feeds_and_rules(struct settings *settings, const struct document *document)
{
	if (document->feeds != NULL)
		(void)feed_set_read(settings->conf, document->feeds, &settings->feeds);
	ruleset_read(settings->rules, settings->conf, document->stories, document->sets,
	    document->define, document->rules);
}

/* Mistakes are noted in conf, and counted at the end. */
static void
read_file(struct settings *settings, const char *path, const struct conf_key *keys,
    const char *what)
{
	struct document document;

	(void)read_document(settings, path, keys, what, &document);
	take_feeds_and_rules(settings, &document);
}

static int
is_yaml(const struct dirent *item)
{
	const char *dot = strrchr(item->d_name, '.');

	return item->d_name[0] != '.' && dot != NULL && strcmp(dot, ".yaml") == 0;
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* The *.yaml of a folder in name order; a folder that is not there has none. */
static void
list_folder(struct settings *settings, const char *folder, struct list *files)
{
	struct dirent **items = NULL;
	int count = scandir(folder, &items, is_yaml, by_name);

	int why = errno;

	if (count < 0 && exists(folder))
		(void)conf_error_file(
		    settings->conf, folder, "cannot be read: %s", strerror(why));
	for (int i = 0; i < count; i++) {
		AUTO_FREE char *path = mem_printf("%s/%s", folder, items[i]->d_name);

		list_add(files, path);
		free(items[i]);
	}
	free(items);
}

static void
read_folder(struct settings *settings, const char *folder, const struct conf_key *keys,
    const char *what)
{
	struct list files = { 0 };

	list_folder(settings, folder, &files);
	for (size_t i = 0; i < files.count; i++)
		read_file(settings, files.items[i], keys, what);
	list_clear(&files);
}

/* -- packs -- */

/* One half of a pack: "feeds" or "rules"; a file in the configuration's folder masks the
 * packaged. */
static bool
read_half(struct settings *settings, const char *name, const char *folder, const char *half,
    const struct conf_key *keys)
{
	AUTO_FREE char *data = paths_data();
	AUTO_FREE char *own =
	    folder == NULL ? NULL : mem_printf("%s/%s/%s.yaml", folder, half, name);
	AUTO_FREE char *packaged = mem_printf("%s/%s/%s.yaml", data, half, name);
	const char *path = own != NULL && exists(own) ? own : packaged;

	if (!exists(path))
		return false;
	read_file(settings, path, keys, half);
	return true;
}

/* The names of the packs in a folder's half: its files without ".yaml". */
static void
list_packs(const char *folder, const char *half, struct list *names)
{
	AUTO_FREE char *path = mem_printf("%s/%s", folder, half);
	struct dirent **items = NULL;
	int count = scandir(path, &items, is_yaml, by_name);

	for (int i = 0; i < count; i++) {
		list_add_bytes(names, items[i]->d_name,
		    strlen(items[i]->d_name) - sizeof(".yaml") + 1);
		free(items[i]);
	}
	free(items);
}

static void
no_pack(struct settings *settings, const char *name, const char *folder,
    const struct conf_node *place)
{
	AUTO_FREE char *data = paths_data();
	struct similar similar = { .wrong = name };
	struct list names = { 0 };

	for (int i = 0; i < 4; i++)
		list_packs(i < 2 ? folder : data, i % 2 == 0 ? "feeds" : "rules", &names);
	for (size_t i = 0; i < names.count; i++)
		similar_try(&similar, names.items[i]);
	(void)conf_error(settings->conf, place,
	    "there is no pack \"%s\" (looked in %s and %s%s%s%s)", name, folder, data,
	    similar.nearest != NULL ? "; did you mean " : "",
	    similar.nearest != NULL ? similar.nearest : "",
	    similar.nearest != NULL ? "?" : "");
	list_clear(&names);
}

static void
read_pack(struct settings *settings, const char *name, const char *folder,
    const struct conf_node *place)
{
	bool has_feeds = read_half(settings, name, folder, "feeds", feeds_keys);
	bool has_rules = read_half(settings, name, folder, "rules", rules_keys);
	AUTO_FREE char *data = NULL;

	if (has_feeds || has_rules)
		return;
	if (place != NULL) {
		no_pack(settings, name, folder, place);
		return;
	}
	data = paths_data();
	(void)conf_error_file(settings->conf, data, "the pack \"%s\" is missing", name);
}

/* packs: absent is the default pack, [] none. */
static void
read_packs(struct settings *settings, const struct conf_node *packs, const char *folder)
{
	static const struct conf_key key = { .name = "packs" };

	if (packs == NULL) {
		list_add(&settings->packs, PACK_DEFAULT);
		read_pack(settings, PACK_DEFAULT, folder, NULL);
		return;
	}
	if (!conf_read_list(settings->conf, packs, &key, &settings->packs))
		return;
	for (size_t i = 0; i < settings->packs.count; i++) {
		if (strchr(settings->packs.items[i], '/') != NULL)
			(void)conf_error(
			    settings->conf, packs->items[i], "packs are names, not paths");
		else
			read_pack(
			    settings, settings->packs.items[i], folder, packs->items[i]);
	}
}

/* -- everything -- */

static bool
finish(struct settings *settings)
{
	retention_settings_finish(&settings->retention);
	(void)ruleset_finish(settings->rules, settings->conf);
	return conf_error_count(settings->conf) == 0;
}

static void
take_main(struct settings *settings, const struct document *document)
{
	static const struct conf_key sandbox_key = { .name = "sandbox" };

	if (document->polling != NULL)
		(void)conf_read_mapping(settings->conf, document->polling, "polling",
		    polling_keys, &settings->polling);
	if (document->alerts != NULL)
		(void)conf_read_mapping(settings->conf, document->alerts, "alerts",
		    alert_keys, &settings->alerts);
	if (document->retention != NULL)
		(void)conf_read_mapping(settings->conf, document->retention, "retention",
		    retention_keys, &settings->retention);
	if (document->sandbox != NULL)
		(void)polling_read_sandbox(settings->conf, document->sandbox, &sandbox_key,
		    &settings->polling.is_sandbox_optional);
	take_feeds_and_rules(settings, document);
}

static char *
folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? mem_strdup(".") : mem_strndup(path, (size_t)(slash - path));
}

/* The main file and its drop-ins, whose packs: decides (the last one that has it). */
static struct document *
read_main_files(struct settings *settings, const char *path, size_t *count)
{
	AUTO_FREE char *drop_ins = mem_printf("%s.d", path);
	struct list files = { 0 };
	struct document *documents;

	if (exists(path))
		list_add(&files, path);
	list_folder(settings, drop_ins, &files);
	documents = mem_array(files.count + 1, sizeof(*documents));
	for (size_t i = 0; i < files.count; i++)
		(void)read_document(
		    settings, files.items[i], main_keys, "configuration", &documents[i]);
	*count = files.count;
	list_clear(&files);
	return documents;
}

static void
read_all(struct settings *settings, const char *path)
{
	AUTO_FREE char *folder = folder_of(path);
	AUTO_FREE char *feeds_d = mem_printf("%s/feeds.d", folder);
	AUTO_FREE char *rules_d = mem_printf("%s/rules.d", folder);
	AUTO_FREE struct document *documents = NULL;
	const struct conf_node *packs = NULL;
	size_t count;

	/* where it leads nowhere, nothing in it would be missed */
	if (exists(folder) && access(folder, X_OK) != 0)
		(void)conf_error_file(
		    settings->conf, folder, "cannot be read: %s", strerror(errno));
	documents = read_main_files(settings, path, &count);
	for (size_t i = 0; i < count; i++)
		packs = documents[i].packs != NULL ? documents[i].packs : packs;
	read_packs(settings, packs, folder);
	for (size_t i = 0; i < count; i++)
		take_main(settings, &documents[i]);
	read_folder(settings, feeds_d, feeds_keys, "feeds");
	read_folder(settings, rules_d, rules_keys, "rules");
}

bool
settings_read_pack(struct settings *settings, const char *name)
{
	read_pack(settings, name, NULL, NULL);
	return finish(settings);
}

bool
settings_read(struct settings *settings, const char *path, bool is_optional)
{
	if (path == NULL)
		return settings_read_pack(settings, PACK_DEFAULT);
	if (!exists(path) && !is_optional)
		return conf_error_file(settings->conf, path, "%s", strerror(errno));
	read_all(settings, path);
	return finish(settings);
}

bool
settings_read_files(struct settings *settings, char *const *paths, int count)
{
	for (int i = 0; i < count; i++)
		read_file(settings, paths[i], pack_keys, "file");
	return finish(settings);
}
