/* SPDX-License-Identifier: MIT
 *
 * Turns the shared HTTP options into a target and requests. It checks them, so that nothing that
 * would break a request apart (a blank in a path, a line end in a header) reaches the wire. It
 * knows neither libsoup nor sockets; `http` and `http1` compile this same file. Pure functions, any
 * thread.
 */
#include "http-request.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <glib.h>

#include "http-options.h"

static void *
must (void *memory)
{
  if (memory == NULL)
    abort ();
  return memory;
}

static char *
copy (const char *text, size_t length)
{
  char *result = must (malloc (length + 1));

  memcpy (result, text, length);
  result[length] = '\0';
  return result;
}

static char *
copy_text (const char *text)
{
  return copy (text, strlen (text));
}

static bool
is_token (const char *text, size_t length)
{
  for (size_t i = 0; i < length; i++)
    if (strchr ("!#$%&'*+-.^_`|~0123456789"
                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
                text[i])
            == NULL
        || text[i] == '\0')
      return false;
  return length > 0;
}

/* Nothing but visible ASCII: what a request line may hold between its blanks. */
static bool
is_visible (const char *text, size_t length)
{
  for (size_t i = 0; i < length; i++)
    if (text[i] <= ' ' || text[i] >= 0x7f)
      return false;
  return true;
}

/* ---- The target ---- */

static bool
parse_port (const char *text, size_t length, uint16_t *port)
{
  unsigned value = 0;

  if (length == 0 || length > 5)
    return false;
  for (size_t i = 0; i < length; i++)
    {
      if (text[i] < '0' || text[i] > '9')
        return false;
      value = value * 10 + (unsigned)(text[i] - '0');
    }
  *port = (uint16_t)value;
  return value >= 1 && value <= 65535;
}

/* Whether each of the @length bytes is one of @chars. */
static bool
has_only (const char *text, size_t length, const char *chars)
{
  for (size_t i = 0; i < length; i++)
    if (text[i] == '\0' || strchr (chars, text[i]) == NULL)
      return false;
  return true;
}

#define DIGITS "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* The inside of [...]: an IPv6 address, perhaps with a zone after `%25`, as RFC 6874 has it, or after `%`,
 * as people write it. NULL, or why not. */
static const char *
parse_v6 (HttpTarget *target, const char *text, size_t length)
{
  const char *percent = memchr (text, '%', length);
  const size_t address = percent != NULL ? (size_t)(percent - text) : length;
  const char *zone = percent;
  size_t zone_length = length - address;

  if (!has_only (text, address, DIGITS "abcdefABCDEF:."))
    return "a character in its host that no host name has";
  if (zone != NULL)
    {
      const size_t skipped = zone_length > 3 && strncmp (zone, "%25", 3) == 0 ? 3 : 1;

      zone += skipped;
      zone_length -= skipped;
      if (zone_length == 0 || !has_only (zone, zone_length, DIGITS LETTERS "-._~"))
        return "no name of an interface after the '%' in its host";
    }
  target->host = must (malloc (length + 1));
  sprintf (target->host, "%.*s%s%.*s", (int)address, text, zone != NULL ? "%" : "",
           (int)zone_length, zone != NULL ? zone : "");
  return NULL;
}

/* A name, which may have letters of any language: the name service and the server see it in ASCII
 * (RFC 5891). NULL, or why not. */
static const char *
parse_name (HttpTarget *target, const char *text, size_t length)
{
  char *name = copy (text, length), *ascii = NULL;

  if (has_only (text, length, DIGITS LETTERS "-._"))
    {
      target->host = name;
      return NULL;
    }
  if (g_utf8_validate (name, (gssize)length, NULL) && !g_str_is_ascii (name))
    ascii = g_hostname_to_ascii (name);
  free (name);
  if (ascii != NULL && has_only (ascii, strlen (ascii), DIGITS LETTERS "-._"))
    target->host = copy_text (ascii);
  g_free (ascii);
  return target->host != NULL ? NULL : "a character in its host that no host name has";
}

/* HOST[:PORT] or [V6][:PORT] into @target; NULL, or why not. An empty port is the scheme's (RFC 3986,
 * 3.2.3). */
static const char *
parse_authority (HttpTarget *target, const char *text, size_t length)
{
  const char *end = text + length, *host_end, *port;
  bool is_v6 = length > 0 && text[0] == '[';

  if (memchr (text, '@', length) != NULL)
    return "a name or password in it; use the keys user and password";
  host_end = memchr (text, is_v6 ? ']' : ':', length);
  if (is_v6 && host_end == NULL)
    return "a '[' without ']'";
  if (host_end == NULL)
    host_end = end;
  port = host_end + (is_v6 ? 1 : 0);
  text += is_v6 ? 1 : 0;
  if (host_end == text)
    return "no host";
  if (port < end && *port != ':')
    return "something other than a port behind its host";
  if (port + 1 < end && !parse_port (port + 1, (size_t)(end - port - 1), &target->port))
    return "a port that is none of 1 to 65535";
  return is_v6 ? parse_v6 (target, text, (size_t)(host_end - text))
               : parse_name (target, text, (size_t)(host_end - text));
}

/* NULL, or why @text is no URL that can be requested. */
static const char *
parse_url (HttpTarget *target, const char *text)
{
  const char *authority, *path, *why;
  size_t path_length;

  if (strncasecmp (text, "https://", 8) == 0)
    target->tls = true;
  else if (strncasecmp (text, "http://", 7) != 0)
    return "no http:// or https:// at its start";
  authority = text + (target->tls ? 8 : 7);
  target->port = target->tls ? 443 : 80;

  path = authority + strcspn (authority, "/?#");
  path_length = strcspn (path, "#"); /* a fragment is never sent */
  if (!is_visible (path, path_length))
    return "a blank or a character that must be percent-encoded";
  why = parse_authority (target, authority, (size_t)(path - authority));
  if (why != NULL)
    return why;

  target->path = must (malloc (path_length + 2));
  sprintf (target->path, "%s%.*s", path[0] == '/' ? "" : "/", (int)path_length, path);
  return NULL;
}

static char *
format_authority (const HttpTarget *target)
{
  const bool is_v6 = strchr (target->host, ':') != NULL;
  char *authority = must (malloc (strlen (target->host) + 10));
  char *end = authority;

  /* A zone is of this machine alone: it is not sent (RFC 6874, 4). */
  end += sprintf (end, is_v6 ? "[%.*s]" : "%.*s", (int)strcspn (target->host, "%"), target->host);
  if (target->port != (target->tls ? 443 : 80))
    sprintf (end, ":%u", target->port);
  return authority;
}

char *
http_format_basic (const char *user, const char *password)
{
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const size_t length = strlen (user) + 1 + strlen (password);
  char *plain = must (malloc (length + 3));
  char *text = must (malloc (6 + (length + 2) / 3 * 4 + 1));
  char *end = text + sprintf (text, "Basic ");

  sprintf (plain, "%s:%s", user, password);
  plain[length + 1] = plain[length + 2] = '\0';
  for (size_t i = 0; i < length; i += 3)
    {
      const unsigned bits = (unsigned)(unsigned char)plain[i] << 16
                            | (unsigned)(unsigned char)plain[i + 1] << 8
                            | (unsigned char)plain[i + 2];

      *end++ = digits[bits >> 18];
      *end++ = digits[bits >> 12 & 63];
      *end++ = i + 1 < length ? digits[bits >> 6 & 63] : '=';
      *end++ = i + 2 < length ? digits[bits & 63] : '=';
    }
  *end = '\0';
  free (plain);
  return text;
}

/* No line end or other control character but the tab. */
static bool
is_field_value (const char *text, size_t length)
{
  for (size_t i = 0; i < length; i++)
    if (((unsigned char)text[i] < ' ' && text[i] != '\t') || text[i] == 0x7f)
      return false;
  return true;
}

static bool
init_identity (HttpTarget *target, const ThrumHost *host, const ThrumValues *values, GError **error)
{
  const char *user = thrum_value (values, HTTP_USER)->string;
  const char *password = thrum_value (values, HTTP_PASSWORD)->string;
  const char *agent = thrum_value (values, HTTP_USER_AGENT)->string;

  if (password != NULL && user == NULL)
    {
      host->set_error (error, "password: is of no use without user");
      return false;
    }
  if (user != NULL && strchr (user, ':') != NULL)
    {
      host->set_error (error, "user: has a ':', which basic authentication can't say");
      return false;
    }
  if (agent != NULL && !is_field_value (agent, strlen (agent)))
    {
      host->set_error (error, "user-agent: has a control character");
      return false;
    }
  if (user != NULL)
    target->authorization = http_format_basic (user, password != NULL ? password : "");
  if (agent != NULL && agent[0] != '\0')
    target->user_agent = copy_text (agent);
  return true;
}

bool
http_target_init (HttpTarget *target, const ThrumHost *host, const ThrumValues *values,
                  GError **error)
{
  const char *url = thrum_value (values, HTTP_URL)->string;
  const char *why;

  memset (target, 0, sizeof *target);
  why = parse_url (target, url != NULL ? url : "");
  if (why != NULL && strchr (url, '@') != NULL)
    host->set_error (error, "url: it has %s", why); /* and perhaps a password: not to be told */
  else if (why != NULL)
    host->set_error (error, "url: cannot use '%s': it has %s", url, why);
  if (why != NULL || !init_identity (target, host, values, error))
    {
      http_target_clear (target);
      return false;
    }
  target->authority = format_authority (target);
  return true;
}

void
http_target_clear (HttpTarget *target)
{
  free (target->host);
  free (target->authority);
  free (target->path);
  free (target->authorization);
  free (target->user_agent);
  memset (target, 0, sizeof *target);
}

/* ---- A request ---- */

static void
add_header (HttpRequest *request, const char *name, size_t name_length, const char *value,
            size_t value_length)
{
  request->headers[request->n_headers++] =
      (HttpHeader){ .name = copy (name, name_length), .value = copy (value, value_length) };
}

/* Whether one of the user's @lines gives the header @name. */
static bool
list_has (const char *const *lines, const char *name)
{
  const size_t length = strlen (name);

  for (; *lines != NULL; lines++)
    {
      const char *line = *lines + strspn (*lines, " \t");

      if (strncasecmp (line, name, length) == 0 && line[length] == ':')
        return true;
    }
  return false;
}

/* NULL, or why @line is no header that the user may give. */
static const char *
add_line (HttpRequest *request, const char *line)
{
  const char *name = line + strspn (line, " \t");
  const size_t name_length = strcspn (name, ":");
  const char *value, *end;

  if (name[name_length] != ':')
    return "it has no ':'; a header is NAME: VALUE";
  if (!is_token (name, name_length))
    return "its name has a character that no header name has";
  if ((name_length == 14 && strncasecmp (name, "Content-Length", 14) == 0)
      || (name_length == 17 && strncasecmp (name, "Transfer-Encoding", 17) == 0))
    return "it follows from the body and is sent by itself";
  value = name + name_length + 1;
  value += strspn (value, " \t");
  end = value + strlen (value);
  while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
    end--;
  if (!is_field_value (value, (size_t)(end - value)))
    return "its value has a control character";
  add_header (request, name, name_length, value, (size_t)(end - value));
  return NULL;
}

static bool
init_headers (HttpRequest *request, const HttpTarget *target, const ThrumHost *host,
              const ThrumValues *values, GError **error)
{
  static const char *const none[] = { NULL };
  const char *const *lines = thrum_value (values, HTTP_HEADERS)->list;
  size_t n_lines = 0;

  if (lines == NULL)
    lines = none;
  while (lines[n_lines] != NULL)
    n_lines++;
  request->headers = must (calloc (n_lines + 2, sizeof *request->headers));
  request->has_host = list_has (lines, "Host");

  if (target->user_agent != NULL && !list_has (lines, "User-Agent"))
    add_header (request, "User-Agent", 10, target->user_agent, strlen (target->user_agent));
  if (target->authorization != NULL && !list_has (lines, "Authorization"))
    add_header (request, "Authorization", 13, target->authorization,
                strlen (target->authorization));
  for (size_t i = 0; i < n_lines; i++)
    {
      const char *why = add_line (request, lines[i]);

      if (why != NULL)
        {
          host->set_error (error, "headers: cannot use '%s': %s", lines[i], why);
          return false;
        }
    }
  return true;
}

static bool
read_file (HttpRequest *request, const char *path, const ThrumHost *host, GError **error)
{
  size_t capacity = 0, used = 0, n_read = 0;
  char *bytes = NULL;
  int problem = 0;
  FILE *file;

  errno = 0;
  file = fopen (path, "re");
  if (file == NULL)
    {
      host->set_error (error, "body-file: cannot read '%s': %s", path, strerror (errno));
      return false;
    }
  do
    {
      if (used == capacity)
        bytes = must (realloc (bytes, capacity = capacity * 2 + 4096));
      n_read = fread (bytes + used, 1, capacity - used, file);
      used += n_read;
  } while (n_read > 0);
  problem = ferror (file) ? errno : 0;
  fclose (file);
  if (problem != 0)
    {
      host->set_error (error, "body-file: cannot read '%s': %s", path, strerror (problem));
      free (bytes);
      return false;
    }
  request->body = bytes;
  request->body_bytes = used;
  return true;
}

static bool
init_body (HttpRequest *request, const HttpRequest *base, const ThrumHost *host,
           const ThrumValues *values, GError **error)
{
  const ThrumValue *text = thrum_value (values, HTTP_BODY);
  const ThrumValue *file = thrum_value (values, HTTP_BODY_FILE);

  if (text->is_set && file->is_set)
    {
      host->set_error (error, "body-file: cannot stand beside body");
      return false;
    }
  request->has_body = text->is_set || file->is_set;
  if (text->is_set)
    {
      request->body = copy_text (text->string);
      request->body_bytes = strlen (text->string);
    }
  else if (file->is_set && base != NULL)
    {
      request->body = base->body;
      request->body_bytes = base->body_bytes;
      request->borrows_body = true;
    }
  else if (file->is_set)
    return read_file (request, file->string, host, error);
  return true;
}

static bool
init_line (HttpRequest *request, const HttpTarget *target, const ThrumHost *host,
           const ThrumValues *values, GError **error)
{
  const char *method = thrum_value (values, HTTP_METHOD)->string;
  const char *path = thrum_value (values, HTTP_PATH)->string;

  if (method == NULL)
    method = request->has_body ? "POST" : "GET";
  if (path == NULL)
    path = target->path;
  if (!is_token (method, strlen (method)) || strcmp (method, "CONNECT") == 0)
    {
      host->set_error (error, "method: '%s' is no method of a request", method);
      return false;
    }
  if (path[0] != '/' && !(strcmp (path, "*") == 0 && strcmp (method, "OPTIONS") == 0))
    {
      host->set_error (error, "path: '%s' does not begin with '/'", path);
      return false;
    }
  if (!is_visible (path, strlen (path)) || strchr (path, '#') != NULL)
    {
      host->set_error (
          error,
          "path: cannot use '%s': it has a blank, a '#' or another character that must "
          "be percent-encoded",
          path);
      return false;
    }
  request->method = copy_text (method);
  request->path = copy_text (path);
  return true;
}

bool
http_request_init (HttpRequest *request, const HttpTarget *target, const HttpRequest *base,
                   const ThrumHost *host, const ThrumValues *values, GError **error)
{
  memset (request, 0, sizeof *request);
  if (init_body (request, base, host, values, error)
      && init_line (request, target, host, values, error)
      && init_headers (request, target, host, values, error))
    return true;
  http_request_clear (request);
  return false;
}

void
http_request_move_body (HttpRequest *request, void *bytes)
{
  if (request->body_bytes == 0 || request->borrows_body)
    return;
  free (request->body);
  request->body = bytes;
  request->borrows_body = true;
}

void
http_request_clear (HttpRequest *request)
{
  free (request->method);
  free (request->path);
  for (size_t i = 0; i < request->n_headers; i++)
    {
      free (request->headers[i].name);
      free (request->headers[i].value);
    }
  free (request->headers);
  if (!request->borrows_body)
    free (request->body);
  memset (request, 0, sizeof *request);
}
