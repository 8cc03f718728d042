/* SPDX-License-Identifier: MIT
 *
 * The event loop on epoll. Each socket is registered once, edge-triggered for reading and
 * writing, so a request costs one recvmsg and one send, and no epoll_ctl. Level triggers would
 * walk the ready list twice. All sockets are read into one buffer, so an idle socket holds none.
 * Knows nothing of requests; runs on the thread that made it.
 */
#include "worker/loop/loop.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <gio/gio.h>

#include "base/clock.h"

#define N_EVENTS 128
#define READ_BYTES 65536
#define READS_PER_TURN 16 /* of one socket, so that a fast sender does not starve the others */
#define NS_PER_S G_GINT64_CONSTANT (1000000000)

/* libc makes these three points of cancellation, which in a process with threads costs two locked
 * instructions a call. No thread of ours is ever cancelled. */
static inline gssize
send_bytes (gint fd, const guint8 *bytes, gsize n_bytes)
{
  return syscall (SYS_sendto, fd, bytes, n_bytes, MSG_NOSIGNAL, NULL, 0);
}

static inline gssize
receive (gint fd, struct msghdr *message)
{
  return syscall (SYS_recvmsg, fd, message, 0);
}

static inline gint
wait_for (gint fd, struct epoll_event *events, const struct timespec *timeout)
{
  return (gint)syscall (SYS_epoll_pwait2, fd, events, N_EVENTS, timeout, NULL, 0);
}

typedef struct {
  ThrumLoop base;
  gint epoll_fd;
  ThrumOut out;    /* what is appended now, for an io without pending bytes */
  ThrumIo *closed; /* to be released after the turn */
  ThrumIo *again;  /* to be read once more, first in first out */
  ThrumIo **again_end;
  gboolean has_no_pwait2;
  struct msghdr message;
  struct iovec iov;
  union {
    struct cmsghdr align;
    guint8 bytes[256];
  } control;
  guint8 buffer[READ_BYTES];
} EpollLoop;

static void
init_out (EpollLoop *loop)
{
  thrum_out_init (&loop->out);
  loop->out.lend = thrum_out_take_lent;
}

static ThrumLoop *
epoll_new (GError **error)
{
  gint fd = epoll_create1 (EPOLL_CLOEXEC);
  EpollLoop *loop;

  if (fd < 0)
    {
      gint saved = errno;
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved), "cannot use epoll: %s",
                   g_strerror (saved));
      return NULL;
    }
  loop = g_new0 (EpollLoop, 1);
  loop->epoll_fd = fd;
  loop->again_end = &loop->again;
  loop->iov = (struct iovec){ loop->buffer, sizeof loop->buffer };
  loop->message.msg_iov = &loop->iov;
  loop->message.msg_iovlen = 1;
  loop->message.msg_control = loop->control.bytes;
  init_out (loop);
  return &loop->base;
}

static void
release_closed (EpollLoop *loop)
{
  while (loop->closed != NULL)
    {
      ThrumIo *io = loop->closed;
      loop->closed = io->next;
      loop->base.events->released (loop->base.owner, io);
    }
}

static void
epoll_free (ThrumLoop *base)
{
  EpollLoop *loop = (EpollLoop *)base;

  while (loop->again != NULL)
    {
      ThrumIo *io = loop->again;
      loop->again = io->next;
      io->next = loop->closed;
      loop->closed = io;
    }
  release_closed (loop);
  close (loop->epoll_fd);
  thrum_out_clear (&loop->out);
  g_free (loop);
}

static gint
epoll_watch (ThrumLoop *base, gint fd)
{
  EpollLoop *loop = (EpollLoop *)base;
  struct epoll_event event = { .events = EPOLLIN | EPOLLET, .data.ptr = loop };

  return epoll_ctl (loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? errno : 0;
}

static gint
epoll_add (ThrumLoop *base, ThrumIo *io)
{
  EpollLoop *loop = (EpollLoop *)base;
  struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                               .data.ptr = io };

  return epoll_ctl (loop->epoll_fd, EPOLL_CTL_ADD, io->fd, &event) < 0 ? errno : 0;
}

static ThrumOut *
epoll_out (ThrumLoop *base, ThrumIo *io)
{
  EpollLoop *loop = (EpollLoop *)base;
  return io->pending != NULL ? io->pending : &loop->out;
}

static void
read_again (EpollLoop *loop, ThrumIo *io)
{
  if (io->again)
    return;
  io->again = TRUE;
  io->next = NULL;
  *loop->again_end = io;
  loop->again_end = &io->next;
}

/* Sends the next bytes, of which @sent of its own are on their way. Returns what send () does. */
static gssize
send_next (ThrumIo *io, ThrumOut *out, gsize *sent)
{
  gboolean is_lent = *sent == out->used;
  gssize n = is_lent ? send_bytes (io->fd, out->lent, out->n_lent)
                     : send_bytes (io->fd, out->data + *sent, out->used - *sent);

  if (n < 0)
    return n;
  if (is_lent)
    {
      out->lent += n;
      out->n_lent -= (gsize)n;
    }
  else
    *sent += (gsize)n;
  return n;
}

/* Sends from @out; what is left moves to its front. FALSE: the connection is of no use. */
static gboolean
send_some (EpollLoop *loop, ThrumIo *io, ThrumOut *out)
{
  gsize sent = 0;

  while (sent < out->used || out->n_lent > 0)
    {
      if (send_next (io, out, &sent) >= 0 || errno == EINTR)
        continue;
      if (errno == EAGAIN || errno == EWOULDBLOCK)
        break;
      /* There may still be a reply to read; the read side says what became of the connection. */
      io->failed = TRUE;
      out->used = out->n_lent = 0;
      read_again (loop, io);
      return FALSE;
    }
  if (sent > 0)
    memmove (out->data, out->data + sent, out->used - sent);
  out->used -= sent;
  if (out->n_lent > 0)
    out->capacity = out->used; /* as thrum_out_take_lent () had it */
  return TRUE;
}

static gboolean
epoll_flush (ThrumLoop *base, ThrumIo *io)
{
  EpollLoop *loop = (EpollLoop *)base;

  if (G_UNLIKELY (io->failed || io->connecting || io->pending != NULL))
    {
      /* Bytes for a connection that is not there yet, or behind others, wait for EPOLLOUT. */
      if (io->failed)
        loop->out.used = loop->out.n_lent = 0;
      return FALSE;
    }
  if (thrum_out_length (&loop->out) == 0)
    return TRUE;

  if (G_LIKELY (loop->out.n_lent == 0))
    {
      gssize n = send_bytes (io->fd, loop->out.data, loop->out.used);

      if (G_LIKELY (n == (gssize)loop->out.used))
        {
          loop->out.used = 0;
          return TRUE;
        }
      if (n > 0)
        {
          memmove (loop->out.data, loop->out.data + n, loop->out.used - (gsize)n);
          loop->out.used -= (gsize)n;
        }
    }
  if (!send_some (loop, io, &loop->out))
    return FALSE;
  if (thrum_out_length (&loop->out) == 0)
    return TRUE;
  io->pending = g_new (ThrumOut, 1);
  *io->pending = loop->out;
  init_out (loop);
  return FALSE;
}

static void
epoll_close (ThrumLoop *base, ThrumIo *io)
{
  EpollLoop *loop = (EpollLoop *)base;

  if (io->closed)
    return;
  io->closed = TRUE;
  thrum_io_drop_pending (io);
  close (io->fd);
  io->fd = -1;
  if (io->again)
    return; /* that list lets go of it */
  io->next = loop->closed;
  loop->closed = io;
}

static void
read_socket (EpollLoop *loop, ThrumIo *io, gboolean until_end)
{
  const ThrumLoopEvents *events = loop->base.events;

  for (guint i = 0; i < READS_PER_TURN; i++)
    {
      gssize n;

      loop->message.msg_controllen = sizeof loop->control.bytes;
      n = receive (io->fd, &loop->message);
      if (G_LIKELY (n > 0))
        {
          gint64 stamp = thrum_loop_get_stamp (&loop->message);

          events->received (loop->base.owner, io, loop->buffer, (gsize)n, stamp);
          if (io->closed || ((gsize)n < sizeof loop->buffer && !until_end))
            return;
          continue;
        }
      if (n == 0)
        {
          events->ended (loop->base.owner, io, io->failed ? EPIPE : 0);
          return;
        }
      if (errno == EINTR)
        continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK)
        events->ended (loop->base.owner, io, errno);
      else if (io->failed)
        events->ended (loop->base.owner, io, EPIPE);
      return;
    }
  read_again (loop, io);
}

static void
write_pending (EpollLoop *loop, ThrumIo *io)
{
  if (!send_some (loop, io, io->pending) || thrum_out_length (io->pending) > 0)
    return;
  thrum_io_drop_pending (io);
  loop->base.events->drained (loop->base.owner, io);
}

static gboolean
finish_connecting (EpollLoop *loop, ThrumIo *io, guint32 events)
{
  gint error = 0;
  socklen_t length = sizeof error;

  if ((events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) == 0)
    return FALSE;
  io->connecting = FALSE;
  if (getsockopt (io->fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0)
    error = errno;
  loop->base.events->connected (loop->base.owner, io, error);
  return !io->closed && error == 0;
}

static void
dispatch (EpollLoop *loop, ThrumIo *io, guint32 events)
{
  const guint32 ends = EPOLLRDHUP | EPOLLHUP | EPOLLERR;

  if (io->closed)
    return;
  if (io->connecting && !finish_connecting (loop, io, events))
    return;
  if ((events & EPOLLOUT) != 0 && io->pending != NULL)
    {
      write_pending (loop, io);
      if (io->closed)
        return;
    }
  if ((events & (EPOLLIN | ends)) != 0)
    read_socket (loop, io, (events & ends) != 0);
}

/* Reads those that had more to give than their share; a snapshot, so that each gets one turn. */
static void
read_once_more (EpollLoop *loop)
{
  ThrumIo *list = loop->again;

  loop->again = NULL;
  loop->again_end = &loop->again;
  while (list != NULL)
    {
      ThrumIo *io = list;

      list = io->next;
      io->again = FALSE;
      if (io->closed)
        {
          io->next = loop->closed;
          loop->closed = io;
          continue;
        }
      read_socket (loop, io, TRUE);
      loop->base.events->between (loop->base.owner);
    }
}

/* Where epoll_pwait2 () is not to be had (an older kernel, a filter, valgrind). */
static gint
wait_by_poll (EpollLoop *loop, struct epoll_event *events, const struct timespec *timeout)
{
  struct pollfd poll_fd = { .fd = loop->epoll_fd, .events = POLLIN };

  if (ppoll (&poll_fd, 1, timeout, NULL) <= 0)
    return 0;
  return epoll_wait (loop->epoll_fd, events, N_EVENTS, 0);
}

static gint
wait_for_events (EpollLoop *loop, struct epoll_event *events, gint64 wait_ns)
{
  gint64 timeout_ns = thrum_clock_poll_timeout (wait_ns);
  struct timespec span = { timeout_ns / NS_PER_S, timeout_ns % NS_PER_S };
  const struct timespec *timeout = wait_ns < 0 ? NULL : &span;
  gint n;

  if (G_UNLIKELY (loop->has_no_pwait2))
    return wait_by_poll (loop, events, timeout);
  n = wait_for (loop->epoll_fd, events, timeout);
  loop->has_no_pwait2 = n < 0 && (errno == ENOSYS || errno == EPERM);
  return n;
}

static gboolean
epoll_turn (ThrumLoop *base, gint64 wait_ns)
{
  EpollLoop *loop = (EpollLoop *)base;
  struct epoll_event events[N_EVENTS];
  gboolean has_more = loop->again != NULL;
  gint n = wait_for_events (loop, events, has_more ? 0 : wait_ns);

  for (gint i = 0; i < n; i++)
    {
      /* A socket's system calls take far longer than memory: enough for the next one's state. */
      if (i + 2 < n && events[i + 2].data.ptr != loop)
        base->events->coming (base->owner, events[i + 2].data.ptr, TRUE);
      if (i + 1 < n && events[i + 1].data.ptr != loop)
        base->events->coming (base->owner, events[i + 1].data.ptr, FALSE);
      if (G_UNLIKELY (events[i].data.ptr == loop))
        {
          loop->base.woken = TRUE;
          continue;
        }
      dispatch (loop, events[i].data.ptr, events[i].events);
      base->events->between (base->owner);
    }
  read_once_more (loop);
  release_closed (loop);
  return n > 0 || has_more;
}

const ThrumLoopBackend thrum_loop_epoll = {
  .name = "epoll",
  .new = epoll_new,
  .free = epoll_free,
  .watch = epoll_watch,
  .add = epoll_add,
  .out = epoll_out,
  .flush = epoll_flush,
  .close = epoll_close,
  .turn = epoll_turn,
};
