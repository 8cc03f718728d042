/* SPDX-License-Identifier: MIT
 *
 * A request's way through the server: what becomes of it, when its reply is due, where it is counted
 * and logged. Refuses to know sockets and the order of replies on a connection. Runs in its loop's
 * thread.
 */
#include "server/exchange.h"

#include <string.h>

/* The largest body that /echo sends back. */
#define MAX_ECHO_BYTES (1 << 20)

ThrumExchange *
thrum_exchange_new (ThrumServerLoop *loop)
{
  ThrumExchange *exchange = loop->spare;

  if (exchange == NULL)
    return g_new0 (ThrumExchange, 1);
  loop->spare = exchange->next;
  memset (exchange, 0, sizeof *exchange);
  return exchange;
}

void
thrum_exchange_free (ThrumServerLoop *loop, ThrumExchange *exchange)
{
  thrum_server_reply_clear (&exchange->reply);
  exchange->next = loop->spare;
  loop->spare = exchange;
}

/* Whether the options' fates may meet a request, or its path has its own. */
static gboolean
takes_its_chances (ThrumRouteKind kind)
{
  return kind != THRUM_ROUTE_STATUS && kind != THRUM_ROUTE_TRUNCATED && kind != THRUM_ROUTE_GARBAGE
         && kind != THRUM_ROUTE_RESET && kind != THRUM_ROUTE_HANG;
}

/* Draws what the options leave to chance. */
static void
decide (ThrumServerLoop *loop, ThrumExchange *exchange, const ThrumRoute *route)
{
  const ThrumBehaviour *behaviour = &loop->context->behaviour;
  guint64 number = loop->n_drawn++;

  exchange->service_ns = route->delay_ns >= 0
                             ? route->delay_ns
                             : thrum_behaviour_service (behaviour, loop->stream, number);
  if (route->kind == THRUM_ROUTE_RESET)
    exchange->fate = THRUM_FATE_RESET;
  else if (route->kind == THRUM_ROUTE_HANG)
    exchange->fate = THRUM_FATE_HANG;
  else if (takes_its_chances (route->kind) && route->status == 0)
    exchange->fate = thrum_behaviour_fate (behaviour, loop->stream, number);
}

ThrumExchange *
thrum_exchange_begin (ThrumServerLoop *loop, const ThrumRequestHead *head, gboolean closes)
{
  const ThrumServerContext *context = loop->context;
  ThrumExchange *exchange = thrum_exchange_new (loop);
  g_autoptr (GError) error = NULL;
  guint64 visitor;
  ThrumRoute route;

  if (!thrum_route_parse (head, &route, &error))
    {
      exchange->method = thrum_method_of (head->method);
      thrum_server_reply_begin_refusal (&exchange->reply, head, 400, error->message, closes);
      return exchange;
    }
  exchange->kind = route.kind;
  exchange->method = thrum_method_of (head->method);
  exchange->has_number = route.has_number;
  exchange->number = route.number;
  exchange->pause_ns = route.pause_ns;
  exchange->is_uncounted = route.kind == THRUM_ROUTE_STATS;
  if (!exchange->is_uncounted)
    decide (loop, exchange, &route);
  visitor = (guint64)loop->stream << 40 | (loop->n_cookies + 1);
  thrum_server_reply_begin (
      &exchange->reply, &context->style, head, &route,
      exchange->fate == THRUM_FATE_ERROR ? context->behaviour.error_status : 0, closes, visitor);
  if (exchange->reply.cookie == THRUM_COOKIE_SET)
    loop->n_cookies++;
  return exchange;
}

gboolean
thrum_exchange_add_body (ThrumExchange *exchange, ThrumSlice body)
{
  GString *echo = exchange->reply.body;

  if (exchange->kind != THRUM_ROUTE_ECHO || echo == NULL)
    return TRUE;
  if (echo->len + body.length > MAX_ECHO_BYTES)
    return FALSE;
  g_string_append_len (echo, body.bytes, body.length);
  return TRUE;
}

static void
log_end (ThrumServerLoop *loop, const ThrumExchange *exchange, guint status)
{
  ThrumServerLogRow row = { .receive_ns = exchange->receive_ns,
                            .due_ns = exchange->due_ns,
                            .send_ns = exchange->send_ns,
                            .service_ns = exchange->service_ns,
                            .number = exchange->number,
                            .status = status,
                            .has_number = exchange->has_number };
  thrum_server_log_lane_add (&loop->lane, &row);
}

static void
count_receipt (ThrumServerLoop *loop, const ThrumExchange *exchange, guint64 bytes)
{
  ThrumStatistics *statistics = &loop->statistics;

  thrum_statistics_add (&statistics->requests, 1);
  thrum_statistics_add (&statistics->by_kind[exchange->kind], 1);
  thrum_statistics_add (&statistics->by_method[exchange->method], 1);
  thrum_statistics_add (&statistics->request_bytes, bytes);
  if (exchange->reply.cookie == THRUM_COOKIE_SET)
    thrum_statistics_add (&statistics->cookies_set, 1);
  else if (exchange->reply.cookie == THRUM_COOKIE_RETURNED)
    thrum_statistics_add (&statistics->cookies_returned, 1);
}

void
thrum_exchange_receive (ThrumServerLoop *loop, ThrumExchange *exchange, gint64 receive_ns,
                        guint64 bytes)
{
  const ThrumBehaviour *behaviour = &loop->context->behaviour;

  exchange->receive_ns = exchange->due_ns = exchange->next_ns = receive_ns;
  if (exchange->kind == THRUM_ROUTE_STATS)
    {
      g_autofree char *json = loop->context->statistics (loop->context->server);
      thrum_server_reply_set_body (&exchange->reply, "application/json", json, strlen (json));
    }
  thrum_server_reply_finish (&exchange->reply);
  if (exchange->is_uncounted)
    return;
  count_receipt (loop, exchange, bytes);
  if (exchange->fate == THRUM_FATE_HANG)
    {
      exchange->due_ns = 0;
      exchange->next_ns = THRUM_NEVER_DUE;
      thrum_statistics_add (&loop->statistics.hangs, 1);
      log_end (loop, exchange, 0);
    }
  else if (behaviour->is_fifo)
    {
      exchange->next_ns = THRUM_NEVER_DUE;
      exchange->is_arriving = TRUE;
      g_ptr_array_add (loop->arrivals, exchange);
    }
  else
    exchange->due_ns = exchange->next_ns =
        thrum_behaviour_due (behaviour, NULL, receive_ns, exchange->service_ns);
}

static gint
compare_receipt (gconstpointer a, gconstpointer b)
{
  const ThrumExchange *first = *(ThrumExchange *const *)a, *second = *(ThrumExchange *const *)b;

  return (first->receive_ns > second->receive_ns) - (first->receive_ns < second->receive_ns);
}

void
thrum_exchange_order_arrivals (ThrumServerLoop *loop)
{
  /* A merge sort, hence stable: requests that share a stamp keep their order. */
  g_ptr_array_sort (loop->arrivals, compare_receipt);
  for (guint i = 0; i < loop->arrivals->len; i++)
    {
      ThrumExchange *exchange = g_ptr_array_index (loop->arrivals, i);

      if (exchange->receive_ns < loop->latest_ns)
        thrum_statistics_add (&loop->statistics.out_of_order, 1);
      loop->latest_ns = MAX (loop->latest_ns, exchange->receive_ns);
      exchange->is_arriving = FALSE;
      exchange->due_ns = exchange->next_ns = thrum_behaviour_due (
          &loop->context->behaviour, &loop->free_at_ns, exchange->receive_ns, exchange->service_ns);
      if (exchange->connection != NULL)
        g_ptr_array_add (loop->ready, exchange->connection);
      else
        thrum_exchange_end (loop, exchange, THRUM_END_ABANDONED);
    }
  g_ptr_array_set_size (loop->arrivals, 0);
}

void
thrum_exchange_end (ThrumServerLoop *loop, ThrumExchange *exchange, ThrumEnd end)
{
  ThrumStatistics *statistics = &loop->statistics;

  if (!exchange->is_uncounted && exchange->fate != THRUM_FATE_HANG)
    {
      log_end (loop, exchange, end == THRUM_END_ANSWERED ? exchange->reply.status : 0);
      if (end == THRUM_END_ANSWERED)
        {
          thrum_statistics_add (&statistics->answered, 1);
          thrum_statistics_add (&statistics->by_status[exchange->reply.status], 1);
          thrum_statistics_add (&statistics->reply_bytes, exchange->reply.total_bytes);
          thrum_statistics_add (&statistics->body_bytes, exchange->reply.body_bytes);
        }
      else
        thrum_statistics_add (end == THRUM_END_RESET ? &statistics->resets : &statistics->abandoned,
                              1);
    }
  thrum_exchange_free (loop, exchange);
}
