/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/compute/analysis.h"

G_BEGIN_DECLS

/* Where the rows of a report came from, and what must be said of them. */
typedef struct {
  char *title;              /* what was tested */
  const ThrumRunInfo *info; /* (nullable) (unowned) of the first file */
  GPtrArray *notes;         /* of sentences; may be empty */
  char *incomplete;         /* (nullable) the first reason why not everything was measured */
} ThrumSource;

/* Returns the source of @files (ThrumScanFile), which are the rows of one test and must outlive it.
 * (transfer full) */
ThrumSource *thrum_source_new (const GArray *files);
/* Adds a note if fewer rows were found in @files (@n_found) than their runs wrote. */
void thrum_source_note_missing (ThrumSource *self, const GArray *files, guint64 n_found);
/* Adds notes on what the analysis found odd: more names than are told apart, rows far from the
 * test, times without rows, tests one after another. */
void thrum_source_note_findings (ThrumSource *self, const ThrumAnalysis *analysis);
void thrum_source_free (ThrumSource *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumSource, thrum_source_free)

G_END_DECLS
