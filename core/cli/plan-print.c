/* SPDX-License-Identifier: MIT
 *
 * The resolved plan as a person reads it before anything is sent. Asks the plan when users start;
 * computes nothing itself. Main thread.
 */
#include "cli/plan-print.h"

#include <string.h>

#include "plan/plan.h"
#include "plugin/values.h"
#include "base/units.h"
#include "base/printing.h"

#define WIDTH 96
#define MARGIN "     "

/* So many users of a process are listed one by one; of more, the first of them and the last. */
#define MOST_LISTED 40

static void
append_duration (GString *out, const gchar *name, gint64 ns)
{
  g_autofree gchar *text = thrum_format_duration (ns);

  g_string_append_printf (out, "  %-14s %s\n", name, text);
}

/* ---- The load ------------------------------------------------------------------------------ */

static void
append_stages (GString *out, const ThrumLoad *load)
{
  g_autoptr (GString) text = g_string_new ("  stages        ");

  for (guint i = 0; i < load->stages->len; i++)
    {
      const ThrumStage *stage = &g_array_index (load->stages, ThrumStage, i);
      g_autofree gchar *time = thrum_format_duration (stage->time_ns);
      g_string_append_printf (text, "%s %s %.9g%s", i > 0 ? "," : "", time, stage->level,
                              load->is_open ? "/s" : " users");
    }
  g_string_append_printf (out, "%s\n", text->str);
}

/* The rate over time, as stages would say it. */
static void
append_rate (GString *out, const ThrumLoad *load)
{
  g_autofree gchar *ramp_up = thrum_format_duration (load->ramp_up_ns);
  g_autofree gchar *end = thrum_format_duration (load->duration_ns);

  if (load->ramp_up_ns == 0)
    g_string_append_printf (out, "  %-14s %.9g/s\n", "rate", load->rate);
  else if (load->ramp_up_ns == load->duration_ns)
    g_string_append_printf (out, "  %-14s 0s 0/s, %s %.9g/s\n", "rate", end, load->rate);
  else
    g_string_append_printf (out, "  %-14s 0s 0/s, %s %.9g/s, %s %.9g/s\n", "rate", ramp_up,
                            load->rate, end, load->rate);
}

static void
append_open (GString *out, const ThrumLoad *load)
{
  if (load->stages == NULL)
    append_rate (out, load);
  g_string_append_printf (out, "  %-14s %s%.9g in all\n", "arrivals",
                          load->arrivals == THRUM_ARRIVALS_POISSON ? "poisson, about "
                                                                   : "uniform, ",
                          thrum_plan_arrivals_until (load, load->duration_ns));
  g_string_append_printf (
      out, "  %-14s %u, beyond which arrivals %s%s\n", "max-in-flight", load->max_in_flight,
      load->overload == THRUM_OVERLOAD_QUEUE ? "wait for a slot" : "are dropped, and counted",
      load->slots_are_capped ? "; thrum's own bound, less than rate x timeout" : "");
}

static void
append_closed (GString *out, const ThrumLoad *load)
{
  g_string_append_printf (out, "  %-14s %u\n", "users", load->users);
  if (load->interval_ns > 0)
    append_duration (out, "interval", load->interval_ns);
  else if (load->think_time_ns > 0)
    append_duration (out, "think-time", load->think_time_ns);
  else
    g_string_append_printf (out, "  %-14s %s\n", "pacing", "none: as fast as replies come");
}

static void
append_on_invalid (GString *out, const ThrumLoad *load)
{
  static const gchar *const meanings[] = {
    [THRUM_ON_INVALID_JUDGE] =
        "judge: exit code 4 if a threshold is undecided, or INVALID and none was given",
    [THRUM_ON_INVALID_FAIL] = "fail: exit code 4 if a threshold is undecided, or INVALID",
    [THRUM_ON_INVALID_WARN] = "warn: never exit code 4",
  };

  g_string_append_printf (out, "  %-14s %s\n", "on-invalid", meanings[load->on_invalid]);
}

static void
append_load (GString *out, const ThrumConfig *config)
{
  const ThrumLoad *load = &config->load;

  g_string_append_printf (out, "Test %s: %s model, %s plugin\n\nLoad\n", config->name,
                          load->is_open ? "open" : "closed",
                          thrum_config_is_codec (config) ? "codec" : "session");
  append_duration (out, "duration", load->duration_ns);
  if (load->stages != NULL)
    append_stages (out, load);
  else
    append_duration (out, "ramp-up", load->ramp_up_ns);
  if (load->is_open)
    append_open (out, load);
  else
    append_closed (out, load);
  if (load->warm_up_ns > 0)
    append_duration (out, "warm-up", load->warm_up_ns);
  append_duration (out, "timeout", load->timeout_ns);
  append_duration (out, "drain", load->drain_ns);
  g_string_append_printf (out, "  %-14s %" G_GUINT64_FORMAT "\n", "seed", load->seed);
  append_on_invalid (out, load);
}

/* ---- Who starts when ----------------------------------------------------------------------- */

/* Appends ", @item" to the last line of @out, or begins a new one with it. */
static void
append_item (GString *out, const gchar *item, gboolean is_first)
{
  const gchar *newline = strrchr (out->str, '\n');
  gsize column = newline != NULL ? strlen (newline + 1) : out->len;

  if (is_first)
    g_string_append (out, MARGIN);
  else if (column + strlen (", ") + strlen (item) < WIDTH)
    g_string_append (out, ", ");
  else
    g_string_append (out, ",\n" MARGIN);
  g_string_append (out, item);
}

static void
append_start (GString *out, const ThrumLoad *load, guint64 user, gboolean is_first)
{
  gint64 start = thrum_plan_user_active_from (load, user, 0);
  g_autofree gchar *time = start != THRUM_NEVER ? thrum_format_duration (start) : NULL;
  g_autofree gchar *item = g_strdup_printf (
      "%" G_GUINT64_FORMAT " %s%s", user, time != NULL ? "at " : "never", time != NULL ? time : "");

  append_item (out, item, is_first);
}

static void
append_users (GString *out, const ThrumLoad *load, ThrumShare share)
{
  guint64 n_users = thrum_share_count (share, load->users);
  guint64 n_listed = n_users <= MOST_LISTED ? n_users : MOST_LISTED / 2;

  for (guint64 i = 0; i < n_listed; i++)
    append_start (out, load, share.first + i * share.stride, i == 0);
  if (n_listed < n_users)
    {
      g_autofree gchar *more =
          g_strdup_printf ("... (%" G_GUINT64_FORMAT " more)", n_users - n_listed - 1);
      append_item (out, more, FALSE);
      append_start (out, load, share.first + (n_users - 1) * share.stride, FALSE);
    }
  g_string_append_c (out, '\n');
}

/* Open, codec: which slots each of a process's event loops has; however they split. */
static void
append_slots (GString *out, const ThrumLoad *load, ThrumShare share)
{
  g_autoptr (GString) line = g_string_new (NULL);

  for (guint lane = 0; lane < load->threads && lane < MOST_LISTED; lane++)
    g_string_append_printf (
        line, "%s%" G_GUINT64_FORMAT, lane > 0 ? ", " : "",
        thrum_share_count (thrum_share_split (share, lane, load->threads), load->max_in_flight));
  g_string_append_printf (out, " (slots of each: %s%s)", line->str,
                          load->threads > MOST_LISTED ? ", ..." : "");
}

static void
append_processes (GString *out, const ThrumConfig *config)
{
  const ThrumLoad *load = &config->load;
  const gchar *threads = thrum_config_is_codec (config) ? "event loop" : "thread";

  g_string_append_printf (out, "\nProcesses%s\n",
                          load->is_open ? "" : ": their users, and when each starts");
  for (guint p = 0; p < load->processes; p++)
    {
      const ThrumShare share = { .first = p, .stride = load->processes };
      guint64 n_carried =
          thrum_share_count (share, load->is_open ? load->max_in_flight : load->users);

      if (load->is_open && !thrum_config_is_codec (config))
        g_string_append_printf (out, "  %u: threads as they are needed, ", p);
      else
        g_string_append_printf (out, "  %u: %u %s%s, ", p, load->threads, threads,
                                load->threads == 1 ? "" : "s");
      g_string_append_printf (out, "%s%" G_GUINT64_FORMAT " %s%s%s",
                              load->is_open ? "at most " : "", n_carried,
                              load->is_open ? "request" : "user", n_carried == 1 ? "" : "s",
                              load->is_open ? " in flight" : "");
      if (load->is_open && thrum_config_is_codec (config) && load->threads > 1)
        append_slots (out, load, share);
      g_string_append_c (out, '\n');
      if (load->is_open)
        g_string_append_printf (out, "     arrivals %u, %u, %u, ...\n", p, p + load->processes,
                                p + 2 * load->processes);
      else
        append_users (out, load, share);
    }
}

/* ---- Targets, requests, thresholds --------------------------------------------------------- */

/* What was given, as @shown has it, and what holds without having been. */
static void
append_values (GString *out, const ThrumValues *values, const GPtrArray *shown,
               const ThrumOptionTable *table)
{
  for (guint i = 0; i < table->n_options; i++)
    {
      const ThrumOption *option = thrum_option_table_get (table, i);
      const gchar *given = g_ptr_array_index (shown, i);
      const gchar *fallback = thrum_value (values, i)->string;

      if (given != NULL)
        g_string_append_printf (out, "    %-14s %s\n", option->key, given);
      else if (fallback != NULL)
        g_string_append_printf (out, "    %-14s %s (default)\n", option->key, fallback);
    }
}

static void
append_targets (GString *out, const ThrumConfig *config)
{
  const ThrumOptionTable transport = thrum_option_table_of_transport ();

  g_string_append (out, "\nTargets\n");
  for (guint i = 0; i < config->targets->len; i++)
    {
      const ThrumTargetConfig *target = g_ptr_array_index (config->targets, i);
      const ThrumPlugin *descriptor = target->module->descriptor;
      const ThrumOptionTable table = thrum_option_table_of_target (descriptor);

      g_string_append_printf (out, "  %s: plugin %s %s (%s)\n", target->name, descriptor->name,
                              descriptor->version, target->module->path);
      append_values (out, &target->values, target->shown, &table);
      if (descriptor->codec != NULL)
        append_values (out, &target->transport, target->shown_transport, &transport);
    }
}

static void
append_checks (GString *out, const ThrumRequestConfig *request)
{
  if (request->expect_status != NULL)
    {
      g_string_append_printf (out, "    %-14s", "expect-status");
      for (guint i = 0; i < request->expect_status->len; i++)
        {
          const ThrumStatusRange *range =
              &g_array_index (request->expect_status, ThrumStatusRange, i);
          g_string_append_printf (out, "%s %d", i > 0 ? "," : "", range->first);
          if (range->last != range->first)
            g_string_append_printf (out, "-%d", range->last);
        }
      g_string_append_c (out, '\n');
    }
  if (request->expect_body != NULL)
    g_string_append_printf (out, "    %-14s %s\n", "expect-body",
                            g_regex_get_pattern (request->expect_body));
}

static void
append_requests (GString *out, const ThrumConfig *config)
{
  gdouble total = 0;

  for (guint i = 0; i < config->requests->len; i++)
    total += ((ThrumRequestConfig *)g_ptr_array_index (config->requests, i))->weight;

  g_string_append (out, "\nRequests\n");
  for (guint i = 0; i < config->requests->len; i++)
    {
      const ThrumRequestConfig *request = g_ptr_array_index (config->requests, i);
      const ThrumTargetConfig *target = g_ptr_array_index (config->targets, request->target);
      const ThrumOptionTable table = thrum_option_table_of_request (target->module->descriptor);
      g_autofree gchar *timeout = thrum_format_duration (request->timeout_ns);

      g_string_append_printf (out, "  %s: to %s, weight %.6g (%.4g%%), timeout %s\n", request->name,
                              target->name, request->weight, 100 * request->weight / total,
                              timeout);
      append_values (out, &request->values, request->shown, &table);
      append_checks (out, request);
    }
}

static void
append_thresholds (GString *out, const ThrumConfig *config)
{
  if (config->thresholds->len > 0)
    g_string_append (out, "\nThresholds\n");
  for (guint i = 0; i < config->thresholds->len; i++)
    {
      const ThrumThreshold *threshold = g_ptr_array_index (config->thresholds, i);
      const ThrumRequestConfig *request =
          threshold->request >= 0 ? g_ptr_array_index (config->requests, (guint)threshold->request)
                                  : NULL;
      g_string_append_printf (out, "  %s %s %s, %s\n", threshold->key,
                              threshold->measure == THRUM_MEASURE_RATE ? ">=" : "<=",
                              threshold->text, request != NULL ? request->name : "all requests");
    }
}

void
thrum_plan_print (const ThrumConfig *config, FILE *file)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_autofree gchar *columns = g_strjoinv (", ", config->columns);

  append_load (out, config);
  append_processes (out, config);
  append_targets (out, config);
  append_requests (out, config);
  append_thresholds (out, config);
  g_string_append_printf (out, "\nResults\n  %-14s %s\n  %-14s %s\n", "directory",
                          config->results_directory, "columns", columns);
  thrum_printing_say (file, "%s", out->str);
}
