/* SPDX-License-Identifier: MIT
 *
 * Counts records into outcomes and histograms. Runs on the drain thread; knows nothing of rings,
 * files or workers.
 */
#include "coordinator/tally.h"

#define NS_PER_S G_GINT64_CONSTANT (1000000000)
#define MAX_SECONDS (48 * 3600)

static void
outcome_init (ThrumOutcome *outcome)
{
  outcome->other_statuses = g_hash_table_new (NULL, NULL);
  outcome->response = thrum_histogram_new ();
  outcome->service = thrum_histogram_new ();
  outcome->success = thrum_histogram_new ();
}

static void
outcome_clear (ThrumOutcome *outcome)
{
  g_hash_table_unref (outcome->other_statuses);
  thrum_histogram_free (outcome->response);
  thrum_histogram_free (outcome->service);
  thrum_histogram_free (outcome->success);
}

ThrumTally *
thrum_tally_new (guint n_requests)
{
  ThrumTally *tally = g_new0 (ThrumTally, 1);

  tally->n_requests = n_requests;
  tally->requests = g_new0 (ThrumOutcome, n_requests);
  for (guint i = 0; i < n_requests; i++)
    outcome_init (&tally->requests[i]);
  tally->lag = thrum_histogram_new ();
  tally->slot_wait = thrum_histogram_new ();
  tally->client_delay = thrum_histogram_new ();
  tally->window = thrum_histogram_new ();
  tally->timeline = g_array_new (FALSE, TRUE, sizeof (ThrumSecond));
  return tally;
}

void
thrum_tally_free (ThrumTally *tally)
{
  if (tally == NULL)
    return;
  for (guint i = 0; i < tally->n_requests; i++)
    outcome_clear (&tally->requests[i]);
  g_free (tally->requests);
  thrum_histogram_free (tally->lag);
  thrum_histogram_free (tally->slot_wait);
  thrum_histogram_free (tally->client_delay);
  thrum_histogram_free (tally->window);
  g_array_unref (tally->timeline);
  g_free (tally);
}

void
thrum_outcome_free (ThrumOutcome *outcome)
{
  if (outcome == NULL)
    return;
  outcome_clear (outcome);
  g_free (outcome);
}

ThrumSecond *
thrum_tally_get_second (ThrumTally *tally, gint64 elapsed_ns)
{
  gint64 second = MAX (elapsed_ns, 0) / NS_PER_S;

  if (second >= MAX_SECONDS)
    return NULL;
  if (second >= tally->timeline->len)
    g_array_set_size (tally->timeline, (guint)second + 1);
  return &g_array_index (tally->timeline, ThrumSecond, (guint)second);
}

static void
count_status (ThrumOutcome *outcome, gint32 status)
{
  gpointer key = GINT_TO_POINTER (status), count;

  if (status >= 0 && status < THRUM_TALLY_STATUSES)
    {
      outcome->statuses[status]++;
      return;
    }
  count = g_hash_table_lookup (outcome->other_statuses, key);
  g_hash_table_insert (outcome->other_statuses, key,
                       GSIZE_TO_POINTER (GPOINTER_TO_SIZE (count) + 1));
}

static void
count_outcome (ThrumOutcome *outcome, const ThrumRecord *record)
{
  gint64 response = record->done - record->intended;

  outcome->rows++;
  outcome->failures[record->failure]++;
  outcome->received_bytes += record->received_bytes;
  outcome->sent_bytes += record->sent_bytes;
  count_status (outcome, record->status);

  switch (record->failure)
    {
    case THRUM_FAILURE_NONE:
      outcome->ok++;
      thrum_histogram_add (outcome->success, response);
      break;
    case THRUM_FAILURE_TIMEOUT:
      outcome->timed_out++;
      break;
    case THRUM_FAILURE_UNFINISHED:
      outcome->unfinished++;
      break;
    default:
      outcome->failed++;
    }
  if (!thrum_failure_is_unconnected (record->failure))
    {
      thrum_histogram_add (outcome->response, response);
      thrum_histogram_add (outcome->service, record->done - record->sent);
    }
}

void
thrum_tally_add (ThrumTally *tally, const ThrumRecord *record)
{
  ThrumSecond *second = thrum_tally_get_second (tally, record->done - tally->t0);

  if (second != NULL)
    {
      second->done++;
      second->failed += record->failure != THRUM_FAILURE_NONE;
    }
  tally->window_rows++;
  if (!thrum_failure_is_unconnected (record->failure))
    thrum_histogram_add (tally->window, record->done - record->intended);
  if (record->flags & THRUM_RECORD_WARM_UP)
    {
      tally->requests[record->request].warm_up++;
      return;
    }

  count_outcome (&tally->requests[record->request], record);
  thrum_histogram_add (tally->lag, record->sent - record->slot);
  thrum_histogram_add (tally->slot_wait, record->slot - record->intended);
  if (record->flags & THRUM_RECORD_KERNEL_DONE)
    thrum_histogram_add (tally->client_delay, record->read - record->done);
  else
    tally->unstamped++;
}

static void
add_other_status (gpointer key, gpointer value, gpointer user_data)
{
  ThrumOutcome *sum = user_data;
  gsize count = GPOINTER_TO_SIZE (g_hash_table_lookup (sum->other_statuses, key));
  g_hash_table_insert (sum->other_statuses, key,
                       GSIZE_TO_POINTER (count + GPOINTER_TO_SIZE (value)));
}

ThrumOutcome *
thrum_tally_sum (const ThrumTally *tally)
{
  ThrumOutcome *sum = g_new0 (ThrumOutcome, 1);

  outcome_init (sum);
  for (guint r = 0; r < tally->n_requests; r++)
    {
      const ThrumOutcome *one = &tally->requests[r];

      sum->rows += one->rows;
      sum->warm_up += one->warm_up;
      sum->ok += one->ok;
      sum->failed += one->failed;
      sum->timed_out += one->timed_out;
      sum->unfinished += one->unfinished;
      sum->received_bytes += one->received_bytes;
      sum->sent_bytes += one->sent_bytes;
      for (guint i = 0; i < THRUM_N_FAILURES; i++)
        sum->failures[i] += one->failures[i];
      for (guint i = 0; i < THRUM_TALLY_STATUSES; i++)
        sum->statuses[i] += one->statuses[i];
      g_hash_table_foreach (one->other_statuses, add_other_status, sum);
      thrum_histogram_merge (sum->response, one->response);
      thrum_histogram_merge (sum->service, one->service);
      thrum_histogram_merge (sum->success, one->success);
    }
  return sum;
}

guint64
thrum_outcome_get_failures (const ThrumOutcome *outcome)
{
  return outcome->failed + outcome->timed_out + outcome->unfinished;
}
