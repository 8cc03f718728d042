/* SPDX-License-Identifier: MIT
 *
 * The engine of blocking plugins. Closed model: a lane is one virtual user, whose thread runs one
 * session. Open model: a lane is all of a worker, whose crew of sessions takes its arrivals
 * (session-crew.c). Everything here runs on the lane's thread.
 */
#include "base/clock.h"
#include "worker/session/session-crew.h"
#include "worker/session/session.h"

static gboolean
open_user (ThrumLane *lane, GError **error)
{
  lane->session = g_new0 (ThrumSession, 1);
  *lane->session =
      (ThrumSession){ .lane = lane, .guard = lane->index, .slot = 0, .user = lane->share.first };
  return thrum_session_open (lane->session, error);
}

gboolean
thrum_session_engine_open (ThrumLane *lane, GError **error)
{
  if (!lane->shared->config->load.is_open)
    return open_user (lane, error);
  lane->crew = thrum_crew_new (lane, error);
  return lane->crew != NULL;
}

void
thrum_session_engine_close (ThrumLane *lane)
{
  if (lane->session != NULL)
    thrum_session_close (lane->session);
  g_clear_pointer (&lane->session, g_free);
  g_clear_pointer (&lane->crew, thrum_crew_free);
}

/* Sleeps until @time; FALSE: the run is to stop. */
static gboolean
await (ThrumLane *lane, gint64 time)
{
  return !thrum_lane_is_stopping (lane) && !thrum_clock_sleep_until (time, lane->shared->stop_fd);
}

static gboolean
run_closed (ThrumLane *lane, GError **error)
{
  const ThrumLoad *load = &lane->shared->config->load;
  gboolean is_scheduled = load->interval_ns > 0 || load->think_time_ns > 0;
  gint64 t0 = lane->shared->t0, intended = -1, back_off = 0;
  ThrumSessionCall call = { .whole = t0, .returned = t0 };
  ThrumTurn turn = { .number = lane->share.first };

  for (;; turn.iteration++)
    {
      /* Without a schedule a user can't be late: it goes on once its session is free. */
      gint64 done = is_scheduled ? call.whole : call.returned;

      if (!is_scheduled)
        back_off = thrum_lane_back_off (back_off, call.failure);
      intended = thrum_plan_user_next (load, turn.number, intended, done - t0 + back_off);
      if (intended == THRUM_NEVER)
        break;
      turn.intended = t0 + intended;
      turn.slot = MAX (turn.intended, call.returned);

      thrum_counter_set (&lane->counters->users,
                         turn.iteration > 0
                             && thrum_plan_user_active_from (load, turn.number, done - t0)
                                    <= done - t0);
      if (!await (lane, turn.intended) || !thrum_lane_await_room (lane, 1))
        break;
      thrum_counter_set (&lane->counters->users, 1);
      thrum_counter_add (&lane->counters->offered, 1);
      thrum_session_choose (lane, &turn);
      thrum_lane_begin (lane, lane->session->slot, turn.request, turn.intended);
      if (!thrum_session_call (lane->session, &turn, &call, error))
        return FALSE;
      thrum_session_record (lane->session, &turn, &call);
    }
  thrum_counter_set (&lane->counters->users, 0);
  return TRUE;
}

gboolean
thrum_session_engine_run (ThrumLane *lane, GError **error)
{
  return lane->crew != NULL ? thrum_crew_run (lane->crew, error) : run_closed (lane, error);
}
