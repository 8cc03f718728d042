/* SPDX-License-Identifier: MIT
 *
 * Writes a value down again. Secrets that stand in the file become references to variables,
 * which whoever starts the workers sets for them; paths become absolute. Knows the forms of
 * values (headers, URLs, lists); refuses to know what they are for. Main thread.
 */
#include "config/written.h"

#include <string.h>

#include "config/expand.h"
#include "config/secrets.h"
#include "plugin/values.h"

/* ---- Names for secrets --------------------------------------------------------------------- */

static gboolean
document_mentions (const ThrumDocument *document, const gchar *text)
{
  for (guint i = 0; i < document->sections->len; i++)
    {
      const ThrumSection *section = g_ptr_array_index (document->sections, i);
      for (guint j = 0; j < section->entries->len; j++)
        if (strstr (((ThrumEntry *)section->entries->pdata[j])->text, text) != NULL)
          return TRUE;
    }
  return FALSE;
}

static gboolean
is_taken (const ThrumReading *reading, const gchar *name)
{
  g_autofree gchar *reference = g_strdup_printf ("${env:%s}", name);
  g_autofree gchar *assignment = g_strconcat (name, "=", NULL);

  for (guint i = 0; i < reading->secrets->len; i++)
    if (g_str_has_prefix (reading->secrets->pdata[i], assignment))
      return TRUE;
  return document_mentions (reading->document, reference);
}

/* A reference to a new variable that holds @value. (transfer full) */
static gchar *
name_secret (const gchar *value, ThrumReading *reading)
{
  thrum_redaction_add (reading->problems->redaction, value, THRUM_REDACTED);
  for (guint n = 1;; n++)
    {
      g_autofree gchar *name = g_strdup_printf (THRUM_EXPAND_SECRET "%u", n);
      if (is_taken (reading, name))
        continue;
      g_ptr_array_add (reading->secrets, g_strconcat (name, "=", value, NULL));
      return g_strdup_printf ("${env:%s}", name);
    }
}

/* ---- Whole values -------------------------------------------------------------------------- */

gboolean
thrum_is_secret_option (const ThrumOption *option, const ThrumReading *reading)
{
  return (option->flags & THRUM_OPTION_SECRET) != 0
         || (reading->secret_keys != NULL
             && g_strv_contains ((const gchar *const *)reading->secret_keys, option->key));
}

/* What a variable in place of all of @entry must hold: it is read as the text in the file is, but is
 * not looked through for references. */
static gchar *
fill_in (const ThrumOption *option, const ThrumEntry *entry, const ThrumReading *reading)
{
  if (option->flags & THRUM_OPTION_ESCAPES)
    return thrum_expand (entry->text, THRUM_EXPAND_ESCAPED, NULL, NULL);
  if ((option->flags & THRUM_OPTION_PATH) && *entry->value != '\0')
    return g_canonicalize_filename (entry->value, reading->base_directory);
  if (option->type != THRUM_OPTION_LIST)
    return g_strdup (entry->value);

  g_auto (GStrv) list = thrum_value_split (option, entry->text, NULL);
  if (list == NULL)
    return g_strdup (entry->value); /* a problem, and told where it is read */
  for (guint i = 0; list[i] != NULL; i++)
    {
      gchar *raw = list[i];
      list[i] = thrum_expand (raw, THRUM_EXPAND_PLAIN, NULL, NULL);
      g_free (raw);
    }
  return thrum_value_join ((const gchar *const *)list);
}

/* ---- Parts of values ----------------------------------------------------------------------- */

/* Whether @text, a header's value, keeps its secrets in the environment: references, each perhaps
 * with a word before it, as in "Bearer ${env:TOKEN}" and "id=${env:ID}; sid=${env:SID}". */
static gboolean
is_referred (const gchar *text)
{
  static const gchar pattern[] =
      "^([\\w-]+( |=))?\\$\\{env:\\w+\\}(; *[\\w-]+=\\$\\{env:\\w+\\})*$";

  return g_regex_match_simple (pattern, text, 0, 0);
}

/* @raw, a part of a value as it stands in the file, hidden; @raw itself where it has none of the secret
 * in it. (transfer full) */
static gchar *
hide_part (const gchar *raw, ThrumReading *reading)
{
  g_autofree gchar *value = thrum_expand (raw, THRUM_EXPAND_PLAIN, NULL, NULL);

  if (*raw == '\0' || value == NULL || is_referred (raw))
    return g_strdup (raw);
  return name_secret (value, reading);
}

/* Whether @text may be a header's name: a token of RFC 9110, 5.6.2. */
static gboolean
is_token (const gchar *text)
{
  return *text != '\0'
         && text[strspn (text, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "!#$%&'*+-.^_`|~")] == '\0';
}

/* @element, NAME: VALUE, with its value hidden if the name is one of secrets, or is not a name: whoever
 * forgot the name gave the secret alone. @is_alone: no other stands in the list, so that its variable is
 * taken apart as the text was. (transfer full) */
static gchar *
hide_header (const gchar *element, gboolean is_alone, ThrumReading *reading)
{
  const gchar *end = element + strlen (element);
  const gchar *colon = thrum_expand_find (element, end, ":");
  g_autofree gchar *raw_name = g_strstrip (g_strndup (element, (gsize)(colon - element)));
  g_autofree gchar *name = thrum_expand (raw_name, THRUM_EXPAND_PLAIN, NULL, NULL);

  if (name == NULL || thrum_expand_is_reference (element))
    return g_strdup (element);
  if (colon == end)
    {
      g_autofree gchar *escaped = thrum_value_escape_element (name);
      return name_secret (is_alone ? escaped : name, reading);
    }
  if (is_token (name)
      && !thrum_secret_is_header (name, strlen (name),
                                  (const gchar *const *)reading->secret_headers))
    return g_strdup (element);
  const gchar *start = colon + 1 + strspn (colon + 1, " \t");
  g_autofree gchar *value = hide_part (start, reading);
  return g_strdup_printf ("%.*s%s", (int)(start - element), element, value);
}

/* NULL: there is nothing to hide. Where the list does not parse, a problem says so later; its headers
 * are hidden all the same. */
static gchar *
hide_headers (const ThrumOption *option, const gchar *text, ThrumReading *reading)
{
  g_auto (GStrv) list = thrum_value_split (option, text, NULL);
  gboolean is_hidden = FALSE;

  if (list == NULL)
    list = g_strsplit (text, ";", -1);
  for (guint i = 0; list[i] != NULL; i++)
    {
      gchar *raw = list[i];
      list[i] = hide_header (raw, i == 0 && list[1] == NULL, reading);
      is_hidden |= !g_str_equal (list[i], raw);
      g_free (raw);
    }
  return is_hidden ? thrum_value_join ((const gchar *const *)list) : NULL;
}

static gchar *
hide_in_url (const gchar *text, ThrumReading *reading)
{
  g_autoptr (GArray) spans = thrum_secret_find_in_url (text);
  g_autoptr (GString) url = g_string_new (NULL);
  gsize from = 0;

  for (guint i = 0; i < spans->len; i++)
    {
      const ThrumSpan span = g_array_index (spans, ThrumSpan, i);
      g_autofree gchar *raw = g_strndup (text + span.start, span.length);
      g_autofree gchar *hidden = hide_part (raw, reading);

      g_string_append_len (url, text + from, (gssize)(span.start - from));
      g_string_append (url, hidden);
      from = span.start + span.length;
    }
  g_string_append (url, text + from);
  return g_string_free (g_steal_pointer (&url), FALSE);
}

void
thrum_hide_secrets (const ThrumOption *option, ThrumEntry *entry, ThrumReading *reading)
{
  if (entry->written != NULL || *entry->text == '\0')
    return;
  if (thrum_is_secret_option (option, reading))
    {
      g_autofree gchar *value = fill_in (option, entry, reading);
      entry->written = thrum_expand_is_reference (entry->text) ? g_strdup (entry->text)
                                                               : name_secret (value, reading);
    }
  else if ((option->flags & THRUM_OPTION_HEADERS) && !thrum_expand_is_own_secret (entry->text))
    entry->written = hide_headers (option, entry->text, reading);
  else if (option->flags & THRUM_OPTION_URL)
    entry->written = hide_in_url (entry->text, reading);
}

/* ---- Paths --------------------------------------------------------------------------------- */

gchar *
thrum_write_path (const ThrumEntry *entry, const gchar *absolute, const gchar *base_directory)
{
  if (strchr (entry->text, '$') == NULL)
    return thrum_expand_escape (absolute);
  if (g_path_is_absolute (entry->value))
    return g_strdup (entry->text);
  g_autofree gchar *base =
      base_directory != NULL ? g_strdup (base_directory) : g_get_current_dir ();
  g_autofree gchar *escaped = thrum_expand_escape (base);
  return g_build_filename (escaped, entry->text, NULL);
}
