/* SPDX-License-Identifier: MIT
 *
 * Writes the analysis as tables: intervals.csv for programs, a summary for people at a terminal.
 * Main thread.
 */
#include <math.h>
#include <string.h>

#include "analyzer/read/labels.h"
#include "analyzer/judge/measures.h"
#include "analyzer/report/tables.h"
#include "analyzer/write/text.h"

/* @value s with as many decimals as the unit measures: exact for what is whole in it. */
static void
append_seconds (GString *text, const ThrumAnalysis *analysis, double value)
{
  char digits[G_ASCII_DTOSTR_BUF_SIZE + 400];

  g_ascii_formatd (digits, sizeof digits, analysis->n_digits > 6 ? "%.9f" : "%.6f", value);
  g_string_append_c (text, ',');
  g_string_append (text, digits);
}

static void
append_interval (GString *text, const ThrumAnalysis *analysis, guint i)
{
  const ThrumSummary *interval = &analysis->intervals[i];
  double width = (double)analysis->interval_width / analysis->units;
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (number, sizeof number, "%.3f", i * width);
  g_string_append_printf (text, "%s,%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT, number,
                          interval->n_rows, interval->n_intended);
  g_ascii_formatd (number, sizeof number, "%.3f", (double)interval->n_answered / width);
  g_string_append_printf (text, ",%s,%" G_GUINT64_FORMAT, number, interval->n_failures);
  append_seconds (text, analysis, interval->latency.mean);
  append_seconds (text, analysis, interval->mean_all_rows);
  append_seconds (text, analysis, interval->latency.sd);
  append_seconds (text, analysis, (double)interval->latency.min / analysis->units);
  for (guint j = 0; j < THRUM_N_QUANTILES; j++)
    append_seconds (text, analysis, (double)interval->latency.quantiles[j].value / analysis->units);
  append_seconds (text, analysis, (double)interval->latency.max / analysis->units);
  g_ascii_formatd (number, sizeof number, "%.3f", interval->time_in_system / width);
  g_string_append_printf (text, ",%s,%" G_GUINT64_FORMAT ",", number, interval->n_bytes);
  if (interval->latency.is_incomplete)
    {
      g_string_append (text, "mean");
      for (guint j = 0; j < THRUM_N_QUANTILES; j++)
        if (interval->latency.quantiles[j].at_least)
          g_string_append_printf (text, " %s", thrum_quantiles[j].name);
      g_string_append (text, " max");
    }
  /* What the test had of it; the rates are over the whole. */
  double begun = MAX (i * width, analysis->cut);
  append_seconds (text, analysis,
                  CLAMP (MIN (analysis->extent, (i + 1) * width) - begun, 0, width));
  g_string_append_c (text, '\n');
}

gboolean
thrum_intervals_write (const ThrumAnalysis *analysis, ThrumOutput *output, GError **error)
{
  g_autoptr (GString) text = g_string_new (THRUM_INTERVALS_HEADER "\n");

  for (guint i = thrum_analysis_get_first (analysis); i < analysis->n_intervals; i++)
    append_interval (text, analysis, i);
  return thrum_output_write (output, "intervals.csv", text->str, (gssize)text->len, error);
}

/* ---- For a terminal ------------------------------------------------------------------------ */

#define NAME_WIDTH 22      /* of the first column */
#define MOST_NAME_WIDTH 50 /* where requests have long names */

static void
append_cell (GString *text, guint width, const char *cell)
{
  glong length = g_utf8_strlen (cell, -1);

  for (glong i = length; i < (glong)width; i++)
    g_string_append_c (text, ' ');
  if (length >= (glong)width)
    g_string_append_c (text, ' '); /* two numbers side by side must not read as one */
  g_string_append (text, cell);
}

static void
append_name (GString *text, guint width, const char *indent, const char *name)
{
  g_autofree char *whole = g_strconcat (indent, name, NULL);

  g_string_append (text, whole);
  for (glong length = g_utf8_strlen (whole, -1); length < (glong)width; length++)
    g_string_append_c (text, ' ');
}

static void
append_ms (GString *text, double seconds, gboolean at_least)
{
  double ms = seconds * 1000;
  g_autofree char *number = thrum_text_number (ms, ms < 1000 ? 3 : ms < 100000 ? 1 : 0);
  g_autofree char *cell = g_strconcat (at_least ? ">=" : "", number, NULL);

  append_cell (text, 11, cell);
}

static void
append_latency (GString *text, const ThrumAnalysis *analysis, guint width, const char *name,
                guint64 n, double failures, const ThrumLatency *latency)
{
  g_autofree char *count = thrum_text_count (n);
  g_autofree char *failed = failures < 0 ? g_strdup ("") : thrum_text_percent (failures);

  append_name (text, width, "", name);
  append_cell (text, 13, count);
  append_cell (text, 9, failed);
  if (latency->n == 0)
    {
      append_cell (text, 11, "-");
      g_string_append_c (text, '\n');
      return;
    }
  append_ms (text, latency->mean, latency->is_incomplete);
  for (guint i = 0; i < THRUM_N_QUANTILES; i++)
    append_ms (text, (double)latency->quantiles[i].value / analysis->units,
               latency->quantiles[i].at_least);
  append_ms (text, (double)latency->max / analysis->units, latency->is_incomplete);
  g_string_append_c (text, '\n');
}

/* Beneath, how much of each of @summary's times may be thrum's doing, where that is worth a word. */
static void
append_parts (GString *text, const ThrumAnalysis *analysis, guint width,
              const ThrumSummary *summary)
{
  const ThrumTimeBrackets *brackets = &summary->brackets;
  ThrumBracket shown[THRUM_N_QUANTILES + 2] = { brackets->mean };
  gboolean any = FALSE;

  memcpy (shown + 1, brackets->quantiles, THRUM_N_QUANTILES * sizeof *shown);
  shown[THRUM_N_QUANTILES + 1] = brackets->max;
  for (guint i = 0; i < G_N_ELEMENTS (shown); i++)
    any |= thrum_bracket_is_worth_a_word (shown[i]);
  if (!any || !thrum_measure_tells_part (analysis))
    return;
  append_name (text, width, "  ", "thrum's part, up to");
  append_cell (text, 22, "");
  for (guint i = 0; i < G_N_ELEMENTS (shown); i++)
    if (!thrum_bracket_is_worth_a_word (shown[i]))
      append_cell (text, 11, "");
    else if (isinf (shown[i].most))
      append_cell (text, 11, "unknown");
    else
      append_ms (text, thrum_bracket_get_part (shown[i]), FALSE);
  g_string_append_c (text, '\n');
}

/* What the run tells of each request's way before it was sent, and after the reply. */
static void
append_run_times (GString *text, guint width, const ThrumRunInfo *info)
{
  for (guint i = 0; info != NULL && i < THRUM_RUN_N_TIMES; i++)
    {
      const ThrumRunTimes *times = &info->times[i];
      g_autofree char *count = thrum_text_count (times->n);

      if (times->n == 0)
        continue;
      append_name (text, width, "", thrum_run_times[i].name);
      append_cell (text, 13, count);
      append_cell (text, 9, "");
      for (guint j = 0; j < THRUM_RUN_N_FIGURES; j++)
        append_ms (text, times->figures[j], FALSE);
      g_string_append_c (text, '\n');
    }
}

/* The 95% intervals beneath the line of all. */
static void
append_bounds (GString *text, guint width, const ThrumAnalysis *analysis)
{
  const ThrumFindings *findings = &analysis->findings;
  const ThrumBounds *bounds[1 + THRUM_N_QUANTILES] = { &findings->mean };

  for (guint i = 0; i < THRUM_N_QUANTILES; i++)
    bounds[1 + i] = &findings->quantiles[i];
  for (guint side = 0; side < 2; side++)
    {
      append_name (text, width, "", side == 0 ? "  95% interval from" : "               to");
      append_cell (text, 13, "");
      if (findings->failure_ratio.has_low)
        {
          g_autofree char *ratio = thrum_text_percent (side == 0 ? findings->failure_ratio.low
                                                                 : findings->failure_ratio.high);
          append_cell (text, 9, ratio);
        }
      else
        append_cell (text, 9, "");
      for (guint i = 0; i < G_N_ELEMENTS (bounds); i++)
        if (side == 0 ? bounds[i]->has_low : bounds[i]->has_high)
          append_ms (text, side == 0 ? bounds[i]->low : bounds[i]->high, FALSE);
        else
          {
            gboolean is_unknown =
                i > 0 ? findings->high_unknown[i - 1] : analysis->total.latency.is_incomplete;
            append_cell (text, 11, side == 1 && is_unknown ? "unknown" : "too few");
          }
      g_string_append_c (text, '\n');
    }
}

static double
failure_ratio (const ThrumSummary *summary)
{
  return summary->n_rows == 0 ? 0 : (double)summary->n_failures / (double)summary->n_rows;
}

static void
append_occurrences (GString *text, const char *what, const GPtrArray *occurrences)
{
  if (occurrences->len == 0)
    return;
  g_string_append_printf (text, "%s: ", what);
  for (guint i = 0; i < occurrences->len && i < 12; i++)
    {
      const ThrumOccurrence *occurrence = g_ptr_array_index (occurrences, i);
      g_autofree char *n = thrum_text_count (occurrence->n);

      g_string_append_printf (text, "%s%s %s", i > 0 ? ", " : "", occurrence->name, n);
    }
  if (occurrences->len > 12)
    g_string_append_printf (text, " and %u more", occurrences->len - 12);
  g_string_append_c (text, '\n');
}

/* What the schedule asked for, what came of it, and what did not. */
static void
append_asked (GString *text, const ThrumAnalysis *analysis)
{
  const ThrumRunInfo *info = analysis->info;
  double asked = info != NULL ? thrum_run_info_get_asked (info) : 0;

  if (asked <= 0)
    return;
  g_autofree char *asked_text = thrum_text_rate (asked);
  g_autofree char *answered =
      thrum_text_rate (thrum_analysis_get_rate (analysis, &analysis->total));
  g_autofree char *dropped = thrum_text_count (analysis->total.dropped);
  g_autofree char *share = thrum_text_percent (
      thrum_measure (analysis, &analysis->total, THRUM_MEASURED_DROPPED, 0).value);
  g_string_append_printf (text, "asked %s, answered %s, dropped %s (%s)\n", asked_text, answered,
                          dropped, share);
}

static void
append_head (GString *text, const ThrumAnalysis *analysis, const ThrumSource *source)
{
  const ThrumRunInfo *info = source->info;
  const ThrumSummary *total = &analysis->total;
  g_autofree char *rows = thrum_text_count (total->n_rows);
  g_autofree char *extent = thrum_text_extent (analysis->seconds + analysis->cut, analysis->cut);
  g_autofree char *rate = thrum_text_rate (thrum_analysis_get_rate (analysis, total));
  g_autofree char *bytes = thrum_text_size (
      analysis->seconds > 0 ? (double)total->answered_bytes / analysis->seconds : 0);
  g_autofree char *failures = thrum_text_count (total->n_failures);
  g_autofree char *ratio = thrum_text_percent (failure_ratio (total));

  g_string_append_printf (text, "%s%s%s\n", source->title,
                          info != NULL && info->state != NULL ? ": " : "",
                          info != NULL && info->state != NULL ? info->state : "");
  g_string_append_printf (text, "%s request%s in %s: %s", rows, total->n_rows == 1 ? "" : "s",
                          extent, rate);
  if (analysis->has_bytes)
    g_string_append_printf (text, ", %s/s", bytes);
  g_string_append_printf (text, "; %s failed (%s)\n", failures, ratio);
  append_asked (text, analysis);
  for (guint i = 0; i < source->notes->len; i++)
    g_string_append_printf (text, "note: %s\n", (char *)g_ptr_array_index (source->notes, i));
  if (info != NULL && info->level != NULL)
    {
      g_string_append_printf (text, "verdict of the run: %s\n", info->level);
      for (guint i = 0; info->reasons != NULL && info->reasons[i] != NULL; i++)
        g_string_append_printf (text, "  %s\n", info->reasons[i]);
    }
}

static void
append_findings (GString *text, const ThrumAnalysis *analysis)
{
  const ThrumFindings *findings = &analysis->findings;

  if (findings->apdex >= 0)
    {
      g_autofree char *width = thrum_text_width ((double)analysis->pass->apdex / analysis->units);
      g_string_append_printf (text, "Apdex (%s): %.3f\n", width, findings->apdex);
    }
  if (analysis->cut > 0)
    {
      g_autofree char *n = thrum_text_count (analysis->faults.n_cut);
      g_autofree char *cut = thrum_text_width (analysis->cut);
      g_string_append_printf (text, "%s requests of the first %s left out as warm-up\n", n, cut);
    }
  if (findings->warm_up > 0)
    {
      g_autofree char *warm_up = thrum_text_width (findings->warm_up);
      g_autofree char *mean = thrum_text_duration (findings->mean_without);
      g_string_append_printf (text,
                              "the first %s look like a warm-up (MSER-5): without them the mean is "
                              "%s; --skip-warm-up leaves them out\n",
                              warm_up, mean);
    }
}

/* The width of a column for the names of @summaries, two blanks before each. */
static guint
get_name_width (const GPtrArray *summaries, guint width)
{
  for (guint i = 0; i < summaries->len; i++)
    {
      const ThrumSummary *summary = g_ptr_array_index (summaries, i);
      width = MAX (width, (guint)g_utf8_strlen (summary->name, -1) + 2);
    }
  return MIN (width, MOST_NAME_WIDTH);
}

static void
append_summaries (GString *text, const ThrumAnalysis *analysis, guint width,
                  const GPtrArray *summaries)
{
  g_autofree const char **names = g_new (const char *, summaries->len + 1);

  for (guint i = 0; i < summaries->len; i++)
    names[i] = ((const ThrumSummary *)g_ptr_array_index (summaries, i))->name;
  g_auto (GStrv) labels = thrum_labels_new (names, summaries->len, width - 2);
  for (guint i = 0; i < summaries->len; i++)
    {
      const ThrumSummary *summary = g_ptr_array_index (summaries, i);
      g_autofree char *label = g_strconcat ("  ", labels[i], NULL);

      append_latency (text, analysis, width, label, summary->n_rows, failure_ratio (summary),
                      &summary->latency);
      append_parts (text, analysis, width, summary);
    }
}

char *
thrum_summary_table (const ThrumAnalysis *analysis, const ThrumSource *source)
{
  GString *text = g_string_new (NULL);
  const ThrumSummary *total = &analysis->total;
  guint width = get_name_width (analysis->journeys, NAME_WIDTH);

  if (analysis->requests->len > 1)
    width = get_name_width (analysis->requests, width);
  append_head (text, analysis, source);
  g_string_append_c (text, '\n');
  append_name (text, width, "", "response times in ms");
  append_cell (text, 13, "count");
  append_cell (text, 9, "failed");
  append_cell (text, 11, "mean");
  for (guint i = 0; i < THRUM_N_QUANTILES; i++)
    append_cell (text, 11, thrum_quantiles[i].name);
  append_cell (text, 11, "max");
  g_string_append_c (text, '\n');

  append_latency (text, analysis, width, "all", total->n_rows, failure_ratio (total),
                  &total->latency);
  if (total->latency.n > 0)
    append_bounds (text, width, analysis);
  append_parts (text, analysis, width, total);
  append_latency (text, analysis, width, "successes", total->n_rows - total->n_failures, -1,
                  &total->ok);
  if (analysis->has_service)
    append_latency (text, analysis, width, "service time", analysis->service.n, -1,
                    &analysis->service);
  append_run_times (text, width, source->info);
  if (analysis->requests->len > 1)
    append_summaries (text, analysis, width, analysis->requests);
  if (analysis->journeys->len > 0)
    {
      g_string_append (text, "journeys, which are made of requests and count in no sum of all\n");
      append_summaries (text, analysis, width, analysis->journeys);
    }
  g_string_append_c (text, '\n');
  append_occurrences (text, "failures", analysis->kinds);
  append_occurrences (text, "statuses", analysis->statuses);
  append_findings (text, analysis);
  return g_string_free (text, FALSE);
}
