/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "config/redaction.h"

G_BEGIN_DECLS

/* Where something was said: a line of the file, or, with an origin, outside it. Both unset: nowhere,
 * the file as a whole. Strings are borrowed. */
typedef struct {
  guint line;          /* from 1; 0: none */
  const gchar *origin; /* (nullable): "--set load.users" */
} ThrumPlace;

/* Everything that is wrong with one file. One thread. */
typedef struct {
  const gchar *file;
  GArray *list;
  ThrumRedaction *redaction; /* what no problem may say */
} ThrumProblems;

void thrum_problems_init (ThrumProblems *self, const gchar *file);

/* Adds "file:line: [section] key: what". @section and @key are (nullable). */
void thrum_problems_add (ThrumProblems *self, ThrumPlace place, const gchar *section,
                         const gchar *key, const gchar *format, ...) G_GNUC_PRINTF (5, 6);

gboolean thrum_problems_is_empty (const ThrumProblems *self);

/* Appends the problems to @texts (gchar *, g_free), those with lines first and by line, at most
 * some hundred of them and then how many more there are; empties @self. */
void thrum_problems_finish (ThrumProblems *self, GPtrArray *texts);

/* " (line 5)", " (--set load.users)", "": to name a place within a sentence. (transfer full) */
gchar *thrum_place_to_text (ThrumPlace place);

G_END_DECLS
