/* SPDX-License-Identifier: MIT
 *
 * Draws the scatter plot: every request is a point at its completion and response time, with
 * failures on top. Few rows are points in a CSV file. Many rows are an image of each pixel that a
 * row falls into, shaded by the number of rows, with the slowest rows as points.
 */
#include <math.h>

#include "analyzer/plot/plot.h"
#include "analyzer/write/text.h"

/* Shades of a hue by the logarithm of a count; the palest is still clear on white. */
static void
shade (guint8 *pixel, guint32 count, guint32 most, gboolean failed)
{
  static const guint8 pale[2][3] = { { 138, 190, 222 }, { 240, 150, 90 } };
  static const guint8 deep[2][3] = { { 0, 48, 92 }, { 150, 40, 0 } };
  double depth = most <= 1 ? 0.35 : log ((double)count) / log ((double)most);

  for (guint i = 0; i < 3; i++)
    pixel[i] = (guint8)(pale[failed][i] + depth * (deep[failed][i] - pale[failed][i]));
  pixel[3] = 255;
}

static guint32
greatest (const guint32 *counts, gsize n)
{
  guint32 most = 0;

  for (gsize i = 0; i < n; i++)
    most = MAX (most, counts[i]);
  return most;
}

static gboolean
write_pixels (const ThrumScatter *scatter, ThrumOutput *output, GError **error)
{
  gsize n = (gsize)scatter->width * scatter->height;
  g_autofree guint8 *pixels = g_malloc0 (4 * n);
  guint32 most_good = greatest (scatter->good, n), most_failed = greatest (scatter->failed, n);

  for (gsize i = 0; i < n; i++)
    if (scatter->good[i] > 0)
      shade (pixels + 4 * i, scatter->good[i], most_good, FALSE);
  /* Failures are few among many: each is a mark of 2 x 2 pixels on top. */
  for (gsize i = 0; i < n; i++)
    {
      const gsize mark[] = { i, i + 1, i + scatter->width, i + scatter->width + 1 };
      gboolean right = (i + 1) % scatter->width == 0;

      for (guint j = 0; scatter->failed[i] > 0 && j < G_N_ELEMENTS (mark); j++)
        if (mark[j] < n && !(right && j % 2 == 1) && (j == 0 || scatter->failed[mark[j]] == 0))
          shade (pixels + 4 * mark[j], scatter->failed[i], most_failed, TRUE);
    }
  return thrum_output_write (output, "scatter.bin", (const char *)pixels, (gssize)(4 * n), error);
}

static gboolean
write_points (const ThrumAnalysis *analysis, ThrumOutput *output, GError **error)
{
  const GArray *points = analysis->scatter->points;
  g_autoptr (GString) text = g_string_new ("elapsed,response,failed\n");
  char elapsed[G_ASCII_DTOSTR_BUF_SIZE], response[G_ASCII_DTOSTR_BUF_SIZE];

  for (guint i = 0; i < points->len; i++)
    {
      const ThrumScatterPoint *point = &g_array_index (points, ThrumScatterPoint, i);

      g_ascii_formatd (elapsed, sizeof elapsed, "%.6f", (double)point->elapsed / analysis->units);
      g_ascii_formatd (response, sizeof response, "%.9g",
                       (double)point->response / analysis->units);
      g_string_append_printf (text, "%s,%s,%d\n", elapsed, response, point->failed);
    }
  return thrum_output_write (output, "scatter.csv", text->str, (gssize)text->len, error);
}

/* The frame's y range, as an axis. */
static ThrumAxis
make_axis (const ThrumAnalysis *analysis)
{
  const ThrumScatter *scatter = analysis->scatter;
  ThrumAxis axis;

  if (scatter->log)
    {
      axis = thrum_axis_latency (TRUE, 1, 10);
      axis.low = scatter->low - analysis->n_digits;
      axis.high = scatter->high - analysis->n_digits;
      /* What took no time at all is on the axis. */
      axis.has_zero = analysis->total.latency.min == 0 || analysis->tally->least_unconnected == 0;
      axis.zero = axis.low;
      axis.first = axis.low + 0.2;
    }
  else
    {
      axis = thrum_axis_latency (FALSE, 0, scatter->high / 1.06 / analysis->units);
      axis.high = scatter->high / analysis->units * axis.scale;
    }
  return axis;
}

static void
append_image (GString *script, const ThrumScatter *scatter, const ThrumAxis *x, const ThrumAxis *y)
{
  double dx = x->high / scatter->width, dy = (y->high - y->low) / scatter->height;

  g_string_append_printf (script,
                          "plot 'scatter.bin' binary array=(%u,%u) "
                          "format='%%uchar%%uchar%%uchar%%uchar' origin=(",
                          scatter->width, scatter->height);
  thrum_append_double (script, dx / 2);
  g_string_append_c (script, ',');
  thrum_append_double (script, y->low + dy / 2);
  g_string_append (script, ") dx=");
  thrum_append_double (script, dx);
  g_string_append (script, " dy=");
  thrum_append_double (script, dy);
  g_string_append (script, " using 1:2:3:4 with rgbalpha, \\\n  ");
}

static void
append_points (GString *script, const ThrumAnalysis *analysis, double time_scale)
{
  gboolean by_pixel = analysis->scatter->by_pixel;
  guint n = analysis->scatter->points->len;
  /* Few points are large, many small: a lone one is never lost. */
  double size = by_pixel ? 0.6 : n <= 200 ? 1.1 : n <= 3000 ? 0.6 : n <= 30000 ? 0.35 : 0.22;
  g_autoptr (GString) scale = g_string_new (NULL);

  thrum_append_double (scale, time_scale);
  if (!by_pixel)
    g_string_append (script, "plot ");
  g_string_append_printf (
      script,
      "'scatter.csv' skip 1 using ($1*%s):($3==0?y($2):NaN) with points pointtype %d pointsize "
      "%.2f linewidth 1 linecolor rgb BLUE, \\\n"
      "  '' skip 1 using ($1*%s):($3==1?y($2):NaN) with points pointtype %d pointsize %.2f "
      "linewidth 1.5 linecolor rgb RED\n",
      scale->str, by_pixel ? 6 : 7, size, scale->str, by_pixel ? 4 : 2, MAX (size * 1.2, 0.8));
}

ThrumPlot *
thrum_plot_scatter (const ThrumAnalysis *analysis, const char *title, ThrumOutput *output,
                    GError **error)
{
  const ThrumScatter *scatter = analysis->scatter;
  g_autoptr (ThrumPlot) plot =
      thrum_plot_new ("scatter", "response time of every request", title, analysis);
  ThrumAxis x = thrum_axis_time (analysis->extent);
  ThrumAxis y = make_axis (analysis);

  if (!write_points (analysis, output, error)
      || (scatter->by_pixel && !write_pixels (scatter, output, error)))
    return NULL;
  thrum_plot_append_axes (plot, &x, &y, "response time");
  thrum_plot_append_cut (plot, analysis, &x);
  const ThrumLegend legend[] = {
    { scatter->by_pixel ? "succeeded; darker: more; ringed: the slowest" : "succeeded", "BLUE",
      THRUM_MARK_DISC },
    { "failed", "RED", scatter->by_pixel ? THRUM_MARK_SQUARE : THRUM_MARK_CROSS },
  };
  if (scatter->points->len == 0)
    thrum_plot_append_nothing (plot, "no requests");
  else
    {
      guint64 n_failures = analysis->total.n_failures;

      thrum_plot_append_legend (plot, n_failures < analysis->total.n_rows ? legend : legend + 1,
                                n_failures == 0 || n_failures == analysis->total.n_rows ? 1 : 2);
      if (scatter->by_pixel)
        append_image (plot->script, scatter, &x, &y);
      append_points (plot->script, analysis, x.scale);
    }
  g_autofree char *latency = thrum_plot_describe_latency (analysis);
  plot->alt =
      g_strconcat ("Every request as a point: when it was done, how long it took.", latency, NULL);
  return g_steal_pointer (&plot);
}
