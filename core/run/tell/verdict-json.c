/* SPDX-License-Identifier: MIT
 *
 * Writes how the generator did as members of run.json: the verdict, and what the workers
 * observed of themselves. Main thread.
 */
#include "run/tell/run-json.h"

#include "base/json-members.h"

void
thrum_verdict_add_json (const ThrumVerdict *verdict, JsonBuilder *json)
{
  json_builder_set_member_name (json, "verdict");
  if (verdict == NULL)
    {
      json_builder_add_null_value (json);
      return;
    }
  json_builder_begin_object (json);
  thrum_json_add_string (json, "level", thrum_verdict_level_name (verdict->level));
  json_builder_set_member_name (json, "reasons");
  json_builder_begin_array (json);
  for (guint i = 0; i < verdict->reasons->len; i++)
    {
      const ThrumVerdictReason *reason = verdict->reasons->pdata[i];

      json_builder_begin_object (json);
      thrum_json_add_string (json, "signal", reason->signal);
      thrum_json_add_string (json, "level", thrum_verdict_level_name (reason->level));
      thrum_json_add_double (json, "figure", reason->figure);
      thrum_json_add_double (json, "limit", reason->limit);
      thrum_json_add_string (json, "unit", reason->unit);
      thrum_json_add_string (json, "text", reason->text);
      json_builder_end_object (json);
    }
  json_builder_end_array (json);
  json_builder_end_object (json);
}

static void
add_worker (const ThrumObserved *worker, JsonBuilder *json)
{
  json_builder_begin_object (json);
  thrum_json_add_int (json, "ticks", worker->ticks);
  thrum_json_add_int (json, "tick_ns", (guint64)worker->tick_ns);
  thrum_json_add_int (json, "hiccups", worker->n_hiccups);
  thrum_json_add_int (json, "hiccups_ns", (guint64)worker->hiccups_ns);
  thrum_json_add_int (json, "longest_hiccup_ns", (guint64)worker->longest_hiccup_ns);
  thrum_json_add_int (json, "wall_ns", (guint64)worker->wall_ns);
  thrum_json_add_int (json, "cpu_ns", worker->cpu_ns);
  thrum_json_add_int (json, "spin_ns", worker->spin_ns);
  thrum_json_add_int (json, "run_delay_ns", worker->run_delay_ns);
  thrum_json_add_int (json, "observer_cpu_ns", worker->observer_cpu_ns);
  thrum_json_add_int (json, "capacity", worker->capacity);
  json_builder_set_member_name (json, "load_tenths");
  json_builder_begin_array (json);
  for (guint i = 0; i < THRUM_N_LOAD_BINS; i++)
    json_builder_add_int_value (json, (gint64)worker->load_bins[i]);
  json_builder_end_array (json);
  json_builder_end_object (json);
}

void
thrum_observed_add_json (const GArray *workers, JsonBuilder *json)
{
  json_builder_set_member_name (json, "workers");
  json_builder_begin_array (json);
  for (guint i = 0; i < workers->len; i++)
    add_worker (&g_array_index (workers, ThrumObserved, i), json);
  json_builder_end_array (json);
}
