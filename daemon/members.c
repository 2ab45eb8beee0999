/*
 * Members of JSON objects.
 */
#include "daemon/members.h"

#include <jansson.h>

#include "base/clock.h"

void
member_text(json_t *object, const char *key, const char *text)
{
	if (text != NULL)
		member_add(object, key, json_string(text));
}

void
member_time(json_t *object, const char *key, int64_t at_ms)
{
	char text[CLOCK_TEXT_BYTES];

	if (at_ms == 0)
		return;
	clock_format_ms(at_ms, text);
	member_text(object, key, text);
}

void
member_number(json_t *object, const char *key, int64_t number)
{
	member_add(object, key, json_integer(number));
}

void
member_add(json_t *object, const char *key, json_t *value)
{
	(void)json_object_set_new(object, key, value); /* fails for no text of ours */
}
