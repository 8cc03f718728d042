/* SPDX-License-Identifier: MIT
 *
 * Finds where in time rows lie: the slices in which something was under way, the stretches that are
 * far from all others, and the gaps. It knows slices, not what happened in them. Main thread.
 */
#include "analyzer/compute/activity.h"

/* What is far: by so many s at least, and so many times as long as what is there. Where requests were
 * waited for all the time, as for one that says that it took 54 years, it takes more. */
static const struct {
  double least;
  double times;
} far[] = { { 3600, 100 }, { 60, 10 } };

GArray *
thrum_activity_list (const ThrumAnalysis *self, gboolean waiting)
{
  const ThrumTally *tally = self->tally;
  GArray *stretches = g_array_new (FALSE, TRUE, sizeof (ThrumActivity));
  gint64 open = 0;
  gboolean goes_on = FALSE;

  for (guint i = 0; i < tally->n_slices; i++)
    {
      const ThrumTallySlice *slice = tally->slices[i];
      ThrumActivity one = { i, i + 1, slice != NULL ? slice->n_rows : 0 };
      gboolean busy =
          (waiting && open > 0) || (slice != NULL && slice->n_rows + slice->n_intended > 0);

      if (slice != NULL)
        open += (gint64)slice->n_left_open - (gint64)slice->n_came_open;
      if (busy && goes_on)
        {
          ThrumActivity *last = &g_array_index (stretches, ThrumActivity, stretches->len - 1);

          last->end = one.end;
          last->n_rows += one.n_rows;
        }
      else if (busy)
        g_array_append_val (stretches, one);
      goes_on = busy;
    }
  return stretches;
}

/* Reports whether @n of @total rows are not part of the test: they are @gap s away from the others,
 * which take @span s. */
static gboolean
is_far (double gap, double span, gboolean waiting, guint64 n, guint64 total)
{
  if (gap < far[waiting].least || gap < far[waiting].times * span)
    return FALSE;
  return 10 * n <= total || (gap > 86400 && gap > 100 * span && 2 * n < total);
}

gboolean
thrum_activity_find_test (const GArray *stretches, gboolean waiting, double slice,
                          ThrumActivity *test)
{
  const ThrumActivity *all = (const ThrumActivity *)(gpointer)stretches->data;
  guint64 total = 0;
  guint low = 0, high;

  for (guint i = 0; i < stretches->len; i++)
    {
      total += all[i].n_rows;
      low = all[i].n_rows > all[low].n_rows ? i : low;
    }
  if (stretches->len < 2)
    return FALSE;
  *test = all[high = low];
  for (gboolean grows = TRUE; grows;)
    {
      guint64 n_before = 0, n_behind = 0;
      double span = (test->end - test->first) * slice;

      for (guint i = 0; i < stretches->len; i++)
        {
          n_before += i < low ? all[i].n_rows : 0;
          n_behind += i > high ? all[i].n_rows : 0;
        }
      grows = FALSE;
      if (low > 0
          && !is_far ((test->first - all[low - 1].end) * slice, span, waiting, n_before, total))
        {
          test->first = all[--low].first;
          grows = TRUE;
        }
      if (high + 1 < stretches->len
          && !is_far ((all[high + 1].first - test->end) * slice, span, waiting, n_behind, total))
        {
          test->end = all[++high].end;
          grows = TRUE;
        }
    }
  return low > 0 || high + 1 < stretches->len;
}

ThrumActivity
thrum_activity_find_gap (const GArray *stretches, guint n_slices, guint *n)
{
  ThrumActivity longest = { 0 };
  guint end = 0;

  *n = 0;
  for (guint i = 0; i < stretches->len; i++)
    {
      const ThrumActivity *one = &g_array_index (stretches, ThrumActivity, i);

      if (10.0 * (one->first - end) > n_slices)
        (*n)++;
      if (one->first - end > longest.end - longest.first)
        longest = (ThrumActivity){ end, one->first, 0 };
      end = one->end;
    }
  return longest;
}
