/* SPDX-License-Identifier: MIT
 *
 * Makes a whole checked test from INI text. Owns the order of the steps: scan, override, expand,
 * check section by section, resolve. Each step knows only its own part. Main thread.
 */
#include "config/check.h"

/* The names that [results] @key lists, before it is read in its turn. (transfer full), (nullable) */
static gchar **
find_names (const ThrumDocument *document, guint key)
{
  const ThrumSection *section = thrum_document_find (document, THRUM_SECTION_RESULTS, NULL);
  const ThrumOptionTable table = thrum_key_table_of (THRUM_SECTION_RESULTS);
  const ThrumOption *option = thrum_option_table_get (&table, key);
  const ThrumEntry *entry = section != NULL ? thrum_section_find (section, option->key) : NULL;

  return entry != NULL && entry->value != NULL ? thrum_value_split (option, entry->value, NULL)
                                               : NULL;
}

static void
check_init (ThrumCheck *check, ThrumProblems *problems, const ThrumDocument *document,
            const gchar *base_directory)
{
  *check = (ThrumCheck){
    .reading = { .problems = problems,
                 .base_directory = base_directory,
                 .secrets = g_ptr_array_new_with_free_func (g_free),
                 .document = document,
                 .secret_headers = find_names (document, THRUM_RESULTS_SECRET_HEADERS),
                 .secret_keys = find_names (document, THRUM_RESULTS_SECRET_KEYS) },
    .document = document,
    .config = thrum_config_new (),
    .targets = g_ptr_array_new_with_free_func (thrum_subject_free),
    .requests = g_ptr_array_new_with_free_func (thrum_subject_free),
  };
  thrum_fields_init (&check->load, thrum_key_table_of (THRUM_SECTION_LOAD), TRUE);
  thrum_fields_init (&check->results, thrum_key_table_of (THRUM_SECTION_RESULTS), TRUE);
}

/* The plugins' objects go with the check; the config keeps values only. */
static void
check_clear (ThrumCheck *check)
{
  for (guint i = 0; i < check->targets->len; i++)
    {
      ThrumSubject *target = g_ptr_array_index (check->targets, i);
      if (target->object != NULL)
        target->module->descriptor->target_free (target->object);
    }
  g_ptr_array_unref (check->targets);
  g_ptr_array_unref (check->requests);
  g_ptr_array_unref (check->reading.secrets);
  g_strfreev (check->reading.secret_headers);
  g_strfreev (check->reading.secret_keys);
  thrum_fields_clear (&check->load);
  thrum_fields_clear (&check->results);
  thrum_config_free (check->config);
}

static ThrumValues
steal_values (ThrumValues *values)
{
  ThrumValues stolen = *values;

  *values = (ThrumValues){ 0 };
  return stolen;
}

/* Everything was good: what the checks hold becomes the config's. */
static ThrumConfig *
check_finish (ThrumCheck *check, const gchar *file)
{
  ThrumConfig *config = check->config;

  config->name = thrum_config_name_for (file);
  config->resolved_text = thrum_resolve (check);
  for (guint i = 0; i < check->targets->len; i++)
    {
      ThrumSubject *subject = g_ptr_array_index (check->targets, i);
      ThrumTargetConfig *target = g_ptr_array_index (config->targets, i);
      target->shown = thrum_fields_show (&subject->options, &check->reading);
      target->shown_transport = thrum_fields_show (&subject->transport, &check->reading);
      target->values = steal_values (&subject->options.values);
      target->transport = steal_values (&subject->transport.values);
    }
  for (guint i = 0; i < check->requests->len; i++)
    {
      ThrumSubject *subject = g_ptr_array_index (check->requests, i);
      ThrumRequestConfig *request = g_ptr_array_index (config->requests, i);
      request->shown = thrum_fields_show (&subject->options, &check->reading);
      request->values = steal_values (&subject->options.values);
    }
  config->environment = g_new0 (gchar *, check->reading.secrets->len + 1);
  for (guint i = 0; i < check->reading.secrets->len; i++)
    config->environment[i] = g_strdup (g_ptr_array_index (check->reading.secrets, i));
  return g_steal_pointer (&check->config);
}

ThrumConfig *
thrum_config_load (const gchar *text, gsize length, const gchar *file, const gchar *base_directory,
                   const ThrumOverride *overrides, gsize n_overrides, GPtrArray *problem_texts)
{
  g_autofree gchar *base =
      base_directory != NULL ? g_canonicalize_filename (base_directory, NULL) : NULL;
  ThrumConfig *config = NULL;
  ThrumProblems problems;
  ThrumCheck check;

  thrum_problems_init (&problems, file);
  g_autoptr (ThrumDocument) document = thrum_document_parse (text, length, &problems);
  thrum_document_override (document, overrides, n_overrides, &problems);
  thrum_document_expand (document, &problems);

  check_init (&check, &problems, document, base);
  thrum_check_targets (&check);
  thrum_check_load (&check);
  thrum_check_requests (&check);
  thrum_check_results (&check);
  thrum_check_thresholds (&check);

  if (thrum_problems_is_empty (&problems))
    config = check_finish (&check, file);
  thrum_problems_finish (&problems, problem_texts);
  check_clear (&check);
  return config;
}
