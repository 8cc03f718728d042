/* SPDX-License-Identifier: MIT
 *
 * Checks the transport keys of a codec's target as far as that is possible without a network:
 * addresses are addresses, source addresses are this machine's, and the files hold what they
 * should. A worker that failed over one of these at its start could not name the line. Main
 * thread.
 */
#include <errno.h>
#include <unistd.h>

#include "config/check.h"
#include "net/address.h"
#include "net/endpoint.h"
#include "net/tls-files.h"
#include "net/transport.h"

/* Where the key was given; told of there. */
static const ThrumPlace *
place_of (const ThrumSubject *target, guint key)
{
  return target->transport.given[key] != NULL ? &target->transport.given[key]->place
                                              : &target->section->place;
}

#define TELL(check, target, option, ...)                                                           \
  thrum_problems_add ((check)->reading.problems, *place_of (target, option),                       \
                      (target)->section->name, thrum_plugin_transport_options ()[option].key,      \
                      __VA_ARGS__)

static const ThrumValue *
value_of (const ThrumSubject *target, ThrumTransportOption option)
{
  return thrum_value (&target->transport.values, option);
}

/* Where to connect: a host's name or address, or a path. NULL: told, or told already.
 * (transfer full) */
static gchar *
check_address (ThrumCheck *check, const ThrumSubject *target, const ThrumEndpoint *endpoint)
{
  const gchar *text = value_of (target, THRUM_TRANSPORT_ADDRESS)->string;
  g_autofree gchar *host = g_strdup (endpoint->host);
  g_autoptr (GError) error = NULL;
  guint16 port = endpoint->port;

  if (text != NULL)
    g_clear_pointer (&host, g_free);
  if (text == NULL && host == NULL)
    TELL (check, target, THRUM_TRANSPORT_ADDRESS,
          "must be given: where to connect, like 127.0.0.1:8080");
  else if (text != NULL && !thrum_address_parse (text, &host, &port, &error))
    TELL (check, target, THRUM_TRANSPORT_ADDRESS, "%s%s", error->message,
          thrum_fields_comment_hint (text));
  else if (host[0] == '/')
    {
      g_autoptr (GArray) addresses = thrum_endpoint_resolve (host, port, &error);
      if (addresses == NULL)
        TELL (check, target, THRUM_TRANSPORT_ADDRESS, "%s", error->message);
    }
  return g_steal_pointer (&host);
}

/* The family of @host, if it is an address; G_SOCKET_FAMILY_INVALID: a name, which may have both. */
static GSocketFamily
family_of (const gchar *host)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);

  return address != NULL ? g_inet_address_get_family (address) : G_SOCKET_FAMILY_INVALID;
}

static void
check_source (ThrumCheck *check, const ThrumSubject *target, const gchar *text, const gchar *host)
{
  const GSocketFamily family = host != NULL ? family_of (host) : G_SOCKET_FAMILY_INVALID;
  g_autoptr (GError) error = NULL;
  ThrumSocketAddress address;

  if (!g_hostname_is_ip_address (text))
    TELL (check, target, THRUM_TRANSPORT_SOURCE_ADDRESSES, "'%s' is not an IP address", text);
  else if (family != G_SOCKET_FAMILY_INVALID && family_of (text) != family)
    TELL (check, target, THRUM_TRANSPORT_SOURCE_ADDRESSES,
          "'%s' cannot reach '%s': one is an IPv4 address, the other an IPv6 one", text, host);
  else if (!thrum_endpoint_parse_source (text, &address, &error))
    TELL (check, target, THRUM_TRANSPORT_SOURCE_ADDRESSES, "%s; give addresses of this machine",
          error->message);
}

static void
check_sources (ThrumCheck *check, const ThrumSubject *target, const gchar *host)
{
  const gchar *const *sources = value_of (target, THRUM_TRANSPORT_SOURCE_ADDRESSES)->list;

  if (sources[0] != NULL && host != NULL && host[0] == '/')
    TELL (check, target, THRUM_TRANSPORT_SOURCE_ADDRESSES, "is of no use with a Unix socket");
  else
    for (guint i = 0; sources[i] != NULL; i++)
      check_source (check, target, sources[i], host);
}

/* Whether the files can be read at all. */
static gboolean
check_paths (ThrumCheck *check, const ThrumSubject *target)
{
  static const guint files[] = { THRUM_TRANSPORT_CA_FILE, THRUM_TRANSPORT_CERTIFICATE,
                                 THRUM_TRANSPORT_KEY };
  gboolean is_good = TRUE;

  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    {
      const gchar *path = value_of (target, files[i])->string;
      if (path == NULL || access (path, R_OK) == 0)
        continue;
      TELL (check, target, files[i], "cannot read '%s': %s", path, g_strerror (errno));
      is_good = FALSE;
    }
  if (value_of (target, THRUM_TRANSPORT_KEY)->string != NULL
      && value_of (target, THRUM_TRANSPORT_CERTIFICATE)->string == NULL)
    {
      TELL (check, target, THRUM_TRANSPORT_KEY, "is of use with 'certificate' only");
      is_good = FALSE;
    }
  return is_good;
}

/* Whether they hold what they should, as the loader of the workers sees it. */
static void
check_files (ThrumCheck *check, const ThrumSubject *target, const ThrumEndpoint *endpoint)
{
  const ThrumValue *tls = value_of (target, THRUM_TRANSPORT_TLS);
  const ThrumTlsFiles files = {
    .ca_file = value_of (target, THRUM_TRANSPORT_CA_FILE)->string,
    .certificate = value_of (target, THRUM_TRANSPORT_CERTIFICATE)->string,
    .key = value_of (target, THRUM_TRANSPORT_KEY)->string,
    .verify = value_of (target, THRUM_TRANSPORT_VERIFY)->integer != 0,
  };
  const ThrumOptionTable table = thrum_option_table_of_transport ();
  g_autoptr (GError) error = NULL;
  const gchar *culprit;

  if (!check_paths (check, target) || !(tls->is_set ? tls->integer != 0 : endpoint->tls)
      || thrum_tls_files_check (&files, &culprit, &error))
    return;
  TELL (check, target, (guint)thrum_option_table_find (&table, culprit), "%s", error->message);
}

/* A connection of one call's carries no second; what asks for more is called pipeline. */
static void
check_connection (ThrumCheck *check, const ThrumSubject *target, const ThrumEndpoint *endpoint)
{
  const gint pipeline = thrum_option_table_find (&target->options.table, "pipeline");
  const ThrumEntry *entry = pipeline >= 0 ? target->options.given[pipeline] : NULL;
  const ThrumValue *connection = value_of (target, THRUM_TRANSPORT_CONNECTION);

  if (connection->integer != THRUM_CONNECTION_PER_REQUEST || entry == NULL
      || endpoint->calls_per_connection <= 1)
    return;
  thrum_problems_add (check->reading.problems, entry->place, target->section->name, entry->key,
                      "is of no use with connection = per-request: such a connection carries one "
                      "request; leave one of the two out");
}

void
thrum_check_transport (ThrumCheck *check, const ThrumSubject *target, const ThrumEndpoint *endpoint)
{
  g_autofree gchar *host = check_address (check, target, endpoint);

  check_sources (check, target, host);
  check_files (check, target, endpoint);
  check_connection (check, target, endpoint);
}
