/* SPDX-License-Identifier: MIT
 *
 * The truth battery in simulated time: for each of its rows, thrum's schedule, the target's model and
 * thrum's statistics together give what the closed form says. Nothing is measured, so nothing is
 * late, and every limit here is one of arithmetic: a rounded ns, the step 1/R between arrivals, or,
 * where arrivals are random, chance under one seed. tests/truth/battery.py has the same rows with
 * sockets and a real clock.
 */
#include <math.h>

#include "simulate.h"

#define MS 1e6
#define S 1e9

static gint
compare_doubles (gconstpointer a, gconstpointer b)
{
  gdouble x = *(const gdouble *)a, y = *(const gdouble *)b;

  return (x > y) - (x < y);
}

static ThrumLoad
open_load (gdouble rate, gdouble seconds, ThrumArrivals arrivals)
{
  return (ThrumLoad){ .is_open = TRUE,
                      .duration_ns = llround (seconds * S),
                      .rate = rate,
                      .arrivals = arrivals,
                      .seed = 1 };
}

static const SimulatedRequest *
get_request (const Simulation *simulation, guint i)
{
  return &g_array_index (simulation->requests, SimulatedRequest, i);
}

static void
assert_near (gdouble value, gdouble wanted, gdouble tolerance)
{
  g_assert_cmpfloat_with_epsilon (value, wanted, tolerance);
}

static void
assert_all_take (const Sample *sample, gdouble ns)
{
  assert_near ((gdouble)sample->sorted[0], ns, .5);
  assert_near ((gdouble)sample->sorted[sample->n - 1], ns, .5);
}

/* The replay oracle of one FIFO server: T_i = S_i + max (0, T_(i-1) - A_i), A_i the gap before
 * request i. Each response exactly, so no chance is left. */
static void
assert_replays (const Simulation *simulation)
{
  gdouble previous = 0, at = 0;

  for (guint i = 0; i < simulation->requests->len; i++)
    {
      const SimulatedRequest *request = get_request (simulation, i);
      gdouble gap = (gdouble)request->intended - at;

      previous = (gdouble)request->service + MAX (0, previous - gap);
      at = (gdouble)request->intended;
      assert_near ((gdouble)(request->done - request->intended), previous, .5);
    }
}

static void
test_fixed_delay (void)
{
  const ThrumBehaviour behaviour = { .mean_ns = 20 * MS };

  for (gint arrivals = THRUM_ARRIVALS_UNIFORM; arrivals <= THRUM_ARRIVALS_POISSON; arrivals++)
    {
      ThrumLoad load = open_load (777, 10, arrivals);
      g_autoptr (Simulation) simulation = simulate_open (&load, 2, 2, &behaviour);
      g_autoptr (Sample) sample = sample_new (simulation, 0, FALSE);

      assert_all_take (sample, 20 * MS);
    }
}

/* P, Q, R and D of FACTS' example, with D = 1 ms. */
#define FREEZE_NS (250 * MS)
#define PERIOD_NS (2 * S)
#define FREEZE_RATE 1000.0

static const gdouble freeze_quantiles[] = { .5, .9, .95, .99, .999 };

/* Quantile D + max (0, P - (1-q)(1-rho) Q), mean D + P^2 / (2 (1-rho) Q); rho = 0: no queue. */
static void
assert_freeze (const Sample *sample, gdouble delay, gdouble rho, gdouble step, gdouble tolerance)
{
  for (gsize i = 0; i < G_N_ELEMENTS (freeze_quantiles); i++)
    {
      gdouble q = freeze_quantiles[i];
      gdouble truth = delay + MAX (0, FREEZE_NS - (1 - q) * (1 - rho) * PERIOD_NS);

      assert_near (sample_quantile (sample, q), truth, step + tolerance * truth);
    }
  assert_near (sample->mean, delay + FREEZE_NS * FREEZE_NS / (2 * (1 - rho) * PERIOD_NS),
               step / 2 + tolerance * sample->mean);
  g_assert_cmpint (sample->sorted[sample->n - 1], <=, (gint64)(delay + FREEZE_NS));
}

static void
test_freeze_a_uniform (void)
{
  ThrumLoad load = open_load (FREEZE_RATE, 20, THRUM_ARRIVALS_UNIFORM);

  /* Whole periods: whatever the phase, and however the test is split. */
  for (guint workers = 1; workers <= 4; workers *= 2)
    for (gint64 phase = 0; phase < PERIOD_NS; phase += 423456789)
      {
        const ThrumBehaviour behaviour = { .mean_ns = MS,
                                           .freeze_ns = FREEZE_NS,
                                           .freeze_period_ns = PERIOD_NS,
                                           .freeze_phase_ns = phase };
        g_autoptr (Simulation) simulation = simulate_open (&load, workers, 2, &behaviour);
        g_autoptr (Sample) sample = sample_new (simulation, 0, FALSE);

        assert_freeze (sample, MS, 0, S / FREEZE_RATE, 0);
        assert_near ((gdouble)sample->sorted[sample->n - 1], MS + FREEZE_NS, S / FREEZE_RATE);
      }
}

static void
test_freeze_a_poisson (void)
{
  const ThrumBehaviour behaviour = { .mean_ns = MS,
                                     .freeze_ns = FREEZE_NS,
                                     .freeze_period_ns = PERIOD_NS };
  ThrumLoad load = open_load (FREEZE_RATE, 600, THRUM_ARRIVALS_POISSON);
  g_autoptr (Simulation) simulation = simulate_open (&load, 2, 1, &behaviour);
  g_autoptr (Sample) sample = sample_new (simulation, 0, FALSE);

  for (guint i = 0; i < simulation->requests->len; i++)
    {
      const SimulatedRequest *request = get_request (simulation, i);
      gdouble ready = (gdouble)request->intended + MS, phase = fmod (ready, PERIOD_NS);
      gdouble truth = MS + MAX (0, FREEZE_NS - phase);

      assert_near ((gdouble)(request->done - request->intended), truth, .5);
    }
  assert_freeze (sample, MS, 0, S / FREEZE_RATE, .03);
}

static void
test_freeze_b (void)
{
  const ThrumBehaviour behaviour = {
    .mean_ns = .2 * MS, .freeze_ns = FREEZE_NS, .freeze_period_ns = PERIOD_NS, .is_fifo = TRUE
  };
  ThrumLoad load = open_load (FREEZE_RATE, 22, THRUM_ARRIVALS_UNIFORM);
  g_autoptr (Simulation) simulation = simulate_open (&load, 2, 1, &behaviour);
  g_autoptr (Sample) sample = sample_new (simulation, PERIOD_NS, FALSE);

  assert_freeze (sample, .2 * MS, FREEZE_RATE * .2e-3, S / FREEZE_RATE, 0);
}

/* T = S for all: a burst, be it of two arrivals, would make one wait. */
static void
test_d_d_1 (void)
{
  const ThrumBehaviour behaviour = { .mean_ns = 8 * MS, .is_fifo = TRUE };
  ThrumLoad load = open_load (100, 60, THRUM_ARRIVALS_UNIFORM);

  for (guint workers = 1; workers <= 4; workers *= 2)
    for (guint lanes = 1; lanes <= 3; lanes++)
      {
        g_autoptr (Simulation) simulation = simulate_open (&load, workers, lanes, &behaviour);
        g_autoptr (Sample) sample = sample_new (simulation, 0, FALSE);

        g_assert_cmpuint (sample->n, ==, 6000);
        assert_all_take (sample, 8 * MS);
      }
}

static void
test_slow (void)
{
  const ThrumBehaviour behaviour = {
    .mean_ns = 2 * MS, .slow_share = .005, .slow_ns = 200 * MS, .seed = 1
  };
  ThrumLoad load = open_load (1000, 100, THRUM_ARRIVALS_UNIFORM);
  g_autoptr (Simulation) simulation = simulate_open (&load, 2, 1, &behaviour);
  g_autoptr (Sample) sample = sample_new (simulation, 0, FALSE);
  gdouble n = (gdouble)sample->n, slow = 0;

  for (gsize i = 0; i < sample->n; i++)
    slow += sample->sorted[i] == 200 * MS;
  assert_near (slow, .005 * n, 4 * sqrt (n * .005 * .995));
  assert_near (sample->mean, 2 * MS + slow / n * 198 * MS, 1);
  assert_near (sample_quantile (sample, .99), 2 * MS, .5);
  assert_near (sample_quantile (sample, .999), 200 * MS, .5);
}

#define LAMBDA 800.0
#define MU 1000.0

typedef struct {
  const gchar *name;
  ThrumArrivals arrivals;
  ThrumServiceKind service;
  gdouble mean, p50, p99, p999; /* s */
} Queue;

/* D/M/1: the root below 1 of sigma = exp (-mu (1 - sigma) / lambda). */
static gdouble
get_sigma (void)
{
  gdouble sigma = .5;

  for (guint i = 0; i < 1000; i++)
    sigma = exp (-MU * (1 - sigma) / LAMBDA);
  return sigma;
}

static Queue
exponential_queue (const gchar *name, ThrumArrivals arrivals, gdouble rate)
{
  return (Queue){ name,         arrivals,         THRUM_SERVICE_EXPONENTIAL, 1 / rate,
                  M_LN2 / rate, log (100) / rate, log (1000) / rate };
}

static void
test_queues (void)
{
  const gdouble rho = LAMBDA / MU;
  const Queue queues[] = {
    exponential_queue ("M/M/1", THRUM_ARRIVALS_POISSON, MU - LAMBDA),
    exponential_queue ("D/M/1", THRUM_ARRIVALS_UNIFORM, MU * (1 - get_sigma ())),
    { "M/D/1", THRUM_ARRIVALS_POISSON, THRUM_SERVICE_CONSTANT, (1 + rho / (2 * (1 - rho))) / MU,
      2.276 / MU, 11.36 / MU, 16.70 / MU },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (queues); i++)
    {
      const Queue *queue = &queues[i];
      ThrumBehaviour behaviour = {
        .service = queue->service, .mean_ns = S / MU, .is_fifo = TRUE, .seed = 1
      };
      ThrumLoad load = open_load (LAMBDA, 800, queue->arrivals);
      g_autoptr (Simulation) simulation = simulate_open (&load, 2, 2, &behaviour);
      g_autoptr (Sample) sample = sample_new (simulation, 0, FALSE);

      g_test_message ("%s", queue->name);
      assert_replays (simulation);
      assert_near (sample->mean / S, queue->mean, .03 * queue->mean);
      assert_near (sample_quantile (sample, .5) / S, queue->p50, .03 * queue->p50);
      assert_near (sample_quantile (sample, .99) / S, queue->p99, .05 * queue->p99);
      assert_near (sample_quantile (sample, .999) / S, queue->p999, .08 * queue->p999);
    }
}

/* rho 1.25: each arrival waits S - 1/R longer than the one before, whether in the server's queue or
 * for a slot. */
static void
test_overload (void)
{
  const ThrumBehaviour behaviour = { .mean_ns = 5 * MS, .is_fifo = TRUE };
  ThrumLoad load = open_load (250, 8, THRUM_ARRIVALS_UNIFORM);

  load.overload = THRUM_OVERLOAD_QUEUE;
  for (load.max_in_flight = 0; load.max_in_flight <= 20; load.max_in_flight += 20)
    {
      g_autoptr (Simulation) simulation = simulate_open (&load, 2, 1, &behaviour);
      g_autoptr (Sample) from_sent = sample_new (simulation, 0, TRUE);

      g_assert_cmpuint (simulation->requests->len, ==, 2000);
      for (guint i = 0; i < simulation->requests->len; i++)
        {
          const SimulatedRequest *request = get_request (simulation, i);

          assert_near ((gdouble)(request->done - request->intended),
                       5 * MS + .25 * (gdouble)request->intended, 1);
        }
      if (load.max_in_flight > 0)
        assert_near ((gdouble)from_sent->sorted[from_sent->n - 1], 20 * 5 * MS, 1);
    }
}

/* Nothing is left out because the run's end falls into a freeze: the last arrivals wait for the
 * freeze's end like any others. */
static void
test_freeze_across_the_end (void)
{
  const ThrumBehaviour behaviour = { .mean_ns = MS,
                                     .freeze_ns = FREEZE_NS,
                                     .freeze_period_ns = PERIOD_NS,
                                     .freeze_phase_ns = PERIOD_NS - FREEZE_NS / 2 };
  ThrumLoad load = open_load (FREEZE_RATE, 10, THRUM_ARRIVALS_UNIFORM);
  g_autoptr (Simulation) simulation = simulate_open (&load, 2, 1, &behaviour);
  g_autoptr (Sample) sample = sample_new (simulation, 0, FALSE);
  guint after = 0;

  for (guint i = 0; i < simulation->requests->len; i++)
    after += get_request (simulation, i)->done >= load.duration_ns;
  g_assert_cmpuint (simulation->requests->len, ==, 10000);
  /* Those that would be ready from the freeze's start on: P/2 of arrivals, and D before it. */
  g_assert_cmpuint (after, ==, 125 + 1);
  assert_freeze (sample, MS, 0, S / FREEZE_RATE, 0);
}

/* X = min (N / (S + Z), 1 / S) at one FIFO server, and N = X (R + Z) at any. */
static void
test_closed_loop (void)
{
  const guint users[] = { 1, 5, 9, 10, 11, 20, 50 };

  for (gsize i = 0; i < G_N_ELEMENTS (users); i++)
    {
      const ThrumBehaviour behaviour = { .mean_ns = 5 * MS, .is_fifo = TRUE };
      ThrumLoad load = { .duration_ns = 1000 * S, .users = users[i], .think_time_ns = 45 * MS };
      g_autoptr (Simulation) simulation = simulate_closed (&load, &behaviour);
      g_autoptr (Sample) sample = sample_new (simulation, 0, FALSE);
      gdouble rate = (gdouble)simulation->requests->len / 1000;

      assert_near (rate, MIN (users[i] / .050, 200), .001 * rate);
      assert_near (rate * (sample->mean / S + .045), users[i], .001 * users[i]);
    }
}

/* Why the open model is needed: ten paced users, as a closed-loop tool has them, see the freeze once
 * each, and their p99 not at all. */
static void
test_coordinated_omission (void)
{
  const ThrumBehaviour behaviour = { .freeze_ns = FREEZE_NS, .freeze_period_ns = PERIOD_NS };
  ThrumLoad load = { .duration_ns = 60 * S, .users = 10, .interval_ns = 10 * MS };
  g_autoptr (Simulation) simulation = simulate_closed (&load, &behaviour);
  g_autoptr (Sample) sample = sample_new (simulation, 0, FALSE);

  g_assert_cmpfloat (sample->mean, <, 1.5 * MS);
  assert_near (sample_quantile (sample, .99), 0, .5);
}

/* However many workers and lanes: arrival k at k/R exactly. */
static void
test_uniform_arrivals (void)
{
  const ThrumBehaviour behaviour = { 0 };
  ThrumLoad load = open_load (7, 1000, THRUM_ARRIVALS_UNIFORM);

  for (guint workers = 1; workers <= 4; workers++)
    for (guint lanes = 1; lanes <= 3; lanes++)
      {
        g_autoptr (Simulation) simulation = simulate_open (&load, workers, lanes, &behaviour);

        g_assert_cmpuint (simulation->requests->len, ==, 7000);
        for (guint i = 0; i < simulation->requests->len; i++)
          {
            g_assert_cmpuint (get_request (simulation, i)->number, ==, i);
            assert_near ((gdouble)get_request (simulation, i)->intended, i * S / 7, .5);
          }
      }
}

/* The merged stream of any number of workers and lanes is Poisson of the whole rate: the gaps'
 * Kolmogorov-Smirnov distance from the exponential is below its 0.1% limit, 1.95 / sqrt (n), and
 * neighbouring gaps do not know of each other. */
static void
test_poisson_arrivals (void)
{
  const ThrumBehaviour behaviour = { 0 };
  ThrumLoad load = open_load (100, 500, THRUM_ARRIVALS_POISSON);

  for (guint workers = 1; workers <= 4; workers++)
    for (guint lanes = 1; lanes <= 3; lanes++)
      {
        g_autoptr (Simulation) simulation = simulate_open (&load, workers, lanes, &behaviour);
        guint n = simulation->requests->len;
        g_autofree gdouble *gaps = g_new (gdouble, n);
        gdouble distance = 0, product = 0;

        assert_near (n, 50000, 4 * sqrt (50000));
        for (guint i = 0; i < n; i++)
          gaps[i] = (gdouble)(get_request (simulation, i)->intended
                              - (i > 0 ? get_request (simulation, i - 1)->intended : 0))
                    / S * load.rate;
        for (guint i = 1; i < n; i++)
          product += (gaps[i] - 1) * (gaps[i - 1] - 1);
        assert_near (product / n, 0, 4 / sqrt (n));

        qsort (gaps, n, sizeof *gaps, compare_doubles);
        for (guint i = 0; i < n; i++)
          {
            gdouble truth = 1 - exp (-gaps[i]);
            distance = MAX (distance, MAX (truth - i / (gdouble)n, (i + 1) / (gdouble)n - truth));
          }
        g_assert_cmpfloat (distance, <, 1.95 / sqrt (n));
      }
}

/* Erlang's B: the share of Poisson arrivals that find all @slots busy, for @load erlangs. */
static gdouble
erlang_b (gdouble load, guint slots)
{
  gdouble b = 1;

  for (guint i = 1; i <= slots; i++)
    b = load * b / (i + load * b);
  return b;
}

static void
test_conservation (void)
{
  const ThrumBehaviour behaviour = { .mean_ns = 50 * MS };
  ThrumLoad load = open_load (400, 500, THRUM_ARRIVALS_POISSON);
  g_autoptr (Simulation) simulation = NULL;
  gdouble truth = erlang_b (20, 20);

  load.max_in_flight = 20;
  simulation = simulate_open (&load, 2, 2, &behaviour);
  g_assert_cmpuint (simulation->offered, ==, simulation->requests->len + simulation->dropped);
  assert_near ((gdouble)simulation->dropped / (gdouble)simulation->offered, truth, .03 * truth);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/truth/fixed-delay", test_fixed_delay);
  g_test_add_func ("/truth/freeze-a-uniform", test_freeze_a_uniform);
  g_test_add_func ("/truth/freeze-a-poisson", test_freeze_a_poisson);
  g_test_add_func ("/truth/freeze-b", test_freeze_b);
  g_test_add_func ("/truth/d-d-1", test_d_d_1);
  g_test_add_func ("/truth/slow", test_slow);
  g_test_add_func ("/truth/queues", test_queues);
  g_test_add_func ("/truth/overload", test_overload);
  g_test_add_func ("/truth/freeze-across-the-end", test_freeze_across_the_end);
  g_test_add_func ("/truth/closed-loop", test_closed_loop);
  g_test_add_func ("/truth/coordinated-omission", test_coordinated_omission);
  g_test_add_func ("/truth/uniform-arrivals", test_uniform_arrivals);
  g_test_add_func ("/truth/poisson-arrivals", test_poisson_arrivals);
  g_test_add_func ("/truth/conservation", test_conservation);
  return g_test_run ();
}
