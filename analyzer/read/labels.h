/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* @names (of @n) in at most @width characters each, no two of which are the same unless the names are:
 * what is too long loses its middle, since names seldom differ in their first characters, and where that
 * is not enough gets a number. "" becomes "(no name)". Main thread. (transfer full) */
GStrv thrum_labels_new (const char *const *names, guint n, guint width);

G_END_DECLS
