/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/run-info.h"

G_BEGIN_DECLS

/* One measured file, open for reading at any place. */
typedef struct {
  char *path;         /* of the rows */
  char *label;        /* what the user calls it */
  char *folder;       /* where a report goes unless told */
  ThrumRunInfo *info; /* (nullable) from run.json beside it */
  int fd;
  goffset size; /* as it was when opened: what is appended later is not read */
} ThrumInput;

/* Opens @path: a run's folder, or a file of rows. (transfer full) */
ThrumInput *thrum_input_open (const char *path, GError **error);
void thrum_input_free (ThrumInput *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumInput, thrum_input_free)

/* Reads up to @length bytes from @offset, fewer only at the end of the file. -1 and @error; any
 * thread. */
gssize thrum_input_read (const ThrumInput *self, char *buffer, gsize length, goffset offset,
                         GError **error);

G_END_DECLS
