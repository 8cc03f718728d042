/* SPDX-License-Identifier: MIT
 *
 * Scans a file before GKeyFile does, for what that cannot report (lines, duplicates) or lets
 * pass (locale keys, comments that are not comments, half a header). Finds the line of every
 * entry, reports what is wrong with the other lines, and leaves a clean text for GKeyFile to
 * parse. Main thread.
 */
#include <string.h>

#include "config/document.h"
#include "config/secrets.h"

/* GKeyFile treats a key Encoding of the first group as its own: that group is ours. */
#define FIRST_GROUP "[thrum]\n"

typedef struct {
  ThrumProblems *problems;
  ThrumDocument *document;
  GString *clean;        /* what GKeyFile gets */
  ThrumSection *section; /* (nullable): the current one; NULL: none, or one that is refused */
  gboolean has_begun;    /* a section header, good or bad, was seen */
  gboolean is_indented;  /* the line begins with a blank */
  ThrumPlace place;
} Scan;

/* The rest of a bad line helps nobody: only what is wrong is told. */
#define TELL(scan, ...)                                                                            \
  thrum_problems_add ((scan)->problems, (scan)->place,                                             \
                      (scan)->section != NULL ? (scan)->section->name : NULL, NULL, __VA_ARGS__)

static void
scan_header (Scan *scan, const gchar *line)
{
  const gchar *end = strchr (line, ']');
  g_autofree gchar *reason = NULL;
  g_autofree gchar *title = NULL;
  ThrumSectionKind kind;

  scan->section = NULL;
  scan->has_begun = TRUE;
  if (end == NULL)
    {
      TELL (scan, "'%s' has no ]", line);
      return;
    }
  g_autofree gchar *name = g_strndup (line + 1, (gsize)(end - line) - 1);
  if (end[1] != '\0')
    thrum_problems_add (scan->problems, scan->place, name, NULL,
                        "'%s' stands behind the section's ]%s", g_strchug ((gchar *)end + 1),
                        strpbrk (end, "#;") != NULL ? "; comments are lines of their own" : "");
  if (!thrum_section_parse_name (g_strstrip (name), &kind, &title, &reason))
    {
      thrum_problems_add (scan->problems, scan->place, name, NULL, "%s", reason);
      return;
    }

  scan->section = thrum_document_find (scan->document, kind, title);
  if (scan->section != NULL)
    {
      g_autofree gchar *where = thrum_place_to_text (scan->section->place);
      TELL (scan, "the section is there already%s", where);
    }
  else
    scan->section = thrum_document_add (scan->document, kind, title, scan->place);
  g_string_append_printf (scan->clean, "[%s]\n", scan->section->name);
}

static gboolean
is_key (const gchar *key)
{
  for (const gchar *at = key; *at != '\0'; at++)
    if (!g_ascii_isalnum (*at) && *at != '_' && *at != '-' && *at != '.')
      return FALSE;
  return TRUE;
}

static void
scan_entry (Scan *scan, gchar *line)
{
  gchar *equals = strchr (line, '=');

  if (equals == NULL && scan->is_indented)
    {
      /* What is meant as the rest of a value, maybe of a secret, is not repeated. */
      TELL (scan, "the line goes on from the one before; a value is one line");
      return;
    }
  if (equals == NULL)
    {
      g_autofree gchar *shown = thrum_secret_mask (line);
      TELL (scan, "'%s' is neither [SECTION], KEY = VALUE nor a comment (# at its beginning)",
            shown);
      return;
    }
  g_autofree gchar *key = g_strstrip (g_strndup (line, (gsize)(equals - line)));
  g_autofree gchar *shown = thrum_secret_mask (key);
  const gchar *value = g_strchug (equals + 1);

  if (!scan->has_begun)
    TELL (scan, "'%s' stands before the first [SECTION]", shown);
  else if (*key == '\0')
    TELL (scan, "there is no key before the '='");
  else if (strchr (key, '[') != NULL)
    TELL (scan, "'%s': keys for a language, like name[de], are not supported", shown);
  else if (!is_key (key))
    TELL (scan, "'%s' is not a key of [A-Za-z0-9._-]", shown);
  else if (scan->section != NULL)
    {
      const ThrumEntry *first = thrum_section_find (scan->section, key);
      if (first != NULL)
        {
          g_autofree gchar *where = thrum_place_to_text (first->place);
          thrum_problems_add (scan->problems, scan->place, scan->section->name, key,
                              "is there already%s", where);
          return;
        }
      thrum_section_add (scan->section, key, scan->place);
      g_string_append_printf (scan->clean, "%s=%s\n", key, value);
    }
}

/* Bytes that no text file has. FALSE: the line is told of and done with. */
static gboolean
check_bytes (Scan *scan, const gchar *line, gsize length)
{
  const gchar *bad;

  if (memchr (line, '\0', length) != NULL)
    TELL (scan, "the line holds a NUL byte");
  else if (!g_utf8_validate (line, (gssize)length, &bad))
    TELL (scan, "the line is not UTF-8 (byte 0x%02x)", (guint8)*bad);
  else
    {
      for (gsize i = 0; i < length; i++)
        if (g_ascii_iscntrl (line[i]) && line[i] != '\t')
          {
            TELL (scan, "the line holds the control character 0x%02x", (guint8)line[i]);
            return FALSE;
          }
      return TRUE;
    }
  return FALSE;
}

static void
scan_line (Scan *scan, const gchar *start, gsize length)
{
  if (length > 0 && start[length - 1] == '\r')
    length--;
  if (!check_bytes (scan, start, length))
    return;

  scan->is_indented = length > 0 && (*start == ' ' || *start == '\t');
  g_autofree gchar *line = g_strstrip (g_strndup (start, length));
  if (*line == '\0' || *line == '#')
    return;
  if (*line == ';')
    TELL (scan, "a ';' begins no comment here; begin the line with '#'");
  else if (*line == '[')
    scan_header (scan, line);
  else
    scan_entry (scan, line);
}

/* The values, as GKeyFile reads them from the clean text. */
static void
read_values (Scan *scan)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) error = NULL;

  if (!g_key_file_load_from_data (file, scan->clean->str, scan->clean->len, G_KEY_FILE_NONE,
                                  &error))
    thrum_problems_add (scan->problems, (ThrumPlace){ 0 }, NULL, NULL, "%s", error->message);
  for (guint i = 0; i < scan->document->sections->len; i++)
    {
      ThrumSection *section = g_ptr_array_index (scan->document->sections, i);
      for (guint j = 0; j < section->entries->len; j++)
        {
          ThrumEntry *entry = g_ptr_array_index (section->entries, j);
          entry->text = g_key_file_get_value (file, section->name, entry->key, NULL);
          if (entry->text == NULL)
            entry->text = g_strdup ("");
        }
    }
}

ThrumDocument *
thrum_document_parse (const gchar *text, gsize length, ThrumProblems *problems)
{
  static const gchar byte_order_mark[] = "\xef\xbb\xbf";
  g_autoptr (ThrumDocument) document = thrum_document_new ();
  g_autoptr (GString) clean = g_string_new (FIRST_GROUP);
  Scan scan = { .problems = problems, .document = document, .clean = clean };

  if (length >= 2 && (memcmp (text, "\xff\xfe", 2) == 0 || memcmp (text, "\xfe\xff", 2) == 0))
    {
      thrum_problems_add (problems, (ThrumPlace){ .line = 1 }, NULL, NULL,
                          "the file is UTF-16; save it as UTF-8");
      return g_steal_pointer (&document);
    }

  const gchar *end = text + length;
  if (length >= 3 && memcmp (text, byte_order_mark, 3) == 0)
    text += 3;
  while (text < end)
    {
      const gchar *newline = memchr (text, '\n', (gsize)(end - text));
      const gchar *line_end = newline != NULL ? newline : end;

      scan.place.line++;
      scan_line (&scan, text, (gsize)(line_end - text));
      text = line_end + 1;
    }
  read_values (&scan);
  return g_steal_pointer (&document);
}
