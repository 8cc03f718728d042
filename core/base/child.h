/* SPDX-License-Identifier: MIT */
#pragma once

#include <signal.h>

#include <glib.h>

G_BEGIN_DECLS

/* Notes which signals this process was started to ignore. Ignores SIGXFSZ itself, so that a file
 * that may not grow is an error of write (), which we report, and does not end us. Call it first
 * in main (). */
void thrum_child_note_signals (void);

/* Prepares the process in which another program is to run; a GSpawnChildSetupFunc, @data unused.
 * Blocks no signal. Gives the signals that we ignore for writing (SIGPIPE, SIGXFSZ) their usual
 * effect. Signals that were ignored before us stay ignored; GLib forgets that. The program ends
 * when the thread that started it ends. */
void thrum_child_prepare (gpointer data);

/* Removes from @signals those that this process was started to ignore (nohup, a shell's `&`). If
 * we blocked them and waited for them, they would come after all. */
void thrum_child_leave_ignored (sigset_t *signals);

/* Returns the program @name, searched only in the absolute folders of PATH: `.` or an empty
 * entry would run what a foreign folder holds. (transfer full) (nullable): there is no such
 * program. */
gchar *thrum_child_find_program (const gchar *name);

G_END_DECLS
