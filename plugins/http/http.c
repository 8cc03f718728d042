/* SPDX-License-Identifier: MIT
 *
 * Defines the `http` session plugin, on libsoup: its option tables, and what targets and requests
 * are made of. http-session.c sends requests; http-request.c knows what the shared options mean.
 * Runs on the main thread, before any session is open.
 */
#include "http-client.h"

#include <stdlib.h>
#include <string.h>

#include "http-options.h"

enum {
  CONNECTION = HTTP_N_TARGET_OPTIONS,
  HTTP2,
  REDIRECTS,
  COOKIES,
  DECOMPRESS,
  PROXY,
  VERIFY,
  CA_FILE,
  CERTIFICATE,
  KEY,
  SOURCE_ADDRESSES,
  SESSION_REUSE,
  N_TARGET_OPTIONS
};

enum { CONNECTION_KEEP, CONNECTION_PER_REQUEST };

static const char *const schemes[] = { "http", "https", NULL };
static const char *const connection_choices[] = { "keep", "per-request", NULL };

static const ThrumOption target_options[N_TARGET_OPTIONS] = {
  HTTP_TARGET_OPTIONS,
  [CONNECTION] = { .key = "connection",
                   .type = THRUM_OPTION_ENUM,
                   .fallback = "keep",
                   .choices = connection_choices,
                   .help = "keep a user's connection, or make a new one per request" },
  [HTTP2] = { .key = "http2",
              .type = THRUM_OPTION_BOOL,
              .fallback = "no",
              .help = "offer HTTP/2 with TLS; with no for one target, no target does" },
  [REDIRECTS] = { .key = "redirects",
                  .type = THRUM_OPTION_INT,
                  .fallback = "0",
                  .maximum = 20,
                  .help = "how many redirects a request follows; 0: a redirect is the reply" },
  [COOKIES] = { .key = "cookies",
                .type = THRUM_OPTION_BOOL,
                .fallback = "no",
                .help =
                    "each user keeps and sends the cookies it was given, to the end of the test" },
  [DECOMPRESS] = { .key = "decompress",
                   .type = THRUM_OPTION_BOOL,
                   .fallback = "no",
                   .help = "ask for gzip and deflate and unpack replies; bytes are then the "
                           "unpacked ones" },
  [PROXY] = { .key = "proxy",
              .type = THRUM_OPTION_STRING,
              .flags = THRUM_OPTION_URL,
              .help = "http://[USER:PASSWORD@]HOST:PORT of a proxy; the environment's is never "
                      "used" },
  [VERIFY] = { .key = "verify",
               .type = THRUM_OPTION_BOOL,
               .fallback = "yes",
               .help = "check the server's certificate and name" },
  [CA_FILE] = { .key = "ca-file",
                .type = THRUM_OPTION_STRING,
                .flags = THRUM_OPTION_PATH,
                .help = "PEM file of the authorities to trust in place of the system's" },
  [CERTIFICATE] = { .key = "certificate",
                    .type = THRUM_OPTION_STRING,
                    .flags = THRUM_OPTION_PATH,
                    .help = "PEM file of the client's certificate" },
  [KEY] = { .key = "key",
            .type = THRUM_OPTION_STRING,
            .flags = THRUM_OPTION_PATH,
            .help = "PEM file of its key; the certificate's file if not given" },
  [SOURCE_ADDRESSES] = { .key = "source-addresses",
                         .type = THRUM_OPTION_LIST,
                         .flags = THRUM_OPTION_COMMAS,
                         .help = "local addresses that the users take in turn, with ',' or ';' "
                                 "between them" },
  [SESSION_REUSE] = { .key = "session-reuse",
                      .type = THRUM_OPTION_BOOL,
                      .fallback = "no",
                      .help = "TLS: resume sessions on new connections; with no for one target, no "
                              "target does" },
};

static const ThrumOption request_options[HTTP_N_REQUEST_OPTIONS] = { HTTP_REQUEST_OPTIONS };

/* GIO's reason with ours before it. */
static void
set_reason (const ThrumHost *host, GError **error, const char *key, const char *text,
            const GError *reason)
{
  host->set_error (error, "%s: cannot use '%s': %s", key, text, reason->message);
}

/* Its name and password are kept apart: libsoup would send neither, and tell both. */
static gboolean
init_proxy (ClientTarget *target, const ThrumValues *values, GError **error)
{
  const char *text = thrum_value (values, PROXY)->string;
  g_autoptr (GUri) uri = NULL;
  g_autofree char *bare = NULL;

  if (text == NULL)
    return TRUE;
  uri = g_uri_parse (text, SOUP_HTTP_URI_FLAGS | G_URI_FLAGS_HAS_PASSWORD, NULL);
  if (uri == NULL || g_strcmp0 (g_uri_get_scheme (uri), "http") != 0 || g_uri_get_host (uri) == NULL
      || *g_uri_get_host (uri) == '\0')
    {
      if (strchr (text, '@') != NULL)
        target->host->set_error (error, "proxy: it is not http://USER:PASSWORD@HOST:PORT; what is "
                                        "special in a name or password is to be percent-encoded");
      else
        target->host->set_error (error, "proxy: cannot use '%s': it is not http://HOST:PORT", text);
      return FALSE;
    }
  if (g_uri_get_user (uri) != NULL)
    {
      const char *password = g_uri_get_password (uri);

      if (strchr (g_uri_get_user (uri), ':') != NULL)
        {
          target->host->set_error (error, "proxy: its user name has a ':', which basic "
                                          "authentication can't say");
          return FALSE;
        }
      target->proxy_authorization =
          http_format_basic (g_uri_get_user (uri), password != NULL ? password : "");
    }
  target->proxy_host = g_strdup (g_uri_get_host (uri));
  bare = g_uri_to_string_partial (uri, G_URI_HIDE_USERINFO);
  target->proxy = g_simple_proxy_resolver_new (bare, NULL);
  return TRUE;
}

/* What OpenSSL would read there, and so http1. NULL: nothing, or there is no TLS. */
static const char *
get_environment (const ClientTarget *target, const char *name)
{
  const char *value = target->http.tls ? g_getenv (name) : NULL;

  return value != NULL && *value != '\0' ? value : NULL;
}

static gboolean
init_certificate (ClientTarget *target, const ThrumValues *values, GError **error)
{
  const char *certificate = thrum_value (values, CERTIFICATE)->string;
  const char *key = thrum_value (values, KEY)->string;
  g_autoptr (GError) reason = NULL;

  if (key != NULL && certificate == NULL)
    {
      target->host->set_error (error, "key: is of no use without certificate");
      return FALSE;
    }
  if (certificate != NULL)
    target->certificate =
        g_tls_certificate_new_from_files (certificate, key != NULL ? key : certificate, &reason);
  if (reason != NULL)
    {
      /* GIO reads both at once; which of them it can't use is to be found out. */
      g_autoptr (GTlsCertificate) alone =
          key != NULL ? g_tls_certificate_new_from_file (certificate, NULL) : NULL;
      const gboolean is_key = alone != NULL;

      target->host->set_error (
          error, "%s: cannot use '%s': %s%s", is_key ? "key" : "certificate",
          is_key ? key : certificate, reason->message,
          strstr (reason->message, "ecrypt") != NULL
              ? "; use a key without a password (openssl pkey -in KEY -out FILE)"
              : "");
      return FALSE;
    }
  if (certificate != NULL && !client_key_fits (certificate, key != NULL ? key : certificate))
    {
      target->host->set_error (error, "%s: '%s' is not the key of the certificate '%s'",
                               key != NULL ? "key" : "certificate", key != NULL ? key : certificate,
                               certificate);
      return FALSE;
    }
  return TRUE;
}

static gboolean
init_tls (ClientTarget *target, const ThrumValues *values, GError **error)
{
  const char *given = thrum_value (values, CA_FILE)->string;
  const char *ca_file = given != NULL ? given : get_environment (target, "SSL_CERT_FILE");
  const char *folders = given != NULL ? NULL : get_environment (target, "SSL_CERT_DIR");
  g_autoptr (GTlsDatabase) authorities = NULL;
  g_autoptr (GError) reason = NULL;

  target->is_verified = thrum_value (values, VERIFY)->integer != 0;
  if (target->http.tls && !g_tls_backend_supports_tls (g_tls_backend_get_default ()))
    {
      target->host->set_error (error, "cannot use https: GLib finds no TLS; is glib-networking "
                                      "installed?");
      return FALSE;
    }
  if (folders != NULL)
    authorities = client_authorities_new (ca_file, folders, &reason);
  else if (ca_file != NULL)
    authorities = g_tls_file_database_new (ca_file, &reason);
  if (reason != NULL)
    {
      set_reason (target->host, error,
                  given != NULL     ? "ca-file"
                  : ca_file != NULL ? "SSL_CERT_FILE"
                                    : "SSL_CERT_DIR",
                  ca_file != NULL ? ca_file : folders, reason);
      return FALSE;
    }
  target->trust = client_trust_new (authorities, !target->is_verified);
  if (target->http.tls)
    client_trust_prepare ();
  return init_certificate (target, values, error);
}

static gboolean
init_sources (ClientTarget *target, const ThrumValues *values, GError **error)
{
  const char *const *texts = thrum_value (values, SOURCE_ADDRESSES)->list;

  for (; texts != NULL && *texts != NULL; texts++)
    {
      g_autoptr (GInetAddress) address = g_inet_address_new_from_string (*texts);

      if (address == NULL)
        {
          target->host->set_error (
              error, "source-addresses: '%s' is neither an IPv4 nor an IPv6 address", *texts);
          return FALSE;
        }
      g_ptr_array_add (target->sources, g_inet_socket_address_new (address, 0));
    }
  return TRUE;
}

static void
target_free (void *data)
{
  ClientTarget *target = data;

  http_target_clear (&target->http);
  g_clear_object (&target->proxy);
  g_free (target->proxy_host);
  free (target->proxy_authorization);
  g_clear_object (&target->trust);
  g_clear_object (&target->certificate);
  g_ptr_array_unref (target->sources);
  client_routes_clear (target->routes);
  g_free (target->routes);
  g_free (target);
}

static void
say_nothing (const gchar *domain, GLogLevelFlags level, const gchar *text, gpointer data)
{
}

/* What holds for the process. A reply that is broken is a row in results.csv, not lines of libsoup's
 * on the terminal, two for each. */
static void
prepare_process (const ThrumValues *values)
{
  g_log_set_handler ("libsoup", G_LOG_LEVEL_WARNING, say_nothing, NULL);
  g_log_set_handler ("libsoup-http2", G_LOG_LEVEL_WARNING, say_nothing, NULL);
  /* The one switch that libsoup 3.2 has. */
  if (thrum_value (values, HTTP2)->integer == 0 && g_getenv ("SOUP_FORCE_HTTP1") == NULL)
    g_setenv ("SOUP_FORCE_HTTP1", "1", TRUE);
  /* The one that glib-networking 2.74 has: it resumes what it was given a ticket for. */
  if (thrum_value (values, SESSION_REUSE)->integer == 0
      && g_getenv ("G_TLS_GNUTLS_PRIORITY") == NULL)
    g_setenv ("G_TLS_GNUTLS_PRIORITY", "NORMAL:%COMPAT:%NO_TICKETS", TRUE);
  client_wire_prepare ();
}

static void *
target_new (const ThrumHost *host, const ThrumValues *values, ThrumEndpoint *endpoint,
            GError **error)
{
  ClientTarget *target = g_new0 (ClientTarget, 1);

  target->host = host;
  target->routes = g_new0 (ClientRoutes, 1);
  client_routes_init (target->routes);
  target->sources = g_ptr_array_new_with_free_func (g_object_unref);
  target->makes_new_connections =
      thrum_value (values, CONNECTION)->integer == CONNECTION_PER_REQUEST;
  target->max_redirects = (guint)thrum_value (values, REDIRECTS)->integer;
  target->keeps_cookies = thrum_value (values, COOKIES)->integer != 0;
  target->decompresses = thrum_value (values, DECOMPRESS)->integer != 0;
  target->reuses_sessions = thrum_value (values, SESSION_REUSE)->integer != 0;
  if (!http_target_init (&target->http, host, values, error) || !init_proxy (target, values, error)
      || !init_tls (target, values, error) || !init_sources (target, values, error))
    {
      target_free (target);
      return NULL;
    }
  prepare_process (values);
  return target;
}

static GUri *
make_uri (const HttpTarget *target, const char *path)
{
  const char *query = strchr (path, '?');
  g_autofree char *path_only =
      query != NULL ? g_strndup (path, (gsize)(query - path)) : g_strdup (path);

  return g_uri_build (SOUP_HTTP_URI_FLAGS, target->tls ? "https" : "http", NULL, target->host,
                      target->port, path_only, query != NULL ? query + 1 : NULL, NULL);
}

gboolean
client_request_init (ClientRequest *request, const ClientTarget *target, const ClientRequest *base,
                     const ThrumValues *values, GError **error)
{
  *request = (ClientRequest){ .target = target, .index = base != NULL ? base->index : 0 };
  if (!http_request_init (&request->http, &target->http, base != NULL ? &base->http : NULL,
                          target->host, values, error))
    return FALSE;
  request->uri =
      make_uri (&target->http, strcmp (request->http.path, "*") == 0 ? "/" : request->http.path);
  if (request->http.has_body)
    request->body = g_bytes_new_static (request->http.body, request->http.body_bytes);
  return TRUE;
}

void
client_request_clear (ClientRequest *request)
{
  g_clear_pointer (&request->uri, g_uri_unref);
  g_clear_pointer (&request->body, g_bytes_unref);
  http_request_clear (&request->http);
}

static void *
request_new (const ThrumHost *host, void *data, const ThrumValues *values, GError **error)
{
  ClientTarget *target = data;
  ClientRequest *request = g_new0 (ClientRequest, 1);

  if (!client_request_init (request, target, NULL, values, error))
    {
      g_free (request);
      return NULL;
    }
  request->index = target->n_requests++;
  return request;
}

static void
request_free (void *request)
{
  client_request_clear (request);
  g_free (request);
}

THRUM_EXPORT const ThrumPlugin thrum_plugin_http = {
  THRUM_PLUGIN_HEAD,
  .name = "http",
  .version = "1",
  .summary = "HTTP/1.1 and HTTP/2, plain or TLS, by libsoup: one blocking session per user",
  .schemes = schemes,
  .target_options = target_options,
  .n_target_options = N_TARGET_OPTIONS,
  .request_options = request_options,
  .n_request_options = HTTP_N_REQUEST_OPTIONS,
  .descriptors_per_session = 6, /* 2 wake-ups, and up to 4 connections after redirects */
  .target_new = target_new,
  .target_free = target_free,
  .request_new = request_new,
  .request_free = request_free,
  .session = &client_session_ops,
};
