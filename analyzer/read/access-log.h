/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/read/csv.h"

G_BEGIN_DECLS

#define THRUM_ACCESS_MAX_WORDS 40

/* How a line of an access log is laid out: as HAProxy's `option httplog`, as Envoy's default format, or
 * otherwise, with a status and bytes behind the request. */
typedef enum { THRUM_ACCESS_COMMON, THRUM_ACCESS_HAPROXY, THRUM_ACCESS_ENVOY } ThrumAccessServer;

/* A line, taken apart; its words are the line's. */
typedef struct {
  ThrumAccessServer server;
  gint64 stamp;                                /* ns since 1970 */
  ThrumCsvField words[THRUM_ACCESS_MAX_WORDS]; /* behind the time, without quotes and brackets */
  guint n_words;
  guint request; /* the number of the one that is the request; the status follows, mostly */
} ThrumAccessLog;

/* Takes the line [@line, @stop) apart; FALSE if there is no time, or no request in quotes. Any thread. */
gboolean thrum_access_log_take (const char *line, const char *stop, ThrumAccessLog *log);

/* Takes HAProxy's TR/Tw/Tc/Tr/Ta into @timers, which has room for six; FALSE where there are not five. */
gboolean thrum_access_log_take_timers (const ThrumAccessLog *log, ThrumCsvField *timers);

/* The number of the word that is the duration in Envoy's format: behind status and flags, of which newer
 * formats have more, stand bytes received, bytes sent and duration. 0 where they are not. */
guint thrum_access_log_find_duration (const ThrumAccessLog *log);

G_END_DECLS
