/* SPDX-License-Identifier: MIT
 *
 * The codec engine against servers that do not behave, or are not there. Each gives its own
 * failure, one record a request, and leaves every other connection alone.
 */
#include <errno.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/transport.h"
#include "test-codec-engine-support.h"

/* ---- Servers ---- */

/* A byte now and then, never a whole reply. */
static void
dribble (Server *server, gint fd, guint nth)
{
  gchar line[64];

  if (!server_read_line (fd, line, sizeof line))
    return;
  for (guint i = 0; i < 200 && send (fd, "2", 1, MSG_NOSIGNAL) == 1; i++)
    g_usleep (5000);
}

static void
reset_mid_reply (Server *server, gint fd, guint nth)
{
  struct linger at_once = { .l_onoff = 1 };
  gchar line[64];

  if (server_read_line (fd, line, sizeof line))
    server_write (fd, "200 o");
  g_usleep (2000);
  setsockopt (fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

static void
close_mid_reply (Server *server, gint fd, guint nth)
{
  gchar line[64];

  if (server_read_line (fd, line, sizeof line))
    server_write (fd, "200 o");
}

static void
close_at_once (Server *server, gint fd, guint nth)
{
}

static void
endless_reply (Server *server, gint fd, guint nth)
{
  static const gchar chunk[4097] = { [0 ... 4095] = 'x' };
  gchar line[64];

  if (!server_read_line (fd, line, sizeof line))
    return;
  for (guint i = 0; i < 1024 && send (fd, chunk, 4096, MSG_NOSIGNAL) > 0; i++)
    continue;
}

static void
reply_before_request (Server *server, gint fd, guint nth)
{
  gchar line[64];

  server_write (fd, "200 eager\n");
  while (server_read_line (fd, line, sizeof line))
    server_write (fd, "200 ok\n");
}

static void
two_replies (Server *server, gint fd, guint nth)
{
  gchar line[64];

  while (server_read_line (fd, line, sizeof line))
    server_write (fd, "200 one\n200 two\n");
}

/* Reads nothing for as long as the run lasts, then all: whether the client is gone. */
static void
never_read (Server *server, gint fd, guint nth)
{
  g_autofree gchar *bytes = g_malloc (1000000);
  gssize n;

  while (!g_atomic_int_get (&server->stopping))
    g_usleep (5000);
  while ((n = recv (fd, bytes, 1000000, 0)) > 0)
    continue;
  if (n == 0 || errno == ECONNRESET)
    g_atomic_int_inc ((gint *)server->data);
}

/* One connection never answers, all others do. */
static void
first_is_deaf (Server *server, gint fd, guint nth)
{
  if (nth == 0)
    server_swallow (server, fd, nth);
  else
    server_answer (server, fd, nth);
}

static void
error_status (Server *server, gint fd, guint nth)
{
  gchar line[64];

  while (server_read_line (fd, line, sizeof line))
    server_write (fd, "503 busy\n");
}

/* ---- Each kind of misbehaviour gives its token ---- */

typedef struct {
  const gchar *name;
  ServerScript script;
  ThrumFailure failure;
} Hostile;

static const Hostile hostiles[] = {
  { "dribble", dribble, THRUM_FAILURE_TIMEOUT },
  { "silence", server_swallow, THRUM_FAILURE_TIMEOUT },
  { "reset-mid-reply", reset_mid_reply, THRUM_FAILURE_RESET },
  { "close-mid-reply", close_mid_reply, THRUM_FAILURE_CLOSED_EARLY },
  { "close-at-once", close_at_once, THRUM_FAILURE_CLOSED_EARLY },
  { "endless-reply", endless_reply, THRUM_FAILURE_TOO_LARGE },
  { "two-replies", two_replies, THRUM_FAILURE_PROTOCOL },
  { "error-status", error_status, THRUM_FAILURE_STATUS },
};

static void
test_hostile (gconstpointer data)
{
  const Hostile *hostile = data;
  g_autoptr (Server) server = server_new (hostile->script, NULL, SERVER_V4);
  g_autoptr (Run) run = run_new (server->port);

  run->config.load.users = 3;
  run->config.load.interval_ns = 60000000;
  run->requests[0].timeout_ns = hostile->failure == THRUM_FAILURE_TIMEOUT ? 50000000 : 5000000000;
  g_assert_true (run_go (run));
  run_check (run);
  g_assert_cmpuint (run->records->len, >=, 3);
  /* What closes at once may do so before the request is out: a reset then, to the sender. */
  if (hostile->script == close_at_once)
    g_assert_cmpuint (run_count (run, hostile->failure) + run_count (run, THRUM_FAILURE_RESET), ==,
                      run->records->len);
  else
    g_assert_cmpuint (run_count (run, hostile->failure), ==, run->records->len);
  for (guint i = 0; i < run->records->len; i++)
    if (hostile->failure == THRUM_FAILURE_TIMEOUT)
      g_assert_cmpint (run_record (run, i)->done - run_record (run, i)->sent, >=, 50000000);
}

/* A reply that comes before its request passes for one's reply, or breaks a connection without a
 * call: a line says not whose it is. Every request still ends, and once. */
static void
test_reply_before_request (void)
{
  g_autoptr (Server) server = server_new (reply_before_request, NULL, SERVER_V4);
  g_autoptr (Run) run = run_new (server->port);

  run->config.load.interval_ns = 20000000;
  g_assert_true (run_go (run));
  run_check (run);
  g_assert_cmpuint (run->records->len, >, 0);
  g_assert_cmpuint (run_count (run, THRUM_FAILURE_NONE) + run_count (run, THRUM_FAILURE_PROTOCOL),
                    ==, run->records->len);
}

static void
test_others_go_on (void)
{
  g_autoptr (Server) server = server_new (first_is_deaf, NULL, SERVER_V4);
  g_autoptr (Run) run = run_new (server->port);

  run->config.load.users = 4;
  run->config.load.duration_ns = 50000000;
  run->requests[0].timeout_ns = 1000000000;
  g_assert_true (run_go (run));
  run_check (run);
  g_assert_cmpuint (run_count (run, THRUM_FAILURE_TIMEOUT), ==, 1);
  g_assert_cmpuint (run_count (run, THRUM_FAILURE_NONE), ==, run->records->len - 1);
  g_assert_cmpuint (run->records->len, >=, 4);
}

/* A codec that can give up one call keeps its connection. */
static void
test_cancel_keeps (void)
{
  g_autoptr (Server) server = server_new (server_swallow, NULL, SERVER_V4);
  g_autoptr (Run) run = run_new (server->port);

  run->line.can_cancel = TRUE;
  run->endpoint.calls_per_connection = 4;
  run->config.load.users = 4;
  run->requests[0].timeout_ns = 40000000;
  run->least = 8;
  g_assert_true (run_go (run));
  run_check (run);
  g_assert_cmpuint (run_count (run, THRUM_FAILURE_TIMEOUT), ==, run->records->len);
  g_assert_cmpuint (run->counters.connections, ==, 1);
}

/* A connection given up for one call's sake: the calls behind it are sent again, once. */
static void
test_timeout_takes_connection (void)
{
  g_autoptr (Server) server = server_new (first_is_deaf, NULL, SERVER_V4);
  g_autoptr (Run) run = run_new (server->port);

  run->config.load.users = 2;
  run->config.load.ramp_up_ns = 900000000;
  run->config.load.duration_ns = 700000000;
  run->endpoint.calls_per_connection = 2;
  run->requests[0].timeout_ns = 500000000;
  g_assert_true (run_go (run));
  run_check (run);
  g_assert_cmpuint (run_count (run, THRUM_FAILURE_TIMEOUT), ==, 1);
  g_assert_cmpuint (run_count (run, THRUM_FAILURE_NONE), ==, run->records->len - 1);
  g_assert_cmpuint (run->counters.resent, ==, 1);
}

/* Bytes that the server does not take do not keep their connection open. */
static void
test_never_read (void)
{
  gint n_gone = 0;
  g_autoptr (Server) server = server_new (never_read, &n_gone, SERVER_V4);
  g_autoptr (Run) run = run_new (server->port);
  g_autofree gchar *text = g_strnfill (8000000, 'x');

  text[7999999] = '\n';
  run->text = text;
  run->config.load.users = 2;
  run->config.load.interval_ns = 100000000;
  run->requests[0].timeout_ns = 90000000;
  g_assert_true (run_go (run));
  run_check (run);
  g_assert_cmpuint (run->records->len, >=, 2);
  g_assert_cmpuint (run_count (run, THRUM_FAILURE_TIMEOUT), ==, run->records->len);
  g_clear_pointer (&server, server_free);
  g_assert_cmpint (n_gone, ==, (gint)run->counters.connections);
}

/* ---- Nobody there ---- */

/* A port that nothing listens on: taken by a socket that only binds. */
static void
test_refused (void)
{
  g_autoptr (Server) server = server_new (server_swallow, NULL, SERVER_V4);
  g_autoptr (Run) run = run_new (server->port);

  server_stop_listening (server);
  run->config.load.users = 3;
  g_assert_true (run_go (run));
  run_check (run);
  g_assert_cmpuint (run_count (run, THRUM_FAILURE_CONNECT_REFUSED), ==, run->records->len);
  /* 0, 10, 30, 70, 150 ms: each user backs off, so that refusals are no storm. */
  g_assert_cmpuint (run->records->len, >=, 3);
  g_assert_cmpuint (run->records->len, <=, 15);
  g_assert_cmpuint (run->counters.connections, ==, 0);
}

/* The plan's own pace is kept. */
static void
test_refused_paced (void)
{
  g_autoptr (Server) server = server_new (server_swallow, NULL, SERVER_V4);
  g_autoptr (Run) run = run_new (server->port);

  server_stop_listening (server);
  run->config.load.is_open = TRUE;
  run->config.load.rate = 200;
  g_assert_true (run_go (run));
  run_check (run);
  g_assert_cmpuint (run->records->len, ==, 40);
  g_assert_cmpuint (run_count (run, THRUM_FAILURE_CONNECT_REFUSED), ==, 40);
}

/* Nobody accepts: what does not fit into the backlog waits to be connected until its time is up. */
static void
test_not_accepted (gconstpointer data)
{
  g_autoptr (Server) server = server_new_deaf ((ServerKind)GPOINTER_TO_INT (data));
  g_autoptr (Run) run = run_new (server->port);
  g_autofree gchar *address = g_strconcat ("unix:", server->path, NULL);

  if (server->path != NULL)
    run_set_text (run, THRUM_TRANSPORT_ADDRESS, address);
  run->config.load.users = 6;
  run->config.load.duration_ns = 30000000;
  run->requests[0].timeout_ns = 50000000;
  g_assert_true (run_go (run));
  run_check (run);
  g_assert_cmpuint (run->records->len, ==, 6);
  g_assert_cmpuint (run_count (run, THRUM_FAILURE_TIMEOUT), ==, 6);
  g_assert_cmpuint (run->counters.connections, <, 6);
}

static void
test_no_unix_socket (void)
{
  g_autoptr (Run) run = run_new (1);

  run_set_text (run, THRUM_TRANSPORT_ADDRESS, "unix:/nonexistent/socket");
  g_assert_true (run_go (run));
  run_check (run);
  g_assert_cmpuint (run_count (run, THRUM_FAILURE_CONNECT_REFUSED), ==, run->records->len);
}

/* A label of more than 63 characters is no name: no resolver is asked. */
static void
test_no_address (void)
{
  g_autoptr (Run) run = run_new (1);
  g_autofree gchar *label = g_strnfill (80, 'x');

  run->endpoint.host = label;
  g_assert_true (run_go (run));
  run_check (run);
  g_assert_cmpuint (run->records->len, >, 0);
  g_assert_cmpuint (run_count (run, THRUM_FAILURE_NO_ADDRESS), ==, run->records->len);
}

/* `localhost` may be ::1 first, where nothing listens: the next address serves. */
static void
test_next_address (void)
{
  g_autoptr (Server) server = server_new (server_answer, NULL, SERVER_V4);
  g_autoptr (Run) run = run_new (server->port);

  run->endpoint.host = "localhost";
  run->config.load.users = 3;
  g_assert_true (run_go (run));
  run_check (run);
  g_assert_cmpuint (run_count (run, THRUM_FAILURE_NONE), ==, run->records->len);
  g_assert_cmpuint (run->counters.connections, ==, 3);
}

/* ---- Descriptors run out: our failure, and said so ---- */

static void
limit_descriptors (rlim_t n)
{
  struct rlimit limit = { n, n };
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
}

static void
out_of_descriptors (void)
{
  g_autoptr (Server) server = server_new (server_swallow, NULL, SERVER_V4);
  g_autoptr (Run) run = run_new (server->port);

  limit_descriptors (30);
  run->config.load.is_open = TRUE;
  run->config.load.rate = 1000;
  run->requests[0].timeout_ns = 50000000;
  g_assert_true (run_go (run));
  run_check (run);
  g_assert_cmpuint (run_count (run, THRUM_FAILURE_NO_PORT), >, 50);
}

static void
too_many_users (void)
{
  g_autoptr (Run) run = run_new (1);

  limit_descriptors (1000);
  run->config.load.users = 5000;
  g_assert_false (run_go (run));
  g_assert_error (run->error, G_IO_ERROR, G_IO_ERROR_TOO_MANY_OPEN_FILES);
  g_assert_nonnull (strstr (run->error->message, "5000 connections"));
}

/* A limit once lowered stays low: in a process of its own. */
static void
test_in_subprocess (gconstpointer data)
{
  if (g_test_subprocess ())
    {
      ((void (*) (void))data) ();
      return;
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
  g_test_trap_assert_passed ();
}

/* ---- We fail ---- */

static void
test_bad_source (void)
{
  g_autoptr (Run) run = run_new (1);
  const char *const sources[] = { "192.0.2.1", NULL };

  run->transport[THRUM_TRANSPORT_SOURCE_ADDRESSES] =
      (ThrumValue){ .is_set = TRUE, .list = sources };
  g_assert_false (run_go (run));
  g_assert_nonnull (strstr (run->error->message, "192.0.2.1"));
}

static void
test_bad_address (void)
{
  const gchar *const bad[] = { "127.0.0.1", "127.0.0.1:0", ":80", "[::1]", "::1:80", "unix:x" };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (Run) run = run_new (1);

      run_set_text (run, THRUM_TRANSPORT_ADDRESS, bad[i]);
      g_assert_false (run_go (run));
      g_assert_error (run->error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (hostiles); i++)
    {
      g_autofree gchar *path = g_strconcat ("/codec-hostile/", hostiles[i].name, NULL);
      g_test_add_data_func (path, &hostiles[i], test_hostile);
    }
  g_test_add_func ("/codec-hostile/reply-before-request", test_reply_before_request);
  g_test_add_func ("/codec-hostile/others-go-on", test_others_go_on);
  g_test_add_func ("/codec-hostile/cancel-keeps", test_cancel_keeps);
  g_test_add_func ("/codec-hostile/timeout-takes-connection", test_timeout_takes_connection);
  g_test_add_func ("/codec-hostile/never-read", test_never_read);
  g_test_add_func ("/codec-hostile/refused", test_refused);
  g_test_add_func ("/codec-hostile/refused-paced", test_refused_paced);
  g_test_add_data_func ("/codec-hostile/not-accepted", GINT_TO_POINTER (SERVER_V4),
                        test_not_accepted);
  g_test_add_data_func ("/codec-hostile/not-accepted-unix", GINT_TO_POINTER (SERVER_UNIX),
                        test_not_accepted);
  g_test_add_func ("/codec-hostile/no-unix-socket", test_no_unix_socket);
  g_test_add_func ("/codec-hostile/no-address", test_no_address);
  g_test_add_func ("/codec-hostile/next-address", test_next_address);
  g_test_add_data_func ("/codec-hostile/out-of-descriptors", out_of_descriptors,
                        test_in_subprocess);
  g_test_add_data_func ("/codec-hostile/too-many-users", too_many_users, test_in_subprocess);
  g_test_add_func ("/codec-hostile/bad-source", test_bad_source);
  g_test_add_func ("/codec-hostile/bad-address", test_bad_address);
  return g_test_run ();
}
