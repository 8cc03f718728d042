/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "thrum/plugin.h"

G_BEGIN_DECLS

/* Returns whether @descriptor is of an ABI that this program speaks. @symbol_bytes is how large
 * the linker says the symbol is, 0 if unknown. Reads nothing beyond the two. FALSE with @error
 * set (THRUM_PLUGIN_ERROR_MISMATCH): the message names both versions. */
gboolean
thrum_descriptor_check_abi (const ThrumPlugin *descriptor, gsize symbol_bytes, GError **error);

/* Returns whether @descriptor, of a fitting ABI, keeps the rules: it is called @name, and has
 * its hooks, one of the two operation tables, and sound option tables. FALSE with @error set
 * (THRUM_PLUGIN_ERROR_INVALID). */
gboolean
thrum_descriptor_check_rules (const ThrumPlugin *descriptor, const gchar *name, GError **error);

/* Returns whether @request, which @descriptor's request_new () made, awaits a reply. */
gboolean thrum_descriptor_awaits_reply (const ThrumPlugin *descriptor, gconstpointer request);

/* Returns whether @key is one of the core's own [target] or [request] keys, which no plugin may
 * have. */
gboolean thrum_descriptor_is_reserved (const gchar *key);

G_END_DECLS
