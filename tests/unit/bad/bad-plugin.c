/* SPDX-License-Identifier: MIT
 *
 * A plugin that is wrong in one way each time it is built: -D flags replace what is right. Built by
 * meson.build as bad_*.so, held against the loader by test-loader.c.
 */
#include <stdlib.h>

#include "thrum/plugin.h"

#ifndef MAGIC
#define MAGIC THRUM_PLUGIN_MAGIC
#endif
#ifndef MAJOR
#define MAJOR THRUM_ABI_MAJOR
#endif
#ifndef MINOR
#define MINOR THRUM_ABI_MINOR
#endif
#ifndef NEEDS
#define NEEDS 0
#endif
#ifndef SIZE
#define SIZE sizeof (ThrumPlugin)
#endif
#ifndef OPTION_SIZE
#define OPTION_SIZE sizeof (Option)
#endif
#ifndef SESSION_SIZE
#define SESSION_SIZE sizeof (ThrumSessionOps)
#endif
#ifndef CODEC_SIZE
#define CODEC_SIZE sizeof (ThrumCodecOps)
#endif
#ifndef VERSION
#define VERSION "1"
#endif
#ifndef SUMMARY
#define SUMMARY "is wrong in one way"
#endif
#ifndef SCHEMES
#define SCHEMES NULL
#endif
#ifndef TARGET_NEW
#define TARGET_NEW target_new
#endif
#ifndef REQUEST_FREE
#define REQUEST_FREE free
#endif
#ifndef RUN
#define RUN run
#endif
#ifndef DECODE
#define DECODE decode
#endif
#ifndef SESSION
#define SESSION &session_ops
#endif
#ifndef CODEC
#define CODEC NULL
#endif
#ifndef N_TARGET_OPTIONS
#define N_TARGET_OPTIONS 1
#endif
#ifndef TARGET_OPTION
#define TARGET_OPTION .key = "colour", .type = THRUM_OPTION_STRING, .help = "any"
#endif
#ifndef REQUEST_OPTION
#define REQUEST_OPTION .key = "shape", .type = THRUM_OPTION_INT, .fallback = "3", .help = "any"
#endif

#ifdef OLDER
/* What 1.0 had. */
typedef struct {
  const char *key;
  ThrumOptionType type;
  uint32_t flags;
  const char *fallback;
  double minimum, maximum;
  const char *const *choices;
  const char *help;
} AnOption;
#else
typedef ThrumOption AnOption;
#endif

/* What a later version's option might be: its tables have a larger stride. */
typedef struct {
  AnOption option;
#ifdef LARGER
  const char *example;
  double step;
#endif
} Option;

#define two_lines "two\nlines"
static const char *const choices[] = { "red", "green", NULL };
static const char *const twice[] = { "red", "red", NULL };
static const char *const no_choices[] = { NULL };
static const char *const schemes[] = { "bad", NULL };
static const char *const loud_schemes[] = { "BAD", NULL };
static const void *const silence[] = { choices, twice, no_choices, schemes, loud_schemes };

static const Option target_options[] = { { { TARGET_OPTION } } };
static const Option request_options[] = { { { REQUEST_OPTION } },
                                          { { .key = "second",
                                              .type = THRUM_OPTION_BOOL,
                                              .help = "any",
                                              .fallback = "yes",
#ifdef ONLY_WITH
                                              .only_with = ONLY_WITH
#endif
                                          } } };

static void *
target_new (const ThrumHost *host, const ThrumValues *values, ThrumEndpoint *endpoint,
            GError **error)
{
  return malloc (1 + sizeof silence);
}

static void *
request_new (const ThrumHost *host, void *target, const ThrumValues *values, GError **error)
{
  return malloc (1);
}

static void *
session_open (void *target, const ThrumUser *user, GError **error)
{
  return malloc (1);
}

static bool
run (void *session, void *request, const ThrumCall *call, ThrumReply *reply, GError **error)
{
  return true;
}

static void
cancel (void *session)
{
}

static void *
codec_open (void *target, const ThrumConnInfo *info, ThrumOut *out, GError **error)
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
codec_close (void *conn, ThrumOut *out)
{
  free (conn);
}

extern const ThrumSessionOps session_ops;
extern const ThrumCodecOps codec_ops;
const ThrumSessionOps session_ops = {
  .open = session_open, .run = RUN, .cancel = cancel, .close = free
};
const ThrumCodecOps codec_ops = {
  .open = codec_open, .encode = encode, .decode = DECODE, .close = codec_close
};

#define PASTE(a, b) a##b
#define SYMBOL(name) PASTE (thrum_plugin_, name)
#define STRING(name) #name
#define NAME_OF(name) STRING (name)
#ifndef NAME
#define NAME NAME_OF (FILE_NAME)
#endif

#ifdef ODD_SYMBOL
THRUM_EXPORT const ODD_SYMBOL;
#else
typedef struct {
  ThrumPlugin plugin;
#ifdef LARGER
  const void *later[4];
#endif
} Plugin;

extern const Plugin SYMBOL (FILE_NAME);
THRUM_EXPORT const Plugin SYMBOL (FILE_NAME) = { {
    .magic = MAGIC,
    .abi_major = MAJOR,
    .abi_minor = MINOR,
    .needs_minor = NEEDS,
    .size = SIZE,
    .option_size = OPTION_SIZE,
    .session_size = SESSION_SIZE,
    .codec_size = CODEC_SIZE,
    .name = NAME,
    .version = VERSION,
    .summary = SUMMARY,
    .schemes = SCHEMES,
    .target_options = (const ThrumOption *)target_options,
    .n_target_options = N_TARGET_OPTIONS,
    .request_options = (const ThrumOption *)request_options,
    .n_request_options = 2,
    .target_new = TARGET_NEW,
    .target_free = free,
    .request_new = request_new,
    .request_free = REQUEST_FREE,
    .session = SESSION,
    .codec = CODEC,
} };
#endif
