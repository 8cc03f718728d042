/* SPDX-License-Identifier: MIT
 *
 * Whatever a file holds, loading it gives a config or problems, never both, never neither; and a
 * config's resolved text loads to the same resolved text. Once as this version is, once with the
 * keys of later versions, too.
 */
#include <string.h>

#include "config/config.h"
#include "config/keys.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static ThrumConfig *
load (const gchar *text, gsize length, const gchar *base_directory)
{
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  ThrumConfig *config =
      thrum_config_load (text, length, "fuzz.ini", base_directory, NULL, 0, problems);

  g_assert_true ((config == NULL) == (problems->len > 0));
  for (guint i = 0; i < problems->len; i++)
    g_assert_null (strchr (problems->pdata[i], '\n'));
  return config;
}

static void
check (const gchar *text, gsize length)
{
  g_autoptr (ThrumConfig) config = load (text, length, "/base");

  if (config == NULL)
    return;
  for (guint i = 0; config->environment[i] != NULL; i++)
    {
      g_auto (GStrv) pair = g_strsplit (config->environment[i], "=", 2);
      g_setenv (pair[0], pair[1], TRUE);
    }
  g_autoptr (ThrumConfig) again = load (config->resolved_text, strlen (config->resolved_text), "/");
  g_assert_nonnull (again);
  g_assert_cmpstr (again->resolved_text, ==, config->resolved_text);
  g_assert_null (again->environment[0]);
  for (guint i = 0; config->environment[i] != NULL; i++)
    {
      g_auto (GStrv) pair = g_strsplit (config->environment[i], "=", 2);
      g_unsetenv (pair[0]);
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_setenv ("THRUM_PLUGIN_PATH", SAMPLE_PLUGIN_DIR, TRUE);
  g_setenv ("FUZZ_TIME", "3s", TRUE);
  g_setenv ("FUZZ_PLUGIN", "sample", TRUE);
  g_setenv ("FUZZ_TEXT", "a $ b ${x}", TRUE);
  g_setenv ("FUZZ_LINES", "a\n[load]\n;", TRUE);

  check ((const gchar *)data, size);
  thrum_keys_set_all_available (TRUE);
  check ((const gchar *)data, size);
  thrum_keys_set_all_available (FALSE);
  return 0;
}
