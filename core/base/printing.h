/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdio.h>

#include <glib.h>

G_BEGIN_DECLS

/* Has a program whose standard output was not all taken end with @code instead of 0, and say so: half a
 * file on a full disk is no success. At the exit, for GLib exits by itself after --help. @program is
 * borrowed for ever. Once, main thread. */
void thrum_printing_check_at_exit (const char *program, int code);

/* Reports whether @c is a character (U+FFFE is not, nor may XML hold it) that neither commands a terminal
 * nor reorders, hides or breaks what stands around it. */
gboolean thrum_printing_is_safe (gunichar c);

/* Returns @text, which others may have made up, so that it can be printed: what is not safe (control
 * characters, also those beyond ASCII), or not UTF-8, is `?`. Tabs
 * and line ends stay if @keeps_lines. (transfer full) */
char *thrum_printing_escape (const char *text, gboolean keeps_lines);

/* Prints to @stream, all but lines and tabs escaped like that: the way for whatever may hold names or
 * messages of others. */
void thrum_printing_say (FILE *stream, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* Prints to standard error what there is room for at once: a line that finds none is left out, so that
 * who does not read keeps nobody waiting. At most 4096 bytes. Main thread. */
void thrum_printing_note (const char *format, ...) G_GNUC_PRINTF (1, 2);

/* Writes @text into @file, by a temporary file: who waits for it never reads half of it. A symbolic link
 * stays one, and what is no regular file, as /dev/stdout or a pipe, is written to. FALSE with @error set
 * (G_FILE_ERROR). Any thread. */
gboolean thrum_printing_write_file (const char *file, const char *text, GError **error);

G_END_DECLS
