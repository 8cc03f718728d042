/* SPDX-License-Identifier: MIT
 *
 * Drives a codec by hand over recorded bytes, as the event loop would, and holds it against the
 * rules of <thrum/plugin.h>. Owns what a rule's breach is called; knows no protocol and no socket.
 * Each slice is given as a copy of just its length, overwritten afterwards, so that a read beyond
 * it or a pointer kept into it shows.
 */
#include "conformance/codec-replay.h"

#include <string.h>

#include "plugin/loader.h"
#include "record/record.h"

/* So many events in a row may consume nothing: more is a loop without end. */
#define IDLE_EVENTS_MAX 10000

/* So much of what came before is told with a breach: the last of it. */
#define BREACH_TRACE_MAX 1000

typedef struct {
  guint64 id;
  gboolean is_open, has_head;
  guint64 data_bytes;
  GString *payload; /* (nullable) */
} Call;

typedef struct {
  ThrumCodecSubject *subject;
  const ThrumReplay *replay;
  gpointer conn;
  ThrumOut out;
  gsize sent; /* of out.data, looked at */
  GByteArray *pending;
  guint8 *last_slice;
  GArray *calls; /* Call; call number i has the id i + 1 */
  guint n_open, limit;
  gint64 idle_ns;
  gboolean sends_later; /* some of a call */
  gboolean is_ready, is_draining, is_over;
  GString *trace;
  GError **error;
} Player;

static gboolean breach (Player *player, const gchar *format, ...) G_GNUC_PRINTF (2, 3);

/* The codec broke a rule. Always FALSE. */
static gboolean
breach (Player *player, const gchar *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_autofree gchar *what = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  const gchar *trace = player->trace->str;
  if (player->trace->len > BREACH_TRACE_MAX)
    trace += player->trace->len - BREACH_TRACE_MAX;
  g_set_error (player->error, THRUM_PLUGIN_ERROR, THRUM_PLUGIN_ERROR_INVALID, "%s, after:\n%s",
               what, *trace != '\0' ? trace : "nothing\n");
  return FALSE;
}

static void
append_bytes (GString *text, const guint8 *bytes, gsize n_bytes)
{
  for (gsize i = 0; i < n_bytes; i++)
    if (bytes[i] == '\r')
      g_string_append (text, "\\r");
    else if (bytes[i] == '\n')
      g_string_append (text, "\\n");
    else if (g_ascii_isprint (bytes[i]) && bytes[i] != '\\')
      g_string_append_c (text, (gchar)bytes[i]);
    else
      g_string_append_printf (text, "\\x%02x", bytes[i]);
}

/* ---- Calls --------------------------------------------------------------------------------- */

/* The open call @id, or NULL after telling the breach. */
static Call *
find_open (Player *player, guint64 id, const gchar *event)
{
  Call *call =
      id >= 1 && id <= player->calls->len ? &g_array_index (player->calls, Call, id - 1) : NULL;

  if (call != NULL && call->is_open)
    return call;
  breach (player, "%s names call %" G_GUINT64_FORMAT ", which is not open", event, id);
  return NULL;
}

static void
end_call (Player *player, Call *call)
{
  call->is_open = FALSE;
  player->n_open--;
}

static void
end_open_calls (Player *player, const gchar *why)
{
  for (guint i = 0; i < player->calls->len; i++)
    {
      Call *call = &g_array_index (player->calls, Call, i);

      if (!call->is_open)
        continue;
      g_string_append_printf (player->trace, "call %" G_GUINT64_FORMAT ": %s\n", call->id, why);
      end_call (player, call);
    }
}

/* Makes one call. FALSE with player->error set: a breach; else *@is_taken says whether. */
static gboolean
make_call (Player *player, gboolean *is_taken)
{
  const ThrumCodecOps *codec = player->subject->plugin->codec;
  const guint n = player->calls->len;
  gpointer request = player->subject->requests->pdata[n % player->subject->requests->len];
  const ThrumCall call = {
    .size = sizeof call,
    .wants_payload = player->replay->wants_payload,
    .id = n + 1,
    .deadline_ns = G_MAXINT64,
  };
  const gsize used = player->out.used;
  g_autoptr (GError) error = NULL;
  const ThrumEncode said = codec->encode (player->conn, request, &call, &player->out, &error);
  Call open = { .id = n + 1,
                .is_open = said == THRUM_ENCODE_SENT || said == THRUM_ENCODE_REPEATABLE };

  *is_taken = open.is_open || said == THRUM_ENCODE_NO_REPLY;
  if (player->out.idle_ns != 0)
    {
      player->idle_ns = player->out.idle_ns;
      player->out.idle_ns = 0;
      player->sends_later = TRUE;
    }
  switch (said)
    {
    case THRUM_ENCODE_FULL:
      if (player->out.used != used)
        return breach (player, "encode () said FULL, yet appended %zu bytes",
                       player->out.used - used);
      if (player->n_open == 0)
        return breach (player, "encode () said FULL although no call is open, so none may follow");
      return TRUE;
    case THRUM_ENCODE_ERROR:
      if (error == NULL)
        return breach (player, "encode () said ERROR without setting the error");
      return breach (player, "encode () failed: %s", error->message);
    case THRUM_ENCODE_SENT:
    case THRUM_ENCODE_REPEATABLE:
    case THRUM_ENCODE_NO_REPLY:
      break;
    default:
      return breach (player, "encode () returned %d, which is no ThrumEncode", (int)said);
    }
  if (open.is_open)
    {
      player->n_open++;
      if (player->replay->wants_payload)
        open.payload = g_string_new (NULL);
    }
  g_string_append_printf (player->trace, "call %u: %s, %zu bytes\n", n + 1,
                          open.is_open ? "sent" : "no reply", player->out.used - used);
  player->sent = player->out.used;
  g_array_append_val (player->calls, open);
  return TRUE;
}

static gboolean
make_calls (Player *player, guint n)
{
  gboolean is_taken = TRUE;

  while (n > 0 && is_taken && player->is_ready && !player->is_draining && !player->is_over
         && player->n_open < player->limit)
    {
      if (!make_call (player, &is_taken))
        return FALSE;
      n--;
    }
  return TRUE;
}

/* ---- Events -------------------------------------------------------------------------------- */

static gboolean
take_data (Player *player, const ThrumEvent *event)
{
  Call *call = find_open (player, event->id, "DATA");

  if (call == NULL)
    return FALSE;
  if (!player->replay->wants_payload)
    return breach (player, "DATA came although the call does not want its payload");
  if (event->data == NULL || event->data_bytes == 0)
    return breach (player, "DATA came without data");
  call->has_head = TRUE;
  call->data_bytes += event->data_bytes;
  g_string_append_len (call->payload, event->data, (gssize)event->data_bytes);
  return TRUE;
}

static gboolean
take_reply (Player *player, const ThrumEvent *event)
{
  Call *call = find_open (player, event->id, "REPLY");

  if (call == NULL)
    return FALSE;
  if (event->failure >= THRUM_N_FAILURES)
    return breach (player, "REPLY has failure %u, which is no ThrumFailure", event->failure);
  if (event->status == 0 && event->failure == THRUM_FAILURE_NONE)
    return breach (player, "REPLY has status 0, which means no reply, but no failure");
  if (player->replay->wants_payload && call->data_bytes != event->data_bytes)
    return breach (player, "REPLY says %zu bytes of payload, but DATA brought %" G_GUINT64_FORMAT,
                   event->data_bytes, call->data_bytes);

  g_string_append_printf (player->trace, "reply %" G_GUINT64_FORMAT ": %d%s%s, %zu bytes%s\n",
                          call->id, event->status, event->failure != 0 ? " " : "",
                          thrum_failure_token (event->failure), event->data_bytes,
                          event->close ? ", closes" : "");
  if (call->payload != NULL)
    {
      g_string_append_printf (player->trace, "payload %" G_GUINT64_FORMAT ": ", call->id);
      append_bytes (player->trace, (const guint8 *)call->payload->str, call->payload->len);
      g_string_append_c (player->trace, '\n');
    }
  end_call (player, call);
  if (event->close)
    {
      player->is_over = TRUE;
      end_open_calls (player, player->is_draining ? "repeated elsewhere" : "closed-early");
    }
  return TRUE;
}

static gboolean
take_head (Player *player, const ThrumEvent *event)
{
  Call *call = find_open (player, event->id, "HEAD");

  if (call == NULL)
    return FALSE;
  if (call->has_head)
    return breach (player, "HEAD of call %" G_GUINT64_FORMAT " came twice, or after DATA",
                   event->id);
  call->has_head = TRUE;
  return TRUE;
}

static gboolean
take_broken (Player *player, const ThrumEvent *event)
{
  if (event->failure == THRUM_FAILURE_NONE || event->failure >= THRUM_N_FAILURES)
    return breach (player, "BROKEN has failure %u: it needs one of the list", event->failure);
  player->is_over = TRUE;
  g_string_append_printf (player->trace, "broken: %s", thrum_failure_token (event->failure));
  if (event->reason != NULL)
    g_string_append_printf (player->trace, " (%s)", event->reason);
  g_string_append_c (player->trace, '\n');
  end_open_calls (player, thrum_failure_token (event->failure));
  return TRUE;
}

static gboolean
take_event (Player *player, const ThrumEvent *event)
{
  switch (event->type)
    {
    case THRUM_EVENT_MORE:
      player->idle_ns = event->idle_ns;
      return event->idle_ns >= 0 || breach (player, "MORE has a negative idle_ns");
    case THRUM_EVENT_READY:
      if (!player->subject->endpoint.awaits_ready)
        return breach (player, "READY came, but the endpoint does not say awaits_ready");
      if (player->is_ready)
        return breach (player, "READY came twice");
      player->is_ready = TRUE;
      g_string_append (player->trace, "ready\n");
      return TRUE;
    case THRUM_EVENT_HEAD:
      return take_head (player, event);
    case THRUM_EVENT_DATA:
      return take_data (player, event);
    case THRUM_EVENT_REPLY:
      return take_reply (player, event);
    case THRUM_EVENT_LIMIT:
      player->limit = MIN (event->limit, MAX (player->subject->endpoint.calls_per_connection, 1));
      g_string_append_printf (player->trace, "limit: %u\n", event->limit);
      return TRUE;
    case THRUM_EVENT_DRAIN:
      player->is_draining = TRUE;
      g_string_append_printf (player->trace, "drain after call %" G_GUINT64_FORMAT "\n", event->id);
      return TRUE;
    case THRUM_EVENT_BROKEN:
      return take_broken (player, event);
    default:
      return breach (player, "decode () said event %u, which is no ThrumEventType", event->type);
    }
}

/* What the codec sends on its own is part of what came of it. */
static void
note_sent (Player *player)
{
  if (player->sent == player->out.used)
    return;
  g_string_append (player->trace, "sends: ");
  append_bytes (player->trace, player->out.data + player->sent, player->out.used - player->sent);
  g_string_append_c (player->trace, '\n');
  player->sent = player->out.used;
}

/* ---- Bytes --------------------------------------------------------------------------------- */

/* One decode () of what is pending. */
static gboolean
decode_once (Player *player, ThrumCause cause, gsize *consumed, ThrumEvent *event)
{
  const gsize n = player->pending->len;
  guint8 *slice = g_malloc (MAX (n, 1));
  gboolean is_good;

  memset (event, 0, sizeof *event);
  event->size = sizeof *event;
  if (n > 0)
    memcpy (slice, player->pending->data, n);
  *consumed = 0;
  player->subject->plugin->codec->decode (player->conn, n > 0 ? slice : slice + 1, n, cause,
                                          consumed, &player->out, event);
  if (*consumed > n)
    is_good = breach (player, "decode () consumed %zu of %zu bytes", *consumed, n);
  else
    {
      if (player->subject->endpoint.awaits_ready || player->sends_later)
        note_sent (player);
      is_good = take_event (player, event);
    }
  /* Overwritten, and freed only after the next, which so lies elsewhere. */
  memset (slice, 0xdb, MAX (n, 1));
  g_free (player->last_slice);
  player->last_slice = slice;
  if (is_good && *consumed > 0)
    g_byte_array_remove_range (player->pending, 0, (guint)*consumed);
  return is_good;
}

/* Lets the codec say all it has to say about what is pending. */
static gboolean
decode_pending (Player *player, ThrumCause cause)
{
  ThrumEvent event = { .type = THRUM_EVENT_REPLY };

  for (guint idle = 0; !player->is_over && event.type != THRUM_EVENT_MORE;)
    {
      gsize consumed;

      if (!decode_once (player, cause, &consumed, &event))
        return FALSE;
      idle = consumed > 0 ? 0 : idle + 1;
      if (idle > IDLE_EVENTS_MAX)
        return breach (player, "decode () said %u events in a row without consuming a byte", idle);
    }
  if (!player->is_over && player->pending->len > THRUM_UNCONSUMED_MAX)
    return breach (player, "decode () left %u bytes unconsumed", player->pending->len);
  return TRUE;
}

static gboolean
play_turn (Player *player, const ThrumReplayTurn *turn, gsize *offset, const gsize **cut,
           const gsize *cuts_end)
{
  const guint8 *bytes = turn->bytes != NULL ? turn->bytes : (const guint8 *)turn->text;
  const gsize n = turn->bytes != NULL  ? turn->n_bytes
                  : turn->text != NULL ? strlen (turn->text)
                                       : 0;

  if (!make_calls (player, turn->n_calls))
    return FALSE;
  for (gsize at = 0; at < n && !player->is_over;)
    {
      gsize end = n;

      while (*cut < cuts_end && **cut <= *offset + at)
        (*cut)++;
      if (*cut < cuts_end && **cut - *offset < n)
        end = **cut - *offset;
      g_byte_array_append (player->pending, bytes + at, (guint)(end - at));
      if (!decode_pending (player, THRUM_CAUSE_BYTES))
        return FALSE;
      at = end;
    }
  *offset += n;

  if (player->is_over || turn->then == THRUM_CAUSE_BYTES)
    return TRUE;
  if (turn->then == THRUM_CAUSE_IDLE && player->idle_ns == 0)
    return TRUE; /* the core would set no timer */
  if (!decode_pending (player, turn->then))
    return FALSE;
  if (turn->then == THRUM_CAUSE_END && !player->is_over)
    {
      player->is_over = TRUE;
      end_open_calls (player, player->is_draining ? "repeated elsewhere" : "closed-early");
    }
  return TRUE;
}

static gboolean
play_turns (Player *player, const gsize *cuts, gsize n_cuts)
{
  const gsize *cut = cuts, *end = n_cuts > 0 ? cuts + n_cuts : cuts;
  gsize offset = 0;

  for (gsize i = 0; i < player->replay->n_turns; i++)
    if (!play_turn (player, &player->replay->turns[i], &offset, &cut, end))
      return FALSE;
  if (player->idle_ns > 0 && !player->is_over)
    g_string_append_printf (player->trace, "awaits a silence of %" G_GINT64_FORMAT " ns\n",
                            player->idle_ns);
  end_open_calls (player, "open");
  return TRUE;
}

static void
clear_call (gpointer data)
{
  Call *call = data;

  if (call->payload != NULL)
    g_string_free (call->payload, TRUE);
}

gchar *
thrum_replay_play (ThrumCodecSubject *subject, const ThrumReplay *replay, const gsize *cuts,
                   gsize n_cuts, GError **error)
{
  const ThrumCodecOps *codec = subject->plugin->codec;
  const ThrumConnInfo info = {
    .size = sizeof info,
    .tls = subject->endpoint.tls,
    .alpn = subject->endpoint.alpn != NULL ? subject->endpoint.alpn[0] : NULL,
  };
  g_autoptr (GString) trace = g_string_new (NULL);
  g_autoptr (GByteArray) pending = g_byte_array_new ();
  g_autoptr (GArray) calls = g_array_new (FALSE, TRUE, sizeof (Call));
  Player player = {
    .subject = subject,
    .replay = replay,
    .pending = pending,
    .calls = calls,
    .limit = MAX (subject->endpoint.calls_per_connection, 1),
    .is_ready = !subject->endpoint.awaits_ready,
    .trace = trace,
    .error = error,
  };
  gboolean is_good;

  g_array_set_clear_func (calls, clear_call);
  thrum_codec_out_init (&player.out);
  player.conn = codec->open (subject->target, &info, &player.out, error);
  is_good = player.conn != NULL;
  if (is_good)
    {
      if (subject->endpoint.awaits_ready || player.out.used > 0)
        note_sent (&player);
      is_good = play_turns (&player, cuts, n_cuts);
      codec->close (player.conn, &player.out);
    }
  g_free (player.last_slice);
  thrum_codec_out_clear (&player.out);
  return is_good ? g_string_free (g_steal_pointer (&trace), FALSE) : NULL;
}
