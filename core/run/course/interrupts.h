/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Takes SIGINT, SIGTERM, SIGHUP and SIGTSTP until thrum_interrupts_give_back (), but for those that are
 * ignored, which stay so (nohup, a shell's `&`). The first three mean the same: one is told, two within
 * 200 ms are one, and a second one leaves at once: while there is a loop it is told, too, and the process
 * has a second left; else the process exits with @exit_code within the handler. Handlers rather than a
 * mask, since a mask would be inherited by children. FALSE with @error set (G_FILE_ERROR). Main thread,
 * once. */
gboolean thrum_interrupts_take (int exit_code, GError **error);

/* Readable once there is a signal to take. */
gint thrum_interrupts_get_fd (void);

/* Returns the number of the next signal that came, 0: none. */
gint thrum_interrupts_next (void);

/* Says whether a loop reads the signals now. SIGTSTP stops this process alone where none does. */
void thrum_interrupts_set_looping (gboolean is_looping);

/* Has signals do again what they did before. */
void thrum_interrupts_give_back (void);

G_END_DECLS
