/* SPDX-License-Identifier: MIT
 *
 * Stands in for the session engine in the plugins' tests; see driver.h.
 */
#include "driver.h"

#include "base/clock.h"
#include "record/record.h"

#include <string.h>

/* Sets @values from lines "key = value". */
static gboolean
set_values (ThrumValues *values, const ThrumOptionTable *table, const gchar *options,
            GError **error)
{
  g_auto (GStrv) lines = g_strsplit (options != NULL ? options : "", "\n", -1);

  thrum_values_init (values, table);
  for (gsize i = 0; lines[i] != NULL; i++)
    {
      gchar *value = strchr (lines[i], '=');
      gint index;

      if (value == NULL)
        {
          g_assert_cmpstr (g_strstrip (lines[i]), ==, "");
          continue;
        }
      *value++ = '\0';
      index = thrum_option_table_find (table, g_strstrip (lines[i]));
      if (index < 0)
        g_error ("no option '%s'", lines[i]);
      if (!thrum_values_set (values, table, (guint)index, g_strchug (value), error))
        {
          thrum_values_clear (values);
          return FALSE;
        }
    }
  return TRUE;
}

/* The plugin's own word when it hands back NULL or false without saying why is a broken contract. */
static void
assert_error (gboolean failed, GError **error)
{
  if (failed)
    g_assert_true (error == NULL || *error != NULL);
  else
    g_assert_true (error == NULL || *error == NULL);
}

static void
request_free (gpointer data)
{
  DriverRequest *request = data;

  request->driver->plugin->request_free (request->request);
  thrum_values_clear (&request->values);
  g_free (request);
}

static void
session_free (gpointer data)
{
  DriverSession *session = data;

  session->driver->plugin->session->close (session->session);
  g_free (session);
}

Driver *
driver_try_new (const gchar *plugin, const gchar *options, GError **error)
{
  g_autoptr (GError) load_error = NULL;
  const ThrumPluginModule *module = thrum_plugin_load (plugin, NULL, &load_error);
  Driver *driver = g_new0 (Driver, 1);
  ThrumOptionTable table;

  g_assert_no_error (load_error);
  g_assert_nonnull (module->descriptor->session);
  driver->plugin = module->descriptor;
  table = thrum_option_table_of_target (driver->plugin);
  if (!set_values (&driver->values, &table, options, error))
    {
      g_free (driver);
      return NULL;
    }
  driver->target = driver->plugin->target_new (thrum_plugin_host (), &driver->values, NULL, error);
  assert_error (driver->target == NULL, error);
  if (driver->target == NULL)
    {
      thrum_values_clear (&driver->values);
      g_free (driver);
      return NULL;
    }
  driver->requests = g_ptr_array_new_with_free_func (request_free);
  driver->sessions = g_ptr_array_new_with_free_func (session_free);
  return driver;
}

Driver *
driver_new (const gchar *plugin, const gchar *options)
{
  g_autoptr (GError) error = NULL;
  Driver *driver = driver_try_new (plugin, options, &error);

  g_assert_no_error (error);
  return driver;
}

void
driver_free (Driver *driver)
{
  g_ptr_array_unref (driver->sessions);
  g_ptr_array_unref (driver->requests);
  driver->plugin->target_free (driver->target);
  thrum_values_clear (&driver->values);
  g_free (driver);
}

DriverRequest *
driver_request_try_new (Driver *driver, const gchar *options, GError **error)
{
  const ThrumOptionTable table = thrum_option_table_of_request (driver->plugin);
  DriverRequest *request = g_new0 (DriverRequest, 1);

  request->driver = driver;
  if (!set_values (&request->values, &table, options, error))
    {
      g_free (request);
      return NULL;
    }
  request->request =
      driver->plugin->request_new (thrum_plugin_host (), driver->target, &request->values, error);
  assert_error (request->request == NULL, error);
  if (request->request == NULL)
    {
      thrum_values_clear (&request->values);
      g_free (request);
      return NULL;
    }
  g_ptr_array_add (driver->requests, request);
  return request;
}

DriverRequest *
driver_request_new (Driver *driver, const gchar *options)
{
  g_autoptr (GError) error = NULL;
  DriverRequest *request = driver_request_try_new (driver, options, &error);

  g_assert_no_error (error);
  return request;
}

DriverSession *
driver_session_new (Driver *driver, guint64 user)
{
  const ThrumUser who = { .size = sizeof who, .number = user, .seed = 1 + user };
  g_autoptr (GError) error = NULL;
  DriverSession *session = g_new0 (DriverSession, 1);

  session->driver = driver;
  session->session = driver->plugin->session->open (driver->target, &who, &error);
  g_assert_no_error (error);
  g_assert_nonnull (session->session);
  g_ptr_array_add (driver->sessions, session);
  return session;
}

/* @instant is 0, or lies within [@from, @to]; the next one may not lie before it. */
static gint64
assert_instant (gint64 instant, gint64 from, gint64 to)
{
  if (instant == 0)
    return from;
  g_assert_cmpint (instant, >=, from);
  g_assert_cmpint (instant, <=, to);
  return instant;
}

ThrumReply
driver_run (DriverSession *session, DriverRequest *request, gboolean wants_payload,
            const ThrumValues *expanded)
{
  const gint64 start = thrum_clock_now ();
  const ThrumCall call = { .size = sizeof call,
                           .wants_payload = wants_payload != FALSE,
                           .id = session->calls++,
                           .deadline_ns = start + 60 * G_GINT64_CONSTANT (1000000000),
                           .values = expanded };
  ThrumReply reply = { .size = sizeof reply };
  g_autoptr (GError) error = NULL;
  gint64 end, last;

  g_assert_true (session->driver->plugin->session->run (session->session, request->request, &call,
                                                        &reply, &error));
  end = thrum_clock_now ();
  g_assert_no_error (error);
  g_assert_cmpuint (reply.failure, <, THRUM_N_FAILURES);
  last = assert_instant (reply.resolved_ns, start, end);
  last = assert_instant (reply.connected_ns, last, end);
  last = assert_instant (reply.secured_ns, last, end);
  last = assert_instant (reply.first_byte_ns, last, end);
  assert_instant (reply.done_ns, last, end);
  return reply;
}

typedef struct {
  DriverSession *session;
  guint after_ms;
  gint is_over; /* atomic */
} Canceller;

static gpointer
cancel_repeatedly (gpointer data)
{
  Canceller *canceller = data;

  g_usleep (canceller->after_ms * 1000);
  while (!g_atomic_int_get (&canceller->is_over))
    {
      canceller->session->driver->plugin->session->cancel (canceller->session->session);
      g_usleep (2000);
    }
  return NULL;
}

ThrumReply
driver_run_cancelled (DriverSession *session, DriverRequest *request, guint after_ms)
{
  Canceller canceller = { .session = session, .after_ms = after_ms };
  GThread *thread = g_thread_new ("canceller", cancel_repeatedly, &canceller);
  const ThrumReply reply = driver_run (session, request, FALSE, NULL);

  g_atomic_int_set (&canceller.is_over, 1);
  g_thread_join (thread);
  return reply;
}

void
driver_assert_failure (const ThrumReply *reply, const gchar *failure)
{
  g_assert_cmpstr (thrum_failure_token (reply->failure), ==, failure);
}
