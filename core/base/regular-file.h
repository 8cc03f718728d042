/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Reads the whole of @path, which others may have made. It must be a regular file (or a link to
 * one) of at most @most bytes. A pipe or a device is an error at once, not a wait, and so is a
 * larger file. A NUL follows the text. @length: (nullable). NULL with @error set (G_FILE_ERROR).
 * Any thread. (transfer full) */
gchar *thrum_regular_file_read (const gchar *path, gsize most, gsize *length, GError **error);

/* Reads JSON in the same way, with objects and arrays nested at most 64 deep. The parser of
 * json-glib recurses as deep as the text does, until the stack ends. */
gchar *thrum_regular_file_read_json (const gchar *path, gsize most, gsize *length, GError **error);

G_END_DECLS
