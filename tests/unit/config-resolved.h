/* SPDX-License-Identifier: MIT
 *
 * That a config's resolved text, which workers and later runs read, says the same as the config.
 */
#pragma once

#include "config-case.h"

static inline const ThrumRequestConfig *
request_of (const ThrumConfig *config, guint index)
{
  g_assert_cmpuint (index, <, config->requests->len);
  return g_ptr_array_index (config->requests, index);
}

static inline const ThrumTargetConfig *
target_of (const ThrumConfig *config, guint index)
{
  g_assert_cmpuint (index, <, config->targets->len);
  return g_ptr_array_index (config->targets, index);
}

static inline void
assert_equal_values (const ThrumValues *a, const ThrumValues *b)
{
  g_assert_cmpuint (a->n_values, ==, b->n_values);
  for (guint i = 0; i < a->n_values; i++)
    {
      const ThrumValue *first = thrum_value (a, i), *second = thrum_value (b, i);
      g_assert_true (first->is_set == second->is_set);
      g_assert_cmpint (first->integer, ==, second->integer);
      g_assert_cmpfloat (first->number, ==, second->number);
      g_assert_cmpstr (first->string, ==, second->string);
      g_assert_true ((first->list == NULL) == (second->list == NULL));
      if (first->list != NULL)
        g_assert_cmpstrv (first->list, second->list);
    }
}

static inline void
assert_equal_loads (const ThrumLoad *a, const ThrumLoad *b)
{
  ThrumLoad first = *a, second = *b;

  g_assert_true ((a->stages == NULL) == (b->stages == NULL));
  if (a->stages != NULL)
    {
      g_assert_cmpuint (a->stages->len, ==, b->stages->len);
      for (guint i = 0; i < a->stages->len; i++)
        {
          ThrumStage x = g_array_index (a->stages, ThrumStage, i);
          ThrumStage y = g_array_index (b->stages, ThrumStage, i);
          g_assert_cmpint (x.time_ns, ==, y.time_ns);
          g_assert_cmpfloat (x.level, ==, y.level);
        }
    }
  first.stages = second.stages = NULL;
  /* The resolved text says how many slots there are, as if somebody had asked for them. */
  first.slots_are_capped = second.slots_are_capped = FALSE;
  g_assert_cmpmem (&first, sizeof first, &second, sizeof second);
}

static inline void
assert_equal_requests (const ThrumRequestConfig *a, const ThrumRequestConfig *b)
{
  g_assert_cmpstr (a->name, ==, b->name);
  g_assert_cmpuint (a->target, ==, b->target);
  g_assert_cmpfloat (a->weight, ==, b->weight);
  g_assert_cmpint (a->timeout_ns, ==, b->timeout_ns);
  g_assert_true ((a->expect_status == NULL) == (b->expect_status == NULL));
  if (a->expect_status != NULL)
    g_assert_cmpmem (a->expect_status->data, a->expect_status->len * sizeof (ThrumStatusRange),
                     b->expect_status->data, b->expect_status->len * sizeof (ThrumStatusRange));
  g_assert_true ((a->expect_body == NULL) == (b->expect_body == NULL));
  if (a->expect_body != NULL)
    g_assert_cmpstr (g_regex_get_pattern (a->expect_body), ==,
                     g_regex_get_pattern (b->expect_body));
  assert_equal_values (&a->values, &b->values);
}

static inline void
assert_equal_configs (const ThrumConfig *a, const ThrumConfig *b)
{
  assert_equal_loads (&a->load, &b->load);
  g_assert_cmpstr (a->results_directory, ==, b->results_directory);
  g_assert_cmpstrv (a->columns, b->columns);
  g_assert_cmpuint (a->targets->len, ==, b->targets->len);
  for (guint i = 0; i < a->targets->len; i++)
    {
      g_assert_cmpstr (target_of (a, i)->name, ==, target_of (b, i)->name);
      g_assert_true (target_of (a, i)->module == target_of (b, i)->module);
      assert_equal_values (&target_of (a, i)->values, &target_of (b, i)->values);
      assert_equal_values (&target_of (a, i)->transport, &target_of (b, i)->transport);
    }
  g_assert_cmpuint (a->requests->len, ==, b->requests->len);
  for (guint i = 0; i < a->requests->len; i++)
    assert_equal_requests (request_of (a, i), request_of (b, i));
  g_assert_cmpuint (a->thresholds->len, ==, b->thresholds->len);
  for (guint i = 0; i < a->thresholds->len; i++)
    {
      const ThrumThreshold *x = g_ptr_array_index (a->thresholds, i);
      const ThrumThreshold *y = g_ptr_array_index (b->thresholds, i);
      g_assert_cmpstr (x->key, ==, y->key);
      g_assert_cmpstr (x->text, ==, y->text);
      g_assert_cmpint (x->measure, ==, y->measure);
      g_assert_cmpfloat (x->quantile, ==, y->quantile);
      g_assert_cmpfloat (x->limit, ==, y->limit);
      g_assert_cmpint (x->request, ==, y->request);
      g_assert_cmpint (x->abort_after_ns, ==, y->abort_after_ns);
    }
}

/* Loads the resolved text elsewhere, as a worker does, and holds it against @config. */
static inline void
check_resolved (const ThrumConfig *config)
{
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; config->environment[i] != NULL; i++)
    {
      g_auto (GStrv) pair = g_strsplit (config->environment[i], "=", 2);
      g_assert_null (g_getenv (pair[0]));
      g_setenv (pair[0], pair[1], TRUE);
    }
  g_autoptr (ThrumConfig) again = thrum_config_load (
      config->resolved_text, strlen (config->resolved_text), "resolved", "/", NULL, 0, problems);
  if (problems->len > 0)
    g_error ("%s in\n%s", (gchar *)g_ptr_array_index (problems, 0), config->resolved_text);
  assert_equal_configs (config, again);
  g_assert_cmpstr (again->resolved_text, ==, config->resolved_text);
  g_assert_null (again->environment[0]);
  for (guint i = 0; config->environment[i] != NULL; i++)
    {
      g_auto (GStrv) pair = g_strsplit (config->environment[i], "=", 2);
      g_unsetenv (pair[0]);
    }
}
