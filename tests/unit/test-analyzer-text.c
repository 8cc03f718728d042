/* SPDX-License-Identifier: MIT
 *
 * Numbers as people read them, the choice of an interval, and text that gnuplot must not run.
 */
#include "analyzer/compute/first-pass.h"
#include "analyzer/options.h"
#include "analyzer/plot/plot.h"
#include "analyzer/write/text.h"

static void
test_durations (void)
{
  static const struct {
    double seconds;
    const char *text;
    const char *width;
  } cases[] = {
    { 0, "0 ms", "0 ms" },
    { 0.0000123, "12.3 \302\265s", "12.3 \302\265s" },
    { 0.000999, "999 \302\265s", "999 \302\265s" },
    { 0.0009999, "1.00 ms", "1 ms" },
    { 0.25, "250 ms", "250 ms" },
    { 0.9999, "1.00 s", "1 s" },
    { 2, "2.00 s", "2 s" },
    { 10, "10.0 s", "10 s" },
    { 99.96, "100 s", "100 s" },
    { 3600, "3,600 s", "3,600 s" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = thrum_text_duration (cases[i].seconds);
      g_autofree char *width = thrum_text_width (cases[i].seconds);

      g_assert_cmpstr (text, ==, cases[i].text);
      g_assert_cmpstr (width, ==, cases[i].width);
    }
}

static void
test_counts (void)
{
  static const struct {
    guint64 n;
    const char *text;
  } cases[] = { { 0, "0" },
                { 999, "999" },
                { 1000, "1,000" },
                { 1234567, "1,234,567" },
                { G_MAXUINT64, "18,446,744,073,709,551,615" } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = thrum_text_count (cases[i].n);
      g_assert_cmpstr (text, ==, cases[i].text);
    }
  g_autofree char *number = thrum_text_number (-1234.5678, 2);
  g_assert_cmpstr (number, ==, "-1,234.57");
}

/* What is not nothing never reads as nothing, what is not all never as all. */
static void
test_percents (void)
{
  static const struct {
    double ratio;
    const char *text;
  } cases[] = { { 0, "0.00%" },
                { 0.00001, "<0.01%" },
                { 0.0055, "0.55%" },
                { 0.999999, ">99.99%" },
                { 1, "100.00%" } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = thrum_text_percent (cases[i].ratio);
      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

static void
test_extents (void)
{
  static const struct {
    double extent;
    double cut;
    const char *text;
  } cases[] = {
    { 60, 0, "60.0 s" },
    { 60, 15, "45.0 s (the first 15 s left out)" },
    { 2, 0.25, "1.75 s (the first 250 ms left out)" },
    { 1, 2, "0 ms (the first 2 s left out)" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = thrum_text_extent (cases[i].extent, cases[i].cut);
      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

static void
test_intervals (void)
{
  g_assert_cmpfloat (thrum_interval_choose (60, 1000000), ==, 0.5);
  g_assert_cmpfloat (thrum_interval_choose (3600, 1000000), ==, 30);
  g_assert_cmpfloat (thrum_interval_choose (60, 12), ==, 10);
  g_assert_cmpfloat (thrum_interval_choose (0, 0), ==, 1);
}

static void
test_quoting (void)
{
  static const struct {
    const char *text;
    const char *quoted;
  } cases[] = {
    { "plain", "'plain'" },
    { "it's", "'it\342\200\231s'" },
    { "'; system \"id\"; '", "'\342\200\231; system \"id\"; \342\200\231'" },
    { "two\nlines\rand\ttabs", "'two lines and tabs'" },
    { "\302\205\342\200\250", "'  '" }, /* next line, line separator */
    { "\xff\xfe", "'\357\277\275\357\277\275'" },
    { "0123456789", "'01234567\342\200\246'" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GString) script = g_string_new (NULL);

      thrum_append_quoted (script, cases[i].text, i == 6 ? 8 : 100);
      g_assert_cmpstr (script->str, ==, cases[i].quoted);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/analyzer/text/durations", test_durations);
  g_test_add_func ("/analyzer/text/counts", test_counts);
  g_test_add_func ("/analyzer/text/percents", test_percents);
  g_test_add_func ("/analyzer/text/extents", test_extents);
  g_test_add_func ("/analyzer/text/intervals", test_intervals);
  g_test_add_func ("/analyzer/text/quoting", test_quoting);
  return g_test_run ();
}
