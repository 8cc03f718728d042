/* SPDX-License-Identifier: MIT
 *
 * Checks [target NAME]: the plugin, its options, and the defaults for the target's requests,
 * which may stand here too. Makes each target once, so that the plugin can judge its values.
 * Main thread.
 */
#include <string.h>

#include "config/check.h"
#include "config/expand.h"

ThrumSubject *
thrum_subject_new (ThrumSection *section)
{
  ThrumSubject *self = g_new0 (ThrumSubject, 1);

  self->section = section;
  return self;
}

void
thrum_subject_free (gpointer data)
{
  ThrumSubject *self = data;

  thrum_fields_clear (&self->core);
  thrum_fields_clear (&self->options);
  thrum_fields_clear (&self->transport);
  thrum_fields_clear (&self->defaults);
  thrum_fields_clear (&self->core_defaults);
  g_free (self);
}

/* Loads what `plugin` names. Its problem stands at that key. */
static void
load_plugin (ThrumCheck *check, ThrumSubject *target)
{
  ThrumEntry *entry = thrum_section_find (target->section, "plugin");
  g_autoptr (GError) error = NULL;

  if (entry == NULL)
    thrum_problems_add (check->reading.problems, target->section->place, target->section->name,
                        "plugin", "must be given: the plugin that speaks the protocol, like http");
  else if (entry->value != NULL)
    {
      target->module = thrum_plugin_load (entry->value, check->reading.base_directory, &error);
      if (target->module == NULL)
        thrum_problems_add (check->reading.problems, entry->place, target->section->name, "plugin",
                            "%s", error->message);
      else if (!thrum_text_is_one_line (target->module->path))
        thrum_problems_add (check->reading.problems, entry->place, target->section->name, "plugin",
                            THRUM_ODD_PATH, target->module->path);
      else if (strchr (entry->value, G_DIR_SEPARATOR) != NULL)
        entry->written = thrum_expand_escape (target->module->path);
    }
}

/* The engine is one for all targets, and an engine serves one kind. */
static void
check_kind (ThrumCheck *check, const ThrumSubject *target)
{
  const ThrumSubject *first = g_ptr_array_index (check->targets, 0);

  if (target->module == NULL || first->module == NULL
      || (target->module->descriptor->codec != NULL) == (first->module->descriptor->codec != NULL))
    return;
  const ThrumEntry *entry = thrum_section_find (target->section, "plugin");
  thrum_problems_add (check->reading.problems, entry->place, target->section->name, "plugin",
                      "'%s' is a %s plugin, but that of [%s] is a %s plugin; one test has one kind",
                      entry->value, target->module->descriptor->codec != NULL ? "codec" : "session",
                      first->section->name,
                      first->module->descriptor->codec != NULL ? "codec" : "session");
}

static void
read_target (ThrumCheck *check, ThrumSubject *target)
{
  const ThrumPlugin *descriptor = target->module != NULL ? target->module->descriptor : NULL;
  ThrumOptionTable request_keys = thrum_key_table_of (THRUM_SECTION_REQUEST);
  ThrumFields *tables[5] = { &target->core, &target->core_defaults };
  guint n_tables = 2;

  thrum_fields_init (&target->core, thrum_key_table_of (THRUM_SECTION_TARGET), TRUE);
  thrum_fields_init (&target->core_defaults, request_keys, TRUE);
  if (descriptor != NULL)
    {
      thrum_fields_init (&target->options, thrum_option_table_of_target (descriptor), FALSE);
      thrum_fields_init (&target->defaults, thrum_option_table_of_request (descriptor), FALSE);
      tables[n_tables++] = &target->options;
      tables[n_tables++] = &target->defaults;
    }
  if (descriptor != NULL && descriptor->codec != NULL)
    {
      thrum_fields_init (&target->transport, thrum_option_table_of_transport (), FALSE);
      tables[n_tables++] = &target->transport;
    }

  check->reading.plugin = descriptor;
  target->is_sound =
      thrum_fields_read (tables, n_tables, descriptor == NULL, target->section, &check->reading)
      && descriptor != NULL;
  const ThrumEntry *misplaced = target->core_defaults.given[THRUM_REQUEST_TARGET];
  if (misplaced != NULL)
    thrum_problems_add (check->reading.problems, misplaced->place, target->section->name, "target",
                        "is a key of [request NAME]; a target has a name: [target NAME]");
  if (descriptor != NULL
      && !thrum_fields_check_required (&target->options, target->section, check->reading.problems))
    target->is_sound = FALSE;
}

const ThrumSection *
thrum_check_section_of (const ThrumCheck *check, const ThrumEntry *entry)
{
  const GPtrArray *sections = check->document->sections;

  for (guint i = 0; i < sections->len; i++)
    if (g_ptr_array_find (((ThrumSection *)sections->pdata[i])->entries, entry, NULL))
      return sections->pdata[i];
  g_assert_not_reached ();
}

void
thrum_check_tell_refusal (ThrumCheck *check, const ThrumSection *section,
                          const ThrumFields *const *tables, guint n_tables, const GError *error)
{
  const gchar *message = error != NULL ? error->message : "the plugin refuses it, but says not why";
  const gchar *colon = strstr (message, ": ");
  g_autofree gchar *key = colon != NULL ? g_strndup (message, (gsize)(colon - message)) : NULL;

  for (guint t = 0; key != NULL && t < n_tables; t++)
    {
      const gint index = thrum_option_table_find (&tables[t]->table, key);
      const ThrumEntry *entry = index >= 0 ? tables[t]->given[index] : NULL;
      if (index < 0)
        continue;
      if (entry != NULL)
        section = thrum_check_section_of (check, entry);
      thrum_problems_add (check->reading.problems, entry != NULL ? entry->place : section->place,
                          section->name, key, "%s", colon + strlen (": "));
      return;
    }
  thrum_problems_add (check->reading.problems, section->place, section->name, NULL, "%s", message);
}

static void
make_target (ThrumCheck *check, ThrumSubject *target)
{
  const ThrumPlugin *descriptor = target->module->descriptor;
  const ThrumFields *table = &target->options;
  ThrumEndpoint endpoint = { .size = sizeof endpoint };
  g_autoptr (GError) error = NULL;

  target->object = descriptor->target_new (thrum_plugin_host (), &target->options.values,
                                           descriptor->codec != NULL ? &endpoint : NULL, &error);
  if (target->object == NULL)
    {
      target->is_sound = FALSE;
      thrum_check_tell_refusal (check, target->section, &table, 1, error);
    }
  else if (descriptor->codec != NULL)
    thrum_check_transport (check, target, &endpoint);
}

void
thrum_check_targets (ThrumCheck *check)
{
  for (guint i = 0; i < check->document->sections->len; i++)
    {
      ThrumSection *section = g_ptr_array_index (check->document->sections, i);
      if (section->kind != THRUM_SECTION_TARGET)
        continue;

      ThrumSubject *target = thrum_subject_new (section);
      ThrumTargetConfig *config = g_new0 (ThrumTargetConfig, 1);
      g_ptr_array_add (check->targets, target);
      config->name = g_strdup (section->title);
      g_ptr_array_add (check->config->targets, config);

      load_plugin (check, target);
      check_kind (check, target);
      read_target (check, target);
      config->module = target->module;
      if (target->is_sound)
        make_target (check, target);
    }
  if (check->targets->len == 0)
    thrum_problems_add (check->reading.problems, (ThrumPlace){ 0 }, "target NAME", NULL,
                        "there must be one: the service to test");
}
