/* SPDX-License-Identifier: MIT
 *
 * What a client sends: bytes from the socket, through the parser, to exchanges in the order of its
 * requests. Refuses to know how replies leave. Runs in its loop's thread.
 */
#include <errno.h>

#include "base/clock.h"
#include "server/connection.h"

/* Pipelined requests that wait for their replies, beyond which no more is read. */
#define MAX_PENDING 512
/* What those replies may hold of the requests' bodies; one more may come on top. */
#define MAX_HELD_BYTES (4 << 20)

static void
enqueue (ThrumConnection *connection, ThrumExchange *exchange)
{
  exchange->connection = connection;
  if (connection->first == NULL)
    connection->first = exchange;
  else
    connection->last->next = exchange;
  connection->last = exchange;
  connection->n_pending++;
}

static void
begin_request (ThrumConnection *connection, const ThrumRequestHead *head)
{
  ThrumServerLoop *loop = connection->loop;
  guint64 limit = loop->context->close_after;

  connection->n_requests++;
  connection->partial = thrum_exchange_begin (
      loop, head, !head->keep_alive || (limit > 0 && connection->n_requests >= limit));
  if (head->expects_continue)
    {
      static const char proceed[] = "HTTP/1.1 100 Continue\r\n\r\n";
      ThrumExchange *interim = thrum_exchange_new (loop);

      interim->is_uncounted = TRUE;
      interim->reply.text = proceed;
      interim->reply.text_left = sizeof proceed - 1;
      enqueue (connection, interim);
    }
}

/* A connection that asks for /stats alone is not counted among those under test. */
static void
note_observer (ThrumConnection *connection, gboolean observes)
{
  ThrumStatistics *statistics = &connection->loop->statistics;

  if (observes && connection->n_requests == 1)
    {
      connection->is_observer = TRUE;
      thrum_statistics_add (&statistics->connections, -1);
    }
  else if (!observes && connection->is_observer)
    {
      connection->is_observer = FALSE;
      thrum_statistics_add (&statistics->connections, 1);
    }
}

static void
end_request (ThrumConnection *connection)
{
  ThrumServerLoop *loop = connection->loop;
  ThrumExchange *exchange = g_steal_pointer (&connection->partial);

  note_observer (connection, exchange->kind == THRUM_ROUTE_STATS);
  enqueue (connection, exchange);
  exchange->held_bytes = exchange->reply.body != NULL ? exchange->reply.body->len : 0;
  connection->held_bytes += exchange->held_bytes;
  thrum_exchange_receive (loop, exchange, connection->receive_ns, connection->request_bytes);
  if (!connection->is_stamped && !exchange->is_uncounted)
    thrum_statistics_add (&loop->statistics.unstamped, 1);
  connection->request_bytes = 0;
  connection->ends = exchange->reply.closes;
}

/* What came is no request: says so, and ends. */
static void
reject (ThrumConnection *connection, guint status, const char *reason)
{
  ThrumServerLoop *loop = connection->loop;
  ThrumExchange *exchange = thrum_exchange_new (loop);

  if (connection->partial != NULL)
    thrum_exchange_free (loop, g_steal_pointer (&connection->partial));
  exchange->is_uncounted = TRUE;
  thrum_server_reply_begin_refusal (&exchange->reply, NULL, status, reason, TRUE);
  thrum_server_reply_finish (&exchange->reply);
  enqueue (connection, exchange);
  connection->ends = connection->has_excess = TRUE;
  thrum_statistics_add (&loop->statistics.rejected, 1);
}

/* Requests from @bytes, as far as they go. How many bytes are done with. */
static gsize
parse (ThrumConnection *connection, const char *bytes, gsize length)
{
  ThrumRequestParser *parser = &connection->parser;
  ThrumRequestHead *head = &connection->loop->head;
  gsize at = 0;

  while (!connection->ends && connection->n_pending < MAX_PENDING
         && connection->held_bytes < MAX_HELD_BYTES)
    {
      gsize consumed;
      ThrumSlice body;
      ThrumRequestEvent event =
          thrum_request_parser_next (parser, bytes + at, length - at, &consumed, head, &body);

      at += consumed;
      connection->request_bytes += consumed;
      switch (event)
        {
        case THRUM_REQUEST_MORE:
          return at;
        case THRUM_REQUEST_HEAD:
          begin_request (connection, head);
          break;
        case THRUM_REQUEST_BODY:
          if (!thrum_exchange_add_body (connection->partial, body))
            reject (connection, 413, "the body is too large to be echoed");
          break;
        case THRUM_REQUEST_END:
          end_request (connection);
          break;
        case THRUM_REQUEST_BAD:
          reject (connection, parser->status, parser->reason);
          break;
        }
    }
  if (!connection->ends)
    {
      connection->is_full = TRUE;
      return at;
    }
  connection->has_excess |= at < length;
  return length;
}

/* Parses what was left over and @bytes after it; keeps what is not whole yet. */
static void
take_input (ThrumConnection *connection, const char *bytes, gsize length)
{
  GByteArray *unparsed = connection->unparsed;
  gsize done;

  if (unparsed != NULL)
    {
      g_byte_array_append (unparsed, (const guint8 *)bytes, length);
      done = parse (connection, (const char *)unparsed->data, unparsed->len);
      if (done == unparsed->len)
        g_clear_pointer (&connection->unparsed, g_byte_array_unref);
      else if (done > 0)
        g_byte_array_remove_range (unparsed, 0, done);
      return;
    }
  done = parse (connection, bytes, length);
  if (done < length)
    {
      connection->unparsed = g_byte_array_new ();
      g_byte_array_append (connection->unparsed, (const guint8 *)bytes + done, length - done);
    }
}

static gssize
receive (ThrumConnection *connection, gint64 *stamp_ns)
{
  char *input = connection->loop->input;

  if (connection->tls != NULL)
    return thrum_tls_session_receive (connection->tls, input, THRUM_LOOP_BUFFER_BYTES, stamp_ns);
  return thrum_receive (connection->fd, input, THRUM_LOOP_BUFFER_BYTES, stamp_ns);
}

/* When the bytes just read came in, by the kernel's stamp if there is one. */
static void
note_receipt (ThrumConnection *connection, gint64 stamp_ns)
{
  ThrumServerLoop *loop = connection->loop;

  connection->is_stamped = stamp_ns != 0;
  if (!connection->is_stamped)
    {
      connection->receive_ns = thrum_clock_now ();
      return;
    }
  if (!loop->has_offset)
    {
      loop->offset_ns = thrum_clock_realtime_offset ();
      loop->has_offset = TRUE;
    }
  connection->receive_ns = MIN (stamp_ns - loop->offset_ns, thrum_clock_now ());
}

void
thrum_connection_read (ThrumConnection *connection)
{
  do
    {
      gint64 stamp_ns = 0;
      gssize n = receive (connection, &stamp_ns);

      if (n < 0 && (errno == EAGAIN || errno == EINTR))
        break;
      if (n <= 0)
        {
          thrum_connection_close (connection);
          return;
        }
      if (connection->ends)
        {
          connection->has_excess = TRUE;
          continue;
        }
      note_receipt (connection, stamp_ns);
      take_input (connection, connection->loop->input, n);
  } while (connection->tls != NULL && thrum_tls_session_has_pending (connection->tls));
}

void
thrum_connection_resume (ThrumConnection *connection)
{
  if (!connection->is_full || connection->n_pending >= MAX_PENDING / 2
      || connection->held_bytes >= MAX_HELD_BYTES / 2)
    return;
  connection->is_full = FALSE;
  take_input (connection, "", 0);
}
