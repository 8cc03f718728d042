/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Handles SIGINT, SIGTERM, SIGHUP and SIGTSTP until thrum_interrupts_give_back (). Those that
 * are ignored stay ignored (nohup, a shell's `&`). FALSE with @error set (G_FILE_ERROR). Main
 * thread, once.
 *
 * The first three signals mean the same, and two within 200 ms count as one. The first one is
 * reported to the loop. A second one leaves at once: while a loop reads the signals, it is
 * reported too, and the process has one second left; otherwise the handler itself exits with
 * @exit_code. We use handlers rather than a mask, because children would inherit a mask. */
gboolean thrum_interrupts_take (int exit_code, GError **error);

/* Returns a descriptor that is readable while there is a signal to take. */
gint thrum_interrupts_get_fd (void);

/* Returns the number of the next signal that came; 0: there is none. */
gint thrum_interrupts_next (void);

/* Notes whether a loop reads the signals now. Where none does, SIGTSTP stops this process alone. */
void thrum_interrupts_set_looping (gboolean is_looping);

/* Restores what the signals did before. */
void thrum_interrupts_give_back (void);

G_END_DECLS
