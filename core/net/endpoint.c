/* SPDX-License-Identifier: MIT
 *
 * Turns a host into socket addresses. Resolves once, before the run, so that no look-up falls
 * into a measurement. Knows nothing of plugins or connections; any thread.
 */
#include "net/endpoint.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <unistd.h>

static GArray *
resolve_path (const gchar *path, GError **error)
{
  ThrumSocketAddress address = { .length = sizeof address.u.path };
  g_autoptr (GArray) list = g_array_new (FALSE, FALSE, sizeof address);

  address.u.path.sun_family = AF_UNIX;
  if (strlen (path) >= sizeof address.u.path.sun_path)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   "cannot use socket '%s': its path is longer than %" G_GSIZE_FORMAT " bytes",
                   path, sizeof address.u.path.sun_path - 1);
      return NULL;
    }
  memcpy (address.u.path.sun_path, path, strlen (path) + 1);
  g_array_append_val (list, address);
  return g_steal_pointer (&list);
}

/* By turns of each family, begun with the first one's, as RFC 8305 (4) has it: if a whole family does
 * not answer, the second attempt is one of the other. */
static GArray *
interleave (GArray *list)
{
  GArray *result = g_array_sized_new (FALSE, FALSE, sizeof (ThrumSocketAddress), list->len);
  sa_family_t first =
      list->len > 0 ? g_array_index (list, ThrumSocketAddress, 0).u.any.sa_family : 0;
  guint at[2] = { 0, 0 };

  while (result->len < list->len)
    for (guint other = 0; other < 2; other++)
      {
        guint i = at[other];

        while (i < list->len
               && (g_array_index (list, ThrumSocketAddress, i).u.any.sa_family != first) != other)
          i++;
        if (i < list->len)
          g_array_append_val (result, g_array_index (list, ThrumSocketAddress, i));
        at[other] = i + 1;
      }
  g_array_unref (list);
  return result;
}

GArray *
thrum_endpoint_resolve (const gchar *host, guint16 port, GError **error)
{
  struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM }, *found = NULL;
  g_autoptr (GArray) list = NULL;
  g_autofree gchar *ascii = NULL;

  if (host[0] == '/')
    return resolve_path (host, error);
  if (!g_str_is_ascii (host))
    ascii = g_hostname_to_ascii (host);
  if (ascii != NULL)
    host = ascii;

  list = g_array_new (FALSE, FALSE, sizeof (ThrumSocketAddress));
  if (getaddrinfo (host, NULL, &hints, &found) != 0)
    return g_steal_pointer (&list);
  for (struct addrinfo *at = found; at != NULL; at = at->ai_next)
    {
      ThrumSocketAddress address = { .length = at->ai_addrlen };

      if (at->ai_addrlen > sizeof address.u)
        continue;
      memcpy (&address.u, at->ai_addr, at->ai_addrlen);
      if (address.u.any.sa_family == AF_INET)
        address.u.v4.sin_port = g_htons (port);
      else if (address.u.any.sa_family == AF_INET6)
        address.u.v6.sin6_port = g_htons (port);
      else
        continue;
      g_array_append_val (list, address);
    }
  freeaddrinfo (found);
  return interleave (g_steal_pointer (&list));
}

gboolean
thrum_endpoint_parse_source (const gchar *text, ThrumSocketAddress *address, GError **error)
{
  struct addrinfo hints = { .ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM }, *found = NULL;
  int fd, rc, saved = EINVAL;

  if (getaddrinfo (text, NULL, &hints, &found) != 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   "cannot use source address '%s': it is no IPv4 or IPv6 address", text);
      return FALSE;
    }
  *address = (ThrumSocketAddress){ .length = found->ai_addrlen };
  memcpy (&address->u, found->ai_addr, found->ai_addrlen);
  freeaddrinfo (found);

  fd = socket (address->u.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  rc = fd < 0 ? -1 : bind (fd, &address->u.any, address->length);
  if (rc < 0)
    saved = errno;
  if (fd >= 0)
    close (fd);
  if (rc < 0)
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved),
                 "cannot use source address '%s': %s", text, g_strerror (saved));
  return rc == 0;
}
