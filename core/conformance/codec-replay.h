/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "conformance/codec-subject.h"

G_BEGIN_DECLS

/* What a server said between two turns of the client's. */
typedef struct {
  guint n_calls;     /* calls made before it, as many of them as the codec takes */
  const gchar *text; /* what the server sends then, if @bytes is NULL */
  const guint8 *bytes;
  gsize n_bytes;   /* of @bytes */
  ThrumCause then; /* BYTES: goes on; IDLE: silence, if the codec asked for that; END: closes */
} ThrumReplayTurn;

/* A recorded exchange: the calls use the subject's requests in turn. */
typedef struct {
  const ThrumReplayTurn *turns;
  gsize n_turns;
  gboolean wants_payload;
} ThrumReplay;

/* Plays @replay on a new connection, each turn's bytes cut at @cuts: rising offsets into all the
 * bytes of all turns. Returns what came of it, a line an event ("reply 1: 200, 12 bytes"), HEAD and
 * the slices of DATA apart: the same for the same bytes, however they were cut, or the codec is
 * wrong. NULL with @error set to what the codec did that <thrum/plugin.h> forbids, in plain words.
 * (transfer full) */
gchar *thrum_replay_play (ThrumCodecSubject *subject, const ThrumReplay *replay, const gsize *cuts,
                          gsize n_cuts, GError **error);

G_END_DECLS
