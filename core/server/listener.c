/* SPDX-License-Identifier: MIT
 *
 * Addresses to listen at, and the listening sockets. Owns socket options: what is set on a listening
 * socket its connections inherit, which saves a system call each. Refuses to know connections.
 */
#include "server/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/tls.h"

/* The kernel turns stamps on in the background, when the first socket on the machine asks. */
#define STAMP_ATTEMPTS 200
#define STAMP_PAUSE_US 500

static gboolean
refuse (GError **error, const char *text, const char *why)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "cannot listen at '%s': %s", text,
               why);
  return FALSE;
}

static gboolean
parse_unix (const char *text, ThrumListenAddress *address, GError **error)
{
  struct sockaddr_un *un = (struct sockaddr_un *)&address->address;
  const char *path = text + strlen ("unix:");

  if (*path == '\0' || strlen (path) >= sizeof un->sun_path)
    return refuse (error, text, "a path of 1 to 107 bytes is needed");
  un->sun_family = AF_UNIX;
  strcpy (un->sun_path, path);
  address->length = sizeof *un;
  return TRUE;
}

static gboolean
parse_host (const char *text, const char *host, guint16 port, ThrumListenAddress *address)
{
  struct sockaddr_in *in = (struct sockaddr_in *)&address->address;
  struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&address->address;
  gsize length = strlen (host);

  if (inet_pton (AF_INET, strcmp (host, "localhost") == 0 ? "127.0.0.1" : host, &in->sin_addr) == 1)
    {
      in->sin_family = AF_INET;
      in->sin_port = g_htons (port);
      address->length = sizeof *in;
      return TRUE;
    }
  if (length > 2 && host[0] == '[' && host[length - 1] == ']')
    {
      g_autofree char *inner = g_strndup (host + 1, length - 2);

      in6->sin6_family = AF_INET6;
      in6->sin6_port = g_htons (port);
      address->length = sizeof *in6;
      return inet_pton (AF_INET6, inner, &in6->sin6_addr) == 1;
    }
  return FALSE;
}

static gboolean
is_loopback (const ThrumListenAddress *address)
{
  const struct sockaddr_in *in = (const struct sockaddr_in *)&address->address;
  const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&address->address;

  if (address->address.ss_family == AF_INET)
    return g_ntohl (in->sin_addr.s_addr) >> 24 == 127;
  return address->address.ss_family == AF_UNIX || IN6_IS_ADDR_LOOPBACK (&in6->sin6_addr);
}

gboolean
thrum_listen_address_parse (const char *text, gboolean allow_remote, ThrumListenAddress *address,
                            GError **error)
{
  const char *colon = strrchr (text, ':');
  g_autofree char *host = NULL;
  guint64 port;

  memset (address, 0, sizeof *address);
  if (g_str_has_prefix (text, "unix:"))
    return parse_unix (text, address, error);
  if (colon == NULL || !g_ascii_string_to_unsigned (colon + 1, 10, 0, 65535, &port, NULL))
    return refuse (error, text, "ADDRESS:PORT, [IPV6]:PORT or unix:/path is needed");
  host = g_strndup (text, colon - text);
  if (!parse_host (text, host, port, address))
    return refuse (error, text, "the address is neither IPv4 nor [IPv6], and no name is looked up");
  if (!allow_remote && !is_loopback (address))
    return refuse (error, text, "others could reach it there; --allow-remote permits that");
  return TRUE;
}

char *
thrum_listen_address_to_string (const ThrumListenAddress *address)
{
  const struct sockaddr_in *in = (const struct sockaddr_in *)&address->address;
  const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&address->address;
  char text[INET6_ADDRSTRLEN];

  if (address->address.ss_family == AF_UNIX)
    return g_strconcat ("unix:", ((const struct sockaddr_un *)&address->address)->sun_path, NULL);
  if (address->address.ss_family == AF_INET)
    return g_strdup_printf ("%s:%u", inet_ntop (AF_INET, &in->sin_addr, text, sizeof text),
                            g_ntohs (in->sin_port));
  return g_strdup_printf ("[%s]:%u", inet_ntop (AF_INET6, &in6->sin6_addr, text, sizeof text),
                          g_ntohs (in6->sin6_port));
}

guint16
thrum_listen_address_get_port (const ThrumListenAddress *address)
{
  if (address->address.ss_family == AF_UNIX)
    return 0;
  /* The port is at the same place in both families. */
  return g_ntohs (((const struct sockaddr_in *)&address->address)->sin_port);
}

static gboolean
set_option (int fd, int level, int name, int value)
{
  return setsockopt (fd, level, name, &value, sizeof value) == 0;
}

static gboolean
ask_for_stamps (int fd)
{
  return set_option (fd, SOL_SOCKET, SO_TIMESTAMPING,
                     SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE);
}

/* A datagram socket that talks to itself; or -1. */
static int
make_mirror (void)
{
  struct sockaddr_in here = { .sin_family = AF_INET, .sin_addr.s_addr = g_htonl (INADDR_LOOPBACK) };
  socklen_t length = sizeof here;
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  if (fd >= 0
      && (bind (fd, (struct sockaddr *)&here, length) != 0
          || getsockname (fd, (struct sockaddr *)&here, &length) != 0
          || connect (fd, (struct sockaddr *)&here, length) != 0 || !ask_for_stamps (fd)))
    {
      close (fd);
      return -1;
    }
  return fd;
}

/* Waits until the kernel stamps what arrives, so that the first request has its stamp; where it
 * never does, requests are counted as unstamped. */
static void
await_stamps (void)
{
  int mirror = make_mirror ();
  gint64 stamp_ns = 0;
  char byte = 0;

  if (mirror < 0)
    return;
  for (int i = 0; i < STAMP_ATTEMPTS && stamp_ns == 0; i++)
    {
      if (send (mirror, &byte, 1, 0) != 1 || thrum_receive (mirror, &byte, 1, &stamp_ns) != 1
          || stamp_ns == 0)
        g_usleep (STAMP_PAUSE_US);
    }
  close (mirror);
}

static gboolean
set_options (int fd, int family, gboolean is_shared)
{
  if (family == AF_UNIX)
    return TRUE;
  return set_option (fd, SOL_SOCKET, SO_REUSEADDR, 1)
         && (!is_shared || set_option (fd, SOL_SOCKET, SO_REUSEPORT, 1))
         && set_option (fd, IPPROTO_TCP, TCP_NODELAY, 1) && ask_for_stamps (fd);
}

/* A path left by a server that died: it exists, is a socket, and refuses connections, as what is no socket
 * does, too. */
static void
remove_stale_path (const ThrumListenAddress *address)
{
  int probe = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  if (probe >= 0
      && connect (probe, (const struct sockaddr *)&address->address, address->length) != 0
      && errno == ECONNREFUSED)
    thrum_listen_address_remove (address);
  if (probe >= 0)
    close (probe);
}

int
thrum_listen (ThrumListenAddress *address, gboolean is_shared, GError **error)
{
  struct sockaddr *where = (struct sockaddr *)&address->address;
  int family = where->sa_family;
  int fd = socket (family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  g_autofree char *text = thrum_listen_address_to_string (address);
  int saved;

  if (family == AF_UNIX)
    remove_stale_path (address);
  if (fd >= 0 && set_options (fd, family, is_shared) && bind (fd, where, address->length) == 0
      && listen (fd, THRUM_LISTEN_BACKLOG) == 0
      && (family == AF_UNIX || getsockname (fd, where, &address->length) == 0))
    {
      if (family != AF_UNIX)
        await_stamps ();
      return fd;
    }
  saved = errno;
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved), "cannot listen at %s: %s", text,
               g_strerror (saved));
  if (fd >= 0)
    close (fd);
  return -1;
}

void
thrum_listen_address_remove (const ThrumListenAddress *address)
{
  const char *path = ((const struct sockaddr_un *)&address->address)->sun_path;
  struct stat st;

  /* Not a file of others, which may have come there since. */
  if (address->address.ss_family == AF_UNIX && lstat (path, &st) == 0 && S_ISSOCK (st.st_mode))
    unlink (path);
}
