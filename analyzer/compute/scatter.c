/* SPDX-License-Identifier: MIT
 *
 * Gathers what a scatter plot shows: every point while they are few; beyond that, pixels and the
 * slowest rows. It draws nothing. A state belongs to its thread; the result does not depend on how
 * rows were shared out.
 */
#include <math.h>

#include "analyzer/compute/buckets.h"
#include "analyzer/compute/scatter.h"

/* Empty half decades are cut; a linear axis begins at 0. */
static void
choose_axis (ThrumScatter *self, gint64 min, gint64 median, gint64 max)
{
  self->log = median > 0 && max > 20 * median;
  if (self->log)
    {
      self->low = floor ((log10 (MAX (min, 1)) - 0.03) * 2) / 2;
      self->high = MAX (log10 (MAX (max, 1)) + 0.08, self->low + 1);
    }
  else
    {
      self->low = 0;
      self->high = MAX (max, 1) * 1.06;
    }
}

/* The least integer that belongs to pixel row @row or a higher one. */
static gint64
least_of (const ThrumScatter *self, guint row)
{
  double y = self->low + (self->high - self->low) * row / self->height;

  return row == 0 ? 0 : (gint64)ceil (self->log ? pow (10, y) : y);
}

ThrumScatter *
thrum_scatter_new (guint64 n_rows, gint64 end, gint64 min, gint64 median, gint64 max)
{
  ThrumScatter *self = g_new0 (ThrumScatter, 1);

  self->by_pixel = n_rows > THRUM_SCATTER_MAX_POINTS;
  self->width = THRUM_SCATTER_WIDTH;
  self->height = THRUM_SCATTER_HEIGHT;
  self->end = MAX (end, 1);
  choose_axis (self, min, median, max);
  if (!self->by_pixel)
    return self;

  self->rows = g_new (gint64, self->height + 1);
  for (guint i = 0; i < self->height; i++)
    self->rows[i] = least_of (self, i);
  self->rows[self->height] = G_MAXINT64;
  self->row_of = g_new (guint16, thrum_bucket_count (thrum_bucket_shape_middle));
  for (guint i = 0, row = 0; i < thrum_bucket_count (thrum_bucket_shape_middle); i++)
    {
      while (thrum_bucket_low (thrum_bucket_shape_middle, i) >= self->rows[row + 1])
        row++;
      self->row_of[i] = (guint16)row;
    }
  return self;
}

gpointer
thrum_scatter_state_new (gpointer data)
{
  const ThrumScatter *frame = data;
  ThrumScatter *self = g_memdup2 (frame, sizeof *frame);

  self->points = g_array_new (FALSE, FALSE, sizeof (ThrumScatterPoint));
  self->last = (ThrumScatterPoint){ G_MAXINT64, -1, FALSE };
  if (self->by_pixel)
    {
      self->good = g_new0 (guint32, (gsize)self->width * self->height);
      self->failed = g_new0 (guint32, (gsize)self->width * self->height);
    }
  return self;
}

/* Slowest first; ties by time, so that the choice is the same for every order of arrival. */
static int
compare_slowness (gconstpointer a, gconstpointer b)
{
  const ThrumScatterPoint *one = a, *two = b;

  if (one->response != two->response)
    return one->response > two->response ? -1 : 1;
  if (one->elapsed != two->elapsed)
    return one->elapsed < two->elapsed ? -1 : 1;
  return two->failed - one->failed;
}

static int
compare_time (gconstpointer a, gconstpointer b)
{
  const ThrumScatterPoint *one = a, *two = b;

  if (one->elapsed != two->elapsed)
    return one->elapsed < two->elapsed ? -1 : 1;
  return compare_slowness (a, b);
}

static void
keep_worst (ThrumScatter *self)
{
  g_array_sort (self->points, compare_slowness);
  if (self->points->len > THRUM_SCATTER_WORST)
    {
      g_array_set_size (self->points, THRUM_SCATTER_WORST);
      self->last = g_array_index (self->points, ThrumScatterPoint, THRUM_SCATTER_WORST - 1);
    }
}

static gsize
pixel_of (const ThrumScatter *self, const ThrumRow *row)
{
  guint x =
      (guint)CLAMP ((double)row->elapsed / (double)self->end * self->width, 0, self->width - 1);
  guint y = self->row_of[thrum_bucket_of (thrum_bucket_shape_middle, row->response)];

  while (row->response >= self->rows[y + 1])
    y++;
  return (gsize)y * self->width + x;
}

void
thrum_scatter_consume (gpointer data, const ThrumRow *rows, guint n_rows)
{
  ThrumScatter *self = data;

  for (guint i = 0; i < n_rows; i++)
    {
      const ThrumRow *row = &rows[i];
      ThrumScatterPoint point = { row->elapsed, row->response, row->kind != THRUM_KIND_SUCCESS };

      if (row->is_part || row->elapsed < 0 || row->elapsed > 2 * self->end)
        continue; /* of another row, or far from the test */
      if (self->by_pixel)
        {
          (point.failed ? self->failed : self->good)[pixel_of (self, row)]++;
          if (compare_slowness (&point, &self->last) > 0)
            continue;
        }
      g_array_append_val (self->points, point);
    }
  if (self->by_pixel && self->points->len > 8 * THRUM_SCATTER_WORST)
    keep_worst (self);
}

void
thrum_scatter_absorb (ThrumScatter *self, ThrumScatter *state)
{
  if (self->points == NULL)
    {
      self->points = g_steal_pointer (&state->points);
      self->good = g_steal_pointer (&state->good);
      self->failed = g_steal_pointer (&state->failed);
    }
  else
    {
      g_array_append_vals (self->points, state->points->data, state->points->len);
      for (gsize i = 0; self->by_pixel && i < (gsize)self->width * self->height; i++)
        {
          self->good[i] += state->good[i];
          self->failed[i] += state->failed[i];
        }
    }
  g_clear_pointer (&state->points, g_array_unref);
  g_free (state->good);
  g_free (state->failed);
  g_free (state);
}

void
thrum_scatter_finish (ThrumScatter *self)
{
  if (self->by_pixel)
    keep_worst (self);
  g_array_sort (self->points, compare_time);
}

void
thrum_scatter_free (ThrumScatter *self)
{
  g_clear_pointer (&self->points, g_array_unref);
  g_free (self->good);
  g_free (self->failed);
  g_free (self->rows);
  g_free (self->row_of);
  g_free (self);
}
