/* SPDX-License-Identifier: MIT
 *
 * What records come to: outcomes, the sums that must add up, thresholds, and the words for them.
 */
#include <string.h>

#include <malloc.h>

#include "base/format.h"
#include "run/course/progress.h"
#include "run/tell/run.h"

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

/* A service may make statuses up: the frequent ones are listed, the rest is summed up, and memory ends
 * somewhere. */
static void
test_statuses (void)
{
  g_autoptr (ThrumRunTally) tally = make_tally ();
  g_autoptr (ThrumOutcome) all = NULL;
  g_autoptr (GArray) counts = NULL;
  guint64 rest, listed = 0;

  for (gint i = 0; i < 20000; i++)
    {
      add (tally, i % 2, i, 1, 1000 + i, THRUM_FAILURE_STATUS, 0);
      add (tally, 0, i, 1, 700 + i % 3, THRUM_FAILURE_STATUS, 0);
    }
  all = thrum_run_tally_sum (tally);
  g_assert_cmpuint (g_hash_table_size (tally->requests[0].other_statuses), <=, 4096);
  g_assert_cmpuint (g_hash_table_size (all->other_statuses), <=, 4096);

  counts = thrum_outcome_get_statuses (all, THRUM_MOST_STATUSES, &rest);
  g_assert_cmpuint (counts->len, ==, THRUM_MOST_STATUSES);
  for (guint i = 0; i < counts->len; i++)
    {
      const ThrumStatusCount *one = &g_array_index (counts, ThrumStatusCount, i);

      if (one->status >= 700 && one->status < 703)
        g_assert_cmpuint (one->count, ==, one->status == 702 ? 6666 : 6667);
      listed += one->count;
    }
  g_assert_cmpint (g_array_index (counts, ThrumStatusCount, counts->len - 1).status, ==, 0);
  g_assert_cmpuint (listed + rest, ==, all->rows);
  g_assert_cmpuint (listed, >=, 20000);
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

/* A run of two requests of the same weight, to be judged by @thresholds. */
typedef struct {
  ThrumPlugin descriptor;
  ThrumPluginModule module;
  ThrumTargetConfig target;
  ThrumRequestConfig kinds[2];
  ThrumConfig config;
  ThrumRun run;
} Judged;

static void
judged_init (Judged *self, ThrumRunTally *tally)
{
  memset (self, 0, sizeof *self);
  self->module.descriptor = &self->descriptor;
  self->target.module = &self->module;
  self->config.load.max_in_flight = 100;
  self->config.targets = g_ptr_array_new ();
  self->config.requests = g_ptr_array_new ();
  self->config.thresholds = g_ptr_array_new ();
  g_ptr_array_add (self->config.targets, &self->target);
  for (gsize i = 0; i < G_N_ELEMENTS (self->kinds); i++)
    {
      self->kinds[i].weight = 1;
      g_ptr_array_add (self->config.requests, &self->kinds[i]);
    }
  self->run.config = &self->config;
  self->run.state = THRUM_RUN_COMPLETE;
  self->run.seconds = 4;
  self->run.workers = g_array_new (FALSE, TRUE, sizeof (ThrumObserved));
  self->run.problems = g_ptr_array_new ();
  self->run.tally = tally;
  self->run.all = thrum_run_tally_sum (tally);
}

static void
judged_clear (Judged *self)
{
  g_ptr_array_unref (self->config.targets);
  g_ptr_array_unref (self->config.requests);
  g_ptr_array_unref (self->config.thresholds);
  g_array_unref (self->run.workers);
  g_array_unref (self->run.thresholds);
  g_ptr_array_unref (self->run.problems);
  thrum_verdict_free (self->run.verdict);
  thrum_outcome_free (self->run.all);
  thrum_run_tally_free (self->run.tally);
}

static void
test_thresholds (void)
{
  static const struct {
    ThrumThreshold threshold;
    gdouble measured;
    ThrumJudgement judgement;
  } cases[] = {
    /* Some timed out: how long they would have taken nobody knows. */
    { { .measure = THRUM_MEASURE_MAX, .limit = 900e6, .request = -1 },
      900e6,
      THRUM_JUDGEMENT_FAILED },
    { { .measure = THRUM_MEASURE_MAX, .limit = 899e6, .request = -1 },
      900e6,
      THRUM_JUDGEMENT_FAILED },
    { { .measure = THRUM_MEASURE_MAX, .limit = 500e6, .request = 1 },
      500e6,
      THRUM_JUDGEMENT_FAILED },
    { { .measure = THRUM_MEASURE_MEAN, .limit = 265e6, .request = 1 },
      265e6,
      THRUM_JUDGEMENT_FAILED },
    { { .measure = THRUM_MEASURE_FAILURES, .limit = 0.5, .request = -1 },
      6 / 8.0,
      THRUM_JUDGEMENT_FAILED },
    /* Whether the lost one was of this request, and what it would have been, nobody knows. */
    { { .measure = THRUM_MEASURE_FAILURES, .limit = 0.6, .request = 0 },
      4 / 6.0,
      THRUM_JUDGEMENT_UNDECIDED },
    { { .measure = THRUM_MEASURE_FAILURES, .limit = 0.7, .request = 0 },
      4 / 6.0,
      THRUM_JUDGEMENT_PASSED },
    { { .measure = THRUM_MEASURE_RATE, .limit = 1, .request = -1 }, 1, THRUM_JUDGEMENT_PASSED },
    { { .measure = THRUM_MEASURE_RATE, .limit = 1.01, .request = -1 }, 1, THRUM_JUDGEMENT_FAILED },
    { { .measure = THRUM_MEASURE_DROPPED, .limit = 0, .request = -1 }, 0, THRUM_JUDGEMENT_PASSED },
    { { .measure = THRUM_MEASURE_QUANTILE, .quantile = 0.1, .limit = 1e9, .request = 0 },
      10e6,
      THRUM_JUDGEMENT_PASSED },
    /* One of two timed out and one was lost: half of three is not known to be that good. */
    { { .measure = THRUM_MEASURE_QUANTILE, .quantile = 0.5, .limit = 1e9, .request = 1 },
      30e6,
      THRUM_JUDGEMENT_FAILED },
  };
  ThrumRunTally *nothing = thrum_run_tally_new (2, &(ThrumLoad){ .duration_ns = 3 * S });
  Judged judged;

  judged_init (&judged, make_tally ());
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_ptr_array_add (judged.config.thresholds, (gpointer)&cases[i].threshold);
  judged.run.lost = 1;
  thrum_run_judge (&judged.run);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const ThrumThresholdResult *result =
          &g_array_index (judged.run.thresholds, ThrumThresholdResult, i);

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_cmpfloat_with_epsilon (result->measured, cases[i].measured,
                                      cases[i].measured * 0.005 + 1e-9);
      g_assert_cmpint (result->judgement, ==, cases[i].judgement);
    }
  judged_clear (&judged);

  /* Nothing measured is nothing met. */
  judged_init (&judged, nothing);
  g_ptr_array_add (judged.config.thresholds, (gpointer)&cases[0].threshold);
  thrum_run_judge (&judged.run);
  g_assert_cmpint (g_array_index (judged.run.thresholds, ThrumThresholdResult, 0).judgement, ==,
                   THRUM_JUDGEMENT_FAILED);
  judged_clear (&judged);
}

/* 1592 that took 1 to 1592 ms, and some arrivals of which nothing is known: for the service's sake that is
 * the worst that can be, for the generator's it is anything. */
static void
test_thresholds_unseen (void)
{
  static const struct {
    ThrumThreshold threshold;
    guint64 dropped, own_dropped;
    ThrumJudgement judgement;
    const gchar *measured;
  } cases[] = {
#define QUANTILE(q, most)                                                                          \
  {                                                                                                \
    .measure = THRUM_MEASURE_QUANTILE, .quantile = q, .limit = most                                \
  }
#define OTHER(kind, most)                                                                          \
  {                                                                                                \
    .measure = THRUM_MEASURE_##kind, .limit = most                                                 \
  }
    /* Rank 1592 of 1600 is 1592 ms, and 1584 of 1592 were 1584 ms: no more than a bucket apart. */
    { QUANTILE (0.995, 1600e6), 8, 0, THRUM_JUDGEMENT_PASSED, "1.58 s" },
    { QUANTILE (0.995, 1600e6), 0, 0, THRUM_JUDGEMENT_PASSED, "1.58 s" },
    { QUANTILE (0.999, 9e9), 8, 0, THRUM_JUDGEMENT_FAILED, ">= 1.59 s" },
    { QUANTILE (0.999, 9e9), 8, 8, THRUM_JUDGEMENT_UNDECIDED, ">= 1.59 s" },
    { QUANTILE (0.5, 900e6), 100, 0, THRUM_JUDGEMENT_PASSED, "795 ms to 845 ms" },
    { QUANTILE (0.5, 820e6), 100, 0, THRUM_JUDGEMENT_FAILED, "795 ms to 845 ms" },
    /* Rank 846 of 1692: as it is, or with 100 that took no time, rank 746. */
    { QUANTILE (0.5, 820e6), 100, 100, THRUM_JUDGEMENT_UNDECIDED, "744 ms to 845 ms" },
    { QUANTILE (0.5, 740e6), 100, 100, THRUM_JUDGEMENT_FAILED, "744 ms to 845 ms" },
    { OTHER (MEAN, 900e6), 0, 0, THRUM_JUDGEMENT_PASSED, "796 ms" },
    { OTHER (MEAN, 900e6), 8, 0, THRUM_JUDGEMENT_FAILED, ">= 796 ms" },
    { OTHER (MEAN, 900e6), 8, 8, THRUM_JUDGEMENT_UNDECIDED, ">= 793 ms" },
    { OTHER (MAX, 9e9), 0, 0, THRUM_JUDGEMENT_PASSED, "1.59 s" },
    { OTHER (MAX, 9e9), 8, 0, THRUM_JUDGEMENT_FAILED, ">= 1.59 s" },
    { OTHER (MAX, 9e9), 8, 8, THRUM_JUDGEMENT_UNDECIDED, ">= 1.59 s" },
    { OTHER (FAILURES, 0.01), 100, 0, THRUM_JUDGEMENT_PASSED, "0 %" },
    { OTHER (FAILURES, 0.01), 100, 8, THRUM_JUDGEMENT_PASSED, "0 %" },
    { OTHER (FAILURES, 0.01), 100, 100, THRUM_JUDGEMENT_UNDECIDED, "0 % to 5.91 %" },
    { OTHER (DROPPED, 0.01), 16, 0, THRUM_JUDGEMENT_PASSED, "0.995 %" },
    { OTHER (DROPPED, 0.01), 100, 0, THRUM_JUDGEMENT_FAILED, "5.91 %" },
    { OTHER (DROPPED, 0.01), 100, 80, THRUM_JUDGEMENT_FAILED, "5.91 %" },
    { OTHER (DROPPED, 0.01), 100, 90, THRUM_JUDGEMENT_UNDECIDED, "0.591 % to 5.91 %" },
    { OTHER (RATE, 15.92), 100, 0, THRUM_JUDGEMENT_PASSED, "15.9/s" },
    { OTHER (RATE, 16), 100, 0, THRUM_JUDGEMENT_FAILED, "15.9/s" },
    { OTHER (RATE, 16), 100, 100, THRUM_JUDGEMENT_UNDECIDED, "15.9/s to 16.9/s" },
#undef QUANTILE
#undef OTHER
  };
  g_autoptr (ThrumRunTally) tally = thrum_run_tally_new (1, &(ThrumLoad){ .duration_ns = 100 * S });

  for (guint i = 1; i <= 1592; i++)
    add (tally, 0, 0, i, 200, 0, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      ThrumShortfall shortfall = { .dropped = cases[i].dropped,
                                   .own_dropped = cases[i].own_dropped };
      ThrumThresholdResult result =
          thrum_threshold_judge (&cases[i].threshold, &tally->requests[0], &shortfall, 100, TRUE);
      g_autofree gchar *measured = thrum_threshold_format_measured (&result);

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_cmpstr (measured, ==, cases[i].measured);
      g_assert_cmpint (result.judgement, ==, cases[i].judgement);
      /* A load that was not as planned breaks no limit. */
      result =
          thrum_threshold_judge (&cases[i].threshold, &tally->requests[0], &shortfall, 100, FALSE);
      g_assert_cmpint (result.judgement, ==,
                       cases[i].judgement == THRUM_JUDGEMENT_PASSED ? THRUM_JUDGEMENT_PASSED
                                                                    : THRUM_JUDGEMENT_UNDECIDED);
    }
}

/* What a run comes to, by its state, its thresholds, its verdict and on-invalid. */
static void
test_result (void)
{
  static const ThrumThreshold p99_kept = {
    .measure = THRUM_MEASURE_QUANTILE, .quantile = 0.99, .limit = 60e6, .request = -1
  };
  static const ThrumThreshold p99_undecided = {
    .measure = THRUM_MEASURE_QUANTILE, .quantile = 0.99, .limit = 30e6, .request = -1
  };
  static const ThrumThreshold p99_broken = {
    .measure = THRUM_MEASURE_QUANTILE, .quantile = 0.99, .limit = 5e6, .request = -1
  };
  static const ThrumThreshold failures = { .measure = THRUM_MEASURE_FAILURES,
                                           .limit = 1,
                                           .request = -1 };
  static const ThrumThreshold dropped = { .measure = THRUM_MEASURE_DROPPED,
                                          .limit = 0.01,
                                          .request = -1 };
  static const struct {
    const ThrumThreshold *threshold;
    gint64 lag_ms;
    ThrumFailure failure;
    ThrumRunState state;
    ThrumRunResult judge, fail, warn;
  } cases[] = {
#define COMPLETE THRUM_RUN_COMPLETE
#define GOOD THRUM_RUN_IS_GOOD
#define BREACHED THRUM_RUN_IS_BREACHED
#define INVALID THRUM_RUN_IS_INVALID
#define UNFINISHED THRUM_RUN_IS_UNFINISHED
    /* No lag: VALID. */
    { NULL, 0, 0, COMPLETE, GOOD, GOOD, GOOD },
    { &p99_kept, 0, 0, COMPLETE, GOOD, GOOD, GOOD },
    { &p99_broken, 0, 0, COMPLETE, BREACHED, BREACHED, BREACHED },
    /* 10 ms of the service and 40 of our own: INVALID. */
    { NULL, 40, 0, COMPLETE, INVALID, INVALID, GOOD },
    { &dropped, 40, 0, COMPLETE, INVALID, INVALID, GOOD },
    { &p99_kept, 40, 0, COMPLETE, GOOD, INVALID, GOOD },
    { &p99_undecided, 40, 0, COMPLETE, INVALID, INVALID, GOOD },
    { &p99_broken, 40, 0, COMPLETE, BREACHED, BREACHED, BREACHED },
    /* Not one success, unless a threshold judges failures; no port is ours. */
    { NULL, 0, THRUM_FAILURE_STATUS, COMPLETE, BREACHED, BREACHED, BREACHED },
    { &p99_kept, 0, THRUM_FAILURE_STATUS, COMPLETE, BREACHED, BREACHED, BREACHED },
    { &failures, 0, THRUM_FAILURE_STATUS, COMPLETE, GOOD, GOOD, GOOD },
    { NULL, 0, THRUM_FAILURE_CONNECT_REFUSED, COMPLETE, BREACHED, BREACHED, BREACHED },
    { NULL, 0, THRUM_FAILURE_NO_PORT, COMPLETE, INVALID, INVALID, GOOD },
    /* Ended early. */
    { &p99_kept, 0, 0, THRUM_RUN_ABORTED, BREACHED, BREACHED, BREACHED },
    { &p99_broken, 0, 0, THRUM_RUN_INTERRUPTED, UNFINISHED, UNFINISHED, UNFINISHED },
    { &p99_broken, 0, 0, THRUM_RUN_INCOMPLETE, UNFINISHED, UNFINISHED, UNFINISHED },
#undef COMPLETE
#undef GOOD
#undef BREACHED
#undef INVALID
#undef UNFINISHED
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      ThrumRunTally *tally = thrum_run_tally_new (2, &(ThrumLoad){ .duration_ns = 4 * S });
      Judged judged;

      for (gint64 k = 0; k < 1000; k++)
        {
          ThrumRecord record = { .intended = k * MS,
                                 .slot = k * MS,
                                 .sent = (k + cases[i].lag_ms) * MS,
                                 .done = (k + cases[i].lag_ms + 10) * MS,
                                 .read = (k + cases[i].lag_ms + 10) * MS,
                                 .failure = (guint16)cases[i].failure,
                                 .status = 200 };

          thrum_run_tally_add (tally, &record);
        }
      judged_init (&judged, tally);
      judged.run.state = cases[i].state;
      if (cases[i].threshold != NULL)
        g_ptr_array_add (judged.config.thresholds, (gpointer)cases[i].threshold);
      thrum_run_judge (&judged.run);
      g_test_message ("case %" G_GSIZE_FORMAT, i);
      judged.config.load.on_invalid = THRUM_ON_INVALID_JUDGE;
      g_assert_cmpint (thrum_run_get_result (&judged.run), ==, cases[i].judge);
      judged.config.load.on_invalid = THRUM_ON_INVALID_FAIL;
      g_assert_cmpint (thrum_run_get_result (&judged.run), ==, cases[i].fail);
      judged.config.load.on_invalid = THRUM_ON_INVALID_WARN;
      g_assert_cmpint (thrum_run_get_result (&judged.run), ==, cases[i].warn);
      judged_clear (&judged);
    }
}

/* Half of the requests took 10 ms, the rest up to @slowest_ms; a worker stood still @n times for @length_ms. */
static void
test_bunches (void)
{
  static const struct {
    gint64 slowest_ms, length_ms;
    guint n;         /* in 4 s */
    guint64 offered; /* in 4 s */
    gboolean is_open, is_trusted;
  } cases[] = {
    { 10, 0, 0, 10000, TRUE, TRUE },
    { 10, 800, 1, 10000, TRUE, FALSE },
    { 10, 800, 1, 10000, FALSE, FALSE },
    { 10, 800, 1, 4, TRUE, TRUE },    /* one arrival a second is no bunch */
    { 10, 30, 1, 10000, TRUE, TRUE }, /* less than 1% of the time */
    { 10, 30, 2, 10000, TRUE, FALSE },
    { 10, 2, 100, 10000, TRUE, FALSE },  /* a fifth of p99 */
    { 100, 2, 100, 10000, TRUE, TRUE },  /* a fiftieth of it */
    { 100, 30, 10, 10000, TRUE, TRUE },  /* too short to have made 100 ms of 10 */
    { 100, 60, 10, 10000, TRUE, FALSE }, /* long enough */
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      ThrumRunTally *tally = thrum_run_tally_new (2, &(ThrumLoad){ .duration_ns = 4 * S });
      ThrumObserved worker = { .wall_ns = 4 * S, .n_hiccups = cases[i].n };
      gint64 length = cases[i].length_ms * MS;
      Judged judged;

      for (gint64 k = 0; k < 1000; k++)
        add (tally, 0, k, k < 500 ? 10 : 10 + (cases[i].slowest_ms - 10) * (k - 500) / 499, 200, 0,
             0);
      worker.hiccups_ns = cases[i].n * length;
      worker.longest_hiccup_ns = length;
      worker.hiccups_by_length[thrum_hiccup_length_bin (length)] = worker.hiccups_ns;
      judged_init (&judged, tally);
      judged.config.load.is_open = cases[i].is_open;
      judged.config.load.processes = 1;
      judged.run.counters.sum.offered = judged.run.counters.sum.sent = cases[i].offered;
      g_array_append_val (judged.run.workers, worker);
      thrum_run_judge (&judged.run);
      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_cmpint (thrum_verdict_is_trusted (judged.run.verdict), ==, cases[i].is_trusted);
      g_assert_cmpint (thrum_verdict_find (judged.run.verdict, "stalled") == NULL, ==,
                       cases[i].is_trusted);
      judged_clear (&judged);
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

  /* A rate that is asked for, beside the one that was achieved, and what was dropped. */
  state.elapsed_ns = 15 * S;
  state.asked = 2000;
  state.offered = 30000;
  state.dropped = 11484;
  g_clear_pointer (&line, g_free);
  line = thrum_progress_format (&state, 0, FALSE);
  g_assert_cmpstr (line, ==,
                   "15s/1m00s  in flight 1,500  1,234/s of 2,000/s  dropped 11,484 (38.3%)  "
                   "failed 0 (0.0%)  ETA 45s");
}

/* A file may hold thousands of requests: those that nothing became of cost next to nothing. */
static void
test_memory (void)
{
  const ThrumLoad load = { .duration_ns = G_GINT64_CONSTANT (60000000000) };
  gsize before = mallinfo2 ().uordblks + mallinfo2 ().hblkhd, taken;
  g_autoptr (ThrumRunTally) tally = thrum_run_tally_new (1000, &load);

  taken = mallinfo2 ().uordblks + mallinfo2 ().hblkhd - before;
  g_assert_cmpuint (tally->n_requests, ==, 1000);
  g_assert_cmpuint (taken / 1000, <, 12 * 1024);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/run-tally/outcomes", test_outcomes);
  g_test_add_func ("/run-tally/statuses", test_statuses);
  g_test_add_func ("/run-tally/conservation", test_conservation);
  g_test_add_func ("/run-tally/thresholds", test_thresholds);
  g_test_add_func ("/run-tally/thresholds-unseen", test_thresholds_unseen);
  g_test_add_func ("/run-tally/result", test_result);
  g_test_add_func ("/run-tally/bunches", test_bunches);
  g_test_add_func ("/run-tally/formats", test_formats);
  g_test_add_func ("/run-tally/progress-line", test_progress_line);
  g_test_add_func ("/run-tally/memory", test_memory);
  return g_test_run ();
}
