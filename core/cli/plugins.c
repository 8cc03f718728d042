/* SPDX-License-Identifier: MIT
 *
 * `thrum plugins`: which plugins there are, and what keys one has, straight from its tables. Prints
 * text for people or JSON for programs. Main thread.
 */
#include "cli/cli.h"

#include <json-glib/json-glib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/option-text.h"
#include "plugin/loader.h"
#include "plugin/values.h"
#include "base/printing.h"

#define WIDTH 90
#define USAGE                                                                                      \
  "Usage: thrum plugins [--json] [NAME|PATH]\n"                                                    \
  "       thrum plugins --check NAME|PATH [KEY=VALUE]... [--replies FILE]...\n\n"                  \
  "Lists the plugins found in THRUM_PLUGIN_PATH's folders and the installed one, or prints the\n"  \
  "keys that one plugin has. --check holds one against the rules that plugins keep.\n"

static const gchar *
kind_of (const ThrumPlugin *descriptor)
{
  return descriptor->codec != NULL ? "codec" : "session";
}

static gchar *
schemes_of (const ThrumPlugin *descriptor)
{
  return descriptor->schemes != NULL ? g_strjoinv (", ", (gchar **)descriptor->schemes)
                                     : g_strdup ("");
}

/* ---- Text ---------------------------------------------------------------------------------- */

static void
print_row (const ThrumPluginModule *module)
{
  g_autofree gchar *schemes = schemes_of (module->descriptor);

  printf ("%-12s %-8s %-8s %-14s %s\n", module->descriptor->name, kind_of (module->descriptor),
          module->descriptor->version, *schemes != '\0' ? schemes : "-",
          module->descriptor->summary);
}

static void
append_table (GString *out, const gchar *title, const ThrumOptionTable *table)
{
  g_string_append_printf (out, "\n%s\n", title);
  for (guint i = 0; i < table->n_options; i++)
    {
      const ThrumOption *option = thrum_option_table_get (table, i);
      g_autofree gchar *type = thrum_option_to_text (option, NULL);

      g_string_append_printf (out, "  %s\n", option->key);
      thrum_append_wrapped (out, option->help, "      ", WIDTH);
      thrum_append_wrapped (out, type, "      ", WIDTH);
    }
  if (table->n_options == 0)
    g_string_append (out, "  none\n");
}

static void
print_plugin (const ThrumPluginModule *module)
{
  const ThrumPlugin *descriptor = module->descriptor;
  const ThrumOptionTable target = thrum_option_table_of_target (descriptor);
  const ThrumOptionTable request = thrum_option_table_of_request (descriptor);
  const ThrumOptionTable transport = thrum_option_table_of_transport ();
  g_autofree gchar *schemes = schemes_of (descriptor);
  g_autoptr (GString) out = g_string_new (NULL);

  g_string_append_printf (out, "%s %s: %s\n\n", descriptor->name, descriptor->version,
                          descriptor->summary);
  g_string_append_printf (out, "  kind     %s plugin, ABI %u.%u\n", kind_of (descriptor),
                          descriptor->abi_major, descriptor->abi_minor);
  g_string_append_printf (out, "  file     %s\n", module->path);
  if (*schemes != '\0')
    g_string_append_printf (out, "  schemes  %s\n", schemes);
  append_table (out, "Keys of [target NAME]", &target);
  if (descriptor->codec != NULL)
    append_table (out, "Keys of [target NAME] that thrum serves for every codec plugin",
                  &transport);
  append_table (out, "Keys of [request NAME], or of [target NAME] for all its requests", &request);
  fputs (out->str, stdout);
}

/* ---- JSON ---------------------------------------------------------------------------------- */

static void
add_string (JsonBuilder *json, const gchar *name, const gchar *value)
{
  json_builder_set_member_name (json, name);
  json_builder_add_string_value (json, value);
}

static void
add_strings (JsonBuilder *json, const gchar *name, const gchar *const *values)
{
  json_builder_set_member_name (json, name);
  json_builder_begin_array (json);
  for (guint i = 0; values != NULL && values[i] != NULL; i++)
    json_builder_add_string_value (json, values[i]);
  json_builder_end_array (json);
}

static void
add_flag (JsonBuilder *json, const gchar *name, guint32 flags, guint32 flag)
{
  json_builder_set_member_name (json, name);
  json_builder_add_boolean_value (json, (flags & flag) != 0);
}

/* A number in the option's unit: ns, bytes, or itself. Whole ones as whole numbers: json-glib's own
 * parser cannot read 9e+18. What binds nothing is left out. */
static void
add_bound (JsonBuilder *json, const gchar *name, gdouble bound)
{
  if (fabs (bound) > 1e300)
    return;
  json_builder_set_member_name (json, name);
  if (bound == floor (bound) && fabs (bound) < 9.2e18)
    json_builder_add_int_value (json, (gint64)bound);
  else
    json_builder_add_double_value (json, bound);
}

static void
add_option (JsonBuilder *json, const ThrumOptionTable *table, guint index)
{
  const ThrumOption *option = thrum_option_table_get (table, index);
  const gchar *only_with = thrum_option_table_get_only_with (table, index);

  json_builder_begin_object (json);
  add_string (json, "key", option->key);
  add_string (json, "type", thrum_option_type_name (option->type));
  add_string (json, "help", option->help);
  if (option->fallback != NULL)
    add_string (json, "default", option->fallback);
  if (option->minimum != 0 || option->maximum != 0)
    {
      add_bound (json, "minimum", option->minimum);
      add_bound (json, "maximum", option->maximum);
    }
  if (option->type == THRUM_OPTION_ENUM)
    add_strings (json, "choices", option->choices);
  add_flag (json, "required", option->flags, THRUM_OPTION_REQUIRED);
  add_flag (json, "template", option->flags, THRUM_OPTION_TEMPLATE);
  add_flag (json, "secret", option->flags, THRUM_OPTION_SECRET);
  add_flag (json, "path", option->flags, THRUM_OPTION_PATH);
  if (only_with != NULL)
    add_string (json, "only-with", only_with);
  json_builder_end_object (json);
}

static void
add_table (JsonBuilder *json, const gchar *name, const ThrumOptionTable *table)
{
  json_builder_set_member_name (json, name);
  json_builder_begin_array (json);
  for (guint i = 0; i < table->n_options; i++)
    add_option (json, table, i);
  json_builder_end_array (json);
}

static void
add_plugin (JsonBuilder *json, const ThrumPluginModule *module)
{
  const ThrumPlugin *descriptor = module->descriptor;
  const ThrumOptionTable target = thrum_option_table_of_target (descriptor);
  const ThrumOptionTable request = thrum_option_table_of_request (descriptor);
  const ThrumOptionTable transport = thrum_option_table_of_transport ();
  g_autofree gchar *abi = g_strdup_printf ("%u.%u", descriptor->abi_major, descriptor->abi_minor);

  json_builder_begin_object (json);
  add_string (json, "name", descriptor->name);
  add_string (json, "kind", kind_of (descriptor));
  add_string (json, "version", descriptor->version);
  add_string (json, "summary", descriptor->summary);
  add_string (json, "path", module->path);
  add_string (json, "abi", abi);
  add_strings (json, "schemes", descriptor->schemes);
  add_table (json, "target", &target);
  if (descriptor->codec != NULL)
    add_table (json, "transport", &transport);
  add_table (json, "request", &request);
  json_builder_end_object (json);
}

static void
print_json (JsonBuilder *json)
{
  g_autoptr (JsonNode) root = json_builder_get_root (json);
  g_autoptr (JsonGenerator) generator = json_generator_new ();

  json_generator_set_root (generator, root);
  json_generator_set_pretty (generator, TRUE);
  g_autofree gchar *text = json_generator_to_data (generator, NULL);
  printf ("%s\n", text);
}

/* ---- The command --------------------------------------------------------------------------- */

/* A plugin that does not load is told of and does not keep the others from being listed. */
static int
list_all (gboolean as_json)
{
  g_auto (GStrv) names = thrum_plugin_list ();
  g_auto (GStrv) directories = thrum_plugin_get_directories ();
  g_autoptr (JsonBuilder) json = json_builder_new ();
  gboolean has_header = FALSE;

  json_builder_begin_array (json);
  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autoptr (GError) error = NULL;
      const ThrumPluginModule *module = thrum_plugin_load (names[i], NULL, &error);

      if (module == NULL)
        {
          thrum_printing_say (stderr, "thrum plugins: %s\n", error->message);
          continue;
        }
      if (as_json)
        {
          add_plugin (json, module);
          continue;
        }
      if (!has_header)
        printf ("%-12s %-8s %-8s %-14s %s\n", "NAME", "KIND", "VERSION", "SCHEMES", "SUMMARY");
      has_header = TRUE;
      print_row (module);
    }
  json_builder_end_array (json);
  if (as_json)
    print_json (json);
  else if (!has_header)
    {
      g_autofree gchar *searched = g_strjoinv (", ", directories);
      thrum_printing_say (stderr, "thrum plugins: there is none in %s\n", searched);
    }
  return THRUM_EXIT_GOOD;
}

static int
show_one (const gchar *name_or_path, gboolean as_json)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonBuilder) json = json_builder_new ();
  const ThrumPluginModule *module = thrum_plugin_load (name_or_path, NULL, &error);

  if (module == NULL)
    {
      thrum_printing_say (stderr, "thrum plugins: %s\n", error->message);
      return g_error_matches (error, THRUM_PLUGIN_ERROR, THRUM_PLUGIN_ERROR_NOT_FOUND)
                 ? THRUM_EXIT_USAGE
                 : THRUM_EXIT_CANNOT_START;
    }
  if (!as_json)
    print_plugin (module);
  else
    {
      add_plugin (json, module);
      print_json (json);
    }
  return THRUM_EXIT_GOOD;
}

int
thrum_cli_plugins (int argc, char **argv)
{
  const gchar *name = NULL;
  gboolean as_json = FALSE;

  for (int i = 1; i < argc; i++)
    if (strcmp (argv[i], "--check") == 0)
      return thrum_cli_plugins_check (argc, argv);
  for (int i = 1; i < argc; i++)
    if (strcmp (argv[i], "--help") == 0 || strcmp (argv[i], "-h") == 0)
      {
        fputs (USAGE, stdout);
        return THRUM_EXIT_GOOD;
      }
    else if (strcmp (argv[i], "--json") == 0)
      as_json = TRUE;
    else if (argv[i][0] == '-' || name != NULL)
      {
        thrum_printing_say (
            stderr, "thrum plugins: unexpected '%s'; expected [--json] [NAME|PATH]\n", argv[i]);
        return THRUM_EXIT_USAGE;
      }
    else
      name = argv[i];
  return name != NULL ? show_one (name, as_json) : list_all (as_json);
}
