/* SPDX-License-Identifier: MIT
 *
 * What the server counted, and how /stats says it. Each loop writes its own counters; whoever asks
 * adds them up. Refuses to know when something is to be counted.
 */
#include "server/statistics.h"

#include <string.h>

static const char *const methods[THRUM_N_METHODS] = {
  "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other",
};

ThrumMethod
thrum_method_of (ThrumSlice method)
{
  for (guint i = 0; i < THRUM_METHOD_OTHER; i++)
    if (strlen (methods[i]) == method.length
        && memcmp (methods[i], method.bytes, method.length) == 0)
      return i;
  return THRUM_METHOD_OTHER;
}

void
thrum_statistics_merge (ThrumStatistics *to, const ThrumStatistics *from)
{
  guint64 *sum = (guint64 *)to;
  const guint64 *part = (const guint64 *)from;

  G_STATIC_ASSERT (sizeof (ThrumStatistics) % sizeof (guint64) == 0);
  for (gsize i = 0; i < sizeof (ThrumStatistics) / sizeof (guint64); i++)
    sum[i] += __atomic_load_n (&part[i], __ATOMIC_RELAXED);
}

static void
add_number (GString *json, const char *key, guint64 value)
{
  g_string_append_printf (json, "%s\"%s\": %" G_GUINT64_FORMAT,
                          json->str[json->len - 1] == '{' ? "" : ", ", key, value);
}

static void
begin_object (GString *json, const char *key)
{
  g_string_append_printf (json, ", \"%s\": {", key);
}

char *
thrum_statistics_to_json (const ThrumStatistics *s)
{
  GString *json = g_string_new ("{");
  char status[16];

  add_number (json, "requests", s->requests);
  add_number (json, "answered", s->answered);
  add_number (json, "resets", s->resets);
  add_number (json, "hangs", s->hangs);
  add_number (json, "abandoned", s->abandoned);
  add_number (json, "pending", s->requests - s->answered - s->resets - s->hangs - s->abandoned);
  add_number (json, "rejected", s->rejected);
  begin_object (json, "by_kind");
  for (guint i = 0; i < THRUM_N_ROUTES; i++)
    if (s->by_kind[i] > 0)
      add_number (json, thrum_route_name (i), s->by_kind[i]);
  g_string_append_c (json, '}');
  begin_object (json, "by_method");
  for (guint i = 0; i < THRUM_N_METHODS; i++)
    if (s->by_method[i] > 0)
      add_number (json, methods[i], s->by_method[i]);
  g_string_append_c (json, '}');
  begin_object (json, "by_status");
  for (guint i = 0; i < G_N_ELEMENTS (s->by_status); i++)
    if (s->by_status[i] > 0)
      {
        g_snprintf (status, sizeof status, "%u", i);
        add_number (json, status, s->by_status[i]);
      }
  g_string_append_c (json, '}');
  add_number (json, "request_bytes", s->request_bytes);
  add_number (json, "reply_bytes", s->reply_bytes);
  add_number (json, "body_bytes", s->body_bytes);
  add_number (json, "cookies_set", s->cookies_set);
  add_number (json, "cookies_returned", s->cookies_returned);
  add_number (json, "connections", s->connections);
  add_number (json, "open_connections", s->connections - s->closed_connections);
  add_number (json, "accept_failures", s->accept_failures);
  add_number (json, "unstamped", s->unstamped);
  add_number (json, "out_of_order", s->out_of_order);
  g_string_append (json, "}\n");
  return g_string_free (json, FALSE);
}
