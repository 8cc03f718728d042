/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What the coordinator and a worker say to each other over a SOCK_SEQPACKET pair. A packet is
 * one message. The end of the socket is a message too: the worker has gone, or the coordinator
 * has. */
typedef enum {
  THRUM_CONTROL_READY = 1, /* worker: its plugins are loaded, its sessions are open */
  THRUM_CONTROL_FATAL,     /* worker: we failed, `text` says why; it stops and exits */
  THRUM_CONTROL_DONE,      /* worker: all it sent has ended, and its records are in its rings */
  THRUM_CONTROL_SHORT,     /* worker: it goes on with only `value` sessions; `text` says why */
  THRUM_CONTROL_START,     /* coordinator: t0 is `value` */
  THRUM_CONTROL_STOP       /* coordinator: cancel what is in flight and end */
} ThrumControlType;

typedef struct {
  guint32 type;
  guint32 text_bytes;
  gint64 value;
  gchar text[2000]; /* UTF-8, NUL-terminated */
} ThrumControlMessage;

/* Sends a message. FALSE: the other side has gone. Any thread. */
gboolean thrum_control_send (gint fd, ThrumControlType type, gint64 value, const gchar *text);

/* Begins the message when a thread cannot be made; the thread's GError follows. */
#define THRUM_NO_THREAD                                                                            \
  "a worker can't start a thread; raise the limit of tasks (ulimit -u, or the container's): "

/* Sends to @fd too, as FATAL, what GLib says before it ends this process (no memory, or no
 * descriptor for what it cannot do without). From now on; once in a process. */
void thrum_control_tell_fatal (gint fd);

/* Waits for a message. FALSE with errno 0: the other side has gone. FALSE with another errno:
 * nothing more can be received, or the other side sent what is not a message. */
gboolean thrum_control_receive (gint fd, ThrumControlMessage *message);

G_END_DECLS
