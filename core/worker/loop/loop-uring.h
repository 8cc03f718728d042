/* SPDX-License-Identifier: MIT */
#pragma once

#include <liburing.h>

#include "worker/loop/loop.h"

G_BEGIN_DECLS

/* The inside of the event loop on io_uring: what receiving (loop-uring.c) and sending
 * (loop-uring-send.c) share. One thread, the loop's. */

/* Says what a completion is about. It is in the low bits of the user data; the rest is a
 * pointer. */
enum {
  THRUM_URING_RECEIVE,
  THRUM_URING_TRY,
  THRUM_URING_SEND,
  THRUM_URING_CONNECT,
  THRUM_URING_WATCH,
  THRUM_URING_IGNORE,
  THRUM_URING_MASK = 7
};

/* Bytes being sent. They are tried first: the kernel sends them at submission, and completes the
 * try only if the socket did not take them all, because a completion of every try would wake the
 * loop for nothing. Bytes that are left wait for room, and that wait always completes. The
 * memory stays until the kernel is done with it. */
typedef struct ThrumUringSend ThrumUringSend;
struct ThrumUringSend {
  ThrumOut out;
  gsize sent; /* how many of them the try sent */
  ThrumIo *io;
  ThrumUringSend *next;
};

typedef struct {
  ThrumUringSend *first, **end;
} ThrumUringSendList;

typedef struct {
  ThrumLoop base;
  struct io_uring ring;
  struct io_uring_buf_ring *buffer_ring;
  guint8 *buffers;
  struct msghdr message; /* how each receive is laid out */
  ThrumOut out;          /* what is being appended, for an io that has no bytes on their way */
  ThrumUringSend *spare;
  ThrumUringSendList queued;    /* tries that are not submitted yet */
  ThrumUringSendList submitted; /* tries whose result the kernel has not reported yet */
  guint n_queued;
  gboolean is_awaited; /* somebody waits for one of them */
  ThrumIo *closed;     /* to be released after the turn */
} ThrumUringLoop;

static inline gpointer
thrum_uring_tagged (gpointer pointer, guint tag)
{
  return (gpointer)((gsize)pointer | tag);
}

/* Returns a place in the submission queue. Everything in the queue is submitted by the next
 * wait, if not before. */
struct io_uring_sqe *thrum_uring_get_sqe (ThrumUringLoop *loop);

/* Notes that what was queued has been submitted, and ends the tries that succeeded. Call it
 * after each wait. */
void thrum_uring_settle (ThrumUringLoop *loop);

/* Handles the completion of a try, or of a send that waited. */
void thrum_uring_take_try (ThrumUringLoop *loop, ThrumUringSend *send, gint result);
void thrum_uring_take_send (ThrumUringLoop *loop, ThrumUringSend *send, gint result);

/* Implement thrum_loop_out () and thrum_loop_flush (). */
ThrumOut *thrum_uring_out (ThrumLoop *base, ThrumIo *io);
gboolean thrum_uring_flush (ThrumLoop *base, ThrumIo *io);

void thrum_uring_sends_init (ThrumUringLoop *loop);
void thrum_uring_sends_clear (ThrumUringLoop *loop);

G_END_DECLS
