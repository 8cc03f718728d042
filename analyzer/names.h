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
typedef struct {
  struct {
    guint64 head; /* the first 8 bytes, zero-padded */
    guint8 length;
    gboolean used;
    guint16 number;
    char name[256];
  } entries[THRUM_NAME_CACHE_SIZE];
} ThrumNameCache;

/* The same as thrum_names_intern () through @cache. 8 bytes behind @name must be readable. */
static inline guint16
thrum_name_cache_intern (ThrumNameCache *cache, ThrumNames *names, const char *name, gsize length)
{
  guint64 head;

  length = MIN (length, 255);
  memcpy (&head, name, 8);
  head = GUINT64_FROM_LE (head);
  if (length < 8)
    head &= (G_GUINT64_CONSTANT (1) << (8 * length)) - 1;

  guint slot = (guint)(((head ^ (length << 3)) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15)) >> 58);
  if (G_LIKELY (cache->entries[slot].used && cache->entries[slot].head == head
                && cache->entries[slot].length == length
                && (length <= 8 || memcmp (cache->entries[slot].name, name, length) == 0)))
    return cache->entries[slot].number;

  cache->entries[slot].head = head;
  cache->entries[slot].length = (guint8)length;
  cache->entries[slot].used = TRUE;
  memcpy (cache->entries[slot].name, name, length);
  return cache->entries[slot].number = thrum_names_intern (names, name, length);
}

G_END_DECLS
