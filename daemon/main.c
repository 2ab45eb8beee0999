/*
 * dealwatchd: starts what is there, says so, and stops it in good order.
 *
 * Owns the event base, the clock and the rooms' running whole. Decides nothing.
 */
#include <event2/event.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/notify.h"
#include "daemon/api.h"
#include "daemon/herald.h"
#include "daemon/listener.h"
#include "daemon/places.h"
#include "daemon/reload.h"
#include "watch/watch.h"

#define STOP_DEADLINE_S 10
#define SIGNAL_COUNT 4

struct daemon {
	const struct places *places; /* borrowed */
	struct event_base *base;     /* owned, as all below */
	struct clock *clock;
	struct watch *watch;
	struct reload *reload;
	struct listener *listener;
	struct api *api;
	struct herald *herald;
	struct clock_timer *stop_deadline;
	struct event *signals[SIGNAL_COUNT];
	bool is_stopping;
	bool
	    is_broken; /* the store is not to be trusted: end, and let systemd start anew */
};

static int
exit_code(const struct error *err)
{
	switch (err->kind) {
	case ERROR_CONFIG:
		return EX_CONFIG;
	case ERROR_FORMAT:
		return EX_DATAERR;
	case ERROR_NETWORK:
	case ERROR_LIMIT:
		return EX_TEMPFAIL;
	case ERROR_SYSTEM:
		return EX_IOERR;
	}
	return EX_IOERR;
}

/* -- what is said -- */

static void
on_notice(void *ctx, const char *room, const char *text)
{
	log_warn(room, "%s", text);
}

static void
on_broken(void *ctx, const char *text)
{
	struct daemon *daemon = ctx;

	log_error("daemon", "%s; ending, to begin anew from what is on the disk", text);
	daemon->is_broken = true;
	(void)event_base_loopbreak(daemon->base);
}

static void
say_messages(struct conf *conf)
{
	size_t errors = conf_error_count(conf);
	size_t count = errors + conf_warning_count(conf);

	for (size_t i = 0; i < count; i++) {
		if (i < errors)
			log_error("config", "%s", conf_message(conf, i));
		else
			log_warn("config", "%s", conf_message(conf, i));
	}
}

static void
say_ready(const struct daemon *daemon)
{
	size_t sources = feeds_count(watch_feeds(daemon->watch));
	size_t rules = ruleset_rule_count(watch_rules(daemon->watch));
	const char *log = alerts_status(watch_alerts(daemon->watch)).log_path;

	log_info("daemon",
	    "dealwatchd " PACKAGE_VERSION
	    " watches %zu sources by %zu rules; store %s, alert log %s, socket %s",
	    sources, rules, daemon->places->store, log != NULL ? log : "none",
	    listener_path(daemon->listener));
	herald_ready(daemon->herald);
}

static void
on_change(void *ctx)
{
	struct daemon *daemon = ctx;

	/* the first results may come before all is ready */
	if (daemon->herald != NULL)
		herald_changed(daemon->herald);
}

static void
on_reload_start(void *ctx)
{
	herald_reload_begins();
}

static void
on_reload_done(void *ctx, int round, const struct reload_outcome *outcome)
{
	struct daemon *daemon = ctx;

	herald_reload_ends(daemon->herald, outcome->failure != NULL);
	api_reload_done(daemon->api, round, outcome);
}

/* -- signals -- */

static void
stop_now(struct daemon *daemon)
{
	(void)event_base_loopbreak(daemon->base);
}

static void
on_stopped(void *ctx)
{
	struct daemon *daemon = ctx;

	/* one turn more, so that the ends of streams get out */
	(void)event_base_loopexit(daemon->base, NULL);
}

static void
on_stop_deadline(void *ctx, int64_t now_ms)
{
	log_warn("daemon", "what was in hand is not done after %d s; stopping all the same",
	    STOP_DEADLINE_S);
	stop_now(ctx);
}

static void
begin_stop(struct daemon *daemon, int signal_number)
{
	if (daemon->is_stopping) {
		log_info("daemon", "%s again: stopping at once", strsignal(signal_number));
		stop_now(daemon);
		return;
	}
	daemon->is_stopping = true;
	log_info("daemon", "%s: finishing what is in hand", strsignal(signal_number));
	herald_stopping();
	api_stop(daemon->api);
	reload_free(daemon->reload);
	daemon->reload = NULL;
	clock_timer_after(daemon->stop_deadline, (int64_t)STOP_DEADLINE_S * 1000);
	watch_stop(daemon->watch, on_stopped, daemon);
}

static void
on_signal(evutil_socket_t number, short what, void *arg)
{
	struct daemon *daemon = arg;

	switch (number) {
	case SIGHUP:
		if (!daemon->is_stopping)
			reload_request(daemon->reload);
		return;
	case SIGUSR1:
		log_info("daemon", "opening the alert log again");
		alerts_reopen(watch_alerts(daemon->watch));
		return;
	default: /* TERM, INT */
		begin_stop(daemon, number);
	}
}

static void
take_signals(struct daemon *daemon)
{
	static const int numbers[SIGNAL_COUNT] = { SIGHUP, SIGUSR1, SIGTERM, SIGINT };

	(void)signal(SIGPIPE, SIG_IGN); /* a peer that went away is an error of its write */
	/* whoever started us may ignore it, and then no child would leave a status */
	(void)signal(SIGCHLD, SIG_DFL);
	for (size_t i = 0; i < SIGNAL_COUNT; i++) {
		daemon->signals[i] =
		    evsignal_new(daemon->base, numbers[i], on_signal, daemon);
		(void)event_add(daemon->signals[i], NULL);
	}
}

/* -- life -- */

/* Any mistake is said, and the end of it. */
static bool
open_watch(struct daemon *daemon, struct error *err)
{
	const struct places *places = daemon->places;
	struct watch_options options = { .db_path = places->store,
		.logs_dir = places->logs,
		.cache_dir = places->cache,
		.is_polling = true,
		.on_notice = on_notice,
		.on_broken = on_broken,
		.on_change = on_change,
		.ctx = daemon };
	AUTO(settings) settings = settings_new();
	bool ok = settings_read(settings, places->config, places->is_config_optional);

	say_messages(settings->conf);
	if (!ok)
		return error_set(err, ERROR_CONFIG, places->config,
		    "mistakes: %zu; not started", conf_error_count(settings->conf));
	daemon->watch = watch_open(daemon->base, daemon->clock, &options, settings, err);
	return daemon->watch != NULL;
}

static bool
open_api(struct daemon *daemon, struct error *err)
{
	struct api_house house = { .base = daemon->base,
		.clock = daemon->clock,
		.watch = daemon->watch,
		.reload = daemon->reload,
		.places = daemon->places };

	daemon->listener = listener_open(notify_listen_fd(), daemon->places->socket, err);
	house.listener = daemon->listener;
	if (daemon->listener == NULL)
		return false;
	daemon->api = api_open(&house, err);
	return daemon->api != NULL;
}

static bool
open_all(struct daemon *daemon, struct error *err)
{
	struct reload_events events = {
		.on_start = on_reload_start, .on_done = on_reload_done, .ctx = daemon
	};

	daemon->base = event_base_new();
	if (daemon->base == NULL)
		return error_set(err, ERROR_SYSTEM, "daemon", "no event loop");
	take_signals(daemon);
	daemon->clock = clock_open_real(daemon->base, err);
	if (daemon->clock == NULL || !places_make(daemon->places, err) ||
	    !open_watch(daemon, err))
		return false;
	daemon->reload =
	    reload_new(daemon->base, daemon->clock, daemon->watch, daemon->places, &events);
	daemon->stop_deadline = clock_timer_new(daemon->clock, on_stop_deadline, daemon);
	daemon->herald = herald_new(daemon->clock, daemon->watch);
	if (!open_api(daemon, err))
		return false;
	watch_start(daemon->watch);
	return true;
}

static void
close_all(struct daemon *daemon)
{
	api_close(daemon->api);
	listener_close(daemon->listener);
	reload_free(daemon->reload);
	herald_free(daemon->herald);
	daemon->herald = NULL;
	watch_close(daemon->watch);
	clock_timer_free(daemon->stop_deadline);
	clock_close(daemon->clock);
	for (size_t i = 0; i < SIGNAL_COUNT; i++) {
		if (daemon->signals[i] != NULL)
			event_free(daemon->signals[i]);
	}
	if (daemon->base != NULL)
		event_base_free(daemon->base);
}

static bool
run(struct daemon *daemon, struct error *err)
{
	if (!open_all(daemon, err))
		return false;
	say_ready(daemon);
	if (event_base_dispatch(daemon->base) < 0)
		return error_set(err, ERROR_SYSTEM, "daemon", "the event loop failed");
	if (daemon->is_broken)
		return error_set(err, ERROR_SYSTEM, "daemon", "the store failed");
	return true;
}

/* --check: say what a start would say, and keep nothing. */
static int
check(const struct places *places)
{
	AUTO(settings) settings = settings_new();
	struct error err = { 0 };
	bool ok = settings_read(settings, places->config, places->is_config_optional);

	say_messages(settings->conf);
	if (ok && !ruleset_compile(settings->rules, NULL, &err)) {
		log_error("config", "%s", err.text);
		ok = false;
	}
	if (ok)
		printf("%zu feeds, %zu rules: all good\n", settings->feeds.count,
		    ruleset_rule_count(settings->rules));
	return ok ? EX_OK : EX_CONFIG;
}

/* --sandbox-test: what a worker of this configuration cannot do. */
static int
test_sandbox(const struct places *places)
{
	AUTO(settings) settings = settings_new();
	struct error err = { 0 };

	if (!settings_read(settings, places->config, places->is_config_optional)) {
		say_messages(settings->conf);
		return EX_CONFIG;
	}
	(void)feeds_try_sandbox(&settings->feeds, &settings->polling, &err); /* failed */
	log_error("daemon", "%s", err.text);
	return exit_code(&err);
}

static int
run_daemon(const struct places *places)
{
	struct daemon daemon = { .places = places };
	struct error err = { 0 };
	bool ok = run(&daemon, &err);

	if (!ok)
		log_error("daemon", "%s", err.text);
	close_all(&daemon);
	if (ok)
		log_info("daemon", "stopped");
	return ok ? EX_OK : exit_code(&err);
}

int
main(int argc, char **argv)
{
	struct error err = { 0 };
	AUTO(places) places = places_read(argc, argv, &err);

	if (places == NULL) {
		(void)fprintf(stderr, "dealwatchd: %s\nTry dealwatchd --help.\n", err.text);
		return EX_USAGE;
	}
	if (places->is_help) {
		places_print_help();
		return EX_OK;
	}
	if (places->is_version) {
		puts("dealwatchd " PACKAGE_VERSION);
		return EX_OK;
	}
	if (places->is_check)
		return check(places);
	return places->is_sandbox_test ? test_sandbox(places) : run_daemon(places);
}
