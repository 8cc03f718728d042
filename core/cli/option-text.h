/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "config/keys.h"
#include "thrum/plugin.h"

G_BEGIN_DECLS

/* How options look to people, the same wherever they are listed. */

/* "enum: red, green; default green", "duration, 1ms to 1s; required; secret". @key is the core's row
 * that @option is the head of, or NULL for a plugin's option. (transfer full) */
gchar *thrum_option_to_text (const ThrumOption *option, const ThrumKey *key);

/* @help as a sentence begins; what begins with a name or a form, like http://HOST, stays as it is.
 * (transfer full) */
gchar *thrum_capitalize (const gchar *help);

/* Appends @text to @out in lines of at most @width columns, each begun with @margin and ended with a
 * newline. */
void thrum_append_wrapped (GString *out, const gchar *text, const gchar *margin, gsize width);

G_END_DECLS
