/*
 * The end of a match.
 */
#include "rules/match.h"

#include <stdlib.h>

const char *const severity_names[] = { "info", "low", "high", "critical", NULL };

void
match_copy_terms(struct match *match, const struct match_term *terms, size_t count)
{
	match->terms = mem_array(count + 1, sizeof(*match->terms));
	match->count = match->cap = count;
	for (size_t i = 0; i < count; i++) {
		match->terms[i] = terms[i];
		match->terms[i].term = mem_strdup(terms[i].term);
		match->terms[i].set = mem_strdup(terms[i].set);
	}
}

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
	free(match->now);
	free(match->rule);
	free(match->title);
	list_clear(&match->topics);
	match_terms_free(match->terms, match->count);
	for (size_t i = 0; i < match->amount_count; i++) {
		free(match->amounts[i].value);
		free(match->amounts[i].to);
		free(match->amounts[i].currency);
		free(match->amounts[i].text);
	}
	free(match);
}
