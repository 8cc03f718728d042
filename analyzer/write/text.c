/* SPDX-License-Identifier: MIT
 *
 * Formats numbers for people: with thousands separators and units, and independent of the locale.
 * Any thread.
 */
#include <math.h>
#include <string.h>

#include "analyzer/write/text.h"

/* Puts a comma before every third digit of the whole part of @digits. */
static char *
separate (const char *digits)
{
  GString *text = g_string_new (NULL);
  gsize sign = digits[0] == '-';
  gsize whole = strcspn (digits, ".") - sign;

  g_string_append_len (text, digits, (gssize)sign);
  for (gsize i = 0; i < whole; i++)
    {
      if (i > 0 && (whole - i) % 3 == 0)
        g_string_append_c (text, ',');
      g_string_append_c (text, digits[sign + i]);
    }
  g_string_append (text, digits + sign + whole);
  return g_string_free (text, FALSE);
}

char *
thrum_text_count (guint64 n)
{
  char digits[32];

  g_snprintf (digits, sizeof digits, "%" G_GUINT64_FORMAT, n);
  return separate (digits);
}

char *
thrum_text_number (double value, guint decimals)
{
  char digits[400], format[8];

  g_snprintf (format, sizeof format, "%%.%uf", MIN (decimals, 9));
  g_ascii_formatd (digits, sizeof digits, format, value);
  return separate (digits);
}

/* Three significant digits below 1000, none behind the point from there on. */
static char *
three_digits (double value, const char *unit)
{
  guint decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  g_autofree char *number = thrum_text_number (value, decimals);

  return g_strconcat (number, " ", unit, NULL);
}

char *
thrum_text_duration (double seconds)
{
  if (seconds == 0)
    return g_strdup ("0 ms");
  if (seconds < 0.0009995)
    return three_digits (seconds * 1e6, "\302\265s");
  if (seconds < 0.9995)
    return three_digits (seconds * 1e3, "ms");
  return three_digits (seconds, "s");
}

char *
thrum_text_width (double seconds)
{
  g_autofree char *text = thrum_text_duration (seconds);
  const char *unit = strchr (text, ' ');
  gsize length = (gsize)(unit - text);

  if (memchr (text, '.', length) == NULL)
    return g_steal_pointer (&text);
  while (text[length - 1] == '0')
    length--;
  length -= text[length - 1] == '.';
  return g_strdup_printf ("%.*s%s", (int)length, text, unit);
}

char *
thrum_text_extent (double extent, double cut)
{
  g_autofree char *rest = thrum_text_duration (MAX (extent - cut, 0));
  g_autofree char *first = thrum_text_width (cut);

  if (cut == 0)
    return g_steal_pointer (&rest);
  return g_strdup_printf ("%s (the first %s left out)", rest, first);
}

char *
thrum_text_percent (double ratio)
{
  if (ratio > 0 && ratio < 0.00005)
    return g_strdup ("<0.01%");
  if (ratio < 1 && ratio > 0.99995)
    return g_strdup (">99.99%");
  g_autofree char *number = thrum_text_number (ratio * 100, 2);
  return g_strconcat (number, "%", NULL);
}

char *
thrum_text_rate (double per_second)
{
  g_autofree char *number = thrum_text_number (per_second, per_second < 10     ? 2
                                                           : per_second < 1000 ? 1
                                                                               : 0);

  return g_strconcat (number, "/s", NULL);
}

char *
thrum_text_size (double bytes)
{
  static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB" };
  guint i = 0;

  if (bytes < 1000)
    {
      g_autofree char *number = thrum_text_number (bytes, 0);
      return g_strconcat (number, " B", NULL);
    }
  for (; bytes >= 999.5 && i + 1 < G_N_ELEMENTS (units); i++)
    bytes /= 1000;
  return three_digits (bytes, units[i]);
}
