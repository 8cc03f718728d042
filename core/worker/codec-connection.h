/* SPDX-License-Identifier: MIT */
#pragma once

#include "worker/codec-engine.h"

G_BEGIN_DECLS

/* Between codec-connection and codec-decode; one lane, one thread. */

/* Where the codec appends; and where bytes go that TLS has made already. */
ThrumOut *thrum_codec_connection_out (ThrumCodecEngine *engine, ThrumCodecConnection *connection);
ThrumOut *
thrum_codec_connection_raw_out (ThrumCodecEngine *engine, ThrumCodecConnection *connection);

/* Goes on with the TLS handshake. TRUE: it is done and calls are on their way. */
gboolean thrum_codec_connection_secure (ThrumCodecEngine *engine, ThrumCodecConnection *connection);

/* Encodes what waits, as far as the codec takes it. */
void
thrum_codec_connection_encode_waiting (ThrumCodecEngine *engine, ThrumCodecConnection *connection);

/* It takes no further call; whoever needs one gets another connection. */
void thrum_codec_connection_retire (ThrumCodecEngine *engine, ThrumCodecConnection *connection);

/* One of its calls is off it: there is room for another. */
void thrum_codec_connection_has_left (ThrumCodecEngine *engine, ThrumCodecConnection *connection);

/* @call, off its connection, is sent again elsewhere; counted if it had been sent. */
void thrum_codec_connection_resend (ThrumCodecEngine *engine, ThrumCodecCall *call);

void thrum_codec_decode_received (gpointer engine, ThrumIo *io, const guint8 *bytes, gsize n_bytes,
                                  gint64 stamp);
void thrum_codec_decode_ended (gpointer engine, ThrumIo *io, gint error);
void thrum_codec_decode_idle (ThrumCodecEngine *engine, ThrumCodecConnection *connection);

G_END_DECLS
