/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Format numbers for people. (transfer full); any thread. */
gchar *thrum_format_count (guint64 count);     /* 1,234,567 */
gchar *thrum_format_rate (gdouble per_second); /* 1,234/s, 12.3/s, 0.25/s */
gchar *thrum_format_bytes (gdouble bytes);     /* 12 B, 1.20 MB: powers of 1000 */

/* Appends @text as a paragraph, in lines of at most @width columns. @first begins the first
 * line, @margin the others. */
void thrum_format_append_paragraph (GString *out, const gchar *text, const gchar *first,
                                    const gchar *margin, gsize width);

G_END_DECLS
