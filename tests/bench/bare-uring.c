/* SPDX-License-Identifier: MIT
 *
 * The bare loop on io_uring: a send linked to the recvmsg of its reply, on registered files, all that is
 * due submitted with the wait for more; a completion a request.
 */
#include "bare.h"

#include <errno.h>
#include <liburing.h>
#include <stdlib.h>

#define N_SQES 1024
#define N_CQES 16384
#define N_PEEKED 64

/* Where a connection's reply is put. */
typedef struct {
  struct msghdr message;
  struct iovec iov;
  char control[64];
  char buffer[512];
} Reply;

static struct io_uring ring;
static BareConnection *connections;
static Reply *replies;
static int n_connections;

static void
check (int result, const char *what)
{
  if (result >= 0)
    return;
  errno = -result;
  bare_die (what);
}

void
bare_prepare (BareConnection *all, int n)
{
  struct io_uring_params params = { .flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN
                                             | IORING_SETUP_CQSIZE,
                                    .cq_entries = N_CQES };
  int *fds = calloc ((size_t)n, sizeof *fds);

  connections = all;
  n_connections = n;
  replies = calloc ((size_t)n, sizeof *replies);
  check (io_uring_queue_init_params (N_SQES, &ring, &params), "io_uring");
  check (io_uring_register_ring_fd (&ring), "io_uring");
  for (int i = 0; i < n; i++)
    fds[i] = connections[i].fd;
  check (io_uring_register_files (&ring, fds, (unsigned)n), "register files");
  free (fds);
}

static struct io_uring_sqe *
get_sqe (void)
{
  struct io_uring_sqe *sqe = io_uring_get_sqe (&ring);

  if (sqe != NULL)
    return sqe;
  check (io_uring_submit (&ring), "submit");
  return io_uring_get_sqe (&ring);
}

static void
send_request (int i)
{
  Reply *reply = &replies[i];
  struct io_uring_sqe *sqe;

  /* A link must not be cut by a full queue. */
  if (io_uring_sq_space_left (&ring) < 2)
    check (io_uring_submit (&ring), "submit");
  connections[i].sent = bare_now (CLOCK_MONOTONIC);
  sqe = get_sqe ();
  io_uring_prep_send (sqe, i, BARE_REQUEST, BARE_REQUEST_BYTES, MSG_NOSIGNAL | MSG_WAITALL);
  sqe->flags |= IOSQE_FIXED_FILE | IOSQE_CQE_SKIP_SUCCESS | IOSQE_IO_LINK;
  sqe->user_data = (uint64_t)i;

  reply->iov = (struct iovec){ reply->buffer, sizeof reply->buffer };
  reply->message = (struct msghdr){ .msg_iov = &reply->iov,
                                    .msg_iovlen = 1,
                                    .msg_control = reply->control,
                                    .msg_controllen = sizeof reply->control };
  sqe = get_sqe ();
  io_uring_prep_recvmsg (sqe, i, &reply->message, 0);
  sqe->flags |= IOSQE_FIXED_FILE;
  sqe->user_data = (uint64_t)i;
}

static void
take_reply (const struct io_uring_cqe *cqe, int64_t start, int64_t offset)
{
  int i = (int)cqe->user_data;
  int64_t stamp;

  check (cqe->res, "send or recvmsg");
  if (!bare_is_whole (replies[i].buffer, (size_t)cqe->res))
    bare_die ("a reply in pieces");
  stamp = bare_get_stamp (&replies[i].message);
  bare_write_row (start, connections[i].sent,
                  stamp != 0 ? stamp - offset : bare_now (CLOCK_MONOTONIC));
}

uint64_t
bare_run (int64_t start, int64_t end)
{
  struct __kernel_timespec limit = { .tv_nsec = 100000000 };
  struct io_uring_cqe *cqes[N_PEEKED];
  int64_t at = start, offset = 0;
  uint64_t n_requests = 0;
  unsigned n;

  for (int i = 0; i < n_connections; i++)
    send_request (i);
  while (at < end)
    {
      io_uring_submit_and_wait_timeout (&ring, &cqes[0], 1, &limit, NULL);
      at = bare_now (CLOCK_MONOTONIC);
      offset = bare_now (CLOCK_REALTIME) - at;
      while ((n = io_uring_peek_batch_cqe (&ring, cqes, N_PEEKED)) > 0)
        {
          for (unsigned i = 0; i < n; i++)
            {
              int connection = (int)cqes[i]->user_data;

              take_reply (cqes[i], start, offset);
              n_requests++;
              send_request (connection);
            }
          io_uring_cq_advance (&ring, n);
        }
    }
  return n_requests;
}
