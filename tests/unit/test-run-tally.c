/* SPDX-License-Identifier: MIT
 *
 * What records come to: outcomes, the sums that must add up, thresholds, and the words for them.
 */
#include <string.h>

#include "coordinator/format.h"
#include "coordinator/progress.h"
#include "coordinator/run.h"

#define MS G_GINT64_CONSTANT (1000000)
#define S G_GINT64_CONSTANT (1000000000)

static void
add (ThrumRunTally *tally, guint request, gint64 at_ms, gint64 response_ms, gint32 status,
     ThrumFailure failure, guint16 flags)
{
  ThrumRecord record = {
    .intended = at_ms * MS,
    .slot = at_ms * MS,
    .sent = at_ms * MS,
    .done = (at_ms + response_ms) * MS,
    .read = (at_ms + response_ms) * MS,
    .status = status,
    .request = (guint16)request,
    .failure = (guint16)failure,
    .flags = flags,
    .received_bytes = 10,
  };
  thrum_run_tally_add (tally, &record);
}

static ThrumRunTally *
make_tally (void)
{
  ThrumRunTally *tally = thrum_run_tally_new (2, &(ThrumLoad){ .duration_ns = 3 * S });

  add (tally, 0, 0, 10, 200, THRUM_FAILURE_NONE, 0);
  add (tally, 0, 1000, 20, 200, THRUM_FAILURE_NONE, 0);
  add (tally, 1, 1000, 30, 503, THRUM_FAILURE_STATUS, 0);
  add (tally, 1, 2000, 500, 0, THRUM_FAILURE_TIMEOUT, 0);
  add (tally, 0, 2000, 1, 0, THRUM_FAILURE_CONNECT_REFUSED, 0);
  add (tally, 0, 2900, 200, 0, THRUM_FAILURE_UNFINISHED, 0);
  add (tally, 0, 0, 900, -5, THRUM_FAILURE_OTHER, 0);
  add (tally, 1, 0, 1, 200, THRUM_FAILURE_NONE, THRUM_RECORD_WARM_UP);
  return tally;
}

static void
test_outcomes (void)
{
  g_autoptr (ThrumRunTally) tally = make_tally ();
  g_autoptr (ThrumOutcome) all = thrum_run_tally_sum (tally);

  g_assert_cmpuint (all->rows, ==, 7);
  g_assert_cmpuint (all->warm_up, ==, 1);
  g_assert_cmpuint (all->ok, ==, 2);
  g_assert_cmpuint (all->answered, ==, 4); /* a 503 and a -5 are replies */
  g_assert_cmpuint (all->failed, ==, 3);
  g_assert_cmpuint (all->timed_out, ==, 1);
  g_assert_cmpuint (all->unfinished, ==, 1);
  g_assert_cmpuint (thrum_outcome_get_failures (all), ==, 5);
  g_assert_cmpuint (all->statuses[200], ==, 2);
  g_assert_cmpuint (all->statuses[0], ==, 3);
  g_assert_cmpuint (
      GPOINTER_TO_SIZE (g_hash_table_lookup (all->other_statuses, GINT_TO_POINTER (-5))), ==, 1);
  g_assert_cmpuint (all->received_bytes, ==, 70);

  /* What never connected is a failure, no latency; the rest waited, and counts with that. */
  g_assert_cmpuint (thrum_histogram_get_count (all->response), ==, 6);
  g_assert_cmpint (thrum_histogram_get_max (all->response), ==, 900 * MS);
  g_assert_cmpint (thrum_histogram_get_min (all->response), ==, 10 * MS);
  g_assert_cmpuint (thrum_histogram_get_count (all->success), ==, 2);
  g_assert_cmpint (thrum_histogram_get_max (all->success), ==, 20 * MS);

  /* What is answered in the drain came too late to be throughput. */
  add (tally, 0, 2900, 101, 200, THRUM_FAILURE_NONE, 0);
  g_assert_cmpuint (tally->requests[0].ok, ==, 3);
  g_assert_cmpuint (tally->requests[0].answered + tally->requests[1].answered, ==, 4);

  /* By the second of completion: the last one ended at 3.1 s. */
  g_assert_cmpuint (tally->timeline->len, ==, 4);
  g_assert_cmpuint (thrum_run_tally_get_second (tally, 0)->done, ==, 3);
  g_assert_cmpuint (thrum_run_tally_get_second (tally, 0)->failed, ==, 1);
  g_assert_cmpuint (thrum_run_tally_get_second (tally, 1 * S)->done, ==, 2);
  g_assert_cmpuint (thrum_run_tally_get_second (tally, 3 * S)->done, ==, 2);
  g_assert_null (thrum_run_tally_get_second (tally, 49 * 3600 * S));
}

static void
test_conservation (void)
{
  ThrumRun run = { .tally = make_tally () };

  run.all = thrum_run_tally_sum (run.tally);
  run.counters.sum = (ThrumLaneCounters){ .offered = 13, .sent = 11, .dropped = 2 };
  run.lost = 3;
  g_assert_true (thrum_run_is_conserved (&run, 8));
  g_assert_false (thrum_run_is_conserved (&run, 7));
  run.lost = 2;
  g_assert_false (thrum_run_is_conserved (&run, 8));
  run.lost = 3;
  run.counters.sum.offered = 12;
  g_assert_false (thrum_run_is_conserved (&run, 8));
  thrum_outcome_free (run.all);
  thrum_run_tally_free (run.tally);
}

static void
test_thresholds (void)
{
  static const struct {
    ThrumThreshold threshold;
    gdouble measured;
    gboolean passed;
  } cases[] = {
    /* Some timed out: how long they would have taken nobody knows. */
    { { .measure = THRUM_MEASURE_MAX, .limit = 900e6, .request = -1 }, 900e6, FALSE },
    { { .measure = THRUM_MEASURE_MAX, .limit = 899e6, .request = -1 }, 900e6, FALSE },
    { { .measure = THRUM_MEASURE_MAX, .limit = 500e6, .request = 1 }, 500e6, FALSE },
    { { .measure = THRUM_MEASURE_MEAN, .limit = 265e6, .request = 1 }, 265e6, FALSE },
    { { .measure = THRUM_MEASURE_FAILURES, .limit = 0.5, .request = -1 }, 6 / 8.0, FALSE },
    { { .measure = THRUM_MEASURE_FAILURES, .limit = 0.6, .request = 0 }, 3 / 5.0, TRUE },
    { { .measure = THRUM_MEASURE_RATE, .limit = 1, .request = -1 }, 1, TRUE },
    { { .measure = THRUM_MEASURE_RATE, .limit = 1.01, .request = -1 }, 1, FALSE },
    { { .measure = THRUM_MEASURE_QUANTILE, .quantile = 0.1, .limit = 1e9, .request = 0 },
      10e6,
      TRUE },
    /* One of two timed out and one was lost: half of three is not known to be that good. */
    { { .measure = THRUM_MEASURE_QUANTILE, .quantile = 0.5, .limit = 1e9, .request = 1 },
      30e6,
      FALSE },
  };
  g_autoptr (GPtrArray) thresholds = g_ptr_array_new ();
  ThrumRequestConfig kinds[] = { { .weight = 1 }, { .weight = 1 } };
  g_autoptr (GPtrArray) requests = g_ptr_array_new ();
  ThrumConfig config = { .thresholds = thresholds, .requests = requests };
  ThrumRun run = { .config = &config, .tally = make_tally (), .seconds = 4, .lost = 1 };

  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    g_ptr_array_add (requests, &kinds[i]);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_ptr_array_add (thresholds, (gpointer)&cases[i].threshold);
  run.all = thrum_run_tally_sum (run.tally);
  thrum_run_judge_thresholds (&run);
  g_assert_false (run.has_passed);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const ThrumThresholdResult *result = &g_array_index (run.thresholds, ThrumThresholdResult, i);
      g_assert_cmpfloat_with_epsilon (result->measured, cases[i].measured,
                                      cases[i].measured * 0.005);
      g_assert_cmpint (result->passed, ==, cases[i].passed);
    }
  g_array_unref (run.thresholds);

  /* Nothing measured is nothing met. */
  thrum_outcome_free (run.all);
  thrum_run_tally_free (run.tally);
  run.tally = thrum_run_tally_new (2, &(ThrumLoad){ .duration_ns = 3 * S });
  run.thresholds = NULL;
  run.lost = 0;
  run.all = thrum_run_tally_sum (run.tally);
  thrum_run_judge_thresholds (&run);
  g_assert_false (run.has_passed);
  g_assert_false (g_array_index (run.thresholds, ThrumThresholdResult, 0).passed);
  g_array_unref (run.thresholds);
  thrum_outcome_free (run.all);
  thrum_run_tally_free (run.tally);
}

/* 1592 that took 1 to 1592 ms, and 8 arrivals of which nothing is known: the worst that can be is judged. */
static void
test_thresholds_unseen (void)
{
  static const struct {
    ThrumThreshold threshold;
    guint64 unseen;
    gboolean passed, is_lower_bound;
    const gchar *measured;
  } cases[] = {
    /* Rank 1592 of 1600 is 1592 ms, and 1584 of 1592 were 1584 ms: no more than a bucket apart. */
    { { .measure = THRUM_MEASURE_QUANTILE, .quantile = 0.995, .limit = 1600e6 },
      8,
      TRUE,
      FALSE,
      "1.58 s" },
    { { .measure = THRUM_MEASURE_QUANTILE, .quantile = 0.995, .limit = 1600e6 },
      0,
      TRUE,
      FALSE,
      "1.58 s" },
    { { .measure = THRUM_MEASURE_QUANTILE, .quantile = 0.999, .limit = 9e9 },
      8,
      FALSE,
      TRUE,
      ">= 1.59 s" },
    { { .measure = THRUM_MEASURE_QUANTILE, .quantile = 0.5, .limit = 900e6 },
      100,
      TRUE,
      TRUE,
      "795 ms to 845 ms" },
    { { .measure = THRUM_MEASURE_QUANTILE, .quantile = 0.5, .limit = 820e6 },
      100,
      FALSE,
      TRUE,
      "795 ms to 845 ms" },
    { { .measure = THRUM_MEASURE_MEAN, .limit = 900e6 }, 0, TRUE, FALSE, "796 ms" },
    { { .measure = THRUM_MEASURE_MEAN, .limit = 900e6 }, 8, FALSE, TRUE, ">= 796 ms" },
    { { .measure = THRUM_MEASURE_MAX, .limit = 9e9 }, 0, TRUE, FALSE, "1.59 s" },
    { { .measure = THRUM_MEASURE_MAX, .limit = 9e9 }, 8, FALSE, TRUE, ">= 1.59 s" },
  };
  g_autoptr (ThrumRunTally) tally = thrum_run_tally_new (1, &(ThrumLoad){ .duration_ns = 100 * S });

  for (guint i = 1; i <= 1592; i++)
    add (tally, 0, 0, i, 200, 0, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      ThrumThresholdResult result =
          thrum_threshold_judge (&cases[i].threshold, &tally->requests[0], cases[i].unseen, 0, 100);
      g_autofree gchar *measured = thrum_threshold_format_measured (&result);

      g_assert_cmpstr (measured, ==, cases[i].measured);
      g_assert_cmpint (result.passed, ==, cases[i].passed);
      g_assert_cmpint (result.is_lower_bound, ==, cases[i].is_lower_bound);
    }
}

static void
test_formats (void)
{
  static const struct {
    guint64 count;
    const gchar *text;
  } counts[] = { { 0, "0" },
                 { 999, "999" },
                 { 1000, "1,000" },
                 { 1234567, "1,234,567" },
                 { 100000, "100,000" },
                 { G_MAXUINT64, "18,446,744,073,709,551,615" } };
  static const struct {
    gdouble value;
    const gchar *rate, *bytes;
  } values[] = { { 0, "0.00/s", "0 B" },
                 { 9.994, "9.99/s", "10 B" },
                 { 123.44, "123.4/s", "123 B" },
                 { 12345.6, "12,346/s", "12.3 kB" },
                 { 999600, "999,600/s", "1.00 MB" } };

  for (gsize i = 0; i < G_N_ELEMENTS (counts); i++)
    {
      g_autofree gchar *text = thrum_format_count (counts[i].count);
      g_assert_cmpstr (text, ==, counts[i].text);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autofree gchar *rate = thrum_format_rate (values[i].value);
      g_autofree gchar *bytes = thrum_format_bytes (values[i].value);
      g_assert_cmpstr (rate, ==, values[i].rate);
      g_assert_cmpstr (bytes, ==, values[i].bytes);
    }
}

static void
test_progress_line (void)
{
  ThrumProgressState state = { .elapsed_ns = 15 * S,
                               .duration_ns = 60 * S,
                               .users = 10,
                               .done = 1000,
                               .failures = 5,
                               .rate = 1234.4,
                               .p50_ns = 1240000,
                               .p99_ns = 15 * S };
  g_autofree gchar *line = thrum_progress_format (&state, 0, TRUE);
  g_autofree gchar *narrow = thrum_progress_format (&state, 40, TRUE);

  g_assert_cmpstr (line, ==,
                   "[====>           ] 15s/1m00s  users 10  1,234/s  p50 1.24 ms  p99 15.0 s  "
                   "failed 5 (0.5%)  ETA 45s");
  g_assert_cmpstr (narrow, ==, "15s/1m00s  users 10  1,234/s  p50 1.24 m");

  state.elapsed_ns = 61 * S;
  state.p50_ns = -1;
  state.done = state.failures = 0;
  g_clear_pointer (&line, g_free);
  line = thrum_progress_format (&state, 0, FALSE);
  g_assert_cmpstr (line, ==, "1m01s/1m00s  users 10  1,234/s  failed 0 (0.0%)  draining");

  state.is_open = TRUE;
  state.in_flight = 1500;
  g_clear_pointer (&line, g_free);
  line = thrum_progress_format (&state, 0, FALSE);
  g_assert_cmpstr (line, ==, "1m01s/1m00s  in flight 1,500  1,234/s  failed 0 (0.0%)  draining");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/run-tally/outcomes", test_outcomes);
  g_test_add_func ("/run-tally/conservation", test_conservation);
  g_test_add_func ("/run-tally/thresholds", test_thresholds);
  g_test_add_func ("/run-tally/thresholds-unseen", test_thresholds_unseen);
  g_test_add_func ("/run-tally/formats", test_formats);
  g_test_add_func ("/run-tally/progress-line", test_progress_line);
  return g_test_run ();
}
