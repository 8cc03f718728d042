/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What coordinator and worker say to each other over a SOCK_SEQPACKET pair: one message a packet.
 * The socket's end is a message too: the worker has gone, or the coordinator has. */
typedef enum {
  THRUM_CONTROL_READY = 1, /* worker: plugins loaded, sessions open */
  THRUM_CONTROL_FATAL,     /* worker: we failed, `text` says why; it stops and exits */
  THRUM_CONTROL_DONE,      /* worker: all it sent has ended and is in its rings */
  THRUM_CONTROL_SHORT,     /* worker: it goes on with `value` sessions, for `text` */
  THRUM_CONTROL_START,     /* coordinator: t0 is `value` */
  THRUM_CONTROL_STOP       /* coordinator: cancel what is in flight and end */
} ThrumControlType;

typedef struct {
  guint32 type;
  guint32 text_bytes;
  gint64 value;
  gchar text[2000]; /* UTF-8, NUL-terminated */
} ThrumControlMessage;

/* FALSE: the other side has gone. Any thread. */
gboolean thrum_control_send (gint fd, ThrumControlType type, gint64 value, const gchar *text);

/* What stands before a thread's GError. */
#define THRUM_NO_THREAD                                                                            \
  "a worker can't start a thread; raise the limit of tasks (ulimit -u, or the container's): "

/* From now on what GLib says before it ends this process (no memory, no descriptor for what it can't do
 * without) goes to @fd, too, as FATAL. Once a process. */
void thrum_control_tell_fatal (gint fd);

/* Waits for a message. FALSE: the other side has gone, and errno is 0; or nothing more can be heard of it,
 * or it sent what is none. */
gboolean thrum_control_receive (gint fd, ThrumControlMessage *message);

G_END_DECLS
