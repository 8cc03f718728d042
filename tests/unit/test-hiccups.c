/* SPDX-License-Identifier: MIT
 *
 * Which hiccups of a worker touch which of its requests, held against simulated observations.
 */
#include "run/tally/observed.h"

#define US G_GINT64_CONSTANT (1000)
#define MS G_GINT64_CONSTANT (1000000)
#define S G_GINT64_CONSTANT (1000000000)

typedef struct {
  ThrumObservation *observation;
  ThrumHiccups *hiccups;
  ThrumRunTally *tally;
} Watch;

static Watch
watch_new (void)
{
  return (Watch){ g_aligned_alloc0 (1, sizeof (ThrumObservation), 64), thrum_hiccups_new (),
                  thrum_run_tally_new (2, &(ThrumLoad){ .duration_ns = 10 * S }) };
}

static void
watch_free (Watch *watch)
{
  g_aligned_free (watch->observation);
  thrum_hiccups_free (watch->hiccups);
  thrum_run_tally_free (watch->tally);
}

static void
observe (Watch *watch, gint64 from, gint64 until)
{
  guint64 number = watch->observation->n_hiccups++;
  watch->observation->hiccups[number % THRUM_N_HICCUPS] = (ThrumHiccup){ from, until };
  watch->observation->watched_until = MAX (watch->observation->watched_until, until);
}

static void
end_request (Watch *watch, guint16 request, gint64 sent, gint64 done)
{
  ThrumRecord record = { .intended = sent - S, .sent = sent, .done = done, .request = request };
  thrum_hiccups_add (watch->hiccups, &record, watch->tally);
}

static void
poll (Watch *watch, gint64 now)
{
  thrum_hiccups_poll (watch->hiccups, watch->observation, now, watch->tally);
}

static guint64
count_longer (const Watch *watch, guint request, gint64 ns)
{
  const ThrumHistogram *histogram = watch->tally->requests[request].hiccups;
  return histogram != NULL ? thrum_histogram_count_above (histogram, ns) : 0;
}

static void
test_hiccup_overlap (void)
{
  Watch watch = watch_new ();

  observe (&watch, 1000 * MS, 1200 * MS);
  observe (&watch, 2000 * MS, 2005 * MS);
  poll (&watch, 5 * S);
  end_request (&watch, 0, 900 * MS, 1000 * MS);  /* before */
  end_request (&watch, 0, 1200 * MS, 1300 * MS); /* after */
  end_request (&watch, 0, 1100 * MS, 1230 * MS); /* 100 ms of it */
  end_request (&watch, 0, 990 * MS, 1010 * MS);  /* 10 ms */
  end_request (&watch, 0, 990 * MS, 2100 * MS);  /* both: the longer */
  end_request (&watch, 1, 2004 * MS, 2013 * MS); /* 1 ms, of another kind */
  end_request (&watch, 1, 2004 * MS, 2015 * MS); /* 1 ms, less than a tenth of its own time */
  poll (&watch, 5 * S);
  thrum_hiccups_finish (watch.hiccups, watch.tally);
  g_assert_cmpuint (count_longer (&watch, 0, 0), ==, 3);
  g_assert_cmpuint (count_longer (&watch, 0, 20 * MS), ==, 2);
  g_assert_cmpuint (count_longer (&watch, 0, 150 * MS), ==, 1);
  g_assert_cmpuint (count_longer (&watch, 0, 201 * MS), ==, 0);
  g_assert_cmpuint (count_longer (&watch, 1, 0), ==, 1);
  g_assert_cmpuint (thrum_hiccups_get_count (watch.hiccups), ==, 2);
  g_assert_cmpint (thrum_hiccups_get_total (watch.hiccups), ==, 205 * MS);
  g_assert_cmpint (thrum_hiccups_get_longest (watch.hiccups), ==, 200 * MS);
  watch_free (&watch);
}

/* Where the kernel stamped the reply its service time holds no hiccup, unless the request took more of us
 * than to send it. */
static void
test_hiccup_stamped (void)
{
  static const struct {
    ThrumRecord record;
    guint64 touched;
  } cases[] = {
    { { .flags = 0 }, 1 },
    { { .flags = THRUM_RECORD_KERNEL_DONE }, 0 },
    { { .flags = THRUM_RECORD_KERNEL_DONE, .connected = 1000 * MS }, 1 },
    { { .flags = THRUM_RECORD_KERNEL_DONE, .redirects = 1 }, 1 },
    { { .flags = THRUM_RECORD_KERNEL_DONE, .resent = 1 }, 1 },
    { { .flags = THRUM_RECORD_KERNEL_DONE, .received_bytes = 65536 }, 0 },
    { { .flags = THRUM_RECORD_KERNEL_DONE, .received_bytes = 65537 }, 1 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Watch watch = watch_new ();
      ThrumRecord record = cases[i].record;

      record.sent = 990 * MS;
      record.done = record.read = 1210 * MS;
      observe (&watch, 1000 * MS, 1200 * MS);
      poll (&watch, 5 * S);
      thrum_hiccups_add (watch.hiccups, &record, watch.tally);
      thrum_hiccups_finish (watch.hiccups, watch.tally);
      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_cmpuint (count_longer (&watch, 0, 100 * MS), ==, cases[i].touched);
      watch_free (&watch);
    }
}

/* The total by lengths: what bunches arrivals is told from what every machine does. */
static void
test_hiccup_lengths (void)
{
  Watch watch = watch_new ();
  ThrumObserved observed;

  observe (&watch, 1000 * MS, 1200 * MS);
  for (gint64 i = 0; i < 50; i++)
    observe (&watch, 2000 * MS + 10 * i * MS, 2002 * MS + 10 * i * MS);
  watch.observation->wall_ns = 10 * S;
  poll (&watch, 5 * S);
  observed = thrum_observed_of (watch.observation, watch.hiccups);
  g_assert_cmpfloat_with_epsilon (thrum_observed_get_stalled (&observed, 0), 0.03, 1e-9);
  g_assert_cmpfloat_with_epsilon (thrum_observed_get_stalled (&observed, MS), 0.03, 1e-9);
  g_assert_cmpfloat_with_epsilon (thrum_observed_get_stalled (&observed, 5 * MS), 0.02, 1e-9);
  g_assert_cmpfloat_with_epsilon (thrum_observed_get_stalled (&observed, 150 * MS), 0.02, 1e-9);
  g_assert_cmpfloat_with_epsilon (thrum_observed_get_stalled (&observed, S), 0, 1e-9);
  watch_free (&watch);
}

/* A request's record may come before the hiccup that made it late. */
static void
test_hiccup_order (void)
{
  Watch watch = watch_new ();

  watch.observation->watched_until = 999 * MS;
  poll (&watch, 1000 * MS);
  for (gint64 i = 0; i < 1000; i++) /* more than the first ring of waiting ones holds */
    end_request (&watch, 0, 1000 * MS, 1150 * MS + i);
  g_assert_cmpuint (count_longer (&watch, 0, 0), ==, 0);
  poll (&watch, 1200 * MS);
  g_assert_cmpuint (count_longer (&watch, 0, 0), ==, 0);
  observe (&watch, 1000 * MS, 1140 * MS);
  watch.observation->watched_until = 1149 * MS;
  poll (&watch, 1300 * MS);
  g_assert_cmpuint (count_longer (&watch, 0, 0), ==, 0);
  watch.observation->watched_until = 1151 * MS;
  poll (&watch, 1300 * MS);
  g_assert_cmpuint (count_longer (&watch, 0, 100 * MS), ==, 1000);
  /* Settled once, and never again. */
  thrum_hiccups_finish (watch.hiccups, watch.tally);
  g_assert_cmpuint (count_longer (&watch, 0, 0), ==, 1000);
  watch_free (&watch);
}

/* Memory that a plugin's wild write has hit, and more than is kept. */
static void
test_hiccup_hostile (void)
{
  Watch watch = watch_new ();

  observe (&watch, 50 * MS, 40 * MS);
  observe (&watch, 60 * MS, 70 * MS);
  observe (&watch, 10 * MS, 65 * MS); /* begins within the one before */
  observe (&watch, 80 * MS, 999 * S); /* in the future */
  poll (&watch, S);
  g_assert_cmpuint (thrum_hiccups_get_count (watch.hiccups), ==, 1);

  watch.observation->n_hiccups = G_MAXUINT64;
  poll (&watch, S);
  g_assert_cmpuint (thrum_hiccups_get_count (watch.hiccups), <=, 1 + THRUM_N_HICCUPS);
  watch.observation->n_hiccups = 3;
  poll (&watch, S);

  /* Nothing settles: the oldest go first, and no memory grows without end. */
  watch.observation->watched_until = 0;
  for (gint64 i = 0; i < 200000; i++)
    end_request (&watch, 0, 2 * S + i, 3 * S + i);
  thrum_hiccups_finish (watch.hiccups, watch.tally);
  watch_free (&watch);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hiccups/overlap", test_hiccup_overlap);
  g_test_add_func ("/hiccups/stamped", test_hiccup_stamped);
  g_test_add_func ("/hiccups/lengths", test_hiccup_lengths);
  g_test_add_func ("/hiccups/order", test_hiccup_order);
  g_test_add_func ("/hiccups/hostile", test_hiccup_hostile);
  return g_test_run ();
}
