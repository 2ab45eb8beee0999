/*
 * What a mail says: a record, or a digest of several, as a message of RFC 5322 with a part
 * of plain text and one of HTML.
 */
#ifndef ALERTS_MAIL_H
#define ALERTS_MAIL_H

#include <stdbool.h>

struct buf;
struct list;
struct parcel;

#define MAIL_ADDRESS_MAX_BYTES 254 /* RFC 5321 4.5.3.1.3, less its brackets */

/** Whether a text is one address as SMTP takes it: LOCAL@HOST, without quotes or blanks. */
bool mail_is_address(const char *text);
/** Append the whole message. Its Message-ID is made of the alert's id and the sender's
 * host: the same at each try. */
void mail_compose(
    struct buf *out, const char *from, const struct list *to, const struct parcel *parcel);

#endif
