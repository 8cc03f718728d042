/* SPDX-License-Identifier: MIT
 *
 * Draws latency over time: for each interval the bands from p50 to p90 and from p90 to p99, with
 * the maximum as a point on top. Where the maximum is the p99, as with few requests, both are seen.
 * An interval without a reply is a gap.
 */
#include "analyzer/plot/plot.h"
#include "analyzer/write/text.h"

static gboolean
write_data (const ThrumAnalysis *analysis, guint n, ThrumOutput *output, GError **error)
{
  g_autoptr (GString) text = g_string_new ("middle,p50,p90,p99,max\n");

  for (guint i = 0; i < n; i++)
    {
      const ThrumLatency *latency = &analysis->intervals[i].latency;
      const gint64 values[] = { latency->quantiles[THRUM_QUANTILE_P50].value,
                                latency->quantiles[THRUM_QUANTILE_P90].value,
                                latency->quantiles[THRUM_QUANTILE_P99].value, latency->max };

      if (latency->n == 0)
        {
          g_string_append_c (text, '\n'); /* breaks the curves */
          continue;
        }
      thrum_append_double (
          text, (thrum_plot_get_edge (analysis, i) + thrum_plot_get_edge (analysis, i + 1)) / 2);
      for (guint j = 0; j < G_N_ELEMENTS (values); j++)
        {
          g_string_append_c (text, ',');
          thrum_append_double (text, (double)values[j] / analysis->units);
        }
      g_string_append_c (text, '\n');
    }
  return thrum_output_write (output, "latency.csv", text->str, (gssize)text->len, error);
}

static ThrumAxis
choose_axis (const ThrumAnalysis *analysis, guint n)
{
  const ThrumLatency *total = &analysis->total.latency;
  double median = (double)total->quantiles[THRUM_QUANTILE_P50].value / analysis->units;
  double max = 0, low;

  for (guint i = 0; i < n; i++)
    max = MAX (max, (double)analysis->intervals[i].latency.max / analysis->units);
  low = max;

  for (guint i = 0; i < n; i++)
    if (analysis->intervals[i].latency.quantiles[THRUM_QUANTILE_P50].value > 0)
      low = MIN (low, (double)analysis->intervals[i].latency.quantiles[THRUM_QUANTILE_P50].value
                          / analysis->units);
  ThrumAxis axis = thrum_axis_latency (thrum_axis_wants_log (median, max), low, max);
  if (total->min == 0)
    thrum_axis_add_zero (&axis);
  return axis;
}

ThrumPlot *
thrum_plot_latency (const ThrumAnalysis *analysis, const char *title, ThrumOutput *output,
                    GError **error)
{
  g_autoptr (ThrumPlot) plot =
      thrum_plot_new ("latency", "response time over time", title, analysis);
  guint n = analysis->n_intervals;
  ThrumAxis x = thrum_axis_time (thrum_plot_get_end (analysis));
  ThrumAxis y = choose_axis (analysis, n);
  g_autofree char *width = thrum_text_width ((double)analysis->interval_width / analysis->units);
  g_autoptr (GString) s = g_string_new (NULL);

  if (!write_data (analysis, n, output, error))
    return NULL;
  thrum_append_double (s, x.scale);
  thrum_plot_append_axes (plot, &x, &y, "response time");
  thrum_plot_append_cut (plot, analysis, &x);
  g_string_append_printf (
      plot->script, "set xlabel 'time since the start (%s), in intervals of %s'\n", x.unit, width);
  static const ThrumLegend legend[] = { { "p50", "NAVY", 0, 1 },
                                        { "to p90", "SKY", THRUM_MARK_SQUARE },
                                        { "to p99", "PALE", THRUM_MARK_SQUARE },
                                        { "max", "RED", THRUM_MARK_DISC } };
  if (analysis->total.latency.n == 0)
    thrum_plot_append_nothing (plot, "no replies");
  else
    {
      thrum_plot_append_legend (plot, legend, G_N_ELEMENTS (legend));
      /* Few intervals: a lone one between gaps must not be lost. */
      const char *with = n <= 60 ? "linespoints pointtype 7 pointsize 0.6" : "lines";

      g_string_append_printf (
          plot->script,
          "plot 'latency.csv' skip 1 using ($1*%s):(y($3)):(y($4)) with filledcurves fillcolor "
          "rgb PALE, \\\n"
          "  '' skip 1 using ($1*%s):(y($2)):(y($3)) with filledcurves fillcolor rgb SKY, \\\n"
          "  '' skip 1 using ($1*%s):(y($4)) with %s linewidth 1.5 linecolor rgb BLUE, \\\n"
          "  '' skip 1 using ($1*%s):(y($2)) with %s linewidth 2.5 linecolor rgb NAVY, \\\n"
          "  '' skip 1 using ($1*%s):(y($5)) with points pointtype 7 pointsize %s linecolor rgb "
          "RED\n",
          s->str, s->str, s->str, with, s->str, with, s->str,
          n <= 30    ? "1.1"
          : n <= 250 ? "0.7"
                     : "0.3");
    }
  plot->alt = g_strdup ("Median, p90, p99 and maximum of the response time, over time.");
  return g_steal_pointer (&plot);
}
