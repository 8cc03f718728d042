/* SPDX-License-Identifier: MIT
 *
 * A server that shows what the http plugin sent, and a user of it.
 */
#include "http-fixture.h"

#include <string.h>

/* 100,000 letters, packed; garbled in the middle on demand. */
static void
reply_packed (Server *server, GIOStream *stream, const gchar *path)
{
  g_autofree gchar *letters = g_strnfill (100000, 'a');
  g_autoptr (GConverter) packer =
      G_CONVERTER (g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, -1));
  guint8 packed[4096];
  gsize n_read, n_packed;

  letters[50000] = 'b';
  g_assert_cmpint (g_converter_convert (packer, letters, 100000, packed, sizeof packed,
                                        G_CONVERTER_INPUT_AT_END, &n_read, &n_packed, NULL),
                   ==, G_CONVERTER_FINISHED);
  if (g_str_equal (path, "/packed/garbled"))
    memset (packed + n_packed / 2, 0xff, 8);
  server_reply (server, stream, 200, "Content-Encoding: gzip\r\n", packed, (gssize)n_packed);
}

static gboolean
answer_by_path (Server *server, GIOStream *stream, const ServerRequest *request, gpointer data)
{
  HttpSeen *seen = data;
  guint status = 200;
  g_autofree gchar *headers = NULL;
  const gchar *body = "hello";

  g_mutex_lock (&seen->lock);
  g_free (seen->head);
  g_free (seen->body);
  seen->head = g_strdup (request->head);
  seen->body = g_memdup2 (request->body, request->body_bytes + 1);
  seen->body_bytes = request->body_bytes;
  g_mutex_unlock (&seen->lock);

  if (g_str_has_prefix (request->path, "/status/"))
    status = (guint)g_ascii_strtoull (request->path + 8, NULL, 10);
  else if (g_str_has_prefix (request->path, "/redirect/"))
    {
      const guint left = (guint)g_ascii_strtoull (request->path + 10, NULL, 10);

      status = 302;
      headers = left > 0 ? g_strdup_printf ("Location: /redirect/%u\r\n", left - 1)
                         : g_strdup ("Location: /end\r\n");
    }
  else if (g_str_has_prefix (request->path, "/moved/"))
    {
      status = (guint)g_ascii_strtoull (request->path + 7, NULL, 10);
      headers = g_strdup ("Location: /end\r\n");
    }
  else if (g_str_equal (request->path, "/elsewhere"))
    {
      status = 302;
      headers = g_strdup_printf ("Location: http://localhost:%u/end\r\n", server->port);
    }
  else if (g_str_equal (request->path, "/cookie"))
    headers = g_strdup ("Set-Cookie: who=me; Path=/\r\n");
  if (g_str_equal (request->method, "HEAD"))
    {
      server_send (server, stream, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", -1);
      return TRUE;
    }
  if (status == 204 || status == 304)
    {
      g_autofree gchar *head = g_strdup_printf ("HTTP/1.1 %u None\r\n\r\n", status);

      server_send (server, stream, head, -1);
      return TRUE;
    }
  if (g_str_has_prefix (request->path, "/packed"))
    reply_packed (server, stream, request->path);
  else
    server_reply (server, stream, status, headers, body, -1);
  return strstr (request->head, "Connection: close") == NULL;
}

void
http_fixture_set_up (HttpFixture *fixture, const gchar *options)
{
  g_autofree gchar *text = NULL;

  fixture->server = server_start_new (answer_by_path, &fixture->seen);
  text = g_strdup_printf ("url = http://127.0.0.1:%u/base?q=1\n%s", fixture->server->port, options);
  fixture->driver = driver_new ("http", text);
  fixture->session = driver_session_new (fixture->driver, 0);
}

void
http_fixture_tear_down (HttpFixture *fixture)
{
  driver_free (fixture->driver);
  server_free (fixture->server);
  g_free (fixture->seen.head);
  g_free (fixture->seen.body);
}

ThrumReply
http_fixture_run (HttpFixture *fixture, const gchar *request_options)
{
  DriverRequest *request = driver_request_new (fixture->driver, request_options);

  return driver_run (fixture->session, request, FALSE, NULL);
}
