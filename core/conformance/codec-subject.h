/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "thrum/plugin.h"

G_BEGIN_DECLS

/* A codec plugin with a target and requests made of option texts, without a config or a network:
 * what conformance checks, tests and fuzzers drive. One thread. */
typedef struct {
  const ThrumPlugin *plugin;
  ThrumEndpoint endpoint;
  gpointer target;     /* the plugin's */
  GPtrArray *requests; /* the plugin's */
  GPtrArray *defaults; /* "key=value": request options given with the target's */
  GPtrArray *values;   /* ThrumValues that target and requests may point into */
} ThrumCodecSubject;

/* @options (nullable): NULL-terminated "key=value", target options and defaults of requests.
 * @plugin must be a codec. NULL with @error set: an option is unknown or does not fit, or the
 * plugin refuses it. Has no request yet. (transfer full) */
ThrumCodecSubject *
thrum_codec_subject_new (const ThrumPlugin *plugin, const gchar *const *options, GError **error);

/* Adds a request of the defaults and @options (nullable). */
gboolean thrum_codec_subject_add_request (ThrumCodecSubject *subject, const gchar *const *options,
                                          GError **error);

void thrum_codec_subject_free (ThrumCodecSubject *subject);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumCodecSubject, thrum_codec_subject_free)

/* A buffer for a codec to append to, kept apart from its neighbours so that a write beyond it is
 * seen. Free by thrum_codec_out_clear (). */
void thrum_codec_out_init (ThrumOut *out);
void thrum_codec_out_clear (ThrumOut *out);

G_END_DECLS
