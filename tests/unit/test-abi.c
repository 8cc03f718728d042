/* SPDX-License-Identifier: MIT
 *
 * The layout of <thrum/plugin.h> 1.2, as plugins have it compiled in. A line here changes only with
 * the major version; a minor version adds fields behind these.
 */
#include <glib.h>

#include "thrum/plugin.h"

#define AT(type, field, offset)                                                                    \
  G_STATIC_ASSERT (sizeof (void *) != 8 || offsetof (type, field) == (offset))
#define AT_LEAST(type, bytes) G_STATIC_ASSERT (sizeof (void *) != 8 || sizeof (type) >= (bytes))

AT_LEAST (ThrumOption, 56);
AT (ThrumOption, key, 0);
AT (ThrumOption, help, 48);
AT (ThrumOption, only_with, 56); /* 1.1 */

AT_LEAST (ThrumValue, 40);
AT (ThrumValue, is_set, 0);
AT (ThrumValue, list, 32);

AT_LEAST (ThrumValues, 24);
AT (ThrumValues, values, 16);

AT_LEAST (ThrumHost, 24);
AT (ThrumHost, now, 8);
AT (ThrumHost, set_error, 16);

AT_LEAST (ThrumUser, 24);
AT (ThrumUser, worker, 4);
AT (ThrumUser, number, 8);
AT (ThrumUser, seed, 16);

AT_LEAST (ThrumCall, 32);
AT (ThrumCall, wants_payload, 4);
AT (ThrumCall, id, 8);
AT (ThrumCall, deadline_ns, 16);
AT (ThrumCall, values, 24);

AT_LEAST (ThrumReply, 96);
AT (ThrumReply, status, 4);
AT (ThrumReply, failure, 8);
AT (ThrumReply, received_bytes, 24);
AT (ThrumReply, resolved_ns, 40);
AT (ThrumReply, done_ns, 72);
AT (ThrumReply, payload, 80);
AT (ThrumReply, payload_bytes, 88);
AT (ThrumReply, handshakes, 96); /* 1.2 */
AT (ThrumReply, resumed_handshakes, 100);
AT (ThrumReply, reason, 104);

AT_LEAST (ThrumSessionOps, 32);
AT (ThrumSessionOps, open, 0);
AT (ThrumSessionOps, run, 8);
AT (ThrumSessionOps, cancel, 16);
AT (ThrumSessionOps, close, 24);

AT_LEAST (ThrumOut, 40);
AT (ThrumOut, data, 8);
AT (ThrumOut, used, 16);
AT (ThrumOut, capacity, 24);
AT (ThrumOut, reserve, 32);
AT (ThrumOut, idle_ns, 40); /* 1.2 */
AT (ThrumOut, lend, 48);    /* 1.2 */

AT_LEAST (ThrumEndpoint, 40);
AT (ThrumEndpoint, host, 8);
AT (ThrumEndpoint, port, 16);
AT (ThrumEndpoint, tls, 18);
AT (ThrumEndpoint, alpn, 24);
AT (ThrumEndpoint, calls_per_connection, 32);
AT (ThrumEndpoint, close_after_each, 36);
AT (ThrumEndpoint, awaits_ready, 37);

AT_LEAST (ThrumConnInfo, 32);
AT (ThrumConnInfo, alpn, 8);
AT (ThrumConnInfo, tls, 16);
AT (ThrumConnInfo, worker, 20);
AT (ThrumConnInfo, number, 24);

AT_LEAST (ThrumEvent, 56);
AT (ThrumEvent, type, 4);
AT (ThrumEvent, id, 8);
AT (ThrumEvent, status, 16);
AT (ThrumEvent, failure, 20);
AT (ThrumEvent, limit, 24);
AT (ThrumEvent, close, 28);
AT (ThrumEvent, data, 32);
AT (ThrumEvent, data_bytes, 40);
AT (ThrumEvent, idle_ns, 48);
AT (ThrumEvent, reason, 56); /* 1.2 */

AT_LEAST (ThrumCodecOps, 40);
AT (ThrumCodecOps, open, 0);
AT (ThrumCodecOps, encode, 8);
AT (ThrumCodecOps, decode, 16);
AT (ThrumCodecOps, cancel, 24);
AT (ThrumCodecOps, close, 32);

AT_LEAST (ThrumPlugin, 144);
AT (ThrumPlugin, abi_major, 4);
AT (ThrumPlugin, needs_minor, 8);
AT (ThrumPlugin, size, 12);
AT (ThrumPlugin, option_size, 16);
AT (ThrumPlugin, session_size, 20);
AT (ThrumPlugin, codec_size, 24);
AT (ThrumPlugin, name, 32);
AT (ThrumPlugin, version, 40);
AT (ThrumPlugin, summary, 48);
AT (ThrumPlugin, schemes, 56);
AT (ThrumPlugin, target_options, 64);
AT (ThrumPlugin, n_target_options, 72);
AT (ThrumPlugin, request_options, 80);
AT (ThrumPlugin, n_request_options, 88);
AT (ThrumPlugin, descriptors_per_session, 92);
AT (ThrumPlugin, target_new, 96);
AT (ThrumPlugin, target_free, 104);
AT (ThrumPlugin, request_new, 112);
AT (ThrumPlugin, request_free, 120);
AT (ThrumPlugin, session, 128);
AT (ThrumPlugin, codec, 136);
AT (ThrumPlugin, awaits_reply, 144); /* 1.1 */

/* Tokens and numbers of failures stand in results and in plugins. */
static void
test_failures (void)
{
  g_assert_cmpint (THRUM_FAILURE_NONE, ==, 0);
  g_assert_cmpint (THRUM_FAILURE_STATUS, ==, 11);
  g_assert_cmpint (THRUM_FAILURE_OTHER, ==, 17);
  g_assert_cmpint (THRUM_N_FAILURES, >=, 18);
}

static void
test_version (void)
{
  g_assert_cmpint (THRUM_ABI_MAJOR, ==, 1);
  g_assert_cmphex (THRUM_PLUGIN_MAGIC, ==, 0x6d726874);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/abi/failures", test_failures);
  g_test_add_func ("/abi/version", test_version);
  return g_test_run ();
}
