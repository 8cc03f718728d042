/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* One request in the log. Times are CLOCK_MONOTONIC in ns. */
typedef struct {
  gint64 receive_ns; /* the kernel's receipt of its last byte */
  gint64 due_ns;     /* when the model wanted the reply sent; 0 for a hang */
  gint64 send_ns;    /* read just before the reply's first write; 0: it was never sent */
  gint64 service_ns; /* the service time that the model gave it */
  guint64 number;
  guint status; /* 0: no reply */
  gboolean has_number;
} ThrumServerLogRow;

/* The request log: a CSV file with the header line
 *
 *   receive_ns,send_ns,service_ns,status,number,due_ns
 *
 * and one row a request, number empty where the request had none. Rows come in the order in which
 * replies left. Formatting and writing are a thread's of its own. */
typedef struct _ThrumServerLog ThrumServerLog;

ThrumServerLog *thrum_server_log_new (const char *path, GError **error);

/* Writes what was handed over and closes. FALSE with @error set: something could not be written.
 * After the last lane was flushed. Frees @log. */
gboolean thrum_server_log_close (ThrumServerLog *log, GError **error);

/* A loop's end of the log; one thread. Zero-initialized but for @log. With a NULL log it does
 * nothing. */
typedef struct {
  ThrumServerLog *log;
  GArray *rows; /* being filled */
} ThrumServerLogLane;

void thrum_server_log_lane_add (ThrumServerLogLane *lane, const ThrumServerLogRow *row);

/* Hands over what is there. Cheap; a loop does it before it sleeps long, and at its end. */
void thrum_server_log_lane_flush (ThrumServerLogLane *lane);

G_END_DECLS
