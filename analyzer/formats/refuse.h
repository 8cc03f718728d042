/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Returns what a file that begins with the @length bytes at @head is, and what to do instead, if it
 * is known but cannot be read. The text follows "cannot analyze FILE: ". Static; NULL if the file
 * is not known. */
const char *thrum_refuse_known (const char *head, gsize length);

G_END_DECLS
