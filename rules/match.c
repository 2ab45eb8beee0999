/*
 * The end of a match.
 */
#include "rules/match.h"

#include <stdlib.h>

const char *const severity_names[] = { "info", "low", "high", "critical", NULL };

void
match_terms_free(struct match_term *terms, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(terms[i].term);
		free(terms[i].set);
	}
	free(terms);
}

void
match_free(struct match *match)
{
	if (match == NULL)
		return;
	free(match->subject);
	free(match->transition);
	free(match->story);
	free(match->stage);
	free(match->state);
	free(match->rule);
	free(match->title);
	list_clear(&match->topics);
	match_terms_free(match->terms, match->count);
	free(match);
}
