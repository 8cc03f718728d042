/* SPDX-License-Identifier: MIT
 *
 * The open model of blocking plugins. Of the free sessions, the one that was used last leads: it
 * sleeps until the next arrival is due. Then it makes another session the leader and takes the
 * arrival. So no arrival waits for a thread to hand it over, and none is dropped while any
 * session is free. At a low rate one session, with its connection, serves all.
 *
 * Sessions are made ahead, so that some are free: the lane's thread starts a thread for each,
 * which opens the session and joins in. When no more can be made, for want of threads or
 * descriptors, the run goes on with those that there are, and the coordinator is told.
 *
 * The locks are pthread's, because ThreadSanitizer does not see GLib's.
 */
#include "worker/session/session-crew.h"

#include <pthread.h>

#include "base/clock.h"
#include "worker/lane/control.h"
#include "worker/session/session.h"

/* So many sessions are made beyond those that are busy. */
#define SPARE 4

/* The session that was used last leads in place of another only if so much time is left: the other
 * wakes in vain at the arrival. */
#define TAKE_OVER_NS G_GINT64_CONSTANT (1000000)

typedef struct _Member Member;
struct _Member {
  ThrumSession session;
  ThrumCrew *crew;
  GThread *thread;
  Member *below;       /* on the stack of idle ones */
  pthread_cond_t wake; /* it leads, or all end */
};

struct _ThrumCrew {
  ThrumLane *lane;
  Member **members;
  guint n_started; /* the lane's thread alone */

  pthread_mutex_t lock;   /* of what follows, of the lane's ring and of its counters */
  pthread_cond_t changed; /* for the lane's thread */
  pthread_cond_t started; /* for sessions that are open */
  gboolean is_started, is_ending;
  guint most;     /* so many sessions may there be; less once no more could be made */
  guint n_joined; /* members whose session is open, ever */
  guint n_ended;  /* members who have ended */
  guint n_wanted; /* so many members should there be */
  guint n_busy;   /* requests under way */
  Member *leader; /* NULL: none is free */
  Member *idle;   /* those free besides; the one used last on top */
  ThrumArrivalStream arrivals;
  ThrumTurn next;      /* the arrival to come; intended THRUM_NEVER: none */
  gint64 slot_free_at; /* when last a request ended while `most` were under way */
  guint n_missed;      /* members whose session could not be opened */
  GError *shortage;    /* (nullable): why there are no more sessions */
  gboolean is_told;    /* the coordinator has heard of that */
  GError *error;       /* (nullable): ours, the first; it ends the run */
};

/* ---- Arrivals; the lock is held ------------------------------------------------------------- */

static void
advance (ThrumCrew *crew)
{
  gint64 at = thrum_arrival_stream_next (&crew->arrivals, &crew->next.number);

  crew->next.intended = at == THRUM_NEVER ? THRUM_NEVER : crew->lane->shared->t0 + at;
}

static void
drop_next (ThrumCrew *crew)
{
  thrum_counter_add (&crew->lane->counters->offered, 1);
  thrum_counter_add (&crew->lane->counters->dropped, 1);
  advance (crew);
}

/* An arrival that was due before the slot became free came while every slot was taken; and once the
 * drain is over nothing is sent. */
static void
drop_late (ThrumCrew *crew, gint64 now)
{
  gboolean drops = crew->lane->shared->config->load.overload == THRUM_OVERLOAD_DROP;
  gint64 since = now >= thrum_session_drain_end (crew->lane) ? now
                 : drops                                     ? crew->slot_free_at
                                                             : G_MININT64;

  while (crew->next.intended < since)
    drop_next (crew);
}

static void
end_all (ThrumCrew *crew)
{
  crew->is_ending = TRUE;
  for (Member *member = crew->idle; member != NULL; member = member->below)
    pthread_cond_signal (&member->wake);
  if (crew->leader != NULL)
    pthread_cond_signal (&crew->leader->wake);
  pthread_cond_broadcast (&crew->started);
  pthread_cond_signal (&crew->changed);
}

/* The run ends now: what was due by now had waited for a session. */
static void
end_early (ThrumCrew *crew)
{
  gint64 now = thrum_clock_now ();

  while (crew->is_started && crew->next.intended <= now)
    drop_next (crew);
  end_all (crew);
}

/* ---- Who leads; the lock is held ------------------------------------------------------------ */

/* @member's request has ended. */
static void
become_free (ThrumCrew *crew, Member *member, gint64 now)
{
  if (crew->leader != NULL && crew->next.intended - now < TAKE_OVER_NS)
    {
      member->below = crew->idle;
      crew->idle = member;
      return;
    }
  if (crew->leader != NULL)
    {
      crew->leader->below = crew->idle;
      crew->idle = crew->leader;
    }
  crew->leader = member;
}

/* A new one is used after all others. */
static void
join (ThrumCrew *crew, Member *member)
{
  Member **end = &crew->idle;

  crew->n_joined++;
  crew->most = MAX (crew->most, crew->n_joined);
  if (crew->leader == NULL)
    {
      crew->leader = member;
      return;
    }
  while (*end != NULL)
    end = &(*end)->below;
  *end = member;
}

static void
give_up_lead (ThrumCrew *crew)
{
  crew->leader = crew->idle;
  if (crew->leader == NULL)
    return;
  crew->idle = crew->leader->below;
  crew->leader->below = NULL;
  pthread_cond_signal (&crew->leader->wake);
}

static void
see_to_spares (ThrumCrew *crew)
{
  guint wanted = MIN (crew->n_busy + SPARE, crew->most);

  if (wanted <= crew->n_wanted)
    return;
  crew->n_wanted = wanted;
  pthread_cond_signal (&crew->changed);
}

/* ---- A session's thread --------------------------------------------------------------------- */

/* The leader takes the arrival that is due. FALSE: it had to be dropped. */
static gboolean
take (ThrumCrew *crew, Member *member, ThrumTurn *turn)
{
  ThrumLane *lane = crew->lane;

  *turn = crew->next;
  turn->slot = MAX (turn->intended, crew->slot_free_at);
  if (!thrum_lane_await_room (lane, crew->n_busy + 1))
    {
      drop_next (crew);
      return FALSE;
    }
  thrum_counter_add (&lane->counters->offered, 1);
  advance (crew);
  thrum_session_choose (lane, turn);
  thrum_lane_begin (lane, member->session.slot, turn->request, turn->intended);
  crew->n_busy++;
  give_up_lead (crew);
  see_to_spares (crew);
  return TRUE;
}

/* Waits until @member is to do @turn. FALSE: the run is over. Holds the lock before and after. */
static gboolean
await_turn (ThrumCrew *crew, Member *member, ThrumTurn *turn)
{
  ThrumLane *lane = crew->lane;
  gint64 now, until;

  for (;;)
    {
      if (!crew->is_ending && thrum_lane_is_stopping (lane))
        end_early (crew);
      if (crew->is_ending)
        return FALSE;
      if (crew->leader != member)
        {
          pthread_cond_wait (&member->wake, &crew->lock);
          continue;
        }
      now = thrum_clock_now ();
      drop_late (crew, now);
      if (crew->next.intended == THRUM_NEVER)
        {
          end_all (crew);
          return FALSE;
        }
      if (crew->next.intended <= now)
        {
          if (take (crew, member, turn))
            return TRUE;
          continue;
        }
      until = crew->next.intended;
      pthread_mutex_unlock (&crew->lock);
      thrum_clock_sleep_until (until, lane->shared->stop_fd);
      pthread_mutex_lock (&crew->lock);
    }
}

/* @error, or another where a plugin has failed without a word. (transfer full), both. */
static GError *
in_words (GError *error)
{
  return error != NULL ? error
                       : g_error_new_literal (THRUM_PLUGIN_ERROR, THRUM_PLUGIN_ERROR_INVALID,
                                              "the plugin failed and did not say why");
}

static void
fail (ThrumCrew *crew, GError *error)
{
  if (crew->error == NULL)
    crew->error = g_steal_pointer (&error);
  g_clear_error (&error);
  end_all (crew);
}

/* Does arrivals until the run is over. Holds the lock before and after. */
static void
work (ThrumCrew *crew, Member *member)
{
  ThrumSessionCall call;
  ThrumTurn turn;

  while (await_turn (crew, member, &turn))
    {
      g_autoptr (GError) error = NULL;
      gboolean ok;

      pthread_mutex_unlock (&crew->lock);
      ok = thrum_session_call (&member->session, &turn, &call, &error);
      pthread_mutex_lock (&crew->lock);
      if (!ok)
        {
          fail (crew, in_words (g_steal_pointer (&error)));
          return;
        }
      thrum_session_record (&member->session, &turn, &call);
      if (crew->n_busy-- == crew->most)
        crew->slot_free_at = call.returned;
      become_free (crew, member, call.returned);
    }
}

/* There will be no more than the @n sessions that there are: @error says why. (transfer full) */
static void
stop_growing (ThrumCrew *crew, guint n, GError *error)
{
  crew->most = n;
  if (crew->shortage == NULL)
    crew->shortage = g_steal_pointer (&error);
  g_clear_error (&error);
}

/* Once, when all sessions in the making are open or could not be. The lane's thread. */
static void
tell_shortage (ThrumCrew *crew)
{
  g_autofree gchar *text = NULL;

  if (crew->shortage == NULL || crew->is_told || crew->n_joined + crew->n_missed < crew->n_started)
    return;
  crew->is_told = TRUE;
  text =
      g_strdup_printf ("goes on with %u sessions and makes no more: %s; raise the limits of tasks "
                       "(ulimit -u), of open files (ulimit -n), or those of the container, or use "
                       "a codec plugin",
                       crew->n_joined, crew->shortage->message);
  thrum_control_send (crew->lane->shared->control_fd, THRUM_CONTROL_SHORT, crew->n_joined, text);
}

/* Without one of its first sessions the worker does not start; a later one is only missed. */
static void
fail_to_join (ThrumCrew *crew, GError *error)
{
  crew->n_missed++;
  if (!crew->is_started)
    fail (crew, error);
  else
    stop_growing (crew, crew->n_joined, error);
}

static gpointer
member_thread (gpointer data)
{
  Member *member = data;
  ThrumCrew *crew = member->crew;
  GError *error = NULL;
  gboolean ok = thrum_session_open (&member->session, &error);

  pthread_mutex_lock (&crew->lock);
  if (!ok)
    fail_to_join (crew, in_words (error));
  else
    join (crew, member);
  pthread_cond_signal (&crew->changed);
  if (ok)
    {
      while (!crew->is_started && !crew->is_ending)
        pthread_cond_wait (&crew->started, &crew->lock);
      if (crew->is_started)
        work (crew, member);
    }
  pthread_mutex_unlock (&crew->lock);
  thrum_session_close (&member->session);

  pthread_mutex_lock (&crew->lock);
  crew->n_ended++;
  pthread_cond_signal (&crew->changed);
  pthread_mutex_unlock (&crew->lock);
  return NULL;
}

/* ---- The lane's thread ---------------------------------------------------------------------- */

static gboolean
start_member (ThrumCrew *crew, GError **error)
{
  Member *member = g_new0 (Member, 1);
  guint index = crew->n_started;

  member->crew = crew;
  member->session = (ThrumSession){
    .lane = crew->lane,
    .guard = index,
    .slot = index,
    .user = crew->lane->share.first + index * crew->lane->share.stride,
  };
  pthread_cond_init (&member->wake, NULL);
  member->thread = g_thread_try_new ("session", member_thread, member, error);
  if (member->thread == NULL)
    {
      pthread_cond_destroy (&member->wake);
      g_free (member);
      return FALSE;
    }
  crew->members[crew->n_started++] = member;
  return TRUE;
}

/* A library may take megabytes for a session. */
static gboolean
has_memory (const ThrumCrew *crew, GError **error)
{
  const guint64 most = crew->lane->shared->most_memory;

  if (most == 0 || thrum_limits_measure_own_memory () < most)
    return TRUE;
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NOMEM,
               "they take all of the %.0f MiB that are each worker's share of half the memory",
               (gdouble)most / (1 << 20));
  return FALSE;
}

ThrumCrew *
thrum_crew_new (ThrumLane *lane, GError **error)
{
  ThrumCrew *crew = g_new0 (ThrumCrew, 1);
  const ThrumLoad *load = &lane->shared->config->load;
  GError *failure;

  crew->lane = lane;
  crew->most = (guint)MAX (1, thrum_share_count (lane->share, load->max_in_flight));
  crew->members = g_new0 (Member *, crew->most);
  crew->n_wanted = MIN (SPARE, crew->most);
  pthread_mutex_init (&crew->lock, NULL);
  pthread_cond_init (&crew->changed, NULL);
  pthread_cond_init (&crew->started, NULL);
  thrum_arrival_stream_init (&crew->arrivals, load, lane->share);

  pthread_mutex_lock (&crew->lock);
  while (crew->n_started < crew->n_wanted && crew->error == NULL)
    if (!start_member (crew, &crew->error))
      g_prefix_error (&crew->error, THRUM_NO_THREAD);
  while (crew->n_joined < crew->n_started && crew->error == NULL)
    pthread_cond_wait (&crew->changed, &crew->lock);
  failure = g_steal_pointer (&crew->error);
  pthread_mutex_unlock (&crew->lock);
  if (failure == NULL)
    return crew;
  g_propagate_error (error, failure);
  thrum_crew_free (crew);
  return NULL;
}

gboolean
thrum_crew_run (ThrumCrew *crew, GError **error)
{
  GError *failure;

  pthread_mutex_lock (&crew->lock);
  crew->slot_free_at = crew->lane->shared->t0;
  advance (crew);
  crew->is_started = TRUE;
  pthread_cond_broadcast (&crew->started);
  while (crew->error == NULL && (!crew->is_ending || crew->n_ended < crew->n_started))
    {
      g_autoptr (GError) problem = NULL;
      gboolean ok;

      tell_shortage (crew);
      if (crew->is_ending || crew->n_started >= MIN (crew->n_wanted, crew->most))
        {
          pthread_cond_wait (&crew->changed, &crew->lock);
          continue;
        }
      pthread_mutex_unlock (&crew->lock);
      ok = has_memory (crew, &problem) && start_member (crew, &problem);
      pthread_mutex_lock (&crew->lock);
      if (!ok)
        stop_growing (crew, crew->n_started, g_steal_pointer (&problem));
    }
  failure = g_steal_pointer (&crew->error);
  pthread_mutex_unlock (&crew->lock);
  if (failure == NULL)
    return TRUE;
  g_propagate_error (error, failure);
  return FALSE;
}

void
thrum_crew_free (ThrumCrew *crew)
{
  pthread_mutex_lock (&crew->lock);
  end_all (crew);
  pthread_mutex_unlock (&crew->lock);
  /* All before the first is freed: those that run know of those that have ended. */
  for (guint i = 0; i < crew->n_started; i++)
    g_thread_join (crew->members[i]->thread);
  for (guint i = 0; i < crew->n_started; i++)
    {
      pthread_cond_destroy (&crew->members[i]->wake);
      g_free (crew->members[i]);
    }
  g_clear_error (&crew->error);
  g_clear_error (&crew->shortage);
  pthread_cond_destroy (&crew->started);
  pthread_cond_destroy (&crew->changed);
  pthread_mutex_destroy (&crew->lock);
  g_free (crew->members);
  g_free (crew);
}
