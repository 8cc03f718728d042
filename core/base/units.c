/* SPDX-License-Identifier: MIT
 *
 * Turns texts of values with units into numbers, and back. Owns what a duration, a size, a rate
 * and a ratio look like; refuses to know which key they belong to. Decimal texts become integers
 * without passing through a double, so that 0.3s is exactly 300000000 ns. Pure functions, any
 * thread.
 */
#include "base/units.h"

#include <math.h>
#include <string.h>

typedef struct {
  const gchar *name;
  gint64 factor;
} Unit;

/* From large to small: a duration's parts stand in this order. */
static const Unit duration_units[] = {
  { "h", 3600 * G_GINT64_CONSTANT (1000000000) },
  { "m", 60 * G_GINT64_CONSTANT (1000000000) },
  { "s", 1000000000 },
  { "ms", 1000000 },
  { "us", 1000 },
  { "ns", 1 },
};

static const Unit size_units[] = {
  { "B", 1 },
  { "kB", 1000 },
  { "KB", 1000 },
  { "MB", 1000 * 1000 },
  { "GB", 1000 * 1000 * 1000 },
  { "TB", G_GINT64_CONSTANT (1000000000000) },
  { "KiB", 1 << 10 },
  { "MiB", 1 << 20 },
  { "GiB", 1 << 30 },
  { "TiB", G_GINT64_CONSTANT (1) << 40 },
};

static const Unit rate_units[] = {
  { "/s", 1 },
  { "/m", 60 },
  { "/h", 3600 },
};

static gboolean
refuse (GError **error, GNumberParserError code, const gchar *text, const gchar *expected)
{
  g_set_error (error, G_NUMBER_PARSER_ERROR, code, "'%s' is not %s", text, expected);
  return FALSE;
}

static gboolean
refuse_form (GError **error, const gchar *text, const gchar *expected)
{
  return refuse (error, G_NUMBER_PARSER_ERROR_INVALID, text, expected);
}

/* A copy of @text without the blanks around it. */
static gchar *
trimmed (const gchar *text)
{
  return g_strstrip (g_strdup (text));
}

/* The unit that is exactly the letters from @start to @end. */
static const Unit *
find_unit (const Unit *units, gsize n_units, const gchar *start, const gchar *end)
{
  gsize length = end - start;

  for (gsize i = 0; i < n_units; i++)
    if (strlen (units[i].name) == length && strncmp (units[i].name, start, length) == 0)
      return &units[i];
  return NULL;
}

/* The end of the unsigned decimal that @text begins with ("12", "1.5", ".5"); NULL: none. */
static const gchar *
skip_decimal (const gchar *text)
{
  const gchar *at = text;
  gboolean has_digits = FALSE;

  for (; g_ascii_isdigit (*at); at++)
    has_digits = TRUE;
  if (*at == '.')
    for (at++; g_ascii_isdigit (*at); at++)
      has_digits = TRUE;
  return has_digits ? at : NULL;
}

/* The decimal from @start to @end times @factor, if that is a whole number that fits. */
static gboolean
scale_decimal (const gchar *start, const gchar *end, gint64 factor, gint64 *product)
{
  gint64 whole = 0;
  const gchar *at = start;

  for (; at < end && *at != '.'; at++)
    if (__builtin_mul_overflow (whole, 10, &whole)
        || __builtin_add_overflow (whole, *at - '0', &whole))
      return FALSE;
  if (__builtin_mul_overflow (whole, factor, &whole))
    return FALSE;

  /* The digits behind the point as numerator / 10^n, the ending zeros left out. */
  gint64 numerator = 0, denominator = 1;
  while (end > at && end[-1] == '0')
    end--;
  for (at = MIN (at + 1, end); at < end; at++)
    {
      if (__builtin_mul_overflow (denominator, 10, &denominator))
        return FALSE;
      numerator = numerator * 10 + (*at - '0');
    }
  __int128 part = (__int128)numerator * factor;
  if (part % denominator != 0)
    return FALSE;
  return !__builtin_add_overflow (whole, (gint64)(part / denominator), product);
}

/* The unit of a number that ends at *@end; the first of @units for a bare one; NULL: neither. */
static const Unit *
get_unit (const gchar *value, const Unit *units, gsize n_units, const gchar **end)
{
  *end = skip_decimal (value);
  if (*end == NULL)
    return NULL;
  return **end == '\0' ? units : find_unit (units, n_units, *end, *end + strlen (*end));
}

gboolean
thrum_parse_duration (const gchar *text, gint64 *ns, GError **error)
{
  static const gchar *expected = "a duration like 250ms, 2s, 1m30s (h, m, s, ms, us, ns; a bare "
                                 "number is seconds)";
  static const gchar *expected_range = "a duration of whole nanoseconds, up to 292 years";
  g_autofree gchar *value = trimmed (text);
  const Unit *previous = NULL;
  gint64 sum = 0;

  for (const gchar *at = value; *at != '\0' || previous == NULL;)
    {
      const gchar *end = skip_decimal (at), *unit_end = end;
      if (end == NULL)
        return refuse_form (error, value, expected);
      while (g_ascii_isalpha (*unit_end))
        unit_end++;

      const Unit *unit = find_unit (duration_units, G_N_ELEMENTS (duration_units), end, unit_end);
      if (unit == NULL && at == value && *end == '\0')
        unit = &duration_units[2];
      if (unit == NULL || (previous != NULL && unit <= previous))
        return refuse_form (error, value, expected);

      gint64 part;
      if (!scale_decimal (at, end, unit->factor, &part) || __builtin_add_overflow (sum, part, &sum))
        return refuse (error, G_NUMBER_PARSER_ERROR_OUT_OF_BOUNDS, value, expected_range);
      previous = unit;
      at = unit_end;
    }
  *ns = sum;
  return TRUE;
}

gboolean
thrum_parse_size (const gchar *text, gint64 *bytes, GError **error)
{
  static const gchar *expected = "a size like 512, 64KiB, 1MB (kB, MB, GB, TB; KiB, MiB, GiB, TiB)";
  g_autofree gchar *value = trimmed (text);
  const gchar *end;
  const Unit *unit = get_unit (value, size_units, G_N_ELEMENTS (size_units), &end);

  if (unit == NULL)
    return refuse_form (error, value, expected);
  if (!scale_decimal (value, end, unit->factor, bytes))
    return refuse (error, G_NUMBER_PARSER_ERROR_OUT_OF_BOUNDS, value,
                   "a size of whole bytes, below 8 EiB");
  return TRUE;
}

gboolean
thrum_parse_rate (const gchar *text, gdouble *per_second, GError **error)
{
  static const gchar *expected = "a rate like 1000/s, 60/m, 10/h (a bare number is per second)";
  g_autofree gchar *value = trimmed (text);
  const gchar *end;
  const Unit *unit = get_unit (value, rate_units, G_N_ELEMENTS (rate_units), &end);

  if (unit == NULL)
    return refuse_form (error, value, expected);
  *per_second = g_ascii_strtod (value, NULL) / unit->factor;
  if (!isfinite (*per_second))
    return refuse (error, G_NUMBER_PARSER_ERROR_OUT_OF_BOUNDS, value, "a rate that a double holds");
  return TRUE;
}

gboolean
thrum_parse_ratio (const gchar *text, gdouble *ratio, GError **error)
{
  g_autofree gchar *value = trimmed (text);
  const gchar *end = skip_decimal (value);

  if (end == NULL || (*end != '\0' && strcmp (end, "%") != 0))
    return refuse_form (error, value, "a share like 1% or 0.01");
  *ratio = g_ascii_strtod (value, NULL) / (*end == '%' ? 100 : 1);
  if (*ratio > 1)
    return refuse (error, G_NUMBER_PARSER_ERROR_OUT_OF_BOUNDS, value,
                   "a share from 0 to 1, or from 0% to 100%");
  return TRUE;
}

gboolean
thrum_parse_integer (const gchar *text, gint64 *value, GError **error)
{
  g_autofree gchar *digits = trimmed (text);
  const gchar *at = digits + (*digits == '-');
  gint64 sum = 0;

  if (*at == '\0' || strspn (at, "0123456789") != strlen (at))
    return refuse_form (error, digits, "a whole number");
  for (; *at != '\0'; at++)
    {
      gint64 digit = *digits == '-' ? '0' - *at : *at - '0';
      if (__builtin_mul_overflow (sum, 10, &sum) || __builtin_add_overflow (sum, digit, &sum))
        return refuse (error, G_NUMBER_PARSER_ERROR_OUT_OF_BOUNDS, digits,
                       "a whole number of 64 bits");
    }
  *value = sum;
  return TRUE;
}

gboolean
thrum_parse_number (const gchar *text, gdouble *value, GError **error)
{
  g_autofree gchar *digits = trimmed (text);
  const gchar *end = skip_decimal (digits + (*digits == '-'));

  if (end != NULL && (*end == 'e' || *end == 'E'))
    {
      end += strspn (end + 1, "+-") == 1 ? 2 : 1;
      gsize n_digits = strspn (end, "0123456789");
      end = n_digits > 0 ? end + n_digits : NULL;
    }
  if (end == NULL || *end != '\0')
    return refuse_form (error, digits, "a number like 2, 0.5, 1e6");
  *value = g_ascii_strtod (digits, NULL);
  if (!isfinite (*value))
    return refuse (error, G_NUMBER_PARSER_ERROR_OUT_OF_BOUNDS, digits,
                   "a number that a double holds");
  return TRUE;
}

gboolean
thrum_parse_boolean (const gchar *text, gboolean *value, GError **error)
{
  g_autofree gchar *word = trimmed (text);

  if (strcmp (word, "yes") == 0 || strcmp (word, "true") == 0)
    *value = TRUE;
  else if (strcmp (word, "no") == 0 || strcmp (word, "false") == 0)
    *value = FALSE;
  else
    return refuse_form (error, word, "yes or no (or true, false)");
  return TRUE;
}

/* Appends @ns (below a minute) as a decimal of the largest unit that is not larger than it. */
static void
append_decimal (GString *text, gint64 ns)
{
  const Unit *unit = &duration_units[2];

  while (unit->factor > ns)
    unit++;
  g_string_append_printf (text, "%" G_GINT64_FORMAT, ns / unit->factor);
  gint64 rest = ns % unit->factor;
  if (rest > 0)
    {
      gint64 place = unit->factor;

      g_string_append_c (text, '.');
      for (; rest > 0; rest %= place)
        {
          place /= 10;
          g_string_append_c (text, '0' + rest / place);
        }
    }
  g_string_append (text, unit->name);
}

gchar *
thrum_format_duration (gint64 ns)
{
  GString *text = g_string_new (NULL);

  if (ns <= 0)
    g_string_append (text, "0s");
  for (gsize i = 0; i < 2; i++)
    if (ns >= duration_units[i].factor)
      {
        g_string_append_printf (text, "%" G_GINT64_FORMAT "%s", ns / duration_units[i].factor,
                                duration_units[i].name);
        ns %= duration_units[i].factor;
      }
  if (ns > 0)
    append_decimal (text, ns);
  return g_string_free (text, FALSE);
}

gchar *
thrum_format_time (gint64 ns)
{
  static const Unit units[] = { { "us", 1000 }, { "ms", 1000000 }, { "s", 1000000000 } };
  gdouble value = ns < 0 ? -(gdouble)ns : (gdouble)ns;
  const gchar *sign = ns < 0 ? "-" : "";

  if (ns == 0)
    return g_strdup ("0 s");
  if (value < 1000)
    return g_strdup_printf ("%" G_GINT64_FORMAT " ns", ns);

  /* 999.5 us would round to 1000 us: it is a unit's 1.00 from there on. */
  gsize i = 0;
  while (i + 1 < G_N_ELEMENTS (units) && value / units[i].factor >= 999.5)
    i++;
  value /= units[i].factor;
  int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return g_strdup_printf ("%s%.*f %s", sign, decimals, value, units[i].name);
}

gchar *
thrum_format_limit (const gchar *key, const gchar *text, gdouble value)
{
  gboolean is_bare = *text != '\0' && g_ascii_isdigit (text[strlen (text) - 1]);

  if (g_str_equal (key, "failures") || g_str_equal (key, "dropped"))
    return g_strdup_printf ("%.6g%%", 100 * value);
  return g_strconcat (text, !is_bare ? "" : g_str_equal (key, "rate") ? "/s" : "s", NULL);
}
