/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The least number of letters inserted, removed, replaced or swapped with their neighbour that
 * turns @a into @b ("usres" and "users": 1). Bytes, not characters. */
guint thrum_edit_distance (const gchar *a, const gchar *b);

/* Keeps, over several candidates, the one nearest to a word, if it is near enough to be meant: at
 * most a third of the word's length away (a half for words below 4). */
typedef struct {
  const gchar *word;
  const gchar *nearest; /* (nullable): borrowed from the candidates */
  guint distance;
} ThrumNearest;

ThrumNearest thrum_nearest_init (const gchar *word);
void thrum_nearest_offer (ThrumNearest *self, const gchar *candidate);

/* "; did you mean 'users'?", or "" with no candidate near enough. (transfer full) */
gchar *thrum_nearest_to_hint (const ThrumNearest *self);

G_END_DECLS
