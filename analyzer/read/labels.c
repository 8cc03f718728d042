/* SPDX-License-Identifier: MIT
 *
 * Shortens names to fit a column so that they can still be told apart. It does not know what they
 * name.
 */
#include <string.h>

#include "analyzer/read/labels.h"

/* @name without its middle, for which a ~ stands. */
static char *
shorten (const char *name, glong width)
{
  glong length = g_utf8_strlen (name, -1), head = width / 3, tail = width - 1 - head;

  if (length <= width)
    return g_strdup (name);
  g_autofree char *first = g_utf8_substring (name, 0, head);
  g_autofree char *last = g_utf8_substring (name, length - tail, length);
  return g_strconcat (first, "~", last, NULL);
}

/* @label with the number @n at its end. */
static char *
number (const char *label, glong width, guint n)
{
  g_autofree char *mark = g_strdup_printf ("~%u", n);
  glong room = MAX (width - (glong)strlen (mark), 0);
  g_autofree char *start = g_utf8_substring (label, 0, MIN (g_utf8_strlen (label, -1), room));

  return g_strconcat (start, mark, NULL);
}

GStrv
thrum_labels_new (const char *const *names, guint n, guint width)
{
  g_autoptr (GHashTable) taken = g_hash_table_new (g_str_hash, g_str_equal);
  GStrv labels = g_new0 (char *, n + 1);

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *label = shorten (*names[i] != '\0' ? names[i] : "(no name)", (glong)width);

      labels[i] = g_strdup (label);
      for (guint k = 2; g_hash_table_contains (taken, labels[i]); k++)
        {
          g_free (labels[i]);
          labels[i] = number (label, (glong)width, k);
        }
      g_hash_table_add (taken, labels[i]);
    }
  return labels;
}
