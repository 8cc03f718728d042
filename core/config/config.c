/* SPDX-License-Identifier: MIT
 *
 * A whole checked test as a value: makes an empty one, frees it, and answers questions about it.
 * Knows nothing of how it is filled. Immutable once the pipeline has made it; any thread.
 */
#include "config/config.h"

#include "plugin/values.h"

static void
target_free (gpointer data)
{
  ThrumTargetConfig *target = data;

  g_free (target->name);
  thrum_values_clear (&target->values);
  thrum_values_clear (&target->transport);
  g_clear_pointer (&target->shown, g_ptr_array_unref);
  g_clear_pointer (&target->shown_transport, g_ptr_array_unref);
  g_free (target);
}

static void
request_free (gpointer data)
{
  ThrumRequestConfig *request = data;

  g_free (request->name);
  g_clear_pointer (&request->expect_status, g_array_unref);
  g_clear_pointer (&request->expect_body, g_regex_unref);
  thrum_values_clear (&request->values);
  g_clear_pointer (&request->shown, g_ptr_array_unref);
  g_free (request);
}

static void
threshold_free (gpointer data)
{
  ThrumThreshold *threshold = data;

  g_free (threshold->key);
  g_free (threshold->text);
  g_free (threshold);
}

ThrumConfig *
thrum_config_new (void)
{
  ThrumConfig *config = g_new0 (ThrumConfig, 1);

  config->targets = g_ptr_array_new_with_free_func (target_free);
  config->requests = g_ptr_array_new_with_free_func (request_free);
  config->thresholds = g_ptr_array_new_with_free_func (threshold_free);
  return config;
}

void
thrum_config_free (ThrumConfig *config)
{
  if (config == NULL)
    return;
  g_free (config->name);
  g_clear_pointer (&config->load.stages, g_array_unref);
  g_ptr_array_unref (config->targets);
  g_ptr_array_unref (config->requests);
  g_ptr_array_unref (config->thresholds);
  g_free (config->results_directory);
  g_strfreev (config->columns);
  g_free (config->resolved_text);
  g_strfreev (config->environment);
  g_free (config);
}

gboolean
thrum_config_is_codec (const ThrumConfig *config)
{
  const ThrumTargetConfig *target = g_ptr_array_index (config->targets, 0);

  return target->module->descriptor->codec != NULL;
}

guint
thrum_config_get_session_descriptors (const ThrumConfig *config)
{
  guint sum = 0;

  for (guint i = 0; i < config->targets->len; i++)
    {
      const ThrumTargetConfig *target = config->targets->pdata[i];
      guint each = target->module != NULL ? target->module->descriptor->descriptors_per_session : 0;
      sum += each > 0 ? each : 4;
    }
  return sum;
}

gdouble
thrum_config_get_weight_share (const ThrumConfig *config, gint request)
{
  gdouble weights = 0;

  if (request < 0)
    return 1;
  for (guint i = 0; i < config->requests->len; i++)
    weights += ((ThrumRequestConfig *)config->requests->pdata[i])->weight;
  return ((ThrumRequestConfig *)config->requests->pdata[request])->weight / weights;
}

gboolean
thrum_config_has_aborts (const ThrumConfig *config)
{
  for (guint i = 0; i < config->thresholds->len; i++)
    if (((ThrumThreshold *)config->thresholds->pdata[i])->abort_after_ns >= 0)
      return TRUE;
  return FALSE;
}
