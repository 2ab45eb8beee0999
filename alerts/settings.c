/*
 * The settings under alerts: (DESIGN 4).
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "alerts/alerts.h"
#include "alerts/mail.h"
#include "alerts/sink.h"
#include "base/log.h"

#define LOG_PATH_DEFAULT "alerts.jsonl"
#define TIMEOUT_DEFAULT_S 10
#define TIMEOUT_MAX_S INT64_C(600)
#define DIGEST_MIN_S 60
#define DIGEST_MAX_S (INT64_C(24) * 3600)

static const struct conf_key log_keys[] = {
	{ "path", conf_read_text, offsetof(struct log_settings, path) },
	{ "min_severity", conf_read_choice, offsetof(struct log_settings, min_severity),
	    .more = severity_names },
	{ NULL },
};

static const struct conf_key desktop_keys[] = {
	{ "min_severity", conf_read_choice, offsetof(struct desktop_settings, min_severity),
	    .more = severity_names },
	{ NULL },
};

static const struct conf_key journal_keys[] = {
	{ "enabled", conf_read_bool, offsetof(struct journal_settings, is_enabled) },
	{ "min_severity", conf_read_choice, offsetof(struct journal_settings, min_severity),
	    .more = severity_names },
	{ NULL },
};

/* -- sinks with names: lists -- */

static conf_read_fn read_command, read_address, read_addresses, read_smtp;

#define SINK_NAME                                                             \
	{                                                                     \
		"name", conf_read_name, offsetof(struct sink_settings, name), \
		    .required = true                                          \
	}
#define SINK_SEVERITY                                                                    \
	{                                                                                \
		"min_severity", conf_read_choice,                                        \
		    offsetof(struct sink_settings, min_severity), .more = severity_names \
	}
#define SINK_TIMEOUT                                                                      \
	{                                                                                 \
		"timeout", conf_read_duration, offsetof(struct sink_settings, timeout_s), \
		    .min = 1, .max = TIMEOUT_MAX_S                                        \
	}

static const struct conf_key webhook_keys[] = {
	SINK_NAME,
	{ "url", conf_read_url, offsetof(struct sink_settings, url), .required = true },
	{ "secret_file", conf_read_text, offsetof(struct sink_settings, secret_file) },
	{ "ca_file", conf_read_text, offsetof(struct sink_settings, ca_file) },
	{ "private", conf_read_bool, offsetof(struct sink_settings, is_private) },
	SINK_TIMEOUT,
	SINK_SEVERITY,
	{ NULL },
};

static const struct conf_key exec_keys[] = {
	SINK_NAME,
	{ "command", read_command, offsetof(struct sink_settings, command),
	    .required = true },
	SINK_TIMEOUT,
	SINK_SEVERITY,
	{ NULL },
};

static const struct conf_key mail_keys[] = {
	SINK_NAME,
	{ "to", read_addresses, offsetof(struct sink_settings, to), .required = true },
	{ "from", read_address, offsetof(struct sink_settings, from), .required = true },
	{ "smtp", read_smtp, offsetof(struct sink_settings, url), .required = true },
	{ "user", conf_read_text, offsetof(struct sink_settings, user) },
	{ "password_file", conf_read_text, offsetof(struct sink_settings, secret_file) },
	{ "ca_file", conf_read_text, offsetof(struct sink_settings, ca_file) },
	{ "digest", conf_read_duration, offsetof(struct sink_settings, digest_s),
	    .min = DIGEST_MIN_S, .max = DIGEST_MAX_S },
	{ "plain", conf_read_bool, offsetof(struct sink_settings, is_plain) },
	SINK_TIMEOUT,
	SINK_SEVERITY,
	{ NULL },
};

/* A list that is a kind of sink. */
struct sink_list {
	const struct sink_kind *kind;
	const struct conf_key *keys;
};

static const struct sink_list webhook_list = { &sink_webhook, webhook_keys };
static const struct sink_list exec_list = { &sink_exec, exec_keys };
static const struct sink_list mail_list = { &sink_mail, mail_keys };

static bool
check_address(
    struct conf *conf, const struct conf_node *value, const char *name, const char *text)
{
	return mail_is_address(text) ||
	       conf_error(conf, value, "%s is no address (allowed: NAME@HOST)", name);
}

static bool
read_address(struct conf *conf, const struct conf_node *value, const struct conf_key *key,
    void *field)
{
	char **address = field;

	return conf_read_text(conf, value, key, field) &&
	       check_address(conf, value, key->name, *address);
}

static bool
read_addresses(struct conf *conf, const struct conf_node *value, const struct conf_key *key,
    void *field)
{
	const struct list *list = field;
	bool is_good = conf_read_list(conf, value, key, field);

	if (is_good && list->count == 0)
		return conf_error(conf, value, "to is empty (allowed: [NAME@HOST, …])");
	for (size_t i = 0; is_good && i < list->count; i++)
		is_good = check_address(conf, value->items[i], key->name, list->items[i]);
	return is_good;
}

/* Host and port and nothing else: who logs in is said by user and password_file. */
static bool
read_smtp(struct conf *conf, const struct conf_node *value, const struct conf_key *key,
    void *field)
{
	static const char host[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789.-:[]";
	char **url = field;
	const char *begin;

	if (!conf_read_text(conf, value, key, field))
		return false;
	begin = strstr(*url, "://");
	if (begin != NULL &&
	    (strncmp(*url, "smtp:", 5) == 0 || strncmp(*url, "smtps:", 6) == 0)) {
		begin += 3;
		if (begin[0] != '\0' && strspn(begin, host) == strlen(begin))
			return true;
	}
	return conf_error(conf, value,
	    "smtp is no mail server (allowed: smtps://HOST[:PORT], smtp://HOST[:PORT])");
}

/* A password is never sent in the clear. */
static bool
check_login(
    struct conf *conf, const struct conf_node *node, const struct sink_settings *sink)
{
	if ((sink->user == NULL) != (sink->secret_file == NULL))
		return conf_error(conf, node, "user and password_file go together");
	return sink->user == NULL || !sink->is_plain ||
	       conf_error(conf, conf_find(node, "plain"),
		   "plain: a password would be sent in the clear (allowed: no user)");
}

static bool
read_command(struct conf *conf, const struct conf_node *value, const struct conf_key *key,
    void *field)
{
	struct list *command = field;

	if (!conf_read_list(conf, value, key, command))
		return false;
	if (command->count == 0)
		return conf_error(
		    conf, value, "command is empty (allowed: [/path/to/program, …])");
	if (command->items[0][0] != '/')
		return conf_error(conf, value->items[0],
		    "command: the program is not named by its whole path (allowed: "
		    "/path/to/program)");
	return true;
}

const struct sink_settings *
alert_settings_find(const struct alert_settings *settings, const char *name)
{
	for (size_t i = 0; i < settings->sink_count; i++)
		if (strcmp(settings->sinks[i].name, name) == 0)
			return &settings->sinks[i];
	return NULL;
}

/* Names are what test-sink takes and the store keeps: one sink each. */
static bool
check_name(struct conf *conf, const struct conf_node *node, const char *name,
    const struct alert_settings *settings)
{
	static const char *const reserved[] = { "log", "journal", "desktop", NULL };
	const struct conf_node *place = conf_find(node, "name");

	for (size_t i = 0; reserved[i] != NULL; i++)
		if (strcmp(name, reserved[i]) == 0)
			return conf_error(conf, place,
			    "the name %s is taken (allowed: not log, journal or desktop)",
			    name);
	if (alert_settings_find(settings, name) != NULL)
		return conf_error(
		    conf, place, "a sink of the name %s is there already", name);
	return true;
}

static void
sink_settings_clear(struct sink_settings *sink)
{
	free(sink->name);
	free(sink->url);
	free(sink->secret_file);
	free(sink->ca_file);
	free(sink->from);
	free(sink->user);
	list_clear(&sink->to);
	free(sink->folder);
	list_clear(&sink->command);
}

static bool
read_sink(struct conf *conf, const struct conf_node *node, const struct sink_list *list,
    struct alert_settings *settings)
{
	struct sink_settings sink = { .kind = list->kind,
		.timeout_s = TIMEOUT_DEFAULT_S,
		.min_severity = SEVERITY_INFO };
	bool is_good = conf_read_mapping(conf, node, list->kind->name, list->keys, &sink);

	if (sink.name != NULL)
		is_good = check_name(conf, node, sink.name, settings) && is_good;
	if (is_good && sink.kind == &sink_mail)
		is_good = check_login(conf, node, &sink);
	if (!is_good) {
		sink_settings_clear(&sink);
		return false;
	}
	if (sink.kind == &sink_webhook && !sink.is_private &&
	    strncasecmp(sink.url, "http:", 5) == 0)
		conf_warn(conf, conf_find(node, "url"),
		    "webhook: alerts go there in the clear (https hides them)");
	sink.folder = conf_folder(node);
	mem_grow(settings->sinks, settings->sink_count, settings->sink_cap);
	settings->sinks[settings->sink_count++] = sink;
	return true;
}

/* The field is all of alerts: names are compared over all lists. */
static bool
read_sinks(struct conf *conf, const struct conf_node *value, const struct conf_key *key,
    void *field)
{
	bool is_good = true;

	if (value->type != CONF_SEQUENCE)
		return conf_error(
		    conf, value, "%s: a list is missing (allowed: - {name: …})", key->name);
	for (size_t i = 0; i < value->count; i++)
		is_good = read_sink(conf, value->items[i], key->more, field) && is_good;
	return is_good;
}

/* Named at all, it is wanted, where there is no journal too. */
static bool
read_journal(struct conf *conf, const struct conf_node *value, const struct conf_key *key,
    void *field)
{
	struct journal_settings *journal = field;

	journal->is_enabled = true;
	return conf_read_group(conf, value, key, field);
}

const struct conf_key alert_keys[] = {
	{ "log", conf_read_group, offsetof(struct alert_settings, log), .more = log_keys },
	{ "journal", read_journal, offsetof(struct alert_settings, journal),
	    .more = journal_keys },
	{ "desktop", conf_read_group, offsetof(struct alert_settings, desktop),
	    .more = desktop_keys },
	{ "webhook", read_sinks, 0, .more = &webhook_list },
	{ "mail", read_sinks, 0, .more = &mail_list },
	{ "exec", read_sinks, 0, .more = &exec_list },
	{ NULL },
};

void
alert_settings_init(struct alert_settings *settings)
{
	*settings = (struct alert_settings){ 0 };
	settings->log.path = mem_strdup(LOG_PATH_DEFAULT);
	settings->log.min_severity = SEVERITY_INFO;
	settings->journal.min_severity = SEVERITY_INFO;
	settings->journal.is_enabled = log_is_journal();
	settings->desktop.min_severity = SEVERITY_HIGH;
}

void
alert_settings_clear(struct alert_settings *settings)
{
	for (size_t i = 0; i < settings->sink_count; i++)
		sink_settings_clear(&settings->sinks[i]);
	free(settings->sinks);
	free(settings->log.path);
	*settings = (struct alert_settings){ 0 };
}
