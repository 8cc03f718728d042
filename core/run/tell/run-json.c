/* SPDX-License-Identifier: MIT
 *
 * Writes a run as JSON, for run.json and --json. doc/results-format.md describes every member.
 * Durations are whole nanoseconds (`_ns`), so that nothing is rounded.
 */
#include "run/tell/run-json.h"

#include <math.h>
#include <sys/utsname.h>

#include "base/json-members.h"
#include "thrum-config.h"

static const gchar *const state_names[] = { "running", "complete", "interrupted", "incomplete",
                                            "aborted" };

/* count, mean, quantiles and maximum of a histogram; nothing but the count for an empty one. */
static void
add_values (JsonBuilder *json, const ThrumHistogram *histogram)
{
  thrum_json_add_int (json, "count", (gint64)thrum_histogram_get_count (histogram));
  if (thrum_histogram_get_count (histogram) == 0)
    return;
  thrum_json_add_int (json, "min_ns", thrum_histogram_get_min (histogram));
  thrum_json_add_double (json, "mean_ns", thrum_histogram_get_mean (histogram));
  for (guint i = 0; i < THRUM_N_PERCENTILES; i++)
    {
      g_autofree gchar *name = g_strdup_printf ("%s_ns", thrum_percentiles[i].name);
      thrum_json_add_int (json, name,
                          thrum_histogram_get_quantile (histogram, thrum_percentiles[i].q));
    }
  thrum_json_add_int (json, "max_ns", thrum_histogram_get_max (histogram));
}

static void
add_histogram (JsonBuilder *json, const gchar *name, const ThrumHistogram *histogram)
{
  thrum_json_begin_object (json, name);
  add_values (json, histogram);
  json_builder_end_object (json);
}

static void
add_bound (JsonBuilder *json, gboolean is_there, gint64 ns)
{
  if (is_there)
    json_builder_add_int_value (json, ns);
  else
    json_builder_add_null_value (json);
}

/* Which values of @sample could be larger. */
static void
add_lower_bounds (JsonBuilder *json, const ThrumSample *sample, const ThrumPercentiles *percentiles)
{
  thrum_json_begin_array (json, "lower_bounds");
  for (guint i = 0; i < THRUM_N_PERCENTILES; i++)
    if (percentiles->each[i].is_lower_bound)
      json_builder_add_string_value (json, thrum_percentiles[i].name);
  if (thrum_sample_is_incomplete (sample))
    {
      json_builder_add_string_value (json, "mean");
      json_builder_add_string_value (json, "max");
    }
  json_builder_end_array (json);
}

/* A histogram with its lower bounds, and 95% intervals, null where not supported. */
static void
add_sample (JsonBuilder *json, const gchar *name, ThrumSample sample)
{
  gboolean is_empty = thrum_histogram_get_count (sample.histogram) == 0;
  ThrumPercentiles percentiles = thrum_sample_get_percentiles (&sample);

  thrum_json_begin_object (json, name);
  add_values (json, sample.histogram);
  add_lower_bounds (json, &sample, &percentiles);
  thrum_json_begin_object (json, "intervals");
  for (guint i = 0; i < THRUM_N_PERCENTILES && !is_empty; i++)
    {
      const ThrumInterval *interval = &percentiles.each[i].interval;
      g_autofree gchar *key = g_strdup_printf ("%s_ns", thrum_percentiles[i].name);

      thrum_json_begin_array (json, key);
      add_bound (json, interval->ranks.low > 0, interval->low);
      add_bound (json, interval->ranks.high > 0, interval->high);
      json_builder_end_array (json);
    }
  json_builder_end_object (json);
  json_builder_end_object (json);
}

/* What the response was without our part: what is missing for the service's sake makes it longer. */
static void
add_less_lag (JsonBuilder *json, const ThrumSample *response)
{
  ThrumSample sample = { .histogram = response->less_lag,
                         .censored = response->less_lag_censored,
                         .unseen = response->unseen - response->own };
  ThrumPercentiles percentiles = thrum_sample_get_percentiles (&sample);

  thrum_json_begin_object (json, "response_less_lag");
  add_values (json, sample.histogram);
  add_lower_bounds (json, &sample, &percentiles);
  json_builder_end_object (json);
}

static void
add_statuses (JsonBuilder *json, const ThrumOutcome *outcome)
{
  guint64 rest;
  g_autoptr (GArray) counts = thrum_outcome_get_statuses (outcome, THRUM_MOST_STATUSES, &rest);

  thrum_json_begin_object (json, "statuses");
  for (guint i = 0; i < counts->len; i++)
    {
      const ThrumStatusCount *one = &g_array_index (counts, ThrumStatusCount, i);
      g_autofree gchar *name = g_strdup_printf ("%d", one->status);

      thrum_json_add_int (json, name, (gint64)one->count);
    }
  if (rest > 0)
    thrum_json_add_int (json, "other", (gint64)rest);
  json_builder_end_object (json);
}

static void
add_outcome (JsonBuilder *json, const ThrumRun *run, gint request, const ThrumOutcome *outcome)
{
  ThrumShortfall shortfall = thrum_run_get_shortfall (run, request);
  ThrumBracket rate =
      thrum_shortfall_get_rate (&shortfall, outcome, thrum_run_get_measured_seconds (run));
  ThrumSample response = thrum_shortfall_get_response (&shortfall, outcome);

  thrum_json_add_int (json, "rows", (gint64)outcome->rows);
  thrum_json_add_int (json, "warm_up", (gint64)outcome->warm_up);
  thrum_json_add_int (json, "ok", (gint64)outcome->ok);
  thrum_json_add_int (json, "failed", (gint64)outcome->failed);
  thrum_json_add_int (json, "timed_out", (gint64)outcome->timed_out);
  thrum_json_add_int (json, "unfinished", (gint64)outcome->unfinished);
  thrum_json_add_int (json, "answered", (gint64)outcome->answered);
  thrum_json_add_int (json, "received_bytes", (gint64)outcome->received_bytes);
  thrum_json_add_int (json, "sent_bytes", (gint64)outcome->sent_bytes);
  thrum_json_add_double (json, "rate", rate.least);
  if (rate.most < HUGE_VAL)
    thrum_json_add_double (json, "rate_at_most", rate.most);

  add_statuses (json, outcome);

  thrum_json_begin_object (json, "failures");
  for (guint i = 1; i < THRUM_N_FAILURES; i++)
    if (outcome->failures[i] > 0)
      thrum_json_add_int (json, thrum_failure_token (i), (gint64)outcome->failures[i]);
  json_builder_end_object (json);

  add_sample (json, "response", response);
  add_less_lag (json, &response);
  add_sample (json, "service", thrum_shortfall_get_service (&shortfall, outcome));
  add_histogram (json, "success", outcome->success);
}

static void
add_instant (JsonBuilder *json, const gchar *name, ThrumInstant instant)
{
  thrum_json_begin_object (json, name);
  thrum_json_add_int (json, "monotonic_ns", instant.monotonic_ns);
  thrum_json_add_int (json, "realtime_ns", instant.realtime_ns);
  json_builder_end_object (json);
}

/* The plugin's file as it was: so that a run can be traced to the code that made it. */
static gchar *
hash_file (const gchar *path)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree gchar *bytes = NULL;
  gsize length;

  if (!g_file_get_contents (path, &bytes, &length, NULL))
    return NULL;
  g_checksum_update (checksum, (guchar *)bytes, (gssize)length);
  return g_strdup (g_checksum_get_string (checksum));
}

static void
add_plugins (JsonBuilder *json, const ThrumConfig *config)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);

  thrum_json_begin_array (json, "plugins");
  for (guint i = 0; i < config->targets->len; i++)
    {
      const ThrumTargetConfig *target = config->targets->pdata[i];
      g_autofree gchar *sha256 = NULL;

      if (!g_hash_table_add (seen, (gpointer)target->module))
        continue;
      sha256 = hash_file (target->module->path);
      json_builder_begin_object (json);
      thrum_json_add_string (json, "name", target->module->descriptor->name);
      thrum_json_add_string (json, "version", target->module->descriptor->version);
      thrum_json_add_string (json, "path", target->module->path);
      thrum_json_add_string (json, "sha256", sha256);
      json_builder_end_object (json);
    }
  json_builder_end_array (json);
}

static void
add_machine (JsonBuilder *json)
{
  struct utsname name;

  thrum_json_add_int (json, "cpus", g_get_num_processors ());
  if (uname (&name) == 0)
    {
      thrum_json_add_string (json, "host", name.nodename);
      thrum_json_add_string (json, "kernel", name.release);
    }
}

/* What `thrum calibrate` found here, or null: the floor to hold the run's own figures against. */
static void
add_calibration (JsonBuilder *json, JsonNode *calibration)
{
  json_builder_set_member_name (json, "calibration");
  if (calibration != NULL)
    json_builder_add_value (json, json_node_copy (calibration));
  else
    json_builder_add_null_value (json);
}

static void
add_timeline (JsonBuilder *json, const ThrumRunTally *tally)
{
  thrum_json_begin_array (json, "timeline");
  for (guint i = 0; i < tally->timeline->len; i++)
    {
      const ThrumSecond *second = &g_array_index (tally->timeline, ThrumSecond, i);

      json_builder_begin_object (json);
      thrum_json_add_int (json, "second", i);
      thrum_json_add_int (json, "offered", (gint64)second->offered);
      thrum_json_add_int (json, "done", (gint64)second->done);
      thrum_json_add_int (json, "failed", (gint64)second->failed);
      thrum_json_add_int (json, "dropped", (gint64)second->dropped);
      thrum_json_add_int (json, "users", (gint64)second->users);
      json_builder_end_object (json);
    }
  json_builder_end_array (json);
}

static void
add_counts (JsonBuilder *json, const ThrumRun *run)
{
  const ThrumLaneCounters *sum = &run->counters.sum;

  thrum_json_begin_object (json, "counts");
  thrum_json_add_int (json, "offered", (gint64)sum->offered);
  thrum_json_add_int (json, "sent", (gint64)sum->sent);
  thrum_json_add_int (json, "dropped", (gint64)sum->dropped);
  thrum_json_add_int (json, "dropped_in_warm_up",
                      (gint64)MIN (run->tally->warm_up_dropped, sum->dropped));
  thrum_json_add_int (json, "dropped_by_generator", (gint64)run->own_dropped);
  thrum_json_add_int (json, "lost", (gint64)run->lost);
  thrum_json_add_int (json, "late", (gint64)run->all->late);
  thrum_json_add_int (json, "spoilt", (gint64)run->spoilt);
  thrum_json_add_int (json, "unwritten", (gint64)run->unwritten);
  thrum_json_add_int (json, "resent", (gint64)sum->resent);
  thrum_json_add_int (json, "redirects", (gint64)sum->redirects);
  thrum_json_add_int (json, "connections", (gint64)sum->connections);
  thrum_json_add_int (json, "reconnects", (gint64)sum->reconnects);
  thrum_json_add_int (json, "handshakes", (gint64)sum->handshakes);
  thrum_json_add_int (json, "resumed_handshakes", (gint64)sum->resumed_handshakes);
  thrum_json_add_int (json, "unstamped", (gint64)run->tally->unstamped);
  thrum_json_add_int (json, "regex_limits", (gint64)sum->regex_limits);
  thrum_json_add_int (json, "ring_pauses", (gint64)sum->pauses);
  thrum_json_add_int (json, "ring_pause_ns", (gint64)sum->pause_ns);
  thrum_json_add_double (json, "ring_fullest", run->counters.fullest_ring);
  json_builder_set_member_name (json, "conserved");
  json_builder_add_boolean_value (json, run->is_conserved);
  json_builder_end_object (json);
}

/* Why requests failed, in the words of whoever saw it. */
static void
add_reasons (JsonBuilder *json, const ThrumReasonList *reasons)
{
  thrum_json_begin_array (json, "failure_reasons");
  for (guint i = 0; i < reasons->told->len; i++)
    {
      const ThrumToldReason *told = &g_array_index (reasons->told, ThrumToldReason, i);

      json_builder_begin_object (json);
      thrum_json_add_string (json, "failure", thrum_failure_token (told->failure));
      thrum_json_add_int (json, "count", (gint64)told->count);
      thrum_json_add_string (json, "text", told->text);
      json_builder_end_object (json);
    }
  json_builder_end_array (json);
  thrum_json_add_int (json, "other_failure_reasons", (gint64)reasons->n_others);
}

static void
add_bracket (JsonBuilder *json, const ThrumThresholdResult *result)
{
  gboolean is_time = result->threshold->measure <= THRUM_MEASURE_MAX;

  thrum_json_add_double (json, is_time ? "measured_ns" : "measured", result->measured);
  if (result->bracket.least < HUGE_VAL)
    thrum_json_add_double (json, is_time ? "least_ns" : "least", result->bracket.least);
  if (result->bracket.most < HUGE_VAL)
    thrum_json_add_double (json, is_time ? "most_ns" : "most", result->bracket.most);
}

static void
add_thresholds (JsonBuilder *json, const ThrumRun *run)
{
  thrum_json_begin_array (json, "thresholds");
  for (guint i = 0; run->thresholds != NULL && i < run->thresholds->len; i++)
    {
      const ThrumThresholdResult *result =
          &g_array_index (run->thresholds, ThrumThresholdResult, i);
      const ThrumThreshold *threshold = result->threshold;

      json_builder_begin_object (json);
      if (threshold->request >= 0)
        {
          ThrumRequestConfig *request = run->config->requests->pdata[threshold->request];
          thrum_json_add_string (json, "request", request->name);
        }
      thrum_json_add_string (json, "key", threshold->key);
      thrum_json_add_string (json, "limit", threshold->text);
      if (result->has_value)
        add_bracket (json, result);
      thrum_json_add_string (json, "judgement", thrum_judgement_name (result->judgement));
      json_builder_end_object (json);
    }
  json_builder_end_array (json);
}

static void
add_abort (JsonBuilder *json, const ThrumRun *run)
{
  const ThrumThreshold *threshold = run->aborted_by.threshold;

  if (threshold == NULL)
    return;
  thrum_json_begin_object (json, "aborted");
  thrum_json_add_int (json, "at_ns", run->aborted_at);
  if (threshold->request >= 0)
    thrum_json_add_string (
        json, "request",
        ((ThrumRequestConfig *)run->config->requests->pdata[threshold->request])->name);
  thrum_json_add_string (json, "key", threshold->key);
  thrum_json_add_string (json, "limit", threshold->text);
  thrum_json_add_int (json, "after_ns", threshold->abort_after_ns);
  thrum_json_add_double (json, threshold->measure <= THRUM_MEASURE_MAX ? "measured_ns" : "measured",
                         run->aborted_by.measured);
  json_builder_end_object (json);
}

static void
add_results (JsonBuilder *json, const ThrumRun *run)
{
  add_instant (json, "end", run->end);
  thrum_json_add_double (json, "seconds", run->seconds);
  if (run->config->load.is_open)
    thrum_json_add_double (json, "asked_rate", thrum_run_get_asked (run));
  add_counts (json, run);
  thrum_json_begin_array (json, "problems");
  for (guint i = 0; i < run->problems->len; i++)
    json_builder_add_string_value (json, run->problems->pdata[i]);
  json_builder_end_array (json);

  add_reasons (json, run->reasons);
  add_abort (json, run);
  thrum_verdict_add_json (run->verdict, json);

  thrum_json_add_double (json, "percentile_error", 0.004);
  thrum_json_begin_object (json, "all");
  add_outcome (json, run, -1, run->all);
  json_builder_end_object (json);
  thrum_json_begin_array (json, "requests");
  for (guint i = 0; i < run->config->requests->len; i++)
    {
      const ThrumRequestConfig *request = run->config->requests->pdata[i];

      json_builder_begin_object (json);
      thrum_json_add_string (json, "name", request->name);
      add_outcome (json, run, (gint)i, &run->tally->requests[i]);
      json_builder_end_object (json);
    }
  json_builder_end_array (json);
  add_histogram (json, "lag", run->tally->lag);
  add_histogram (json, "slot_wait", run->tally->slot_wait);
  add_histogram (json, "client_delay", run->tally->client_delay);
  thrum_observed_add_json (run->workers, json);
  add_thresholds (json, run);
  add_timeline (json, run->tally);
}

gchar *
thrum_run_to_json (const ThrumRun *run)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  g_autoptr (JsonNode) root = NULL;
  const ThrumConfig *config = run->config;

  json_builder_begin_object (json);
  thrum_json_add_int (json, "format", 1);
  thrum_json_add_string (json, "run", run->folder->run_id);
  thrum_json_add_string (json, "folder", run->folder->path);
  thrum_json_add_string (json, "name", config->name);
  thrum_json_add_string (json, "state", state_names[run->state]);
  thrum_json_begin_array (json, "columns");
  for (guint i = 0; config->columns[i] != NULL; i++)
    json_builder_add_string_value (json, config->columns[i]);
  json_builder_end_array (json);
  thrum_json_add_string (json, "version", THRUM_VERSION);
  add_machine (json);
  add_plugins (json, config);
  thrum_json_add_int (json, "seed", (gint64)config->load.seed);
  thrum_json_begin_object (json, "share");
  thrum_json_add_int (json, "first", 0);
  thrum_json_add_int (json, "stride", 1);
  json_builder_end_object (json);
  thrum_json_add_double (json, "duration", (gdouble)config->load.duration_ns / 1e9);
  thrum_json_add_int (json, "users", config->load.users);
  thrum_json_add_int (json, "processes", config->load.processes);
  thrum_json_add_int (json, "threads", config->load.threads);
  json_builder_set_member_name (json, "slots_are_capped");
  json_builder_add_boolean_value (json, config->load.slots_are_capped || run->slots_ran_short);
  thrum_json_add_string (json, "config", config->resolved_text);
  add_calibration (json, run->calibration);
  add_instant (json, "start", run->start);
  if (run->state != THRUM_RUN_RUNNING)
    add_results (json, run);
  json_builder_end_object (json);

  root = json_builder_get_root (json);
  json_generator_set_root (generator, root);
  json_generator_set_pretty (generator, TRUE);
  return json_generator_to_data (generator, NULL);
}
