/* SPDX-License-Identifier: MIT
 *
 * Times with a date: what each spelling means, against GLib's calendar, and what is none.
 */
#include "analyzer/read/stamp.h"

static const struct {
  const char *text;
  gint64 seconds; /* since 1970; -1: not a time */
  gint64 ns;
  const char *rest; /* what is left behind it */
} cases[] = {
  { "1970-01-01T00:00:00Z", 0, 0, "" },
  { "2023-11-14T22:13:20Z", 1700000000, 0, "" },
  { "2023-11-14T22:13:20.5Z", 1700000000, 500000000, "" },
  { "2023-11-14T23:13:20.625742514+01:00", 1700000000, 625742514, "" },
  { "2023-11-14T22:13:20.1234567891234Z", 1700000000, 123456789, "" },
  { "2023/11/14 22:13:20.500", 1700000000, 500000000, "" },
  { "2023-11-14 22:13:20,500", 1700000000, 500000000, "" },
  { "2023-11-14 22:13:20", 1700000000, 0, "" },
  { "14/Nov/2023:22:13:20 +0000] x", 1700000000, 0, "] x" },
  { "14/Nov/2023:17:13:20 -0500", 1700000000, 0, "" },
  { "14/Nov/2023:22:13:20.655]", 1700000000, 655000000, "]" },
  { "2024-02-29T00:00:00Z", 1709164800, 0, "" },
  { "2000-02-29T12:00:00Z", 951825600, 0, "" },
  { "2261-12-31T23:59:59Z", G_GINT64_CONSTANT (9214646399), 0, "" },
  { "2016-12-31T23:59:60Z", 1483228800, 0, "" }, /* a leap second */
  { "11/14/2023 22:13:20.5", 1700000000, 500000000, "" },
  { "11/14/23 22:13:20", 1700000000, 0, "" },
  { "14/11/2023 22:13:20", 1700000000, 0, "" },
  { "2023-11-14 22:13:20.5 +0000 UTC", 1700000000, 500000000, "" },
  { "14/14/2023 22:13:20", -1, 0, NULL },
  { "2023-11-14T22:13:20 x", 1700000000, 0, " x" },
  { "2023-11-14T22:13:20.", 1700000000, 0, "." },
  { "1969-12-31T23:59:59Z", -1, 0, NULL },
  { "1970-01-01T00:30:00+01:00", -1, 0, NULL },
  { "2262-01-01T00:00:00Z", -1, 0, NULL },
  { "2023-13-14T22:13:20Z", -1, 0, NULL },
  { "2023-00-14T22:13:20Z", -1, 0, NULL },
  { "2023-04-31T22:13:20Z", -1, 0, NULL },
  { "2023-11-14T24:13:20Z", -1, 0, NULL },
  { "2023-11-14T22:13", -1, 0, NULL },
  { "14/Nvo/2023:22:13:20 +0000", -1, 0, NULL },
  { "1700000000", -1, 0, NULL },
  { "", -1, 0, NULL },
};

static void
test_cases (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gsize length = strlen (cases[i].text);
      g_autofree char *exact = g_memdup2 (cases[i].text, length + 1); /* for ASan */
      gint64 ns = -1;
      const char *rest = thrum_stamp_read (exact, exact + length, &ns);

      g_test_message ("%s", cases[i].text);
      g_assert_cmpint (rest == NULL, ==, cases[i].seconds < 0);
      if (rest == NULL)
        continue;
      g_assert_cmpint (ns, ==, cases[i].seconds * 1000000000 + cases[i].ns);
      g_assert_cmpstr (rest, ==, cases[i].rest);
    }
}

/* Every day of 300 years is one day after the one before. */
static void
test_calendar (void)
{
  g_autoptr (GDateTime) day = g_date_time_new_utc (1970, 1, 1, 7, 8, 9);

  while (g_date_time_get_year (day) < 2262)
    {
      g_autofree char *text = g_date_time_format (day, "%Y-%m-%dT%H:%M:%SZ");
      GDateTime *next = g_date_time_add_days (day, 1);
      gint64 ns = -1;

      g_assert_nonnull (thrum_stamp_read (text, text + strlen (text), &ns));
      g_assert_cmpint (ns, ==, g_date_time_to_unix (day) * 1000000000);
      g_date_time_unref (day);
      day = next;
    }
}

static void
test_field (void)
{
  ThrumReader reader = { .n_digits = 3 };
  g_autofree ThrumParse *parse = g_new0 (ThrumParse, 1);
  ThrumCsvField field = { "2023-11-14T22:13:20.5009Z", 25, FALSE };
  const char *reason = NULL;
  gint64 value;

  g_assert_true (thrum_stamp_field (&reader, parse, &field, &value, &reason));
  g_assert_cmpint (value, ==, G_GINT64_CONSTANT (1700000000500));
  g_assert_true (parse->too_fine);
  field.length--; /* without its zone: still one */
  g_assert_true (thrum_stamp_field (&reader, parse, &field, &value, &reason));
  field = (ThrumCsvField){ "2023-11-14T22:13:20Zebra", 24, FALSE };
  g_assert_false (thrum_stamp_field (&reader, parse, &field, &value, &reason));
  g_assert_cmpstr (reason, ==, "a time is not a date and a time of day");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/analyzer/stamp/cases", test_cases);
  g_test_add_func ("/analyzer/stamp/calendar", test_calendar);
  g_test_add_func ("/analyzer/stamp/field", test_field);
  return g_test_run ();
}
