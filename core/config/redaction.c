/* SPDX-License-Identifier: MIT
 *
 * Holds what a message must not say, and what it says instead. Refuses to know why. One thread.
 */
#include "config/redaction.h"

#include <string.h>

/* Anything shorter is found in every other word. */
#define SHORTEST 3

typedef struct {
  gchar *value, *instead;
} Entry;

static void
clear_entry (gpointer data)
{
  Entry *entry = data;

  g_free (entry->value);
  g_free (entry->instead);
}

ThrumRedaction *
thrum_redaction_new (void)
{
  ThrumRedaction *self = g_new0 (ThrumRedaction, 1);

  self->entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  g_array_set_clear_func (self->entries, clear_entry);
  return self;
}

void
thrum_redaction_free (ThrumRedaction *self)
{
  if (self == NULL)
    return;
  g_array_unref (self->entries);
  g_free (self);
}

void
thrum_redaction_add (ThrumRedaction *self, const gchar *value, const gchar *instead)
{
  guint i;

  if (strlen (value) < SHORTEST)
    return;
  for (i = 0; i < self->entries->len; i++)
    {
      const Entry *entry = &g_array_index (self->entries, Entry, i);
      if (g_str_equal (entry->value, value))
        return;
      if (strlen (entry->value) < strlen (value))
        break;
    }
  const Entry entry = { g_strdup (value), g_strdup (instead) };
  g_array_insert_val (self->entries, i, entry);
}

void
thrum_redaction_apply (const ThrumRedaction *self, GString *text)
{
  for (guint i = 0; i < self->entries->len; i++)
    {
      const Entry *entry = &g_array_index (self->entries, Entry, i);
      g_string_replace (text, entry->value, entry->instead, 0);
    }
}
