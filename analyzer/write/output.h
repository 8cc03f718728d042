/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>
#include <sys/types.h>

G_BEGIN_DECLS

/* The head of every script that is written here. */
#define THRUM_OUTPUT_SCRIPT_HEAD "# Written by thrum-analyze."

/* The folder that a report goes into. Files are replaced as a whole or not at all. A file with
 * measured rows is never overwritten, even if it has a report's name. */
typedef struct _ThrumOutput ThrumOutput;

/* The identity of a file, whatever it is called. */
typedef struct {
  dev_t device;
  ino_t inode;
} ThrumFileId;

/* Makes the folder @given, with its parents. If @given is NULL, it makes @usual, which must not be
 * a link that came with the rows. @measured (ThrumFileId) must not be overwritten. */
ThrumOutput *
thrum_output_new (const char *given, const char *usual, GArray *measured, GError **error);
void thrum_output_free (ThrumOutput *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumOutput, thrum_output_free)

const char *thrum_output_get_folder (const ThrumOutput *self);

/* Returns the path of @name in the folder, for a file that is about to be written. NULL and @error
 * if a measured file is there. Any thread. (transfer full) */
char *thrum_output_get_path (ThrumOutput *self, const char *name, GError **error);

/* Makes an empty file in the folder that was not there before, for another program to write.
 * Returns its path. Any thread. (transfer full) */
char *thrum_output_make_scratch (ThrumOutput *self, const char *name, GError **error);

/* Notes that files named @stem and an ending belong to a plot that was written here before, if
 * @script.gp is there and says so. Call it before the script is written again. */
void thrum_output_note_old_plot (ThrumOutput *self, const char *script, const char *stem);

/* Removes what an older report left of the noted plots and was not written again: a picture or data
 * beside newer numbers would be taken for theirs. Does not report what cannot be removed. */
void thrum_output_remove_old_plots (ThrumOutput *self);

/* Writes @name. */
gboolean thrum_output_write (ThrumOutput *self, const char *name, const char *data, gssize length,
                             GError **error);

G_END_DECLS
