/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "thrum/plugin.h"

G_BEGIN_DECLS

/* Ends blocking calls at their deadlines, from a thread of its own. A lane that arms its guard
 * for a call pays for one atomic store. It pays for a system call only if its deadline is before
 * all others. */
typedef struct _ThrumWatchdog ThrumWatchdog;

/* Makes @n_guards guards, numbered from 0, and starts the thread. NULL with @error set: the
 * thread could not be made. */
ThrumWatchdog *thrum_watchdog_new (guint n_guards, GError **error);

/* Ends the thread. No guard may be armed. */
void thrum_watchdog_free (ThrumWatchdog *watchdog);

/* Cancels @session at @deadline (ns), and again every 2 ms until disarmed. Called on the guard's
 * own thread. */
void thrum_watchdog_arm (ThrumWatchdog *watchdog, guint guard, const ThrumSessionOps *ops,
                         void *session, gint64 deadline);

/* Disarms the guard. When this returns, no cancel runs any more. Called on the guard's own
 * thread. */
void thrum_watchdog_disarm (ThrumWatchdog *watchdog, guint guard);

/* Cancels every call that is or will be armed. Any thread. */
void thrum_watchdog_cancel_all (ThrumWatchdog *watchdog);

G_END_DECLS
