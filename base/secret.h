/*
 * Secrets: they come from files, never from a command line or a setting, and are never
 * shown.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct error;

#define SECRET_MAX_BYTES 4096

/**
 * Read one: a plain file that not everybody can read, of one line; blanks and the line end
 * behind it are not part of it.
 *
 * @param name    a path from /, or a name: one of $CREDENTIALS_DIRECTORY (systemd.exec(5),
 *                LoadCredential=), else of the folder
 * @param folder  of the configuration that names it
 * @param min     bytes it has to have
 * @param secret  empty; the caller's to clear by secret_clear()
 * @return false with err set (CONFIG)
 */
bool secret_read(const char *name, const char *folder, size_t min, struct buf *secret,
    struct error *err);
/** Overwrite it, and free the memory. */
void secret_clear(struct buf *secret);

#endif
