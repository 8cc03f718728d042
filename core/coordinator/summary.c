/* SPDX-License-Identifier: MIT
 *
 * A run as text for people: what ends `thrum run` on standard output. Reads a finished run; main
 * thread.
 */
#include "coordinator/run.h"

#include <math.h>
#include <string.h>

#include "config/units.h"
#include "coordinator/format.h"

#define LABEL_WIDTH 13
/* Of the latency table, which with names of 12 letters fills 80 columns. */
#define NAME_WIDTH 12

static const struct {
  const gchar *name;
  gdouble q;
} quantiles[] = {
  { "p50", 0.5 }, { "p90", 0.9 }, { "p95", 0.95 }, { "p99", 0.99 }, { "p99.9", 0.999 }
};

static void
add_table_head (GString *text)
{
  g_string_append_printf (text, "\n  %-*s %9s %7s", NAME_WIDTH, "", "count", "mean");
  for (gsize i = 0; i < G_N_ELEMENTS (quantiles); i++)
    g_string_append_printf (text, " %7s", quantiles[i].name);
  g_string_append_printf (text, " %7s\n", "max");
}

static void
add_histogram (GString *text, const gchar *label, const ThrumHistogram *histogram)
{
  guint64 count = thrum_histogram_get_count (histogram);
  g_autofree gchar *n = thrum_format_count (count);

  /* A long name has a line of its own, so that the columns stand still. */
  if (strlen (label) > NAME_WIDTH)
    {
      g_string_append_printf (text, "  %s\n", label);
      label = "";
    }
  g_string_append_printf (text, "  %-*s %9s", NAME_WIDTH, label, n);
  if (count > 0)
    {
      g_autofree gchar *mean = thrum_format_time ((gint64)thrum_histogram_get_mean (histogram));
      g_autofree gchar *max = thrum_format_time (thrum_histogram_get_max (histogram));

      g_string_append_printf (text, " %7s", mean);
      for (gsize i = 0; i < G_N_ELEMENTS (quantiles); i++)
        {
          g_autofree gchar *value =
              thrum_format_time (thrum_histogram_get_quantile (histogram, quantiles[i].q));
          g_string_append_printf (text, " %7s", value);
        }
      g_string_append_printf (text, " %7s", max);
    }
  g_string_append_c (text, '\n');
}

static void
add_latencies (GString *text, const ThrumRun *run, const ThrumOutcome *all)
{
  add_table_head (text);
  add_histogram (text, "response", all->response);
  add_histogram (text, "  successes", all->success);
  add_histogram (text, "service", all->service);
  if (run->config->requests->len > 1)
    for (guint i = 0; i < run->config->requests->len; i++)
      {
        const ThrumRequestConfig *request = run->config->requests->pdata[i];

        add_histogram (text, request->name, run->tally->requests[i].response);
        add_histogram (text, "  successes", run->tally->requests[i].success);
      }
  add_histogram (text, "slot wait", run->tally->slot_wait);
  add_histogram (text, "lag", run->tally->lag);
  if (thrum_histogram_get_count (run->tally->client_delay) > 0)
    add_histogram (text, "client delay", run->tally->client_delay);
}

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
  GHashTableIter iter;
  gpointer key, value;

  g_string_append_printf (text, "  %-*s", LABEL_WIDTH, "status");
  for (gint i = 1; i < THRUM_TALLY_STATUSES; i++)
    if (all->statuses[i] > 0)
      add_status (text, &separator, i, all->statuses[i]);
  g_hash_table_iter_init (&iter, all->other_statuses);
  while (g_hash_table_iter_next (&iter, &key, &value))
    add_status (text, &separator, GPOINTER_TO_INT (key), GPOINTER_TO_SIZE (value));
  if (all->statuses[0] > 0)
    add_status (text, &separator, 0, all->statuses[0]);
  g_string_append_c (text, '\n');
}

static void
add_count_line (GString *text, const gchar *label, guint64 count, const gchar *meaning)
{
  g_autofree gchar *n = thrum_format_count (count);

  if (count > 0)
    g_string_append_printf (text, "  %-*s %11s   %s\n", LABEL_WIDTH, label, n, meaning);
}

/* Arrivals that found every slot waiting for a reply, and how many slots the rate takes by Little's
 * law at the service time that was seen. */
static void
add_dropped (GString *text, const ThrumRun *run, const ThrumOutcome *all)
{
  const ThrumLaneCounters *sum = &run->counters.sum;
  gdouble rate = run->seconds > 0 ? (gdouble)sum->offered / run->seconds : 0;
  gdouble needed = ceil (rate * thrum_histogram_get_mean (all->service) / 1e9);

  add_count_line (text, "dropped", sum->dropped,
                  "arrivals that found every slot taken: never sent");
  if (sum->dropped == 0)
    return;
  g_string_append_printf (text,
                          "  %-*s %11s   all %u slots (max-in-flight) were waiting for replies",
                          LABEL_WIDTH, "", "", run->config->load.max_in_flight);
  if (needed > run->config->load.max_in_flight)
    g_string_append_printf (text,
                            ";\n  %-*s %11s   this rate takes about %.0f at such a service time: "
                            "raise max-in-flight",
                            LABEL_WIDTH, "", "", needed);
  else
    g_string_append_printf (text,
                            ";\n  %-*s %11s   raise max-in-flight to ride out its slow spells",
                            LABEL_WIDTH, "", "");
  g_string_append_c (text, '\n');
}

static void
add_counts (GString *text, const ThrumRun *run, const ThrumOutcome *all)
{
  const ThrumLaneCounters *sum = &run->counters.sum;
  guint64 sent = all->rows + run->lost;
  gdouble seconds = run->seconds > 0 ? run->seconds : 1;
  g_autofree gchar *n = thrum_format_count (sent);
  g_autofree gchar *rate = thrum_format_rate ((gdouble)all->rows / seconds);
  g_autofree gchar *received = thrum_format_bytes ((gdouble)all->received_bytes / seconds);
  g_autofree gchar *sent_bytes = thrum_format_bytes ((gdouble)all->sent_bytes / seconds);

  g_string_append_printf (text, "  %-*s %11s %10s   received %s/s, sent %s/s\n", LABEL_WIDTH,
                          "requests", n, rate, received, sent_bytes);
  add_share (text, "succeeded", all->ok, sent);
  g_string_append_c (text, '\n');
  add_failures (text, run, all, sent);
  add_statuses (text, all);
  add_count_line (text, "warm-up", all->warm_up, "recorded, left out of what stands here");
  add_dropped (text, run, all);
  add_count_line (text, "connections", sum->connections, "opened");
  add_count_line (text, "reconnects", sum->reconnects, "after the server had closed");
  add_count_line (text, "resent", sum->resent, "sent again unasked, on a connection found dead");
  add_count_line (text, "redirects", sum->redirects, "followed");
  add_count_line (text, "pauses", sum->pauses, "waited for room to record: results.csv was slow");
  add_count_line (text, "regex limits", sum->regex_limits,
                  "expect-body gave up backtracking: counted as no match");
}

static gchar *
format_measured (const ThrumThresholdResult *result)
{
  if (!result->has_value)
    return g_strdup ("nothing measured");
  switch (result->threshold->measure)
    {
    case THRUM_MEASURE_FAILURES:
      return g_strdup_printf ("%.3g %%", 100 * result->measured);
    case THRUM_MEASURE_RATE:
      return thrum_format_rate (result->measured);
    default:
      return thrum_format_time ((gint64)result->measured);
    }
}

static void
add_thresholds (GString *text, const ThrumRun *run, gboolean color)
{
  if (run->thresholds == NULL || run->thresholds->len == 0)
    return;
  g_string_append (text, "\n  thresholds\n");
  for (guint i = 0; i < run->thresholds->len; i++)
    {
      const ThrumThresholdResult *result =
          &g_array_index (run->thresholds, ThrumThresholdResult, i);
      const ThrumThreshold *threshold = result->threshold;
      const ThrumRequestConfig *request =
          threshold->request >= 0 ? run->config->requests->pdata[threshold->request] : NULL;
      g_autofree gchar *measured = format_measured (result);
      g_autofree gchar *what = g_strdup_printf (
          "%s%s%s %s %s", request != NULL ? request->name : "", request != NULL ? " " : "",
          threshold->key, threshold->measure == THRUM_MEASURE_RATE ? ">=" : "<=", threshold->text);

      g_string_append_printf (text, "    %-*s %16s   %s%s%s\n", LABEL_WIDTH + 20, what, measured,
                              !color           ? ""
                              : result->passed ? "\033[32m"
                                               : "\033[31m",
                              result->passed ? "passed" : "FAILED", color ? "\033[0m" : "");
    }
}

static void
add_head (GString *text, const ThrumRun *run)
{
  const ThrumConfig *config = run->config;
  const ThrumLoad *load = &config->load;
  g_autofree gchar *ramp_up = thrum_format_duration (load->ramp_up_ns);
  static const gchar *const states[] = { "", "", ", interrupted", ", INCOMPLETE" };

  g_string_append_printf (text, "\n%s: %.1f s%s, %u %s", config->name, run->seconds,
                          states[run->state], load->processes,
                          load->processes == 1 ? "process" : "processes");
  if (!load->is_open)
    g_string_append_printf (text, ", %u %s", load->users, load->users == 1 ? "user" : "users");
  else if (load->stages == NULL)
    g_string_append_printf (text, ", %.9g/s", load->rate);
  if (load->ramp_up_ns > 0)
    g_string_append_printf (text, ", ramp-up %s", ramp_up);
  g_string_append (text, "\n\n");
}

gchar *
thrum_run_to_text (const ThrumRun *run, gboolean color)
{
  GString *text = g_string_new (NULL);
  g_autoptr (ThrumOutcome) all = thrum_tally_sum (run->tally);

  add_head (text, run);
  add_counts (text, run, all);
  add_latencies (text, run, all);
  add_thresholds (text, run, color);
  for (guint i = 0; i < run->problems->len; i++)
    g_string_append_printf (text, "%s%sproblem:%s %s\n", i == 0 ? "\n" : "",
                            color ? "\033[31m" : "", color ? "\033[0m" : "",
                            (gchar *)run->problems->pdata[i]);
  g_string_append_printf (text, "\n  %s\n", run->folder->path);
  return g_string_free (text, FALSE);
}
