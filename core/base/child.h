/* SPDX-License-Identifier: MIT */
#pragma once

#include <signal.h>

#include <glib.h>

G_BEGIN_DECLS

/* Notes which signals this process was started to ignore, and ignores SIGXFSZ: a file that may not grow
 * is an error of write (), to be told, not an end. First in main (). */
void thrum_child_note_signals (void);

/* A GSpawnChildSetupFunc for a program of others, @data unused: no signal is blocked, those that we
 * ignore for writing (SIGPIPE, SIGXFSZ) do what they usually do, those that were ignored before us stay
 * so, which GLib forgets, and it ends with the thread that
 * started it. */
void thrum_child_prepare (gpointer data);

/* Removes from @signals what this process was started to ignore (nohup, a shell's `&`): blocked and
 * waited for it would come all the same. */
void thrum_child_leave_ignored (sigset_t *signals);

/* Returns the program @name by the absolute folders of PATH alone: `.` or an empty one would run what
 * a foreign folder holds. (transfer full) (nullable): there is none. */
gchar *thrum_child_find_program (const gchar *name);

G_END_DECLS
