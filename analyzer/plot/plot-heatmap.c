/* SPDX-License-Identifier: MIT
 *
 * Draws the heat map: time across, response time up on a log scale; the more requests a cell has,
 * the darker it is. Two modes at once, which bands hide, show as two stripes. The data are the
 * slices' histograms.
 */
#include <math.h>

#include "analyzer/plot/plot.h"
#include "analyzer/write/text.h"

typedef struct {
  guint columns;
  guint rows;
  guint per_column; /* slices */
  guint n_zero;     /* rows at the bottom for what took no time at all */
  double low;       /* log10 of units, where the others begin */
  double high;
  guint64 *counts; /* [rows][columns] */
  guint64 most;
} Map;

static void
count_column (Map *map, guint column, const ThrumDistribution *d)
{
  if (d->n == 0)
    return;

  guint last = thrum_bucket_of (d->shape, d->max);
  for (guint i = thrum_bucket_of (d->shape, d->min); i <= last; i++)
    {
      guint64 here = thrum_distribution_get (d, i);

      if (here == 0)
        continue;
      double middle = (double)thrum_bucket_low (d->shape, i)
                      + (double)(thrum_bucket_width (d->shape, i) - 1) / 2;
      guint n_above = map->rows - map->n_zero;
      double y = (log10 (MAX (middle, 1)) - map->low) / (map->high - map->low) * n_above;
      guint row = middle < 1 ? 0 : map->n_zero + (guint)CLAMP (y, 0, n_above - 1);
      guint64 *count = &map->counts[row * map->columns + column];

      *count += here;
      map->most = MAX (map->most, *count);
    }
}

static void
fill (Map *map, const ThrumAnalysis *analysis)
{
  const ThrumTally *tally = analysis->tally;
  guint64 n = analysis->total.latency.n;
  gint64 min = thrum_plot_get_least_positive (&analysis->all);

  /* Cells as fine as there are requests to fill them. */
  map->rows = n < 100 ? 20 : n < 2000 ? 40 : 80;
  /* So far below the others that both have room for a label. */
  map->n_zero = analysis->total.latency.min == 0 ? map->rows / 12 + 1 : 0;
  map->rows += map->n_zero;
  map->per_column = MAX (tally->n_slices / (n < 100 ? 25 : n < 2000 ? 60 : 200), 1);
  map->columns = (tally->n_slices + map->per_column - 1) / map->per_column;
  map->low = log10 ((double)min) - 0.02;
  map->high = log10 ((double)MAX (analysis->total.latency.max, 1)) + 0.02;
  double room = MAX (0.5 - (map->high - map->low), 0);
  /* Below what is 0 there is nothing. */
  map->low -= map->n_zero > 0 ? 0 : room / 2;
  map->high += map->n_zero > 0 ? room : room / 2;
  map->counts = g_new0 (guint64, map->rows * map->columns);
  for (guint i = 0; i < tally->n_slices; i++)
    if (tally->slices[i] != NULL)
      count_column (map, i / map->per_column, &tally->slices[i]->latency);
}

static gboolean
write_data (const Map *map, ThrumOutput *output, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);

  /* A matrix of counts, the fastest row first; an empty cell is NaN and stays white. */
  for (guint row = 0; row < map->rows; row++)
    for (guint column = 0; column < map->columns; column++)
      {
        guint64 count = map->counts[row * map->columns + column];

        if (count == 0)
          g_string_append (text, "NaN");
        else
          g_string_append_printf (text, "%" G_GUINT64_FORMAT, count);
        g_string_append_c (text, column + 1 < map->columns ? ',' : '\n');
      }
  return thrum_output_write (output, "heatmap.csv", text->str, (gssize)text->len, error);
}

static void
append_colours (GString *script, guint64 most)
{
  g_string_append (script, "set palette defined (0 '#B3D3EA', 0.25 '#7FB4DC', 0.5 '#3B8BC4', 0.75 "
                           "'#1B4F8F', 1 '#0B1F4B')\nset logscale cb\nset cbrange [1:");
  thrum_append_double (script, (double)MAX (most, 10));
  g_string_append (script, "]\nset colorbox user origin 0.72,0.868 size 0.25,0.018 horizontal\n"
                           "set cbtics offset 0,2.6 scale 0 (");
  /* Labels of more than four decades would touch. */
  const guint64 step = most > 5000 ? 100 : 10;
  for (guint64 tic = 1, n = 0; tic <= MAX (most, 10) && n < 7; tic *= step, n++)
    {
      g_autofree char *label = thrum_text_count (tic);
      g_string_append_printf (script, "%s'%s' %" G_GUINT64_FORMAT, n > 0 ? ", " : "", label, tic);
    }
  g_string_append (script, ")\nset label 5 'requests' at screen 0.71,0.877 right noenhanced "
                           "textcolor rgb '#3C4149'\n");
}

ThrumPlot *
thrum_plot_heatmap (const ThrumAnalysis *analysis, const char *title, ThrumOutput *output,
                    GError **error)
{
  g_autoptr (ThrumPlot) plot =
      thrum_plot_new ("heatmap", "where response times lie", title, analysis);
  double slice = (double)analysis->pass->slice_width / analysis->units;
  ThrumAxis x = thrum_axis_time (thrum_plot_get_end (analysis));
  ThrumAxis y = thrum_axis_latency (TRUE, 1e-3, 1);
  Map map = { 0 };

  if (analysis->total.latency.n > 0)
    fill (&map, analysis);
  gboolean good = write_data (&map, output, error);
  if (map.counts != NULL)
    {
      double row = (map.high - map.low) / (map.rows - map.n_zero);

      y.first = map.low - analysis->n_digits;
      y.low = y.first - map.n_zero * row;
      y.high = map.high - analysis->n_digits;
      y.zero = y.low + row / 2;
      y.has_zero = map.n_zero > 0;
    }
  thrum_plot_append_axes (plot, &x, &y, "response time");
  thrum_plot_append_cut (plot, analysis, &x);
  if (map.counts == NULL)
    thrum_plot_append_nothing (plot, "no replies");
  else
    {
      double dx = slice * map.per_column * x.scale;

      append_colours (plot->script, map.most);
      g_string_append (plot->script, "plot 'heatmap.csv' matrix using (($1+0.5)*");
      thrum_append_double (plot->script, dx);
      g_string_append (plot->script, "):(");
      thrum_append_double (plot->script, y.low);
      g_string_append (plot->script, "+($2+0.5)*");
      thrum_append_double (plot->script, (y.high - y.low) / map.rows);
      g_string_append (plot->script, "):3 with image pixels\n");
    }
  plot->alt = g_strdup ("How many requests took how long, over time: the darker, the more.");
  g_free (map.counts);
  return good ? g_steal_pointer (&plot) : NULL;
}
