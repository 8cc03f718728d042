/* SPDX-License-Identifier: MIT
 *
 * Writes a comparison as a table and as JSON, and all files of its report. Main thread.
 */

#include <math.h>

#include "analyzer/compare/compare-report.h"
#include "analyzer/write/json-writer.h"
#include "analyzer/plot/plot.h"
#include "analyzer/write/text.h"

#define BLOCKS 10
#define MATERIAL 0.01 /* of the shares of failures */

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
  self->seconds = 0;
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
describe_doubt (const ThrumAnalysis *run, const ThrumSource *source)
{
  const ThrumRunInfo *info = source->info;

  if (run->total.latency.n == 0)
    return g_strdup_printf ("%s: it has no replies, so that its side has no times to compare",
                            source->title);
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
  known->warning = describe_doubt (run, source);
  g_ptr_array_add (self->runs, known);
  g_array_append_val (self->replicates, replicate);
  g_array_set_size (self->blocks, 0);
  g_array_append_vals (self->blocks, blocks, thrum_compare_blocks_of (run, blocks, BLOCKS));
  pool (&self->pooled, run);
  self->seconds += run->seconds;
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
  if (outcome->by_blocks)
    thrum_compare_by_whole (&g_array_index (base->replicates, ThrumCompareReplicate, 0),
                            &g_array_index (new_->replicates, ThrumCompareReplicate, 0),
                            outcome->results);
}

const char *
thrum_compare_describe_lack (const ThrumCompareOutcome *outcome)
{
  if (!outcome->by_blocks
      && (outcome->base->replicates->len < 2 || outcome->new_->replicates->len < 2))
    return "at least two runs a side are needed";
  if (outcome->by_blocks && (outcome->base->blocks->len == 0 || outcome->new_->blocks->len == 0))
    return "a run is too short to be cut into blocks of time";
  return outcome->by_blocks ? "a block of time has none" : "too few runs have one";
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
thrum_compare_describe_value (guint measure, double value, gboolean at_least)
{
  g_autofree char *number = measure == THRUM_COMPARE_THROUGHPUT ? thrum_text_rate (value)
                            : measure == THRUM_COMPARE_FAILURES ? thrum_text_percent (value)
                                                                : thrum_text_duration (value);

  return g_strconcat (at_least ? ">=" : "", number, NULL);
}

const char *
thrum_compare_describe_verdict (guint measure, const ThrumComparison *result)
{
  if (result->verdict == THRUM_COMPARE_INCONCLUSIVE && result->possible
      && (result->base_at_least || result->new_at_least))
    return "inconclusive (lower bound)";
  return thrum_compare_verdict_name (measure, result->verdict);
}

char *
thrum_compare_describe_change (guint measure, double change)
{
  if (measure == THRUM_COMPARE_FAILURES)
    return g_strdup_printf ("%+.2f pt", 100 * change);
  return change >= 100 ? g_strdup (">+9900%") : g_strdup_printf ("%+.2f%%", 100 * (change - 1));
}

char *
thrum_compare_describe_shift (guint measure, const ThrumComparison *result)
{
  g_autofree char *change = thrum_compare_describe_change (measure, result->change);

  if (result->base_at_least && result->new_at_least)
    return g_strdup ("unknown");
  return g_strconcat (result->new_at_least    ? ">="
                      : result->base_at_least ? "<="
                                              : "",
                      change, NULL);
}

static char *
describe_end (guint measure, double end)
{
  return isnan (end) ? g_strdup ("unknown") : thrum_compare_describe_change (measure, end);
}

char *
thrum_compare_describe_interval (guint measure, const ThrumComparison *result, const char *between)
{
  g_autofree char *low = describe_end (measure, result->low);
  g_autofree char *high = describe_end (measure, result->high);

  if (isnan (result->low) && isnan (result->high))
    return g_strdup ("unknown");
  return g_strconcat (low, between, high, NULL);
}

static double
mean_share (const ThrumCompareSide *side)
{
  double sum = 0;

  for (guint i = 0; i < side->replicates->len; i++)
    sum +=
        g_array_index (side->replicates, ThrumCompareReplicate, i).values[THRUM_COMPARE_FAILURES];
  return side->replicates->len > 0 ? sum / side->replicates->len : 0;
}

/* Where the test shows that shares of failures differ, or they do by a point at least. (nullable) */
static char *
describe_failures (const ThrumCompareOutcome *outcome)
{
  double base = mean_share (outcome->base), new_ = mean_share (outcome->new_);
  g_autofree char *base_text = thrum_text_percent (base);
  g_autofree char *new_text = thrum_text_percent (new_);

  if (outcome->results[THRUM_COMPARE_FAILURES].verdict > THRUM_COMPARE_WORSE
      && fabs (new_ - base) < MATERIAL)
    return NULL;
  return g_strdup_printf (
      "%s of the base failed and %s of the new: times and throughput are of all "
      "requests, and what failed is no faster service",
      base_text, new_text);
}

GPtrArray *
thrum_compare_list_notes (const ThrumCompareOutcome *outcome)
{
  const ThrumCompareSide *const sides[] = { outcome->base, outcome->new_ };
  GPtrArray *notes = g_ptr_array_new_with_free_func (g_free);
  char *failures = describe_failures (outcome);

  if (failures != NULL)
    g_ptr_array_add (notes, failures);
  for (guint i = 0; i < G_N_ELEMENTS (sides); i++)
    for (guint j = 0; j < sides[i]->runs->len; j++)
      {
        const ThrumCompareRun *run = g_ptr_array_index (sides[i]->runs, j);

        if (run->warning != NULL)
          g_ptr_array_add (notes, g_strdup (run->warning));
      }
  return notes;
}

char *
thrum_compare_to_table (const ThrumCompareOutcome *outcome)
{
  GString *text = g_string_new (NULL);
  const char *method = thrum_compare_describe_method (outcome);
  g_autoptr (GPtrArray) notes = thrum_compare_list_notes (outcome);

  g_string_append_printf (text, "%-12s %14s %14s %11s  %-22s %-8s %s\n", "", "base", "new",
                          "change", "95% interval", "p", "verdict");
  for (guint i = 0; i < THRUM_N_COMPARE_MEASURES; i++)
    {
      const ThrumComparison *result = &outcome->results[i];

      if (!result->possible)
        {
          g_string_append_printf (text, "%-12s %14s %14s %11s  %-22s %-8s inconclusive: %s\n",
                                  thrum_compare_measures[i], "-", "-", "-", "-", "-",
                                  thrum_compare_describe_lack (outcome));
          continue;
        }
      g_autofree char *base = thrum_compare_describe_value (i, result->base, result->base_at_least);
      g_autofree char *new_ = thrum_compare_describe_value (i, result->new, result->new_at_least);
      g_autofree char *change = thrum_compare_describe_shift (i, result);
      g_autofree char *interval = thrum_compare_describe_interval (i, result, " .. ");
      g_string_append_printf (text, "%-12s %14s %14s %11s  %-22s %-8.3g %s\n",
                              thrum_compare_measures[i], base, new_, change, interval,
                              result->p_adjusted, thrum_compare_describe_verdict (i, result));
    }
  g_string_append_printf (text, "\n%u v %u runs", outcome->base->replicates->len,
                          outcome->new_->replicates->len);
  if (method != NULL)
    g_string_append_printf (text, "; %s", method);
  for (guint i = 0; i < notes->len; i++)
    g_string_append_printf (text, "\nnote: %s", (const char *)g_ptr_array_index (notes, i));
  g_string_append (text,
                   "\nWelch's t on logarithms, of failures on shares (pt: points of percent), p "
                   "by Holm over all measures, intervals simultaneous\n");
  return g_string_free (text, FALSE);
}

/* Which sides' values are lower bounds, if any. */
static void
write_at_least (ThrumJson *json, const ThrumComparison *result)
{
  if (!result->possible || (!result->base_at_least && !result->new_at_least))
    return;
  thrum_json_open (json, "at_least", '[');
  if (result->base_at_least)
    thrum_json_string (json, NULL, "base");
  if (result->new_at_least)
    thrum_json_string (json, NULL, "new");
  thrum_json_close (json, ']');
}

char *
thrum_compare_to_json (const ThrumCompareOutcome *outcome)
{
  ThrumJson json;
  g_autoptr (GPtrArray) notes = thrum_compare_list_notes (outcome);

  thrum_json_init (&json);
  thrum_json_open (&json, NULL, '{');
  thrum_json_count (&json, "format", 1);
  thrum_json_count (&json, "base_runs", outcome->base->replicates->len);
  thrum_json_count (&json, "new_runs", outcome->new_->replicates->len);
  thrum_json_boolean (&json, "by_blocks_of_time", outcome->by_blocks);
  thrum_json_open (&json, "notes", '[');
  for (guint i = 0; i < notes->len; i++)
    thrum_json_string (&json, NULL, g_ptr_array_index (notes, i));
  thrum_json_close (&json, ']');
  thrum_json_open (&json, "measures", '{');
  for (guint i = 0; i < THRUM_N_COMPARE_MEASURES; i++)
    {
      const ThrumComparison *result = &outcome->results[i];
      gboolean is_share = i == THRUM_COMPARE_FAILURES;

      thrum_json_open (&json, thrum_compare_measures[i], '{');
      if (result->possible)
        {
          thrum_json_number (&json, "base", result->base, 9);
          thrum_json_number (&json, "new", result->new, 9);
          thrum_json_number (&json, is_share ? "difference" : "ratio", result->change, 6);
          thrum_json_open (&json, is_share ? "difference_interval" : "ratio_interval", '[');
          thrum_json_number (&json, NULL, result->low, 6);
          thrum_json_number (&json, NULL, result->high, 6);
          thrum_json_close (&json, ']');
          thrum_json_number (&json, "p", result->p, 9);
          thrum_json_number (&json, "p_adjusted", result->p_adjusted, 9);
        }
      write_at_least (&json, result);
      thrum_json_string (&json, "verdict", thrum_compare_verdict_name (i, result->verdict));
      thrum_json_close (&json, '}');
    }
  thrum_json_close (&json, '}');
  thrum_json_close (&json, '}');
  return thrum_json_finish (&json);
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

  if (!thrum_output_write (output, "comparison.json", json, -1, error))
    return FALSE;
  if (extension == NULL)
    return write_page (outcome, plots, extension, output, error);
  if (!thrum_compare_add_plots (outcome, plots, output, error))
    return FALSE;
  for (guint i = 0; i < plots->len; i++)
    if (!thrum_plot_write (g_ptr_array_index (plots, i), output, error))
      return FALSE;
  thrum_plots_render_or_tell (plots, output, extension, jobs);
  return write_page (outcome, plots, extension, output, error);
}
