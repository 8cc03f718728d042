/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/input/run-info.h"
#include "analyzer/write/output.h"

G_BEGIN_DECLS

/* One measured file, open for reading at any place. */
typedef struct {
  char *path;         /* of the rows */
  char *label;        /* what the user calls it */
  char *folder;       /* where a report goes unless told */
  ThrumRunInfo *info; /* (nullable) from run.json beside it */
  gboolean spilled;   /* fd is a copy, and path not what it reads */
  char *damage;       /* (nullable) why the copy is not all of it: "its gzip data end too early" */
  int fd;
  goffset size; /* as it was when opened: what is appended later is not read */
} ThrumInput;

/* Opens @path: a run's folder (whose rows may be packed, too), a file of rows, packed by gzip or zstd
 * or not, a pipe, or - for standard input. What cannot be read twice and at any place is spilled into
 * @output (nullable: where the report goes unless told). (transfer full) */
ThrumInput *thrum_input_open (const char *path, const char *output, GError **error);
void thrum_input_free (ThrumInput *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumInput, thrum_input_free)

/* Says which files @inputs (ThrumInput) are, for who must not overwrite them. (transfer full),
 * ThrumFileId */
GArray *thrum_inputs_identify (const GPtrArray *inputs);

/* What is to be said of a file that was cut or damaged, as one sentence; NULL of any other.
 * (transfer full) */
char *thrum_input_describe_damage (const ThrumInput *self);

/* Reads up to @length bytes from @offset, fewer only at the end of the file. -1 and @error; any
 * thread. */
gssize thrum_input_read (const ThrumInput *self, char *buffer, gsize length, goffset offset,
                         GError **error);

G_END_DECLS
