/* SPDX-License-Identifier: MIT
 *
 * Writes the numbers of a report's page: tiles, all requests with their intervals and thrum's part,
 * and each request. Main thread.
 */
#include <math.h>

#include "analyzer/report/html-numbers.h"
#include "analyzer/judge/measures.h"
#include "analyzer/report/page.h"
#include "analyzer/write/text.h"

static void
append_tile (GString *html, const char *name, const char *value, gboolean bad)
{
  g_string_append_printf (html, "<div%s><dt>%s</dt><dd>%s</dd></div>\n",
                          bad ? " class=\"bad\"" : "", name, value);
}

static char *
describe_time (double seconds, gboolean at_least)
{
  g_autofree char *text = thrum_text_duration (seconds);

  return g_strconcat (at_least ? "&ge;&nbsp;" : "", text, NULL);
}

/* Returns how much of a time is thrum's doing, as a line of its own where that is worth a word. */
static char *
describe_part (const ThrumAnalysis *analysis, ThrumBracket bracket)
{
  if (!thrum_measure_tells_part (analysis) || !thrum_bracket_is_worth_a_word (bracket))
    return g_strdup ("");
  if (isinf (bracket.most))
    return g_strdup ("<small>thrum&rsquo;s part unknown</small>");
  g_autofree char *part = thrum_text_duration (thrum_bracket_get_part (bracket));
  return g_strdup_printf ("<small>thrum&rsquo;s part &le;&nbsp;%s</small>", part);
}

static double
get_failure_ratio (const ThrumSummary *summary)
{
  return summary->n_rows == 0 ? 0 : (double)summary->n_failures / (double)summary->n_rows;
}

/* What the schedule asked for, what came of it, and what was dropped; the last alone without a rate. */
static void
append_rate_tiles (GString *html, const ThrumAnalysis *analysis)
{
  const ThrumRunInfo *info = analysis->info;
  double asked = info != NULL ? thrum_run_info_get_asked (info) : 0;
  g_autofree char *rate = thrum_text_rate (thrum_analysis_get_rate (analysis, &analysis->total));

  if (asked <= 0)
    {
      append_tile (html, "answered", rate, FALSE);
      return;
    }
  g_autofree char *asked_text = thrum_text_rate (asked);
  double share = thrum_measure (analysis, &analysis->total, THRUM_MEASURED_DROPPED, 0).value;
  g_autofree char *dropped = thrum_text_percent (share);
  append_tile (html, "asked", asked_text, FALSE);
  append_tile (html, "answered", rate, share > 0);
  append_tile (html, "dropped", dropped, share > 0);
}

void
thrum_html_append_tiles (GString *html, const ThrumAnalysis *analysis)
{
  const ThrumSummary *total = &analysis->total;
  const ThrumLatency *latency = &total->latency;
  static const guint shown[] = { THRUM_QUANTILE_P50, THRUM_QUANTILE_P95, THRUM_QUANTILE_P99 };
  g_autofree char *n = thrum_text_count (total->n_rows);
  g_autofree char *seconds = thrum_text_duration (analysis->seconds);
  g_autofree char *cut = thrum_text_width (analysis->cut);
  g_autofree char *time =
      analysis->cut > 0 ? g_strdup_printf ("time without the first %s", cut) : g_strdup ("time");
  g_autofree char *failed = thrum_text_percent (get_failure_ratio (total));

  g_string_append (html, "<dl class=\"tiles\">\n");
  append_tile (html, "requests", n, FALSE);
  append_tile (html, time, seconds, FALSE);
  append_rate_tiles (html, analysis);
  append_tile (html, "failed", failed, total->n_failures > 0);
  for (guint i = 0; i < G_N_ELEMENTS (shown) && latency->n > 0; i++)
    {
      const ThrumQuantile *quantile = &latency->quantiles[shown[i]];
      ThrumBracket bracket = total->brackets.quantiles[shown[i]];
      g_autofree char *value =
          describe_time ((double)quantile->value / analysis->units, quantile->at_least);
      g_autofree char *part = describe_part (analysis, bracket);
      g_autofree char *text = g_strconcat (value, part, NULL);
      append_tile (html, thrum_quantiles[shown[i]].name, text, FALSE);
    }
  if (latency->n > 0)
    {
      g_autofree char *max =
          describe_time ((double)latency->max / analysis->units, latency->is_incomplete);
      append_tile (html, "max", max, FALSE);
    }
  g_string_append (html, "</dl>\n");
}

/* ---- All in one, with intervals ------------------------------------------------------------ */

typedef char *(*DescribeFunc) (double value);

static char *
describe_duration (double seconds)
{
  return thrum_text_duration (seconds);
}

/* A measure, its value, its interval and its bracket; @bounds NULL: it has no interval; @no_high: why
 * there is no upper bound, if there is none; @bracket NULL: no part of thrum's is known. */
static void
append_measure (GString *html, const char *name, const char *value, const ThrumBounds *bounds,
                const char *no_high, const ThrumBracket *bracket, DescribeFunc describe)
{
  g_autofree char *low =
      bounds != NULL && bounds->has_low ? describe (bounds->low) : g_strdup ("too few");
  g_autofree char *high =
      bounds != NULL && bounds->has_high ? describe (bounds->high) : g_strdup (no_high);

  thrum_page_append_name_cell (html, name);
  thrum_page_append_labelled_cell (html, "measured", value);
  thrum_page_append_labelled_cell (html, bounds != NULL ? "95% from" : "",
                                   bounds != NULL ? low : "");
  thrum_page_append_labelled_cell (html, bounds != NULL ? "to" : "", bounds != NULL ? high : "");

  if (bracket != NULL)
    {
      double part = thrum_bracket_get_part (*bracket);
      g_autofree char *text = isinf (bracket->least) ? g_strdup ("")
                              : isinf (part)         ? g_strdup ("unknown")
                                                     : describe (part);
      thrum_page_append_labelled_cell (html, *text != '\0' ? "thrum&rsquo;s part" : "", text);
    }
  g_string_append (html, "</tr>\n");
}

static gboolean
has_unknown (const ThrumAnalysis *analysis)
{
  gboolean unknown = analysis->total.latency.is_incomplete;

  for (guint i = 0; i < THRUM_N_QUANTILES; i++)
    unknown |= analysis->findings.high_unknown[i];
  return unknown;
}

static gboolean
has_too_few (const ThrumFindings *findings)
{
  gboolean too_few = !findings->mean.has_low || !findings->throughput.has_low;

  for (guint i = 0; i < THRUM_N_QUANTILES; i++)
    too_few |= !findings->quantiles[i].has_low
               || (!findings->quantiles[i].has_high && !findings->high_unknown[i]);
  return too_few;
}

void
thrum_html_append_overall (GString *html, const ThrumAnalysis *analysis)
{
  const ThrumSummary *total = &analysis->total;
  const ThrumFindings *findings = &analysis->findings;
  const ThrumTimeBrackets *brackets = &total->brackets;
  g_autofree char *rate = thrum_text_rate (thrum_analysis_get_rate (analysis, total));
  g_autofree char *failed = thrum_text_percent (get_failure_ratio (total));
  ThrumBracket of_rate = thrum_measure (analysis, total, THRUM_MEASURED_RATE, 0).bracket;
  ThrumBracket of_failures = thrum_measure (analysis, total, THRUM_MEASURED_FAILURES, 0).bracket;
  gboolean tells_part = thrum_measure_tells_part (analysis);

  if (total->n_rows == 0)
    return;
  g_string_append_printf (
      html,
      "<h2>All requests</h2>\n<div class=\"scroll\"><table class=\"small cards four\">\n"
      "<thead><tr><th></th><th>measured</th><th>95%% "
      "from</th><th>to</th>%s</tr></thead>\n<tbody>\n",
      tells_part ? "<th>thrum&rsquo;s part, at most</th>" : "");
  append_measure (html, "answered", rate, &findings->throughput, "too few",
                  tells_part ? &of_rate : NULL, thrum_text_rate);
  append_measure (html, "failed", failed, &findings->failure_ratio, "too few",
                  tells_part ? &of_failures : NULL, thrum_text_percent);
  if (total->latency.n > 0)
    {
      g_autofree char *mean = describe_time (total->latency.mean, total->latency.is_incomplete);
      append_measure (html, "mean", mean, &findings->mean,
                      total->latency.is_incomplete ? "unknown" : "too few",
                      tells_part ? &brackets->mean : NULL, describe_duration);
    }
  for (guint i = 0; i < THRUM_N_QUANTILES && total->latency.n > 0; i++)
    {
      const ThrumQuantile *quantile = &total->latency.quantiles[i];
      g_autofree char *value =
          describe_time ((double)quantile->value / analysis->units, quantile->at_least);
      append_measure (html, thrum_quantiles[i].name, value, &findings->quantiles[i],
                      findings->high_unknown[i] ? "unknown" : "too few",
                      tells_part ? &brackets->quantiles[i] : NULL, describe_duration);
    }
  if (total->latency.n > 0)
    {
      g_autofree char *max = describe_time ((double)total->latency.max / analysis->units,
                                            total->latency.is_incomplete);
      append_measure (html, "max", max, NULL, "", tells_part ? &brackets->max : NULL,
                      describe_duration);
    }
  g_string_append (html,
                   "</tbody></table></div>\n<p class=\"soft\">Percentiles are exact order "
                   "statistics, of rank &lceil;n&thinsp;q&rceil;. The interval holds, 95 times in "
                   "100, what a test without end would have found; requests depend on one "
                   "another, so stretches of time count for it, too.</p>\n");
  if (tells_part)
    g_string_append (
        html,
        "<p class=\"soft\">Thrum&rsquo;s part is how far the number may be thrum&rsquo;s own "
        "doing: the service&rsquo;s lies between it and the same of response times less the lag "
        "with which thrum sent each request, and what was not sent for lack of thrum counts as "
        "any time.</p>\n");
  if (has_too_few (findings))
    g_string_append (html, "<p class=\"soft\">too few: there are too few requests, or too short a "
                           "time, for a bound on that side.</p>\n");
  if (has_unknown (analysis))
    g_string_append (html,
                     "<p class=\"soft\">unknown: nobody waited to see how long the requests "
                     "that timed out, were unfinished, dropped or lost would have taken.</p>\n");
}

void
thrum_html_append_findings (GString *html, const ThrumAnalysis *analysis)
{
  const ThrumFindings *findings = &analysis->findings;

  if (findings->apdex >= 0)
    {
      g_autofree char *time = thrum_text_width ((double)analysis->pass->apdex / analysis->units);
      g_autofree char *four =
          thrum_text_width (4 * (double)analysis->pass->apdex / analysis->units);
      g_string_append_printf (html,
                              "<p><strong>Apdex %.3f</strong> for %s: successes within %s count "
                              "whole, those within %s half, of all requests.</p>\n",
                              findings->apdex, time, time, four);
    }
  if (analysis->cut > 0)
    {
      g_autofree char *n = thrum_text_count (analysis->faults.n_cut);
      g_autofree char *cut = thrum_text_width (analysis->cut);
      g_string_append_printf (html, "<p>%s requests of the first %s are left out as warm-up.</p>\n",
                              n, cut);
    }
  if (findings->warm_up > 0)
    {
      g_autofree char *warm_up = thrum_text_width (findings->warm_up);
      g_autofree char *mean = thrum_text_duration (analysis->total.latency.mean);
      g_autofree char *without = thrum_text_duration (findings->mean_without);
      g_string_append_printf (html,
                              "<p class=\"warn\">The first %s look like a warm-up (MSER-5). They "
                              "are counted; without them the mean would be %s, not %s. "
                              "<code>--skip-warm-up</code> leaves them out.</p>\n",
                              warm_up, without, mean);
    }
}

/* ---- Request by request -------------------------------------------------------------------- */

static void
append_time_cell (GString *html, const ThrumAnalysis *analysis, const char *label, double seconds,
                  gboolean at_least, const ThrumBracket *bracket)
{
  g_autofree char *value = describe_time (seconds, at_least);
  g_autofree char *part = bracket != NULL ? describe_part (analysis, *bracket) : g_strdup ("");
  g_autofree char *text = g_strconcat (value, part, NULL);

  thrum_page_append_labelled_cell (html, label, text);
}

/* @brackets (nullable): it has none. */
static void
append_row (GString *html, const ThrumAnalysis *analysis, const char *name, guint64 n,
            double failed, const ThrumLatency *latency, const ThrumTimeBrackets *brackets)
{
  g_autofree char *count = thrum_text_count (n);
  g_autofree char *ratio = failed < 0 ? g_strdup ("") : thrum_text_percent (failed);

  thrum_page_append_name_cell (html, name);
  thrum_page_append_labelled_cell (html, "count", count);
  thrum_page_append_labelled_cell (html, failed < 0 ? "" : "failed", ratio);
  if (latency->n == 0)
    {
      g_string_append_printf (html, "<td colspan=\"%d\" class=\"none\">no replies</td></tr>\n",
                              THRUM_N_QUANTILES + 2);
      return;
    }
  append_time_cell (html, analysis, "mean", latency->mean, latency->is_incomplete,
                    brackets != NULL ? &brackets->mean : NULL);
  for (guint i = 0; i < THRUM_N_QUANTILES; i++)
    append_time_cell (html, analysis, thrum_quantiles[i].name,
                      (double)latency->quantiles[i].value / analysis->units,
                      latency->quantiles[i].at_least,
                      brackets != NULL ? &brackets->quantiles[i] : NULL);
  append_time_cell (html, analysis, "max", (double)latency->max / analysis->units,
                    latency->is_incomplete, brackets != NULL ? &brackets->max : NULL);
  g_string_append (html, "</tr>\n");
}

/* FALSE: the run tells nothing of them. */
static gboolean
append_run_times (GString *html, const ThrumRunInfo *info)
{
  gboolean any = FALSE;

  for (guint i = 0; info != NULL && i < THRUM_RUN_N_TIMES; i++)
    {
      const ThrumRunTimes *times = &info->times[i];
      g_autofree char *count = thrum_text_count (times->n);

      if (times->n == 0)
        continue;
      any = TRUE;
      thrum_page_append_name_cell (html, thrum_run_times[i].name);
      thrum_page_append_labelled_cell (html, "count", count);
      thrum_page_append_labelled_cell (html, "", "");
      for (guint j = 0; j < THRUM_RUN_N_FIGURES; j++)
        {
          g_autofree char *value = describe_time (times->figures[j], FALSE);
          thrum_page_append_labelled_cell (html, thrum_run_figures[j], value);
        }
      g_string_append (html, "</tr>\n");
    }
  return any;
}

void
thrum_html_append_table (GString *html, const ThrumAnalysis *analysis)
{
  G_STATIC_ASSERT (THRUM_RUN_N_FIGURES == THRUM_N_QUANTILES + 2); /* the same columns */

  const ThrumSummary *total = &analysis->total;
  gboolean has_run_times;

  g_string_append (html,
                   "<h2>Response times</h2>\n<div class=\"scroll\"><table class=\"wide cards\">\n"
                   "<thead><tr><th></th><th>count</th><th>failed</th><th>mean</th>");
  for (guint i = 0; i < THRUM_N_QUANTILES; i++)
    g_string_append_printf (html, "<th>%s</th>", thrum_quantiles[i].name);
  g_string_append (html, "<th>max</th></tr></thead>\n<tbody>\n");
  append_row (html, analysis, "all", total->n_rows, get_failure_ratio (total), &total->latency,
              &total->brackets);
  append_row (html, analysis, "successes", total->n_rows - total->n_failures, -1, &total->ok, NULL);
  if (analysis->has_service)
    append_row (html, analysis, "service time", analysis->service.n, -1, &analysis->service, NULL);
  has_run_times = append_run_times (html, analysis->info);
  for (guint i = 0; i < analysis->requests->len && analysis->requests->len > 1; i++)
    {
      const ThrumSummary *request = g_ptr_array_index (analysis->requests, i);
      append_row (html, analysis, *request->name != '\0' ? request->name : "(no name)",
                  request->n_rows, get_failure_ratio (request), &request->latency,
                  &request->brackets);
    }
  for (guint i = 0; i < analysis->journeys->len; i++)
    {
      const ThrumSummary *journey = g_ptr_array_index (analysis->journeys, i);
      g_autofree char *name = g_strconcat ("journey: ", journey->name, NULL);
      append_row (html, analysis, name, journey->n_rows, get_failure_ratio (journey),
                  &journey->latency, &journey->brackets);
    }
  g_string_append (html, "</tbody></table></div>\n");
  if (has_run_times)
    g_string_append (html,
                     "<p class=\"soft\">A request waits for a slot, all of which wait for "
                     "replies: the service&rsquo;s doing; lag is how much later thrum sent it "
                     "than it could, client delay how much later it read the reply: its own "
                     "doing. These are the run&rsquo;s own figures, within 0.4%.</p>\n");
  if (analysis->journeys->len > 0)
    g_string_append (html, "<p class=\"soft\">A journey is made of requests, which have rows of "
                           "their own: it counts in no sum of all.</p>\n");
  if (total->latency.n < total->n_rows)
    g_string_append (html, "<p class=\"soft\">What never connected is a failure, not a latency: it "
                           "counts on the left only.</p>\n");
  if (total->latency.is_incomplete)
    g_string_append (html, "<p class=\"soft\">&ge;: requests that timed out or were unfinished "
                           "count with the time waited, and those that were dropped or lost not at "
                           "all, so that the true value is no less.</p>\n");
}
