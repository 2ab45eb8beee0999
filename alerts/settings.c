/*
 * The settings under alerts: (DESIGN 4).
 */
#include <stddef.h>
#include <stdlib.h>

#include "alerts/alerts.h"

#define LOG_PATH_DEFAULT "alerts.jsonl"

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

const struct conf_key alert_keys[] = {
	{ "log", conf_read_group, offsetof(struct alert_settings, log), .more = log_keys },
	{ "desktop", conf_read_group, offsetof(struct alert_settings, desktop),
	    .more = desktop_keys },
	{ NULL },
};

void
alert_settings_init(struct alert_settings *settings)
{
	*settings = (struct alert_settings){ 0 };
	settings->log.path = mem_strdup(LOG_PATH_DEFAULT);
	settings->log.min_severity = SEVERITY_INFO;
	settings->desktop.min_severity = SEVERITY_HIGH;
}

void
alert_settings_clear(struct alert_settings *settings)
{
	free(settings->log.path);
	*settings = (struct alert_settings){ 0 };
}
