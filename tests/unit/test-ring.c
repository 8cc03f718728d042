/* SPDX-License-Identifier: MIT
 *
 * The ring between a lane and the drain thread, with two threads on one mapping (so that TSan sees
 * both sides), and the region that holds it.
 */
#include <unistd.h>

#include "record/region.h"

#define N_RECORDS 200000

static gpointer
produce (gpointer data)
{
  ThrumRing *ring = data;

  for (guint32 i = 0; i < N_RECORDS; i++)
    {
      while (thrum_ring_room (ring, 1) == 0)
        g_thread_yield ();
      ThrumRecord *record = thrum_ring_next (ring);
      *record = (ThrumRecord){ .intended = i, .done = 2 * (gint64)i, .user = i };
      thrum_ring_publish (ring);
    }
  return NULL;
}

static void
test_two_threads (void)
{
  g_autoptr (ThrumRegion) region = thrum_region_new (3, 256, 0, NULL);
  ThrumRing producer, consumer;
  ThrumRecord batch[100];
  gboolean corrupt = FALSE;

  g_assert_nonnull (region);
  thrum_region_init_ring (region, 2, &producer);
  thrum_region_init_ring (region, 2, &consumer);

  GThread *thread = g_thread_new ("producer", produce, &producer);
  for (guint32 next = 0; next < N_RECORDS;)
    {
      gsize n = thrum_ring_take (&consumer, batch, G_N_ELEMENTS (batch), &corrupt);
      g_assert_false (corrupt);
      for (gsize i = 0; i < n; i++, next++)
        {
          g_assert_cmpuint (batch[i].user, ==, next);
          g_assert_cmpuint (batch[i].check, ==, THRUM_RECORD_CHECK ^ next);
          g_assert_cmpint (batch[i].done, ==, 2 * batch[i].intended);
        }
      if (n == 0)
        g_thread_yield ();
    }
  g_thread_join (thread);
}

static void
test_full (void)
{
  g_autoptr (ThrumRegion) region = thrum_region_new (1, 4, 0, NULL);
  ThrumRing producer, consumer;
  ThrumRecord batch[8];
  gboolean corrupt = FALSE;

  thrum_region_init_ring (region, 0, &producer);
  thrum_region_init_ring (region, 0, &consumer);
  for (guint i = 0; i < 4; i++)
    {
      g_assert_cmpuint (thrum_ring_room (&producer, 1), ==, 4 - i);
      thrum_ring_next (&producer)->user = i;
      thrum_ring_publish (&producer);
    }
  g_assert_cmpuint (thrum_ring_room (&producer, 1), ==, 0);
  g_assert_cmpuint (thrum_ring_take (&consumer, batch, 3, &corrupt), ==, 3);
  g_assert_cmpuint (thrum_ring_room (&producer, 1), ==, 3);
  g_assert_cmpuint (thrum_ring_take (&consumer, batch, 8, &corrupt), ==, 1);
  g_assert_cmpuint (batch[0].user, ==, 3);
  g_assert_false (corrupt);
}

static void
test_wild_head (void)
{
  g_autoptr (ThrumRegion) region = thrum_region_new (1, 4, 0, NULL);
  ThrumRing consumer;
  ThrumRecord batch[8];
  gboolean corrupt = FALSE;

  thrum_region_init_ring (region, 0, &consumer);
  consumer.shared->head = 1000;
  g_assert_cmpuint (thrum_ring_take (&consumer, batch, 8, &corrupt), ==, 0);
  g_assert_true (corrupt);
}

static void
test_region_by_descriptor (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ThrumRegion) mine = thrum_region_new (2, 8, 3, NULL);
  g_autoptr (ThrumRegion) theirs = thrum_region_open (dup (thrum_region_get_fd (mine)), &error);
  ThrumRing producer, consumer;
  ThrumRecord record;
  gboolean corrupt = FALSE;
  gint64 intended;
  guint request;

  g_assert_no_error (error);
  g_assert_cmpuint (thrum_region_get_n_lanes (theirs), ==, 2);
  thrum_region_init_ring (theirs, 1, &producer);
  thrum_region_init_ring (mine, 1, &consumer);
  thrum_ring_next (&producer)->user = 7;
  thrum_ring_publish (&producer);
  g_assert_cmpuint (thrum_ring_take (&consumer, &record, 1, &corrupt), ==, 1);
  g_assert_cmpuint (record.user, ==, 7);

  thrum_counter_add (&thrum_region_get_counters (theirs, 0)->sent, 5);
  g_assert_cmpuint (thrum_counter_get (&thrum_region_get_counters (mine, 0)->sent), ==, 5);
  g_assert_cmpuint (thrum_region_get_n_slots (theirs), ==, 3);
  thrum_open_slot_take (&thrum_region_get_slots (theirs, 0)[2], 0, 7);
  g_assert_true (thrum_open_slot_get (&thrum_region_get_slots (mine, 0)[2], &request, &intended));
  g_assert_cmpuint (request, ==, 0);
  g_assert_cmpint (intended, ==, 7);
  g_assert_false (thrum_open_slot_get (&thrum_region_get_slots (mine, 1)[2], &request, &intended));
  thrum_open_slot_leave (&thrum_region_get_slots (theirs, 0)[2]);
  g_assert_false (thrum_open_slot_get (&thrum_region_get_slots (mine, 0)[2], &request, &intended));

  g_assert_cmpint (ftruncate (thrum_region_get_fd (mine), 1), ==, -1);
  g_assert_null (thrum_region_open (dup (STDIN_FILENO), &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ring/two-threads", test_two_threads);
  g_test_add_func ("/ring/full", test_full);
  g_test_add_func ("/ring/wild-head", test_wild_head);
  g_test_add_func ("/region/by-descriptor", test_region_by_descriptor);
  return g_test_run ();
}
