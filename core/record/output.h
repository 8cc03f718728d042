/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Has a program whose standard output was not all taken end with @code instead of 0, and say so: half a
 * file on a full disk is no success. At the exit, for GLib exits by itself after --help. @program is
 * borrowed for ever. Once, main thread. */
void thrum_output_check_at_exit (const char *program, int code);

G_END_DECLS
