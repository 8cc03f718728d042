/* SPDX-License-Identifier: MIT
 *
 * A call's life, from when a connection takes it until its record is in the ring: exactly one
 * record for each call that began. Knows nothing of sockets, nor of who comes next; the lane's
 * thread.
 */
#include "worker/codec/codec-engine.h"

gboolean
thrum_codec_call_has_room (ThrumCodecEngine *engine)
{
  guint64 wanted = engine->in_flight + 1;

  if (G_LIKELY (thrum_ring_room (&engine->lane->ring, wanted) >= wanted))
    {
      if (G_UNLIKELY (engine->paused_since != 0))
        {
          gint64 now = thrum_codec_now (engine);
          thrum_counter_add (&engine->counters->pause_ns, (guint64)(now - engine->paused_since));
          engine->paused_since = 0;
        }
      return TRUE;
    }
  if (engine->paused_since == 0)
    {
      engine->paused_since = thrum_codec_now (engine);
      thrum_counter_add (&engine->counters->pauses, 1);
    }
  return FALSE;
}

ThrumCodecCall *
thrum_codec_call_begin (ThrumCodecEngine *engine, ThrumCodecConnection *connection, guint request,
                        ThrumCodecUser *user, guint64 number, gint64 intended, gint64 slot)
{
  const ThrumRequestConfig *config = engine->config->requests->pdata[request];
  ThrumCodecCall *call = engine->spare_calls;

  if (G_LIKELY (call != NULL))
    engine->spare_calls = call->next;
  else
    {
      call = g_new0 (ThrumCodecCall, 1);
      call->place = engine->n_calls++;
      call->deadline.kind = THRUM_TIMER_CALL;
    }
  call->connection = connection;
  call->user = user;
  call->number = number;
  call->id = 0;
  call->intended = intended;
  call->sent = thrum_codec_now (engine);
  call->slot = CLAMP (slot, intended, call->sent);
  call->first_byte = call->resolved = call->connected = call->secured = 0;
  call->next = NULL;
  call->sent_bytes = 0;
  call->request = (guint16)request;
  call->resent = 0;
  call->is_repeatable = 0;
  call->no_reply = call->is_answered = call->first_byte_upper = call->payload_too_large = 0;
  call->was_refused = call->has_grace = 0;
  thrum_timers_set (&engine->timers, &call->deadline, call->sent + config->timeout_ns);

  engine->in_flight++;
  if (user != NULL)
    thrum_counter_add (&engine->counters->offered, 1);
  thrum_lane_begin (engine->lane, call->place, request, intended);
  return call;
}

static const ThrumRequestConfig *
get_request (ThrumCodecEngine *engine, const ThrumCodecCall *call)
{
  return engine->config->requests->pdata[call->request];
}

gint64
thrum_codec_call_get_deadline (ThrumCodecEngine *engine, const ThrumCodecCall *call)
{
  return call->sent + get_request (engine, call)->timeout_ns;
}

static ThrumFailure
check (ThrumCodecEngine *engine, ThrumCodecCall *call, const ThrumCodecOutcome *outcome)
{
  const ThrumRequestConfig *config = get_request (engine, call);

  if (outcome->failure != THRUM_FAILURE_NONE && outcome->failure != THRUM_FAILURE_STATUS)
    return outcome->failure;
  if (call->no_reply || (config->expect_status == NULL && config->expect_body == NULL))
    return outcome->failure;
  if (call->payload_too_large)
    {
      thrum_reasons_add (engine->lane->reasons, THRUM_FAILURE_TOO_LARGE,
                         "more than 64 MiB of a payload that expect-body should see", 1);
      return THRUM_FAILURE_TOO_LARGE;
    }
  return thrum_lane_check (engine->lane, config, outcome->status, outcome->failure,
                           call->payload != NULL ? call->payload->data : NULL,
                           call->payload != NULL ? call->payload->len : 0);
}

/* The ring is larger than any cache: the next record's two lines are fetched while the kernel is at
 * work. */
static void
fetch_next_record (ThrumRing *ring)
{
  guint8 *next = (guint8 *)thrum_ring_next (ring);

  __builtin_prefetch (next, 1);
  __builtin_prefetch (next + 64, 1);
}

void
thrum_codec_call_end (ThrumCodecEngine *engine, ThrumCodecCall *call,
                      const ThrumCodecOutcome *outcome)
{
  ThrumRecord *record = thrum_ring_next (&engine->lane->ring);
  ThrumCodecUser *user = call->user;
  gint64 intended = call->intended, read = MAX (outcome->read, call->sent);
  gint64 done = CLAMP (outcome->done, call->sent, read);
  /* A reply we were late to time out is late all the same; what ended otherwise says why itself. */
  gboolean is_late = outcome->failure != THRUM_FAILURE_UNFINISHED
                     && done > thrum_codec_call_get_deadline (engine, call);
  ThrumFailure failure = is_late ? THRUM_FAILURE_TIMEOUT : check (engine, call, outcome);

  record->intended = intended;
  record->slot = call->slot;
  record->sent = call->sent;
  record->first_byte = call->first_byte == 0 ? 0 : CLAMP (call->first_byte, call->sent, done);
  record->done = done;
  record->read = read;
  record->resolved = call->resolved;
  record->connected = call->connected;
  record->secured = call->secured;
  record->received_bytes = outcome->bytes;
  record->sent_bytes = call->sent_bytes;
  record->status = is_late ? 0 : outcome->status;
  record->user = (guint32)call->number;
  record->request = call->request;
  record->failure = (guint16)failure;
  record->flags = (outcome->is_stamped ? THRUM_RECORD_KERNEL_DONE : 0)
                  | (call->first_byte_upper ? THRUM_RECORD_FIRST_BYTE_UPPER : 0)
                  | (thrum_lane_is_warm_up (engine->lane, intended) ? THRUM_RECORD_WARM_UP : 0);
  record->resent = call->resent;
  record->redirects = 0;
  thrum_ring_publish (&engine->lane->ring);
  fetch_next_record (&engine->lane->ring);
  thrum_lane_end (engine->lane, call->place);
  engine->in_flight--;

  thrum_timer_unset (&call->deadline);
  if (G_UNLIKELY (call->payload != NULL))
    g_clear_pointer (&call->payload, g_byte_array_unref);
  call->connection = NULL;
  call->next = engine->spare_calls;
  engine->spare_calls = call;
  thrum_codec_load_called (engine, user, intended, done, failure);
}

void
thrum_codec_call_fail (ThrumCodecEngine *engine, ThrumCodecCall *call, ThrumFailure failure)
{
  gint64 now = thrum_codec_now (engine);
  ThrumCodecOutcome outcome = { .failure = failure, .done = now, .read = now };

  thrum_codec_call_end (engine, call, &outcome);
}

void
thrum_codec_call_keep (ThrumCodecCall *call, gconstpointer bytes, gsize n_bytes)
{
  if (call->payload_too_large)
    return;
  if (call->payload == NULL)
    call->payload = g_byte_array_new ();
  if (n_bytes > THRUM_PAYLOAD_MAX - call->payload->len)
    {
      call->payload_too_large = TRUE;
      g_clear_pointer (&call->payload, g_byte_array_unref);
      return;
    }
  g_byte_array_append (call->payload, bytes, (guint)n_bytes);
}
