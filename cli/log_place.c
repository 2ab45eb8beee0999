/*
 * Where the alert log and its store are.
 */
#include "cli/log_place.h"

#include <jansson.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/paths.h"
#include "cli/client.h"
#include "cli/document.h"
#include "watch/settings.h"

static bool
exists(const char *path)
{
	return access(path, F_OK) == 0;
}

void
log_place_below(struct log_place *place, const char *state)
{
	char *own = mem_printf("%s/log/alerts.jsonl", state);
	char *beside = mem_printf("%s/alerts.jsonl", state);
	bool is_beside = !exists(own) && exists(beside);

	place->log = is_beside ? beside : own;
	mem_auto_free(is_beside ? &own : &beside);
	place->store = mem_printf("%s/dealwatch.db", state);
}

/* The configuration's; one with mistakes says nothing. */
static void
find_configured(struct log_place *place, bool is_user)
{
	AUTO_FREE char *folder = paths_config(is_user);
	AUTO_FREE char *config = mem_printf("%s/dealwatch.yaml", folder);
	AUTO_FREE char *logs = paths_logs(is_user);
	AUTO_FREE char *state = paths_state(is_user);
	AUTO(settings) settings = settings_new();
	const char *path = NULL;

	if (settings_read(settings, config, true))
		path = settings->alerts.log.path;
	if (path == NULL)
		path = "alerts.jsonl";
	place->log = path[0] == '/' ? mem_strdup(path) : mem_printf("%s/%s", logs, path);
	place->store = mem_printf("%s/dealwatch.db", state);
}

static bool
is_certain(const char *socket)
{
	if (socket == NULL)
		socket = getenv("DEALWATCH_SOCKET");
	return socket != NULL && socket[0] != '\0';
}

static bool
read_answer(struct log_place *place, const struct buf *answer, struct error *err)
{
	json_t *status = json_loadb(buf_text(answer), answer->len, 0, NULL);
	const char *log = document_text(json_object_get(status, "alerts"), "log");
	const char *store = document_text(status, "store");
	bool is_told = log[0] != '\0' && store[0] != '\0';

	if (is_told) {
		place->log = mem_strdup(log);
		place->store = mem_strdup(store);
	}
	json_decref(status);
	return is_told || error_set(err, ERROR_FORMAT, "daemon",
			      "its status does not say where log and store are");
}

bool
log_place_usual(struct log_place *place, const char *socket, struct error *err)
{
	struct client_request request = { socket, "GET", "/v1/status", NULL };
	AUTO_BUF struct buf answer = BUF_EMPTY;

	if (client_ask(&request, &answer, err) == EX_OK)
		return read_answer(place, &answer, err);
	if (is_certain(socket))
		return false;
	find_configured(place, geteuid() != 0);
	return true;
}

void
log_place_clear(struct log_place *place)
{
	mem_auto_free(&place->log);
	mem_auto_free(&place->store);
	*place = (struct log_place){ 0 };
}
