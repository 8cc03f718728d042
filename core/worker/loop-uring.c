/* SPDX-License-Identifier: MIT
 *
 * The event loop on io_uring: a multishot recvmsg per socket into a ring of buffers that all share,
 * so that receiving costs no system call of its own, and sends that go in with the next wait. The
 * kernel's work runs when this thread asks for it (DEFER_TASKRUN), not by interrupting it. Knows
 * nothing of requests; the thread that made it.
 *
 * Sends are submitted BATCH at a time: the caller's clock reading just before a send is early by
 * what the others of its batch take, some microseconds, and only when several are due at once.
 */
#include "worker/loop.h"

#include <errno.h>
#include <liburing.h>
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
#define BATCH 8
#define N_PEEKED 64
#define NS_PER_S G_GINT64_CONSTANT (1000000000)

/* What a completion is about: the low bits of its user data; the rest is a pointer. */
enum { TAG_RECEIVE, TAG_TRY, TAG_SEND, TAG_CONNECT, TAG_WATCH, TAG_IGNORE, TAG_MASK = 7 };

/* Bytes on their way. First they are tried: sent as they are submitted, which a completion tells of only
 * if the socket did not take them all (every other one would wake the loop for nothing). The rest waits
 * for room, and its completion always comes. Its memory stays until the kernel is done with it. */
typedef struct Send Send;
struct Send {
  ThrumOut out;
  gsize sent; /* of them, by the try */
  ThrumIo *io;
  Send *next;
};

typedef struct {
  Send *first, **end;
} SendList;

typedef struct {
  ThrumLoop base;
  struct io_uring ring;
  struct io_uring_buf_ring *buffer_ring;
  guint8 *buffers;
  struct msghdr message; /* how each receive is laid out */
  ThrumOut out;          /* what is appended now, for an io without bytes on their way */
  Send *spare;
  SendList queued;    /* tries that are not submitted yet */
  SendList submitted; /* tries of which the kernel has not been heard yet */
  guint n_queued;
  gboolean is_awaited; /* somebody waits for one of them to be done */
  ThrumIo *closed;     /* to be released after the turn */
} UringLoop;

static gpointer
tagged (gpointer pointer, guint tag)
{
  return (gpointer)((gsize)pointer | tag);
}

static void
send_list_append (SendList *list, Send *send)
{
  send->next = NULL;
  *list->end = send;
  list->end = &send->next;
}

static gboolean
send_list_remove (SendList *list, Send *send)
{
  Send **at = &list->first;

  while (*at != NULL && *at != send)
    at = &(*at)->next;
  if (*at == NULL)
    return FALSE;
  *at = send->next;
  if (*at == NULL)
    list->end = at;
  return TRUE;
}

/* Notes what the kernel has taken of what was queued: all, or, in trouble, not all. */
static void
note_submitted (UringLoop *loop)
{
  if (loop->queued.first == NULL || io_uring_sq_ready (&loop->ring) > 0)
    return;
  *loop->submitted.end = loop->queued.first;
  loop->submitted.end = loop->queued.end;
  loop->queued = (SendList){ NULL, &loop->queued.first };
  loop->n_queued = 0;
}

static void
submit (UringLoop *loop)
{
  io_uring_submit (&loop->ring);
  note_submitted (loop);
}

static struct io_uring_sqe *
get_sqe (UringLoop *loop)
{
  struct io_uring_sqe *sqe = io_uring_get_sqe (&loop->ring);

  if (G_LIKELY (sqe != NULL))
    return sqe;
  submit (loop);
  return io_uring_get_sqe (&loop->ring);
}

/* ---- Setting up ---- */

static void
give_buffer (UringLoop *loop, guint number)
{
  io_uring_buf_ring_add (loop->buffer_ring, loop->buffers + (gsize)number * BUFFER_BYTES,
                         BUFFER_BYTES, (unsigned short)number, io_uring_buf_ring_mask (N_BUFFERS),
                         0);
  io_uring_buf_ring_advance (loop->buffer_ring, 1);
}

static gint
set_up_buffers (UringLoop *loop)
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

static gint
set_up (UringLoop *loop)
{
  struct io_uring_params params = { .flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN
                                             | IORING_SETUP_CQSIZE,
                                    .cq_entries = N_CQES };
  gint rc = io_uring_queue_init_params (N_SQES, &loop->ring, &params);

  if (rc < 0)
    return rc;
  (void)io_uring_register_ring_fd (&loop->ring);
  rc = set_up_buffers (loop);
  if (rc < 0)
    io_uring_queue_exit (&loop->ring);
  return rc;
}

static ThrumLoop *
uring_new (GError **error)
{
  UringLoop *loop = g_new0 (UringLoop, 1);
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
  loop->queued.end = &loop->queued.first;
  loop->submitted.end = &loop->submitted.first;
  thrum_out_init (&loop->out);
  return &loop->base;
}

static void
uring_watch (ThrumLoop *base, gint fd)
{
  UringLoop *loop = (UringLoop *)base;
  struct io_uring_sqe *sqe = get_sqe (loop);

  io_uring_prep_poll_add (sqe, fd, POLLIN);
  io_uring_sqe_set_data (sqe, tagged (loop, TAG_WATCH));
}

/* ---- Receiving ---- */

static void
arm_receive (UringLoop *loop, ThrumIo *io)
{
  struct io_uring_sqe *sqe = get_sqe (loop);

  io_uring_prep_recvmsg_multishot (sqe, io->fd, &loop->message, 0);
  sqe->flags |= IOSQE_BUFFER_SELECT;
  sqe->buf_group = BUFFER_GROUP;
  io_uring_sqe_set_data (sqe, tagged (io, TAG_RECEIVE));
  io->in_flight++;
}

static gint
uring_add (ThrumLoop *base, ThrumIo *io)
{
  UringLoop *loop = (UringLoop *)base;
  struct io_uring_sqe *sqe;

  if (!io->connecting)
    {
      arm_receive (loop, io);
      return 0;
    }
  sqe = get_sqe (loop);
  io_uring_prep_poll_add (sqe, io->fd, POLLOUT);
  io_uring_sqe_set_data (sqe, tagged (io, TAG_CONNECT));
  io->in_flight++;
  return 0;
}

static void
take_receive (UringLoop *loop, ThrumIo *io, const struct io_uring_cqe *cqe)
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

/* ---- Sending ---- */

static ThrumOut *
uring_out (ThrumLoop *base, ThrumIo *io)
{
  UringLoop *loop = (UringLoop *)base;
  return io->pending != NULL ? io->pending : &loop->out;
}

/* Hands @out's bytes to the kernel; takes them. */
static void
send_all (UringLoop *loop, ThrumIo *io, ThrumOut *out)
{
  Send *send = loop->spare;
  struct io_uring_sqe *sqe;
  ThrumOut emptied;

  if (send != NULL)
    loop->spare = send->next;
  else
    {
      send = g_new (Send, 1);
      thrum_out_init (&send->out);
    }
  emptied = send->out;
  send->out = *out;
  *out = emptied;
  send->io = io;
  send->sent = 0;

  sqe = get_sqe (loop);
  io_uring_prep_send (sqe, io->fd, send->out.data, send->out.used,
                      MSG_NOSIGNAL | MSG_WAITALL | MSG_DONTWAIT);
  sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
  io_uring_sqe_set_data (sqe, tagged (send, TAG_TRY));
  io->in_flight++;
  io->sending = TRUE;
  loop->is_awaited |= io->is_awaited;
  send_list_append (&loop->queued, send);
  if (++loop->n_queued >= BATCH)
    submit (loop);
}

/* Has the kernel send what a try left, as soon as there is room. */
static void
send_rest (UringLoop *loop, Send *send)
{
  struct io_uring_sqe *sqe = get_sqe (loop);

  io_uring_prep_send (sqe, send->io->fd, send->out.data + send->sent, send->out.used - send->sent,
                      MSG_NOSIGNAL | MSG_WAITALL);
  io_uring_sqe_set_data (sqe, tagged (send, TAG_SEND));
}

static gboolean
uring_flush (ThrumLoop *base, ThrumIo *io)
{
  UringLoop *loop = (UringLoop *)base;

  if (io->failed)
    {
      loop->out.used = 0;
      return FALSE;
    }
  if (io->pending != NULL)
    return FALSE;
  if (loop->out.used == 0)
    return !io->sending;
  if (io->sending)
    {
      /* Behind what is on its way. */
      io->pending = g_new (ThrumOut, 1);
      *io->pending = loop->out;
      thrum_out_init (&loop->out);
      loop->is_awaited = TRUE;
    }
  else
    send_all (loop, io, &loop->out);
  return FALSE;
}

/* The kernel is done with @send: it has all of the bytes, or (not @is_whole) the connection is of no
 * use. */
static void
end_send (UringLoop *loop, Send *send, gboolean is_whole)
{
  ThrumIo *io = send->io;

  send->out.used = 0;
  send->next = loop->spare;
  loop->spare = send;
  io->in_flight--;
  io->sending = FALSE;
  if (io->closed)
    return;
  if (!is_whole)
    {
      /* The receiving side says why. */
      io->failed = TRUE;
      thrum_io_drop_pending (io);
      return;
    }
  if (io->pending != NULL)
    {
      send_all (loop, io, io->pending);
      thrum_io_drop_pending (io);
      return;
    }
  loop->base.events->drained (loop->base.owner, io);
}

/* A try that the socket did not take whole. */
static void
take_try (UringLoop *loop, Send *send, gint result)
{
  if (!send_list_remove (&loop->submitted, send))
    send_list_remove (&loop->queued, send);
  send->sent = (gsize)MAX (result, 0);
  if (!send->io->closed && (result >= 0 || result == -EAGAIN) && send->sent < send->out.used)
    send_rest (loop, send);
  else
    end_send (loop, send, FALSE);
}

static void
take_send (UringLoop *loop, Send *send, gint result)
{
  end_send (loop, send, result >= 0 && send->sent + (gsize)result == send->out.used);
}

/* Ends the tries that were submitted before the wait. Those that failed have said so: theirs are the
 * first completions since. */
static void
settle (UringLoop *loop)
{
  struct io_uring_cqe *cqe;
  SendList list;
  guint head;

  if (io_uring_cq_has_overflow (&loop->ring))
    return;
  loop->is_awaited &= loop->queued.first != NULL;
  if (loop->submitted.first == NULL)
    return;
  io_uring_for_each_cqe (&loop->ring, head, cqe)
  {
    if ((cqe->user_data & TAG_MASK) != TAG_TRY)
      continue;
    take_try (loop, (Send *)(gsize)(cqe->user_data & ~(guint64)TAG_MASK), cqe->res);
    cqe->user_data = (guint64)(gsize)tagged (loop, TAG_IGNORE);
  }
  list = loop->submitted;
  loop->submitted = (SendList){ NULL, &loop->submitted.first };
  while (list.first != NULL)
    {
      Send *send = list.first;

      list.first = send->next;
      end_send (loop, send, TRUE);
    }
}

/* ---- The rest of a socket's life ---- */

static void
take_connect (UringLoop *loop, ThrumIo *io, gint result)
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
  UringLoop *loop = (UringLoop *)base;
  struct io_uring_sqe *sqe;

  if (io->closed)
    return;
  io->closed = TRUE;
  thrum_io_drop_pending (io);
  /* In this order, after last bytes that the socket takes at once: all that waits is given up (each
   * holds the socket open), then it is closed. The kernel finds a request by its data at once, by its
   * socket only by looking at those of all sockets. */
  sqe = get_sqe (loop);
  if (io->sending)
    io_uring_prep_cancel_fd (sqe, io->fd, IORING_ASYNC_CANCEL_ALL);
  else
    io_uring_prep_cancel64 (
        sqe, (guint64)(gsize)tagged (io, io->connecting ? TAG_CONNECT : TAG_RECEIVE), 0);
  sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
  io_uring_sqe_set_data (sqe, tagged (loop, TAG_IGNORE));
  sqe = get_sqe (loop);
  io_uring_prep_close (sqe, io->fd);
  sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
  io_uring_sqe_set_data (sqe, tagged (loop, TAG_IGNORE));
  io->fd = -1;
  io->next = loop->closed;
  loop->closed = io;
}

/* Lets go of those closed whose operations the kernel has all answered. */
static void
release_closed (UringLoop *loop)
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
dispatch (UringLoop *loop, const struct io_uring_cqe *cqe)
{
  gsize data = (gsize)cqe->user_data;
  gpointer pointer = (gpointer)(data & ~(gsize)TAG_MASK);

  switch (data & TAG_MASK)
    {
    case TAG_RECEIVE:
      take_receive (loop, pointer, cqe);
      break;
    case TAG_TRY:
      take_try (loop, pointer, cqe->res);
      break;
    case TAG_SEND:
      take_send (loop, pointer, cqe->res);
      break;
    case TAG_CONNECT:
      take_connect (loop, pointer, cqe->res);
      break;
    case TAG_WATCH:
      loop->base.woken = TRUE;
      break;
    default:
      break;
    }
}

/* Has what the owner will need for @cqe fetched into the cache. */
static void
announce (UringLoop *loop, const struct io_uring_cqe *cqe, gboolean far)
{
  gsize data = (gsize)cqe->user_data;

  if ((data & TAG_MASK) == TAG_RECEIVE)
    loop->base.events->coming (loop->base.owner, (ThrumIo *)(data & ~(gsize)TAG_MASK), far);
}

static void
submit_and_wait (UringLoop *loop, gint64 wait_ns)
{
  struct __kernel_timespec timeout = { wait_ns / NS_PER_S, wait_ns % NS_PER_S };
  struct io_uring_cqe *cqe;

  if (wait_ns == 0 || loop->is_awaited || io_uring_cq_ready (&loop->ring) > 0)
    io_uring_submit_and_get_events (&loop->ring);
  else if (wait_ns < 0)
    io_uring_submit_and_wait (&loop->ring, 1);
  else
    io_uring_submit_and_wait_timeout (&loop->ring, &cqe, 1, &timeout, NULL);
  note_submitted (loop);
  settle (loop);
}

static gboolean
uring_turn (ThrumLoop *base, gint64 wait_ns)
{
  UringLoop *loop = (UringLoop *)base;
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
  UringLoop *loop = (UringLoop *)base;

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
  while (loop->spare != NULL)
    {
      Send *send = loop->spare;
      loop->spare = send->next;
      thrum_out_clear (&send->out);
      g_free (send);
    }
  thrum_out_clear (&loop->out);
  g_free (loop->buffers);
  g_free (loop);
}

const ThrumLoopBackend thrum_loop_uring = {
  .name = "io_uring",
  .new = uring_new,
  .free = uring_free,
  .watch = uring_watch,
  .add = uring_add,
  .out = uring_out,
  .flush = uring_flush,
  .close = uring_close,
  .turn = uring_turn,
};
