/* SPDX-License-Identifier: MIT
 *
 * Writes the analysis for programs: summary.json. Main thread.
 */
#include <math.h>

#include "analyzer/write/json-writer.h"
#include "analyzer/judge/measures.h"
#include "analyzer/report/summary.h"

#define FORMAT 1

static guint
decimals (const ThrumAnalysis *analysis)
{
  return analysis->n_digits > 6 ? 9 : 6;
}

static void
write_latency (ThrumJson *json, const ThrumAnalysis *analysis, const char *name,
               const ThrumLatency *latency)
{
  thrum_json_open (json, name, '{');
  thrum_json_count (json, "count", latency->n);
  if (latency->n > 0)
    {
      thrum_json_number (json, "mean", latency->mean, decimals (analysis));
      thrum_json_number (json, "sd", latency->sd, decimals (analysis));
      thrum_json_number (json, "min", (double)latency->min / analysis->units, decimals (analysis));
      for (guint i = 0; i < THRUM_N_QUANTILES; i++)
        thrum_json_number (json, thrum_quantiles[i].name,
                           (double)latency->quantiles[i].value / analysis->units,
                           decimals (analysis));
      thrum_json_number (json, "max", (double)latency->max / analysis->units, decimals (analysis));
    }
  if (latency->is_incomplete)
    {
      thrum_json_open (json, "at_least", '[');
      thrum_json_string (json, NULL, "mean");
      for (guint i = 0; i < THRUM_N_QUANTILES; i++)
        if (latency->quantiles[i].at_least)
          thrum_json_string (json, NULL, thrum_quantiles[i].name);
      thrum_json_string (json, NULL, "max");
      thrum_json_close (json, ']');
    }
  thrum_json_close (json, '}');
}

static void
write_bracket (ThrumJson *json, const char *name, ThrumMeasured measured, guint n_decimals)
{
  thrum_json_open (json, name, '[');
  thrum_json_number (json, NULL, measured.bracket.least, n_decimals);
  thrum_json_number (json, NULL, measured.bracket.most, n_decimals);
  thrum_json_close (json, ']');
}

/* Between what the service's own numbers lie; null: nobody knows. */
static void
write_brackets (ThrumJson *json, const ThrumAnalysis *analysis, const ThrumSummary *summary)
{
  static const struct {
    const char *name;
    ThrumMeasuredKind kind;
  } others[] = { { "mean", THRUM_MEASURED_MEAN }, { "max", THRUM_MEASURED_MAX } };

  thrum_json_open (json, "brackets", '{');
  write_bracket (json, "throughput", thrum_measure (analysis, summary, THRUM_MEASURED_RATE, 0), 3);
  write_bracket (json, "failure_ratio",
                 thrum_measure (analysis, summary, THRUM_MEASURED_FAILURES, 0), 6);
  if (summary == &analysis->total)
    write_bracket (json, "dropped_ratio",
                   thrum_measure (analysis, summary, THRUM_MEASURED_DROPPED, 0), 6);
  for (guint i = 0; i < G_N_ELEMENTS (others) && summary->latency.n > 0; i++)
    write_bracket (json, others[i].name, thrum_measure (analysis, summary, others[i].kind, 0),
                   decimals (analysis));
  for (guint i = 0; i < THRUM_N_QUANTILES && summary->latency.n > 0; i++)
    write_bracket (json, thrum_quantiles[i].name,
                   thrum_measure (analysis, summary, THRUM_MEASURED_QUANTILE, analysis->asked[i]),
                   decimals (analysis));
  thrum_json_close (json, '}');
}

static void
write_counts (ThrumJson *json, const ThrumAnalysis *analysis, const ThrumSummary *summary)
{
  thrum_json_count (json, "count", summary->n_rows);
  thrum_json_count (json, "answered", summary->n_answered);
  thrum_json_count (json, "failures", summary->n_failures);
  thrum_json_number (
      json, "failure_ratio",
      summary->n_rows == 0 ? 0 : (double)summary->n_failures / (double)summary->n_rows, 6);
  thrum_json_number (json, "throughput", thrum_analysis_get_rate (analysis, summary), 3);
  if (analysis->has_bytes)
    thrum_json_count (json, "bytes", summary->n_bytes);
  thrum_json_number (json, "mean_all_rows", summary->mean_all_rows, decimals (analysis));
  write_latency (json, analysis, "response", &summary->latency);
  write_latency (json, analysis, "response_of_successes", &summary->ok);
  write_brackets (json, analysis, summary);
}

static void
write_bounds (ThrumJson *json, const char *name, const ThrumBounds *bounds, guint n_decimals)
{
  thrum_json_open (json, name, '[');
  thrum_json_number (json, NULL, bounds->has_low ? bounds->low : NAN, n_decimals);
  thrum_json_number (json, NULL, bounds->has_high ? bounds->high : NAN, n_decimals);
  thrum_json_close (json, ']');
}

static void
write_findings (ThrumJson *json, const ThrumAnalysis *analysis)
{
  const ThrumFindings *findings = &analysis->findings;

  thrum_json_open (json, "intervals_95", '{');
  thrum_json_count (json, "batches", findings->n_batches);
  write_bounds (json, "throughput", &findings->throughput, 3);
  write_bounds (json, "failure_ratio", &findings->failure_ratio, 6);
  write_bounds (json, "mean", &findings->mean, decimals (analysis));
  for (guint i = 0; i < THRUM_N_QUANTILES; i++)
    write_bounds (json, thrum_quantiles[i].name, &findings->quantiles[i], decimals (analysis));
  thrum_json_close (json, '}');
  thrum_json_open (json, "warm_up", '{');
  thrum_json_number (json, "left_out", analysis->cut, 6);
  thrum_json_count (json, "rows_left_out", analysis->faults.n_cut);
  thrum_json_number (json, "proposed", findings->warm_up, 6);
  if (findings->warm_up > 0)
    thrum_json_number (json, "mean_without", findings->mean_without, decimals (analysis));
  thrum_json_close (json, '}');
  if (findings->apdex >= 0)
    {
      thrum_json_open (json, "apdex", '{');
      thrum_json_number (json, "time", (double)analysis->pass->apdex / analysis->units, 6);
      thrum_json_number (json, "score", findings->apdex, 6);
      thrum_json_close (json, '}');
    }
}

static void
write_occurrences (ThrumJson *json, const char *name, const GPtrArray *occurrences)
{
  thrum_json_open (json, name, '{');
  for (guint i = 0; i < occurrences->len; i++)
    {
      const ThrumOccurrence *occurrence = g_ptr_array_index (occurrences, i);
      thrum_json_count (json, occurrence->name, occurrence->n);
    }
  thrum_json_close (json, '}');
}

static void
write_strings (ThrumJson *json, const char *name, const GPtrArray *strings)
{
  thrum_json_open (json, name, '[');
  for (guint i = 0; i < strings->len; i++)
    thrum_json_string (json, NULL, g_ptr_array_index (strings, i));
  thrum_json_close (json, ']');
}

static void
write_run (ThrumJson *json, const ThrumRunInfo *info)
{
  thrum_json_open (json, "run", '{');
  thrum_json_string (json, "name", info->name);
  thrum_json_string (json, "state", info->state);
  thrum_json_string (json, "verdict", info->level);
  thrum_json_open (json, "reasons", '[');
  for (guint i = 0; info->reasons != NULL && info->reasons[i] != NULL; i++)
    thrum_json_string (json, NULL, info->reasons[i]);
  thrum_json_close (json, ']');
  if (info->is_open && info->seconds > 0)
    {
      thrum_json_count (json, "offered", (guint64)MAX (info->offered, 0));
      thrum_json_count (json, "dropped", (guint64)MAX (info->dropped, 0));
      thrum_json_number (json, "asked_rate", thrum_run_info_get_asked (info), 3);
    }
  for (guint i = 0; i < THRUM_RUN_N_TIMES; i++)
    {
      if (info->times[i].n == 0)
        continue;
      thrum_json_open (json, thrum_run_times[i].key, '{');
      thrum_json_count (json, "count", info->times[i].n);
      for (guint j = 0; j < THRUM_RUN_N_FIGURES; j++)
        thrum_json_number (json, thrum_run_figures[j], info->times[i].figures[j], 9);
      thrum_json_close (json, '}');
    }
  thrum_json_close (json, '}');
}

static void
write_summaries (ThrumJson *json, const ThrumAnalysis *analysis, const char *name,
                 const GPtrArray *summaries)
{
  thrum_json_open (json, name, '{');
  for (guint i = 0; i < summaries->len; i++)
    {
      const ThrumSummary *summary = g_ptr_array_index (summaries, i);

      thrum_json_open (json, summary->name, '{');
      write_counts (json, analysis, summary);
      thrum_json_close (json, '}');
    }
  thrum_json_close (json, '}');
}

char *
thrum_summary_to_json (const ThrumAnalysis *analysis, const ThrumSource *source)
{
  ThrumJson json;

  thrum_json_init (&json);
  thrum_json_open (&json, NULL, '{');
  thrum_json_count (&json, "format", FORMAT);
  thrum_json_string (&json, "title", source->title);
  if (source->info != NULL)
    write_run (&json, source->info);
  write_strings (&json, "notes", source->notes);
  thrum_json_number (&json, "duration", analysis->extent, decimals (analysis));
  thrum_json_number (&json, "seconds", analysis->seconds, decimals (analysis));
  thrum_json_number (&json, "interval", (double)analysis->interval_width / analysis->units, 6);
  thrum_json_count (&json, "intervals",
                    analysis->n_intervals - thrum_analysis_get_first (analysis));
  thrum_json_count (&json, "lines", analysis->faults.n_lines);
  thrum_json_count (&json, "malformed", analysis->faults.n_malformed);
  write_strings (&json, "complaints", analysis->faults.complaints);
  write_strings (&json, "torn", analysis->faults.torn);

  thrum_json_open (&json, "total", '{');
  write_counts (&json, analysis, &analysis->total);
  if (analysis->has_service)
    write_latency (&json, analysis, "service", &analysis->service);
  thrum_json_close (&json, '}');

  write_findings (&json, analysis);

  write_summaries (&json, analysis, "requests", analysis->requests);
  if (analysis->journeys->len > 0)
    write_summaries (&json, analysis, "journeys", analysis->journeys);
  write_occurrences (&json, "failures_by_kind", analysis->kinds);
  write_occurrences (&json, "statuses", analysis->statuses);
  thrum_json_close (&json, '}');
  return thrum_json_finish (&json);
}
