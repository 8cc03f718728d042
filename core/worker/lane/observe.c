/* SPDX-License-Identifier: MIT
 *
 * Watches the worker from a thread of its own. That thread alone writes the observation, and
 * nobody in the worker reads it. Knows nothing of lanes or requests: the coordinator finds out
 * what hiccups did to them.
 */
#include "worker/lane/observe.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "worker/lane/control.h"

/* The ticker's period; doubled, up to the longest, as long as it costs more than its share of a core:
 * where waking is dear, on a busy or a virtual machine, fewer ticks must do. */
#define TICK_NS G_GINT64_CONSTANT (1000000)
#define LONGEST_TICK_NS (8 * TICK_NS)
#define COST_SHARE 0.004
#define TICKS_TO_JUDGE 100

#define NS_PER_S G_GINT64_CONSTANT (1000000000)

/* A reading may cost a thousandth of the time between two: with very many threads they are rarer. */
#define READING_COST 1000

/* CPU time and waiting time of the process's threads but this one, since they were made, and how long
 * lanes have spun. */
typedef struct {
  gint64 at;
  guint64 cpu, delay, spun;
} Reading;

struct _ThrumObserver {
  ThrumRegion *region;
  ThrumObservation *observation;
  guint n_lanes;
  GThread *thread;
  gint64 t0, end;

  GMutex lock; /* of what follows */
  GCond changed;
  gboolean started;
  gint ending; /* atomic, too */
};

static gboolean
is_ending (ThrumObserver *observer)
{
  return __atomic_load_n (&observer->ending, __ATOMIC_ACQUIRE);
}

/* CPU time, ns. */
static gint64
read_cpu (clockid_t clock)
{
  struct timespec ts = { 0 };

  clock_gettime (clock, &ts);
  return (gint64)ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

/* "RAN WAITED SLICES", ns, of one thread. */
static void
add_thread (int task_fd, const char *id, Reading *reading)
{
  gchar path[64], text[96], *rest;
  gssize got;
  int fd;

  g_snprintf (path, sizeof path, "%s/schedstat", id);
  fd = openat (task_fd, path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return;
  got = read (fd, text, sizeof text - 1);
  close (fd);
  if (got <= 0)
    return;
  text[got] = '\0';
  strtoull (text, &rest, 10);
  reading->delay += strtoull (rest, NULL, 10);
}

/* CPU time is that of the process's clock, which counts threads that have ended, too, and is there
 * on every kernel. */
static void
read_threads (ThrumObserver *observer, Reading *reading)
{
  DIR *directory = opendir ("/proc/self/task");
  g_autofree gchar *self = g_strdup_printf ("%d", (int)gettid ());
  struct dirent *entry;

  *reading = (Reading){ .at = thrum_clock_now () };
  while (directory != NULL && (entry = readdir (directory)) != NULL)
    if (g_ascii_isdigit (entry->d_name[0]) && strcmp (entry->d_name, self) != 0)
      add_thread (dirfd (directory), entry->d_name, reading);
  if (directory != NULL)
    closedir (directory);
  reading->cpu =
      (guint64)(read_cpu (CLOCK_PROCESS_CPUTIME_ID) - read_cpu (CLOCK_THREAD_CPUTIME_ID));
  for (guint i = 0; i < observer->n_lanes; i++)
    reading->spun += thrum_counter_get (&thrum_region_get_counters (observer->region, i)->spin_ns);
}

/* Adds what was between two readings. A thread that ended took its waiting time along. While a lane
 * spins it may have to wait for a CPU just as while it works, but then nothing waits for it. */
static void
note_reading (ThrumObserver *observer, const Reading *before, const Reading *now)
{
  ThrumObservation *observation = observer->observation;
  gint64 wall = now->at - before->at;
  guint64 cpu = now->cpu - MIN (before->cpu, now->cpu);
  guint64 delay = now->delay - MIN (before->delay, now->delay);
  guint64 spun = MIN (now->spun - MIN (before->spun, now->spun), cpu);
  gdouble most = (gdouble)wall * (gdouble)observation->capacity;

  if (wall <= 0)
    return;
  if (cpu > 0)
    delay = (guint64)((gdouble)delay * (1 - (gdouble)spun / (gdouble)cpu));
  cpu -= spun;
  observation->wall_ns += wall;
  observation->cpu_ns += cpu;
  observation->spin_ns += spun;
  observation->run_delay_ns += delay;
  observation->observer_cpu_ns = (guint64)read_cpu (CLOCK_THREAD_CPUTIME_ID);
  observation
      ->load_bins[(guint)CLAMP ((gdouble)(cpu + delay) / most * 10, 0, THRUM_N_LOAD_BINS - 1)]++;
}

/* A run of ticks of one length. */
typedef struct {
  gint64 length, since, cpu;
  guint n;
} Ticks;

static void
note_hiccup (ThrumObservation *observation, gint64 from, gint64 until)
{
  guint64 number = observation->n_hiccups;

  observation->hiccups[number % THRUM_N_HICCUPS] = (ThrumHiccup){ from, until };
  __atomic_store_n (&observation->n_hiccups, number + 1, __ATOMIC_RELEASE);
}

/* Sleeps until @due; the time when it woke. */
static gint64
sleep_until (gint64 due)
{
  thrum_clock_sleep_until (due, -1);
  return thrum_clock_now ();
}

/* How long the next ticks are to be, from what the last ones cost. */
static gint64
choose_tick (const Ticks *ticks, gint64 now, gint64 cpu)
{
  gdouble share = (gdouble)(cpu - ticks->cpu) / (gdouble)MAX (now - ticks->since, 1);

  return share > COST_SHARE ? MIN (2 * ticks->length, LONGEST_TICK_NS) : ticks->length;
}

static void
watch (ThrumObserver *observer)
{
  ThrumObservation *observation = observer->observation;
  gint64 due = observer->t0, next_reading;
  Ticks ticks = { .length = TICK_NS };
  Reading before, now;
  gboolean is_counting = TRUE;

  sleep_until (due);
  read_threads (observer, &before);
  next_reading = before.at + NS_PER_S;
  while (is_counting || !is_ending (observer))
    {
      gint64 woke;

      if (ticks.n++ % TICKS_TO_JUDGE == 0)
        {
          gint64 cpu = read_cpu (CLOCK_THREAD_CPUTIME_ID);

          if (ticks.n > 1)
            ticks.length = choose_tick (&ticks, due, cpu);
          ticks.since = due;
          ticks.cpu = cpu;
          observation->tick_ns = ticks.length;
        }
      due += ticks.length;
      woke = sleep_until (due);
      observation->ticks++;
      if (woke - due > THRUM_HICCUP_LEAST_NS)
        note_hiccup (observation, due, woke);
      __atomic_store_n (&observation->watched_until, woke, __ATOMIC_RELEASE);

      if (is_counting && (woke >= MIN (next_reading, observer->end) || is_ending (observer)))
        {
          gint64 cost;

          read_threads (observer, &now);
          note_reading (observer, &before, &now);
          cost = thrum_clock_now () - now.at;
          next_reading = now.at + MAX (NS_PER_S, cost * READING_COST);
          before = now;
          is_counting = woke < observer->end && !is_ending (observer);
          woke = thrum_clock_now ();
        }
      /* After a hiccup not every tick that was missed is one more. */
      due += (woke - due) / ticks.length * ticks.length;
    }
  __atomic_store_n (&observation->watched_until, G_MAXINT64, __ATOMIC_RELEASE);
}

static gpointer
observer_thread (gpointer data)
{
  ThrumObserver *observer = data;

  g_mutex_lock (&observer->lock);
  while (!observer->started && !observer->ending)
    g_cond_wait (&observer->changed, &observer->lock);
  g_mutex_unlock (&observer->lock);
  if (observer->started)
    watch (observer);
  return NULL;
}

ThrumObserver *
thrum_observer_new (ThrumRegion *region, guint n_lanes, guint n_threads, GError **error)
{
  ThrumObserver *observer = g_new0 (ThrumObserver, 1);

  observer->region = region;
  observer->n_lanes = n_lanes;
  observer->observation = thrum_region_get_observation (region);
  observer->observation->capacity = MIN (n_threads, g_get_num_processors ());
  g_mutex_init (&observer->lock);
  g_cond_init (&observer->changed);
  observer->thread = g_thread_try_new ("observer", observer_thread, observer, error);
  if (observer->thread == NULL)
    {
      g_prefix_error (error, THRUM_NO_THREAD);
      g_clear_pointer (&observer, thrum_observer_free);
    }
  return observer;
}

void
thrum_observer_start (ThrumObserver *observer, gint64 t0, gint64 end)
{
  observer->t0 = t0;
  observer->end = end;
  g_mutex_lock (&observer->lock);
  observer->started = TRUE;
  g_cond_signal (&observer->changed);
  g_mutex_unlock (&observer->lock);
}

void
thrum_observer_free (ThrumObserver *observer)
{
  if (observer == NULL)
    return;
  g_mutex_lock (&observer->lock);
  __atomic_store_n (&observer->ending, 1, __ATOMIC_RELEASE);
  g_cond_signal (&observer->changed);
  g_mutex_unlock (&observer->lock);
  if (observer->thread != NULL)
    g_thread_join (observer->thread);
  g_mutex_clear (&observer->lock);
  g_cond_clear (&observer->changed);
  g_free (observer);
}
