/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a heap orders: embed it. Zero-initialized it is in no heap. */
typedef struct {
  gint64 due_ns;
  guint64 order; /* of those due at one instant */
  guint index;   /* 1 and up; 0: in no heap */
} ThrumDue;

/* A binary heap of instants, the earliest first, and at one instant who was set first; O(log n) to
 * set and remove. It owns its array, not its entries. Zero-initialized it is empty. One thread. */
typedef struct {
  ThrumDue **entries; /* entries[0] is unused */
  guint n, room;
  guint64 next_order;
} ThrumDueHeap;

/* Puts @due in, or moves it, to @due_ns. */
void thrum_due_heap_set (ThrumDueHeap *heap, ThrumDue *due, gint64 due_ns);

/* Takes @due out, if it is in. */
void thrum_due_heap_remove (ThrumDueHeap *heap, ThrumDue *due);

/* The earliest, or NULL; it stays in. */
static inline ThrumDue *
thrum_due_heap_first (const ThrumDueHeap *heap)
{
  return heap->n > 0 ? heap->entries[1] : NULL;
}

void thrum_due_heap_clear (ThrumDueHeap *heap);

G_END_DECLS
