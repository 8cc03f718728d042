/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How the bytes of a file are packed, by its first ones. */
typedef enum { THRUM_PACKING_NONE, THRUM_PACKING_GZIP, THRUM_PACKING_ZSTD } ThrumPacking;

ThrumPacking thrum_packing_of (const guint8 *head, gsize length);

/* Copies all of @fd, from where it is, into a nameless file in @folder (made if need be), unpacked, so
 * that it can be read again and at any place: the disk holds what memory need not. It goes away with
 * its descriptor, also if the program is killed. Returns the descriptor, or -1 and @error. */
int thrum_spill (int fd, const char *folder, GError **error);

G_END_DECLS
