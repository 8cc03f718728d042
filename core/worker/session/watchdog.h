/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "thrum/plugin.h"

G_BEGIN_DECLS

/* Ends blocking calls at their deadlines, from a thread of its own. A lane that arms its guard for a
 * call pays an atomic store and no system call, unless its deadline is sooner than every other. */
typedef struct _ThrumWatchdog ThrumWatchdog;

/* @n_guards guards, numbered from 0; starts the thread. NULL with @error set: no thread. */
ThrumWatchdog *thrum_watchdog_new (guint n_guards, GError **error);

/* Ends the thread; no guard may be armed. */
void thrum_watchdog_free (ThrumWatchdog *watchdog);

/* From now on cancels @session at @deadline (ns), again every 2 ms until disarmed. The guard's own
 * thread. */
void thrum_watchdog_arm (ThrumWatchdog *watchdog, guint guard, const ThrumSessionOps *ops,
                         void *session, gint64 deadline);

/* No cancel runs any more when this returns. The guard's own thread. */
void thrum_watchdog_disarm (ThrumWatchdog *watchdog, guint guard);

/* Cancels every call that is or will be armed. Any thread. */
void thrum_watchdog_cancel_all (ThrumWatchdog *watchdog);

G_END_DECLS
