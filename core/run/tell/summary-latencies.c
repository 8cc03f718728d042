/* SPDX-License-Identifier: MIT
 *
 * Writes the summary's table of latencies, with their intervals and with what may be thrum's own
 * part in them. Reads a finished run; main thread.
 */
#include "run/tell/summary-latencies.h"

#include <math.h>
#include <string.h>

#include "base/format.h"
#include "base/units.h"

/* With names of 12 letters the table fills the summary's width. */
#define NAME_WIDTH 12

/* The table of latencies: its columns are wider where a value carries a `>=`. */
typedef struct {
  GString *text;
  gint width;
  gboolean has_lower_bounds, has_unsupported;
} Table;

/* A name; a long one has a line of its own, so that the columns stand still. */
static void
begin_row (Table *table, const gchar *label, const gchar *count)
{
  if (strlen (label) > NAME_WIDTH)
    {
      g_string_append_printf (table->text, "  %s\n", label);
      label = "";
    }
  g_string_append_printf (table->text, "  %-*s %9s", NAME_WIDTH, label, count);
}

static void
add_value (Table *table, gint64 ns, gboolean is_lower_bound)
{
  g_autofree gchar *value = thrum_format_time (ns);
  g_autofree gchar *cell = g_strconcat (is_lower_bound ? ">=" : "", value, NULL);

  g_string_append_printf (table->text, " %*s", table->width, cell);
  table->has_lower_bounds |= is_lower_bound;
}

static void
add_table_head (Table *table)
{
  begin_row (table, "", "count");
  g_string_append_printf (table->text, " %*s", table->width, "mean");
  for (guint i = 0; i < THRUM_N_PERCENTILES; i++)
    g_string_append_printf (table->text, " %*s", table->width, thrum_percentiles[i].name);
  g_string_append_printf (table->text, " %*s\n", table->width, "max");
}

static void
add_sample (Table *table, const gchar *label, const ThrumSample *sample,
            const ThrumPercentiles *percentiles)
{
  guint64 count = thrum_histogram_get_count (sample->histogram);
  gboolean is_incomplete = thrum_sample_is_incomplete (sample);
  g_autofree gchar *n = thrum_format_count (count);

  begin_row (table, label, n);
  if (count > 0)
    {
      add_value (table, (gint64)thrum_histogram_get_mean (sample->histogram), is_incomplete);
      for (guint i = 0; i < THRUM_N_PERCENTILES; i++)
        add_value (table, percentiles->each[i].value, percentiles->each[i].is_lower_bound);
      add_value (table, thrum_histogram_get_max (sample->histogram), is_incomplete);
    }
  g_string_append_c (table->text, '\n');
}

static void
add_bounds (Table *table, const gchar *label, const ThrumPercentiles *percentiles,
            gboolean is_upper)
{
  begin_row (table, label, "");
  g_string_append_printf (table->text, " %*s", table->width, "");
  for (guint i = 0; i < THRUM_N_PERCENTILES; i++)
    {
      const ThrumInterval *interval = &percentiles->each[i].interval;

      if ((is_upper ? interval->ranks.high : interval->ranks.low) > 0)
        add_value (table, is_upper ? interval->high : interval->low, FALSE);
      else
        {
          g_string_append_printf (table->text, " %*s", table->width, "-");
          table->has_unsupported = TRUE;
        }
    }
  g_string_append_c (table->text, '\n');
}

/* A sample and below it the 95% intervals of its percentiles, if it has any. */
static void
add_sample_with_bounds (Table *table, const gchar *label, ThrumSample sample)
{
  ThrumPercentiles percentiles = thrum_sample_get_percentiles (&sample);
  const ThrumInterval *median = &percentiles.each[0].interval;

  add_sample (table, label, &sample, &percentiles);
  if (median->ranks.low == 0 && median->ranks.high == 0)
    return;
  add_bounds (table, "  95% from", &percentiles, FALSE);
  add_bounds (table, "      to", &percentiles, TRUE);
}

static void
add_histogram (Table *table, const gchar *label, const ThrumHistogram *histogram)
{
  ThrumSample sample = { .histogram = histogram };
  ThrumPercentiles percentiles = thrum_sample_get_percentiles (&sample);

  add_sample (table, label, &sample, &percentiles);
}

static void
add_legend (Table *table)
{
  g_autofree gchar *least_p99 = thrum_format_count (thrum_interval_get_least (0.99));
  g_autofree gchar *least_p999 = thrum_format_count (thrum_interval_get_least (0.999));
  g_autofree gchar *unsupported =
      g_strdup_printf ("-  not supported: too few requests (p99 takes %s, p99.9 %s), too short a "
                       "run, or beyond what was waited for",
                       least_p99, least_p999);

  thrum_format_append_paragraph (table->text,
                                 "percentiles are a histogram's, within 0.4%; response counts from "
                                 "when a request was intended, service from when it was sent",
                                 "  ", "  ", THRUM_SUMMARY_WIDTH);
  if (table->has_lower_bounds)
    g_string_append (table->text, "  >= it could be more: who was dropped, timed out or unfinished "
                                  "did not wait on\n");
  if (table->has_unsupported)
    thrum_format_append_paragraph (table->text, unsupported, "  ", "     ", THRUM_SUMMARY_WIDTH);
}

/* Those that succeeded, where that is not all of @outcome's. */
static void
add_successes (Table *table, const ThrumOutcome *outcome)
{
  if (thrum_histogram_get_count (outcome->success) < thrum_histogram_get_count (outcome->response))
    add_histogram (table, "  successes", outcome->success);
}

/* "p99 65.7 ms, thrum's part at most 3.10 ms", if that is worth a word. */
static void
add_part (GString *line, const gchar *name, gdouble measured, ThrumBracket bracket)
{
  g_autofree gchar *value = thrum_format_time ((gint64)measured);
  g_autofree gchar *part = NULL;

  if (!thrum_bracket_is_wide (bracket))
    return;
  if (bracket.most < HUGE_VAL)
    part = thrum_format_time ((gint64)(bracket.most - bracket.least));
  g_string_append_printf (line, "%s%s %s, thrum's part %s%s", line->len > 0 ? "; " : "", name,
                          value, part != NULL ? "at most " : "unknown", part != NULL ? part : "");
}

/* A paragraph of the response @label where thrum's own part in any of its figures is worth a word. */
static void
add_parts_of (GString *text, const gchar *label, const ThrumSample *sample)
{
  g_autoptr (GString) line = g_string_new (NULL);
  g_autofree gchar *first = g_strdup_printf ("  %s: ", label);

  if (thrum_histogram_get_count (sample->histogram) == 0)
    return;
  add_part (line, "mean", thrum_histogram_get_mean (sample->histogram),
            thrum_sample_get_mean_bracket (sample));
  for (guint i = 0; i < THRUM_N_PERCENTILES; i++)
    add_part (line, thrum_percentiles[i].name,
              (gdouble)thrum_histogram_get_quantile (sample->histogram, thrum_percentiles[i].q),
              thrum_sample_get_bracket (sample, thrum_percentiles[i].q));
  add_part (line, "max", (gdouble)thrum_histogram_get_max (sample->histogram),
            thrum_sample_get_max_bracket (sample));
  if (line->len > 0)
    thrum_format_append_paragraph (text, line->str, first, "    ", THRUM_SUMMARY_WIDTH);
}

/* What of the responses may be the generator's own doing. */
static void
add_parts (GString *text, const ThrumRun *run, const ThrumOutcome *all)
{
  ThrumShortfall shortfall = thrum_run_get_shortfall (run, -1);
  ThrumSample sample = thrum_shortfall_get_response (&shortfall, all);

  add_parts_of (text, "response", &sample);
  for (guint i = 0; run->config->requests->len > 1 && i < run->config->requests->len; i++)
    {
      const ThrumRequestConfig *request = run->config->requests->pdata[i];

      shortfall = thrum_run_get_shortfall (run, (gint)i);
      sample = thrum_shortfall_get_response (&shortfall, &run->tally->requests[i]);
      add_parts_of (text, request->name, &sample);
    }
}

void
thrum_summary_add_latencies (GString *text, const ThrumRun *run)
{
  const ThrumOutcome *all = run->all;
  ThrumShortfall shortfall = thrum_run_get_shortfall (run, -1);
  ThrumSample response = thrum_shortfall_get_response (&shortfall, all);
  Table table = { .text = text, .width = thrum_sample_is_incomplete (&response) ? 9 : 7 };

  g_string_append_c (text, '\n');
  add_table_head (&table);
  add_sample_with_bounds (&table, "response", response);
  add_successes (&table, all);
  add_sample_with_bounds (&table, "service", thrum_shortfall_get_service (&shortfall, all));
  if (run->config->requests->len > 1)
    for (guint i = 0; i < run->config->requests->len; i++)
      {
        const ThrumRequestConfig *request = run->config->requests->pdata[i];
        const ThrumOutcome *outcome = &run->tally->requests[i];
        ThrumShortfall mine = thrum_run_get_shortfall (run, (gint)i);

        add_sample_with_bounds (&table, request->name,
                                thrum_shortfall_get_response (&mine, outcome));
        add_successes (&table, outcome);
      }
  add_histogram (&table, "slot wait", run->tally->slot_wait);
  add_histogram (&table, "lag", run->tally->lag);
  if (thrum_histogram_get_count (run->tally->client_delay) > 0)
    add_histogram (&table, "client delay", run->tally->client_delay);
  add_legend (&table);
  add_parts (text, run, all);
}
