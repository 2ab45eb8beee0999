/*
 * A short list; what is over goes when it is looked at.
 */
#include "alerts/agent_mute.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

struct mute {
	TAILQ_ENTRY(mute) link;
	char *key; /* owned */
	enum severity severity;
	int64_t since_ms;
};

struct mutes {
	TAILQ_HEAD(mute_list, mute) list;
};

struct mutes *
mutes_new(void)
{
	struct mutes *mutes = mem_zalloc(sizeof(*mutes));

	TAILQ_INIT(&mutes->list);
	return mutes;
}

static void
end(struct mutes *mutes, struct mute *mute)
{
	TAILQ_REMOVE(&mutes->list, mute, link);
	free(mute->key);
	free(mute);
}

void
mutes_free(struct mutes *mutes)
{
	struct mute *mute = mutes != NULL ? TAILQ_FIRST(&mutes->list) : NULL;

	while (mute != NULL) {
		struct mute *next = TAILQ_NEXT(mute, link);

		end(mutes, mute);
		mute = next;
	}
	free(mutes);
}

/* A clock that was set back ends it too. */
static bool
is_over(const struct mute *mute, int64_t now_ms)
{
	return now_ms < mute->since_ms || now_ms - mute->since_ms >= MUTE_MS;
}

static struct mute *
find(struct mutes *mutes, const char *key, int64_t now_ms)
{
	struct mute *mute = TAILQ_FIRST(&mutes->list), *found = NULL;

	while (mute != NULL) {
		struct mute *next = TAILQ_NEXT(mute, link);

		if (is_over(mute, now_ms))
			end(mutes, mute);
		else if (strcmp(mute->key, key) == 0)
			found = mute;
		mute = next;
	}
	return found;
}

void
mutes_add(struct mutes *mutes, const char *key, enum severity severity, int64_t now_ms)
{
	struct mute *mute = find(mutes, key, now_ms);

	if (mute == NULL) {
		mute = mem_zalloc(sizeof(*mute));
		mute->key = mem_strdup(key);
		TAILQ_INSERT_TAIL(&mutes->list, mute, link);
	}
	mute->severity = severity;
	mute->since_ms = now_ms;
}

bool
mutes_has(struct mutes *mutes, const char *key, enum severity severity, int64_t now_ms)
{
	const struct mute *mute = key != NULL ? find(mutes, key, now_ms) : NULL;

	return mute != NULL && severity <= mute->severity;
}
