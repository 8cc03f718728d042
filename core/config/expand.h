/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "config/redaction.h"

G_BEGIN_DECLS

/* Begins the names of variables that stand for a secret of the file itself: THRUM_SECRET_1, ...
 * What they hold is read as if it still stood in the file. */
#define THRUM_EXPAND_SECRET "THRUM_SECRET_"

/* How a variable's value is put into a text. */
typedef enum {
  THRUM_EXPAND_PLAIN,
  THRUM_EXPAND_ESCAPED /* where '\\' begins an escape: each '\\' of a value is doubled, so that
                          the value stays as it is */
} ThrumExpandMode;

/* Returns @text with each ${env:NAME} replaced by that variable's value, and each $$ by $. NULL
 * with @error set: a variable is not set or not UTF-8, or another ${ was found. Adds to
 * @redaction (nullable) what no message may then say. (transfer full) */
gchar *
thrum_expand (const gchar *text, ThrumExpandMode mode, ThrumRedaction *redaction, GError **error);

/* Returns the first byte of [@at, @end) that is one of @stops and is not within a reference
 * ${...}, or else @end. */
const gchar *thrum_expand_find (const gchar *at, const gchar *end, const gchar *stops);

/* Returns a text that thrum_expand () turns into @value. (transfer full) */
gchar *thrum_expand_escape (const gchar *value);

/* Returns whether @text is one ${env:NAME} and nothing else. The text then does not contain what
 * it stands for. */
gboolean thrum_expand_is_reference (const gchar *text);

/* Returns whether @text is a reference to a variable for a secret of the file itself. */
gboolean thrum_expand_is_own_secret (const gchar *text);

G_END_DECLS
