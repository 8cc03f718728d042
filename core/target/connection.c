/* SPDX-License-Identifier: MIT
 *
 * A connection: bytes in, through the parser, to exchanges; replies out in the order of requests,
 * each not before it is due. Owns the socket and what epoll watches of it; refuses to know when and
 * what is answered. Runs in its loop's thread.
 */
#include "target/connection.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "record/clock.h"

/* Pipelined requests that wait for their replies, beyond which no more is read. */
#define MAX_PENDING 512

/* Buffers sent to one client before the others get their turn. */
#define MAX_ROUNDS 16

/* How long a client may take to leave after its last reply. */
#define LINGER_NS G_GINT64_CONSTANT (1000000000)

void
thrum_connection_new (ThrumServerLoop *loop, int fd)
{
  ThrumConnection *connection = g_new0 (ThrumConnection, 1);
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = connection };

  connection->loop = loop;
  connection->fd = fd;
  connection->events = EPOLLIN;
  if (loop->context->tls != NULL)
    connection->tls = thrum_tls_session_new (loop->context->tls, fd);
  connection->next = loop->connections;
  if (connection->next != NULL)
    connection->next->previous = connection;
  loop->connections = connection;
  thrum_statistics_add (&loop->statistics.connections, 1);
  if (epoll_ctl (loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
    thrum_connection_close (connection);
}

void
thrum_connection_free (ThrumConnection *connection)
{
  g_clear_pointer (&connection->unparsed, g_byte_array_unref);
  g_clear_pointer (&connection->unsent, g_byte_array_unref);
  g_free (connection);
}

static void
abandon (ThrumServerLoop *loop, ThrumExchange *exchange)
{
  /* One that awaits its place in the queue takes it all the same: the server does not know. */
  if (exchange->is_arriving)
    exchange->connection = NULL;
  else
    thrum_exchange_end (loop, exchange, THRUM_END_ABANDONED);
}

void
thrum_connection_close (ThrumConnection *connection)
{
  ThrumServerLoop *loop = connection->loop;

  if (connection->is_closed)
    return;
  connection->is_closed = TRUE;
  while (connection->first != NULL)
    {
      ThrumExchange *exchange = connection->first;

      connection->first = exchange->next;
      abandon (loop, exchange);
    }
  if (connection->partial != NULL)
    thrum_exchange_free (loop, g_steal_pointer (&connection->partial));
  thrum_due_heap_remove (&loop->heap, &connection->due);
  if (connection->tls != NULL)
    thrum_tls_session_shut_down (connection->tls);
  g_clear_pointer (&connection->tls, thrum_tls_session_free);
  close (connection->fd);
  if (!connection->is_observer)
    thrum_statistics_add (&loop->statistics.closed_connections, 1);

  if (connection->previous != NULL)
    connection->previous->next = connection->next;
  else
    loop->connections = connection->next;
  if (connection->next != NULL)
    connection->next->previous = connection->previous;
  connection->next = loop->closed;
  loop->closed = connection;
}

static void
reset (ThrumConnection *connection)
{
  struct linger linger = { .l_onoff = 1, .l_linger = 0 };

  setsockopt (connection->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
  g_clear_pointer (&connection->tls, thrum_tls_session_free);
  thrum_connection_close (connection);
}

/* Watches for what the connection can use. */
static void
update_events (ThrumConnection *connection)
{
  gboolean wants_write =
      connection->unsent != NULL
      || (connection->tls != NULL && thrum_tls_session_wants_write (connection->tls));
  struct epoll_event event = { .data.ptr = connection };

  event.events = (connection->is_full ? 0 : EPOLLIN) | (wants_write ? EPOLLOUT : 0);
  if (event.events == connection->events)
    return;
  connection->events = event.events;
  epoll_ctl (connection->loop->epoll_fd, EPOLL_CTL_MOD, connection->fd, &event);
}

/* ---- Requests ---- */

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
  thrum_reply_begin_refusal (&exchange->reply, NULL, status, reason, TRUE);
  thrum_reply_finish (&exchange->reply);
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

  while (!connection->ends && connection->n_pending < MAX_PENDING)
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

static void
read_input (ThrumConnection *connection)
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

/* ---- Replies ---- */

static gssize
send_bytes (ThrumConnection *connection, const void *bytes, gsize length)
{
  gssize n = connection->tls != NULL ? thrum_tls_session_send (connection->tls, bytes, length)
                                     : send (connection->fd, bytes, length, MSG_NOSIGNAL);

  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return 0;
  return n;
}

/* After the last reply. */
static void
finish (ThrumConnection *connection)
{
  if (!connection->has_excess && connection->unparsed == NULL)
    {
      thrum_connection_close (connection);
      return;
    }
  /* Closing with unread bytes would reset the connection, and the client might lose the reply. */
  connection->is_lingering = TRUE;
  if (connection->tls != NULL)
    thrum_tls_session_shut_down (connection->tls);
  shutdown (connection->fd, SHUT_WR);
  update_events (connection);
  thrum_due_heap_set (&connection->loop->heap, &connection->due, thrum_clock_now () + LINGER_NS);
}

/* Ends the exchanges whose bytes the kernel has. FALSE: the connection is over. */
static gboolean
account (ThrumConnection *connection, gsize n)
{
  ThrumServerLoop *loop = connection->loop;
  ThrumExchange *exchange;

  connection->written += n;
  while ((exchange = connection->first) != NULL && exchange->is_filled
         && exchange->end_offset <= connection->written)
    {
      gboolean closes = exchange->reply.closes;

      connection->first = exchange->next;
      connection->n_pending--;
      thrum_exchange_end (loop, exchange, THRUM_END_ANSWERED);
      if (closes)
        {
          finish (connection);
          return FALSE;
        }
    }
  return TRUE;
}

/* Sends what the kernel did not take before. TRUE: all of it. */
static gboolean
send_unsent (ThrumConnection *connection)
{
  GByteArray *unsent = connection->unsent;
  gssize n;

  if (unsent == NULL)
    return TRUE;
  n = send_bytes (connection, unsent->data + connection->unsent_at,
                  unsent->len - connection->unsent_at);
  if (n < 0)
    {
      thrum_connection_close (connection);
      return FALSE;
    }
  connection->unsent_at += n;
  if (connection->unsent_at < unsent->len)
    return account (connection, n) && FALSE;
  g_clear_pointer (&connection->unsent, g_byte_array_unref);
  connection->unsent_at = 0;
  return account (connection, n);
}

/* Collects bytes of the replies that are due, in order. How many. */
static gsize
fill (ThrumConnection *connection)
{
  char *output = connection->loop->output;
  gint64 now = thrum_clock_now ();
  gsize n = 0;

  for (ThrumExchange *exchange = connection->first; exchange != NULL; exchange = exchange->next)
    {
      if (exchange->next_ns > now || exchange->fate == THRUM_FATE_RESET)
        break;
      n += thrum_reply_fill (&exchange->reply, output + n, THRUM_LOOP_BUFFER_BYTES - n);
      if (thrum_reply_is_waiting (&exchange->reply))
        {
          thrum_reply_release (&exchange->reply);
          exchange->next_ns += exchange->pause_ns;
          break;
        }
      if (!thrum_reply_is_done (&exchange->reply))
        break;
      exchange->is_filled = TRUE;
      exchange->end_offset = connection->generated + n;
      if (exchange->reply.closes)
        break;
    }
  connection->generated += n;
  return n;
}

static void
stamp_sent (ThrumConnection *connection)
{
  gint64 now = thrum_clock_now ();

  for (ThrumExchange *exchange = connection->first;
       exchange != NULL && exchange->reply.total_bytes > 0; exchange = exchange->next)
    if (exchange->send_ns == 0)
      exchange->send_ns = now;
}

/* Sends replies that are due. TRUE: some, and there may be more. */
static gboolean
send_due (ThrumConnection *connection)
{
  ThrumExchange *first = connection->first;
  gsize length = fill (connection);
  gssize n;

  if (length == 0)
    {
      if (first != NULL && first->fate == THRUM_FATE_RESET && first->next_ns <= thrum_clock_now ())
        {
          connection->first = first->next;
          thrum_exchange_end (connection->loop, first, THRUM_END_RESET);
          reset (connection);
        }
      return FALSE;
    }
  stamp_sent (connection);
  n = send_bytes (connection, connection->loop->output, length);
  if (n < 0)
    {
      thrum_connection_close (connection);
      return FALSE;
    }
  if ((gsize)n == length)
    return account (connection, n);
  connection->unsent = g_byte_array_sized_new (length - n);
  g_byte_array_append (connection->unsent, (const guint8 *)connection->loop->output + n,
                       length - n);
  account (connection, n);
  return FALSE;
}

/* Takes in more requests, where there were too many. */
static void
resume (ThrumConnection *connection)
{
  if (!connection->is_full || connection->n_pending >= MAX_PENDING / 2)
    return;
  connection->is_full = FALSE;
  take_input (connection, "", 0);
}

/* Has the loop come back when the next reply is due, at @earliest_ns at the earliest. */
static void
plan (ThrumConnection *connection, gint64 earliest_ns)
{
  ThrumDueHeap *heap = &connection->loop->heap;
  ThrumExchange *first = connection->first;
  gint64 next_ns;

  if (first == NULL || connection->unsent != NULL || first->next_ns == THRUM_NEVER_DUE)
    {
      thrum_due_heap_remove (heap, &connection->due);
      return;
    }
  next_ns = MAX (first->next_ns, earliest_ns);
  if (connection->due.index == 0 || connection->due.due_ns != next_ns)
    thrum_due_heap_set (heap, &connection->due, next_ns);
}

void
thrum_connection_pump (ThrumConnection *connection)
{
  guint rounds = 0;

  if (connection->is_closed || connection->is_lingering)
    return;
  while (rounds < MAX_ROUNDS && send_unsent (connection) && send_due (connection))
    {
      resume (connection);
      rounds++;
    }
  if (connection->is_closed || connection->is_lingering)
    return;
  resume (connection);
  update_events (connection);
  plan (connection, rounds == MAX_ROUNDS ? thrum_clock_now () : 0);
}

void
thrum_connection_on_due (ThrumConnection *connection)
{
  if (connection->is_lingering)
    thrum_connection_close (connection);
  else
    thrum_connection_pump (connection);
}

void
thrum_connection_on_events (ThrumConnection *connection, guint32 events)
{
  if (connection->is_closed)
    return;
  if (connection->is_full && (events & (EPOLLHUP | EPOLLERR)))
    thrum_connection_close (connection);
  else if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) || connection->tls != NULL)
    read_input (connection);
  thrum_connection_pump (connection);
}
