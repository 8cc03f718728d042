/* SPDX-License-Identifier: MIT
 *
 * The thread that cancels blocking calls. It scans the guards and does not sort them: with one
 * timeout for all, it wakes once a timeout, however many requests there were.
 *
 * arm () and the scan agree without a lock. arm () stores its deadline, then reads wake_at; the
 * thread stores wake_at, then reads the deadlines once more. One of the two sees the other's
 * store, so no deadline that is sooner than the end of the sleep is missed. The locks are
 * pthread's, because ThreadSanitizer does not see GLib's.
 */
#include "worker/session/watchdog.h"

#include <pthread.h>
#include <time.h>

#include "base/clock.h"
#include "worker/lane/control.h"

#define NS_PER_S G_GINT64_CONSTANT (1000000000)
#define REPEAT_NS (2 * G_GINT64_CONSTANT (1000000))

typedef struct {
  pthread_mutex_t lock __attribute__ ((aligned (64))); /* held while a cancel runs, and to disarm */
  gint64 deadline;                                     /* atomic; 0: not armed */
  const ThrumSessionOps *ops;
  void *session;
} Guard;

struct _ThrumWatchdog {
  Guard *guards;
  guint n_guards;
  GThread *thread;
  pthread_mutex_t lock; /* of what follows, and held by the thread but in its wait */
  pthread_cond_t wake;
  gint64 wake_at; /* atomic: when the thread will look next */
  gboolean poked;
  gboolean ending;
  gint cancel_all; /* atomic */
};

static gint64
guard_deadline (Guard *guard)
{
  return __atomic_load_n (&guard->deadline, __ATOMIC_SEQ_CST);
}

/* Cancels @guard's call if it is due at @now. */
static void
cancel_if_due (ThrumWatchdog *watchdog, Guard *guard, gint64 now)
{
  gint64 deadline;

  pthread_mutex_lock (&guard->lock);
  deadline = guard_deadline (guard);
  if (deadline != 0
      && (deadline <= now || __atomic_load_n (&watchdog->cancel_all, __ATOMIC_SEQ_CST)))
    guard->ops->cancel (guard->session);
  pthread_mutex_unlock (&guard->lock);
}

/* Cancels what is due and says when to look again. */
static gint64
scan (ThrumWatchdog *watchdog, gboolean cancel)
{
  gint64 now = thrum_clock_now (), next = G_MAXINT64;
  gboolean all = __atomic_load_n (&watchdog->cancel_all, __ATOMIC_SEQ_CST);

  for (guint i = 0; i < watchdog->n_guards; i++)
    {
      Guard *guard = &watchdog->guards[i];
      gint64 deadline = guard_deadline (guard);

      if (deadline == 0)
        continue;
      if (!all && deadline > now)
        {
          next = MIN (next, deadline);
          continue;
        }
      if (cancel)
        cancel_if_due (watchdog, guard, now);
      next = MIN (next, now + REPEAT_NS);
    }
  return next;
}

/* FALSE: @time has come. Holds the lock before and after. */
static gboolean
wait_until (ThrumWatchdog *watchdog, gint64 time)
{
  const struct timespec at = { .tv_sec = time / NS_PER_S, .tv_nsec = time % NS_PER_S };

  return pthread_cond_clockwait (&watchdog->wake, &watchdog->lock, CLOCK_MONOTONIC, &at) == 0;
}

static gpointer
watch (gpointer data)
{
  ThrumWatchdog *watchdog = data;

  pthread_mutex_lock (&watchdog->lock);
  while (!watchdog->ending)
    {
      gint64 next = scan (watchdog, TRUE);

      __atomic_store_n (&watchdog->wake_at, next, __ATOMIC_SEQ_CST);
      if (scan (watchdog, FALSE) < next)
        continue;
      if (next == G_MAXINT64)
        {
          while (!watchdog->poked && !watchdog->ending)
            pthread_cond_wait (&watchdog->wake, &watchdog->lock);
        }
      else
        {
          while (!watchdog->poked && !watchdog->ending && wait_until (watchdog, next))
            ;
        }
      watchdog->poked = FALSE;
    }
  pthread_mutex_unlock (&watchdog->lock);
  return NULL;
}

static void
poke (ThrumWatchdog *watchdog)
{
  pthread_mutex_lock (&watchdog->lock);
  watchdog->poked = TRUE;
  pthread_cond_signal (&watchdog->wake);
  pthread_mutex_unlock (&watchdog->lock);
}

ThrumWatchdog *
thrum_watchdog_new (guint n_guards, GError **error)
{
  ThrumWatchdog *watchdog = g_new0 (ThrumWatchdog, 1);

  watchdog->n_guards = n_guards;
  watchdog->guards = g_aligned_alloc0 (n_guards, sizeof (Guard), 64);
  watchdog->wake_at = G_MAXINT64;
  pthread_mutex_init (&watchdog->lock, NULL);
  pthread_cond_init (&watchdog->wake, NULL);
  for (guint i = 0; i < n_guards; i++)
    pthread_mutex_init (&watchdog->guards[i].lock, NULL);
  watchdog->thread = g_thread_try_new ("watchdog", watch, watchdog, error);
  if (watchdog->thread == NULL)
    {
      g_prefix_error (error, THRUM_NO_THREAD);
      thrum_watchdog_free (watchdog);
      return NULL;
    }
  return watchdog;
}

void
thrum_watchdog_free (ThrumWatchdog *watchdog)
{
  if (watchdog->thread != NULL)
    {
      pthread_mutex_lock (&watchdog->lock);
      watchdog->ending = TRUE;
      pthread_cond_signal (&watchdog->wake);
      pthread_mutex_unlock (&watchdog->lock);
      g_thread_join (watchdog->thread);
    }
  for (guint i = 0; i < watchdog->n_guards; i++)
    pthread_mutex_destroy (&watchdog->guards[i].lock);
  pthread_mutex_destroy (&watchdog->lock);
  pthread_cond_destroy (&watchdog->wake);
  g_aligned_free (watchdog->guards);
  g_free (watchdog);
}

void
thrum_watchdog_arm (ThrumWatchdog *watchdog, guint index, const ThrumSessionOps *ops, void *session,
                    gint64 deadline)
{
  Guard *guard = &watchdog->guards[index];

  guard->ops = ops;
  guard->session = session;
  __atomic_store_n (&guard->deadline, deadline, __ATOMIC_SEQ_CST);
  if (deadline < __atomic_load_n (&watchdog->wake_at, __ATOMIC_SEQ_CST)
      || __atomic_load_n (&watchdog->cancel_all, __ATOMIC_RELAXED))
    poke (watchdog);
}

void
thrum_watchdog_disarm (ThrumWatchdog *watchdog, guint index)
{
  Guard *guard = &watchdog->guards[index];

  pthread_mutex_lock (&guard->lock);
  __atomic_store_n (&guard->deadline, 0, __ATOMIC_SEQ_CST);
  pthread_mutex_unlock (&guard->lock);
}

void
thrum_watchdog_cancel_all (ThrumWatchdog *watchdog)
{
  __atomic_store_n (&watchdog->cancel_all, 1, __ATOMIC_SEQ_CST);
  poke (watchdog);
}
