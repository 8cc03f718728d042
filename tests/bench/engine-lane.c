/* SPDX-License-Identifier: MIT
 *
 * One lane of the codec engine by itself, as close to the machine as it can be measured: no
 * coordinator, a thread that throws the records away. For finding where its time goes; what a user
 * pays is measured by engine.py through `thrum run`.
 *
 *   engine-lane FILE.ini
 *
 * prints "REQUESTS CPU_US_PER_REQUEST" of the lane's thread alone, from the second second on.
 */
#include <pthread.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <time.h>

#include "config/config.h"
#include "base/clock.h"
#include "worker/lane/lane.h"

#define WARM_UP_NS G_GINT64_CONSTANT (1000000000) /* connections are made meanwhile */

typedef struct {
  ThrumLane *lane;
  GError *error;
  gint64 cpu_from_ns, cpu_ns;
  guint64 done_from;
  gint ended; /* atomic */
} Work;

static gint64
get_cpu_ns (clockid_t clock)
{
  struct timespec ts;

  clock_gettime (clock, &ts);
  return (gint64)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static gpointer
work (gpointer data)
{
  Work *mine = data;

  thrum_codec_engine_run (mine->lane, &mine->error);
  mine->cpu_ns = get_cpu_ns (CLOCK_THREAD_CPUTIME_ID);
  g_atomic_int_set (&mine->ended, 1);
  return NULL;
}

/* Throws records away until the lane has ended; notes where it stood when the warm-up was over. */
static guint64
drain (Work *mine, ThrumRing *ring, clockid_t cpu_clock)
{
  static ThrumRecord batch[1024];
  gint64 warm = mine->lane->shared->t0 + WARM_UP_NS;
  gboolean corrupt = FALSE, last = FALSE;
  guint64 n_failed = 0;

  while (!last)
    {
      last = g_atomic_int_get (&mine->ended) != 0;
      for (gsize n; (n = thrum_ring_take (ring, batch, G_N_ELEMENTS (batch), &corrupt)) > 0;)
        for (gsize i = 0; i < n; i++)
          n_failed += batch[i].failure != THRUM_FAILURE_NONE;
      if (mine->cpu_from_ns == 0 && thrum_clock_now () >= warm && !last)
        {
          mine->cpu_from_ns = get_cpu_ns (cpu_clock);
          mine->done_from = thrum_counter_get (&mine->lane->counters->done);
        }
      g_usleep (20000);
    }
  return n_failed;
}

static gboolean
make_plugin (ThrumWorkerShared *shared, const ThrumConfig *config, GError **error)
{
  shared->targets = g_new0 (gpointer, config->targets->len);
  shared->endpoints = g_new0 (ThrumEndpoint, config->targets->len);
  shared->requests = g_new0 (gpointer, config->requests->len);
  for (guint i = 0; i < config->targets->len; i++)
    {
      const ThrumTargetConfig *target = config->targets->pdata[i];

      shared->endpoints[i].size = sizeof (ThrumEndpoint);
      shared->targets[i] = target->module->descriptor->target_new (
          thrum_plugin_host (), &target->values, &shared->endpoints[i], error);
      if (shared->targets[i] == NULL)
        return FALSE;
    }
  for (guint i = 0; i < config->requests->len; i++)
    {
      const ThrumRequestConfig *request = config->requests->pdata[i];
      const ThrumTargetConfig *target = config->targets->pdata[request->target];

      shared->requests[i] = target->module->descriptor->request_new (
          thrum_plugin_host (), shared->targets[request->target], &request->values, error);
      if (shared->requests[i] == NULL)
        return FALSE;
    }
  return thrum_codec_prepare (shared, error);
}

static ThrumConfig *
load (const gchar *path)
{
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  g_autofree gchar *text = NULL;
  ThrumConfig *config = NULL;
  gsize length;

  if (g_file_get_contents (path, &text, &length, NULL))
    config = thrum_config_load (text, length, path, NULL, NULL, 0, problems);
  for (guint i = 0; i < problems->len; i++)
    g_printerr ("%s\n", (gchar *)problems->pdata[i]);
  return config;
}

int
main (int argc, char **argv)
{
  g_autoptr (ThrumConfig) config = argc == 2 ? load (argv[1]) : NULL;
  g_autoptr (ThrumRegion) region = thrum_region_new (1, 1 << 17, 0, NULL);
  ThrumWorkerShared shared = {
    .config = config, .n_workers = 1, .share = { 0, 1 }, .stop_fd = eventfd (0, 0)
  };
  ThrumLane lane = { .shared = &shared, .n_lanes = 1, .share = { 0, 1 } };
  Work mine = { .lane = &lane };
  ThrumRing consumer;
  pthread_t thread;
  clockid_t cpu_clock;
  guint64 n_failed, n_done;

  if (config == NULL)
    return 2;
  if (!make_plugin (&shared, config, &mine.error))
    {
      g_printerr ("%s\n", mine.error->message);
      return 5;
    }
  prctl (PR_SET_TIMERSLACK, 1);
  thrum_region_init_ring (region, 0, &lane.ring);
  thrum_region_init_ring (region, 0, &consumer);
  lane.counters = thrum_region_get_counters (region, 0);
  lane.reasons = thrum_region_get_reasons (region);
  shared.t0 = thrum_clock_now () + 1000000;
  pthread_create (&thread, NULL, work, &mine);
  pthread_getcpuclockid (thread, &cpu_clock);
  n_failed = drain (&mine, &consumer, cpu_clock);
  pthread_join (thread, NULL);
  n_done = lane.counters->done - mine.done_from;
  printf ("%" G_GUINT64_FORMAT " %.3f\n", n_done,
          (gdouble)(mine.cpu_ns - mine.cpu_from_ns) / 1000 / (gdouble)MAX (n_done, 1));
  g_printerr ("failed %" G_GUINT64_FORMAT " unstamped %" G_GUINT64_FORMAT
              " connections %" G_GUINT64_FORMAT " pauses %" G_GUINT64_FORMAT "\n",
              n_failed, lane.counters->unstamped, lane.counters->connections,
              lane.counters->pauses);
  if (mine.error != NULL)
    g_printerr ("%s\n", mine.error->message);
  return mine.error != NULL || n_failed > 0;
}
