/* SPDX-License-Identifier: MIT
 *
 * The plugin loader against plugins that are wrong on purpose (bad-plugin.c): each refusal names the
 * file, the symbol and what is wrong. And option texts against option tables.
 */
#include "net/transport.h"
#include "plugin/loader.h"

#include <glib/gstdio.h>
#include <string.h>

#include "base/nearest.h"
#include "plugin/descriptor.h"
#include "plugin/values.h"

#define BAD_PLUGIN_DIR THRUM_TEST_BUILD_DIR "/bad"

typedef struct {
  const gchar *name; /* of bad_NAME.so */
  ThrumPluginError code;
  const gchar *says;
} BadCase;

static const BadCase bad_cases[] = {
  { "missing", THRUM_PLUGIN_ERROR_NOT_FOUND, "no such file" },
  { "symbol", THRUM_PLUGIN_ERROR_LOAD, "exports no symbol 'thrum_plugin_bad_symbol'" },
  { "small", THRUM_PLUGIN_ERROR_MISMATCH, "it has 4 bytes" },
  { "magic", THRUM_PLUGIN_ERROR_MISMATCH, "magic is 0x00001234, not 0x6d726874" },
  { "major", THRUM_PLUGIN_ERROR_MISMATCH, "plugin ABI 7.3, another major" },
  { "minor", THRUM_PLUGIN_ERROR_MISMATCH, "plugin ABI 1.43 and needs at least 1.42" },
  { "size", THRUM_PLUGIN_ERROR_MISMATCH, "its ThrumPlugin has 16 bytes" },
  { "size_lie", THRUM_PLUGIN_ERROR_MISMATCH, "100000 bytes, but the symbol has" },
  { "option_size", THRUM_PLUGIN_ERROR_MISMATCH, "its ThrumOption has 8 bytes" },
  { "session_size", THRUM_PLUGIN_ERROR_MISMATCH, "its ThrumSessionOps has 0 bytes" },
  { "codec_size", THRUM_PLUGIN_ERROR_MISMATCH, "its ThrumCodecOps has 4 bytes" },
  { "name", THRUM_PLUGIN_ERROR_INVALID, "its name is 'other'" },
  { "no_name", THRUM_PLUGIN_ERROR_INVALID, "its name is '(none)'" },
  { "version", THRUM_PLUGIN_ERROR_INVALID, "its version" },
  { "summary", THRUM_PLUGIN_ERROR_INVALID, "its summary is not one line" },
  { "hook", THRUM_PLUGIN_ERROR_INVALID, "required hook target_new" },
  { "hook_free", THRUM_PLUGIN_ERROR_INVALID, "required hook request_free" },
  { "run", THRUM_PLUGIN_ERROR_INVALID, "required hook session->run" },
  { "decode", THRUM_PLUGIN_ERROR_INVALID, "required hook codec->decode" },
  { "both", THRUM_PLUGIN_ERROR_INVALID, "both operation tables" },
  { "neither", THRUM_PLUGIN_ERROR_INVALID, "no operation table" },
  { "no_key", THRUM_PLUGIN_ERROR_INVALID, "'(none)' is not called" },
  { "key", THRUM_PLUGIN_ERROR_INVALID, "'No Key' is not called" },
  { "key_plugin", THRUM_PLUGIN_ERROR_INVALID, "'plugin' has a name that thrum keeps" },
  { "key_expect", THRUM_PLUGIN_ERROR_INVALID, "'expect-body' has a name that thrum keeps" },
  { "key_transport", THRUM_PLUGIN_ERROR_INVALID, "'verify' has the name of a transport key" },
  { "key_twice", THRUM_PLUGIN_ERROR_INVALID, "'second' is declared twice" },
  { "key_between", THRUM_PLUGIN_ERROR_INVALID, "'shape' is declared twice" },
  { "type", THRUM_PLUGIN_ERROR_INVALID, "type 77" },
  { "help", THRUM_PLUGIN_ERROR_INVALID, "'a' has a help" },
  { "template", THRUM_PLUGIN_ERROR_INVALID, "'a' is a template" },
  { "path", THRUM_PLUGIN_ERROR_INVALID, "'a' is a path but no string" },
  { "choices", THRUM_PLUGIN_ERROR_INVALID, "'a' has choices but is no enum" },
  { "enum", THRUM_PLUGIN_ERROR_INVALID, "'a' is an enum without choices" },
  { "enum_none", THRUM_PLUGIN_ERROR_INVALID, "'a' is an enum without choices" },
  { "enum_twice", THRUM_PLUGIN_ERROR_INVALID, "the choice 'red' twice" },
  { "enum_fallback", THRUM_PLUGIN_ERROR_INVALID, "'gren' is not one of red, green; did you mean" },
  { "only_with", THRUM_PLUGIN_ERROR_INVALID,
    "'second' is of use only with 'a: red', which is not" },
  { "only_with_none", THRUM_PLUGIN_ERROR_INVALID, "'second' is of use only with 'c = red', which" },
  { "only_with_self", THRUM_PLUGIN_ERROR_INVALID, "only with 'second = red', which" },
  { "only_with_int", THRUM_PLUGIN_ERROR_INVALID, "only with 'shape = 3', which" },
  { "only_with_choice", THRUM_PLUGIN_ERROR_INVALID, "only with 'a = red, blue', which" },
  { "bounds", THRUM_PLUGIN_ERROR_INVALID, "'a' has a minimum that is not below" },
  { "bounds_string", THRUM_PLUGIN_ERROR_INVALID, "'a' has bounds but is no number" },
  { "required", THRUM_PLUGIN_ERROR_INVALID, "'a' is required, but has a fallback" },
  { "fallback", THRUM_PLUGIN_ERROR_INVALID, "'a' has a fallback that does not fit: '3 s' is not" },
  { "fallback_lines", THRUM_PLUGIN_ERROR_INVALID, "'a' has a fallback that is not one line" },
  { "fallback_range", THRUM_PLUGIN_ERROR_INVALID, "'3' is out of range: 1 to 2" },
  { "options", THRUM_PLUGIN_ERROR_INVALID, "target options are 4000000000" },
  { "schemes", THRUM_PLUGIN_ERROR_INVALID, "no target option 'url'" },
  { "schemes_loud", THRUM_PLUGIN_ERROR_INVALID, "scheme 'BAD'" },
};

static gchar *
path_of (const gchar *name)
{
  return g_strdup_printf ("%s/bad_%s.so", BAD_PLUGIN_DIR, name);
}

static void
test_bad (gconstpointer data)
{
  const BadCase *bad = data;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *path = path_of (bad->name);
  g_autofree gchar *symbol = g_strdup_printf ("thrum_plugin_bad_%s", bad->name);

  g_assert_null (thrum_plugin_load (path, NULL, &error));
  g_assert_error (error, THRUM_PLUGIN_ERROR, (gint)bad->code);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, path));
  g_assert_nonnull (strstr (error->message, bad->says));
  if (bad->code != THRUM_PLUGIN_ERROR_NOT_FOUND)
    g_assert_nonnull (strstr (error->message, symbol));
  if (bad->code == THRUM_PLUGIN_ERROR_MISMATCH)
    g_assert_nonnull (strstr (error->message, "this thrum has plugin ABI 1.2"));

  /* Refused once, refused always. */
  g_assert_null (thrum_plugin_load (path, NULL, NULL));
}

static const ThrumPluginModule *
load_good (const gchar *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *path = path_of (name);
  const ThrumPluginModule *module = thrum_plugin_load (path, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (module);
  g_assert_cmpstr (module->path, ==, path);
  g_assert_true (g_str_has_suffix (module->descriptor->name, name));
  return module;
}

static void
test_good (void)
{
  const ThrumPluginModule *module = load_good ("good");

  g_assert_true (load_good ("good") == module);
  g_assert_true (thrum_plugin_load ("./bad_good.so", BAD_PLUGIN_DIR, NULL) == module);
  g_assert_true (thrum_plugin_load ("x/../bad_good.so", BAD_PLUGIN_DIR, NULL) == module);
  load_good ("codec");
  load_good ("key_session"); /* only codecs leave the transport keys to thrum */
}

/* What was compiled before an option could say what it is of use with. */
static void
test_older (void)
{
  const ThrumPluginModule *module = load_good ("older");
  const ThrumOptionTable table = thrum_option_table_of_request (module->descriptor);
  ThrumValues values;

  g_assert_cmpint (thrum_option_table_find (&table, "second"), ==, 1);
  g_assert_null (thrum_option_table_get_only_with (&table, 0));
  g_assert_true (thrum_descriptor_awaits_reply (module->descriptor, NULL));
  thrum_values_init (&values, &table);
  g_assert_null (thrum_values_explain_no_use (&values, &table, 1));
  thrum_values_clear (&values);
}

static void
test_only_with (void)
{
  const ThrumPluginModule *module = load_good ("only_with_good");
  const ThrumOptionTable table = thrum_option_table_of_request (module->descriptor);
  g_autofree gchar *why = NULL;
  ThrumValues values;

  thrum_values_init (&values, &table);
  why = thrum_values_explain_no_use (&values, &table, 1);
  g_assert_cmpstr (why, ==, "is of no use with a = red");
  g_assert_true (thrum_values_set (&values, &table, 0, "green", NULL));
  g_assert_null (thrum_values_explain_no_use (&values, &table, 1));
  thrum_values_reset (&values, &table, 0);
  g_assert_false (thrum_value (&values, 0)->is_set);
  g_assert_cmpint (thrum_value (&values, 0)->integer, ==, 0);
  thrum_values_clear (&values);
}

/* A later version's plugin: longer structs, tables of a larger stride. */
static void
test_larger (void)
{
  const ThrumPluginModule *module = load_good ("larger");
  const ThrumOptionTable table = thrum_option_table_of_request (module->descriptor);
  ThrumValues values;

  g_assert_cmpuint (table.stride, >, sizeof (ThrumOption));
  g_assert_cmpint (thrum_option_table_find (&table, "second"), ==, 1);
  thrum_values_init (&values, &table);
  g_assert_cmpint (thrum_value (&values, 0)->integer, ==, 3);
  g_assert_cmpint (thrum_value (&values, 1)->integer, ==, 1);
  thrum_values_clear (&values);
}

static void
test_search (void)
{
  g_autoptr (GError) error = NULL;

  g_setenv ("THRUM_PLUGIN_PATH", "/nowhere::" BAD_PLUGIN_DIR, TRUE);
  g_auto (GStrv) directories = thrum_plugin_get_directories ();
  g_assert_cmpuint (g_strv_length (directories), ==, 3);
  g_assert_cmpstr (directories[0], ==, "/nowhere");
  g_assert_cmpstr (directories[1], ==, BAD_PLUGIN_DIR);

  g_auto (GStrv) names = thrum_plugin_list ();
  g_assert_true (g_strv_contains ((const gchar *const *)names, "bad_magic"));
  for (guint i = 1; names[i] != NULL; i++)
    g_assert_cmpstr (names[i - 1], <, names[i]);

  g_assert_true (thrum_plugin_load ("bad_good", NULL, NULL) == load_good ("good"));
  g_assert_null (thrum_plugin_load ("bad_godo", NULL, &error));
  g_assert_error (error, THRUM_PLUGIN_ERROR, THRUM_PLUGIN_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "/nowhere, " BAD_PLUGIN_DIR));
  g_assert_nonnull (strstr (error->message, "did you mean 'bad_good'?"));
  g_clear_error (&error);

  g_assert_null (thrum_plugin_load ("../bad_good", "/nowhere", &error));
  g_assert_error (error, THRUM_PLUGIN_ERROR, THRUM_PLUGIN_ERROR_NOT_FOUND);
}

/* Files that are no shared object, or are not called like a plugin. */
static void
test_no_plugin (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *folder = g_dir_make_tmp ("thrum-loader-XXXXXX", NULL);
  g_autofree gchar *text = g_build_filename (folder, "text.so", NULL);
  g_autofree gchar *odd = g_build_filename (folder, "Odd-name.so", NULL);
  g_autofree gchar *folder_with_slash = g_strconcat (folder, "/", NULL);

  g_assert_true (g_file_set_contents (text, "hello", -1, NULL));
  g_assert_true (g_file_set_contents (odd, "hello", -1, NULL));
  g_assert_null (thrum_plugin_load (text, NULL, &error));
  g_assert_error (error, THRUM_PLUGIN_ERROR, THRUM_PLUGIN_ERROR_LOAD);
  g_clear_error (&error);
  g_assert_null (thrum_plugin_load (odd, NULL, &error));
  g_assert_error (error, THRUM_PLUGIN_ERROR, THRUM_PLUGIN_ERROR_LOAD);
  g_assert_nonnull (strstr (error->message, "NAME.so"));
  g_clear_error (&error);
  g_assert_null (thrum_plugin_load (folder_with_slash, NULL, &error));
  g_assert_error (error, THRUM_PLUGIN_ERROR, THRUM_PLUGIN_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "not a file"));

  g_remove (text);
  g_remove (odd);
  g_rmdir (folder);
}

static void
test_host (void)
{
  const ThrumHost *host = thrum_plugin_host ();
  GError *error = NULL;

  host->set_error (NULL, "%d", 1);
  host->set_error (&error, "cannot count to %d", 1);
  host->set_error (&error, "cannot count to %d", 2);
  g_assert_cmpstr (error->message, ==, "cannot count to 1");
  g_error_free (error);
  g_assert_cmpint (host->now (), >, 0);
}

/* ---- Values -------------------------------------------------------------------------------- */

static const char *const colours[] = { "red", "green", NULL };

typedef struct {
  ThrumOptionType type;
  gdouble minimum, maximum;
  const gchar *text;
  const gchar *refused; /* part of the message; NULL: it fits */
  gdouble number;       /* what it is then */
} ValueCase;

static const ValueCase value_cases[] = {
  { THRUM_OPTION_INT, 0, 0, "-5", NULL, -5 },
  { THRUM_OPTION_INT, 1, 999, "999", NULL, 999 },
  { THRUM_OPTION_INT, 1, 999, "1000", "'1000' is out of range: 1 to 999" },
  { THRUM_OPTION_INT, 1, 999, "0", "'0' is out of range: 1 to 999" },
  { THRUM_OPTION_INT, 0, 9, "-1", "out of range: 0 to 9" },
  { THRUM_OPTION_INT, 0, 0, "5 # five", "is not a whole number" },
  { THRUM_OPTION_DOUBLE, -1, 0.5, "0.25", NULL, 0.25 },
  { THRUM_OPTION_DOUBLE, -1, 0.5, "0.75", "out of range: -1 to 0.5" },
  { THRUM_OPTION_DOUBLE, 1, G_MAXDOUBLE, "0", "out of range: at least 1" },
  { THRUM_OPTION_BOOL, 0, 0, "yes", NULL, 1 },
  { THRUM_OPTION_BOOL, 0, 0, "false", NULL, 0 },
  { THRUM_OPTION_BOOL, 0, 0, "1", "is not yes or no" },
  { THRUM_OPTION_DURATION, 1e6, 1e9, "250ms", NULL, 250e6 },
  { THRUM_OPTION_DURATION, 1e6, 1e9, "10us", "out of range: 1ms to 1s" },
  { THRUM_OPTION_DURATION, 1e6, G_MAXINT64, "10us", "out of range: at least 1ms" },
  { THRUM_OPTION_SIZE, 0, 1024, "1KiB", NULL, 1024 },
  { THRUM_OPTION_SIZE, 0, 1024, "1025", "out of range: at most 1024 bytes" },
  { THRUM_OPTION_ENUM, 0, 0, "green", NULL, 1 },
  { THRUM_OPTION_ENUM, 0, 0, "gren", "not one of red, green; did you mean 'green'?" },
  { THRUM_OPTION_ENUM, 0, 0, "Mauve", "not one of red, green" },
  { THRUM_OPTION_STRING, 0, 0, " as it is ; # ", NULL, 0 },
};

static void
test_values (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (value_cases); i++)
    {
      const ValueCase *c = &value_cases[i];
      const ThrumOption option = { .key = "key",
                                   .type = c->type,
                                   .minimum = c->minimum,
                                   .maximum = c->maximum,
                                   .choices = c->type == THRUM_OPTION_ENUM ? colours : NULL };
      g_autoptr (GError) error = NULL;
      ThrumValue value;

      g_test_message ("%s '%s'", thrum_option_type_name (c->type), c->text);
      g_assert_true (thrum_value_parse (&value, &option, c->text, &error) == (c->refused == NULL));
      if (c->refused == NULL)
        {
          g_assert_no_error (error);
          g_assert_cmpfloat (c->type == THRUM_OPTION_DOUBLE ? value.number : (gdouble)value.integer,
                             ==, c->number);
          g_assert_true (value.is_set);
          g_assert_cmpstr (value.string, ==, c->text);
        }
      else
        {
          g_assert_nonnull (error);
          g_assert_nonnull (strstr (error->message, c->refused));
        }
      thrum_value_clear (&value);
    }
}

static void
test_lists (void)
{
  static const struct {
    const gchar *text, *elements; /* joined by | */
  } cases[] = {
    { "", "" },           { "a", "a" },      { "a;b;c", "a|b|c" },
    { " a ; b ", "a|b" }, { "a;b;", "a|b" }, { "a\\;b;c", "a;b|c" },
    { "a\\b", "a\\b" },   { "\\;", ";" },    { "a: 1, 2; b", "a: 1, 2|b" },
    { ";", NULL },        { "a;;b", NULL },  { "a; ;b", NULL },
  };
  const ThrumOption option = { .key = "key", .type = THRUM_OPTION_LIST };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      ThrumValue value;

      g_test_message ("'%s'", cases[i].text);
      g_assert_true (thrum_value_parse (&value, &option, cases[i].text, &error)
                     == (cases[i].elements != NULL));
      if (cases[i].elements != NULL)
        {
          g_autofree gchar *joined = g_strjoinv ("|", (gchar **)value.list);
          g_assert_cmpstr (joined, ==, cases[i].elements);
        }
      else
        g_assert_nonnull (strstr (error->message, "empty element"));
      thrum_value_clear (&value);
    }
}

static void
test_commas (void)
{
  const ThrumOption option = { .key = "key",
                               .type = THRUM_OPTION_LIST,
                               .flags = THRUM_OPTION_COMMAS };
  ThrumValue value;

  g_assert_true (thrum_value_parse (&value, &option, "a, b;c ,d;", NULL));
  g_autofree gchar *joined = g_strjoinv ("|", (gchar **)value.list);
  g_assert_cmpstr (joined, ==, "a|b|c|d");
  thrum_value_clear (&value);
  g_assert_false (thrum_value_parse (&value, &option, "a, ;b", NULL));
}

/* What is escaped comes back as the one element that it was. */
static void
test_escape (void)
{
  const ThrumOption option = { .key = "key", .type = THRUM_OPTION_LIST };
  static const gchar *const elements[] = { "a", "a;b", ";", "text/html;q=0.9", "\\", "a\\;b" };

  for (gsize i = 0; i < G_N_ELEMENTS (elements); i++)
    {
      g_autofree gchar *text = thrum_value_escape_element (elements[i]);
      ThrumValue value;

      g_assert_true (thrum_value_parse (&value, &option, text, NULL));
      g_assert_cmpuint (g_strv_length ((gchar **)value.list), ==, 1);
      g_assert_cmpstr (value.list[0], ==, elements[i]);
      thrum_value_clear (&value);
    }
}

static void
test_tables (void)
{
  const ThrumOptionTable table = thrum_option_table_of_transport ();
  g_autoptr (GError) error = NULL;
  ThrumValues values;

  thrum_values_init (&values, &table);
  const ThrumValue *verify = thrum_value (&values, THRUM_TRANSPORT_VERIFY);
  g_assert_true (!verify->is_set && verify->integer == 1);
  const ThrumValue *sources = thrum_value (&values, THRUM_TRANSPORT_SOURCE_ADDRESSES);
  g_assert_true (!sources->is_set && sources->list != NULL && sources->list[0] == NULL);
  g_assert_null (thrum_value (&values, THRUM_TRANSPORT_ADDRESS)->string);

  g_assert_true (thrum_values_set (&values, &table, THRUM_TRANSPORT_VERIFY, "no", &error));
  g_assert_true (verify->is_set && verify->integer == 0);
  g_assert_false (thrum_values_set (&values, &table, THRUM_TRANSPORT_VERIFY, "maybe", &error));
  g_assert_nonnull (error);
  g_assert_true (verify->is_set && verify->integer == 0);
  thrum_values_clear (&values);
}

static void
test_nearest (void)
{
  static const struct {
    const gchar *a, *b;
    guint distance;
  } distances[] = {
    { "", "", 0 },           { "", "abc", 3 },
    { "users", "users", 0 }, { "usres", "users", 1 },
    { "user", "users", 1 },  { "kitten", "sitting", 3 },
    { "abcd", "badc", 2 },   { "ramp_up", "ramp-up", 1 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (distances); i++)
    {
      g_assert_cmpuint (thrum_edit_distance (distances[i].a, distances[i].b), ==,
                        distances[i].distance);
      g_assert_cmpuint (thrum_edit_distance (distances[i].b, distances[i].a), ==,
                        distances[i].distance);
    }

  ThrumNearest nearest = thrum_nearest_init ("durtion");
  thrum_nearest_offer (&nearest, "drain");
  thrum_nearest_offer (&nearest, "duration");
  thrum_nearest_offer (&nearest, "users");
  g_assert_cmpstr (nearest.nearest, ==, "duration");
  nearest = thrum_nearest_init ("xyzzy");
  thrum_nearest_offer (&nearest, "users");
  g_assert_null (nearest.nearest);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (bad_cases); i++)
    {
      g_autofree gchar *path = g_strdup_printf ("/loader/bad/%s", bad_cases[i].name);
      g_test_add_data_func (path, &bad_cases[i], test_bad);
    }
  g_test_add_func ("/loader/good", test_good);
  g_test_add_func ("/loader/older", test_older);
  g_test_add_func ("/loader/only-with", test_only_with);
  g_test_add_func ("/loader/larger", test_larger);
  g_test_add_func ("/loader/search", test_search);
  g_test_add_func ("/loader/no-plugin", test_no_plugin);
  g_test_add_func ("/loader/host", test_host);
  g_test_add_func ("/values/one", test_values);
  g_test_add_func ("/values/lists", test_lists);
  g_test_add_func ("/loader/commas", test_commas);
  g_test_add_func ("/values/escape", test_escape);
  g_test_add_func ("/values/tables", test_tables);
  g_test_add_func ("/nearest", test_nearest);
  return g_test_run ();
}
