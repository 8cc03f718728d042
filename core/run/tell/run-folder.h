/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

#include "config/config.h"

G_BEGIN_DECLS

/* The folder of one run, made exclusively: never an earlier run's. */
typedef struct {
  gchar *path;       /* as given or made; not absolute unless that was */
  gchar *run_id;     /* NAME-YYYYmmddTHHMMSSZ, with -2, -3 where taken */
  gint reserve;      /* a nameless file that keeps room on its disk; -1: none */
  gboolean is_named; /* by the user */
  gboolean is_new;   /* made for this run */
  gboolean is_ours;  /* the files in it are this run's */
} ThrumRunFolder;

/* Makes @output (nullable: a new folder under the config's results directory). NULL with @error set
 * (G_FILE_ERROR; EXIST: @output holds a run already). */
ThrumRunFolder *
thrum_run_folder_new (const ThrumConfig *config, const gchar *output, GError **error);

/* Notes that a file was made exclusively in it, so that no other run writes there. */
void thrum_run_folder_own (ThrumRunFolder *folder);

/* Points `latest` beside a folder that the user did not name at it, unless something else has that name.
 * FALSE with @error set (G_FILE_ERROR), which is no failure of the run. */
gboolean thrum_run_folder_link_latest (const ThrumRunFolder *folder, GError **error);

/* Removes the files of a run that did not begin, and the folder if it was made for it. @folder:
 * (nullable) */
void thrum_run_folder_remove (const ThrumRunFolder *folder);

/* The path of @name in the folder. (transfer full) */
gchar *thrum_run_folder_get_file (const ThrumRunFolder *folder, const gchar *name);

/* Gives back the room that was kept since the beginning, so that a disk that the run filled takes its
 * last words. */
void thrum_run_folder_release (ThrumRunFolder *folder);

/* Replaces @name atomically by @text. */
gboolean thrum_run_folder_replace (const ThrumRunFolder *folder, const gchar *name,
                                   const gchar *text, GError **error);

void thrum_run_folder_free (ThrumRunFolder *folder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumRunFolder, thrum_run_folder_free)

G_END_DECLS
