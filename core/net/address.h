/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Splits `HOST:PORT`, `[V6]:PORT` or `unix:/PATH`. @host is the name or the address without
 * brackets, or the path with its slash; @port is 0 for a path. FALSE with @error set
 * (G_IO_ERROR_INVALID_ARGUMENT) to what was expected. @host: (transfer full). Any thread. */
gboolean thrum_address_parse (const gchar *text, gchar **host, guint16 *port, GError **error);

G_END_DECLS
