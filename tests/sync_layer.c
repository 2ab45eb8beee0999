/*
 * The real file system but for the syncs of the WAL.
 */
#include "tests/sync_layer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <sqlite3.h>

struct layer {
	sqlite3_vfs vfs; /* ours: the real one but for xOpen */
	sqlite3_vfs *real;
	sqlite3_io_methods wal; /* the real ones but for xSync */
	const sqlite3_io_methods *real_wal;
	int syncs;
	bool is_failing;
};

static struct layer *
the_layer(void)
{
	static struct layer layer;

	return &layer;
}

static int
on_sync(sqlite3_file *file, int flags)
{
	struct layer *layer = the_layer();

	layer->syncs++;
	if (layer->is_failing) {
		errno = EIO;
		return SQLITE_IOERR_FSYNC;
	}
	return layer->real_wal->xSync(file, flags);
}

static int
on_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *flags_out)
{
	struct layer *layer = the_layer();
	int code = layer->real->xOpen(layer->real, name, file, flags, flags_out);

	if (code == SQLITE_OK && (flags & SQLITE_OPEN_WAL) != 0) {
		layer->real_wal = file->pMethods;
		layer->wal = *file->pMethods;
		layer->wal.xSync = on_sync;
		file->pMethods = &layer->wal;
	}
	return code;
}

void
sync_layer_begin(void)
{
	struct layer *layer = the_layer();

	*layer = (struct layer){ .real = sqlite3_vfs_find("unix") };
	layer->vfs = *layer->real;
	layer->vfs.zName = "layer";
	layer->vfs.xOpen = on_open;
	assert_int_equal(sqlite3_vfs_register(&layer->vfs, 1), SQLITE_OK);
}

void
sync_layer_end(void)
{
	assert_int_equal(sqlite3_vfs_unregister(&the_layer()->vfs), SQLITE_OK);
}

void
sync_layer_fail(bool is_failing)
{
	the_layer()->is_failing = is_failing;
}

int
sync_layer_count(void)
{
	return the_layer()->syncs;
}
