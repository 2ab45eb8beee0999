/*
 * Fuzzer: lines of an HTTP head.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "feeds/response.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check(const struct job_response *job)
{
	if (job->fresh_s < -1 || job->retry_after_s < -1 || job->status < 0 ||
	    job->status > 999)
		abort();
	if (job->etag != NULL && strlen(job->etag) > JOB_VALIDATOR_MAX_BYTES)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *at = (const char *)data, *end = at + len;
	struct response response;
	struct error err = { 0 };
	char *charset;

	response_init(&response);
	while (at < end) {
		const char *feed = memchr(at, '\n', (size_t)(end - at));
		size_t line = feed == NULL ? (size_t)(end - at) : (size_t)(feed - at) + 1;

		if (!response_line(&response, at, line, &err))
			break;
		at += line;
	}
	response_settle(&response, 784111777000);
	check(&response.job);
	charset = response_charset(response.content_type);
	free(charset);
	response_clear(&response);
	return 0;
}
