/* SPDX-License-Identifier: MIT
 *
 * The http1 codec over recorded exchanges: how bodies are framed, when connections end, what is
 * refused, and the bytes it sends.
 */
#include "codec-cases.h"

#include <string.h>

#define URL "url=http://127.0.0.1:8080/x"
#define OK "HTTP/1.1 200 OK\r\n"

/* A reply that many cases begin with, to see that the connection goes on after it. */
#define OK_EMPTY OK "Content-Length: 0\r\n\r\n"

#define TEN(x) x x x x x x x x x x

static const CodecCase cases[] = {
  { "content-length",
    OPTIONS (URL),
    {},
    { { 1, OK "Content-Length: 5\r\n\r\nhello" },
      { 1, "HTTP/1.1 404 No\r\ncontent-length:3 \r\n\r\nabc" } },
    "reply 1: 200, 5 bytes\npayload 1: hello\nreply 2: 404 status, 3 bytes\npayload 2: abc\n" },
  { "content-length/nginx",
    OPTIONS (URL),
    {},
    { { 1, OK "Server: nginx/1.22.1\r\nDate: Mon, 01 Jan 2024 00:00:00 GMT\r\n"
              "Content-Type: application/octet-stream\r\nContent-Length: 12\r\n"
              "Connection: keep-alive\r\n\r\nhello world\n" } },
    "reply 1: 200, 12 bytes\npayload 1: hello world\\n\n" },
  { "content-length/short",
    OPTIONS (URL),
    {},
    { { 1, OK "Content-Length: 5\r\n\r\nhell", .then = THRUM_CAUSE_END } },
    "call 1: closed-early\n" },
  { "no-body/204",
    OPTIONS (URL),
    {},
    { { 1, "HTTP/1.1 204 No Content\r\nContent-Length: 7\r\n\r\n" }, { 1, OK_EMPTY } },
    "reply 1: 204, 0 bytes\npayload 1: \nreply 2: 200, 0 bytes\npayload 2: \n" },
  { "no-body/304",
    OPTIONS (URL),
    {},
    { { 1, "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n" }, { 1, OK_EMPTY } },
    "reply 1: 304, 0 bytes\npayload 1: \nreply 2: 200, 0 bytes\npayload 2: \n" },
  { "no-body/head",
    OPTIONS (URL),
    { OPTIONS ("method=HEAD"), OPTIONS ("method=GET") },
    { { 1, OK "Content-Length: 1000\r\n\r\n" },
      { 1, OK "Content-Length: 2\r\n\r\nok" },
      { 1, OK "Transfer-Encoding: chunked\r\n\r\n" } },
    "reply 1: 200, 0 bytes\npayload 1: \nreply 2: 200, 2 bytes\npayload 2: ok\n"
    "reply 3: 200, 0 bytes\npayload 3: \n" },
  { "no-reason",
    OPTIONS (URL),
    {},
    { { 1, "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n" },
      { 1, "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n" } },
    "reply 1: 200, 0 bytes\npayload 1: \nreply 2: 200, 0 bytes\npayload 2: \n" },
  { "bare-lf",
    OPTIONS (URL),
    {},
    { { 1, "HTTP/1.1 200 OK\nContent-Length: 2\n\nok" } },
    "reply 1: 200, 2 bytes\npayload 1: ok\n" },

  { "chunked",
    OPTIONS (URL),
    {},
    { { 1, OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n06;a=\"b\"\r\n world\r\n0\r\n\r\n" },
      { 1, OK_EMPTY } },
    "reply 1: 200, 11 bytes\npayload 1: hello world\nreply 2: 200, 0 bytes\npayload 2: \n" },
  { "chunked/hex",
    OPTIONS (URL),
    {},
    { { 1, OK "transfer-encoding: gzip, Chunked\r\n\r\nA \r\n0123456789\r\nb\r\n01234567890\r\n"
              "000\r\nX-Sum: 1\r\nY: 2\r\n\r\n" } },
    "reply 1: 200, 21 bytes\npayload 1: 012345678901234567890\n" },
  { "chunked/early-end",
    OPTIONS (URL),
    {},
    { { 1, OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n", .then = THRUM_CAUSE_END } },
    "call 1: closed-early\n" },
  { "chunked/2^63",
    OPTIONS (URL),
    {},
    { { 1, OK "Transfer-Encoding: chunked\r\n\r\n8000000000000000\r\n" } },
    "broken: too-large\ncall 1: too-large\n" },
  { "chunked/2^63-1",
    OPTIONS (URL),
    {},
    { { 1, OK "Transfer-Encoding: chunked\r\n\r\n7fffffffffffffff\r\nabc",
        .then = THRUM_CAUSE_END } },
    "call 1: closed-early\n" },
  { "chunked/sum",
    OPTIONS (URL),
    {},
    { { 1, OK "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n7fffffffffffffff\r\n" } },
    "broken: too-large\ncall 1: too-large\n" },
  { "chunked/2^64",
    OPTIONS (URL),
    {},
    { { 1, OK "Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n" } },
    "broken: too-large\ncall 1: too-large\n" },
  { "chunked/no-size",
    OPTIONS (URL),
    {},
    { { 1, OK "Transfer-Encoding: chunked\r\n\r\n\r\n" } },
    "broken: protocol\ncall 1: protocol\n" },
  { "chunked/negative",
    OPTIONS (URL),
    {},
    { { 1, OK "Transfer-Encoding: chunked\r\n\r\n-1\r\n" } },
    "broken: protocol\ncall 1: protocol\n" },
  { "chunked/0x",
    OPTIONS (URL),
    {},
    { { 1, OK "Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n" } },
    "broken: protocol\ncall 1: protocol\n" },
  { "chunked/longer-than-said",
    OPTIONS (URL),
    {},
    { { 1, OK "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n" } },
    "broken: protocol\ncall 1: protocol\n" },
  { "chunked/bare-lf",
    OPTIONS (URL),
    {},
    { { 1, OK "Transfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n" } },
    "broken: protocol\ncall 1: protocol\n" },
  { "chunked/twice",
    OPTIONS (URL),
    {},
    { { 1, OK "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" } },
    "broken: protocol\ncall 1: protocol\n" },
  { "chunked/and-length",
    OPTIONS (URL),
    {},
    { { 1, OK "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" } },
    "broken: protocol\ncall 1: protocol\n" },
  { "chunked/bad-trailer",
    OPTIONS (URL),
    {},
    { { 1, OK "Transfer-Encoding: chunked\r\n\r\n0\r\nno colon\r\n\r\n" } },
    "broken: protocol\ncall 1: protocol\n" },

  { "to-close",
    OPTIONS (URL),
    {},
    { { 1, OK "\r\nhello", .then = THRUM_CAUSE_END } },
    "reply 1: 200, 5 bytes, closes\npayload 1: hello\n" },
  { "to-close/empty",
    OPTIONS (URL),
    {},
    { { 1, OK "\r\n", .then = THRUM_CAUSE_END } },
    "reply 1: 200, 0 bytes, closes\npayload 1: \n" },
  { "to-close/coding",
    OPTIONS (URL),
    {},
    { { 1, OK "Transfer-Encoding: gzip\r\n\r\nabc", .then = THRUM_CAUSE_END } },
    "reply 1: 200, 3 bytes, closes\npayload 1: abc\n" },
  { "to-close/open", OPTIONS (URL), {}, { { 1, OK "\r\nhello" } }, "call 1: open\n" },
  { "close",
    OPTIONS (URL),
    {},
    { { 1, OK "Connection: x, Close\r\nContent-Length: 1\r\n\r\na" } },
    "reply 1: 200, 1 bytes, closes\npayload 1: a\n" },
  { "close/1.0",
    OPTIONS (URL),
    {},
    { { 1, "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na" } },
    "reply 1: 200, 1 bytes, closes\npayload 1: a\n" },
  { "close/1.0-keep-alive",
    OPTIONS (URL),
    {},
    { { 1, "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 1\r\n\r\na" },
      { 1, OK_EMPTY } },
    "reply 1: 200, 1 bytes\npayload 1: a\nreply 2: 200, 0 bytes\npayload 2: \n" },
  { "close/idle",
    OPTIONS (URL),
    {},
    { { 1, OK_EMPTY }, { 0, "", .then = THRUM_CAUSE_END } },
    "reply 1: 200, 0 bytes\npayload 1: \n" },
  { "close/no-reply",
    OPTIONS (URL),
    {},
    { { 1, "", .then = THRUM_CAUSE_END } },
    "call 1: closed-early\n" },
  { "close/in-head",
    OPTIONS (URL),
    {},
    { { 1, OK "Serv", .then = THRUM_CAUSE_END } },
    "call 1: closed-early\n" },

  { "interim",
    OPTIONS (URL),
    {},
    { { 1, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" OK_EMPTY },
      { 1, OK_EMPTY } },
    "reply 1: 200, 0 bytes\npayload 1: \nreply 2: 200, 0 bytes\npayload 2: \n" },
  { "interim/101",
    OPTIONS (URL),
    {},
    { { 1, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n" } },
    "broken: protocol\ncall 1: protocol\n" },

  /* A head read before is known again, but only the very same. */
  { "head-again",
    OPTIONS (URL, "pipeline=4"),
    {},
    { { 4,
        OK "Content-Length: 1\r\n\r\na" OK "Content-Length: 1\r\n\r\nb" OK
           "Content-Length: 2\r\n\r\ncd" OK "Content-Length: 1\r\nConnection: close\r\n\r\ne" } },
    "reply 1: 200, 1 bytes\npayload 1: a\nreply 2: 200, 1 bytes\npayload 2: b\n"
    "reply 3: 200, 2 bytes\npayload 3: cd\nreply 4: 200, 1 bytes, closes\npayload 4: e\n" },
  { "pipeline",
    OPTIONS (URL, "pipeline=3"),
    {},
    { { 3, OK_EMPTY OK "Content-Length: 1\r\n\r\na" }, { 2, OK_EMPTY OK_EMPTY OK_EMPTY } },
    "reply 1: 200, 0 bytes\npayload 1: \nreply 2: 200, 1 bytes\npayload 2: a\n"
    "reply 3: 200, 0 bytes\npayload 3: \nreply 4: 200, 0 bytes\npayload 4: \n"
    "reply 5: 200, 0 bytes\npayload 5: \n" },
  { "pipeline/close",
    OPTIONS (URL, "pipeline=3"),
    {},
    { { 3, OK "Connection: close\r\nContent-Length: 1\r\n\r\na" } },
    "drain after call 1\nreply 1: 200, 1 bytes, closes\npayload 1: a\n"
    "call 2: repeated elsewhere\ncall 3: repeated elsewhere\n" },

  { "hostile/unasked", OPTIONS (URL), {}, { { 0, OK_EMPTY } }, "broken: protocol\n" },
  { "hostile/two-replies",
    OPTIONS (URL),
    {},
    { { 1, OK_EMPTY OK_EMPTY } },
    "reply 1: 200, 0 bytes\npayload 1: \nbroken: protocol\n" },
  { "hostile/ssh",
    OPTIONS (URL),
    {},
    { { 1, "SSH-2.0-OpenSSH_9.2\r\n" } },
    "broken: protocol\ncall 1: protocol\n" },
  { "hostile/tls",
    OPTIONS (URL),
    {},
    { { 1, .bytes = (const guint8 *)"\x15\3\3\0\2\2\x46", .n_bytes = 7 } },
    "broken: protocol\ncall 1: protocol\n" },
  { "hostile/http2",
    OPTIONS (URL),
    {},
    { { 1, "HTTP/2 200\r\n\r\n" } },
    "broken: protocol\ncall 1: protocol\n" },
  { "hostile/folded",
    OPTIONS (URL),
    {},
    { { 1, OK "A: b\r\n c\r\nContent-Length: 0\r\n\r\n" } },
    "broken: protocol\ncall 1: protocol\n" },
  { "hostile/no-colon",
    OPTIONS (URL),
    {},
    { { 1, OK "A b\r\n\r\n" } },
    "broken: protocol\ncall 1: protocol\n" },
  { "hostile/blank-before-colon",
    OPTIONS (URL),
    {},
    { { 1, OK "Content-Length : 0\r\n\r\n" } },
    "broken: protocol\ncall 1: protocol\n" },
  { "hostile/no-name",
    OPTIONS (URL),
    {},
    { { 1, OK ": 0\r\n\r\n" } },
    "broken: protocol\ncall 1: protocol\n" },
  { "hostile/nul",
    OPTIONS (URL),
    {},
    { { 1, .bytes = (const guint8 *)OK "A: \0\r\n\r\n", .n_bytes = sizeof OK - 1 + 8 } },
    "broken: protocol\ncall 1: protocol\n" },
  { "hostile/del",
    OPTIONS (URL),
    {},
    { { 1, OK "A: \x7f\r\n\r\n" } },
    "broken: protocol\ncall 1: protocol\n" },
  { "hostile/bare-cr",
    OPTIONS (URL),
    {},
    { { 1, OK "A: b\rC: d\r\n\r\n" } },
    "broken: protocol\ncall 1: protocol\n" },
  { "hostile/length-twice",
    OPTIONS (URL),
    {},
    { { 1, OK "Content-Length: 1\r\nContent-Length: 1\r\n\r\na" } },
    "broken: protocol\ncall 1: protocol\n" },
  { "hostile/length-list",
    OPTIONS (URL),
    {},
    { { 1, OK "Content-Length: 1, 1\r\n\r\na" } },
    "broken: protocol\ncall 1: protocol\n" },
  { "hostile/length-negative",
    OPTIONS (URL),
    {},
    { { 1, OK "Content-Length: -1\r\n\r\n" } },
    "broken: protocol\ncall 1: protocol\n" },
  { "hostile/length-none",
    OPTIONS (URL),
    {},
    { { 1, OK "Content-Length:\r\n\r\n" } },
    "broken: protocol\ncall 1: protocol\n" },
  { "hostile/length-2^63",
    OPTIONS (URL),
    {},
    { { 1, OK "Content-Length: 9223372036854775808\r\n\r\n" } },
    "broken: too-large\ncall 1: too-large\n" },
  { "hostile/length-2^63-1",
    OPTIONS (URL),
    {},
    { { 1, OK "Content-Length: 9223372036854775807\r\n\r\nabc" } },
    "call 1: open\n" },
  { "hostile/status-2-digits",
    OPTIONS (URL),
    {},
    { { 1, "HTTP/1.1 20 OK\r\n\r\n" } },
    "broken: protocol\ncall 1: protocol\n" },
  { "hostile/status-4-digits",
    OPTIONS (URL),
    {},
    { { 1, "HTTP/1.1 2000 OK\r\n\r\n" } },
    "broken: protocol\ncall 1: protocol\n" },
  { "hostile/status-099",
    OPTIONS (URL),
    {},
    { { 1, "HTTP/1.1 099 OK\r\n\r\n" } },
    "broken: protocol\ncall 1: protocol\n" },
  { "hostile/empty-line-first",
    OPTIONS (URL),
    {},
    { { 1, "\r\n" OK_EMPTY } },
    "broken: protocol\ncall 1: protocol\n" },
};

static const CodecRefusal refusals[] = {
  { "no-url", OPTIONS ("pipeline=1"), "url is required" },
  { "ftp", OPTIONS ("url=ftp://127.0.0.1/"), "url: cannot use 'ftp:" },
  { "path", OPTIONS (URL, "path=a b"), "path: 'a b' does not begin" },
  { "method", OPTIONS (URL, "method=CONNECT"), "method: 'CONNECT' is no method" },
};

static void
test_limits (void)
{
  const struct {
    const gchar *name;
    const gchar *line; /* repeated after @begin, or else a status line */
    guint n;
    const gchar *end;
    const gchar *comes;
    const gchar *begin;
  } limits[] = {
    { "endless fields", "A: b\r\n", 256, "A: b\r\n\r\n", "broken: too-large\n" },
    { "as many fields as may be", "A: b\r\n", 254, "Content-Length: 0\r\n\r\n", "reply 1: 200" },
    { "endless line", TEN (TEN ("A")), 164, "", "broken: too-large\n" },
    { "endless head", "A: " TEN (TEN (TEN ("x"))) TEN (TEN (TEN ("x"))) "\r\n", 33, "",
      "broken: too-large\n" },
    { "endless interim", "HTTP/1.1 100 Continue\r\nA: b\r\n\r\n", 300, "", "broken: too-large\n",
      "" },
    { "endless trailers", "Transfer-Encoding: chunked\r\n\r\n0\r\n", 1,
      TEN (TEN (TEN ("A: b\r\n"))), "broken: too-large\n" },
    { "endless extension", "Transfer-Encoding: chunked\r\n\r\n0;", 1,
      TEN (TEN (TEN (TEN ("extension")))), "broken: too-large\n" },
  };
  g_autoptr (ThrumCodecSubject) subject = codec_subject_or_fail ("http1", OPTIONS (URL));

  for (guint i = 0; i < G_N_ELEMENTS (limits); i++)
    {
      g_autoptr (GString) text = g_string_new (limits[i].begin != NULL ? limits[i].begin : OK);
      g_autoptr (GError) error = NULL;

      for (guint k = 0; k < limits[i].n; k++)
        g_string_append (text, limits[i].line);
      g_string_append (text, limits[i].end);

      const ThrumReplayTurn turn = { 1, text->str };
      const ThrumReplay replay = { &turn, 1, FALSE };
      const gsize cuts[] = { 1, 20, 1000, 16384, 17000, 60000 };
      g_autofree gchar *whole = thrum_replay_play (subject, &replay, NULL, 0, &error);
      g_assert_no_error (error);
      g_autofree gchar *cut =
          thrum_replay_play (subject, &replay, cuts, G_N_ELEMENTS (cuts), &error);
      g_assert_no_error (error);

      g_assert_cmpstr (cut, ==, whole);
      if (strstr (whole, limits[i].comes) == NULL)
        g_error ("%s: %s", limits[i].name, whole);
    }
}

/* What a request sends, byte for byte. */
static void
test_sends (void)
{
  const struct {
    const gchar *const *options;
    ThrumEncode said;
    const gchar *bytes;
  } requests[] = {
    { OPTIONS (URL), THRUM_ENCODE_REPEATABLE,
      "GET /x HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUser-Agent: thrum\r\n\r\n" },
    { OPTIONS ("url=http://127.0.0.1/", "user-agent=", "method=POST"), THRUM_ENCODE_SENT,
      "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n" },
    { OPTIONS ("url=http://[::1]:80/", "user-agent=", "path=/a?b=c", "body=k=v",
               "headers=Host: x.example; Content-Type: text/plain"),
      THRUM_ENCODE_SENT,
      "POST /a?b=c HTTP/1.1\r\nHost: x.example\r\nContent-Type: text/plain\r\n"
      "Content-Length: 3\r\n\r\nk=v" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (requests); i++)
    {
      g_autoptr (ThrumCodecSubject) subject = codec_subject_or_fail ("http1", requests[i].options);
      const ThrumCodecOps *codec = subject->plugin->codec;
      const ThrumConnInfo info = { .size = sizeof info };
      const ThrumCall call = { .size = sizeof call, .id = 1 };
      ThrumOut out;

      thrum_codec_out_init (&out);
      gpointer conn = codec->open (subject->target, &info, &out, NULL);
      g_assert_cmpint (codec->encode (conn, subject->requests->pdata[0], &call, &out, NULL), ==,
                       (gint)requests[i].said);
      g_assert_cmpint (codec->encode (conn, subject->requests->pdata[0], &call, &out, NULL), ==,
                       THRUM_ENCODE_FULL);
      g_assert_cmpmem (out.data, out.used, requests[i].bytes, strlen (requests[i].bytes));
      codec->close (conn, &out);
      thrum_codec_out_clear (&out);
    }
}

static void
test_endpoint (void)
{
  g_autoptr (ThrumCodecSubject) subject =
      codec_subject_or_fail ("http1", OPTIONS ("url=https://[::1]:8443/x", "pipeline=7"));

  g_assert_cmpstr (subject->endpoint.host, ==, "::1");
  g_assert_cmpint (subject->endpoint.port, ==, 8443);
  g_assert_true (subject->endpoint.tls);
  g_assert_cmpstr (subject->endpoint.alpn[0], ==, "http/1.1");
  g_assert_cmpint (subject->endpoint.calls_per_connection, ==, 7);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  codec_cases_add ("http1", cases, G_N_ELEMENTS (cases));
  codec_refusals_add ("http1", refusals, G_N_ELEMENTS (refusals));
  g_test_add_func ("/http1/limits", test_limits);
  g_test_add_func ("/http1/sends", test_sends);
  g_test_add_func ("/http1/endpoint", test_endpoint);
  return g_test_run ();
}
