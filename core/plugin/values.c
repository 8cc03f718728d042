/* SPDX-License-Identifier: MIT
 *
 * Turns an option's text into its checked value, by the tables that plugins (and the core's
 * transport) declare. Owns the meaning of option types; refuses to know INI files, sections and
 * lines. No global state; any thread.
 */
#include "net/transport.h"
#include "plugin/values.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base/nearest.h"
#include "plugin/loader.h"
#include "base/units.h"

ThrumOptionTable
thrum_option_table_of_target (const ThrumPlugin *descriptor)
{
  return (ThrumOptionTable){ descriptor->target_options, descriptor->n_target_options,
                             descriptor->option_size };
}

ThrumOptionTable
thrum_option_table_of_request (const ThrumPlugin *descriptor)
{
  return (ThrumOptionTable){ descriptor->request_options, descriptor->n_request_options,
                             descriptor->option_size };
}

ThrumOptionTable
thrum_option_table_of_transport (void)
{
  return (ThrumOptionTable){ thrum_plugin_transport_options (), THRUM_N_TRANSPORT_OPTIONS,
                             sizeof (ThrumOption) };
}

const ThrumOption *
thrum_option_table_get (const ThrumOptionTable *table, guint index)
{
  return (const ThrumOption *)((const gchar *)table->options + index * table->stride);
}

const gchar *
thrum_option_table_get_only_with (const ThrumOptionTable *table, guint index)
{
  const gsize end = offsetof (ThrumOption, only_with) + sizeof (const char *);

  return table->stride >= end ? thrum_option_table_get (table, index)->only_with : NULL;
}

/* Takes an only_with apart: its choices, and in @index the enum of them. NULL: it can't be. */
static gchar **
parse_only_with (const ThrumOptionTable *table, const gchar *text, guint *index, gboolean *is_not)
{
  const gchar *sign = strstr (text, " != ");

  *is_not = sign != NULL;
  if (sign == NULL)
    sign = strstr (text, " = ");
  if (sign == NULL)
    return NULL;
  g_autofree gchar *key = g_strndup (text, (gsize)(sign - text));
  const gint found = thrum_option_table_find (table, key);
  if (found < 0)
    return NULL;
  *index = (guint)found;
  return g_strsplit (sign + (*is_not ? strlen (" != ") : strlen (" = ")), ", ", -1);
}

gboolean
thrum_option_table_check_only_with (const ThrumOptionTable *table, guint index)
{
  const gchar *text = thrum_option_table_get_only_with (table, index);
  gboolean is_not;
  guint other;

  if (text == NULL)
    return TRUE;
  g_auto (GStrv) choices = parse_only_with (table, text, &other, &is_not);
  if (choices == NULL || choices[0] == NULL || other >= index
      || thrum_option_table_get (table, other)->type != THRUM_OPTION_ENUM)
    return FALSE;
  for (guint i = 0; choices[i] != NULL; i++)
    if (!g_strv_contains (thrum_option_table_get (table, other)->choices, choices[i]))
      return FALSE;
  return TRUE;
}

gint
thrum_option_table_find (const ThrumOptionTable *table, const gchar *key)
{
  for (guint i = 0; i < table->n_options; i++)
    if (g_str_equal (thrum_option_table_get (table, i)->key, key))
      return (gint)i;
  return -1;
}

/* ---- One value ----------------------------------------------------------------------------- */

static gchar *
format_bound (const ThrumOption *option, gdouble bound)
{
  gchar number[G_ASCII_DTOSTR_BUF_SIZE];

  if (option->type == THRUM_OPTION_DURATION)
    return thrum_format_duration ((gint64)bound);
  if (bound == floor (bound) && fabs (bound) < 1e15)
    return g_strdup_printf ("%.0f", bound);
  return g_strdup (g_ascii_formatd (number, sizeof number, "%.15g", bound));
}

static gboolean
is_bounded (const ThrumOption *option)
{
  return option->minimum != 0 || option->maximum != 0;
}

/* 2^63 ns or bytes and more bind nothing. */
static gboolean
has_maximum (const ThrumOption *option)
{
  return is_bounded (option)
         && (option->type == THRUM_OPTION_DOUBLE ? option->maximum < G_MAXDOUBLE
                                                 : option->maximum < 9.2e18);
}

static gboolean
has_minimum (const ThrumOption *option)
{
  return is_bounded (option)
         && (option->type == THRUM_OPTION_DOUBLE || option->type == THRUM_OPTION_INT
                 ? option->minimum > -9.2e18
                 : option->minimum > 0);
}

gchar *
thrum_option_format_range (const ThrumOption *option)
{
  if (option->type == THRUM_OPTION_ENUM)
    return g_strjoinv (", ", (gchar **)option->choices);

  g_autofree gchar *minimum = format_bound (option, option->minimum);
  g_autofree gchar *maximum = has_maximum (option) ? format_bound (option, option->maximum) : NULL;
  const gchar *unit = option->type == THRUM_OPTION_SIZE ? " bytes" : "";

  if (has_minimum (option) && has_maximum (option))
    return g_strdup_printf ("%s to %s%s", minimum, maximum, unit);
  if (has_maximum (option))
    return g_strdup_printf ("at most %s%s", maximum, unit);
  if (has_minimum (option))
    return g_strdup_printf ("at least %s%s", minimum, unit);
  return g_strdup ("");
}

const gchar *
thrum_option_type_name (ThrumOptionType type)
{
  static const gchar *const names[] = { "string",   "int",  "double", "bool",
                                        "duration", "size", "list",   "enum" };

  return (guint)type < G_N_ELEMENTS (names) ? names[type] : "unknown";
}

static gboolean
check_range (const ThrumOption *option, gdouble number, const gchar *text, GError **error)
{
  if ((!has_minimum (option) || number >= option->minimum)
      && (!has_maximum (option) || number <= option->maximum))
    return TRUE;
  g_autofree gchar *range = thrum_option_format_range (option);
  g_set_error (error, G_NUMBER_PARSER_ERROR, G_NUMBER_PARSER_ERROR_OUT_OF_BOUNDS,
               "'%s' is out of range: %s", text, range);
  return FALSE;
}

static gboolean
parse_choice (const ThrumOption *option, const gchar *text, gint64 *index, GError **error)
{
  g_autofree gchar *word = g_strstrip (g_strdup (text));
  ThrumNearest nearest = thrum_nearest_init (word);

  for (guint i = 0; option->choices[i] != NULL; i++)
    {
      thrum_nearest_offer (&nearest, option->choices[i]);
      if (g_str_equal (word, option->choices[i]))
        {
          *index = i;
          return TRUE;
        }
    }
  g_autofree gchar *choices = thrum_option_format_range (option);
  g_autofree gchar *hint = thrum_nearest_to_hint (&nearest);
  g_set_error (error, G_NUMBER_PARSER_ERROR, G_NUMBER_PARSER_ERROR_INVALID,
               "'%s' is not one of %s%s", word, choices, hint);
  return FALSE;
}

gchar *
thrum_value_escape_element (const gchar *element)
{
  g_autoptr (GString) text = g_string_new (element);

  g_string_replace (text, ";", "\\;", 0);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

gchar **
thrum_value_split (const ThrumOption *option, const gchar *text, GError **error)
{
  const gboolean has_commas = (option->flags & THRUM_OPTION_COMMAS) != 0;
  const gchar *separators = has_commas ? ";," : ";";
  g_autoptr (GStrvBuilder) list = g_strv_builder_new ();
  g_autoptr (GString) element = g_string_new (NULL);

  for (const gchar *at = text;; at++)
    if (at[0] == '\\' && at[1] == ';')
      g_string_append_c (element, *++at);
    else if (*at != '\0' && strchr (separators, *at) == NULL)
      g_string_append_c (element, *at);
    else
      {
        g_strstrip (element->str);
        if (*element->str != '\0')
          g_strv_builder_add (list, element->str);
        else if (*at != '\0')
          {
            g_set_error (error, G_NUMBER_PARSER_ERROR, G_NUMBER_PARSER_ERROR_INVALID,
                         "'%s' has an empty element; a list is %s", text,
                         has_commas ? "a, b, c or a; b; c"
                                    : "a;b;c, and \\; a semicolon inside an element");
            return NULL;
          }
        if (*at == '\0')
          return g_strv_builder_end (list);
        g_string_truncate (element, 0);
      }
}

/* The number behind @text, for the types that have one. */
static gboolean
parse_number (ThrumValue *value, const ThrumOption *option, const gchar *text, GError **error)
{
  gboolean boolean = FALSE;

  switch (option->type)
    {
    case THRUM_OPTION_INT:
      return thrum_parse_integer (text, &value->integer, error)
             && check_range (option, (gdouble)value->integer, text, error);
    case THRUM_OPTION_DOUBLE:
      return thrum_parse_number (text, &value->number, error)
             && check_range (option, value->number, text, error);
    case THRUM_OPTION_BOOL:
      if (!thrum_parse_boolean (text, &boolean, error))
        return FALSE;
      value->integer = boolean;
      return TRUE;
    case THRUM_OPTION_DURATION:
      return thrum_parse_duration (text, &value->integer, error)
             && check_range (option, (gdouble)value->integer, text, error);
    case THRUM_OPTION_SIZE:
      return thrum_parse_size (text, &value->integer, error)
             && check_range (option, (gdouble)value->integer, text, error);
    case THRUM_OPTION_ENUM:
      return parse_choice (option, text, &value->integer, error);
    case THRUM_OPTION_STRING:
    case THRUM_OPTION_LIST:
      return TRUE;
    }
  g_set_error (error, G_NUMBER_PARSER_ERROR, G_NUMBER_PARSER_ERROR_INVALID,
               "the option is of a type unknown to this version");
  return FALSE;
}

gboolean
thrum_value_parse (ThrumValue *value, const ThrumOption *option, const gchar *text, GError **error)
{
  *value = (ThrumValue){ .is_set = true };
  if (option->type == THRUM_OPTION_LIST)
    value->list = (const gchar *const *)thrum_value_split (option, text, error);
  if ((option->type == THRUM_OPTION_LIST && value->list == NULL)
      || !parse_number (value, option, text, error))
    {
      thrum_value_clear (value);
      return FALSE;
    }
  value->string = g_strdup (text);
  return TRUE;
}

void
thrum_value_clear (ThrumValue *value)
{
  g_free ((gchar *)value->string);
  g_strfreev ((gchar **)value->list);
  *value = (ThrumValue){ 0 };
}

/* ---- All values of a table ----------------------------------------------------------------- */

/* What option @option is when nobody says anything. */
static void
set_fallback (ThrumValue *value, const ThrumOption *option)
{
  if (option->fallback != NULL)
    {
      if (!thrum_value_parse (value, option, option->fallback, NULL))
        g_assert_not_reached (); /* the loader refused such a plugin */
    }
  else if (option->type == THRUM_OPTION_LIST)
    value->list = (const gchar *const *)g_new0 (gchar *, 1);
  value->is_set = false;
}

void
thrum_values_init (ThrumValues *values, const ThrumOptionTable *table)
{
  ThrumValue *array = g_new0 (ThrumValue, table->n_options);

  for (guint i = 0; i < table->n_options; i++)
    set_fallback (&array[i], thrum_option_table_get (table, i));
  *values = (ThrumValues){ .size = sizeof *values,
                           .value_size = sizeof *array,
                           .n_values = table->n_options,
                           .values = array };
}

gboolean
thrum_values_set (ThrumValues *values, const ThrumOptionTable *table, guint index,
                  const gchar *text, GError **error)
{
  ThrumValue *value = (ThrumValue *)thrum_value (values, index);
  ThrumValue parsed;

  if (!thrum_value_parse (&parsed, thrum_option_table_get (table, index), text, error))
    return FALSE;
  thrum_value_clear (value);
  *value = parsed;
  return TRUE;
}

gchar *
thrum_value_join (const gchar *const *elements)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; elements[i] != NULL; i++)
    {
      g_autofree gchar *element = thrum_value_escape_element (elements[i]);
      g_string_append_printf (text, "%s%s", i > 0 ? "; " : "", element);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

void
thrum_values_set_list (ThrumValues *values, guint index, gchar **elements)
{
  ThrumValue *value = (ThrumValue *)thrum_value (values, index);

  thrum_value_clear (value);
  *value = (ThrumValue){ .is_set = true,
                         .string = thrum_value_join ((const gchar *const *)elements),
                         .list = (const gchar *const *)elements };
}

void
thrum_values_clear (ThrumValues *values)
{
  for (guint i = 0; i < values->n_values; i++)
    thrum_value_clear ((ThrumValue *)thrum_value (values, i));
  g_free ((gpointer)values->values);
  *values = (ThrumValues){ 0 };
}

void
thrum_values_reset (ThrumValues *values, const ThrumOptionTable *table, guint index)
{
  ThrumValue *value = (ThrumValue *)thrum_value (values, index);

  thrum_value_clear (value);
  set_fallback (value, thrum_option_table_get (table, index));
}

gchar *
thrum_values_explain_no_use (const ThrumValues *values, const ThrumOptionTable *table, guint index)
{
  const gchar *text = thrum_option_table_get_only_with (table, index);
  gboolean is_not;
  guint other;

  if (text == NULL)
    return NULL;
  g_auto (GStrv) choices = parse_only_with (table, text, &other, &is_not);
  gchar *reason = thrum_values_explain_no_use (values, table, other);
  if (reason != NULL)
    return reason;
  const gchar *choice =
      thrum_option_table_get (table, other)->choices[thrum_value (values, other)->integer];
  if (g_strv_contains ((const gchar *const *)choices, choice) != is_not)
    return NULL;
  if (is_not)
    return g_strdup_printf ("is of no use with %s = %s", thrum_option_table_get (table, other)->key,
                            choice);
  return g_strdup_printf ("is of use with %s only", text);
}
