/* SPDX-License-Identifier: MIT */
#pragma once

#include "config/config.h"
#include "net/transport.h"
#include "record/region.h"
#include "worker/lane/lane.h"

G_BEGIN_DECLS

/* A codec of lines for tests of the engine: a request is one line, a reply is "STATUS TEXT\n". A
 * line that begins with '!' breaks the connection, with '-' ends it as agreed; "#limit N" sets how
 * many calls it carries, "#drain" takes no more than those answered. Pipelines. */
extern const ThrumCodecOps line_codec;

/* How the line codec behaves in one test: its target. */
typedef struct {
  const gchar *hello;    /* (nullable): sent once connected */
  const gchar *greeting; /* (nullable): a line the server says first */
  const gchar *goodbye;  /* (nullable): sent at close */
  gint64 idle_ns;        /* > 0: a reply ends by silence, not by its line's end */
  gboolean no_reply;     /* requests get no reply */
  gboolean once;         /* requests may not be sent twice */
  gboolean until_end;    /* a reply ends with the connection */
  gboolean can_cancel;   /* a call can be given up without closing */
  guint full_at;         /* > 0: FULL with so many open calls */
} LineTarget;

/* A server of one test: each connection gets a thread that runs @script. */
typedef struct Server Server;
typedef void (*ServerScript) (Server *server, gint fd, guint nth);
struct Server {
  gint listen_fd, bound_fd;
  guint16 port;
  gchar *path; /* (nullable): a Unix socket */
  ServerScript script;
  gpointer data;
  GThread *thread;
  gint n_accepted; /* atomic */
  gint stopping;   /* atomic */
};

typedef enum { SERVER_V4, SERVER_V6, SERVER_UNIX } ServerKind;

/* Listens on a free loopback port, or on a Unix socket. */
Server *server_new (ServerScript script, gpointer data, ServerKind kind);

/* The same without anyone who accepts: one connection fits into its backlog. */
Server *server_new_deaf (ServerKind kind);

/* From now on its port is bound, but refuses. */
void server_stop_listening (Server *server);
void server_free (Server *server);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Server, server_free)

/* Reads one line into @line, without its end. FALSE: the client has closed. */
gboolean server_read_line (gint fd, gchar *line, gsize size);
void server_write (gint fd, const gchar *text);

/* Answers "200 ok" to every line. */
void server_answer (Server *server, gint fd, guint nth);

/* A script that reads to the end and says nothing. */
void server_swallow (Server *server, gint fd, guint nth);

/* What one test runs, and what came of it. */
typedef struct {
  ThrumConfig config;
  ThrumTargetConfig target;
  ThrumRequestConfig requests[2];
  ThrumPluginModule module;
  ThrumPlugin plugin;
  const gchar *text; /* what a request sends */
  ThrumEndpoint endpoint;
  LineTarget line;
  ThrumValue transport[THRUM_N_TRANSPORT_OPTIONS];
  guint64 ring_capacity;
  gint64 stop_after_ns;  /* > 0: stop the run then */
  gint64 drain_every_us; /* how often the ring is emptied */
  guint least;           /* records a test needs: on a busy machine a longer run is made for them */

  GArray *records; /* ThrumRecord */
  ThrumLaneCounters counters;
  ThrumReasons reasons;
  GError *error;
} Run;

/* A closed run of one user against 127.0.0.1:@port for one request's time limit of 5 s. */
Run *run_new (guint16 port);
void run_free (Run *run);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Run, run_free)

/* Runs it, longer each time until there are run->least records. FALSE: the engine failed
 * (run->error). */
gboolean run_go (Run *run);
void run_set_text (Run *run, ThrumTransportOption option, const gchar *text);
void run_set_flag (Run *run, ThrumTransportOption option, gboolean value);

const ThrumRecord *run_record (Run *run, guint i);
guint run_count (Run *run, ThrumFailure failure);

/* How many of those that failed with @failure did so for a reason that holds @text. */
guint64 run_count_reason (Run *run, ThrumFailure failure, const gchar *text);

/* What must hold of every run: conservation, and the order of each record's instants. */
void run_check (Run *run);

G_END_DECLS
