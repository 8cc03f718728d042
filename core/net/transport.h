/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "thrum/plugin.h"

G_BEGIN_DECLS

/* The option table of the [target] keys that the core adds for codec plugins (address, tls,
 * verify, ca-file, certificate, key, server-name, source-addresses, connection). Static. */
typedef enum {
  THRUM_TRANSPORT_ADDRESS, /* HOST:PORT, [V6]:PORT, or unix:/PATH */
  THRUM_TRANSPORT_TLS,     /* bool */
  THRUM_TRANSPORT_VERIFY,  /* bool, yes */
  THRUM_TRANSPORT_CA_FILE,
  THRUM_TRANSPORT_CERTIFICATE, /* PEM */
  THRUM_TRANSPORT_KEY,         /* PEM; the certificate's file if not given */
  THRUM_TRANSPORT_SERVER_NAME,
  THRUM_TRANSPORT_SOURCE_ADDRESSES, /* list of local addresses, used in turn */
  THRUM_TRANSPORT_CONNECTION,       /* enum: keep, per-request */
  THRUM_TRANSPORT_SESSION_REUSE,    /* bool, no: resume TLS sessions */
  THRUM_N_TRANSPORT_OPTIONS
} ThrumTransportOption;
const ThrumOption *thrum_plugin_transport_options (void);

/* The choices of THRUM_TRANSPORT_CONNECTION. */
typedef enum { THRUM_CONNECTION_KEEP, THRUM_CONNECTION_PER_REQUEST } ThrumConnectionChoice;

G_END_DECLS
