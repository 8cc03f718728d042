/* SPDX-License-Identifier: MIT
 *
 * A name with several addresses, of which some do not answer, refuse, or cannot be reached: the codec
 * engine finds the one that serves, counts its connection once, and remembers it.
 */
#include <dlfcn.h>
#include <errno.h>
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <unistd.h>

#include "net/endpoint.h"
#include "net/transport.h"
#include "test-codec-engine-support.h"

#define RIVAL_NS G_GINT64_CONSTANT (250000000) /* before it no second address is tried */

/* ---- Names ---- */

/* What the name "several.test" resolves to: NULL-terminated. */
static const gchar *const *several;

typedef gint (*Resolve) (const gchar *, const gchar *, const struct addrinfo *, struct addrinfo **);

/* In place of libc's. */
int
getaddrinfo (const char *host, const char *service, const struct addrinfo *hints,
             struct addrinfo **found)
{
  Resolve resolve = (Resolve)dlsym (RTLD_NEXT, "getaddrinfo");

  if (g_strcmp0 (host, "several.test") != 0 && g_strcmp0 (host, "xn--sveral-bva.test") != 0)
    return resolve (host, service, hints, found);
  for (guint i = 0; several[i] != NULL; i++)
    {
      g_assert_cmpint (resolve (several[i], service, hints, found), ==, 0);
      while (*found != NULL)
        found = &(*found)->ai_next;
    }
  return 0;
}

/* ---- Addresses that do not answer ---- */

typedef struct {
  gint listen_fd, queued[8];
} Deaf;

/* Listens on @text:@port, where the kernel drops every further SYN: nobody accepts, and the queue of
 * those who wait for that is full. */
static void
deaf_init (Deaf *deaf, const gchar *text, guint16 port)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons (port) };
  const gint on = 1;

  inet_pton (AF_INET, text, &address.sin_addr);
  deaf->listen_fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  setsockopt (deaf->listen_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  g_assert_cmpint (bind (deaf->listen_fd, (struct sockaddr *)&address, sizeof address), ==, 0);
  g_assert_cmpint (listen (deaf->listen_fd, 0), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (deaf->queued); i++)
    {
      deaf->queued[i] = socket (AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
      (void)connect (deaf->queued[i], (struct sockaddr *)&address, sizeof address);
    }
}

static void
deaf_clear (Deaf *deaf)
{
  for (guint i = 0; i < G_N_ELEMENTS (deaf->queued); i++)
    close (deaf->queued[i]);
  close (deaf->listen_fd);
}

static Run *
run_new_several (const gchar *const *addresses, guint16 port)
{
  Run *run = run_new (port);

  several = addresses;
  run->endpoint.host = "several.test";
  return run;
}

/* ---- The tests ---- */

/* The first address drops what is sent to it. Every request is answered; the connections are as many
 * as users, or as requests; and who comes later need not wait for a second address. */
static void
test_first_drops (gconstpointer is_open)
{
  static const gchar *const addresses[] = { "127.0.0.2", "127.0.0.1", NULL };
  g_autoptr (Server) server = server_new (server_answer, NULL, SERVER_V4);
  g_autoptr (Run) run = run_new_several (addresses, server->port);
  guint n_at_once = 0;
  Deaf deaf;

  deaf_init (&deaf, "127.0.0.2", server->port);
  run->config.load.users = 3;
  run->config.load.duration_ns = 400000000;
  run->config.load.is_open = GPOINTER_TO_INT (is_open);
  run->config.load.rate = 100;
  run->transport[THRUM_TRANSPORT_CONNECTION] =
      (ThrumValue){ .is_set = TRUE, .integer = THRUM_CONNECTION_PER_REQUEST };
  run->least = 12;
  g_assert_true (run_go (run));
  deaf_clear (&deaf);
  run_check (run);
  g_assert_cmpuint (run_count (run, THRUM_FAILURE_NONE), ==, run->records->len);
  g_assert_cmpuint (run->counters.connections, ==, run->records->len);
  g_assert_cmpuint (run->counters.reconnects, ==, 0);
  for (guint i = 0; i < run->records->len; i++)
    n_at_once += run_record (run, i)->connected - run_record (run, i)->sent < RIVAL_NS;
  g_assert_cmpuint (n_at_once, >, 0);
  g_assert_cmpint (run_record (run, 0)->done - run_record (run, 0)->sent, >=, RIVAL_NS);
}

/* Kept connections, which carry several users' calls each: all move over together. */
static void
test_calls_move (void)
{
  static const gchar *const addresses[] = { "127.0.0.2", "127.0.0.3", "127.0.0.1", NULL };
  g_autoptr (Server) server = server_new (server_answer, NULL, SERVER_V4);
  g_autoptr (Run) run = run_new_several (addresses, server->port);
  Deaf deaf[2];

  deaf_init (&deaf[0], "127.0.0.2", server->port);
  deaf_init (&deaf[1], "127.0.0.3", server->port);
  run->config.load.users = 6;
  run->endpoint.calls_per_connection = 3;
  run->least = 12;
  g_assert_true (run_go (run));
  deaf_clear (&deaf[0]);
  deaf_clear (&deaf[1]);
  run_check (run);
  g_assert_cmpuint (run_count (run, THRUM_FAILURE_NONE), ==, run->records->len);
  g_assert_cmpuint (run->counters.connections, ==, 2);
  g_assert_cmpint (run_record (run, 0)->done - run_record (run, 0)->sent, >=, 2 * RIVAL_NS);
}

/* A time limit that ends before a second address is tried: the next request begins with that one. */
static void
test_short_limit (void)
{
  static const gchar *const addresses[] = { "127.0.0.2", "127.0.0.1", NULL };
  g_autoptr (Server) server = server_new (server_answer, NULL, SERVER_V4);
  g_autoptr (Run) run = run_new_several (addresses, server->port);
  Deaf deaf;

  deaf_init (&deaf, "127.0.0.2", server->port);
  run->requests[0].timeout_ns = 150000000;
  run->config.load.interval_ns = 50000000;
  run->config.load.duration_ns = 600000000;
  g_assert_true (run_go (run));
  deaf_clear (&deaf);
  run_check (run);
  g_assert_cmpuint (run_record (run, 0)->failure, ==, THRUM_FAILURE_TIMEOUT);
  g_assert_cmpuint (run_count (run, THRUM_FAILURE_NONE), >, 0);
  g_assert_cmpuint (run->counters.connections, ==, 1);
}

/* None answers: that is a time-out, and no connection ever stood. */
static void
test_all_drop (void)
{
  static const gchar *const addresses[] = { "127.0.0.2", "127.0.0.3", NULL };
  g_autoptr (Run) run = run_new_several (addresses, 0);
  Deaf deaf[2];
  struct sockaddr_in address;
  socklen_t length = sizeof address;

  deaf_init (&deaf[0], "127.0.0.2", 0);
  getsockname (deaf[0].listen_fd, (struct sockaddr *)&address, &length);
  deaf_clear (&deaf[0]);
  run->endpoint.port = ntohs (address.sin_port);
  deaf_init (&deaf[0], "127.0.0.2", run->endpoint.port);
  deaf_init (&deaf[1], "127.0.0.3", run->endpoint.port);
  run->requests[0].timeout_ns = 400000000;
  g_assert_true (run_go (run));
  deaf_clear (&deaf[0]);
  deaf_clear (&deaf[1]);
  run_check (run);
  g_assert_cmpuint (run->records->len, >, 0);
  g_assert_cmpuint (run_count (run, THRUM_FAILURE_TIMEOUT), ==, run->records->len);
  g_assert_cmpuint (run->counters.connections, ==, 0);
}

/* A refusal by one address is told, whatever the others could not be reached by; from a local IPv4
 * address no IPv6 one can. */
static void
test_refused (void)
{
  static const gchar *const orders[][3] = { { "127.0.0.1", "::1", NULL },
                                            { "::1", "127.0.0.1", NULL },
                                            { "127.0.0.1", "127.0.0.2", NULL } };
  const char *const sources[] = { "127.0.0.4", NULL };
  g_autoptr (Server) server = server_new (server_answer, NULL, SERVER_V4);

  server_stop_listening (server);
  for (guint i = 0; i < G_N_ELEMENTS (orders); i++)
    {
      g_autoptr (Run) run = run_new_several (orders[i], server->port);

      run->transport[THRUM_TRANSPORT_SOURCE_ADDRESSES] =
          (ThrumValue){ .is_set = TRUE, .list = sources };
      g_assert_true (run_go (run));
      run_check (run);
      g_assert_cmpuint (run->records->len, >, 0);
      g_assert_cmpuint (run_count (run, THRUM_FAILURE_CONNECT_REFUSED), ==, run->records->len);
      g_assert_cmpuint (run->counters.connections, ==, 0);
    }
}

/* The first refuses, the second serves: at once, and without a trace. */
static void
test_first_refuses (void)
{
  static const gchar *const addresses[] = { "127.0.0.2", "::1", "127.0.0.1", NULL };
  g_autoptr (Server) server = server_new (server_answer, NULL, SERVER_V4);
  g_autoptr (Run) run = run_new_several (addresses, server->port);

  run->config.load.users = 4;
  run->least = 8;
  g_assert_true (run_go (run));
  run_check (run);
  g_assert_cmpuint (run_count (run, THRUM_FAILURE_NONE), ==, run->records->len);
  g_assert_cmpuint (run->counters.connections, ==, 4);
}

/* IPv6 and IPv4 by turns, as the resolver has them otherwise. */
static void
test_families (void)
{
  static const gchar *const addresses[] = { "::1", "::2", "::3", "127.0.0.1", "127.0.0.2", NULL };
  static const guint8 last_bytes[] = { 1, 1, 2, 2, 3 };
  g_autoptr (GArray) list = NULL;

  several = addresses;
  list = thrum_endpoint_resolve ("several.test", 80, NULL);
  g_assert_cmpuint (list->len, ==, 5);
  for (guint i = 0; i < list->len; i++)
    {
      const ThrumSocketAddress *address = &g_array_index (list, ThrumSocketAddress, i);

      g_assert_cmpint (address->u.any.sa_family, ==, i % 2 == 0 ? AF_INET6 : AF_INET);
      if (i % 2 == 0)
        g_assert_cmpuint (address->u.v6.sin6_addr.s6_addr[15], ==, last_bytes[i]);
      else
        g_assert_cmpuint (ntohl (address->u.v4.sin_addr.s_addr) & 0xff, ==, last_bytes[i]);
    }
}

/* A name in other letters than ASCII's is looked up as IDNA has it. */
static void
test_other_letters (void)
{
  static const gchar *const addresses[] = { "127.0.0.1", NULL };
  g_autoptr (Server) server = server_new (server_answer, NULL, SERVER_V4);
  g_autoptr (Run) run = run_new_several (addresses, server->port);
  g_autofree gchar *address = g_strdup_printf ("s\xc3\xa9veral.test:%u", server->port);

  run_set_text (run, THRUM_TRANSPORT_ADDRESS, address);
  g_assert_true (run_go (run));
  run_check (run);
  g_assert_cmpuint (run->records->len, >, 0);
  g_assert_cmpuint (run_count (run, THRUM_FAILURE_NONE), ==, run->records->len);
}

/* The run ends while several addresses are being tried. */
static void
test_stopped (void)
{
  static const gchar *const addresses[] = { "127.0.0.2", "127.0.0.3", NULL };
  g_autoptr (Server) server = server_new (server_answer, NULL, SERVER_V4);
  g_autoptr (Run) run = run_new_several (addresses, server->port);
  Deaf deaf[2];

  deaf_init (&deaf[0], "127.0.0.2", server->port);
  deaf_init (&deaf[1], "127.0.0.3", server->port);
  run->config.load.users = 3;
  run->config.load.duration_ns = G_GINT64_CONSTANT (3600000000000);
  run->stop_after_ns = 300000000;
  g_assert_true (run_go (run));
  deaf_clear (&deaf[0]);
  deaf_clear (&deaf[1]);
  run_check (run);
  g_assert_cmpuint (run_count (run, THRUM_FAILURE_UNFINISHED), ==, 3);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/codec-addresses/first-drops", GINT_TO_POINTER (FALSE), test_first_drops);
  g_test_add_data_func ("/codec-addresses/first-drops-open", GINT_TO_POINTER (TRUE),
                        test_first_drops);
  g_test_add_func ("/codec-addresses/calls-move", test_calls_move);
  g_test_add_func ("/codec-addresses/short-limit", test_short_limit);
  g_test_add_func ("/codec-addresses/all-drop", test_all_drop);
  g_test_add_func ("/codec-addresses/refused", test_refused);
  g_test_add_func ("/codec-addresses/first-refuses", test_first_refuses);
  g_test_add_func ("/codec-addresses/families", test_families);
  g_test_add_func ("/codec-addresses/other-letters", test_other_letters);
  g_test_add_func ("/codec-addresses/stopped", test_stopped);
  return g_test_run ();
}
