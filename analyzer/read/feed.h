/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The text of a file in order, whatever it is wrapped in: gzip (any number of members), zstd (any
 * number of frames, also skippable ones, as pzstd writes them), UTF-16 with a byte order mark. A
 * file that is cut or damaged is read up to the damage. Main thread. */
typedef struct _ThrumFeed ThrumFeed;

/* Beyond this many unpacked bytes, a packed file may not be more than THRUM_FEED_MAX_RATIO times
 * smaller than its text: rows never are, and a bomb would fill the disk. */
#define THRUM_FEED_FREE_BYTES (G_GINT64_CONSTANT (1) << 30)
#define THRUM_FEED_MAX_RATIO 100

/* Returns a feed that reads @fd (not owned) from its current position. @free_bytes is
 * THRUM_FEED_FREE_BYTES, except in tests. NULL and @error if it cannot be read. (transfer full) */
ThrumFeed *thrum_feed_new (int fd, goffset free_bytes, GError **error);
void thrum_feed_free (ThrumFeed *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumFeed, thrum_feed_free)

/* Returns the first bytes of the text, up to 64 KiB. A read will return them again. Valid until the
 * first read. */
const char *thrum_feed_peek (ThrumFeed *self, gsize *length);

/* Fills @buffer with the next bytes of the text. Fewer than @length do not mean the end. Returns 0
 * at the end, and -1 and @error if the file cannot be read or is a bomb. */
gssize thrum_feed_read (ThrumFeed *self, char *buffer, gsize length, GError **error);

/* Returns what is wrong with the bytes, as in "its gzip data end too early"; NULL if nothing is.
 * Call it after the end. */
const char *thrum_feed_get_damage (const ThrumFeed *self);

/* Reports whether a file that begins with @head is wrapped in something that a feed unwraps. */
gboolean thrum_feed_is_needed (const guint8 *head, gsize length);

G_END_DECLS
