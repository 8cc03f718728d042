/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "thrum/plugin.h"

G_BEGIN_DECLS

/* One socket in a loop; the first member of its owner's struct. Zero-initialized, except `fd`
 * (-1: none). The fields below `fd` are the backend's. One thread. */
typedef struct ThrumIo ThrumIo;
struct ThrumIo {
  gint fd;
  guint8 connecting; /* the backend waits for the connection to be made */
  guint8 closed;     /* thrum_loop_close () was called */
  guint8 failed;     /* a write failed; the read side reports why */
  guint8 again;      /* queued to be read once more */
  guint8 sending;    /* bytes are on their way */
  guint8 is_awaited; /* the owner's: it needs `drained`, and soon */
  guint in_flight;   /* operations the kernel has not answered yet */
  ThrumOut *pending; /* (nullable): bytes the socket has not taken yet */
  ThrumIo *next;
};

/* What a loop reports to the owner of its sockets. Every function may close any io, also the one
 * that it is called for. After thrum_loop_close () the loop reports nothing but `released` for
 * an io. */
typedef struct {
  /* A connection has been made, or could not be: @error (errno) says why. */
  void (*connected) (gpointer owner, ThrumIo *io, gint error);

  /* Bytes came. They are valid during the call. @stamp is when the kernel received the last
   * segment among them, in ns of CLOCK_REALTIME; 0: it gave no stamp. */
  void (*received) (gpointer owner, ThrumIo *io, const guint8 *bytes, gsize n_bytes, gint64 stamp);

  /* No more bytes will come. @error is 0 after an orderly end, else errno. */
  void (*ended) (gpointer owner, ThrumIo *io, gint error);

  /* The kernel now has what flush () could not send at once. */
  void (*drained) (gpointer owner, ThrumIo *io);

  /* The loop no longer uses a closed io: its memory may be used again. */
  void (*released) (gpointer owner, ThrumIo *io);

  /* An event for @io comes next, or after the next (@far). The owner may fetch what it needs
   * into the cache while the events before it are handled. */
  void (*coming) (gpointer owner, ThrumIo *io, gboolean far);

  /* Called after each of the calls above: the owner may do what has come due in the meantime. */
  void (*between) (gpointer owner);
} ThrumLoopEvents;

/* An event loop of sockets. It reports completions, so that an engine that reads by itself
 * (epoll) and one whose kernel reads (io_uring) look alike. Bytes to send are written into the
 * loop's own buffer, so that neither copies them. One thread, the one that made it. */
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
extern const ThrumLoopBackend thrum_loop_uring; /* exists only if built with liburing */

/* Makes a loop that reports to @owner. NULL with @error set (G_IO_ERROR): the kernel refuses. */
ThrumLoop *thrum_loop_new (const ThrumLoopBackend *backend, const ThrumLoopEvents *events,
                           gpointer owner, GError **error);

/* Frees the loop. Its ios must have been closed. */
static inline void
thrum_loop_free (ThrumLoop *loop)
{
  loop->backend->free (loop);
}

/* Sets `woken` once @fd is readable, and reads nothing from it. Returns 0, or errno. */
static inline gint
thrum_loop_watch (ThrumLoop *loop, gint fd)
{
  return loop->backend->watch (loop, fd);
}

/* Adds @io to the loop. Its non-blocking descriptor is connected or, with `connecting` set,
 * being connected. Returns 0, or errno. */
static inline gint
thrum_loop_add (ThrumLoop *loop, ThrumIo *io)
{
  return loop->backend->add (loop, io);
}

/* Returns the buffer to which bytes for @io are appended. flush () sends them. Only one io at a
 * time may have bytes that are not flushed. */
static inline ThrumOut *
thrum_loop_out (ThrumLoop *loop, ThrumIo *io)
{
  return loop->backend->out (loop, io);
}

/* Sends what was appended. TRUE: the kernel has it all. FALSE: `drained` will follow, or `ended`
 * if the connection is of no more use. */
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

/* Waits for at most @wait_ns (0: not at all; < 0: for ever) and reports what happened. FALSE:
 * nothing happened. */
static inline gboolean
thrum_loop_turn (ThrumLoop *loop, gint64 wait_ns)
{
  return loop->backend->turn (loop, wait_ns);
}

/* Makes an empty buffer for plugins to append to. It grows to at most 256 MiB. */
void thrum_out_init (ThrumOut *out);

/* Implements `lend` for a loop that sends lent bytes without a copy. Every such buffer must be
 * cleared before the requests are freed. */
bool thrum_out_take_lent (ThrumOut *out, const void *bytes, size_t n_bytes);

/* Returns how many bytes are to be sent. */
static inline gsize
thrum_out_length (const ThrumOut *out)
{
  return out->used + out->n_lent;
}

void thrum_out_clear (ThrumOut *out);

/* Forgets what @io still has to send. For the backends. */
void thrum_io_drop_pending (ThrumIo *io);

struct msghdr;

/* Returns the kernel's software receive stamp from @message's control data, in ns of
 * CLOCK_REALTIME; 0: there is no stamp. */
gint64 thrum_loop_get_stamp (struct msghdr *message);

G_END_DECLS
