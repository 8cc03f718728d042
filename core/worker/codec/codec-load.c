/* SPDX-License-Identifier: MIT
 *
 * Decides who sends next, and on which connection. A user of the closed model has a connection
 * of its own per target (or a share of one, where a connection carries several calls). An
 * arrival of the open model takes any connection with room, or a new one. The plan decides when.
 *
 * A user that sends as fast as it can, but cannot connect, waits 10 ms before it tries again,
 * and twice as long each time up to 1 s. Its next request is intended only then. Otherwise a
 * service that is down would get a storm of connects, and results.csv would hold nothing but
 * refusals.
 *
 * The lane's thread.
 */
#include "worker/codec/codec-engine.h"

#define BATCH 64 /* arrivals and users looked at before the loop looks at its sockets again */

/* Calls begun between two sockets' events: more than one, so that a late lane catches up, but few, so
 * that in overload replies are read all the same. */
#define BETWEEN 4

/* ---- Closed model ---- */

static void
append_ready (ThrumCodecEngine *engine, ThrumCodecUser *user)
{
  user->next = NULL;
  *engine->ready_end = user;
  engine->ready_end = &user->next;
}

static void
count_user (ThrumCodecEngine *engine, ThrumCodecUser *user, gboolean runs)
{
  if (user->runs == runs)
    return;
  user->runs = runs;
  thrum_counter_add (&engine->counters->users, runs ? 1 : (guint64)-1);
}

/* The user's next request is intended at @next, ns since t0. */
static void
schedule (ThrumCodecEngine *engine, ThrumCodecUser *user, gint64 next)
{
  if (next >= engine->load->duration_ns)
    {
      engine->n_through++;
      count_user (engine, user, FALSE);
      return;
    }
  user->intended = engine->t0 + next;
  user->request = thrum_plan_choose (engine->config, user->number, user->iteration);
  if (user->intended <= engine->now)
    append_ready (engine, user);
  else
    thrum_timers_set (&engine->timers, &user->timer, user->intended);
}

void
thrum_codec_user_due (ThrumCodecEngine *engine, ThrumCodecUser *user)
{
  append_ready (engine, user);
}

/* A user whose plan has it pause for a while (stages) does not run meanwhile. */
static gboolean
pauses (const ThrumLoad *load, const ThrumCodecUser *user, gint64 done)
{
  return load->stages != NULL && thrum_plan_user_active_from (load, user->number, done) > done;
}

static void
user_called (ThrumCodecEngine *engine, ThrumCodecUser *user, gint64 intended, gint64 done,
             ThrumFailure failure)
{
  const ThrumLoad *load = engine->load;
  gboolean is_scheduled = load->interval_ns > 0 || load->think_time_ns > 0;
  /* Without a schedule a user can't be late: its next request is intended once it has read this
   * reply, so that the client delay (a measure of its own) is counted into no response. */
  gint64 seen = is_scheduled ? done : engine->now;
  gint64 next = thrum_plan_user_next (load, user->number, intended - engine->t0, seen - engine->t0);

  user->free_at = seen;
  user->back_off_ns = is_scheduled ? 0 : thrum_lane_back_off (user->back_off_ns, failure);
  if (G_UNLIKELY (user->back_off_ns > 0) && next != THRUM_NEVER)
    next = MAX (next, seen - engine->t0 + user->back_off_ns);
  if (G_UNLIKELY (pauses (load, user, done - engine->t0)))
    count_user (engine, user, FALSE);
  schedule (engine, user, next);
}

static ThrumCodecTarget *
target_of (ThrumCodecEngine *engine, guint request)
{
  const ThrumRequestConfig *config = engine->config->requests->pdata[request];
  return &engine->targets[config->target];
}

static void
park (ThrumCodecConnection *connection, ThrumCodecUser *user)
{
  user->next = NULL;
  *connection->parked_end = user;
  connection->parked_end = &user->next;
}

void
thrum_codec_load_unpark (ThrumCodecEngine *engine, ThrumCodecConnection *connection, guint n_users)
{
  while (connection->parked != NULL && n_users-- > 0)
    {
      ThrumCodecUser *user = connection->parked;

      connection->parked = user->next;
      if (connection->parked == NULL)
        connection->parked_end = &connection->parked;
      user->free_at = engine->now;
      append_ready (engine, user);
    }
}

static ThrumCodecConnection *
home_of (ThrumCodecEngine *engine, ThrumCodecTarget *target, const ThrumCodecUser *user)
{
  guint home = user->home / target->transport->calls_per_connection;
  ThrumCodecConnection *connection = target->homes[home];

  return connection != NULL ? connection : thrum_codec_connection_new (engine, target, home);
}

static void
run_users (ThrumCodecEngine *engine, guint most)
{
  for (guint i = 0; i < most && engine->ready != NULL && thrum_codec_call_has_room (engine); i++)
    {
      ThrumCodecUser *user = engine->ready;
      ThrumCodecConnection *connection = home_of (engine, target_of (engine, user->request), user);

      engine->ready = user->next;
      if (engine->ready == NULL)
        engine->ready_end = &engine->ready;
      if (!thrum_codec_connection_has_room (connection))
        {
          park (connection, user);
          continue;
        }
      count_user (engine, user, TRUE);
      user->iteration++;
      thrum_codec_connection_take (engine, connection,
                                   thrum_codec_call_begin (engine, connection, user->request, user,
                                                           user->number, user->intended,
                                                           user->free_at));
    }
}

/* ---- Open model ---- */

static void
next_arrival (ThrumCodecEngine *engine)
{
  guint64 number = 0;
  gint64 at = thrum_arrival_stream_next (&engine->stream, &number);

  engine->next_arrival.number = number;
  engine->next_arrival.intended = at == THRUM_NEVER ? THRUM_NEVER : engine->t0 + at;
}

static ThrumCodecConnection *
any_connection (ThrumCodecEngine *engine, ThrumCodecTarget *target)
{
  return target->available != NULL ? target->available
                                   : thrum_codec_connection_new (engine, target, 0);
}

static void
start_arrival (ThrumCodecEngine *engine, const ThrumCodecArrival *arrival)
{
  guint request = thrum_plan_choose (engine->config, arrival->number, 0);
  ThrumCodecConnection *connection = any_connection (engine, target_of (engine, request));

  thrum_codec_connection_take (engine, connection,
                               thrum_codec_call_begin (engine, connection, request, NULL,
                                                       arrival->number, arrival->intended,
                                                       engine->slot_free_at));
}

static void
run_queue (ThrumCodecEngine *engine, guint most)
{
  for (; most > 0 && engine->queue_at < engine->queue->len
         && engine->in_flight < engine->max_in_flight && thrum_codec_call_has_room (engine);
       most--)
    {
      ThrumCodecArrival arrival =
          g_array_index (engine->queue, ThrumCodecArrival, engine->queue_at++);
      start_arrival (engine, &arrival);
    }
  /* Closes the gap once it is half of the queue, so that each arrival is moved once at most. */
  if (engine->queue_at > 0 && engine->queue_at >= engine->queue->len - engine->queue_at)
    {
      g_array_remove_range (engine->queue, 0, engine->queue_at);
      engine->queue_at = 0;
    }
}

static void
run_arrivals (ThrumCodecEngine *engine, guint most)
{
  run_queue (engine, most);
  for (guint i = 0; i < BATCH && most > 0 && engine->next_arrival.intended <= engine->now; i++)
    {
      if (!thrum_codec_call_has_room (engine))
        return;
      thrum_counter_add (&engine->counters->offered, 1);
      if (engine->in_flight < engine->max_in_flight && engine->queue_at == engine->queue->len)
        {
          start_arrival (engine, &engine->next_arrival);
          most--;
        }
      else if (engine->load->overload == THRUM_OVERLOAD_QUEUE)
        g_array_append_val (engine->queue, engine->next_arrival);
      else
        thrum_counter_add (&engine->counters->dropped, 1);
      next_arrival (engine);
    }
}

void
thrum_codec_load_give_up (ThrumCodecEngine *engine)
{
  if (!engine->load->is_open)
    return;
  thrum_counter_add (&engine->counters->dropped, engine->queue->len - engine->queue_at);
  g_array_set_size (engine->queue, 0);
  engine->queue_at = 0;
  for (; engine->next_arrival.intended <= engine->now; next_arrival (engine))
    {
      thrum_counter_add (&engine->counters->offered, 1);
      thrum_counter_add (&engine->counters->dropped, 1);
    }
}

/* ---- Both ---- */

/* Calls that lost their connection go before those who have not sent yet. */
static void
run_resend (ThrumCodecEngine *engine)
{
  ThrumCodecCall *list = engine->resend;

  engine->resend = NULL;
  engine->resend_end = &engine->resend;
  while (list != NULL)
    {
      ThrumCodecCall *call = list;
      ThrumCodecTarget *target = target_of (engine, call->request);
      ThrumCodecConnection *connection = call->user != NULL ? home_of (engine, target, call->user)
                                                            : any_connection (engine, target);

      list = call->next;
      if (!thrum_codec_connection_has_room (connection))
        {
          call->next = NULL;
          *engine->resend_end = call;
          engine->resend_end = &call->next;
          continue;
        }
      call->connection = connection;
      thrum_codec_connection_take (engine, connection, call);
    }
}

void
thrum_codec_load_time_out (ThrumCodecEngine *engine, ThrumCodecCall *call)
{
  ThrumCodecCall **at = &engine->resend;

  while (*at != call)
    at = &(*at)->next;
  *at = call->next;
  if (*at == NULL)
    engine->resend_end = at;
  thrum_codec_call_fail (engine, call, THRUM_FAILURE_TIMEOUT);
}

void
thrum_codec_load_run (ThrumCodecEngine *engine, gboolean between)
{
  guint most = between ? BETWEEN : BATCH;

  if (G_UNLIKELY (engine->resend != NULL))
    run_resend (engine);
  if (engine->load->is_open)
    run_arrivals (engine, most);
  else
    run_users (engine, most);
}

void
thrum_codec_load_called (ThrumCodecEngine *engine, ThrumCodecUser *user, gint64 intended,
                         gint64 done, ThrumFailure failure)
{
  if (user != NULL)
    user_called (engine, user, intended, done, failure);
  else if (engine->in_flight + 1 == engine->max_in_flight)
    engine->slot_free_at = done;
}

gint64
thrum_codec_load_next (ThrumCodecEngine *engine)
{
  return engine->next_arrival.intended;
}

gboolean
thrum_codec_load_has_ready (const ThrumCodecEngine *engine)
{
  return engine->ready != NULL || engine->next_arrival.intended <= engine->now
         || (engine->queue_at < engine->queue->len && engine->in_flight < engine->max_in_flight);
}

gboolean
thrum_codec_load_is_through (const ThrumCodecEngine *engine)
{
  return engine->n_through == engine->n_users && engine->next_arrival.intended == THRUM_NEVER
         && engine->queue_at == engine->queue->len;
}

static void
init_users (ThrumCodecEngine *engine)
{
  ThrumShare share = engine->lane->share;

  engine->n_users = thrum_share_count (share, engine->load->users);
  engine->users = g_new0 (ThrumCodecUser, engine->n_users);
  for (guint64 i = 0; i < engine->n_users; i++)
    {
      ThrumCodecUser *user = &engine->users[i];

      user->timer.kind = THRUM_TIMER_USER;
      user->number = share.first + i * share.stride;
      user->home = (guint)i;
      schedule (engine, user, thrum_plan_user_next (engine->load, user->number, -1, 0));
    }
  for (guint i = 0; i < engine->config->targets->len; i++)
    {
      ThrumCodecTarget *target = &engine->targets[i];
      guint shared_by = target->transport->calls_per_connection;

      target->n_homes = (guint)((engine->n_users + shared_by - 1) / shared_by);
      target->homes = g_new0 (ThrumCodecConnection *, target->n_homes);
    }
}

void
thrum_codec_load_init (ThrumCodecEngine *engine)
{
  const ThrumLoad *load = engine->load;

  engine->ready_end = &engine->ready;
  engine->resend_end = &engine->resend;
  engine->queue = g_array_new (FALSE, FALSE, sizeof (ThrumCodecArrival));
  engine->next_arrival.intended = THRUM_NEVER;
  if (!load->is_open)
    {
      init_users (engine);
      return;
    }
  engine->max_in_flight = MAX (1, thrum_share_count (engine->lane->share, load->max_in_flight));
  thrum_arrival_stream_init (&engine->stream, load, engine->lane->share);
  next_arrival (engine);
}

void
thrum_codec_load_clear (ThrumCodecEngine *engine)
{
  for (guint i = 0; i < engine->config->targets->len; i++)
    g_clear_pointer (&engine->targets[i].homes, g_free);
  g_clear_pointer (&engine->users, g_free);
  g_clear_pointer (&engine->queue, g_array_unref);
}
