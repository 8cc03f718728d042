/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

#include "config/config.h"

G_BEGIN_DECLS

/* The folder of one run. It is made exclusively, so it is never an earlier run's. */
typedef struct {
  gchar *path;       /* as given or made; absolute only if that was */
  gchar *run_id;     /* NAME-YYYYmmddTHHMMSSZ, with -2, -3 where that name is taken */
  gint reserve;      /* a nameless file that keeps room free on the disk; -1: none */
  gboolean is_named; /* the user gave its name */
  gboolean is_new;   /* it was made for this run */
  gboolean is_ours;  /* the files in it are this run's */
} ThrumRunFolder;

/* Makes @output (nullable: a new folder under the config's results directory). NULL with @error
 * set (G_FILE_ERROR; EXIST: @output already holds a run). */
ThrumRunFolder *
thrum_run_folder_new (const ThrumConfig *config, const gchar *output, GError **error);

/* Notes that a file in it was made exclusively, so no other run writes there. */
void thrum_run_folder_own (ThrumRunFolder *folder);

/* Makes the link `latest`, beside a folder that the user did not name, point at that folder.
 * Leaves it alone if something else has that name. FALSE with @error set (G_FILE_ERROR): that is
 * not a failure of the run. */
gboolean thrum_run_folder_link_latest (const ThrumRunFolder *folder, GError **error);

/* Removes the files of a run that did not begin. Removes the folder too, if it was made for that
 * run. @folder: (nullable) */
void thrum_run_folder_remove (const ThrumRunFolder *folder);

/* Returns the path of @name in the folder. (transfer full) */
gchar *thrum_run_folder_get_file (const ThrumRunFolder *folder, const gchar *name);

/* Gives back the room that was kept since the beginning, so that the last files can still be
 * written when the run has filled the disk. */
void thrum_run_folder_release (ThrumRunFolder *folder);

/* Replaces the contents of @name with @text, atomically. */
gboolean thrum_run_folder_replace (const ThrumRunFolder *folder, const gchar *name,
                                   const gchar *text, GError **error);

void thrum_run_folder_free (ThrumRunFolder *folder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumRunFolder, thrum_run_folder_free)

G_END_DECLS
