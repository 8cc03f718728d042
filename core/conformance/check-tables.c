/* SPDX-License-Identifier: MIT
 *
 * Checks of any plugin's options: whatever its own tables allow, it takes or refuses, with a reason.
 * And that what it makes, it frees.
 */
#include <malloc.h>
#include <string.h>

#include "conformance/check-kit.h"
#include "plugin/values.h"

/* So many targets, each with a request, are made and freed. */
#define ROUNDS 500

/* Of a table's options one value. */
typedef struct {
  const ThrumPlugin *plugin;
  ThrumOptionTable target, request;
  ThrumValues target_values, request_values;
} Tables;

static void
tables_init (Tables *tables, const ThrumPlugin *plugin)
{
  tables->plugin = plugin;
  tables->target = thrum_option_table_of_target (plugin);
  tables->request = thrum_option_table_of_request (plugin);
  thrum_values_init (&tables->target_values, &tables->target);
  thrum_values_init (&tables->request_values, &tables->request);
}

static void
tables_clear (Tables *tables)
{
  thrum_values_clear (&tables->target_values);
  thrum_values_clear (&tables->request_values);
}

/* Gives a key of either table its value. FALSE with @error set. */
static gboolean
tables_set (Tables *tables, const gchar *key, const gchar *value, GError **error)
{
  gint index = thrum_option_table_find (&tables->target, key);

  if (index >= 0)
    return thrum_values_set (&tables->target_values, &tables->target, (guint)index, value, error);
  index = thrum_option_table_find (&tables->request, key);
  if (index >= 0)
    return thrum_values_set (&tables->request_values, &tables->request, (guint)index, value, error);
  g_set_error (error, THRUM_PLUGIN_ERROR, THRUM_PLUGIN_ERROR_INVALID, "%s has no option '%s'",
               tables->plugin->name, key);
  return FALSE;
}

static gboolean
tables_set_given (Tables *tables, gchar **options, GError **error)
{
  for (; *options != NULL; options++)
    {
      const gchar *equals = strchr (*options, '=');
      g_autofree gchar *key = g_strndup (*options, (gsize)(equals - *options));

      if (!tables_set (tables, key, equals + 1, error))
        {
          g_prefix_error (error, "%s: ", key);
          return FALSE;
        }
    }
  return TRUE;
}

/* Makes a target and a request and frees them. What went wrong, other than a refusal with a reason,
 * or NULL; @refusal (nullable) takes the reason. */
static const gchar *
make_once (Tables *tables, GError **refusal)
{
  const ThrumPlugin *plugin = tables->plugin;
  ThrumEndpoint endpoint = { .size = sizeof endpoint };
  g_autoptr (GError) error = NULL;
  const gchar *wrong = NULL;
  gpointer request;
  gpointer target = plugin->target_new (thrum_plugin_host (), &tables->target_values,
                                        plugin->codec != NULL ? &endpoint : NULL, &error);

  if (target == NULL && error == NULL)
    return "target_new () returned NULL without setting the error";
  if (target == NULL)
    {
      g_propagate_error (refusal, g_steal_pointer (&error));
      return NULL;
    }
  if (error != NULL)
    wrong = "target_new () set the error, but returned a target";
  request = plugin->request_new (thrum_plugin_host (), target, &tables->request_values, &error);
  if (request == NULL && error == NULL)
    wrong = "request_new () returned NULL without setting the error";
  else if (request == NULL)
    g_propagate_error (refusal, g_steal_pointer (&error));
  else if (error != NULL)
    wrong = "request_new () set the error, but returned a request";
  if (request != NULL)
    plugin->request_free (request);
  plugin->target_free (target);
  return wrong;
}

/* With the options given and @option at @value. FALSE: told. */
static gboolean
try_value (ThrumConformance *check, const ThrumOption *option, const gchar *value, guint *n_tried)
{
  g_autoptr (GError) refusal = NULL;
  const gchar *wrong = NULL;
  Tables tables;

  thrum_check_doing (check, "making a target and a request with %s = %s", option->key, value);
  tables_init (&tables, check->module->descriptor);
  if (tables_set_given (&tables, check->own_options, NULL)
      && tables_set (&tables, option->key, value, NULL))
    {
      ++*n_tried;
      wrong = make_once (&tables, &refusal);
    }
  if (wrong != NULL)
    thrum_check_problem (check, "tables", "with %s = %s, %s", option->key, value, wrong);
  tables_clear (&tables);
  return wrong == NULL;
}

/* The least and the most of a bounded option, the choices of another, the extremes of a text. */
static gboolean
try_option (ThrumConformance *check, const ThrumOption *option, guint *n_tried)
{
  static const gchar *const texts[] = { "",  "0",    "x", "\\",       "%n%s",
                                        ";", "${x}", ":", "\xff\xfe", "/nonexistent/file" };
  gchar number[G_ASCII_DTOSTR_BUF_SIZE + 2];

  switch (option->type)
    {
    case THRUM_OPTION_ENUM:
      for (guint i = 0; option->choices[i] != NULL; i++)
        if (!try_value (check, option, option->choices[i], n_tried))
          return FALSE;
      return TRUE;
    case THRUM_OPTION_BOOL:
      return try_value (check, option, "yes", n_tried) && try_value (check, option, "no", n_tried);
    case THRUM_OPTION_STRING:
    case THRUM_OPTION_LIST:
      for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
        if (!try_value (check, option, texts[i], n_tried))
          return FALSE;
      return TRUE;
    case THRUM_OPTION_DURATION:
      g_snprintf (number, sizeof number, "%.0fns", option->minimum);
      if (!try_value (check, option, number, n_tried))
        return FALSE;
      g_snprintf (number, sizeof number, "%.0fns", option->maximum);
      return try_value (check, option, number, n_tried);
    case THRUM_OPTION_INT:
    case THRUM_OPTION_SIZE:
    case THRUM_OPTION_DOUBLE:
      g_snprintf (number, sizeof number, "%.0f", option->minimum);
      if (!try_value (check, option, number, n_tried))
        return FALSE;
      g_snprintf (number, sizeof number, "%.0f", option->maximum);
      return try_value (check, option, number, n_tried);
    }
  return TRUE;
}

static gboolean
try_table (ThrumConformance *check, const ThrumOptionTable *table, guint *n_tried)
{
  for (guint i = 0; i < table->n_options; i++)
    if (!try_option (check, thrum_option_table_get (table, i), n_tried))
      return FALSE;
  return TRUE;
}

static void
check_making (ThrumConformance *check)
{
  g_autoptr (GError) error = NULL;
  const gchar *wrong = NULL;
  gsize before = 0, after;
  Tables tables;

  thrum_check_doing (check, "making a target and a request");
  tables_init (&tables, check->module->descriptor);
  if (tables_set_given (&tables, check->own_options, &error))
    wrong = make_once (&tables, &error);
  for (guint i = 0; i < ROUNDS && wrong == NULL && error == NULL; i++)
    {
      wrong = make_once (&tables, &error);
      if (i == ROUNDS / 10)
        before = mallinfo2 ().uordblks;
    }
  after = mallinfo2 ().uordblks;
  tables_clear (&tables);

  if (wrong != NULL)
    thrum_check_problem (check, "target and request", "%s", wrong);
  else if (error != NULL)
    thrum_check_problem (check, "target and request",
                         "the plugin refuses the options given (KEY=VALUE behind its name): %s",
                         error->message);
  else if (after > before + ROUNDS * 8)
    thrum_check_problem (check, "target and request",
                         "about %zu bytes stay behind for each that is made and freed",
                         (after - before) / (ROUNDS - ROUNDS / 10));
  else
    thrum_check_ok (check, "target and request", "made and freed %d times", ROUNDS);
}

void
thrum_check_tables (ThrumConformance *check)
{
  const ThrumOptionTable target = thrum_option_table_of_target (check->module->descriptor);
  const ThrumOptionTable request = thrum_option_table_of_request (check->module->descriptor);
  guint n_tried = 0;

  check_making (check);
  if (check->n_problems == 0 && try_table (check, &target, &n_tried)
      && try_table (check, &request, &n_tried))
    thrum_check_ok (check, "tables", "%u options, %u extreme values taken or refused in order",
                    target.n_options + request.n_options, n_tried);
}
