/* SPDX-License-Identifier: MIT
 *
 * INI text to checked values: every problem with its line, every default, overrides, references,
 * and that the resolved text loads to the same config again.
 */
#include "config/config.h"

#include <stdarg.h>
#include <string.h>

#include "config/check.h"
#include "config/keys.h"

#define SECOND G_GINT64_CONSTANT (1000000000)
#define SAMPLE THRUM_TEST_BUILD_DIR "/sample/sample.so"
#define SAMPLE_CODEC THRUM_TEST_BUILD_DIR "/sample/sample_codec.so"

#define LOAD "[load]\nduration = 10s\n"
#define TARGET "[target site]\nplugin = " SAMPLE "\nurl = sample:x\n"
#define CODEC "[target site]\nplugin = " SAMPLE_CODEC "\nurl = sample:x\n"

/* ---- Loading, for good or ill -------------------------------------------------------------- */

static ThrumConfig *
load_bytes (const gchar *text, gsize length, const ThrumOverride *overrides, gsize n_overrides,
            gchar **problems)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func (g_free);
  ThrumConfig *config =
      thrum_config_load (text, length, "t.ini", "/base", overrides, n_overrides, list);

  g_assert_true ((config == NULL) == (list->len > 0));
  g_ptr_array_add (list, NULL);
  *problems = g_strjoinv ("\n", (gchar **)list->pdata);
  return config;
}

static ThrumConfig *
load_good_with (const gchar *text, const ThrumOverride *overrides, gsize n_overrides)
{
  g_autofree gchar *problems = NULL;
  ThrumConfig *config = load_bytes (text, strlen (text), overrides, n_overrides, &problems);

  g_assert_cmpstr (problems, ==, "");
  return config;
}

static ThrumConfig *
load_good (const gchar *text)
{
  return load_good_with (text, NULL, 0);
}

static void
check_problems_with (const gchar *text, const ThrumOverride *overrides, gsize n_overrides,
                     const gchar *expected)
{
  g_autofree gchar *problems = NULL;
  g_autoptr (ThrumConfig) config =
      load_bytes (text, strlen (text), overrides, n_overrides, &problems);

  g_assert_cmpstr (problems, ==, expected);
}

static const ThrumRequestConfig *
request_of (const ThrumConfig *config, guint index)
{
  g_assert_cmpuint (index, <, config->requests->len);
  return g_ptr_array_index (config->requests, index);
}

static const ThrumTargetConfig *
target_of (const ThrumConfig *config, guint index)
{
  g_assert_cmpuint (index, <, config->targets->len);
  return g_ptr_array_index (config->targets, index);
}

/* ---- Equality ------------------------------------------------------------------------------ */

static void
assert_equal_values (const ThrumValues *a, const ThrumValues *b)
{
  g_assert_cmpuint (a->n_values, ==, b->n_values);
  for (guint i = 0; i < a->n_values; i++)
    {
      const ThrumValue *first = thrum_value (a, i), *second = thrum_value (b, i);
      g_assert_true (first->is_set == second->is_set);
      g_assert_cmpint (first->integer, ==, second->integer);
      g_assert_cmpfloat (first->number, ==, second->number);
      g_assert_cmpstr (first->string, ==, second->string);
      g_assert_true ((first->list == NULL) == (second->list == NULL));
      if (first->list != NULL)
        g_assert_cmpstrv (first->list, second->list);
    }
}

static void
assert_equal_loads (const ThrumLoad *a, const ThrumLoad *b)
{
  ThrumLoad first = *a, second = *b;

  g_assert_true ((a->stages == NULL) == (b->stages == NULL));
  if (a->stages != NULL)
    {
      g_assert_cmpuint (a->stages->len, ==, b->stages->len);
      for (guint i = 0; i < a->stages->len; i++)
        {
          ThrumStage x = g_array_index (a->stages, ThrumStage, i);
          ThrumStage y = g_array_index (b->stages, ThrumStage, i);
          g_assert_cmpint (x.time_ns, ==, y.time_ns);
          g_assert_cmpfloat (x.level, ==, y.level);
        }
    }
  first.stages = second.stages = NULL;
  g_assert_cmpmem (&first, sizeof first, &second, sizeof second);
}

static void
assert_equal_requests (const ThrumRequestConfig *a, const ThrumRequestConfig *b)
{
  g_assert_cmpstr (a->name, ==, b->name);
  g_assert_cmpuint (a->target, ==, b->target);
  g_assert_cmpfloat (a->weight, ==, b->weight);
  g_assert_cmpint (a->timeout_ns, ==, b->timeout_ns);
  g_assert_true ((a->expect_status == NULL) == (b->expect_status == NULL));
  if (a->expect_status != NULL)
    g_assert_cmpmem (a->expect_status->data, a->expect_status->len * sizeof (ThrumStatusRange),
                     b->expect_status->data, b->expect_status->len * sizeof (ThrumStatusRange));
  g_assert_true ((a->expect_body == NULL) == (b->expect_body == NULL));
  if (a->expect_body != NULL)
    g_assert_cmpstr (g_regex_get_pattern (a->expect_body), ==,
                     g_regex_get_pattern (b->expect_body));
  assert_equal_values (&a->values, &b->values);
}

static void
assert_equal_configs (const ThrumConfig *a, const ThrumConfig *b)
{
  assert_equal_loads (&a->load, &b->load);
  g_assert_cmpstr (a->results_directory, ==, b->results_directory);
  g_assert_cmpstrv (a->columns, b->columns);
  g_assert_cmpuint (a->targets->len, ==, b->targets->len);
  for (guint i = 0; i < a->targets->len; i++)
    {
      g_assert_cmpstr (target_of (a, i)->name, ==, target_of (b, i)->name);
      g_assert_true (target_of (a, i)->module == target_of (b, i)->module);
      assert_equal_values (&target_of (a, i)->values, &target_of (b, i)->values);
      assert_equal_values (&target_of (a, i)->transport, &target_of (b, i)->transport);
    }
  g_assert_cmpuint (a->requests->len, ==, b->requests->len);
  for (guint i = 0; i < a->requests->len; i++)
    assert_equal_requests (request_of (a, i), request_of (b, i));
  g_assert_cmpuint (a->thresholds->len, ==, b->thresholds->len);
  for (guint i = 0; i < a->thresholds->len; i++)
    {
      const ThrumThreshold *x = g_ptr_array_index (a->thresholds, i);
      const ThrumThreshold *y = g_ptr_array_index (b->thresholds, i);
      g_assert_cmpstr (x->key, ==, y->key);
      g_assert_cmpstr (x->text, ==, y->text);
      g_assert_cmpint (x->measure, ==, y->measure);
      g_assert_cmpfloat (x->quantile, ==, y->quantile);
      g_assert_cmpfloat (x->limit, ==, y->limit);
      g_assert_cmpint (x->request, ==, y->request);
      g_assert_cmpint (x->abort_after_ns, ==, y->abort_after_ns);
    }
}

/* Loads the resolved text elsewhere, as a worker does, and holds it against @config. */
static void
check_resolved (const ThrumConfig *config)
{
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; config->environment[i] != NULL; i++)
    {
      g_auto (GStrv) pair = g_strsplit (config->environment[i], "=", 2);
      g_assert_null (g_getenv (pair[0]));
      g_setenv (pair[0], pair[1], TRUE);
    }
  g_autoptr (ThrumConfig) again = thrum_config_load (
      config->resolved_text, strlen (config->resolved_text), "resolved", "/", NULL, 0, problems);
  if (problems->len > 0)
    g_error ("%s in\n%s", (gchar *)g_ptr_array_index (problems, 0), config->resolved_text);
  assert_equal_configs (config, again);
  g_assert_cmpstr (again->resolved_text, ==, config->resolved_text);
  g_assert_null (again->environment[0]);
  for (guint i = 0; config->environment[i] != NULL; i++)
    {
      g_auto (GStrv) pair = g_strsplit (config->environment[i], "=", 2);
      g_unsetenv (pair[0]);
    }
}

/* ---- Good files ---------------------------------------------------------------------------- */

static void
test_least (void)
{
  g_autoptr (ThrumConfig) config = load_good (LOAD TARGET);
  const ThrumLoad *load = &config->load;
  guint processes = MIN (g_get_num_processors (), 10);
  static const gchar *const columns[] = { "elapsed", "response", "status", "service",
                                          "request", "failure",  "bytes",  NULL };
  g_autofree gchar *results = g_canonicalize_filename ("results", NULL);

  g_assert_cmpstr (config->name, ==, "t");
  g_assert_false (load->is_open);
  g_assert_cmpint (load->duration_ns, ==, 10 * SECOND);
  g_assert_cmpint (load->ramp_up_ns, ==, 0);
  g_assert_cmpint (load->interval_ns, ==, 0);
  g_assert_cmpint (load->think_time_ns, ==, 0);
  g_assert_cmpint (load->timeout_ns, ==, 30 * SECOND);
  g_assert_cmpint (load->drain_ns, ==, 30 * SECOND);
  g_assert_cmpuint (load->users, ==, 10);
  g_assert_cmpuint (load->processes, ==, processes);
  g_assert_cmpuint (load->threads, ==, (10 + processes - 1) / processes);
  g_assert_cmpuint (load->seed, ==, 1);
  g_assert_cmpint (load->on_invalid, ==, THRUM_ON_INVALID_FAIL);
  g_assert_cmpstrv (config->columns, columns);
  g_assert_cmpstr (config->results_directory, ==, results);
  g_assert_cmpuint (config->targets->len, ==, 1);
  g_assert_cmpuint (config->requests->len, ==, 1);
  g_assert_cmpstr (request_of (config, 0)->name, ==, "site");
  g_assert_cmpfloat (request_of (config, 0)->weight, ==, 1);
  g_assert_cmpint (request_of (config, 0)->timeout_ns, ==, 30 * SECOND);
  g_assert_cmpuint (config->thresholds->len, ==, 0);
  g_assert_false (thrum_config_is_codec (config));
  check_resolved (config);
}

static const gchar whole[] = "\xef\xbb\xbf# A comment\r\n"
                             "\t [load]  \r\n"
                             "duration=1m30s\r\n"
                             "  ramp-up = 5  \r\n"
                             "processes = 4\r\nthreads = 3\r\n"
                             "interval = 250ms\ntimeout = 2s\ndrain = 0\nseed = 7\n"
                             "[results]\n"
                             "directory = /tmp/x y$$z\n"
                             "columns = elapsed , response, status,lag\n"
                             "\n"
                             "[target a]\n"
                             "plugin = " SAMPLE "\n"
                             "url = sample:?a=b#c ; d\n"
                             "colour = blue\n"
                             "file = sub/../x.txt\n"
                             "lines = a: 1 ; b\\;c ;\n"
                             "count = -3\n"
                             "timeout = 1s\n"
                             "expect-status = 200, 300-399\n"
                             "[request one]\n"
                             "target = a\n"
                             "weight = 2.5\n"
                             "lines = other\n"
                             "share = 0.25\n"
                             "body = $$x ${y # z\n"
                             "[target b]\n"
                             "plugin = " SAMPLE "\n"
                             "url = sample:b\n"
                             "weight = 3\n"
                             "expect-body = ^a+;#\\d\xc3\xa4$\n"
                             "[request two]\n"
                             "target = a\n"
                             "timeout = 50ms\n"
                             "expect-status = 404\n"
                             "[thresholds]\n"
                             "p99 = 250ms\np99.95 = 1s\nfailures = 1%\nrate = 60/m\n"
                             "[thresholds two]\n"
                             "mean = 5ms\nmax = 1s";

static void
test_whole (void)
{
  g_autofree gchar *text = g_strdup (whole);
  *strstr (text, "${y") = '-'; /* a reference that this version does not have */
  g_autoptr (ThrumConfig) config = load_good (text);

  g_assert_cmpint (config->load.duration_ns, ==, 90 * SECOND);
  g_assert_cmpint (config->load.ramp_up_ns, ==, 5 * SECOND);
  g_assert_cmpint (config->load.interval_ns, ==, SECOND / 4);
  g_assert_cmpint (config->load.drain_ns, ==, 0);
  g_assert_cmpuint (config->load.users, ==, 12);
  g_assert_cmpuint (config->load.seed, ==, 7);
  g_assert_cmpstr (config->results_directory, ==, "/tmp/x y$z");
  g_assert_cmpuint (g_strv_length (config->columns), ==, 4);
  g_assert_cmpstr (config->columns[3], ==, "lag");

  const ThrumValues *target = &target_of (config, 0)->values;
  g_assert_cmpstr (thrum_value (target, 0)->string, ==, "sample:?a=b#c ; d");
  g_assert_cmpint (thrum_value (target, 1)->integer, ==, 2);
  g_assert_cmpstr (thrum_value (target, 3)->string, ==, "/base/x.txt");

  g_assert_cmpuint (config->requests->len, ==, 3);
  const ThrumRequestConfig *one = request_of (config, 0), *b = request_of (config, 1);
  const ThrumRequestConfig *two = request_of (config, 2);
  g_assert_cmpstr (one->name, ==, "one");
  g_assert_cmpfloat (one->weight, ==, 2.5);
  g_assert_cmpint (one->timeout_ns, ==, SECOND);
  g_assert_cmpint (thrum_value (&one->values, 1)->integer, ==, -3);
  g_assert_cmpfloat (thrum_value (&one->values, 2)->number, ==, 0.25);
  g_assert_cmpstr (thrum_value (&one->values, 0)->list[0], ==, "other");
  g_assert_null (thrum_value (&one->values, 0)->list[1]);
  g_assert_cmpstr (thrum_value (&one->values, 6)->string, ==, "$x -{y # z");
  g_assert_cmpuint (one->expect_status->len, ==, 2);
  g_assert_cmpint (g_array_index (one->expect_status, ThrumStatusRange, 1).last, ==, 399);

  g_assert_cmpstr (b->name, ==, "b");
  g_assert_cmpuint (b->target, ==, 1);
  g_assert_cmpfloat (b->weight, ==, 3);
  g_assert_cmpint (b->timeout_ns, ==, 2 * SECOND);
  g_assert_true (g_regex_match (b->expect_body, "aaa;#7\xc3\xa4", 0, NULL));
  g_assert_false (g_regex_match (b->expect_body, "a;#x", 0, NULL));

  g_assert_cmpstr (two->name, ==, "two");
  g_assert_cmpint (two->timeout_ns, ==, SECOND / 20);
  g_assert_cmpint (g_array_index (two->expect_status, ThrumStatusRange, 0).first, ==, 404);
  g_assert_cmpuint (two->expect_status->len, ==, 1);
  g_assert_cmpstr (thrum_value (&two->values, 0)->list[1], ==, "b;c");
  g_assert_cmpint (thrum_value (&two->values, 3)->integer, ==, SECOND / 1000);
  g_assert_false (thrum_value (&two->values, 3)->is_set);

  g_assert_cmpuint (config->thresholds->len, ==, 6);
  const ThrumThreshold *threshold = g_ptr_array_index (config->thresholds, 1);
  g_assert_cmpfloat_with_epsilon (threshold->quantile, 0.9995, 1e-12);
  g_assert_cmpint (threshold->request, ==, -1);
  threshold = g_ptr_array_index (config->thresholds, 2);
  g_assert_cmpfloat (threshold->limit, ==, 0.01);
  threshold = g_ptr_array_index (config->thresholds, 3);
  g_assert_cmpint (threshold->measure, ==, THRUM_MEASURE_RATE);
  g_assert_cmpfloat (threshold->limit, ==, 1);
  threshold = g_ptr_array_index (config->thresholds, 5);
  g_assert_cmpint (threshold->request, ==, 2);
  g_assert_cmpint (threshold->abort_after_ns, ==, -1);
  check_resolved (config);
}

/* A base directory may be relative, as a file's own may be. */
static void
test_base_directory (void)
{
  static const gchar text[] = LOAD TARGET "file = x\n";
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  g_autofree gchar *expected = g_canonicalize_filename ("sub/x", NULL);
  g_autoptr (ThrumConfig) config =
      thrum_config_load (text, strlen (text), "sub/t.ini", "sub", NULL, 0, problems);

  g_assert_cmpuint (problems->len, ==, 0);
  g_assert_cmpstr (thrum_value (&target_of (config, 0)->values, 3)->string, ==, expected);
  check_resolved (config);
}

static void
test_codec (void)
{
  g_autoptr (ThrumConfig) config =
      load_good (LOAD "users = 100\nprocesses = 2\nthreads = 2\n" CODEC
                      "verify = no\naddress = [::1]:80\nca-file = ../dev/null\nsource-addresses = "
                      "127.0.0.1;127.0.0.2\n");
  const ThrumValues *transport = &target_of (config, 0)->transport;

  g_assert_true (thrum_config_is_codec (config));
  g_assert_cmpuint (config->load.users, ==, 100);
  g_assert_cmpuint (config->load.processes, ==, 2);
  g_assert_cmpuint (config->load.threads, ==, 2);
  g_assert_cmpint (thrum_value (transport, THRUM_TRANSPORT_VERIFY)->integer, ==, 0);
  g_assert_cmpstr (thrum_value (transport, THRUM_TRANSPORT_CA_FILE)->string, ==, "/dev/null");
  g_assert_cmpstr (thrum_value (transport, THRUM_TRANSPORT_SOURCE_ADDRESSES)->list[1], ==,
                   "127.0.0.2");
  check_resolved (config);
}

/* ---- Users, processes, threads ------------------------------------------------------------- */

typedef struct {
  const gchar *lines;
  gboolean is_codec;
  guint users, processes, threads; /* 0: the CPUs decide */
} UsersCase;

static const UsersCase users_cases[] = {
  { "users = 7\n", FALSE, 7, 0, 0 },
  { "users = 1\n", FALSE, 1, 1, 1 },
  { "users = 40\nprocesses = 4\n", FALSE, 40, 4, 10 },
  { "users = 10\nprocesses = 4\n", FALSE, 10, 4, 3 },
  { "users = 10\nprocesses = 4\nthreads = 3\n", FALSE, 10, 4, 3 },
  { "processes = 4\nthreads = 10\n", FALSE, 40, 4, 10 },
  { "processes = 5\n", FALSE, 10, 5, 2 },
  { "threads = 5\n", FALSE, 10, 2, 5 },
  { "threads = 4\n", FALSE, 10, 3, 4 },
  { "users = 100\nthreads = 10\n", FALSE, 100, 10, 10 },
  { "users = 9\nthreads = 4\n", FALSE, 9, 3, 3 },
  { "users = 1000\n", TRUE, 1000, 0, 1 },
  { "users = 1\n", TRUE, 1, 1, 1 },
  { "processes = 2\nthreads = 3\n", TRUE, 6, 2, 3 },
  { "processes = 3\n", TRUE, 10, 3, 1 },
  { "threads = 2\nprocesses = 2\nusers = 4\n", TRUE, 4, 2, 2 },
};

static void
test_users (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (users_cases); i++)
    {
      const UsersCase *c = &users_cases[i];
      g_autofree gchar *text = g_strconcat (LOAD, c->lines, c->is_codec ? CODEC : TARGET, NULL);
      g_autoptr (ThrumConfig) config = load_good (text);

      g_assert_cmpuint (config->load.users, ==, c->users);
      if (c->processes > 0)
        g_assert_cmpuint (config->load.processes, ==, c->processes);
      else
        g_assert_cmpuint (config->load.processes, ==, MIN (g_get_num_processors (), c->users));
      if (c->threads > 0)
        g_assert_cmpuint (config->load.threads, ==, c->threads);
      check_resolved (config);
    }
}

/* ---- Problems ------------------------------------------------------------------------------ */

typedef struct {
  const gchar *text, *problems;
} ProblemCase;

/* The grammar: what the pre-scan says. */
static const ProblemCase grammar_cases[] = {
  { "", "t.ini: [target NAME]: there must be one: the service to test\n"
        "t.ini: [load] duration: must be given: how long requests are sent, like 60s" },
  { "; old comment\n" LOAD TARGET,
    "t.ini:1: a ';' begins no comment here; begin the line with '#'" },
  { LOAD TARGET "; x = 1\n", "t.ini:6: [target site]: a ';' begins no comment here; begin the line "
                             "with '#'" },
  { "x = 1\n" LOAD TARGET, "t.ini:1: 'x' stands before the first [SECTION]" },
  { LOAD "hello\n" TARGET,
    "t.ini:3: [load]: 'hello' is neither [SECTION], KEY = VALUE nor a comment "
    "(# at its beginning)" },
  { LOAD "= 1\n" TARGET, "t.ini:3: [load]: there is no key before the '='" },
  { LOAD "users[de] = 1\n" TARGET,
    "t.ini:3: [load]: 'users[de]': keys for a language, like name[de], are not supported" },
  { LOAD "us ers = 1\n" TARGET, "t.ini:3: [load]: 'us ers' is not a key of [A-Za-z0-9._-]" },
  { LOAD "users = 1\n\nusers = 2\n" TARGET, "t.ini:5: [load] users: is there already (line 3)" },
  { LOAD TARGET "[load]\nusers = 2\n", "t.ini:6: [load]: the section is there already (line 1)" },
  { LOAD TARGET "[target  site]\nplugin = null\n",
    "t.ini:6: [target site]: the section is there already (line 3)\n"
    "t.ini:7: [target site] plugin: is there already (line 4)" },
  { LOAD TARGET "[laod]\nxyz\n",
    "t.ini:6: [laod]: unknown section; known are [load], [results], [target NAME], [request NAME], "
    "[thresholds] and [thresholds REQUEST]; did you mean 'load'?\n"
    "t.ini:7: 'xyz' is neither [SECTION], KEY = VALUE nor a comment (# at its beginning)" },
  { LOAD TARGET "[load x]\n[target]\n[request a b]\n[thresholds \xc3\xa4]\n[]\n[load\n",
    "t.ini:6: [load x]: a section [load] has no name behind it\n"
    "t.ini:7: [target]: needs a name: [target NAME]\n"
    "t.ini:8: [request a b]: 'a b' is not a name of [A-Za-z0-9_-]\n"
    "t.ini:9: [thresholds \xc3\xa4]: '\xc3\xa4' is not a name of [A-Za-z0-9_-]\n"
    "t.ini:10: []: unknown section; known are [load], [results], [target NAME], [request NAME], "
    "[thresholds] and [thresholds REQUEST]\n"
    "t.ini:11: '[load' has no ]" },
  { "[load] # the load\nduration = 1s\n" TARGET, "t.ini:1: [load]: '# the load' stands behind the "
                                                 "section's ]; comments are lines of their own" },
  { LOAD "users = 1\x01\n" TARGET, "t.ini:3: [load]: the line holds the control character 0x01" },
  { LOAD "users = 1\r2\n" TARGET, "t.ini:3: [load]: the line holds the control character 0x0d" },
  { LOAD "users = \xff\n" TARGET, "t.ini:3: [load]: the line is not UTF-8 (byte 0xff)" },
  { "\xff\xfe[", "t.ini:1: the file is UTF-16; save it as UTF-8\n"
                 "t.ini: [target NAME]: there must be one: the service to test\n"
                 "t.ini: [load] duration: must be given: how long requests are sent, like 60s" },
  { LOAD "Encoding = latin1\n" TARGET, "t.ini:3: [load] Encoding: unknown key" },
  { NULL, NULL },
};

/* Single keys: unknown, out of range, of the wrong form. */
static const ProblemCase key_cases[] = {
  { LOAD "usres = 3\n" TARGET, "t.ini:3: [load] usres: unknown key; did you mean 'users'?" },
  { LOAD "zzzz = 3\n" TARGET, "t.ini:3: [load] zzzz: unknown key" },
  { LOAD "users = 0\n" TARGET, "t.ini:3: [load] users: '0' is out of range: 1 to 1000000" },
  { LOAD "users = ten\n" TARGET, "t.ini:3: [load] users: 'ten' is not a whole number" },
  { LOAD "users =\n" TARGET, "t.ini:3: [load] users: '' is not a whole number" },
  { LOAD "users = 3 # three\n" TARGET,
    "t.ini:3: [load] users: '3 # three' is not a whole number; a comment is a line of its own that "
    "begins with '#', so this one is part of the value" },
  { LOAD "interval = 3s ; three\n" TARGET, "t.ini:3: [load] interval: '3s ; three' is not a "
                                           "duration like 250ms, 2s, 1m30s (h, m, s, ms, us, "
                                           "ns; a bare number is seconds); a comment is a line of "
                                           "its own that begins with '#', so this one "
                                           "is part of the value" },
  { LOAD "seed = -1\n" TARGET, "t.ini:3: [load] seed: '-1' is out of range: at least 0" },
  { LOAD "timeout = 0\n" TARGET, "t.ini:3: [load] timeout: '0' is out of range: 1ms to 720h" },
  { "[load]\n" TARGET, "t.ini:1: [load] duration: must be given: how long requests are sent, like "
                       "60s" },
  { "[load]\nusers = x\n" TARGET,
    "t.ini:1: [load] duration: must be given: how long requests are sent, like 60s\n"
    "t.ini:2: [load] users: 'x' is not a whole number" },
  { LOAD "plugin = x\n" TARGET,
    "t.ini:3: [load] plugin: unknown key; it is a key of [target NAME]" },
  { LOAD TARGET "users = 3\n", "t.ini:6: [target site] users: unknown key; it is a key of [load]" },
  { LOAD TARGET "color = red\n",
    "t.ini:6: [target site] color: unknown key; did you mean 'colour'?" },
  { LOAD TARGET "colour = rde\n",
    "t.ini:6: [target site] colour: 'rde' is not one of red, green, blue; did you mean 'red'?" },
  { LOAD TARGET "colour = red # or blue\n",
    "t.ini:6: [target site] colour: 'red # or blue' is not one of red, green, blue; a comment is a "
    "line of its own that begins with '#', so this one is part of the value" },
  { LOAD TARGET "count = 6\n", "t.ini:6: [target site] count: '6' is out of range: -5 to 5" },
  { LOAD TARGET "lines = a;;b\n", "t.ini:6: [target site] lines: 'a;;b' has an empty element; a "
                                  "list is a;b;c, and \\; a semicolon "
                                  "inside an element" },
  { LOAD TARGET "pin = swordfish\n",
    "t.ini:6: [target site] pin: the value, a secret, is not of type int" },
  { LOAD TARGET "verify = no\n", "t.ini:6: [target site] verify: unknown key" },
  { LOAD TARGET "expect-header = x\n", "t.ini:6: [target site] expect-header: unknown key" },
  { LOAD TARGET "expect-statsu = 200\n",
    "t.ini:6: [target site] expect-statsu: unknown key; did you mean 'expect-status'?" },
  { LOAD TARGET "extract-id = x\non-failure = y\ndata-file = z\n",
    "t.ini:6: [target site] extract-id: is not available in this version\n"
    "t.ini:7: [target site] on-failure: is not available in this version\n"
    "t.ini:8: [target site] data-file: is not available in this version" },
  { LOAD TARGET
    "[results]\ndirectory =\ncolumns = elapsed, response, status, latency, lagg, step\n",
    "t.ini:7: [results] directory: is empty\n"
    "t.ini:8: [results] columns: there is no column 'latency'\n"
    "t.ini:8: [results] columns: there is no column 'lagg'; did you mean 'lag'?\n"
    "t.ini:8: [results] columns: column 'step' is not available in this version" },
  { LOAD TARGET "[results]\ncolumns = elapsed, status, response\n",
    "t.ini:7: [results] columns: the first three columns must be elapsed, response, status" },
  { NULL, NULL },
};

/* What keys mean to each other. */
static const ProblemCase rule_cases[] = {
  { LOAD "ramp-up = 11s\n" TARGET, "t.ini:3: [load] ramp-up: 11s is longer than the duration, 10s, "
                                   "which includes it: not every user "
                                   "would start" },
  { LOAD "interval = 1s\nthink-time = 1s\n" TARGET,
    "t.ini:4: [load] think-time: cannot stand beside 'interval' (line 3): either the start of a "
    "request or its end times the next one" },
  { LOAD "users = 3\nprocesses = 4\n" TARGET, "t.ini:4: [load] processes: 4 are more than the 3 "
                                              "users" },
  { LOAD "users = 10\nprocesses = 4\nthreads = 5\n" TARGET,
    "t.ini:5: [load] threads: with a session plugin each thread is one user, and 4 processes x 5 "
    "threads are not 10 users; leave one of the three out" },
  { LOAD "threads = 50\n" TARGET, "t.ini:3: [load] threads: with a session plugin each thread is "
                                  "one user, and 50 threads are more "
                                  "than the 10 users; give users or processes, too" },
  { LOAD "processes = 1000\nthreads = 100000\n" TARGET,
    "t.ini:4: [load] threads: processes x threads are more than 1000000" },
  { LOAD "users = 3\nprocesses = 2\nthreads = 2\n" CODEC,
    "t.ini:5: [load] threads: 2 x 2 event loops (processes x threads) are more than the 3 users "
    "that "
    "they carry" },
  { LOAD "[target a]\nurl = x\n",
    "t.ini:3: [target a] plugin: must be given: the plugin that speaks the protocol, like http" },
  { LOAD "[target a]\nplugin = " SAMPLE "\n",
    "t.ini:3: [target a] url: must be given: where it is" },
  { LOAD TARGET "[target b]\nplugin = " SAMPLE_CODEC "\nurl = x\n",
    "t.ini:7: [target b] plugin: '" SAMPLE_CODEC
    "' is a codec plugin, but that of [target site] is a "
    "session plugin; one test has one kind" },
  { LOAD TARGET "refuse = yes\n",
    "t.ini:3: [target site]: cannot make a target: it was told to refuse" },
  { LOAD TARGET "refuse-request = yes\n",
    "t.ini:3: [target site]: cannot make a request: it was told to refuse" },
  { LOAD TARGET "[request r]\nrefuse-request = yes\n",
    "t.ini:6: [request r]: cannot make a request: it was told to refuse" },
  { LOAD TARGET "target = site\n", "t.ini:6: [target site] target: is a key of [request NAME]; a "
                                   "target has a name: [target NAME]" },
  { LOAD "[target a]\nplugin = " SAMPLE_CODEC "\nurl = sample:nowhere\n",
    "t.ini:3: [target a] address: must be given: where to connect, like 127.0.0.1:8080" },
  { LOAD CODEC "address = 127.0.0.1\nsource-addresses = 127.0.0.1; localhost\nkey = no.pem\n",
    "t.ini:6: [target site] address: cannot use address '127.0.0.1': expected HOST:PORT, "
    "[IPV6]:PORT or "
    "unix:/PATH\n"
    "t.ini:7: [target site] source-addresses: 'localhost' is not an IP address\n"
    "t.ini:8: [target site] key: cannot read '/base/no.pem': No such file or directory\n"
    "t.ini:8: [target site] key: is of use with 'certificate' only" },
  { LOAD TARGET "[request r]\ntarget = siet\n",
    "t.ini:7: [request r] target: there is no [target siet]; did you mean 'site'?" },
  { LOAD TARGET "[target b]\nplugin = " SAMPLE "\nurl = x\n[request r]\ncount = 1\n",
    "t.ini:9: [request r] target: must be given: there is more than one target" },
  { LOAD TARGET "[target b]\nplugin = " SAMPLE "\nurl = x\n[request b]\ntarget = site\n",
    "t.ini:9: [request b]: there are two requests 'b', this and [target b] (line 6): a target "
    "without "
    "requests is one of its own name" },
  { LOAD TARGET "[request r]\nurl = x\n", "t.ini:7: [request r] url: unknown key" },
  { LOAD TARGET "[request r]\nweight = 0\ntimeout = 0\n",
    "t.ini:7: [request r] weight: '0' is out of range: 1e-06 to 1000000\n"
    "t.ini:8: [request r] timeout: '0' is out of range: 1ms to 720h" },
  { LOAD TARGET "expect-status = 200, 2xx\n[request a]\n[request b]\n",
    "t.ini:6: [target site] expect-status: '2xx' is not a status or a range of them, like 200, "
    "300-399" },
  { LOAD TARGET "[request a]\nexpect-status = 399-300\n[request b]\nexpect-status =\n[request c]\n"
                "expect-status = 0\n",
    "t.ini:7: [request a] expect-status: '399-300' is not a status or a range of them, like 200, "
    "300-399\n"
    "t.ini:9: [request b] expect-status: '' is not a status or a range of them, like 200, 300-399\n"
    "t.ini:11: [request c] expect-status: '0' is not a status or a range of them, like 200, "
    "300-399" },
  { LOAD TARGET "expect-body =\n",
    "t.ini:6: [target site] expect-body: it is empty, so every reply would match" },
  { LOAD TARGET "[thresholds]\np99 = fast\np100 = 1s\nfailures = 101%\nrate = 5\nmeen = 1s\n",
    "t.ini:7: [thresholds] p99: 'fast' is not a duration like 250ms, 2s, 1m30s (h, m, s, ms, us, "
    "ns; a "
    "bare number is seconds)\n"
    "t.ini:8: [thresholds] p100: unknown key; known are pN (a percentile), mean, max, failures, "
    "rate, "
    "abort-on\n"
    "t.ini:9: [thresholds] failures: '101%' is not a share from 0 to 1, or from 0% to 100%\n"
    "t.ini:11: [thresholds] meen: unknown key; known are pN (a percentile), mean, max, failures, "
    "rate, "
    "abort-on; did you mean 'mean'?" },
  { LOAD TARGET "[thresholds siet]\np99 = 1s\n",
    "t.ini:6: [thresholds siet]: there is no request 'siet'; did you mean 'site'?" },
  { LOAD TARGET "[thresholds]\np99 = 1s # one\n",
    "t.ini:7: [thresholds] p99: '1s # one' is not a duration like 250ms, 2s, 1m30s (h, m, s, ms, "
    "us, "
    "ns; a bare number is seconds); a comment is a line of its own that begins with '#', so this "
    "one "
    "is part of the value" },
  { NULL, NULL },
};

static void
test_problems (gconstpointer data)
{
  const ProblemCase *c = data;

  for (; c->text != NULL; c++)
    check_problems_with (c->text, NULL, 0, c->problems);
}

/* Problems whose text is another's (the loader's, PCRE's) at their place. */
static void
test_foreign_problems (void)
{
  static const ProblemCase cases[] = {
    { LOAD "[target a]\nplugin = sampel\nany = 1\n[thresholds a]\nmax = 1s\n",
      "t.ini:4: [target a] plugin: no plugin 'sampel' in *did you mean 'sample'?" },
    { LOAD "[target a]\nplugin = ./x.so\n",
      "t.ini:4: [target a] plugin: cannot load plugin '/base/x.so': no such file" },
    { LOAD "[target a]\nplugin =\n", "t.ini:4: [target a] plugin: no plugin '' in *" },
    { LOAD TARGET "expect-body = a(b\n", "t.ini:6: [target site] expect-body: *char 3*" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree gchar *problems = NULL;
      g_autoptr (ThrumConfig) config =
          load_bytes (cases[i].text, strlen (cases[i].text), NULL, 0, &problems);
      g_test_message ("%s", problems);
      g_assert_null (config);
      g_assert_true (g_pattern_match_simple (cases[i].problems, problems));
      g_assert_null (strchr (problems, '\n'));
    }
}

static void
test_nul (void)
{
  static const gchar text[] = LOAD "users = 1\0002\n" TARGET;
  g_autofree gchar *problems = NULL;
  g_autoptr (ThrumConfig) config = load_bytes (text, sizeof text - 1, NULL, 0, &problems);

  g_assert_null (config);
  g_assert_cmpstr (problems, ==, "t.ini:3: [load]: the line holds a NUL byte");
}

/* A file that is no INI file has a problem a line: they are counted, not all told. */
static void
test_many (void)
{
  g_autoptr (GString) text = g_string_new (LOAD TARGET);
  g_autofree gchar *problems = NULL;

  for (guint i = 0; i < 5000; i++)
    g_string_append_printf (text, "rubbish %u\n", i);
  g_autoptr (ThrumConfig) config = load_bytes (text->str, text->len, NULL, 0, &problems);
  g_auto (GStrv) lines = g_strsplit (problems, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 201);
  g_assert_cmpstr (lines[200], ==, "t.ini: and 4800 more problems");
}

/* ---- Overrides ----------------------------------------------------------------------------- */

static void
test_overrides (void)
{
  static const ThrumOverride overrides[] = {
    { "load", "duration", "20s", "-d" },
    { "load", "duration", "30s", "-d" },
    { "load", "users", "3", "-u" },
    { "target site", "colour", "red", "--set target site.colour=red" },
    { "target", "lines", "Accept: a\\;q=1", "-H", TRUE },
    { "target site", "lines", "B: $$x", "-H", TRUE },
    { "thresholds", "p99.9", "1s", "--set" },
  };
  g_autoptr (ThrumConfig) config =
      load_good_with ("[load]\nusers = wrong but replaced\n" TARGET "lines = first;\n", overrides,
                      G_N_ELEMENTS (overrides));
  const gchar *const lines[] = { "first", "Accept: a;q=1", "B: $x", NULL };

  g_assert_cmpint (config->load.duration_ns, ==, 30 * SECOND);
  g_assert_cmpuint (config->load.users, ==, 3);
  g_assert_cmpint (thrum_value (&target_of (config, 0)->values, 1)->integer, ==, 0);
  g_assert_cmpstrv (thrum_value (&request_of (config, 0)->values, 0)->list, lines);
  g_assert_cmpuint (config->thresholds->len, ==, 1);
  check_resolved (config);
}

static void
test_override_problems (void)
{
  static const ThrumOverride overrides[] = {
    { "load", "usres", "3", "--set load.usres=3" },
    { "load", "ramp-up", "x", "-R x" },
    { "target siet", "url", "x", "--set target siet.url=x" },
    { "lod", "users", "1", "--set lod.users=1" },
    { "load", "seed", "1\n[target x]", "--set" },
    { "target site", "body", "\xff", "--set2" },
  };

  check_problems_with (
      LOAD "users = 0\n" TARGET, overrides, G_N_ELEMENTS (overrides),
      "t.ini:3: [load] users: '0' is out of range: 1 to 1000000\n"
      "--set target siet.url=x: [target siet]: t.ini has no such section; did you mean 'target "
      "site'?\n"
      "--set lod.users=1: [lod]: unknown section; known are [load], [results], [target NAME], "
      "[request "
      "NAME], [thresholds] and [thresholds REQUEST]; did you mean 'load'?\n"
      "--set: [load]: is not one line of UTF-8 text\n"
      "--set2: [target site]: is not one line of UTF-8 text\n"
      "--set load.usres=3: [load] usres: unknown key; did you mean 'users'?\n"
      "-R x: [load] ramp-up: 'x' is not a duration like 250ms, 2s, 1m30s (h, m, s, ms, us, ns; a "
      "bare "
      "number is seconds)");
}

/* -X and -H hold for every request, whatever it says itself. */
static void
test_override_requests (void)
{
  static const ThrumOverride overrides[] = { { "target", "body", "new", "-X" },
                                             { "target", "lines", "c", "-H", TRUE } };
  static const gchar *const both[] = { "a", "c", NULL }, *const own[] = { "b", "c", NULL };
  g_autoptr (ThrumConfig) config =
      load_good_with (LOAD TARGET "lines = a\n[request r]\nbody = old\n[request s]\nlines = b\n",
                      overrides, G_N_ELEMENTS (overrides));

  g_assert_cmpstr (thrum_value (&request_of (config, 0)->values, 6)->string, ==, "new");
  g_assert_cmpstr (thrum_value (&request_of (config, 1)->values, 6)->string, ==, "new");
  g_assert_cmpstrv (thrum_value (&request_of (config, 0)->values, 0)->list, both);
  g_assert_cmpstrv (thrum_value (&request_of (config, 1)->values, 0)->list, own);
  check_resolved (config);
}

static void
test_override_target (void)
{
  static const ThrumOverride overrides[] = { { "target", "body", "3", "-X" } };

  check_problems_with (LOAD TARGET "[target b]\nplugin = " SAMPLE "\nurl = x\n", overrides, 1,
                       "-X: [target]: t.ini has no target, or several; say which: --set 'target "
                       "NAME.body=...'");
}

static void
test_parse_set (void)
{
  static const struct {
    const gchar *argument, *section, *key, *value;
  } cases[] = {
    { "load.users=3", "load", "users", "3" },
    { "target site.url=http://h/?a=b.c", "target site", "url", "http://h/?a=b.c" },
    { "thresholds.p99.9=1s", "thresholds", "p99.9", "1s" },
    { "load.x=", "load", "x", "" },
    { "load", NULL },
    { "load=3", NULL },
    { "load=a.b", NULL },
    { ".users=3", NULL },
    { "load.=3", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree gchar *section = NULL, *key = NULL, *value = NULL;
      gboolean is_good = thrum_config_parse_set (cases[i].argument, &section, &key, &value, &error);

      g_test_message ("%s", cases[i].argument);
      g_assert_true (is_good == (cases[i].section != NULL));
      g_assert_true (is_good == (error == NULL));
      g_assert_cmpstr (section, ==, cases[i].section);
      g_assert_cmpstr (key, ==, cases[i].key);
      g_assert_cmpstr (value, ==, cases[i].value);
    }
}

/* ---- The environment and secrets ----------------------------------------------------------- */

static void
test_environment (void)
{
  g_setenv ("THRUM_TEST_COLOUR", "blue", TRUE);
  g_setenv ("THRUM_TEST_DIR", "/elsewhere/$x", TRUE);
  g_setenv ("THRUM_TEST_BAD", "\xff", TRUE);
  g_unsetenv ("THRUM_TEST_UNSET");

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

  check_problems_with (
      LOAD TARGET "colour = ${env:THRUM_TEST_UNSET}\nfile = ${env:THRUM_TEST_BAD}\n"
                  "body = ${data:x}\nlines = ${env:}\nshare = ${env:X\namount = ${env:1}\n",
      NULL, 0,
      "t.ini:6: [target site] colour: the environment variable THRUM_TEST_UNSET is not set\n"
      "t.ini:7: [target site] file: the environment variable THRUM_TEST_BAD is not UTF-8\n"
      "t.ini:8: [target site] body: '${' begins a reference, and only ${env:NAME} is available in "
      "this "
      "version; $$ is a plain $\n"
      "t.ini:9: [target site] lines: '${env:' is not followed by a variable's name and '}'\n"
      "t.ini:10: [target site] share: '${env:' is not followed by a variable's name and '}'\n"
      "t.ini:11: [target site] amount: '${env:' is not followed by a variable's name and '}'");
}

/* Paths that no INI file can hold would break the resolved text. */
static void
test_odd_paths (void)
{
  g_setenv ("THRUM_TEST_LINES", "a\n[load]", TRUE);
  check_problems_with (
      LOAD TARGET "file = ${env:THRUM_TEST_LINES}\n"
                  "[results]\ndirectory = /${env:THRUM_TEST_LINES}\n",
      NULL, 0,
      "t.ini:6: [target site] file: the path '/base/a [load]' is not one line of UTF-8 "
      "text\n"
      "t.ini:8: [results] directory: the path '/a [load]' is not one line of UTF-8 "
      "text");
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

/* ---- Keys of later versions ---------------------------------------------------------------- */

static void
test_unavailable (void)
{
  guint n_keys;
  const ThrumKey *keys = thrum_keys_of (THRUM_SECTION_LOAD, &n_keys);
  static const gchar *const values[THRUM_N_LOAD_KEYS] = {
    [THRUM_LOAD_RATE] = "1/s",        [THRUM_LOAD_ARRIVALS] = "poisson",
    [THRUM_LOAD_OVERLOAD] = "queue",  [THRUM_LOAD_MAX_IN_FLIGHT] = "3",
    [THRUM_LOAD_WARM_UP] = "1s",      [THRUM_LOAD_STAGES] = "0s 1, 1s 1",
    [THRUM_LOAD_ENGINE] = "io_uring", [THRUM_LOAD_ON_INVALID] = "warn",
  };

  for (guint i = 0; i < n_keys; i++)
    {
      if (keys[i].is_available)
        continue;
      const gchar *key = keys[i].option.key;
      g_autofree gchar *text = g_strconcat (LOAD, key, " = ", values[i], "\n", CODEC, NULL);
      g_autofree gchar *expected =
          g_strdup_printf ("t.ini:3: [load] %s: is not available in this version", key);
      check_problems_with (text, NULL, 0, expected);
    }
  keys = thrum_keys_of (THRUM_SECTION_THRESHOLDS, &n_keys);
  if (!keys[THRUM_THRESHOLD_ABORT_ON].is_available)
    check_problems_with (LOAD TARGET "[thresholds]\nmax = 1s\nabort-on = max\n", NULL, 0,
                         "t.ini:8: [thresholds] abort-on: is not available in this version");
}

/* As they will be once their flags are flipped. */
static void
test_open_model (void)
{
  thrum_keys_set_all_available (TRUE);

  g_autoptr (ThrumConfig) codec = load_good (
      LOAD "rate = 600/m\narrivals = poisson\noverload = queue\nwarm-up = 1s\nengine = io_uring\n"
           "on-invalid = warn\ntimeout = 2s\nprocesses = 2\n" CODEC);
  g_assert_true (codec->load.is_open);
  g_assert_cmpfloat (codec->load.rate, ==, 10);
  g_assert_cmpint (codec->load.arrivals, ==, THRUM_ARRIVALS_POISSON);
  g_assert_cmpint (codec->load.overload, ==, THRUM_OVERLOAD_QUEUE);
  g_assert_cmpint (codec->load.engine, ==, THRUM_ENGINE_IO_URING);
  g_assert_cmpint (codec->load.on_invalid, ==, THRUM_ON_INVALID_WARN);
  g_assert_cmpint (codec->load.warm_up_ns, ==, SECOND);
  g_assert_cmpuint (codec->load.max_in_flight, ==, 20);
  g_assert_cmpuint (codec->load.processes, ==, 2);
  g_assert_cmpuint (codec->load.threads, ==, 1);
  check_resolved (codec);

  g_autoptr (ThrumConfig) fast = load_good (LOAD "rate = 100000/s\n" CODEC);
  g_assert_cmpuint (fast->load.max_in_flight, ==, 10000);
  check_resolved (fast);

  g_autoptr (ThrumConfig) session = load_good (LOAD "rate = 10\nusers = 7\nprocesses = 2\n" TARGET);
  g_assert_cmpuint (session->load.max_in_flight, ==, 7);
  g_assert_cmpuint (session->load.users, ==, 7);
  g_assert_cmpuint (session->load.threads, ==, 4);
  check_resolved (session);

  g_autoptr (ThrumConfig) limited = load_good (LOAD "rate = 10\nmax-in-flight = 6\n" TARGET);
  g_assert_cmpuint (limited->load.users, ==, 6);
  check_resolved (limited);

  g_autoptr (ThrumConfig) stages =
      load_good ("[load]\nstages = 0s 0/s, 30s 1000/s,90s 60000/m\n" CODEC);
  g_assert_true (stages->load.is_open);
  g_assert_cmpint (stages->load.duration_ns, ==, 90 * SECOND);
  g_assert_cmpuint (stages->load.stages->len, ==, 3);
  g_assert_cmpfloat (g_array_index (stages->load.stages, ThrumStage, 2).level, ==, 1000);
  check_resolved (stages);

  g_autoptr (ThrumConfig) users = load_good ("[load]\nstages = 0 1, 10 20, 10 5, 20 0\n" TARGET);
  g_assert_false (users->load.is_open);
  g_assert_cmpuint (users->load.users, ==, 20);
  check_resolved (users);

  g_autoptr (ThrumConfig) aborting =
      load_good (LOAD TARGET "[thresholds]\nfailures = 1%\np99 = 1s\nmax = 2s\n"
                             "abort-on = failures 10s , p99\n");
  g_assert_cmpint (((ThrumThreshold *)aborting->thresholds->pdata[0])->abort_after_ns, ==,
                   10 * SECOND);
  g_assert_cmpint (((ThrumThreshold *)aborting->thresholds->pdata[1])->abort_after_ns, ==, 0);
  g_assert_cmpint (((ThrumThreshold *)aborting->thresholds->pdata[2])->abort_after_ns, ==, -1);
  check_resolved (aborting);

  thrum_keys_set_all_available (FALSE);
}

static const ProblemCase later_cases[] = {
  { LOAD "rate = 0\n" CODEC, "t.ini:3: [load] rate: '0' is out of range: above 0/s" },
  { LOAD "rate = 5/d\n" CODEC,
    "t.ini:3: [load] rate: '5/d' is not a rate like 1000/s, 60/m, 10/h (a "
    "bare number is per second)" },
  { LOAD "rate = 5/s # x\n" CODEC,
    "t.ini:3: [load] rate: '5/s # x' is not a rate like 1000/s, 60/m, 10/h (a bare number is per "
    "second); a comment is a line of its own that begins with '#', so this one is part of the "
    "value" },
  { LOAD "rate = 5\ninterval = 1s\n" CODEC,
    "t.ini:4: [load] interval: cannot stand beside 'rate' (line 3): arrivals follow the rate" },
  { LOAD "rate = 5\nthink-time = 1s\n" CODEC,
    "t.ini:4: [load] think-time: cannot stand beside 'rate' (line 3): arrivals follow the rate" },
  { LOAD "rate = 5\nusers = 3\n" CODEC,
    "t.ini:4: [load] users: a codec plugin's requests that arrive at a rate need no users; "
    "max-in-flight bounds them" },
  { LOAD "rate = 5\nusers = 3\nmax-in-flight = 4\n" TARGET,
    "t.ini:5: [load] max-in-flight: is 4, but there are 3 users, and with a session plugin each "
    "carries "
    "one request; leave one of the two out" },
  { LOAD "arrivals = uniform\noverload = drop\nmax-in-flight = 3\n" CODEC,
    "t.ini:3: [load] arrivals: is of use with 'rate' (or stages of rates) only\n"
    "t.ini:4: [load] overload: is of use with 'rate' (or stages of rates) only\n"
    "t.ini:5: [load] max-in-flight: is of use with 'rate' (or stages of rates) only" },
  { LOAD "engine = epoll\n" TARGET,
    "t.ini:3: [load] engine: is of use with codec plugins only; this test's is a session plugin" },
  { LOAD "warm-up = 10s\n" TARGET,
    "t.ini:3: [load] warm-up: 10s is not shorter than the duration, 10s: nothing would be left" },
  { LOAD "rate = 5\nmax-in-flight = 3\nprocesses = 4\n" CODEC,
    "t.ini:5: [load] processes: 4 x 1 event loops (processes x threads) are more than the 3 "
    "requests "
    "in flight that they carry" },
  { LOAD "stages = 0s 1, 20s 5\n" TARGET, "t.ini:2: [load] duration: is 10s, but the last stage is "
                                          "at 20s, which is the duration; leave it "
                                          "out" },
  { "[load]\nstages = 0s 1, 20s 5\nusers = 3\nramp-up = 3s\n" TARGET,
    "t.ini:3: [load] users: cannot stand beside 'stages' (line 2): stages say how many users run\n"
    "t.ini:4: [load] ramp-up: cannot stand beside 'stages' (line 2): stages say how the load "
    "rises" },
  { "[load]\nstages = 0s 1/s, 20s 5/s\nrate = 3\n" CODEC,
    "t.ini:2: [load] stages: cannot stand beside 'rate' (line 3): stages say the rate" },
  { "[load]\nstages = 0s 1/s, 20s 5\n" CODEC,
    "t.ini:2: [load] stages: '20s 5': rates (1000/s) and numbers of users (50) don't mix" },
  { "[load]\nstages = 1s 1/s, 20s 5/s\n" CODEC,
    "t.ini:2: [load] stages: the first stage must be at 0s" },
  { "[load]\nstages = 0s 1/s\n" CODEC,
    "t.ini:2: [load] stages: there must be a later stage, whose time "
    "is the test's duration" },
  { "[load]\nstages = 0s 1/s, 5s 2/s, 3s 1/s\n" CODEC,
    "t.ini:2: [load] stages: the times must not go back" },
  { "[load]\nstages = 0s 1/s, 5s 2/s, 5s 3/s, 5s 1/s\n" CODEC,
    "t.ini:2: [load] stages: a time may stand twice (a step), not three times" },
  { "[load]\nstages = 0s 0, 5s 0\n" TARGET, "t.ini:2: [load] stages: no stage is above 0" },
  { "[load]\nstages = 0s, 5s 0\n" TARGET,
    "t.ini:2: [load] stages: '0s' is not a time and a level, like 30s 1000/s (a rate) or 30s 50 "
    "(users)" },
  { "[load]\nstages =\n" TARGET,
    "t.ini:2: [load] stages: it is empty; stages are like 0s 0/s, 30s 1000/s, 90s 1000/s" },
  { "[load]\nstages = 0s 1, 5s 1.5\n" TARGET,
    "t.ini:2: [load] stages: '1.5' is not a whole number" },
  { LOAD TARGET "[thresholds]\nmax = 1s\nabort-on = mean 3s\n[thresholds site]\nmean = 1s\n",
    "t.ini:8: [thresholds] abort-on: 'mean' is no threshold of this section; abort-on is like: "
    "failures 10s, p99" },
  { LOAD TARGET "[thresholds]\nmax = 1s\nabort-on =\n",
    "t.ini:8: [thresholds] abort-on: '' is no threshold of this section; abort-on is like: "
    "failures 10s, p99" },
  { LOAD TARGET "[thresholds]\nmax = 1s\nabort-on = max soon\n",
    "t.ini:8: [thresholds] abort-on: 'soon' is not a duration like 250ms, 2s, 1m30s (h, m, s, ms, "
    "us, "
    "ns; a bare number is seconds)" },
};

static void
test_later_problems (void)
{
  thrum_keys_set_all_available (TRUE);
  for (gsize i = 0; i < G_N_ELEMENTS (later_cases); i++)
    check_problems_with (later_cases[i].text, NULL, 0, later_cases[i].problems);
  thrum_keys_set_all_available (FALSE);
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
  { { "", "lines = a; b;\n", "lines =\n", "lines = x\\;y;  z  \n" } },
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

/* ---- URLs and names ------------------------------------------------------------------------ */

static void
test_url (void)
{
  g_autoptr (GError) error = NULL;

  g_autofree gchar *text =
      thrum_config_text_for_url ("SAMPLE://u:p@h.example:80/$$a?b=${c}", &error);
  g_assert_no_error (error);
  static const ThrumOverride overrides[] = { { "target", "lines", "A: b", "-H", TRUE },
                                             { "load", "duration", "3s", "-d" } };
  g_autoptr (ThrumConfig) config = load_good_with (text, overrides, G_N_ELEMENTS (overrides));
  g_assert_cmpstr (target_of (config, 0)->module->descriptor->name, ==, "sample");
  g_assert_cmpstr (thrum_value (&target_of (config, 0)->values, 0)->string, ==,
                   "SAMPLE://u:p@h.example:80/$$a?b=${c}");
  g_assert_cmpint (config->load.duration_ns, ==, 3 * SECOND);
  check_resolved (config);

  g_assert_null (thrum_config_text_for_url ("gopher://x/", &error));
  g_assert_error (error, THRUM_PLUGIN_ERROR, THRUM_PLUGIN_ERROR_NOT_FOUND);
  g_assert_cmpstr (error->message, ==,
                   "no plugin serves 'gopher:' URLs; those found serve sample:, "
                   "sample:");
  g_clear_error (&error);
  g_assert_null (thrum_config_text_for_url ("test.ini", &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  g_assert_null (thrum_config_text_for_url ("sample:\n[load]", &error));
  g_assert_nonnull (error);
}

static void
test_names (void)
{
  static const struct {
    const gchar *file, *name;
  } cases[] = {
    { "web-load-tester.ini", "web-load-tester" },
    { "/a/b.c/my test.ini", "my-test" },
    { "x.conf", "x.conf" },
    { ".hidden.ini", "-hidden" },
    { "..", "-." },
    { ".ini", "test" },
    { "http://user:pw@h.example:80/a/b", "h.example-80" },
    { "https://[::1]/", "---1-" },
    { "http://", "test" },
    { "tcp://h?x", "h" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree gchar *name = thrum_config_name_for (cases[i].file);
      g_assert_cmpstr (name, ==, cases[i].name);
    }
}

/* The tables themselves keep the rules that plugins must keep. */
static void
test_keys (void)
{
  for (guint kind = 0; kind < THRUM_N_SECTION_KINDS; kind++)
    {
      const ThrumOptionTable table = thrum_key_table_of (kind);
      ThrumValues values;

      thrum_values_init (&values, &table); /* asserts that fallbacks fit */
      thrum_values_clear (&values);
      for (guint i = 0; i < table.n_options; i++)
        {
          const ThrumOption *option = thrum_option_table_get (&table, i);
          g_assert_cmpint (thrum_option_table_find (&table, option->key), ==, i);
          g_assert_cmpstr (option->help, !=, "");
          const ThrumKey *key = (const ThrumKey *)option;
          g_assert_true ((option->fallback == NULL) != (key->standard == NULL));
        }
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_setenv ("THRUM_PLUGIN_PATH", THRUM_TEST_BUILD_DIR "/sample", TRUE);
  g_test_add_func ("/config/least", test_least);
  g_test_add_func ("/config/whole", test_whole);
  g_test_add_func ("/config/base-directory", test_base_directory);
  g_test_add_func ("/config/codec", test_codec);
  g_test_add_func ("/config/users", test_users);
  g_test_add_data_func ("/config/problems/grammar", grammar_cases, test_problems);
  g_test_add_data_func ("/config/problems/keys", key_cases, test_problems);
  g_test_add_data_func ("/config/problems/rules", rule_cases, test_problems);
  g_test_add_func ("/config/problems/foreign", test_foreign_problems);
  g_test_add_func ("/config/problems/nul", test_nul);
  g_test_add_func ("/config/problems/many", test_many);
  g_test_add_func ("/config/overrides", test_overrides);
  g_test_add_func ("/config/problems/overrides", test_override_problems);
  g_test_add_func ("/config/override-requests", test_override_requests);
  g_test_add_func ("/config/problems/override-target", test_override_target);
  g_test_add_func ("/config/parse-set", test_parse_set);
  g_test_add_func ("/config/environment", test_environment);
  g_test_add_func ("/config/odd-paths", test_odd_paths);
  g_test_add_func ("/config/secrets", test_secrets);
  g_test_add_func ("/config/unavailable", test_unavailable);
  g_test_add_func ("/config/open-model", test_open_model);
  g_test_add_func ("/config/problems/later", test_later_problems);
  g_test_add_func ("/config/resolved", test_random_resolved);
  g_test_add_func ("/config/url", test_url);
  g_test_add_func ("/config/names", test_names);
  g_test_add_func ("/config/keys", test_keys);
  return g_test_run ();
}
