/* SPDX-License-Identifier: MIT
 *
 * Formats numbers as people read them, in every locale alike. Pure functions.
 */
#include "base/format.h"

#include <string.h>

gchar *
thrum_format_count (guint64 count)
{
  gchar buffer[32], *at = buffer + sizeof buffer - 1;
  guint digits = 0;

  *at = '\0';
  do
    {
      if (digits > 0 && digits % 3 == 0)
        *--at = ',';
      *--at = (gchar)('0' + count % 10);
      digits++;
  } while ((count /= 10) != 0);
  return g_strdup (at);
}

gchar *
thrum_format_rate (gdouble per_second)
{
  g_autofree gchar *whole = NULL;

  if (per_second < 10)
    return g_strdup_printf ("%.2f/s", per_second);
  if (per_second < 1000)
    return g_strdup_printf ("%.1f/s", per_second);
  whole = thrum_format_count ((guint64)(per_second + 0.5));
  return g_strdup_printf ("%s/s", whole);
}

gchar *
thrum_format_bytes (gdouble bytes)
{
  static const gchar *const units[] = { "B", "kB", "MB", "GB", "TB" };
  guint unit = 0;

  while (bytes >= 999.5 && unit + 1 < G_N_ELEMENTS (units))
    {
      bytes /= 1000;
      unit++;
    }
  return g_strdup_printf (unit == 0       ? "%.0f %s"
                          : bytes < 9.995 ? "%.2f %s"
                          : bytes < 99.95 ? "%.1f %s"
                                          : "%.0f %s",
                          bytes, units[unit]);
}

void
thrum_format_append_paragraph (GString *out, const gchar *text, const gchar *first,
                               const gchar *margin, gsize width)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  gsize column = strlen (first);

  g_string_append (out, first);
  for (guint i = 0; words[i] != NULL; i++)
    {
      gsize length = strlen (words[i]);

      if (i > 0 && column + 1 + length > width)
        {
          g_string_append_printf (out, "\n%s", margin);
          column = strlen (margin);
        }
      else if (i > 0)
        {
          g_string_append_c (out, ' ');
          column++;
        }
      g_string_append (out, words[i]);
      column += length;
    }
  g_string_append_c (out, '\n');
}
