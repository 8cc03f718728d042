/* SPDX-License-Identifier: MIT
 *
 * Makes sockets as a load generator needs them, and says what their errors mean to a user. Knows
 * nothing of loops or requests; any thread.
 */
#include "worker/transport/transport-socket.h"

#include <errno.h>
#include <linux/net_tstamp.h>
#include <netinet/tcp.h>
#include <unistd.h>

static const gint stamps = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;

gint
thrum_socket_hold_stamps (void)
{
  gint fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

  if (fd >= 0)
    (void)setsockopt (fd, SOL_SOCKET, SO_TIMESTAMPING, &stamps, sizeof stamps);
  return fd;
}

static gint
start (gint fd, const ThrumSocketAddress *to, const ThrumSocketAddress *from, gboolean wants_stamps,
       gboolean *connecting)
{
  const gint on = 1;

  if (to->u.any.sa_family != AF_UNIX)
    {
      (void)setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      if (wants_stamps)
        (void)setsockopt (fd, SOL_SOCKET, SO_TIMESTAMPING, &stamps, sizeof stamps);
    }
  if (from != NULL)
    {
      (void)setsockopt (fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
      if (bind (fd, &from->u.any, from->length) < 0)
        return errno;
    }
  if (connect (fd, &to->u.any, to->length) == 0)
    {
      *connecting = FALSE;
      return 0;
    }
  *connecting = TRUE;
  return errno == EINPROGRESS ? 0 : errno;
}

gint
thrum_socket_connect (const ThrumSocketAddress *to, const ThrumSocketAddress *from,
                      gboolean wants_stamps, gboolean *connecting)
{
  gint fd = socket (to->u.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  gint error;

  if (fd < 0)
    return -errno;
  error = start (fd, to, from, wants_stamps, connecting);
  if (error == 0)
    return fd;
  close (fd);
  return -error;
}

ThrumFailure
thrum_socket_connect_failure (gint error)
{
  switch (error)
    {
    case 0:
      return THRUM_FAILURE_NONE;
    case ECONNREFUSED:
    case ENOENT:
      return THRUM_FAILURE_CONNECT_REFUSED;
    case EADDRNOTAVAIL:
    case EADDRINUSE:
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
      return THRUM_FAILURE_NO_PORT;
    case ECONNRESET:
      return THRUM_FAILURE_RESET;
    default:
      return THRUM_FAILURE_CONNECT_FAILED;
    }
}

ThrumFailure
thrum_socket_failure (gint error)
{
  return error == 0 ? THRUM_FAILURE_CLOSED_EARLY : THRUM_FAILURE_RESET;
}
