/* SPDX-License-Identifier: MIT
 *
 * What is wrong with an INI file: each problem at its line, in the words it is told in.
 */
#include "config-case.h"

static void
check_problems_with (const gchar *text, const ThrumOverride *overrides, gsize n_overrides,
                     const gchar *expected)
{
  g_autofree gchar *problems = NULL;
  g_autoptr (ThrumConfig) config =
      load_bytes (text, strlen (text), overrides, n_overrides, &problems);

  g_assert_cmpstr (problems, ==, expected);
}

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
  { LOAD TARGET "verify = no\n", "t.ini:6: [target site] verify: unknown key; plugin sample has no "
                                 "such key; codec plugins, like tcp, have" },
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

#define ELEVEN "eleven-char"

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
  { LOAD "processes = 1000\nthreads = 60000\n" TARGET,
    "t.ini:4: [load] threads: processes x threads are more than 1000000" },
  { LOAD "threads = 65536\n" TARGET,
    "t.ini:3: [load] threads: '65536' is out of range: 1 to 65535" },
  { LOAD "users = 200000\nprocesses = 2\n" TARGET,
    "t.ini:1: [load] processes: with a session plugin each user is a thread, and 200000 users are "
    "100000 threads in each process: at most 65535; use more processes, or a codec plugin" },
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
  { LOAD CODEC "source-addresses = 127.0.0.1, 192.0.2.9; ::1\n",
    "t.ini:6: [target site] source-addresses: cannot use source address '192.0.2.9': Cannot assign "
    "requested address; give addresses of this machine\n"
    "t.ini:6: [target site] source-addresses: '::1' cannot reach '127.0.0.1': one is an IPv4 "
    "address, the other an IPv6 one" },
  { LOAD CODEC "source-addresses = 127.0.0.1,,127.0.0.2\n",
    "t.ini:6: [target site] source-addresses: '127.0.0.1,,127.0.0.2' has an empty element; a list "
    "is a, b, c or a; b; c" },
  { LOAD CODEC "address = unix:/x\nsource-addresses = 127.0.0.1\n",
    "t.ini:7: [target site] source-addresses: is of no use with a Unix socket" },
  { LOAD CODEC
    "address = unix:/" ELEVEN ELEVEN ELEVEN ELEVEN ELEVEN ELEVEN ELEVEN ELEVEN ELEVEN ELEVEN "\n",
    "t.ini:6: [target site] address: cannot use socket '/" ELEVEN ELEVEN ELEVEN ELEVEN ELEVEN ELEVEN
        ELEVEN ELEVEN ELEVEN ELEVEN "': its path is longer than 107 bytes" },
  { LOAD TARGET "[request r]\ntarget = siet\n",
    "t.ini:7: [request r] target: there is no [target siet]; did you mean 'site'?" },
  { LOAD TARGET "[target b]\nplugin = " SAMPLE "\nurl = x\n[request r]\ncount = 1\n",
    "t.ini:9: [request r] target: must be given: there is more than one target" },
  { LOAD TARGET "[target b]\nplugin = " SAMPLE "\nurl = x\n[request b]\ntarget = site\n",
    "t.ini:9: [request b]: there are two requests 'b', this and [target b] (line 6): a target "
    "without "
    "requests is one of its own name" },
  { LOAD TARGET "[request r]\nurl = x\n",
    "t.ini:7: [request r] url: unknown key; it is a key of [target NAME]" },
  { LOAD CODEC "[request r]\nverify = no\n",
    "t.ini:7: [request r] verify: unknown key; it is a key of [target NAME]" },
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
    "dropped, rate, "
    "abort-on\n"
    "t.ini:9: [thresholds] failures: '101%' is not a share from 0 to 1, or from 0% to 100%\n"
    "t.ini:11: [thresholds] meen: unknown key; known are pN (a percentile), mean, max, failures, "
    "dropped, rate, "
    "abort-on; did you mean 'mean'?" },
  { LOAD "rate = 10\n" TARGET "[thresholds]\ndropped = 101%\n[thresholds site]\ndropped = 1%\n",
    "t.ini:8: [thresholds] dropped: '101%' is not a share from 0 to 1, or from 0% to 100%\n"
    "t.ini:10: [thresholds site] dropped: drops are not told apart by request: give it in "
    "[thresholds]" },
  { LOAD TARGET "[thresholds]\ndropped = 1%\n",
    "t.ini:7: [thresholds] dropped: is of use with 'rate' (or stages of rates) only" },
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

/* ---- Overrides and the environment -------------------------------------------------- */

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
      "--set: [load] seed: not one line of UTF-8 text: take out its line breaks and control "
      "characters\n"
      "--set2: [target site] body: not one line of UTF-8 text: take out its line breaks and "
      "control "
      "characters\n"
      "--set load.usres=3: [load] usres: unknown key; did you mean 'users'?\n"
      "-R x: [load] ramp-up: 'x' is not a duration like 250ms, 2s, 1m30s (h, m, s, ms, us, ns; a "
      "bare "
      "number is seconds)");
}

static void
test_override_target (void)
{
  static const ThrumOverride overrides[] = { { "target", "body", "3", "-X" } };

  check_problems_with (LOAD TARGET "[target b]\nplugin = " SAMPLE "\nurl = x\n", overrides, 1,
                       "-X: [target]: t.ini has no target, or several; say which: --set target."
                       "NAME.body=...");
}

static void
test_environment (void)
{
  g_setenv ("THRUM_TEST_BAD", "\xff", TRUE);
  g_unsetenv ("THRUM_TEST_UNSET");
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
      "t.ini:6: [target site] file: the path '/base/${env:THRUM_TEST_LINES}' is not one line of "
      "UTF-8 "
      "text\n"
      "t.ini:8: [results] directory: the path '/${env:THRUM_TEST_LINES}' is not one line of UTF-8 "
      "text");
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

static const ProblemCase later_cases[] = {
  { LOAD "rate = 0\n" CODEC,
    "t.ini:3: [load] rate: '0' is out of range: above 0/s, at most 100000000/s" },
  { LOAD "rate = 1000000000/s\n" CODEC,
    "t.ini:3: [load] rate: '1000000000/s' is out of range: above 0/s, at most 100000000/s" },
  { "[load]\nstages = 0s 0/s, 1s 1000000000/s\n" CODEC,
    "t.ini:2: [load] stages: '1000000000/s' is out of range: at most 100000000/s" },
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
  { LOAD "idle = spin\n" TARGET,
    "t.ini:3: [load] idle: is of use with codec plugins only; this test's is a session plugin" },
  { LOAD "idle = poll\n" CODEC, "t.ini:3: [load] idle: 'poll' is not one of sleep, spin" },
  { LOAD "warm-up = 10s\n" TARGET,
    "t.ini:3: [load] warm-up: 10s is not shorter than the duration, 10s: nothing would be left" },
  { LOAD "rate = 5\nmax-in-flight = 3\nprocesses = 4\n" CODEC,
    "t.ini:5: [load] processes: 4 x 1 event loops (processes x threads) are more than the 3 "
    "requests "
    "in flight that they carry" },
  { "[load]\nstages = 0s 1/s, 721h 1/s\n" CODEC,
    "t.ini:2: [load] stages: the last stage is at 721h: at most 720h" },
  { "[load]\nstages = 0s 1, 20s 5\nmax-in-flight = 3\noverload = queue\n" CODEC,
    "t.ini:3: [load] max-in-flight: is of use with 'rate' (or stages of rates) only\n"
    "t.ini:4: [load] overload: is of use with 'rate' (or stages of rates) only" },
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
  { LOAD TARGET "[thresholds]\nmax = 1s\nabort-on = max 1s, max 2s\n",
    "t.ini:8: [thresholds] abort-on: 'max' stands twice; give one duration for it" },
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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_setenv ("THRUM_PLUGIN_PATH", THRUM_TEST_BUILD_DIR "/sample", TRUE);
  g_test_add_data_func ("/config/problems/grammar", grammar_cases, test_problems);
  g_test_add_data_func ("/config/problems/keys", key_cases, test_problems);
  g_test_add_data_func ("/config/problems/rules", rule_cases, test_problems);
  g_test_add_func ("/config/problems/foreign", test_foreign_problems);
  g_test_add_func ("/config/problems/nul", test_nul);
  g_test_add_func ("/config/problems/many", test_many);
  g_test_add_func ("/config/problems/overrides", test_override_problems);
  g_test_add_func ("/config/problems/override-target", test_override_target);
  g_test_add_func ("/config/unavailable", test_unavailable);
  g_test_add_func ("/config/problems/later", test_later_problems);
  g_test_add_func ("/config/odd-paths", test_odd_paths);
  g_test_add_func ("/config/problems/environment", test_environment);
  return g_test_run ();
}
