/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

#include "server/behaviour.h"

G_BEGIN_DECLS

/* Everything about a server; read while it is made. Zero-initialized with `listen` and `threads`
 * set it answers 200 with an empty body at once. */
typedef struct {
  const char *listen;    /* "127.0.0.1:0", "[::1]:0", "unix:/path" */
  gboolean allow_remote; /* addresses beyond loopback */
  guint threads;         /* 1 and up; 1 with a FIFO queue */

  ThrumBehaviour behaviour;
  gint64 body_bytes;
  gboolean is_chunked;
  guint64 close_after;   /* requests per connection; 0: no limit */
  gint64 idle_ns;        /* how long a client may send nothing and take nothing; 0: for ever */
  GHashTable *redirects; /* path -> Location, (nullable); must outlive the server */

  gboolean spins; /* its threads do not sleep: each takes a CPU, and no reply waits for waking */

  const char *log_file; /* (nullable) */
  gboolean is_tls;
  const char *certificate_file; /* (nullable): TLS with a certificate of its own making */
  const char *key_file;
} ThrumServerOptions;

/* `thrum target` without its command line: an HTTP/1.1 server whose behaviour is known, in threads
 * of its own. */
typedef struct _ThrumServer ThrumServer;

/* Listens and serves. Raises this process' limit on descriptors as far as it may. NULL with @error
 * set. */
ThrumServer *thrum_server_new (const ThrumServerOptions *options, GError **error);

/* "127.0.0.1:40123", "[::1]:40123", "unix:/path"; as long as the server. */
const char *thrum_server_get_address (ThrumServer *server);

/* 0: a Unix socket. */
guint16 thrum_server_get_port (ThrumServer *server);

/* What /stats says. Any thread. (transfer full) */
char *thrum_server_get_statistics (ThrumServer *server);

/* Stops serving, closes every connection and the log; statistics remain. FALSE with @error set: the
 * log is not whole. Once. */
gboolean thrum_server_stop (ThrumServer *server, GError **error);

/* Of a stopped server. */
void thrum_server_free (ThrumServer *server);

G_END_DECLS
