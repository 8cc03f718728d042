/* SPDX-License-Identifier: MIT
 *
 * `thrum init`: a commented INI file to start from, made from the tables that check it, so that it
 * says what this version can do and passes as it is. Main thread.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "cli/option-text.h"
#include "config/config.h"
#include "config/expand.h"
#include "config/keys.h"
#include "base/printing.h"

#define WIDTH 90
#define USAGE                                                                                      \
  "Usage: thrum init [URL]\n\n"                                                                    \
  "Prints a commented INI file for a test of URL (http://127.0.0.1:8080/ if not given), to be\n"   \
  "edited and given to `thrum run`.\n"

/* A comment about the key, then the key: with @value, or, as a comment, with what holds anyway. */
static void
append_option (GString *out, const ThrumOption *option, const ThrumKey *key, const gchar *value)
{
  g_autofree gchar *type = thrum_option_to_text (option, key);
  g_autofree gchar *help = thrum_capitalize (option->help);
  g_autofree gchar *comment = g_strdup_printf ("%s (%s)", help, type);

  thrum_append_wrapped (out, comment, "# ", WIDTH);
  if (value != NULL)
    g_string_append_printf (out, "%s = %s\n\n", option->key, value);
  else
    g_string_append_printf (out, "#%s =%s%s\n\n", option->key,
                            option->fallback != NULL && *option->fallback != '\0' ? " " : "",
                            option->fallback != NULL ? option->fallback : "");
}

/* The keys of @kind but those before @first and those that only make sense in pairs with others. */
static void
append_keys (GString *out, ThrumSectionKind kind, guint first)
{
  guint n_keys;
  const ThrumKey *keys = thrum_keys_of (kind, &n_keys);

  for (guint i = first; i < n_keys; i++)
    {
      const gchar *value = NULL;
      if (!thrum_key_is_available (&keys[i]))
        continue;
      if (kind == THRUM_SECTION_LOAD && i == THRUM_LOAD_DURATION)
        value = "10s";
      if (kind == THRUM_SECTION_LOAD && i == THRUM_LOAD_USERS)
        value = "10";
      append_option (out, &keys[i].option, &keys[i], value);
    }
}

static void
append_table (GString *out, const ThrumOptionTable *table, const gchar *url)
{
  for (guint i = 0; i < table->n_options; i++)
    {
      const ThrumOption *option = thrum_option_table_get (table, i);
      append_option (out, option, NULL,
                     url != NULL && g_str_equal (option->key, "url") ? url : NULL);
    }
}

static gchar *
make_text (const gchar *plugin, const ThrumPlugin *descriptor, const gchar *url)
{
  GString *out = g_string_new (NULL);
  const ThrumOptionTable target = thrum_option_table_of_target (descriptor);
  const ThrumOptionTable request = thrum_option_table_of_request (descriptor);
  const ThrumOptionTable transport = thrum_option_table_of_transport ();
  g_autofree gchar *escaped = url != NULL ? thrum_expand_escape (url) : NULL;

  g_string_append (out, "# A load test. thrum.ini(5) says more about this file.\n"
                        "#   thrum run FILE --check    checks it and prints the plan\n"
                        "#   thrum run FILE --report   runs it, with plots at the end\n"
                        "# A comment is a whole line; ${env:NAME} takes a value from the "
                        "environment.\n\n[load]\n");
  append_keys (out, THRUM_SECTION_LOAD, 0);
  g_string_append (out, "[results]\n");
  append_keys (out, THRUM_SECTION_RESULTS, 0);

  g_string_append_printf (out, "[target site]\nplugin = %s\n\n", plugin);
  append_table (out, &target, escaped);
  if (descriptor->codec != NULL)
    append_table (out, &transport, NULL);

  g_string_append (out, "# What is sent. Without any [request NAME], the target is one request of "
                        "its own name;\n# these keys may stand in [target NAME], too, for all its "
                        "requests.\n[request page]\ntarget = site\n\n");
  append_table (out, &request, NULL);
  append_keys (out, THRUM_SECTION_REQUEST, THRUM_REQUEST_WEIGHT);

  g_string_append (out, "# What must hold for exit code 0; [thresholds page] is about that request "
                        "alone.\n[thresholds]\n");
  append_keys (out, THRUM_SECTION_THRESHOLDS, 0);
  out->len -= out->str[out->len - 2] == '\n';
  out->str[out->len] = '\0';
  return g_string_free (out, FALSE);
}

static int
fail (const GError *error)
{
  thrum_printing_say (stderr, "thrum init: %s\n", error->message);
  return THRUM_EXIT_USAGE;
}

int
thrum_cli_init (int argc, char **argv)
{
  const gchar *url = argc > 1 ? argv[1] : "http://127.0.0.1:8080/";
  g_autoptr (GError) error = NULL;

  if (argc == 2 && (strcmp (argv[1], "--help") == 0 || strcmp (argv[1], "-h") == 0))
    {
      fputs (USAGE, stdout);
      return THRUM_EXIT_GOOD;
    }
  if (argc > 2 || (argc == 2 && argv[1][0] == '-'))
    {
      thrum_printing_say (stderr, "thrum init: expected at most a URL\n");
      return THRUM_EXIT_USAGE;
    }

  g_autofree gchar *plugin = thrum_config_plugin_for_url (url, &error);
  if (plugin == NULL && argc > 1)
    return fail (error);
  if (plugin == NULL)
    {
      /* Built without the http plugin: one that needs no network stands in. */
      plugin = g_strdup ("null");
      url = NULL;
      g_clear_error (&error);
    }
  const ThrumPluginModule *module = thrum_plugin_load (plugin, NULL, &error);
  if (module == NULL)
    return fail (error);
  g_autofree gchar *text = make_text (plugin, module->descriptor, url);
  fputs (text, stdout);
  return THRUM_EXIT_GOOD;
}
