/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "thrum/plugin.h"

G_BEGIN_DECLS

typedef enum {
  THRUM_RECORD_KERNEL_DONE = 1 << 0,      /* done is the kernel's receive stamp, read_ns our read */
  THRUM_RECORD_FIRST_BYTE_UPPER = 1 << 1, /* first_byte is an upper bound (merged segments) */
  THRUM_RECORD_WARM_UP = 1 << 2           /* intended before [load] warm-up: not in the summary */
} ThrumRecordFlags;

/* One request, as a worker's lane gives it to the coordinator. 128 bytes, which is two cache
 * lines. Instants are ns of CLOCK_MONOTONIC, 0 for what did not happen. Two rules always hold:
 * intended <= slot <= sent <= done <= read, and response = slot wait + lag + service:
 *
 *   response     = done - intended     what a user waited
 *   slot wait    = slot - intended     no connection or session was free: the service's doing
 *   lag          = sent - slot         late waking and all else that thrum itself does
 *   service      = done - sent         what the service took
 *   client delay = read - done         thrum's own, after the kernel's stamp
 *
 * slot is max (intended, when the connection or session that took the request became free). No
 * clock is read for it. The time to make a connection counts as service: sent is just before it.
 * Example: a request is intended at 5.000 s, its user is free, and the thread wakes 60 us late.
 * Then slot = 5.000 and sent = 5.00006, so the lag is 60 us. */
typedef struct {
  gint64 intended;
  gint64 slot;
  gint64 sent;
  gint64 first_byte;
  gint64 done;
  gint64 read; /* when the program read the reply's end; equals done without a kernel stamp */
  gint64 resolved;
  gint64 connected;
  gint64 secured;
  guint64 received_bytes;
  guint32 sent_bytes;
  gint32 status;    /* the protocol's code; 0: no reply */
  guint32 user;     /* closed: the user's number; open: the arrival's, truncated */
  guint32 check;    /* THRUM_RECORD_CHECK ^ user, by which a torn record is recognized */
  guint16 request;  /* index into the config's requests */
  guint16 failure;  /* ThrumFailure */
  guint16 flags;    /* ThrumRecordFlags */
  guint8 resent;    /* hidden resends, saturating */
  guint8 redirects; /* redirects followed, saturating */
  guint32 padding[6];
} ThrumRecord;

G_STATIC_ASSERT (sizeof (ThrumRecord) == 128);

#define THRUM_RECORD_CHECK 0x7e57ab1eu

/* Return the token of @failure as results.csv prints it ("" for success), and one line on what
 * it means. "other" for a value beyond the list. Static strings; any thread. */
const char *thrum_failure_token (guint failure);
const char *thrum_failure_help (guint failure);

/* Returns whether @failure means that no connection was made. That is a failure, but not a
 * latency. */
gboolean thrum_failure_is_unconnected (guint failure);

G_END_DECLS
