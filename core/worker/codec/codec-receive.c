/* SPDX-License-Identifier: MIT
 *
 * Handles what comes on a connection, from the socket to the codec: when the kernel received it,
 * on our clock; its way out of TLS; and how the stream ends, in order or cut off. codec-decode.c
 * knows what the bytes mean. The lane's thread.
 */
#include "worker/codec/codec-connection.h"

#include <errno.h>

#include "worker/transport/transport-socket.h"

#define OFFSET_FOR_NS G_GINT64_CONSTANT (1000000) /* how long a clock offset serves */
/* How far off it can be, preempted between readings. */
#define OFFSET_ERROR_NS G_GINT64_CONSTANT (100000)
#define CLEAR_BYTES 16384 /* a TLS record's payload */

/* The kernel's stamp on our clock; 0: it cannot be. The offset only moves when the wall clock is set
 * (slewing moves both clocks); a stamp that lies in the future says just that. If it still does by the
 * new offset, the wall clock that we read is not the kernel's. */
static gint64
to_monotonic (ThrumCodecEngine *engine, gint64 stamp)
{
  if (engine->now >= engine->offset_due || stamp - engine->offset > engine->now)
    {
      engine->offset = thrum_clock_realtime_offset ();
      engine->offset_due = engine->now + OFFSET_FOR_NS;
    }
  if (G_UNLIKELY (stamp - engine->offset > engine->now + OFFSET_ERROR_NS))
    return 0;
  return MIN (stamp - engine->offset, engine->now);
}

/* Decodes what came; then those who wait for the connection may send. */
static gboolean
take_bytes (ThrumCodecEngine *engine, ThrumCodecConnection *connection, const guint8 *bytes,
            gsize n_bytes, ThrumCause cause)
{
  /* What comes on a connection of one call is that call's, whatever the codec makes of it yet. */
  if (connection->target->transport->calls_per_connection == 1)
    thrum_codec_decode_note_first (connection, connection->calls[0]);
  if (!thrum_codec_decode (engine, connection, bytes, n_bytes, cause))
    return FALSE;
  if (G_UNLIKELY (connection->waiting != NULL))
    thrum_codec_connection_encode_waiting (engine, connection);
  return TRUE;
}

/* The peer has closed its side in order: over TLS, said so within it. */
static void
has_ended (ThrumCodecEngine *engine, ThrumCodecConnection *connection)
{
  g_autofree gchar *refused = NULL;

  if (connection->codec != NULL)
    {
      connection->last_read_ns = connection->last_byte_ns = thrum_codec_now (engine);
      connection->last_is_stamped = FALSE;
      if (!thrum_codec_decode (engine, connection, (const guint8 *)"", 0, THRUM_CAUSE_END))
        return;
    }
  if (connection->tls != NULL && !connection->has_answered)
    refused = thrum_tls_describe_refused_alpn (connection->tls);
  thrum_codec_decode_note (engine, THRUM_FAILURE_CLOSED_EARLY, refused, connection->n_calls);
  connection->server_ends = TRUE;
  thrum_codec_connection_end (engine, connection, THRUM_FAILURE_CLOSED_EARLY);
}

/* A connection over TLS that ends without a word of it may have been cut by anyone: what has come is
 * not whole (RFC 9112, 9.8), and the codec is not told of an end. */
static void
note_cut (ThrumCodecEngine *engine, ThrumCodecConnection *connection)
{
  g_autofree gchar *refused = NULL;

  if (connection->state == THRUM_CONNECTION_SECURING)
    {
      thrum_codec_decode_note (engine, THRUM_FAILURE_TLS_FAILED,
                               "the server closed the connection within the TLS handshake",
                               connection->n_calls);
      return;
    }
  if (!connection->has_answered)
    refused = thrum_tls_describe_refused_alpn (connection->tls);
  if (refused != NULL)
    thrum_codec_decode_note (engine, THRUM_FAILURE_CLOSED_EARLY, refused, connection->n_calls);
  else if (connection->calls[0] != NULL && connection->calls[0]->is_answered)
    thrum_codec_decode_note (engine, THRUM_FAILURE_CLOSED_EARLY,
                             "the connection ended without TLS's close_notify within a reply", 1);
}

static void
take_encrypted (ThrumCodecEngine *engine, ThrumCodecConnection *connection, const guint8 *bytes,
                gsize n_bytes)
{
  if (engine->clear == NULL)
    engine->clear = g_malloc (CLEAR_BYTES);
  thrum_tls_feed (connection->tls, bytes, n_bytes);
  if (connection->state == THRUM_CONNECTION_SECURING
      && !thrum_codec_connection_secure (engine, connection))
    return;
  while (connection->state != THRUM_CONNECTION_DEAD && engine->error == NULL)
    {
      gsize n = 0;
      ThrumTlsResult result = thrum_tls_read (connection->tls, engine->clear, CLEAR_BYTES, &n,
                                              thrum_codec_connection_raw_out (engine, connection));

      if (result == THRUM_TLS_MORE)
        return;
      if (result == THRUM_TLS_OK)
        {
          take_bytes (engine, connection, engine->clear, n, THRUM_CAUSE_BYTES);
          if (connection->state != THRUM_CONNECTION_DEAD && !thrum_tls_has_more (connection->tls))
            return;
        }
      else if (result == THRUM_TLS_END)
        has_ended (engine, connection);
      else
        {
          /* TLS that broke later than before the first reply is a connection that had come to be. */
          gboolean has_stood =
              connection->has_answered
              || (connection->calls[0] != NULL && connection->calls[0]->is_answered);
          ThrumFailure failure =
              has_stood ? THRUM_FAILURE_CLOSED_EARLY : thrum_tls_get_failure (connection->tls);

          connection->server_ends = TRUE;
          connection->was_reset = TRUE; /* not in order: nothing is sent again */
          thrum_codec_decode_note (engine, failure, thrum_tls_get_reason (connection->tls),
                                   connection->n_calls);
          thrum_codec_connection_end (engine, connection, failure);
        }
    }
}

void
thrum_codec_receive_bytes (gpointer owner, ThrumIo *io, const guint8 *bytes, gsize n_bytes,
                           gint64 stamp)
{
  ThrumCodecEngine *engine = owner;
  ThrumCodecConnection *connection = (ThrumCodecConnection *)io;
  gint64 now = thrum_codec_now (engine);

  connection->last_read_ns = now;
  stamp = stamp != 0 ? to_monotonic (engine, stamp) : 0;
  connection->last_is_stamped = stamp != 0;
  connection->last_byte_ns = stamp != 0 ? stamp : now;
  if (connection->tls != NULL)
    take_encrypted (engine, connection, bytes, n_bytes);
  else
    take_bytes (engine, connection, bytes, n_bytes, THRUM_CAUSE_BYTES);
}

void
thrum_codec_receive_end (gpointer owner, ThrumIo *io, gint error)
{
  ThrumCodecEngine *engine = owner;
  ThrumCodecConnection *connection = (ThrumCodecConnection *)io;

  if (error == 0 && connection->tls == NULL)
    {
      has_ended (engine, connection);
      return;
    }
  if (error == 0)
    note_cut (engine, connection);
  connection->server_ends = TRUE;
  /* Behind an end of the stream, or where a write failed first, the kernel says EPIPE or nothing. */
  connection->was_reset = error == ECONNRESET;
  thrum_codec_connection_end (engine, connection,
                              error == 0 && connection->state == THRUM_CONNECTION_SECURING
                                  ? THRUM_FAILURE_TLS_FAILED
                                  : thrum_socket_failure (error));
}

void
thrum_codec_receive_idle (ThrumCodecEngine *engine, ThrumCodecConnection *connection)
{
  if (connection->codec == NULL)
    return;
  if (thrum_codec_decode (engine, connection, (const guint8 *)"", 0, THRUM_CAUSE_IDLE)
      && connection->waiting != NULL)
    thrum_codec_connection_encode_waiting (engine, connection);
}
