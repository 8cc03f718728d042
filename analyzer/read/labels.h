/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Returns @names (of @n) in at most @width characters each. No two labels are the same unless the
 * names are. A name that is too long loses its middle, because names seldom differ in their first
 * characters; if labels are still the same, they get a number. "" becomes "(no name)". Main thread.
 * (transfer full) */
GStrv thrum_labels_new (const char *const *names, guint n, guint width);

G_END_DECLS
