/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "thrum/plugin.h"

G_BEGIN_DECLS

/* One socket in a loop, the first member of its owner's struct. Zero-initialized but for `fd`
 * (-1: none). The fields below it are the backend's. One thread. */
typedef struct ThrumIo ThrumIo;
struct ThrumIo {
  gint fd;
  guint8 connecting; /* the backend waits for the connection to be made */
  guint8 closed;     /* thrum_loop_close () was called */
  guint8 failed;     /* a write failed: the read side says why */
  guint8 again;      /* queued to be read once more */
  guint8 sending;    /* bytes are on their way */
  guint8 is_awaited; /* its owner's: `drained` is of use, and soon */
  guint in_flight;   /* operations the kernel has not answered yet */
  ThrumOut *pending; /* (nullable): bytes the socket has not taken yet */
  ThrumIo *next;
};

/* What a loop tells the owner of its sockets. Every function may close any io, the one it is about
 * included; nothing is told of an io after thrum_loop_close () but `released`. */
typedef struct {
  /* A connection that was being made is there, or @error (errno) says why not. */
  void (*connected) (gpointer owner, ThrumIo *io, gint error);

  /* Bytes came; valid during the call. @stamp is the kernel's receive time in ns of CLOCK_REALTIME
   * of the last segment among them, 0 if it gave none. */
  void (*received) (gpointer owner, ThrumIo *io, const guint8 *bytes, gsize n_bytes, gint64 stamp);

  /* No more will come: @error is 0 after an orderly end, else errno. */
  void (*ended) (gpointer owner, ThrumIo *io, gint error);

  /* What flush () could not send at once is with the kernel now. */
  void (*drained) (gpointer owner, ThrumIo *io);

  /* The loop has let go of a closed io: its memory may be used anew. */
  void (*released) (gpointer owner, ThrumIo *io);

  /* News of @io are next but one (@far) or next: what its owner will need of it may be fetched into
   * the cache while the news before are dealt with. */
  void (*coming) (gpointer owner, ThrumIo *io, gboolean far);

  /* After each of the calls above: the owner may do what has come due meanwhile. */
  void (*between) (gpointer owner);
} ThrumLoopEvents;

/* An event loop of sockets: completions, so that an engine that reads by itself (epoll) and one
 * whose kernel reads (io_uring) look alike. Bytes to send are written into the loop's own buffer,
 * so that neither copies. One thread, the one that made it. */
typedef struct ThrumLoop ThrumLoop;

typedef struct {
  const gchar *name;
  ThrumLoop *(*new) (GError **error);
  void (*free) (ThrumLoop *loop);
  gint (*watch) (ThrumLoop *loop, gint fd);
  gint (*add) (ThrumLoop *loop, ThrumIo *io);
  ThrumOut *(*out) (ThrumLoop *loop, ThrumIo *io);
  gboolean (*flush) (ThrumLoop *loop, ThrumIo *io);
  void (*close) (ThrumLoop *loop, ThrumIo *io);
  gboolean (*turn) (ThrumLoop *loop, gint64 wait_ns);
} ThrumLoopBackend;

struct ThrumLoop {
  const ThrumLoopBackend *backend;
  const ThrumLoopEvents *events;
  gpointer owner;
  gboolean woken; /* a watched descriptor became readable */
};

extern const ThrumLoopBackend thrum_loop_epoll;
extern const ThrumLoopBackend thrum_loop_uring; /* only where built with liburing */

/* A loop that tells @owner. NULL with @error set (G_IO_ERROR) when the kernel refuses. */
ThrumLoop *thrum_loop_new (const ThrumLoopBackend *backend, const ThrumLoopEvents *events,
                           gpointer owner, GError **error);

/* Frees the loop; its ios must have been closed. */
static inline void
thrum_loop_free (ThrumLoop *loop)
{
  loop->backend->free (loop);
}

/* Sets `woken` once @fd is readable; reads nothing from it. 0, or errno. */
static inline gint
thrum_loop_watch (ThrumLoop *loop, gint fd)
{
  return loop->backend->watch (loop, fd);
}

/* Takes @io in, whose non-blocking descriptor is connected or, with `connecting` set, about to be.
 * 0, or errno. */
static inline gint
thrum_loop_add (ThrumLoop *loop, ThrumIo *io)
{
  return loop->backend->add (loop, io);
}

/* Where to append bytes for @io; flush () sends them. At most one io at a time may have bytes that
 * are not flushed. */
static inline ThrumOut *
thrum_loop_out (ThrumLoop *loop, ThrumIo *io)
{
  return loop->backend->out (loop, io);
}

/* Sends what was appended. TRUE: the kernel has it all; FALSE: `drained` will follow, or `ended`
 * if the connection is of no use. */
static inline gboolean
thrum_loop_flush (ThrumLoop *loop, ThrumIo *io)
{
  return loop->backend->flush (loop, io);
}

/* Closes @io's descriptor; `released` follows after the turn. */
static inline void
thrum_loop_close (ThrumLoop *loop, ThrumIo *io)
{
  loop->backend->close (loop, io);
}

/* Waits for at most @wait_ns (0: not at all; < 0: without end) and tells what happened. FALSE: nothing
 * did. */
static inline gboolean
thrum_loop_turn (ThrumLoop *loop, gint64 wait_ns)
{
  return loop->backend->turn (loop, wait_ns);
}

/* A growing buffer behind the plugin's interface; refuses to grow beyond 256 MiB. */
void thrum_out_init (ThrumOut *out);

/* The `lend` of a loop that sends from what was lent: all of them but it must be cleared before the
 * requests are freed. */
bool thrum_out_take_lent (ThrumOut *out, const void *bytes, size_t n_bytes);

/* All that is to be sent. */
static inline gsize
thrum_out_length (const ThrumOut *out)
{
  return out->used + out->n_lent;
}

void thrum_out_clear (ThrumOut *out);

/* Forgets what @io still has to send. For the backends. */
void thrum_io_drop_pending (ThrumIo *io);

struct msghdr;

/* The kernel's software receive stamp among @message's control data, ns of CLOCK_REALTIME; 0: none
 * there. */
gint64 thrum_loop_get_stamp (struct msghdr *message);

G_END_DECLS
