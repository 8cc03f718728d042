/* SPDX-License-Identifier: MIT
 *
 * The bare loop on level-triggered epoll: one recvmsg and one send a request.
 */
#include "bare.h"

#include <sys/epoll.h>

static BareConnection *connections;
static int n_connections, epoll_fd;

void
bare_prepare (BareConnection *all, int n)
{
  connections = all;
  n_connections = n;
  epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  for (int i = 0; i < n; i++)
    {
      struct epoll_event event = { .events = EPOLLIN, .data.ptr = &connections[i] };

      if (epoll_ctl (epoll_fd, EPOLL_CTL_ADD, connections[i].fd, &event) < 0)
        bare_die ("epoll_ctl");
    }
}

static void
send_request (BareConnection *connection)
{
  connection->sent = bare_now (CLOCK_MONOTONIC);
  if (send (connection->fd, BARE_REQUEST, BARE_REQUEST_BYTES, MSG_NOSIGNAL) != BARE_REQUEST_BYTES)
    bare_die ("send");
}

uint64_t
bare_run (int64_t start, int64_t end)
{
  static char buffer[65536];
  char control[256];
  struct iovec iov = { buffer, sizeof buffer };
  struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control };
  struct epoll_event events[128];
  int64_t at = start, offset = 0;
  uint64_t n_requests = 0;

  for (int i = 0; i < n_connections; i++)
    send_request (&connections[i]);
  while (at < end)
    {
      int n = epoll_wait (epoll_fd, events, 128, 100);

      at = bare_now (CLOCK_MONOTONIC);
      offset = bare_now (CLOCK_REALTIME) - at;
      for (int i = 0; i < n; i++)
        {
          BareConnection *connection = events[i].data.ptr;
          ssize_t got;
          int64_t stamp;

          message.msg_controllen = sizeof control;
          got = recvmsg (connection->fd, &message, 0);
          if (got <= 0 || !bare_is_whole (buffer, (size_t)got))
            bare_die ("recvmsg");
          stamp = bare_get_stamp (&message);
          bare_write_row (start, connection->sent,
                          stamp != 0 ? stamp - offset : bare_now (CLOCK_MONOTONIC));
          n_requests++;
          send_request (connection);
        }
    }
  return n_requests;
}
