/* SPDX-License-Identifier: MIT */
#pragma once

#include <liburing.h>

#include "worker/loop/loop.h"

G_BEGIN_DECLS

/* Within the event loop on io_uring: what receiving (loop-uring.c) and sending (loop-uring-send.c)
 * share. One thread, the loop's. */

/* What a completion is about: the low bits of its user data; the rest is a pointer. */
enum {
  THRUM_URING_RECEIVE,
  THRUM_URING_TRY,
  THRUM_URING_SEND,
  THRUM_URING_CONNECT,
  THRUM_URING_WATCH,
  THRUM_URING_IGNORE,
  THRUM_URING_MASK = 7
};

/* Bytes on their way. First they are tried: sent as they are submitted, which a completion tells of only
 * if the socket did not take them all (every other one would wake the loop for nothing). The rest waits
 * for room, and its completion always comes. Its memory stays until the kernel is done with it. */
typedef struct ThrumUringSend ThrumUringSend;
struct ThrumUringSend {
  ThrumOut out;
  gsize sent; /* of them, by the try */
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
  ThrumOut out;          /* what is appended now, for an io without bytes on their way */
  ThrumUringSend *spare;
  ThrumUringSendList queued;    /* tries that are not submitted yet */
  ThrumUringSendList submitted; /* tries of which the kernel has not been heard yet */
  guint n_queued;
  gboolean is_awaited; /* somebody waits for one of them to be done */
  ThrumIo *closed;     /* to be released after the turn */
} ThrumUringLoop;

static inline gpointer
thrum_uring_tagged (gpointer pointer, guint tag)
{
  return (gpointer)((gsize)pointer | tag);
}

/* A place in the submission queue, whose requests all go in by the next wait, if not before. */
struct io_uring_sqe *thrum_uring_get_sqe (ThrumUringLoop *loop);

/* To be called after each wait: notes that what was queued has been submitted, and ends the tries that
 * went through. */
void thrum_uring_settle (ThrumUringLoop *loop);

/* A completion of a try, or of a send that waited. */
void thrum_uring_take_try (ThrumUringLoop *loop, ThrumUringSend *send, gint result);
void thrum_uring_take_send (ThrumUringLoop *loop, ThrumUringSend *send, gint result);

/* As thrum_loop_out () and thrum_loop_flush (). */
ThrumOut *thrum_uring_out (ThrumLoop *base, ThrumIo *io);
gboolean thrum_uring_flush (ThrumLoop *base, ThrumIo *io);

void thrum_uring_sends_init (ThrumUringLoop *loop);
void thrum_uring_sends_clear (ThrumUringLoop *loop);

G_END_DECLS
