/* SPDX-License-Identifier: MIT
 *
 * A run in simulated time: thrum's schedules drive the target's model, and thrum's histogram counts
 * what comes of it. Owns the event order of both load models, which the engines otherwise get from
 * the clock; knows no closed form. One thread; no waiting, no sockets.
 */
#include "simulate.h"

#include <math.h>
#include <stdlib.h>

#include "stats/histogram.h"

static Simulation *
simulation_new (void)
{
  Simulation *simulation = g_new0 (Simulation, 1);

  simulation->requests = g_array_new (FALSE, TRUE, sizeof (SimulatedRequest));
  return simulation;
}

void
simulation_free (Simulation *simulation)
{
  g_array_unref (simulation->requests);
  g_free (simulation);
}

static gint
compare_requests (gconstpointer a, gconstpointer b)
{
  const SimulatedRequest *x = a, *y = b;

  if (x->intended != y->intended)
    return x->intended < y->intended ? -1 : 1;
  return (x->number > y->number) - (x->number < y->number);
}

/* Every lane's arrivals, merged in the order of their instants. */
static GArray *
merge_arrivals (const ThrumLoad *load, guint n_workers, guint n_lanes)
{
  GArray *arrivals = g_array_new (FALSE, TRUE, sizeof (SimulatedRequest));

  for (guint worker = 0; worker < n_workers; worker++)
    for (guint lane = 0; lane < n_lanes; lane++)
      {
        ThrumShare share = thrum_share_split ((ThrumShare){ worker, n_workers }, lane, n_lanes);
        SimulatedRequest arrival = { 0 };
        ThrumArrivalStream stream;

        thrum_arrival_stream_init (&stream, load, share);
        while ((arrival.intended = thrum_arrival_stream_next (&stream, &arrival.number))
               != THRUM_NEVER)
          g_array_append_val (arrivals, arrival);
      }
  g_array_sort (arrivals, compare_requests);
  return arrivals;
}

/* The slot that is free first. */
static guint
first_free (const gint64 *slots, guint n)
{
  guint first = 0;

  for (guint i = 1; i < n; i++)
    if (slots[i] < slots[first])
      first = i;
  return first;
}

Simulation *
simulate_open (const ThrumLoad *load, guint n_workers, guint n_lanes,
               const ThrumBehaviour *behaviour)
{
  g_autoptr (GArray) arrivals = merge_arrivals (load, n_workers, n_lanes);
  g_autofree gint64 *slots = g_new0 (gint64, load->max_in_flight);
  Simulation *simulation = simulation_new ();
  gint64 server_free = 0;

  for (guint i = 0; i < arrivals->len; i++)
    {
      SimulatedRequest request = g_array_index (arrivals, SimulatedRequest, i);
      guint slot = first_free (slots, load->max_in_flight);

      simulation->offered++;
      request.sent = request.intended;
      if (load->max_in_flight > 0 && slots[slot] > request.intended)
        {
          if (load->overload == THRUM_OVERLOAD_DROP)
            {
              simulation->dropped++;
              continue;
            }
          request.sent = slots[slot];
        }
      request.service = thrum_behaviour_service (behaviour, 0, simulation->requests->len);
      request.done = thrum_behaviour_due (behaviour, &server_free, request.sent, request.service);
      if (load->max_in_flight > 0)
        slots[slot] = request.done;
      g_array_append_val (simulation->requests, request);
    }
  return simulation;
}

Simulation *
simulate_closed (const ThrumLoad *load, const ThrumBehaviour *behaviour)
{
  g_autofree gint64 *next = g_new0 (gint64, load->users);
  Simulation *simulation = simulation_new ();
  gint64 server_free = 0;

  for (guint user = 0; user < load->users; user++)
    next[user] = thrum_plan_user_next (load, user, -1, 0);
  for (;;)
    {
      guint user = first_free (next, load->users);
      SimulatedRequest request = { .number = user, .intended = next[user], .sent = next[user] };

      if (request.intended == THRUM_NEVER)
        return simulation;
      simulation->offered++;
      request.service = thrum_behaviour_service (behaviour, 0, simulation->requests->len);
      request.done = thrum_behaviour_due (behaviour, &server_free, request.sent, request.service);
      g_array_append_val (simulation->requests, request);
      next[user] = thrum_plan_user_next (load, user, request.intended, request.done);
    }
}

static gint
compare_times (gconstpointer a, gconstpointer b)
{
  gint64 x = *(const gint64 *)a, y = *(const gint64 *)b;

  return (x > y) - (x < y);
}

gdouble
sample_quantile (const Sample *sample, gdouble q)
{
  gsize rank = (gsize)ceil ((gdouble)sample->n * q);

  return (gdouble)sample->sorted[MAX (rank, 1) - 1];
}

static void
assert_histogram_agrees (const Sample *sample, const ThrumHistogram *histogram)
{
  const gdouble quantiles[] = { .01, .5, .9, .95, .99, .999, .9999, 1 };

  g_assert_cmpuint (thrum_histogram_get_count (histogram), ==, sample->n);
  g_assert_cmpint (thrum_histogram_get_min (histogram), ==, sample->sorted[0]);
  g_assert_cmpint (thrum_histogram_get_max (histogram), ==, sample->sorted[sample->n - 1]);
  g_assert_cmpfloat_with_epsilon (thrum_histogram_get_mean (histogram), sample->mean,
                                  sample->mean * 1e-9);
  for (gsize i = 0; i < G_N_ELEMENTS (quantiles); i++)
    {
      gdouble exact = sample_quantile (sample, quantiles[i]);
      gdouble bound = (gdouble)thrum_histogram_get_error ((gint64)exact) + 1;

      g_assert_cmpfloat (bound, <=, exact * .004 + 1);
      g_assert_cmpfloat_with_epsilon (
          (gdouble)thrum_histogram_get_quantile (histogram, quantiles[i]), exact, bound);
    }
}

Sample *
sample_new (const Simulation *simulation, gint64 warm_up, gboolean from_sent)
{
  g_autoptr (ThrumHistogram) histogram = thrum_histogram_new ();
  Sample *sample = g_new0 (Sample, 1);
  gdouble sum = 0;

  sample->sorted = g_new (gint64, simulation->requests->len);
  for (guint i = 0; i < simulation->requests->len; i++)
    {
      const SimulatedRequest *request = &g_array_index (simulation->requests, SimulatedRequest, i);
      gint64 time = request->done - (from_sent ? request->sent : request->intended);

      if (request->intended < warm_up)
        continue;
      sample->sorted[sample->n++] = time;
      sum += (gdouble)time;
      thrum_histogram_add (histogram, time);
    }
  g_assert_cmpuint (sample->n, >, 0);
  sample->mean = sum / (gdouble)sample->n;
  qsort (sample->sorted, sample->n, sizeof *sample->sorted, compare_times);
  assert_histogram_agrees (sample, histogram);
  return sample;
}

void
sample_free (Sample *sample)
{
  g_free (sample->sorted);
  g_free (sample);
}
