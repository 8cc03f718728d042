/* SPDX-License-Identifier: MIT
 *
 * The resolved text of a config: references and secrets in it, and that any file's loads to the same
 * config again.
 */
#include "config-resolved.h"

/* ---- The environment and secrets ----------------------------------------------------------- */

static void
test_environment (void)
{
  g_setenv ("THRUM_TEST_COLOUR", "blue", TRUE);
  g_setenv ("THRUM_TEST_DIR", "/elsewhere/$x", TRUE);

  g_autoptr (ThrumConfig) config =
      load_good (LOAD TARGET "colour = ${env:THRUM_TEST_COLOUR}\n"
                             "file = ${env:THRUM_TEST_DIR}/a\n"
                             "body = $ $$ $$${env:THRUM_TEST_COLOUR}$$$x\n");
  const ThrumValues *target = &target_of (config, 0)->values;
  g_assert_cmpint (thrum_value (target, 1)->integer, ==, 2);
  g_assert_cmpstr (thrum_value (target, 3)->string, ==, "/elsewhere/$x/a");
  g_assert_cmpstr (thrum_value (&request_of (config, 0)->values, 6)->string, ==, "$ $ $blue$$x");
  g_assert_nonnull (strstr (config->resolved_text, "colour = ${env:THRUM_TEST_COLOUR}\n"));
  g_assert_null (strstr (config->resolved_text, "elsewhere"));
  check_resolved (config);

  g_autoptr (ThrumConfig) relative = load_good (LOAD TARGET "file = ${env:THRUM_TEST_COLOUR}/a\n");
  g_assert_cmpstr (thrum_value (&target_of (relative, 0)->values, 3)->string, ==, "/base/blue/a");
  check_resolved (relative);
}

static void
test_secrets (void)
{
  g_setenv ("THRUM_TEST_TOKEN", "hush", TRUE);
  g_setenv ("THRUM_SECRET_1", "taken", TRUE);
  g_autoptr (ThrumConfig) config =
      load_good (LOAD TARGET "token = ${env:THRUM_TEST_TOKEN}:sword=fish\npin = 4711\n"
                             "body = ${env:THRUM_SECRET_1}\n"
                             "[request r]\n[request s]\npin = 815\n");
  g_unsetenv ("THRUM_SECRET_1");

  g_assert_cmpstr (thrum_value (&target_of (config, 0)->values, 2)->string, ==, "hush:sword=fish");
  g_assert_cmpint (thrum_value (&request_of (config, 0)->values, 5)->integer, ==, 4711);
  g_assert_cmpint (thrum_value (&request_of (config, 1)->values, 5)->integer, ==, 815);
  g_assert_cmpstr (config->environment[0], ==, "THRUM_SECRET_2=hush:sword=fish");
  g_assert_cmpstr (config->environment[1], ==, "THRUM_SECRET_3=4711");
  g_assert_cmpstr (config->environment[2], ==, "THRUM_SECRET_4=815");
  g_assert_null (config->environment[3]);
  g_assert_null (strstr (config->resolved_text, "hush"));
  g_assert_null (strstr (config->resolved_text, "fish"));
  g_assert_null (strstr (config->resolved_text, "4711"));
  g_assert_null (strstr (config->resolved_text, "815"));
  g_setenv ("THRUM_SECRET_1", "taken", TRUE);
  check_resolved (config);
  g_unsetenv ("THRUM_SECRET_1");

  g_autoptr (ThrumConfig) referred = load_good (LOAD TARGET "token = ${env:THRUM_TEST_TOKEN}\n");
  g_assert_null (referred->environment[0]);
  g_assert_nonnull (strstr (referred->resolved_text, "token = ${env:THRUM_TEST_TOKEN}\n"));
  check_resolved (referred);
}

/* What --check, config.ini and run.json say of @lines in [target site]; NULL: the same. */
static void
check_hidden (const gchar *lines, const gchar *written, const gchar *value)
{
  g_autofree gchar *text = g_strconcat (LOAD TARGET, lines, "\n", NULL);
  g_autoptr (ThrumConfig) config = load_good (text);
  g_autofree gchar *line = g_strconcat ("\n", written != NULL ? written : lines, "\n", NULL);

  g_assert_nonnull (strstr (config->resolved_text, line));
  if (value != NULL)
    {
      g_autofree gchar *environment = g_strconcat ("THRUM_SECRET_1=", value, NULL);
      g_assert_cmpstr (config->environment[0], ==, environment);
      g_assert_null (strstr (config->resolved_text, value));
    }
  else
    g_assert_null (config->environment[0]);
  check_resolved (config);
}

static void
test_hidden_parts (void)
{
  static const struct {
    const gchar *lines, *written, *value;
  } cases[] = {
    { "headers = Accept: */*; X-Colour: red", NULL, NULL },
    { "headers = authorization:Bearer abc; Accept: */*",
      "headers = authorization:${env:THRUM_SECRET_1}; Accept: */*", "Bearer abc" },
    { "headers = X-Api-Key: a\\;b", "headers = X-Api-Key: ${env:THRUM_SECRET_1}", "a;b" },
    { "headers = Cookie: a=1", "headers = Cookie: ${env:THRUM_SECRET_1}", "a=1" },
    { "headers = Proxy-Authorization: x1y; X-Auth-Token:",
      "headers = Proxy-Authorization: ${env:THRUM_SECRET_1}; X-Auth-Token:", "x1y" },
    { "headers = Authorization: Bearer ${env:THRUM_TEST_TOKEN}", NULL, NULL },
    { "headers = Cookie: sid=${env:THRUM_TEST_TOKEN}\\; t=${env:THRUM_TEST_TOKEN}", NULL, NULL },
    { "headers = Authorization: Bearer x${env:THRUM_TEST_TOKEN}",
      "headers = Authorization: ${env:THRUM_SECRET_1}", "Bearer xhu;sh" },
    { "headers = ${env:THRUM_TEST_TOKEN}; A: b", NULL, NULL },
    { "headers = ${env:THRUM_TEST_TOKEN}: x\\;y",
      "headers = ${env:THRUM_TEST_TOKEN}: ${env:THRUM_SECRET_1}", "x;y" },
    { "headers = A: b; ${env:THRUM_TEST_TOKEN}fish\\;", "headers = A: b; ${env:THRUM_SECRET_1}",
      "hu;shfish;" },
    { "headers = ${env:THRUM_TEST_TOKEN}fish\\;", "headers = ${env:THRUM_SECRET_1}",
      "hu\\;shfish\\;" },
    { "headers = X\\;Y : m1ne", "headers = X\\;Y : ${env:THRUM_SECRET_1}", "m1ne" },
    { "headers = X-Mine: m1ne\n[results]\nsecret-headers = X-Theirs, x-mine",
      "headers = X-Mine: ${env:THRUM_SECRET_1}", "m1ne" },
    { "escaped = PASS\\r\\n\n[results]\nsecret-keys = escaped", "escaped = ${env:THRUM_SECRET_1}",
      "PASS\\r\\n" },
    { "headers = A: b1b; C: d1d\n[results]\nsecret-keys = headers",
      "headers = ${env:THRUM_SECRET_1}", "A: b1b; C: d1d" },
  };

  g_setenv ("THRUM_TEST_TOKEN", "hu;sh", TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    check_hidden (cases[i].lines, cases[i].written, cases[i].value);
}

static void
test_hidden_url (void)
{
  g_autoptr (ThrumConfig) config = load_good (LOAD "[target site]\nplugin = " SAMPLE
                                                   "\nurl = http://me:p@ss@h/?token=t0k&a=b\n");

  g_assert_nonnull (strstr (config->resolved_text, "url = http://me:${env:THRUM_SECRET_1}@h/?token="
                                                   "${env:THRUM_SECRET_2}&a=b\n"));
  g_assert_cmpstr (config->environment[0], ==, "THRUM_SECRET_1=p@ss");
  g_assert_cmpstr (config->environment[1], ==, "THRUM_SECRET_2=t0k");
  check_resolved (config);
}

/* A variable's value neither ends an element nor begins an escape. */
static void
test_structure (void)
{
  g_setenv ("THRUM_TEST_EVIL", "x; X-Admin: yes\\", TRUE);
  g_autoptr (ThrumConfig) config =
      load_good (LOAD TARGET "headers = X: ${env:THRUM_TEST_EVIL}; Y: z\n"
                             "escaped = a${env:THRUM_TEST_EVIL}\\n\n");
  const ThrumValues *values = &request_of (config, 0)->values;

  g_assert_cmpstr (thrum_value (values, 8)->list[0], ==, "X: x; X-Admin: yes\\");
  g_assert_cmpstr (thrum_value (values, 8)->list[1], ==, "Y: z");
  g_assert_null (thrum_value (values, 8)->list[2]);
  g_assert_cmpstr (thrum_value (values, 9)->string, ==, "ax; X-Admin: yes\\\\\\n");
  check_resolved (config);
}

/* ---- The property: what resolves loads again to the same ----------------------------------- */

typedef struct {
  const gchar *lines[6];
} Choice;

/* Each kind of line in several variants; a random file takes one of each. */
static const Choice load_choices[] = {
  { { "duration = 10s\n", "duration = 1h0.25s\n", "duration = 60\n" } },
  { { "", "ramp-up = 0\n", "ramp-up = 9.999999999s\n" } },
  { { "", "users = 9\n", "processes = 3\n", "processes = 2\nthreads = 5\n", "threads = 4\n",
      "users = 24\nthreads = 7\n" } },
  { { "", "interval = 1ms\n", "think-time = 50ms\n", "interval = 0\nthink-time = 1s\n" } },
  { { "", "timeout = 1.5s\n", "drain = 0\n", "seed = 9223372036854775807\n" } },
};
static const Choice target_choices[] = {
  { { "", "colour = red\n", "colour = ${env:THRUM_TEST_COLOUR}\n" } },
  { { "", "token = hush\n", "token = ${env:THRUM_TEST_COLOUR}\n", "token =\n",
      "token = a${env:PATH}\n" } },
  { { "", "file = a/b$$c\n", "file = /x/../y\n", "file = ${env:THRUM_TEST_COLOUR}\n",
      "file =\n" } },
  { { "", "lines = a; b;\n", "lines =\n", "lines = x\\;y;  z  \n",
      "headers = Authorization: Basic a$$b; Accept: *\n",
      "headers = Cookie: a=${env:THRUM_TEST_COLOUR}\\; b=1; X-Api-Key: "
      "${env:THRUM_TEST_COLOUR}\n" } },
  { { "", "escaped = a\\r${env:THRUM_TEST_BACKSLASH}\\n\n" } },
  { { "", "weight = 0.3\n", "timeout = 7ms\n", "expect-status = 1-2147483647,7\n" } },
};
static const Choice request_choices[] = {
  { { "", "count = -5\n", "share = 0.1\n", "pause = 1m\n", "amount = 1.5KiB\n" } },
  { { "", "body = # ; = [x] \\n $$${env:THRUM_TEST_COLOUR}\n", "pin = 123\n", "lines = q\n" } },
  { { "", "weight = 1e-3\n", "timeout = 1h\n", "expect-body = \\$$$|a b\n" } },
};
static const gchar *const thresholds[] = { "", "[thresholds]\np99.9 = 1us\nfailures = 0.5%\n",
                                           "[thresholds site]\nmax = 1\n" };

static void
append_choices (GString *text, const Choice *choices, gsize n_choices)
{
  for (gsize i = 0; i < n_choices; i++)
    {
      gint32 n = 0;
      while (n < (gint32)G_N_ELEMENTS (choices[i].lines) && choices[i].lines[n] != NULL)
        n++;
      g_string_append (text, choices[i].lines[g_test_rand_int_range (0, n)]);
    }
}

static void
test_random_resolved (void)
{
  g_setenv ("THRUM_TEST_BACKSLASH", "c:\\new", TRUE);
  g_setenv ("THRUM_TEST_COLOUR", "blue", TRUE);
  for (guint i = 0; i < 500; i++)
    {
      g_autoptr (GString) text = g_string_new ("[load]\n");

      append_choices (text, load_choices, G_N_ELEMENTS (load_choices));
      g_string_append (text, TARGET);
      append_choices (text, target_choices, G_N_ELEMENTS (target_choices));
      gint32 n_requests = g_test_rand_int_range (0, 4);
      for (gint32 r = 0; r < n_requests; r++)
        {
          g_string_append_printf (text, "[request %s]\ntarget = site\n",
                                  r == 0   ? "site"
                                  : r == 1 ? "_"
                                           : "z-9");
          append_choices (text, request_choices, G_N_ELEMENTS (request_choices));
        }
      g_string_append (text, thresholds[g_test_rand_int_range (0, G_N_ELEMENTS (thresholds))]);

      g_autoptr (ThrumConfig) config = load_good (text->str);
      check_resolved (config);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_setenv ("THRUM_PLUGIN_PATH", THRUM_TEST_BUILD_DIR "/sample", TRUE);
  g_test_add_func ("/config-resolved/environment", test_environment);
  g_test_add_func ("/config-resolved/secrets", test_secrets);
  g_test_add_func ("/config-resolved/hidden-parts", test_hidden_parts);
  g_test_add_func ("/config-resolved/hidden-url", test_hidden_url);
  g_test_add_func ("/config-resolved/structure", test_structure);
  g_test_add_func ("/config-resolved/random", test_random_resolved);
  return g_test_run ();
}
