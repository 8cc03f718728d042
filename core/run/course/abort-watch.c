/* SPDX-License-Identifier: MIT
 *
 * Judges the thresholds that may end a run. Knows nothing of processes, or of how a run is
 * ended; main thread.
 */
#include "run/course/abort-watch.h"

#include <math.h>

#define NS_PER_S G_GINT64_CONSTANT (1000000000)
#define NOT_BREACHED (-1)

/* By then a row of what has ended is counted. */
#define SETTLED_NS (NS_PER_S / 10)

/* A worker that has not woken for so long does not run, and what it has open says nothing. */
#define STOPPED_NS (NS_PER_S / 2)

/* A window of less says little of a rate; and after more than the other we did not run, for a
 * terminal's Ctrl-Z, say: what came of that is ours. */
#define LEAST_WINDOW_NS (NS_PER_S / 2)
#define MOST_WINDOW_NS (5 * NS_PER_S / 2)

/* One threshold's. Times are ns since the warm-up's end. */
typedef struct {
  gint64 next_second;    /* to be judged */
  gint64 breached_since; /* what was judged first and is breached still */
  gboolean has_measured; /* any request of after the warm-up was seen */
} Watched;

struct _ThrumAbortWatch {
  const ThrumConfig *config;
  gboolean is_short; /* of slots, for thrum's own sake: it is that who drops */
  Watched *watched;  /* by thresholds */
  gint64 last;       /* ns since the warm-up's end */
  GArray *dropped;   /* guint64, by seconds since then */
  guint64 n_dropped;
  guint64 dropped_now; /* of these, since the last look */
  guint64 capacity;    /* how many requests may be open now */
};

ThrumAbortWatch *
thrum_abort_watch_new (const ThrumConfig *config)
{
  ThrumAbortWatch *watch = g_new0 (ThrumAbortWatch, 1);

  watch->config = config;
  watch->is_short = config->load.slots_are_capped;
  watch->dropped = g_array_new (FALSE, TRUE, sizeof (guint64));
  watch->watched = g_new0 (Watched, config->thresholds->len);
  for (guint i = 0; i < config->thresholds->len; i++)
    watch->watched[i].breached_since = NOT_BREACHED;
  return watch;
}

void
thrum_abort_watch_note_short (ThrumAbortWatch *watch)
{
  watch->is_short = TRUE;
}

void
thrum_abort_watch_free (ThrumAbortWatch *watch)
{
  if (watch == NULL)
    return;
  g_array_unref (watch->dropped);
  g_free (watch->watched);
  g_free (watch);
}

/* ---- What is known of requests that have not ended ------------------------------------------- */

/* The second that has passed takes what was dropped since the last call. */
static void
note_dropped (ThrumAbortWatch *watch, guint64 dropped, gint64 now)
{
  guint second = (guint)(MAX (now - NS_PER_S / 2, 0) / NS_PER_S);

  watch->dropped_now = dropped - MIN (watch->n_dropped, dropped);
  if (watch->dropped_now == 0)
    return;
  if (second >= watch->dropped->len)
    g_array_set_size (watch->dropped, second + 1);
  g_array_index (watch->dropped, guint64, second) += watch->dropped_now;
  watch->n_dropped = dropped;
}

/* Drops are not told apart by request: each has its weight's share. */
static guint64
get_dropped (const ThrumAbortWatch *watch, const ThrumThreshold *threshold, gint64 second)
{
  guint64 dropped =
      second < watch->dropped->len ? g_array_index (watch->dropped, guint64, (guint)second) : 0;

  return (guint64)ceil ((gdouble)dropped
                        * thrum_config_get_weight_share (watch->config, threshold->request));
}

typedef struct {
  guint64 n;
  gdouble ages; /* ns, the sum; of the warm-up's since its end */
  gint64 oldest;
} Open;

/* Of @threshold's open requests those intended from @from up to @until, for @now. */
static Open
count_open (const ThrumAbortWatch *watch, const ThrumThreshold *threshold, const GArray *all,
            gint64 from, gint64 until, gint64 now)
{
  Open open = { 0 };

  for (guint i = 0; i < all->len; i++)
    {
      const ThrumOpenRequest *one = &g_array_index (all, ThrumOpenRequest, i);
      gint64 intended = one->intended - watch->config->load.warm_up_ns;
      gint64 age = now - MAX (intended, 0);

      if ((threshold->request >= 0 && threshold->request != (gint)one->request) || intended < from
          || intended >= until)
        continue;
      open.n++;
      open.ages += (gdouble)age;
      open.oldest = MAX (open.oldest, age);
    }
  return open;
}

/* Those that are certainly beyond the limit: of the warm-up only where nothing else was ever seen. */
static Open
count_late (const ThrumAbortWatch *watch, const ThrumThreshold *threshold, const Watched *watched,
            const GArray *all, gint64 now)
{
  gint64 from = watched->has_measured ? 0 : G_MININT64;
  gdouble until = (gdouble)now - threshold->limit;

  if (until < 0)
    return (Open){ 0 };
  return count_open (watch, threshold, all, from, (gint64)until, now);
}

/* ---- Seconds of requests --------------------------------------------------------------------- */

typedef enum { KEPT, BREACHED, UNKNOWN } State;

/* Whether nobody can begin because so many wait that long: each user has one request, and each slot. */
static gboolean
is_stuck (const ThrumAbortWatch *watch, guint64 n_late, gdouble q)
{
  if (n_late == 0)
    return FALSE;
  return watch->config->load.is_open ? n_late >= watch->capacity
                                     : (gdouble)n_late > (1 - q) * (gdouble)watch->capacity + 1e-9;
}

static State
judge_second (const ThrumAbortWatch *watch, guint i, gint64 second, const ThrumCohorts *cohorts,
              const GArray *all, gint64 now, gint64 *oldest)
{
  const ThrumThreshold *threshold = watch->config->thresholds->pdata[i];
  Watched *watched = &watch->watched[i];
  ThrumCohort cohort = thrum_cohorts_get (cohorts, i, second);
  Open open = count_open (watch, threshold, all, second * NS_PER_S, (second + 1) * NS_PER_S, now);
  guint64 n = cohort.within + cohort.beyond + open.n + get_dropped (watch, threshold, second);
  gdouble q = threshold->measure == THRUM_MEASURE_MAX ? 1 : threshold->quantile;
  gdouble rank = q * (gdouble)n;

  watched->has_measured |= n > 0;
  *oldest = open.oldest;
  if (n > 0)
    return (gdouble)cohort.within < ceil (rank - 1e-9 * MAX (rank, 1)) ? BREACHED : KEPT;

  /* Nobody began in it: nobody could, or nobody was to. */
  Open late = count_late (watch, threshold, watched, all, now);
  *oldest = late.oldest;
  return is_stuck (watch, late.n, q) ? BREACHED : UNKNOWN;
}

/* TRUE: for long enough, with what was judged from @start to @end. */
static gboolean
note_state (Watched *watched, State state, gint64 start, gint64 end, gint64 after)
{
  if (state == KEPT)
    watched->breached_since = NOT_BREACHED;
  else if (state == BREACHED && watched->breached_since == NOT_BREACHED)
    watched->breached_since = start;
  return state == BREACHED && end - watched->breached_since >= after;
}

static gboolean
judge_seconds (ThrumAbortWatch *watch, guint i, const ThrumOutcome *window,
               const ThrumCohorts *cohorts, const GArray *all, gint64 now,
               ThrumThresholdResult *result)
{
  const ThrumThreshold *threshold = watch->config->thresholds->pdata[i];
  Watched *watched = &watch->watched[i];
  gdouble known = ((gdouble)(now - SETTLED_NS) - threshold->limit) / NS_PER_S;

  for (; (gdouble)watched->next_second + 1 <= known; watched->next_second++)
    {
      gint64 second = watched->next_second, oldest;
      State state = judge_second (watch, i, second, cohorts, all, now, &oldest);

      if (!note_state (watched, state, second * NS_PER_S, (second + 1) * NS_PER_S,
                       threshold->abort_after_ns))
        continue;
      *result = thrum_threshold_judge (threshold, window, &(ThrumShortfall){ 0 }, 1, TRUE);
      result->measured =
          MAX (MAX (result->has_value ? result->measured : 0, (gdouble)oldest), threshold->limit);
      result->bracket = (ThrumBracket){ result->measured, HUGE_VAL };
      result->has_value = TRUE;
      result->judgement = THRUM_JUDGEMENT_FAILED;
      return TRUE;
    }
  return FALSE;
}

/* ---- Windows of time -------------------------------------------------------------------------- */

/* A mean by what is known of it: for what it might be, or for thrum's own lag, no run is ended. Those of
 * @late (open for longer than its limit) count with their age. */
static void
judge_mean (const ThrumAbortWatch *watch, const Watched *watched, const ThrumOutcome *window,
            Open late, ThrumThresholdResult *result)
{
  guint64 n = thrum_histogram_get_count (window->response);
  gdouble sum = (gdouble)n * thrum_histogram_get_mean (window->response_less_lag);

  if (!watched->has_measured && !is_stuck (watch, late.n, 0.5))
    late = (Open){ 0 };
  result->has_value = n + late.n > 0;
  if (!result->has_value)
    return;
  result->measured = (sum + late.ages) / (gdouble)(n + late.n);
  result->bracket = (ThrumBracket){ result->measured, late.n > 0 ? HUGE_VAL : result->measured };
  result->judgement = result->measured <= result->threshold->limit ? THRUM_JUDGEMENT_PASSED
                                                                   : THRUM_JUDGEMENT_FAILED;
}

static gboolean
judge_window (ThrumAbortWatch *watch, guint i, const ThrumOutcome *window, const GArray *all,
              gint64 now, ThrumThresholdResult *result)
{
  const ThrumThreshold *threshold = watch->config->thresholds->pdata[i];
  Watched *watched = &watch->watched[i];
  ThrumShortfall shortfall = { .dropped = watch->dropped_now,
                               .own_dropped = watch->is_short ? watch->dropped_now : 0 };

  *result = thrum_threshold_judge (threshold, window, &shortfall,
                                   (gdouble)(now - watch->last) / NS_PER_S, TRUE);
  watched->has_measured |= window->rows > 0;
  if (threshold->measure == THRUM_MEASURE_MEAN)
    judge_mean (watch, watched, window, count_late (watch, threshold, watched, all, now), result);
  return note_state (watched,
                     !result->has_value                            ? UNKNOWN
                     : result->judgement == THRUM_JUDGEMENT_FAILED ? BREACHED
                     : result->judgement == THRUM_JUDGEMENT_PASSED ? KEPT
                                                                   : UNKNOWN,
                     watch->last, now, threshold->abort_after_ns);
}

gboolean
thrum_abort_watch_is_due (const ThrumAbortWatch *watch, gint64 now)
{
  return now - watch->config->load.warm_up_ns >= watch->last + LEAST_WINDOW_NS;
}

gboolean
thrum_abort_watch_judge (ThrumAbortWatch *watch, const ThrumOutcome *window,
                         const ThrumCohorts *cohorts, const GArray *open, guint64 capacity,
                         guint64 dropped, gint64 now, ThrumThresholdResult *result)
{
  g_autoptr (ThrumOutcome) all = thrum_outcomes_sum (window, watch->config->requests->len);
  gboolean is_breached = FALSE, has_stood_still;

  now -= watch->config->load.warm_up_ns;
  has_stood_still = now - watch->last > MOST_WINDOW_NS;
  watch->capacity = capacity;
  note_dropped (watch, dropped, now);
  for (guint i = 0; i < watch->config->thresholds->len && !is_breached; i++)
    {
      const ThrumThreshold *threshold = watch->config->thresholds->pdata[i];
      const ThrumOutcome *outcome = threshold->request < 0 ? all : &window[threshold->request];

      if (threshold->abort_after_ns < 0)
        continue;
      if (has_stood_still)
        watch->watched[i].next_second = now / NS_PER_S;
      else if (thrum_cohorts_decide (threshold))
        is_breached = judge_seconds (watch, i, outcome, cohorts, open, now, result);
      else
        is_breached = judge_window (watch, i, outcome, open, now, result);
    }
  watch->last = now;
  return is_breached;
}

/* ---- What the workers and the drain hold ------------------------------------------------------ */

static void
add_open (GArray *open, ThrumRegion *region, gint64 t0, gint64 now)
{
  const ThrumObservation *observation = thrum_region_get_observation (region);
  guint n_slots = thrum_region_get_n_slots (region);

  if (t0 + now - __atomic_load_n (&observation->watched_until, __ATOMIC_ACQUIRE) > STOPPED_NS)
    return;
  for (guint lane = 0; lane < thrum_region_get_n_lanes (region); lane++)
    for (guint i = 0; i < n_slots; i++)
      {
        ThrumOpenRequest one;

        if (!thrum_open_slot_get (&thrum_region_get_slots (region, lane)[i], &one.request,
                                  &one.intended))
          continue;
        one.intended -= t0;
        g_array_append_val (open, one);
      }
}

/* The users that run, or the slots there are, in the workers that live. */
static guint64
get_capacity (const ThrumLoad *load, GPtrArray *regions)
{
  guint64 users = 0;

  if (load->is_open)
    return (guint64)load->max_in_flight * regions->len / load->processes;
  for (guint w = 0; w < regions->len; w++)
    for (guint lane = 0; lane < thrum_region_get_n_lanes (regions->pdata[w]); lane++)
      users += thrum_counter_get (&thrum_region_get_counters (regions->pdata[w], lane)->users);
  return users;
}

gboolean
thrum_abort_watch_look (ThrumAbortWatch *watch, ThrumDrain *drain, GPtrArray *regions, gint64 t0,
                        gint64 now, ThrumThresholdResult *result)
{
  g_autoptr (GArray) open = g_array_new (FALSE, FALSE, sizeof (ThrumOpenRequest));
  guint n_requests = watch->config->requests->len;
  ThrumDrainCounters live;
  ThrumRunTally *tally;
  ThrumOutcome *window;
  gboolean is_breached;

  thrum_drain_get_counters (drain, &live);
  if (!thrum_abort_watch_is_due (watch, now))
    {
      if (now < watch->config->load.warm_up_ns)
        watch->n_dropped = live.sum.dropped; /* none of it counts */
      return FALSE;
    }
  /* First what is open, then what has ended: what ends meanwhile is in both, not in none. */
  for (guint w = 0; w < regions->len; w++)
    add_open (open, regions->pdata[w], t0, now);
  tally = thrum_drain_lock (drain);
  window = thrum_run_tally_take_window (tally);
  is_breached = thrum_abort_watch_judge (watch, window, tally->cohorts, open,
                                         get_capacity (&watch->config->load, regions),
                                         live.sum.dropped, now, result);
  thrum_drain_unlock (drain);
  thrum_outcomes_free (window, n_requests);
  return is_breached;
}
