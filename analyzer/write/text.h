/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Numbers in the form that people read, in the C locale. All functions return (transfer full). */

/* 1234567 -> "1,234,567" */
char *thrum_text_count (guint64 n);

/* 1234.5678 with 2 decimals -> "1,234.57" */
char *thrum_text_number (double value, guint decimals);

/* Formats three significant digits with a unit: 0.0123 -> "12.3 ms", 75 -> "75.0 s", 0 -> "0
 * ms". */
char *thrum_text_duration (double seconds);

/* Formats a duration without zeros that say nothing: 2 -> "2 s", 0.25 -> "250 ms". */
char *thrum_text_width (double seconds);

/* Formats what is left of @extent seconds without the first @cut: 60, 0 -> "60.0 s"; 60, 15 ->
 * "45.0 s (the first 15 s left out)". */
char *thrum_text_extent (double extent, double cut);

/* 0.00123 -> "0.12%". A ratio above 0 never prints as 0.00%. */
char *thrum_text_percent (double ratio);

/* Formats requests per second as a run's summary does: 1.234 -> "1.23/s", 198.04 -> "198.0/s",
 * 12345.6 -> "12,346/s". */
char *thrum_text_rate (double per_second);

/* 1234567 bytes -> "1.23 MB" */
char *thrum_text_size (double bytes);

G_END_DECLS
