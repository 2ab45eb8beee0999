/*
 * Failures of libcurl in words. No URL in them: it may have a secret in its query.
 */
#include "feeds/fetch_text.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"

void
fetch_text_set(struct error *why, const char *format, ...)
{
	AUTO_BUF struct buf said = BUF_EMPTY;
	AUTO_BUF struct buf valid = BUF_EMPTY;
	AUTO_BUF struct buf line = BUF_EMPTY;
	size_t len;
	va_list args;

	va_start(args, format);
	buf_vprintf(&said, format, args);
	va_end(args);
	text_repair(&valid, said.data, said.len);
	text_escape(&line, buf_text(&valid), valid.len);
	len = text_cut(buf_text(&line), line.len, sizeof(why->text) - 1);
	why->kind = ERROR_NETWORK;
	memcpy(why->text, buf_text(&line), len);
	why->text[len] = '\0';
}

/* "www.meti.go.jp", "127.0.0.1:8080" */
static void
add_place(struct buf *out, const char *url, bool with_port)
{
	CURLU *parts = curl_url();
	char *host = NULL, *port = NULL;

	if (parts != NULL && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK) {
		(void)curl_url_get(parts, CURLUPART_HOST, &host, 0); /* or they stay NULL */
		(void)curl_url_get(parts, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT);
	}
	buf_add_text(out, host != NULL ? host : "the server");
	if (with_port && port != NULL)
		buf_printf(out, ":%s", port);
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(parts);
}

static void
explain_connect(CURL *easy, const char *place, struct error *why)
{
	long errno_value = 0;

	(void)curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &errno_value); /* or 0 */
	if (errno_value == ECONNREFUSED)
		fetch_text_set(why, "connection refused by %s", place);
	else if (errno_value == EACCES)
		fetch_text_set(why,
		    "the sandbox keeps the worker from %s: no source's URL names this port",
		    place);
	else
		fetch_text_set(why, "cannot connect to %s: %s", place,
		    errno_value != 0 ? strerror((int)errno_value) : "no answer");
}

static void
explain_timeout(CURL *easy, const char *place, const char *detail, struct error *why)
{
	curl_off_t spent_us = 0, connected_us = 0;

	(void)curl_easy_getinfo(
	    easy, CURLINFO_TOTAL_TIME_T, &spent_us); /* or 0, as these */
	(void)curl_easy_getinfo(easy, CURLINFO_CONNECT_TIME_T, &connected_us);
	if (strstr(detail, "too slow") != NULL)
		fetch_text_set(why, "%s is too slow", place);
	else if (connected_us == 0)
		fetch_text_set(why, "no connection to %s within %llds", place,
		    (long long)((spent_us + 500000) / 1000000));
	else
		fetch_text_set(why, "timed out after %llds",
		    (long long)((spent_us + 500000) / 1000000));
}

enum job_failure
fetch_text_explain(
    CURL *easy, const char *url, CURLcode result, const char *detail, struct error *why)
{
	AUTO_BUF struct buf host = BUF_EMPTY;
	AUTO_BUF struct buf place = BUF_EMPTY;
	const char *said = detail[0] != '\0' ? detail : curl_easy_strerror(result);

	add_place(&host, url, false);
	add_place(&place, url, true);
	switch ((int)result) { /* of about a hundred */
	case CURLE_COULDNT_RESOLVE_HOST:
		fetch_text_set(why, "cannot resolve %s", host.data);
		return JOB_FAILED_NETWORK;
	case CURLE_COULDNT_CONNECT:
		explain_connect(easy, place.data, why);
		return JOB_FAILED_NETWORK;
	case CURLE_OPERATION_TIMEDOUT:
		explain_timeout(easy, place.data, detail, why);
		return JOB_FAILED_NETWORK;
	case CURLE_GOT_NOTHING:
		fetch_text_set(why, "no answer from %s", place.data);
		return JOB_FAILED_NETWORK;
	case CURLE_PARTIAL_FILE:
	case CURLE_RECV_ERROR:
	case CURLE_HTTP2_STREAM:
		fetch_text_set(why, "the answer of %s is cut short: %s", place.data, said);
		return JOB_FAILED_NETWORK;
	case CURLE_PEER_FAILED_VERIFICATION:
		fetch_text_set(why, "TLS: the certificate of %s: %s", host.data, said);
		return JOB_FAILED_NETWORK;
	case CURLE_BAD_CONTENT_ENCODING:
	case CURLE_WRITE_ERROR: /* ours are dealt with: its decoder failed */
		fetch_text_set(why, "the body is not encoded as announced");
		return JOB_FAILED_FORMAT;
	case CURLE_URL_MALFORMAT:
	case CURLE_UNSUPPORTED_PROTOCOL:
		fetch_text_set(why, "URL: %s", said);
		return JOB_FAILED_ADDRESS;
	default:
		fetch_text_set(why, "%s", said);
		return JOB_FAILED_NETWORK;
	}
}
