/* SPDX-License-Identifier: MIT
 *
 * What makes a run invalid, and which percentiles are only lower bounds: rules, held against simulated
 * tallies.
 */
#include <string.h>

#include "stats/percentile.h"
#include "run/judge/shortfall.h"
#include "run/judge/verdict.h"

#define US G_GINT64_CONSTANT (1000)
#define MS G_GINT64_CONSTANT (1000000)
#define S G_GINT64_CONSTANT (1000000000)

/* ---- The verdict ------------------------------------------------------------------------------- */

/* A good run: 10,000 requests in 10 s, responses of 10 ms, 20 us of lag. */
typedef struct {
  guint64 n;
  gint64 lag, slow_lag; /* of 98%, and of the rest */
  gint64 response;
  guint64 no_port, unfinished;
  ThrumShortfall shortfall;
  ThrumVerdictFigures figures;
} Scene;

static Scene
good_scene (void)
{
  return (Scene){ .n = 10000,
                  .lag = 20 * US,
                  .slow_lag = 30 * US,
                  .response = 10 * MS,
                  .figures = { .is_open = TRUE,
                               .is_codec = TRUE,
                               .processes = 2,
                               .threads = 1,
                               .max_in_flight = 100,
                               .seconds = 10,
                               .offered = 10000,
                               .sent = 10000,
                               .busy_70 = 0,
                               .busy_90 = 0,
                               .cpu = 0.3,
                               .run_delay = 5e3,
                               .fullest_ring = 0.1 } };
}

static ThrumVerdict *
judge (Scene scene)
{
  g_autoptr (ThrumRunTally) tally = thrum_run_tally_new (1, &(ThrumLoad){ .duration_ns = 10 * S });
  g_autoptr (ThrumOutcome) all = NULL;

  for (guint64 i = 0; i < scene.n; i++)
    {
      ThrumRecord record = { .intended = (gint64)i * MS, .slot = (gint64)i * MS };

      record.sent = record.slot + (i % 50 == 0 ? scene.slow_lag : scene.lag);
      record.done = record.read = record.sent + scene.response;
      record.failure = i < scene.no_port                      ? THRUM_FAILURE_NO_PORT
                       : i < scene.no_port + scene.unfinished ? THRUM_FAILURE_UNFINISHED
                                                              : THRUM_FAILURE_NONE;
      thrum_run_tally_add (tally, &record);
    }
  all = thrum_run_tally_sum (tally);
  scene.figures.all = all;
  scene.shortfall.own_dropped =
      MIN (thrum_verdict_count_own_drops (&scene.figures), scene.figures.dropped);
  scene.shortfall.dropped = scene.figures.dropped;
  scene.figures.response = thrum_shortfall_get_response (&scene.shortfall, all);
  return thrum_verdict_new (&scene.figures);
}

/* @signal alone makes the run @level; NULL: nothing does. */
static void
check (Scene scene, ThrumVerdictLevel level, const gchar *signal)
{
  g_autoptr (ThrumVerdict) verdict = judge (scene);

  g_assert_cmpstr (thrum_verdict_level_name (verdict->level), ==, thrum_verdict_level_name (level));
  if (signal == NULL)
    {
      g_assert_cmpuint (verdict->reasons->len, ==, 0);
      return;
    }
  const ThrumVerdictReason *reason = thrum_verdict_find (verdict, signal);
  g_assert_nonnull (reason);
  g_assert_cmpint (reason->level, ==, level);
  /* A figure, a limit that it is beyond, and a sentence with something to do. */
  g_assert_cmpuint (strlen (reason->text), >, 40);
  if (strcmp (signal, "achieved") == 0)
    g_assert_cmpfloat (reason->figure, <, reason->limit);
  else
    g_assert_cmpfloat (reason->figure, >, reason->limit);
}

static void
test_good (void)
{
  Scene scene = good_scene ();

  check (scene, THRUM_VERDICT_VALID, NULL);
  scene.figures.is_open = FALSE;
  check (scene, THRUM_VERDICT_VALID, NULL);
  scene.figures.is_codec = FALSE;
  check (scene, THRUM_VERDICT_VALID, NULL);
}

/* Who made thrum late is told by what was seen besides. */
static void
test_lag_advice (void)
{
  static const struct {
    gdouble cpu, stalled;
    const gchar *advice;
  } cases[] = { { 0.8, 0.2, "CPU is used up" },
                { 0.1, 0.2, "stopped it or took its CPU, 3 times, 250 ms at most" },
                { 0.1, 0.0001, "idle = spin" } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Scene scene = good_scene ();
      g_autoptr (ThrumVerdict) verdict = NULL;

      scene.slow_lag = 2 * MS;
      scene.figures.can_spin = TRUE;
      scene.figures.cpu = cases[i].cpu;
      scene.figures.stalled = cases[i].stalled;
      scene.figures.n_hiccups = 3;
      scene.figures.longest_hiccup = 250 * MS;
      verdict = judge (scene);
      g_assert_nonnull (strstr (thrum_verdict_find (verdict, "bracket")->text, cases[i].advice));
    }
}

/* One request in 50 is late, so p99 shows it, and no percentile below. */
static void
test_brackets (void)
{
  static const struct {
    guint64 n;
    gint64 response, lag, slow_lag;
    ThrumVerdictLevel level;
  } cases[] = {
    /* 2% of 10 ms is 200 us, so that is the limit; 10% is the same as 1 ms: within buckets of 0.8%. */
    { 10000, 10 * MS, 20 * US, 190 * US, THRUM_VERDICT_VALID },
    { 10000, 10 * MS, 20 * US, 330 * US, THRUM_VERDICT_DEGRADED },
    { 10000, 10 * MS, 20 * US, 950 * US, THRUM_VERDICT_DEGRADED },
    { 10000, 10 * MS, 20 * US, 1300 * US, THRUM_VERDICT_INVALID },
    /* A quick service: a tenth of it is less than a millisecond. */
    { 10000, 100 * US, 20 * US, 190 * US, THRUM_VERDICT_VALID },
    { 10000, 100 * US, 20 * US, 900 * US, THRUM_VERDICT_DEGRADED },
    /* A slow service makes less of it: 2% and 10% of a second. */
    { 10000, S, 20 * US, 10 * MS, THRUM_VERDICT_VALID },
    { 10000, S, 20 * US, 40 * MS, THRUM_VERDICT_DEGRADED },
    { 10000, S, 20 * US, 150 * MS, THRUM_VERDICT_INVALID },
    /* All of them: p50, too. */
    { 10000, 10 * MS, 5 * MS, 5 * MS, THRUM_VERDICT_INVALID },
    /* A p99 takes 10 requests at or beyond it, or 5; p95 does not show one in 50. */
    { 1000, 10 * MS, 20 * US, 50 * MS, THRUM_VERDICT_INVALID },
    { 900, 10 * MS, 20 * US, 50 * MS, THRUM_VERDICT_DEGRADED },
    { 500, 10 * MS, 20 * US, 50 * MS, THRUM_VERDICT_DEGRADED },
    { 400, 10 * MS, 20 * US, 50 * MS, THRUM_VERDICT_VALID },
    { 360, 10 * MS, 20 * US, 50 * MS, THRUM_VERDICT_VALID },
    { 150, 10 * MS, 20 * US, 50 * MS, THRUM_VERDICT_VALID },
    { 150, 10 * MS, 5 * MS, 50 * MS, THRUM_VERDICT_INVALID },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Scene scene = good_scene ();

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      scene.n = scene.figures.offered = cases[i].n;
      scene.response = cases[i].response;
      scene.lag = cases[i].lag;
      scene.slow_lag = cases[i].slow_lag;
      check (scene, cases[i].level, cases[i].level == THRUM_VERDICT_VALID ? NULL : "bracket");
    }
}

/* Lag on requests that matter to no percentile that is judged makes no level; and what the service kept
 * waiting is no part of ours. */
static void
test_brackets_of_the_service (void)
{
  Scene scene = good_scene ();
  g_autoptr (ThrumVerdict) verdict = NULL;

  /* 3% never ended: p99 is unknown at both ends. */
  scene.unfinished = 300;
  scene.slow_lag = 50 * MS;
  verdict = judge (scene);
  g_assert_null (thrum_verdict_find (verdict, "bracket"));
  g_assert_cmpint (verdict->level, ==, THRUM_VERDICT_VALID);
}

static void
test_achieved (void)
{
  Scene scene = good_scene ();

  scene.figures.late = 9;
  check (scene, THRUM_VERDICT_VALID, NULL);
  scene.figures.late = 11;
  check (scene, THRUM_VERDICT_DEGRADED, "achieved");
  scene.figures.late = 101;
  check (scene, THRUM_VERDICT_INVALID, "achieved");
  /* The closed model offers no rate. */
  scene.figures.is_open = FALSE;
  check (scene, THRUM_VERDICT_VALID, NULL);
}

static void
test_hiccups (void)
{
  Scene scene = good_scene ();

  scene.figures.n_hiccups = 3;
  scene.figures.longest_hiccup = 200 * MS;
  scene.figures.touched = 10;
  check (scene, THRUM_VERDICT_VALID, NULL);
  scene.figures.touched = 11;
  check (scene, THRUM_VERDICT_DEGRADED, "hiccups");
  scene.figures.touched = 101;
  check (scene, THRUM_VERDICT_INVALID, "hiccups");
}

static void
test_cpu (void)
{
  Scene scene = good_scene ();
  g_autoptr (ThrumVerdict) verdict = NULL;

  /* Open: what it did shows in the percentiles, which it explains. */
  scene.figures.busy_70 = scene.figures.busy_90 = 0.5;
  check (scene, THRUM_VERDICT_VALID, NULL);
  scene.slow_lag = 2 * MS;
  verdict = judge (scene);
  g_assert_cmpint (verdict->level, ==, THRUM_VERDICT_INVALID);
  g_assert_cmpint (thrum_verdict_find (verdict, "bracket")->level, ==, THRUM_VERDICT_INVALID);
  g_assert_cmpint (thrum_verdict_find (verdict, "cpu")->level, ==, THRUM_VERDICT_VALID);

  scene = good_scene ();
  scene.figures.is_open = FALSE;
  scene.figures.busy_70 = 1;
  check (scene, THRUM_VERDICT_VALID, NULL);
  scene.figures.busy_90 = 1;
  check (scene, THRUM_VERDICT_DEGRADED, "cpu");
}

/* Users without a schedule show nothing of the time in which their worker stood still. */
static void
test_stalled (void)
{
  Scene scene = good_scene ();

  scene.figures.longest_hiccup = 200 * MS;
  scene.figures.stalled = 0.5;
  check (scene, THRUM_VERDICT_VALID, NULL);
  scene.figures.is_open = FALSE;
  check (scene, THRUM_VERDICT_INVALID, "stalled");
  scene.figures.stalled = 0.02;
  check (scene, THRUM_VERDICT_DEGRADED, "stalled");
  scene.figures.stalled = 0.009;
  check (scene, THRUM_VERDICT_VALID, NULL);
  scene.figures.stalled = 0.5;
  scene.figures.think_time_ns = MS;
  check (scene, THRUM_VERDICT_VALID, NULL);

  /* With a schedule, or open, long ones bunch what was due: no limit can be shown to be broken then. */
  scene.figures.bunched = 0.009;
  check (scene, THRUM_VERDICT_VALID, NULL);
  scene.figures.bunched = 0.011;
  check (scene, THRUM_VERDICT_INVALID, "stalled");
  scene.figures.is_open = TRUE;
  check (scene, THRUM_VERDICT_INVALID, "stalled");
}

/* Only what was offered as planned can show that the service broke a limit. */
static void
test_trusted (void)
{
  static const struct {
    guint64 late;
    gdouble stalled, bunched;
    gboolean is_open, is_trusted;
  } cases[] = {
    { 0, 0, 0, TRUE, TRUE },     { 11, 0, 0, TRUE, TRUE },    { 101, 0, 0, TRUE, FALSE },
    { 0, 0.02, 0, FALSE, TRUE }, { 0, 0.5, 0, FALSE, FALSE }, { 0, 0.5, 0, TRUE, TRUE },
    { 0, 0, 0.02, TRUE, FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Scene scene = good_scene ();
      g_autoptr (ThrumVerdict) verdict = NULL;

      scene.figures.late = cases[i].late;
      scene.figures.stalled = cases[i].stalled;
      scene.figures.bunched = cases[i].bunched;
      scene.figures.is_open = cases[i].is_open;
      verdict = judge (scene);
      g_assert_cmpint (thrum_verdict_is_trusted (verdict), ==, cases[i].is_trusted);
    }
}

/* A container's limit is told where it may be what stopped thrum. */
static void
test_quota (void)
{
  Scene good = good_scene (), stalled = good_scene (), elsewhere = good_scene ();
  g_autoptr (ThrumVerdict) fine = NULL, stopped = NULL, other = NULL;

  good.figures.cpu_quota = stalled.figures.cpu_quota = 0.5;
  fine = judge (good);
  g_assert_null (thrum_verdict_find (fine, "quota"));

  stalled.figures.is_open = elsewhere.figures.is_open = FALSE;
  stalled.figures.interval_ns = elsewhere.figures.interval_ns = 0;
  stalled.figures.stalled = elsewhere.figures.stalled = 0.2;
  stopped = judge (stalled);
  g_assert_nonnull (strstr (thrum_verdict_find (stopped, "quota")->text, "0.5 CPUs"));
  other = judge (elsewhere);
  g_assert_cmpint (other->level, ==, stopped->level);
  g_assert_null (thrum_verdict_find (other, "quota"));
}

/* Drops for want of slots that thrum would not have are its own, and no other's. */
static void
test_slots (void)
{
  static const struct {
    gboolean are_capped;
    guint64 dropped;
    ThrumVerdictLevel level;
  } cases[] = {
    { FALSE, 5000, THRUM_VERDICT_VALID },  { TRUE, 10, THRUM_VERDICT_VALID },
    { TRUE, 11, THRUM_VERDICT_DEGRADED },  { TRUE, 101, THRUM_VERDICT_INVALID },
    { TRUE, 5000, THRUM_VERDICT_INVALID },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Scene scene = good_scene ();
      g_autoptr (ThrumVerdict) verdict = NULL;
      const ThrumVerdictReason *slots;

      scene.figures.slots_are_capped = cases[i].are_capped;
      scene.figures.dropped = cases[i].dropped;
      verdict = judge (scene);
      slots = thrum_verdict_find (verdict, "slots");
      g_assert_cmpint (verdict->level, ==, cases[i].level);
      g_assert_cmpint (slots != NULL ? slots->level : THRUM_VERDICT_VALID, ==, cases[i].level);
      g_assert_cmpint (strstr (thrum_verdict_find (verdict, "dropped")->text, "the service")
                           != NULL,
                       ==, !cases[i].are_capped);
      g_assert_null (thrum_verdict_find (verdict, "achieved"));
      g_assert_cmpuint (thrum_verdict_count_own_drops (&scene.figures), ==,
                        cases[i].are_capped ? cases[i].dropped : 0);
    }

  /* The same where it could not make them, with another advice. */
  Scene scene = good_scene ();
  scene.figures.slots_are_capped = scene.figures.slots_ran_short = TRUE;
  scene.figures.dropped = 101;
  g_autoptr (ThrumVerdict) verdict = judge (scene);
  g_assert_cmpint (verdict->level, ==, THRUM_VERDICT_INVALID);
  g_assert_nonnull (strstr (thrum_verdict_find (verdict, "slots")->text,
                            "no thread, no descriptor or no memory"));
}

static void
test_incomplete (void)
{
  Scene scene = good_scene ();
  g_autoptr (ThrumVerdict) verdict = NULL;

  scene.figures.problem = "worker 1 was killed by SIGKILL (Killed)";
  check (scene, THRUM_VERDICT_INVALID, "incomplete");
  verdict = judge (scene);
  g_assert_nonnull (
      strstr (thrum_verdict_find (verdict, "incomplete")->text, "worker 1 was killed"));
}

static void
test_run_delay (void)
{
  Scene scene = good_scene ();
  g_autoptr (ThrumVerdict) delayed = NULL;

  /* More than 10% of 10 ms: worth a note where it explains a bracket, of no matter elsewhere. */
  scene.figures.run_delay = 1.1e6;
  check (scene, THRUM_VERDICT_VALID, NULL);
  scene.slow_lag = 500 * US;
  delayed = judge (scene);
  g_assert_cmpint (delayed->level, ==, THRUM_VERDICT_DEGRADED);
  g_assert_cmpint (thrum_verdict_find (delayed, "run-delay")->level, ==, THRUM_VERDICT_VALID);
  scene.figures.run_delay = 0.9e6;
  check (scene, THRUM_VERDICT_DEGRADED, "bracket");
}

static void
test_ring_and_ports (void)
{
  Scene scene = good_scene ();

  scene.figures.fullest_ring = 0.6;
  check (scene, THRUM_VERDICT_DEGRADED, "ring");
  scene.figures.pauses = 1;
  check (scene, THRUM_VERDICT_INVALID, "ring");

  scene = good_scene ();
  scene.no_port = 1;
  check (scene, THRUM_VERDICT_DEGRADED, "no-port");
  scene.no_port = 101;
  check (scene, THRUM_VERDICT_INVALID, "no-port");
  /* They are missing from percentiles, and nobody knows what they would have been. */
  scene.no_port = 50;
  check (scene, THRUM_VERDICT_DEGRADED, "no-port");
}

/* Drops and unfinished requests are the service's; unless the generator had no time for them. */
static void
test_drops (void)
{
  Scene scene = good_scene ();
  g_autoptr (ThrumVerdict) verdict = NULL;
  g_autoptr (ThrumVerdict) slow = NULL;
  g_autoptr (ThrumVerdict) stopped = NULL;
  g_autoptr (ThrumVerdict) still = NULL;
  g_autoptr (ThrumVerdict) blocking = NULL;
  g_autoptr (ThrumVerdict) busy = NULL;

  /* 1000/s of 10 ms take 10 slots. */
  scene.unfinished = 7;
  scene.figures.dropped = 5000;
  verdict = judge (scene);
  g_assert_cmpint (verdict->level, ==, THRUM_VERDICT_VALID);
  g_assert_nonnull (
      strstr (thrum_verdict_find (verdict, "dropped")->text, "the service, not thrum"));
  g_assert_nonnull (strstr (thrum_verdict_find (verdict, "dropped")->text, "raise max-in-flight"));
  g_assert_cmpfloat (thrum_verdict_find (verdict, "unfinished")->figure, ==, 7);

  scene.figures.max_in_flight = 5;
  slow = judge (scene);
  /* A service that is as fast as ever is not to blame for a limit of the test's own. */
  g_assert_null (strstr (thrum_verdict_find (slow, "dropped")->text, "not thrum"));
  g_assert_nonnull (strstr (thrum_verdict_find (slow, "dropped")->text, "that the limit allows"));
  g_assert_nonnull (strstr (thrum_verdict_find (slow, "dropped")->text, "some 10, as fast"));

  /* A worker that stood still for 200 ms of 10 s made its own drops, with its slots full at once. */
  scene.figures.busy_70 = scene.figures.busy_90 = 0;
  scene.figures.n_hiccups = 1;
  scene.figures.longest_hiccup = 200 * MS;
  scene.figures.stalled = scene.figures.overrun = 0.02;
  scene.figures.dropped = 190;
  stopped = judge (scene);
  g_assert_cmpint (thrum_verdict_find (stopped, "achieved")->level, ==, THRUM_VERDICT_INVALID);
  g_assert_null (strstr (thrum_verdict_find (stopped, "dropped")->text, "not thrum"));
  scene.figures.overrun = 0;
  still = judge (scene);
  g_assert_null (thrum_verdict_find (still, "achieved"));
  g_assert_nonnull (strstr (thrum_verdict_find (still, "dropped")->text, "the service answered"));
  scene.figures.dropped = 5000;

  /* Slots of a blocking plugin are its users. */
  scene.figures.is_codec = FALSE;
  blocking = judge (scene);
  g_assert_nonnull (strstr (thrum_verdict_find (blocking, "dropped")->text, "raise users"));
  scene.figures.is_codec = TRUE;

  scene.figures.busy_70 = scene.figures.busy_90 = 1;
  busy = judge (scene);
  g_assert_cmpint (busy->level, ==, THRUM_VERDICT_INVALID);
  g_assert_cmpint (thrum_verdict_find (busy, "achieved")->level, ==, THRUM_VERDICT_INVALID);
  g_assert_null (strstr (thrum_verdict_find (busy, "dropped")->text, "not thrum"));
  /* The gravest first. */
  g_assert_cmpint (((ThrumVerdictReason *)busy->reasons->pdata[0])->level, ==,
                   THRUM_VERDICT_INVALID);
}

/* Users who are kept from their interval by the service are told of. */
static void
test_pacing (void)
{
  Scene scene = good_scene ();
  g_autoptr (ThrumVerdict) kept = NULL;
  g_autoptr (ThrumVerdict) slow = NULL;

  scene.figures.is_open = FALSE;
  scene.figures.interval_ns = 20 * MS;
  kept = judge (scene);
  g_assert_null (thrum_verdict_find (kept, "pacing"));
  scene.figures.interval_ns = 5 * MS;
  slow = judge (scene);
  g_assert_cmpint (slow->level, ==, THRUM_VERDICT_VALID);
  g_assert_nonnull (strstr (thrum_verdict_find (slow, "pacing")->text, "the service, not thrum"));
}

static void
test_few (void)
{
  Scene scene = good_scene ();
  g_autoptr (ThrumVerdict) verdict = NULL;
  g_autoptr (ThrumVerdict) paused = NULL;
  g_autoptr (ThrumVerdict) none = NULL;

  /* Four of 200 are chance. */
  scene.n = scene.figures.offered = 200;
  scene.figures.touched = 4;
  scene.figures.late = 4;
  check (scene, THRUM_VERDICT_VALID, NULL);

  scene.n = scene.figures.offered = 99;
  scene.lag = scene.slow_lag = 50 * MS;
  verdict = judge (scene);
  g_assert_cmpint (verdict->level, ==, THRUM_VERDICT_NONE);
  g_assert_nonnull (thrum_verdict_find (verdict, "requests"));
  scene.figures.pauses = 1;
  paused = judge (scene);
  g_assert_cmpint (paused->level, ==, THRUM_VERDICT_INVALID);
  scene.figures.pauses = 0;
  scene.n = 0;
  none = judge (scene);
  g_assert_cmpint (none->level, ==, THRUM_VERDICT_NONE);
}

/* ---- Percentiles that are lower bounds -------------------------------------------------------------- */

typedef struct {
  ThrumHistogram *all, *censored;
} Waits;

static Waits
make_waits (guint n_replies, guint n_timeouts)
{
  Waits waits = { thrum_histogram_new (), thrum_histogram_new () };

  for (guint i = 0; i < n_replies; i++)
    thrum_histogram_add (waits.all, (i + 1) * MS);
  for (guint i = 0; i < n_timeouts; i++)
    {
      thrum_histogram_add (waits.all, 5 * S);
      thrum_histogram_add (waits.censored, 5 * S);
    }
  return waits;
}

static gboolean
is_lower_bound (const Waits *waits, guint64 unseen, gdouble q)
{
  ThrumSample sample = { waits->all, waits->censored, NULL, unseen };
  return thrum_sample_get_percentile (&sample, q).is_lower_bound;
}

static void
test_censored (void)
{
  Waits waits = make_waits (95, 5);

  /* Rank 90 and 95 are replies; rank 96 and above timed out. */
  g_assert_false (is_lower_bound (&waits, 0, 0.5));
  g_assert_false (is_lower_bound (&waits, 0, 0.9));
  g_assert_false (is_lower_bound (&waits, 0, 0.95));
  g_assert_true (is_lower_bound (&waits, 0, 0.96));
  g_assert_true (is_lower_bound (&waits, 0, 0.99));
  thrum_histogram_free (waits.all);
  thrum_histogram_free (waits.censored);

  /* What was given up early could belong anywhere above: p50 of 100 replies and 100 unfinished at
   * once is no p50. */
  waits = make_waits (100, 0);
  for (guint i = 0; i < 100; i++)
    {
      thrum_histogram_add (waits.all, 10 * US);
      thrum_histogram_add (waits.censored, 10 * US);
    }
  g_assert_true (is_lower_bound (&waits, 0, 0.5));
  thrum_histogram_free (waits.all);
  thrum_histogram_free (waits.censored);
}

static void
test_unseen (void)
{
  Waits waits = make_waits (1000, 0);
  ThrumSample sample = { waits.all, waits.censored, NULL, 0 };

  g_assert_false (is_lower_bound (&waits, 0, 0.999));
  g_assert_false (thrum_sample_is_incomplete (&sample));
  /* One of 1001: p99.9 was the 999th of 1000; it may be the 1000th of 1001, the largest seen. */
  g_assert_false (is_lower_bound (&waits, 1, 0.5));
  g_assert_false (is_lower_bound (&waits, 1, 0.99));
  g_assert_true (is_lower_bound (&waits, 2, 0.999));
  /* A tenth: p50 may be 55 ms larger. */
  g_assert_true (is_lower_bound (&waits, 111, 0.5));
  g_assert_true (is_lower_bound (&waits, 111, 0.9));
  sample.unseen = 1;
  g_assert_true (thrum_sample_is_incomplete (&sample));
  thrum_histogram_free (waits.all);
  thrum_histogram_free (waits.censored);
}

/* An upper bound beyond which nobody waited is none. */
static ThrumRanks
get_ranks (const ThrumSample *sample, gdouble q)
{
  ThrumPercentiles percentiles = thrum_sample_get_percentiles (sample);
  guint i = 0;

  while (thrum_percentiles[i].q != q)
    g_assert_cmpuint (++i, <, THRUM_N_PERCENTILES);
  return percentiles.each[i].interval.ranks;
}

static void
test_censored_interval (void)
{
  g_autoptr (ThrumHistogram) all = thrum_histogram_new ();
  g_autoptr (ThrumHistogram) censored = thrum_histogram_new ();
  g_autoptr (ThrumBatches) batches = thrum_batches_new (S);
  ThrumSample sample = { all, NULL, batches, 0 };

  for (gint64 i = 0; i < 10000; i++)
    {
      gint64 ns = i % 100 == 50 ? 5 * S : (1 + i % 100) * MS;

      thrum_histogram_add (all, ns);
      thrum_batches_add (batches, i * 4 * MS, ns);
      if (ns == 5 * S)
        thrum_histogram_add (censored, ns);
    }
  g_assert_cmpuint (get_ranks (&sample, 0.99).high, >, 0);
  sample.censored = censored;
  g_assert_cmpuint (get_ranks (&sample, 0.9).high, >, 0);
  g_assert_false (thrum_sample_get_percentile (&sample, 0.99).is_lower_bound);
  g_assert_cmpuint (get_ranks (&sample, 0.99).high, ==, 0);
  g_assert_cmpuint (get_ranks (&sample, 0.99).low, >, 0);
}

/* In the closed model a worker that stood still makes one request of each user late, however many it
 * did not make meanwhile. */
static void
test_kept (void)
{
  Scene scene = good_scene ();

  scene.figures.is_open = FALSE;
  scene.figures.interval_ns = 20 * MS;
  scene.figures.kept_ns = 10 * 20 * MS - 1;
  check (scene, THRUM_VERDICT_VALID, NULL);
  scene.figures.kept_ns = 11 * 20 * MS;
  check (scene, THRUM_VERDICT_DEGRADED, "achieved");
  scene.figures.kept_ns = 102 * 20 * MS;
  check (scene, THRUM_VERDICT_INVALID, "achieved");

  /* Think time and 10 ms of service make a cycle. */
  scene.figures.interval_ns = 0;
  scene.figures.think_time_ns = 30 * MS;
  check (scene, THRUM_VERDICT_DEGRADED, "achieved");

  /* As fast as they can, or open: no schedule is kept from anyone. */
  scene.figures.think_time_ns = 0;
  check (scene, THRUM_VERDICT_VALID, NULL);
}

static void
test_kept_by_record (void)
{
  static const struct {
    gint64 interval, lag, service, kept;
  } cases[] = {
    { 20 * MS, 15 * MS, 5 * MS, 0 },         /* caught up within the interval */
    { 20 * MS, 400 * MS, 5 * MS, 385 * MS }, /* the next one is at once, 385 ms late */
    { 20 * MS, 3 * MS, 50 * MS, 2 * MS },    /* a service slower than the pacing */
    { 0, 3 * MS, 5 * MS, 2 * MS },           /* a think time begins later by the lag */
    { 0, MS, 5 * MS, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const ThrumLoad load = { .duration_ns = 10 * S, .interval_ns = cases[i].interval };
      g_autoptr (ThrumRunTally) tally = thrum_run_tally_new (1, &load);
      ThrumRecord record = { .sent = cases[i].lag };

      record.done = record.read = record.sent + cases[i].service;
      thrum_run_tally_add (tally, &record);
      g_assert_cmpint (tally->kept_ns, ==, cases[i].kept);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/verdict/good", test_good);
  g_test_add_func ("/verdict/brackets", test_brackets);
  g_test_add_func ("/verdict/brackets-of-the-service", test_brackets_of_the_service);
  g_test_add_func ("/verdict/achieved", test_achieved);
  g_test_add_func ("/verdict/kept", test_kept);
  g_test_add_func ("/verdict/kept-by-record", test_kept_by_record);
  g_test_add_func ("/verdict/hiccups", test_hiccups);
  g_test_add_func ("/verdict/cpu", test_cpu);
  g_test_add_func ("/verdict/pacing", test_pacing);
  g_test_add_func ("/verdict/lag-advice", test_lag_advice);
  g_test_add_func ("/verdict/stalled", test_stalled);
  g_test_add_func ("/verdict/trusted", test_trusted);
  g_test_add_func ("/verdict/quota", test_quota);
  g_test_add_func ("/verdict/slots", test_slots);
  g_test_add_func ("/verdict/incomplete", test_incomplete);
  g_test_add_func ("/verdict/run-delay", test_run_delay);
  g_test_add_func ("/verdict/ring-and-ports", test_ring_and_ports);
  g_test_add_func ("/verdict/drops", test_drops);
  g_test_add_func ("/verdict/few", test_few);
  g_test_add_func ("/percentile/censored", test_censored);
  g_test_add_func ("/percentile/unseen", test_unseen);
  g_test_add_func ("/percentile/interval", test_censored_interval);
  return g_test_run ();
}
