/* SPDX-License-Identifier: MIT
 *
 * What `thrum init`, `thrum plugins` and the plan of --check say, held against what they say it of.
 */
#include <json-glib/json-glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/option-text.h"
#include "cli/plan-print.h"
#include "config/config.h"
#include "config/keys.h"

#define THRUM THRUM_TEST_BUILD_DIR "/../../core/thrum"
#define SAMPLE THRUM_TEST_BUILD_DIR "/sample/sample.so"
#define SAMPLE_CODEC THRUM_TEST_BUILD_DIR "/sample/sample_codec.so"

typedef struct {
  gchar *out, *err;
  gint exit_code;
} Result;

/* Runs thrum with up to three arguments. */
static Result
run (const gchar *a, const gchar *b, const gchar *c)
{
  const gchar *const argv[] = { THRUM, a, b, c, NULL };
  g_autoptr (GError) error = NULL;
  Result result = { 0 };
  gint status;

  g_spawn_sync (NULL, (gchar **)argv, NULL, G_SPAWN_STDIN_FROM_DEV_NULL, NULL, NULL, &result.out,
                &result.err, &status, &error);
  g_assert_no_error (error);
  g_assert_true (WIFEXITED (status));
  result.exit_code = WEXITSTATUS (status);
  return result;
}

static void
clear (Result *result)
{
  g_clear_pointer (&result->out, g_free);
  g_clear_pointer (&result->err, g_free);
}

static ThrumConfig *
load (const gchar *text)
{
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  ThrumConfig *config = thrum_config_load (text, strlen (text), "t.ini", NULL, NULL, 0, problems);

  if (config == NULL)
    g_error ("%s in\n%s", (gchar *)problems->pdata[0], text);
  return config;
}

static gboolean
has_line (const gchar *text, const gchar *line)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  return g_strv_contains ((const gchar *const *)lines, line);
}

/* ---- thrum init ---------------------------------------------------------------------------- */

/* Every `#key = value` with the # taken away, except those that exclude others, name files or are of
 * use with a rate, or a codec plugin, only. */
static gchar *
uncomment (const gchar *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autoptr (GString) bare = g_string_new (NULL);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      gboolean is_default =
          lines[i][0] == '#' && lines[i][1] != ' ' && !g_str_has_suffix (lines[i], "=")
          && strstr (lines[i], " = ") && !g_str_has_prefix (lines[i], "#arrivals =")
          && !g_str_has_prefix (lines[i], "#overload =") && !g_str_has_prefix (lines[i], "#idle =")
          && !g_str_has_prefix (lines[i], "#engine =");
      g_string_append_printf (bare, "%s\n", lines[i] + is_default);
    }
  return g_string_free (g_steal_pointer (&bare), FALSE);
}

static void
test_init (gconstpointer data)
{
  const gchar *url = data;
  Result result = run ("init", url, NULL);
  guint n_keys;
  const ThrumKey *keys = thrum_keys_of (THRUM_SECTION_LOAD, &n_keys);

  g_assert_cmpstr (result.err, ==, "");
  g_assert_cmpint (result.exit_code, ==, 0);
  g_autoptr (ThrumConfig) config = load (result.out);
  g_assert_cmpuint (config->requests->len, ==, 1);
  const ThrumTargetConfig *target = g_ptr_array_index (config->targets, 0);
  g_assert_cmpstr (thrum_value (&target->values, 0)->string, ==, url);
  g_autofree gchar *load_part =
      g_strndup (result.out, strstr (result.out, "[results]") - result.out);
  for (guint i = 0; i < n_keys; i++)
    {
      g_autofree gchar *given = g_strdup_printf ("\n%s =", keys[i].option.key);
      g_autofree gchar *commented = g_strdup_printf ("\n#%s =", keys[i].option.key);
      gboolean is_there = strstr (load_part, given) || strstr (load_part, commented);
      g_assert_true (is_there == keys[i].is_available);
    }

  /* The defaults in the comments are what holds without them. */
  g_autofree gchar *bare = uncomment (result.out);
  g_autoptr (ThrumConfig) same = load (bare);
  g_assert_cmpint (same->load.timeout_ns, ==, config->load.timeout_ns);
  g_assert_cmpuint (same->load.users, ==, config->load.users);
  g_assert_cmpstrv (same->columns, config->columns);
  g_assert_cmpstr (same->results_directory, ==, config->results_directory);
  clear (&result);
}

static void
test_init_usage (void)
{
  Result result = run ("init", "gopher://x", NULL);

  g_assert_cmpint (result.exit_code, ==, THRUM_EXIT_USAGE);
  g_assert_cmpstr (result.out, ==, "");
  g_assert_nonnull (strstr (result.err, "no plugin serves 'gopher:' URLs"));
  clear (&result);

  result = run ("init", "a", "b");
  g_assert_cmpint (result.exit_code, ==, THRUM_EXIT_USAGE);
  clear (&result);

  result = run ("init", "--help", NULL);
  g_assert_cmpint (result.exit_code, ==, 0);
  g_assert_true (g_str_has_prefix (result.out, "Usage: thrum init"));
  clear (&result);

  /* Only `sample` is found: nothing serves http:, so null has to stand in, and is not there. */
  result = run ("init", NULL, NULL);
  g_assert_cmpint (result.exit_code, ==, THRUM_EXIT_USAGE);
  g_assert_nonnull (strstr (result.err, "no plugin 'null'"));
  clear (&result);
}

/* ---- thrum plugins ------------------------------------------------------------------------- */

static void
test_plugins_list (void)
{
  g_setenv ("THRUM_PLUGIN_PATH", THRUM_TEST_BUILD_DIR "/sample:" THRUM_TEST_BUILD_DIR "/bad", TRUE);
  Result result = run ("plugins", NULL, NULL);

  g_assert_cmpint (result.exit_code, ==, 0);
  g_assert_true (has_line (result.out,
                           "sample       session  1        sample         has an option "
                           "of every type; for tests"));
  g_assert_true (has_line (result.out,
                           "bad_codec    codec    1        -              is wrong in one "
                           "way"));
  g_assert_null (strstr (result.out, "bad_magic"));
  g_assert_nonnull (
      strstr (result.err, "bad_magic.so': symbol 'thrum_plugin_bad_magic': its magic"));
  clear (&result);
  g_setenv ("THRUM_PLUGIN_PATH", THRUM_TEST_BUILD_DIR "/sample", TRUE);
}

static void
test_plugins_one (void)
{
  Result result = run ("plugins", "sample", NULL);

  g_assert_cmpint (result.exit_code, ==, 0);
  g_assert_true (has_line (result.out, "sample 1: has an option of every type; for tests"));
  g_assert_true (has_line (result.out, "  kind     session plugin, ABI 1.2"));
  g_assert_true (has_line (result.out, "      enum: red, green, blue; default green"));
  g_assert_true (has_line (result.out, "      string; a secret, never written down"));
  g_assert_true (has_line (result.out, "      int, -5 to 5; default 1"));
  g_assert_null (strstr (result.out, "server-name"));
  clear (&result);

  result = run ("plugins", SAMPLE_CODEC, NULL);
  g_assert_cmpint (result.exit_code, ==, 0);
  g_assert_nonnull (strstr (result.out, "server-name"));
  clear (&result);

  result = run ("plugins", "sampel", NULL);
  g_assert_cmpint (result.exit_code, ==, THRUM_EXIT_USAGE);
  g_assert_nonnull (strstr (result.err, "did you mean 'sample'?"));
  clear (&result);

  result = run ("plugins", THRUM_TEST_BUILD_DIR "/bad/bad_major.so", NULL);
  g_assert_cmpint (result.exit_code, ==, THRUM_EXIT_CANNOT_START);
  clear (&result);

  result = run ("plugins", "--jsno", NULL);
  g_assert_cmpint (result.exit_code, ==, THRUM_EXIT_USAGE);
  clear (&result);
}

static JsonObject *
find_option (JsonObject *plugin, const gchar *table, const gchar *key)
{
  JsonArray *options = json_object_get_array_member (plugin, table);

  for (guint i = 0; i < json_array_get_length (options); i++)
    {
      JsonObject *option = json_array_get_object_element (options, i);
      if (g_str_equal (json_object_get_string_member (option, "key"), key))
        return option;
    }
  g_error ("no option %s in %s", key, table);
}

static void
test_plugins_json (void)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;
  Result result = run ("plugins", "--json", NULL);

  json_parser_load_from_data (parser, result.out, -1, &error);
  g_assert_no_error (error);
  JsonArray *plugins = json_node_get_array (json_parser_get_root (parser));
  g_assert_cmpuint (json_array_get_length (plugins), ==, 2);
  JsonObject *codec = json_array_get_object_element (plugins, 1);
  g_assert_cmpstr (json_object_get_string_member (codec, "name"), ==, "sample_codec");
  g_assert_cmpstr (json_object_get_string_member (codec, "kind"), ==, "codec");
  g_assert_cmpstr (json_object_get_string_member (codec, "path"), ==, SAMPLE_CODEC);
  JsonObject *count = find_option (codec, "request", "count");
  g_assert_cmpfloat (json_object_get_double_member (count, "minimum"), ==, -5);
  g_assert_cmpstr (json_object_get_string_member (count, "default"), ==, "1");
  g_assert_true (json_object_get_boolean_member (find_option (codec, "target", "url"), "required"));
  g_assert_true (json_object_get_boolean_member (find_option (codec, "target", "token"), "secret"));
  g_assert_true (
      json_object_get_boolean_member (find_option (codec, "request", "body"), "template"));
  g_assert_true (json_object_get_boolean_member (find_option (codec, "transport", "key"), "path"));
  clear (&result);

  result = run ("plugins", "--json", "sample");
  json_parser_load_from_data (parser, result.out, -1, &error);
  g_assert_no_error (error);
  JsonObject *sample = json_node_get_object (json_parser_get_root (parser));
  g_assert_cmpstr (json_object_get_string_member (sample, "version"), ==, "1");
  g_assert_false (json_object_has_member (sample, "transport"));
  clear (&result);
}

/* ---- The plan ------------------------------------------------------------------------------ */

static gchar *
plan_of (const gchar *ini)
{
  g_autoptr (ThrumConfig) config = load (ini);
  gchar *text = NULL;
  size_t length;
  FILE *stream = open_memstream (&text, &length);

  thrum_plan_print (config, stream);
  fclose (stream);
  return text;
}

static void
test_plan (void)
{
  g_autofree gchar *plan =
      plan_of ("[load]\nduration = 10s\nramp-up = 2s\nusers = 4\nprocesses = 2\ninterval = 250ms\n"
               "[target site]\nplugin = " SAMPLE "\nurl = sample:x\ntoken = swordfish\n"
               "expect-status = 200, 300-399\nweight = 3\n"
               "[target other]\nplugin = " SAMPLE "\nurl = sample:y\n"
               "[thresholds]\np99 = 250ms\n[thresholds other]\nrate = 5/s\n");
  static const gchar *const lines[] = {
    "Test t: closed model, session plugin",
    "  duration       10s",
    "  users          4",
    "  interval       250ms",
    "  0: 2 threads, 2 users",
    "     0 at 0s, 2 at 1s",
    "     1 at 500ms, 3 at 1.5s",
    "  site: plugin sample 1 (" SAMPLE ")",
    "    url            sample:x",
    "    colour         green (default)",
    "    token          (secret)",
    "  site: to site, weight 3 (75%), timeout 30s",
    "    expect-status  200, 300-399",
    "  other: to other, weight 1 (25%), timeout 30s",
    "  p99 <= 250ms, all requests",
    "  rate >= 5/s, other",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    if (!has_line (plan, lines[i]))
      g_error ("no line '%s' in\n%s", lines[i], plan);
  g_assert_null (strstr (plan, "swordfish"));
}

static void
test_plan_many (void)
{
  g_autofree gchar *plan =
      plan_of ("[load]\nduration = 10s\nusers = 100000\nprocesses = 1\nramp-up = 10s\n"
               "[target site]\nplugin = " SAMPLE_CODEC "\nurl = sample:x\n");

  g_assert_true (has_line (plan, "  0: 1 event loop, 100000 users"));
  g_assert_nonnull (strstr (plan, "99999 at 9.9999s"));
  g_assert_cmpuint (strlen (plan), <, 10000);
}

static void
test_plan_open (void)
{
  thrum_keys_set_all_available (TRUE);
  g_autofree gchar *plan =
      plan_of ("[load]\nduration = 10s\nrate = 100/s\nprocesses = 2\n"
               "ramp-up = 2s\nthreads = 2\nmax-in-flight = 5\noverload = queue\n"
               "[target site]\nplugin = " SAMPLE_CODEC "\nurl = sample:x\n");
  static const gchar *const lines[] = {
    "Test t: open model, codec plugin",
    "  rate           0s 0/s, 2s 100/s, 10s 100/s",
    "  arrivals       uniform, 900 in all",
    "  max-in-flight  5, beyond which arrivals wait for a slot",
    "  0: 2 event loops, at most 3 requests in flight (slots of each: 2, 1)",
    "  1: 2 event loops, at most 2 requests in flight (slots of each: 1, 1)",
    "     arrivals 1, 3, 5, ...",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    if (!has_line (plan, lines[i]))
      g_error ("no line '%s' in\n%s", lines[i], plan);
  thrum_keys_set_all_available (FALSE);
}

static void
test_wrap (void)
{
  static const struct {
    const gchar *text, *wrapped;
  } cases[] = {
    { "", "" },
    { "a b c", "# a b c\n" },
    { "aaa bbb ccc", "# aaa bbb\n# ccc\n" },
    { "aaaaaaaaaaaaaaa b", "# aaaaaaaaaaaaaaa\n# b\n" },
    { "aaaaaaaa bbbbbbbbb", "# aaaaaaaa\n# bbbbbbbbb\n" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GString) out = g_string_new (NULL);
      thrum_append_wrapped (out, cases[i].text, "# ", 10);
      g_assert_cmpstr (out->str, ==, cases[i].wrapped);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_setenv ("THRUM_PLUGIN_PATH", THRUM_TEST_BUILD_DIR "/sample", TRUE);
  g_test_add_data_func ("/init/url", "sample://h:80/?a=b;c#d", test_init);
  g_test_add_data_func ("/init/dollar", "sample://${env:NOT}$$", test_init);
  g_test_add_func ("/init/usage", test_init_usage);
  g_test_add_func ("/plugins/list", test_plugins_list);
  g_test_add_func ("/plugins/one", test_plugins_one);
  g_test_add_func ("/plugins/json", test_plugins_json);
  g_test_add_func ("/plan/closed", test_plan);
  g_test_add_func ("/plan/many", test_plan_many);
  g_test_add_func ("/plan/open", test_plan_open);
  g_test_add_func ("/wrap", test_wrap);
  return g_test_run ();
}
