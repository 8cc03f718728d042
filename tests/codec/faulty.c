/* SPDX-License-Identifier: MIT
 *
 * A codec of one-line replies that breaks one rule of <thrum/plugin.h>, chosen by its option
 * `fault`: what the conformance kit must find. A plugin for tests, not installed.
 */
#include <stdlib.h>
#include <unistd.h>

#include "thrum/plugin.h"

typedef enum {
  FAULT_NONE,
  FAULT_CRASH,    /* on a byte that no good reply has */
  FAULT_HANG,     /* likewise */
  FAULT_OVEREAT,  /* consumes more than it was given */
  FAULT_OVERREAD, /* keeps a pointer into the bytes of an earlier slice */
  FAULT_SPLIT,    /* takes what it is given for whole */
  FAULT_TWICE,    /* says a reply twice */
  FAULT_STATUS,   /* a good reply without a status */
  FAULT_FULL,     /* takes one call in all */
  FAULT_SILENT,   /* never says a reply */
  FAULT_ENDLESS,  /* events without end */
  FAULT_LEAK,     /* does not free a connection */
  FAULT_LEAK_TARGET,
  FAULT_NO_REASON, /* refuses without an error */
  FAULT_UNASKED,   /* passes over what answers no call */
  FAULT_BROKEN,    /* breaks off without saying why */
  FAULT_END,       /* asks for more after the end, for ever */
  N_FAULTS
} Fault;

static const char *const faults[N_FAULTS] = {
  "none",   "crash",   "hang", "overeat",     "overread",  "split",   "twice",  "status", "full",
  "silent", "endless", "leak", "leak-target", "no-reason", "unasked", "broken", "end"
};

static const ThrumOption target_options[] = {
  { .key = "fault",
    .type = THRUM_OPTION_STRING, /* no ENUM: its choices would all be tried */
    .help = "what it does wrong; nothing, if it is none of the faults" },
};

typedef struct {
  const ThrumHost *host;
  Fault fault;
} Target;

typedef struct {
  const Target *target;
  uint64_t id;
  unsigned n_calls;
  bool is_open, said;
  const uint8_t *kept;
} Conn;

static void *
target_new (const ThrumHost *host, const ThrumValues *values, ThrumEndpoint *endpoint,
            GError **error)
{
  const char *name = thrum_value (values, 0)->string;
  Fault fault = N_FAULTS;
  Target *target;

  do
    fault--;
  while (fault > FAULT_NONE && (name == NULL || strcmp (faults[fault], name) != 0));

  if (fault == FAULT_NO_REASON)
    return NULL;
  target = malloc (sizeof *target);
  target->host = host;
  target->fault = fault;
  return target;
}

static void
target_free (void *data)
{
  Target *target = data;

  if (target->fault != FAULT_LEAK_TARGET)
    free (target);
}

static void *
request_new (const ThrumHost *host, void *target, const ThrumValues *values, GError **error)
{
  return malloc (1);
}

static void *
conn_open (void *target, const ThrumConnInfo *info, ThrumOut *out, GError **error)
{
  Conn *conn = calloc (1, sizeof *conn);

  conn->target = target;
  return conn;
}

static void
conn_close (void *data, ThrumOut *out)
{
  Conn *conn = data;

  if (conn->target->fault != FAULT_LEAK)
    free (conn);
}

static ThrumEncode
encode (void *data, void *request, const ThrumCall *call, ThrumOut *out, GError **error)
{
  Conn *conn = data;

  if (conn->is_open || (conn->target->fault == FAULT_FULL && conn->n_calls > 0))
    return THRUM_ENCODE_FULL;
  conn->n_calls++;
  conn->is_open = true;
  conn->id = call->id;
  return thrum_out_append (out, "ask\n", 4) ? THRUM_ENCODE_SENT : THRUM_ENCODE_ERROR;
}

/* The faults that need no whole line. Whether it was one of them. */
static bool
go_wrong (Conn *conn, const uint8_t *bytes, size_t n_bytes, ThrumCause cause, size_t *consumed,
          ThrumEvent *event)
{
  Fault fault = conn->target->fault;
  bool is_odd = false;

  for (size_t i = 0; i < n_bytes; i++)
    is_odd |= bytes[i] >= 0x80;
  switch (fault)
    {
    case FAULT_CRASH:
      if (is_odd)
        abort ();
      return false;
    case FAULT_HANG:
      while (is_odd)
        pause ();
      return false;
    case FAULT_OVEREAT:
      *consumed = n_bytes + 1;
      return n_bytes > 0;
    case FAULT_SILENT:
      *consumed = n_bytes;
      return true;
    case FAULT_ENDLESS:
    case FAULT_END:
      if (fault == FAULT_ENDLESS ? n_bytes == 0 : cause != THRUM_CAUSE_END)
        return false;
      event->type = THRUM_EVENT_LIMIT;
      event->limit = 1;
      return true;
    case FAULT_BROKEN:
      if (n_bytes > 0)
        event->type = THRUM_EVENT_BROKEN;
      return n_bytes > 0;
    default:
      return false;
    }
}

static void
decode (void *data, const uint8_t *bytes, size_t n_bytes, ThrumCause cause, size_t *consumed,
        ThrumOut *out, ThrumEvent *event)
{
  Conn *conn = data;
  Fault fault = conn->target->fault;
  const uint8_t *end;

  *consumed = 0;
  if (go_wrong (conn, bytes, n_bytes, cause, consumed, event))
    return;
  if (conn->said && fault == FAULT_TWICE)
    {
      event->type = THRUM_EVENT_REPLY;
      event->id = conn->id;
      event->status = 200;
      conn->said = false;
      return;
    }
  if (n_bytes == 0)
    return;
  if (!conn->is_open)
    {
      *consumed = fault == FAULT_UNASKED ? n_bytes : 0;
      event->type = fault == FAULT_UNASKED ? THRUM_EVENT_MORE : THRUM_EVENT_BROKEN;
      event->failure = THRUM_FAILURE_PROTOCOL;
      return;
    }
  if (fault == FAULT_OVERREAD && conn->kept == NULL)
    conn->kept = bytes;
  end = fault == FAULT_SPLIT ? bytes + n_bytes - 1 : memchr (bytes, '\n', n_bytes);
  if (end == NULL)
    return;
  *consumed = (size_t)(end + 1 - bytes);
  event->type = THRUM_EVENT_REPLY;
  event->id = conn->id;
  event->status = fault == FAULT_STATUS ? 0 : fault == FAULT_OVERREAD ? *conn->kept + 1 : 200;
  conn->kept = NULL;
  conn->is_open = false;
  conn->said = true;
}

static const ThrumCodecOps codec = {
  .open = conn_open,
  .encode = encode,
  .decode = decode,
  .close = conn_close,
};

THRUM_EXPORT const ThrumPlugin thrum_plugin_faulty = {
  THRUM_PLUGIN_HEAD,
  .name = "faulty",
  .version = "1",
  .summary = "wrong on purpose, for tests",
  .target_options = target_options,
  .n_target_options = 1,
  .target_new = target_new,
  .target_free = target_free,
  .request_new = request_new,
  .request_free = free,
  .codec = &codec,
};
