/* SPDX-License-Identifier: MIT
 *
 * Writes results.csv by hand, because printf costs ten times as much per row. Runs on the drain
 * thread. Knows columns and records, and that the file must hold at the end what was written
 * into it; does not know what a row means.
 */
#include "record/results-writer.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* No row of fixed fields is longer: 20 columns of at most 21 bytes. Request names come on top. */
#define ROW_BYTES 512

struct _ThrumResultsWriter {
  gint fd;
  gchar *path;
  ThrumColumnList columns;
  const gchar *const *request_names;
  gsize *request_name_bytes;
  gsize longest_name;
  gint64 t0;
  gchar *buffer;
  gsize used, capacity;
  guint64 pending; /* rows in the buffer */
  guint64 written; /* rows in the file */
  gint64 bytes;    /* that the file holds, unless others changed it */
};

ThrumResultsWriter *
thrum_results_writer_new (const gchar *path, const ThrumColumnList *columns,
                          const gchar *const *request_names, GError **error)
{
  /* Appending, so that a file that someone cut off gets no hole where its rows were. */
  gint fd = open (path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
  ThrumResultsWriter *writer;
  guint n = g_strv_length ((gchar **)request_names);

  if (fd < 0)
    {
      int saved = errno;
      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (saved), "cannot create %s: %s",
                   path, g_strerror (saved));
      return NULL;
    }
  writer = g_new0 (ThrumResultsWriter, 1);
  writer->fd = fd;
  writer->path = g_strdup (path);
  writer->columns = *columns;
  writer->request_names = request_names;
  writer->request_name_bytes = g_new0 (gsize, n);
  for (guint i = 0; i < n; i++)
    {
      writer->request_name_bytes[i] = strlen (request_names[i]);
      writer->longest_name = MAX (writer->longest_name, writer->request_name_bytes[i]);
    }
  writer->capacity = 512 * 1024;
  writer->buffer = g_malloc (writer->capacity);
  return writer;
}

void
thrum_results_writer_set_t0 (ThrumResultsWriter *writer, gint64 t0)
{
  writer->t0 = t0;
}

static gchar *
put_number (gchar *at, guint64 value)
{
  gchar digits[20];
  guint n = 0;

  do
    digits[n++] = (gchar)('0' + value % 10);
  while ((value /= 10) != 0);
  while (n > 0)
    *at++ = digits[--n];
  return at;
}

/* Seconds with 6 decimals, rounded half up; nothing is negative but a clock gone wrong. */
static gchar *
put_seconds (gchar *at, gint64 ns)
{
  guint64 us;
  guint32 fraction;

  if (ns < 0)
    {
      *at++ = '-';
      ns = -ns;
    }
  us = ((guint64)ns + 500) / 1000;
  fraction = (guint32)(us % 1000000);
  at = put_number (at, us / 1000000);
  *at++ = '.';
  for (gint i = 5; i >= 0; i--)
    {
      at[i] = (gchar)('0' + fraction % 10);
      fraction /= 10;
    }
  return at + 6;
}

static gchar *
put_instant (gchar *at, gint64 instant, gint64 t0)
{
  return instant == 0 ? at : put_seconds (at, instant - t0);
}

static gchar *
put_text (gchar *at, const gchar *text, gsize bytes)
{
  memcpy (at, text, bytes);
  return at + bytes;
}

static gchar *
put_status (gchar *at, gint32 status)
{
  if (status < 0)
    *at++ = '-';
  return put_number (at, (guint64)ABS ((gint64)status));
}

static gchar *
put_field (ThrumResultsWriter *writer, gchar *at, ThrumColumn column, const ThrumRecord *record,
           guint worker)
{
  const gchar *token;

  switch (column)
    {
    case THRUM_COLUMN_ELAPSED:
      return put_seconds (at, record->done - writer->t0);
    case THRUM_COLUMN_RESPONSE:
      return put_seconds (at, record->done - record->intended);
    case THRUM_COLUMN_STATUS:
      return put_status (at, record->status);
    case THRUM_COLUMN_SERVICE:
      return put_seconds (at, record->done - record->sent);
    case THRUM_COLUMN_REQUEST:
      return put_text (at, writer->request_names[record->request],
                       writer->request_name_bytes[record->request]);
    case THRUM_COLUMN_FAILURE:
      token = thrum_failure_token (record->failure);
      return put_text (at, token, strlen (token));
    case THRUM_COLUMN_BYTES:
      return put_number (at, record->received_bytes);
    case THRUM_COLUMN_INTENDED:
      return put_instant (at, record->intended, writer->t0);
    case THRUM_COLUMN_SLOT:
      return put_instant (at, record->slot, writer->t0);
    case THRUM_COLUMN_SENT:
      return put_instant (at, record->sent, writer->t0);
    case THRUM_COLUMN_FIRST_BYTE:
      return put_instant (at, record->first_byte, writer->t0);
    case THRUM_COLUMN_LAG:
      return put_seconds (at, record->sent - record->slot);
    case THRUM_COLUMN_RESOLVED:
      return put_instant (at, record->resolved, writer->t0);
    case THRUM_COLUMN_CONNECTED:
      return put_instant (at, record->connected, writer->t0);
    case THRUM_COLUMN_SECURED:
      return put_instant (at, record->secured, writer->t0);
    case THRUM_COLUMN_WORKER:
      return put_number (at, worker);
    case THRUM_COLUMN_USER:
      return put_number (at, record->user);
    default:
      return at; /* not written by this version: config refuses it */
    }
}

void
thrum_results_writer_add (ThrumResultsWriter *writer, const ThrumRecord *record, guint worker)
{
  gchar *at;

  if (writer->capacity - writer->used < ROW_BYTES + writer->longest_name)
    {
      writer->capacity *= 2;
      writer->buffer = g_realloc (writer->buffer, writer->capacity);
    }
  at = writer->buffer + writer->used;
  for (guint i = 0; i < writer->columns.n_columns; i++)
    {
      at = put_field (writer, at, writer->columns.columns[i], record, worker);
      *at++ = ',';
    }
  at[-1] = '\n';
  writer->used = (gsize)(at - writer->buffer);
  writer->pending++;
}

/* Forgets @bytes of whole rows at the buffer's front. */
static void
drop_front (ThrumResultsWriter *writer, gsize bytes)
{
  guint64 rows = 0;

  if (bytes == writer->used)
    rows = writer->pending;
  else
    for (gsize i = 0; i < bytes; i++)
      rows += writer->buffer[i] == '\n';
  writer->pending -= rows;
  writer->written += rows;
  writer->bytes += (gint64)bytes;
  memmove (writer->buffer, writer->buffer + bytes, writer->used - bytes);
  writer->used -= bytes;
}

static gboolean
fail (GError **error, int saved, const gchar *what)
{
  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (saved), "%s: %s", what,
               g_strerror (saved));
  return FALSE;
}

/* Reports whether the file still has a name: one that was deleted takes rows as before, and loses
 * all of them when it is closed. */
static gboolean
check_name (ThrumResultsWriter *writer, GError **error)
{
  struct stat st;

  if (fstat (writer->fd, &st) < 0 || st.st_nlink > 0)
    return TRUE;
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
               "results.csv was deleted while the run wrote it");
  return FALSE;
}

gboolean
thrum_results_writer_flush (ThrumResultsWriter *writer, GError **error)
{
  gsize written = 0, whole;
  int saved = 0;

  while (written < writer->used)
    {
      gssize n = write (writer->fd, writer->buffer + written, writer->used - written);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          saved = errno;
          break;
        }
      written += (gsize)n;
    }
  if (saved == 0)
    {
      drop_front (writer, written);
      return check_name (writer, error);
    }

  for (whole = written; whole > 0 && writer->buffer[whole - 1] != '\n';)
    whole--;
  /* Where the end cannot be cut off the row stays torn: better than the same bytes twice. */
  if (whole < written && ftruncate (writer->fd, writer->bytes + (off_t)whole) != 0)
    whole = written;
  drop_front (writer, whole);
  return fail (error, saved, "cannot write results.csv");
}

/* ---- The end ------------------------------------------------------------------------------ */

static guint64
count_lines (gint fd)
{
  gchar buffer[65536];
  guint64 lines = 0;
  gssize got;

  while ((got = read (fd, buffer, sizeof buffer)) > 0)
    for (gssize i = 0; i < got; i++)
      lines += buffer[i] == '\n';
  return lines;
}

/* Compares the file of that name with what was written. */
static gboolean
check_file (ThrumResultsWriter *writer, guint64 *missing, GError **error)
{
  gint fd = open (writer->path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
  struct stat ours, there;
  guint64 lines;

  *missing = 0;
  if (fstat (writer->fd, &ours) < 0)
    ours = (struct stat){ 0 };
  if (fd < 0 || fstat (fd, &there) < 0 || ours.st_ino != there.st_ino
      || ours.st_dev != there.st_dev)
    {
      *missing = writer->written;
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
                   "results.csv was %s while the run wrote it",
                   fd >= 0 || ours.st_nlink > 0 ? "moved or replaced" : "deleted");
      if (fd >= 0)
        close (fd);
      return FALSE;
    }
  if (there.st_size == writer->bytes)
    {
      close (fd);
      return TRUE;
    }
  lines = count_lines (fd);
  close (fd);
  *missing = writer->written - MIN (writer->written, lines);
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
               "results.csv was changed while the run wrote it: it holds %" G_GINT64_FORMAT
               " bytes, and %" G_GINT64_FORMAT " were written",
               (gint64)there.st_size, writer->bytes);
  return FALSE;
}

gboolean
thrum_results_writer_finish (ThrumResultsWriter *writer, guint64 *missing, GError **error)
{
  gboolean is_good = check_file (writer, missing, error);

  /* Some file systems say only now that they did not take it all; others cannot be asked. */
  if (is_good && fsync (writer->fd) < 0 && errno != EINVAL && errno != EROFS)
    is_good = fail (error, errno, "cannot write results.csv to its disk");
  if (close (writer->fd) < 0 && errno != EINTR && is_good)
    is_good = fail (error, errno, "cannot close results.csv");
  writer->fd = -1;
  return is_good;
}

guint64
thrum_results_writer_get_pending (ThrumResultsWriter *writer)
{
  return writer->pending;
}

gsize
thrum_results_writer_get_buffered (ThrumResultsWriter *writer)
{
  return writer->used;
}

void
thrum_results_writer_free (ThrumResultsWriter *writer)
{
  if (writer == NULL)
    return;
  if (writer->fd >= 0)
    close (writer->fd);
  g_free (writer->path);
  g_free (writer->request_name_bytes);
  g_free (writer->buffer);
  g_free (writer);
}
