/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "config/config.h"
#include "config/fields.h"
#include "config/keys.h"

G_BEGIN_DECLS

/* The checks of a document, one a section's kind, each in its own file and all for config.c. They
 * fill in @config as far as they can and tell of what is wrong; who sees a problem drops it all. */

/* What is known of a target or request while the others are checked. */
typedef struct {
  ThrumSection *section;           /* of a default request: its target's */
  ThrumFields core;                /* target: `plugin`; request: weight, timeout, ... */
  ThrumFields options;             /* the plugin's table of targets, or of requests */
  ThrumFields transport;           /* codec target; else empty */
  ThrumFields defaults;            /* target: the plugin's request options */
  ThrumFields core_defaults;       /* target: weight, timeout, ... of its requests */
  const ThrumPluginModule *module; /* (nullable) */
  gboolean is_sound;               /* no problem so far */
  gpointer object;                 /* (nullable): target_new ()'s */
  guint n_requests;                /* target: how many name it */
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

/* Tells of what a plugin refuses in @section: at the line of the key that @error (nullable) begins
 * with, if that is given in one of @tables, else at the section's own. */
void
thrum_check_tell_refusal (ThrumCheck *check, const ThrumSection *section,
                          const ThrumFields *const *tables, guint n_tables, const GError *error);

/* The section that @entry stands in. */
const ThrumSection *thrum_check_section_of (const ThrumCheck *check, const ThrumEntry *entry);

/* The transport keys of a codec's target, whose plugin filled @endpoint in. */
void thrum_check_transport (ThrumCheck *check, const ThrumSubject *target,
                            const ThrumEndpoint *endpoint);

/* After the targets: it depends on the kind of their plugins. */
void thrum_check_load (ThrumCheck *check);

/* After targets and load: requests inherit from both. */
void thrum_check_requests (ThrumCheck *check);
void thrum_check_results (ThrumCheck *check);
void thrum_check_thresholds (ThrumCheck *check);

/* Whether the file says itself how many arrivals may be dropped. */
gboolean thrum_check_has_dropped (const ThrumCheck *check);

/* After all, when nothing was wrong: the resolved text. (transfer full) */
gchar *thrum_resolve (const ThrumCheck *check);

/* ---- Parts of the above, for tests ---- */

/* "0s 0/s, 30s 1000/s": an array of ThrumStage, and whether the levels are rates. */
GArray *thrum_parse_stages (const gchar *text, gboolean *are_rates, GError **error);

/* "200, 300-399": an array of ThrumStatusRange. */
GArray *thrum_parse_status_ranges (const gchar *text, GError **error);

G_END_DECLS
