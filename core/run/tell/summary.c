/* SPDX-License-Identifier: MIT
 *
 * Writes a run as text for people, which `thrum run` prints last on standard output. Reads a
 * finished run; main thread.
 */
#include "base/format.h"
#include "run/tell/summary-latencies.h"
#include "base/units.h"

#define LABEL_WIDTH 13

static void
add_share (GString *text, const gchar *label, guint64 count, guint64 of)
{
  g_autofree gchar *n = thrum_format_count (count);
  g_string_append_printf (text, "  %-*s %11s %8.2f %%", LABEL_WIDTH, label, n,
                          of > 0 ? 100.0 * (gdouble)count / (gdouble)of : 0.0);
}

static void
add_failures (GString *text, const ThrumRun *run, const ThrumOutcome *all, guint64 sent)
{
  guint64 failures = thrum_outcome_get_failures (all) + run->lost;
  const gchar *separator = "   ";

  add_share (text, "failed", failures, sent);
  for (guint i = 1; i < THRUM_N_FAILURES; i++)
    if (all->failures[i] > 0)
      {
        g_autofree gchar *n = thrum_format_count (all->failures[i]);
        g_string_append_printf (text, "%s%s %s", separator, thrum_failure_token (i), n);
        separator = ", ";
      }
  if (run->lost > 0)
    g_string_append_printf (text, "%slost %" G_GUINT64_FORMAT, separator, run->lost);
  g_string_append_c (text, '\n');
}

static void
add_status (GString *text, const gchar **separator, gint status, guint64 count)
{
  g_autofree gchar *n = thrum_format_count (count);

  if (status == 0)
    g_string_append_printf (text, "%snone: %s", *separator, n);
  else
    g_string_append_printf (text, "%s%d: %s", *separator, status, n);
  *separator = "   ";
}

static void
add_statuses (GString *text, const ThrumOutcome *all)
{
  const gchar *separator = " ";
  guint64 rest;
  g_autoptr (GArray) counts = thrum_outcome_get_statuses (all, THRUM_MOST_STATUSES, &rest);

  g_string_append_printf (text, "  %-*s", LABEL_WIDTH, "status");
  for (guint i = 0; i < counts->len; i++)
    {
      const ThrumStatusCount *one = &g_array_index (counts, ThrumStatusCount, i);

      add_status (text, &separator, one->status, one->count);
    }
  if (rest > 0)
    {
      g_autofree gchar *n = thrum_format_count (rest);

      g_string_append_printf (text, "%sother: %s", separator, n);
    }
  g_string_append_c (text, '\n');
}

static void
add_count_line (GString *text, const gchar *label, guint64 count, const gchar *meaning)
{
  g_autofree gchar *n = thrum_format_count (count);

  if (count > 0)
    g_string_append_printf (text, "  %-*s %11s   %s\n", LABEL_WIDTH, label, n, meaning);
}

/* Why requests failed, below how many did. */
static void
add_reasons (GString *text, const ThrumReasonList *reasons)
{
  for (guint i = 0; i < reasons->told->len; i++)
    {
      const ThrumToldReason *told = &g_array_index (reasons->told, ThrumToldReason, i);
      g_autofree gchar *n = thrum_format_count (told->count);
      g_autofree gchar *line =
          g_strdup_printf ("%s %s: %s", thrum_failure_token (told->failure), n, told->text);

      thrum_format_append_paragraph (text, line, "    - ", "      ", THRUM_SUMMARY_WIDTH);
    }
  if (reasons->n_others > 0)
    g_string_append_printf (text, "    - %" G_GUINT64_FORMAT " for other reasons\n",
                            reasons->n_others);
}

/* Connections, and what became of their TLS. That there was none is told where nothing was answered. */
static void
add_connections (GString *text, const ThrumRun *run, const ThrumOutcome *all)
{
  const ThrumLaneCounters *sum = &run->counters.sum;
  g_autofree gchar *handshakes = g_strdup_printf (
      "of TLS: %" G_GUINT64_FORMAT " full, %" G_GUINT64_FORMAT " resumed",
      sum->handshakes - MIN (sum->resumed_handshakes, sum->handshakes), sum->resumed_handshakes);

  if (sum->connections == 0 && all->rows > 0 && all->ok == 0 && all->statuses[0] == all->rows)
    g_string_append_printf (text, "  %-*s %11s   %s\n", LABEL_WIDTH, "connections", "0",
                            thrum_config_is_codec (run->config)
                                ? "no connection ever stood"
                                : "no connection ever stood, as far as the plugin tells");
  add_count_line (text, "connections", sum->connections, "opened");
  add_count_line (text, "handshakes", sum->handshakes, handshakes);
  add_count_line (text, "reconnects", sum->reconnects, "in place of one that had ended");
}

static void
add_bytes (GString *text, const gchar *label, gdouble per_second, const gchar *meaning)
{
  g_autofree gchar *bytes = thrum_format_bytes (per_second);
  g_autofree gchar *rate = g_strconcat (bytes, "/s", NULL);

  if (per_second > 0)
    g_string_append_printf (text, "  %-*s %11s %10s   %s\n", LABEL_WIDTH, label, "", rate, meaning);
}

/* The one rate of a run. */
static gdouble
get_rate (const ThrumRun *run)
{
  ThrumShortfall shortfall = thrum_run_get_shortfall (run, -1);

  return thrum_shortfall_get_rate (&shortfall, run->all, thrum_run_get_measured_seconds (run))
      .least;
}

static void
add_counts (GString *text, const ThrumRun *run, const ThrumOutcome *all)
{
  const ThrumLaneCounters *sum = &run->counters.sum;
  guint64 sent = all->rows + run->lost;
  gdouble measured = thrum_run_get_measured_seconds (run), seconds = measured > 0 ? measured : 1;
  g_autofree gchar *n = thrum_format_count (sent);
  g_autofree gchar *rate = thrum_format_rate (get_rate (run));

  g_string_append_printf (text, "  %-*s %11s %10s   %s\n", LABEL_WIDTH, "requests", n, rate,
                          "answered while it ran");
  add_bytes (text, "received", (gdouble)all->answered_bytes / seconds, "payload of these");
  /* An event loop sees whole requests, a blocking plugin tells of their payload. */
  add_bytes (text, "sent", (gdouble)all->asked_bytes / seconds,
             thrum_config_is_codec (run->config) ? "these as encoded, heads and all"
                                                 : "payload of these");
  add_share (text, "succeeded", all->ok, sent);
  g_string_append_c (text, '\n');
  add_failures (text, run, all, sent);
  add_reasons (text, run->reasons);
  add_statuses (text, all);
  add_count_line (text, "warm-up", all->warm_up, "recorded, left out of what stands here");
  add_count_line (text, "dropped", sum->dropped,
                  run->config->load.overload == THRUM_OVERLOAD_QUEUE
                      ? "arrivals that still waited for a slot at the end: never sent"
                      : "arrivals that found no free slot: never sent; see the verdict");
  add_connections (text, run, all);
  add_count_line (text, "resent", sum->resent, "sent again unasked, on a connection found dead");
  add_count_line (text, "redirects", sum->redirects, "followed");
  add_count_line (text, "pauses", sum->pauses, "waited for room to record: results.csv was slow");
  add_count_line (text, "regex limits", sum->regex_limits,
                  "expect-body gave up backtracking: counted as no match");
}

static const gchar *
get_level_color (ThrumVerdictLevel level)
{
  return level == THRUM_VERDICT_INVALID    ? "\033[31m"
         : level == THRUM_VERDICT_DEGRADED ? "\033[33m"
         : level == THRUM_VERDICT_VALID    ? "\033[32m"
                                           : "\033[0m";
}

/* The verdict, and a paragraph for each reason; what is known of the generator where there is
 * none. */
static void
add_verdict (GString *text, const ThrumRun *run, gboolean color)
{
  const ThrumVerdict *verdict = run->verdict;

  if (verdict == NULL)
    return;
  g_string_append_printf (text, "\n  %-*s %s%s%s%s\n", LABEL_WIDTH, "verdict",
                          color ? get_level_color (verdict->level) : "",
                          thrum_verdict_level_name (verdict->level), color ? "\033[0m" : "",
                          verdict->level == THRUM_VERDICT_INVALID
                                  && run->config->load.on_invalid == THRUM_ON_INVALID_WARN
                              ? " (on-invalid = warn)"
                              : "");
  for (guint i = 0; i < verdict->reasons->len; i++)
    {
      const ThrumVerdictReason *reason = verdict->reasons->pdata[i];

      thrum_format_append_paragraph (text, reason->text, "    - ", "      ", THRUM_SUMMARY_WIDTH);
    }
}

static void
add_thresholds (GString *text, const ThrumRun *run, gboolean color)
{
  static const gchar *const words[] = { "passed", "FAILED", "UNDECIDED" };
  static const gchar *const colors[] = { "\033[32m", "\033[31m", "\033[33m" };
  gboolean has_undecided = FALSE;

  if (run->thresholds == NULL || run->thresholds->len == 0)
    return;
  g_string_append (text, "\n  thresholds\n");
  for (guint i = 0; i < run->thresholds->len; i++)
    {
      const ThrumThresholdResult *result =
          &g_array_index (run->thresholds, ThrumThresholdResult, i);
      g_autofree gchar *measured = thrum_threshold_format_measured (result);
      g_autofree gchar *what = thrum_threshold_describe (result->threshold, run->config);

      g_string_append_printf (text, "    %-*s %18s   %s%s%s\n", LABEL_WIDTH + 18, what, measured,
                              color ? colors[result->judgement] : "", words[result->judgement],
                              color ? "\033[0m" : "");
      has_undecided |= result->judgement == THRUM_JUDGEMENT_UNDECIDED;
    }
  if (has_undecided)
    thrum_format_append_paragraph (
        text,
        "undecided: within what thrum did itself nobody can say whether the "
        "service kept the limit; see the verdict",
        "    ", "    ", THRUM_SUMMARY_WIDTH);
}

static void
add_abort (GString *text, const ThrumRun *run, gboolean color)
{
  g_autofree gchar *what = NULL, *measured = NULL, *after = NULL;

  if (run->aborted_by.threshold == NULL)
    return;
  what = thrum_threshold_describe (run->aborted_by.threshold, run->config);
  measured = thrum_threshold_format_measured (&run->aborted_by);
  after = thrum_format_duration (run->aborted_by.threshold->abort_after_ns);
  g_string_append_printf (text,
                          "\n  %saborted%s at %.1f s: %s was breached for %s; it was %s in the "
                          "last second\n",
                          color ? "\033[31m" : "", color ? "\033[0m" : "",
                          (gdouble)run->aborted_at / 1e9, what, after, measured);
}

static void
add_no_success (GString *text, const ThrumRun *run, gboolean color)
{
  if (thrum_run_has_no_success (run))
    g_string_append_printf (text, "\n  %sFAILED%s: " THRUM_RUN_NO_SUCCESS "\n",
                            color ? "\033[31m" : "", color ? "\033[0m" : "");
}

/* Open model: the mean rate that was asked for, what was answered of it, and what was dropped; after the
 * warm-up. */
static void
add_rates (GString *text, const ThrumRun *run)
{
  const ThrumLoad *load = &run->config->load;
  ThrumShortfall shortfall = thrum_run_get_shortfall (run, -1);
  gdouble share = thrum_shortfall_get_dropped (&shortfall, run->all).most;
  g_autofree gchar *asked = thrum_format_rate (thrum_run_get_asked (run));
  g_autofree gchar *answered = thrum_format_rate (get_rate (run));
  g_autofree gchar *dropped = thrum_format_count (shortfall.dropped);

  if (!load->is_open)
    return;
  g_string_append_printf (text, "  asked %s, answered %s, ", asked, answered);
  if (shortfall.dropped == 0)
    g_string_append (text, "none dropped\n");
  else
    g_string_append_printf (text, "dropped %s (%.3g %%)\n", dropped, 100 * share);
}

static void
add_head (GString *text, const ThrumRun *run)
{
  const ThrumConfig *config = run->config;
  const ThrumLoad *load = &config->load;
  g_autofree gchar *ramp_up = thrum_format_duration (load->ramp_up_ns);
  static const gchar *const states[] = { "", "", ", interrupted", ", INCOMPLETE", ", aborted" };

  g_string_append_printf (text, "\n%s: %.1f s%s, %u %s", config->name, run->seconds,
                          states[run->state], load->processes,
                          load->processes == 1 ? "process" : "processes");
  if (!load->is_open)
    g_string_append_printf (text, ", %u %s", load->users, load->users == 1 ? "user" : "users");
  else if (load->stages == NULL)
    g_string_append_printf (text, ", %.9g/s", load->rate);
  if (load->ramp_up_ns > 0)
    g_string_append_printf (text, ", ramp-up %s", ramp_up);
  g_string_append_c (text, '\n');
  add_rates (text, run);
  g_string_append_c (text, '\n');
}

gchar *
thrum_run_to_text (const ThrumRun *run, gboolean color)
{
  GString *text = g_string_new (NULL);

  add_head (text, run);
  add_counts (text, run, run->all);
  thrum_summary_add_latencies (text, run);
  add_verdict (text, run, color);
  add_thresholds (text, run, color);
  add_no_success (text, run, color);
  add_abort (text, run, color);
  for (guint i = 0; i < run->problems->len; i++)
    g_string_append_printf (text, "%s%sproblem:%s %s\n", i == 0 ? "\n" : "",
                            color ? "\033[31m" : "", color ? "\033[0m" : "",
                            (gchar *)run->problems->pdata[i]);
  g_string_append_printf (text, "\n  %s\n", run->folder->path);
  return g_string_free (text, FALSE);
}
