/* SPDX-License-Identifier: MIT
 *
 * What the bare loops share: connections, stamps, rows, and what it all cost.
 */
#include "bare.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static struct {
  int fd;
  size_t used;
  char bytes[1 << 16];
} rows;

int64_t
bare_now (clockid_t clock)
{
  struct timespec ts;

  clock_gettime (clock, &ts);
  return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

void
bare_die (const char *what)
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

void
bare_write_row (int64_t start, int64_t sent, int64_t done)
{
  char *at;

  if (sizeof rows.bytes - rows.used < 128)
    {
      if (write (rows.fd, rows.bytes, rows.used) < 0)
        bare_die ("write");
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

int64_t
bare_get_stamp (struct msghdr *message)
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

int
bare_is_whole (const char *bytes, size_t n)
{
  const char *end = memmem (bytes, n, "\r\n\r\n", 4);
  const char *length = end != NULL ? memmem (bytes, (size_t)(end - bytes), "ength: ", 7) : NULL;

  return length != NULL && (size_t)(end + 4 - bytes) + strtoul (length + 7, NULL, 10) <= n;
}

static void
open_connection (BareConnection *connection, const struct sockaddr_in *to)
{
  const int on = 1, stamps = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;

  connection->fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect (connection->fd, (const struct sockaddr *)to, sizeof *to) < 0)
    bare_die ("connect");
  setsockopt (connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt (connection->fd, SOL_SOCKET, SO_TIMESTAMPING, &stamps, sizeof stamps);
  fcntl (connection->fd, F_SETFL, O_NONBLOCK);
}

static double
get_cpu_us (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6
         + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

int
main (int argc, char **argv)
{
  struct sockaddr_in to = { .sin_family = AF_INET };
  BareConnection *connections;
  int n_connections;
  uint64_t n_requests;
  int64_t start;
  double cpu;

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
    open_connection (&connections[i], &to);
  bare_prepare (connections, n_connections);

  cpu = get_cpu_us ();
  start = bare_now (CLOCK_MONOTONIC);
  n_requests = bare_run (start, start + (int64_t)(atof (argv[3]) * 1e9));
  cpu = get_cpu_us () - cpu;
  printf ("%llu %.3f\n", (unsigned long long)n_requests, cpu / (double)n_requests);
  free (connections);
  return 0;
}
