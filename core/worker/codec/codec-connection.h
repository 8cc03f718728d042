/* SPDX-License-Identifier: MIT */
#pragma once

#include "worker/codec/codec-engine.h"

G_BEGIN_DECLS

/* What codec-connection, codec-connect, codec-receive, codec-decode and codec-end share. One
 * lane, one thread. */

/* Return the buffer to which the codec appends, and the one for bytes that TLS has already made. */
ThrumOut *thrum_codec_connection_out (ThrumCodecEngine *engine, ThrumCodecConnection *connection);
ThrumOut *
thrum_codec_connection_raw_out (ThrumCodecEngine *engine, ThrumCodecConnection *connection);

/* Continues the TLS handshake. TRUE: the handshake is done and calls are being sent. */
gboolean thrum_codec_connection_secure (ThrumCodecEngine *engine, ThrumCodecConnection *connection);

/* Encodes the calls that wait, until the codec takes no more. */
void
thrum_codec_connection_encode_waiting (ThrumCodecEngine *engine, ThrumCodecConnection *connection);

/* Returns, in order, the calls that the connection has taken but not encoded. */
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

/* Makes the connection take calls from now on: in the closed model those of the users of @home. */
void thrum_codec_connection_settle (ThrumCodecEngine *engine, ThrumCodecConnection *connection,
                                    guint home);

/* Removes @rival from the race of attempts: it has ended, or it has won. */
void thrum_codec_connection_leave_race (ThrumCodecConnection *rival);

/* Starts a rival at another address of the target, because this connection has been connecting
 * for too long. */
void thrum_codec_connection_race (ThrumCodecEngine *engine, ThrumCodecConnection *connection);

/* Starts to connect it. If that fails at once, ends it. */
void thrum_codec_connection_start (ThrumCodecEngine *engine, ThrumCodecConnection *connection);

/* Updates the open model's list of connections that have room. */
void thrum_codec_connection_update (ThrumCodecEngine *engine, ThrumCodecConnection *connection);

/* Are parts of thrum_codec_connection_events. */
void thrum_codec_connection_connected (gpointer engine, ThrumIo *io, gint error);
void thrum_codec_connection_released (gpointer engine, ThrumIo *io);

/* Makes the connection take no further calls. A user or arrival that needs one gets another
 * connection. */
void thrum_codec_connection_retire (ThrumCodecEngine *engine, ThrumCodecConnection *connection);

/* Notes that a call has left the connection, so there is room for another. */
void thrum_codec_connection_has_left (ThrumCodecEngine *engine, ThrumCodecConnection *connection);

/* Sends @call, which has left its connection, again on another one. Counts that if it had been
 * sent. */
void thrum_codec_connection_resend (ThrumCodecEngine *engine, ThrumCodecCall *call);

/* Notes that the last bytes of the connection belong to @call (nullable). */
static inline void
thrum_codec_decode_note_first (const ThrumCodecConnection *connection, ThrumCodecCall *call)
{
  if (call == NULL || call->is_answered)
    return;
  call->is_answered = TRUE;
  call->first_byte = connection->last_byte_ns;
}

/* Decodes @bytes after those that the codec has left. FALSE: the connection has ended. */
gboolean thrum_codec_decode (ThrumCodecEngine *engine, ThrumCodecConnection *connection,
                             const guint8 *bytes, gsize n_bytes, ThrumCause cause);

/* Counts that @n calls have failed for @reason (nullable). */
void thrum_codec_decode_note (ThrumCodecEngine *engine, ThrumFailure failure, const gchar *reason,
                              guint n);

void thrum_codec_receive_bytes (gpointer engine, ThrumIo *io, const guint8 *bytes, gsize n_bytes,
                                gint64 stamp);
void thrum_codec_receive_end (gpointer engine, ThrumIo *io, gint error);
void thrum_codec_receive_idle (ThrumCodecEngine *engine, ThrumCodecConnection *connection);

G_END_DECLS
