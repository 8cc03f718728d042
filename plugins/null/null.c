/* SPDX-License-Identifier: MIT
 *
 * Defines the `null` session plugin: a service that is not there. It answers at once, or after a
 * fixed delay, and touches no network, so a run of it measures thrum itself. It knows no schedule,
 * and no clock except the host's. run () is on the session's thread; cancel () on any.
 */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "thrum/plugin.h"

enum { DELAY, STATUS, BYTES, FAIL_EVERY, FAIL_AS, N_OPTIONS };

static const char *const fail_choices[] = { "status",   "connect-refused", "reset", "closed-early",
                                            "protocol", "other",           NULL };
static const ThrumFailure fail_values[] = { THRUM_FAILURE_STATUS,   THRUM_FAILURE_CONNECT_REFUSED,
                                            THRUM_FAILURE_RESET,    THRUM_FAILURE_CLOSED_EARLY,
                                            THRUM_FAILURE_PROTOCOL, THRUM_FAILURE_OTHER };

static const ThrumOption request_options[N_OPTIONS] = {
  [DELAY] = { .key = "delay",
              .type = THRUM_OPTION_DURATION,
              .fallback = "0",
              .help = "how long a request takes (a duration); 0: no time at all" },
  [STATUS] = { .key = "status",
               .type = THRUM_OPTION_INT,
               .fallback = "200",
               .minimum = 1,
               .maximum = 999,
               .help = "the status it answers with" },
  [BYTES] = { .key = "bytes",
              .type = THRUM_OPTION_SIZE,
              .fallback = "0",
              .maximum = 64 << 20,
              .help = "how large the reply claims to be (bytes)" },
  [FAIL_EVERY] = { .key = "fail-every",
                   .type = THRUM_OPTION_INT,
                   .fallback = "0",
                   .maximum = 1e9,
                   .help = "each user's Nth, 2Nth, ... request fails; 0: none does" },
  [FAIL_AS] = { .key = "fail-as",
                .type = THRUM_OPTION_ENUM,
                .fallback = "other",
                .choices = fail_choices,
                .help = "how a request fails" },
};

typedef struct {
  int64_t delay_ns;
  int32_t status;
  size_t bytes;
  int64_t fail_every;
  ThrumFailure failure;
  char *payload; /* @bytes of 'x' */
} Request;

typedef struct {
  const ThrumHost *host;
} Target;

typedef struct {
  const ThrumHost *host;
  int64_t calls;
  pthread_mutex_t lock;
  pthread_cond_t wake;
  bool is_cancelled; /* under lock */
} Session;

static void *
target_new (const ThrumHost *host, const ThrumValues *values, ThrumEndpoint *endpoint,
            GError **error)
{
  Target *target = calloc (1, sizeof *target);

  if (target == NULL)
    {
      host->set_error (error, "cannot make the target: out of memory");
      return NULL;
    }
  target->host = host;
  return target;
}

static void *
request_new (const ThrumHost *host, void *target, const ThrumValues *values, GError **error)
{
  Request *request = calloc (1, sizeof *request);
  size_t bytes = (size_t)thrum_value (values, BYTES)->integer;
  char *payload = malloc (bytes + 1);

  if (request == NULL || payload == NULL)
    {
      host->set_error (error, "cannot make a reply of %zu bytes: out of memory", bytes);
      free (request);
      free (payload);
      return NULL;
    }
  request->delay_ns = thrum_value (values, DELAY)->integer;
  request->status = (int32_t)thrum_value (values, STATUS)->integer;
  request->fail_every = thrum_value (values, FAIL_EVERY)->integer;
  request->failure = fail_values[thrum_value (values, FAIL_AS)->integer];
  request->bytes = bytes;
  request->payload = memset (payload, 'x', bytes);
  return request;
}

static void
request_free (void *data)
{
  Request *request = data;

  free (request->payload);
  free (request);
}

static void *
session_open (void *data, const ThrumUser *user, GError **error)
{
  Target *target = data;
  Session *session = calloc (1, sizeof *session);
  pthread_condattr_t attributes;

  if (session == NULL)
    {
      target->host->set_error (error, "cannot open a session: out of memory");
      return NULL;
    }
  session->host = target->host;
  pthread_mutex_init (&session->lock, NULL);
  pthread_condattr_init (&attributes);
  pthread_condattr_setclock (&attributes, CLOCK_MONOTONIC);
  pthread_cond_init (&session->wake, &attributes);
  pthread_condattr_destroy (&attributes);
  return session;
}

/* false: it was cancelled. */
static bool
sleep_until (Session *session, int64_t end)
{
  const struct timespec until = { .tv_sec = end / 1000000000, .tv_nsec = (long)(end % 1000000000) };
  bool is_over = false;

  pthread_mutex_lock (&session->lock);
  session->is_cancelled = false;
  while (!session->is_cancelled && !is_over)
    is_over = pthread_cond_timedwait (&session->wake, &session->lock, &until) != 0;
  pthread_mutex_unlock (&session->lock);
  return is_over;
}

static bool
session_run (void *data, void *request_data, const ThrumCall *call, ThrumReply *reply,
             GError **error)
{
  Session *session = data;
  const Request *request = request_data;

  session->calls++;
  if (request->delay_ns > 0)
    {
      if (!sleep_until (session, session->host->now () + request->delay_ns))
        {
          reply->failure = THRUM_FAILURE_CANCELLED;
          return true;
        }
      reply->first_byte_ns = session->host->now ();
    }
  if (request->fail_every > 0 && session->calls % request->fail_every == 0)
    {
      reply->failure = request->failure;
      if (reply->failure != THRUM_FAILURE_STATUS)
        return true;
    }
  reply->status = request->status;
  reply->received_bytes = request->bytes;
  if (call->wants_payload)
    {
      reply->payload = request->payload;
      reply->payload_bytes = request->bytes;
    }
  return true;
}

static void
session_cancel (void *data)
{
  Session *session = data;

  pthread_mutex_lock (&session->lock);
  session->is_cancelled = true;
  pthread_cond_signal (&session->wake);
  pthread_mutex_unlock (&session->lock);
}

static void
session_close (void *data)
{
  Session *session = data;

  pthread_cond_destroy (&session->wake);
  pthread_mutex_destroy (&session->lock);
  free (session);
}

static const ThrumSessionOps session_ops = {
  .open = session_open,
  .run = session_run,
  .cancel = session_cancel,
  .close = session_close,
};

THRUM_EXPORT const ThrumPlugin thrum_plugin_null = {
  THRUM_PLUGIN_HEAD,
  .name = "null",
  .version = "1",
  .summary = "answers by itself, without a network: measures thrum, tests tests",
  .request_options = request_options,
  .n_request_options = N_OPTIONS,
  .descriptors_per_session = 1,
  .target_new = target_new,
  .target_free = free,
  .request_new = request_new,
  .request_free = request_free,
  .session = &session_ops,
};
