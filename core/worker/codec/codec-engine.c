/* SPDX-License-Identifier: MIT
 *
 * The codec engine's loop: one lane's schedule on one thread, with thousands of connections and
 * one wait at a time. It decides when to wait and for how long, and ends the run: after the
 * plan's last request it waits for replies as long as the drain lasts, then records what is
 * unfinished.
 *
 * Work that is due is done between any two sockets' events, not only once a turn, so that a
 * burst of replies does not delay whoever is to send now.
 */
#include "worker/codec/codec-engine.h"

#include <sched.h>

/* A look that took longer was not ours alone: another thread had the CPU. */
#define LONGEST_LOOK_NS G_GINT64_CONSTANT (20000)

#define PAUSED_POLL_NS G_GINT64_CONSTANT (200000) /* while the ring is full */

void
thrum_codec_fail (ThrumCodecEngine *engine, GError *error)
{
  if (engine->error == NULL)
    engine->error = error;
  else
    g_error_free (error);
}

static void
fire (ThrumCodecEngine *engine, ThrumTimer *timer)
{
  ThrumCodecCall *call;

  switch (timer->kind)
    {
    case THRUM_TIMER_USER:
      thrum_codec_user_due (engine, (ThrumCodecUser *)timer);
      return;
    case THRUM_TIMER_CONNECTION:
      thrum_codec_connection_idle (
          engine,
          (ThrumCodecConnection *)((guint8 *)timer - G_STRUCT_OFFSET (ThrumCodecConnection, idle)));
      return;
    default:
      call = (ThrumCodecCall *)timer;
      if (call->connection != NULL)
        thrum_codec_connection_time_out (engine, call);
      else
        thrum_codec_load_time_out (engine, call);
    }
}

static void
run_due (ThrumCodecEngine *engine, gboolean between)
{
  if (engine->is_ending)
    return;
  for (ThrumTimer *timer; (timer = thrum_timers_pop (&engine->timers, engine->now)) != NULL;)
    fire (engine, timer);
  thrum_codec_load_run (engine, between);
  thrum_codec_connection_flush (engine);
}

void
thrum_codec_engine_between (gpointer owner)
{
  run_due (owner, TRUE);
}

static gboolean
must_stop (ThrumCodecEngine *engine)
{
  return engine->error != NULL
         || (engine->loop->woken
             && __atomic_load_n (&engine->lane->shared->stopping, __ATOMIC_ACQUIRE) != 0);
}

/* How long the loop may sleep: until the next thing is due. */
static gint64
get_wait (ThrumCodecEngine *engine, gint64 end)
{
  gint64 until =
      MIN (MIN (thrum_timers_next (&engine->timers), end), thrum_codec_load_next (engine));
  gint64 left;

  if (thrum_codec_load_has_ready (engine))
    return engine->paused_since != 0 ? PAUSED_POLL_NS : 0;
  /* Not within MAX (), which would read the clock twice, and could so return less than 0: for ever. */
  left = until - thrum_codec_now (engine);
  return MAX (0, left);
}

/* Waits until something is due or comes; spinning, looks once whether it has. Between two looks any
 * other thread may have the CPU, so that loops that share one take turns. */
static void
take_turn (ThrumCodecEngine *engine, gint64 end)
{
  gint64 wait = get_wait (engine, end), since = engine->now;

  if (engine->load->idle == THRUM_IDLE_SLEEP || wait == 0 || engine->paused_since != 0)
    {
      thrum_loop_turn (engine->loop, wait);
      return;
    }
  if (thrum_loop_turn (engine->loop, 0))
    return;
  sched_yield ();
  thrum_counter_add (&engine->counters->spin_ns,
                     (guint64)MIN (thrum_codec_now (engine) - since, LONGEST_LOOK_NS));
}

static void
run_until_end (ThrumCodecEngine *engine)
{
  const ThrumLoad *load = engine->load;
  gint64 end = engine->t0 + load->duration_ns + load->drain_ns;

  for (;;)
    {
      thrum_codec_now (engine);
      run_due (engine, FALSE);
      if (must_stop (engine) || engine->now >= end
          || (engine->in_flight == 0 && thrum_codec_load_is_through (engine)))
        return;
      take_turn (engine, end);
    }
}

/* Records all that is in flight as unfinished and closes every connection. */
static void
end_all (ThrumCodecEngine *engine)
{
  engine->is_ending = TRUE;
  thrum_codec_load_give_up (engine);
  for (guint i = 0; i < engine->config->targets->len; i++)
    while (engine->targets[i].connections != NULL)
      thrum_codec_connection_end (engine, engine->targets[i].connections, THRUM_FAILURE_UNFINISHED);
  while (engine->resend != NULL)
    {
      ThrumCodecCall *call = engine->resend;

      engine->resend = call->next;
      thrum_codec_call_fail (engine, call, THRUM_FAILURE_UNFINISHED);
    }
  thrum_counter_set (&engine->counters->users, 0);
}

static gboolean
init (ThrumCodecEngine *engine, ThrumLane *lane, GError **error)
{
  ThrumWorkerShared *shared = lane->shared;
  ThrumCodecShared *codec = shared->codec;
  gint problem;

  *engine = (ThrumCodecEngine){ .lane = lane,
                                .counters = lane->counters,
                                .config = shared->config,
                                .load = &shared->config->load,
                                .t0 = shared->t0 };
  engine->loop = thrum_loop_new (codec->backend, &thrum_codec_connection_events, engine, error);
  if (engine->loop == NULL)
    return FALSE;
  problem = thrum_loop_watch (engine->loop, shared->stop_fd);
  if (problem != 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (problem),
                   "cannot watch for the run's end: %s", g_strerror (problem));
      thrum_loop_free (engine->loop);
      return FALSE;
    }
  thrum_out_init (&engine->plain);
  engine->targets = g_new0 (ThrumCodecTarget, codec->n_transports);
  for (guint i = 0; i < codec->n_transports; i++)
    {
      const ThrumTargetConfig *config = shared->config->targets->pdata[i];
      ThrumCodecTarget *target = &engine->targets[i];

      target->transport = &codec->transports[i];
      target->ops = config->module->descriptor->codec;
      target->plugin = shared->targets[i];
      target->name = config->name;
      target->next_source = lane->index;
    }
  thrum_codec_load_init (engine);
  return TRUE;
}

static void
clear (ThrumCodecEngine *engine)
{
  thrum_loop_free (engine->loop);
  thrum_timers_clear_all (&engine->timers);
  for (guint i = 0; i < engine->config->targets->len; i++)
    {
      ThrumCodecTarget *target = &engine->targets[i];

      while (target->spare != NULL)
        {
          ThrumCodecConnection *connection = target->spare;
          target->spare = connection->next;
          g_free (connection);
        }
      thrum_tls_cache_clear (&target->sessions);
    }
  while (engine->spare_calls != NULL)
    {
      ThrumCodecCall *call = engine->spare_calls;
      engine->spare_calls = call->next;
      g_free (call);
    }
  thrum_codec_load_clear (engine);
  g_free (engine->targets);
  g_free (engine->clear);
  thrum_out_clear (&engine->plain);
}

gboolean
thrum_codec_engine_run (ThrumLane *lane, GError **error)
{
  ThrumCodecEngine engine;

  if (!init (&engine, lane, error))
    return FALSE;
  run_until_end (&engine);
  end_all (&engine);
  clear (&engine);
  if (engine.error == NULL)
    return TRUE;
  g_propagate_error (error, engine.error);
  return FALSE;
}
