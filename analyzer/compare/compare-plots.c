/* SPDX-License-Identifier: MIT
 *
 * Writes a comparison as two plots: one shows the percentiles of both sides, the other the shift
 * between them. Main thread.
 */
#include <math.h>

#include "analyzer/compare/compare-report.h"

#define NS 1e9
#define STEP 0.02 /* of nines */
#define LAST_NINES 4

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

typedef struct {
  double low;
  double high;
} Range;

static void
include (Range *range, double value)
{
  range->low = MIN (range->low, value);
  range->high = MAX (range->high, value);
}

/* An interval of a percentile's change. */
typedef struct {
  double nines;
  Range ends; /* % */
} Bar;

/* What is drawn. */
typedef struct {
  Range times;       /* s, of both curves */
  GArray *changes;   /* double, %, of the shift's curve, one each STEP of nines */
  Range frame;       /* %, of points and their intervals, as far as these are shown */
  Range intervals;   /* %, in full */
  GArray *bars;      /* Bar, of the intervals */
  gboolean is_bound; /* an interval has no end */
} Drawing;

static gboolean
write_curves (const ThrumCompareOutcome *outcome, Drawing *drawing, ThrumOutput *output,
              GError **error)
{
  g_autoptr (GString) text = g_string_new ("nines,base,new,change\n");
  double end = get_end (outcome);

  for (guint i = 0; end > 0 && i * STEP <= end; i++)
    {
      double base = quantile_at (&outcome->base->pooled, i * STEP);
      double new_ = quantile_at (&outcome->new_->pooled, i * STEP);
      double change = 100 * (new_ / base - 1);

      include (&drawing->times, base);
      include (&drawing->times, new_);
      g_array_append_val (drawing->changes, change);
      thrum_append_double (text, i * STEP);
      g_string_append_c (text, ',');
      thrum_append_double (text, base);
      g_string_append_c (text, ',');
      thrum_append_double (text, new_);
      g_string_append_c (text, ',');
      thrum_append_double (text, change);
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
make_overlay (const ThrumCompareOutcome *outcome, const Range *times)
{
  static const ThrumLegend legend[] = { { "base", "BLUE", 0, 1 }, { "new", "RED", 0, 2 } };
  g_autofree char *subtitle = make_subtitle (outcome);
  ThrumPlot *plot = thrum_plot_new_plain ("overlay", "percentiles of both sides", subtitle);
  ThrumAxis x = { .scale = 1, .unit = "", .high = 1, .step = 1 };
  ThrumAxis y = thrum_axis_latency (times->high > 20 * times->low, times->low, times->high);

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
write_shifts (const ThrumCompareOutcome *outcome, Drawing *drawing, ThrumOutput *output,
              GError **error)
{
  static const guint per_million[] = { 500000, 900000, 950000, 990000, 999000 };
  g_autoptr (GString) text = g_string_new ("nines,change,low,high\n");

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
      drawing->is_bound |= isnan (result->low) || isnan (result->high);
      include (&drawing->frame, values[1]);

      Bar bar = { .nines = values[0], .ends = { values[2], values[3] } };
      g_array_append_val (drawing->bars, bar);
      for (guint j = 0; j < G_N_ELEMENTS (values); j++)
        {
          thrum_append_double (text, values[j]);
          g_string_append_c (text, j + 1 < G_N_ELEMENTS (values) ? ',' : '\n');
          if (j > 0)
            include (&drawing->intervals, values[j]);
        }
    }
  return thrum_output_write (output, "shift.csv", text->str, (gssize)text->len, error);
}

/* From the points, their intervals and 0: a few runs may say next to nothing, and an interval without an
 * end must not hide the changes. */
static ThrumAxis
make_shift_axis (const Drawing *drawing)
{
  double reach = MAX (4 * MAX (drawing->frame.high, -drawing->frame.low), 20);
  Range range = { .low = MIN (MAX (drawing->intervals.low, -reach), 0),
                  .high = MAX (MIN (drawing->intervals.high, reach), 0) };
  double room = MAX (0.08 * (range.high - range.low), 0.5);
  ThrumAxis y = thrum_axis_amount (range.high - range.low + room);

  y.low = MAX (range.low - room, -106); /* nothing falls by more than all */
  y.high = range.high + room;
  return y;
}

static void
append_mark (GString *script, guint n, double nines, gboolean up, const ThrumAxis *y,
             const char *colour)
{
  double inset = 0.015 * (y->high - y->low);

  g_string_append_printf (script, "set label %u '' at ", n);
  thrum_append_double (script, nines);
  g_string_append_c (script, ',');
  thrum_append_double (script, up ? y->high - inset : y->low + inset);
  g_string_append_printf (script, " point pointtype %d pointsize 1.2 linecolor rgb %s front\n",
                          up ? 9 : 11, colour);
}

static void
append_end (GString *note, const char *what, double value)
{
  g_autofree char *end = thrum_compare_describe_change (THRUM_COMPARE_MEAN, 1 + value / 100);

  g_string_append_printf (note, "%s%s to %s", note->len > 0 ? ", " : "beyond the frame: ", what,
                          end);
}

/* At the right of the title's row, or of the subtitle's, by its height on the screen. */
static void
append_note (GString *script, guint number, const char *text, double height)
{
  g_string_append_printf (script, "set label %u ", number);
  thrum_append_quoted (script, text, 80);
  g_string_append (script, " at screen 0.9783,");
  thrum_append_double (script, height);
  g_string_append (script, " right noenhanced textcolor rgb SOFT\n");
}

/* Triangles where the curve or an interval goes on outside, and how far. */
static void
append_clippings (ThrumPlot *plot, const Drawing *drawing, const ThrumAxis *y)
{
  const guint spacing = 6; /* steps */
  g_autoptr (GString) note = g_string_new (NULL);
  Range curve = { INFINITY, -INFINITY };
  guint n = 0, next = 0;

  for (guint i = 0; i < drawing->changes->len && i * STEP <= LAST_NINES; i++)
    {
      double change = g_array_index (drawing->changes, double, i);

      include (&curve, change);
      if ((change <= y->high && change >= y->low) || i < next)
        continue;
      append_mark (plot->script, 40 + n++, i * STEP, change > y->high, y, "SKY");
      next = i + spacing;
    }
  for (guint i = 0; i < drawing->bars->len; i++)
    {
      const Bar *bar = &g_array_index (drawing->bars, Bar, i);

      if (bar->ends.low < y->low)
        append_mark (plot->script, 40 + n++, bar->nines, FALSE, y, "INK");
      if (bar->ends.high > y->high)
        append_mark (plot->script, 40 + n++, bar->nines, TRUE, y, "INK");
    }
  if (curve.low < y->low)
    append_end (note, "the curve", curve.low);
  if (curve.high > y->high)
    append_end (note, "the curve", curve.high);
  if (drawing->intervals.low < y->low)
    append_end (note, "intervals", drawing->intervals.low);
  if (drawing->intervals.high > y->high)
    append_end (note, "intervals", drawing->intervals.high);
  if (note->len > 0)
    append_note (plot->script, 3, note->str, 0.9633);
  if (drawing->is_bound)
    append_note (plot->script, 39, "a lower bound has half an interval or none", 0.9180);
}

static ThrumPlot *
make_shift (const ThrumCompareOutcome *outcome, const Drawing *drawing)
{
  static const ThrumLegend legend[] = { { "of runs, with 95% interval", "INK", THRUM_MARK_DISC },
                                        { "of all requests together", "SKY", 0, 1 } };
  g_autofree char *subtitle = make_subtitle (outcome);
  ThrumPlot *plot = thrum_plot_new_plain ("shift", "change of each percentile", subtitle);
  ThrumAxis x = { .scale = 1, .unit = "", .high = 1, .step = 1 };
  ThrumAxis y = make_shift_axis (drawing);

  plot->alt =
      g_strdup ("How much each percentile of the new side is above (slower) or below (faster) "
                "that of the base.");
  thrum_plot_append_axes (plot, &x, &y, "change, % (up: slower)");
  thrum_append_nines_axis (plot->script, MIN (get_end (outcome), LAST_NINES));
  if (get_end (outcome) == 0)
    {
      thrum_plot_append_nothing (plot, "too few replies");
      return plot;
    }
  thrum_plot_append_legend (plot, legend, G_N_ELEMENTS (legend));
  append_clippings (plot, drawing, &y);
  /* gnuplot leaves out a bar of which one end is far off the axis. */
  g_string_append (plot->script, "c(v) = v > ");
  thrum_append_double (plot->script, y.high);
  g_string_append (plot->script, " ? ");
  thrum_append_double (plot->script, y.high);
  g_string_append (plot->script, " : v < ");
  thrum_append_double (plot->script, y.low);
  g_string_append (plot->script, " ? ");
  thrum_append_double (plot->script, y.low);
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
  g_autoptr (GArray) changes = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr (GArray) bars = g_array_new (FALSE, FALSE, sizeof (Bar));
  Drawing drawing = { .times = { INFINITY, 0 }, .changes = changes, .bars = bars };

  if (!write_curves (outcome, &drawing, output, error)
      || !write_shifts (outcome, &drawing, output, error))
    return FALSE;
  g_ptr_array_add (plots, make_overlay (outcome, &drawing.times));
  g_ptr_array_add (plots, make_shift (outcome, &drawing));
  return TRUE;
}
