/*
 * Waits that grow.
 */
#include "alerts/retry.h"

void
retry_back_off(struct retry *retry, uint64_t spread, int64_t asked_ms, int64_t now_ms)
{
	int64_t wait_ms;

	retry->wait_ms = retry->wait_ms == 0 ? RETRY_FIRST_MS : retry->wait_ms * 2;
	if (retry->wait_ms > RETRY_CEILING_MS)
		retry->wait_ms = RETRY_CEILING_MS;
	wait_ms = retry->wait_ms + (int64_t)(spread % ((uint64_t)retry->wait_ms / 10 + 1));
	if (asked_ms > RETRY_ASKED_MAX_MS)
		asked_ms = RETRY_ASKED_MAX_MS;
	retry->next_ms = now_ms + (asked_ms > wait_ms ? asked_ms : wait_ms);
}
