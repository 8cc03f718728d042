/* SPDX-License-Identifier: MIT
 *
 * Values with units: whatever a file holds, parsing gives a value or an error, never both, never
 * neither; and a duration's text reads back as the same duration.
 */
#include "base/units.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
check_duration (const gchar *text)
{
  g_autoptr (GError) error = NULL;
  gint64 ns, again;

  if (!thrum_parse_duration (text, &ns, &error))
    {
      g_assert_nonnull (error);
      return;
    }
  g_assert_no_error (error);
  g_assert_cmpint (ns, >=, 0);

  g_autofree gchar *written = thrum_format_duration (ns);
  g_assert_true (thrum_parse_duration (written, &again, &error));
  g_assert_cmpint (again, ==, ns);
}

/* Each of these parsers into its own kind of value; @good is whether it took the text. */
#define CHECK(text, type, parse, condition)                                                        \
  {                                                                                                \
    g_autoptr (GError) error = NULL;                                                               \
    type value = 0;                                                                                \
    gboolean good = parse (text, &value, &error);                                                  \
    g_assert_true (good == (error == NULL));                                                       \
    g_assert_true (!good || (condition));                                                          \
  }

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree gchar *text = g_strndup ((const gchar *)data, size);

  check_duration (text);
  CHECK (text, gint64, thrum_parse_size, value >= 0);
  CHECK (text, gdouble, thrum_parse_rate, value >= 0 && value < G_MAXDOUBLE);
  CHECK (text, gdouble, thrum_parse_ratio, value >= 0 && value < G_MAXDOUBLE);
  CHECK (text, gint64, thrum_parse_integer, TRUE);
  CHECK (text, gdouble, thrum_parse_number, value == value);
  CHECK (text, gboolean, thrum_parse_boolean, value == FALSE || value == TRUE);
  return 0;
}
