/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "config/reading.h"

G_BEGIN_DECLS

/* Returns whether the whole value of @option is a secret: its plugin says so, or [results]
 * secret-keys. */
gboolean thrum_is_secret_option (const ThrumOption *option, const ThrumReading *reading);

/* Gives @entry, whose value is there, what the resolved text says of it in place of its secrets, once:
 * references to variables of our own, whose values are added to @reading's secrets. No problem told
 * from now on says one. To be called before anything reads the value. */
void thrum_hide_secrets (const ThrumOption *option, ThrumEntry *entry, ThrumReading *reading);

/* The text that expands to the path @absolute, keeping the references of @entry. (transfer full) */
gchar *
thrum_write_path (const ThrumEntry *entry, const gchar *absolute, const gchar *base_directory);

G_END_DECLS
