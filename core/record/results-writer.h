/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

#include "record/columns.h"
#include "record/record.h"

G_BEGIN_DECLS

/* Writes results.csv: one row for each record. It writes whole rows only, even when the disk is
 * full. One thread. */
typedef struct _ThrumResultsWriter ThrumResultsWriter;

/* Creates @path, which must not exist. @request_names (NULL-terminated) must outlive the writer.
 * NULL with @error set (G_FILE_ERROR). */
ThrumResultsWriter *thrum_results_writer_new (const gchar *path, const ThrumColumnList *columns,
                                              const gchar *const *request_names, GError **error);

/* Sets the instant from which the rows count seconds: @t0 (ns). Call it before the first row. */
void thrum_results_writer_set_t0 (ThrumResultsWriter *writer, gint64 t0);

/* Adds @record's row to the buffer. */
void thrum_results_writer_add (ThrumResultsWriter *writer, const ThrumRecord *record, guint worker);

/* Writes what is buffered. FALSE with @error set: the disk took only a part. The file then ends
 * after a whole row, the rest stays buffered, and flush may be called again. If the file was
 * deleted (G_FILE_ERROR_NOENT), no later call can help. */
gboolean thrum_results_writer_flush (ThrumResultsWriter *writer, GError **error);

/* Returns how many of the rows added are not in the file yet. */
guint64 thrum_results_writer_get_pending (ThrumResultsWriter *writer);

/* Makes the disk take the file, compares its name, place and size with what was written, and
 * closes it. Call it once, last. FALSE with @error set: the file is not what was written.
 * @missing: how many written rows it lacks, as far as that can be found out. */
gboolean thrum_results_writer_finish (ThrumResultsWriter *writer, guint64 *missing, GError **error);

/* Returns how many bytes are buffered; flush at some 256 KiB. */
gsize thrum_results_writer_get_buffered (ThrumResultsWriter *writer);

/* Closes the file. What is still buffered is lost. */
void thrum_results_writer_free (ThrumResultsWriter *writer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumResultsWriter, thrum_results_writer_free)

G_END_DECLS
