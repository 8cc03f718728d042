/* SPDX-License-Identifier: MIT
 *
 * Moves records from the rings into the file. Each round takes a batch from all lanes, sorts it
 * by completion, counts it and writes it. It checks what comes out of a ring before it believes
 * it, because a plugin's wild write may have hit it. Knows nothing of processes or of the run's
 * end.
 */
#include "run/course/drain.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"

#define POLL_NS (20 * G_GINT64_CONSTANT (1000000))
#define BATCH 16384
#define FLUSH_BYTES (256 * 1024)
#define FLUSH_NS (10 * POLL_NS)
/* What is kept here of rows that the disk does not take; then the rings fill. */
#define MOST_BYTES (8 * FLUSH_BYTES)
/* How often the end tries to write what the disk did not take. */
#define LAST_ATTEMPTS 10

typedef struct {
  ThrumRing ring;
  ThrumLaneCounters *counters;
  guint worker;
  gboolean corrupt;
} Lane;

typedef struct {
  gint64 done;
  guint32 index;
} Order;

struct _ThrumDrain {
  Lane *lanes;
  guint n_lanes, n_workers;
  ThrumResultsWriter *writer;
  ThrumRunTally *tally;
  ThrumRecord *batch;
  guint *batch_workers; /* by batch position */
  Order *order;
  guint64 *rows, *spoilt;                /* by worker */
  const ThrumObservation **observations; /* by worker */
  ThrumHiccups **hiccups;                /* by worker */
  guint64 unwritten;
  guint64 fullest;  /* atomic: the most records a ring was seen to hold */
  guint64 capacity; /* of the smallest ring */
  guint64 last_offered, last_dropped;

  GThread *thread;
  GMutex lock;     /* of the tally and what follows */
  GError *refusal; /* (nullable): why the last rows were not written; they will be tried again */
  gchar *last_refusal; /* (nullable): the last that there was, in words */
  guint64 n_refusals;  /* times that one came, or went */
  GError *error;       /* (nullable): why no row will be */
  guint64 room_pauses; /* lanes' pauses as the refusal began */
  gint wake_fd;
  gint ending; /* atomic */
};

static gboolean
is_sound (const ThrumDrain *drain, const ThrumRecord *record)
{
  return record->check == (THRUM_RECORD_CHECK ^ record->user)
         && record->request < drain->tally->n_requests && record->failure < THRUM_N_FAILURES
         && record->intended <= record->slot && record->slot <= record->sent
         && record->sent <= record->done && record->done <= record->read;
}

/* Takes up to @most records of @lane behind the @n that the batch holds; returns how many the batch
 * holds then. */
static guint
take (ThrumDrain *drain, Lane *lane, guint n, gsize most)
{
  guint64 filled =
      __atomic_load_n (&lane->ring.shared->head, __ATOMIC_ACQUIRE) - lane->ring.position;
  gsize taken = thrum_ring_take (&lane->ring, drain->batch + n, most, &lane->corrupt);
  guint kept = n;

  if (filled > drain->fullest && filled <= drain->capacity)
    __atomic_store_n (&drain->fullest, filled, __ATOMIC_RELAXED);
  for (gsize i = 0; i < taken; i++)
    {
      if (!is_sound (drain, &drain->batch[n + i]))
        {
          drain->spoilt[lane->worker]++;
          continue;
        }
      drain->batch[kept] = drain->batch[n + i];
      drain->batch_workers[kept] = lane->worker;
      drain->order[kept] = (Order){ drain->batch[kept].done, kept };
      kept++;
    }
  return kept;
}

static int
compare_order (const void *a, const void *b)
{
  const Order *x = a, *y = b;

  if (x->done != y->done)
    return x->done < y->done ? -1 : 1;
  return x->index < y->index ? -1 : x->index > y->index;
}

static void
sort_batch (ThrumDrain *drain, guint n)
{
  for (guint i = 1; i < n; i++)
    if (drain->order[i].done < drain->order[i - 1].done)
      {
        qsort (drain->order, n, sizeof (Order), compare_order);
        return;
      }
}

static guint64
count_pauses (ThrumDrain *drain)
{
  guint64 pauses = 0;

  for (guint i = 0; i < drain->n_lanes; i++)
    pauses += thrum_counter_get (&drain->lanes[i].counters->pauses);
  return pauses;
}

/* Reports whether a later attempt may do better than one that failed as @error says. */
static gboolean
may_pass (const GError *error)
{
  return !g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT)
         && !g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_BADF)
         && !g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_INVAL);
}

static void
set_error (ThrumDrain *drain, GError *error)
{
  g_mutex_lock (&drain->lock);
  if (drain->error == NULL)
    drain->error = g_steal_pointer (&error);
  g_mutex_unlock (&drain->lock);
  g_clear_error (&error);
}

/* Notes that the file took all, or did not, which is an error once a lane waits for room. */
static void
note_refusal (ThrumDrain *drain, GError *error)
{
  guint64 pauses = count_pauses (drain);
  gboolean was_refused;

  g_mutex_lock (&drain->lock);
  was_refused = drain->refusal != NULL;
  drain->n_refusals += was_refused != (error != NULL);
  g_clear_error (&drain->refusal);
  drain->refusal = error != NULL ? g_error_copy (error) : NULL;
  if (error != NULL)
    {
      g_free (drain->last_refusal);
      drain->last_refusal = g_strdup (error->message);
    }
  g_mutex_unlock (&drain->lock);
  if (error == NULL)
    return;
  if (!was_refused)
    drain->room_pauses = pauses;
  if (pauses > drain->room_pauses || !may_pass (error))
    set_error (drain, g_error_copy (error));
}

/* Writes what is buffered. FALSE: a part of it still is. */
static gboolean
flush (ThrumDrain *drain)
{
  g_autoptr (GError) error = NULL;
  gboolean is_good = thrum_results_writer_flush (drain->writer, &error);

  if (!is_good || drain->refusal != NULL)
    note_refusal (drain, error);
  return is_good;
}

/* One batch; returns how many records it had. */
static guint
drain_batch (ThrumDrain *drain)
{
  gsize most = MAX (BATCH / drain->n_lanes, 1);
  guint n = 0;

  for (guint i = 0; i < drain->n_lanes && n < BATCH; i++)
    n = take (drain, &drain->lanes[i], n, MIN (most, BATCH - n));
  if (n == 0)
    return 0;

  sort_batch (drain, n);
  g_mutex_lock (&drain->lock);
  for (guint i = 0; i < n; i++)
    {
      guint at = drain->order[i].index;

      thrum_run_tally_add (drain->tally, &drain->batch[at]);
      if (!(drain->batch[at].flags & THRUM_RECORD_WARM_UP))
        thrum_hiccups_add (drain->hiccups[drain->batch_workers[at]], &drain->batch[at],
                           drain->tally);
    }
  g_mutex_unlock (&drain->lock);
  for (guint i = 0; i < n; i++)
    {
      guint at = drain->order[i].index;
      thrum_results_writer_add (drain->writer, &drain->batch[at], drain->batch_workers[at]);
      drain->rows[drain->batch_workers[at]]++;
    }
  return n;
}

static void
poll_hiccups (ThrumDrain *drain)
{
  gint64 now = thrum_clock_now ();

  g_mutex_lock (&drain->lock);
  for (guint i = 0; i < drain->n_workers; i++)
    thrum_hiccups_poll (drain->hiccups[i], drain->observations[i], now, drain->tally);
  g_mutex_unlock (&drain->lock);
}

/* Takes what is there now, or what there is room for while the file takes nothing. */
static void
drain_round (ThrumDrain *drain)
{
  poll_hiccups (drain);
  while (thrum_results_writer_get_buffered (drain->writer) < MOST_BYTES && drain_batch (drain) > 0)
    if (thrum_results_writer_get_buffered (drain->writer) >= FLUSH_BYTES && drain->refusal == NULL)
      flush (drain);
}

/* What the counters say of the second that now is. */
static void
sample_counters (ThrumDrain *drain, gint64 now)
{
  ThrumDrainCounters counters;
  ThrumSecond *second;

  thrum_drain_get_counters (drain, &counters);
  g_mutex_lock (&drain->lock);
  second = thrum_run_tally_get_second (drain->tally, now - drain->tally->t0);
  if (second != NULL && now >= drain->tally->t0)
    {
      second->offered += counters.sum.offered - drain->last_offered;
      second->dropped += counters.sum.dropped - drain->last_dropped;
      second->users = MAX (second->users, counters.sum.users);
      drain->last_offered = counters.sum.offered;
      drain->last_dropped = counters.sum.dropped;
      if (now - drain->tally->t0 <= drain->tally->warm_up_ns)
        drain->tally->warm_up_dropped = counters.sum.dropped;
    }
  g_mutex_unlock (&drain->lock);
}

/* Rows that are not in the file: in the buffer, and in the rings still. */
static guint64
count_left (ThrumDrain *drain)
{
  guint64 left = thrum_results_writer_get_pending (drain->writer);

  for (guint i = 0; i < drain->n_lanes; i++)
    {
      ThrumRing *ring = &drain->lanes[i].ring;
      if (!drain->lanes[i].corrupt)
        left += __atomic_load_n (&ring->shared->head, __ATOMIC_ACQUIRE) - ring->position;
    }
  return left;
}

/* The workers have gone: all they will ever say is in the rings. */
static void
drain_rest (ThrumDrain *drain)
{
  g_autoptr (GError) error = NULL;
  gboolean is_good = FALSE;
  guint64 missing;

  for (guint i = 0; i < LAST_ATTEMPTS && !is_good; i++)
    {
      if (i > 0)
        thrum_clock_sleep_until (thrum_clock_now () + POLL_NS, -1);
      do
        drain_round (drain);
      while ((is_good = flush (drain)) && count_left (drain) > 0);
      if (drain->error != NULL && !may_pass (drain->error))
        break;
    }
  sample_counters (drain, thrum_clock_now ());
  if (!is_good && drain->refusal != NULL)
    set_error (drain, g_error_copy (drain->refusal));
  drain->unwritten = count_left (drain);
  if (!thrum_results_writer_finish (drain->writer, &missing, &error))
    set_error (drain, g_steal_pointer (&error));
  drain->unwritten += missing;
}

static gpointer
drain_thread (gpointer data)
{
  ThrumDrain *drain = data;
  gint64 next_flush = 0;

  while (!__atomic_load_n (&drain->ending, __ATOMIC_ACQUIRE))
    {
      gint64 now = thrum_clock_now ();

      if (drain->error == NULL)
        drain_round (drain);
      sample_counters (drain, now);
      /* A tail -f, and a kill -9 of ourselves, should miss little. */
      if (drain->error == NULL && (now >= next_flush || drain->refusal != NULL))
        {
          flush (drain);
          next_flush = now + FLUSH_NS;
        }
      thrum_clock_sleep_until (now + POLL_NS, drain->wake_fd);
    }

  drain_rest (drain);
  g_mutex_lock (&drain->lock);
  for (guint i = 0; i < drain->n_workers; i++)
    thrum_hiccups_finish (drain->hiccups[i], drain->tally);
  g_mutex_unlock (&drain->lock);
  return NULL;
}

ThrumDrain *
thrum_drain_new (GPtrArray *regions, ThrumResultsWriter *writer, ThrumRunTally *tally,
                 GError **error)
{
  gint wake_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  ThrumDrain *drain;
  guint at = 0;

  if (wake_fd < 0)
    {
      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno),
                   "cannot make an event descriptor: %s", g_strerror (errno));
      return NULL;
    }
  drain = g_new0 (ThrumDrain, 1);
  drain->wake_fd = wake_fd;
  for (guint w = 0; w < regions->len; w++)
    drain->n_lanes += thrum_region_get_n_lanes (regions->pdata[w]);
  drain->lanes = g_new0 (Lane, drain->n_lanes);
  for (guint w = 0; w < regions->len; w++)
    for (guint i = 0; i < thrum_region_get_n_lanes (regions->pdata[w]); i++, at++)
      {
        drain->lanes[at].worker = w;
        drain->lanes[at].counters = thrum_region_get_counters (regions->pdata[w], i);
        thrum_region_init_ring (regions->pdata[w], i, &drain->lanes[at].ring);
      }
  drain->n_workers = regions->len;
  drain->observations = g_new0 (const ThrumObservation *, regions->len);
  drain->hiccups = g_new0 (ThrumHiccups *, regions->len);
  for (guint w = 0; w < regions->len; w++)
    {
      drain->observations[w] = thrum_region_get_observation (regions->pdata[w]);
      drain->hiccups[w] = thrum_hiccups_new ();
    }
  for (guint i = 0; i < drain->n_lanes; i++)
    drain->capacity = MIN (drain->capacity - 1, drain->lanes[i].ring.capacity - 1) + 1;
  drain->writer = writer;
  drain->tally = tally;
  drain->batch = g_new (ThrumRecord, BATCH);
  drain->batch_workers = g_new (guint, BATCH);
  drain->order = g_new (Order, BATCH);
  drain->rows = g_new0 (guint64, regions->len);
  drain->spoilt = g_new0 (guint64, regions->len);
  g_mutex_init (&drain->lock);
  return drain;
}

gboolean
thrum_drain_start (ThrumDrain *drain, gint64 t0, GError **error)
{
  drain->tally->t0 = t0;
  thrum_results_writer_set_t0 (drain->writer, t0);
  drain->thread = g_thread_try_new ("drain", drain_thread, drain, error);
  return drain->thread != NULL;
}

void
thrum_drain_finish (ThrumDrain *drain)
{
  guint64 one = 1;

  if (drain->thread == NULL)
    return;
  __atomic_store_n (&drain->ending, 1, __ATOMIC_RELEASE);
  /* Where that fails, the thread looks within a round. */
  if (write (drain->wake_fd, &one, sizeof one) < 0)
    g_debug ("cannot wake the drain: %s", g_strerror (errno));
  g_thread_join (g_steal_pointer (&drain->thread));
}

ThrumRunTally *
thrum_drain_lock (ThrumDrain *drain)
{
  g_mutex_lock (&drain->lock);
  return drain->tally;
}

void
thrum_drain_unlock (ThrumDrain *drain)
{
  g_mutex_unlock (&drain->lock);
}

void
thrum_drain_get_counters (ThrumDrain *drain, ThrumDrainCounters *counters)
{
  /* The counters are one run of guint64, so that no field is forgotten here. */
  guint64 *sum = (guint64 *)&counters->sum;

  memset (counters, 0, sizeof *counters);
  for (guint i = 0; i < drain->n_lanes; i++)
    {
      const guint64 *lane = (const guint64 *)drain->lanes[i].counters;
      for (gsize f = 0; f < sizeof (ThrumLaneCounters) / sizeof (guint64); f++)
        sum[f] += thrum_counter_get (&lane[f]);
    }
  counters->fullest_ring =
      (gdouble)__atomic_load_n (&drain->fullest, __ATOMIC_RELAXED) / (gdouble)drain->capacity;
}

const GError *
thrum_drain_get_error (ThrumDrain *drain)
{
  const GError *error;

  g_mutex_lock (&drain->lock);
  error = drain->error;
  g_mutex_unlock (&drain->lock);
  return error;
}

guint64
thrum_drain_get_refusal (ThrumDrain *drain, gchar **message)
{
  guint64 n;

  g_mutex_lock (&drain->lock);
  n = drain->n_refusals;
  *message = g_strdup (drain->last_refusal);
  g_mutex_unlock (&drain->lock);
  return n;
}

guint64
thrum_drain_get_rows (ThrumDrain *drain, guint worker)
{
  return drain->rows[worker];
}

guint64
thrum_drain_get_spoilt (ThrumDrain *drain, guint worker)
{
  return drain->spoilt[worker];
}

gboolean
thrum_drain_is_corrupt (ThrumDrain *drain, guint worker)
{
  for (guint i = 0; i < drain->n_lanes; i++)
    if (drain->lanes[i].worker == worker && drain->lanes[i].corrupt)
      return TRUE;
  return drain->spoilt[worker] > 0;
}

ThrumObserved
thrum_drain_get_observed (ThrumDrain *drain, guint worker)
{
  return thrum_observed_of (drain->observations[worker], drain->hiccups[worker]);
}

guint64
thrum_drain_get_unwritten (ThrumDrain *drain)
{
  return drain->unwritten;
}

void
thrum_drain_free (ThrumDrain *drain)
{
  if (drain == NULL)
    return;
  thrum_drain_finish (drain);
  g_clear_error (&drain->error);
  g_clear_error (&drain->refusal);
  g_free (drain->last_refusal);
  g_mutex_clear (&drain->lock);
  close (drain->wake_fd);
  g_free (drain->lanes);
  g_free (drain->batch);
  g_free (drain->batch_workers);
  g_free (drain->order);
  g_free (drain->rows);
  g_free (drain->spoilt);
  for (guint i = 0; i < drain->n_workers; i++)
    thrum_hiccups_free (drain->hiccups[i]);
  g_free (drain->hiccups);
  g_free (drain->observations);
  g_free (drain);
}
