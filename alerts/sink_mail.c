/*
 * The mail sink: a message by SMTP to the server that is named, with TLS unless that is
 * given up by a setting.
 *
 * What the server refuses for good when it has heard sender, recipients or text is never
 * sent again; all else is tried again.
 */
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "alerts/alerts.h"
#include "alerts/mail.h"
#include "alerts/sink.h"
#include "base/buf.h"
#include "base/multi.h"
#include "base/secret.h"

#define CONNECT_MS 10000
#define SAID_BYTES 256 /* of the server's last line */

struct mailer {
	struct sink_house house;
	char *url, *from, *user, *ca_file; /* owned; the last two or NULL */
	struct list to;
	struct buf password;
	bool is_plain;
	int64_t timeout_ms;
	struct multi *multi; /* owned */
	/* of a delivery */
	CURL *easy; /* owned; NULL: none */
	struct curl_slist *recipients;
	struct buf message;
	size_t sent;
	char said[SAID_BYTES];
	char curl_error[CURL_ERROR_SIZE];
};

/* -- libcurl's callbacks -- */

static size_t
on_want(char *room, size_t size, size_t count, void *arg)
{
	struct mailer *mailer = arg;
	size_t left = mailer->message.len - mailer->sent;
	size_t len = size * count < left ? size * count : left;

	memcpy(room, mailer->message.data + mailer->sent, len);
	mailer->sent += len;
	return len;
}

/* A line of the server's: the last complaint says why. */
static size_t
on_line(char *bytes, size_t size, size_t count, void *arg)
{
	struct mailer *mailer = arg;
	size_t len = size * count, kept = len < SAID_BYTES - 1 ? len : SAID_BYTES - 1;

	if (len == 0 || (bytes[0] != '4' && bytes[0] != '5'))
		return len;
	while (kept > 0 && strchr("\r\n", bytes[kept - 1]) != NULL)
		kept--;
	memcpy(mailer->said, bytes, kept);
	mailer->said[kept] = '\0';
	return len;
}

/* -- the end -- */

static void
forget_delivery(struct mailer *mailer)
{
	if (mailer->easy != NULL) {
		multi_remove(mailer->multi, mailer->easy);
		curl_easy_cleanup(mailer->easy);
	}
	curl_slist_free_all(mailer->recipients);
	buf_reset(&mailer->message);
	mailer->easy = NULL;
	mailer->recipients = NULL;
}

/* Refused for good, after it heard what it is about: a greeting or a login is not that. */
static bool
is_refusal(const struct mailer *mailer, CURLcode result, long status)
{
	bool has_heard = result == CURLE_SEND_ERROR ||
			 (result == CURLE_WEIRD_SERVER_REPLY && mailer->sent > 0);

	return has_heard && status >= 500 && status < 600;
}

static void
judge(const struct mailer *mailer, CURLcode result, struct verdict *verdict)
{
	const char *why =
	    mailer->curl_error[0] != '\0' ? mailer->curl_error : curl_easy_strerror(result);
	bool has_answer = mailer->said[0] != '\0';
	enum verdict_kind kind;
	long status = 0;

	if (result == CURLE_OK) {
		verdict_set(verdict, VERDICT_DELIVERED, "%s", "");
		return;
	}
	/* or 0 */
	(void)curl_easy_getinfo(mailer->easy, CURLINFO_RESPONSE_CODE, &status);
	kind = is_refusal(mailer, result, status) ? VERDICT_REFUSED : VERDICT_LATER;
	verdict_set(verdict, kind, "%s%s%s", why, has_answer ? ": " : "",
	    has_answer ? mailer->said : "");
}

static void
on_transfer_done(CURL *easy, CURLcode result)
{
	struct mailer *mailer;
	struct verdict verdict;
	char *arg = NULL;

	(void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, &arg); /* was set */
	mailer = (struct mailer *)(void *)arg;
	judge(mailer, result, &verdict);
	forget_delivery(mailer);
	mailer->house.on_done(mailer->house.ctx, &verdict);
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
set_envelope(struct mailer *mailer)
{
	for (size_t i = 0; i < mailer->to.count; i++) {
		struct curl_slist *longer =
		    curl_slist_append(mailer->recipients, mailer->to.items[i]);

		if (longer == NULL)
			abort(); /* out of memory */
		mailer->recipients = longer;
	}
	set(curl_easy_setopt(mailer->easy, CURLOPT_MAIL_FROM, mailer->from));
	set(curl_easy_setopt(mailer->easy, CURLOPT_MAIL_RCPT, mailer->recipients));
}

static void
set_door(struct mailer *mailer)
{
	CURL *easy = mailer->easy;
	long level = mailer->is_plain ? (long)CURLUSESSL_TRY : (long)CURLUSESSL_ALL;

	set(curl_easy_setopt(easy, CURLOPT_URL, mailer->url));
	set(curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps"));
	set(curl_easy_setopt(easy, CURLOPT_USE_SSL, level));
	set(curl_easy_setopt(easy, CURLOPT_PROXY, ""));
	set(curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED));
	set(curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L));
	set(curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS));
	set(curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)mailer->timeout_ms));
	/* with a CAPATH libcurl may read the whole folder anew for each connection */
	set(curl_easy_setopt(easy, CURLOPT_CAPATH, NULL));
	if (mailer->ca_file != NULL)
		set(curl_easy_setopt(easy, CURLOPT_CAINFO, mailer->ca_file));
}

static void
set_login(struct mailer *mailer)
{
	const struct buf *secret = &mailer->password;
	char *password;

	if (mailer->user == NULL)
		return;
	password = mem_strndup(secret->data, secret->len);
	set(curl_easy_setopt(mailer->easy, CURLOPT_USERNAME, mailer->user));
	set(curl_easy_setopt(mailer->easy, CURLOPT_PASSWORD, password));
	explicit_bzero(password, secret->len);
	free(password); /* libcurl has its own */
}

static void
set_callbacks(struct mailer *mailer)
{
	CURL *easy = mailer->easy;

	set(curl_easy_setopt(easy, CURLOPT_PRIVATE, mailer));
	set(curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, mailer->curl_error));
	set(curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_line));
	set(curl_easy_setopt(easy, CURLOPT_HEADERDATA, mailer));
	set(curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_line));
	set(curl_easy_setopt(easy, CURLOPT_WRITEDATA, mailer));
	set(curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_want));
	set(curl_easy_setopt(easy, CURLOPT_READDATA, mailer));
	set(curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L));
}

static bool
mail_deliver(void *sink, const struct parcel *parcel, struct verdict *verdict)
{
	struct mailer *mailer = sink;

	mailer->sent = 0;
	mailer->said[0] = mailer->curl_error[0] = '\0';
	mailer->easy = curl_easy_init();
	if (mailer->easy == NULL)
		abort(); /* out of memory */
	mail_compose(&mailer->message, mailer->from, &mailer->to, parcel);
	set_door(mailer);
	set_login(mailer);
	set_callbacks(mailer);
	set_envelope(mailer);
	multi_add(mailer->multi, mailer->easy);
	return false;
}

/* -- life -- */

static void
mail_close(void *sink)
{
	struct mailer *mailer = sink;

	if (mailer->multi != NULL) {
		forget_delivery(mailer);
		multi_close(mailer->multi);
		curl_global_cleanup();
	}
	secret_clear(&mailer->password);
	buf_clear(&mailer->message);
	list_clear(&mailer->to);
	free(mailer->url);
	free(mailer->from);
	free(mailer->user);
	free(mailer->ca_file);
	free(mailer);
}

static bool
take_settings(
    struct mailer *mailer, const struct sink_settings *settings, struct error *err)
{
	mailer->url = mem_strdup(settings->url);
	mailer->from = mem_strdup(settings->from);
	mailer->user = mem_strdup(settings->user);
	for (size_t i = 0; i < settings->to.count; i++)
		list_add(&mailer->to, settings->to.items[i]);
	mailer->is_plain = settings->is_plain;
	mailer->timeout_ms = settings->timeout_s * 1000;
	return sink_find_ca_file(settings, &mailer->ca_file, err) &&
	       (settings->secret_file == NULL ||
		   secret_read(
		       settings->secret_file, settings->folder, 1, &mailer->password, err));
}

static void *
mail_open(
    const struct sink_house *house, const struct sink_settings *settings, struct error *err)
{
	struct mailer *mailer = mem_zalloc(sizeof(*mailer));
	bool is_good = take_settings(mailer, settings, err);

	mailer->house = *house;
	if (is_good && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		is_good = error_set(err, ERROR_SYSTEM, "libcurl", "cannot be initialised");
	if (!is_good) {
		mail_close(mailer);
		return NULL;
	}
	mailer->multi = multi_open(house->base, on_transfer_done, 1);
	return mailer;
}

const struct sink_kind sink_mail = { "mail", mail_open, mail_deliver, mail_close };
