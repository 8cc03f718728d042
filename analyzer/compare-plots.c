/* SPDX-License-Identifier: MIT
 *
 * A comparison as two plots: the percentiles of both sides in one, and the shift between them. Main
 * thread.
 */
#include <math.h>

#include "analyzer/compare-report.h"

#define NS 1e9

static double
quantile_at (const ThrumDistribution *d, double nines)
{
  guint64 rank = (guint64)ceil ((1 - pow (10, -nines)) * (double)d->n - 1e-6);
  ThrumBucketRank found = thrum_distribution_find (d, MAX (rank, 1));

  return (double)MAX (found.low + (found.width - 1) / 2, 1) / NS;
}

/* How far both sides reach on the axis of nines. */
static double
get_end (const ThrumCompareOutcome *outcome)
{
  guint64 n = MIN (outcome->base->pooled.n, outcome->new_->pooled.n);

  return n > 0 ? log10 ((double)n) : 0;
}

static gboolean
write_curves (const ThrumCompareOutcome *outcome, double *low, double *high, ThrumOutput *output,
              GError **error)
{
  g_autoptr (GString) text = g_string_new ("nines,base,new,change\n");
  double end = get_end (outcome);

  *low = INFINITY;
  *high = 0;
  for (double nines = 0; end > 0 && nines <= end; nines += 0.02)
    {
      double base = quantile_at (&outcome->base->pooled, nines);
      double new_ = quantile_at (&outcome->new_->pooled, nines);

      *low = MIN (*low, MIN (base, new_));
      *high = MAX (*high, MAX (base, new_));
      thrum_append_double (text, nines);
      g_string_append_c (text, ',');
      thrum_append_double (text, base);
      g_string_append_c (text, ',');
      thrum_append_double (text, new_);
      g_string_append_c (text, ',');
      thrum_append_double (text, 100 * (new_ / base - 1));
      g_string_append_c (text, '\n');
    }
  return thrum_output_write (output, "overlay.csv", text->str, (gssize)text->len, error);
}

static char *
make_subtitle (const ThrumCompareOutcome *outcome)
{
  return g_strdup_printf ("%u run%s of the base, %u of the new", outcome->base->replicates->len,
                          outcome->base->replicates->len == 1 ? "" : "s",
                          outcome->new_->replicates->len);
}

static ThrumPlot *
make_overlay (const ThrumCompareOutcome *outcome, double low, double high)
{
  static const ThrumLegend legend[] = { { "base", "BLUE", 0, 1 }, { "new", "RED", 0, 2 } };
  g_autofree char *subtitle = make_subtitle (outcome);
  ThrumPlot *plot = thrum_plot_new_plain ("overlay", "percentiles of both sides", subtitle);
  ThrumAxis x = { .scale = 1, .unit = "", .high = 1, .step = 1 };
  ThrumAxis y = thrum_axis_latency (high > 20 * low, low, high);

  plot->alt =
      g_strdup ("Percentiles of the response time, base and new, all runs of a side together.");
  thrum_plot_append_axes (plot, &x, &y, "response time");
  thrum_append_nines_axis (plot->script, get_end (outcome));
  if (get_end (outcome) == 0)
    {
      thrum_plot_append_nothing (plot, "too few replies");
      return plot;
    }
  thrum_plot_append_legend (plot, legend, G_N_ELEMENTS (legend));
  g_string_append (
      plot->script,
      "plot 'overlay.csv' skip 1 using 1:(y($2)) with lines linewidth 3 linecolor rgb "
      "BLUE, \\\n  '' skip 1 using 1:(y($3)) with lines linewidth 3 dashtype 2 linecolor "
      "rgb RED\n");
  return plot;
}

static gboolean
write_shifts (const ThrumCompareOutcome *outcome, double *most, ThrumOutput *output, GError **error)
{
  static const guint per_million[] = { 500000, 900000, 950000, 990000, 999000 };
  g_autoptr (GString) text = g_string_new ("nines,change,low,high\n");
  double change = 0;

  for (guint i = 0; i < G_N_ELEMENTS (per_million); i++)
    {
      const ThrumComparison *result = &outcome->results[THRUM_COMPARE_P50 + i];
      /* An end that is unknown has no bar. */
      const double values[] = {
        -log10 (1 - per_million[i] / 1e6), 100 * (result->change - 1),
        100 * ((isnan (result->low) ? result->change : result->low) - 1),
        100 * ((isnan (result->high) ? result->change : result->high) - 1)
      };

      if (!result->possible)
        continue;
      for (guint j = 0; j < G_N_ELEMENTS (values); j++)
        {
          thrum_append_double (text, values[j]);
          g_string_append_c (text, j + 1 < G_N_ELEMENTS (values) ? ',' : '\n');
          *most = j > 0 ? MAX (*most, fabs (values[j])) : *most;
          change = j == 1 ? MAX (change, fabs (values[j])) : change;
        }
    }
  /* A few runs may say next to nothing: an interval without an end must not hide the changes. */
  *most = MIN (*most, MAX (4 * change, 20));
  return thrum_output_write (output, "shift.csv", text->str, (gssize)text->len, error);
}

static ThrumPlot *
make_shift (const ThrumCompareOutcome *outcome, double most)
{
  static const ThrumLegend legend[] = { { "of runs, with 95% interval", "INK", THRUM_MARK_DISC },
                                        { "of all requests together", "SKY", 0, 1 } };
  g_autofree char *subtitle = make_subtitle (outcome);
  ThrumPlot *plot = thrum_plot_new_plain ("shift", "change of each percentile", subtitle);
  ThrumAxis x = { .scale = 1, .unit = "", .high = 1, .step = 1 };
  ThrumAxis y = thrum_axis_amount (MAX (most, 1));

  plot->alt =
      g_strdup ("How much each percentile of the new side is above (slower) or below (faster) "
                "that of the base.");
  y.low = MAX (-y.high, -106); /* nothing falls by more than all */
  y.step *= y.high / y.step > 5 ? 2 : 1;
  thrum_plot_append_axes (plot, &x, &y, "change, % (up: slower)");
  thrum_append_nines_axis (plot->script, MIN (get_end (outcome), 4));
  if (get_end (outcome) == 0)
    {
      thrum_plot_append_nothing (plot, "too few replies");
      return plot;
    }
  thrum_plot_append_legend (plot, legend, G_N_ELEMENTS (legend));
  /* gnuplot leaves out a bar of which one end is far off the axis. */
  g_string_append (plot->script, "c(v) = v > ");
  thrum_append_double (plot->script, y.high);
  g_string_append (plot->script, " ? ");
  thrum_append_double (plot->script, y.high);
  g_string_append (
      plot->script,
      " : v\nset xzeroaxis linewidth 1.5 linecolor rgb INK\n"
      "plot 'overlay.csv' skip 1 using 1:4 with lines linewidth 2 linecolor rgb SKY, \\\n"
      "  'shift.csv' skip 1 using 1:2:(c($3)):(c($4)) with yerrorbars pointtype 7 pointsize 1.2 "
      "linewidth 2 linecolor rgb INK\n");
  return plot;
}

gboolean
thrum_compare_add_plots (const ThrumCompareOutcome *outcome, GPtrArray *plots, ThrumOutput *output,
                         GError **error)
{
  double low, high, most = 0;

  if (!write_curves (outcome, &low, &high, output, error)
      || !write_shifts (outcome, &most, output, error))
    return FALSE;
  g_ptr_array_add (plots, make_overlay (outcome, low, high));
  g_ptr_array_add (plots, make_shift (outcome, most));
  return TRUE;
}
