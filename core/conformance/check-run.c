/* SPDX-License-Identifier: MIT
 *
 * A short real run of a codec: `thrum run` against a server in this process, which says what was
 * recorded each time the client has sent what it had sent then. The server is one thread with
 * poll(); it knows byte counts, no protocol.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>
#include <json-glib/json-glib.h>

#include "conformance/check-kit.h"
#include "base/exit-codes.h"
#include "net/endpoint.h"

#define CLIENTS_MAX 64
#define RUN_USERS 4
#define RUN_DURATION "1s"

/* A connection's place in the exchange. */
typedef struct {
  gsize received;
  gsize due; /* bytes received after which the turn is said */
  guint turn;
} Place;

typedef struct {
  ThrumConformance *check;
  int listener, stop; /* stop: readable once it is to end */
  guint16 port;
  nfds_t n_fds;
  struct pollfd fds[2 + CLIENTS_MAX];
  Place places[CLIENTS_MAX];
} Server;

/* Says every turn that is due. After the last, it is said again for each call as long as the last.
 * FALSE: the connection has ended. */
static gboolean
say_due (Server *server, int fd, Place *place)
{
  const GArray *turns = server->check->turns;
  const GArray *client_bytes = server->check->client_bytes;
  const guint last = turns->len - 1;

  while (place->received >= place->due)
    {
      const ThrumReplayTurn *turn = &g_array_index (turns, ThrumReplayTurn, place->turn);
      const gsize sent = g_array_index (client_bytes, gsize, place->turn);
      const gsize before =
          place->turn > 0 ? g_array_index (client_bytes, gsize, place->turn - 1) : 0;

      if (turn->n_bytes > 0
          && send (fd, turn->bytes, turn->n_bytes, MSG_NOSIGNAL) != (ssize_t)turn->n_bytes)
        return FALSE;
      if (turn->then == THRUM_CAUSE_END)
        return FALSE; /* the server closes */
      if (place->turn < last)
        place->due = g_array_index (client_bytes, gsize, ++place->turn);
      else if (sent > before)
        place->due += sent - before;
      else
        return TRUE;
    }
  return TRUE;
}

static void
accept_client (Server *server)
{
  const int fd = accept4 (server->listener, NULL, NULL, SOCK_CLOEXEC);
  Place *place;

  if (fd < 0)
    return;
  if (server->n_fds == G_N_ELEMENTS (server->fds))
    {
      close (fd);
      return;
    }
  place = &server->places[server->n_fds - 2];
  *place = (Place){ .due = g_array_index (server->check->client_bytes, gsize, 0) };
  server->fds[server->n_fds++] = (struct pollfd){ .fd = fd, .events = POLLIN };
  say_due (server, fd, place); /* a greeting */
}

/* Hears a client. FALSE: it has gone. */
static gboolean
hear (Server *server, nfds_t index)
{
  guint8 buffer[65536];
  const int fd = server->fds[index].fd;
  const ssize_t n = recv (fd, buffer, sizeof buffer, 0);
  Place *place = &server->places[index - 2];

  if (n <= 0)
    return FALSE;
  place->received += (gsize)n;
  return say_due (server, fd, place);
}

static gpointer
serve (gpointer data)
{
  Server *server = data;

  server->fds[0] = (struct pollfd){ .fd = server->stop, .events = POLLIN };
  server->fds[1] = (struct pollfd){ .fd = server->listener, .events = POLLIN };
  server->n_fds = 2;
  while (poll (server->fds, server->n_fds, -1) >= 0 || errno == EINTR)
    {
      if (server->fds[0].revents != 0)
        break;
      for (nfds_t i = server->n_fds; i-- > 2;)
        if (server->fds[i].revents != 0 && !hear (server, i))
          {
            close (server->fds[i].fd);
            server->n_fds--;
            server->fds[i] = server->fds[server->n_fds];
            server->places[i - 2] = server->places[server->n_fds - 2];
          }
      if (server->fds[1].revents != 0)
        accept_client (server);
    }
  while (server->n_fds > 2)
    close (server->fds[--server->n_fds].fd);
  return NULL;
}

static gboolean
server_listen (Server *server)
{
  ThrumSocketAddress address = {
    .length = sizeof address.u.v4,
    .u.v4 = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) },
  };

  server->listener = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (server->listener < 0 || bind (server->listener, &address.u.any, address.length) != 0
      || listen (server->listener, CLIENTS_MAX) != 0
      || getsockname (server->listener, &address.u.any, &address.length) != 0)
    return FALSE;
  server->port = ntohs (address.u.v4.sin_port);
  return TRUE;
}

/* The test as an INI file: the options given, but for the address. */
static gchar *
make_ini (ThrumConformance *check, guint16 port)
{
  GString *ini = g_string_new (NULL);

  g_string_append_printf (ini,
                          "[load]\nduration = " RUN_DURATION "\nusers = %d\nprocesses = 1\n"
                          "timeout = 5s\n\n[target check]\nplugin = %s\n"
                          "address = 127.0.0.1:%u\ntls = no\n",
                          RUN_USERS, check->module->path, port);
  for (gchar **option = check->own_options; *option != NULL; option++)
    g_string_append_printf (ini, "%.*s = %s\n", (int)strcspn (*option, "="), *option,
                            strchr (*option, '=') + 1);
  return g_string_free (ini, FALSE);
}

/* What run.json says of it. */
static void
judge (ThrumConformance *check, const gchar *folder)
{
  g_autofree gchar *path = g_build_filename (folder, "out", "run.json", NULL);
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;

  if (!json_parser_load_from_file (parser, path, &error))
    {
      thrum_check_problem (check, "run", "%s", error->message);
      return;
    }
  JsonObject *all =
      json_object_get_object_member (json_node_get_object (json_parser_get_root (parser)), "all");
  const gint64 rows = json_object_get_int_member (all, "rows");
  const gint64 ok = json_object_get_int_member (all, "ok");

  if (ok == 0)
    {
      g_autoptr (JsonGenerator) generator = json_generator_new ();
      json_generator_set_root (generator, json_object_get_member (all, "failures"));
      g_autofree gchar *failures = json_generator_to_data (generator, NULL);

      thrum_check_problem (check, "run",
                           "none of %" G_GINT64_FORMAT " requests succeeded against a server that "
                           "says what was recorded: %s",
                           rows, failures);
    }
  else
    thrum_check_ok (check, "run",
                    "%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT
                    " requests succeeded in " RUN_DURATION " with %d users",
                    ok, rows, RUN_USERS);
}

static void
run_thrum (ThrumConformance *check, const gchar *folder, guint16 port)
{
  g_autofree gchar *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree gchar *ini_path = g_build_filename (folder, "check.ini", NULL);
  g_autofree gchar *out = g_build_filename (folder, "out", NULL);
  g_autofree gchar *ini = make_ini (check, port);
  g_autofree gchar *said = NULL;
  g_autoptr (GError) error = NULL;
  const gchar *argv[] = { self, "run", ini_path, "--output", out, "--quiet", "--json", NULL };
  int status = 0;

  if (!g_file_set_contents (ini_path, ini, -1, &error)
      || !g_spawn_sync (NULL, (gchar **)argv, NULL, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL,
                        &said, &status, &error))
    thrum_check_problem (check, "run", "%s", error->message);
  else if (!WIFEXITED (status)
           || (WEXITSTATUS (status) != THRUM_EXIT_GOOD
               && WEXITSTATUS (status) != THRUM_EXIT_INVALID)) /* which judges the machine */
    thrum_check_problem (check, "run", "thrum run fails:\n%s", said);
  else
    judge (check, folder);
}

/* Files of a run lie one level deep, but for the link results/latest, which --output makes none of. */
static void
remove_folder (const gchar *folder)
{
  g_autoptr (GDir) entries = g_dir_open (folder, 0, NULL);

  for (const gchar *name; entries != NULL && (name = g_dir_read_name (entries)) != NULL;)
    {
      g_autofree gchar *path = g_build_filename (folder, name, NULL);

      if (g_file_test (path, G_FILE_TEST_IS_DIR) && !g_file_test (path, G_FILE_TEST_IS_SYMLINK))
        remove_folder (path);
      else
        g_unlink (path);
    }
  g_rmdir (folder);
}

void
thrum_check_run (ThrumConformance *check)
{
  g_autofree gchar *folder = g_dir_make_tmp ("thrum-check-XXXXXX", NULL);
  int stop[2];
  Server server = { .check = check };
  GThread *thread;

  thrum_check_doing (check, "running thrum against a server of its own");
  if (folder == NULL || pipe (stop) != 0 || !server_listen (&server))
    {
      thrum_check_problem (check, "run", "cannot listen on the loopback: %s", g_strerror (errno));
      return;
    }
  server.stop = stop[0];
  thread = g_thread_new ("check-server", serve, &server);
  run_thrum (check, folder, server.port);
  close (stop[1]);
  g_thread_join (thread);
  close (stop[0]);
  close (server.listener);
  remove_folder (folder);
}
