/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/read/csv.h"

G_BEGIN_DECLS

/* All formats, most particular first; NULL-terminated. */
extern const ThrumFormat *const thrum_formats[];

/* The format that --format calls @name, or NULL. */
const ThrumFormat *thrum_format_from_name (const char *name);

/* Why @path, which begins with the @length bytes at @head, is not read, as one sentence that names
 * the line and what was expected; @format is what was asked for, or NULL. (transfer full) */
char *
thrum_format_refuse (const ThrumFormat *format, const char *path, const char *head, gsize length);

/* One file each: reader-NAME.c. */
extern const ThrumFormat thrum_format_ab;
extern const ThrumFormat thrum_format_access;
extern const ThrumFormat
    thrum_format_columns; /* thrum's results.csv; the 2010 format is its start */
extern const ThrumFormat thrum_format_gatling;
extern const ThrumFormat thrum_format_ghz;
extern const ThrumFormat thrum_format_h2load;
extern const ThrumFormat thrum_format_hey;
extern const ThrumFormat thrum_format_jmeter;
extern const ThrumFormat thrum_format_k6;
extern const ThrumFormat thrum_format_k6_json;
extern const ThrumFormat thrum_format_mechanize;
extern const ThrumFormat thrum_format_named; /* any other table with a header */
extern const ThrumFormat thrum_format_oha;
extern const ThrumFormat thrum_format_phout;
extern const ThrumFormat thrum_format_vegeta;
extern const ThrumFormat thrum_format_vegeta_json;

/* What k6 and vegeta say of a request is the same in their JSON as in their CSV: the columns' names of
 * k6's (NULL-terminated), and what takes a row of them all, or of the first eight of vegeta's. */
extern const char *const thrum_k6_names[];
const char *
thrum_k6_take (const ThrumReader *reader, ThrumParse *parse, const ThrumCsvField *fields, guint n);
const char *thrum_vegeta_take (const ThrumReader *reader, ThrumParse *parse,
                               const ThrumCsvField *fields, guint n);

/* Why a file that begins with the @length bytes at @head is not a table with a header that names its
 * columns and units; NULL: it is. (transfer full) */
char *thrum_named_explain (const char *head, gsize length);

/* Makes @reader read the file that so begins by @columns, as --columns has them. */
gboolean thrum_named_use_columns (ThrumReader *reader, const char *columns, const char *head,
                                  gsize length, GError **error);

/* Whether this is an access log that does not say how long its requests took, for a refusal. */
gboolean thrum_access_is_untimed (const char *head, gsize length);

G_END_DECLS
