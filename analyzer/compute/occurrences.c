/* SPDX-License-Identifier: MIT
 *
 * Counts kinds of failure and statuses over the intervals. Main thread.
 */
#include <stdlib.h>
#include <string.h>

#include "analyzer/compute/occurrences.h"

/* As many as a run's own document lists. */
#define MOST_STATUSES 100

static void
free_occurrence (gpointer data)
{
  ThrumOccurrence *occurrence = data;

  g_free (occurrence->name);
  g_free (occurrence->per_interval);
  g_free (occurrence);
}

static int
compare_frequency (gconstpointer a, gconstpointer b)
{
  const ThrumOccurrence *one = *(const ThrumOccurrence *const *)a;
  const ThrumOccurrence *two = *(const ThrumOccurrence *const *)b;

  if (one->n != two->n)
    return one->n > two->n ? -1 : 1;
  return strcmp (one->name, two->name);
}

/* (transfer full); NULL where there are none. */
static ThrumOccurrence *
count_occurrence (const ThrumAnalysis *self, guint number, gboolean status)
{
  ThrumOccurrence *occurrence = g_new0 (ThrumOccurrence, 1);

  const ThrumTallySlice *stray = self->tally->stray;

  occurrence->per_interval = g_new0 (guint64, self->n_intervals);
  if (stray != NULL && (status || stray->kinds != NULL))
    occurrence->n = status ? stray->statuses[number] : stray->kinds[number];
  for (guint i = 0; i < self->tally->n_slices; i++)
    {
      const ThrumTallySlice *slice = self->tally->slices[i];
      const guint32 *counts = slice == NULL ? NULL : status ? slice->statuses : slice->kinds;

      if (counts == NULL)
        continue;
      occurrence->n += counts[number];
      occurrence->per_interval[i / self->slices_per_interval] += counts[number];
    }
  if (occurrence->n == 0)
    g_clear_pointer (&occurrence, free_occurrence);
  return occurrence;
}

/* Adds @one to @rest, which may be NULL. (transfer full): both */
static ThrumOccurrence *
merge (ThrumOccurrence *rest, ThrumOccurrence *one, guint n_intervals)
{
  if (rest == NULL)
    return one;
  rest->n += one->n;
  for (guint i = 0; i < n_intervals; i++)
    rest->per_interval[i] += one->per_interval[i];
  free_occurrence (one);
  return rest;
}

static int
compare_codes (gconstpointer a, gconstpointer b)
{
  const ThrumOccurrence *one = *(const ThrumOccurrence *const *)a;
  const ThrumOccurrence *two = *(const ThrumOccurrence *const *)b;

  return atoi (one->name) - atoi (two->name);
}

/* The most frequent statuses by code; the others are one at the end. */
static void
list_statuses (ThrumAnalysis *self)
{
  ThrumOccurrence *rest = NULL;

  for (guint i = 0; self->has_status && i < THRUM_TALLY_STATUSES - 1; i++)
    {
      ThrumOccurrence *status = count_occurrence (self, i, TRUE);

      if (status == NULL)
        continue;
      status->name = g_strdup_printf ("%u", i);
      g_ptr_array_add (self->statuses, status);
    }
  if (self->has_status)
    rest = count_occurrence (self, THRUM_TALLY_STATUSES - 1, TRUE);
  g_ptr_array_sort (self->statuses, compare_frequency);
  while (self->statuses->len > MOST_STATUSES)
    rest = merge (rest, g_ptr_array_steal_index (self->statuses, self->statuses->len - 1),
                  self->n_intervals);
  g_ptr_array_sort (self->statuses, compare_codes);
  if (rest == NULL)
    return;
  g_free (rest->name);
  rest->name = g_strdup ("other");
  g_ptr_array_add (self->statuses, rest);
}

void
thrum_occurrences_list (ThrumAnalysis *self)
{
  self->kinds = g_ptr_array_new_with_free_func (free_occurrence);
  self->statuses = g_ptr_array_new_with_free_func (free_occurrence);
  for (guint i = 1; i < thrum_names_get_n (self->kind_names); i++)
    {
      ThrumOccurrence *kind = count_occurrence (self, i, FALSE);

      if (kind == NULL)
        continue;
      kind->name = g_strdup (thrum_names_get (self->kind_names, i));
      g_ptr_array_add (self->kinds, kind);
    }
  g_ptr_array_sort (self->kinds, compare_frequency);
  list_statuses (self);
}
