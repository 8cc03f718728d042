/* SPDX-License-Identifier: MIT
 *
 * Values with units: what is read, what is refused, and that durations survive being written.
 */
#include "base/units.h"

#define SECOND G_GINT64_CONSTANT (1000000000)

typedef gboolean (*ParseInt64) (const gchar *text, gint64 *value, GError **error);
typedef gboolean (*ParseDouble) (const gchar *text, gdouble *value, GError **error);

typedef struct {
  const gchar *text;
  gint64 value;
} IntegerCase;

typedef struct {
  const gchar *text;
  gdouble value;
} DoubleCase;

static void
check_integers (ParseInt64 parse, const IntegerCase *cases, gsize n_cases)
{
  for (gsize i = 0; i < n_cases; i++)
    {
      g_autoptr (GError) error = NULL;
      gint64 value = -77;

      g_test_message ("'%s'", cases[i].text);
      g_assert_true (parse (cases[i].text, &value, &error));
      g_assert_no_error (error);
      g_assert_cmpint (value, ==, cases[i].value);
    }
}

static void
check_doubles (ParseDouble parse, const DoubleCase *cases, gsize n_cases)
{
  for (gsize i = 0; i < n_cases; i++)
    {
      g_autoptr (GError) error = NULL;
      gdouble value = -77;

      g_test_message ("'%s'", cases[i].text);
      g_assert_true (parse (cases[i].text, &value, &error));
      g_assert_no_error (error);
      g_assert_cmpfloat (value, ==, cases[i].value);
    }
}

/* Each text is refused, with its own text and @expected in the message. */
#define CHECK_REFUSED(parse, type, expected, ...)                                                  \
  G_STMT_START                                                                                     \
  {                                                                                                \
    static const gchar *const texts[] = { __VA_ARGS__ };                                           \
    for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)                                               \
      {                                                                                            \
        g_autoptr (GError) error = NULL;                                                           \
        type parsed;                                                                               \
                                                                                                   \
        g_test_message ("'%s'", texts[i]);                                                         \
        g_assert_false (parse (texts[i], &parsed, &error));                                        \
        g_assert_nonnull (error);                                                                  \
        g_assert_true (error->domain == G_NUMBER_PARSER_ERROR);                                    \
        g_assert_nonnull (strstr (error->message, expected));                                      \
      }                                                                                            \
  }                                                                                                \
  G_STMT_END

static void
test_durations (void)
{
  static const IntegerCase cases[] = {
    { "0", 0 },
    { "5", 5 * SECOND },
    { "0.3", 300000000 },
    { ".5s", 500000000 },
    { "1.s", SECOND },
    { "250ms", 250000000 },
    { "1m30s", 90 * SECOND },
    { "1h", 3600 * SECOND },
    { "1h2m3s4ms5us6ns", 3723 * SECOND + 4005006 },
    { "1.5m", 90 * SECOND },
    { "0.000000001s", 1 },
    { "1.5000000000000000000000000s", 1500000000 },
    { "  2s\t", 2 * SECOND },
    { "9223372036854775807ns", G_MAXINT64 },
    { "9223372036.854775807", G_MAXINT64 },
  };

  check_integers (thrum_parse_duration, cases, G_N_ELEMENTS (cases));
  CHECK_REFUSED (thrum_parse_duration, gint64, "a duration", "", " ", "s", "ms", "-1s", "+1s",
                 "10 s", "1s 500ms", "30s1m", "1s1s", "5x", "5S", "1,5s", "1m30", "1e3", "0x10",
                 ".", "inf", "nan", "1s # no", "9223372036854775808ns", "9223372037s",
                 "9999999999999999999999h", "0.5ns", "0.0000000001s", "0.33333333333333333333333s",
                 "2562047h48m");
}

static void
test_sizes (void)
{
  static const IntegerCase cases[] = {
    { "0", 0 },
    { "12", 12 },
    { "12B", 12 },
    { "64KiB", 65536 },
    { "1MB", 1000000 },
    { "1kB", 1000 },
    { "1KB", 1000 },
    { "1.5KiB", 1536 },
    { "2GiB", 1LL << 31 },
    { "1TiB", 1LL << 40 },
    { "0.1MB", 100000 },
  };

  check_integers (thrum_parse_size, cases, G_N_ELEMENTS (cases));
  CHECK_REFUSED (thrum_parse_size, gint64, "a size", "", "KiB", "-1", "1 KiB", "1kib", "1K", "1M",
                 "0.5", "1.0001KiB", "9223372036854775808", "8388608TiB", "1KiB2B");
}

static void
test_rates (void)
{
  static const DoubleCase cases[] = {
    { "1000/s", 1000 }, { "60/m", 1 },    { "90/m", 1.5 },
    { "3600/h", 1 },    { "0.5/s", 0.5 }, { "7", 7 },
  };

  check_doubles (thrum_parse_rate, cases, G_N_ELEMENTS (cases));
  CHECK_REFUSED (thrum_parse_rate, gdouble, "a rate", "", "/s", "-1/s", "1/", "1/d", "1 /s",
                 "1/s/s", "1s", "inf/s", "1e3/s");
}

static void
test_ratios (void)
{
  static const DoubleCase cases[] = {
    { "1%", 0.01 }, { "0.01", 0.01 }, { "0", 0 }, { "100%", 1 }, { "1", 1 }, { "0.1%", 0.001 },
  };

  check_doubles (thrum_parse_ratio, cases, G_N_ELEMENTS (cases));
  CHECK_REFUSED (thrum_parse_ratio, gdouble, "a share", "", "%", "5", "101%", "-1%", "1 %", "1%%",
                 "nan");
}

static void
test_numbers (void)
{
  static const IntegerCase integers[] = {
    { "0", 0 },
    { "-5", -5 },
    { " 42 ", 42 },
    { "007", 7 },
    { "9223372036854775807", G_MAXINT64 },
    { "-9223372036854775808", G_MININT64 },
  };
  static const DoubleCase numbers[] = {
    { "2", 2 }, { "-0.5", -0.5 }, { "1e6", 1e6 }, { "1E-3", 1e-3 }, { "1.25e+2", 125 },
  };

  check_integers (thrum_parse_integer, integers, G_N_ELEMENTS (integers));
  CHECK_REFUSED (thrum_parse_integer, gint64, "a whole number", "", "-", "--1", "+1", "1.0", "1e3",
                 "10 s", "0x1f", "9223372036854775808", "-9223372036854775809");
  check_doubles (thrum_parse_number, numbers, G_N_ELEMENTS (numbers));
  CHECK_REFUSED (thrum_parse_number, gdouble, "a number", "", "-", "e5", "1e", "1e+", "1e+-1",
                 "inf", "-inf", "nan", "0x1p3", "1e999", "1,5");
}

static void
test_booleans (void)
{
  gboolean value;

  g_assert_true (thrum_parse_boolean ("yes", &value, NULL) && value);
  g_assert_true (thrum_parse_boolean ("true ", &value, NULL) && value);
  g_assert_true (thrum_parse_boolean ("no", &value, NULL) && !value);
  g_assert_true (thrum_parse_boolean ("false", &value, NULL) && !value);
  CHECK_REFUSED (thrum_parse_boolean, gboolean, "yes or no", "", "1", "0", "Yes", "on", "no # x");
}

static void
test_format_duration (void)
{
  static const IntegerCase cases[] = {
    { "0s", 0 },
    { "1ns", 1 },
    { "250ms", 250000000 },
    { "1.5s", 1500000000 },
    { "1.25us", 1250 },
    { "1m30s", 90 * SECOND },
    { "1m", 60 * SECOND },
    { "1h", 3600 * SECOND },
    { "1h1ns", 3600 * SECOND + 1 },
    { "1.000000001s", SECOND + 1 },
    { "25h1m1.05s", 25 * 3600 * SECOND + 61 * SECOND + 50000000 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree gchar *text = thrum_format_duration (cases[i].value);
      g_assert_cmpstr (text, ==, cases[i].text);
    }
  for (guint i = 0; i < 20000; i++)
    {
      gint64 ns = ((gint64)g_test_rand_int_range (0, G_MAXINT32) << 31
                   | g_test_rand_int_range (0, G_MAXINT32))
                  >> g_test_rand_int_range (0, 62);
      g_autofree gchar *text = thrum_format_duration (ns);
      gint64 again = -1;
      g_assert_true (thrum_parse_duration (text, &again, NULL));
      g_assert_cmpint (again, ==, ns);
    }
}

static void
test_format_time (void)
{
  static const IntegerCase cases[] = {
    { "0 s", 0 },
    { "7 ns", 7 },
    { "999 ns", 999 },
    { "1.00 us", 1000 },
    { "1.24 ms", 1240000 },
    { "999 us", 999499 },
    { "1.00 ms", 999500 },
    { "10.0 ms", 9996000 },
    { "15.0 s", 15 * SECOND },
    { "100 s", 99960 * SECOND / 1000 },
    { "3600 s", 3600 * SECOND },
    { "-1.24 ms", -1240000 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree gchar *text = thrum_format_time (cases[i].value);
      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/units/durations", test_durations);
  g_test_add_func ("/units/sizes", test_sizes);
  g_test_add_func ("/units/rates", test_rates);
  g_test_add_func ("/units/ratios", test_ratios);
  g_test_add_func ("/units/numbers", test_numbers);
  g_test_add_func ("/units/booleans", test_booleans);
  g_test_add_func ("/units/format-duration", test_format_duration);
  g_test_add_func ("/units/format-time", test_format_time);
  return g_test_run ();
}
