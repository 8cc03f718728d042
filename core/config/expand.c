/* SPDX-License-Identifier: MIT
 *
 * Replaces references to the environment within a value. Refuses everything else that begins
 * with ${, because later versions may give it a meaning and no file may then change its own.
 * Main thread (it reads the environment).
 */
#include "config/expand.h"

#include <gio/gio.h>
#include <string.h>

#define REFERENCE "${env:"

static gboolean fail (GError **error, const gchar *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
fail (GError **error, const gchar *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_autofree gchar *message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, message);
  return FALSE;
}

/* The length of the variable's name that @text begins with; 0: none. */
static gsize
name_length (const gchar *text)
{
  gsize n = 0;

  while (g_ascii_isalpha (text[n]) || text[n] == '_' || (n > 0 && g_ascii_isdigit (text[n])))
    n++;
  return n;
}

/* Appends what the reference at @at stands for; its length in @length. */
static gboolean
append_reference (GString *expanded, const gchar *at, gsize *length, ThrumExpandMode mode,
                  ThrumRedaction *redaction, GError **error)
{
  if (!g_str_has_prefix (at, REFERENCE))
    return fail (error, "'${' begins a reference, and only ${env:NAME} is available in this "
                        "version; $$ is a plain $");

  const gchar *start = at + strlen (REFERENCE);
  gsize n = name_length (start);
  if (n == 0 || start[n] != '}')
    return fail (error, "'${env:' is not followed by a variable's name and '}'");

  g_autofree gchar *name = g_strndup (start, n);
  const gchar *value = g_getenv (name);
  if (value == NULL)
    return fail (error, "the environment variable %s is not set", name);
  if (!g_utf8_validate (value, -1, NULL))
    return fail (error, "the environment variable %s is not UTF-8", name);
  *length = strlen (REFERENCE) + n + 1;
  if (redaction != NULL)
    {
      g_autofree gchar *reference = g_strndup (at, *length);
      thrum_redaction_add (redaction, value, reference);
    }
  const gboolean is_own = g_str_has_prefix (name, THRUM_EXPAND_SECRET);
  for (; *value != '\0'; value++)
    {
      if (*value == '\\' && mode == THRUM_EXPAND_ESCAPED && !is_own)
        g_string_append_c (expanded, '\\');
      g_string_append_c (expanded, *value);
    }
  return TRUE;
}

gchar *
thrum_expand (const gchar *text, ThrumExpandMode mode, ThrumRedaction *redaction, GError **error)
{
  g_autoptr (GString) expanded = g_string_sized_new (strlen (text));
  gsize length = 1;

  for (const gchar *at = text; *at != '\0'; at += length)
    {
      length = 1;
      if (at[0] == '$' && at[1] == '{')
        {
          if (!append_reference (expanded, at, &length, mode, redaction, error))
            return NULL;
          continue;
        }
      if (at[0] == '$' && at[1] == '$')
        length = 2;
      g_string_append_c (expanded, *at);
    }
  return g_string_free (g_steal_pointer (&expanded), FALSE);
}

const gchar *
thrum_expand_find (const gchar *at, const gchar *end, const gchar *stops)
{
  for (; at < end; at++)
    {
      const gchar *close =
          at[0] == '$' && at + 1 < end && at[1] == '{' ? memchr (at, '}', (gsize)(end - at)) : NULL;
      if (at[0] == '$' && at + 1 < end && at[1] == '$')
        at++; /* a plain $, so that '{' after it begins nothing */
      else if (close != NULL)
        at = close;
      else if (strchr (stops, *at) != NULL)
        return at;
    }
  return end;
}

gchar *
thrum_expand_escape (const gchar *value)
{
  g_autoptr (GString) text = g_string_new (value);

  g_string_replace (text, "$", "$$", 0);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

gboolean
thrum_expand_is_reference (const gchar *text)
{
  if (!g_str_has_prefix (text, REFERENCE))
    return FALSE;
  const gchar *name = text + strlen (REFERENCE);
  gsize n = name_length (name);
  return n > 0 && g_str_equal (name + n, "}");
}

gboolean
thrum_expand_is_own_secret (const gchar *text)
{
  return g_str_has_prefix (text, REFERENCE THRUM_EXPAND_SECRET) && thrum_expand_is_reference (text);
}
