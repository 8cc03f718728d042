/* SPDX-License-Identifier: MIT
 *
 * The embedded server as a whole: its listening sockets, its threads with a loop each, its log.
 * Refuses to know what a loop does. Made, asked and ended by one thread; statistics by any.
 */
#include "server/server.h"

#include <sys/prctl.h>
#include <unistd.h>

#include "base/limits.h"
#include "server/listener.h"
#include "server/loop.h"

struct _ThrumServer {
  ThrumServerContext context;
  ThrumListenAddress address;
  char *address_text;
  guint n_loops;
  ThrumServerLoop **loops;
  GThread **threads;
};

/* What 20,000 connections need. */
#define WANTED_DESCRIPTORS 20480

static gpointer
serve (gpointer data)
{
  /* The kernel may otherwise wake us 50 us late, to save power. */
  prctl (PR_SET_TIMERSLACK, 1);
  thrum_server_loop_run (data);
  return NULL;
}

static char *
get_statistics (gpointer data)
{
  return thrum_server_get_statistics (data);
}

static gboolean
make_context (ThrumServer *server, const ThrumServerOptions *options, GError **error)
{
  ThrumServerContext *context = &server->context;

  context->behaviour = options->behaviour;
  context->close_after = options->close_after;
  context->idle_ns = options->idle_ns;
  context->spins = options->spins;
  context->statistics = get_statistics;
  context->server = server;
  thrum_server_reply_style_init (&context->style, options->body_bytes, options->is_chunked,
                                 options->redirects);
  if (options->is_tls)
    {
      context->tls = thrum_server_tls_new (options->certificate_file, options->key_file, error);
      if (context->tls == NULL)
        return FALSE;
    }
  if (options->log_file != NULL)
    context->log = thrum_server_log_new (options->log_file, error);
  return options->log_file == NULL || context->log != NULL;
}

/* A listening socket for loop @index: its own, or, at a Unix path, which only one can have, a
 * duplicate of @first. */
static int
listen_for_loop (ThrumServer *server, guint index, int first, GError **error)
{
  if (index > 0 && thrum_listen_address_get_port (&server->address) == 0)
    return dup (first);
  return thrum_listen (&server->address, server->n_loops > 1, error);
}

static gboolean
make_loops (ThrumServer *server, GError **error)
{
  int first = -1;

  for (guint i = 0; i < server->n_loops; i++)
    {
      int fd = listen_for_loop (server, i, first, error);

      if (fd < 0)
        return FALSE;
      if (i == 0)
        first = fd;
      server->loops[i] = thrum_server_loop_new (&server->context, i, fd, error);
      if (server->loops[i] == NULL)
        return FALSE;
    }
  server->address_text = thrum_listen_address_to_string (&server->address);
  return TRUE;
}

ThrumServer *
thrum_server_new (const ThrumServerOptions *options, GError **error)
{
  ThrumServer *server;
  ThrumListenAddress address;

  if (!thrum_listen_address_parse (options->listen, options->allow_remote, &address, error))
    return NULL;
  thrum_limits_raise_open_files (WANTED_DESCRIPTORS);
  server = g_new0 (ThrumServer, 1);
  server->address = address;
  server->n_loops = MAX (1, options->threads);
  server->loops = g_new0 (ThrumServerLoop *, server->n_loops);
  server->threads = g_new0 (GThread *, server->n_loops);
  if (!make_context (server, options, error) || !make_loops (server, error))
    {
      thrum_server_stop (server, NULL);
      thrum_server_free (server);
      return NULL;
    }
  for (guint i = 0; i < server->n_loops; i++)
    {
      server->threads[i] = g_thread_try_new ("target", serve, server->loops[i], error);
      if (server->threads[i] != NULL)
        continue;
      thrum_server_stop (server, NULL);
      thrum_server_free (server);
      return NULL;
    }
  return server;
}

const char *
thrum_server_get_address (ThrumServer *server)
{
  return server->address_text;
}

guint16
thrum_server_get_port (ThrumServer *server)
{
  return thrum_listen_address_get_port (&server->address);
}

char *
thrum_server_get_statistics (ThrumServer *server)
{
  ThrumStatistics sum = { 0 };

  for (guint i = 0; i < server->n_loops; i++)
    thrum_statistics_merge (&sum, &server->loops[i]->statistics);
  return thrum_statistics_to_json (&sum);
}

gboolean
thrum_server_stop (ThrumServer *server, GError **error)
{
  for (guint i = 0; i < server->n_loops; i++)
    if (server->threads[i] != NULL)
      thrum_server_loop_stop (server->loops[i]);
  for (guint i = 0; i < server->n_loops; i++)
    g_clear_pointer (&server->threads[i], g_thread_join);
  if (server->address_text != NULL)
    thrum_listen_address_remove (&server->address);
  return server->context.log == NULL
         || thrum_server_log_close (g_steal_pointer (&server->context.log), error);
}

void
thrum_server_free (ThrumServer *server)
{
  for (guint i = 0; i < server->n_loops; i++)
    g_clear_pointer (&server->loops[i], thrum_server_loop_free);
  thrum_server_reply_style_clear (&server->context.style);
  g_clear_pointer (&server->context.tls, thrum_server_tls_free);
  g_free (server->loops);
  g_free (server->threads);
  g_free (server->address_text);
  g_free (server);
}
