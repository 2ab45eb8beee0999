/*
 * How the API answers: a JSON document with a status.
 */
#ifndef DAEMON_ANSWER_H
#define DAEMON_ANSWER_H

struct evhttp_request;
struct json_t;

/* statuses that evhttp has no name for (RFC 9110) */
#define ANSWER_FORBIDDEN 403
#define ANSWER_UNPROCESSABLE 422

/** Send text (a JSON document) as the answer. The request is done then. */
void answer_text(struct evhttp_request *request, int status, const char *text);
/** Send a document; takes it. */
void answer_json(struct evhttp_request *request, int status, struct json_t *document);
/** Send {"error":{"code","text"}}; code is a word for programs, text is for people. */
void answer_error(struct evhttp_request *request, int status, const char *code,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
