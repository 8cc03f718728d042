/* SPDX-License-Identifier: MIT
 *
 * The embedded server's model, on simulated schedules: what it makes of freezes and queues equals
 * the closed forms, its draws have the distributions they claim. No sockets, no waiting; every
 * random number is seeded, so the limits cannot be missed by chance.
 */
#include <math.h>
#include <stdlib.h>

#include "server/behaviour.h"
#include "server/due-heap.h"

#define MS G_GINT64_CONSTANT (1000000)
#define S G_GINT64_CONSTANT (1000000000)

static gint
compare_times (gconstpointer a, gconstpointer b)
{
  gint64 first = *(const gint64 *)a, second = *(const gint64 *)b;

  return (first > second) - (first < second);
}

/* Response times of @n requests, sorted. */
typedef struct {
  gint64 *times;
  gsize n;
  gdouble mean;
} Sample;

static void
sample_finish (Sample *sample)
{
  gdouble sum = 0;

  for (gsize i = 0; i < sample->n; i++)
    sum += sample->times[i];
  sample->mean = sum / sample->n;
  qsort (sample->times, sample->n, sizeof *sample->times, compare_times);
}

/* Type 1: rank ceil (nq). */
static gdouble
quantile (const Sample *sample, gdouble q)
{
  return sample->times[(gsize)ceil (sample->n * q) - 1];
}

/* Serves arrivals at @rate for @duration_ns: uniform ones, or, with @random, Poisson ones. */
static Sample
simulate (const ThrumBehaviour *behaviour, gdouble rate, gint64 duration_ns, GRand *random)
{
  Sample sample = { .n = llround (rate * duration_ns / 1e9) };
  gint64 free_at_ns = 0;
  gdouble clock = 0;

  sample.times = g_new (gint64, sample.n);
  for (gsize k = 0; k < sample.n; k++)
    {
      gint64 receive_ns, due_ns;

      clock = random != NULL ? clock - log (1 - g_rand_double (random)) : (gdouble)k;
      receive_ns = llround (clock / rate * 1e9);
      due_ns = thrum_behaviour_due (behaviour, &free_at_ns, receive_ns,
                                    thrum_behaviour_service (behaviour, 0, k));
      sample.times[k] = due_ns - receive_ns;
    }
  sample_finish (&sample);
  return sample;
}

static void
assert_near (gdouble value, gdouble wanted, gdouble tolerance)
{
  g_assert_cmpfloat_with_epsilon (value, wanted, tolerance);
}

static void
test_examples (void)
{
  const ThrumBehaviour frozen = { .freeze_ns = 250 * MS, .freeze_period_ns = 2 * S };
  const ThrumBehaviour shifted = { .freeze_ns = 250 * MS,
                                   .freeze_period_ns = 2 * S,
                                   .freeze_phase_ns = 500 * MS };
  const ThrumBehaviour awake = { 0 };

  g_assert_cmpint (thrum_behaviour_thaw (&frozen, 2100 * MS), ==, 2250 * MS);
  g_assert_cmpint (thrum_behaviour_thaw (&frozen, 2250 * MS), ==, 2250 * MS);
  g_assert_cmpint (thrum_behaviour_thaw (&frozen, 2000 * MS), ==, 2250 * MS);
  g_assert_cmpint (thrum_behaviour_thaw (&frozen, 2000 * MS - 1), ==, 2000 * MS - 1);
  g_assert_cmpint (thrum_behaviour_thaw (&shifted, 600 * MS), ==, 750 * MS);
  g_assert_cmpint (thrum_behaviour_thaw (&shifted, 100 * MS), ==, 100 * MS);
  g_assert_cmpint (thrum_behaviour_thaw (&shifted, -1500 * MS), ==, -1250 * MS);
  g_assert_cmpint (thrum_behaviour_thaw (&awake, 5), ==, 5);
  g_assert_cmpint (thrum_behaviour_work (&frozen, 1900 * MS, 200 * MS), ==, 2350 * MS);
  g_assert_cmpint (thrum_behaviour_work (&awake, 5, 7), ==, 12);
}

/* Whether the server is frozen in the tick from @t. */
static gboolean
is_frozen (const ThrumBehaviour *behaviour, gint64 t)
{
  return thrum_behaviour_thaw (behaviour, t) != t;
}

/* Against a server that works tick by tick. */
static void
test_work_by_ticks (void)
{
  const ThrumBehaviour behaviour = { .freeze_ns = 3, .freeze_period_ns = 10, .freeze_phase_ns = 4 };

  for (gint64 start = 0; start < 40; start++)
    for (gint64 service = 0; service < 60; service++)
      {
        gint64 done = 0, t = start;

        for (; done < service || is_frozen (&behaviour, t); t++)
          done += !is_frozen (&behaviour, t);
        g_assert_cmpint (thrum_behaviour_work (&behaviour, start, service), ==, t);
      }
}

/* Freeze A: T = D + max (0, P - (1 - q) Q), mean D + P^2 / (2Q); uniform arrivals, whole periods. */
static void
test_freeze_without_queue (void)
{
  const gdouble P = 250 * MS, Q = 2 * S, rate = 1000, step = 1e9 / rate;
  const gdouble quantiles[] = { .5, .8, .9, .95, .99, .999 };

  for (gint64 delay = 0; delay <= 5 * MS; delay += 5 * MS)
    {
      const ThrumBehaviour behaviour = {
        .mean_ns = delay, .freeze_ns = P, .freeze_period_ns = Q, .freeze_phase_ns = 123456789
      };
      Sample sample = simulate (&behaviour, rate, 60 * S, NULL);

      for (gsize i = 0; i < G_N_ELEMENTS (quantiles); i++)
        assert_near (quantile (&sample, quantiles[i]), delay + MAX (0, P - (1 - quantiles[i]) * Q),
                     step);
      assert_near (sample.mean, delay + P * P / (2 * Q), step * P / Q);
      g_assert_cmpfloat (quantile (&sample, 1), >, delay + P - step);
      g_assert_cmpfloat (quantile (&sample, 1), <=, delay + P);
      g_free (sample.times);
    }
}

/* Freeze B: quantile S + max (0, P - (1 - rho) (1 - q) Q), mean S + P^2 / (2 (1 - rho) Q). */
static void
test_freeze_with_queue (void)
{
  const gdouble P = 250 * MS, Q = 2 * S, rate = 1000, service = MS / 2, rho = .5;
  const gdouble quantiles[] = { .5, .7, .8, .9, .95, .99, .999 };
  const ThrumBehaviour behaviour = { .mean_ns = service,
                                     .freeze_ns = P,
                                     .freeze_period_ns = Q,
                                     .freeze_phase_ns = 300 * MS,
                                     .is_fifo = TRUE };
  Sample sample = simulate (&behaviour, rate, 60 * S, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (quantiles); i++)
    assert_near (quantile (&sample, quantiles[i]),
                 service + MAX (0, P - (1 - rho) * (1 - quantiles[i]) * Q), 1e9 / rate);
  assert_near (sample.mean, service + P * P / (2 * (1 - rho) * Q), .2 * MS);
  assert_near (quantile (&sample, 1), service + P, 1e9 / rate);
  g_free (sample.times);
}

/* D/D/1: T is the service time, exactly, and one late arrival is not felt beyond its gap. */
static void
test_constant_queue (void)
{
  const ThrumBehaviour behaviour = { .mean_ns = 800000, .is_fifo = TRUE };
  Sample sample = simulate (&behaviour, 1000, 10 * S, NULL);
  gint64 free_at_ns = 0;

  g_assert_cmpint (sample.times[0], ==, 800000);
  g_assert_cmpint (sample.times[sample.n - 1], ==, 800000);
  g_free (sample.times);

  g_assert_cmpint (thrum_behaviour_due (&behaviour, &free_at_ns, 100, 50), ==, 150);
  g_assert_cmpint (thrum_behaviour_due (&behaviour, &free_at_ns, 120, 50), ==, 200);
  g_assert_cmpint (thrum_behaviour_due (&behaviour, &free_at_ns, 199, 50), ==, 250);
  g_assert_cmpint (thrum_behaviour_due (&behaviour, &free_at_ns, 1000, 50), ==, 1050);
  g_assert_cmpint (free_at_ns, ==, 1050);
}

/* The root of sigma = exp (-mu (1 - sigma) / lambda) below 1. */
static gdouble
dm1_sigma (gdouble mu, gdouble lambda)
{
  gdouble sigma = .5;

  for (int i = 0; i < 1000; i++)
    sigma = exp (-mu * (1 - sigma) / lambda);
  return sigma;
}

/* Response times that are Exp (@rate_per_ns), within @tolerance of each quantile. */
static void
assert_exponential (const Sample *sample, gdouble rate_per_ns, gdouble tolerance)
{
  const gdouble quantiles[] = { .5, .9, .95, .99 };

  for (gsize i = 0; i < G_N_ELEMENTS (quantiles); i++)
    {
      gdouble wanted = -log (1 - quantiles[i]) / rate_per_ns;
      assert_near (quantile (sample, quantiles[i]), wanted, tolerance * wanted);
    }
  assert_near (sample->mean, 1 / rate_per_ns, tolerance / rate_per_ns);
}

static void
test_random_queues (void)
{
  const gdouble service = 800000, rate = 1000, rho = .8;
  const gdouble mu = 1 / service, lambda = rate / 1e9;
  g_autoptr (GRand) random = g_rand_new_with_seed (7);
  ThrumBehaviour behaviour = { .mean_ns = service, .is_fifo = TRUE, .seed = 7 };
  Sample sample;

  /* M/D/1 */
  sample = simulate (&behaviour, rate, 2000 * S, random);
  assert_near (sample.mean, service + rho * service / (2 * (1 - rho)), .03 * service);
  assert_near (quantile (&sample, .5), 2.276 * service, .05 * service);
  assert_near (quantile (&sample, .99), 11.36 * service, .5 * service);
  g_free (sample.times);

  behaviour.service = THRUM_SERVICE_EXPONENTIAL;
  sample = simulate (&behaviour, rate, 2000 * S, random); /* M/M/1 */
  assert_exponential (&sample, mu - lambda, .05);
  g_free (sample.times);
  sample = simulate (&behaviour, rate, 2000 * S, NULL); /* D/M/1 */
  assert_exponential (&sample, mu * (1 - dm1_sigma (mu, lambda)), .05);
  g_free (sample.times);
}

static void
test_service_times (void)
{
  const ThrumBehaviour exponential = { .service = THRUM_SERVICE_EXPONENTIAL,
                                       .mean_ns = 10 * MS,
                                       .seed = 3 };
  const ThrumBehaviour slow = { .mean_ns = MS, .slow_share = .005, .slow_ns = 200 * MS, .seed = 3 };
  Sample sample = { .n = 1000000 };
  guint n_slow = 0;

  sample.times = g_new (gint64, sample.n);
  for (gsize i = 0; i < sample.n; i++)
    sample.times[i] = thrum_behaviour_service (&exponential, 0, i);
  sample_finish (&sample);
  assert_exponential (&sample, 1. / (10 * MS), .01);
  g_free (sample.times);

  for (guint i = 0; i < 1000000; i++)
    {
      gint64 service = thrum_behaviour_service (&slow, 0, i);

      g_assert_true (service == MS || service == 200 * MS);
      n_slow += service == 200 * MS;
    }
  /* Five standard deviations of a binomial count. */
  g_assert_cmpfloat_with_epsilon (n_slow, 5000, 5 * sqrt (5000));
}

/* Draws depend on seed, stream and number, on nothing else; and not on each other. */
static void
test_draws (void)
{
  ThrumBehaviour behaviour = {
    .service = THRUM_SERVICE_EXPONENTIAL, .mean_ns = S, .seed = 5, .error_share = .5
  };
  ThrumBehaviour other = behaviour;
  const guint n = 100000;
  guint both = 0, errors = 0;

  g_assert_cmpint (thrum_behaviour_service (&behaviour, 2, 77), ==,
                   thrum_behaviour_service (&behaviour, 2, 77));
  g_assert_cmpint (thrum_behaviour_service (&behaviour, 2, 77), !=,
                   thrum_behaviour_service (&behaviour, 3, 77));
  g_assert_cmpint (thrum_behaviour_service (&behaviour, 2, 77), !=,
                   thrum_behaviour_service (&behaviour, 2, 78));
  other.seed = 6;
  g_assert_cmpint (thrum_behaviour_service (&behaviour, 2, 77), !=,
                   thrum_behaviour_service (&other, 2, 77));
  other = behaviour;
  other.slow_share = 1e-12;
  other.reset_share = .1;
  g_assert_cmpint (thrum_behaviour_service (&behaviour, 2, 77), ==,
                   thrum_behaviour_service (&other, 2, 77));

  for (guint i = 0; i < n; i++)
    {
      gboolean is_error = thrum_behaviour_fate (&behaviour, 0, i) == THRUM_FATE_ERROR;

      errors += is_error;
      both += is_error && thrum_behaviour_service (&behaviour, 0, i) > S * M_LN2;
    }
  g_assert_cmpfloat_with_epsilon (errors, n / 2., 5 * sqrt (n / 4.));
  g_assert_cmpfloat_with_epsilon (both, n / 4., 5 * sqrt (n * 3 / 16.));
}

static void
test_fates (void)
{
  const ThrumBehaviour behaviour = {
    .reset_share = .1, .hang_share = .2, .error_share = .3, .seed = 9
  };
  const ThrumBehaviour certain = { .reset_share = .25, .hang_share = .25, .error_share = .5 };
  const ThrumBehaviour none = { 0 };
  const gdouble shares[] = { [THRUM_FATE_ANSWER] = .4,
                             [THRUM_FATE_ERROR] = .3,
                             [THRUM_FATE_RESET] = .1,
                             [THRUM_FATE_HANG] = .2 };
  guint counts[G_N_ELEMENTS (shares)] = { 0 };
  const guint n = 100000;

  for (guint i = 0; i < n; i++)
    {
      counts[thrum_behaviour_fate (&behaviour, 1, i)]++;
      g_assert_cmpint (thrum_behaviour_fate (&none, 1, i), ==, THRUM_FATE_ANSWER);
      g_assert_cmpint (thrum_behaviour_fate (&certain, 1, i), !=, THRUM_FATE_ANSWER);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (shares); i++)
    g_assert_cmpfloat_with_epsilon (counts[i], n * shares[i],
                                    5 * sqrt (n * shares[i] * (1 - shares[i])));
}

/* The heap under random moves and removals, against looking at every entry. */
static void
test_heap (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  ThrumDueHeap heap = { 0 };
  ThrumDue entries[200] = { 0 };

  for (guint step = 0; step < 20000; step++)
    {
      ThrumDue *entry = &entries[g_rand_int_range (random, 0, G_N_ELEMENTS (entries))];
      gint64 earliest = G_MAXINT64;

      if (g_rand_int_range (random, 0, 3) == 0)
        thrum_due_heap_remove (&heap, entry);
      else
        thrum_due_heap_set (&heap, entry, g_rand_int_range (random, 0, 1000));
      for (gsize i = 0; i < G_N_ELEMENTS (entries); i++)
        if (entries[i].index != 0)
          earliest = MIN (earliest, entries[i].due_ns);
      if (thrum_due_heap_first (&heap) == NULL)
        g_assert_cmpint (earliest, ==, G_MAXINT64);
      else
        g_assert_cmpint (thrum_due_heap_first (&heap)->due_ns, ==, earliest);
    }
  for (gint64 last = 0; heap.n > 0;)
    {
      ThrumDue *first = thrum_due_heap_first (&heap);

      g_assert_cmpint (first->due_ns, >=, last);
      last = first->due_ns;
      thrum_due_heap_remove (&heap, first);
    }
  thrum_due_heap_clear (&heap);
}

/* Who waits for the same instant, such as the end of a freeze, is answered first come, first served. */
static void
test_heap_keeps_order (void)
{
  ThrumDueHeap heap = { 0 };
  ThrumDue entries[200] = { 0 };

  for (gsize i = 0; i < G_N_ELEMENTS (entries); i++)
    thrum_due_heap_set (&heap, &entries[i], (gint64)(i % 2));
  for (gsize i = 0; i < G_N_ELEMENTS (entries); i++)
    {
      ThrumDue *first = thrum_due_heap_first (&heap);

      g_assert_cmpint (first - entries, ==, (2 * i) % 200 + 2 * i / 200);
      thrum_due_heap_remove (&heap, first);
    }
  thrum_due_heap_clear (&heap);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/behaviour/examples", test_examples);
  g_test_add_func ("/behaviour/work-by-ticks", test_work_by_ticks);
  g_test_add_func ("/behaviour/freeze-without-queue", test_freeze_without_queue);
  g_test_add_func ("/behaviour/freeze-with-queue", test_freeze_with_queue);
  g_test_add_func ("/behaviour/constant-queue", test_constant_queue);
  g_test_add_func ("/behaviour/random-queues", test_random_queues);
  g_test_add_func ("/behaviour/service-times", test_service_times);
  g_test_add_func ("/behaviour/draws", test_draws);
  g_test_add_func ("/behaviour/fates", test_fates);
  g_test_add_func ("/behaviour/heap", test_heap);
  g_test_add_func ("/behaviour/heap-keeps-order", test_heap_keeps_order);
  return g_test_run ();
}
