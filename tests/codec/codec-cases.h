/* SPDX-License-Identifier: MIT */
#pragma once

#include "conformance/codec-replay.h"

/* A recorded exchange with a codec and what must come of it. */
typedef struct {
  const gchar *name;
  const gchar *const *options;     /* "key=value" of the target and all requests */
  const gchar *const *requests[4]; /* of each request, used in turn; none: one of @options */
  ThrumReplayTurn turns[8];        /* up to the first that does nothing */
  const gchar *comes;              /* thrum_replay_play ()'s trace, payloads wanted, but for the
                                      lines that say a call was sent */
} CodecCase;

/* Adds "/PLUGIN/NAME" for each: the case is played cut in every way. */
void codec_cases_add (const gchar *plugin, const CodecCase *cases, gsize n_cases);

/* A subject with one request of @options, NULL-terminated. Fails the test if that cannot be. */
ThrumCodecSubject *codec_subject_or_fail (const gchar *plugin, const gchar *const *options);

/* @trace but for the lines that say a call was sent. (transfer full) */
gchar *codec_trace_without_sent (const gchar *trace);

/* Options that must be refused, and a part of why. */
typedef struct {
  const gchar *name;
  const gchar *const *options;
  const gchar *says;
} CodecRefusal;
void codec_refusals_add (const gchar *plugin, const CodecRefusal *cases, gsize n_cases);

#define OPTIONS(...) ((const gchar *const[]){ __VA_ARGS__, NULL })
