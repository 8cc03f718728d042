/* SPDX-License-Identifier: MIT
 *
 * Writes the resolved text: the config with every default explicit, paths absolute and secrets
 * as references. It loads to the same config in a worker, or on another day. Writes only what
 * was checked. Main thread.
 */
#include <string.h>

#include "config/check.h"
#include "config/expand.h"
#include "base/units.h"

static void
write_line (GString *out, const gchar *key, const gchar *text)
{
  g_string_append_printf (out, "%s = %s\n", key, text);
}

static void
write_duration (GString *out, const gchar *key, gint64 ns)
{
  g_autofree gchar *text = thrum_format_duration (ns);

  write_line (out, key, text);
}

/* ---- [load] -------------------------------------------------------------------------------- */

/* Keys whose text holds as it stands: given, or the fallback, where the load has a place for it. */
static const gchar *
standing_text (const ThrumCheck *check, guint key)
{
  const ThrumLoad *load = &check->config->load;
  const ThrumEntry *entry = check->load.given[key];

  if ((key == THRUM_LOAD_ARRIVALS || key == THRUM_LOAD_OVERLOAD) && !load->is_open)
    return NULL;
  if (thrum_key_load_is_codec_only (key) && !thrum_config_is_codec (check->config))
    return NULL;
  return entry != NULL ? entry->text : thrum_value (&check->load.values, key)->string;
}

/* What the load decided on, where it decided; NULL: the key has no place in this load. */
static gchar *
format_load (const ThrumCheck *check, guint key)
{
  const ThrumLoad *load = &check->config->load;
  const gboolean has_user_stages = load->stages != NULL && !load->is_open;

  switch (key)
    {
    case THRUM_LOAD_DURATION:
      return load->stages != NULL ? NULL : thrum_format_duration (load->duration_ns);
    case THRUM_LOAD_RAMP_UP:
      return load->stages != NULL ? NULL : thrum_format_duration (load->ramp_up_ns);
    case THRUM_LOAD_USERS:
      return has_user_stages || (load->is_open && thrum_config_is_codec (check->config))
                 ? NULL
                 : g_strdup_printf ("%u", load->users);
    case THRUM_LOAD_PROCESSES:
      return g_strdup_printf ("%u", load->processes);
    case THRUM_LOAD_THREADS:
      return g_strdup_printf ("%u", load->threads);
    case THRUM_LOAD_INTERVAL:
      return load->is_open ? NULL : thrum_format_duration (load->interval_ns);
    case THRUM_LOAD_THINK_TIME:
      return load->is_open ? NULL : thrum_format_duration (load->think_time_ns);
    case THRUM_LOAD_MAX_IN_FLIGHT:
      return load->is_open ? g_strdup_printf ("%u", load->max_in_flight) : NULL;
    case THRUM_LOAD_WARM_UP:
      return thrum_format_duration (load->warm_up_ns);
    case THRUM_LOAD_TIMEOUT:
      return thrum_format_duration (load->timeout_ns);
    case THRUM_LOAD_DRAIN:
      return thrum_format_duration (load->drain_ns);
    default:
      return g_strdup (standing_text (check, key));
    }
}

static void
write_load (GString *out, const ThrumCheck *check)
{
  guint n_keys;
  const ThrumKey *keys = thrum_keys_of (THRUM_SECTION_LOAD, &n_keys);

  g_string_append (out, "[load]\n");
  for (guint key = 0; key < n_keys; key++)
    {
      if (!thrum_key_is_available (&keys[key]))
        continue;
      g_autofree gchar *text = format_load (check, key);
      if (text != NULL)
        write_line (out, keys[key].option.key, text);
    }
}

/* ---- Targets, requests and the rest -------------------------------------------------------- */

/* The options of @fields: those given as lines, the others' fallbacks as comments, since a plugin
 * may tell a value from none. */
static void
write_fields (GString *out, const ThrumFields *fields)
{
  for (guint i = 0; i < fields->table.n_options; i++)
    {
      const ThrumOption *option = thrum_option_table_get (&fields->table, i);
      if (fields->given[i] != NULL)
        write_line (out, option->key, thrum_entry_get_written (fields->given[i]));
      else if (option->fallback != NULL)
        g_string_append_printf (out, "# %s = %s\n", option->key, option->fallback);
    }
}

static void
write_target (GString *out, const ThrumSubject *target)
{
  g_string_append_printf (out, "\n[target %s]\n", target->section->title);
  write_fields (out, &target->core);
  write_fields (out, &target->options);
  write_fields (out, &target->transport);
}

static void
write_request (GString *out, const ThrumCheck *check, guint index)
{
  const ThrumSubject *request = g_ptr_array_index (check->requests, index);
  const ThrumRequestConfig *config = g_ptr_array_index (check->config->requests, index);
  const ThrumTargetConfig *target = g_ptr_array_index (check->config->targets, config->target);
  ThrumEntry *const *given = request->core.given;

  g_string_append_printf (out, "\n[request %s]\n", config->name);
  write_line (out, "target", target->name);
  write_line (out, "weight",
              given[THRUM_REQUEST_WEIGHT] != NULL ? given[THRUM_REQUEST_WEIGHT]->text : "1");
  write_duration (out, "timeout", config->timeout_ns);
  for (guint i = THRUM_REQUEST_EXPECT_STATUS; i <= THRUM_REQUEST_EXPECT_BODY; i++)
    if (given[i] != NULL)
      write_line (out, given[i]->key, given[i]->text);
  write_fields (out, &request->options);
}

static void
write_results (GString *out, const ThrumCheck *check)
{
  const ThrumConfig *config = check->config;
  g_autofree gchar *directory = thrum_expand_escape (config->results_directory);
  g_autofree gchar *columns = g_strjoinv (", ", config->columns);

  g_string_append (out, "\n[results]\n");
  write_line (out, "directory", directory);
  write_line (out, "columns", columns);
  for (guint i = THRUM_RESULTS_SECRET_HEADERS; i <= THRUM_RESULTS_SECRET_KEYS; i++)
    if (check->results.given[i] != NULL)
      write_line (out, check->results.given[i]->key, check->results.given[i]->text);
}

static void
write_thresholds (GString *out, const ThrumCheck *check)
{
  const ThrumDocument *document = check->document;
  gboolean has_default = check->config->load.is_open && !thrum_check_has_dropped (check);

  if (has_default && thrum_document_find (document, THRUM_SECTION_THRESHOLDS, NULL) == NULL)
    g_string_append (out, "\n[thresholds]\ndropped = " THRUM_DROPPED_DEFAULT "\n");
  for (guint i = 0; i < document->sections->len; i++)
    {
      const ThrumSection *section = g_ptr_array_index (document->sections, i);
      if (section->kind != THRUM_SECTION_THRESHOLDS)
        continue;
      g_string_append_printf (out, "\n[%s]\n", section->name);
      if (has_default && section->title == NULL)
        write_line (out, "dropped", THRUM_DROPPED_DEFAULT);
      for (guint j = 0; j < section->entries->len; j++)
        {
          const ThrumEntry *entry = g_ptr_array_index (section->entries, j);
          write_line (out, entry->key, entry->text);
        }
    }
}

gchar *
thrum_resolve (const ThrumCheck *check)
{
  GString *out = g_string_new (NULL);

  write_load (out, check);
  write_results (out, check);
  for (guint i = 0; i < check->targets->len; i++)
    write_target (out, g_ptr_array_index (check->targets, i));
  for (guint i = 0; i < check->requests->len; i++)
    write_request (out, check, i);
  write_thresholds (out, check);
  return g_string_free (out, FALSE);
}
