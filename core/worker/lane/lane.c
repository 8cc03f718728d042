/* SPDX-License-Identifier: MIT
 *
 * What both engines need of a lane: room in its ring, and the core's checks on a reply. Runs on
 * the lane's thread.
 */
#include "worker/lane/lane.h"

#include "base/clock.h"

/* What a CPU's worth of event loops, or of blocking sessions, writes in a second at most: bare loops
 * reach that against nothing. So many seconds of it, and of a rate that is planned, have room; an
 * eighth of the memory may be used for it. */
#define CODEC_RECORDS_PER_S 131072
#define SESSION_RECORDS_PER_S 32768
#define BUFFERED_S 2
#define PLANNED_S 5
#define MEMORY_SHARE 8
#define LEAST_RECORDS 1024

#define BACK_OFF_FIRST_NS G_GINT64_CONSTANT (10000000)
#define BACK_OFF_MOST_NS G_GINT64_CONSTANT (1000000000)

/* How often a full ring is looked at again. The coordinator drains every 20 ms. */
#define PAUSE_NS (2 * G_GINT64_CONSTANT (1000000))

/* The most requests per second that the load lets this test do; 0: nothing bounds it. */
static gdouble
get_peak (const ThrumLoad *load)
{
  gint64 cycle = load->interval_ns + load->think_time_ns;
  gdouble peak = load->rate;

  if (!load->is_open)
    return cycle > 0 ? (gdouble)load->users * 1e9 / (gdouble)cycle : 0;
  for (guint i = 0; load->stages != NULL && i < load->stages->len; i++)
    peak = MAX (peak, g_array_index (load->stages, ThrumStage, i).level);
  return peak;
}

/* The most records that worker @worker can write in a time that the disk may well take to go on. */
static guint64
get_records (const ThrumConfig *config, const ThrumLimits *limits, guint n_workers, guint n_threads)
{
  gdouble peak = get_peak (&config->load);
  guint64 of_memory = limits->memory_bytes / MEMORY_SHARE / sizeof (ThrumRecord) / n_workers;
  gdouble cpus = MIN ((gdouble)limits->cpus / n_workers, (gdouble)n_threads);
  gdouble records =
      cpus * BUFFERED_S
      * (thrum_config_is_codec (config) ? CODEC_RECORDS_PER_S : SESSION_RECORDS_PER_S);

  if (peak > 0)
    records = MIN (records, PLANNED_S * peak / n_workers);
  return (guint64)CLAMP (records, LEAST_RECORDS, MAX ((gdouble)of_memory, LEAST_RECORDS));
}

ThrumLaneLayout
thrum_lane_get_layout (const ThrumConfig *config, const ThrumLimits *limits, guint worker,
                       guint n_workers)
{
  const ThrumLoad *load = &config->load;
  gboolean is_codec = thrum_config_is_codec (config);
  gboolean is_crew = load->is_open && !is_codec;
  guint64 users = thrum_share_count ((ThrumShare){ worker, n_workers }, load->users);
  guint64 in_flight = load->is_open ? load->max_in_flight : load->users;
  ThrumLaneLayout layout = { .n_lanes = is_codec ? load->threads : is_crew ? 1 : (guint)users };
  guint64 in_lane = in_flight / (n_workers * MAX (layout.n_lanes, 1));
  guint64 records =
      get_records (config, limits, n_workers, load->threads) / MAX (layout.n_lanes, 1);

  if (is_codec || is_crew)
    records = MAX (records, 2 * in_lane);
  for (layout.ring_capacity = 64; layout.ring_capacity < records;)
    layout.ring_capacity *= 2;
  if (thrum_config_has_aborts (config))
    layout.n_slots = is_codec || is_crew ? (guint)in_lane + 1 : 1;
  return layout;
}

gboolean
thrum_lane_await_room (ThrumLane *lane, guint64 n)
{
  gint64 start;

  if (G_LIKELY (thrum_ring_room (&lane->ring, n) >= n))
    return TRUE;

  start = thrum_clock_now ();
  thrum_counter_add (&lane->counters->pauses, 1);
  do
    thrum_clock_sleep_until (thrum_clock_now () + PAUSE_NS, lane->shared->stop_fd);
  while (thrum_ring_room (&lane->ring, n) < n && !thrum_lane_is_stopping (lane));
  thrum_counter_add (&lane->counters->pause_ns, (guint64)(thrum_clock_now () - start));
  return thrum_ring_room (&lane->ring, n) >= n;
}

gint64
thrum_lane_back_off (gint64 previous, ThrumFailure failure)
{
  if (G_LIKELY (!thrum_failure_is_unconnected (failure)))
    return 0;
  return CLAMP (2 * previous, BACK_OFF_FIRST_NS, BACK_OFF_MOST_NS);
}

static gboolean
status_is_expected (const GArray *ranges, gint32 status)
{
  for (guint i = 0; i < ranges->len; i++)
    {
      const ThrumStatusRange *range = &g_array_index (ranges, ThrumStatusRange, i);
      if (status >= range->first && status <= range->last)
        return TRUE;
    }
  return FALSE;
}

/* Whether the payload holds the pattern. GRegex can take long to reach its backtracking limit; that
 * counts as no match, and is counted. */
static gboolean
body_is_expected (ThrumLane *lane, const GRegex *regex, const void *payload, gsize payload_bytes)
{
  g_autoptr (GError) error = NULL;
  gboolean matches;

  if (payload == NULL)
    payload = "";
  matches = g_regex_match_full (regex, payload, (gssize)payload_bytes, 0, 0, NULL, &error);
  if (error != NULL)
    __atomic_fetch_add (&lane->counters->regex_limits, 1, __ATOMIC_RELAXED); /* by any of a crew */
  return matches;
}

ThrumFailure
thrum_lane_check (ThrumLane *lane, const ThrumRequestConfig *request, gint32 status,
                  ThrumFailure failure, const void *payload, gsize payload_bytes)
{
  if (failure == THRUM_FAILURE_STATUS && request->expect_status != NULL)
    failure = THRUM_FAILURE_NONE;
  if (failure != THRUM_FAILURE_NONE)
    return failure;
  if (request->expect_status != NULL && !status_is_expected (request->expect_status, status))
    return THRUM_FAILURE_CHECK;
  if (request->expect_body != NULL
      && !body_is_expected (lane, request->expect_body, payload, payload_bytes))
    return THRUM_FAILURE_CHECK;
  return THRUM_FAILURE_NONE;
}
