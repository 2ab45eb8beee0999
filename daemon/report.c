/*
 * The daemon and its sources.
 */
#include "daemon/report.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/db.h"
#include "base/sandbox.h"
#include "daemon/members.h"
#include "watch/watch.h"

static json_t *
report_source(const struct feed_status *status)
{
	struct source source = feed_source(status->feed);
	json_t *object = json_object();

	member_text(object, "id", source.feed);
	member_text(object, "url", status->feed->url);
	if (page_is_given(&status->feed->page))
		member_add(object, "page", json_true());
	member_text(object, "publisher", source.publisher);
	member_add(object, "official", json_boolean(source.is_official));
	member_text(object, "state", status->state);
	member_text(object, "condition", condition_name(status->condition));
	member_time(object, "since", status->since_ms);
	member_text(object, "failure", status->failure);
	member_number(object, "failures", status->failures);
	member_number(object, "every_s", status->every_s);
	member_time(object, "last_attempt", status->last_attempt_ms);
	member_time(object, "last_success", status->last_success_ms);
	member_time(object, "last_new", status->last_new_ms);
	member_time(object, "next_poll", status->next_poll_ms);
	if (status->next_poll_ms != 0)
		member_text(object, "next_why", status->next_why);
	member_number(object, "entries", status->entries);
	return object;
}

static json_t *
report_sources(const struct feeds *feeds)
{
	json_t *list = json_array();

	for (size_t i = 0; i < feeds_count(feeds); i++) {
		struct feed_status status = feeds_status(feeds, i);

		(void)json_array_append_new(list, report_source(&status));
	}
	return list;
}

static void
add_ways(json_t *object, const struct voice_ways *ways)
{
	member_number(object, "sources", (int64_t)ways->count);
	member_number(object, "heard", (int64_t)ways->heard);
	member_number(object, "blind", (int64_t)ways->blind);
}

/* What is only there to stand in for somebody has no sources of its own. */
static json_t *
report_voices(const struct feeds *feeds)
{
	struct voices voices;
	json_t *list = json_array();

	feeds_voices(feeds, &voices);
	for (size_t i = 0; i < voices.count; i++) {
		const struct voice *voice = &voices.items[i];
		json_t *object = json_object(), *stand_ins = json_object();

		member_text(object, "publisher", voice->publisher);
		member_add(object, "official", json_boolean(voice->is_official));
		add_ways(object, &voice->own);
		add_ways(stand_ins, &voice->stand_ins);
		member_add(object, "stand_ins", stand_ins);
		(void)json_array_append_new(list, object);
	}
	voices_clear(&voices);
	return list;
}

json_t *
report_feeds(const struct feeds *feeds, const char *id, const char *after, int64_t limit)
{
	json_t *list = json_array(), *object = json_object();

	for (size_t i = 0; i < feeds_count(feeds); i++) {
		struct feed_status status = feeds_status(feeds, i);
		const char *name = status.feed->id;

		if ((id != NULL && strcmp(name, id) != 0) ||
		    (after != NULL && strcmp(name, after) <= 0))
			continue;
		if ((int64_t)json_array_size(list) == limit) {
			const json_t *last = json_array_get(list, (size_t)limit - 1);

			(void)json_object_set(object, "next", json_object_get(last, "id"));
			break;
		}
		(void)json_array_append_new(list, report_source(&status));
	}
	member_add(object, "feeds", list);
	return object;
}

json_t *
report_time(int64_t at_ms)
{
	char text[CLOCK_TEXT_BYTES];

	clock_format_ms(at_ms, text);
	return json_string(text);
}

static json_t *
report_story(const struct story_status *status)
{
	json_t *object = json_object();

	member_text(object, "id", status->id);
	member_text(object, "title", status->title);
	if (status->stage[0] != '\0') {
		member_text(object, "stage", status->stage);
		member_time(object, "since", status->since_ms);
	}
	return object;
}

static bool
report_story_heads(struct watch *watch, json_t *list, struct error *err)
{
	const struct ruleset *rules = watch_rules(watch);

	for (size_t i = 0; i < ruleset_story_count(rules); i++) {
		struct story_status status = { 0 };

		if (!rules_story_status(rules, watch_db(watch), i, &status, err))
			return false;
		(void)json_array_append_new(list, report_story(&status));
	}
	return true;
}

static bool
report_alerts(struct watch *watch, json_t *object, struct error *err)
{
	struct alerts_status status = alerts_status(watch_alerts(watch));
	int64_t first = 0, last = 0;

	if (!alerts_event_range(watch_db(watch), &first, &last, err))
		return false;
	member_number(object, "total", status.total);
	member_number(object, "waiting", status.waiting);
	member_number(object, "last_event", last);
	member_text(object, "log", status.log_path);
	member_text(object, "failure", status.failure);
	return true;
}

static void
add_sink(void *ctx, const struct sink_status *status)
{
	json_t *object = json_object();

	member_text(object, "name", status->name);
	member_text(object, "kind", status->kind);
	member_number(object, "waiting", status->waiting);
	member_number(object, "held", status->held);
	member_number(object, "delivered", status->delivered);
	member_number(object, "dead", status->dead);
	member_text(object, "failure", status->failure);
	member_time(object, "next_try", status->next_ms);
	(void)json_array_append_new(ctx, object);
}

/* The parts of the sandbox that hold, by name. */
static json_t *
report_sandbox(unsigned parts)
{
	json_t *list = json_array();

	if ((parts & SANDBOX_CALLS) != 0)
		(void)json_array_append_new(list, json_string("calls"));
	if ((parts & SANDBOX_FILES) != 0)
		(void)json_array_append_new(list, json_string("files"));
	if ((parts & SANDBOX_PORTS) != 0)
		(void)json_array_append_new(list, json_string("ports"));
	return list;
}

static json_t *
report_worker(const struct feeds *feeds)
{
	int pid = feeds_worker_pid(feeds);
	json_t *object = json_object();

	if (pid > 0) {
		member_number(object, "pid", pid);
		member_add(object, "sandbox", report_sandbox(feeds_worker_sandbox(feeds)));
	}
	member_number(object, "deaths", feeds_worker_deaths(feeds));
	return object;
}

json_t *
report_status(struct watch *watch, const struct report_self *self, struct error *err)
{
	json_t *stories = json_array(), *alerts = json_object(), *sinks = json_array();
	json_t *object;

	if (!report_story_heads(watch, stories, err) ||
	    !report_alerts(watch, alerts, err) ||
	    !alerts_read_sinks(watch_alerts(watch), add_sink, sinks, err)) {
		json_decref(stories);
		json_decref(alerts);
		json_decref(sinks);
		return NULL;
	}
	object = json_object();
	member_text(object, "version", PACKAGE_VERSION);
	member_number(object, "pid", getpid());
	member_time(object, "started", self->started_ms);
	member_time(object, "now", self->now_ms);
	member_text(object, "config", self->config);
	member_number(object, "rules", (int64_t)ruleset_rule_count(watch_rules(watch)));
	member_add(object, "stories", stories);
	member_add(object, "voices", report_voices(watch_feeds(watch)));
	member_add(object, "sources", report_sources(watch_feeds(watch)));
	member_add(object, "alerts", alerts);
	member_add(object, "sinks", sinks);
	member_add(object, "worker", report_worker(watch_feeds(watch)));
	member_text(object, "store", self->store);
	return object;
}
