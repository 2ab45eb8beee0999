/*
 * Letters: a line for each, and below it why it was not delivered.
 */
#include "cli/letters.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

#include "base/buf.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/document.h"
#include "cli/records.h"
#include "cli/show.h"

static void
print_why(const json_t *letter)
{
	AUTO_BUF struct buf text = BUF_EMPTY;

	buf_printf(
	    &text, "%s: %s", document_text(letter, "sink"), document_text(letter, "state"));
	if (document_text(letter, "reason")[0] != '\0')
		buf_printf(&text, " (%s)", document_text(letter, "reason"));
	printf("  %-11s", "delivery");
	cli_puts(buf_text(&text));
	printf("\n");
}

static int
print_letters(const json_t *document)
{
	const json_t *list = json_object_get(document, "letters");
	bool is_coloured = show_wants_colour(stdout);
	size_t i;
	json_t *letter;

	if (json_array_size(list) == 0)
		puts("no letters");
	json_array_foreach(list, i, letter)
	{
		const json_t *record = json_object_get(letter, "alert");

		records_print(record, is_coloured);
		records_print_member(record, "id", "id");
		print_why(letter);
	}
	if (json_object_get(document, "next") != NULL)
		printf(
		    "more with --after %" PRId64 "\n", document_number(document, "next"));
	return EX_OK;
}

static int
print_resent(const json_t *document)
{
	int64_t count = document_number(document, "resent");

	printf("%" PRId64 " letter%s sent again\n", count, count == 1 ? " is" : "s are");
	return EX_OK;
}

int
letters_list(const struct letter_words *words)
{
	struct client_request request = { .socket = words->socket, .method = "GET" };
	AUTO_BUF struct buf path = BUF_EMPTY;

	buf_printf(&path, "/v1/letters?state=%s&limit=%" PRId64 "&after=%" PRId64,
	    words->is_held ? "held" : "dead", words->count,
	    words->after >= 0 ? words->after : 0);
	if (words->sink != NULL)
		buf_printf(&path, "&sink=%s", words->sink);
	request.path = buf_text(&path);
	return document_show(&request, words->is_json, print_letters);
}

int
letters_resend(const struct letter_words *words)
{
	json_t *body = json_pack("{s:s*,s:s*}", "id", words->id, "sink", words->sink);
	AUTO_FREE char *text = json_dumps(body, JSON_COMPACT);
	struct client_request request = { .socket = words->socket,
		.method = "POST",
		.path = "/v1/resend",
		.body = text };

	json_decref(body);
	return document_show(&request, words->is_json, print_resent);
}
