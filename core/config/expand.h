/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "config/redaction.h"

G_BEGIN_DECLS

/* The variables that stand for a secret of the file itself begin so: THRUM_SECRET_1, ... What they
 * hold is read as if it still stood in the file. */
#define THRUM_EXPAND_SECRET "THRUM_SECRET_"

/* How a variable's value is put into a text. */
typedef enum {
  THRUM_EXPAND_PLAIN,
  THRUM_EXPAND_ESCAPED /* where '\\' begins an escape: each '\\' of a value is doubled, so that a value
                          is only ever itself */
} ThrumExpandMode;

/* Returns @text with ${env:NAME} replaced by the environment's values and $$ by $. NULL with @error
 * set for a variable that is not set or not UTF-8, or any other ${. What a message must not say for
 * it is added to @redaction (nullable). (transfer full) */
gchar *
thrum_expand (const gchar *text, ThrumExpandMode mode, ThrumRedaction *redaction, GError **error);

/* Returns the first byte of [@at, @end) that is one of @stops and not within a reference ${...}, or
 * @end. */
const gchar *thrum_expand_find (const gchar *at, const gchar *end, const gchar *stops);

/* A text that thrum_expand () turns into @value. (transfer full) */
gchar *thrum_expand_escape (const gchar *value);

/* Whether @text is one ${env:NAME} and nothing else: what it stands for is not in it. */
gboolean thrum_expand_is_reference (const gchar *text);

/* The same of a variable for a secret of the file itself. */
gboolean thrum_expand_is_own_secret (const gchar *text);

G_END_DECLS
