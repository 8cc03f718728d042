/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <string.h>

G_BEGIN_DECLS

/* A table that turns names (of requests, of kinds of failure) into small numbers, for all threads.
 * Numbers are given in the order of arrival, which differs from run to run; so whatever is printed
 * is sorted by name. The table has room for @max - 1 names; every further name is number @max - 1,
 * THRUM_OTHERS. */
typedef struct _ThrumNames ThrumNames;

#define THRUM_OTHERS "(others)"
#define THRUM_NAMES_JOURNEY "\001" /* before a name makes it a journey's: another one's */

ThrumNames *thrum_names_new (guint max);
void thrum_names_free (ThrumNames *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumNames, thrum_names_free)

/* Returns the number of @name, which has @length bytes, any number of them. Any thread. */
guint16 thrum_names_intern (ThrumNames *self, const char *name, gsize length);

/* Call these after the threads have ended. A name is valid UTF-8, whatever bytes the file had, and
 * differs from every other: if two differ only in what cannot be printed, one of them has a number
 * after it. */
guint thrum_names_get_n (const ThrumNames *self);
const char *thrum_names_get (const ThrumNames *self, guint i);
gboolean thrum_names_is_journey (const ThrumNames *self, guint i);
gboolean thrum_names_overflowed (const ThrumNames *self);

/* Returns a table with room for @max - 1 names. It has the first @n_first names of @self, then the
 * most frequent others by @counts, if there are more of them than fit; of equally frequent names,
 * those that sort first. (transfer full) */
ThrumNames *thrum_names_keep_most_frequent (const ThrumNames *self, const guint64 *counts,
                                            guint max, guint n_first);

/* Compares as strcmp (), except that numbers within names are ordered by value: "page 2" before
 * "page 10". */
int thrum_names_compare (const char *a, const char *b);

/* A thread's memory of the last names it saw, so that the table's lock is seldom taken. All-zero is
 * empty. */
#define THRUM_NAME_CACHE_SIZE 64
#define THRUM_NAME_SLACK 16
typedef struct {
  struct {
    guint64 head[2]; /* the first 16 bytes, zero-padded */
    guint16 behind;  /* 1 + the length; 0: empty */
    guint16 number;
  } entries[THRUM_NAME_CACHE_SIZE];
  char names[THRUM_NAME_CACHE_SIZE][256];
} ThrumNameCache;

guint16 thrum_name_cache_fill (ThrumNameCache *cache, guint slot, ThrumNames *names,
                               const guint64 *head, const char *name, gsize length);

/* Returns what thrum_names_intern () returns, through @cache. THRUM_NAME_SLACK bytes from @name on
 * must be readable. Names up to 16 bytes cost no branch that depends on their length. The cache has
 * no room for names beyond 255 bytes. */
static inline guint16
thrum_name_cache_intern (ThrumNameCache *cache, ThrumNames *names, const char *name, gsize length)
{
  static const guint8 ones[32] = { 255, 255, 255, 255, 255, 255, 255, 255,
                                   255, 255, 255, 255, 255, 255, 255, 255 };
  guint64 head[2], mask[2];

  if (G_UNLIKELY (length > 255))
    return thrum_names_intern (names, name, length);
  memcpy (head, name, 16);
  memcpy (mask, ones + 16 - MIN (length, 16), 16);
  head[0] &= mask[0];
  head[1] &= mask[1];

  guint slot =
      (guint)(((head[0] ^ head[1] ^ length) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15)) >> 58);
  if (G_LIKELY (cache->entries[slot].head[0] == head[0] && cache->entries[slot].head[1] == head[1]
                && cache->entries[slot].behind == length + 1
                && (length <= 16 || memcmp (cache->names[slot], name, length) == 0)))
    return cache->entries[slot].number;
  return thrum_name_cache_fill (cache, slot, names, head, name, length);
}

G_END_DECLS
