/* SPDX-License-Identifier: MIT
 *
 * Holds the table of names that all reading threads share. It has a lock, which the threads seldom
 * take because of their caches. It does not know what the names name.
 */
#include "analyzer/read/names.h"
#include "base/printing.h"

struct _ThrumNames {
  GMutex lock;
  GHashTable *numbers; /* GBytes -> number + 1 */
  GPtrArray *names;    /* made printable */
  GHashTable *printed; /* the same, as a set; (unowned) */
  guint max;
  gboolean overflowed;
};

ThrumNames *
thrum_names_new (guint max)
{
  ThrumNames *self = g_new0 (ThrumNames, 1);

  g_mutex_init (&self->lock);
  self->numbers =
      g_hash_table_new_full (g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);
  self->names = g_ptr_array_new_with_free_func (g_free);
  self->printed = g_hash_table_new (g_str_hash, g_str_equal);
  self->max = max;
  return self;
}

void
thrum_names_free (ThrumNames *self)
{
  g_mutex_clear (&self->lock);
  g_hash_table_unref (self->numbers);
  g_hash_table_unref (self->printed);
  g_ptr_array_unref (self->names);
  g_free (self);
}

/* Control characters would break every table and script that the name ends up in; and two names must
 * not look the same for that. */
static char *
make_printable (const ThrumNames *self, const char *name, gsize length)
{
  g_autofree char *valid = g_utf8_make_valid (name, (gssize)length);
  gboolean is_journey = *valid == *THRUM_NAMES_JOURNEY;
  g_autofree char *rest = thrum_printing_escape (valid + is_journey, FALSE);
  char *text = g_strconcat (is_journey ? THRUM_NAMES_JOURNEY : "", rest, NULL);

  for (guint i = 2; g_hash_table_contains (self->printed, text); i++)
    {
      g_autofree char *taken = text;
      gsize end = i == 2 ? strlen (taken) : (gsize)(strrchr (taken, '~') - taken);

      text = g_strdup_printf ("%.*s~%u", (int)end, taken, i);
    }
  return text;
}

guint16
thrum_names_intern (ThrumNames *self, const char *name, gsize length)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  g_autoptr (GBytes) key = g_bytes_new (name, length);
  guint number = GPOINTER_TO_UINT (g_hash_table_lookup (self->numbers, key));

  if (number == 0)
    {
      if (self->names->len >= self->max - 1)
        {
          self->overflowed = TRUE;
          return (guint16)(self->max - 1);
        }
      char *text = make_printable (self, name, length);
      g_ptr_array_add (self->names, text);
      g_hash_table_add (self->printed, text);
      number = self->names->len;
      g_hash_table_insert (self->numbers, g_steal_pointer (&key), GUINT_TO_POINTER (number));
    }
  return (guint16)(number - 1);
}

guint
thrum_names_get_n (const ThrumNames *self)
{
  return self->overflowed ? self->max : self->names->len;
}

const char *
thrum_names_get (const ThrumNames *self, guint i)
{
  if (i >= self->names->len)
    return THRUM_OTHERS;
  const char *text = g_ptr_array_index (self->names, i);
  return *text == *THRUM_NAMES_JOURNEY ? text + 1 : text;
}

gboolean
thrum_names_is_journey (const ThrumNames *self, guint i)
{
  return i < self->names->len
         && *(const char *)g_ptr_array_index (self->names, i) == *THRUM_NAMES_JOURNEY;
}

gboolean
thrum_names_overflowed (const ThrumNames *self)
{
  return self->overflowed;
}

typedef struct {
  GBytes *name;
  guint number;
  guint64 count;
} Candidate;

static int
compare_candidates (gconstpointer a, gconstpointer b)
{
  const Candidate *one = a, *two = b;

  if (one->count != two->count)
    return one->count > two->count ? -1 : 1;
  if (one->count == G_MAXUINT64)
    return one->number < two->number ? -1 : 1;
  return g_bytes_compare (one->name, two->name);
}

ThrumNames *
thrum_names_keep_most_frequent (const ThrumNames *self, const guint64 *counts, guint max,
                                guint n_first)
{
  ThrumNames *kept = thrum_names_new (max);
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (Candidate));
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init (&iter, self->numbers);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      guint number = GPOINTER_TO_UINT (value) - 1;
      Candidate one = { key, number, number < n_first ? G_MAXUINT64 : counts[number] };

      g_array_append_val (all, one);
    }
  g_array_sort (all, compare_candidates);
  for (guint i = 0; i < all->len; i++)
    {
      gsize length;
      const char *name = g_bytes_get_data (g_array_index (all, Candidate, i).name, &length);

      thrum_names_intern (kept, name != NULL ? name : "", length);
    }
  return kept;
}

int
thrum_names_compare (const char *a, const char *b)
{
  const char *p = a, *q = b;

  while (*p != '\0' && *q != '\0')
    {
      if (!g_ascii_isdigit (*p) || !g_ascii_isdigit (*q))
        {
          if (*p != *q)
            return (guchar)*p < (guchar)*q ? -1 : 1;
          p++;
          q++;
          continue;
        }

      p += strspn (p, "0");
      q += strspn (q, "0");
      gsize n = strspn (p, "0123456789"), m = strspn (q, "0123456789");
      if (n != m)
        return n < m ? -1 : 1;
      int order = memcmp (p, q, n);
      if (order != 0)
        return order;
      p += n;
      q += m;
    }
  if (*p != *q)
    return *p == '\0' ? -1 : 1;
  return strcmp (a, b); /* 1 and 01 */
}

guint16
thrum_name_cache_fill (ThrumNameCache *cache, guint slot, ThrumNames *names, const guint64 *head,
                       const char *name, gsize length)
{
  cache->entries[slot].head[0] = head[0];
  cache->entries[slot].head[1] = head[1];
  cache->entries[slot].behind = (guint16)(length + 1);
  memcpy (cache->names[slot], name, length);
  return cache->entries[slot].number = thrum_names_intern (names, name, length);
}
