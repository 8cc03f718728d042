/* SPDX-License-Identifier: MIT
 *
 * Turns an error into one of the documented tokens. It looks at the error's domain and code, and at
 * how far the connection was, because GIO reports "closed" for a handshake and for a reply alike. A
 * pure function.
 */
#include "http-client.h"

#include <errno.h>
#include <string.h>

/* GIO has no code for some errnos and only quotes their text. */
static gboolean
quotes_errno (const GError *error, int number)
{
  return strstr (error->message, g_strerror (number)) != NULL;
}

static ThrumFailure
tls_failure (const GError *error, ClientStage stage)
{
  if (error->code == G_TLS_ERROR_BAD_CERTIFICATE)
    return THRUM_FAILURE_TLS_VERIFY;
  if (error->code == G_TLS_ERROR_EOF && stage == CLIENT_CONNECTED)
    return THRUM_FAILURE_CLOSED_EARLY;
  return THRUM_FAILURE_TLS_FAILED;
}

static ThrumFailure
soup_failure (const GError *error)
{
  switch (error->code)
    {
    case SOUP_SESSION_ERROR_PARSING:
    case SOUP_SESSION_ERROR_ENCODING:
    case SOUP_SESSION_ERROR_REDIRECT_NO_LOCATION:
    case SOUP_SESSION_ERROR_REDIRECT_BAD_URI:
      return THRUM_FAILURE_PROTOCOL;
    case SOUP_SESSION_ERROR_TOO_MANY_REDIRECTS:
      return THRUM_FAILURE_TOO_MANY_REDIRECTS;
    default:
      return THRUM_FAILURE_OTHER;
    }
}

/* Of a connection that did not come to be. */
static ThrumFailure
connect_failure (const GError *error)
{
  switch (error->code)
    {
    case G_IO_ERROR_CONNECTION_REFUSED:
      return THRUM_FAILURE_CONNECT_REFUSED;
    case G_IO_ERROR_TOO_MANY_OPEN_FILES:
    case G_IO_ERROR_ADDRESS_IN_USE:
      return THRUM_FAILURE_NO_PORT;
    case G_IO_ERROR_HOST_NOT_FOUND:
      return THRUM_FAILURE_NO_ADDRESS;
    default:
      return quotes_errno (error, EADDRNOTAVAIL) ? THRUM_FAILURE_NO_PORT
                                                 : THRUM_FAILURE_CONNECT_FAILED;
    }
}

static ThrumFailure
reply_failure (const GError *error)
{
  switch (error->code)
    {
    case G_IO_ERROR_PARTIAL_INPUT:
    case G_IO_ERROR_CLOSED:
      /* libsoup's one code for both; the text tells them apart. */
      return strcmp (error->message, "Header too big") == 0 ? THRUM_FAILURE_TOO_LARGE
                                                            : THRUM_FAILURE_CLOSED_EARLY;
    case G_IO_ERROR_CONNECTION_CLOSED: /* ECONNRESET and EPIPE */
      return THRUM_FAILURE_RESET;
    case G_IO_ERROR_INVALID_DATA: /* a compressed body that is none */
      return THRUM_FAILURE_PROTOCOL;
    default:
      return THRUM_FAILURE_OTHER;
    }
}

ThrumFailure
client_failure (const GError *error, ClientStage stage)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return THRUM_FAILURE_CANCELLED;
  if (error->domain == G_RESOLVER_ERROR)
    return THRUM_FAILURE_NO_ADDRESS;
  if (error->domain == G_TLS_ERROR)
    return tls_failure (error, stage);
  if (error->domain == SOUP_SESSION_ERROR)
    return soup_failure (error);
  if (error->domain != G_IO_ERROR)
    return THRUM_FAILURE_OTHER;
  if (stage == CLIENT_CONNECTING)
    return connect_failure (error);
  if (stage == CLIENT_HANDSHAKING)
    return THRUM_FAILURE_TLS_FAILED;
  return reply_failure (error);
}
