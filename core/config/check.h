/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "config/config.h"
#include "config/fields.h"
#include "config/keys.h"

G_BEGIN_DECLS

/* The checks of a document: one function for each kind of section, each in a file of its own.
 * config.c alone calls them. They fill in @config as far as they can and report what is wrong;
 * after a problem the caller drops it all. */

/* What is known of a target or request while the others are being checked. */
typedef struct {
  ThrumSection *section;           /* for a default request: its target's section */
  ThrumFields core;                /* target: `plugin`; request: weight, timeout, ... */
  ThrumFields options;             /* by the plugin's table of targets, or of requests */
  ThrumFields transport;           /* for a codec target; else empty */
  ThrumFields defaults;            /* target: by the plugin's table of requests */
  ThrumFields core_defaults;       /* target: weight, timeout, ... of its requests */
  const ThrumPluginModule *module; /* (nullable) */
  gboolean is_sound;               /* no problem so far */
  gpointer object;                 /* (nullable): target_new ()'s */
  guint n_requests;                /* target: how many requests name it */
} ThrumSubject;

typedef struct {
  ThrumReading reading;
  const ThrumDocument *document;
  ThrumConfig *config;
  GPtrArray *targets;  /* ThrumSubject, by config->targets */
  GPtrArray *requests; /* ThrumSubject, by config->requests */
  ThrumFields load;
  ThrumFields results;
} ThrumCheck;

ThrumSubject *thrum_subject_new (ThrumSection *section);
void thrum_subject_free (gpointer subject);

void thrum_check_targets (ThrumCheck *check);

/* Reports what a plugin refuses in @section. The line is that of the key with which @error
 * (nullable) begins, if one of @tables was given that key, else the section's own. */
void
thrum_check_tell_refusal (ThrumCheck *check, const ThrumSection *section,
                          const ThrumFields *const *tables, guint n_tables, const GError *error);

/* Returns the section that @entry stands in. */
const ThrumSection *thrum_check_section_of (const ThrumCheck *check, const ThrumEntry *entry);

/* Checks the transport keys of a codec's target. Its plugin has filled in @endpoint. */
void thrum_check_transport (ThrumCheck *check, const ThrumSubject *target,
                            const ThrumEndpoint *endpoint);

/* Checks [load]. Call it after the targets: it depends on the kind of their plugins. */
void thrum_check_load (ThrumCheck *check);

/* Checks the requests. Call it after the targets and [load]: requests inherit from both. */
void thrum_check_requests (ThrumCheck *check);
void thrum_check_results (ThrumCheck *check);
void thrum_check_thresholds (ThrumCheck *check);

/* Returns whether the file itself says how many arrivals may be dropped. */
gboolean thrum_check_has_dropped (const ThrumCheck *check);

/* Returns the resolved text. Call it last, when nothing was wrong. (transfer full) */
gchar *thrum_resolve (const ThrumCheck *check);

/* ---- Parts of the above, for tests ---- */

/* Parses "0s 0/s, 30s 1000/s" into an array of ThrumStage. Sets @are_rates to whether the levels
 * are rates. */
GArray *thrum_parse_stages (const gchar *text, gboolean *are_rates, GError **error);

/* Parses "200, 300-399" into an array of ThrumStatusRange. */
GArray *thrum_parse_status_ranges (const gchar *text, GError **error);

G_END_DECLS
