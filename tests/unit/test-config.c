/* SPDX-License-Identifier: MIT
 *
 * INI text to checked values: every default, users and processes, overrides, the open model, URLs.
 */
#include "config-resolved.h"

#include <sys/resource.h>

#include "config/keys.h"
#include "base/limits.h"
#include "net/transport.h"

/* ---- Good files ---------------------------------------------------------------------------- */

static void
test_least (void)
{
  g_autoptr (ThrumConfig) config = load_good (LOAD TARGET);
  const ThrumLoad *load = &config->load;
  guint processes = MIN (thrum_limits_get ()->cpus, 10);
  static const gchar *const columns[] = { "elapsed", "response", "status", "service", "request",
                                          "failure", "bytes",    "lag",    NULL };
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
  g_assert_cmpint (load->on_invalid, ==, THRUM_ON_INVALID_JUDGE);
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
                             "body = $$x -{y # z\n"
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
  g_autoptr (ThrumConfig) config = load_good (whole);

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
  g_autoptr (ThrumConfig) config = load_good (
      LOAD "users = 100\nprocesses = 2\nthreads = 2\n" CODEC
           "verify = no\naddress = 127.0.0.3:80\nca-file = ../dev/null\nsource-addresses = "
           "127.0.0.1, 127.0.0.2\n");
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
        g_assert_cmpuint (config->load.processes, ==, MIN (thrum_limits_get ()->cpus, c->users));
      if (c->threads > 0)
        g_assert_cmpuint (config->load.threads, ==, c->threads);
      check_resolved (config);
    }
}

/* Slots of the open model, as a table of [load] lines. */
typedef struct {
  const gchar *lines;
  gboolean is_codec;
  guint slots, processes; /* processes 0: any */
  gboolean is_capped;
} SlotsCase;

static const SlotsCase slots_cases[] = {
  { "rate = 500/s\ntimeout = 2s\n", FALSE, 1050, 0, FALSE },
  { "rate = 500/s\ntimeout = 2s\n", TRUE, 1050, 0, FALSE },
  { "rate = 30000/m\ntimeout = 2s\nramp-up = 5s\n", FALSE, 1050, 0, FALSE },
  { "stages = 0s 0/s, 5s 300/s, 10s 100/s\ntimeout = 500ms\n", FALSE, 180, 0, FALSE },
  { "rate = 1/s\ntimeout = 2s\n", FALSE, 10, 0, FALSE },
  { "rate = 1/s\ntimeout = 2s\n", TRUE, 3, 0, FALSE },
  { "rate = 1/s\ntimeout = 2s\nprocesses = 12\n", FALSE, 12, 12, FALSE },
  { "rate = 500/s\nprocesses = 2\n", FALSE, 4000, 2, TRUE },
  { "rate = 500/s\n", TRUE, 10000, 0, TRUE },
  { "rate = 500/s\nusers = 50\n", FALSE, 50, 0, FALSE },
  { "rate = 500/s\nmax-in-flight = 50\n", FALSE, 50, 0, FALSE },
  { "rate = 500/s\nmax-in-flight = 50\n", TRUE, 50, 0, FALSE },
  { "rate = 500/s\nprocesses = 2\nthreads = 3\n", FALSE, 6, 2, FALSE },
  { "rate = 500/s\nthreads = 1\nprocesses = 3\n", TRUE, 10000, 3, TRUE },
};

static void
test_slots (void)
{
  const gboolean is_big = thrum_limits_get ()->memory_bytes >= (guint64)4 << 30;
  struct rlimit limit;

  getrlimit (RLIMIT_NOFILE, &limit);
  for (gsize i = 0; i < G_N_ELEMENTS (slots_cases); i++)
    {
      const SlotsCase *c = &slots_cases[i];
      g_autofree gchar *text =
          g_strconcat ("[load]\n", strstr (c->lines, "stages") == NULL ? "duration = 10s\n" : "",
                       c->lines, c->is_codec ? CODEC : TARGET, NULL);
      g_autoptr (ThrumConfig) config = load_good (text);

      if (c->slots > 1050 && !c->is_codec && (!is_big || limit.rlim_max < 20000))
        continue; /* this machine has not so many */
      g_assert_cmpuint (config->load.max_in_flight, ==, c->slots);
      g_assert_cmpuint (config->load.users, ==, c->slots);
      if (c->processes > 0)
        g_assert_cmpuint (config->load.processes, ==, c->processes);
      g_assert_cmpint (config->load.slots_are_capped, ==, c->is_capped);
      check_resolved (config);
    }
}

/* Few files may be open: then there are fewer sessions, and it is known why. */
static void
test_slots_by_descriptors (void)
{
  struct rlimit before, few;

  getrlimit (RLIMIT_NOFILE, &before);
  few = before;
  few.rlim_cur = few.rlim_max = 464;
  if (g_test_subprocess ())
    {
      g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &few), ==, 0);
      g_autoptr (ThrumConfig) config = load_good (LOAD "rate = 500/s\nprocesses = 2\n" TARGET);
      g_assert_cmpuint (config->load.max_in_flight, ==, 2 * (464 - 64) / 4);
      g_assert_true (config->load.slots_are_capped);
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
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
test_parse_set (void)
{
  static const struct {
    const gchar *argument, *section, *key, *value;
  } cases[] = {
    { "load.users=3", "load", "users", "3" },
    { "target site.url=http://h/?a=b.c", "target site", "url", "http://h/?a=b.c" },
    { "thresholds.p99.9=1s", "thresholds", "p99.9", "1s" },
    { "load.x=", "load", "x", "" },
    { "target.url=u", "target", "url", "u" },
    { "target.site.url=a.b=c", "target site", "url", "a.b=c" },
    { "request.my.page.path=/", "request my.page", "path", "/" },
    { "target my.site.url=u", "target my.site", "url", "u" },
    { "target.=3", NULL },
    { "target=a.b", NULL },
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

/* ---- The open model ------------------------------------------------------------------------ */

/* Keys of later versions, as they will be once their flags are flipped. */
static void
test_open_model (void)
{
  thrum_keys_set_all_available (TRUE);

  g_autoptr (ThrumConfig) codec =
      load_good (LOAD "rate = 600/m\narrivals = poisson\noverload = queue\nwarm-up = 1s\nengine = "
                      "io_uring\nidle = spin\n"
                      "on-invalid = warn\ntimeout = 2s\nprocesses = 2\n" CODEC);
  g_assert_true (codec->load.is_open);
  g_assert_cmpfloat (codec->load.rate, ==, 10);
  g_assert_cmpint (codec->load.arrivals, ==, THRUM_ARRIVALS_POISSON);
  g_assert_cmpint (codec->load.overload, ==, THRUM_OVERLOAD_QUEUE);
  g_assert_cmpint (codec->load.engine, ==, THRUM_ENGINE_IO_URING);
  g_assert_cmpint (codec->load.idle, ==, THRUM_IDLE_SPIN);
  g_assert_cmpint (codec->load.on_invalid, ==, THRUM_ON_INVALID_WARN);
  g_assert_cmpint (codec->load.warm_up_ns, ==, SECOND);
  g_assert_cmpuint (codec->load.max_in_flight, ==, 21);
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

/* In the open model no more than 1% may be dropped, unless the file says otherwise. */
static void
test_dropped (void)
{
  static const struct {
    const gchar *text, *limit;
    guint n_thresholds;
  } cases[] = {
    { LOAD "rate = 10\n" TARGET, "1%", 1 },
    { LOAD "rate = 10\n" TARGET "[thresholds]\np99 = 1s\n", "1%", 2 },
    { LOAD "rate = 10\n" TARGET "[thresholds site]\np99 = 1s\n", "1%", 2 },
    { LOAD "rate = 10\n" TARGET "[thresholds]\ndropped = 0.05\n", "5%", 1 },
    { LOAD "rate = 10\n" TARGET "[thresholds]\np99 = 1s\ndropped = 100%\n", "100%", 2 },
    { "[load]\nstages = 0s 0/s, 3s 10/s\n" TARGET, "1%", 1 },
  };
  g_autoptr (ThrumConfig) closed = load_good (LOAD TARGET);

  g_assert_cmpuint (closed->thresholds->len, ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (ThrumConfig) config = load_good (cases[i].text);
      guint n = 0;

      g_assert_cmpuint (config->thresholds->len, ==, cases[i].n_thresholds);
      for (guint k = 0; k < config->thresholds->len; k++)
        {
          const ThrumThreshold *threshold = config->thresholds->pdata[k];

          if (threshold->measure != THRUM_MEASURE_DROPPED)
            continue;
          n++;
          g_assert_cmpstr (threshold->text, ==, cases[i].limit);
          g_assert_cmpint (threshold->request, ==, -1);
        }
      g_assert_cmpuint (n, ==, 1);
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
    { ".hidden.ini", "hidden" },
    { "..", "test" },
    { "--help", "help" },
    { ".ini", "test" },
    { "http://user:pw@h.example:80/a/b", "h.example-80" },
    { "https://[::1]/", "1-" },
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
  g_test_add_func ("/config/dropped", test_dropped);
  g_test_add_func ("/config/whole", test_whole);
  g_test_add_func ("/config/base-directory", test_base_directory);
  g_test_add_func ("/config/codec", test_codec);
  g_test_add_func ("/config/users", test_users);
  g_test_add_func ("/config/slots", test_slots);
  g_test_add_func ("/config/slots-by-descriptors", test_slots_by_descriptors);
  g_test_add_func ("/config/overrides", test_overrides);
  g_test_add_func ("/config/override-requests", test_override_requests);
  g_test_add_func ("/config/parse-set", test_parse_set);
  g_test_add_func ("/config/open-model", test_open_model);
  g_test_add_func ("/config/url", test_url);
  g_test_add_func ("/config/names", test_names);
  g_test_add_func ("/config/keys", test_keys);
  return g_test_run ();
}
