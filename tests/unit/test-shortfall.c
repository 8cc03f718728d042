/* SPDX-License-Identifier: MIT
 *
 * Between which values a run's numbers lie: what the generator added, did not send or was too late for,
 * beside what the service did.
 */
#include <math.h>

#include "run/judge/shortfall.h"

#define MS G_GINT64_CONSTANT (1000000)
#define S G_GINT64_CONSTANT (1000000000)
#define UNKNOWN HUGE_VAL

/* 1000 requests of 20 ms, of which some were sent late by 8 ms, and some never ended, or found no port. */
typedef struct {
  guint n, n_late, n_timed_out, n_no_port;
  ThrumShortfall shortfall;
} Scene;

static ThrumRunTally *
make_tally (const Scene *scene)
{
  ThrumRunTally *tally = thrum_run_tally_new (1, &(ThrumLoad){ .duration_ns = 10 * S });

  for (guint i = 0; i < scene->n; i++)
    {
      ThrumRecord record = { .intended = i * MS, .slot = i * MS, .sent = i * MS, .status = 200 };

      if (i < scene->n_late)
        record.sent += 8 * MS;
      record.done = record.sent + 20 * MS;
      if (i >= scene->n - scene->n_timed_out)
        {
          record.done = record.sent + S;
          record.failure = THRUM_FAILURE_TIMEOUT;
          record.status = 0;
        }
      if (scene->n_no_port > i - scene->n_late && i >= scene->n_late)
        {
          record.failure = THRUM_FAILURE_NO_PORT;
          record.status = 0;
        }
      record.read = record.done;
      thrum_run_tally_add (tally, &record);
    }
  return tally;
}

static void
assert_near (gdouble value, gdouble wanted)
{
  if (wanted == UNKNOWN || value == UNKNOWN)
    g_assert_cmpfloat (value, ==, wanted);
  else
    g_assert_cmpfloat_with_epsilon (value, wanted, 0.005 * wanted + 1e-9);
}

static void
test_percentiles (void)
{
  static const struct {
    Scene scene;
    gdouble q, least_ms, most_ms;
  } cases[] = {
    /* Without lag, and with nothing missing, the two ends are one. */
    { { .n = 1000 }, 0.5, 20, 20 },
    { { .n = 1000 }, 0.99, 20, 20 },
    /* 40 late: they are in p99, not in p95 and p50. */
    { { .n = 1000, .n_late = 40 }, 0.5, 20, 20 },
    { { .n = 1000, .n_late = 40 }, 0.95, 20, 20 },
    { { .n = 1000, .n_late = 40 }, 0.99, 20, 28 },
    /* Our own drops are beyond every value, or took no time. */
    { { .n = 1000, .n_late = 40, .shortfall = { .dropped = 5, .own_dropped = 5 } }, 0.99, 20, 28 },
    { { .n = 1000, .n_late = 40, .shortfall = { .dropped = 15, .own_dropped = 15 } },
      0.99,
      20,
      UNKNOWN },
    { { .n = 1000, .shortfall = { .dropped = 1500, .own_dropped = 1500 } }, 0.5, 0, UNKNOWN },
    { { .n = 1000, .n_no_port = 15 }, 0.99, 20, UNKNOWN },
    /* The service's are beyond every value at both ends, as are its time-outs. */
    { { .n = 1000, .n_late = 40, .shortfall = { .dropped = 15 } }, 0.99, UNKNOWN, UNKNOWN },
    { { .n = 1000, .n_late = 40, .n_timed_out = 15 }, 0.99, UNKNOWN, UNKNOWN },
    { { .n = 1000, .n_late = 40, .n_timed_out = 5 }, 0.99, 20, 28 },
    /* Ten of ours and ten of the service's: without ours p99 would still be known. */
    { { .n = 1000, .shortfall = { .dropped = 15, .own_dropped = 10 } }, 0.99, 20, UNKNOWN },
    /* Few. */
    { { .n = 10, .n_late = 1 }, 0.99, 20, 28 },
    { { .n = 1, .n_late = 1 }, 0.5, 20, 28 },
    { { .n = 0 }, 0.5, 0, 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (ThrumRunTally) tally = make_tally (&cases[i].scene);
      ThrumSample sample =
          thrum_shortfall_get_response (&cases[i].scene.shortfall, &tally->requests[0]);
      ThrumBracket bracket = thrum_sample_get_bracket (&sample, cases[i].q);

      g_test_message ("case %" G_GSIZE_FORMAT ": %g to %g", i, bracket.least, bracket.most);
      assert_near (bracket.least / 1e6, cases[i].least_ms);
      assert_near (bracket.most / 1e6, cases[i].most_ms);
    }
}

static void
test_mean_and_max (void)
{
  static const struct {
    Scene scene;
    ThrumBracket mean, max; /* ms */
  } cases[] = {
    { { .n = 1000 }, { 20, 20 }, { 20, 20 } },
    { { .n = 1000, .n_late = 500 }, { 20, 24 }, { 20, 28 } },
    { { .n = 1000, .shortfall = { .dropped = 1000, .own_dropped = 1000 } },
      { 10, UNKNOWN },
      { 20, UNKNOWN } },
    { { .n = 1000, .shortfall = { .dropped = 1 } }, { UNKNOWN, UNKNOWN }, { UNKNOWN, UNKNOWN } },
    { { .n = 1000, .n_timed_out = 1 }, { UNKNOWN, UNKNOWN }, { UNKNOWN, UNKNOWN } },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (ThrumRunTally) tally = make_tally (&cases[i].scene);
      ThrumSample sample =
          thrum_shortfall_get_response (&cases[i].scene.shortfall, &tally->requests[0]);
      ThrumBracket mean = thrum_sample_get_mean_bracket (&sample);
      ThrumBracket max = thrum_sample_get_max_bracket (&sample);

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      assert_near (mean.least / 1e6, cases[i].mean.least);
      assert_near (mean.most / 1e6, cases[i].mean.most);
      assert_near (max.least / 1e6, cases[i].max.least);
      assert_near (max.most / 1e6, cases[i].max.most);
    }
}

static void
test_shares_and_rates (void)
{
  static const struct {
    Scene scene;
    ThrumBracket failures, dropped, rate;
  } cases[] = {
    { { .n = 1000 }, { 0, 0 }, { 0, 0 }, { 100, 100 } },
    { { .n = 1000, .n_timed_out = 100 }, { 0.1, 0.1 }, { 0, 0 }, { 90, 90 } },
    { { .n = 1000, .n_no_port = 100 }, { 0, 0.1 }, { 0, 0 }, { 90, 100 } },
    { { .n = 1000, .shortfall = { .dropped = 1000 } }, { 0, 0 }, { 0.5, 0.5 }, { 100, 100 } },
    { { .n = 1000, .shortfall = { .dropped = 1000, .own_dropped = 1000 } },
      { 0, 0.5 },
      { 0, 0.5 },
      { 100, 200 } },
    { { .n = 1000, .n_timed_out = 100, .shortfall = { .lost = 1000 } },
      { 0.05, 0.55 },
      { 0, 0 },
      { 90, 90 } },
    /* Closed: what users would have done while their worker stood still. */
    { { .n = 1000, .shortfall = { .stalled = 0.5 } }, { 0, 0 }, { 0, 0 }, { 100, 200 } },
    { { .n = 1000, .shortfall = { .is_bound = TRUE } }, { 0, 0 }, { 0, 0 }, { 100, UNKNOWN } },
    { { .n = 1000, .shortfall = { .stalled = 1 } }, { 0, 0 }, { 0, 0 }, { 100, UNKNOWN } },
    { { .n = 0 }, { 0, 0 }, { 0, 0 }, { 0, 0 } },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (ThrumRunTally) tally = make_tally (&cases[i].scene);
      const ThrumShortfall *shortfall = &cases[i].scene.shortfall;
      const ThrumOutcome *outcome = &tally->requests[0];
      ThrumBracket failures = thrum_shortfall_get_failures (shortfall, outcome);
      ThrumBracket dropped = thrum_shortfall_get_dropped (shortfall, outcome);
      ThrumBracket rate = thrum_shortfall_get_rate (shortfall, outcome, 10);

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      assert_near (failures.least, cases[i].failures.least);
      assert_near (failures.most, cases[i].failures.most);
      assert_near (dropped.least, cases[i].dropped.least);
      assert_near (dropped.most, cases[i].dropped.most);
      assert_near (rate.least, cases[i].rate.least);
      assert_near (rate.most, cases[i].rate.most);
    }
}

/* A reply counts into the rate by the microseconds of results.csv; what was sent after the end though it had
 * its slot before could have been there. */
static void
test_rate_at_the_end (void)
{
  static const struct {
    gint64 slot, sent, done;
    guint64 answered, late;
  } cases[] = {
    { 9 * S, 9 * S, 10 * S, 1, 0 },        { 9 * S, 9 * S, 10 * S + 499, 1, 0 },
    { 9 * S, 9 * S, 10 * S + 500, 0, 0 },  { 9 * S, 10 * S, 10 * S + MS, 0, 1 },
    { 10 * S, 10 * S, 10 * S + MS, 0, 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (ThrumRunTally) tally =
          thrum_run_tally_new (1, &(ThrumLoad){ .duration_ns = 10 * S });
      ThrumRecord record = { .intended = 9 * S,
                             .slot = cases[i].slot,
                             .sent = cases[i].sent,
                             .done = cases[i].done,
                             .read = cases[i].done,
                             .status = 200 };
      ThrumBracket rate;

      thrum_run_tally_add (tally, &record);
      g_assert_cmpuint (tally->requests[0].answered, ==, cases[i].answered);
      g_assert_cmpuint (tally->requests[0].late, ==, cases[i].late);
      rate = thrum_shortfall_get_rate (&(ThrumShortfall){ 0 }, &tally->requests[0], 1);
      g_assert_cmpfloat (rate.least, ==, (gdouble)cases[i].answered);
      g_assert_cmpfloat (rate.most, ==, (gdouble)(cases[i].answered + cases[i].late));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/shortfall/percentiles", test_percentiles);
  g_test_add_func ("/shortfall/mean-and-max", test_mean_and_max);
  g_test_add_func ("/shortfall/shares-and-rates", test_shares_and_rates);
  g_test_add_func ("/shortfall/rate-at-the-end", test_rate_at_the_end);
  return g_test_run ();
}
