/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/input/input.h"
#include "analyzer/read/reader.h"

G_BEGIN_DECLS

/* A file with the reader that understands it. */
typedef struct {
  ThrumInput *input;  /* (unowned) */
  ThrumReader reader; /* set up by thrum_scan_detect () */
} ThrumScanFile;

/* Reports whether the file says at what time its rows were, and not only how long after its own
 * start. */
gboolean thrum_scan_file_has_date (const ThrumScanFile *file);

/* Finds out from its first bytes which format @file has. Sets up @format (nullable) instead if it
 * is given, or @columns (nullable), in the form of --columns. Returns FALSE and @error if no format
 * fits. An empty file is of the columns format. */
gboolean thrum_scan_detect (ThrumScanFile *file, const ThrumFormat *format, const char *columns,
                            GError **error);

/* The faults of the files, in the order of their lines. */
typedef struct {
  guint64 n_lines;
  guint64 n_malformed;
  guint64 n_cut;         /* rows left out because of the readers' cut */
  GPtrArray *complaints; /* of strings: "FILE:LINE: REASON", the first few of each file */
  GPtrArray *torn;       /* strings: files whose last line has no end, and what became of it */
  GPtrArray *restarts;   /* strings: files in which time begins anew, and where */
  gboolean too_fine;
  guint barren; /* 1 + the first file that has lines, of which none is a row; 0: no such */
  const char *barren_fault; /* its first complaint; (unowned) */
} ThrumScanFaults;

void thrum_scan_faults_clear (ThrumScanFaults *faults);

/* Hands all rows of a pass to one state per thread. consume () is called only on the state's own
 * thread. */
typedef struct {
  gpointer (*state_new) (gpointer pass);
  void (*consume) (gpointer state, const ThrumRow *rows, guint n_rows);
} ThrumScanConsumer;

/* Parses all of @files with @jobs threads. Every row goes to exactly one state; which one is
 * chance. Sets @jobs pointers in @states, which the caller then owns. Returns FALSE and @error if a
 * file cannot be read; the states are set nonetheless. */
gboolean
thrum_scan_run (ThrumScanFile *files, guint n_files, guint jobs, const ThrumScanConsumer *consumer,
                gpointer pass, gpointer *states, ThrumScanFaults *faults, GError **error);

/* Where the file's rows lie in time, and how many they may be, estimated from samples. The samples
 * are at fixed places, so every call gives the same answer. Nothing here is exact. */
typedef struct {
  gint64 first_intended; /* units */
  gint64 last_elapsed;
  guint64 n_rows;
  gboolean within_seconds; /* some instant is not a whole second */
} ThrumScanEstimate;

gboolean
thrum_scan_estimate (const ThrumScanFile *file, ThrumScanEstimate *estimate, GError **error);

G_END_DECLS
