/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdio.h>

#include <glib.h>

G_BEGIN_DECLS

/* Makes the program report an error and exit with @code instead of 0 if its standard output was
 * not all taken: half a file on a full disk is not a success. It checks at exit, because GLib
 * exits by itself after --help. Borrows @program for ever. Once, main thread. */
void thrum_printing_check_at_exit (const char *program, int code);

/* Returns whether @c is a character (U+FFFE is not, and XML may not hold it) that is safe to
 * print: it does not command a terminal, and does not reorder, hide or break what stands around
 * it. */
gboolean thrum_printing_is_safe (gunichar c);

/* Returns @text, which may come from others, in a form that can be printed: what is not safe
 * (control characters, also those beyond ASCII) or not UTF-8 becomes `?`. Tabs and line ends
 * stay if @keeps_lines. (transfer full) */
char *thrum_printing_escape (const char *text, gboolean keeps_lines);

/* Prints to @stream, with everything but lines and tabs escaped like that. Use it for whatever
 * may hold names or messages of others. */
void thrum_printing_say (FILE *stream, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* Prints to standard error what there is room for at once, at most 4096 bytes. Leaves out a line
 * that finds no room, so that a reader that does not read keeps nobody waiting. Main thread. */
void thrum_printing_note (const char *format, ...) G_GNUC_PRINTF (1, 2);

/* Writes @text into @file. Writes a temporary file first, so that whoever waits for @file never
 * reads half of it. A symbolic link stays one. A file that is not a regular file, such as
 * /dev/stdout or a pipe, is written to directly. FALSE with @error set (G_FILE_ERROR). Any
 * thread. */
gboolean thrum_printing_write_file (const char *file, const char *text, GError **error);

G_END_DECLS
