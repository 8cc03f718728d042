/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "config/reading.h"
#include "plugin/values.h"

G_BEGIN_DECLS

/* The values of one option table that a section gave, and where. */
typedef struct {
  ThrumOptionTable table;
  gboolean is_core; /* the table is of ThrumKeys */
  ThrumValues values;
  ThrumEntry **given; /* by option; NULL: not given. Borrowed from the document */
} ThrumFields;

/* How a path is told of that no INI file can hold, be it one that is given or one that follows. */
#define THRUM_ODD_PATH "the path '%s' is not one line of UTF-8 text"

void thrum_fields_init (ThrumFields *self, ThrumOptionTable table, gboolean is_core);
void thrum_fields_clear (ThrumFields *self);

/* Gives option @index the value of @entry, told as one of @section. Paths become absolute; what the
 * resolved text is to say of them, and of secrets, goes into the entry. FALSE: a problem was told. */
gboolean thrum_fields_set (ThrumFields *self, guint index, ThrumEntry *entry,
                           const ThrumSection *section, ThrumReading *reading);

/* Takes back what option @index was given: nobody has a use for it. */
void thrum_fields_drop (ThrumFields *self, guint index);

/* Sorts every entry of @section into the one of @tables that knows its key. An unknown key is told,
 * with who has it or the nearest that is known; @is_partial: unless a table is missing, so that
 * nobody can tell.
 * FALSE: a problem was told. */
gboolean thrum_fields_read (ThrumFields *const *tables, guint n_tables, gboolean is_partial,
                            const ThrumSection *section, ThrumReading *reading);

/* What may be printed of the values that were given, by option (gchar *): as they are written down,
 * but with $ for $$, secrets left out; NULL: not given. (transfer full) */
GPtrArray *thrum_fields_show (const ThrumFields *self, const ThrumReading *reading);

/* Tells of options that must be given but are not. FALSE: there was one. */
gboolean thrum_fields_check_required (const ThrumFields *self, const ThrumSection *section,
                                      ThrumProblems *problems);

/* "; comments are lines of their own ..." if @value seems to end in one, else "". Static. */
const gchar *thrum_fields_comment_hint (const gchar *value);

G_END_DECLS
