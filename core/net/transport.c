/* SPDX-License-Identifier: MIT
 *
 * The [target] keys that the core itself serves for every codec plugin: where to connect, and
 * how. They are a table like a plugin's own, so that checking, listing and documentation work
 * alike.
 */
#include "net/transport.h"

static const char *const connection_choices[] = { "keep", "per-request", NULL };

static const ThrumOption transport_options[THRUM_N_TRANSPORT_OPTIONS] = {
  [THRUM_TRANSPORT_ADDRESS] = { .key = "address",
                                .type = THRUM_OPTION_STRING,
                                .help = "where to connect, if not where the plugin's own options "
                                        "say: HOST:PORT, [V6]:PORT, "
                                        "or unix:/PATH" },
  [THRUM_TRANSPORT_TLS] = { .key = "tls",
                            .type = THRUM_OPTION_BOOL,
                            .help = "TLS; the plugin's choice if not given" },
  [THRUM_TRANSPORT_VERIFY] = { .key = "verify",
                               .type = THRUM_OPTION_BOOL,
                               .fallback = "yes",
                               .help = "TLS: refuse a certificate that is not trusted" },
  [THRUM_TRANSPORT_CA_FILE] = { .key = "ca-file",
                                .type = THRUM_OPTION_STRING,
                                .flags = THRUM_OPTION_PATH,
                                .help = "TLS: PEM file of the authorities to trust; the system's "
                                        "if not given" },
  [THRUM_TRANSPORT_CERTIFICATE] = { .key = "certificate",
                                    .type = THRUM_OPTION_STRING,
                                    .flags = THRUM_OPTION_PATH,
                                    .help = "TLS: PEM file of the client's certificate" },
  [THRUM_TRANSPORT_KEY] = { .key = "key",
                            .type = THRUM_OPTION_STRING,
                            .flags = THRUM_OPTION_PATH,
                            .help = "TLS: PEM file of the client's private key; the certificate's "
                                    "file if not given" },
  [THRUM_TRANSPORT_SERVER_NAME] = { .key = "server-name",
                                    .type = THRUM_OPTION_STRING,
                                    .help = "TLS: the name to ask for and to verify; the host's if "
                                            "not given" },
  [THRUM_TRANSPORT_SOURCE_ADDRESSES] = { .key = "source-addresses",
                                         .type = THRUM_OPTION_LIST,
                                         .flags = THRUM_OPTION_COMMAS,
                                         .help = "local addresses to connect from, used in turn, "
                                                 "with ',' or ';' between them" },
  [THRUM_TRANSPORT_CONNECTION] = { .key = "connection",
                                   .type = THRUM_OPTION_ENUM,
                                   .choices = connection_choices,
                                   .fallback = "keep",
                                   .help = "keep connections open, or make a new one per request" },
  [THRUM_TRANSPORT_SESSION_REUSE] = { .key = "session-reuse",
                                      .type = THRUM_OPTION_BOOL,
                                      .fallback = "no",
                                      .help = "TLS: resume sessions on new connections" },
};

const ThrumOption *
thrum_plugin_transport_options (void)
{
  return transport_options;
}
