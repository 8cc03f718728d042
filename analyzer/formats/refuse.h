/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Where a file that begins with the @length bytes at @head is known but not read: what it is, and what to
 * do instead, as what follows "cannot analyze FILE: ". Static; NULL where it is not known. */
const char *thrum_refuse_known (const char *head, gsize length);

G_END_DECLS
