/* SPDX-License-Identifier: MIT
 *
 * The embedded server's routes and replies: what a request asks for, and the bytes of its reply,
 * taken out in pieces of any size.
 */
#include <string.h>

#include "server/reply.h"

#define PLAIN "Content-Type: text/plain\r\n"

static const struct {
  const char *request; /* without the empty line */
  gboolean closes;
  const char *reply; /* whole */
} cases[] = {
  { "GET / HTTP/1.1\r\nHost: x", FALSE,
    "HTTP/1.1 200 OK\r\n" PLAIN "Content-Length: 5\r\n\r\nthrum" },
  { "GET /delay/1s HTTP/1.1\r\nHost: x", FALSE,
    "HTTP/1.1 200 OK\r\n" PLAIN "Content-Length: 5\r\n\r\nthrum" },
  { "GET / HTTP/1.1\r\nHost: x", TRUE,
    "HTTP/1.1 200 OK\r\n" PLAIN "Content-Length: 5\r\nConnection: close\r\n\r\nthrum" },
  { "HEAD / HTTP/1.1\r\nHost: x", FALSE, "HTTP/1.1 200 OK\r\n" PLAIN "Content-Length: 5\r\n\r\n" },
  { "GET / HTTP/1.0\r\nConnection: keep-alive", FALSE,
    "HTTP/1.1 200 OK\r\n" PLAIN "Content-Length: 5\r\nConnection: keep-alive\r\n\r\nthrum" },
  { "GET /?chunked HTTP/1.1\r\nHost: x", FALSE,
    "HTTP/1.1 200 OK\r\n" PLAIN "Transfer-Encoding: chunked\r\n\r\n"
    "2\r\nth\r\n2\r\nru\r\n1\r\nm\r\n0\r\n\r\n" },
  { "GET /bytes/0?chunked HTTP/1.1\r\nHost: x", FALSE,
    "HTTP/1.1 200 OK\r\n" PLAIN "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" },
  { "HEAD /?chunked HTTP/1.1\r\nHost: x", FALSE,
    "HTTP/1.1 200 OK\r\n" PLAIN "Transfer-Encoding: chunked\r\n\r\n" },
  { "GET /?chunked HTTP/1.0", FALSE, "HTTP/1.1 200 OK\r\n" PLAIN "Connection: close\r\n\r\nthrum" },
  { "GET /status/204 HTTP/1.1\r\nHost: x", FALSE, "HTTP/1.1 204 No Content\r\n" PLAIN "\r\n" },
  { "GET /status/599?bytes=2 HTTP/1.1\r\nHost: x", FALSE,
    "HTTP/1.1 599 Status\r\n" PLAIN "Content-Length: 2\r\n\r\nth" },
  { "GET /redirect/3?bytes=0 HTTP/1.1\r\nHost: x", FALSE,
    "HTTP/1.1 302 Found\r\nLocation: /redirect/2\r\n" PLAIN "Content-Length: 0\r\n\r\n" },
  { "GET /close/silent HTTP/1.1\r\nHost: x", FALSE,
    "HTTP/1.1 200 OK\r\n" PLAIN "Content-Length: 5\r\n\r\nthrum" },
  { "GET /truncated/4?chunked HTTP/1.1\r\nHost: x", FALSE,
    "HTTP/1.1 200 OK\r\n" PLAIN "Content-Length: 4\r\nConnection: close\r\n\r\nth" },
  { "GET /cookie HTTP/1.1\r\nHost: x\r\nCookie: a=b; thrum=9", FALSE,
    "HTTP/1.1 200 OK\r\n" PLAIN "Content-Length: 22\r\n\r\nreturned a=b; thrum=9\n" },
  { "GET /cookie?chunked HTTP/1.1\r\nHost: x", FALSE,
    "HTTP/1.1 200 OK\r\nSet-Cookie: thrum=77; Path=/\r\n" PLAIN
    "Transfer-Encoding: chunked\r\n\r\n5\r\nset t\r\n5\r\nhrum=\r\n3\r\n77\n\r\n0\r\n\r\n" },
  { "GET /moved?a HTTP/1.1\r\nHost: x", FALSE,
    "HTTP/1.1 302 Found\r\nLocation: /here\r\n" PLAIN "Content-Length: 5\r\n\r\nthrum" },
};

static void
parse (const char *text, ThrumRequestHead *head)
{
  ThrumRequestParser parser = { 0 };
  ThrumSlice body;
  gsize consumed;

  g_assert_cmpint (thrum_request_parser_next (&parser, text, strlen (text), &consumed, head, &body),
                   ==, THRUM_REQUEST_HEAD);
}

/* All of a reply, taken out @room bytes at a time. (transfer full) */
static GString *
drain (ThrumServerReply *reply, gsize room)
{
  GString *bytes = g_string_new (NULL);
  g_autofree char *piece = g_malloc (room);
  gsize n;

  while ((n = thrum_server_reply_fill (reply, piece, room)) > 0)
    g_string_append_len (bytes, piece, n);
  return bytes;
}

static void
test_case (gconstpointer data)
{
  gsize i = GPOINTER_TO_SIZE (data);
  g_autofree char *text = g_strconcat (cases[i].request, "\r\n\r\n", NULL);
  g_autoptr (GHashTable) redirects = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GError) error = NULL;
  ThrumRequestHead head;
  ThrumRoute route;
  ThrumReplyStyle style;

  parse (text, &head);
  g_assert_true (thrum_route_parse (&head, &route, &error));
  g_hash_table_insert (redirects, (char *)"/moved", (char *)"/here");
  /* With and without the reply that is kept ready. */
  for (int kept = 0; kept <= (strstr (text, "/moved") == NULL); kept++)
    for (gsize room = 1; room <= 100; room++)
      {
        ThrumServerReply reply;
        GString *bytes;

        thrum_server_reply_style_init (&style, 5, FALSE, kept ? NULL : redirects);
        thrum_server_reply_begin (&reply, &style, &head, &route, 0, cases[i].closes, 77);
        thrum_server_reply_finish (&reply);
        g_assert_false (thrum_server_reply_is_done (&reply));
        bytes = drain (&reply, room);
        g_assert_true (thrum_server_reply_is_done (&reply));
        g_assert_cmpstr (bytes->str, ==, cases[i].reply);
        g_assert_cmpuint (reply.total_bytes, ==, bytes->len);
        g_string_free (bytes, TRUE);
        thrum_server_reply_clear (&reply);
        thrum_server_reply_style_clear (&style);
      }
}

/* A reply with a pause stops after its head, and nowhere else. */
static void
test_pause (void)
{
  for (gsize room = 1; room <= 100; room++)
    {
      ThrumRequestHead head;
      ThrumRoute route;
      ThrumReplyStyle style;
      ThrumServerReply reply;
      GString *first, *second;

      parse ("GET /?pause=1s HTTP/1.0\r\n\r\n", &head);
      g_assert_true (thrum_route_parse (&head, &route, NULL));
      g_assert_cmpint (route.pause_ns, ==, 1000000000);
      thrum_server_reply_style_init (&style, 5, FALSE, NULL);
      thrum_server_reply_begin (&reply, &style, &head, &route, 0, TRUE, 0);
      thrum_server_reply_finish (&reply);
      g_assert_false (thrum_server_reply_is_waiting (&reply));
      first = drain (&reply, room);
      g_assert_true (thrum_server_reply_is_waiting (&reply));
      g_assert_false (thrum_server_reply_is_done (&reply));
      thrum_server_reply_release (&reply);
      second = drain (&reply, room);
      g_assert_true (thrum_server_reply_is_done (&reply));
      g_assert_true (g_str_has_suffix (first->str, "\r\n\r\n"));
      g_assert_cmpstr (second->str, ==, "thrum");
      g_string_free (first, TRUE);
      g_string_free (second, TRUE);
      thrum_server_reply_clear (&reply);
      thrum_server_reply_style_clear (&style);
    }
}

static void
test_routes (void)
{
  ThrumRequestHead head;
  ThrumRoute route;

  parse ("GET http://host:80/delay/250ms?n=7&q=&delay=1s&&bytes=2KiB HTTP/1.0\r\n\r\n", &head);
  g_assert_true (thrum_route_parse (&head, &route, NULL));
  g_assert_cmpint (route.kind, ==, THRUM_ROUTE_DELAY);
  g_assert_cmpint (route.delay_ns, ==, 1000000000);
  g_assert_cmpint (route.body_bytes, ==, 2048);
  g_assert_cmpuint (route.number, ==, 7);

  for (const char *const *target = (const char *const[]){ "/delays/1s", "/", "//", "*",
                                                          "/a/status/404", "/Status/404", NULL };
       *target != NULL; target++)
    {
      g_autofree char *text = g_strdup_printf ("GET %s HTTP/1.0\r\n\r\n", *target);

      parse (text, &head);
      g_assert_true (thrum_route_parse (&head, &route, NULL));
      g_assert_cmpint (route.kind, ==, THRUM_ROUTE_PLAIN);
      g_assert_cmpint (route.delay_ns, ==, -1);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/reply/%" G_GSIZE_FORMAT, i);
      g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_case);
    }
  g_test_add_func ("/reply/pause", test_pause);
  g_test_add_func ("/reply/routes", test_routes);
  return g_test_run ();
}
