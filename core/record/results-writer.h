/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

#include "record/columns.h"
#include "record/record.h"

G_BEGIN_DECLS

/* Writes results.csv: a row a record, whole rows only, also when the disk is full. One thread. */
typedef struct _ThrumResultsWriter ThrumResultsWriter;

/* Creates @path, which must not exist. @request_names (NULL-terminated) must outlive the writer.
 * NULL with @error set (G_FILE_ERROR). */
ThrumResultsWriter *thrum_results_writer_new (const gchar *path, const ThrumColumnList *columns,
                                              const gchar *const *request_names, GError **error);

/* Instants are written in seconds since @t0 (ns). Before the first row. */
void thrum_results_writer_set_t0 (ThrumResultsWriter *writer, gint64 t0);

/* Adds @record's row to the buffer. */
void thrum_results_writer_add (ThrumResultsWriter *writer, const ThrumRecord *record, guint worker);

/* Writes what is buffered. FALSE with @error set: the disk took a part only; the file ends after a
 * whole row, the rest stays buffered, and flush may be called again. Or the file was deleted
 * (G_FILE_ERROR_NOENT), which no later call can mend. */
gboolean thrum_results_writer_flush (ThrumResultsWriter *writer, GError **error);

/* Rows added that are not in the file yet. */
guint64 thrum_results_writer_get_pending (ThrumResultsWriter *writer);

/* Has the disk take the file, compares its name, place and size with what was written, and closes it.
 * FALSE with @error set: it is not what was written. @missing: how many written rows it lacks, as far
 * as that can be told. Once, last. */
gboolean thrum_results_writer_finish (ThrumResultsWriter *writer, guint64 *missing, GError **error);

/* Bytes buffered; flush at some 256 KiB. */
gsize thrum_results_writer_get_buffered (ThrumResultsWriter *writer);

/* Closes the file; what is still buffered is lost. */
void thrum_results_writer_free (ThrumResultsWriter *writer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumResultsWriter, thrum_results_writer_free)

G_END_DECLS
