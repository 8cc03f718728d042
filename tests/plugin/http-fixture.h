/* SPDX-License-Identifier: MIT
 *
 * What the tests of the http plugin share: a server that answers by path and keeps what it was last
 * sent, and one user's session towards it.
 */
#pragma once

#include "driver.h"
#include "server.h"

/* The last request's head and body. */
typedef struct {
  GMutex lock;
  gchar *head, *body;
  gsize body_bytes;
} HttpSeen;

typedef struct {
  HttpSeen seen;
  Server *server;
  Driver *driver;
  DriverSession *session;
} HttpFixture;

/* A target of that server, with @options besides its URL, and a session of user 0. */
void http_fixture_set_up (HttpFixture *fixture, const gchar *options);
void http_fixture_tear_down (HttpFixture *fixture);

/* Does one request of its own options. */
ThrumReply http_fixture_run (HttpFixture *fixture, const gchar *request_options);

/* One test for each of @cases, named by its first member below @path. */
#define ADD_CASES(cases, path, function)                                                           \
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)                                                 \
    {                                                                                              \
      g_autofree gchar *name = g_strconcat (path "/", cases[i].name, NULL);                        \
                                                                                                   \
      g_test_add_data_func (name, &cases[i], function);                                            \
    }
