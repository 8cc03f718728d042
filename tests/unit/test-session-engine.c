/* SPDX-License-Identifier: MIT
 *
 * The session engine on a simulated clock, exactly: a session whose run takes as long as the test
 * says. And the watchdog on the real one.
 */
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "worker/lane/lane.h"
#include "worker/session/watchdog.h"

#define MS G_GINT64_CONSTANT (1000000)
#define S G_GINT64_CONSTANT (1000000000)

static gint64 now; /* atomic: the watchdog's thread reads it, too */
static gint64 base;
static gint64 service = 300 * MS;
static guint n_runs,
    cancel_run; /* cancel_run: the run that comes back cancelled, 1-based; 0: none */
static gboolean refuse;
static gint n_cancels; /* atomic */

static gint64
simulated_now (void)
{
  return __atomic_load_n (&now, __ATOMIC_RELAXED);
}

static void
set_now (gint64 time)
{
  __atomic_store_n (&now, time, __ATOMIC_RELAXED);
}

static gboolean
simulated_sleep (gint64 until)
{
  set_now (MAX (simulated_now (), until));
  return FALSE;
}

static void *
fake_open (void *target, const ThrumUser *user, GError **error)
{
  return &n_runs;
}

static bool
fake_run (void *session, void *request, const ThrumCall *call, ThrumReply *reply, GError **error)
{
  n_runs++;
  if (n_runs == cancel_run)
    {
      set_now (call->deadline_ns);
      reply->failure = THRUM_FAILURE_CANCELLED;
      return TRUE;
    }
  set_now (simulated_now () + service);
  if (refuse)
    {
      reply->failure = THRUM_FAILURE_CONNECT_REFUSED;
      return TRUE;
    }
  reply->status = 200;
  reply->received_bytes = 12;
  return TRUE;
}

static void
fake_cancel (void *session)
{
  g_atomic_int_inc (&n_cancels);
}

static void
fake_close (void *session)
{
}

static const ThrumSessionOps ops = {
  .open = fake_open, .run = fake_run, .cancel = fake_cancel, .close = fake_close
};
static const ThrumPlugin plugin = { THRUM_PLUGIN_HEAD, .name = "fake", .session = &ops };
static const ThrumPluginModule module = { .path = "fake", .descriptor = &plugin };

/* One lane of a config made by hand, run to its end. */
typedef struct {
  ThrumConfig config;
  ThrumTargetConfig target;
  ThrumRequestConfig request;
  gpointer nothing[1];
  ThrumWorkerShared shared;
  ThrumRegion *region;
  ThrumLane lane;
  ThrumRecord records[256];
  gsize n_records;
} Fixture;

static void
run (Fixture *f, ThrumLoad load)
{
  ThrumRing reader;
  gboolean corrupt = FALSE;

  base = thrum_clock_now ();
  thrum_clock_simulate (simulated_now, simulated_sleep);
  set_now (base - 50 * MS);
  n_runs = 0;
  f->target.module = &module;
  f->request.weight = 1;
  f->request.timeout_ns = load.timeout_ns;
  f->config.load = load;
  f->config.targets = g_ptr_array_new ();
  g_ptr_array_add (f->config.targets, &f->target);
  f->config.requests = g_ptr_array_new ();
  g_ptr_array_add (f->config.requests, &f->request);
  f->shared.config = &f->config;
  f->shared.n_workers = 1;
  f->shared.share = (ThrumShare){ 0, 1 };
  f->shared.t0 = base;
  f->shared.targets = f->shared.requests = f->nothing;
  f->shared.stop_fd = eventfd (0, EFD_CLOEXEC);
  f->shared.watchdog = thrum_watchdog_new (1, NULL);
  f->shared.control_fd = -1;

  f->region = thrum_region_new (1, 256, 0, NULL);
  f->lane.shared = &f->shared;
  f->lane.n_lanes = 1;
  f->lane.share = f->shared.share;
  f->lane.counters = thrum_region_get_counters (f->region, 0);
  f->lane.reasons = thrum_region_get_reasons (f->region);
  thrum_region_init_ring (f->region, 0, &f->lane.ring);
  thrum_region_init_ring (f->region, 0, &reader);

  g_assert_true (thrum_session_engine_open (&f->lane, NULL));
  g_assert_true (thrum_session_engine_run (&f->lane, NULL));
  thrum_session_engine_close (&f->lane);
  f->n_records = thrum_ring_take (&reader, f->records, G_N_ELEMENTS (f->records), &corrupt);
  g_assert_false (corrupt);
  g_assert_cmpuint (f->lane.counters->sent, ==, f->n_records);
  g_assert_cmpuint (f->lane.counters->done, ==, f->n_records);
  g_assert_cmpuint (f->lane.counters->offered, ==, f->n_records + f->lane.counters->dropped);
}

static void
clear (Fixture *f)
{
  thrum_watchdog_free (f->shared.watchdog);
  thrum_region_free (f->region);
  g_ptr_array_unref (f->config.targets);
  g_ptr_array_unref (f->config.requests);
  close (f->shared.stop_fd);
  thrum_clock_simulate (NULL, NULL);
  service = 300 * MS;
  cancel_run = 0;
  refuse = FALSE;
}

static void
test_pacing (void)
{
  Fixture f = { 0 };

  run (&f, (ThrumLoad){ .duration_ns = 5 * S,
                        .users = 1,
                        .interval_ns = 2 * S,
                        .timeout_ns = 30 * S,
                        .drain_ns = 30 * S });
  g_assert_cmpuint (f.n_records, ==, 3);
  for (guint i = 0; i < 3; i++)
    {
      const ThrumRecord *r = &f.records[i];
      g_assert_cmpint (r->intended - base, ==, 2 * S * i);
      g_assert_cmpint (r->slot, ==, r->intended);
      g_assert_cmpint (r->sent, ==, r->intended);
      g_assert_cmpint (r->done - r->intended, ==, 300 * MS);
      g_assert_cmpint (r->status, ==, 200);
      g_assert_cmpuint (r->failure, ==, THRUM_FAILURE_NONE);
      g_assert_cmpuint (r->received_bytes, ==, 12);
    }
  clear (&f);
}

static void
test_timeout_and_drain (void)
{
  Fixture f = { 0 };

  /* The second of the requests at 0, 2, 4 s times out after 1 s. */
  cancel_run = 2;
  run (&f, (ThrumLoad){ .duration_ns = 5 * S,
                        .users = 1,
                        .interval_ns = 2 * S,
                        .timeout_ns = 1 * S,
                        .drain_ns = 1 * S });
  g_assert_cmpuint (f.n_records, ==, 3);
  g_assert_cmpuint (f.records[1].failure, ==, THRUM_FAILURE_TIMEOUT);
  g_assert_cmpint (f.records[1].status, ==, 0);
  g_assert_cmpint (f.records[1].done - f.records[1].intended, ==, 1 * S);
  g_assert_cmpuint (f.records[2].failure, ==, THRUM_FAILURE_NONE);
  clear (&f);

  /* The third is open when the drain, 500 ms, ends at 5.5 s: unfinished, after 1.5 s. */
  memset (&f, 0, sizeof f);
  cancel_run = 3;
  run (&f, (ThrumLoad){ .duration_ns = 5 * S,
                        .users = 1,
                        .interval_ns = 2 * S,
                        .timeout_ns = 30 * S,
                        .drain_ns = 500 * MS });
  g_assert_cmpuint (f.n_records, ==, 3);
  g_assert_cmpuint (f.records[2].failure, ==, THRUM_FAILURE_UNFINISHED);
  g_assert_cmpint (f.records[2].status, ==, 0);
  g_assert_cmpint (f.records[2].done - f.records[2].intended, ==, 1500 * MS);
  clear (&f);
}

static void
test_back_off (void)
{
  static const gint64 expected[] = { 0, 10, 30, 70, 150, 310, 630, 1270, 2270 };
  Fixture f = { 0 };

  /* Nothing listens: 10, 20, 40 ... 1000 ms between the refusals. */
  service = 0;
  refuse = TRUE;
  run (&f,
       (ThrumLoad){ .duration_ns = 3 * S, .users = 1, .timeout_ns = 30 * S, .drain_ns = 30 * S });
  g_assert_cmpuint (f.n_records, ==, G_N_ELEMENTS (expected));
  for (guint i = 0; i < f.n_records; i++)
    {
      g_assert_cmpint (f.records[i].intended - base, ==, expected[i] * MS);
      g_assert_cmpuint (f.records[i].failure, ==, THRUM_FAILURE_CONNECT_REFUSED);
    }
  clear (&f);
}

static void
test_checks (void)
{
  Fixture f = { 0 };
  ThrumStatusRange range = { 300, 399 };

  f.request.expect_status = g_array_new (FALSE, FALSE, sizeof range);
  g_array_append_val (f.request.expect_status, range);
  run (&f, (ThrumLoad){ .duration_ns = 1 * S,
                        .users = 1,
                        .interval_ns = 1 * S,
                        .timeout_ns = 30 * S,
                        .drain_ns = 30 * S });
  g_assert_cmpuint (f.records[0].failure, ==, THRUM_FAILURE_CHECK);
  g_assert_cmpint (f.records[0].status, ==, 200);
  g_array_unref (f.request.expect_status);
  clear (&f);
}

static void
test_open_drop (void)
{
  Fixture f = { 0 };

  /* 10/s, 150 ms each, one session: every second arrival finds it busy. */
  service = 150 * MS;
  run (&f, (ThrumLoad){ .is_open = TRUE,
                        .duration_ns = 1 * S,
                        .rate = 10,
                        .users = 1,
                        .max_in_flight = 1,
                        .timeout_ns = 30 * S,
                        .drain_ns = 30 * S });
  g_assert_cmpuint (f.n_records, ==, 5);
  g_assert_cmpuint (f.lane.counters->dropped, ==, 5);
  for (guint i = 0; i < 5; i++)
    {
      g_assert_cmpint (f.records[i].intended - base, ==, 200 * MS * i);
      g_assert_cmpint (f.records[i].done - f.records[i].intended, ==, 150 * MS);
    }
  clear (&f);
}

static void
test_open_queue (void)
{
  Fixture f = { 0 };

  /* The same, queued: arrival i is intended at 100 i, begins at 150 i; its response grows by 50. */
  service = 150 * MS;
  run (&f, (ThrumLoad){ .is_open = TRUE,
                        .duration_ns = 1 * S,
                        .rate = 10,
                        .users = 1,
                        .overload = THRUM_OVERLOAD_QUEUE,
                        .max_in_flight = 1,
                        .timeout_ns = 30 * S,
                        .drain_ns = 30 * S });
  g_assert_cmpuint (f.n_records, ==, 10);
  g_assert_cmpuint (f.lane.counters->dropped, ==, 0);
  for (guint i = 0; i < 10; i++)
    {
      const ThrumRecord *r = &f.records[i];
      g_assert_cmpint (r->intended - base, ==, 100 * MS * i);
      g_assert_cmpint (r->slot - base, ==, 150 * MS * i);
      g_assert_cmpint (r->sent, ==, r->slot);
      g_assert_cmpint (r->done - r->intended, ==, 150 * MS + 50 * MS * i);
    }
  clear (&f);

  /* With a drain of 100 ms, what has not begun by 1.1 s is dropped, not lost from the count. */
  memset (&f, 0, sizeof f);
  service = 150 * MS;
  run (&f, (ThrumLoad){ .is_open = TRUE,
                        .duration_ns = 1 * S,
                        .rate = 10,
                        .users = 1,
                        .overload = THRUM_OVERLOAD_QUEUE,
                        .max_in_flight = 1,
                        .timeout_ns = 30 * S,
                        .drain_ns = 100 * MS });
  g_assert_cmpuint (f.n_records, ==, 8);
  g_assert_cmpuint (f.lane.counters->dropped, ==, 2);
  clear (&f);
}

static void
test_ring_pause (void)
{
  g_autoptr (ThrumRegion) region = thrum_region_new (1, 2, 0, NULL);
  ThrumWorkerShared shared = { .stop_fd = eventfd (0, EFD_CLOEXEC), .stopping = 1 };
  ThrumLane lane = { .shared = &shared,
                     .counters = thrum_region_get_counters (region, 0),
                     .reasons = thrum_region_get_reasons (region) };

  thrum_region_init_ring (region, 0, &lane.ring);
  g_assert_true (thrum_lane_await_room (&lane, 2));
  g_assert_cmpuint (lane.counters->pauses, ==, 0);
  thrum_ring_publish (&lane.ring);
  /* No room, and the run is to stop: it gives up, and the pause is counted. */
  g_assert_false (thrum_lane_await_room (&lane, 2));
  g_assert_cmpuint (lane.counters->pauses, ==, 1);
  g_assert_cmpuint (lane.counters->pause_ns, >, 0);
  close (shared.stop_fd);
}

/* Waits, within reason, until the fake session was cancelled @n times. */
static void
await_cancels (gint n)
{
  for (guint i = 0; i < 5000 && g_atomic_int_get (&n_cancels) < n; i++)
    g_usleep (1000);
  g_assert_cmpint (g_atomic_int_get (&n_cancels), >=, n);
}

static void
test_watchdog (void)
{
  ThrumWatchdog *watchdog = thrum_watchdog_new (3, NULL);
  gint seen;

  /* A later deadline armed first does not hide a sooner one; cancels repeat until disarmed. */
  g_atomic_int_set (&n_cancels, 0);
  thrum_watchdog_arm (watchdog, 0, &ops, NULL, thrum_clock_now () + 3600 * S);
  thrum_watchdog_arm (watchdog, 1, &ops, NULL, thrum_clock_now () + 5 * MS);
  await_cancels (3);
  thrum_watchdog_disarm (watchdog, 1);
  seen = g_atomic_int_get (&n_cancels);
  g_usleep (20000);
  g_assert_cmpint (g_atomic_int_get (&n_cancels), ==, seen);

  /* Stopping cancels what is armed, and what is armed later. */
  thrum_watchdog_cancel_all (watchdog);
  await_cancels (seen + 2);
  thrum_watchdog_disarm (watchdog, 0);
  seen = g_atomic_int_get (&n_cancels);
  thrum_watchdog_arm (watchdog, 2, &ops, NULL, thrum_clock_now () + 3600 * S);
  await_cancels (seen + 1);
  thrum_watchdog_disarm (watchdog, 2);
  thrum_watchdog_free (watchdog);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session-engine/pacing", test_pacing);
  g_test_add_func ("/session-engine/timeout-and-drain", test_timeout_and_drain);
  g_test_add_func ("/session-engine/back-off", test_back_off);
  g_test_add_func ("/session-engine/checks", test_checks);
  g_test_add_func ("/session-engine/open-drop", test_open_drop);
  g_test_add_func ("/session-engine/open-queue", test_open_queue);
  g_test_add_func ("/lane/ring-pause", test_ring_pause);
  g_test_add_func ("/watchdog/deadlines", test_watchdog);
  return g_test_run ();
}
