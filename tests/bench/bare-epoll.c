/* SPDX-License-Identifier: MIT
 *
 * The floor that the codec engine is measured against: the least a program can do that keeps N
 * HTTP/1.1 connections busy, reads the kernel's receive stamps, finds each reply's end and writes a
 * row of results for it. Level-triggered epoll, one thread, no options, no timeouts, no framework.
 *
 *   bare-epoll PORT CONNECTIONS SECONDS ROWS
 *
 * prints "REQUESTS CPU_US_PER_REQUEST".
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const char request[] = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";

typedef struct {
  int fd;
  int64_t sent;
} Connection;

static struct {
  int fd;
  size_t used;
  char bytes[1 << 16];
} rows;

static int64_t
now (clockid_t clock)
{
  struct timespec ts;

  clock_gettime (clock, &ts);
  return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void
die (const char *what)
{
  perror (what);
  exit (1);
}

/* "S.UUUUUU" and a separator. */
static char *
put_seconds (char *to, int64_t ns, char end)
{
  uint64_t us = (uint64_t)(ns < 0 ? 0 : ns) / 1000, seconds = us / 1000000, rest = us % 1000000;
  char digits[20];
  int n = 0;

  do
    digits[n++] = (char)('0' + seconds % 10);
  while ((seconds /= 10) > 0);
  while (n > 0)
    *to++ = digits[--n];
  *to++ = '.';
  for (int i = 5; i >= 0; i--, rest /= 10)
    to[i] = (char)('0' + rest % 10);
  to += 6;
  *to++ = end;
  return to;
}

static void
write_row (int64_t start, int64_t sent, int64_t done)
{
  char *at;

  if (sizeof rows.bytes - rows.used < 128)
    {
      if (write (rows.fd, rows.bytes, rows.used) < 0)
        die ("write");
      rows.used = 0;
    }
  at = rows.bytes + rows.used;
  at = put_seconds (at, done - start, ',');
  at = put_seconds (at, done - sent, ',');
  memcpy (at, "200,", 4);
  at = put_seconds (at + 4, done - sent, ',');
  memcpy (at, "site,,12\n", 9);
  rows.used = (size_t)(at + 9 - rows.bytes);
}

static int64_t
get_stamp (struct msghdr *message)
{
  for (struct cmsghdr *at = CMSG_FIRSTHDR (message); at != NULL; at = CMSG_NXTHDR (message, at))
    if (at->cmsg_level == SOL_SOCKET && at->cmsg_type == SCM_TIMESTAMPING)
      {
        struct timespec ts;
        memcpy (&ts, CMSG_DATA (at), sizeof ts);
        return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
      }
  return 0;
}

/* A whole reply, by its Content-Length. */
static int
is_whole (const char *bytes, size_t n)
{
  const char *end = memmem (bytes, n, "\r\n\r\n", 4);
  const char *length = end != NULL ? memmem (bytes, (size_t)(end - bytes), "ength: ", 7) : NULL;

  return length != NULL && (size_t)(end + 4 - bytes) + strtoul (length + 7, NULL, 10) <= n;
}

static void
send_request (Connection *connection)
{
  connection->sent = now (CLOCK_MONOTONIC);
  if (send (connection->fd, request, sizeof request - 1, MSG_NOSIGNAL) != sizeof request - 1)
    die ("send");
}

static void
open_connection (Connection *connection, const struct sockaddr_in *to, int epoll_fd)
{
  const int on = 1, stamps = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = connection };

  connection->fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect (connection->fd, (const struct sockaddr *)to, sizeof *to) < 0)
    die ("connect");
  setsockopt (connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt (connection->fd, SOL_SOCKET, SO_TIMESTAMPING, &stamps, sizeof stamps);
  fcntl (connection->fd, F_SETFL, O_NONBLOCK);
  epoll_ctl (epoll_fd, EPOLL_CTL_ADD, connection->fd, &event);
}

static uint64_t
run (int epoll_fd, int64_t start, int64_t end)
{
  static char buffer[65536];
  char control[256];
  struct iovec iov = { buffer, sizeof buffer };
  struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control };
  struct epoll_event events[128];
  int64_t at = start, offset = 0;
  uint64_t n_requests = 0;

  while (at < end)
    {
      int n = epoll_wait (epoll_fd, events, 128, 100);

      at = now (CLOCK_MONOTONIC);
      offset = now (CLOCK_REALTIME) - at;
      for (int i = 0; i < n; i++)
        {
          Connection *connection = events[i].data.ptr;
          ssize_t got;
          int64_t stamp;

          message.msg_controllen = sizeof control;
          got = recvmsg (connection->fd, &message, 0);
          if (got <= 0 || !is_whole (buffer, (size_t)got))
            die ("recvmsg");
          stamp = get_stamp (&message);
          write_row (start, connection->sent, stamp != 0 ? stamp - offset : now (CLOCK_MONOTONIC));
          n_requests++;
          send_request (connection);
        }
    }
  return n_requests;
}

int
main (int argc, char **argv)
{
  struct sockaddr_in to = { .sin_family = AF_INET };
  int n_connections, epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  struct rusage before, after;
  Connection *connections;
  uint64_t n_requests;
  double cpu;
  int64_t start;

  if (argc != 5)
    {
      fprintf (stderr, "usage: %s PORT CONNECTIONS SECONDS ROWS\n", argv[0]);
      return 2;
    }
  to.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  to.sin_port = htons ((uint16_t)atoi (argv[1]));
  n_connections = atoi (argv[2]);
  rows.fd = open (argv[4], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  connections = calloc ((size_t)n_connections, sizeof *connections);
  for (int i = 0; i < n_connections; i++)
    open_connection (&connections[i], &to, epoll_fd);

  getrusage (RUSAGE_SELF, &before);
  start = now (CLOCK_MONOTONIC);
  for (int i = 0; i < n_connections; i++)
    send_request (&connections[i]);
  n_requests = run (epoll_fd, start, start + (int64_t)(atof (argv[3]) * 1e9));
  getrusage (RUSAGE_SELF, &after);

  cpu = (double)(after.ru_utime.tv_sec - before.ru_utime.tv_sec + after.ru_stime.tv_sec
                 - before.ru_stime.tv_sec)
            * 1e6
        + (double)(after.ru_utime.tv_usec - before.ru_utime.tv_usec + after.ru_stime.tv_usec
                   - before.ru_stime.tv_usec);
  printf ("%llu %.3f\n", (unsigned long long)n_requests, cpu / (double)n_requests);
  free (connections);
  return 0;
}
