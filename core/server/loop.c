/* SPDX-License-Identifier: MIT
 *
 * The server's event loop: waits until a socket has something or a reply is due, to the nanosecond
 * that the kernel's timers allow, and accepts connections. Refuses to know HTTP. One thread, apart
 * from thrum_server_loop_stop ().
 */
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "server/connection.h"

#define MAX_EVENTS 1024

/* Replies that fall due while many sockets are served are looked for after so many of them. */
#define EVENTS_BETWEEN_DUE 16

#define MAX_ACCEPTS 256
/* How often idle connections are looked for within the time that they have. */
#define SWEEPS 4
#define LEAST_SWEEP_NS G_GINT64_CONSTANT (1000000)

/* After descriptors ran out. */
#define ACCEPT_RETRY_NS G_GINT64_CONSTANT (100000000)

/* The log is behind by no more than this. */
#define FLUSH_NS G_GINT64_CONSTANT (250000000)

static gboolean
watch (ThrumServerLoop *loop, int fd, void *tag)
{
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = tag };

  return epoll_ctl (loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

ThrumServerLoop *
thrum_server_loop_new (const ThrumServerContext *context, guint stream, int listen_fd,
                       GError **error)
{
  ThrumServerLoop *loop = g_new0 (ThrumServerLoop, 1);
  int saved;

  loop->context = context;
  loop->stream = stream;
  loop->listen_fd = listen_fd;
  loop->lane.log = context->log;
  loop->arrivals = g_ptr_array_new ();
  loop->ready = g_ptr_array_new ();
  loop->input = g_malloc (THRUM_LOOP_BUFFER_BYTES);
  loop->output = g_malloc (THRUM_LOOP_BUFFER_BYTES);
  loop->stop_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  loop->epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  if (loop->stop_fd >= 0 && loop->epoll_fd >= 0 && watch (loop, loop->stop_fd, &loop->stop_fd)
      && watch (loop, listen_fd, &loop->listen_fd))
    return loop;
  saved = errno;
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved), "cannot make an event loop: %s",
               g_strerror (saved));
  thrum_server_loop_free (loop);
  return NULL;
}

static void
free_closed (ThrumServerLoop *loop)
{
  while (loop->closed != NULL)
    {
      ThrumConnection *connection = loop->closed;

      loop->closed = connection->next;
      thrum_connection_free (connection);
    }
}

void
thrum_server_loop_free (ThrumServerLoop *loop)
{
  if (loop->listen_fd >= 0)
    close (loop->listen_fd);
  if (loop->epoll_fd >= 0)
    close (loop->epoll_fd);
  if (loop->stop_fd >= 0)
    close (loop->stop_fd);
  while (loop->spare != NULL)
    {
      ThrumExchange *exchange = loop->spare;

      loop->spare = exchange->next;
      g_free (exchange);
    }
  thrum_due_heap_clear (&loop->heap);
  g_ptr_array_unref (loop->arrivals);
  g_ptr_array_unref (loop->ready);
  g_free (loop->input);
  g_free (loop->output);
  g_free (loop);
}

void
thrum_server_loop_stop (ThrumServerLoop *loop)
{
  guint64 one = 1;

  /* Only a full counter could refuse it, and then the loop is awake anyway. */
  if (write (loop->stop_fd, &one, sizeof one) < 0)
    return;
}

static void
accept_connections (ThrumServerLoop *loop)
{
  for (int i = 0; i < MAX_ACCEPTS; i++)
    {
      int fd = accept4 (loop->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

      if (fd >= 0)
        {
          thrum_connection_new (loop, fd);
          continue;
        }
      if (errno == ECONNABORTED || errno == EINTR)
        continue;
      if (errno != EAGAIN)
        {
          /* Waiting connections stay in the backlog; without a pause they would wake us at once. */
          thrum_statistics_add (&loop->statistics.accept_failures, 1);
          epoll_ctl (loop->epoll_fd, EPOLL_CTL_DEL, loop->listen_fd, NULL);
          thrum_due_heap_set (&loop->heap, &loop->listen_again,
                              thrum_clock_now () + ACCEPT_RETRY_NS);
        }
      return;
    }
}

static void
sweep (ThrumServerLoop *loop, gint64 now)
{
  ThrumConnection *next;

  for (ThrumConnection *connection = loop->connections; connection != NULL; connection = next)
    {
      next = connection->next;
      thrum_connection_end_idle (connection, now - loop->context->idle_ns);
    }
  thrum_due_heap_set (&loop->heap, &loop->sweep,
                      now + MAX (loop->context->idle_ns / SWEEPS, LEAST_SWEEP_NS));
}

static void
serve_due (ThrumServerLoop *loop)
{
  gint64 now = thrum_clock_now ();
  ThrumDue *due;

  while ((due = thrum_due_heap_first (&loop->heap)) != NULL && due->due_ns <= now)
    if (due == &loop->listen_again)
      {
        thrum_due_heap_remove (&loop->heap, due);
        watch (loop, loop->listen_fd, &loop->listen_fd);
      }
    else if (due == &loop->sweep)
      sweep (loop, now);
    else
      thrum_connection_on_due ((ThrumConnection *)due);
}

static void
serve_event (ThrumServerLoop *loop, const struct epoll_event *event)
{
  if (event->data.ptr == &loop->stop_fd)
    loop->is_stopping = TRUE;
  else if (event->data.ptr == &loop->listen_fd)
    accept_connections (loop);
  else
    thrum_connection_on_events (event->data.ptr, event->events);
}

/* Puts what arrived into the queue, and sends what is due already. */
static void
serve_arrivals (ThrumServerLoop *loop)
{
  while (loop->arrivals->len > 0)
    {
      thrum_exchange_order_arrivals (loop);
      for (guint i = 0; i < loop->ready->len; i++)
        thrum_connection_pump (g_ptr_array_index (loop->ready, i));
      g_ptr_array_set_size (loop->ready, 0);
    }
}

/* How long nothing is to do; -1: until a socket has something. */
static gint64
idle_time (ThrumServerLoop *loop)
{
  ThrumDue *due = thrum_due_heap_first (&loop->heap);
  gint64 now = thrum_clock_now ();
  gint64 idle_ns = due != NULL ? MAX (0, due->due_ns - now) : -1;

  if (loop->arrivals->len > 0)
    return 0;
  if (loop->lane.rows == NULL)
    return idle_ns;
  if (now - loop->flushed_ns > FLUSH_NS)
    {
      thrum_server_log_lane_flush (&loop->lane);
      loop->flushed_ns = now;
      return idle_ns;
    }
  return idle_ns >= 0 ? MIN (idle_ns, FLUSH_NS) : FLUSH_NS;
}

static int
wait_for_events (ThrumServerLoop *loop, struct epoll_event *events)
{
  gint64 due_in_ns = idle_time (loop);
  gint64 idle_ns = loop->context->spins ? 0 : thrum_clock_poll_timeout (due_in_ns);
  struct timespec limit = { idle_ns / 1000000000, idle_ns % 1000000000 };
  int n = epoll_pwait2 (loop->epoll_fd, events, MAX_EVENTS, idle_ns >= 0 ? &limit : NULL, NULL);

  /* Before Linux 5.11, and in sandboxes that do not know it: a reply may be 1 ms late. */
  if (n < 0 && errno != EINTR)
    n = epoll_wait (loop->epoll_fd, events, MAX_EVENTS,
                    idle_ns >= 0 ? (int)MIN ((idle_ns + 999999) / 1000000, 60000) : -1);
  /* Spinning, whoever else wants this CPU has it between two looks. */
  if (loop->context->spins && n == 0 && due_in_ns != 0)
    sched_yield ();
  return n;
}

void
thrum_server_loop_run (ThrumServerLoop *loop)
{
  struct epoll_event events[MAX_EVENTS];

  if (loop->context->idle_ns > 0)
    sweep (loop, thrum_clock_now ());
  while (!loop->is_stopping)
    {
      int n = wait_for_events (loop, events);

      loop->has_offset = FALSE;
      if (loop->context->idle_ns > 0)
        loop->turn_ns = thrum_clock_now ();
      serve_due (loop);
      for (int i = 0; i < n; i++)
        {
          serve_event (loop, &events[i]);
          if (i % EVENTS_BETWEEN_DUE == EVENTS_BETWEEN_DUE - 1)
            serve_due (loop);
        }
      /* While more sockets are readable, an earlier request may yet be among them. */
      if (n < MAX_EVENTS)
        serve_arrivals (loop);
      free_closed (loop);
    }
  while (loop->connections != NULL)
    thrum_connection_close (loop->connections);
  serve_arrivals (loop);
  free_closed (loop);
  thrum_server_log_lane_flush (&loop->lane);
}
