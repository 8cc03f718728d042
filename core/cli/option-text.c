/* SPDX-License-Identifier: MIT
 *
 * Options in words, for the listings of `thrum plugins` and `thrum init`. Pure functions.
 */
#include "cli/option-text.h"

#include <string.h>

#include "plugin/values.h"

gchar *
thrum_option_to_text (const ThrumOption *option, const ThrumKey *key)
{
  GString *text = g_string_new (key != NULL ? thrum_key_type_name (key)
                                            : thrum_option_type_name (option->type));
  g_autofree gchar *range = thrum_option_format_range (option);

  if (*range != '\0')
    g_string_append_printf (text, "%s %s", option->type == THRUM_OPTION_ENUM ? ":" : ",", range);
  if (option->flags & THRUM_OPTION_REQUIRED)
    g_string_append (text, "; required");
  if (option->fallback != NULL)
    g_string_append_printf (text, "; default %s",
                            *option->fallback != '\0' ? option->fallback : "empty");
  else if (key != NULL && g_strcmp0 (key->standard, "required") == 0)
    g_string_append (text, "; required");
  else if (key != NULL && key->standard != NULL)
    g_string_append_printf (text, "; default: %s", key->standard);
  if (option->flags & THRUM_OPTION_PATH)
    g_string_append (text, "; a path, relative to the INI file");
  if (option->flags & THRUM_OPTION_SECRET)
    g_string_append (text, "; a secret, never written down");
  if (option->flags & THRUM_OPTION_TEMPLATE)
    g_string_append (text, "; may vary per request");
  return g_string_free (text, FALSE);
}

gchar *
thrum_capitalize (const gchar *help)
{
  gchar *text = g_strdup (help);
  gsize length = strcspn (text, " ,;:");

  for (gsize i = 0; i < length; i++)
    if (!g_ascii_islower (text[i]) && text[i] != '\'' && text[i] != '-')
      return text;
  if (text[length] != ':' || text[length + 1] == ' ')
    text[0] = g_ascii_toupper (text[0]);
  return text;
}

void
thrum_append_wrapped (GString *out, const gchar *text, const gchar *margin, gsize width)
{
  while (*text != '\0')
    {
      gsize room = width - MIN (strlen (margin), width - 1);
      gsize cut = strlen (text);

      if (cut > room)
        {
          for (cut = room; cut > 0 && text[cut] != ' ';)
            cut--;
          if (cut == 0) /* a word longer than the line */
            cut = strcspn (text, " ");
        }
      g_string_append (out, margin);
      g_string_append_len (out, text, (gssize)cut);
      g_string_append_c (out, '\n');
      text += cut;
      text += strspn (text, " ");
    }
}
