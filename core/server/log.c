/* SPDX-License-Identifier: MIT
 *
 * The server's own record of each request, the oracle that tests hold a client's times against.
 * Loops add rows to blocks; one thread of the log's own turns blocks into CSV and writes them, so
 * that no loop waits for a disk. Refuses to know how the times came about.
 */
#include "server/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define BLOCK_ROWS 4096

struct _ThrumServerLog {
  char *path;
  FILE *file;
  GAsyncQueue *blocks; /* GArray of rows; an empty one ends the thread */
  GThread *writer;
  int failure; /* errno of the first failed write; the writer's until it was joined */
};

static char *
append_number (char *at, gint64 value, char end)
{
  char digits[20];
  int n = 0;
  guint64 rest = value;

  do
    digits[n++] = '0' + rest % 10;
  while ((rest /= 10) > 0);
  while (n > 0)
    *at++ = digits[--n];
  *at++ = end;
  return at;
}

static void
write_row (ThrumServerLog *log, const ThrumServerLogRow *row)
{
  char line[160], *at = line;

  at = append_number (at, row->receive_ns, ',');
  at = append_number (at, row->send_ns, ',');
  at = append_number (at, row->service_ns, ',');
  at = append_number (at, row->status, ',');
  if (row->has_number)
    at = append_number (at, row->number, ',');
  else
    *at++ = ',';
  at = append_number (at, row->due_ns, '\n');
  if (fwrite_unlocked (line, at - line, 1, log->file) != 1 && log->failure == 0)
    log->failure = errno;
}

static gpointer
write_blocks (gpointer data)
{
  ThrumServerLog *log = data;

  for (;;)
    {
      g_autoptr (GArray) block = g_async_queue_pop (log->blocks);

      if (block->len == 0)
        return NULL;
      for (guint i = 0; i < block->len; i++)
        write_row (log, &g_array_index (block, ThrumServerLogRow, i));
      if (g_async_queue_length (log->blocks) <= 0 && fflush (log->file) != 0 && log->failure == 0)
        log->failure = errno;
    }
}

static void
thrum_server_log_free (ThrumServerLog *log)
{
  if (log->file != NULL)
    fclose (log->file);
  g_clear_pointer (&log->blocks, g_async_queue_unref);
  g_free (log->path);
  g_free (log);
}

ThrumServerLog *
thrum_server_log_new (const char *path, GError **error)
{
  ThrumServerLog *log = g_new0 (ThrumServerLog, 1);

  log->path = g_strdup (path);
  log->file = fopen (path, "we");
  if (log->file == NULL)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "cannot write %s: %s", path,
                   g_strerror (errno));
      thrum_server_log_free (log);
      return NULL;
    }
  fputs ("receive_ns,send_ns,service_ns,status,number,due_ns\n", log->file);
  log->blocks = g_async_queue_new_full ((GDestroyNotify)g_array_unref);
  log->writer = g_thread_try_new ("log", write_blocks, log, error);
  if (log->writer == NULL)
    g_clear_pointer (&log, thrum_server_log_free);
  return log;
}

gboolean
thrum_server_log_close (ThrumServerLog *log, GError **error)
{
  int failure;

  g_async_queue_push (log->blocks, g_array_new (FALSE, FALSE, sizeof (ThrumServerLogRow)));
  g_thread_join (log->writer);
  failure = log->failure;
  if (fclose (g_steal_pointer (&log->file)) != 0 && failure == 0)
    failure = errno;
  if (failure != 0)
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (failure), "cannot write %s: %s",
                 log->path, g_strerror (failure));
  thrum_server_log_free (log);
  return failure == 0;
}

void
thrum_server_log_lane_add (ThrumServerLogLane *lane, const ThrumServerLogRow *row)
{
  if (lane->log == NULL)
    return;
  if (lane->rows == NULL)
    lane->rows = g_array_sized_new (FALSE, FALSE, sizeof *row, BLOCK_ROWS);
  g_array_append_vals (lane->rows, row, 1);
  if (lane->rows->len == BLOCK_ROWS)
    thrum_server_log_lane_flush (lane);
}

void
thrum_server_log_lane_flush (ThrumServerLogLane *lane)
{
  if (lane->rows != NULL)
    g_async_queue_push (lane->log->blocks, g_steal_pointer (&lane->rows));
}
