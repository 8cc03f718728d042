/* SPDX-License-Identifier: MIT */
#pragma once

#include "worker/codec/codec-engine.h"

G_BEGIN_DECLS

/* Between codec-connection, codec-connect, codec-receive, codec-decode and codec-end; one lane, one
 * thread. */

/* Where the codec appends; and where bytes go that TLS has made already. */
ThrumOut *thrum_codec_connection_out (ThrumCodecEngine *engine, ThrumCodecConnection *connection);
ThrumOut *
thrum_codec_connection_raw_out (ThrumCodecEngine *engine, ThrumCodecConnection *connection);

/* Goes on with the TLS handshake. TRUE: it is done and calls are on their way. */
gboolean thrum_codec_connection_secure (ThrumCodecEngine *engine, ThrumCodecConnection *connection);

/* Encodes what waits, as far as the codec takes it. */
void
thrum_codec_connection_encode_waiting (ThrumCodecEngine *engine, ThrumCodecConnection *connection);

/* The calls it has taken but not encoded, in order. */
static inline void
thrum_codec_connection_append_waiting (ThrumCodecConnection *connection, ThrumCodecCall *call)
{
  call->next = NULL;
  *connection->waiting_end = call;
  connection->waiting_end = &call->next;
}

static inline ThrumCodecCall *
thrum_codec_connection_take_waiting (ThrumCodecConnection *connection)
{
  ThrumCodecCall *call = connection->waiting;

  connection->waiting = call->next;
  if (connection->waiting == NULL)
    connection->waiting_end = &connection->waiting;
  call->next = NULL;
  return call;
}

/* It takes calls from now on, those of the users of @home (closed model). */
void thrum_codec_connection_settle (ThrumCodecEngine *engine, ThrumCodecConnection *connection,
                                    guint home);

/* It is no attempt any more: it has ended, or is the one. */
void thrum_codec_connection_leave_race (ThrumCodecConnection *rival);

/* It has been connecting for long enough: another of the target's addresses is tried beside. */
void thrum_codec_connection_race (ThrumCodecEngine *engine, ThrumCodecConnection *connection);

/* Starts to connect it, or ends it if that fails at once. */
void thrum_codec_connection_start (ThrumCodecEngine *engine, ThrumCodecConnection *connection);

/* Sees to the open model's list of connections with room. */
void thrum_codec_connection_update (ThrumCodecEngine *engine, ThrumCodecConnection *connection);

/* Parts of thrum_codec_connection_events. */
void thrum_codec_connection_connected (gpointer engine, ThrumIo *io, gint error);
void thrum_codec_connection_released (gpointer engine, ThrumIo *io);

/* It takes no further call; whoever needs one gets another connection. */
void thrum_codec_connection_retire (ThrumCodecEngine *engine, ThrumCodecConnection *connection);

/* One of its calls is off it: there is room for another. */
void thrum_codec_connection_has_left (ThrumCodecEngine *engine, ThrumCodecConnection *connection);

/* @call, off its connection, is sent again elsewhere; counted if it had been sent. */
void thrum_codec_connection_resend (ThrumCodecEngine *engine, ThrumCodecCall *call);

/* The last bytes of the connection are @call's (nullable). */
static inline void
thrum_codec_decode_note_first (const ThrumCodecConnection *connection, ThrumCodecCall *call)
{
  if (call == NULL || call->is_answered)
    return;
  call->is_answered = TRUE;
  call->first_byte = connection->last_byte_ns;
}

/* Decodes @bytes, behind those that the codec has left. FALSE: the connection has ended. */
gboolean thrum_codec_decode (ThrumCodecEngine *engine, ThrumCodecConnection *connection,
                             const guint8 *bytes, gsize n_bytes, ThrumCause cause);

/* @n calls have failed for @reason (nullable). */
void thrum_codec_decode_note (ThrumCodecEngine *engine, ThrumFailure failure, const gchar *reason,
                              guint n);

void thrum_codec_receive_bytes (gpointer engine, ThrumIo *io, const guint8 *bytes, gsize n_bytes,
                                gint64 stamp);
void thrum_codec_receive_end (gpointer engine, ThrumIo *io, gint error);
void thrum_codec_receive_idle (ThrumCodecEngine *engine, ThrumCodecConnection *connection);

G_END_DECLS
