/* SPDX-License-Identifier: MIT
 *
 * What a client is sent: the replies of its exchanges in their order, each not before it is due, as
 * the kernel takes them. Refuses to know where exchanges come from. Runs in its loop's thread.
 */
#include <errno.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "server/connection.h"

/* How long a client may take to leave after its last reply. */
#define LINGER_NS G_GINT64_CONSTANT (1000000000)

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
  thrum_connection_update_events (connection);
  thrum_due_heap_set (&connection->loop->heap, &connection->due, thrum_clock_now () + LINGER_NS);
}

/* Ends the exchanges whose bytes the kernel has. FALSE: the connection is over. */
static gboolean
account (ThrumConnection *connection, gsize n)
{
  ThrumServerLoop *loop = connection->loop;
  ThrumExchange *exchange;

  connection->written += n;
  connection->active_ns = connection->loop->turn_ns;
  while ((exchange = connection->first) != NULL && exchange->is_filled
         && exchange->end_offset <= connection->written)
    {
      gboolean closes = exchange->reply.closes;

      connection->first = exchange->next;
      connection->n_pending--;
      connection->held_bytes -= exchange->held_bytes;
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
      n += thrum_server_reply_fill (&exchange->reply, output + n, THRUM_LOOP_BUFFER_BYTES - n);
      if (thrum_server_reply_is_waiting (&exchange->reply))
        {
          thrum_server_reply_release (&exchange->reply);
          exchange->next_ns += exchange->pause_ns;
          break;
        }
      if (!thrum_server_reply_is_done (&exchange->reply))
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
          thrum_connection_reset (connection);
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

gboolean
thrum_connection_send (ThrumConnection *connection)
{
  return send_unsent (connection) && send_due (connection);
}
