/* SPDX-License-Identifier: MIT
 *
 * The null session plugin, and with it the driver: what it answers, its delay, cancel ().
 */
#include "driver.h"

static void
test_at_once (void)
{
  g_autoptr (Driver) driver = driver_new ("null", "");
  DriverSession *session = driver_session_new (driver, 0);
  DriverRequest *request = driver_request_new (driver, "status = 204\nbytes = 2KiB");
  ThrumReply reply = driver_run (session, request, FALSE, NULL);

  driver_assert_failure (&reply, "");
  g_assert_cmpint (reply.status, ==, 204);
  g_assert_cmpuint (reply.received_bytes, ==, 2048);
  g_assert_null (reply.payload);
  reply = driver_run (session, request, TRUE, NULL);
  g_assert_cmpuint (reply.payload_bytes, ==, 2048);
  g_assert_cmpmem (reply.payload, 3, "xxx", 3);
}

static void
test_fail_every (void)
{
  g_autoptr (Driver) driver = driver_new ("null", "");
  DriverSession *session = driver_session_new (driver, 0);
  DriverRequest *resets = driver_request_new (driver, "fail-every = 3\nfail-as = reset");
  DriverRequest *refuses =
      driver_request_new (driver, "status = 503\nfail-every = 1\nfail-as = status");
  ThrumReply reply;

  for (guint i = 1; i <= 9; i++)
    {
      reply = driver_run (session, resets, FALSE, NULL);
      driver_assert_failure (&reply, i % 3 == 0 ? "reset" : "");
      g_assert_cmpint (reply.status, ==, i % 3 == 0 ? 0 : 200);
    }
  reply = driver_run (session, refuses, FALSE, NULL);
  driver_assert_failure (&reply, "status");
  g_assert_cmpint (reply.status, ==, 503);
}

static void
test_delay (void)
{
  g_autoptr (Driver) driver = driver_new ("null", "");
  DriverSession *session = driver_session_new (driver, 0);
  DriverRequest *request = driver_request_new (driver, "delay = 20ms");
  const gint64 start = thrum_plugin_host ()->now ();
  const ThrumReply reply = driver_run (session, request, FALSE, NULL);

  driver_assert_failure (&reply, "");
  g_assert_cmpint (reply.first_byte_ns - start, >=, 20 * 1000 * 1000);
}

static void
test_cancel (void)
{
  g_autoptr (Driver) driver = driver_new ("null", "");
  DriverSession *session = driver_session_new (driver, 0);
  DriverRequest *slow = driver_request_new (driver, "delay = 1h");
  DriverRequest *fast = driver_request_new (driver, "delay = 1ms");
  ThrumReply reply;

  for (guint i = 0; i < 3; i++)
    {
      reply = driver_run_cancelled (session, slow, 5);
      driver_assert_failure (&reply, "cancelled");
      driver->plugin->session->cancel (session->session); /* too early: forgotten */
      reply = driver_run (session, fast, FALSE, NULL);
      driver_assert_failure (&reply, "");
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/null/at-once", test_at_once);
  g_test_add_func ("/null/fail-every", test_fail_every);
  g_test_add_func ("/null/delay", test_delay);
  g_test_add_func ("/null/cancel", test_cancel);
  return g_test_run ();
}
