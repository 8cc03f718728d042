/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

#include "plugin/loader.h"
#include "plugin/values.h"

G_BEGIN_DECLS

/* Drives a session plugin as the engine does, without processes, schedules or rows: a plugin's
 * tests see each reply as the plugin gave it. One thread, but for driver_cancel (). Options are
 * lines "key = value", as in an INI file. */
typedef struct {
  const ThrumPlugin *plugin;
  ThrumValues values;
  gpointer target;
  GPtrArray *requests, *sessions; /* freed with it, in the right order */
} Driver;

/* NULL with @error set: the options don't fit, or the plugin says so. A plugin that does not load
 * ends the test. */
Driver *driver_try_new (const gchar *plugin, const gchar *options, GError **error);
Driver *driver_new (const gchar *plugin, const gchar *options); /* must succeed */
void driver_free (Driver *driver);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Driver, driver_free)

typedef struct {
  Driver *driver;
  ThrumValues values;
  gpointer request;
} DriverRequest;

DriverRequest *driver_request_try_new (Driver *driver, const gchar *options, GError **error);
DriverRequest *driver_request_new (Driver *driver, const gchar *options); /* must succeed */

typedef struct {
  Driver *driver;
  gpointer session;
  guint64 calls;
} DriverSession;

DriverSession *driver_session_new (Driver *driver, guint64 user);

/* One call. @expanded (nullable) are the call's own values. Its payload, if wanted, is valid until
 * the next call. Checks what holds of every reply: known failure, instants in order. */
ThrumReply driver_run (DriverSession *session, DriverRequest *request, gboolean wants_payload,
                       const ThrumValues *expanded);

/* As driver_run (), but another thread cancels after @after_ms, again and again as the core does. */
ThrumReply driver_run_cancelled (DriverSession *session, DriverRequest *request, guint after_ms);

/* g_assert that @reply failed as the token @failure ("" for success) says. */
void driver_assert_failure (const ThrumReply *reply, const gchar *failure);

G_END_DECLS
