/*
 * What the daemon and its worker say to each other: jobs in, entries out.
 *
 * One job is one feed read once: fetched by HTTP, or parsed from bytes that the asker sends
 * (files of `dealwatch parse`, saved responses of replay). The answer is ENTRY*,
 * HEAD?, then one of DONE or FAILED. The worker keeps nothing of a job after that.
 */
#ifndef FEEDS_JOB_H
#define FEEDS_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/channel.h"
#include "base/error.h"
#include "base/list.h"

struct buf;
struct wire_reader;

#define JOB_URL_MAX_BYTES (8u << 10)
#define JOB_VALIDATOR_MAX_BYTES (8u << 10)
#define JOB_BODY_CHUNK_BYTES (64u << 10)
#define JOB_HEADERS_MAX 32
#define JOB_HEADER_MAX_BYTES (16u << 10)
#define JOB_REDIRECTS_MAX 10
#define JOB_BODY_MAX_BYTES (32u << 20) /* decoded (DESIGN 3) */
#define JOB_ENTRIES_MAX 5000
#define JOB_CHUNK_CPU_S 5 /* CPU on one chunk, then the worker ends itself */
#define JOB_DEADLINE_MS (INT64_C(120) * 1000)

enum job_kind {
	JOB_FETCH,    /* GET url */
	JOB_RESPONSE, /* BODY messages bring a saved HTTP response: status line, headers,
			 body */
	JOB_DOCUMENT, /* BODY messages bring the document alone */
};

/* Where the entries of a page without a feed are: XPath 1.0 over its HTML (DESIGN 4). */
enum page_field {
	PAGE_ITEM, /* the nodes that are entries; the others are seen from one of them */
	PAGE_TITLE,
	PAGE_LINK,
	PAGE_SUMMARY,
	PAGE_CONTENT,
	PAGE_PUBLISHED,
	PAGE_ID,
	PAGE_AUTHOR, /* each node one, as the next */
	PAGE_CATEGORY,
	PAGE_FIELDS,
};
#define PAGE_PATH_MAX_BYTES 2048

struct page_paths {
	char *path[PAGE_FIELDS]; /* owned; NULL: not given; all NULL: it is a feed */
};

struct job {
	uint64_t id; /* never 0, never used again by one daemon */
	enum job_kind kind;
	char *feed; /* id, for messages */
	char *url;  /* what is fetched, and the base of relative links; may be NULL for a
		       document */
	char *etag; /* as received (MANNERS 1.2), or NULL */
	char *last_modified; /* as received, or NULL */
	char *user_agent;
	struct list headers; /* "Name: value", for the server of url alone, as the next */
	char *authorization; /* the header's value, or NULL; secret */
	char *proxy;         /* URL, or NULL */
	char *content_type;  /* DOCUMENT: as a header would have it, or NULL */
	char *content_language;
	struct page_paths page;
	bool is_private;     /* private and loopback addresses are allowed */
	int64_t deadline_ms; /* for all of it, from its start */
	int64_t body_max_bytes;
	int64_t entries_max;
	int64_t now_ms; /* the asker's time: what relative freshness is counted from */
};

/** Whether it is a page and no feed. */
bool page_is_given(const struct page_paths *page);
void page_copy(struct page_paths *to, const struct page_paths *from);
void page_clear(struct page_paths *page);
/**
 * What names a reading's source: another one says nothing of it, and its validators are
 * not sent. The URL; of a page with a digest of its XPaths behind. The caller's to free().
 */
char *page_request(const char *url, const struct page_paths *page);
/** "item", "title" ... as in the configuration. */
const char *page_field_name(enum page_field field);

/* Why there is no (new) document. */
enum job_failure {
	JOB_FAILED_NETWORK, /* DNS, connect, TLS, cut stream, deadline */
	JOB_FAILED_ADDRESS, /* not a public address, not http(s): refused */
	JOB_FAILED_HTTP,    /* a status that is neither 200 nor 304 */
	JOB_FAILED_LIMIT,   /* larger than we take */
	JOB_FAILED_FORMAT,  /* no feed, or empty */
	JOB_FAILED_PARSER,  /* the worker died or was killed over it (said by the daemon) */
	JOB_FAILED_SECRET,  /* it cannot be had: nothing was asked (said by the daemon) */
};

/* The HTTP side of an answer; valid with DONE and with FAILED of kind HTTP. */
struct job_response {
	int32_t status; /* 200, 304, 4xx ...; 0: none came; documents: 200 */
	bool is_not_modified;
	char *etag; /* of this response, byte for byte; NULL: it had none */
	char *last_modified;
	int64_t
	    fresh_s; /* remaining freshness (RFC 9111 4.2); -1: the server did not say */
	int64_t retry_after_s; /* -1: not said */
	char *final_url;       /* after redirects; NULL: none followed */
	char *moved_url;       /* where a leading run of 301/308 led; NULL: none */
	char *body_hash;       /* SHA-256 of the decoded body in hex; NULL with 304 */
	int64_t body_bytes;    /* decoded */
};

/* to the worker; all but JOB (a job) begin with the job's id as u64; BODY: wire bytes;
 * CANCEL: a job that is not over fails at once */
enum { JOB_MSG_JOB = 16, JOB_MSG_BODY = 17, JOB_MSG_BODY_END = 18, JOB_MSG_CANCEL = 19 };
/*
 * From the worker; each begins with the job's id as u64. HEAD: a feed head; ENTRY: an
 * entry; DONE: a response; FAILED: u8 enum job_failure, text (what is wrong, one line), a
 * response (status 0 when none came).
 */
enum { JOB_MSG_HEAD = 32, JOB_MSG_ENTRY = 33, JOB_MSG_DONE = 34, JOB_MSG_FAILED = 35 };
/* the one state of both sides after the hello */

extern const struct channel_protocol job_protocol_worker; /* what the worker lets in */
extern const struct channel_protocol job_protocol_daemon; /* what the daemon lets in */

void job_free(struct job *job);
MEM_AUTO(job, job_free);
struct job *job_copy(const struct job *job);
void job_write(const struct job *job, struct buf *out);
bool job_read(struct wire_reader *in, struct job **job, struct error *err);

void job_response_clear(struct job_response *response);
void job_response_write(const struct job_response *response, struct buf *out);
bool job_response_read(
    struct wire_reader *in, struct job_response *response, struct error *err);
/** "network", "address", "http", "limit", "format", "parser" */
const char *job_failure_name(enum job_failure failure);

/*
 * The board: one page shared between worker and daemon (memfd, fd JOB_BOARD_FD of the
 * worker), where the worker announces what it is doing before it does it, so that after its
 * death the daemon knows which feed to blame. The daemon trusts it for nothing else.
 */
enum job_phase { JOB_PHASE_IDLE, JOB_PHASE_CONVERT, JOB_PHASE_PARSE, JOB_PHASE_FINISH };
#define JOB_CHANNEL_FD 3
#define JOB_TRY_SANDBOX "--try" /* first argument: no jobs, only what it may not do */
#define JOB_BOARD_FD 4
struct job_board {
	_Atomic uint64_t job; /* 0: nothing that a feed could be blamed for */
	_Atomic uint32_t phase;
	_Atomic uint32_t chunk; /* counts the chunks of the job */
	_Atomic uint32_t
	    sandbox; /* parts that hold (base/sandbox.h), set before the hello */
};
const char *job_phase_name(uint32_t phase);

#endif
