/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* No duration that a user gives may be longer: 720h. Sums of a few such fit 64 bits. */
#define THRUM_LONGEST_NS (G_GINT64_CONSTANT (2592000) * 1000000000)

/* Strict parsers of values with units. All of @text must fit, blanks around it apart; FALSE with
 * @error set (G_NUMBER_PARSER_ERROR) to a message that says what was expected ("'5x' is not a
 * duration like 250ms, 2s, 1m30s"). Never negative unless said. C locale. Any thread. */
gboolean thrum_parse_duration (const gchar *text, gint64 *ns, GError **error); /* 250ms 1m30s 5 */
gboolean thrum_parse_size (const gchar *text, gint64 *bytes, GError **error);  /* 64KiB 1MB 12 */
gboolean
thrum_parse_rate (const gchar *text, gdouble *per_second, GError **error);       /* 60/m 1000/s */
gboolean thrum_parse_ratio (const gchar *text, gdouble *ratio, GError **error);  /* 1% 0.01 */
gboolean thrum_parse_integer (const gchar *text, gint64 *value, GError **error); /* may be < 0 */
gboolean thrum_parse_number (const gchar *text, gdouble *value, GError **error); /* may be < 0 */
gboolean thrum_parse_boolean (const gchar *text, gboolean *value, GError **error);

/* Shortest exact text of a duration that thrum_parse_duration () reads back: "1m30s", "250ms". */
gchar *thrum_format_duration (gint64 ns);

/* For people: "1.24 ms", "15.0 s"; three significant digits, whole seconds from 1000 s on. */
gchar *thrum_format_time (gint64 ns);

/* The limit of threshold @key, written as @text and read as @value, with the unit that a bare number has:
 * "250s", "100/s", "0.5%". (transfer full) */
gchar *thrum_format_limit (const gchar *key, const gchar *text, gdouble value);

G_END_DECLS
