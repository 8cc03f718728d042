/* SPDX-License-Identifier: MIT
 *
 * Makes a test without a file: turns a URL into INI text, and a file or URL into a run's name,
 * and splits `--set`. Handles texts only, and checks nothing that the config checks. Main
 * thread.
 */
#include <string.h>

#include "config/config.h"
#include "config/expand.h"

/* ---- Which plugin -------------------------------------------------------------------------- */

static gboolean
serves (const ThrumPluginModule *module, const gchar *scheme)
{
  return module != NULL && module->descriptor->schemes != NULL
         && g_strv_contains (module->descriptor->schemes, scheme);
}

/* The plugin named like the scheme, if it serves it, else the first by name that does. */
static gchar *
find_plugin (const gchar *scheme, GError **error)
{
  g_auto (GStrv) names = thrum_plugin_list ();
  g_autoptr (GString) known = g_string_new (NULL);
  g_autoptr (GError) broken = NULL;

  if (serves (thrum_plugin_load (scheme, NULL, NULL), scheme))
    return g_strdup (scheme);
  for (guint i = 0; names[i] != NULL; i++)
    {
      const ThrumPluginModule *module =
          thrum_plugin_load (names[i], NULL, broken == NULL ? &broken : NULL);
      if (serves (module, scheme))
        return g_strdup (names[i]);
      for (guint j = 0; module != NULL && module->descriptor->schemes != NULL
                        && module->descriptor->schemes[j] != NULL;
           j++)
        g_string_append_printf (known, "%s%s:", known->len > 0 ? ", " : "",
                                module->descriptor->schemes[j]);
    }
  g_set_error (error, THRUM_PLUGIN_ERROR, THRUM_PLUGIN_ERROR_NOT_FOUND,
               "no plugin serves '%s:' URLs; those found serve %s%s%s", scheme,
               known->len > 0 ? known->str : "none", broken != NULL ? "; " : "",
               broken != NULL ? broken->message : "");
  return NULL;
}

gchar *
thrum_config_plugin_for_url (const gchar *url, GError **error)
{
  g_autofree gchar *raw_scheme = g_uri_parse_scheme (url);

  if (raw_scheme == NULL || !g_utf8_validate (url, -1, NULL))
    {
      g_set_error (error, G_URI_ERROR, G_URI_ERROR_BAD_SCHEME, "'%s' is no URL", url);
      return NULL;
    }
  for (const gchar *at = url; *at != '\0'; at++)
    if (g_ascii_iscntrl (*at))
      {
        g_set_error (error, G_URI_ERROR, G_URI_ERROR_FAILED,
                     "the URL holds the control character 0x%02x", (guint8)*at);
        return NULL;
      }
  g_autofree gchar *scheme = g_ascii_strdown (raw_scheme, -1);
  return find_plugin (scheme, error);
}

gchar *
thrum_config_text_for_url (const gchar *url, GError **error)
{
  g_autofree gchar *plugin = thrum_config_plugin_for_url (url, error);
  g_autofree gchar *escaped = thrum_expand_escape (url);

  if (plugin == NULL)
    return NULL;
  return g_strdup_printf ("[load]\n"
                          "duration = 10s\n"
                          "\n"
                          "[target site]\n"
                          "plugin = %s\n"
                          "url = %s\n",
                          plugin, escaped);
}

/* ---- Names --------------------------------------------------------------------------------- */

gchar *
thrum_config_name_for (const gchar *file)
{
  g_autofree gchar *name = NULL;
  const gchar *start;

  if (strstr (file, "://") != NULL)
    {
      const gchar *host = strstr (file, "://") + 3;
      gsize length = strcspn (host, "/?#");
      const gchar *at = memrchr (host, '@', length);
      gsize skip = at != NULL ? (gsize)(at - host) + 1 : 0;
      name = g_strndup (host + skip, length - skip);
    }
  else
    name = g_path_get_basename (file);
  if (g_str_has_suffix (name, ".ini"))
    name[strlen (name) - strlen (".ini")] = '\0';

  /* It becomes a folder's name: nothing that hides it, leads elsewhere, or looks like an option. */
  g_strcanon (name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "._-", '-');
  start = name + strspn (name, ".-");
  return g_strdup (*start != '\0' ? start : "test");
}

/* How long the word is that a target's or a request's section begins with; 0: it is another. */
static gsize
get_kind_length (const gchar *section)
{
  static const gchar *const kinds[] = { "target", "request" };

  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_has_prefix (section, kinds[i]))
      return strlen (kinds[i]);
  return 0;
}

gboolean
thrum_config_parse_set (const gchar *argument, gchar **section, gchar **key, gchar **value,
                        GError **error)
{
  const gchar *equals = strchr (argument, '=');
  const gchar *dot = strchr (argument, '.');
  gsize kind = get_kind_length (argument);

  /* Keys of these have no dot, so that their names may: target.my.site.url. */
  if (equals != NULL && kind > 0)
    dot = memrchr (argument, '.', (gsize)(equals - argument));
  if (equals == NULL || dot == NULL || dot > equals || dot == argument || dot + 1 == equals)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   "'%s' is not SECTION.KEY=VALUE, like load.users=20 or target.NAME.url=...",
                   argument);
      return FALSE;
    }
  *section = g_strndup (argument, (gsize)(dot - argument));
  if (kind > 0 && (*section)[kind] == '.')
    (*section)[kind] = ' ';
  g_strstrip (*section);
  *key = g_strstrip (g_strndup (dot + 1, (gsize)(equals - dot) - 1));
  *value = g_strdup (equals + 1);
  return TRUE;
}
