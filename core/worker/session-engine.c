/* SPDX-License-Identifier: MIT
 *
 * The engine of blocking plugins: a lane is a pool thread that runs one session at a time. Closed
 * model: the thread is one virtual user. Open model: the worker's threads take its arrivals in
 * turn, so that an arrival finds any free session. Owns intended, slot, sent and the end of every
 * request; the plugin owns what happens between. Everything here runs on the lane's thread.
 */
#include "worker/lane.h"

#include "record/clock.h"
#include "worker/watchdog.h"

/* One request's way through the engine; instants in ns of the clock. */
typedef struct {
  guint64 number;    /* user (closed) or arrival (open) */
  guint64 iteration; /* the user's, or 0 */
  gint64 intended;
  gint64 slot;
} Turn;

static ThrumRequestConfig *
get_request (ThrumLane *lane, guint index)
{
  return lane->shared->config->requests->pdata[index];
}

static const ThrumSessionOps *
get_ops (ThrumLane *lane, guint target)
{
  ThrumTargetConfig *config = lane->shared->config->targets->pdata[target];
  return config->module->descriptor->session;
}

gboolean
thrum_session_engine_open (ThrumLane *lane, GError **error)
{
  const ThrumConfig *config = lane->shared->config;
  ThrumUser user = {
    .size = sizeof user,
    .worker = lane->shared->worker,
    .number = lane->share.first,
    .seed = thrum_plan_user_seed (&config->load, lane->share.first),
  };

  lane->sessions = g_new0 (gpointer, config->targets->len);
  for (guint i = 0; i < config->targets->len; i++)
    {
      lane->sessions[i] = get_ops (lane, i)->open (lane->shared->targets[i], &user, error);
      if (lane->sessions[i] == NULL)
        {
          g_prefix_error (error, "cannot open a session of user %" G_GUINT64_FORMAT ": ",
                          user.number);
          return FALSE;
        }
    }
  return TRUE;
}

void
thrum_session_engine_close (ThrumLane *lane)
{
  if (lane->sessions == NULL)
    return;
  for (guint i = 0; i < lane->shared->config->targets->len; i++)
    if (lane->sessions[i] != NULL)
      get_ops (lane, i)->close (lane->sessions[i]);
  g_clear_pointer (&lane->sessions, g_free);
}

/* The instant after which nothing may be in flight. */
static gint64
drain_end (ThrumLane *lane)
{
  const ThrumLoad *load = &lane->shared->config->load;
  return lane->shared->t0 + load->duration_ns + load->drain_ns;
}

/* What a call that ran from @sent to @ended came to, once its deadline and the core's checks have
 * had their say. */
static ThrumFailure
judge (ThrumLane *lane, const ThrumRequestConfig *request, gint64 sent, gint64 ended,
       const ThrumReply *reply)
{
  ThrumFailure failure = MIN (reply->failure, THRUM_FAILURE_OTHER);

  if (failure == THRUM_FAILURE_CANCELLED)
    {
      if (ended >= sent + request->timeout_ns)
        return THRUM_FAILURE_TIMEOUT;
      return THRUM_FAILURE_UNFINISHED;
    }
  if (ended > sent + request->timeout_ns)
    return THRUM_FAILURE_TIMEOUT;
  return thrum_lane_check (lane, request, reply->status, failure, reply->payload,
                           reply->payload_bytes);
}

/* A phase that a plugin reports counts only if it lies within the request. */
static gint64
phase (gint64 instant, gint64 sent, gint64 done)
{
  return instant >= sent && instant <= done ? instant : 0;
}

/* Returns what the request came to. Sets *@whole: when its reply was whole. */
static ThrumFailure
write_record (ThrumLane *lane, const Turn *turn, guint index, gint64 sent, gint64 returned,
              const ThrumReply *reply, gint64 *whole)
{
  ThrumRequestConfig *request = get_request (lane, index);
  ThrumRecord *record = thrum_ring_next (&lane->ring);
  gint64 done = reply->done_ns >= sent && reply->done_ns <= returned ? reply->done_ns : returned;
  ThrumFailure failure = judge (lane, request, sent, done, reply);
  gboolean no_reply = failure == THRUM_FAILURE_TIMEOUT || failure == THRUM_FAILURE_UNFINISHED;

  *record = (ThrumRecord){
    .intended = turn->intended,
    .slot = turn->slot,
    .sent = sent,
    .first_byte = phase (reply->first_byte_ns, sent, done),
    .done = done,
    .read = done,
    .resolved = phase (reply->resolved_ns, sent, done),
    .connected = phase (reply->connected_ns, sent, done),
    .secured = phase (reply->secured_ns, sent, done),
    .received_bytes = reply->received_bytes,
    .sent_bytes = (guint32)MIN (reply->sent_bytes, G_MAXUINT32),
    .status = no_reply ? 0 : reply->status,
    .user = (guint32)turn->number,
    .request = (guint16)index,
    .failure = (guint16)failure,
    .flags = thrum_lane_is_warm_up (lane, turn->intended) ? THRUM_RECORD_WARM_UP : 0,
    .resent = (guint8)MIN (reply->resent, G_MAXUINT8),
    .redirects = (guint8)MIN (reply->redirects, G_MAXUINT8),
  };
  thrum_ring_publish (&lane->ring);
  *whole = done;
  return failure;
}

/* Does one request and records it. There is room in the ring. Sets *@whole, when the reply was;
 * *@free_at, when the session was free again; and *@failure. */
static gboolean
run_turn (ThrumLane *lane, const Turn *turn, gint64 *whole, gint64 *free_at, ThrumFailure *failure,
          GError **error)
{
  guint index = thrum_plan_choose (lane->shared->config, turn->number, turn->iteration);
  ThrumRequestConfig *request = get_request (lane, index);
  const ThrumSessionOps *ops = get_ops (lane, request->target);
  gpointer session = lane->sessions[request->target];
  ThrumReply reply = { .size = sizeof reply };
  ThrumCall call = { .size = sizeof call, .id = turn->iteration };
  gint64 sent, returned;
  gboolean ok;

  thrum_lane_begin (lane, 0, index, turn->intended);
  call.wants_payload = request->expect_body != NULL;
  sent = thrum_clock_now ();
  call.deadline_ns = MIN (sent + request->timeout_ns, drain_end (lane));

  thrum_watchdog_arm (lane->shared->watchdog, lane->index, ops, session, call.deadline_ns);
  ok = ops->run (session, lane->shared->requests[index], &call, &reply, error);
  returned = thrum_clock_now ();
  thrum_watchdog_disarm (lane->shared->watchdog, lane->index);
  if (!ok)
    return FALSE;

  *failure = write_record (lane, turn, index, sent, returned, &reply, whole);
  if (G_UNLIKELY (reply.reason != NULL && *failure == reply.failure
                  && *failure != THRUM_FAILURE_NONE))
    thrum_reasons_add (lane->reasons, *failure, reply.reason, 1);
  thrum_lane_end (lane, 0);
  thrum_counter_add (&lane->counters->resent, reply.resent);
  thrum_counter_add (&lane->counters->redirects, reply.redirects);
  thrum_counter_add (&lane->counters->connections, reply.connections);
  thrum_counter_add (&lane->counters->handshakes, reply.handshakes);
  thrum_counter_add (&lane->counters->resumed_handshakes, reply.resumed_handshakes);
  *free_at = returned;
  return TRUE;
}

/* Sleeps until @time; FALSE: the run is to stop. */
static gboolean
await (ThrumLane *lane, gint64 time)
{
  return !thrum_lane_is_stopping (lane) && !thrum_clock_sleep_until (time, lane->shared->stop_fd);
}

static gboolean
run_closed (ThrumLane *lane, GError **error)
{
  const ThrumLoad *load = &lane->shared->config->load;
  gboolean is_scheduled = load->interval_ns > 0 || load->think_time_ns > 0;
  gint64 t0 = lane->shared->t0, intended = -1, whole = t0, free_at = t0, back_off = 0;
  ThrumFailure failure = THRUM_FAILURE_NONE;
  Turn turn = { .number = lane->share.first };

  for (;; turn.iteration++)
    {
      /* Without a schedule a user can't be late: it goes on once its session is free. */
      gint64 done = is_scheduled ? whole : free_at;

      if (!is_scheduled)
        back_off = thrum_lane_back_off (back_off, failure);
      intended = thrum_plan_user_next (load, turn.number, intended, done - t0 + back_off);
      if (intended == THRUM_NEVER)
        break;
      turn.intended = t0 + intended;
      turn.slot = MAX (turn.intended, free_at);

      thrum_counter_set (&lane->counters->users,
                         turn.iteration > 0
                             && thrum_plan_user_active_from (load, turn.number, done - t0)
                                    <= done - t0);
      if (!await (lane, turn.intended) || !thrum_lane_await_room (lane, 1))
        break;
      thrum_counter_set (&lane->counters->users, 1);
      thrum_counter_add (&lane->counters->offered, 1);
      if (!run_turn (lane, &turn, &whole, &free_at, &failure, error))
        return FALSE;
    }
  thrum_counter_set (&lane->counters->users, 0);
  return TRUE;
}

/* The worker's next arrival; FALSE after the last. */
static gboolean
take_arrival (ThrumLane *lane, Turn *turn)
{
  gint64 at;

  g_mutex_lock (&lane->shared->arrivals_lock);
  at = thrum_arrival_stream_next (&lane->shared->arrivals, &turn->number);
  g_mutex_unlock (&lane->shared->arrivals_lock);
  if (at == THRUM_NEVER)
    return FALSE;
  turn->intended = lane->shared->t0 + at;
  return TRUE;
}

/* The run ends now: @turn and those after it that were due by now had waited for a session. */
static void
drop_waiting (ThrumLane *lane, Turn *turn)
{
  gint64 now = thrum_clock_now ();

  do
    {
      if (turn->intended > now)
        return;
      thrum_counter_add (&lane->counters->offered, 1);
      thrum_counter_add (&lane->counters->dropped, 1);
  } while (take_arrival (lane, turn));
}

/* An arrival that was due before this session became free found no session free: every other was
 * busy too, or it would have taken it. */
static gboolean
run_open (ThrumLane *lane, GError **error)
{
  const ThrumLoad *load = &lane->shared->config->load;
  gint64 free_since = lane->shared->t0, whole;
  ThrumFailure failure;
  Turn turn = { 0 };

  while (take_arrival (lane, &turn))
    {
      gboolean is_late = turn.intended < free_since;

      if (!await (lane, turn.intended))
        {
          drop_waiting (lane, &turn);
          break;
        }
      thrum_counter_add (&lane->counters->offered, 1);
      if ((is_late && load->overload == THRUM_OVERLOAD_DROP) || free_since >= drain_end (lane))
        {
          thrum_counter_add (&lane->counters->dropped, 1);
          continue;
        }
      turn.slot = MAX (turn.intended, free_since);
      if (!thrum_lane_await_room (lane, 1))
        {
          thrum_counter_add (&lane->counters->dropped, 1);
          continue;
        }
      if (!run_turn (lane, &turn, &whole, &free_since, &failure, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
thrum_session_engine_run (ThrumLane *lane, GError **error)
{
  return lane->shared->config->load.is_open ? run_open (lane, error) : run_closed (lane, error);
}
