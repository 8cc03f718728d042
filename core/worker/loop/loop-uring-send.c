/* SPDX-License-Identifier: MIT
 *
 * Sends in the event loop on io_uring, and owns the queue from which its requests are submitted.
 * A send is tried first, and completes only if it fails, so the next wait is what shows that it
 * succeeded. Knows nothing of receiving; the loop's thread.
 *
 * Sends are submitted BATCH at a time. So the clock reading that the caller takes just before a
 * send is early by what the others of its batch take: some microseconds, and only when several
 * are due at once.
 */
#include "worker/loop/loop-uring.h"

#include <errno.h>
#include <sys/socket.h>

#define BATCH 8

/* ---- The queue ---- */

static void
send_list_append (ThrumUringSendList *list, ThrumUringSend *send)
{
  send->next = NULL;
  *list->end = send;
  list->end = &send->next;
}

static gboolean
send_list_remove (ThrumUringSendList *list, ThrumUringSend *send)
{
  ThrumUringSend **at = &list->first;

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
note_submitted (ThrumUringLoop *loop)
{
  if (loop->queued.first == NULL || io_uring_sq_ready (&loop->ring) > 0)
    return;
  *loop->submitted.end = loop->queued.first;
  loop->submitted.end = loop->queued.end;
  loop->queued = (ThrumUringSendList){ NULL, &loop->queued.first };
  loop->n_queued = 0;
}

static void
submit (ThrumUringLoop *loop)
{
  io_uring_submit (&loop->ring);
  note_submitted (loop);
}

struct io_uring_sqe *
thrum_uring_get_sqe (ThrumUringLoop *loop)
{
  struct io_uring_sqe *sqe = io_uring_get_sqe (&loop->ring);

  if (G_LIKELY (sqe != NULL))
    return sqe;
  submit (loop);
  return io_uring_get_sqe (&loop->ring);
}

/* ---- Sending ---- */

void
thrum_uring_sends_init (ThrumUringLoop *loop)
{
  loop->queued.end = &loop->queued.first;
  loop->submitted.end = &loop->submitted.first;
  thrum_out_init (&loop->out);
}

void
thrum_uring_sends_clear (ThrumUringLoop *loop)
{
  while (loop->spare != NULL)
    {
      ThrumUringSend *send = loop->spare;

      loop->spare = send->next;
      thrum_out_clear (&send->out);
      g_free (send);
    }
  thrum_out_clear (&loop->out);
}

ThrumOut *
thrum_uring_out (ThrumLoop *base, ThrumIo *io)
{
  ThrumUringLoop *loop = (ThrumUringLoop *)base;
  return io->pending != NULL ? io->pending : &loop->out;
}

/* Hands @out's bytes to the kernel; takes them. */
static void
send_all (ThrumUringLoop *loop, ThrumIo *io, ThrumOut *out)
{
  ThrumUringSend *send = loop->spare;
  struct io_uring_sqe *sqe;
  ThrumOut emptied;

  if (send != NULL)
    loop->spare = send->next;
  else
    {
      send = g_new (ThrumUringSend, 1);
      thrum_out_init (&send->out);
    }
  emptied = send->out;
  send->out = *out;
  *out = emptied;
  send->io = io;
  send->sent = 0;

  sqe = thrum_uring_get_sqe (loop);
  io_uring_prep_send (sqe, io->fd, send->out.data, send->out.used,
                      MSG_NOSIGNAL | MSG_WAITALL | MSG_DONTWAIT);
  sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
  io_uring_sqe_set_data (sqe, thrum_uring_tagged (send, THRUM_URING_TRY));
  io->in_flight++;
  io->sending = TRUE;
  loop->is_awaited |= io->is_awaited;
  send_list_append (&loop->queued, send);
  if (++loop->n_queued >= BATCH)
    submit (loop);
}

/* Has the kernel send what a try left, as soon as there is room. */
static void
send_rest (ThrumUringLoop *loop, ThrumUringSend *send)
{
  struct io_uring_sqe *sqe = thrum_uring_get_sqe (loop);

  io_uring_prep_send (sqe, send->io->fd, send->out.data + send->sent, send->out.used - send->sent,
                      MSG_NOSIGNAL | MSG_WAITALL);
  io_uring_sqe_set_data (sqe, thrum_uring_tagged (send, THRUM_URING_SEND));
}

gboolean
thrum_uring_flush (ThrumLoop *base, ThrumIo *io)
{
  ThrumUringLoop *loop = (ThrumUringLoop *)base;

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
end_send (ThrumUringLoop *loop, ThrumUringSend *send, gboolean is_whole)
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
void
thrum_uring_take_try (ThrumUringLoop *loop, ThrumUringSend *send, gint result)
{
  if (!send_list_remove (&loop->submitted, send))
    send_list_remove (&loop->queued, send);
  send->sent = (gsize)MAX (result, 0);
  if (!send->io->closed && (result >= 0 || result == -EAGAIN) && send->sent < send->out.used)
    send_rest (loop, send);
  else
    end_send (loop, send, FALSE);
}

void
thrum_uring_take_send (ThrumUringLoop *loop, ThrumUringSend *send, gint result)
{
  end_send (loop, send, result >= 0 && send->sent + (gsize)result == send->out.used);
}

/* Ends the tries that were submitted before the wait. Those that failed have said so: theirs are the
 * first completions since. */
void
thrum_uring_settle (ThrumUringLoop *loop)
{
  struct io_uring_cqe *cqe;
  ThrumUringSendList list;
  guint head;

  note_submitted (loop);
  if (io_uring_cq_has_overflow (&loop->ring))
    return;
  loop->is_awaited &= loop->queued.first != NULL;
  if (loop->submitted.first == NULL)
    return;
  io_uring_for_each_cqe (&loop->ring, head, cqe)
  {
    if ((cqe->user_data & THRUM_URING_MASK) != THRUM_URING_TRY)
      continue;
    thrum_uring_take_try (
        loop, (ThrumUringSend *)(gsize)(cqe->user_data & ~(guint64)THRUM_URING_MASK), cqe->res);
    cqe->user_data = (guint64)(gsize)thrum_uring_tagged (loop, THRUM_URING_IGNORE);
  }
  list = loop->submitted;
  loop->submitted = (ThrumUringSendList){ NULL, &loop->submitted.first };
  while (list.first != NULL)
    {
      ThrumUringSend *send = list.first;

      list.first = send->next;
      end_send (loop, send, TRUE);
    }
}
