/* SPDX-License-Identifier: MIT
 *
 * Parses any decimal number, slowly and completely, for what the inline fast path refuses. It owns
 * nothing and allocates nothing. Any thread.
 */
#include "analyzer/read/decimal.h"

#define MAX_SIGNIFICANT 25

static gboolean
parse_exponent (const char **text, const char *end, int *exponent)
{
  const char *p = *text + 1;
  gboolean negative = FALSE;
  int value = 0;

  if (p < end && (*p == '+' || *p == '-'))
    negative = *p++ == '-';
  if (p >= end || !g_ascii_isdigit (*p))
    return FALSE;
  for (; p < end && g_ascii_isdigit (*p); p++)
    value = MIN (value * 10 + (*p - '0'), 100000);
  *exponent = negative ? -value : value;
  *text = p;
  return TRUE;
}

/* @digits holds @n significant digits, the first of them worth 10^(@point - 1). */
static ThrumDecimalResult
scale (const guint8 *digits, guint n, int point, guint n_digits, gint64 *value)
{
  int wanted = point + (int)n_digits; /* so many digits make whole units */
  gboolean too_fine = FALSE;
  gint64 result = 0;

  if (n == 0)
    wanted = 0;
  else if (wanted > 19)
    return THRUM_DECIMAL_TOO_LARGE;
  for (int i = 0; i < wanted; i++)
    {
      guint digit = i < (int)n ? digits[i] : 0;

      if (result > (G_MAXINT64 / 2 - digit) / 10)
        return THRUM_DECIMAL_TOO_LARGE;
      result = result * 10 + digit;
    }
  for (int i = MAX (wanted, 0); i < (int)n; i++)
    if (digits[i] != 0 && i - point < THRUM_DECIMAL_MAX_DIGITS)
      too_fine = TRUE;
  *value = result;
  return too_fine ? THRUM_DECIMAL_TOO_FINE : THRUM_DECIMAL_GOOD;
}

ThrumDecimalResult
thrum_decimal_slow (const char *text, const char *end, guint n_digits, gint64 *value,
                    const char **rest)
{
  guint8 digits[MAX_SIGNIFICANT];
  gboolean negative = FALSE, seen = FALSE, fraction = FALSE;
  guint n = 0;
  int point = 0, exponent = 0;
  const char *p = text;

  if (p < end && (*p == '-' || *p == '+'))
    negative = *p++ == '-';
  for (; p < end; p++)
    {
      if (*p == '.' && !fraction)
        {
          fraction = TRUE;
          continue;
        }
      if (!g_ascii_isdigit (*p))
        break;
      seen = TRUE;
      if (n > 0 || *p != '0')
        {
          if (n < MAX_SIGNIFICANT)
            digits[n++] = *p - '0';
          point += !fraction;
        }
      else if (fraction)
        point--; /* zeros right behind the point */
    }
  if (!seen)
    return THRUM_DECIMAL_NOT_A_NUMBER;
  if (p < end && (*p == 'e' || *p == 'E') && !parse_exponent (&p, end, &exponent))
    return THRUM_DECIMAL_NOT_A_NUMBER;
  *rest = p;

  ThrumDecimalResult result = scale (digits, n, point + exponent, n_digits, value);
  if (negative && (n > 0 || result != THRUM_DECIMAL_GOOD))
    return THRUM_DECIMAL_NEGATIVE;
  return result;
}
