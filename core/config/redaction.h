/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What stands where nothing better is known. */
#define THRUM_REDACTED "***"

/* Values that are not to be printed, and what is printed in their place. One thread. */
typedef struct {
  GArray *entries;
} ThrumRedaction;

ThrumRedaction *thrum_redaction_new (void);
void thrum_redaction_free (ThrumRedaction *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumRedaction, thrum_redaction_free)

/* From now on prints @instead (copied) in place of @value, if that has at least three bytes: a
 * shorter one is found in every other word. */
void thrum_redaction_add (ThrumRedaction *self, const gchar *value, const gchar *instead);

/* Replaces every value within @text, the longest first. */
void thrum_redaction_apply (const ThrumRedaction *self, GString *text);

G_END_DECLS
