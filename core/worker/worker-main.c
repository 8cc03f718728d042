/* SPDX-License-Identifier: MIT
 *
 * The worker process. Its main thread sets up and then listens to the coordinator. An exclusive
 * GThreadPool runs the lanes, one thread each. Owns everything in ThrumWorkerShared; dies with
 * the coordinator. Knows nothing of results, progress or other workers.
 */
#include "worker/worker-main.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "worker/lane/control.h"
#include "worker/lane/lane.h"
#include "worker/lane/observe.h"
#include "worker/session/watchdog.h"

typedef struct {
  ThrumWorkerShared shared;
  ThrumConfig *config;
  ThrumRegion *region;
  ThrumLane *lanes;
  guint n_lanes;
  ThrumObserver *observer;
  gint ended_fd; /* eventfd: one more lane has ended */

  GMutex lock; /* of what follows */
  GCond changed;
  guint n_opened; /* lanes that stand ready, or failed to */
  gboolean started;
  GError *failure; /* the first lane's that failed */
} Worker;

static void
stop (Worker *worker)
{
  guint64 one = 1;

  __atomic_store_n (&worker->shared.stopping, 1, __ATOMIC_SEQ_CST);
  /* Lanes that sleep wake up by it; `stopping` is what they ask. There is none where setting up failed. */
  if (worker->shared.stop_fd >= 0 && write (worker->shared.stop_fd, &one, sizeof one) < 0)
    g_debug ("cannot wake the lanes: %s", g_strerror (errno));
  if (worker->shared.watchdog != NULL)
    thrum_watchdog_cancel_all (worker->shared.watchdog);
  g_mutex_lock (&worker->lock);
  g_cond_broadcast (&worker->changed);
  g_mutex_unlock (&worker->lock);
}

/* A lane's error ends the whole worker; the first one is told. A plugin may have failed without a
 * word. */
static void
fail (Worker *worker, GError *error)
{
  if (error == NULL)
    error = g_error_new_literal (THRUM_PLUGIN_ERROR, THRUM_PLUGIN_ERROR_INVALID,
                                 "the plugin failed and did not say why");
  g_mutex_lock (&worker->lock);
  if (worker->failure == NULL)
    worker->failure = g_steal_pointer (&error);
  g_mutex_unlock (&worker->lock);
  g_clear_error (&error);
  stop (worker);
}

/* Says that the lane stands ready, and waits for t0. FALSE: there will be none. */
static gboolean
await_start (Worker *worker)
{
  gboolean go;

  g_mutex_lock (&worker->lock);
  worker->n_opened++;
  g_cond_broadcast (&worker->changed);
  while (!worker->started && !__atomic_load_n (&worker->shared.stopping, __ATOMIC_SEQ_CST))
    g_cond_wait (&worker->changed, &worker->lock);
  go = worker->started;
  g_mutex_unlock (&worker->lock);
  return go;
}

/* The pool's function: the whole life of a lane. */
static void
run_lane (gpointer data, gpointer user_data)
{
  ThrumLane *lane = data;
  Worker *worker = user_data;
  gboolean is_codec = thrum_config_is_codec (worker->config);
  g_autoptr (GError) error = NULL;
  gboolean ok = is_codec || thrum_session_engine_open (lane, &error);
  guint64 one = 1;

  if (!ok)
    fail (worker, g_steal_pointer (&error));
  if (await_start (worker) && ok)
    {
      ok = is_codec ? thrum_codec_engine_run (lane, &error)
                    : thrum_session_engine_run (lane, &error);
      if (!ok)
        fail (worker, g_steal_pointer (&error));
    }
  if (!is_codec)
    thrum_session_engine_close (lane);
  while (write (worker->ended_fd, &one, sizeof one) < 0)
    g_usleep (1000);
}

static gchar *
read_all (gint fd, gsize *length)
{
  GString *text = g_string_new (NULL);
  gchar buffer[4096];
  gssize got;

  /* Not read (): the workers share one file position. */
  while ((got = pread (fd, buffer, sizeof buffer, (off_t)text->len)) > 0)
    g_string_append_len (text, buffer, got);
  close (fd);
  *length = text->len;
  return g_string_free (text, FALSE);
}

static gboolean
load_config (Worker *worker, gint fd, GError **error)
{
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  gsize length;
  g_autofree gchar *text = read_all (fd, &length);

  worker->config = thrum_config_load (text, length, "the resolved config", "/", NULL, 0, problems);
  if (worker->config == NULL)
    {
      g_set_error (error, THRUM_PLUGIN_ERROR, THRUM_PLUGIN_ERROR_INVALID, "cannot load %s",
                   problems->len > 0 ? (gchar *)problems->pdata[0] : "the resolved config");
      return FALSE;
    }
  worker->shared.config = worker->config;
  return TRUE;
}

/* Makes each target and request once, for all lanes. */
static gboolean
make_targets (Worker *worker, GError **error)
{
  const ThrumConfig *config = worker->config;
  ThrumWorkerShared *shared = &worker->shared;
  gboolean is_codec = thrum_config_is_codec (config);

  shared->targets = g_new0 (gpointer, config->targets->len);
  shared->endpoints = g_new0 (ThrumEndpoint, config->targets->len);
  shared->requests = g_new0 (gpointer, config->requests->len);
  for (guint i = 0; i < config->targets->len; i++)
    {
      ThrumTargetConfig *target = config->targets->pdata[i];

      shared->endpoints[i].size = sizeof (ThrumEndpoint);
      shared->targets[i] = target->module->descriptor->target_new (
          thrum_plugin_host (), &target->values, is_codec ? &shared->endpoints[i] : NULL, error);
      if (shared->targets[i] == NULL)
        return FALSE;
    }
  for (guint i = 0; i < config->requests->len; i++)
    {
      ThrumRequestConfig *request = config->requests->pdata[i];
      ThrumTargetConfig *target = config->targets->pdata[request->target];

      shared->requests[i] = target->module->descriptor->request_new (
          thrum_plugin_host (), shared->targets[request->target], &request->values, error);
      if (shared->requests[i] == NULL)
        return FALSE;
    }
  return TRUE;
}

static void
free_targets (Worker *worker)
{
  const ThrumConfig *config = worker->config;
  ThrumWorkerShared *shared = &worker->shared;

  for (guint i = 0; shared->requests != NULL && i < config->requests->len; i++)
    {
      ThrumRequestConfig *request = config->requests->pdata[i];
      ThrumTargetConfig *target = config->targets->pdata[request->target];
      if (shared->requests[i] != NULL)
        target->module->descriptor->request_free (shared->requests[i]);
    }
  for (guint i = 0; shared->targets != NULL && i < config->targets->len; i++)
    {
      ThrumTargetConfig *target = config->targets->pdata[i];
      if (shared->targets[i] != NULL)
        target->module->descriptor->target_free (shared->targets[i]);
    }
  g_free (shared->requests);
  g_free (shared->targets);
  g_free (shared->endpoints);
}

static gboolean
make_lanes (Worker *worker, gint region_fd, GError **error)
{
  ThrumWorkerShared *shared = &worker->shared;

  worker->region = thrum_region_open (region_fd, error);
  if (worker->region == NULL)
    return FALSE;
  worker->n_lanes =
      thrum_lane_get_layout (worker->config, thrum_limits_get (), shared->worker, shared->n_workers)
          .n_lanes;
  g_assert (worker->n_lanes <= thrum_region_get_n_lanes (worker->region));

  worker->lanes = g_aligned_alloc0 (worker->n_lanes, sizeof (ThrumLane), 64);
  for (guint i = 0; i < worker->n_lanes; i++)
    {
      ThrumLane *lane = &worker->lanes[i];

      lane->shared = shared;
      lane->index = i;
      lane->n_lanes = worker->n_lanes;
      lane->share = thrum_share_split (shared->share, i, worker->n_lanes);
      lane->counters = thrum_region_get_counters (worker->region, i);
      lane->reasons = thrum_region_get_reasons (worker->region);
      lane->slots = thrum_region_get_slots (worker->region, i);
      lane->n_slots = thrum_region_get_n_slots (worker->region);
      thrum_region_init_ring (worker->region, i, &lane->ring);
    }
  return TRUE;
}

/* What watches over the lanes, before they start. */
static gboolean
make_watchers (Worker *worker, GError **error)
{
  ThrumWorkerShared *shared = &worker->shared;
  const ThrumLoad *load = &worker->config->load;
  guint n_threads = worker->n_lanes;

  if (!thrum_config_is_codec (worker->config) && load->is_open)
    n_threads = (guint)MAX (1, thrum_share_count (shared->share, load->max_in_flight));
  worker->observer = thrum_observer_new (worker->region, worker->n_lanes, n_threads, error);
  if (worker->observer == NULL)
    return FALSE;
  if (thrum_config_is_codec (worker->config))
    return thrum_codec_prepare (shared, error);
  shared->watchdog = thrum_watchdog_new (n_threads, error);
  return shared->watchdog != NULL;
}

static gboolean
set_up (Worker *worker, const ThrumWorkerArguments *arguments, GError **error)
{
  ThrumWorkerShared *shared = &worker->shared;

  g_mutex_init (&worker->lock);
  g_cond_init (&worker->changed);
  shared->control_fd = arguments->control_fd;
  worker->ended_fd = eventfd (0, EFD_CLOEXEC | EFD_SEMAPHORE);
  shared->stop_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  shared->worker = arguments->worker;
  shared->n_workers = arguments->n_workers;
  shared->most_memory = thrum_limits_get ()->memory_bytes / 2 / arguments->n_workers;
  shared->share = (ThrumShare){ arguments->worker, arguments->n_workers };
  if (worker->ended_fd < 0 || shared->stop_fd < 0)
    {
      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno),
                   "cannot make an event descriptor: %s", g_strerror (errno));
      return FALSE;
    }
  return load_config (worker, arguments->config_fd, error) && make_targets (worker, error)
         && make_lanes (worker, arguments->region_fd, error) && make_watchers (worker, error);
}

/* Starts every lane. Its threads exist at once (exclusive), or there is an error. */
static GThreadPool *
start_lanes (Worker *worker, GError **error)
{
  g_autoptr (GError) local = NULL;
  GThreadPool *pool = g_thread_pool_new (run_lane, worker, (gint)worker->n_lanes, TRUE, &local);

  if (local != NULL)
    {
      g_set_error (error, G_THREAD_ERROR, G_THREAD_ERROR_AGAIN,
                   "cannot start %u threads: %s; raise the limit of tasks (ulimit -u) or of "
                   "memory (ulimit -v), or spread the users over more machines",
                   worker->n_lanes, local->message);
      if (pool != NULL)
        g_thread_pool_free (pool, TRUE, FALSE);
      return NULL;
    }
  for (guint i = 0; i < worker->n_lanes; i++)
    g_thread_pool_push (pool, &worker->lanes[i], NULL);
  return pool;
}

/* Waits until every lane stands ready. */
static gboolean
await_lanes (Worker *worker)
{
  gboolean ok;

  g_mutex_lock (&worker->lock);
  while (worker->n_opened < worker->n_lanes && worker->failure == NULL)
    g_cond_wait (&worker->changed, &worker->lock);
  ok = worker->failure == NULL;
  g_mutex_unlock (&worker->lock);
  return ok;
}

static void
start (Worker *worker, gint64 t0)
{
  worker->shared.t0 = t0;
  thrum_observer_start (worker->observer, t0, t0 + worker->config->load.duration_ns);
  g_mutex_lock (&worker->lock);
  worker->started = TRUE;
  g_cond_broadcast (&worker->changed);
  g_mutex_unlock (&worker->lock);
}

static void
fail_to_talk (Worker *worker, const gchar *verb)
{
  int saved = errno;

  fail (worker,
        g_error_new (G_FILE_ERROR, g_file_error_from_errno (saved), "cannot %s the coordinator: %s",
                     verb, saved != 0 ? g_strerror (saved) : "it has gone"));
}

/* Listens to the coordinator until every lane has ended. */
static void
listen_until_ended (Worker *worker)
{
  gboolean connected = TRUE;

  for (guint ended = 0; ended < worker->n_lanes;)
    {
      struct pollfd fds[2] = { { worker->ended_fd, POLLIN, 0 },
                               { connected ? worker->shared.control_fd : -1, POLLIN, 0 } };
      ThrumControlMessage message;
      guint64 one;

      if (poll (fds, 2, -1) < 0)
        continue;
      if (fds[0].revents != 0 && read (worker->ended_fd, &one, sizeof one) > 0)
        ended++;
      if (fds[1].revents == 0)
        continue;
      connected = thrum_control_receive (worker->shared.control_fd, &message);
      if (connected && message.type == THRUM_CONTROL_START)
        start (worker, message.value);
      else if (connected)
        stop (worker);
      else /* nobody bade it end, so it must not look done */
        fail_to_talk (worker, "hear");
    }
}

static int
tell_failure (Worker *worker, const GError *error)
{
  thrum_control_send (worker->shared.control_fd, THRUM_CONTROL_FATAL, 0, error->message);
  return EXIT_FAILURE;
}

static int
run (Worker *worker, const ThrumWorkerArguments *arguments)
{
  g_autoptr (GError) error = NULL;
  GThreadPool *pool;
  int exit_code = EXIT_SUCCESS;

  if (!set_up (worker, arguments, &error) || (pool = start_lanes (worker, &error)) == NULL)
    {
      fail (worker, g_steal_pointer (&error));
      return tell_failure (worker, worker->failure);
    }

  if (await_lanes (worker)
      && !thrum_control_send (worker->shared.control_fd, THRUM_CONTROL_READY, 0, NULL))
    fail_to_talk (worker, "tell");
  listen_until_ended (worker);
  g_clear_pointer (&worker->observer, thrum_observer_free);
  g_thread_pool_free (pool, FALSE, TRUE);

  if (worker->failure != NULL)
    exit_code = tell_failure (worker, worker->failure);
  else
    thrum_control_send (worker->shared.control_fd, THRUM_CONTROL_DONE, 0, NULL);
  return exit_code;
}

static void
clear (Worker *worker)
{
  if (worker->shared.watchdog != NULL)
    thrum_watchdog_free (worker->shared.watchdog);
  if (worker->config != NULL)
    {
      thrum_codec_release (&worker->shared);
      free_targets (worker);
    }
  thrum_observer_free (worker->observer);
  g_aligned_free (worker->lanes);
  thrum_region_free (worker->region);
  thrum_config_free (worker->config);
  g_clear_error (&worker->failure);
  g_mutex_clear (&worker->lock);
  g_cond_clear (&worker->changed);
  close (worker->shared.stop_fd);
  close (worker->ended_fd);
}

int
thrum_worker_main (const ThrumWorkerArguments *arguments)
{
  Worker worker = { 0 };
  int exit_code;

  /* Only later deaths are signalled, so look whether the parent still lives. */
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  if (getppid () != arguments->parent)
    return EXIT_FAILURE;
  prctl (PR_SET_TIMERSLACK, 1);
  signal (SIGPIPE, SIG_IGN);
  /* What a plugin starts is to inherit none of these. */
  fcntl (arguments->control_fd, F_SETFD, FD_CLOEXEC);
  fcntl (arguments->region_fd, F_SETFD, FD_CLOEXEC);
  thrum_control_tell_fatal (arguments->control_fd);

  exit_code = run (&worker, arguments);
  clear (&worker);
  return exit_code;
}
