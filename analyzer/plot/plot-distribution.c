/* SPDX-License-Identifier: MIT
 *
 * Draws the distribution as a whole. One plot is a histogram with log-wide bins; its right axis
 * shows how many requests took at most that long. The other shows the percentiles on an axis of
 * nines, response time beside service time.
 */
#include <math.h>

#include "analyzer/plot/plot.h"
#include "analyzer/write/text.h"

#define BINS_PER_DECADE 24

/* ---- Histogram ----------------------------------------------------------------------------- */

typedef struct {
  int first; /* number of the first bin; bin i begins at 10^(i / BINS_PER_DECADE) units */
  guint n;
  guint64 n_zero; /* what took no time at all has a bin of its own before the first */
  guint64 *counts;
  guint64 most;
} Bins;

static int
bin_of (double value)
{
  return (int)floor (log10 (MAX (value, 1)) * BINS_PER_DECADE + 1e-9);
}

static void
fill (Bins *bins, const ThrumDistribution *d)
{
  guint last = thrum_bucket_of (d->shape, d->max);

  bins->n_zero = thrum_distribution_count_below (d, 0);
  bins->most = bins->n_zero;
  bins->first = bin_of ((double)thrum_plot_get_least_positive (d));
  bins->n = (guint)(bin_of ((double)d->max) - bins->first + 1);
  bins->counts = g_new0 (guint64, bins->n);
  for (guint i = thrum_bucket_of (d->shape, d->min); i <= last; i++)
    {
      guint64 here = thrum_distribution_get (d, i);

      if (here == 0)
        continue;
      gint64 low = MAX (thrum_bucket_low (d->shape, i), d->min);
      if (low == 0)
        continue;
      guint bin = (guint)MIN (bin_of ((double)low) - bins->first, (int)bins->n - 1);

      bins->counts[bin] += here;
      bins->most = MAX (bins->most, bins->counts[bin]);
    }
}

static gboolean
write_bins (const Bins *bins, const ThrumAnalysis *analysis, ThrumOutput *output, GError **error)
{
  g_autoptr (GString) text = g_string_new ("from,to,requests,share_at_most\n");
  guint64 below = bins->n_zero;

  if (bins->n_zero > 0)
    {
      g_string_append_printf (text, "0,0,%" G_GUINT64_FORMAT ",", bins->n_zero);
      thrum_append_double (text, (double)below / (double)analysis->all.n);
      g_string_append_c (text, '\n');
    }
  for (guint i = 0; i < bins->n; i++)
    {
      double from = pow (10, (double)(bins->first + (int)i) / BINS_PER_DECADE) / analysis->units;

      below += bins->counts[i];
      thrum_append_double (text, from);
      g_string_append_c (text, ',');
      thrum_append_double (text, from * pow (10, 1.0 / BINS_PER_DECADE));
      g_string_append_printf (text, ",%" G_GUINT64_FORMAT ",", bins->counts[i]);
      thrum_append_double (text, (double)below / (double)analysis->all.n);
      g_string_append_c (text, '\n');
    }
  return thrum_output_write (output, "histogram.csv", text->str, (gssize)text->len, error);
}

static void
append_point (GString *script, double x, double share)
{
  thrum_append_double (script, x);
  g_string_append_c (script, ',');
  thrum_append_double (script, share);
  g_string_append_c (script, '\n');
}

/* The share from the frame's left to its right: 0 up to the least, 1 from the greatest on. By the
 * distribution's own buckets, which are much finer than the bins. */
static void
append_share (GString *script, const ThrumAnalysis *analysis, const ThrumAxis *x)
{
  const ThrumDistribution *all = &analysis->all;
  const guint64 n_zero = thrum_distribution_count_below (all, 0);
  const double least = log10 ((double)thrum_plot_get_least_positive (all) / analysis->units);
  const double greatest = log10 ((double)MAX (all->max, 1) / analysis->units);
  const double pixel = (x->high - x->low) / THRUM_PLOT_WIDTH;
  const guint last = thrum_bucket_of (all->shape, all->max);
  double drawn = least;
  guint64 below = n_zero;

  g_string_append (script, "$share << EOD\n");
  append_point (script, x->low, 0);
  if (n_zero > 0)
    {
      append_point (script, x->zero, 0);
      append_point (script, x->zero, (double)n_zero / (double)all->n);
    }
  append_point (script, least, (double)n_zero / (double)all->n);
  for (guint i = thrum_bucket_of (all->shape, MAX (all->min, 1)); i < last; i++)
    {
      guint64 here = thrum_distribution_get (all, i);
      double end = (double)(thrum_bucket_low (all->shape, i) + thrum_bucket_width (all->shape, i));
      double at = log10 (MAX (end, 1) / analysis->units);

      if (here == 0)
        continue;
      /* What nobody took does not rise. */
      double begin = log10 (MAX ((double)thrum_bucket_low (all->shape, i), 1) / analysis->units);
      if (begin - drawn > 2 * pixel)
        append_point (script, begin, (double)below / (double)all->n);
      below += here;
      if (at - drawn < pixel)
        continue;
      append_point (script, at, (double)below / (double)all->n);
      drawn = at;
    }
  append_point (script, greatest, 1);
  append_point (script, x->high, 1);
  g_string_append (script, "EOD\n");
}

ThrumPlot *
thrum_plot_histogram (const ThrumAnalysis *analysis, const char *title, ThrumOutput *output,
                      GError **error)
{
  static const ThrumLegend legend[] = { { "requests", "SKY", THRUM_MARK_SQUARE },
                                        { "share that took at most so long", "RED", 0, 1 } };
  g_autoptr (ThrumPlot) plot =
      thrum_plot_new ("histogram", "distribution of response times", title, analysis);
  Bins bins = { 0 };

  if (analysis->all.n > 0)
    fill (&bins, &analysis->all);
  gboolean good = write_bins (&bins, analysis, output, error);

  ThrumAxis x = thrum_axis_latency (TRUE, 1e-3, 1);
  ThrumAxis y = thrum_axis_count ((double)bins.most);
  if (bins.n > 0)
    {
      x.low = (double)bins.first / BINS_PER_DECADE - analysis->n_digits - 0.05;
      x.high = (double)(bins.first + (int)bins.n) / BINS_PER_DECADE - analysis->n_digits + 0.05;
      /* Few bins stand in the middle. */
      double room = MAX (0.6 - (x.high - x.low), 0);
      x.has_zero = bins.n_zero > 0;
      x.low -= x.has_zero ? 0 : room / 2;
      x.high += x.has_zero ? room : room / 2;
      x.first = x.low;
      x.low -= x.has_zero ? 4.0 / BINS_PER_DECADE : 0;
      x.zero = x.low + 2.0 / BINS_PER_DECADE;
    }
  thrum_plot_append_axes (plot, &x, &y, "requests");
  if (bins.n > 0)
    append_share (plot->script, analysis, &x);
  g_string_append (plot->script, "set xlabel 'response time, log scale'\n");
  if (bins.n == 0)
    thrum_plot_append_nothing (plot, "no replies");
  else
    {
      thrum_plot_append_legend (plot, legend, G_N_ELEMENTS (legend));
      g_string_append (
          plot->script,
          "set rmargin at screen 0.9300\nset border 11\nset y2range [0:1.06]\n"
          "set y2tics ('0%%' 0, '20%%' 0.2, '40%%' 0.4, '60%%' 0.6, '80%%' 0.8, '100%%' 1)\n"
          "at(a,b) = a > 0 ? log10(a)/2+log10(b)/2 : ");
      thrum_append_double (plot->script, x.zero);
      g_string_append_printf (
          plot->script,
          "\nwide(a,b) = a > 0 ? log10(b)-log10(a) : 1.0/%d\n"
          "plot 'histogram.csv' skip 1 using (at($1,$2)):3:(wide($1,$2)) "
          "with boxes fillcolor rgb SKY linecolor rgb '#FFFFFF', \\\n"
          "  $share using 1:2 axes x1y2 with lines linewidth 2.5 linecolor rgb RED\n",
          BINS_PER_DECADE);
    }
  plot->alt =
      g_strdup ("How many requests took how long, in bins of equal ratio; and the share that "
                "took at most so long.");
  g_free (bins.counts);
  return good ? g_steal_pointer (&plot) : NULL;
}

/* ---- Percentiles --------------------------------------------------------------------------- */

/* One line a quantile; the axis is -log10 (1 - q): 0 is p0, 1 p90, 2 p99, 3 p99.9. */
static double
append_quantiles (GString *text, const ThrumAnalysis *analysis, const ThrumDistribution *d)
{
  double end = d->n > 0 ? log10 ((double)d->n) : 0;

  for (double nines = 0; d->n > 0 && nines <= end + 0.02; nines += 0.02)
    {
      double q = 1 - pow (10, -MIN (nines, end));
      /* What all but one took at most is not the end: that is the slowest of all. */
      guint64 rank = nines >= end ? d->n : (guint64)ceil (q * (double)d->n - 1e-6);
      ThrumBucketRank found = thrum_distribution_find (d, MAX (rank, 1));
      double value =
          rank == d->n ? (double)d->max : (double)found.low + (double)(found.width - 1) / 2;

      thrum_append_double (text, MIN (nines, end));
      g_string_append_c (text, ',');
      thrum_append_double (text, CLAMP (value, (double)d->min, (double)d->max) / analysis->units);
      g_string_append_c (text, '\n');
    }
  return end;
}

ThrumPlot *
thrum_plot_percentiles (const ThrumAnalysis *analysis, const char *title, ThrumOutput *output,
                        GError **error)
{
  const ThrumLatency *latency = &analysis->total.latency;
  gboolean service = analysis->has_service && analysis->service.n > 0;
  g_autoptr (ThrumPlot) plot = thrum_plot_new ("percentiles", "percentiles", title, analysis);
  g_autoptr (GString) text = g_string_new ("nines,seconds\n");
  double end = append_quantiles (text, analysis, &analysis->all);

  if (service)
    {
      g_string_append (text, "\n\n");
      append_quantiles (text, analysis, &analysis->tally->service);
    }
  if (!thrum_output_write (output, "percentiles.csv", text->str, (gssize)text->len, error))
    return NULL;

  double median = (double)latency->quantiles[THRUM_QUANTILE_P50].value / analysis->units;
  gint64 least = thrum_plot_get_least_positive (&analysis->all);
  gint64 least_service =
      service ? thrum_plot_get_least_positive (&analysis->tally->service) : least;
  ThrumAxis x = { .scale = 1, .unit = "", .high = 1, .step = 1 };
  ThrumAxis y = thrum_axis_latency (
      thrum_axis_wants_log (median, (double)latency->max / analysis->units),
      (double)MIN (least, least_service) / analysis->units, (double)latency->max / analysis->units);
  if (latency->min == 0 || (service && analysis->service.min == 0))
    thrum_axis_add_zero (&y);
  thrum_plot_append_axes (plot, &x, &y, "response time");
  thrum_append_nines_axis (plot->script, end);
  if (latency->n == 0)
    thrum_plot_append_nothing (plot, "no replies");
  else
    {
      static const ThrumLegend legend[] = { { "response: what a user waited", "BLUE", 0, 1 },
                                            { "service: what the service took", "AMBER", 0, 2 } };

      thrum_plot_append_legend (plot, legend, service ? 2 : 1);
      /* One row has one quantile: a point. */
      g_string_append_printf (
          plot->script,
          "plot 'percentiles.csv' skip 1 index 0 using 1:(y($2)) with %s linewidth 3 linecolor rgb "
          "BLUE",
          latency->n < 3 ? "linespoints pointtype 7 pointsize 2.2" : "lines");
      if (service)
        g_string_append_printf (
            plot->script,
            ", \\\n  'percentiles.csv' skip 1 index 1 using 1:(y($2)) with %s linewidth 2.5 "
            "dashtype 2 linecolor rgb AMBER",
            analysis->service.n < 3 ? "linespoints pointtype 7 pointsize 1.4" : "lines");
      g_string_append_c (plot->script, '\n');
    }
  plot->alt =
      g_strdup (service ? "Percentiles of response and service time; where they part, requests "
                          "waited before they were sent."
                        : "Percentiles of the response time.");
  return g_steal_pointer (&plot);
}
