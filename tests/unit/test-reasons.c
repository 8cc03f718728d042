/* SPDX-License-Identifier: MIT
 *
 * The reasons of failures: counted, bounded, printable, and summed up over workers.
 */
#include "record/reasons.h"

#include <string.h>

static const ThrumToldReason *
told (const ThrumReasonList *list, guint i)
{
  g_assert_cmpuint (i, <, list->told->len);
  return &g_array_index (list->told, ThrumToldReason, i);
}

static void
test_counted (void)
{
  ThrumReasons first = { 0 }, second = { 0 };
  g_autoptr (ThrumReasonList) list = thrum_reason_list_new ();

  thrum_reasons_add (&first, THRUM_FAILURE_PROTOCOL, "a", 1);
  thrum_reasons_add (&first, THRUM_FAILURE_PROTOCOL, "b", 2);
  thrum_reasons_add (&first, THRUM_FAILURE_TLS_FAILED, "a", 1);
  thrum_reasons_add (&first, THRUM_FAILURE_PROTOCOL, NULL, 7);
  thrum_reasons_add (&first, THRUM_FAILURE_PROTOCOL, "none", 0);
  thrum_reasons_add (&second, THRUM_FAILURE_PROTOCOL, "a", 3);
  thrum_reason_list_add (list, &first);
  thrum_reason_list_add (list, &second);
  thrum_reason_list_finish (list);

  g_assert_cmpuint (list->told->len, ==, 3);
  g_assert_cmpuint (list->n_others, ==, 0);
  g_assert_cmpstr (told (list, 0)->text, ==, "a");
  g_assert_cmpint (told (list, 0)->failure, ==, THRUM_FAILURE_PROTOCOL);
  g_assert_cmpuint (told (list, 0)->count, ==, 4);
  g_assert_cmpstr (told (list, 1)->text, ==, "b");
  g_assert_cmpint (told (list, 2)->failure, ==, THRUM_FAILURE_TLS_FAILED);
}

/* As many distinct ones as there are places, and never more; the others are counted. */
static void
test_bounded (void)
{
  ThrumReasons reasons[3] = { 0 };
  g_autoptr (ThrumReasonList) list = thrum_reason_list_new ();

  for (guint worker = 0; worker < 3; worker++)
    {
      for (guint i = 0; i < 100; i++)
        {
          g_autofree gchar *text = g_strdup_printf ("worker %u, byte %u", worker, i);

          thrum_reasons_add (&reasons[worker], THRUM_FAILURE_PROTOCOL, text, 2);
        }
      thrum_reason_list_add (list, &reasons[worker]);
    }
  thrum_reason_list_finish (list);
  g_assert_cmpuint (list->told->len, ==, THRUM_N_REASONS);
  g_assert_cmpuint (list->n_others, ==, 600 - 2 * THRUM_N_REASONS);
}

static void
test_printable (void)
{
  ThrumReasons reasons = { 0 };
  g_autoptr (ThrumReasonList) list = thrum_reason_list_new ();
  g_autofree gchar *endless = g_strnfill (1000, 'x');

  thrum_reasons_add (&reasons, THRUM_FAILURE_PROTOCOL, "\033[31m\n\xff\x7f=\"", 3);
  thrum_reasons_add (&reasons, THRUM_FAILURE_PROTOCOL, endless, 2);
  thrum_reasons_add (&reasons, THRUM_FAILURE_PROTOCOL, endless, 2);
  reasons.each[2].state = 2; /* a plugin's wild write */
  reasons.each[2].failure = 12345;
  memset (reasons.each[2].text, 'y', THRUM_REASON_BYTES);
  reasons.each[3].state = 2;
  memset (reasons.each[3].text, 'z', THRUM_REASON_BYTES);
  thrum_reason_list_add (list, &reasons);
  thrum_reason_list_finish (list);

  g_assert_cmpuint (list->told->len, ==, 3);
  g_assert_cmpuint (told (list, 0)->count, ==, 4);
  g_assert_cmpuint (strlen (told (list, 0)->text), ==, THRUM_REASON_BYTES - 1);
  g_assert_cmpstr (told (list, 1)->text, ==, ".[31m...=\"");
  g_assert_cmpuint (strlen (told (list, 2)->text), ==, THRUM_REASON_BYTES - 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/reasons/counted", test_counted);
  g_test_add_func ("/reasons/bounded", test_bounded);
  g_test_add_func ("/reasons/printable", test_printable);
  return g_test_run ();
}
