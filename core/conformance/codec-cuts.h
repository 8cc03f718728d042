/* SPDX-License-Identifier: MIT */
#pragma once

#include "conformance/codec-replay.h"

G_BEGIN_DECLS

/* Plays @replay whole, then cut in two at every byte (long ones: at a few thousand), byte by byte,
 * and in random pieces after @seed; with and without payloads; all must come out alike. What came
 * of it, or NULL with @error set. (transfer full) */
gchar *thrum_codec_cuts_play (ThrumCodecSubject *subject, const ThrumReplay *replay, guint64 seed,
                              GError **error);

G_END_DECLS
