/* SPDX-License-Identifier: MIT */
#pragma once

#include "thrum/plugin.h"

/* The options that every plugin for HTTP has, whatever carries its bytes: one table, so that `http`
 * and `http1` can't drift apart. A plugin puts these rows first in its own tables and counts its
 * own options on from the last:
 *
 *   enum { CONNECTION = HTTP_N_TARGET_OPTIONS, ..., N_TARGET_OPTIONS };
 *   static const ThrumOption target_options[] = { HTTP_TARGET_OPTIONS, [CONNECTION] = { ... } };
 */

enum { HTTP_URL, HTTP_USER, HTTP_PASSWORD, HTTP_USER_AGENT, HTTP_N_TARGET_OPTIONS };

#define HTTP_TARGET_OPTIONS                                                                        \
  [HTTP_URL] = { .key = "url",                                                                     \
                 .type = THRUM_OPTION_STRING,                                                      \
                 .flags = THRUM_OPTION_REQUIRED | THRUM_OPTION_URL,                                \
                 .help = "http[s]://HOST[:PORT][/PATH][?QUERY]; path and query are those of "      \
                         "requests that give no path" },                                           \
  [HTTP_USER] = { .key = "user",                                                                   \
                  .type = THRUM_OPTION_STRING,                                                     \
                  .help = "name for basic authentication, sent with every request" },              \
  [HTTP_PASSWORD] = { .key = "password",                                                           \
                      .type = THRUM_OPTION_STRING,                                                 \
                      .flags = THRUM_OPTION_SECRET,                                                \
                      .help = "password for basic authentication" },                               \
  [HTTP_USER_AGENT] = { .key = "user-agent",                                                       \
                        .type = THRUM_OPTION_STRING,                                               \
                        .fallback = "thrum",                                                       \
                        .help = "the User-Agent header; empty: none is sent" }

enum { HTTP_METHOD, HTTP_PATH, HTTP_HEADERS, HTTP_BODY, HTTP_BODY_FILE, HTTP_N_REQUEST_OPTIONS };

#define HTTP_REQUEST_OPTIONS                                                                       \
  [HTTP_METHOD] = { .key = "method",                                                               \
                    .type = THRUM_OPTION_STRING,                                                   \
                    .help = "the method; GET if not given, with a body POST" },                    \
  [HTTP_PATH] = { .key = "path",                                                                   \
                  .type = THRUM_OPTION_STRING,                                                     \
                  .flags = THRUM_OPTION_TEMPLATE | THRUM_OPTION_URL,                               \
                  .help = "path and query, percent-encoded, sent as written; that of the "         \
                          "target's url if not given" },                                           \
  [HTTP_HEADERS] = { .key = "headers",                                                             \
                     .type = THRUM_OPTION_LIST,                                                    \
                     .flags = THRUM_OPTION_TEMPLATE | THRUM_OPTION_HEADERS,                        \
                     .help = "NAME: VALUE; NAME: VALUE; ... of the request; Host, User-Agent and " \
                             "Authorization replace thrum's own" },                                \
  [HTTP_BODY] = { .key = "body",                                                                   \
                  .type = THRUM_OPTION_STRING,                                                     \
                  .flags = THRUM_OPTION_TEMPLATE,                                                  \
                  .help = "the request's body, as written" },                                      \
  [HTTP_BODY_FILE] = { .key = "body-file",                                                         \
                       .type = THRUM_OPTION_STRING,                                                \
                       .flags = THRUM_OPTION_PATH,                                                 \
                       .help = "a file that holds the request's body; excludes body" }
