/* SPDX-License-Identifier: MIT
 *
 * A plugin with an option of every type and flag, which refuses what it is told to refuse. It serves
 * the URL scheme sample: and never sends anything.
 */
#include <stdlib.h>

#include "thrum/plugin.h"

enum { URL, COLOUR, TOKEN, FILE_PATH, REFUSE, N_TARGET_OPTIONS };

static const char *const colours[] = { "red", "green", "blue", NULL };
static const char *const schemes[] = { "sample", NULL };

static const ThrumOption target_options[N_TARGET_OPTIONS] = {
  [URL] = { .key = "url",
            .type = THRUM_OPTION_STRING,
            .flags = THRUM_OPTION_REQUIRED | THRUM_OPTION_URL,
            .help = "where it is" },
  [COLOUR] = { .key = "colour",
               .type = THRUM_OPTION_ENUM,
               .choices = colours,
               .fallback = "green",
               .help = "what it looks like" },
  [TOKEN] = { .key = "token",
              .type = THRUM_OPTION_STRING,
              .flags = THRUM_OPTION_SECRET,
              .help = "what nobody may know" },
  [FILE_PATH] = { .key = "file",
                  .type = THRUM_OPTION_STRING,
                  .flags = THRUM_OPTION_PATH,
                  .help = "a file" },
  [REFUSE] = { .key = "refuse",
               .type = THRUM_OPTION_BOOL,
               .fallback = "no",
               .help = "whether the target refuses to be made" },
};

enum {
  LINES,
  COUNT,
  SHARE,
  PAUSE,
  AMOUNT,
  PIN,
  BODY,
  REFUSE_REQUEST,
  HEADERS,
  ESCAPED,
  N_REQUEST_OPTIONS
};

static const ThrumOption request_options[N_REQUEST_OPTIONS] = {
  [LINES] = { .key = "lines", .type = THRUM_OPTION_LIST, .help = "some lines" },
  [COUNT] = { .key = "count",
              .type = THRUM_OPTION_INT,
              .minimum = -5,
              .maximum = 5,
              .fallback = "1",
              .help = "how many" },
  [SHARE] = { .key = "share", .type = THRUM_OPTION_DOUBLE, .maximum = 1, .help = "how much of it" },
  [PAUSE] = { .key = "pause",
              .type = THRUM_OPTION_DURATION,
              .minimum = 1e6,
              .maximum = 9e18,
              .fallback = "1ms",
              .help = "how long (a duration)" },
  [AMOUNT] = { .key = "amount", .type = THRUM_OPTION_SIZE, .help = "how large (a size)" },
  [PIN] = { .key = "pin",
            .type = THRUM_OPTION_INT,
            .flags = THRUM_OPTION_SECRET,
            .help = "a number that nobody may know" },
  [BODY] = { .key = "body",
             .type = THRUM_OPTION_STRING,
             .flags = THRUM_OPTION_TEMPLATE,
             .help = "any text" },
  [REFUSE_REQUEST] = { .key = "refuse-request",
                       .type = THRUM_OPTION_BOOL,
                       .fallback = "no",
                       .help = "whether the request refuses to be made" },
  [HEADERS] = { .key = "headers",
                .type = THRUM_OPTION_LIST,
                .flags = THRUM_OPTION_TEMPLATE | THRUM_OPTION_HEADERS,
                .help = "NAME: VALUE; ..." },
  [ESCAPED] = { .key = "escaped",
                .type = THRUM_OPTION_STRING,
                .flags = THRUM_OPTION_ESCAPES,
                .help = "text with escapes" },
};

static void *
target_new (const ThrumHost *host, const ThrumValues *values, ThrumEndpoint *endpoint,
            GError **error)
{
  if (thrum_value (values, REFUSE)->integer != 0)
    {
      host->set_error (error, "cannot make a target: it was told to refuse");
      return NULL;
    }
#ifdef CODEC
  if (strcmp (thrum_value (values, URL)->string, "sample:nowhere") != 0)
    {
      endpoint->host = "127.0.0.1";
      endpoint->port = 1;
    }
#endif
  return malloc (1);
}

static void *
request_new (const ThrumHost *host, void *target, const ThrumValues *values, GError **error)
{
  if (thrum_value (values, REFUSE_REQUEST)->integer != 0)
    {
      host->set_error (error, "cannot make a request: it was told to refuse");
      return NULL;
    }
  return malloc (1);
}

#ifdef CODEC
static void *
conn_open (void *target, const ThrumConnInfo *info, ThrumOut *out, GError **error)
{
  return malloc (1);
}

static ThrumEncode
encode (void *conn, void *request, const ThrumCall *call, ThrumOut *out, GError **error)
{
  return THRUM_ENCODE_NO_REPLY;
}

static void
decode (void *conn, const uint8_t *bytes, size_t n_bytes, ThrumCause cause, size_t *consumed,
        ThrumOut *out, ThrumEvent *event)
{
}

static void
conn_close (void *conn, ThrumOut *out)
{
  free (conn);
}

static const ThrumCodecOps codec_ops = {
  .open = conn_open, .encode = encode, .decode = decode, .close = conn_close
};
#else
static void *
session_open (void *target, const ThrumUser *user, GError **error)
{
  return malloc (1);
}

static bool
session_run (void *session, void *request, const ThrumCall *call, ThrumReply *reply, GError **error)
{
  reply->status = 1;
  return true;
}

static void
session_cancel (void *session)
{
}

static const ThrumSessionOps session_ops = {
  .open = session_open, .run = session_run, .cancel = session_cancel, .close = free
};
#endif

extern const ThrumPlugin SYMBOL;
THRUM_EXPORT const ThrumPlugin SYMBOL = {
  THRUM_PLUGIN_HEAD,
  .name = NAME,
  .version = "1",
  .summary = "has an option of every type; for tests",
  .schemes = schemes,
  .target_options = target_options,
  .n_target_options = N_TARGET_OPTIONS,
  .request_options = request_options,
  .n_request_options = N_REQUEST_OPTIONS,
  .target_new = target_new,
  .target_free = free,
  .request_new = request_new,
  .request_free = free,
#ifdef CODEC
  .codec = &codec_ops,
#else
  .session = &session_ops,
#endif
};
