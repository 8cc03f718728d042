/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Reports whether a file that begins with @head must be copied before its rows can be read at any
 * place: it is packed, in UTF-16, or not made of lines (convert.h). */
gboolean thrum_spill_is_needed (const char *head, gsize length);

/* Copies all of @fd, from its current position, into a nameless file in @folder (made if need be).
 * The copy is unpacked and made of lines, so that it can be read again and at any place without
 * holding it in memory. A tenth of the disk's free space stays free. The copy goes away with its
 * descriptor, even if the program is killed.
 *
 * A source that is cut or damaged is copied up to the last whole line before the damage, and
 * *@damage says what is wrong, as in "its gzip data end too early" (transfer full); else it is
 * NULL. Returns the descriptor, or -1 and @error. */
int thrum_spill (int fd, const char *folder, char **damage, GError **error);

G_END_DECLS
