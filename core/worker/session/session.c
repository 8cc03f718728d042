/* SPDX-License-Identifier: MIT
 *
 * One session of a blocking plugin and one request on it: the deadline, the core's checks, the
 * record. Owns when a request was sent and when it ended; the plugin owns what happens between.
 * Knows nothing of schedules. Everything here runs on the session's thread.
 */
#include "worker/session/session.h"

#include "base/clock.h"
#include "worker/session/watchdog.h"

static ThrumRequestConfig *
get_request (const ThrumLane *lane, guint index)
{
  return lane->shared->config->requests->pdata[index];
}

static const ThrumSessionOps *
get_ops (const ThrumLane *lane, guint target)
{
  ThrumTargetConfig *config = lane->shared->config->targets->pdata[target];
  return config->module->descriptor->session;
}

gboolean
thrum_session_open (ThrumSession *session, GError **error)
{
  ThrumLane *lane = session->lane;
  const ThrumConfig *config = lane->shared->config;
  ThrumUser user = {
    .size = sizeof user,
    .worker = lane->shared->worker,
    .number = session->user,
    .seed = thrum_plan_user_seed (&config->load, session->user),
  };

  session->plugin = g_new0 (gpointer, config->targets->len);
  for (guint i = 0; i < config->targets->len; i++)
    {
      session->plugin[i] = get_ops (lane, i)->open (lane->shared->targets[i], &user, error);
      if (session->plugin[i] == NULL)
        {
          g_prefix_error (error, "cannot open a session of user %" G_GUINT64_FORMAT ": ",
                          user.number);
          return FALSE;
        }
    }
  return TRUE;
}

void
thrum_session_close (ThrumSession *session)
{
  if (session->plugin == NULL)
    return;
  for (guint i = 0; i < session->lane->shared->config->targets->len; i++)
    if (session->plugin[i] != NULL)
      get_ops (session->lane, i)->close (session->plugin[i]);
  g_clear_pointer (&session->plugin, g_free);
}

void
thrum_session_choose (const ThrumLane *lane, ThrumTurn *turn)
{
  turn->request = thrum_plan_choose (lane->shared->config, turn->number, turn->iteration);
}

gint64
thrum_session_drain_end (const ThrumLane *lane)
{
  const ThrumLoad *load = &lane->shared->config->load;

  return lane->shared->t0 + load->duration_ns + load->drain_ns;
}

/* What a call came to, once its deadline and the core's checks have had their say. */
static ThrumFailure
judge (ThrumLane *lane, const ThrumRequestConfig *request, const ThrumSessionCall *call)
{
  const ThrumReply *reply = &call->reply;
  ThrumFailure failure = MIN (reply->failure, THRUM_FAILURE_OTHER);

  if (failure == THRUM_FAILURE_CANCELLED)
    {
      if (call->whole >= call->sent + request->timeout_ns)
        return THRUM_FAILURE_TIMEOUT;
      return THRUM_FAILURE_UNFINISHED;
    }
  if (call->whole > call->sent + request->timeout_ns)
    return THRUM_FAILURE_TIMEOUT;
  return thrum_lane_check (lane, request, reply->status, failure, reply->payload,
                           reply->payload_bytes);
}

gboolean
thrum_session_call (ThrumSession *session, const ThrumTurn *turn, ThrumSessionCall *call,
                    GError **error)
{
  ThrumLane *lane = session->lane;
  ThrumWatchdog *watchdog = lane->shared->watchdog;
  ThrumRequestConfig *request = get_request (lane, turn->request);
  const ThrumSessionOps *ops = get_ops (lane, request->target);
  gpointer plugin = session->plugin[request->target];
  ThrumCall ask = { .size = sizeof ask, .id = turn->iteration };
  gboolean ok;

  *call = (ThrumSessionCall){ .reply = { .size = sizeof call->reply } };
  ask.wants_payload = request->expect_body != NULL;
  call->sent = thrum_clock_now ();
  ask.deadline_ns = MIN (call->sent + request->timeout_ns, thrum_session_drain_end (lane));

  thrum_watchdog_arm (watchdog, session->guard, ops, plugin, ask.deadline_ns);
  ok = ops->run (plugin, lane->shared->requests[turn->request], &ask, &call->reply, error);
  call->returned = thrum_clock_now ();
  thrum_watchdog_disarm (watchdog, session->guard);
  if (!ok)
    return FALSE;

  call->whole = call->reply.done_ns >= call->sent && call->reply.done_ns <= call->returned
                    ? call->reply.done_ns
                    : call->returned;
  call->failure = judge (lane, request, call);
  return TRUE;
}

/* A phase that a plugin reports counts only if it lies within the request. */
static gint64
phase (const ThrumSessionCall *call, gint64 instant)
{
  return instant >= call->sent && instant <= call->whole ? instant : 0;
}

void
thrum_session_record (const ThrumSession *session, const ThrumTurn *turn,
                      const ThrumSessionCall *call)
{
  ThrumLane *lane = session->lane;
  const ThrumReply *reply = &call->reply;
  gboolean has_no_reply =
      call->failure == THRUM_FAILURE_TIMEOUT || call->failure == THRUM_FAILURE_UNFINISHED;

  *thrum_ring_next (&lane->ring) = (ThrumRecord){
    .intended = turn->intended,
    .slot = turn->slot,
    .sent = call->sent,
    .first_byte = phase (call, reply->first_byte_ns),
    .done = call->whole,
    .read = call->whole,
    .resolved = phase (call, reply->resolved_ns),
    .connected = phase (call, reply->connected_ns),
    .secured = phase (call, reply->secured_ns),
    .received_bytes = reply->received_bytes,
    .sent_bytes = (guint32)MIN (reply->sent_bytes, G_MAXUINT32),
    .status = has_no_reply ? 0 : reply->status,
    .user = (guint32)turn->number,
    .request = (guint16)turn->request,
    .failure = (guint16)call->failure,
    .flags = thrum_lane_is_warm_up (lane, turn->intended) ? THRUM_RECORD_WARM_UP : 0,
    .resent = (guint8)MIN (reply->resent, G_MAXUINT8),
    .redirects = (guint8)MIN (reply->redirects, G_MAXUINT8),
  };
  thrum_ring_publish (&lane->ring);
  if (G_UNLIKELY (reply->reason != NULL && call->failure == reply->failure
                  && call->failure != THRUM_FAILURE_NONE))
    thrum_reasons_add (lane->reasons, call->failure, reply->reason, 1);
  thrum_lane_end (lane, session->slot);
  thrum_counter_add (&lane->counters->resent, reply->resent);
  thrum_counter_add (&lane->counters->redirects, reply->redirects);
  thrum_counter_add (&lane->counters->connections, reply->connections);
  thrum_counter_add (&lane->counters->handshakes, reply->handshakes);
  thrum_counter_add (&lane->counters->resumed_handshakes, reply->resumed_handshakes);
}
