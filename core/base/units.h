/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The longest duration that a user may give: 720h. The sum of a few such durations fits 64 bits. */
#define THRUM_LONGEST_NS (G_GINT64_CONSTANT (2592000) * 1000000000)

/* Parse values with units, strictly. All of @text must fit, except blanks around it. FALSE with
 * @error set (G_NUMBER_PARSER_ERROR): the message says what was expected ("'5x' is not a
 * duration like 250ms, 2s, 1m30s"). The value is never negative, unless said below. C locale.
 * Any thread. */
gboolean thrum_parse_duration (const gchar *text, gint64 *ns, GError **error); /* 250ms 1m30s 5 */
gboolean thrum_parse_size (const gchar *text, gint64 *bytes, GError **error);  /* 64KiB 1MB 12 */
gboolean
thrum_parse_rate (const gchar *text, gdouble *per_second, GError **error);       /* 60/m 1000/s */
gboolean thrum_parse_ratio (const gchar *text, gdouble *ratio, GError **error);  /* 1% 0.01 */
gboolean thrum_parse_integer (const gchar *text, gint64 *value, GError **error); /* may be < 0 */
gboolean thrum_parse_number (const gchar *text, gdouble *value, GError **error); /* may be < 0 */
gboolean thrum_parse_boolean (const gchar *text, gboolean *value, GError **error);

/* Returns the shortest exact text of a duration, which thrum_parse_duration () reads back:
 * "1m30s", "250ms". */
gchar *thrum_format_duration (gint64 ns);

/* Returns a time for people: "1.24 ms", "15.0 s". It has three significant digits, and whole
 * seconds from 1000 s on. */
gchar *thrum_format_time (gint64 ns);

/* Returns the limit of threshold @key, written as @text and read as @value. A bare number gets
 * its unit: "250s", "100/s", "0.5%". (transfer full) */
gchar *thrum_format_limit (const gchar *key, const gchar *text, gdouble value);

G_END_DECLS
