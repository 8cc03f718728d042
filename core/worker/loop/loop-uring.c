/* SPDX-License-Identifier: MIT
 *
 * The event loop on io_uring. A multishot recvmsg per socket fills a ring of buffers that all
 * sockets share, so receiving costs no system call of its own. Sends are submitted with the next
 * wait. The kernel does its work when this thread asks for it (DEFER_TASKRUN), and does not
 * interrupt it. Knows nothing of requests; runs on the thread that made it.
 */
#include "worker/loop/loop-uring.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gio/gio.h>

#define N_SQES 1024
#define N_CQES 16384
#define N_BUFFERS 512 /* a power of two */
#define BUFFER_BYTES 8192
#define BUFFER_GROUP 1
#define CONTROL_BYTES 64 /* room for the receive stamp */
#define N_PEEKED 64
#define NS_PER_S G_GINT64_CONSTANT (1000000000)

/* ---- Setting up ---- */

static void
give_buffer (ThrumUringLoop *loop, guint number)
{
  io_uring_buf_ring_add (loop->buffer_ring, loop->buffers + (gsize)number * BUFFER_BYTES,
                         BUFFER_BYTES, (unsigned short)number, io_uring_buf_ring_mask (N_BUFFERS),
                         0);
  io_uring_buf_ring_advance (loop->buffer_ring, 1);
}

static gint
set_up_buffers (ThrumUringLoop *loop)
{
  struct io_uring_buf_reg reg = { .ring_entries = N_BUFFERS, .bgid = BUFFER_GROUP };
  gsize ring_bytes = N_BUFFERS * sizeof (struct io_uring_buf);
  gint rc;

  loop->buffer_ring =
      mmap (NULL, ring_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (loop->buffer_ring == MAP_FAILED)
    {
      loop->buffer_ring = NULL;
      return -ENOMEM;
    }
  reg.ring_addr = (guint64)(gsize)loop->buffer_ring;
  rc = io_uring_register_buf_ring (&loop->ring, &reg, 0);
  if (rc < 0)
    return rc;
  io_uring_buf_ring_init (loop->buffer_ring);
  loop->buffers = g_malloc ((gsize)N_BUFFERS * BUFFER_BYTES);
  for (guint i = 0; i < N_BUFFERS; i++)
    give_buffer (loop, i);
  return 0;
}

/* Whether the ring turns: a filter may let one set it up and forbid to enter it. 0, or -errno. */
static gint
try_ring (ThrumUringLoop *loop)
{
  struct io_uring_cqe *cqe;
  gint rc;

  io_uring_prep_nop (io_uring_get_sqe (&loop->ring));
  rc = io_uring_submit_and_wait (&loop->ring, 1);
  if (rc >= 0)
    rc = io_uring_peek_cqe (&loop->ring, &cqe);
  if (rc == 0)
    io_uring_cqe_seen (&loop->ring, cqe);
  return rc;
}

static gint
set_up (ThrumUringLoop *loop)
{
  struct io_uring_params params = { .flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN
                                             | IORING_SETUP_CQSIZE,
                                    .cq_entries = N_CQES };
  gint rc = io_uring_queue_init_params (N_SQES, &loop->ring, &params);

  if (rc < 0)
    return rc;
  (void)io_uring_register_ring_fd (&loop->ring);
  rc = try_ring (loop);
  if (rc == 0)
    rc = set_up_buffers (loop);
  if (rc < 0)
    io_uring_queue_exit (&loop->ring);
  return rc;
}

static ThrumLoop *
uring_new (GError **error)
{
  ThrumUringLoop *loop = g_new0 (ThrumUringLoop, 1);
  gint rc = set_up (loop);

  if (rc < 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (-rc), "cannot use io_uring: %s",
                   g_strerror (-rc));
      if (loop->buffer_ring != NULL)
        munmap (loop->buffer_ring, N_BUFFERS * sizeof (struct io_uring_buf));
      g_free (loop->buffers);
      g_free (loop);
      return NULL;
    }
  loop->message.msg_controllen = CONTROL_BYTES;
  thrum_uring_sends_init (loop);
  return &loop->base;
}

static gint
uring_watch (ThrumLoop *base, gint fd)
{
  ThrumUringLoop *loop = (ThrumUringLoop *)base;
  struct io_uring_sqe *sqe = thrum_uring_get_sqe (loop);

  io_uring_prep_poll_add (sqe, fd, POLLIN);
  io_uring_sqe_set_data (sqe, thrum_uring_tagged (loop, THRUM_URING_WATCH));
  return 0;
}

/* ---- Receiving ---- */

static void
arm_receive (ThrumUringLoop *loop, ThrumIo *io)
{
  struct io_uring_sqe *sqe = thrum_uring_get_sqe (loop);

  io_uring_prep_recvmsg_multishot (sqe, io->fd, &loop->message, 0);
  sqe->flags |= IOSQE_BUFFER_SELECT;
  sqe->buf_group = BUFFER_GROUP;
  io_uring_sqe_set_data (sqe, thrum_uring_tagged (io, THRUM_URING_RECEIVE));
  io->in_flight++;
}

static gint
uring_add (ThrumLoop *base, ThrumIo *io)
{
  ThrumUringLoop *loop = (ThrumUringLoop *)base;
  struct io_uring_sqe *sqe;

  if (!io->connecting)
    {
      arm_receive (loop, io);
      return 0;
    }
  sqe = thrum_uring_get_sqe (loop);
  io_uring_prep_poll_add (sqe, io->fd, POLLOUT);
  io_uring_sqe_set_data (sqe, thrum_uring_tagged (io, THRUM_URING_CONNECT));
  io->in_flight++;
  return 0;
}

static void
take_receive (ThrumUringLoop *loop, ThrumIo *io, const struct io_uring_cqe *cqe)
{
  const ThrumLoopEvents *events = loop->base.events;
  gboolean has_buffer = (cqe->flags & IORING_CQE_F_BUFFER) != 0;
  gboolean goes_on = (cqe->flags & IORING_CQE_F_MORE) != 0;
  guint number = cqe->flags >> IORING_CQE_BUFFER_SHIFT;

  io->in_flight -= !goes_on;
  if (!io->closed && has_buffer && cqe->res >= 0)
    {
      guint8 *buffer = loop->buffers + (gsize)number * BUFFER_BYTES;
      struct io_uring_recvmsg_out *out =
          io_uring_recvmsg_validate (buffer, cqe->res, &loop->message);
      guint n_bytes =
          out != NULL ? io_uring_recvmsg_payload_length (out, cqe->res, &loop->message) : 0;

      if (n_bytes > 0)
        {
          struct msghdr control = { .msg_control =
                                        io_uring_recvmsg_cmsg_firsthdr (out, &loop->message),
                                    .msg_controllen = out->controllen };

          events->received (loop->base.owner, io, io_uring_recvmsg_payload (out, &loop->message),
                            n_bytes,
                            control.msg_control != NULL ? thrum_loop_get_stamp (&control) : 0);
        }
      else
        events->ended (loop->base.owner, io, io->failed ? EPIPE : 0);
    }
  else if (!io->closed && cqe->res == 0)
    events->ended (loop->base.owner, io, io->failed ? EPIPE : 0);
  else if (!io->closed && cqe->res < 0 && cqe->res != -ENOBUFS && cqe->res != -EINTR)
    events->ended (loop->base.owner, io, -cqe->res);

  if (has_buffer)
    give_buffer (loop, number);
  if (!goes_on && !io->closed)
    arm_receive (loop, io);
}

/* ---- The rest of a socket's life ---- */

static void
take_connect (ThrumUringLoop *loop, ThrumIo *io, gint result)
{
  gint error = result < 0 ? -result : 0;
  socklen_t length = sizeof error;

  io->in_flight--;
  if (io->closed)
    return;
  io->connecting = FALSE;
  if (error == 0 && getsockopt (io->fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0)
    error = errno;
  if (error == 0)
    arm_receive (loop, io);
  loop->base.events->connected (loop->base.owner, io, error);
}

static void
uring_close (ThrumLoop *base, ThrumIo *io)
{
  ThrumUringLoop *loop = (ThrumUringLoop *)base;
  struct io_uring_sqe *sqe;

  if (io->closed)
    return;
  io->closed = TRUE;
  thrum_io_drop_pending (io);
  /* In this order, after last bytes that the socket takes at once: all that waits is given up (each
   * holds the socket open), then it is closed. The kernel finds a request by its data at once, by its
   * socket only by looking at those of all sockets. */
  sqe = thrum_uring_get_sqe (loop);
  if (io->sending)
    io_uring_prep_cancel_fd (sqe, io->fd, IORING_ASYNC_CANCEL_ALL);
  else
    io_uring_prep_cancel64 (sqe,
                            (guint64)(gsize)thrum_uring_tagged (
                                io, io->connecting ? THRUM_URING_CONNECT : THRUM_URING_RECEIVE),
                            0);
  sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
  io_uring_sqe_set_data (sqe, thrum_uring_tagged (loop, THRUM_URING_IGNORE));
  sqe = thrum_uring_get_sqe (loop);
  io_uring_prep_close (sqe, io->fd);
  sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
  io_uring_sqe_set_data (sqe, thrum_uring_tagged (loop, THRUM_URING_IGNORE));
  io->fd = -1;
  io->next = loop->closed;
  loop->closed = io;
}

/* Lets go of those closed whose operations the kernel has all answered. */
static void
release_closed (ThrumUringLoop *loop)
{
  ThrumIo *list = loop->closed;

  loop->closed = NULL;
  while (list != NULL)
    {
      ThrumIo *io = list;

      list = io->next;
      if (io->in_flight == 0)
        {
          loop->base.events->released (loop->base.owner, io);
          continue;
        }
      io->next = loop->closed;
      loop->closed = io;
    }
}

/* ---- The turn ---- */

static void
dispatch (ThrumUringLoop *loop, const struct io_uring_cqe *cqe)
{
  gsize data = (gsize)cqe->user_data;
  gpointer pointer = (gpointer)(data & ~(gsize)THRUM_URING_MASK);

  switch (data & THRUM_URING_MASK)
    {
    case THRUM_URING_RECEIVE:
      take_receive (loop, pointer, cqe);
      break;
    case THRUM_URING_TRY:
      thrum_uring_take_try (loop, pointer, cqe->res);
      break;
    case THRUM_URING_SEND:
      thrum_uring_take_send (loop, pointer, cqe->res);
      break;
    case THRUM_URING_CONNECT:
      take_connect (loop, pointer, cqe->res);
      break;
    case THRUM_URING_WATCH:
      loop->base.woken = TRUE;
      break;
    default:
      break;
    }
}

/* Has what the owner will need for @cqe fetched into the cache. */
static void
announce (ThrumUringLoop *loop, const struct io_uring_cqe *cqe, gboolean far)
{
  gsize data = (gsize)cqe->user_data;

  if ((data & THRUM_URING_MASK) == THRUM_URING_RECEIVE)
    loop->base.events->coming (loop->base.owner, (ThrumIo *)(data & ~(gsize)THRUM_URING_MASK), far);
}

static void
submit_and_wait (ThrumUringLoop *loop, gint64 wait_ns)
{
  struct __kernel_timespec timeout = { wait_ns / NS_PER_S, wait_ns % NS_PER_S };
  struct io_uring_cqe *cqe;

  if (wait_ns == 0 || loop->is_awaited || io_uring_cq_ready (&loop->ring) > 0)
    io_uring_submit_and_get_events (&loop->ring);
  else if (wait_ns < 0)
    io_uring_submit_and_wait (&loop->ring, 1);
  else
    io_uring_submit_and_wait_timeout (&loop->ring, &cqe, 1, &timeout, NULL);
  thrum_uring_settle (loop);
}

static gboolean
uring_turn (ThrumLoop *base, gint64 wait_ns)
{
  ThrumUringLoop *loop = (ThrumUringLoop *)base;
  struct io_uring_cqe *cqes[N_PEEKED];
  guint n, n_all = 0;

  submit_and_wait (loop, wait_ns);
  do
    {
      n = io_uring_peek_batch_cqe (&loop->ring, cqes, N_PEEKED);
      for (guint i = 0; i < n; i++)
        {
          if (i + 2 < n)
            announce (loop, cqes[i + 2], TRUE);
          if (i + 1 < n)
            announce (loop, cqes[i + 1], FALSE);
          dispatch (loop, cqes[i]);
          base->events->between (base->owner);
        }
      io_uring_cq_advance (&loop->ring, n);
      n_all += n;
  } while (n == N_PEEKED);
  release_closed (loop);
  return n_all > 0;
}

static void
uring_free (ThrumLoop *base)
{
  ThrumUringLoop *loop = (ThrumUringLoop *)base;

  /* The kernel may still write into what it was given: wait until it has let go of all. */
  for (guint i = 0; loop->closed != NULL && i < 1000; i++)
    {
      struct io_uring_cqe *cqes[N_PEEKED];
      guint n;

      submit_and_wait (loop, 1000000);
      while ((n = io_uring_peek_batch_cqe (&loop->ring, cqes, N_PEEKED)) > 0)
        {
          for (guint j = 0; j < n; j++)
            dispatch (loop, cqes[j]);
          io_uring_cq_advance (&loop->ring, n);
        }
      release_closed (loop);
    }
  io_uring_queue_exit (&loop->ring);
  munmap (loop->buffer_ring, N_BUFFERS * sizeof (struct io_uring_buf));
  thrum_uring_sends_clear (loop);
  g_free (loop->buffers);
  g_free (loop);
}

const ThrumLoopBackend thrum_loop_uring = {
  .name = "io_uring",
  .new = uring_new,
  .free = uring_free,
  .watch = uring_watch,
  .add = uring_add,
  .out = thrum_uring_out,
  .flush = thrum_uring_flush,
  .close = uring_close,
  .turn = uring_turn,
};
