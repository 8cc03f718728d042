/* SPDX-License-Identifier: MIT
 *
 * Addresses: taken apart, and resolved without a name server.
 */
#include "net/address.h"
#include "net/endpoint.h"

static void
test_parse (void)
{
  static const struct {
    const gchar *text, *host;
    guint16 port;
  } good[] = {
    { "localhost:80", "localhost", 80 }, { "127.0.0.1:65535", "127.0.0.1", 65535 },
    { "[::1]:8080", "::1", 8080 },       { "[fe80::1%lo]:1", "fe80::1%lo", 1 },
    { "unix:/run/a:b", "/run/a:b", 0 },
  };
  static const gchar *const bad[] = {
    "",      "host",    "host:", "host:0", "host:65536", "host:8o",       ":80",  "[::1",
    "[::1]", "[::1]80", "[]:80", "::1:80", "unix:",      "unix:relative", "a:-1", "host: 80",
  };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree gchar *host = NULL;
      guint16 port = 1;

      g_assert_true (thrum_address_parse (good[i].text, &host, &port, &error));
      g_assert_no_error (error);
      g_assert_cmpstr (host, ==, good[i].host);
      g_assert_cmpuint (port, ==, good[i].port);
    }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree gchar *host = NULL;
      guint16 port;

      g_test_message ("%s", bad[i]);
      g_assert_false (thrum_address_parse (bad[i], &host, &port, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
      g_assert_nonnull (strstr (error->message, "HOST:PORT"));
    }
}

static void
test_resolve (void)
{
  g_autoptr (GArray) v4 = thrum_endpoint_resolve ("127.0.0.1", 80, NULL);
  g_autoptr (GArray) v6 = thrum_endpoint_resolve ("::1", 80, NULL);
  g_autoptr (GArray) path = thrum_endpoint_resolve ("/run/socket", 0, NULL);
  g_autofree gchar *label = g_strnfill (80, 'x');
  g_autoptr (GArray) none = thrum_endpoint_resolve (label, 80, NULL);
  const ThrumSocketAddress *address;

  g_assert_cmpuint (v4->len, ==, 1);
  address = &g_array_index (v4, ThrumSocketAddress, 0);
  g_assert_cmpint (address->u.any.sa_family, ==, AF_INET);
  g_assert_cmpuint (address->u.v4.sin_port, ==, g_htons (80));
  g_assert_cmpuint (v6->len, ==, 1);
  address = &g_array_index (v6, ThrumSocketAddress, 0);
  g_assert_cmpint (address->u.any.sa_family, ==, AF_INET6);
  g_assert_cmpuint (address->u.v6.sin6_port, ==, g_htons (80));
  address = &g_array_index (path, ThrumSocketAddress, 0);
  g_assert_cmpstr (address->u.path.sun_path, ==, "/run/socket");
  g_assert_cmpuint (none->len, ==, 0);
}

static void
test_long_path (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *rest = g_strnfill (200, 'x');
  g_autofree gchar *path = g_strconcat ("/", rest, NULL);

  g_assert_null (thrum_endpoint_resolve (path, 0, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
}

static void
test_source (void)
{
  g_autoptr (GError) error = NULL;
  ThrumSocketAddress address;

  g_assert_true (thrum_endpoint_parse_source ("127.0.0.2", &address, &error));
  g_assert_no_error (error);
  g_assert_false (thrum_endpoint_parse_source ("localhost", &address, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/endpoint/parse", test_parse);
  g_test_add_func ("/endpoint/resolve", test_resolve);
  g_test_add_func ("/endpoint/long-path", test_long_path);
  g_test_add_func ("/endpoint/source", test_source);
  return g_test_run ();
}
