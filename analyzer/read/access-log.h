/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/read/csv.h"

G_BEGIN_DECLS

#define THRUM_ACCESS_MAX_WORDS 40

/* The layout of a line of an access log: HAProxy's `option httplog`, Envoy's default format, or any
 * other with a status and bytes after the request. */
typedef enum { THRUM_ACCESS_COMMON, THRUM_ACCESS_HAPROXY, THRUM_ACCESS_ENVOY } ThrumAccessServer;

/* A line, taken apart. Its words point into the line. */
typedef struct {
  ThrumAccessServer server;
  gint64 stamp;                                /* ns since 1970 */
  ThrumCsvField words[THRUM_ACCESS_MAX_WORDS]; /* after the time, without quotes and brackets */
  guint n_words;
  guint request; /* the index of the word that is the request; mostly the status follows it */
} ThrumAccessLog;

/* Takes the line [@line, @stop) apart. Returns FALSE if it has no time, or no request in quotes.
 * Any thread. */
gboolean thrum_access_log_take (const char *line, const char *stop, ThrumAccessLog *log);

/* Takes HAProxy's TR/Tw/Tc/Tr/Ta into @timers, which has room for six. Returns FALSE if there are
 * not five. */
gboolean thrum_access_log_take_timers (const ThrumAccessLog *log, ThrumCsvField *timers);

/* Returns the index of the word that is the duration in Envoy's format. Status and flags (newer
 * formats have more of them) come first, then bytes received, bytes sent and duration. 0 if they
 * are not there. */
guint thrum_access_log_find_duration (const ThrumAccessLog *log);

G_END_DECLS
