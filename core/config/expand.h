/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* @text with ${env:NAME} replaced by the environment's values and $$ by $. NULL with @error set for
 * a variable that is not set or not UTF-8, or any other ${. (transfer full) */
gchar *thrum_expand (const gchar *text, GError **error);

/* A text that thrum_expand () turns into @value. (transfer full) */
gchar *thrum_expand_escape (const gchar *value);

/* Whether @text is one ${env:NAME} and nothing else: what it stands for is not in it. */
gboolean thrum_expand_is_reference (const gchar *text);

G_END_DECLS
