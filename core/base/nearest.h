/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Returns the least number of letters to insert, remove, replace or swap with their neighbour
 * that turns @a into @b ("usres" and "users": 1). Counts bytes, not characters. */
guint thrum_edit_distance (const gchar *a, const gchar *b);

/* Keeps, over several candidates, the one nearest to a word, if it is near enough to be meant:
 * it differs by at most a third of the word's length (a half for words below 4). */
typedef struct {
  const gchar *word;
  const gchar *nearest; /* (nullable): borrowed from the candidates */
  guint distance;
} ThrumNearest;

ThrumNearest thrum_nearest_init (const gchar *word);
void thrum_nearest_offer (ThrumNearest *self, const gchar *candidate);

/* Returns "; did you mean 'users'?", or "" if no candidate is near enough. (transfer full) */
gchar *thrum_nearest_to_hint (const ThrumNearest *self);

G_END_DECLS
