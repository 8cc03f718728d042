/* SPDX-License-Identifier: MIT
 *
 * The null codec over recorded exchanges.
 */
#include "codec-cases.h"

static const CodecCase cases[] = {
  { "echo",
    OPTIONS ("reply-size=3"),
    {},
    { { 1, "abc" }, { 1, "defg" } },
    "reply 1: 200, 3 bytes\npayload 1: abc\nreply 2: 200, 3 bytes\npayload 2: def\nbroken: "
    "protocol\n" },
  { "pipeline",
    OPTIONS ("pipeline=2", "status=204"),
    {},
    { { 2, "ab" } },
    "reply 1: 204, 1 bytes\npayload 1: a\nreply 2: 204, 1 bytes\npayload 2: b\n" },
  { "short",
    OPTIONS ("reply-size=3"),
    {},
    { { 1, "ab", .then = THRUM_CAUSE_END } },
    "call 1: closed-early\n" },
  { "no-reply",
    OPTIONS ("reply-size=0", "send-size=0"),
    {},
    { { 2, "x" } },
    "call 1: no reply, 0 bytes\ncall 2: no reply, 0 bytes\n" },
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  codec_cases_add ("null_codec", cases, G_N_ELEMENTS (cases));
  return g_test_run ();
}
