/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "config/redaction.h"

G_BEGIN_DECLS

/* Where something was said: in a line of the file or, if there is an origin, outside the file.
 * If both are unset, in the file as a whole. Strings are borrowed. */
typedef struct {
  guint line;          /* from 1; 0: none */
  const gchar *origin; /* (nullable): "--set load.users" */
} ThrumPlace;

/* Everything that is wrong with one file. One thread. */
typedef struct {
  const gchar *file;
  GArray *list;
  ThrumRedaction *redaction; /* what no problem may print */
} ThrumProblems;

void thrum_problems_init (ThrumProblems *self, const gchar *file);

/* Adds "file:line: [section] key: what". @section and @key are (nullable). */
void thrum_problems_add (ThrumProblems *self, ThrumPlace place, const gchar *section,
                         const gchar *key, const gchar *format, ...) G_GNUC_PRINTF (5, 6);

gboolean thrum_problems_is_empty (const ThrumProblems *self);

/* Appends the problems to @texts (gchar *, g_free) and empties @self. Problems with lines come
 * first, by line. It appends at most some hundred, and then how many more there are. */
void thrum_problems_finish (ThrumProblems *self, GPtrArray *texts);

/* Returns text that names a place within a sentence: " (line 5)", " (--set load.users)", or "".
 * (transfer full) */
gchar *thrum_place_to_text (ThrumPlace place);

G_END_DECLS
