/* SPDX-License-Identifier: MIT
 *
 * The tcp codec over recorded exchanges: each way a reply can end, greetings, what a reply says,
 * and what a server must not do.
 */
#include "codec-cases.h"

#include <glib/gstdio.h>
#include <unistd.h>

static const CodecCase cases[] = {
  { "delimiter",
    OPTIONS ("send=PING\\r\\n", "delimiter=\\r\\n"),
    {},
    { { 1, "+PONG\r\n" }, { 1, "+PO\rNG\r\r\n" } },
    "reply 1: 200, 7 bytes\npayload 1: +PONG\\r\\n\n"
    "reply 2: 200, 9 bytes\npayload 2: +PO\\rNG\\r\\r\\n\n" },
  { "delimiters",
    OPTIONS ("send=x", "delimiter=--", "delimiters=3"),
    {},
    { { 1, "--a---b-c--" } },
    "reply 1: 200, 11 bytes\npayload 1: --a---b-c--\n" },
  { "delimiter/close",
    OPTIONS ("send=x"),
    {},
    { { 1, "no end", .then = THRUM_CAUSE_END } },
    "call 1: closed-early\n" },
  { "delimiter/no-reply",
    OPTIONS ("send=x"),
    {},
    { { 1, "", .then = THRUM_CAUSE_END } },
    "call 1: closed-early\n" },
  { "fixed",
    OPTIONS ("send=x", "reply=fixed", "reply-size=5"),
    {},
    { { 1, "12345" }, { 1, "abcde", .then = THRUM_CAUSE_END } },
    "reply 1: 200, 5 bytes\npayload 1: 12345\nreply 2: 200, 5 bytes\npayload 2: abcde\n" },
  { "length/big",
    OPTIONS ("send=x", "reply=length", "length-offset=1", "length-width=2"),
    {},
    { { 1, .bytes = (const guint8 *)"T\0\3abc", .n_bytes = 6 } },
    "reply 1: 200, 6 bytes\npayload 1: T\\x00\\x03abc\n" },
  { "length/little",
    OPTIONS ("send=x", "reply=length", "length-width=3", "length-format=little",
             "length-adjust=-3"),
    {},
    { { 1, .bytes = (const guint8 *)"\5\0\0ab", .n_bytes = 5 } },
    "reply 1: 200, 5 bytes\npayload 1: \\x05\\x00\\x00ab\n" },
  { "length/none-follow",
    OPTIONS ("send=x", "reply=length", "length-width=1"),
    {},
    { { 1, .bytes = (const guint8 *)"\0", .n_bytes = 1 } },
    "reply 1: 200, 1 bytes\npayload 1: \\x00\n" },
  { "length/too-small",
    OPTIONS ("send=x", "reply=length", "length-width=1", "length-adjust=-2"),
    {},
    { { 1, .bytes = (const guint8 *)"\1", .n_bytes = 1 } },
    "broken: protocol (the reply's length field is not a number, or says less than it takes "
    "itself)\n"
    "call 1: protocol\n" },
  { "length/2^64-1",
    OPTIONS ("send=x", "reply=length", "length-width=8"),
    {},
    { { 1, "\xff\xff\xff\xff\xff\xff\xff\xff" } },
    "broken: too-large (a reply of more than max-bytes)\ncall 1: too-large\n" },
  { "length/bulk",
    OPTIONS ("send=GET a\\r\\n", "reply=length", "length-offset=1", "length-format=decimal",
             "length-adjust=4"),
    {},
    { { 1, "$11\r\nhello world\r\n" } },
    "reply 1: 200, 18 bytes\npayload 1: $11\\r\\nhello world\\r\\n\n" },
  { "length/no-digits",
    OPTIONS ("send=x", "reply=length", "length-offset=1", "length-format=decimal"),
    {},
    { { 1, "$-1\r\n" } },
    "broken: protocol (the reply's length field is not a number, or says less than it takes "
    "itself)\n"
    "call 1: protocol\n" },
  { "length/endless-digits",
    OPTIONS ("send=x", "reply=length", "length-format=decimal"),
    {},
    { { 1, "00000000000000000000000000000000000000000" } },
    "broken: too-large (a reply of more than max-bytes)\ncall 1: too-large\n" },
  { "idle",
    OPTIONS ("send=x", "reply=idle", "idle=5ms"),
    {},
    { { 1, "first", .then = THRUM_CAUSE_IDLE }, { 1, "second", .then = THRUM_CAUSE_END } },
    "reply 1: 200, 5 bytes\npayload 1: first\n"
    "reply 2: 200, 6 bytes, closes\npayload 2: second\n" },
  { "idle/waits",
    OPTIONS ("send=x", "reply=idle", "idle=5ms"),
    {},
    { { 1, "some" } },
    "awaits a silence of 5000000 ns\ncall 1: open\n" },
  { "idle/nothing",
    OPTIONS ("send=x", "reply=idle"),
    {},
    { { 1, "", .then = THRUM_CAUSE_IDLE }, { 0, "", .then = THRUM_CAUSE_END } },
    "call 1: closed-early\n" },
  { "close",
    OPTIONS ("send=x", "reply=close"),
    {},
    { { 1, "all of it", .then = THRUM_CAUSE_END } },
    "reply 1: 200, 9 bytes, closes\npayload 1: all of it\n" },
  { "close/nothing",
    OPTIONS ("send=x", "reply=close"),
    {},
    { { 1, "", .then = THRUM_CAUSE_END } },
    "call 1: closed-early\n" },
  { "send-only",
    OPTIONS ("send=x", "reply=none"),
    {},
    { { 2, "an answer that nobody asked for" }, { 1, "", .then = THRUM_CAUSE_END } },
    "call 1: no reply, 1 bytes\ncall 2: no reply, 1 bytes\ncall 3: no reply, 1 bytes\n" },
  { "connect-only",
    OPTIONS ("connect-only=yes"),
    {},
    { { 1, "220 hello\r\n" } },
    "call 1: no reply, 0 bytes\n" },
  { "banner",
    OPTIONS ("send=", "delimiter=\\n"),
    {},
    { { 1, "SSH-2.0\n" } },
    "reply 1: 200, 8 bytes\npayload 1: SSH-2.0\\n\n" },

  { "greeting",
    OPTIONS ("greeting=\\r\\n", "greeting-expect=220", "hello=HELO x\\r\\n", "hello-reply=\\r\\n",
             "hello-expect=250", "send=NOOP\\r\\n", "status-offset=0"),
    {},
    { { 1, "220 mail ESMTP\r\n" },
      { 0, "250 x\r\n" },
      { 1, "250 OK\r\n" },
      { 1, "451 later\r\n" } },
    "sends: HELO x\\r\\n\nready\nreply 1: 250, 8 bytes\npayload 1: 250 OK\\r\\n\n"
    "reply 2: 451 status, 11 bytes\npayload 2: 451 later\\r\\n\n" },
  { "greeting/at-once",
    OPTIONS ("greeting=+", "hello=hi", "hello-reply=!!", "send=x"),
    {},
    { { 0, "a+b!!" }, { 1, "y\n" } },
    "sends: hi\nready\nreply 1: 200, 2 bytes\npayload 1: y\\n\n" },
  { "greeting/hello-first",
    OPTIONS ("hello=AUTH x\\r\\n", "hello-reply=\\r\\n", "send=x"),
    {},
    { { 1, "+OK\r\n" }, { 1, "y\n" } },
    "sends: AUTH x\\r\\n\nready\nreply 1: 200, 2 bytes\npayload 1: y\\n\n" },
  { "greeting/hello-only",
    OPTIONS ("hello=hi\\n", "send=x"),
    {},
    { { 1, "y\n" } },
    "sends: hi\\n\nreply 1: 200, 2 bytes\npayload 1: y\\n\n" },
  { "greeting/other",
    OPTIONS ("greeting=\\r\\n", "greeting-expect=220", "send=x"),
    {},
    { { 1, "554 no\r\n" } },
    "broken: check (the greeting does not begin with greeting-expect)\n" },
  { "greeting/shorter",
    OPTIONS ("greeting=\\n", "greeting-expect=220 long", "send=x"),
    {},
    { { 1, "220\n long" } },
    "broken: check (the greeting does not begin with greeting-expect)\n" },
  { "greeting/close",
    OPTIONS ("greeting=\\r\\n", "send=x"),
    {},
    { { 1, "220", .then = THRUM_CAUSE_END } },
    "" },

  { "status-map",
    OPTIONS ("send=x", "delimiter=\\r\\n", "status-map=+=200;-LOADING=503;-=500"),
    {},
    { { 1, "+OK\r\n" },
      { 1, "-LOADING\r\n" },
      { 1, "-ERR\r\n" },
      { 1, "?\r\n" },
      { 1, "+OK\r\n" } },
    "reply 1: 200, 5 bytes\npayload 1: +OK\\r\\n\n"
    "reply 2: 503 status, 10 bytes\npayload 2: -LOADING\\r\\n\n"
    "reply 3: 500 status, 6 bytes\npayload 3: -ERR\\r\\n\n"
    "reply 4: 0 protocol, 3 bytes\npayload 4: ?\\r\\n\n"
    "reply 5: 200, 5 bytes\npayload 5: +OK\\r\\n\n" },
  { "status-map/any",
    OPTIONS ("send=x", "status-map=\\x2d=500;=201"),
    {},
    { { 1, "-no\n" }, { 1, "\n" } },
    "reply 1: 500 status, 4 bytes\npayload 1: -no\\n\nreply 2: 201, 1 bytes\npayload 2: \\n\n" },
  { "status-offset",
    OPTIONS ("send=x", "status-offset=4", "reply=fixed", "reply-size=40"),
    {},
    { { 1, "XYZ 123456789 and more of it, up to 40.." },
      { 1, "XYZ 1234567890 too many digits, up to 40" },
      { 1, "XYZ no digit here, none, up to 40......." } },
    "reply 1: 123456789 status, 40 bytes\n"
    "payload 1: XYZ 123456789 and more of it, up to 40..\n"
    "reply 2: 0 protocol, 40 bytes\npayload 2: XYZ 1234567890 too many digits, up to 40\n"
    "reply 3: 0 protocol, 40 bytes\npayload 3: XYZ no digit here, none, up to 40.......\n" },
  { "expect",
    OPTIONS ("send=x", "expect=+PONG"),
    {},
    { { 1, "+PONG\n" }, { 1, "+PANG and more\n" }, { 1, "+\n" } },
    "reply 1: 200, 6 bytes\npayload 1: +PONG\\n\n"
    "reply 2: 200 check, 15 bytes\npayload 2: +PANG and more\\n\n"
    "reply 3: 200 check, 2 bytes\npayload 3: +\\n\n" },

  { "pipeline",
    OPTIONS ("send=x", "pipeline=3"),
    {},
    { { 3, "a\nb\nc\n" }, { 5, "d\ne\n" }, { 2, "f\ng\nh\n" } },
    "reply 1: 200, 2 bytes\npayload 1: a\\n\nreply 2: 200, 2 bytes\npayload 2: b\\n\n"
    "reply 3: 200, 2 bytes\npayload 3: c\\n\nreply 4: 200, 2 bytes\npayload 4: d\\n\n"
    "reply 5: 200, 2 bytes\npayload 5: e\\n\nreply 6: 200, 2 bytes\npayload 6: f\\n\n"
    "reply 7: 200, 2 bytes\npayload 7: g\\n\nreply 8: 200, 2 bytes\npayload 8: h\\n\n" },
  { "mixed",
    OPTIONS ("pipeline=2"),
    { OPTIONS ("send=x", "delimiter=\\r\\n"), OPTIONS ("send=y", "reply=fixed", "reply-size=3") },
    { { 2, "a\r\nabc" } },
    "reply 1: 200, 3 bytes\npayload 1: a\\r\\n\nreply 2: 200, 3 bytes\npayload 2: abc\n" },

  { "hostile/unasked",
    OPTIONS ("send=x"),
    {},
    { { 0, "hello\n" } },
    "broken: protocol (bytes that answer no request)\n" },
  { "hostile/two-replies",
    OPTIONS ("send=x"),
    {},
    { { 1, "a\nb\n" } },
    "reply 1: 200, 2 bytes\npayload 1: a\\n\nbroken: protocol (bytes that answer no request)\n" },
  { "hostile/endless",
    OPTIONS ("send=x", "max-reply=10"),
    {},
    { { 1, "0123456789abcdef" } },
    "broken: too-large (a reply of more than max-bytes)\ncall 1: too-large\n" },
};

static const CodecRefusal refusals[] = {
  { "nothing", OPTIONS ("pipeline=1"), "nothing to send" },
  { "two-sends", OPTIONS ("send=x", "send-hex=00"), "not several" },
  { "escape", OPTIONS ("send=a\\q"), "send: cannot read it at '\\q'" },
  { "escape-end", OPTIONS ("send=a\\"), "send: cannot read it at '\\'" },
  { "escape-hex", OPTIONS ("send=a\\x4"), "send: cannot read it at '\\x4'" },
  { "hex", OPTIONS ("send-hex=0"), "pairs of hexadecimal digits" },
  { "hex-letter", OPTIONS ("send-hex=0g"), "pairs of hexadecimal digits" },
  { "file", OPTIONS ("send-file=/nonexistent/file"),
    "send-file: cannot read /nonexistent/file: No such" },
  { "fixed", OPTIONS ("send=x", "reply=fixed"), "reply-size: must be given with reply = fixed" },
  { "delimiter", OPTIONS ("send=x", "delimiter="), "would never end" },
  { "idle-pipelined", OPTIONS ("send=x", "reply=idle", "pipeline=2"), "needs pipeline = 1" },
  { "map", OPTIONS ("send=x", "status-map=+200"), "expected PREFIX=STATUS" },
  { "map-zero", OPTIONS ("send=x", "status-map=+=0"), "expected PREFIX=STATUS" },
  { "map-offset", OPTIONS ("send=x", "status-map=+=1", "status-offset=0"),
    "status-map: cannot stand beside status-offset" },
  { "none-checked", OPTIONS ("send=x", "reply=none", "expect=y"),
    "expect: is of no use with reply = none" },
  { "greeting", OPTIONS ("send=x", "greeting-expect=2"), "greeting-expect: needs greeting" },
  { "hello-expect", OPTIONS ("send=x", "hello=x", "hello-expect=2"),
    "hello-expect: needs hello-reply" },
  { "hello-reply", OPTIONS ("send=x", "hello-reply=2"), "hello-reply: needs hello" },
  { "greeting-empty", OPTIONS ("send=x", "greeting="), "greeting: is empty" },
  { "connect-only", OPTIONS ("connect-only=yes", "send=x"),
    "send: is of no use with connect-only = yes" },
  { "connect-only-pipelined", OPTIONS ("connect-only=yes", "pipeline=2"),
    "pipeline: is of no use with connect-only = yes" },
  { "directory", OPTIONS ("send-file=/"), "send-file: cannot read /: it is a directory" },
  { "reply-size", OPTIONS ("send=x", "reply-size=7"),
    "reply-size: is of use with reply = fixed only" },
  { "idle", OPTIONS ("send=x", "idle=5ms"), "idle: is of use with reply = idle only" },
  { "delimiter-fixed", OPTIONS ("send=x", "reply=fixed", "reply-size=1", "delimiter=x"),
    "delimiter: is of use with reply = delimiter only" },
  { "delimiters", OPTIONS ("send=x", "reply=close", "delimiters=2"),
    "delimiters: is of use with reply = delimiter only" },
  { "length-offset", OPTIONS ("send=x", "length-offset=1"),
    "length-offset: is of use with reply = length only" },
  { "length-width", OPTIONS ("send=x", "length-width=2"),
    "length-width: is of use with reply = length only" },
  { "length-width-decimal",
    OPTIONS ("send=x", "reply=length", "length-format=decimal", "length-width=2"),
    "length-width: is of no use with length-format = decimal" },
  { "length-adjust", OPTIONS ("send=x", "length-adjust=2"),
    "length-adjust: is of use with reply = length only" },
  { "none-limited", OPTIONS ("send=x", "reply=none", "max-reply=2"),
    "max-reply: is of no use with reply = none" },
  { "none-mapped", OPTIONS ("send=x", "reply=none", "status-map=+=200"),
    "status-map: is of no use with reply = none" },
  { "max-reply", OPTIONS ("send=x", "reply=fixed", "reply-size=7", "max-reply=3"),
    "max-reply: is smaller than reply-size (7 bytes)" },
  { "max-reply-default", OPTIONS ("send=x", "reply=fixed", "reply-size=17MiB"),
    "reply-size: is larger than max-reply (16777216 bytes)" },
};

/* What a request sends, byte for byte. */
static void
sends (const gchar *const *options, const gchar *bytes, gsize n_bytes)
{
  g_autoptr (ThrumCodecSubject) subject = codec_subject_or_fail ("tcp", options);
  const ThrumConnInfo info = { .size = sizeof info };
  const ThrumCall call = { .size = sizeof call, .id = 1 };
  ThrumOut out;

  thrum_codec_out_init (&out);
  gpointer conn = subject->plugin->codec->open (subject->target, &info, &out, NULL);
  g_assert_cmpint (
      subject->plugin->codec->encode (conn, subject->requests->pdata[0], &call, &out, NULL), ==,
      THRUM_ENCODE_SENT);
  g_assert_cmpmem (out.data, out.used, bytes, n_bytes);
  subject->plugin->codec->close (conn, &out);
  thrum_codec_out_clear (&out);
}

static void
test_sends (void)
{
  g_autofree gchar *path = NULL;
  g_autofree gchar *option = NULL;
  const gint fd = g_file_open_tmp ("thrum-XXXXXX", &path, NULL);

  g_assert_cmpint (fd, >=, 0);
  g_assert_true (g_close (fd, NULL));
  g_assert_true (g_file_set_contents (path, "a\0b\n", 4, NULL));
  option = g_strdup_printf ("send-file=%s", path);

  sends (OPTIONS ("send=PING\\r\\n"), "PING\r\n", 6);
  sends (OPTIONS ("send=\\0\\t\\\\\\x7F\\xff${x}"), "\0\t\\\x7f\xff${x}", 9);
  sends (OPTIONS ("send-hex=00 ff\t7F 0a"), "\0\xff\x7f\n", 4);
  sends (OPTIONS (option), "a\0b\n", 4);
  g_assert_cmpint (unlink (path), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  codec_cases_add ("tcp", cases, G_N_ELEMENTS (cases));
  codec_refusals_add ("tcp", refusals, G_N_ELEMENTS (refusals));
  g_test_add_func ("/tcp/sends", test_sends);
  return g_test_run ();
}
