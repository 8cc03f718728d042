/* SPDX-License-Identifier: MIT
 *
 * Computes when users run and arrivals come: pure arithmetic over a piecewise-linear level
 * (users, or arrivals per second). Reads no clock; any thread.
 */
#include "plan/plan.h"

#include <math.h>

#define NS_PER_S 1e9

/* A straight piece of the level. */
typedef struct {
  gint64 start, end; /* ns */
  gdouble from, to;  /* level at start and end */
} Piece;

/* Piece @i of the load's rate; FALSE after the last. */
static gboolean
get_piece (const ThrumLoad *load, guint i, Piece *piece)
{
  if (load->stages != NULL)
    {
      const ThrumStage *stage;

      if (i + 1 >= load->stages->len)
        return FALSE;
      stage = &g_array_index (load->stages, ThrumStage, i);
      *piece = (Piece){ stage[0].time_ns, stage[1].time_ns, stage[0].level, stage[1].level };
      return TRUE;
    }
  if (load->ramp_up_ns > 0)
    {
      if (i == 0)
        {
          *piece = (Piece){ 0, load->ramp_up_ns, 0, load->rate };
          return TRUE;
        }
      i--;
    }
  *piece = (Piece){ load->ramp_up_ns, load->duration_ns, load->rate, load->rate };
  return i == 0;
}

/* When the level of a piece is first above @level, at or after @time; THRUM_NEVER if not in it. */
static gint64
first_above (const Piece *piece, gdouble level, gint64 time)
{
  gdouble at;

  time = MAX (time, piece->start);
  if (time >= piece->end)
    return THRUM_NEVER;
  at = piece->from
       + (piece->to - piece->from) * (gdouble)(time - piece->start)
             / (gdouble)(piece->end - piece->start);
  if (at > level || (at == level && piece->to > piece->from))
    return time;
  if (piece->to <= level)
    return THRUM_NEVER;
  return piece->start
         + (gint64)ceil ((level - piece->from) / (piece->to - piece->from)
                         * (gdouble)(piece->end - piece->start));
}

gint64
thrum_plan_user_active_from (const ThrumLoad *load, guint64 user, gint64 time)
{
  Piece piece;

  if (load->stages == NULL && time >= load->ramp_up_ns && user < load->users)
    return time; /* asked for every request: no division once all users run */
  if (load->stages == NULL)
    {
      gdouble start = (gdouble)user * (gdouble)load->ramp_up_ns / (gdouble)MAX (load->users, 1);
      return user >= load->users ? THRUM_NEVER : MAX (time, (gint64)llround (start));
    }
  for (guint i = 0; get_piece (load, i, &piece); i++)
    {
      gint64 from = first_above (&piece, (gdouble)user, time);
      if (from != THRUM_NEVER)
        return from;
    }
  return THRUM_NEVER;
}

gint64
thrum_plan_user_next (const ThrumLoad *load, guint64 user, gint64 previous_intended,
                      gint64 previous_done)
{
  gint64 next;

  if (previous_intended < 0)
    next = 0;
  else if (load->interval_ns > 0)
    next = MAX (previous_intended + load->interval_ns, previous_done);
  else
    next = previous_done + load->think_time_ns;

  next = thrum_plan_user_active_from (load, user, next);
  return next >= load->duration_ns ? THRUM_NEVER : next;
}

guint64
thrum_plan_users_at (const ThrumLoad *load, gint64 time)
{
  Piece piece;

  if (time < 0 || time >= load->duration_ns)
    return 0;
  if (load->stages == NULL)
    {
      if (time >= load->ramp_up_ns)
        return load->users;
      return (guint64)((gdouble)load->users * (gdouble)time / (gdouble)load->ramp_up_ns) + 1;
    }
  for (guint i = 0; get_piece (load, i, &piece); i++)
    if (time < piece.end)
      return (guint64)ceil (piece.from
                            + (piece.to - piece.from) * (gdouble)(time - piece.start)
                                  / (gdouble)(piece.end - piece.start));
  return 0;
}

gdouble
thrum_plan_arrivals_until (const ThrumLoad *load, gint64 time)
{
  gdouble sum = 0;
  Piece piece;

  for (guint i = 0; get_piece (load, i, &piece) && time > piece.start; i++)
    {
      gdouble part = (gdouble)(MIN (time, piece.end) - piece.start) / NS_PER_S;
      gdouble length = (gdouble)(piece.end - piece.start) / NS_PER_S;

      if (length > 0) /* a step has no area */
        sum += piece.from * part + (piece.to - piece.from) / length * part * part / 2;
    }
  return sum;
}

gint64
thrum_plan_time_of (const ThrumLoad *load, gdouble arrivals)
{
  Piece piece;

  for (guint i = 0; get_piece (load, i, &piece); i++)
    {
      gdouble length = (gdouble)(piece.end - piece.start) / NS_PER_S;
      gdouble mass = (piece.from + piece.to) / 2 * length;
      gdouble slope, into;
      gint64 time;

      if (length == 0 || arrivals >= mass)
        {
          arrivals -= mass;
          continue;
        }
      slope = (piece.to - piece.from) / length;
      /* from * t + slope * t^2 / 2 = arrivals, in the form that does not cancel for slope -> 0. */
      if (slope == 0)
        into = arrivals / piece.from;
      else
        into = 2 * arrivals
               / (piece.from + sqrt (MAX (0, piece.from * piece.from + 2 * slope * arrivals)));
      if (arrivals == 0 && piece.from == 0)
        into = 0;
      time = piece.start + (gint64)llround (into * NS_PER_S);
      return time >= load->duration_ns ? THRUM_NEVER : time;
    }
  return THRUM_NEVER;
}

void
thrum_arrival_stream_init (ThrumArrivalStream *stream, const ThrumLoad *load, ThrumShare share)
{
  *stream = (ThrumArrivalStream){ .load = load, .share = share };
}

gint64
thrum_arrival_stream_next (ThrumArrivalStream *stream, guint64 *number)
{
  guint64 k = stream->share.first + stream->taken * stream->share.stride;

  *number = k;
  stream->taken++;
  if (stream->load->arrivals == THRUM_ARRIVALS_UNIFORM)
    return thrum_plan_time_of (stream->load, (gdouble)k);

  stream->unit -=
      log1p (-thrum_plan_random (stream->load->seed, stream->share.first, stream->taken));
  return thrum_plan_time_of (stream->load, stream->unit * (gdouble)stream->share.stride);
}
