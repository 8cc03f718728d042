/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <string.h>

G_BEGIN_DECLS

/* Decimal numbers become integers, many bytes a step, so that every sum is exact.
 *
 * A number's unit is given by how many fraction digits are kept: 6 turns "0.0123" of seconds into
 * 12300 microseconds. The text's buffer must be readable THRUM_DECIMAL_SLACK bytes beyond the
 * number. */
#define THRUM_DECIMAL_SLACK 16
#define THRUM_DECIMAL_MAX_DIGITS 9

static const gint64 thrum_powers_of_ten[] = { 1,      10,      100,      1000,      10000,
                                              100000, 1000000, 10000000, 100000000, 1000000000 };

/* Returns the top bit of each of the 8 bytes of @digits (text ^ "00000000", first byte lowest) that
 * is not a decimal digit. Only the first is certain: a byte after it may be flagged by a carry. */
static inline guint64
thrum_digits_others (guint64 digits)
{
  /* A byte above 9 carries into its top bit. Carries only cross bytes upwards, so after the
   * first. */
  return ((digits + 0x7676767676767676u) | digits) & 0x8080808080808080u;
}

/* Returns how many of the bytes are decimal digits before the first that is not. */
static inline guint
thrum_digits_count (guint64 digits)
{
  guint64 others = thrum_digits_others (digits);

  return others == 0 ? 8 : (guint)__builtin_ctzll (others) / 8;
}

/* Returns the number that 8 digit values make, with the first digit in the lowest byte. */
static inline guint64
thrum_digits_value (guint64 digits)
{
  digits = digits * 10 + (digits >> 8);
  return (((digits & 0x000000ff000000ffu) * 0x000f424000000064u)
          + (((digits >> 16) & 0x000000ff000000ffu) * 0x0000271000000001u))
         >> 32;
}

static inline guint64
thrum_digits_load (const char *text)
{
  guint64 word;

  memcpy (&word, text, 8);
  return GUINT64_FROM_LE (word) ^ 0x3030303030303030u;
}

/* Parses an unsigned decimal "DDD" or "DDD.DDD" at @text into units of 10^-@n_digits. Returns the
 * first byte after it, or NULL if the text needs thrum_decimal_slow (): it is not a number, or has
 * a sign, an exponent, more digits than fit, or digits finer than the unit. */
static inline __attribute__ ((always_inline)) const char *
thrum_decimal_fast (const char *text, guint n_digits, gint64 *value)
{
  guint64 whole = 0, fraction = 0;
  const char *start = text;
  guint digit;

  while ((digit = (guint)(guchar)*text - '0') <= 9)
    {
      whole = whole * 10 + digit;
      text++;
    }
  if (G_UNLIKELY (text == start || text - start > 18 - (int)n_digits)) /* within 10^18 units */
    return NULL;
  if (G_LIKELY (*text == '.'))
    {
      guint64 digits = thrum_digits_load (text + 1);
      guint64 others = thrum_digits_others (digits);
      guint n = n_digits;

      /* Writers mostly write as many digits as the unit has. Then where the number ends follows
       * from a branch, which the processor predicts, and the next number need not wait for this
       * one's bytes. */
      if (G_UNLIKELY ((others & ((G_GUINT64_CONSTANT (2) << (8 * (n_digits & 7) + 7)) - 1))
                      != G_GUINT64_CONSTANT (0x80) << (8 * (n_digits & 7)))
          || n_digits - 1 > 6)
        {
          n = others == 0 ? 8 : (guint)__builtin_ctzll (others) / 8;
          if (n == 8 || n == 0 || n > n_digits)
            return NULL;
        }
      /* Cut off what follows the number, then move its digits up: missing digits become zeros. */
      digits &= (G_GUINT64_CONSTANT (1) << (8 * n)) - 1;
      fraction = n_digits >= 8 ? thrum_digits_value (digits) * (n_digits == 9 ? 10 : 1)
                               : thrum_digits_value (digits << (8 * (8 - n_digits)));
      text += 1 + n;
    }
  if (G_UNLIKELY (*text == 'e' || *text == 'E'))
    return NULL;
  *value = (gint64)whole * thrum_powers_of_ten[n_digits] + (gint64)fraction;
  return text;
}

/* The outcome of a number that the fast path refused. */
typedef enum {
  THRUM_DECIMAL_GOOD,
  THRUM_DECIMAL_NOT_A_NUMBER,
  THRUM_DECIMAL_NEGATIVE,
  THRUM_DECIMAL_TOO_LARGE, /* above 2^62 units */
  THRUM_DECIMAL_TOO_FINE   /* has digits below the unit; *value is what is left without them */
} ThrumDecimalResult;

/* Parses any decimal with a sign, a fraction of any length and an exponent. @end is the first byte
 * that may not be read. *@rest is set to the byte after the number, if there is one. Digits of the
 * fraction after the ninth are dropped without a word: nothing measures them. Any thread. */
ThrumDecimalResult thrum_decimal_slow (const char *text, const char *end, guint n_digits,
                                       gint64 *value, const char **rest);

G_END_DECLS
