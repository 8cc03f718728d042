/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <string.h>

G_BEGIN_DECLS

/* Names (of requests, of kinds of failure) become small numbers, one table for all threads. Numbers
 * are given in the order of arrival, which differs from run to run: whatever is printed is sorted by
 * name. Beyond @max names the table overflows and every further one is number @max - 1. */
typedef struct _ThrumNames ThrumNames;

ThrumNames *thrum_names_new (guint max);
void thrum_names_free (ThrumNames *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumNames, thrum_names_free)

/* The number of @name, @length bytes (cut at 255). Any thread. */
guint16 thrum_names_intern (ThrumNames *self, const char *name, gsize length);

/* After the threads have ended. The name is valid UTF-8, whatever bytes the file had. */
guint thrum_names_get_n (const ThrumNames *self);
const char *thrum_names_get (const ThrumNames *self, guint i);
gboolean thrum_names_overflowed (const ThrumNames *self);

/* A thread's memory of the last names it saw, so that the table's lock is seldom taken. All-zero is
 * empty. */
#define THRUM_NAME_CACHE_SIZE 64
#define THRUM_NAME_SLACK 16
typedef struct {
  struct {
    guint64 head[2]; /* the first 16 bytes, zero-padded */
    guint8 length;
    gboolean used;
    guint16 number;
    char name[256];
  } entries[THRUM_NAME_CACHE_SIZE];
} ThrumNameCache;

/* The first @n of the 8 bytes at @text, the others 0; @n may be beyond 8. Without a branch, which
 * names of chance lengths would have guessed wrongly. */
static inline guint64
thrum_name_word (const char *text, gsize n)
{
  guint64 word, mask = n == 0 ? 0 : ~G_GUINT64_CONSTANT (0) >> (8 * (8 - MIN (n, 8)));

  memcpy (&word, text, 8);
  return GUINT64_FROM_LE (word) & mask;
}

/* The same as thrum_names_intern () through @cache. THRUM_NAME_SLACK bytes from @name on must be
 * readable. */
static inline guint16
thrum_name_cache_intern (ThrumNameCache *cache, ThrumNames *names, const char *name, gsize length)
{
  length = MIN (length, 255);
  guint64 head = thrum_name_word (name, length);
  guint64 tail = thrum_name_word (name + 8, length - MIN (length, 8));

  guint slot =
      (guint)(((head ^ tail ^ (length << 3)) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15)) >> 58);
  if (G_LIKELY (cache->entries[slot].used && cache->entries[slot].head[0] == head
                && cache->entries[slot].head[1] == tail && cache->entries[slot].length == length
                && (length <= 16 || memcmp (cache->entries[slot].name, name, length) == 0)))
    return cache->entries[slot].number;

  cache->entries[slot].head[0] = head;
  cache->entries[slot].head[1] = tail;
  cache->entries[slot].length = (guint8)length;
  cache->entries[slot].used = TRUE;
  memcpy (cache->entries[slot].name, name, length);
  return cache->entries[slot].number = thrum_names_intern (names, name, length);
}

G_END_DECLS
