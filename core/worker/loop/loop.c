/* SPDX-License-Identifier: MIT
 *
 * What every event loop backend shares: output buffers and the reading of receive stamps. The
 * loop's thread.
 */
#include "worker/loop/loop.h"

#include <linux/errqueue.h>
#include <string.h>
#include <sys/socket.h>

#define OUT_MAX ((gsize)256 << 20)
#define OUT_FIRST ((gsize)4096)
#define NS_PER_S G_GINT64_CONSTANT (1000000000)

ThrumLoop *
thrum_loop_new (const ThrumLoopBackend *backend, const ThrumLoopEvents *events, gpointer owner,
                GError **error)
{
  ThrumLoop *loop = backend->new (error);

  if (loop == NULL)
    return NULL;
  loop->backend = backend;
  loop->events = events;
  loop->owner = owner;
  return loop;
}

/* What was lent is copied if more is to follow it. */
static bool
reserve (ThrumOut *out, size_t bytes)
{
  gsize length = thrum_out_length (out), wanted;

  if (bytes > OUT_MAX || length > OUT_MAX - bytes)
    return false;
  if (out->n_lent == 0 && out->capacity - out->used >= bytes)
    return true;
  wanted = MAX (OUT_FIRST, out->capacity);
  while (wanted < length + bytes)
    wanted *= 2;
  out->data = g_realloc (out->data, wanted);
  out->capacity = wanted;
  if (out->n_lent > 0)
    memcpy (out->data + out->used, out->lent, out->n_lent);
  out->used = length;
  out->n_lent = 0;
  return true;
}

bool
thrum_out_take_lent (ThrumOut *out, const void *bytes, size_t n_bytes)
{
  if (n_bytes > OUT_MAX || (out->n_lent > 0 && !reserve (out, 0)))
    return false;
  out->lent = bytes;
  out->n_lent = n_bytes;
  out->capacity = out->used; /* whoever appends asks for room first */
  return true;
}

void
thrum_out_init (ThrumOut *out)
{
  *out = (ThrumOut){ .size = sizeof *out, .reserve = reserve };
}

void
thrum_out_clear (ThrumOut *out)
{
  g_free (out->data);
  thrum_out_init (out);
}

void
thrum_io_drop_pending (ThrumIo *io)
{
  if (io->pending == NULL)
    return;
  thrum_out_clear (io->pending);
  g_clear_pointer (&io->pending, g_free);
}

gint64
thrum_loop_get_stamp (struct msghdr *message)
{
  for (struct cmsghdr *at = CMSG_FIRSTHDR (message); at != NULL; at = CMSG_NXTHDR (message, at))
    if (at->cmsg_level == SOL_SOCKET && at->cmsg_type == SCM_TIMESTAMPING
        && at->cmsg_len >= CMSG_LEN (sizeof (struct scm_timestamping)))
      {
        struct timespec first;
        memcpy (&first, CMSG_DATA (at), sizeof first);
        return (gint64)first.tv_sec * NS_PER_S + first.tv_nsec;
      }
  return 0;
}
