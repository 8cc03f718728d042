/* SPDX-License-Identifier: MIT
 *
 * Decimal numbers: the fast path against the slow one, and the slow one against worked-out values.
 */
#include "analyzer/read/decimal.h"

static void
test_slow (void)
{
  static const struct {
    const char *text;
    guint n_digits;
    ThrumDecimalResult result;
    gint64 value;
    gsize used;
  } cases[] = {
    { "0.012300,", 6, THRUM_DECIMAL_GOOD, 12300, 8 },
    { "12", 3, THRUM_DECIMAL_GOOD, 12000, 2 },
    { "12.", 3, THRUM_DECIMAL_GOOD, 12000, 3 },
    { ".5", 3, THRUM_DECIMAL_GOOD, 500, 2 },
    { "0", 9, THRUM_DECIMAL_GOOD, 0, 1 },
    { "-0.0", 9, THRUM_DECIMAL_GOOD, 0, 4 },
    { "0.0005", 3, THRUM_DECIMAL_TOO_FINE, 0, 6 },
    { "1.2345", 3, THRUM_DECIMAL_TOO_FINE, 1234, 6 },
    { "1.2340", 3, THRUM_DECIMAL_GOOD, 1234, 6 },
    { "1.0000000009", 9, THRUM_DECIMAL_GOOD, 1000000000, 12 },
    { "1e-05", 6, THRUM_DECIMAL_GOOD, 10, 5 },
    { "1.5E+2x", 3, THRUM_DECIMAL_GOOD, 150000, 6 },
    { "9.99e-324", 9, THRUM_DECIMAL_GOOD, 0, 9 },
    { "10e300", 3, THRUM_DECIMAL_TOO_LARGE, 0, 6 },
    { "99999999999999999999", 0, THRUM_DECIMAL_TOO_LARGE, 0, 20 },
    { "1000000000", 9, THRUM_DECIMAL_GOOD, G_GINT64_CONSTANT (1000000000000000000), 10 },
    { "-1", 3, THRUM_DECIMAL_NEGATIVE, 0, 2 },
    { "-1e-9", 3, THRUM_DECIMAL_NEGATIVE, 0, 5 },
    { "nan", 3, THRUM_DECIMAL_NOT_A_NUMBER, 0, 0 },
    { "", 3, THRUM_DECIMAL_NOT_A_NUMBER, 0, 0 },
    { ".", 3, THRUM_DECIMAL_NOT_A_NUMBER, 0, 0 },
    { "1e", 3, THRUM_DECIMAL_NOT_A_NUMBER, 0, 0 },
    { "inf", 3, THRUM_DECIMAL_NOT_A_NUMBER, 0, 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *rest = cases[i].text;
      gint64 value = 0;
      ThrumDecimalResult result = thrum_decimal_slow (
          cases[i].text, cases[i].text + strlen (cases[i].text), cases[i].n_digits, &value, &rest);

      g_test_message ("'%s' with %u digits", cases[i].text, cases[i].n_digits);
      g_assert_cmpint (result, ==, cases[i].result);
      g_assert_cmpuint ((gsize)(rest - cases[i].text), ==, cases[i].used);
      if (result == THRUM_DECIMAL_GOOD || result == THRUM_DECIMAL_TOO_FINE)
        g_assert_cmpint (value, ==, cases[i].value);
    }
}

/* Whatever the fast path takes, it takes as the slow one does. */
static void
test_fast_agrees (void)
{
  static const char *const ends[] = { ",", "\n", "\r\n", "e2,", "x", ".", "" };
  static const guint units[] = { 0, 3, 6, 9 };
  char text[64];
  guint n_fast = 0;

  for (guint i = 0; i < 400000; i++)
    {
      guint whole = (guint)g_test_rand_int_range (0, 11);
      guint fraction = (guint)g_test_rand_int_range (0, 11);
      gsize n = 0;

      memset (text, '7', sizeof text); /* what lies behind must not matter */
      for (guint j = 0; j < whole; j++)
        text[n++] = (char)('0' + g_test_rand_int_range (0, 10));
      if (fraction > 0)
        text[n++] = '.';
      for (guint j = 1; j < fraction; j++)
        text[n++] = (char)('0' + g_test_rand_int_range (0, 10));
      const char *end = ends[g_test_rand_int_range (0, G_N_ELEMENTS (ends))];
      memcpy (text + n, end, strlen (end) + 1);

      guint n_digits = units[g_test_rand_int_range (0, G_N_ELEMENTS (units))];
      gint64 fast = -1, slow = -1;
      const char *slow_rest = NULL;
      const char *fast_rest = thrum_decimal_fast (text, n_digits, &fast);
      if (fast_rest == NULL)
        continue;
      ThrumDecimalResult result =
          thrum_decimal_slow (text, text + n + strlen (end), n_digits, &slow, &slow_rest);
      if (result == THRUM_DECIMAL_TOO_LARGE)
        continue; /* the caller checks the range */
      n_fast++;
      if (result != THRUM_DECIMAL_GOOD || fast_rest != slow_rest || fast != slow)
        g_test_message ("'%s' with %u digits", text, n_digits);
      g_assert_cmpint (result, ==, THRUM_DECIMAL_GOOD);
      g_assert_true (fast_rest == slow_rest);
      g_assert_cmpint (fast, ==, slow);
    }
  g_assert_cmpuint (n_fast, >, 1000);
}

static void
test_fast_takes_the_usual (void)
{
  gint64 value = 0;
  const char text[32] = "12.345678,";

  g_assert_true (thrum_decimal_fast (text, 6, &value) == text + 9);
  g_assert_cmpint (value, ==, 12345678);
  g_assert_null (thrum_decimal_fast (text, 3, &value));
  g_assert_true (thrum_decimal_fast (text, 9, &value) == text + 9);
  g_assert_cmpint (value, ==, G_GINT64_CONSTANT (12345678000));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/analyzer/decimal/slow", test_slow);
  g_test_add_func ("/analyzer/decimal/fast-agrees", test_fast_agrees);
  g_test_add_func ("/analyzer/decimal/fast-takes-the-usual", test_fast_takes_the_usual);
  return g_test_run ();
}
