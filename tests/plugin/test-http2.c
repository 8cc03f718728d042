/* SPDX-License-Identifier: MIT
 *
 * The http plugin over HTTP/2, against a server that sends frames as it is told: trailers, resets,
 * GOAWAY in every order, and silence. No call may be lost, fail for another's sake, or hang, whatever
 * its method; nor may connections pile up. A process of its own: http2 = no of another test's target
 * would hold for these.
 */
#include <string.h>

#include "certificates.h"
#include "driver.h"
#include "server.h"

/* GCC 12's LeakSanitizer crashes while it looks at GLib's idle pool threads, on which handshakes
 * ran. Leaks of the plugin show in its other tests. */
int __lsan_is_turned_off (void);

int
__lsan_is_turned_off (void)
{
  return 1;
}

static Certificates *certificates;

enum { DATA = 0, HEADERS = 1, RST_STREAM = 3, SETTINGS = 4, GOAWAY = 7 };
enum { END_STREAM = 1, END_HEADERS = 4 };

/* What the server does to a request, one letter each:
 *
 *   h  the head, 200               H  the same, ending the stream
 *   d  "abc"                       D  the same, ending the stream
 *   t  a trailer, ending the stream
 *   i  an informational head, 103
 *   r  resets it: INTERNAL_ERROR   n  NO_ERROR   f  REFUSED_STREAM
 *   g  GOAWAY: it is the last      l  the one before it was   e  the same with an error
 *   m  GOAWAY: no new streams some day
 *   w  waits a little              c  closes
 *   s  says nothing, for good
 */
typedef struct {
  const gchar *name;
  const gchar *first;   /* to the first request of each connection */
  const gchar *others;  /* to the others */
  const gchar *failure; /* of each call */
  guint resent;         /* of all of 4 calls; 99: any */
  gint n_connections;   /* for them; 0: any */
  const gchar *methods; /* (nullable): those it is for */
} FrameCase;

/* In `first` and `others`, what is good to GET is bad to HEAD: "hD" is "H" then. */
static const FrameCase frame_cases[] = {
  { "plain", "hD", "hD", "", 0, 1 },
  { "informational", "ihD", "ihD", "", 0, 1 },
  { "trailers", "hdt", "hdt", "", 0, 1 },
  { "trailers-apart", "hwdwt", "hwdwt", "", 0, 1 },
  { "trailers-without-data", "ht", "ht", "", 0, 1 },
  { "reset-in-body", "hdr", "hdr", "reset", 0, 1, "GET POST PUT" },
  { "reset-in-body-later", "hdwr", "hdwr", "reset", 0, 1, "GET POST PUT" },
  { "reset-without-error", "hdwn", "hdwn", "reset", 0, 1, "GET POST PUT" },
  { "reset-before-head", "r", "r", "reset", 0, 1 },
  { "refused", "hD", "f", "", 3, 4 },
  { "refused-for-ever", "f", "f", "reset", 4, 0 },
  { "goaway-then-reply", "ghD", "ghD", "", 0, 4 },
  { "goaway-within-reply", "hwgwD", "hwgwD", "", 0, 4, "GET POST PUT" },
  { "reply-then-goaway", "hDg", "hDg", "", 99, 4 },
  { "reply-then-goaway-and-close", "hDgc", "hD", "", 0, 4 },
  { "reply-then-close", "hDc", "hD", "", 0, 4 },
  { "goaway-some-day", "mhD", "mhD", "", 0, 4 },
  { "goaway-not-looked-at", "hD", "l", "", 3, 4 },
  { "goaway-with-error", "e", "e", "reset", 0, 0 },
  { "closed-at-once", "c", "c", "closed-early", 0, 4 },
  { "closed-in-body", "hdc", "hdc", "closed-early", 0, 4, "GET POST PUT" },
};

typedef struct {
  const FrameCase *frames;
  gboolean is_head;
} Script;

static void
send_frame (Server *server, GIOStream *stream, guint8 type, guint8 flags, guint32 id,
            const void *payload, gsize n_bytes)
{
  guint8 frame[64] = { 0, 0, (guint8)n_bytes, type, flags };

  id = GUINT32_TO_BE (id);
  memcpy (frame + 5, &id, 4);
  if (n_bytes > 0)
    memcpy (frame + 9, payload, n_bytes);
  server_send (server, stream, frame, (gssize)(9 + n_bytes));
}

static void
send_goaway (Server *server, GIOStream *stream, guint32 last, guint32 code)
{
  const guint32 payload[2] = { GUINT32_TO_BE (last), GUINT32_TO_BE (code) };

  send_frame (server, stream, GOAWAY, 0, 0, payload, sizeof payload);
}

static void
send_reset (Server *server, GIOStream *stream, guint32 id, guint32 code)
{
  code = GUINT32_TO_BE (code);
  send_frame (server, stream, RST_STREAM, 0, id, &code, sizeof code);
}

/* FALSE: the connection ends. */
static gboolean
do_step (Server *server, GIOStream *stream, gchar step, guint32 id, gboolean is_head)
{
  static const guint8 ok[] = { 0x88 }; /* of the static table */
  static const guint8 early[] = { 0x08, 3, '1', '0', '3' };
  static const guint8 trailer[] = { 0x00, 1, 'x', 1, 'y' };

  switch (step)
    {
    case 'h':
      send_frame (server, stream, HEADERS, END_HEADERS | (is_head ? END_STREAM : 0), id, ok, 1);
      return TRUE;
    case 'i':
      send_frame (server, stream, HEADERS, END_HEADERS, id, early, sizeof early);
      return TRUE;
    case 'd':
    case 'D':
      if (!is_head)
        send_frame (server, stream, DATA, step == 'D' ? END_STREAM : 0, id, "abc", 3);
      return TRUE;
    case 't':
      if (!is_head)
        send_frame (server, stream, HEADERS, END_HEADERS | END_STREAM, id, trailer, sizeof trailer);
      return TRUE;
    case 'r':
      send_reset (server, stream, id, 2);
      return TRUE;
    case 'n':
      send_reset (server, stream, id, 0);
      return TRUE;
    case 'f':
      send_reset (server, stream, id, 7);
      return TRUE;
    case 'g':
      send_goaway (server, stream, id, 0);
      return TRUE;
    case 'l':
      send_goaway (server, stream, id - 2, 0);
      return TRUE;
    case 'e':
      send_goaway (server, stream, id - 1, 11);
      return TRUE;
    case 'm':
      send_goaway (server, stream, G_MAXINT32, 0);
      return TRUE;
    case 'w':
      g_usleep (3000);
      return TRUE;
    case 's':
      server_hang (server, stream);
      return FALSE;
    default:
      return FALSE;
    }
}

static gboolean
read_all (Server *server, GIOStream *stream, void *bytes, gsize n_bytes)
{
  gsize n_read = 0;

  return g_input_stream_read_all (g_io_stream_get_input_stream (stream), bytes, n_bytes, &n_read,
                                  server->stop, NULL)
         && n_read == n_bytes;
}

/* Answers each request once it is whole. */
static gboolean
answer_frames (Server *server, GIOStream *stream, const ServerRequest *none, gpointer data)
{
  const Script *script = data;
  guint8 head[9], payload[1 << 16];
  guint n_requests = 0;

  if (!read_all (server, stream, payload, 24))
    return FALSE;
  send_frame (server, stream, SETTINGS, 0, 0, NULL, 0);
  while (read_all (server, stream, head, 9))
    {
      const gsize n_bytes = (gsize)head[0] << 16 | (gsize)head[1] << 8 | head[2];
      const gchar *steps;
      guint32 id;

      if (n_bytes > sizeof payload || !read_all (server, stream, payload, n_bytes))
        return FALSE;
      memcpy (&id, head + 5, 4);
      id = GUINT32_FROM_BE (id);
      if (head[3] == SETTINGS && (head[4] & 1) == 0)
        send_frame (server, stream, SETTINGS, 1, 0, NULL, 0);
      if (head[3] > HEADERS || (head[4] & END_STREAM) == 0)
        continue;
      g_atomic_int_inc (&server->n_requests);
      steps = n_requests++ == 0 ? script->frames->first : script->frames->others;
      for (; *steps != '\0'; steps++)
        if (!do_step (server, stream, *steps, id, script->is_head))
          return FALSE;
    }
  return FALSE;
}

static const gchar *const h2[] = { "h2", NULL };

static Server *
start_server (Script *script)
{
  Server *server = server_new (answer_frames, script);

  server->certificate = certificates_load (certificates, "good");
  server->protocols = h2;
  server->is_raw = TRUE;
  server_start (server);
  return server;
}

static Driver *
start_driver (Server *server, const gchar *more)
{
  g_autofree gchar *options =
      g_strdup_printf ("url = https://127.0.0.1:%u/\nca-file = %s/ca.pem\nhttp2 = yes\n%s",
                       server->port, certificates->directory, more);

  return driver_new ("http", options);
}

static guint
count_descriptors (void)
{
  g_autoptr (GDir) directory = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (directory) != NULL)
    n++;
  return n;
}

static void
run_case (const FrameCase *frames, const gchar *method)
{
  Script script = { frames, g_str_equal (method, "HEAD") };
  g_autoptr (Server) server = start_server (&script);
  g_autoptr (Driver) driver = start_driver (server, "");
  DriverSession *session = driver_session_new (driver, 0);
  const gboolean has_body = strchr (method, 'P') == method;
  g_autofree gchar *options =
      g_strdup_printf ("method = %s%s", method, has_body ? "\nbody = xyz" : "");
  DriverRequest *request = driver_request_new (driver, options);
  guint n_resent = 0, n_connections = 0;

  g_test_message ("%s", method);
  for (guint i = 0; i < 4; i++)
    {
      const ThrumReply reply = driver_run (session, request, FALSE, NULL);

      if (strchr (frames->first, 'c') != NULL)
        g_usleep (20000); /* for the end to arrive */
      driver_assert_failure (&reply, frames->failure);
      if (*frames->failure == '\0')
        g_assert_cmpint (reply.status, ==, 200);
      if (*frames->failure == '\0' && strchr ("dD", frames->first[1]) != NULL)
        g_assert_cmpuint (reply.received_bytes, ==, script.is_head ? 0 : 3);
      if (reply.failure == THRUM_FAILURE_RESET)
        g_assert_nonnull (reply.reason);
      n_resent += reply.resent;
      n_connections += reply.connections;
    }
  if (frames->resent != 99)
    g_assert_cmpuint (n_resent, ==, frames->resent);
  if (frames->n_connections != 0)
    {
      g_assert_cmpuint (n_connections, ==, frames->n_connections);
      g_assert_cmpint (server->n_connections, ==, frames->n_connections);
    }
}

static void
test_frames (gconstpointer data)
{
  static const gchar *const methods[] = { "GET", "HEAD", "POST", "PUT" };
  const FrameCase *frames = data;

  for (gsize i = 0; i < G_N_ELEMENTS (methods); i++)
    if (frames->methods == NULL || strstr (frames->methods, methods[i]) != NULL)
      run_case (frames, methods[i]);
}

/* More of each than libsoup has connections: it lost one for each, and then waited for ever. */
static void
test_never_hangs (gconstpointer data)
{
  Script script = { data, FALSE };
  const gboolean hangs = strchr (script.frames->first, 's') != NULL;
  g_autoptr (Server) server = start_server (&script);
  g_autoptr (Driver) driver = start_driver (server, "");
  DriverSession *session = driver_session_new (driver, 0);
  DriverRequest *request = driver_request_new (driver, "body = xyz");
  guint n_before = 0;

  for (guint i = 0; i < 12; i++)
    {
      const ThrumReply reply = hangs ? driver_run_cancelled (session, request, 20)
                                     : driver_run (session, request, FALSE, NULL);

      driver_assert_failure (&reply, script.frames->failure);
      if (i == 2)
        n_before = count_descriptors ();
    }
  /* The server's ends of connections may linger. */
  g_assert_cmpuint (count_descriptors (), <=, n_before + 9);
}

static const FrameCase endless_cases[] = {
  { "silent", "s", "s", "cancelled" },
  { "silent-in-body", "hds", "hds", "cancelled" },
  { "goaway", "gs", "gs", "cancelled" },
  { "closed", "c", "c", "closed-early" },
};

/* A connection for each request, and none that stays. */
static void
test_per_request (void)
{
  static const FrameCase plain = { "plain", "hD", "hD", "" };
  Script script = { &plain, FALSE };
  g_autoptr (Server) server = start_server (&script);
  g_autoptr (Driver) driver = start_driver (server, "connection = per-request");
  DriverSession *session = driver_session_new (driver, 0);
  DriverRequest *request = driver_request_new (driver, "");

  for (guint i = 0; i < 10; i++)
    {
      const ThrumReply reply = driver_run (session, request, FALSE, NULL);

      driver_assert_failure (&reply, "");
      g_assert_cmpuint (reply.connections, ==, 1);
      g_assert_cmpuint (reply.handshakes, ==, 1);
      g_assert_cmpint (server->n_connections, ==, (gint)i + 1);
    }
}

/* A session that is closed takes its connection along. */
static void
test_close (void)
{
  static const FrameCase plain = { "plain", "hD", "hD", "" };
  Script script = { &plain, FALSE };
  g_autoptr (Server) server = start_server (&script);
  g_autoptr (Driver) driver = start_driver (server, "");
  DriverRequest *request = driver_request_new (driver, "");
  guint n_before = 0;

  for (guint i = 0; i < 10; i++)
    {
      DriverSession *session = driver_session_new (driver, i);
      const ThrumReply reply = driver_run (session, request, FALSE, NULL);

      driver_assert_failure (&reply, "");
      g_ptr_array_set_size (driver->sessions, 0);
      g_usleep (10000); /* for the server to see it */
      if (i == 2)
        n_before = count_descriptors ();
    }
  g_assert_cmpuint (count_descriptors (), <=, n_before + 3);
}

/* libsoup says two lines for some replies: nobody is to see them. */
static void
test_silence (void)
{
  if (g_test_subprocess ())
    {
      static const FrameCase trailers = { "trailers", "hdt", "hdt", "", 0, 1 };

      run_case (&trailers, "GET");
      return;
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr_unmatched ("*libsoup*");
}

/* A server that ignores Expect gets the body after a second. */
static void
test_expect (void)
{
  static const FrameCase plain = { "plain", "hD", "hD", "" };
  Script script = { &plain, FALSE };
  g_autoptr (Server) server = start_server (&script);
  g_autoptr (Driver) driver = start_driver (server, "");
  DriverSession *session = driver_session_new (driver, 0);
  DriverRequest *request =
      driver_request_new (driver, "body = xyz\nheaders = Expect: 100-continue");
  const gint64 start = g_get_monotonic_time ();
  const ThrumReply reply = driver_run (session, request, FALSE, NULL);

  driver_assert_failure (&reply, "");
  g_assert_cmpint (g_get_monotonic_time () - start, >=, 990000);
  g_assert_cmpint (server->n_requests, ==, 1);
}

#define ADD_CASES(cases, path, function)                                                           \
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)                                                 \
    {                                                                                              \
      g_autofree gchar *name = g_strconcat ("/http2/" path "/", cases[i].name, NULL);              \
                                                                                                   \
      g_test_add_data_func (name, &cases[i], function);                                            \
    }

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_ERROR); /* libsoup warns */
  certificates = certificates_new ();
  ADD_CASES (frame_cases, "frames", test_frames);
  ADD_CASES (endless_cases, "never-hangs", test_never_hangs);
  g_test_add_func ("/http2/per-request", test_per_request);
  g_test_add_func ("/http2/close", test_close);
  g_test_add_func ("/http2/silence", test_silence);
  g_test_add_func ("/http2/expect", test_expect);
  result = g_test_run ();
  certificates_free (certificates);
  return result;
}
