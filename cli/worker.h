/*
 * Foreign documents are read in a worker of the verb's own, as the daemon reads them.
 */
#ifndef CLI_WORKER_H
#define CLI_WORKER_H

#include "feeds/feeds.h"

/** A job with the usual limits, for the caller to complete; url may be NULL. */
struct job *worker_job(enum job_kind kind, const char *url);
/**
 * Do it, and wait for its end. A failed reading is an error too, of kind NETWORK or FORMAT.
 *
 * @param name  what is read, for messages
 */
struct feed_result *worker_run(
    struct job *job, const char *name, const struct buf *bytes, struct error *err);

#endif
