/* SPDX-License-Identifier: MIT
 *
 * A comparison as a table, as JSON, and as two plots: the percentiles of both sides in one, and the
 * shift between them. Main thread.
 */
#include <math.h>
#include <stdio.h>

#include "analyzer/compare-report.h"
#include "analyzer/json-writer.h"
#include "analyzer/plot.h"
#include "analyzer/text.h"

#define BLOCKS 10
#define NS 1e9

static void
free_run (gpointer data)
{
  ThrumCompareRun *run = data;

  g_free (run->name);
  g_free (run->warning);
  g_free (run);
}

void
thrum_compare_side_init (ThrumCompareSide *self)
{
  self->runs = g_ptr_array_new_with_free_func (free_run);
  self->replicates = g_array_new (FALSE, FALSE, sizeof (ThrumCompareReplicate));
  self->blocks = g_array_new (FALSE, FALSE, sizeof (ThrumCompareReplicate));
  self->pooled = (ThrumDistribution){ .shape = thrum_bucket_shape_fine };
}

void
thrum_compare_side_clear (ThrumCompareSide *self)
{
  g_ptr_array_unref (self->runs);
  g_array_unref (self->replicates);
  g_array_unref (self->blocks);
  thrum_distribution_clear (&self->pooled);
}

/* Adds @run's response times in ns, whatever its own unit is. */
static void
pool (ThrumDistribution *pooled, const ThrumAnalysis *run)
{
  const ThrumDistribution *d = &run->all;
  gint64 factor = thrum_powers_of_ten[THRUM_DECIMAL_MAX_DIGITS - run->n_digits];

  if (d->n == 0)
    return;
  if (pooled->counts == NULL)
    thrum_distribution_prepare (pooled);
  guint last = thrum_bucket_of (d->shape, d->max);
  for (guint i = thrum_bucket_of (d->shape, d->min); i <= last; i++)
    if (thrum_distribution_get (d, i) != 0)
      {
        gint64 middle = thrum_bucket_low (d->shape, i) + (thrum_bucket_width (d->shape, i) - 1) / 2;
        gint64 value = MIN (middle, THRUM_ROW_MAX_RESPONSE / factor) * factor;
        guint64 n = thrum_distribution_get (d, i);

        thrum_distribution_put (pooled, thrum_bucket_of (pooled->shape, value), n);
        pooled->n += n;
        pooled->min = MIN (pooled->min, value);
        pooled->max = MAX (pooled->max, value);
      }
}

/* A run that did not measure well compares no better. */
static char *
describe_doubt (const ThrumSource *source)
{
  const ThrumRunInfo *info = source->info;

  if (info != NULL && g_strcmp0 (info->level, "INVALID") == 0)
    return g_strdup_printf ("%s: its verdict is INVALID; its numbers are not the service's",
                            source->title);
  if (info != NULL && info->state != NULL && !g_str_equal (info->state, "complete"))
    return g_strdup_printf ("%s: its state is %s", source->title, info->state);
  if (source->notes->len > 0)
    return g_strdup_printf ("%s: %s", source->title,
                            (const char *)g_ptr_array_index (source->notes, 0));
  return NULL;
}

void
thrum_compare_side_add (ThrumCompareSide *self, const ThrumAnalysis *run, const ThrumSource *source)
{
  ThrumCompareRun *known = g_new0 (ThrumCompareRun, 1);
  ThrumCompareReplicate replicate = thrum_compare_replicate_of (run);
  ThrumCompareReplicate blocks[BLOCKS];

  known->name = g_strdup (source->title);
  known->n_rows = run->total.n_rows;
  known->failure_ratio =
      run->total.n_rows > 0 ? (double)run->total.n_failures / (double)run->total.n_rows : 0;
  known->warning = describe_doubt (source);
  g_ptr_array_add (self->runs, known);
  g_array_append_val (self->replicates, replicate);
  g_array_set_size (self->blocks, 0);
  g_array_append_vals (self->blocks, blocks, thrum_compare_blocks_of (run, blocks, BLOCKS));
  pool (&self->pooled, run);
}

void
thrum_compare_sides (ThrumCompareOutcome *outcome, const ThrumCompareSide *base,
                     const ThrumCompareSide *new_)
{
  outcome->base = base;
  outcome->new_ = new_;
  outcome->by_blocks = base->replicates->len == 1 && new_->replicates->len == 1;

  const GArray *one = outcome->by_blocks ? base->blocks : base->replicates;
  const GArray *two = outcome->by_blocks ? new_->blocks : new_->replicates;
  thrum_compare ((const ThrumCompareReplicate *)one->data, one->len,
                 (const ThrumCompareReplicate *)two->data, two->len, outcome->results);
}

const char *
thrum_compare_describe_method (const ThrumCompareOutcome *outcome)
{
  if (outcome->by_blocks)
    return "one run a side: blocks of time stand in for runs, so that differences between runs "
           "look "
           "like differences between the sides; five runs a side, interleaved, say more";
  if (outcome->base->replicates->len < 2 || outcome->new_->replicates->len < 2)
    return "at least two runs a side are needed";
  if (outcome->base->replicates->len < 5 || outcome->new_->replicates->len < 5)
    return "fewer than five runs a side find large differences only";
  return NULL;
}

char *
thrum_compare_describe_value (guint measure, double value)
{
  g_autofree char *number = NULL;

  if (measure != THRUM_COMPARE_THROUGHPUT)
    return thrum_text_duration (value);
  number = thrum_text_number (value, 1);
  return g_strconcat (number, "/s", NULL);
}

char *
thrum_compare_describe_change (double ratio)
{
  return ratio >= 100 ? g_strdup (">+9900%") : g_strdup_printf ("%+.2f%%", 100 * (ratio - 1));
}

char *
thrum_compare_to_table (const ThrumCompareOutcome *outcome)
{
  GString *text = g_string_new (NULL);
  const char *method = thrum_compare_describe_method (outcome);

  g_string_append_printf (text, "%-12s %14s %14s %9s  %-20s %-8s %s\n", "", "base", "new", "change",
                          "95% interval", "p", "verdict");
  for (guint i = 0; i < THRUM_N_COMPARE_MEASURES; i++)
    {
      const ThrumComparison *result = &outcome->results[i];

      if (!result->possible)
        {
          g_string_append_printf (text, "%-12s %14s %14s %9s  %-20s %-8s %s\n",
                                  thrum_compare_measures[i], "-", "-", "-", "-", "-",
                                  "inconclusive: too few values");
          continue;
        }
      g_autofree char *base = thrum_compare_describe_value (i, result->base);
      g_autofree char *new_ = thrum_compare_describe_value (i, result->new);
      g_autofree char *change = thrum_compare_describe_change (result->ratio);
      g_autofree char *low = thrum_compare_describe_change (result->low);
      g_autofree char *high = thrum_compare_describe_change (result->high);
      g_autofree char *interval = g_strconcat (low, " .. ", high, NULL);
      g_string_append_printf (text, "%-12s %14s %14s %9s  %-20s %-8.3g %s\n",
                              thrum_compare_measures[i], base, new_, change, interval,
                              result->p_adjusted, thrum_compare_verdict_name (result->verdict));
    }
  g_string_append_printf (text, "\n%u v %u runs", outcome->base->replicates->len,
                          outcome->new_->replicates->len);
  if (method != NULL)
    g_string_append_printf (text, "; %s", method);
  for (guint i = 0; i < 2; i++)
    {
      const ThrumCompareSide *side = i == 0 ? outcome->base : outcome->new_;

      for (guint j = 0; j < side->runs->len; j++)
        {
          const ThrumCompareRun *run = g_ptr_array_index (side->runs, j);

          if (run->warning != NULL)
            g_string_append_printf (text, "\nnote: %s", run->warning);
        }
    }
  g_string_append (text, "\nWelch's t on logarithms, p by Holm over all measures, intervals "
                         "simultaneous\n");
  return g_string_free (text, FALSE);
}

char *
thrum_compare_to_json (const ThrumCompareOutcome *outcome)
{
  ThrumJson json;

  thrum_json_init (&json);
  thrum_json_open (&json, NULL, '{');
  thrum_json_count (&json, "format", 1);
  thrum_json_count (&json, "base_runs", outcome->base->replicates->len);
  thrum_json_count (&json, "new_runs", outcome->new_->replicates->len);
  thrum_json_boolean (&json, "by_blocks_of_time", outcome->by_blocks);
  thrum_json_open (&json, "measures", '{');
  for (guint i = 0; i < THRUM_N_COMPARE_MEASURES; i++)
    {
      const ThrumComparison *result = &outcome->results[i];

      thrum_json_open (&json, thrum_compare_measures[i], '{');
      if (result->possible)
        {
          thrum_json_number (&json, "base", result->base, 9);
          thrum_json_number (&json, "new", result->new, 9);
          thrum_json_number (&json, "ratio", result->ratio, 6);
          thrum_json_open (&json, "ratio_interval", '[');
          thrum_json_number (&json, NULL, result->low, 6);
          thrum_json_number (&json, NULL, result->high, 6);
          thrum_json_close (&json, ']');
          thrum_json_number (&json, "p", result->p, 9);
          thrum_json_number (&json, "p_adjusted", result->p_adjusted, 9);
        }
      thrum_json_string (&json, "verdict", thrum_compare_verdict_name (result->verdict));
      thrum_json_close (&json, '}');
    }
  thrum_json_close (&json, '}');
  thrum_json_close (&json, '}');
  return thrum_json_finish (&json);
}

/* ---- Plots --------------------------------------------------------------------------------- */

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
      const double values[] = { -log10 (1 - per_million[i] / 1e6), 100 * (result->ratio - 1),
                                100 * (result->low - 1), 100 * (result->high - 1) };

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

static gboolean
write_page (const ThrumCompareOutcome *outcome, const GPtrArray *plots, const char *extension,
            ThrumOutput *output, GError **error)
{
  g_autofree char *html = thrum_compare_to_html (outcome, plots, extension, output);

  return thrum_output_write (output, "comparison.html", html, -1, error);
}

gboolean
thrum_compare_write (const ThrumCompareOutcome *outcome, ThrumOutput *output, const char *extension,
                     guint jobs, GError **error)
{
  g_autoptr (GPtrArray) plots = g_ptr_array_new_with_free_func ((GDestroyNotify)thrum_plot_free);
  g_autofree char *json = thrum_compare_to_json (outcome);
  double low, high, most = 0;

  if (!thrum_output_write (output, "comparison.json", json, -1, error))
    return FALSE;
  if (extension == NULL)
    return write_page (outcome, plots, extension, output, error);
  if (!write_curves (outcome, &low, &high, output, error)
      || !write_shifts (outcome, &most, output, error))
    return FALSE;
  g_ptr_array_add (plots, make_overlay (outcome, low, high));
  g_ptr_array_add (plots, make_shift (outcome, most));
  for (guint i = 0; i < plots->len; i++)
    if (!thrum_plot_write (g_ptr_array_index (plots, i), output, error))
      return FALSE;
  thrum_plots_render_or_tell (plots, output, extension, jobs);
  return write_page (outcome, plots, extension, output, error);
}
