/* SPDX-License-Identifier: MIT
 *
 * The embedded server's request parser: streams and what they mean, each replayed at every split
 * point and byte by byte.
 */
#include "../fuzz/request-events.h"

#define HOST "Host: x\r\n"

static const struct {
  const char *name, *stream, *events;
} cases[] = {
  { "get", "GET /a?b HTTP/1.1\r\n" HOST "\r\n",
    "head 1.1 keep 0\nGET\n/a?b\nHost\nx\nbody 0\n\nend\n" },
  { "blank-line-before", "\r\nGET / HTTP/1.0\r\n\r\n",
    "head 1.0 close 0\nGET\n/\nbody 0\n\nend\n" },
  { "two-blank-lines-before", "\r\n\r\nGET / HTTP/1.0\r\n\r\n", "bad 400\n" },
  { "keep-alive-1.0", "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
    "head 1.0 keep 0\nGET\n/\nConnection\nKeep-Alive\nbody 0\n\nend\n" },
  { "close-in-list", "GET / HTTP/1.1\r\n" HOST "connection: te , Close\r\n\r\n",
    "head 1.1 close 0\nGET\n/\nHost\nx\nconnection\nte , Close\nbody 0\n\nend\n" },
  { "body-and-next", "POST / HTTP/1.0\r\nContent-Length: 3\r\n\r\nabcGET / HTTP/1.0\r\n\r\n",
    "head 1.0 close 3\nPOST\n/\nContent-Length\n3\nbody 3\nabc\nend\n"
    "head 1.0 close 0\nGET\n/\nbody 0\n\nend\n" },
  { "body-not-whole", "POST / HTTP/1.0\r\nContent-Length: 3\r\n\r\nab",
    "head 1.0 close 3\nPOST\n/\nContent-Length\n3\nab" },
  { "chunks",
    "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: CHUNKED\r\n\r\n"
    "3\r\nabc\r\n0a;x=\"y\" ;z\r\n0123456789\r\n00\r\nT: 1\r\nU: 2\r\n\r\nGET / HTTP/1.0\r\n\r\n",
    "head 1.1 keep chunked 0\nPOST\n/\nHost\nx\nTransfer-Encoding\nCHUNKED\n"
    "body 13\nabc0123456789\nend\nhead 1.0 close 0\nGET\n/\nbody 0\n\nend\n" },
  { "expect", "PUT / HTTP/1.1\r\n" HOST "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\nx",
    "head 1.1 keep expects 1\nPUT\n/\nHost\nx\nExpect\n100-Continue\nContent-Length\n1\n"
    "body 1\nx\nend\n" },
  { "expect-without-body", "GET / HTTP/1.1\r\n" HOST "Expect: 100-continue\r\n\r\n",
    "head 1.1 keep 0\nGET\n/\nHost\nx\nExpect\n100-continue\nbody 0\n\nend\n" },
  { "blanks-around-value", "GET / HTTP/1.1\r\nHost:\t x \t\r\nA:\r\n\r\n",
    "head 1.1 keep 0\nGET\n/\nHost\nx\nA\n\nbody 0\n\nend\n" },

  { "other-expectation", "GET / HTTP/1.1\r\n" HOST "Expect: tea\r\n\r\n", "bad 417\n" },
  { "no-host", "GET / HTTP/1.1\r\n\r\n", "bad 400\n" },
  { "two-hosts", "GET / HTTP/1.1\r\n" HOST HOST "\r\n", "bad 400\n" },
  { "two-lengths", "GET / HTTP/1.0\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
    "bad 400\n" },
  { "length-and-chunked",
    "GET / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    "bad 400\n" },
  { "length-signed", "GET / HTTP/1.0\r\nContent-Length: +1\r\n\r\n", "bad 400\n" },
  { "length-empty", "GET / HTTP/1.0\r\nContent-Length:\r\n\r\n", "bad 400\n" },
  { "length-of-2^64", "GET / HTTP/1.0\r\nContent-Length: 18446744073709551616\r\n\r\n",
    "bad 413\n" },
  { "gzip-encoding", "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n",
    "bad 501\n" },
  { "chunked-1.0", "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", "bad 400\n" },
  { "version-2", "GET / HTTP/2.0\r\n\r\n", "bad 505\n" },
  { "version-1.2", "GET / HTTP/1.2\r\n\r\n", "bad 505\n" },
  { "version-garbage", "GET / HTTQ/1.1\r\n\r\n", "bad 400\n" },
  { "no-version", "GET /\r\n\r\n", "bad 400\n" },
  { "no-target", "GET  HTTP/1.1\r\n\r\n", "bad 400\n" },
  { "space-in-target", "GET /a b HTTP/1.1\r\n\r\n", "bad 400\n" },
  { "control-in-target", "GET /\001 HTTP/1.1\r\n\r\n", "bad 400\n" },
  { "no-method", " / HTTP/1.1\r\n\r\n", "bad 400\n" },
  { "method-garbage", "\026\003\001\002", "bad 400\n" },
  { "bare-lf", "GET / HTTP/1.0\n\n", "bad 400\n" },
  { "bare-cr", "GET / HTTP/1.0\r\nA: b\rc\r\n\r\n", "bad 400\n" },
  { "folded", "GET / HTTP/1.0\r\nA: b\r\n c\r\n\r\n", "bad 400\n" },
  { "blank-before-colon", "GET / HTTP/1.0\r\nA : b\r\n\r\n", "bad 400\n" },
  { "no-colon", "GET / HTTP/1.0\r\nA\r\n\r\n", "bad 400\n" },
  { "nameless", "GET / HTTP/1.0\r\n: b\r\n\r\n", "bad 400\n" },
};

static void
check_splits (const char *stream, gsize length, const char *events)
{
  g_autofree char *bytewise = request_events (stream, length, 0, 1);

  g_assert_cmpstr (bytewise, ==, events);
  for (gsize first = 0; first <= length; first++)
    {
      g_autofree char *split = request_events (stream, length, first, length);
      g_assert_cmpstr (split, ==, events);
    }
}

static void
test_case (gconstpointer data)
{
  gsize i = GPOINTER_TO_SIZE (data);

  check_splits (cases[i].stream, strlen (cases[i].stream), cases[i].events);
}

static const char chunked_head[] = "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n";

/* What follows a chunked request's head, and the status it earns. */
static void
test_bad_chunks (void)
{
  static const struct {
    const char *chunks;
    guint status;
  } bad[] = {
    { "x", 400 },
    { "\r\n", 400 },
    { "-1\r\n", 400 },
    { "1\n", 400 },
    { "1 x\001\r\n", 400 },
    { "1\r\nab\r\n", 400 },
    { "1\r\na\n", 400 },
    { "1\r\na\r\r", 400 },
    { "0\r\nA: \001\r\n\r\n", 400 },
    { "0\r\n\r\r", 400 },
    { "40000001\r\n", 413 },
    { "8000000000000000\r\n", 413 },
    { "3fffffff\r\n", 0 },
    { "00000000000000001\r\n", 413 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *stream = g_strconcat (chunked_head, bad[i].chunks, NULL);
      g_autofree char *wanted = g_strdup_printf ("bad %u\n", bad[i].status);
      g_autofree char *events = request_events (stream, strlen (stream), 0, 1);

      g_assert_cmpint (g_str_has_suffix (events, wanted), ==, bad[i].status != 0);
      check_splits (stream, strlen (stream), events);
    }
}

/* A stream of @head, @n times @filler, and @tail. */
static GString *
long_stream (const char *head, char filler, gsize n, const char *tail)
{
  GString *stream = g_string_new (head);

  for (gsize i = 0; i < n; i++)
    g_string_append_c (stream, filler);
  g_string_append (stream, tail);
  return stream;
}

/* One byte within a limit is served, one beyond is refused, whatever the split. */
static void
test_limits (void)
{
  static const struct {
    const char *head;
    gsize length; /* of the filler, at the limit */
    const char *tail;
    const char *refusal;
  } limits[] = {
    { "", THRUM_REQUEST_MAX_METHOD, " / HTTP/1.0\r\n\r\n", "bad 400\n" },
    { "GET /", THRUM_REQUEST_MAX_LINE - 14, " HTTP/1.0\r\n\r\n", "bad 414\n" },
    { "GET / HTTP/1.0\r\nA: ", THRUM_REQUEST_MAX_HEAD - 23, "\r\n\r\n", "bad 431\n" },
    { "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;",
      THRUM_REQUEST_MAX_CHUNK_EXTENSIONS - 1, "\r\na\r\n0\r\n\r\n", "bad 400\n" },
    { "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA:",
      THRUM_REQUEST_MAX_HEAD - 4, "\r\n\r\n", "bad 431\n" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (limits); i++)
    for (gsize beyond = 0; beyond <= 1; beyond++)
      {
        GString *stream =
            long_stream (limits[i].head, 'A', limits[i].length + beyond, limits[i].tail);
        g_autofree char *events = request_events (stream->str, stream->len, 0, stream->len);
        const gsize steps[] = { 1, 7, 8191, 8192, 8193, 16383, 16384, 16385 };

        g_assert_cmpint (g_str_has_suffix (events, beyond ? limits[i].refusal : "\nend\n"), ==, 1);
        for (gsize j = 0; j < G_N_ELEMENTS (steps); j++)
          {
            g_autofree char *split = request_events (stream->str, stream->len, 0, steps[j]);
            g_assert_cmpstr (split, ==, events);
          }
        g_string_free (stream, TRUE);
      }
}

static void
test_header_count (void)
{
  for (guint n = THRUM_REQUEST_MAX_HEADERS; n <= THRUM_REQUEST_MAX_HEADERS + 1; n++)
    {
      GString *stream = g_string_new ("GET / HTTP/1.0\r\n");
      g_autofree char *events = NULL;

      for (guint i = 0; i < n; i++)
        g_string_append (stream, "a: b\r\n");
      g_string_append (stream, "\r\n");
      events = request_events (stream->str, stream->len, 0, stream->len);
      g_assert_true (
          g_str_has_suffix (events, n > THRUM_REQUEST_MAX_HEADERS ? "bad 431\n" : "end\n"));
      check_splits (stream->str, stream->len, events);
      g_string_free (stream, TRUE);
    }
}

/* A stream that never ends a line does not grow the buffer without limit. */
static void
test_endless (void)
{
  ThrumRequestParser parser = { 0 };
  ThrumRequestHead head;
  ThrumSlice body;
  g_autofree char *bytes = g_strnfill (THRUM_REQUEST_MAX_HEAD, 'A');
  gsize length = 0, consumed;

  memcpy (bytes, "GET /", 5);
  while (thrum_request_parser_next (&parser, bytes, length, &consumed, &head, &body)
         == THRUM_REQUEST_MORE)
    g_assert_cmpuint (++length, <=, THRUM_REQUEST_MAX_HEAD);
  g_assert_cmpuint (parser.status, ==, 414);
}

static void
test_find (void)
{
  static const char stream[] = "GET / HTTP/1.0\r\nAb: 1\r\naB: 2\r\n\r\n";
  ThrumRequestParser parser = { 0 };
  ThrumRequestHead head;
  ThrumSlice body;
  gsize consumed;

  g_assert_cmpint (
      thrum_request_parser_next (&parser, stream, strlen (stream), &consumed, &head, &body), ==,
      THRUM_REQUEST_HEAD);
  g_assert_true (thrum_slice_is (thrum_request_head_find (&head, "AB"), "1"));
  g_assert_null (thrum_request_head_find (&head, "A").bytes);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/request-parser/", cases[i].name, NULL);
      g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_case);
    }
  g_test_add_func ("/request-parser/bad-chunks", test_bad_chunks);
  g_test_add_func ("/request-parser/limits", test_limits);
  g_test_add_func ("/request-parser/header-count", test_header_count);
  g_test_add_func ("/request-parser/endless", test_endless);
  g_test_add_func ("/request-parser/find", test_find);
  return g_test_run ();
}
