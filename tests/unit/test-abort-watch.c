/* SPDX-License-Identifier: MIT
 *
 * Thresholds that end a run, against simulated services: which of them are ended, and when. Each
 * second is judged as `thrum run` would, by the rows that have come and what is open.
 */
#include <math.h>

#include "run/course/abort-watch.h"

#define MS G_GINT64_CONSTANT (1000000)
#define S G_GINT64_CONSTANT (1000000000)
#define NEVER G_MAXINT64
#define NOT_ENDED (-1)

/* What request number @n, intended at @at (ns since t0), takes; NEVER: it hangs. */
typedef gint64 (*Service) (guint n, gint64 at);

typedef struct {
  ThrumThreshold threshold;
  Service service;
  guint rate;  /* arrivals a second; 0: closed */
  guint users; /* closed: each sends again when it has its reply */
  gint64 warm_up;
  guint n_requests;   /* taken in turn; 0: one */
  gdouble dropped;    /* this share of arrivals, beside the rest */
  gint64 stood_still; /* nothing was looked at for 5 s from then on; 0: always */
} Scene;

typedef struct {
  gint64 intended, done;
  guint request;
} Request;

static gint
compare (gconstpointer a, gconstpointer b)
{
  const Request *x = a, *y = b;

  return (x->done > y->done) - (x->done < y->done);
}

/* The first @seconds of what the service is asked, by the time it is done. (transfer full) */
static GArray *
simulate (const Scene *scene, gint64 seconds)
{
  GArray *requests = g_array_new (FALSE, FALSE, sizeof (Request));
  guint n_requests = MAX (scene->n_requests, 1), n = 0;

  for (; scene->rate > 0 && n < seconds * scene->rate; n++)
    {
      gint64 at = n * S / scene->rate, takes = scene->service (n, at);
      Request one = { at, takes == NEVER ? NEVER : at + takes, n % n_requests };

      g_array_append_val (requests, one);
    }
  for (guint user = 0; user < scene->users; user++)
    for (gint64 at = user * MS; at < seconds * S; n++)
      {
        gint64 takes = scene->service (n, at);
        Request one = { at, takes == NEVER ? NEVER : at + takes, n % n_requests };

        g_array_append_val (requests, one);
        at = takes == NEVER ? NEVER : at + takes;
      }
  g_array_sort (requests, compare);
  return requests;
}

/* When it is ended, in seconds since t0, if within 60; what for. */
static gint64
watch_scene (const Scene *scene, ThrumThresholdResult *result)
{
  ThrumRequestConfig kinds[] = { { .weight = 1 }, { .weight = 1 }, { .weight = 1 } };
  g_autoptr (GPtrArray) thresholds = g_ptr_array_new ();
  g_autoptr (GPtrArray) requests = g_ptr_array_new ();
  ThrumConfig config = { .load = { .duration_ns = 1000 * S,
                                   .warm_up_ns = scene->warm_up,
                                   .is_open = scene->rate > 0,
                                   .users = scene->users,
                                   .max_in_flight = 10000 },
                         .thresholds = thresholds,
                         .requests = requests };
  g_autoptr (ThrumRunTally) tally = NULL;
  g_autoptr (ThrumAbortWatch) watch = NULL;
  g_autoptr (GArray) all = simulate (scene, 60);
  guint at = 0, n_requests = MAX (scene->n_requests, 1);

  g_ptr_array_add (thresholds, (gpointer)&scene->threshold);
  for (guint i = 0; i < n_requests; i++)
    g_ptr_array_add (requests, &kinds[i]);
  tally = thrum_run_tally_new (n_requests, &config.load);
  thrum_run_tally_watch (tally, thresholds);
  watch = thrum_abort_watch_new (&config);

  for (gint64 second = 1; second <= 60; second++)
    {
      g_autoptr (GArray) open = g_array_new (FALSE, FALSE, sizeof (ThrumOpenRequest));
      gint64 now = second * S + 40 * MS; /* timers are late */
      guint64 dropped = (guint64)(scene->dropped * scene->rate * MAX (now - scene->warm_up, 0) / S);
      ThrumOutcome *window;
      gboolean ends;

      if (scene->stood_still > 0 && now > scene->stood_still && now <= scene->stood_still + 5 * S)
        continue;
      for (; at < all->len && g_array_index (all, Request, at).done <= now; at++)
        {
          const Request *one = &g_array_index (all, Request, at);
          ThrumRecord record = { .intended = one->intended,
                                 .slot = one->intended,
                                 .sent = one->intended,
                                 .done = one->done,
                                 .read = one->done,
                                 .status = 200,
                                 .request = (guint16)one->request,
                                 .flags =
                                     one->intended < scene->warm_up ? THRUM_RECORD_WARM_UP : 0 };

          thrum_run_tally_add (tally, &record);
        }
      for (guint i = at; i < all->len; i++)
        {
          const Request *one = &g_array_index (all, Request, i);
          ThrumOpenRequest entry = { one->intended, one->request };

          if (one->intended <= now)
            g_array_append_val (open, entry);
        }
      if (!thrum_abort_watch_is_due (watch, now))
        continue;
      window = thrum_run_tally_take_window (tally);
      ends = thrum_abort_watch_judge (watch, window, tally->cohorts, open,
                                      scene->rate > 0 ? 10000 : scene->users, dropped, now, result);
      thrum_outcomes_free (window, n_requests);
      if (ends)
        return second;
    }
  return NOT_ENDED;
}

/* ---- Services --------------------------------------------------------------------------------- */

static gint64
good (guint n, gint64 at)
{
  return 20 * MS;
}

static gint64
slow (guint n, gint64 at)
{
  return 3 * S;
}

static gint64
hangs (guint n, gint64 at)
{
  return NEVER;
}

static gint64
one_hangs (guint n, gint64 at)
{
  return n == 3 ? NEVER : 20 * MS;
}

static gint64
first_hangs (guint n, gint64 at)
{
  return n == 0 ? NEVER : 20 * MS;
}

static gint64
hangs_from_10 (guint n, gint64 at)
{
  return at < 10 * S ? 20 * MS : NEVER;
}

static gint64
hangs_from_3 (guint n, gint64 at)
{
  return at < 3 * S ? 20 * MS : NEVER;
}

static gint64
two_of_5_hang (guint n, gint64 at)
{
  return n % 5 < 2 ? NEVER : 20 * MS;
}

static gint64
one_of_20_hangs (guint n, gint64 at)
{
  return n % 20 == 7 ? NEVER : 20 * MS;
}

static gint64
two_of_5_are_slow (guint n, gint64 at)
{
  return n % 5 < 2 ? 3 * S : 20 * MS;
}

static gint64
odd_hang (guint n, gint64 at)
{
  return n % 2 == 1 ? NEVER : 20 * MS;
}

/* What comes in the first 3 s takes 6 s. */
static gint64
cold (guint n, gint64 at)
{
  return at < 3 * S ? 6 * S : 20 * MS;
}

static gint64
every_other_second_bad (guint n, gint64 at)
{
  return at / S % 2 == 0 ? 20 * MS : 700 * MS;
}

static gint64
recovers (guint n, gint64 at)
{
  return at >= 10 * S && at < 12 * S ? 700 * MS : 20 * MS;
}

#define QUANTILE(q, limit_, after)                                                                 \
  {                                                                                                \
    .measure = THRUM_MEASURE_QUANTILE, .quantile = q, .limit = (gdouble)(limit_), .request = -1,   \
    .abort_after_ns = after                                                                        \
  }
#define OTHER(kind, limit_, after)                                                                 \
  {                                                                                                \
    .measure = THRUM_MEASURE_##kind, .limit = (gdouble)(limit_), .request = -1,                    \
    .abort_after_ns = after                                                                        \
  }

static void
test_services (void)
{
  static const struct {
    const gchar *name;
    Scene scene;
    gint64 from, until; /* seconds; NOT_ENDED */
  } cases[] = {
    { "good", { QUANTILE (0.99, 300 * MS, 0), good, .rate = 100 }, NOT_ENDED, NOT_ENDED },
    { "good, max", { OTHER (MAX, 300 * MS, 0), good, .rate = 100 }, NOT_ENDED, NOT_ENDED },
    { "good, mean", { OTHER (MEAN, 300 * MS, 0), good, .rate = 100 }, NOT_ENDED, NOT_ENDED },
    { "slow", { QUANTILE (0.5, S, 2 * S), slow, .rate = 100 }, 3, 5 },
    { "slow, closed", { QUANTILE (0.5, S, 2 * S), slow, .users = 5 }, 3, 6 },
    /* Requests that began in second 10 are known at 11.4; after 2 s of them it is ended. */
    { "hangs", { QUANTILE (0.5, 300 * MS, S), hangs_from_10, .rate = 100 }, 11, 12 },
    { "hangs, 5 s", { QUANTILE (0.5, 300 * MS, 5 * S), hangs_from_10, .rate = 100 }, 15, 17 },
    { "hangs, closed", { QUANTILE (0.5, 300 * MS, S), hangs_from_10, .users = 6 }, 11, 12 },
    { "hangs, closed, 5 s",
      { QUANTILE (0.5, 300 * MS, 5 * S), hangs_from_10, .users = 6 },
      14,
      17 },
    { "hangs, max", { OTHER (MAX, 2500 * MS, S), hangs_from_10, .rate = 100 }, 13, 15 },
    { "hangs, mean", { OTHER (MEAN, 300 * MS, S), hangs_from_10, .rate = 100 }, 11, 13 },
    { "hangs, rate", { OTHER (RATE, 50, 2 * S), hangs_from_10, .rate = 100 }, 12, 13 },
    { "hangs at once", { QUANTILE (0.5, 300 * MS, S), hangs, .users = 6 }, 1, 3 },
    /* A minority that hangs is none of a median's, however many they become in time. */
    { "two of five",
      { QUANTILE (0.5, 300 * MS, 2 * S), two_of_5_hang, .rate = 100 },
      NOT_ENDED,
      NOT_ENDED },
    { "two of five slow",
      { QUANTILE (0.5, S, 0), two_of_5_are_slow, .rate = 100 },
      NOT_ENDED,
      NOT_ENDED },
    { "one of twenty, p90",
      { QUANTILE (0.9, 300 * MS, 2 * S), one_of_20_hangs, .rate = 100 },
      NOT_ENDED,
      NOT_ENDED },
    /* And a p99 sees a few at once, however many are quick. */
    { "one of twenty, p99",
      { QUANTILE (0.99, 300 * MS, 2 * S), one_of_20_hangs, .rate = 100 },
      3,
      4 },
    { "one of twenty, max", { OTHER (MAX, 300 * MS, 2 * S), one_of_20_hangs, .rate = 100 }, 3, 4 },
    /* The warm-up: a cold start ends nothing, a service that hangs from then on does. */
    { "cold",
      { QUANTILE (0.5, 300 * MS, S), cold, .rate = 50, .warm_up = 4 * S },
      NOT_ENDED,
      NOT_ENDED },
    { "cold, max",
      { OTHER (MAX, 2 * S, S), cold, .rate = 50, .warm_up = 4 * S },
      NOT_ENDED,
      NOT_ENDED },
    { "cold, mean",
      { OTHER (MEAN, S, S), cold, .rate = 50, .warm_up = 4 * S },
      NOT_ENDED,
      NOT_ENDED },
    { "cold without it", { QUANTILE (0.5, 300 * MS, S), cold, .rate = 50 }, 2, 3 },
    { "hangs in it",
      { QUANTILE (0.5, 300 * MS, S), hangs_from_3, .users = 6, .warm_up = 5 * S },
      6,
      8 },
    { "hangs in it, mean",
      { OTHER (MEAN, 300 * MS, S), hangs_from_3, .users = 6, .warm_up = 5 * S },
      6,
      8 },
    { "hangs in it, open",
      { QUANTILE (0.5, 300 * MS, S), hangs_from_3, .rate = 50, .warm_up = 5 * S },
      6,
      8 },
    { "hangs after it",
      { QUANTILE (0.5, 300 * MS, S), hangs_from_3, .users = 6, .warm_up = 500 * MS },
      4,
      6 },
    /* What was sent in it is a rate all the same, and its end no second of a few milliseconds. */
    { "rate behind it",
      { OTHER (RATE, 80, S), slow, .rate = 100, .warm_up = 4 * S },
      NOT_ENDED,
      NOT_ENDED },
    { "rate, uneven",
      { OTHER (RATE, 80, 0), good, .rate = 100, .warm_up = 1990 * MS },
      NOT_ENDED,
      NOT_ENDED },
    { "rate too low", { OTHER (RATE, 101, 10 * S), good, .rate = 100 }, 10, 11 },
    { "bad by turns",
      { QUANTILE (0.5, 300 * MS, 2 * S), every_other_second_bad, .rate = 100 },
      NOT_ENDED,
      NOT_ENDED },
    { "bad by turns, at once",
      { QUANTILE (0.5, 300 * MS, S), every_other_second_bad, .rate = 100 },
      2,
      3 },
    { "recovers",
      { QUANTILE (0.5, 300 * MS, 3 * S), recovers, .rate = 100 },
      NOT_ENDED,
      NOT_ENDED },
    /* Arrivals that were dropped are beyond any limit, as in the end. */
    { "dropped", { QUANTILE (0.9, 300 * MS, 2 * S), good, .rate = 100, .dropped = 0.5 }, 3, 5 },
    { "few dropped",
      { QUANTILE (0.9, 300 * MS, 2 * S), good, .rate = 100, .dropped = 0.05 },
      NOT_ENDED,
      NOT_ENDED },
    /* What comes of our own standing still is ours. */
    { "Ctrl-Z",
      { OTHER (RATE, 80, 0), good, .rate = 100, .stood_still = 20 * S },
      NOT_ENDED,
      NOT_ENDED },
    { "one of six users",
      { QUANTILE (0.5, 300 * MS, S), one_hangs, .users = 6 },
      NOT_ENDED,
      NOT_ENDED },
    { "all but seldom",
      { QUANTILE (0.5, 300 * MS, 2 * S), one_hangs, .rate = 1 },
      NOT_ENDED,
      NOT_ENDED },
    /* One hangs in the warm-up, and the next is not due for long. */
    { "one in the warm-up",
      { QUANTILE (0.5, 300 * MS, 0), first_hangs, .rate = 1, .warm_up = 500 * MS },
      NOT_ENDED,
      NOT_ENDED },
    { "one in it, mean",
      { OTHER (MEAN, 300 * MS, 0), first_hangs, .rate = 1, .warm_up = 500 * MS },
      NOT_ENDED,
      NOT_ENDED },
    { "seldom", { QUANTILE (0.5, 300 * MS, 3 * S), good, .rate = 1 }, NOT_ENDED, NOT_ENDED },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      ThrumThresholdResult result = { 0 };
      gint64 ended = watch_scene (&cases[i].scene, &result);

      g_test_message ("%s: ended at %" G_GINT64_FORMAT " s", cases[i].name, ended);
      g_assert_cmpint (ended, >=, cases[i].from);
      g_assert_cmpint (ended, <=, cases[i].until);
      if (ended == NOT_ENDED)
        continue;
      g_assert_true (result.threshold == &cases[i].scene.threshold);
      g_assert_true (result.has_value && result.judgement == THRUM_JUDGEMENT_FAILED);
      if (result.threshold->measure == THRUM_MEASURE_RATE)
        g_assert_cmpfloat (result.measured, <, result.threshold->limit);
      else
        g_assert_cmpfloat (result.measured, >=, result.threshold->limit);
    }
}

/* One of two requests hangs: its own threshold sees it, the other's does not. */
static void
test_one_request (void)
{
  for (gint request = 0; request < 2; request++)
    for (gint64 after = 0; after <= 2 * S; after += 2 * S)
      {
        Scene scene = { QUANTILE (0.5, 300 * MS, after), odd_hang, .rate = 100, .n_requests = 2 };
        ThrumThresholdResult result;
        gint64 ended;

        scene.threshold.request = request;
        ended = watch_scene (&scene, &result);
        g_assert_true (request == 0 ? ended == NOT_ENDED : ended >= 2 && ended <= 2 + after / S);
      }
}

/* Failures of a request, as soon as half a second of them is there. */
static void
test_failures (void)
{
  static const ThrumThreshold threshold = OTHER (FAILURES, 0.5, 0);
  g_autoptr (GPtrArray) thresholds = g_ptr_array_new ();
  g_autoptr (GPtrArray) requests = g_ptr_array_new ();
  ThrumRequestConfig kind = { .weight = 1 };
  ThrumConfig config = { .load = { .duration_ns = 100 * S },
                         .thresholds = thresholds,
                         .requests = requests };
  g_autoptr (GArray) open = g_array_new (FALSE, FALSE, sizeof (ThrumOpenRequest));
  g_autoptr (ThrumRunTally) tally = thrum_run_tally_new (1, &config.load);
  g_autoptr (ThrumAbortWatch) watch = NULL;
  ThrumThresholdResult result;

  g_ptr_array_add (thresholds, (gpointer)&threshold);
  g_ptr_array_add (requests, &kind);
  thrum_run_tally_watch (tally, thresholds);
  watch = thrum_abort_watch_new (&config);
  for (guint failed = 5; failed <= 6; failed++)
    {
      g_autoptr (ThrumOutcome) window = NULL;

      for (guint i = 0; i < 10; i++)
        thrum_run_tally_add (
            tally,
            &(ThrumRecord){ .failure = i < failed ? THRUM_FAILURE_STATUS : 0, .status = 500 });
      window = thrum_run_tally_take_window (tally);
      g_assert_true (thrum_abort_watch_judge (watch, window, tally->cohorts, open, 10, 0,
                                              (gint64)(failed - 4) * S, &result)
                     == (failed == 6));
    }
  g_assert_false (thrum_abort_watch_is_due (watch, 2 * S + 400 * MS));
  g_assert_true (thrum_abort_watch_is_due (watch, 2 * S + 500 * MS));
}

/* A second is remembered for as long as it takes to know, and its cell is then another's. */
static void
test_cohorts (void)
{
  static const ThrumThreshold kinds[] = { QUANTILE (0.5, 2 * S, 0), OTHER (MEAN, S, 0),
                                          QUANTILE (0.5, S, -1) };
  g_autoptr (GPtrArray) thresholds = g_ptr_array_new ();
  g_autoptr (ThrumCohorts) cohorts = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    g_ptr_array_add (thresholds, (gpointer)&kinds[i]);
  cohorts = thrum_cohorts_new (thresholds);
  thrum_cohorts_add (cohorts, 0, 5 * S, 2 * S);
  thrum_cohorts_add (cohorts, 0, 6 * S - 1, 2 * S + 1);
  thrum_cohorts_add (cohorts, 0, 6 * S, 2 * S + 1);
  g_assert_cmpuint (thrum_cohorts_get (cohorts, 0, 5).within, ==, 1);
  g_assert_cmpuint (thrum_cohorts_get (cohorts, 0, 5).beyond, ==, 1);
  g_assert_cmpuint (thrum_cohorts_get (cohorts, 0, 6).beyond, ==, 1);
  g_assert_cmpuint (thrum_cohorts_get (cohorts, 0, 7).beyond, ==, 0);
  g_assert_cmpuint (thrum_cohorts_get (cohorts, 1, 5).within, ==, 0);
  g_assert_cmpuint (thrum_cohorts_get (cohorts, 2, 5).within, ==, 0);
  thrum_cohorts_add (cohorts, 0, 67 * S, S);
  g_assert_cmpuint (thrum_cohorts_get (cohorts, 0, 5).within, ==, 0);
  g_assert_cmpuint (thrum_cohorts_get (cohorts, 0, 67).within, ==, 1);
  thrum_cohorts_add (cohorts, 0, 5 * S, S);
  g_assert_cmpuint (thrum_cohorts_get (cohorts, 0, 67).within, ==, 1);
}

/* What timed out sooner than the limit is beyond it all the same: nobody waited longer. */
static void
test_timeouts (void)
{
  static const ThrumThreshold threshold = QUANTILE (0.5, 300 * MS, 0);
  g_autoptr (GPtrArray) thresholds = g_ptr_array_new ();
  g_autoptr (ThrumRunTally) tally = thrum_run_tally_new (1, &(ThrumLoad){ .duration_ns = 100 * S });

  g_ptr_array_add (thresholds, (gpointer)&threshold);
  thrum_run_tally_watch (tally, thresholds);
  for (guint i = 0; i < 3; i++)
    thrum_run_tally_add (tally, &(ThrumRecord){ .done = 200 * MS,
                                                .read = 200 * MS,
                                                .failure = i < 2 ? THRUM_FAILURE_TIMEOUT : 0,
                                                .status = i < 2 ? 0 : 200 });
  g_assert_cmpuint (thrum_cohorts_get (tally->cohorts, 0, 0).beyond, ==, 2);
  g_assert_cmpuint (thrum_cohorts_get (tally->cohorts, 0, 0).within, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/abort-watch/services", test_services);
  g_test_add_func ("/abort-watch/one-request", test_one_request);
  g_test_add_func ("/abort-watch/failures", test_failures);
  g_test_add_func ("/abort-watch/cohorts", test_cohorts);
  g_test_add_func ("/abort-watch/timeouts", test_timeouts);
  return g_test_run ();
}
