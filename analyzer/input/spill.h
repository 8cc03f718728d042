/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Whether a file that begins with @head has to be copied before its rows can be read at any place: it is
 * packed, in UTF-16, or not made of lines (convert.h). */
gboolean thrum_spill_is_needed (const char *head, gsize length);

/* Copies all of @fd, from where it is, into a nameless file in @folder (made if need be), unpacked and
 * as lines, so that it can be read again and at any place: the disk holds what memory need not. A tenth
 * of what is free on it stays free. The copy goes away with its descriptor, also if the program is
 * killed. What is cut or damaged is copied up to the last whole line before that, and *@damage says
 * what it is, as in "its gzip data end too early" (transfer full); else it is NULL. Returns the
 * descriptor, or -1 and @error. */
int thrum_spill (int fd, const char *folder, char **damage, GError **error);

G_END_DECLS
