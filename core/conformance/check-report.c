/* SPDX-License-Identifier: MIT
 *
 * The report of the conformance kit, line by line, on standard output, and what is being done, for a
 * parent to tell. Knows nothing of what is checked. One thread.
 */
#include "conformance/check-kit.h"

#include <stdio.h>
#include <string.h>

void
thrum_check_doing (ThrumConformance *check, const gchar *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_vsnprintf (check->doing, THRUM_CHECK_DOING_BYTES, format, arguments);
  va_end (arguments);
}

void
thrum_check_detail (const gchar *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    if (*lines[i] != '\0')
      printf ("             %s\n", lines[i]);
}

static void
print_line (const gchar *mark, const gchar *title, const gchar *format, va_list arguments)
{
  g_autofree gchar *text = g_strdup_vprintf (format, arguments);
  gchar *rest = strchr (text, '\n');

  if (rest != NULL)
    *rest++ = '\0';
  printf ("  %-9s%s: %s\n", mark, title, text);
  if (rest != NULL)
    thrum_check_detail (rest);
  fflush (stdout);
}

void
thrum_check_ok (ThrumConformance *check, const gchar *title, const gchar *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  print_line ("ok", title, format, arguments);
  va_end (arguments);
}

void
thrum_check_problem (ThrumConformance *check, const gchar *title, const gchar *format, ...)
{
  va_list arguments;

  check->n_problems++;
  va_start (arguments, format);
  print_line ("PROBLEM", title, format, arguments);
  va_end (arguments);
}
