/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

#include "conformance/codec-replay.h"
#include "plugin/loader.h"

G_BEGIN_DECLS

/* One run of `thrum plugins --check`, in the process that may crash. One thread. */
typedef struct {
  const gchar *plugin;  /* name or path, as given */
  gchar **options;      /* "key=value", as given */
  gchar **own_options;  /* those of them that are the plugin's, not the transport's */
  const gchar *address; /* (nullable): of them: HOST:PORT */
  gchar **reply_files;  /* --replies */
  gchar *doing;         /* shared with the parent, which reads it after a crash */
  guint limit_s;        /* the parent's patience */
  guint n_problems;

  const ThrumPluginModule *module;
  ThrumCodecSubject *subject; /* codec */
  GArray *turns;              /* ThrumReplayTurn: what a server said */
  GArray *client_bytes;       /* gsize: what the client had sent in all before each turn */
} ThrumConformance;

#define THRUM_CHECK_DOING_BYTES 256

/* check-report.c: what is being done, for the parent to tell should this process crash or hang. */
void thrum_check_doing (ThrumConformance *check, const gchar *format, ...) G_GNUC_PRINTF (2, 3);

/* A line of the report: a check that passed, or one that found something. */
void thrum_check_ok (ThrumConformance *check, const gchar *title, const gchar *format, ...)
    G_GNUC_PRINTF (3, 4);
void thrum_check_problem (ThrumConformance *check, const gchar *title, const gchar *format, ...)
    G_GNUC_PRINTF (3, 4);

/* Lines that belong to the last one. */
void thrum_check_detail (const gchar *text);

/* check-tables.c: every option at its bounds and choices; target and request made and freed. */
void thrum_check_tables (ThrumConformance *check);

/* check-exchange.c: fills check->turns from the reply files, or from the server at the address.
 * FALSE: there is nothing to replay; that is told. */
gboolean thrum_check_read_exchange (ThrumConformance *check);

/* check-exchange.c: what a call costs, if the same reply fits many. */
void thrum_check_time (ThrumConformance *check);

/* check-codec.c: all that can be seen without a socket. */
void thrum_check_codec (ThrumConformance *check);

/* check-run.c: a real run against a loopback server that says what was recorded. */
void thrum_check_run (ThrumConformance *check);

G_END_DECLS
