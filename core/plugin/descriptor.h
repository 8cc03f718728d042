/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "thrum/plugin.h"

G_BEGIN_DECLS

/* Whether @descriptor is of an ABI this program speaks; @symbol_bytes is what the linker says the
 * symbol has, 0 if unknown. Reads nothing beyond the two. FALSE with @error set
 * (THRUM_PLUGIN_ERROR_MISMATCH) to a message that names both versions. */
gboolean
thrum_descriptor_check_abi (const ThrumPlugin *descriptor, gsize symbol_bytes, GError **error);

/* Whether @descriptor, of a fitting ABI, keeps the rules: it is called @name, has its hooks, one of
 * the two operation tables, and sound option tables. FALSE with @error set
 * (THRUM_PLUGIN_ERROR_INVALID). */
gboolean
thrum_descriptor_check_rules (const ThrumPlugin *descriptor, const gchar *name, GError **error);

/* Whether @request, which @descriptor's request_new () made, awaits a reply. */
gboolean thrum_descriptor_awaits_reply (const ThrumPlugin *descriptor, gconstpointer request);

/* Whether [target] or [request] keys named @key are the core's own, whatever the plugin. */
gboolean thrum_descriptor_is_reserved (const gchar *key);

G_END_DECLS
