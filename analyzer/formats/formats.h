/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/read/csv.h"

G_BEGIN_DECLS

/* All formats, the most particular first; NULL-terminated. */
extern const ThrumFormat *const thrum_formats[];

/* Returns the format that --format calls @name, or NULL. */
const ThrumFormat *thrum_format_from_name (const char *name);

/* Returns why @path, which begins with the @length bytes at @head, cannot be read: one sentence
 * that names the line and what was expected. @format is the format that was asked for, or NULL.
 * (transfer full) */
char *
thrum_format_refuse (const ThrumFormat *format, const char *path, const char *head, gsize length);

/* Each is in a file of its own: reader-NAME.c. */
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

/* k6 and vegeta report the same of a request in their JSON as in their CSV. These are the names of
 * k6's columns (NULL-terminated), a function that takes a row of all of them, and one that takes a
 * row of the first eight columns of vegeta's. */
extern const char *const thrum_k6_names[];
const char *
thrum_k6_take (const ThrumReader *reader, ThrumParse *parse, const ThrumCsvField *fields, guint n);
const char *thrum_vegeta_take (const ThrumReader *reader, ThrumParse *parse,
                               const ThrumCsvField *fields, guint n);

/* Returns why a file that begins with the @length bytes at @head is not a table with a header that
 * names its columns and units; NULL if it is one. (transfer full) */
char *thrum_named_explain (const char *head, gsize length);

/* Makes @reader read the file that begins with @head by @columns, in the form of --columns. */
gboolean thrum_named_use_columns (ThrumReader *reader, const char *columns, const char *head,
                                  gsize length, GError **error);

/* Reports whether this is an access log that does not say how long its requests took; a refusal
 * says so. */
gboolean thrum_access_is_untimed (const char *head, gsize length);

G_END_DECLS
