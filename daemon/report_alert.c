/*
 * What the API says of stories and of one alert: the records that told them.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "daemon/members.h"
#include "daemon/report.h"
#include "watch/watch.h"

/* -- stories -- */

/* A story being reported. */
struct story_report {
	struct watch *watch;
	const char *story;
	json_t *stages;
	struct error *err; /* the first mistake */
};

/* The record that told a stage, or nothing. */
static void
add_record(struct story_report *report, json_t *object, const struct story_stage *stage)
{
	AUTO_FREE char *subject = mem_printf("%s/%s", report->story, stage->stage);
	AUTO_FREE char *json = NULL;

	if (report->err->text[0] != '\0' ||
	    !alerts_read_stage(
		watch_db(report->watch), subject, stage->episode, &json, report->err))
		return;
	if (json != NULL)
		member_add(object, "alert", json_loads(json, 0, NULL));
}

static void
add_stage(void *ctx, const struct story_stage *stage)
{
	struct story_report *report = ctx;
	json_t *object = json_object();

	member_text(object, "stage", stage->stage);
	if (stage->episode > 0) {
		member_number(object, "episode", stage->episode);
		member_time(object, "since", stage->since_ms);
		member_time(object, "last", stage->last_ms);
		if (stage->is_reversed)
			member_add(object, "reversed", json_true());
		add_record(report, object, stage);
	}
	(void)json_array_append_new(report->stages, object);
}

static json_t *
report_story(struct watch *watch, size_t number, struct error *err)
{
	const struct ruleset *rules = watch_rules(watch);
	struct story_status status = { 0 };
	struct story_report report = { watch, NULL, json_array(), err };
	json_t *object = json_object();

	if (rules_story_status(rules, watch_db(watch), number, &status, err)) {
		report.story = status.id;
		(void)rules_story_stages(
		    rules, watch_db(watch), number, add_stage, &report, err);
		member_text(object, "id", status.id);
		member_text(object, "title", status.title);
		if (status.stage[0] != '\0') {
			member_text(object, "stage", status.stage);
			member_time(object, "since", status.since_ms);
		}
	}
	member_add(object, "stages", report.stages);
	return object;
}

json_t *
report_stories(struct watch *watch, const char *id, struct error *err)
{
	const struct ruleset *rules = watch_rules(watch);
	json_t *list = json_array();

	for (size_t i = 0; i < ruleset_story_count(rules) && err->text[0] == '\0'; i++) {
		json_t *story = report_story(watch, i, err);
		const char *name = json_string_value(json_object_get(story, "id"));

		if (id == NULL || (name != NULL && strcmp(name, id) == 0))
			(void)json_array_append(list, story);
		json_decref(story);
	}
	if (err->text[0] == '\0' && id != NULL && json_array_size(list) == 0)
		error_set(err, ERROR_CONFIG, "story", "there is no story %s", id);
	if (err->text[0] == '\0')
		return json_pack("{s:o}", "stories", list);
	json_decref(list);
	return NULL;
}

/* -- one alert -- */

static void
add_attached(void *ctx, const struct alert_attached *attached)
{
	json_t *object = json_object();

	member_text(object, "feed", attached->feed);
	member_text(object, "publisher", attached->publisher);
	member_text(object, "link", attached->link);
	member_time(object, "seen", attached->seen_ms);
	(void)json_array_append_new(ctx, object);
}

static void
add_delivery(void *ctx, const struct alert_delivery *delivery)
{
	json_t *object = json_object();

	member_text(object, "sink", delivery->sink);
	member_text(object, "state", delivery->state);
	if (delivery->attempts > 0)
		member_number(object, "attempts", delivery->attempts);
	member_time(object, "changed", delivery->changed_ms);
	member_time(object, "next", delivery->next_ms);
	member_text(object, "reason", delivery->reason);
	(void)json_array_append_new(ctx, object);
}

json_t *
report_alert(struct watch *watch, const char *id, struct error *err)
{
	AUTO_FREE char *json = NULL;
	json_t *attached, *delivery;

	if (!alerts_read_one(watch_db(watch), id, &json, err))
		return NULL;
	if (json == NULL) {
		error_set(err, ERROR_CONFIG, "alert", "there is no alert %s", id);
		return NULL;
	}
	attached = json_array();
	delivery = json_array();
	if (alerts_read_attached(watch_db(watch), id, add_attached, attached, err) &&
	    alerts_read_delivery(watch_db(watch), id, add_delivery, delivery, err))
		return json_pack("{s:o,s:o,s:o}", "alert", json_loads(json, 0, NULL),
		    "attached", attached, "delivery", delivery);
	json_decref(attached);
	json_decref(delivery);
	return NULL;
}
