/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/input/run-info.h"
#include "analyzer/write/output.h"

G_BEGIN_DECLS

/* One measured file, open for reading at any place. */
typedef struct {
  char *path;         /* of the rows */
  char *label;        /* what the user calls it */
  char *folder;       /* where a report goes unless the user names another folder */
  ThrumRunInfo *info; /* (nullable) from run.json beside it */
  gboolean spilled;   /* fd is a copy; path is the original */
  char *damage;       /* (nullable) why the copy is incomplete: "its gzip data end too early" */
  int fd;
  goffset size; /* as it was when opened: what is appended later is not read */
} ThrumInput;

/* Opens @path: a run's folder (its rows may be packed), a file of rows, packed by gzip or zstd or
 * not, a pipe, or - for standard input. What cannot be read twice and at any place is copied into
 * @output (NULL: the folder where the report goes by default). (transfer full) */
ThrumInput *thrum_input_open (const char *path, const char *output, GError **error);
void thrum_input_free (ThrumInput *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumInput, thrum_input_free)

/* Returns the identities (ThrumFileId) of the files that @inputs (ThrumInput) are, for code that
 * must not overwrite them. (transfer full) */
GArray *thrum_inputs_identify (const GPtrArray *inputs);

/* Returns one sentence about a file that was cut or damaged; NULL for any other file. (transfer
 * full) */
char *thrum_input_describe_damage (const ThrumInput *self);

/* Reads up to @length bytes from @offset; fewer only at the end of the file. Returns -1 and sets
 * @error on failure. Any thread. */
gssize thrum_input_read (const ThrumInput *self, char *buffer, gsize length, goffset offset,
                         GError **error);

G_END_DECLS
