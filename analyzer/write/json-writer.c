/* SPDX-License-Identifier: MIT
 *
 * Writes JSON whose numbers have exactly the decimals that the caller asks for. It knows nothing of
 * what it writes.
 */
#include <math.h>

#include "analyzer/write/json-writer.h"
#include "base/printing.h"

void
thrum_json_init (ThrumJson *self)
{
  self->text = g_string_new (NULL);
  self->depth = 0;
  self->first = TRUE;
}

char *
thrum_json_finish (ThrumJson *self)
{
  g_string_append_c (self->text, '\n');
  return g_string_free (self->text, FALSE);
}

static void
append_string (GString *text, const char *value)
{
  g_autofree char *valid = g_utf8_make_valid (value, -1);

  g_string_append_c (text, '"');
  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (c == '"' || c == '\\')
        g_string_append_printf (text, "\\%c", *p);
      else if (!thrum_printing_is_safe (c))
        g_string_append_printf (text, "\\u%04x", c);
      else
        g_string_append_unichar (text, c);
    }
  g_string_append_c (text, '"');
}

static void
begin (ThrumJson *self, const char *name)
{
  if (!self->first)
    g_string_append_c (self->text, ',');
  if (self->depth > 0)
    g_string_append_printf (self->text, "\n%*s", (int)self->depth * 2, "");
  self->first = FALSE;
  if (name == NULL)
    return;
  append_string (self->text, name);
  g_string_append (self->text, ": ");
}

void
thrum_json_open (ThrumJson *self, const char *name, char bracket)
{
  begin (self, name);
  g_string_append_c (self->text, bracket);
  self->depth++;
  self->first = TRUE;
}

void
thrum_json_close (ThrumJson *self, char bracket)
{
  self->depth--;
  if (!self->first)
    g_string_append_printf (self->text, "\n%*s", (int)self->depth * 2, "");
  g_string_append_c (self->text, bracket);
  self->first = FALSE;
}

void
thrum_json_string (ThrumJson *self, const char *name, const char *value)
{
  begin (self, name);
  if (value == NULL)
    g_string_append (self->text, "null");
  else
    append_string (self->text, value);
}

void
thrum_json_count (ThrumJson *self, const char *name, guint64 value)
{
  begin (self, name);
  g_string_append_printf (self->text, "%" G_GUINT64_FORMAT, value);
}

void
thrum_json_number (ThrumJson *self, const char *name, double value, guint decimals)
{
  char digits[400], format[8];

  begin (self, name);
  g_snprintf (format, sizeof format, "%%.%uf", MIN (decimals, 9));
  g_string_append (self->text, isfinite (value)
                                   ? g_ascii_formatd (digits, sizeof digits, format, value)
                                   : "null");
}

void
thrum_json_boolean (ThrumJson *self, const char *name, gboolean value)
{
  begin (self, name);
  g_string_append (self->text, value ? "true" : "false");
}
