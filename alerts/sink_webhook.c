/*
 * The webhook sink: the record by POST, signed, to one URL that is never left.
 *
 * 2xx is delivered; 408, 425, 429, 3xx and 5xx are tried again, the rest of 4xx never.
 * What the server answers besides its status and Retry-After is not looked at.
 */
#include <curl/curl.h>
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "alerts/alerts.h"
#include "alerts/sink.h"
#include "base/address.h"
#include "base/buf.h"
#include "base/digest.h"
#include "base/multi.h"
#include "base/secret.h"

#define CONNECT_MS 10000
#define BODY_MAX_BYTES ((size_t)64 << 10) /* of an answer; more is not waited for */
#define HEAD_MAX_BYTES ((size_t)64 << 10)
#define SECRET_MIN_BYTES 16

struct webhook {
	struct sink_house house;
	char *url;         /* owned */
	char *ca_file;     /* owned; or NULL: the system's */
	struct buf secret; /* owned; empty: nothing is signed */
	int64_t timeout_ms;
	bool is_private;
	struct multi *multi; /* owned */
	/* of a delivery */
	CURL *easy; /* owned; NULL: none */
	struct curl_slist *headers;
	char *body; /* owned */
	size_t body_bytes, head_bytes;
	char refused[ADDRESS_TEXT_BYTES]; /* an address that is not public */
	char curl_error[CURL_ERROR_SIZE];
};

/* -- what is read from files -- */

/* -- libcurl's callbacks -- */

static size_t
on_body(char *bytes, size_t size, size_t count, void *arg)
{
	struct webhook *webhook = arg;

	webhook->body_bytes += size * count;
	return webhook->body_bytes <= BODY_MAX_BYTES ? size * count : 0;
}

static size_t
on_head(char *bytes, size_t size, size_t count, void *arg)
{
	struct webhook *webhook = arg;

	webhook->head_bytes += size * count;
	return webhook->head_bytes <= HEAD_MAX_BYTES ? size * count : 0;
}

/* What is connected to counts, not what the name said when somebody asked. */
static curl_socket_t
on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct webhook *webhook = arg;

	if (!webhook->is_private && !address_is_public(&address->addr)) {
		address_format(&address->addr, webhook->refused);
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* -- the end -- */

static void
forget_delivery(struct webhook *webhook)
{
	if (webhook->easy != NULL) {
		multi_remove(webhook->multi, webhook->easy);
		curl_easy_cleanup(webhook->easy);
	}
	curl_slist_free_all(webhook->headers);
	free(webhook->body);
	webhook->easy = NULL;
	webhook->headers = NULL;
	webhook->body = NULL;
}

static bool
is_worth_a_retry(long status)
{
	return status == 408 || status == 425 || status == 429 || status < 400 ||
	       status >= 500;
}

static void
judge_status(struct webhook *webhook, long status, struct verdict *verdict)
{
	curl_off_t wait_s = 0;

	if (status >= 200 && status < 300) {
		verdict_set(verdict, VERDICT_DELIVERED, "%s", "");
		return;
	}
	verdict_set(verdict, is_worth_a_retry(status) ? VERDICT_LATER : VERDICT_REFUSED,
	    "HTTP %ld%s", status,
	    status >= 300 && status < 400 ? ", and redirects are not followed" : "");
	if (status != 429 && status != 503)
		return;
	(void)curl_easy_getinfo(webhook->easy, CURLINFO_RETRY_AFTER, &wait_s); /* or 0 */
	if (wait_s > 0)
		verdict->wait_ms =
		    wait_s > INT32_MAX ? INT64_C(1000) * INT32_MAX : (int64_t)wait_s * 1000;
}

static void
judge(struct webhook *webhook, CURLcode result, struct verdict *verdict)
{
	long status = 0;

	(void)curl_easy_getinfo(webhook->easy, CURLINFO_RESPONSE_CODE, &status); /* or 0 */
	if (status >= 200 && (result == CURLE_OK || result == CURLE_WRITE_ERROR))
		judge_status(webhook, status, verdict);
	else if (webhook->refused[0] != '\0')
		verdict_set(verdict, VERDICT_LATER,
		    "%s is not a public address (private: true allows it)",
		    webhook->refused);
	else
		verdict_set(verdict, VERDICT_LATER, "%s",
		    webhook->curl_error[0] != '\0' ? webhook->curl_error
						   : curl_easy_strerror(result));
}

static void
on_transfer_done(CURL *easy, CURLcode result)
{
	struct webhook *webhook;
	struct verdict verdict;
	char *arg = NULL;

	(void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, &arg); /* was set */
	webhook = (struct webhook *)(void *)arg;
	judge(webhook, result, &verdict);
	forget_delivery(webhook);
	webhook->house.on_done(webhook->house.ctx, &verdict);
}

/* -- the begin -- */

/* These options take what they are given, but for memory. */
static void
set(CURLcode result)
{
	if (result != CURLE_OK)
		abort();
}

static void
add_header(struct webhook *webhook, const char *name, const char *value)
{
	AUTO_FREE char *line = mem_printf("%s: %s", name, value);
	struct curl_slist *longer = curl_slist_append(webhook->headers, line);

	if (longer == NULL)
		abort(); /* out of memory */
	webhook->headers = longer;
}

/* HMAC over "TIME.BODY": a signature cannot be used again with another time or body. */
static void
sign(struct webhook *webhook, const struct parcel *parcel)
{
	AUTO_FREE char *time = mem_printf("%lld", (long long)(parcel->now_ms / 1000));
	AUTO_FREE char *value = NULL;
	AUTO_BUF struct buf text = BUF_EMPTY;
	char hex[DIGEST_HEX_BYTES];

	add_header(webhook, "Dealwatch-Time", time);
	if (webhook->secret.len == 0)
		return;
	buf_printf(&text, "%s.", time);
	buf_add(&text, parcel->record, parcel->len);
	digest_hmac_hex(
	    webhook->secret.data, webhook->secret.len, text.data, text.len, hex);
	value = mem_printf("v1=%s", hex);
	add_header(webhook, "Dealwatch-Signature", value);
}

static void
set_headers(struct webhook *webhook, const struct parcel *parcel)
{
	add_header(webhook, "Content-Type", "application/json");
	add_header(webhook, "Idempotency-Key", parcel->id);
	add_header(webhook, "Dealwatch-Kind", parcel->kind);
	add_header(webhook, "Dealwatch-Sink", parcel->sink);
	sign(webhook, parcel);
	add_header(webhook, "Expect", ""); /* a body so small is not asked about first */
	set(curl_easy_setopt(webhook->easy, CURLOPT_HTTPHEADER, webhook->headers));
}

static void
set_limits(struct webhook *webhook)
{
	CURL *easy = webhook->easy;

	set(curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L));
	set(curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https"));
	set(curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L));
	set(curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS));
	set(curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)webhook->timeout_ms));
	set(curl_easy_setopt(easy, CURLOPT_PROXY, ""));
	set(curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED));
	set(curl_easy_setopt(easy, CURLOPT_USERAGENT, "dealwatch/" PACKAGE_VERSION));
	/* with a CAPATH libcurl may read the whole folder anew for each connection */
	set(curl_easy_setopt(easy, CURLOPT_CAPATH, NULL));
	if (webhook->ca_file != NULL)
		set(curl_easy_setopt(easy, CURLOPT_CAINFO, webhook->ca_file));
}

static void
set_callbacks(struct webhook *webhook)
{
	CURL *easy = webhook->easy;

	set(curl_easy_setopt(easy, CURLOPT_PRIVATE, webhook));
	set(curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, webhook->curl_error));
	set(curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_head));
	set(curl_easy_setopt(easy, CURLOPT_HEADERDATA, webhook));
	set(curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body));
	set(curl_easy_setopt(easy, CURLOPT_WRITEDATA, webhook));
	set(curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open));
	set(curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, webhook));
}

static bool
webhook_deliver(void *sink, const struct parcel *parcel, struct verdict *verdict)
{
	struct webhook *webhook = sink;

	webhook->body_bytes = webhook->head_bytes = 0;
	webhook->refused[0] = webhook->curl_error[0] = '\0';
	webhook->easy = curl_easy_init();
	if (webhook->easy == NULL)
		abort(); /* out of memory */
	webhook->body = mem_strndup(parcel->record, parcel->len);
	set_limits(webhook);
	set_callbacks(webhook);
	set_headers(webhook, parcel);
	set(curl_easy_setopt(webhook->easy, CURLOPT_URL, webhook->url));
	set(curl_easy_setopt(webhook->easy, CURLOPT_POSTFIELDS, webhook->body));
	set(curl_easy_setopt(webhook->easy, CURLOPT_POSTFIELDSIZE, (long)parcel->len));
	multi_add(webhook->multi, webhook->easy);
	return false;
}

/* -- life -- */

static void
webhook_close(void *sink)
{
	struct webhook *webhook = sink;

	if (webhook->multi != NULL) {
		forget_delivery(webhook);
		multi_close(webhook->multi);
		curl_global_cleanup();
	}
	secret_clear(&webhook->secret);
	free(webhook->ca_file);
	free(webhook->url);
	free(webhook);
}

static void *
webhook_open(
    const struct sink_house *house, const struct sink_settings *settings, struct error *err)
{
	struct webhook *webhook = mem_zalloc(sizeof(*webhook));
	bool is_good = settings->secret_file == NULL ||
		       secret_read(settings->secret_file, settings->folder,
			   SECRET_MIN_BYTES, &webhook->secret, err);

	webhook->house = *house;
	webhook->url = mem_strndup(settings->url, strcspn(settings->url, "#"));
	webhook->timeout_ms = settings->timeout_s * 1000;
	webhook->is_private = settings->is_private;
	is_good = is_good && sink_find_ca_file(settings, &webhook->ca_file, err);
	if (is_good && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		is_good = error_set(err, ERROR_SYSTEM, "libcurl", "cannot be initialised");
	if (!is_good) {
		webhook_close(webhook);
		return NULL;
	}
	webhook->multi = multi_open(house->base, on_transfer_done, 1);
	return webhook;
}

const struct sink_kind sink_webhook = { "webhook", webhook_open, webhook_deliver,
	webhook_close };
