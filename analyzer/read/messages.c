/* SPDX-License-Identifier: MIT
 *
 * Knows what other tools' error messages mean: those of Java, Go, Python, Node, Rust, curl,
 * OpenSSL, Linux and Windows. A message counts by what it says, not by the class of its exception:
 * Java throws a ConnectException for a refusal, a time-out and an unreachable network alike. No
 * allocation; any thread.
 */
#include <string.h>

#include "analyzer/read/csv.h"

#define LONGEST 1000 /* bytes of a message that are looked at */

/* In lower case; the first that is found counts, so what is certain stands before what is vague. */
static const struct {
  const char *part;
  const char *token;
} parts[] = {
  /* The generator's own lack of ports, descriptors and buffers. */
  { "assign requested address", "no-port" },
  { "address not available", "no-port" },
  { "eaddrnotavail", "no-port" },
  { "addrnotavailable", "no-port" },
  { "address already in use", "no-port" },
  { "eaddrinuse", "no-port" },
  { "bindexception", "no-port" },
  { "only one usage of each socket address", "no-port" },
  { "too many open files", "no-port" },
  { "emfile", "no-port" },
  { "enfile", "no-port" },
  { "no buffer space available", "no-port" },
  { "lacked sufficient buffer space", "no-port" },
  { "no available local port", "no-port" },
  /* Whatever it was doing when its time was over. */
  { "timed out", "timeout" },
  { "timedout", "timeout" },
  { "timeout", "timeout" },
  { "time-out", "timeout" },
  { "time out", "timeout" },
  { "deadline exceeded", "timeout" },
  { "deadline has elapsed", "timeout" },
  { "deadline_exceeded", "timeout" },
  { "did not properly respond after a period of time", "timeout" },
  { "no such host", "no-address" },
  { "unknownhost", "no-address" },
  { "unknown host", "no-address" },
  { "unresolvedaddress", "no-address" },
  { "name or service not known", "no-address" },
  { "nodename nor servname", "no-address" },
  { "name resolution", "no-address" },
  { "nameresolution", "no-address" },
  { "no address associated", "no-address" },
  { "getaddrinfo", "no-address" },
  { "enotfound", "no-address" },
  { "eai_again", "no-address" },
  { "resolve host", "no-address" },
  { "resolve address", "no-address" },
  { "failed to lookup address", "no-address" },
  { "server misbehaving", "no-address" },
  { "dns error", "no-address" },
  { "dnslookup", "no-address" },
  { "nxdomain", "no-address" },
  /* No request at all: it has no host. */
  { "malformedurl", "no-address" },
  { "urisyntax", "no-address" },
  { "invalid url", "no-address" },
  { "unsupported protocol scheme", "no-address" },
  { "no host in request url", "no-address" },
  { "no protocol:", "no-address" },
  { "connection refused", "connect-refused" },
  { "connectionrefused", "connect-refused" },
  { "econnrefused", "connect-refused" },
  { "actively refused", "connect-refused" },
  { "refused to connect", "connect-refused" },
  { "connect refused", "connect-refused" },
  { "no route to host", "connect-failed" },
  { "noroutetohost", "connect-failed" },
  { "unreachable", "connect-failed" },
  { "ehostunreach", "connect-failed" },
  { "enetunreach", "connect-failed" },
  { "unreachable network", "connect-failed" },
  { "unreachable host", "connect-failed" },
  { "network is down", "connect-failed" },
  { "host is down", "connect-failed" },
  { "permission denied: connect", "connect-failed" },
  { "x509", "tls-verify" },
  { "certificate verify failed", "tls-verify" },
  { "certificate_verify_failed", "tls-verify" },
  { "certificate verification", "tls-verify" },
  { "failed to verify certificate", "tls-verify" },
  { "certverification", "tls-verify" },
  { "certificateexception", "tls-verify" },
  { "certificate has expired", "tls-verify" },
  { "certificate is not yet valid", "tls-verify" },
  { "pkix path", "tls-verify" },
  { "certpath", "tls-verify" },
  { "valid certification path", "tls-verify" },
  { "self signed certificate", "tls-verify" },
  { "self-signed certificate", "tls-verify" },
  { "depth_zero_self_signed", "tls-verify" },
  { "local issuer certificate", "tls-verify" },
  { "altname_invalid", "tls-verify" },
  { "altnames", "tls-verify" },
  { "subject alternative", "tls-verify" },
  { "sslpeerunverified", "tls-verify" },
  { "invalid peer certificate", "tls-verify" },
  { "invalidcertificate", "tls-verify" },
  { "handshake", "tls-failed" },
  { "unrecognized ssl message", "tls-failed" },
  { "not a tls handshake", "tls-failed" },
  { "wrong version number", "tls-failed" },
  { "tls: ", "tls-failed" },
  { "connection reset", "reset" },
  { "connectionreset", "reset" },
  { "econnreset", "reset" },
  { "forcibly closed", "reset" },
  { "broken pipe", "reset" },
  { "brokenpipe", "reset" },
  { "epipe", "reset" },
  { "rst_stream", "reset" },
  { "stream was reset", "reset" },
  { "stream reset", "reset" },
  { "streamreset", "reset" },
  { "stream error", "reset" },
  { "software caused connection abort", "reset" },
  { "econnaborted", "reset" },
  { "established connection was aborted", "reset" },
  { "nohttpresponse", "closed-early" },
  { "failed to respond", "closed-early" },
  { "unexpected eof", "closed-early" },
  { "eof occurred", "closed-early" },
  { "end of file", "closed-early" },
  { "end of stream", "closed-early" },
  { "premature", "closed-early" },
  { "connectionclosed", "closed-early" },
  { "connection closed", "closed-early" },
  { "closed connection", "closed-early" },
  { "closed the connection", "closed-early" },
  { "connection was closed", "closed-early" },
  { "connection has been closed", "closed-early" },
  { "closed before", "closed-early" },
  { "closed without response", "closed-early" },
  { "remotedisconnected", "closed-early" },
  { "server disconnected", "closed-early" },
  { "serverdisconnected", "closed-early" },
  { "empty reply from server", "closed-early" },
  { "incompleteread", "closed-early" },
  { "incomplete message", "closed-early" },
  { "incompletemessage", "closed-early" },
  { "truncated", "closed-early" },
  { "socket hang up", "closed-early" },
  { "close_notify", "closed-early" },
  { "goaway", "closed-early" },
  { "connection aborted", "reset" },
  { "connectionaborted", "reset" },
  { "context canceled", "cancelled" },
  { "cancellationexception", "cancelled" },
  { "cancellederror", "cancelled" },
  { "socket closed", "cancelled" }, /* Java: by this side, as at a test's end */
  { "redirects", "redirects" },
  { "circularredirect", "redirects" },
  { "redirect loop", "redirects" },
  { "malformed http", "protocol" },
  { "malformed response", "protocol" },
  { "malformed chunked", "protocol" },
  { "malformedchunk", "protocol" },
  { "badstatusline", "protocol" },
  { "bad status line", "protocol" },
  { "invalid status line", "protocol" },
  { "invalid http", "protocol" },
  { "valid http response", "protocol" },
  { "protocolexception", "protocol" },
  { "protocol error", "protocol" },
  { "protocol violation", "protocol" },
  { "httpparse", "protocol" },
  { "parse error", "protocol" },
  { "hpe_", "protocol" },
  { "line too long", "too-large" },
  { "linetoolong", "too-large" },
  { "messageconstraint", "too-large" },
  { "body too large", "too-large" },
  { "headers too large", "too-large" },
  { "sslexception", "tls-failed" },
  { "sslerror", "tls-failed" },
  { "ssl routines", "tls-failed" },
  { "ssl_error", "tls-failed" },
  /* A class of exceptions, or a step: only where nothing above says more. */
  { "connectexception", "connect-failed" },
  { "newconnectionerror", "connect-failed" },
  { "failed to establish a new connection", "connect-failed" },
  { "failed to connect", "connect-failed" },
  { "connectorerror", "connect-failed" },
  { "connect error", "connect-failed" },
  { "connecterror", "connect-failed" },
  { "dial tcp", "connect-failed" },
};

/* Reports whether Go's io.EOF is all that @text ends in: in capitals, since "eof" may be in any
 * name. */
static gboolean
ends_in_eof (const ThrumCsvField *field)
{
  const char *end = field->start + field->length;

  while (end > field->start && (end[-1] == ' ' || end[-1] == '"' || end[-1] == '.'))
    end--;
  return end - field->start >= 3 && memcmp (end - 3, "EOF", 3) == 0;
}

const char *
thrum_csv_kind_of_messages (const ThrumCsvField *fields, guint n_fields)
{
  char text[2][LONGEST + 1];
  gsize lengths[G_N_ELEMENTS (text)];

  n_fields = MIN (n_fields, G_N_ELEMENTS (text));
  for (guint i = 0; i < n_fields; i++)
    {
      lengths[i] = MIN (fields[i].length, LONGEST);
      for (gsize j = 0; j < lengths[i]; j++)
        text[i][j] = g_ascii_tolower (fields[i].start[j]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    for (guint j = 0; j < n_fields; j++)
      if (memmem (text[j], lengths[j], parts[i].part, strlen (parts[i].part)) != NULL)
        return parts[i].token;
  for (guint i = 0; i < n_fields; i++)
    if (ends_in_eof (&fields[i]))
      return "closed-early";
  return NULL;
}

const char *
thrum_csv_kind_of_message (const ThrumCsvField *field)
{
  return thrum_csv_kind_of_messages (field, 1);
}
