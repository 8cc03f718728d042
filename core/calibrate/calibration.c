/* SPDX-License-Identifier: MIT
 *
 * A calibration as JSON, and what run.json cites of one. Owns the file's form; refuses to know how
 * anything was measured. Pure but for reading the file and the machine's name; any thread.
 */
#include "calibrate/calibration.h"

#include <sys/utsname.h>

#include "base/json-members.h"
#include "thrum-config.h"

gdouble
thrum_freeze_quantile (const ThrumFreezeError *freeze, gdouble q)
{
  return MAX (0, (gdouble)freeze->freeze_ns - (1 - q) * (gdouble)freeze->period_ns);
}

gdouble
thrum_freeze_mean (const ThrumFreezeError *freeze)
{
  return (gdouble)freeze->freeze_ns * (gdouble)freeze->freeze_ns / (2 * (gdouble)freeze->period_ns);
}

static void
add_quantiles (JsonBuilder *json, const gchar *name, const ThrumQuantiles *quantiles)
{
  thrum_json_begin_object (json, name);
  thrum_json_add_int (json, "count", quantiles->count);
  if (quantiles->count > 0)
    {
      thrum_json_add_double (json, "mean_ns", quantiles->mean);
      thrum_json_add_int (json, "p50_ns", quantiles->p50);
      thrum_json_add_int (json, "p90_ns", quantiles->p90);
      thrum_json_add_int (json, "p95_ns", quantiles->p95);
      thrum_json_add_int (json, "p99_ns", quantiles->p99);
      thrum_json_add_int (json, "p99.9_ns", quantiles->p999);
      thrum_json_add_int (json, "max_ns", quantiles->max);
    }
  json_builder_end_object (json);
}

static void
add_cost (JsonBuilder *json, const gchar *name, const ThrumCost *cost)
{
  thrum_json_begin_object (json, name);
  thrum_json_add_int (json, "count", cost->requests);
  thrum_json_add_double (json, "rate", cost->rate);
  thrum_json_add_double (json, "cpu_ns_per_request", cost->cpu_ns);
  thrum_json_add_double (json, "rate_per_core", cost->cpu_ns > 0 ? 1e9 / cost->cpu_ns : 0);
  json_builder_end_object (json);
}

static void
add_truth (JsonBuilder *json, const ThrumFreezeError *freeze)
{
  thrum_json_begin_object (json, "truth");
  thrum_json_add_double (json, "mean_ns", thrum_freeze_mean (freeze));
  thrum_json_add_double (json, "p50_ns", thrum_freeze_quantile (freeze, .5));
  thrum_json_add_double (json, "p90_ns", thrum_freeze_quantile (freeze, .9));
  thrum_json_add_double (json, "p95_ns", thrum_freeze_quantile (freeze, .95));
  thrum_json_add_double (json, "p99_ns", thrum_freeze_quantile (freeze, .99));
  thrum_json_add_double (json, "p99.9_ns", thrum_freeze_quantile (freeze, .999));
  thrum_json_add_int (json, "max_ns", freeze->freeze_ns);
  json_builder_end_object (json);
}

static void
add_machine (JsonBuilder *json)
{
  struct utsname name = { 0 };

  uname (&name);
  thrum_json_add_string (json, "version", THRUM_VERSION);
  thrum_json_add_string (json, "host", name.nodename);
  thrum_json_add_string (json, "kernel", name.release);
  thrum_json_add_int (json, "cpus", g_get_num_processors ());
}

gchar *
thrum_calibration_to_json (const ThrumCalibration *calibration)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_object (json);
  thrum_json_add_int (json, "format", 1);
  add_machine (json);
  thrum_json_add_string (json, "time", calibration->time);
  thrum_json_add_double (json, "load_average", calibration->load_average);
  thrum_json_add_double (json, "seconds", calibration->seconds);
  add_cost (json, "null_codec", &calibration->codec);
  add_cost (json, "null", &calibration->session);
  add_cost (json, "http1", &calibration->http1);
  add_quantiles (json, "codec_lag", &calibration->codec_lag);
  add_quantiles (json, "spin_lag", &calibration->spin_lag);
  add_quantiles (json, "session_lag", &calibration->session_lag);
  add_quantiles (json, "client_delay", &calibration->client_delay);
  add_quantiles (json, "floor", &calibration->floor);
  thrum_json_begin_object (json, "freeze");
  thrum_json_add_int (json, "freeze_ns", calibration->freeze.freeze_ns);
  thrum_json_add_int (json, "period_ns", calibration->freeze.period_ns);
  thrum_json_add_double (json, "rate", calibration->freeze.rate);
  add_truth (json, &calibration->freeze);
  add_quantiles (json, "response", &calibration->freeze.response);
  json_builder_end_object (json);
  json_builder_end_object (json);

  root = json_builder_get_root (json);
  json_generator_set_root (generator, root);
  json_generator_set_pretty (generator, TRUE);
  return json_generator_to_data (generator, NULL);
}

void
thrum_calibration_clear (ThrumCalibration *calibration)
{
  g_clear_pointer (&calibration->time, g_free);
}

gchar *
thrum_calibration_get_default_file (void)
{
  return g_build_filename (g_get_user_state_dir (), "thrum", "calibration.json", NULL);
}

/* Whether @calibration is of this host, kernel, number of CPUs and version. */
static gboolean
is_ours (JsonObject *calibration)
{
  static const gchar *const members[] = { "format", "version", "host", "kernel", "cpus" };
  g_autoptr (JsonBuilder) json = json_builder_new ();
  g_autoptr (JsonNode) here = NULL;

  json_builder_begin_object (json);
  thrum_json_add_int (json, "format", 1);
  add_machine (json);
  json_builder_end_object (json);
  here = json_builder_get_root (json);

  for (gsize i = 0; i < G_N_ELEMENTS (members); i++)
    {
      JsonNode *wanted = json_object_get_member (json_node_get_object (here), members[i]);
      JsonNode *got = json_object_get_member (calibration, members[i]);

      if (got == NULL || !json_node_equal (got, wanted))
        return FALSE;
    }
  return TRUE;
}

JsonNode *
thrum_calibration_cite (void)
{
  g_autofree gchar *file = thrum_calibration_get_default_file ();
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonNode *root;

  if (!json_parser_load_from_file (parser, file, NULL))
    return NULL;
  root = json_parser_get_root (parser);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root) || !is_ours (json_node_get_object (root)))
    return NULL;
  json_object_set_string_member (json_node_get_object (root), "file", file);
  return json_parser_steal_root (parser);
}
