/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "thrum/plugin.h"

G_BEGIN_DECLS

/* An option table as a plugin's own header laid it out: its elements may be larger than ours. */
typedef struct {
  const ThrumOption *options; /* (nullable) with 0 options */
  guint n_options;
  gsize stride; /* the descriptor's option_size */
} ThrumOptionTable;

ThrumOptionTable thrum_option_table_of_target (const ThrumPlugin *descriptor);
ThrumOptionTable thrum_option_table_of_request (const ThrumPlugin *descriptor);

/* The core's own [target] keys for codec plugins, by ThrumTransportOption. */
ThrumOptionTable thrum_option_table_of_transport (void);

const ThrumOption *thrum_option_table_get (const ThrumOptionTable *table, guint index);

/* The option's only_with, (nullable), of a plugin that was compiled with one. */
const gchar *thrum_option_table_get_only_with (const ThrumOptionTable *table, guint index);

/* Whether that, if it is there, names an enum before @index and choices of it. */
gboolean thrum_option_table_check_only_with (const ThrumOptionTable *table, guint index);

/* The index of @key, or -1. */
gint thrum_option_table_find (const ThrumOptionTable *table, const gchar *key);

/* Checks @text against @option and puts it, parsed, into @value, whose strings the caller frees by
 * thrum_value_clear (). FALSE with @error set to what was expected; @value is cleared. Any thread.
 *
 * Typed values may have blanks around them; a STRING is taken as it is. A LIST is a;b;c: blanks
 * around an element are dropped, \; is a semicolon inside one, a last empty element is no element,
 * an empty one elsewhere is refused; with THRUM_OPTION_COMMAS, it may be a,b,c. */
gboolean
thrum_value_parse (ThrumValue *value, const ThrumOption *option, const gchar *text, GError **error);
void thrum_value_clear (ThrumValue *value);

/* @element as it has to stand in a LIST's text: each ; becomes \;. (transfer full) */
gchar *thrum_value_escape_element (const gchar *element);

/* Takes the text of @option, a LIST, apart as above, blanks around elements and \\; undone. NULL with
 * @error set. (transfer full) */
gchar **thrum_value_split (const ThrumOption *option, const gchar *text, GError **error);

/* All values of @table, every one at its fallback's value, or zero. Free by thrum_values_clear ().
 * The fallbacks have been checked when the plugin was loaded. */
void thrum_values_init (ThrumValues *values, const ThrumOptionTable *table);

/* Gives option @index the value @text. FALSE with @error set; it is then as before. */
gboolean thrum_values_set (ThrumValues *values, const ThrumOptionTable *table, guint index,
                           const gchar *text, GError **error);
void thrum_values_clear (ThrumValues *values);

/* Gives option @index, a LIST, these elements. @elements: (transfer full) */
void thrum_values_set_list (ThrumValues *values, guint index, gchar **elements);

/* Returns the text that is taken apart into @elements. (transfer full) */
gchar *thrum_value_join (const gchar *const *elements);

/* Takes back what option @index was given: it is at its fallback again. */
void thrum_values_reset (ThrumValues *values, const ThrumOptionTable *table, guint index);

/* Why option @index has no use among @values, by its only_with and those of the enums it depends on:
 * "is of use with reply = fixed only". NULL: it has one. (transfer full) */
gchar *
thrum_values_explain_no_use (const ThrumValues *values, const ThrumOptionTable *table, guint index);

/* For people: "duration", "enum"; the bounds as text, "1 to 999", "at least 1ms", "", or an ENUM's
 * choices, "a, b, c". */
const gchar *thrum_option_type_name (ThrumOptionType type);
gchar *thrum_option_format_range (const ThrumOption *option);

G_END_DECLS
