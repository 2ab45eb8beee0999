/*
 * Line by line; comments, which are heartbeats, are passed over.
 */
#include "base/sse.h"

#include <stdio.h>
#include <string.h>

#include "base/options.h"

static void
begin_event(struct sse *sse)
{
	sse->kind[0] = '\0';
	sse->id = -1;
	buf_reset(&sse->data);
}

void
sse_init(struct sse *sse)
{
	*sse = (struct sse){ .id = -1 };
}

void
sse_clear(struct sse *sse)
{
	buf_clear(&sse->in);
	buf_clear(&sse->data);
}

void
sse_reset(struct sse *sse)
{
	buf_reset(&sse->in);
	begin_event(sse);
}

static void
end_event(struct sse *sse, sse_fn *fn, void *ctx)
{
	struct sse_event event = { .kind = sse->kind,
		.id = sse->id,
		.data = buf_text(&sse->data),
		.len = sse->data.len };

	/* a block of comments is none */
	if (event.id >= 0 || event.kind[0] != '\0')
		fn(ctx, &event);
	begin_event(sse);
}

static void
take_field(struct sse *sse, const char *line)
{
	if (strncmp(line, "id: ", 4) == 0)
		(void)options_number(
		    line + 4, 0, INT64_MAX, &sse->id); /* else it has none */
	else if (strncmp(line, "event: ", 7) == 0)
		(void)snprintf(sse->kind, sizeof(sse->kind), "%s", line + 7);
	else if (strncmp(line, "data: ", 6) == 0)
		buf_add_text(&sse->data, line + 6);
}

bool
sse_take(struct sse *sse, sse_fn *fn, void *ctx)
{
	struct buf *in = &sse->in;
	size_t at = 0;
	char *end;

	while (at < in->len && (end = memchr(in->data + at, '\n', in->len - at)) != NULL) {
		const char *line = in->data + at;

		*end = '\0';
		if (line[0] == '\0')
			end_event(sse, fn, ctx);
		else
			take_field(sse, line);
		at = (size_t)(end - in->data) + 1;
		if (sse->data.len > SSE_EVENT_MAX_BYTES)
			return false;
	}
	buf_drop(in, at);
	return in->len <= SSE_EVENT_MAX_BYTES;
}
