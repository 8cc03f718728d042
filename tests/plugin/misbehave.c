/* SPDX-License-Identifier: MIT
 *
 * The `misbehave` session plugin: every way in which somebody's plugin can hurt a run, chosen by
 * options, so that tests can see what the run does about it. Until its turn comes it behaves, and
 * answers 200 after `delay`.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "thrum/plugin.h"

enum { AT_TARGET, AT_OPEN, AT_CLOSE, N_TARGET_OPTIONS };
enum { DELAY, ACTION, AFTER, WORKER, USER, N_REQUEST_OPTIONS };

typedef enum {
  NOTHING,
  SEGV,     /* reads address 0 */
  ABORT,    /* as g_error () ends */
  EXIT,     /* exit (7): a library that thinks it owns the process */
  KILL,     /* SIGKILL to itself, as the OOM killer does */
  FAIL,     /* false with an error: we failed */
  MUTE,     /* false without an error */
  HANG,     /* never returns, whatever cancel () says */
  STUBBORN, /* returns 1 s after it was cancelled */
  SCRIBBLE, /* a wild write over every shared mapping it can write: the sample rings */
  LIE,      /* a reply out of every range */
  LEAK_FDS  /* opens files until it cannot */
} Action;

static const char *const actions[] = { "nothing", "segv",     "abort", "exit",     "kill",
                                       "fail",    "mute",     "hang",  "stubborn", "scribble",
                                       "lie",     "leak-fds", NULL };

static const ThrumOption target_options[N_TARGET_OPTIONS] = {
  [AT_TARGET] = { .key = "at-target",
                  .type = THRUM_OPTION_ENUM,
                  .fallback = "nothing",
                  .choices = actions,
                  .help = "what it does when the target is made, in the coordinator too" },
  [AT_OPEN] = { .key = "at-open",
                .type = THRUM_OPTION_ENUM,
                .fallback = "nothing",
                .choices = actions,
                .help = "what it does when a session is opened" },
  [AT_CLOSE] = { .key = "at-close",
                 .type = THRUM_OPTION_ENUM,
                 .fallback = "nothing",
                 .choices = actions,
                 .help = "what it does when a session is closed" },
};

static const ThrumOption request_options[N_REQUEST_OPTIONS] = {
  [DELAY] = { .key = "delay",
              .type = THRUM_OPTION_DURATION,
              .fallback = "1ms",
              .help = "how long a good request takes (a duration)" },
  [ACTION] = { .key = "action",
               .type = THRUM_OPTION_ENUM,
               .fallback = "nothing",
               .choices = actions,
               .help = "what it does when its turn comes" },
  [AFTER] = { .key = "after",
              .type = THRUM_OPTION_INT,
              .fallback = "0",
              .maximum = 1e9,
              .help = "how many good requests of the user come first" },
  [WORKER] = { .key = "only-worker",
               .type = THRUM_OPTION_INT,
               .fallback = "-1",
               .minimum = -1,
               .maximum = 1e6,
               .help = "the one worker in which it misbehaves; -1: all" },
  [USER] = { .key = "only-user",
             .type = THRUM_OPTION_INT,
             .fallback = "-1",
             .minimum = -1,
             .maximum = 1e9,
             .help = "the one user for whom it misbehaves; -1: all" },
};

typedef struct {
  const ThrumHost *host;
  Action at_open, at_close;
} Target;

typedef struct {
  int64_t delay_ns, after, worker, user;
  Action action;
} Request;

typedef struct {
  const Target *target;
  int64_t worker, user, calls;
  int cancelled; /* atomic */
} Session;

static void
sleep_ns (int64_t ns)
{
  const struct timespec duration = { .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 };

  nanosleep (&duration, NULL);
}

static void
scribble (void)
{
  FILE *maps = fopen ("/proc/self/maps", "re");
  char line[512];
  unsigned long start, end;
  char permissions[8];

  while (maps != NULL && fgets (line, sizeof line, maps) != NULL)
    if (sscanf (line, "%lx-%lx %7s", &start, &end, permissions) == 3 && permissions[1] == 'w'
        && permissions[3] == 's')
      memset ((void *)start, 0xa5, end - start);
  if (maps != NULL)
    fclose (maps);
}

/* false: the caller is to report that we failed. */
static bool
misbehave (Action action, const ThrumHost *host, const int *cancelled, GError **error)
{
  switch (action)
    {
    case NOTHING:
    case LIE:
      return true;
    case SEGV:
      *(volatile int *)NULL = 1;
      return true;
    case ABORT:
      abort ();
    case EXIT:
      exit (7);
    case KILL:
      kill (getpid (), SIGKILL);
      return true;
    case FAIL:
      host->set_error (error, "cannot go on: told to misbehave");
      return false;
    case MUTE:
      return false;
    case HANG:
      for (;;)
        sleep_ns (1000000000);
    case STUBBORN:
      while (!__atomic_load_n (cancelled, __ATOMIC_ACQUIRE))
        sleep_ns (1000000);
      sleep_ns (1000000000);
      return true;
    case SCRIBBLE:
      scribble ();
      return true;
    case LEAK_FDS:
      while (open ("/dev/null", O_RDONLY | O_CLOEXEC) >= 0)
        ;
      return true;
    }
  return true;
}

static void *
target_new (const ThrumHost *host, const ThrumValues *values, ThrumEndpoint *endpoint,
            GError **error)
{
  const int cancelled = 1;
  Target *target;

  if (!misbehave ((Action)thrum_value (values, AT_TARGET)->integer, host, &cancelled, error))
    return NULL;
  target = calloc (1, sizeof *target);
  target->host = host;
  target->at_open = (Action)thrum_value (values, AT_OPEN)->integer;
  target->at_close = (Action)thrum_value (values, AT_CLOSE)->integer;
  return target;
}

static void *
request_new (const ThrumHost *host, void *target, const ThrumValues *values, GError **error)
{
  Request *request = calloc (1, sizeof *request);

  request->delay_ns = thrum_value (values, DELAY)->integer;
  request->action = (Action)thrum_value (values, ACTION)->integer;
  request->after = thrum_value (values, AFTER)->integer;
  request->worker = thrum_value (values, WORKER)->integer;
  request->user = thrum_value (values, USER)->integer;
  return request;
}

static void *
session_open (void *data, const ThrumUser *user, GError **error)
{
  const int cancelled = 1;
  Target *target = data;
  Session *session;

  if (!misbehave (target->at_open, target->host, &cancelled, error))
    return NULL;
  session = calloc (1, sizeof *session);
  session->target = target;
  session->worker = user->worker;
  session->user = (int64_t)user->number;
  return session;
}

static bool
is_its_turn (const Session *session, const Request *request)
{
  return session->calls > request->after
         && (request->worker < 0 || request->worker == session->worker)
         && (request->user < 0 || request->user == session->user);
}

/* A good request; sleeps in steps so that cancel () is heard. */
static bool
behave (Session *session, const Request *request, ThrumReply *reply)
{
  const int64_t step = 1000000;

  for (int64_t left = request->delay_ns; left > 0; left -= step)
    {
      sleep_ns (left < step ? left : step);
      if (__atomic_load_n (&session->cancelled, __ATOMIC_ACQUIRE))
        {
          reply->failure = THRUM_FAILURE_CANCELLED;
          return true;
        }
    }
  reply->status = 200;
  return true;
}

static bool
session_run (void *data, void *request_data, const ThrumCall *call, ThrumReply *reply,
             GError **error)
{
  Session *session = data;
  const Request *request = request_data;

  __atomic_store_n (&session->cancelled, 0, __ATOMIC_RELEASE);
  session->calls++;
  if (!is_its_turn (session, request) || request->action == NOTHING)
    return behave (session, request, reply);
  if (request->action == LIE)
    {
      reply->status = -7;
      reply->failure = 4711;
      reply->resolved_ns = -1;
      reply->connected_ns = INT64_MAX;
      reply->first_byte_ns = INT64_MIN;
      reply->done_ns = INT64_MAX;
      reply->resent = reply->redirects = UINT32_MAX;
      return true;
    }
  if (!misbehave (request->action, session->target->host, &session->cancelled, error))
    return false;
  return behave (session, request, reply);
}

static void
session_cancel (void *data)
{
  Session *session = data;

  __atomic_store_n (&session->cancelled, 1, __ATOMIC_RELEASE);
}

static void
session_close (void *data)
{
  const int cancelled = 1;
  Session *session = data;

  (void)misbehave (session->target->at_close, session->target->host, &cancelled, NULL);
  free (session);
}

static const ThrumSessionOps session_ops = {
  .open = session_open,
  .run = session_run,
  .cancel = session_cancel,
  .close = session_close,
};

THRUM_EXPORT const ThrumPlugin thrum_plugin_misbehave = {
  THRUM_PLUGIN_HEAD,
  .name = "misbehave",
  .version = "1",
  .summary = "crashes, hangs and lies, for tests",
  .target_options = target_options,
  .n_target_options = N_TARGET_OPTIONS,
  .request_options = request_options,
  .n_request_options = N_REQUEST_OPTIONS,
  .target_new = target_new,
  .target_free = free,
  .request_new = request_new,
  .request_free = free,
  .session = &session_ops,
};
