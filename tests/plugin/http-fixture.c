/* SPDX-License-Identifier: MIT
 *
 * A server that shows what the http plugin sent, and a user of it.
 */
#include "http-fixture.h"

#include <string.h>

/* Appends @n_bytes of @bytes as one gzip member. */
static void
pack (GByteArray *packed, const gchar *bytes, gsize n_bytes)
{
  g_autoptr (GConverter) packer =
      G_CONVERTER (g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, -1));
  GConverterResult result;

  do
    {
      guint8 block[4096];
      gsize n_read, n_written;

      result = g_converter_convert (packer, bytes, n_bytes, block, sizeof block,
                                    G_CONVERTER_INPUT_AT_END, &n_read, &n_written, NULL);
      g_assert_cmpint (result, !=, G_CONVERTER_ERROR);
      g_byte_array_append (packed, block, (guint)n_written);
      bytes += n_read;
      n_bytes -= n_read;
  } while (result != G_CONVERTER_FINISHED);
}

/* 100,000 letters, packed, and what the path says about them. */
static void
reply_packed (Server *server, GIOStream *stream, const gchar *path)
{
  const gboolean is_bomb = g_str_equal (path, "/packed/bomb");
  const gsize n_letters = is_bomb ? 65 << 20 : 100000;
  g_autofree gchar *letters = g_strnfill (n_letters, 'a');
  g_autoptr (GByteArray) packed = g_byte_array_new ();

  letters[50000] = 'b';
  pack (packed, letters, n_letters);
  if (g_str_equal (path, "/packed/garbled"))
    memset (packed->data + packed->len / 2, 0xff, 8);
  else if (g_str_equal (path, "/packed/twice"))
    pack (packed, "and more", 8);
  else if (g_str_equal (path, "/packed/wrong-sum"))
    packed->data[packed->len - 6] ^= 1; /* of the 8 bytes at its end: CRC, length */
  else if (g_str_equal (path, "/packed/short"))
    g_byte_array_set_size (packed, packed->len - 4);
  else if (g_str_equal (path, "/packed/longer"))
    g_byte_array_append (packed, (const guint8 *)"what is this?", 13);
  server_reply (server, stream, 200, "Content-Encoding: gzip\r\n", packed->data,
                (gssize)packed->len);
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
  else if (g_str_equal (request->path, "/elsewhere/307"))
    {
      status = 307;
      headers = g_strdup_printf ("Location: http://localhost:%u/end\r\n", server->port);
    }
  else if (g_str_has_prefix (request->path, "/cookie/"))
    headers = g_strdup_printf ("Set-Cookie: %s=v; Path=/\r\n", request->path + 8);
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
