/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/read/csv.h"

G_BEGIN_DECLS

/* Times that are written as a date and a time of day. Read are
 *   2023-11-14T22:13:20.5Z, 2023-11-14T22:13:20+01:00     RFC 3339
 *   2023-11-14 22:13:20,500, 2023/11/14 22:13:20.500      log4j, JMeter
 *   14/Nov/2023:22:13:20 +0100, 14/Nov/2023:22:13:20.655  nginx and Apache, HAProxy
 *   11/14/2023 22:13:20, 11/14/23 22:13:20                JMeter
 * each with a fraction of any length or none, of which nine digits count. A time without a zone is
 * taken for UTC: only differences matter. */

/* Reads the time at @text, before @end, as nanoseconds since 1970. Returns the first byte after it,
 * or NULL if it is not a time, or is before 1970 or after 2261. Any thread. */
const char *thrum_stamp_read (const char *text, const char *end, gint64 *ns);

/* Reads all of @field as such a time in the reader's unit. Returns FALSE and *@reason (static) if
 * it is not one. */
gboolean thrum_stamp_field (const ThrumReader *reader, ThrumParse *parse,
                            const ThrumCsvField *field, gint64 *value, const char **reason);

G_END_DECLS
