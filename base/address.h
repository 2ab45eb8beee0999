/*
 * Is an address on the public internet? A feed, or a redirect of it, must not make the
 * worker ask machines of the house (DESIGN 7).
 */
#ifndef BASE_ADDRESS_H
#define BASE_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

#define ADDRESS_TEXT_BYTES 64

/** @return false also for families that are not IP */
bool address_is_public(const struct sockaddr *address);
/** The same for a text as inet_ntop(3) writes it; false for other texts. */
bool address_text_is_public(const char *text);
/** Whether a URL names its host by an address that is not public, or as localhost; other
 * names are looked up when they are asked. */
bool address_url_is_private(const char *url);
/** "192.0.2.1", "2001:db8::1", or "?" */
void address_format(const struct sockaddr *address, char text[ADDRESS_TEXT_BYTES]);

#endif
