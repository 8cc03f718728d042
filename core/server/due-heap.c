/* SPDX-License-Identifier: MIT
 *
 * A binary heap of what is due when. Knows nothing of what that is. One thread.
 */
#include "server/due-heap.h"

static void
place (ThrumDueHeap *heap, guint index, ThrumDue *due)
{
  heap->entries[index] = due;
  due->index = index;
}

static gboolean
precedes (const ThrumDue *a, const ThrumDue *b)
{
  return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : a->order < b->order;
}

/* Moves @due from the hole at @index to where it belongs. */
static void
sift (ThrumDueHeap *heap, guint index, ThrumDue *due)
{
  guint child;

  for (; index > 1 && precedes (due, heap->entries[index / 2]); index /= 2)
    place (heap, index, heap->entries[index / 2]);
  for (; (child = 2 * index) <= heap->n; index = child)
    {
      if (child < heap->n && precedes (heap->entries[child + 1], heap->entries[child]))
        child++;
      if (!precedes (heap->entries[child], due))
        break;
      place (heap, index, heap->entries[child]);
    }
  place (heap, index, due);
}

void
thrum_due_heap_set (ThrumDueHeap *heap, ThrumDue *due, gint64 due_ns)
{
  due->due_ns = due_ns;
  due->order = heap->next_order++;
  if (due->index == 0)
    {
      if (heap->n + 2 > heap->room)
        {
          heap->room = MAX (64, 2 * heap->room);
          heap->entries = g_renew (ThrumDue *, heap->entries, heap->room);
        }
      place (heap, ++heap->n, due);
    }
  sift (heap, due->index, due);
}

void
thrum_due_heap_remove (ThrumDueHeap *heap, ThrumDue *due)
{
  guint hole = due->index;
  ThrumDue *last;

  if (hole == 0)
    return;
  due->index = 0;
  last = heap->entries[heap->n--];
  if (last != due)
    sift (heap, hole, last);
}

void
thrum_due_heap_clear (ThrumDueHeap *heap)
{
  g_clear_pointer (&heap->entries, g_free);
  heap->n = heap->room = 0;
}
