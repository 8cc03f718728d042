/* SPDX-License-Identifier: MIT
 *
 * The codec engine's connections against servers that behave: kept, made anew, closed by either
 * side, to every kind of address; requests larger than a socket takes; and codecs that greet, or end
 * by silence or by the connection's end.
 */
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/transport.h"
#include "test-codec-engine-support.h"

/* A request that no socket takes at once, to a server that reads it slowly. */
static void
read_slowly (Server *server, gint fd, guint nth)
{
  g_autofree gchar *bytes = g_malloc (100000);
  gssize n;

  while ((n = recv (fd, bytes, 100000, 0)) > 0)
    if (bytes[n - 1] == '\n')
      server_write (fd, "200 ok\n");
    else
      g_usleep (500);
}

static void
test_large_request (void)
{
  g_autoptr (Server) server = server_new (read_slowly, NULL, SERVER_V4);
  g_autoptr (Run) run = run_new (server->port);
  g_autofree gchar *text = g_strnfill (8000000, 'x');

  text[7999999] = '\n';
  run->text = text;
  run->config.load.users = 2;
  run->requests[0].timeout_ns = G_GINT64_CONSTANT (60000000000);
  run->config.load.drain_ns = G_GINT64_CONSTANT (60000000000);
  g_assert_true (run_go (run));
  run_check (run);
  g_assert_cmpuint (run->records->len, >=, 2);
  g_assert_cmpuint (run_count (run, THRUM_FAILURE_NONE), ==, run->records->len);
  g_assert_cmpuint (run_record (run, 0)->sent_bytes, ==, 8000000);
}

/* The same where sending is all: done only when the socket has taken the last byte. */
static void
test_large_no_reply (void)
{
  g_autoptr (Server) server = server_new (read_slowly, NULL, SERVER_V4);
  g_autoptr (Run) run = run_new (server->port);
  g_autofree gchar *text = g_strnfill (8000000, 'x');

  run->text = text;
  run->line.no_reply = TRUE;
  run->config.load.drain_ns = G_GINT64_CONSTANT (60000000000);
  run->requests[0].timeout_ns = G_GINT64_CONSTANT (60000000000);
  g_assert_true (run_go (run));
  run_check (run);
  g_assert_cmpuint (run->records->len, >=, 1);
  g_assert_cmpuint (run_count (run, THRUM_FAILURE_NONE), ==, run->records->len);
}

static void
test_per_request (void)
{
  g_autoptr (Server) server = server_new (server_answer, NULL, SERVER_V4);
  g_autoptr (Run) run = run_new (server->port);

  run->transport[THRUM_TRANSPORT_CONNECTION] = (ThrumValue){ .is_set = TRUE, .integer = 1 };
  g_assert_true (run_go (run));
  run_check (run);
  g_assert_cmpuint (run_count (run, THRUM_FAILURE_NONE), ==, run->records->len);
  g_assert_cmpuint (run->counters.connections, ==, run->records->len);
  g_assert_cmpuint (run->counters.reconnects, ==, 0);
}

/* The first connection is answered only once there is a second beside it. */
static void
answer_in_company (Server *server, gint fd, guint nth)
{
  gchar line[64];

  while (server_read_line (fd, line, sizeof line))
    {
      while (nth == 0 && g_atomic_int_get (&server->n_accepted) < 2
             && !g_atomic_int_get (&server->stopping))
        g_usleep (500);
      server_write (fd, "200 ok\n");
    }
}

/* A codec whose connections could carry many calls: with one for each request, no user waits for
 * another's. */
static void
test_per_request_pipelined (void)
{
  g_autoptr (Server) server = server_new (answer_in_company, NULL, SERVER_V4);
  g_autoptr (Run) run = run_new (server->port);

  run->config.load.users = 2;
  run->endpoint.calls_per_connection = 4;
  run->transport[THRUM_TRANSPORT_CONNECTION] =
      (ThrumValue){ .is_set = TRUE, .integer = THRUM_CONNECTION_PER_REQUEST };
  run->least = 2;
  g_assert_true (run_go (run));
  run_check (run);
  g_assert_cmpuint (run_count (run, THRUM_FAILURE_NONE), ==, run->records->len);
  g_assert_cmpuint (run->counters.connections, ==, run->records->len);
}

static void
answer_once_and_close (Server *server, gint fd, guint nth)
{
  gchar line[64];

  if (server_read_line (fd, line, sizeof line))
    server_write (fd, "-200 ok\n");
}

static void
test_agreed_close (void)
{
  g_autoptr (Server) server = server_new (answer_once_and_close, NULL, SERVER_V4);
  g_autoptr (Run) run = run_new (server->port);

  g_assert_true (run_go (run));
  run_check (run);
  g_assert_cmpuint (run_count (run, THRUM_FAILURE_NONE), ==, run->records->len);
  g_assert_cmpuint (run->counters.reconnects, ==, run->counters.connections - 1);
  g_assert_cmpuint (run->counters.resent, ==, 0);
}

/* The server closes after three replies without a word; the fourth request may find the connection
 * gone, and is then sent again once, and says so. Where it came before the close, but unread, the
 * kernel's answer is a reset. */
static void
answer_thrice (Server *server, gint fd, guint nth)
{
  gchar line[64];

  for (guint i = 0; i < 3 && server_read_line (fd, line, sizeof line); i++)
    server_write (fd, "200 ok\n");
}

static void
test_closed_while_kept (void)
{
  g_autoptr (Server) server = server_new (answer_thrice, NULL, SERVER_V4);
  g_autoptr (Run) run = run_new (server->port);
  guint resent = 0;

  run->least = 7;
  g_assert_true (run_go (run));
  run_check (run);
  g_assert_cmpuint (run_count (run, THRUM_FAILURE_NONE) + run_count (run, THRUM_FAILURE_RESET), ==,
                    run->records->len);
  g_assert_cmpuint (run->counters.reconnects, ==, run->counters.connections - 1);
  for (guint i = 0; i < run->records->len; i++)
    resent += run_record (run, i)->resent;
  g_assert_cmpuint (resent, ==, run->counters.resent);
}

/* Takes the second request, then closes without a word: for all the client knows it came too late. */
static void
answer_once_and_swallow (Server *server, gint fd, guint nth)
{
  gchar line[64];

  if (server_read_line (fd, line, sizeof line))
    server_write (fd, "200 ok\n");
  server_read_line (fd, line, sizeof line);
}

static void
answer_once_and_reset (Server *server, gint fd, guint nth)
{
  struct linger at_once = { .l_onoff = 1 };

  answer_once_and_swallow (server, fd, nth);
  setsockopt (fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

/* What may have been done is not done twice; what may be repeated is, and says so. */
static void
test_swallowed (void)
{
  for (guint once = 0; once < 2; once++)
    {
      g_autoptr (Server) server = server_new (answer_once_and_swallow, NULL, SERVER_V4);
      g_autoptr (Run) run = run_new (server->port);

      run->least = 6;
      run->line.once = once;
      g_assert_true (run_go (run));
      run_check (run);
      if (once)
        g_assert_cmpuint (run_count (run, THRUM_FAILURE_CLOSED_EARLY), >=, 2);
      else
        g_assert_cmpuint (run_count (run, THRUM_FAILURE_NONE), ==, run->records->len);
      g_assert_cmpuint (run->counters.resent > 0, ==, !once);
    }
}

/* A reset may answer the call: it is told, not repeated. */
static void
test_reset_is_told (void)
{
  g_autoptr (Server) server = server_new (answer_once_and_reset, NULL, SERVER_V4);
  g_autoptr (Run) run = run_new (server->port);

  run->least = 6;
  g_assert_true (run_go (run));
  run_check (run);
  g_assert_cmpuint (run_count (run, THRUM_FAILURE_RESET), >=, 2);
  g_assert_cmpuint (run->counters.resent, ==, 0);
}

static void
greet (Server *server, gint fd, guint nth)
{
  gchar line[64];

  g_usleep (5000);
  server_write (fd, "220 hel");
  g_usleep (5000);
  server_write (fd, "lo\n");
  if (server_read_line (fd, line, sizeof line) && g_str_equal (line, "ehlo"))
    server_answer (server, fd, nth);
}

static void
test_greeting (void)
{
  g_autoptr (Server) server = server_new (greet, NULL, SERVER_V4);
  g_autoptr (Run) run = run_new (server->port);

  run->line.greeting = "220";
  run->line.hello = "ehlo\n";
  run->line.goodbye = "quit\n";
  run->config.load.users = 3;
  g_assert_true (run_go (run));
  run_check (run);
  g_assert_cmpuint (run_count (run, THRUM_FAILURE_NONE), ==, run->records->len);
  /* The first waits for the greeting. */
  g_assert_cmpint (run_record (run, 0)->done - run_record (run, 0)->sent, >=, 10000000);
}

/* A reply that ends by silence was done when its last byte came. */
/* The silence that ends a reply is not part of its time: it may last beyond the deadline. What comes
 * after the deadline is late all the same. */
static void
answer_by_the_deadline (Server *server, gint fd, guint nth)
{
  const glong late_us = *(glong *)server->data;
  gchar line[64];

  while (server_read_line (fd, line, sizeof line))
    {
      server_write (fd, "200 ");
      g_usleep ((gulong)late_us);
      server_write (fd, "ok\n");
    }
}

static void
test_idle_beyond_deadline (void)
{
  glong waits_us[] = { 1000, 600000 };

  for (guint late = 0; late < G_N_ELEMENTS (waits_us); late++)
    {
      g_autoptr (Server) server = server_new (answer_by_the_deadline, &waits_us[late], SERVER_V4);
      g_autoptr (Run) run = run_new (server->port);

      run->line.idle_ns = 900000000;
      run->requests[0].timeout_ns = 500000000;
      run->config.load.duration_ns = 10000000;
      run->config.load.drain_ns = 5000000000;
      g_assert_true (run_go (run));
      run_check (run);
      g_assert_cmpuint (run_count (run, late ? THRUM_FAILURE_TIMEOUT : THRUM_FAILURE_NONE), ==,
                        run->records->len);
    }
}

static void
test_idle (void)
{
  g_autoptr (Server) server = server_new (server_answer, NULL, SERVER_V4);
  g_autoptr (Run) run = run_new (server->port);

  run->line.idle_ns = 30000000;
  g_assert_true (run_go (run));
  run_check (run);
  g_assert_cmpuint (run_count (run, THRUM_FAILURE_NONE), ==, run->records->len);
  g_assert_cmpuint (run->records->len, <=, 7);
  for (guint i = 1; i < run->records->len; i++)
    g_assert_cmpint (run_record (run, i)->sent - run_record (run, i - 1)->done, >=, 29000000);
}

/* Half of a request is sent only after a silence: the engine's timer, and the call's bytes. */
#define LATER_NS G_GINT64_CONSTANT (20000000)

static ThrumEncode
encode_half (void *conn, void *request, const ThrumCall *call, ThrumOut *out, GError **error)
{
  ThrumEncode result = line_codec.encode (conn, request, call, out, error);

  out->used -= 2;
  out->idle_ns = LATER_NS;
  return result;
}

static void
decode_with_half (void *conn, const uint8_t *bytes, size_t n_bytes, ThrumCause cause,
                  size_t *consumed, ThrumOut *out, ThrumEvent *event)
{
  line_codec.decode (conn, bytes, n_bytes, cause, consumed, out, event);
  if (cause == THRUM_CAUSE_IDLE)
    thrum_out_append (out, "k\n", 2);
}

static void
test_sent_later (void)
{
  ThrumCodecOps codec = line_codec;
  g_autoptr (Server) server = server_new (server_answer, NULL, SERVER_V4);
  g_autoptr (Run) run = run_new (server->port);

  codec.encode = encode_half;
  codec.decode = decode_with_half;
  run->plugin.codec = &codec;
  run->least = 2;
  g_assert_true (run_go (run));
  run_check (run);
  g_assert_cmpuint (run_count (run, THRUM_FAILURE_NONE), ==, run->records->len);
  for (guint i = 0; i < run->records->len; i++)
    {
      g_assert_cmpuint (run_record (run, i)->sent_bytes, ==, 4);
      g_assert_cmpint (run_record (run, i)->done - run_record (run, i)->sent, >=, LATER_NS);
    }
}

static void
answer_until_end (Server *server, gint fd, guint nth)
{
  gchar line[64];

  if (!server_read_line (fd, line, sizeof line))
    return;
  server_write (fd, "200 o");
  g_usleep (2000);
  server_write (fd, "k, to the end");
}

static void
test_until_end (void)
{
  g_autoptr (Server) server = server_new (answer_until_end, NULL, SERVER_V4);
  g_autoptr (Run) run = run_new (server->port);

  run->line.until_end = TRUE;
  g_assert_true (run_go (run));
  run_check (run);
  g_assert_cmpuint (run_count (run, THRUM_FAILURE_NONE), ==, run->records->len);
  g_assert_cmpuint (run_record (run, 0)->received_bytes, ==, 18);
  g_assert_cmpint (run_record (run, 0)->first_byte, <, run_record (run, 0)->done);
}

static void
test_no_reply (void)
{
  g_autoptr (Server) server = server_new (server_swallow, NULL, SERVER_V4);
  g_autoptr (Run) run = run_new (server->port);

  run->line.no_reply = TRUE;
  run->config.load.users = 3;
  run->config.load.interval_ns = 10000000;
  g_assert_true (run_go (run));
  run_check (run);
  g_assert_cmpuint (run_count (run, THRUM_FAILURE_NONE), ==, run->records->len);
  g_assert_cmpint (run_record (run, 0)->status, ==, 0);
  g_assert_cmpuint (run_record (run, 0)->received_bytes, ==, 0);
}

static void
test_v6 (void)
{
  g_autoptr (Server) server = server_new (server_answer, NULL, SERVER_V6);
  g_autoptr (Run) run = run_new (1);
  g_autofree gchar *address = g_strdup_printf ("[::1]:%u", server->port);

  run_set_text (run, THRUM_TRANSPORT_ADDRESS, address);
  g_assert_true (run_go (run));
  run_check (run);
  g_assert_cmpuint (run_count (run, THRUM_FAILURE_NONE), ==, run->records->len);
}

static void
test_unix (void)
{
  g_autoptr (Server) server = server_new (server_answer, NULL, SERVER_UNIX);
  g_autoptr (Run) run = run_new (1);
  g_autofree gchar *address = g_strconcat ("unix:", server->path, NULL);

  run->config.load.users = 4;
  run_set_text (run, THRUM_TRANSPORT_ADDRESS, address);
  g_assert_true (run_go (run));
  run_check (run);
  g_assert_cmpuint (run_count (run, THRUM_FAILURE_NONE), ==, run->records->len);
  g_assert_cmpuint (run->counters.unstamped, ==, 0);
}

/* Connections leave from each of several local addresses in turn. */
static void
note_source (Server *server, gint fd, guint nth)
{
  struct sockaddr_in peer = { 0 };
  socklen_t length = sizeof peer;

  getpeername (fd, (struct sockaddr *)&peer, &length);
  g_atomic_int_or ((guint *)server->data, 1u << (ntohl (peer.sin_addr.s_addr) & 0xf));
  server_answer (server, fd, nth);
}

static void
test_source_addresses (void)
{
  guint seen = 0;
  g_autoptr (Server) server = server_new (note_source, &seen, SERVER_V4);
  g_autoptr (Run) run = run_new (server->port);
  const char *const sources[] = { "127.0.0.2", "127.0.0.3", NULL };

  run->config.load.users = 4;
  run->transport[THRUM_TRANSPORT_SOURCE_ADDRESSES] =
      (ThrumValue){ .is_set = TRUE, .list = sources };
  g_assert_true (run_go (run));
  run_check (run);
  g_assert_cmpuint (run_count (run, THRUM_FAILURE_NONE), ==, run->records->len);
  g_assert_cmpuint (g_atomic_int_get ((gint *)&seen), ==, 1u << 2 | 1u << 3);
}

static gboolean
has_v6 (void)
{
  struct sockaddr_in6 address = { .sin6_family = AF_INET6, .sin6_addr = in6addr_loopback };
  gint fd = socket (AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  gboolean has = fd >= 0 && bind (fd, (struct sockaddr *)&address, sizeof address) == 0;

  if (fd >= 0)
    close (fd);
  return has;
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/codec-connections/large-request", test_large_request);
  g_test_add_func ("/codec-connections/large-no-reply", test_large_no_reply);
  g_test_add_func ("/codec-connections/per-request", test_per_request);
  g_test_add_func ("/codec-connections/per-request-pipelined", test_per_request_pipelined);
  g_test_add_func ("/codec-connections/agreed-close", test_agreed_close);
  g_test_add_func ("/codec-connections/closed-while-kept", test_closed_while_kept);
  g_test_add_func ("/codec-connections/swallowed", test_swallowed);
  g_test_add_func ("/codec-connections/reset-is-told", test_reset_is_told);
  g_test_add_func ("/codec-connections/greeting", test_greeting);
  g_test_add_func ("/codec-connections/idle", test_idle);
  g_test_add_func ("/codec-connections/idle-beyond-deadline", test_idle_beyond_deadline);
  g_test_add_func ("/codec-connections/sent-later", test_sent_later);
  g_test_add_func ("/codec-connections/until-end", test_until_end);
  g_test_add_func ("/codec-connections/no-reply", test_no_reply);
  if (has_v6 ())
    g_test_add_func ("/codec-connections/v6", test_v6);
  g_test_add_func ("/codec-connections/unix", test_unix);
  g_test_add_func ("/codec-connections/source-addresses", test_source_addresses);
  return g_test_run ();
}
