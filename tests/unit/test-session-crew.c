/* SPDX-License-Identifier: MIT
 *
 * The sessions of a worker in the open model, on a clock that stands still until the test moves it, and
 * with a service that answers when the test says so. Each test sees every thread where it must be before
 * it goes on, so nothing depends on the machine.
 */
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "worker/lane/control.h"
#include "worker/lane/lane.h"
#include "worker/session/watchdog.h"

#define S G_GINT64_CONSTANT (1000000000)

static gint64 t0; /* the real clock's, since the watchdog waits by that */

/* The world of the fake service, under its lock. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static gint64 now;
static gboolean is_answering;           /* else calls wait */
static guint n_opens, n_closes, n_runs; /* ever */
static guint n_running, n_ended;
static guint most_opens;    /* further sessions can't be opened; 0: no limit */
static guint failing_run;   /* this call is an error of ours; 0: none */
static guint64 most_memory; /* 0: no limit */
static guint users_of[64];  /* by calls: whose session it was */

static gint64
still_now (void)
{
  gint64 time;

  pthread_mutex_lock (&lock);
  time = now;
  pthread_mutex_unlock (&lock);
  return time;
}

static gboolean
sleep_still (gint64 until)
{
  pthread_mutex_lock (&lock);
  while (now < until)
    pthread_cond_wait (&changed, &lock);
  pthread_mutex_unlock (&lock);
  return FALSE;
}

/* Waits until @counter is @n. */
static void
await (const guint *counter, guint n)
{
  pthread_mutex_lock (&lock);
  while (*counter < n)
    pthread_cond_wait (&changed, &lock);
  g_assert_cmpuint (*counter, ==, n);
  pthread_mutex_unlock (&lock);
}

static void
set_world (gint64 time, gboolean answers)
{
  pthread_mutex_lock (&lock);
  now = t0 + time;
  is_answering = answers;
  pthread_cond_broadcast (&changed);
  pthread_mutex_unlock (&lock);
}

static void *
fake_open (void *target, const ThrumUser *user, GError **error)
{
  guint64 *session = NULL;

  pthread_mutex_lock (&lock);
  if (most_opens == 0 || n_opens < most_opens)
    {
      n_opens++;
      session = g_new (guint64, 1);
      *session = user->number;
    }
  pthread_mutex_unlock (&lock);
  if (session == NULL)
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_MFILE, "out of descriptors");
  return session;
}

static bool
fake_run (void *session, void *request, const ThrumCall *call, ThrumReply *reply, GError **error)
{
  gboolean fails;

  pthread_mutex_lock (&lock);
  users_of[n_runs++] = (guint) * (guint64 *)session;
  fails = n_runs == failing_run;
  n_running++;
  pthread_cond_broadcast (&changed);
  while (!is_answering && !fails)
    pthread_cond_wait (&changed, &lock);
  n_running--;
  n_ended++;
  pthread_cond_broadcast (&changed);
  pthread_mutex_unlock (&lock);
  if (fails)
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "broken");
  reply->status = 200;
  return !fails;
}

static void
fake_cancel (void *session)
{
  pthread_mutex_lock (&lock);
  is_answering = TRUE;
  pthread_cond_broadcast (&changed);
  pthread_mutex_unlock (&lock);
}

static void
fake_close (void *session)
{
  pthread_mutex_lock (&lock);
  n_closes++;
  pthread_mutex_unlock (&lock);
  g_free (session);
}

static const ThrumSessionOps ops = {
  .open = fake_open, .run = fake_run, .cancel = fake_cancel, .close = fake_close
};
static const ThrumPlugin plugin = { THRUM_PLUGIN_HEAD, .name = "fake", .session = &ops };
static const ThrumPluginModule module = { .path = "fake", .descriptor = &plugin };

/* A worker with one lane, whose schedule a thread of its own runs. */
typedef struct {
  ThrumConfig config;
  ThrumTargetConfig target;
  ThrumRequestConfig request;
  gpointer nothing[1];
  ThrumWorkerShared shared;
  ThrumRegion *region;
  ThrumLane lane;
  gint told_fd; /* what the worker says */
  GThread *thread;
  GError *error;
  gboolean ok;
} Fixture;

static gpointer
lane_thread (gpointer data)
{
  Fixture *f = data;

  f->ok = thrum_session_engine_run (&f->lane, &f->error);
  thrum_session_engine_close (&f->lane);
  return NULL;
}

/* @rate per second for one second, with @slots. */
static void
start (Fixture *f, gdouble rate, guint slots, ThrumOverload overload)
{
  gint sockets[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET, 0, sockets), ==, 0);
  f->told_fd = sockets[0];
  t0 = thrum_clock_now ();
  now = t0 - 1;
  is_answering = FALSE;
  n_opens = n_closes = n_runs = n_running = n_ended = 0;
  thrum_clock_simulate (still_now, sleep_still);
  f->target.module = &module;
  f->request.weight = 1;
  f->request.timeout_ns = 30 * S;
  f->config.load = (ThrumLoad){ .is_open = TRUE,
                                .duration_ns = S,
                                .rate = rate,
                                .users = slots,
                                .max_in_flight = slots,
                                .overload = overload,
                                .timeout_ns = 30 * S,
                                .drain_ns = 30 * S };
  f->config.targets = g_ptr_array_new ();
  g_ptr_array_add (f->config.targets, &f->target);
  f->config.requests = g_ptr_array_new ();
  g_ptr_array_add (f->config.requests, &f->request);
  f->shared = (ThrumWorkerShared){ .config = &f->config,
                                   .n_workers = 1,
                                   .share = { 0, 1 },
                                   .t0 = t0,
                                   .targets = f->nothing,
                                   .requests = f->nothing,
                                   .stop_fd = eventfd (0, EFD_CLOEXEC),
                                   .control_fd = sockets[1],
                                   .most_memory = most_memory,
                                   .watchdog = thrum_watchdog_new (slots, NULL) };
  f->region = thrum_region_new (1, 256, slots, NULL);
  f->lane = (ThrumLane){ .shared = &f->shared,
                         .n_lanes = 1,
                         .share = f->shared.share,
                         .counters = thrum_region_get_counters (f->region, 0),
                         .reasons = thrum_region_get_reasons (f->region),
                         .slots = thrum_region_get_slots (f->region, 0),
                         .n_slots = slots };
  thrum_region_init_ring (f->region, 0, &f->lane.ring);
  if (!thrum_session_engine_open (&f->lane, &f->error))
    return;
  f->thread = g_thread_new ("lane", lane_thread, f);
}

/* The run comes to its end; @sent and @dropped: what became of its arrivals. */
static void
finish (Fixture *f, guint sent, guint dropped)
{
  ThrumRecord records[256];
  ThrumRing reader;
  gboolean corrupt = FALSE;
  guint64 intended = 0;

  g_thread_join (f->thread);
  thrum_region_init_ring (f->region, 0, &reader);
  g_assert_cmpuint (thrum_ring_take (&reader, records, 256, &corrupt), ==, sent);
  g_assert_cmpuint (f->lane.counters->sent, ==, sent);
  g_assert_cmpuint (f->lane.counters->done, ==, sent);
  g_assert_cmpuint (f->lane.counters->dropped, ==, dropped);
  g_assert_cmpuint (f->lane.counters->offered, ==, sent + dropped);
  for (guint i = 0; i < sent; i++)
    {
      guint n_alike = 0;

      g_assert_cmpint (records[i].intended, <=, records[i].slot);
      g_assert_cmpint (records[i].slot, <=, records[i].sent);
      for (guint k = 0; k < sent; k++)
        n_alike += records[k].user == records[i].user;
      g_assert_cmpuint (n_alike, ==, 1);
      intended += (guint64)(records[i].intended - t0);
    }
  g_assert_cmpuint (intended, <=, (guint64)sent * (guint64)S);
  for (guint i = 0; i < f->lane.n_slots; i++)
    g_assert_cmpuint (f->lane.slots[i].taken, ==, 0);
}

static void
clear (Fixture *f)
{
  g_assert_cmpuint (n_closes, ==, n_opens);
  thrum_watchdog_free (f->shared.watchdog);
  thrum_region_free (f->region);
  g_ptr_array_unref (f->config.targets);
  g_ptr_array_unref (f->config.requests);
  g_clear_error (&f->error);
  close (f->shared.stop_fd);
  close (f->shared.control_fd);
  close (f->told_fd);
  thrum_clock_simulate (NULL, NULL);
  most_opens = failing_run = 0;
  most_memory = 0;
}

/* At a low rate one session, and so one connection, does all. */
static void
test_used_last_first (void)
{
  Fixture f = { 0 };

  start (&f, 10, 50, THRUM_OVERLOAD_DROP);
  for (guint i = 0; i < 10; i++)
    {
      guint64 done;

      set_world (i * S / 10, TRUE);
      await (&n_ended, i + 1);
      do
        done = thrum_counter_get (&f.lane.counters->done);
      while (done < i + 1); /* what follows is under one lock with this */
    }
  set_world (S, TRUE);
  finish (&f, 10, 0);
  for (guint i = 1; i < 10; i++)
    g_assert_cmpuint (users_of[i], ==, users_of[0]);
  g_assert_cmpuint (n_opens, <=, 6);
  clear (&f);
}

/* Arrivals that come while others are under way get sessions of their own, as far as there may be. */
static void
test_grows (void)
{
  static const struct {
    guint slots, running, sent, dropped;
    ThrumOverload overload;
  } cases[] = { { 50, 20, 20, 0, THRUM_OVERLOAD_DROP }, { 20, 20, 20, 0, THRUM_OVERLOAD_DROP },
                { 12, 12, 12, 8, THRUM_OVERLOAD_DROP }, { 12, 12, 20, 0, THRUM_OVERLOAD_QUEUE },
                { 3, 3, 3, 17, THRUM_OVERLOAD_DROP },   { 1, 1, 1, 19, THRUM_OVERLOAD_DROP } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Fixture f = { 0 };

      start (&f, 20, cases[i].slots, cases[i].overload);
      g_assert_cmpuint (n_opens, ==, MIN (4, cases[i].slots));
      set_world (S - 1, FALSE);
      await (&n_running, cases[i].running);
      set_world (S, TRUE);
      finish (&f, cases[i].sent, cases[i].dropped);
      g_assert_cmpuint (n_opens, <=, MIN (cases[i].running + 4, cases[i].slots));
      clear (&f);
    }
}

/* For want of descriptors, or threads, the run goes on with the sessions that there are. */
static void
test_no_more_sessions (void)
{
  Fixture f = { 0 };
  ThrumControlMessage message;

  most_opens = 6;
  start (&f, 20, 50, THRUM_OVERLOAD_DROP);
  set_world (S - 1, FALSE);
  await (&n_running, 6);
  g_assert_true (thrum_control_receive (f.told_fd, &message));
  g_assert_cmpuint (message.type, ==, THRUM_CONTROL_SHORT);
  g_assert_cmpint (message.value, ==, 6);
  g_assert_nonnull (strstr (message.text, "goes on with 6 sessions"));
  g_assert_nonnull (strstr (message.text, "out of descriptors"));
  set_world (S, TRUE);
  finish (&f, 6, 14);
  clear (&f);

  /* Of memory: the first ones there are, whatever they take. */
  memset (&f, 0, sizeof f);
  most_memory = 1;
  start (&f, 20, 50, THRUM_OVERLOAD_DROP);
  set_world (S - 1, FALSE);
  await (&n_running, 4);
  g_assert_true (thrum_control_receive (f.told_fd, &message));
  g_assert_cmpint (message.value, ==, 4);
  g_assert_nonnull (strstr (message.text, "half the memory"));
  set_world (S, TRUE);
  finish (&f, 4, 16);
  clear (&f);

  /* Not one of the first ones: then it does not start. */
  memset (&f, 0, sizeof f);
  most_opens = 2;
  start (&f, 20, 50, THRUM_OVERLOAD_DROP);
  g_assert_null (f.thread);
  g_assert_error (f.error, G_FILE_ERROR, G_FILE_ERROR_MFILE);
  thrum_session_engine_close (&f.lane);
  clear (&f);
}

/* A plugin's error ends all; a stop ends what is under way and drops what is due. */
static void
test_ends (void)
{
  Fixture f = { 0 };
  guint64 one = 1;

  failing_run = 7;
  start (&f, 20, 50, THRUM_OVERLOAD_DROP);
  set_world (S - 1, FALSE);
  await (&n_ended, 1);
  set_world (S, TRUE);
  g_thread_join (f.thread);
  g_assert_false (f.ok);
  g_assert_error (f.error, G_FILE_ERROR, G_FILE_ERROR_FAILED);
  clear (&f);

  memset (&f, 0, sizeof f);
  start (&f, 20, 5, THRUM_OVERLOAD_QUEUE);
  set_world (S / 2, FALSE);
  await (&n_running, 5);
  __atomic_store_n (&f.shared.stopping, 1, __ATOMIC_SEQ_CST);
  g_assert_cmpint (write (f.shared.stop_fd, &one, sizeof one), ==, sizeof one);
  thrum_watchdog_cancel_all (f.shared.watchdog);
  finish (&f, 5, 6); /* arrivals 0 to 10 were due */
  clear (&f);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) first = NULL;

  /* ThreadSanitizer does not see how GLib sets its table of errors up. */
  g_set_error (&first, G_FILE_ERROR, G_FILE_ERROR_FAILED, "none");
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session-crew/used-last-first", test_used_last_first);
  g_test_add_func ("/session-crew/grows", test_grows);
  g_test_add_func ("/session-crew/no-more-sessions", test_no_more_sessions);
  g_test_add_func ("/session-crew/ends", test_ends);
  return g_test_run ();
}
