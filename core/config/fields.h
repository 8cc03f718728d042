/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "config/reading.h"
#include "plugin/values.h"

G_BEGIN_DECLS

/* The values of one option table that a section gave, and where it gave them. */
typedef struct {
  ThrumOptionTable table;
  gboolean is_core; /* the table is one of ThrumKeys */
  ThrumValues values;
  ThrumEntry **given; /* by option; NULL: not given. Borrowed from the document */
} ThrumFields;

/* Reports a path that no INI file can hold, whether it was given or follows from one that was. */
#define THRUM_ODD_PATH "the path '%s' is not one line of UTF-8 text"

void thrum_fields_init (ThrumFields *self, ThrumOptionTable table, gboolean is_core);
void thrum_fields_clear (ThrumFields *self);

/* Gives option @index the value of @entry, which problems report as one of @section. Makes paths
 * absolute. Notes in the entry what the resolved text is to say of paths and secrets. FALSE: it
 * reported a problem. */
gboolean thrum_fields_set (ThrumFields *self, guint index, ThrumEntry *entry,
                           const ThrumSection *section, ThrumReading *reading);

/* Takes back what option @index was given, because nobody has a use for it. */
void thrum_fields_drop (ThrumFields *self, guint index);

/* Sorts every entry of @section into the one of @tables that knows its key. Reports an unknown
 * key, with the table that has it or the nearest known key. If @is_partial, a table is missing,
 * so nobody can tell whether a key is known, and it reports none. FALSE: it reported a problem. */
gboolean thrum_fields_read (ThrumFields *const *tables, guint n_tables, gboolean is_partial,
                            const ThrumSection *section, ThrumReading *reading);

/* Returns what may be printed of the values that were given, by option (gchar *). They are as
 * they are written down, but with $ for $$, and without secrets. NULL: not given. (transfer
 * full) */
GPtrArray *thrum_fields_show (const ThrumFields *self, const ThrumReading *reading);

/* Reports options that must be given but are not. FALSE: there was one. */
gboolean thrum_fields_check_required (const ThrumFields *self, const ThrumSection *section,
                                      ThrumProblems *problems);

/* Returns "; comments are lines of their own ..." if @value seems to end in a comment, else "".
 * Static. */
const gchar *thrum_fields_comment_hint (const gchar *value);

G_END_DECLS
