/* SPDX-License-Identifier: MIT
 *
 * A connection's life: from the accepted socket to its end, and what it waits for meanwhile. Owns
 * the socket, what epoll watches of it, and its place in the loop's heap; refuses to know the bytes,
 * which connection-input.c and connection-output.c do. Runs in its loop's thread.
 */
#include "server/connection.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

/* Buffers sent to one client before the others get their turn. */
#define MAX_ROUNDS 16

void
thrum_connection_new (ThrumServerLoop *loop, int fd)
{
  ThrumConnection *connection = g_new0 (ThrumConnection, 1);
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = connection };

  connection->loop = loop;
  connection->fd = fd;
  connection->events = EPOLLIN;
  connection->active_ns = loop->turn_ns;
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

void
thrum_connection_reset (ThrumConnection *connection)
{
  struct linger linger = { .l_onoff = 1, .l_linger = 0 };

  setsockopt (connection->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
  g_clear_pointer (&connection->tls, thrum_tls_session_free);
  thrum_connection_close (connection);
}

void
thrum_connection_end_idle (ThrumConnection *connection, gint64 since_ns)
{
  gboolean awaits_client = connection->first == NULL || connection->unsent != NULL;

  if (awaits_client && !connection->is_lingering && connection->active_ns < since_ns)
    thrum_connection_close (connection);
}

void
thrum_connection_update_events (ThrumConnection *connection)
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
  while (rounds < MAX_ROUNDS && thrum_connection_send (connection))
    {
      thrum_connection_resume (connection);
      rounds++;
    }
  if (connection->is_closed || connection->is_lingering)
    return;
  thrum_connection_resume (connection);
  thrum_connection_update_events (connection);
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
  if (events & EPOLLIN)
    connection->active_ns = connection->loop->turn_ns;
  if (connection->is_full && (events & (EPOLLHUP | EPOLLERR)))
    thrum_connection_close (connection);
  else if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) || connection->tls != NULL)
    thrum_connection_read (connection);
  thrum_connection_pump (connection);
}
