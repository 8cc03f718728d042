/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/compute/analysis.h"

G_BEGIN_DECLS

/* Where the rows of a report came from, and what must be said of that. */
typedef struct {
  char *title;              /* what was tested */
  const ThrumRunInfo *info; /* (nullable) (unowned) of the first file */
  GPtrArray *notes;         /* of sentences; may be empty */
  char *incomplete; /* (nullable) why it is not all that was to be measured: the first reason */
} ThrumSource;

/* @files (ThrumScanFile) are the rows of one test and outlive the source. (transfer full) */
ThrumSource *thrum_source_new (const GArray *files);
/* Notes it if fewer rows, @n_found of them, were found in @files than their runs wrote. */
void thrum_source_note_missing (ThrumSource *self, const GArray *files, guint64 n_found);
/* Notes what the analysis of the rows found odd: more names than are told apart, rows far from the test,
 * times without any, tests one after another. */
void thrum_source_note_findings (ThrumSource *self, const ThrumAnalysis *analysis);
void thrum_source_free (ThrumSource *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumSource, thrum_source_free)

G_END_DECLS
