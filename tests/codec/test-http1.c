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
    "broken: too-large (chunk after 0 bytes of body, byte 16: a chunk beyond 2^63 - 1 bytes)\ncall "
    "1: too-large\n" },
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
    "broken: too-large (a body beyond 2^63 - 1 bytes)\ncall 1: too-large\n" },
  { "chunked/2^64",
    OPTIONS (URL),
    {},
    { { 1, OK "Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n" } },
    "broken: too-large (chunk after 0 bytes of body, byte 17: a chunk beyond 2^63 - 1 bytes)\ncall "
    "1: too-large\n" },
  { "chunked/no-size",
    OPTIONS (URL),
    {},
    { { 1, OK "Transfer-Encoding: chunked\r\n\r\n\r\n" } },
    "broken: protocol (chunk after 0 bytes of body, byte 1: no hexadecimal digit)\ncall 1: "
    "protocol\n" },
  { "chunked/negative",
    OPTIONS (URL),
    {},
    { { 1, OK "Transfer-Encoding: chunked\r\n\r\n-1\r\n" } },
    "broken: protocol (chunk after 0 bytes of body, byte 1: no hexadecimal digit (0x2d))\ncall 1: "
    "protocol\n" },
  { "chunked/0x",
    OPTIONS (URL),
    {},
    { { 1, OK "Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n" } },
    "broken: protocol (chunk after 0 bytes of body, byte 2: no ';' after the chunk's size "
    "(0x78))\ncall 1: protocol\n" },
  { "chunked/longer-than-said",
    OPTIONS (URL),
    {},
    { { 1, OK "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n" } },
    "broken: protocol (chunk after 1 bytes of body, byte 1: no end of line: the chunk is longer "
    "than its size (0x62))\ncall 1: protocol\n" },
  { "chunked/bare-lf",
    OPTIONS (URL),
    {},
    { { 1, OK "Transfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n" } },
    "broken: protocol (chunk after 0 bytes of body, byte 2: LF without CR)\ncall 1: protocol\n" },
  { "chunked/twice",
    OPTIONS (URL),
    {},
    { { 1, OK "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" } },
    "broken: protocol (header line 2, byte 20: a transfer coding after chunked)\ncall 1: "
    "protocol\n" },
  { "chunked/and-length",
    OPTIONS (URL),
    {},
    { { 1, OK "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" } },
    "broken: protocol (header: both Transfer-Encoding and Content-Length: one of them lies)\ncall "
    "1: protocol\n" },
  { "chunked/bad-trailer",
    OPTIONS (URL),
    {},
    { { 1, OK "Transfer-Encoding: chunked\r\n\r\n0\r\nno colon\r\n\r\n" } },
    "broken: protocol (trailer line 1, byte 3: no colon after the field's name (0x20))\ncall 1: "
    "protocol\n" },

  { "chunked/identity",
    OPTIONS (URL),
    {},
    { { 1, OK "Transfer-Encoding: identity, chunked\r\n\r\n1\r\na\r\n0\r\n\r\n" } },
    "reply 1: 200, 1 bytes\npayload 1: a\n" },
  { "chunked/identity-after",
    OPTIONS (URL),
    {},
    { { 1, OK "Transfer-Encoding: chunked, identity\r\n\r\n1\r\na\r\n0\r\n\r\n" } },
    "broken: protocol (header line 1, byte 29: a transfer coding after chunked)\ncall 1: "
    "protocol\n" },
  { "content-length/identity",
    OPTIONS (URL),
    {},
    { { 1, OK "Transfer-Encoding: Identity\r\nContent-Length: 2\r\n\r\nab" } },
    "reply 1: 200, 2 bytes\npayload 1: ab\n" },
  { "content-length/two-different",
    OPTIONS (URL),
    {},
    { { 1, OK "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab" } },
    "broken: protocol (header line 2, byte 17: two different Content-Lengths)\ncall 1: "
    "protocol\n" },
  { "content-length/different-list",
    OPTIONS (URL),
    {},
    { { 1, OK "Content-Length: 1, 1 ,01, 2\r\n\r\nab" } },
    "broken: protocol (header line 1, byte 27: two different Content-Lengths)\ncall 1: "
    "protocol\n" },
  { "content-length/list-with-nothing",
    OPTIONS (URL),
    {},
    { { 1, OK "Content-Length: 1,\r\n\r\na" } },
    "broken: protocol (header line 1, byte 19: a Content-Length without a number)\n"
    "call 1: protocol\n" },
  { "to-close/identity",
    OPTIONS (URL),
    {},
    { { 1, OK "Transfer-Encoding: identity\r\n\r\nabc", .then = THRUM_CAUSE_END } },
    "reply 1: 200, 3 bytes, closes\npayload 1: abc\n" },

  /* A line that begins with a blank belongs to the one before, whose ends count as blanks. */
  { "folded/length",
    OPTIONS (URL),
    {},
    { { 1, OK "Content-Length:\r\n \t 5\r\n \r\nA: b\r\n\r\nhello" }, { 1, OK_EMPTY } },
    "reply 1: 200, 5 bytes\npayload 1: hello\nreply 2: 200, 0 bytes\npayload 2: \n" },
  { "folded/chunked",
    OPTIONS (URL),
    {},
    { { 1, OK "Transfer-Encoding: gzip,\r\n\tchunked\n \r\nX: y\r\n\r\n1\r\na\r\n0\r\n"
              "A: b\r\n c\r\n\r\n" },
      { 1, OK_EMPTY } },
    "reply 1: 200, 1 bytes\npayload 1: a\nreply 2: 200, 0 bytes\npayload 2: \n" },
  { "folded/close",
    OPTIONS (URL),
    {},
    { { 1, OK "Content-Length: 0\r\nConnection: x,\r\n close\r\n\r\n" } },
    "reply 1: 200, 0 bytes, closes\npayload 1: \n" },
  { "folded/within-a-number",
    OPTIONS (URL),
    {},
    { { 1, OK "Content-Length: 1\r\n 2\r\n\r\n" } },
    "broken: protocol (header line 1, byte 18: a Content-Length that is not a number (0x0d))\n"
    "call 1: protocol\n" },
  { "folded/name",
    OPTIONS (URL),
    {},
    { { 1, OK "A\r\n : b\r\n\r\n" } },
    "broken: protocol (header line 1, byte 2: no colon after the field's name (0x0d))\n"
    "call 1: protocol\n" },
  { "folded/nothing-before",
    OPTIONS (URL),
    {},
    { { 1, OK " A: b\r\nContent-Length: 0\r\n\r\n" } },
    "broken: protocol (header line 1, byte 1: a blank before the first field (0x20))\n"
    "call 1: protocol\n" },
  { "folded/lines-are-counted",
    OPTIONS (URL),
    {},
    { { 1, OK "A: b\r\n c\r\n d\r\nE f\r\n\r\n" } },
    "broken: protocol (header line 4, byte 2: no colon after the field's name (0x20))\n"
    "call 1: protocol\n" },
  { "limits/line",
    OPTIONS (URL, "max-header-line=256"),
    {},
    { { 1, OK "A: " TEN (TEN ("abc")) "\r\n\r\n" } },
    "broken: too-large (header line 1: more than max-header-line = 256)\ncall 1: too-large\n" },
  { "limits/lines",
    OPTIONS (URL, "max-header-lines=3"),
    {},
    { { 1, OK "Content-Length: 0\r\nA: b\r\n\r\n" },
      { 1, OK "Content-Length: 0\r\nA: b\r\nC: d\r\n\r\n" } },
    "reply 1: 200, 0 bytes\npayload 1: \n"
    "broken: too-large (header line 3: more than max-header-lines = 3)\ncall 2: too-large\n" },

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
  { "close/1.0-keep-alive-chunked",
    OPTIONS (URL),
    {},
    { { 1,
        "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n"
        "0\r\n\r\n" } },
    "reply 1: 200, 1 bytes, closes\npayload 1: a\n" },
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
    "broken: protocol (status 101: another protocol, which nobody asked for)\ncall 1: protocol\n" },

  { "expect/continue",
    OPTIONS (URL, "headers=expect: 100-Continue", "body=hello"),
    {},
    { { 1, "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" OK_EMPTY },
      { 1, "HTTP/1.1 100 Continue\r\n\r\n" OK_EMPTY } },
    "sends: hello\nreply 1: 200, 0 bytes\npayload 1: \n"
    "sends: hello\nreply 2: 200, 0 bytes\npayload 2: \n" },
  { "expect/ignored",
    OPTIONS (URL, "headers=Expect: 100-continue", "body=hello"),
    {},
    { { 1, "", .then = THRUM_CAUSE_IDLE }, { 0, OK_EMPTY } },
    "sends: hello\nreply 1: 200, 0 bytes\npayload 1: \n" },
  { "expect/awaited",
    OPTIONS (URL, "headers=Expect: 100-continue", "body=hello"),
    {},
    { { 1, "HTTP/1.1 103 Early Hints\r\n\r\n" } },
    "awaits a silence of 1000000000 ns\ncall 1: open\n" },
  { "expect/refused",
    OPTIONS (URL, "headers=Expect: 100-continue", "body=hello"),
    {},
    { { 1, "HTTP/1.1 417 No\r\nContent-Length: 1\r\n\r\na" } },
    "reply 1: 417 status, 1 bytes, closes\npayload 1: a\n" },
  { "expect/refused-slowly",
    OPTIONS (URL, "headers=Expect: 100-continue", "body=hello"),
    {},
    { { 1, "HTTP/1.1 417 No\r\nContent-Length: 1\r\n\r\n", .then = THRUM_CAUSE_IDLE }, { 0, "a" } },
    "reply 1: 417 status, 1 bytes, closes\npayload 1: a\n" },
  { "expect/pipelined",
    OPTIONS (URL, "headers=Expect: 100-continue", "body=hello", "pipeline=3"),
    {},
    { { 3, "", .then = THRUM_CAUSE_IDLE }, { 3, OK_EMPTY }, { 0, OK_EMPTY } },
    "sends: hello\nreply 1: 200, 0 bytes\npayload 1: \nbroken: protocol (bytes that answer no "
    "request)\n" },
  { "expect/nothing-to-send",
    OPTIONS (URL, "headers=Expect: 100-continue"),
    {},
    { { 1, OK_EMPTY } },
    "reply 1: 200, 0 bytes\npayload 1: \n" },

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

  { "hostile/unasked",
    OPTIONS (URL),
    {},
    { { 0, OK_EMPTY } },
    "broken: protocol (bytes that answer no request)\n" },
  { "hostile/two-replies",
    OPTIONS (URL),
    {},
    { { 1, OK_EMPTY OK_EMPTY } },
    "reply 1: 200, 0 bytes\npayload 1: \nbroken: protocol (bytes that answer no request)\n" },
  { "hostile/ssh",
    OPTIONS (URL),
    {},
    { { 1, "SSH-2.0-OpenSSH_9.2\r\n" } },
    "broken: protocol (status line, byte 1: not HTTP/1 (0x53))\ncall 1: protocol\n" },
  { "hostile/tls",
    OPTIONS (URL),
    {},
    { { 1, .bytes = (const guint8 *)"\x15\3\3\0\2\2\x46", .n_bytes = 7 } },
    "broken: protocol (status line, byte 1: an alert of TLS, not HTTP/1 (0x15))\ncall 1: "
    "protocol\n" },
  { "hostile/http2",
    OPTIONS (URL),
    {},
    { { 1, "HTTP/2 200\r\n\r\n" } },
    "broken: protocol (status line, byte 6: HTTP/2, not HTTP/1 (0x32))\ncall 1: protocol\n" },
  { "folded",
    OPTIONS (URL),
    {},
    { { 1, OK "A: b\r\n c\r\nContent-Length: 0\r\n\r\n" } },
    "reply 1: 200, 0 bytes\npayload 1: \n" },
  { "hostile/no-colon",
    OPTIONS (URL),
    {},
    { { 1, OK "A b\r\n\r\n" } },
    "broken: protocol (header line 1, byte 2: no colon after the field's name (0x20))\ncall 1: "
    "protocol\n" },
  { "hostile/blank-before-colon",
    OPTIONS (URL),
    {},
    { { 1, OK "Content-Length : 0\r\n\r\n" } },
    "broken: protocol (header line 1, byte 15: no colon after the field's name (0x20))\ncall 1: "
    "protocol\n" },
  { "hostile/no-name",
    OPTIONS (URL),
    {},
    { { 1, OK ": 0\r\n\r\n" } },
    "broken: protocol (header line 1, byte 1: no field name (0x3a))\ncall 1: protocol\n" },
  { "hostile/nul",
    OPTIONS (URL),
    {},
    { { 1, .bytes = (const guint8 *)OK "A: \0\r\n\r\n", .n_bytes = sizeof OK - 1 + 8 } },
    "broken: protocol (header line 1, byte 4: a control character (0x00))\ncall 1: protocol\n" },
  { "hostile/del",
    OPTIONS (URL),
    {},
    { { 1, OK "A: \x7f\r\n\r\n" } },
    "broken: protocol (header line 1, byte 4: a control character (0x7f))\ncall 1: protocol\n" },
  { "hostile/bare-cr",
    OPTIONS (URL),
    {},
    { { 1, OK "A: b\rC: d\r\n\r\n" } },
    "broken: protocol (header line 1, byte 5: CR without LF)\ncall 1: protocol\n" },
  { "content-length/twice",
    OPTIONS (URL),
    {},
    { { 1, OK "Content-Length: 1\r\nContent-Length: 1\r\n\r\na" } },
    "reply 1: 200, 1 bytes\npayload 1: a\n" },
  { "content-length/list",
    OPTIONS (URL),
    {},
    { { 1, OK "Content-Length: 1, 1\r\n\r\na" } },
    "reply 1: 200, 1 bytes\npayload 1: a\n" },
  { "hostile/length-negative",
    OPTIONS (URL),
    {},
    { { 1, OK "Content-Length: -1\r\n\r\n" } },
    "broken: protocol (header line 1, byte 17: a Content-Length that is not a number (0x2d))\ncall "
    "1: protocol\n" },
  { "hostile/length-none",
    OPTIONS (URL),
    {},
    { { 1, OK "Content-Length:\r\n\r\n" } },
    "broken: protocol (header line 1, byte 16: a Content-Length without a number)\ncall 1: "
    "protocol\n" },
  { "hostile/length-2^63",
    OPTIONS (URL),
    {},
    { { 1, OK "Content-Length: 9223372036854775808\r\n\r\n" } },
    "broken: too-large (header line 1, byte 35: a Content-Length beyond 2^63 - 1)\ncall 1: "
    "too-large\n" },
  { "hostile/length-2^63-1",
    OPTIONS (URL),
    {},
    { { 1, OK "Content-Length: 9223372036854775807\r\n\r\nabc" } },
    "call 1: open\n" },
  { "hostile/status-2-digits",
    OPTIONS (URL),
    {},
    { { 1, "HTTP/1.1 20 OK\r\n\r\n" } },
    "broken: protocol (status line, byte 12: not HTTP/1.1 or HTTP/1.0, a blank and three digits "
    "(0x20))\ncall 1: protocol\n" },
  { "hostile/status-4-digits",
    OPTIONS (URL),
    {},
    { { 1, "HTTP/1.1 2000 OK\r\n\r\n" } },
    "broken: protocol (status line, byte 13: not HTTP/1.1 or HTTP/1.0, a blank and three digits "
    "(0x30))\ncall 1: protocol\n" },
  { "hostile/status-099",
    OPTIONS (URL),
    {},
    { { 1, "HTTP/1.1 099 OK\r\n\r\n" } },
    "broken: protocol (status line, byte 10: a status below 100)\ncall 1: protocol\n" },
  { "hostile/empty-line-first",
    OPTIONS (URL),
    {},
    { { 1, "\r\n" OK_EMPTY } },
    "broken: protocol (status line, byte 1: an empty line before it (0x0d))\ncall 1: protocol\n" },
};

static const CodecRefusal refusals[] = {
  { "no-url", OPTIONS ("pipeline=1"), "url is required" },
  { "ftp", OPTIONS ("url=ftp://127.0.0.1/"), "url: cannot use 'ftp:" },
  { "zone", OPTIONS ("url=http://[fe80::1%]/"), "no name of an interface" },
  { "zone-slash", OPTIONS ("url=http://[fe80::1%25a%2fb]/"), "no name of an interface" },
  { "zone-of-v4", OPTIONS ("url=http://127.0.0.1%25lo/"), "that no host name has" },
  { "not-utf-8",
    OPTIONS ("url=http://b\xfc"
             "cher/"),
    "that no host name has" },
  { "not-a-letter",
    OPTIONS ("url=http://a\xe2\x80\xae"
             "b/"),
    "that no host name has" },
  { "name-with-slash-alike",
    OPTIONS ("url=http://a\xe2\x84\x80"
             "b/"),
    "that no host name has" },
  { "path", OPTIONS (URL, "path=a b"), "path: 'a b' does not begin" },
  { "method", OPTIONS (URL, "method=CONNECT"), "method: 'CONNECT' is no method" },
  { "max-header-line", OPTIONS (URL, "max-header-line=2MB"), "max-header-line" },
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
    { "endless fields", "A: b\r\n", 1000, "A: b\r\n\r\n",
      "broken: too-large (header line 1000: more than max-header-lines = 1000)\n" },
    { "as many fields as may be", "A: b\r\n", 998, "Content-Length: 0\r\n\r\n", "reply 1: 200" },
    { "500 cookies", "Set-Cookie: name=value; Path=/; Secure; HttpOnly\r\n", 500,
      "Content-Length: 0\r\n\r\n", "reply 1: 200" },
    { "a long line", "A: b\r\nB:" TEN (TEN (TEN ("x"))) TEN (TEN (TEN ("x"))), 1,
      TEN (TEN (TEN (TEN ("y")))) TEN (TEN (TEN (TEN ("z")))) TEN (TEN (TEN (TEN ("z"))))
          TEN (TEN (TEN (TEN ("z")))) "\r\nContent-Length: 0\r\n\r\n",
      "reply 1: 200" },
    { "endless line", TEN (TEN (TEN ("A"))), 66, "",
      "broken: too-large (header line 1: more than max-header-line = 65536)\n" },
    { "endless folds", " x\r\n", 20000, "",
      "broken: too-large (header line 1: more than max-header-line = 65536)\n", OK "A: b\r\n" },
    { "many folds", " x\r\n", 997, "Content-Length: 0\r\n\r\n", "reply 1: 200", OK "A: b\r\n" },
    { "too many folds", " x\r\n", 999, "Content-Length: 0\r\n\r\n",
      "broken: too-large (header line 1: more than max-header-lines = 1000)\n", OK "A: b\r\n" },
    { "endless interim", "HTTP/1.1 100 Continue\r\nA: b\r\n\r\n", 600, "",
      "broken: too-large (status line: more than max-header-lines = 1000)\n", "" },
    { "endless trailers", "Transfer-Encoding: chunked\r\n\r\n0\r\n", 1,
      TEN (TEN (TEN ("A: b\r\n"))),
      "broken: too-large (trailer line 999: more than max-header-lines = 1000)\n" },
    { "endless extension", "Transfer-Encoding: chunked\r\n\r\n0;", 1,
      TEN (TEN (TEN (TEN ("extension")))),
      "broken: too-large (chunk after 0 bytes of body: more than max-header-line = 65536)\n" },
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
    { OPTIONS ("url=http://127.0.0.1/", "user-agent=", "body=k=v", "headers=Expect: 100-continue"),
      THRUM_ENCODE_SENT,
      "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n" },
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

/* Whom a URL has us connect to, and what the server is told of that. */
static void
test_urls (void)
{
  static const struct {
    const gchar *url, *host, *authority;
    guint16 port;
  } urls[] = {
    { "http://h/", "h", "h", 80 },
    { "http://h:/", "h", "h", 80 },
    { "https://h:", "h", "h", 443 },
    { "http://h:?q", "h", "h", 80 },
    { "http://[::1]:/", "::1", "[::1]", 80 },
    { "http://[fe80::1%25eth0]/", "fe80::1%eth0", "[fe80::1]", 80 },
    { "http://[fe80::1%25eth0]:81/", "fe80::1%eth0", "[fe80::1]:81", 81 },
    { "http://[fe80::1%2]/", "fe80::1%2", "[fe80::1]", 80 },
    { "http://[fe80::1%25]/", "fe80::1%25", "[fe80::1]", 80 },
    { "http://b\xc3\xbc"
      "cher.example:8080/",
      "xn--bcher-kva.example", "xn--bcher-kva.example:8080", 8080 },
    { "http://\xe4\xbe\x8b\xe3\x81\x88.test/", "xn--r8jz45g.test", "xn--r8jz45g.test", 80 },
    { "http://xn--bcher-kva.example/", "xn--bcher-kva.example", "xn--bcher-kva.example", 80 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (urls); i++)
    {
      g_autofree gchar *option = g_strconcat ("url=", urls[i].url, NULL);
      g_autoptr (ThrumCodecSubject) subject = codec_subject_or_fail ("http1", OPTIONS (option));
      const ThrumCodecOps *codec = subject->plugin->codec;
      const ThrumConnInfo info = { .size = sizeof info };
      const ThrumCall call = { .size = sizeof call, .id = 1 };
      g_autofree gchar *field = g_strconcat ("\r\nHost: ", urls[i].authority, "\r\n", NULL);
      ThrumOut out;

      g_assert_cmpstr (subject->endpoint.host, ==, urls[i].host);
      g_assert_cmpuint (subject->endpoint.port, ==, urls[i].port);
      thrum_codec_out_init (&out);
      gpointer conn = codec->open (subject->target, &info, &out, NULL);
      codec->encode (conn, subject->requests->pdata[0], &call, &out, NULL);
      g_assert_nonnull (memmem (out.data, out.used, field, strlen (field)));
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
  g_test_add_func ("/http1/urls", test_urls);
  g_test_add_func ("/http1/endpoint", test_endpoint);
  return g_test_run ();
}
