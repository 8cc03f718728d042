/* SPDX-License-Identifier: MIT
 *
 * The transport keys of a codec's target, as far as they can be judged without a network: addresses
 * are addresses, and the files are there. The main thread's.
 */
#include <errno.h>
#include <unistd.h>

#include "config/check.h"
#include "plugin/address.h"

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

static void
check_address (ThrumCheck *check, const ThrumSubject *target, const ThrumEndpoint *endpoint)
{
  const gchar *text = thrum_value (&target->transport.values, THRUM_TRANSPORT_ADDRESS)->string;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *host = NULL;
  guint16 port;

  if (text == NULL && endpoint->host == NULL)
    TELL (check, target, THRUM_TRANSPORT_ADDRESS,
          "must be given: where to connect, like 127.0.0.1:8080");
  else if (text != NULL && !thrum_address_parse (text, &host, &port, &error))
    TELL (check, target, THRUM_TRANSPORT_ADDRESS, "%s%s", error->message,
          thrum_fields_comment_hint (text));
}

void
thrum_check_transport (ThrumCheck *check, const ThrumSubject *target, const ThrumEndpoint *endpoint)
{
  static const guint files[] = { THRUM_TRANSPORT_CA_FILE, THRUM_TRANSPORT_CERTIFICATE,
                                 THRUM_TRANSPORT_KEY };
  const gchar *const *sources =
      thrum_value (&target->transport.values, THRUM_TRANSPORT_SOURCE_ADDRESSES)->list;

  check_address (check, target, endpoint);
  for (guint i = 0; sources[i] != NULL; i++)
    if (!g_hostname_is_ip_address (sources[i]))
      TELL (check, target, THRUM_TRANSPORT_SOURCE_ADDRESSES, "'%s' is not an IP address",
            sources[i]);
  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    {
      const gchar *path = thrum_value (&target->transport.values, files[i])->string;
      if (path != NULL && access (path, R_OK) != 0)
        TELL (check, target, files[i], "cannot read '%s': %s", path, g_strerror (errno));
    }
  if (thrum_value (&target->transport.values, THRUM_TRANSPORT_KEY)->string != NULL
      && thrum_value (&target->transport.values, THRUM_TRANSPORT_CERTIFICATE)->string == NULL)
    TELL (check, target, THRUM_TRANSPORT_KEY, "is of use with 'certificate' only");
}
