/* SPDX-License-Identifier: MIT
 *
 * Counts records into outcomes and histograms. Runs on the drain thread; knows nothing of rings,
 * files or workers.
 */
#include "run/tally/run-tally.h"

#define NS_PER_S G_GINT64_CONSTANT (1000000000)
#define USUAL_LAG_NS (NS_PER_S / 1000)
#define MAX_SECONDS (48 * 3600)
/* Distinct statuses beyond THRUM_RUN_TALLY_STATUSES that are counted each: a service may make them up. */
#define MAX_OTHER_STATUSES 4096

static void
outcome_init (ThrumOutcome *outcome)
{
  outcome->other_statuses = g_hash_table_new (NULL, NULL);
  outcome->response = thrum_histogram_new ();
  outcome->service = thrum_histogram_new ();
  outcome->success = thrum_histogram_new ();
  outcome->response_less_lag = thrum_histogram_new ();
}

static void
outcome_clear (ThrumOutcome *outcome)
{
  g_hash_table_unref (outcome->other_statuses);
  thrum_histogram_free (outcome->response);
  thrum_histogram_free (outcome->service);
  thrum_histogram_free (outcome->success);
  thrum_histogram_free (outcome->response_less_lag);
  thrum_histogram_free (outcome->response_censored);
  thrum_histogram_free (outcome->response_less_lag_censored);
  thrum_histogram_free (outcome->service_censored);
  thrum_histogram_free (outcome->hiccups);
  thrum_batches_free (outcome->response_batches);
  thrum_batches_free (outcome->service_batches);
}

static ThrumOutcome *
outcomes_new (guint n_outcomes)
{
  ThrumOutcome *outcomes = g_new0 (ThrumOutcome, n_outcomes);

  for (guint i = 0; i < n_outcomes; i++)
    outcome_init (&outcomes[i]);
  return outcomes;
}

void
thrum_outcomes_free (ThrumOutcome *outcomes, guint n_outcomes)
{
  for (guint i = 0; outcomes != NULL && i < n_outcomes; i++)
    outcome_clear (&outcomes[i]);
  g_free (outcomes);
}

void
thrum_outcome_free (ThrumOutcome *outcome)
{
  thrum_outcomes_free (outcome, 1);
}

ThrumRunTally *
thrum_run_tally_new (guint n_requests, const ThrumLoad *load)
{
  ThrumRunTally *tally = g_new0 (ThrumRunTally, 1);
  gint64 span = thrum_batches_get_span (load->duration_ns - load->warm_up_ns);

  tally->n_requests = n_requests;
  tally->warm_up_ns = load->warm_up_ns;
  tally->duration_ns = load->duration_ns;
  tally->interval_ns = load->interval_ns;
  tally->requests = outcomes_new (n_requests);
  for (guint i = 0; i < n_requests; i++)
    {
      tally->requests[i].response_batches = thrum_batches_new (span);
      tally->requests[i].service_batches = thrum_batches_new (span);
    }
  tally->lag = thrum_histogram_new ();
  tally->slot_wait = thrum_histogram_new ();
  tally->client_delay = thrum_histogram_new ();
  tally->progress = thrum_histogram_new ();
  tally->timeline = g_array_new (FALSE, TRUE, sizeof (ThrumSecond));
  return tally;
}

void
thrum_run_tally_watch (ThrumRunTally *tally, GPtrArray *thresholds)
{
  tally->window = outcomes_new (tally->n_requests);
  tally->cohorts = thrum_cohorts_new (thresholds);
}

void
thrum_run_tally_free (ThrumRunTally *tally)
{
  if (tally == NULL)
    return;
  thrum_outcomes_free (tally->requests, tally->n_requests);
  thrum_outcomes_free (tally->window, tally->n_requests);
  thrum_cohorts_free (tally->cohorts);
  thrum_histogram_free (tally->lag);
  thrum_histogram_free (tally->slot_wait);
  thrum_histogram_free (tally->client_delay);
  thrum_histogram_free (tally->progress);
  g_array_unref (tally->timeline);
  g_free (tally);
}

ThrumOutcome *
thrum_run_tally_take_window (ThrumRunTally *tally)
{
  ThrumOutcome *window = tally->window;

  if (window != NULL)
    tally->window = outcomes_new (tally->n_requests);
  return window;
}

ThrumSecond *
thrum_run_tally_get_second (ThrumRunTally *tally, gint64 elapsed_ns)
{
  gint64 second = MAX (elapsed_ns, 0) / NS_PER_S;

  if (second >= MAX_SECONDS)
    return NULL;
  if (second >= tally->timeline->len)
    g_array_set_size (tally->timeline, (guint)second + 1);
  return &g_array_index (tally->timeline, ThrumSecond, (guint)second);
}

static void
add_other_status (ThrumOutcome *outcome, gpointer status, gsize n)
{
  gsize count = GPOINTER_TO_SIZE (g_hash_table_lookup (outcome->other_statuses, status));

  if (count == 0 && g_hash_table_size (outcome->other_statuses) >= MAX_OTHER_STATUSES)
    outcome->crowded_out += n;
  else
    g_hash_table_insert (outcome->other_statuses, status, GSIZE_TO_POINTER (count + n));
}

static void
count_status (ThrumOutcome *outcome, gint32 status)
{
  if (status >= 0 && status < THRUM_RUN_TALLY_STATUSES)
    outcome->statuses[status]++;
  else
    add_other_status (outcome, GINT_TO_POINTER (status), 1);
}

/* Adds to a histogram that is made when it is first needed. */
static void
add_lazily (ThrumHistogram **histogram, gint64 ns)
{
  if (*histogram == NULL)
    *histogram = thrum_histogram_new ();
  thrum_histogram_add (*histogram, ns);
}

/* It lasted that long only because we stopped waiting. */
static gboolean
is_given_up (const ThrumRecord *record)
{
  return record->failure == THRUM_FAILURE_TIMEOUT || record->failure == THRUM_FAILURE_UNFINISHED;
}

/* What a user waited; @at: ns since the first batch, when it was intended. */
static void
count_latency (ThrumOutcome *outcome, const ThrumRecord *record, gint64 at)
{
  gint64 response = record->done - record->intended;
  gint64 service = record->done - record->sent;
  gint64 less_lag = response - (record->sent - record->slot);

  thrum_histogram_add (outcome->response, response);
  thrum_histogram_add (outcome->service, service);
  thrum_histogram_add (outcome->response_less_lag, less_lag);
  if (outcome->response_batches != NULL)
    {
      thrum_batches_add (outcome->response_batches, at, response);
      thrum_batches_add (outcome->service_batches, at, service);
    }
  if (is_given_up (record))
    {
      add_lazily (&outcome->response_censored, response);
      add_lazily (&outcome->service_censored, service);
      add_lazily (&outcome->response_less_lag_censored, less_lag);
    }
}

/* A reply came, whatever it said: a protocol without a status says so by the failure alone. */
static gboolean
is_answered (const ThrumRecord *record)
{
  return record->failure == THRUM_FAILURE_NONE || record->status != 0
         || record->failure == THRUM_FAILURE_CHECK;
}

/* Whether @record was done by the duration's end, by the microseconds that results.csv has: a reader of
 * the rows counts the same. */
static gboolean
is_in_duration (const ThrumRunTally *tally, const ThrumRecord *record)
{
  return (record->done - tally->t0 + 500) / 1000 * 1000 <= tally->duration_ns;
}

static void
count_outcome (const ThrumRunTally *tally, ThrumOutcome *outcome, const ThrumRecord *record)
{
  gint64 ends = tally->t0 + tally->duration_ns;

  outcome->rows++;
  outcome->late += record->slot < ends && record->sent >= ends;
  if (is_answered (record) && is_in_duration (tally, record))
    {
      outcome->answered++;
      outcome->answered_bytes += record->received_bytes;
      outcome->asked_bytes += record->sent_bytes;
    }
  outcome->failures[record->failure]++;
  outcome->received_bytes += record->received_bytes;
  outcome->sent_bytes += record->sent_bytes;
  count_status (outcome, record->status);

  switch (record->failure)
    {
    case THRUM_FAILURE_NONE:
      outcome->ok++;
      thrum_histogram_add (outcome->success, record->done - record->intended);
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
    count_latency (outcome, record, record->intended - tally->t0 - tally->warm_up_ns);
}

/* How much later than planned this request's lag makes its user's next one. */
static gint64
get_kept (const ThrumRunTally *tally, const ThrumRecord *record)
{
  gint64 lag = record->sent - record->slot;
  gint64 slack = tally->interval_ns > 0 ? tally->interval_ns - (record->done - record->sent) : 0;

  return MAX (0, lag - MAX (slack, USUAL_LAG_NS));
}

void
thrum_run_tally_add (ThrumRunTally *tally, const ThrumRecord *record)
{
  ThrumSecond *second = thrum_run_tally_get_second (tally, record->done - tally->t0);

  if (second != NULL)
    {
      second->done++;
      second->failed += record->failure != THRUM_FAILURE_NONE;
    }
  tally->progress_rows++;
  if (!thrum_failure_is_unconnected (record->failure))
    thrum_histogram_add (tally->progress, record->done - record->intended);
  if (record->flags & THRUM_RECORD_WARM_UP)
    {
      tally->requests[record->request].warm_up++;
      if (tally->window != NULL)
        tally->window[record->request].answered += is_answered (record);
      return;
    }

  count_outcome (tally, &tally->requests[record->request], record);
  if (tally->window != NULL)
    count_outcome (tally, &tally->window[record->request], record);
  /* For its own lag thrum ends no run. */
  if (tally->cohorts != NULL && !thrum_failure_is_unconnected (record->failure))
    thrum_cohorts_add (
        tally->cohorts, record->request, MAX (record->intended - tally->t0 - tally->warm_up_ns, 0),
        is_given_up (record) ? G_MAXINT64
                             : record->done - record->intended - (record->sent - record->slot));
  thrum_histogram_add (tally->lag, record->sent - record->slot);
  tally->kept_ns += get_kept (tally, record);
  thrum_histogram_add (tally->slot_wait, record->slot - record->intended);
  if (record->flags & THRUM_RECORD_KERNEL_DONE)
    thrum_histogram_add (tally->client_delay, record->read - record->done);
  else
    tally->unstamped++;
}

void
thrum_run_tally_add_hiccup (ThrumRunTally *tally, guint request, gint64 overlap_ns)
{
  add_lazily (&tally->requests[request].hiccups, overlap_ns);
}

static void
merge_other_status (gpointer key, gpointer value, gpointer user_data)
{
  add_other_status (user_data, key, GPOINTER_TO_SIZE (value));
}

static void
merge_lazily (ThrumHistogram **to, const ThrumHistogram *from)
{
  if (from == NULL)
    return;
  if (*to == NULL)
    *to = thrum_histogram_new ();
  thrum_histogram_merge (*to, from);
}

static void
merge_batches (ThrumBatches **to, const ThrumBatches *from)
{
  if (from == NULL)
    return;
  if (*to == NULL)
    *to = thrum_batches_new_like (from);
  thrum_batches_merge (*to, from);
}

ThrumOutcome *
thrum_run_tally_sum (const ThrumRunTally *tally)
{
  return thrum_outcomes_sum (tally->requests, tally->n_requests);
}

ThrumOutcome *
thrum_outcomes_sum (const ThrumOutcome *outcomes, guint n_outcomes)
{
  ThrumOutcome *sum = outcomes_new (1);

  for (guint r = 0; r < n_outcomes; r++)
    {
      const ThrumOutcome *one = &outcomes[r];

      sum->rows += one->rows;
      sum->warm_up += one->warm_up;
      sum->ok += one->ok;
      sum->failed += one->failed;
      sum->timed_out += one->timed_out;
      sum->unfinished += one->unfinished;
      sum->answered += one->answered;
      sum->late += one->late;
      sum->received_bytes += one->received_bytes;
      sum->answered_bytes += one->answered_bytes;
      sum->asked_bytes += one->asked_bytes;
      sum->sent_bytes += one->sent_bytes;
      for (guint i = 0; i < THRUM_N_FAILURES; i++)
        sum->failures[i] += one->failures[i];
      for (guint i = 0; i < THRUM_RUN_TALLY_STATUSES; i++)
        sum->statuses[i] += one->statuses[i];
      g_hash_table_foreach (one->other_statuses, merge_other_status, sum);
      sum->crowded_out += one->crowded_out;
      thrum_histogram_merge (sum->response, one->response);
      thrum_histogram_merge (sum->service, one->service);
      thrum_histogram_merge (sum->success, one->success);
      thrum_histogram_merge (sum->response_less_lag, one->response_less_lag);
      merge_lazily (&sum->response_censored, one->response_censored);
      merge_lazily (&sum->response_less_lag_censored, one->response_less_lag_censored);
      merge_lazily (&sum->service_censored, one->service_censored);
      merge_lazily (&sum->hiccups, one->hiccups);
      merge_batches (&sum->response_batches, one->response_batches);
      merge_batches (&sum->service_batches, one->service_batches);
    }
  return sum;
}

static gint
compare_counts (gconstpointer a, gconstpointer b)
{
  const ThrumStatusCount *x = a, *y = b;

  if (x->count != y->count)
    return x->count < y->count ? 1 : -1;
  return x->status < y->status ? -1 : x->status > y->status;
}

/* 0 is none, and stands last. */
static gint
compare_statuses (gconstpointer a, gconstpointer b)
{
  const ThrumStatusCount *x = a, *y = b;

  if ((x->status == 0) != (y->status == 0))
    return x->status == 0 ? 1 : -1;
  return x->status < y->status ? -1 : x->status > y->status;
}

GArray *
thrum_outcome_get_statuses (const ThrumOutcome *outcome, guint most, guint64 *rest)
{
  GArray *all = g_array_new (FALSE, FALSE, sizeof (ThrumStatusCount));
  GHashTableIter iter;
  gpointer key, value;

  for (gint32 i = 0; i < THRUM_RUN_TALLY_STATUSES; i++)
    if (outcome->statuses[i] > 0)
      g_array_append_val (all, ((ThrumStatusCount){ i, outcome->statuses[i] }));
  g_hash_table_iter_init (&iter, outcome->other_statuses);
  while (g_hash_table_iter_next (&iter, &key, &value))
    g_array_append_val (all,
                        ((ThrumStatusCount){ GPOINTER_TO_INT (key), GPOINTER_TO_SIZE (value) }));

  g_array_sort (all, compare_counts);
  *rest = outcome->crowded_out;
  for (guint i = most; i < all->len; i++)
    *rest += g_array_index (all, ThrumStatusCount, i).count;
  g_array_set_size (all, MIN (all->len, most));
  g_array_sort (all, compare_statuses);
  return all;
}

guint64
thrum_outcome_get_failures (const ThrumOutcome *outcome)
{
  return outcome->failed + outcome->timed_out + outcome->unfinished;
}
