/* SPDX-License-Identifier: MIT
 *
 * Between what the service's own numbers lie: against values worked out by hand and against sorting; how
 * thresholds judge them, and what comes of that for CI.
 */
#include <math.h>
#include <stdlib.h>

#include <glib/gstdio.h>

#include "analyzer/judge/source.h"
#include "analyzer/judge/thresholds.h"

/* A run's folder and its analysis. */
typedef struct {
  char *folder;
  ThrumInput *input;
  ThrumScanFile file;
  ThrumAnalysis *analysis;
} Fixture;

static void
put (const Fixture *f, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (f->folder, name, NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

/* @run: the members of run.json behind its format, or NULL. */
static void
set_up (Fixture *f, const char *rows, const char *columns, const char *run, guint jobs)
{
  static const double asked[] = { 0.01, 0.75, 0.9999 };
  ThrumAnalysisOptions options = { .jobs = jobs, .asked = asked, .n_asked = G_N_ELEMENTS (asked) };
  g_autoptr (GError) error = NULL;

  *f = (Fixture){ .folder = g_dir_make_tmp ("thrum-brackets-XXXXXX", NULL) };
  put (f, "results.csv", rows);
  if (run != NULL)
    {
      g_auto (GStrv) names = g_strsplit (columns, ",", -1);
      g_autofree char *list = g_strjoinv ("\",\"", names);
      g_autofree char *text = g_strdup_printf (
          "{\"format\":1,\"state\":\"complete\",\"columns\":[\"%s\"],%s}", list, run);

      put (f, "run.json", text);
    }
  f->input = thrum_input_open (f->folder, NULL, &error);
  g_assert_no_error (error);
  f->file.input = f->input;
  g_assert_true (thrum_scan_detect (&f->file, NULL, NULL, &error));
  options.cut = f->input->info != NULL ? f->input->info->warm_up : 0;
  f->analysis = thrum_analysis_new (&f->file, 1, &options, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *f)
{
  static const char *const names[] = { "results.csv", "run.json" };

  thrum_analysis_free (f->analysis);
  thrum_input_free (f->input);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (f->folder, names[i], NULL);
      g_unlink (path);
    }
  g_rmdir (f->folder);
  g_free (f->folder);
}

#define USUAL "elapsed,response,status,service,request,failure,bytes,lag"

static ThrumMeasured
measure (const Fixture *f, const char *key)
{
  ThrumMeasuredKind kind;
  double quantile = 0;

  g_assert_true (thrum_measured_parse (key, &kind, &quantile));
  return thrum_measure (f->analysis, &f->analysis->total, kind, quantile);
}

/* 98 rows of 1 .. 98 ms, of which 10, 20 .. 90 ms are lag by half; with what @run says to be missing. */
static void
test_worked_out (void)
{
#define OPEN "\"seconds\":10,\"duration\":10,\"config\":\"[load]\\narrivals = uniform\\n\","
#define COUNTS(dropped, own, lost)                                                                 \
  OPEN "\"counts\":{\"offered\":100,\"dropped\":" #dropped ",\"dropped_by_generator\":" #own       \
       ",\"lost\":" #lost "},\"all\":{\"rate\":9.8,\"rate_at_most\":12.3}"
  static const struct {
    const char *run, *key;
    double value, least, most;
  } cases[] = {
    /* Less lag, 10, 20 .. 90 became 5, 10 .. 45: up to 44 there are 44 - 4 + 8 = 48, up to 45 there are 50,
     * and so it is 45 that has rank 49; the last is 98 as it was. */
    { NULL, "p50", 0.049, 0.045, 0.049 },
    { NULL, "max", 0.098, 0.098, 0.098 },
    { NULL, "mean", 0.0495, 0.0495 - 0.225 / 98, 0.0495 },
    { NULL, "rate", 98 / 9.849, 98 / 9.849, 98 / 9.849 },
    /* 2 of ours: rank 50 of 100; at the least 2 took no time, so that it is the 48th. */
    { COUNTS (2, 2, 0), "p50", 0.049, 0.044, 0.050 },
    { COUNTS (2, 2, 0), "p95", 0.094, 0.093, 0.095 },
    { COUNTS (2, 2, 0), "p99", 0.098, 0.097, HUGE_VAL },
    { COUNTS (2, 2, 0), "p1", 0.001, 0, 0.001 },
    { COUNTS (2, 2, 0), "mean", 0.0495, (4.851 - 0.225) / 100, HUGE_VAL },
    { COUNTS (2, 2, 0), "max", 0.098, 0.098, HUGE_VAL },
    { COUNTS (2, 2, 0), "dropped", 0.02, 0, 0.02 },
    { COUNTS (2, 2, 0), "failures", 0, 0, 0.02 },
    { COUNTS (2, 2, 0), "rate", 9.8, 9.8, 12.3 },
    /* 2 of the service's: they took any time whatever thrum did. */
    { COUNTS (2, 0, 0), "p50", 0.049, 0.045, 0.050 },
    { COUNTS (2, 0, 0), "p99", 0.098, HUGE_VAL, HUGE_VAL },
    { COUNTS (2, 0, 0), "mean", 0.0495, HUGE_VAL, HUGE_VAL },
    { COUNTS (2, 0, 0), "dropped", 0.02, 0.02, 0.02 },
    { COUNTS (2, 0, 0), "failures", 0, 0, 0 },
    /* Lost: failures at the most, which any worker's end may have caused. */
    { COUNTS (0, 0, 2), "failures", 0.02, 0, 0.02 },
    { COUNTS (0, 0, 2), "p99", 0.098, HUGE_VAL, HUGE_VAL },
    { COUNTS (0, 0, 2), "dropped", 0, 0, 0 },
  };
  g_autoptr (GString) rows = g_string_new (NULL);

  for (guint i = 1; i <= 98; i++)
    g_string_append_printf (rows, "%u.%03u000,0.%03u000,200,0.001000,a,,10,0.%06u\n", i / 10,
                            i % 10 * 100 + 49 * (i == 98), i, i % 10 == 0 ? i * 500 : 0);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Fixture f;

      set_up (&f, rows->str, USUAL, cases[i].run, 1);
      ThrumMeasured measured = measure (&f, cases[i].key);
      g_test_message ("%s of %s: %g, %g .. %g", cases[i].key,
                      cases[i].run != NULL ? cases[i].run : "rows alone", measured.value,
                      measured.bracket.least, measured.bracket.most);
      g_assert_true (measured.has_value);
      g_assert_cmpfloat_with_epsilon (measured.value, cases[i].value, 1e-9);
      if (isinf (cases[i].least) || isinf (measured.bracket.least))
        g_assert_cmpfloat (measured.bracket.least, ==, cases[i].least);
      else
        g_assert_cmpfloat_with_epsilon (measured.bracket.least, cases[i].least, 1e-9);
      if (isinf (cases[i].most) || isinf (measured.bracket.most))
        g_assert_cmpfloat (measured.bracket.most, ==, cases[i].most);
      else
        g_assert_cmpfloat_with_epsilon (measured.bracket.most, cases[i].most, 1e-9);
      tear_down (&f);
    }
}

/* Rows that carry no lag: what the run tells of it, which thresholds of its config have exactly. */
static void
test_without_lag (void)
{
#define LESS_LAG(n)                                                                                \
  "\"all\":{\"rate\":10,\"rate_at_most\":10,\"response_less_lag\":{\"count\":" #n                  \
  ",\"mean_ns\":45e6,\"p50_ns\":44e6,\"p90_ns\":89e6,\"p95_ns\":94e6,\"p99_ns\":98e6,"             \
  "\"p99.9_ns\":99e6,\"max_ns\":99e6}},\"lag\":{\"count\":100,\"mean_ns\":5e6,\"max_ns\":20e6}"
  static const struct {
    const char *run, *key;
    double value, least;
  } cases[] = {
    { LESS_LAG (100), "p50", 0.050, 0.044 },
    { LESS_LAG (100), "mean", 0.0505, 0.045 },
    { LESS_LAG (100), "max", 0.1, 0.099 },
    /* No figure of the run: 20 ms of lag at the most. Nor where its figures are of other rows. */
    { LESS_LAG (100), "p75", 0.075, 0.055 },
    { LESS_LAG (100), "p1", 0.001, 0 },
    { LESS_LAG (99), "p50", 0.050, 0.030 },
    /* A run that tells nothing. */
    { "\"seconds\":10", "p50", 0.050, 0.050 },
  };
  g_autoptr (GString) rows = g_string_new (NULL);

  for (guint i = 1; i <= 100; i++)
    g_string_append_printf (rows, "%u.0,%.3f,200\n", i, i / 1000.0);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Fixture f;

      set_up (&f, rows->str, "elapsed,response,status", cases[i].run, 1);
      ThrumMeasured measured = measure (&f, cases[i].key);
      g_test_message ("%s of %s", cases[i].key, cases[i].run);
      g_assert_cmpfloat_with_epsilon (measured.value, cases[i].value, 1e-9);
      g_assert_cmpfloat_with_epsilon (measured.bracket.least, cases[i].least, 1e-9);
      g_assert_cmpfloat_with_epsilon (measured.bracket.most, cases[i].value, 1e-9);

      g_autoptr (GPtrArray) thresholds =
          g_ptr_array_new_with_free_func (thrum_analyzer_threshold_free);
      g_autoptr (GPtrArray) results = g_ptr_array_new_with_free_func (thrum_check_result_free);
      ThrumAnalyzerThreshold *threshold = thrum_analyzer_threshold_parse ("p75=70ms", NULL);
      threshold->said_least = 0.071;
      g_ptr_array_add (thresholds, threshold);
      thrum_thresholds_check (f.analysis, thresholds, results);
      g_assert_cmpint (((ThrumCheckResult *)results->pdata[0])->judgement, ==,
                       THRUM_JUDGEMENT_FAILED);
      tear_down (&f);
    }
}

/* ---- Against sorting ------------------------------------------------------------------------- */

static int
compare_times (gconstpointer a, gconstpointer b)
{
  gint64 one = *(const gint64 *)a, two = *(const gint64 *)b;

  return one < two ? -1 : one > two;
}

typedef struct {
  GArray *certain, *less_lag; /* gint64, us */
  guint64 n, n_no_port;
} Sample;

static void
sample_clear (Sample *sample)
{
  g_array_unref (sample->certain);
  g_array_unref (sample->less_lag);
}

static double
pick (GArray *times, guint64 rank, guint64 nothing)
{
  if (rank <= nothing)
    return 0;
  if (rank - nothing > times->len)
    return HUGE_VAL;
  g_array_sort (times, compare_times);
  return (double)g_array_index (times, gint64, rank - nothing - 1) / 1e6;
}

static void
check_sample (const Fixture *f, const ThrumSummary *summary, Sample *sample)
{
  guint64 own = summary->own_dropped + sample->n_no_port;
  guint64 all = sample->n + own + summary->dropped - summary->own_dropped + summary->lost;

  for (guint i = 0; i < f->analysis->n_asked; i++)
    {
      guint64 rank = (guint64)ceil ((double)all * f->analysis->asked[i] - 1e-6);
      ThrumBracket bracket = summary->brackets.quantiles[i];

      g_test_message ("%s q %g: %g .. %g", summary->name != NULL ? summary->name : "all",
                      f->analysis->asked[i], bracket.least, bracket.most);
      g_assert_cmpfloat (bracket.most, ==, pick (sample->certain, rank, 0));
      g_assert_cmpfloat (bracket.least, ==, pick (sample->less_lag, rank, own));
    }
}

/* Times over @scale us, of @n_requests, every kind of end among them. */
static void
check_against_sorting (gint64 scale, guint n_requests, gboolean with_drops, guint jobs)
{
  static const char *const failures[] = {
    "", "", "", "", "", "", "status", "timeout", "unfinished", "no-port", "connect-refused"
  };
  g_autoptr (GRand) chance = g_rand_new_with_seed ((guint32)scale + n_requests);
  g_autoptr (GString) rows = g_string_new (NULL);
  g_autoptr (GString) config = g_string_new ("[load]\\narrivals = uniform\\n");
  g_autoptr (GString) names = g_string_new (NULL);
  Sample samples[24] = { 0 }; /* the last one of all */
  Fixture f;

  for (guint i = 0; i <= n_requests; i++)
    samples[i] = (Sample){ .certain = g_array_new (FALSE, FALSE, sizeof (gint64)),
                           .less_lag = g_array_new (FALSE, FALSE, sizeof (gint64)) };
  for (guint i = 0; i < 2000; i++)
    {
      gint64 response = (gint64)(pow (g_rand_double (chance), 3) * (double)scale);
      gint64 lag = (gint64)(g_rand_double (chance) * (double)response * (i % 3 == 0));
      guint request = (guint)g_rand_int_range (chance, 0, (gint32)n_requests);
      const char *failure = failures[g_rand_int_range (chance, 0, G_N_ELEMENTS (failures))];
      Sample *of[] = { &samples[request], &samples[n_requests] };
      gint64 less_lag = response - lag;

      g_string_append_printf (
          rows,
          "%u.%03u000,%" G_GINT64_FORMAT ".%06u,%d,0.000001,r%u,%s,10,%" G_GINT64_FORMAT ".%06u\n",
          i / 100, i % 100, response / 1000000, (guint)(response % 1000000),
          *failure == '\0' ? 200 : 0, request, failure, lag / 1000000, (guint)(lag % 1000000));
      for (guint j = 0; j < 2; j++)
        {
          gboolean is_given_up = *failure == 't' || *failure == 'u';
          gboolean is_unconnected = *failure == 'n' || *failure == 'c';

          of[j]->n_no_port += *failure == 'n';
          of[j]->n += !is_unconnected;
          if (is_given_up || is_unconnected)
            continue;
          g_array_append_val (of[j]->certain, response);
          g_array_append_val (of[j]->less_lag, less_lag);
        }
    }
  for (guint i = 0; i < n_requests; i++)
    {
      g_string_append_printf (config, "[request r%u]\\nweight = %u\\n", i, i + 1);
      g_string_append_printf (names, "%s{\"name\":\"r%u\"}", i > 0 ? "," : "", i);
    }
  g_autofree char *run = g_strdup_printf ("\"duration\":20,\"seconds\":20,\"config\":\"%s\","
                                          "\"requests\":[%s],\"counts\":{\"dropped\":%d,"
                                          "\"dropped_by_generator\":%d,\"lost\":%d}",
                                          config->str, names->str, with_drops ? 31 : 0,
                                          with_drops ? 11 : 0, with_drops ? 3 : 0);
  set_up (&f, rows->str, USUAL, run, jobs);

  g_assert_cmpuint (f.analysis->requests->len, ==, n_requests);
  check_sample (&f, &f.analysis->total, &samples[n_requests]);
  for (guint i = 0; i < n_requests; i++)
    {
      const ThrumSummary *summary = g_ptr_array_index (f.analysis->requests, i);
      double share = (i + 1) / (n_requests * (n_requests + 1) / 2.0);

      g_assert_cmpuint (summary->dropped, ==, (guint64)ceil ((with_drops ? 31 : 0) * share));
      check_sample (&f, summary, &samples[i]);
    }
  for (guint i = 0; i <= n_requests; i++)
    sample_clear (&samples[i]);
  tear_down (&f);
}

static void
test_against_sorting (void)
{
  /* Exact at once, after one further pass, after two; few requests and more than have fine buckets. */
  static const gint64 scales[] = { 3000, 4000000, G_GINT64_CONSTANT (90000000000) };

  for (guint i = 0; i < G_N_ELEMENTS (scales); i++)
    for (guint drops = 0; drops < 2; drops++)
      {
        check_against_sorting (scales[i], 2, drops, 1 + i % 2);
        check_against_sorting (scales[i], 21, drops, 2);
      }
}

/* ---- The rate -------------------------------------------------------------------------------- */

/* As a run has it: what came while requests were sent, of the time that they were; with the warm-up's edge
 * on the first row that counts, whose instants were rounded apart. */
static void
test_rate (void)
{
  static const char rows[] =
      "0.990000,0.100000,200,0.1,a,,5,0.000000\n"       /* of the warm-up */
      "1.100000,0.100001,200,0.1,a,,5,0.000000\n"       /* intended at 1 s */
      "2.000000,0.100000,503,0.1,a,status,5,0.000000\n" /* answered */
      "2.100000,0.100000,200,0.1,a,check,5,0.000000\n"
      "3.000000,0.100000,0,0.1,a,timeout,0,0.000000\n"
      "3.100000,0.100000,0,0.1,b,reset,0,0.000000\n"
      "4.000000,0.100000,200,0.1,b,,5,0.000000\n" /* the duration's end itself */
      "4.000001,0.100000,200,0.1,b,,5,0.000000\n" /* in the drain */
      "6.000000,2.100000,200,0.1,b,,5,0.000000\n";
  static const struct {
    const char *run;
    double seconds, rate, bytes;
  } cases[] = {
    { "\"duration\":4,\"seconds\":4,\"config\":\"[load]\\nwarm-up = 1s\\n\"", 3, 4 / 3.0, 20 },
    { "\"duration\":4,\"seconds\":4", 4, 5 / 4.0, 25 },
    /* Cut short: by the time it ran. */
    { "\"duration\":8,\"seconds\":3.5", 3.5, 7 / 3.5, 35 },
    /* Killed: until its last row, but for no longer than it was to last. */
    { "\"duration\":4,\"state\":\"running\"", 4, 5 / 4.0, 25 },
    { "\"duration\":9,\"state\":\"running\"", 6, 7 / 6.0, 35 },
    { NULL, 6, 7 / 6.0, 35 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    for (guint jobs = 1; jobs <= 2; jobs++)
      {
        Fixture f;
        double sum = 0;

        set_up (&f, rows, USUAL, cases[i].run, jobs);
        g_test_message ("%s", cases[i].run != NULL ? cases[i].run : "rows alone");
        g_assert_cmpfloat_with_epsilon (f.analysis->seconds, cases[i].seconds, 1e-9);
        g_assert_cmpfloat_with_epsilon (thrum_analysis_get_rate (f.analysis, &f.analysis->total),
                                        cases[i].rate, 1e-9);
        g_assert_cmpfloat ((double)f.analysis->total.answered_bytes, ==, cases[i].bytes);
        for (guint j = 0; j < f.analysis->requests->len; j++)
          sum += thrum_analysis_get_rate (f.analysis, f.analysis->requests->pdata[j]);
        g_assert_cmpfloat_with_epsilon (sum, cases[i].rate, 1e-9);
        tear_down (&f);
      }
}

/* ---- Judging --------------------------------------------------------------------------------- */

/* 100 rows of 10 ms, of which 2 have 8 ms of lag more and one failed; one more was dropped by thrum. */
static void
test_thresholds (void)
{
#define TRUSTED                                                                                    \
  "\"verdict\":{\"level\":\"INVALID\",\"reasons\":[{\"signal\":\"bracket\",\"level\":\"INVALID\"}" \
  "]}"
#define BUNCHED                                                                                    \
  "\"verdict\":{\"level\":\"INVALID\",\"reasons\":[{\"signal\":\"stalled\",\"level\":\"INVALID\"}" \
  "]}"
#define DEGRADED                                                                                   \
  "\"verdict\":{\"level\":\"DEGRADED\",\"reasons\":[{\"signal\":\"achieved\",\"level\":"           \
  "\"DEGRADED\"}]}"
  static const struct {
    const char *text, *verdict;
    ThrumJudgement judgement;
    const char *message; /* (nullable) its beginning */
  } cases[] = {
    { "p50=10ms", TRUSTED, THRUM_JUDGEMENT_PASSED, "10.0 ms" },
    { "p50=10ms", BUNCHED, THRUM_JUDGEMENT_PASSED, "10.0 ms" },
    { "p50=9ms", TRUSTED, THRUM_JUDGEMENT_FAILED, "10.0 ms" },
    { "p50=9ms", DEGRADED, THRUM_JUDGEMENT_FAILED, NULL },
    { "p50=9ms", BUNCHED, THRUM_JUDGEMENT_UNDECIDED, NULL },
    { "p99=20ms", TRUSTED, THRUM_JUDGEMENT_PASSED, "18.0 ms (between 10.0 ms and 18.0 ms)" },
    { "p99=15ms", TRUSTED, THRUM_JUDGEMENT_UNDECIDED,
      "18.0 ms (between 10.0 ms and 18.0 ms): und" },
    { "p99=9ms", TRUSTED, THRUM_JUDGEMENT_FAILED, NULL },
    { "max=1s", TRUSTED, THRUM_JUDGEMENT_UNDECIDED,
      ">= 18.0 ms (without the generator's part from 10.0 ms)" },
    { "mean=9ms", TRUSTED, THRUM_JUDGEMENT_FAILED, NULL },
    { "mean=1s", TRUSTED, THRUM_JUDGEMENT_UNDECIDED, NULL },
    { "failures=2%", TRUSTED, THRUM_JUDGEMENT_PASSED, NULL },
    { "failures=1%", TRUSTED, THRUM_JUDGEMENT_UNDECIDED, "1.00% (between 0.99% and 1.98%)" },
    { "failures=0.5%", TRUSTED, THRUM_JUDGEMENT_FAILED, NULL },
    { "dropped=1%", TRUSTED, THRUM_JUDGEMENT_PASSED, NULL },
    { "dropped=0%", TRUSTED, THRUM_JUDGEMENT_UNDECIDED, "0.99% (between 0.00% and 0.99%)" },
    { "rate=10/s", TRUSTED, THRUM_JUDGEMENT_PASSED, "10.0/s" },
    { "rate=11/s", TRUSTED, THRUM_JUDGEMENT_UNDECIDED, "10.0/s (between 10.0/s and 11.5/s)" },
    { "rate=12/s", TRUSTED, THRUM_JUDGEMENT_FAILED, NULL },
    { "rate=12/s", BUNCHED, THRUM_JUDGEMENT_UNDECIDED, NULL },
    { "nosuch:p50=1h", TRUSTED, THRUM_JUDGEMENT_FAILED, "no requests" },
  };
  g_autoptr (GString) rows = g_string_new (NULL);

  for (guint i = 0; i < 100; i++)
    g_string_append_printf (rows, "%u.%u00000,0.0%u0000,%u,0.010000,a,%s,10,0.00%u000\n", i / 10,
                            i % 10, i < 98 ? 10 : 18, i == 5 ? 500 : 200, i == 5 ? "status" : "",
                            i < 98 ? 0 : 8);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *run = g_strdup_printf (
          "\"duration\":10,\"seconds\":10,\"counts\":{\"dropped\":1,\"dropped_by_generator\":1},"
          "\"all\":{\"rate\":10,\"rate_at_most\":11.5},%s",
          cases[i].verdict);
      g_autoptr (GPtrArray) thresholds =
          g_ptr_array_new_with_free_func (thrum_analyzer_threshold_free);
      g_autoptr (GPtrArray) results = g_ptr_array_new_with_free_func (thrum_check_result_free);
      Fixture f;

      set_up (&f, rows->str, USUAL, run, 1);
      g_ptr_array_add (thresholds, thrum_analyzer_threshold_parse (cases[i].text, NULL));
      thrum_thresholds_check (f.analysis, thresholds, results);
      const ThrumCheckResult *result = g_ptr_array_index (results, 0);
      g_test_message ("%s: %s: %s", cases[i].text, thrum_judgement_name (result->judgement),
                      result->message);
      g_assert_cmpint (result->judgement, ==, cases[i].judgement);
      if (cases[i].message != NULL)
        g_assert_true (g_str_has_prefix (result->message, cases[i].message));
      tear_down (&f);
    }
}

/* The exit code, and what of JUnit's cases is a failure, an error or skipped: they say the same. */
static void
test_outcome (void)
{
#define INVALID "\"verdict\":{\"level\":\"INVALID\",\"reasons\":[\"so it is\"]}"
#define ON(word) "\"config\":\"[load]\\non-invalid = " word "\\n\""
  static const struct {
    const char *run;        /* members of run.json */
    const char *incomplete; /* (nullable) */
    gboolean has_success, has_asked, has_failures;
    int limit; /* its judgement; -1: none */
    int code;
    const char *junit; /* counts of it */
  } cases[] = {
    { "\"state\":\"complete\"", NULL, TRUE, TRUE, FALSE, 0, 0,
      "failures=\"0\" errors=\"0\" skipped=\"0\"" },
    { "\"state\":\"complete\"", NULL, TRUE, TRUE, FALSE, 1, 1,
      "failures=\"1\" errors=\"0\" skipped=\"0\"" },
    { "\"state\":\"complete\"", NULL, TRUE, TRUE, FALSE, 2, 4,
      "failures=\"0\" errors=\"1\" skipped=\"0\"" },
    { "\"state\":\"complete\"," ON ("warn"), NULL, TRUE, TRUE, FALSE, 2, 0,
      "failures=\"0\" errors=\"0\" skipped=\"1\"" },
    { "\"state\":\"complete\"," INVALID, NULL, TRUE, TRUE, FALSE, 0, 0,
      "failures=\"0\" errors=\"0\" skipped=\"0\"" },
    { "\"state\":\"complete\"," INVALID, NULL, TRUE, FALSE, FALSE, -1, 4,
      "failures=\"0\" errors=\"1\" skipped=\"0\"" },
    { "\"state\":\"complete\"," INVALID "," ON ("warn"), NULL, TRUE, FALSE, FALSE, -1, 0,
      "failures=\"0\" errors=\"0\" skipped=\"0\"" },
    { "\"state\":\"complete\"," INVALID "," ON ("fail"), NULL, TRUE, TRUE, FALSE, 0, 4,
      "failures=\"0\" errors=\"1\" skipped=\"0\"" },
    { "\"state\":\"complete\"," INVALID "," ON ("judge"), NULL, TRUE, TRUE, FALSE, 1, 1,
      "failures=\"1\" errors=\"0\" skipped=\"0\"" },
    { "\"state\":\"interrupted\"", "its state is", TRUE, TRUE, FALSE, 1, 3,
      "failures=\"1\" errors=\"1\" skipped=\"0\"" },
    { "\"state\":\"interrupted\"," ON ("warn"), "its state is", TRUE, TRUE, FALSE, 0, 3,
      "failures=\"0\" errors=\"1\" skipped=\"0\"" },
    { "\"state\":\"complete\"", "rows are missing", TRUE, TRUE, FALSE, 0, 3,
      "failures=\"0\" errors=\"1\" skipped=\"0\"" },
    { "\"state\":\"complete\"", NULL, FALSE, FALSE, FALSE, -1, 1,
      "failures=\"1\" errors=\"0\" skipped=\"0\"" },
    { "\"state\":\"complete\"", NULL, FALSE, TRUE, TRUE, 0, 0,
      "failures=\"0\" errors=\"0\" skipped=\"0\"" },
    { "\"state\":\"aborted\"", NULL, TRUE, TRUE, FALSE, 0, 1,
      "failures=\"1\" errors=\"0\" skipped=\"0\"" },
    /* Another tool's file: nothing is asked of it, but that it is whole. */
    { NULL, NULL, FALSE, FALSE, FALSE, -1, 0, "failures=\"0\" errors=\"0\" skipped=\"0\"" },
    { NULL, "its gzip data end too early", TRUE, FALSE, FALSE, -1, 3,
      "failures=\"0\" errors=\"1\" skipped=\"0\"" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GPtrArray) results = g_ptr_array_new_with_free_func (thrum_check_result_free);
      Fixture f;

      set_up (&f, "1.0,0.1,200,0.1,a,,1,0\n", USUAL, cases[i].run, 1);
      const ThrumRunInfo *info = f.input->info;
      const char *on_invalid = info != NULL ? info->on_invalid : NULL;
      ThrumChecked checked = { info, cases[i].incomplete, cases[i].has_success, cases[i].has_asked,
                               cases[i].has_failures };
      if (cases[i].limit >= 0)
        g_ptr_array_add (results,
                         thrum_check_result_new (THRUM_CHECK_LIMIT, g_strdup ("p99 <= 1s"),
                                                 g_strdup ("2 s"), (ThrumJudgement)cases[i].limit));
      thrum_checks_add_run (&checked, results);
      g_autofree char *xml = thrum_junit_to_xml ("suite", results, 10, on_invalid);
      g_test_message ("case %u: %s", i, xml);
      g_assert_cmpint (thrum_checks_get_code (results, on_invalid), ==, cases[i].code);
      g_assert_nonnull (strstr (xml, cases[i].junit));
      g_assert_nonnull (strstr (xml, "time=\"10.000\""));
      tear_down (&f);
    }
}

/* A threshold finds the request by what its file calls it, though that is not printed as it is. */
static void
test_odd_names (void)
{
  g_autoptr (GPtrArray) results = g_ptr_array_new_with_free_func (thrum_check_result_free);
  ThrumAnalyzerThreshold *threshold = thrum_analyzer_threshold_parse ("a\n\033b:p99=1s", NULL);

  g_assert_cmpstr (threshold->request, ==, "a??b");
  thrum_analyzer_threshold_free (threshold);

  g_ptr_array_add (results,
                   thrum_check_result_new (THRUM_CHECK_LIMIT, g_strdup ("<\357\277\276\377>"),
                                           g_strdup ("\t"), THRUM_JUDGEMENT_FAILED));
  g_autofree char *xml = thrum_junit_to_xml ("\001", results, 10, NULL);
  g_assert_nonnull (strstr (xml, "\"&lt;??&gt;\""));
  g_assert_null (strpbrk (xml, "\001\t"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/analyzer/brackets/worked-out", test_worked_out);
  g_test_add_func ("/analyzer/brackets/without-lag", test_without_lag);
  g_test_add_func ("/analyzer/brackets/against-sorting", test_against_sorting);
  g_test_add_func ("/analyzer/rate", test_rate);
  g_test_add_func ("/analyzer/thresholds", test_thresholds);
  g_test_add_func ("/analyzer/outcome", test_outcome);
  g_test_add_func ("/analyzer/odd-names", test_odd_names);
  return g_test_run ();
}
