/* SPDX-License-Identifier: MIT
 *
 * Matches a worker's hiccups with its requests. Runs on the drain thread; knows nothing of what
 * limits a verdict has.
 */
#include "run/tally/hiccups.h"

#define N_KEPT 1024
#define WAITING_FIRST 256
#define WAITING_MOST 65536

/* A reply of more may not have come whole until thrum read its beginning. */
#define BUFFERED_BYTES 65536

/* A request that has ended, until it is known whether a hiccup touched it. */
typedef struct {
  gint64 sent, done;
  guint16 request;
} Waiting;

struct _ThrumHiccups {
  ThrumHiccup kept[N_KEPT]; /* number k at k mod N_KEPT */
  guint64 n_hiccups;        /* kept, ever */
  guint64 n_read;           /* of the observation's */
  gint64 watched_until;
  gint64 total, longest;
  gint64 by_length[THRUM_N_HICCUP_LENGTHS]; /* of the total, by how long a hiccup was */
  Waiting *waiting;                         /* a ring */
  guint64 first, next, capacity;
};

ThrumHiccups *
thrum_hiccups_new (void)
{
  ThrumHiccups *hiccups = g_new0 (ThrumHiccups, 1);

  hiccups->capacity = WAITING_FIRST;
  hiccups->waiting = g_new (Waiting, hiccups->capacity);
  return hiccups;
}

void
thrum_hiccups_free (ThrumHiccups *hiccups)
{
  if (hiccups == NULL)
    return;
  g_free (hiccups->waiting);
  g_free (hiccups);
}

/* The longest part of [sent, done] that lies in one hiccup. Hiccups are in order, so those that ended
 * before it was sent, and all before them, are not asked. */
static gint64
get_overlap (const ThrumHiccups *hiccups, gint64 sent, gint64 done)
{
  gint64 overlap = 0;

  for (guint64 back = 1; back <= MIN (hiccups->n_hiccups, N_KEPT); back++)
    {
      const ThrumHiccup *hiccup = &hiccups->kept[(hiccups->n_hiccups - back) % N_KEPT];

      if (hiccup->until <= sent)
        break;
      overlap = MAX (overlap, MIN (hiccup->until, done) - MAX (hiccup->from, sent));
    }
  return overlap;
}

static void
settle (ThrumHiccups *hiccups, const Waiting *request, ThrumRunTally *tally)
{
  gint64 overlap = get_overlap (hiccups, request->sent, request->done);

  /* A tenth of what it took in all is no matter: of one that waits for a frozen service, say. */
  if (overlap > (request->done - request->sent) / 10)
    thrum_run_tally_add_hiccup (tally, request->request, overlap);
}

/* Settles those at the head that ended by @until. */
static void
settle_until (ThrumHiccups *hiccups, gint64 until, ThrumRunTally *tally)
{
  for (; hiccups->first < hiccups->next; hiccups->first++)
    {
      const Waiting *request = &hiccups->waiting[hiccups->first % hiccups->capacity];

      if (request->done > until)
        return;
      settle (hiccups, request, tally);
    }
}

static void
keep (ThrumHiccups *hiccups, ThrumHiccup hiccup, gint64 now)
{
  gint64 earliest =
      hiccups->n_hiccups == 0 ? G_MININT64 : hiccups->kept[(hiccups->n_hiccups - 1) % N_KEPT].until;

  if (hiccup.from >= hiccup.until || hiccup.until > now || hiccup.from < earliest)
    return;
  hiccups->kept[hiccups->n_hiccups++ % N_KEPT] = hiccup;
  hiccups->total += hiccup.until - hiccup.from;
  hiccups->by_length[thrum_hiccup_length_bin (hiccup.until - hiccup.from)] +=
      hiccup.until - hiccup.from;
  hiccups->longest = MAX (hiccups->longest, hiccup.until - hiccup.from);
}

void
thrum_hiccups_poll (ThrumHiccups *hiccups, const ThrumObservation *observation, gint64 now,
                    ThrumRunTally *tally)
{
  /* First how far it has watched, so that all before that stands in what is read then. */
  gint64 watched_until = __atomic_load_n (&observation->watched_until, __ATOMIC_ACQUIRE);
  guint64 written = __atomic_load_n (&observation->n_hiccups, __ATOMIC_ACQUIRE);

  if (written < hiccups->n_read)
    return;
  /* Those overwritten meanwhile are lost: we did not run either. */
  if (written - hiccups->n_read > THRUM_N_HICCUPS)
    hiccups->n_read = written - THRUM_N_HICCUPS;
  for (; hiccups->n_read < written; hiccups->n_read++)
    keep (hiccups, observation->hiccups[hiccups->n_read % THRUM_N_HICCUPS], now);
  if (watched_until > hiccups->watched_until && watched_until <= now)
    hiccups->watched_until = watched_until;
  settle_until (hiccups, hiccups->watched_until, tally);
}

static void
grow (ThrumHiccups *hiccups)
{
  Waiting *bigger = g_new (Waiting, 2 * hiccups->capacity);

  for (guint64 i = hiccups->first; i < hiccups->next; i++)
    bigger[i % (2 * hiccups->capacity)] = hiccups->waiting[i % hiccups->capacity];
  g_free (hiccups->waiting);
  hiccups->waiting = bigger;
  hiccups->capacity *= 2;
}

/* Whether a stop between sent and done may stand in @record's service time: lag holds what came before,
 * and the kernel's stamp leaves out what came after, unless thrum had a part in between. */
static gboolean
may_hide_hiccup (const ThrumRecord *record)
{
  return !(record->flags & THRUM_RECORD_KERNEL_DONE) || record->connected != 0
         || record->redirects > 0 || record->resent > 0 || record->received_bytes > BUFFERED_BYTES;
}

void
thrum_hiccups_add (ThrumHiccups *hiccups, const ThrumRecord *record, ThrumRunTally *tally)
{
  Waiting request = { record->sent, record->done, record->request };

  if (!may_hide_hiccup (record))
    return;
  if (request.done <= hiccups->watched_until)
    {
      settle (hiccups, &request, tally);
      return;
    }
  if (hiccups->next - hiccups->first == hiccups->capacity && hiccups->capacity < WAITING_MOST)
    grow (hiccups);
  if (hiccups->next - hiccups->first == hiccups->capacity)
    settle (hiccups, &hiccups->waiting[hiccups->first++ % hiccups->capacity], tally);
  hiccups->waiting[hiccups->next++ % hiccups->capacity] = request;
}

void
thrum_hiccups_finish (ThrumHiccups *hiccups, ThrumRunTally *tally)
{
  settle_until (hiccups, G_MAXINT64, tally);
}

guint64
thrum_hiccups_get_count (const ThrumHiccups *hiccups)
{
  return hiccups->n_hiccups;
}

gint64
thrum_hiccups_get_total (const ThrumHiccups *hiccups)
{
  return hiccups->total;
}

gint64
thrum_hiccups_get_longest (const ThrumHiccups *hiccups)
{
  return hiccups->longest;
}

const gint64 *
thrum_hiccups_get_by_length (const ThrumHiccups *hiccups)
{
  return hiccups->by_length;
}
