/* SPDX-License-Identifier: MIT
 *
 * `thrum target`: the embedded server's command line. Owns its options and its life as a process:
 * the line that says where it listens, signals, its end. Refuses to know how the server works.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"
#include "base/child.h"
#include "base/clock.h"
#include "base/printing.h"
#include "base/units.h"
#include "server/listener.h"
#include "server/route.h"
#include "server/server.h"

/* Others may come and stay: they get less time for that. */
#define REMOTE_IDLE_NS (60 * G_GINT64_CONSTANT (1000000000))

/* The options as given. */
typedef struct {
  char *listen, *port_file, *stats_file, *log_file, *exit_after, *idle_timeout;
  char *delay, *distribution, *mean, *slow, *freeze, *freeze_phase, *queue, *seed;
  char *errors, *reset, *hang, *body, *close_after, *threads;
  char *certificate, *key;
  char **redirects;
  gboolean allow_remote, die_with_parent, chunked, tls, spin;
} Arguments;

static void
arguments_clear (Arguments *a)
{
  char **texts[] = {
    &a->listen,       &a->port_file,    &a->stats_file,  &a->log_file, &a->exit_after,
    &a->idle_timeout, &a->delay,        &a->mean,        &a->slow,     &a->freeze,
    &a->freeze_phase, &a->queue,        &a->seed,        &a->errors,   &a->reset,
    &a->hang,         &a->body,         &a->close_after, &a->threads,  &a->key,
    &a->certificate,  &a->distribution,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    g_free (*texts[i]);
  g_strfreev (a->redirects);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Arguments, arguments_clear)

static char *
describe_paths (void)
{
  GString *text = g_string_new ("Paths:\n");

#define DESCRIBE(name, token, path, help) g_string_append_printf (text, "  %-18s %s\n", path, help);
  THRUM_ROUTES (DESCRIBE)
#undef DESCRIBE
  g_string_append (
      text, "\nOn every path: ?n=NUMBER (for the log; or a header X-Request-Number), delay=D,"
            "\npause=D (between head and body), bytes=SIZE, status=N, chunked, close,"
            "\nclose=silent.\n");
  return g_string_free (text, FALSE);
}

/* FALSE with @error set: bad usage. --help is served, and ends the process. */
static gboolean
read_arguments (int argc, char **argv, Arguments *a, GError **error)
{
  const GOptionEntry entries[] = {
    { "listen", 0, 0, G_OPTION_ARG_STRING, &a->listen,
      "where: 127.0.0.1:0 (the default; 0 is a free port), [::1]:0, unix:/path", "ADDR:PORT" },
    { "allow-remote", 0, 0, G_OPTION_ARG_NONE, &a->allow_remote,
      "permit addresses that others can reach", NULL },
    { "port-file", 0, 0, G_OPTION_ARG_FILENAME, &a->port_file, "write the port there", "FILE" },
    { "threads", 0, 0, G_OPTION_ARG_STRING, &a->threads, "threads that serve; 1", "N" },
    { "spin", 0, 0, G_OPTION_ARG_NONE, &a->spin,
      "never sleep: takes a CPU for each thread, and no reply waits for waking", NULL },
    { "idle-timeout", 0, 0, G_OPTION_ARG_STRING, &a->idle_timeout,
      "close who sends and takes nothing; 60s with --allow-remote", "D" },
    { "exit-after", 0, 0, G_OPTION_ARG_STRING, &a->exit_after, "end by itself then", "D" },
    { "die-with-parent", 0, 0, G_OPTION_ARG_NONE, &a->die_with_parent,
      "end when the process that started it does", NULL },
    { "delay", 0, 0, G_OPTION_ARG_STRING, &a->delay, "service time of each request; 0", "D" },
    { "distribution", 0, 0, G_OPTION_ARG_STRING, &a->distribution,
      "of service times: constant or exponential", "NAME" },
    { "mean", 0, 0, G_OPTION_ARG_STRING, &a->mean, "mean service time of the distribution", "D" },
    { "slow", 0, 0, G_OPTION_ARG_STRING, &a->slow,
      "a share of requests takes D instead (0.5%:200ms)", "SHARE:D" },
    { "freeze", 0, 0, G_OPTION_ARG_STRING, &a->freeze,
      "answer nothing for P at the start of each Q (250ms/2s)", "P/Q" },
    { "freeze-phase", 0, 0, G_OPTION_ARG_STRING, &a->freeze_phase,
      "freezes begin when CLOCK_MONOTONIC is D plus a multiple of Q; 0", "D" },
    { "queue", 0, 0, G_OPTION_ARG_STRING, &a->queue,
      "none: each request is served at once; fifo: one server, one after the other", "NAME" },
    { "seed", 0, 0, G_OPTION_ARG_STRING, &a->seed, "of every random choice; 1", "N" },
    { "errors", 0, 0, G_OPTION_ARG_STRING, &a->errors,
      "a share of replies has STATUS instead (1%:503); 500", "SHARE[:STATUS]" },
    { "reset", 0, 0, G_OPTION_ARG_STRING, &a->reset, "a share gets a reset for a reply", "SHARE" },
    { "hang", 0, 0, G_OPTION_ARG_STRING, &a->hang, "a share is never answered", "SHARE" },
    { "body", 0, 0, G_OPTION_ARG_STRING, &a->body, "size of a reply's body; 12", "SIZE" },
    { "chunked", 0, 0, G_OPTION_ARG_NONE, &a->chunked, "send bodies chunked", NULL },
    { "close-after", 0, 0, G_OPTION_ARG_STRING, &a->close_after,
      "close a connection after N requests; 0: never", "N" },
    { "redirect", 0, 0, G_OPTION_ARG_STRING_ARRAY, &a->redirects,
      "answer PATH with 302 to LOCATION; may be repeated", "PATH=LOCATION" },
    { "log", 0, 0, G_OPTION_ARG_FILENAME, &a->log_file,
      "CSV of each request: receive_ns,send_ns,service_ns,status,number,due_ns", "FILE" },
    { "stats-file", 0, 0, G_OPTION_ARG_FILENAME, &a->stats_file,
      "write at the end what /stats says", "FILE" },
    { "tls", 0, 0, G_OPTION_ARG_NONE, &a->tls,
      "speak TLS; self-signed unless given --certificate and --key", NULL },
    { "certificate", 0, 0, G_OPTION_ARG_FILENAME, &a->certificate, "PEM chain", "FILE" },
    { "key", 0, 0, G_OPTION_ARG_FILENAME, &a->key, "PEM private key", "FILE" },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autofree char *paths = describe_paths ();

  g_option_context_set_summary (
      context, "An HTTP/1.1 server whose behaviour, and so every response time, is known.\n"
               "Durations: 250ms, 2s, 1m30s; a bare number is seconds. Sizes: 64KiB, 1MB.\n"
               "Shares: 1%, 0.01.");
  g_option_context_set_description (context, paths);
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, error))
    return FALSE;
  if (argc > 1)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION, "unexpected '%s'",
                   argv[1]);
      return FALSE;
    }
  return TRUE;
}

/* ---- From texts to values ---- */

static gboolean
usage_error (GError **error, const char *option, const char *text, const char *wanted)
{
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "%s: '%s' is not %s", option, text,
               wanted);
  return FALSE;
}

/* Puts @option before the message of a parser that failed. */
static gboolean
name_option (gboolean is_good, GError **error, const char *option)
{
  if (!is_good)
    g_prefix_error (error, "%s: ", option);
  return is_good;
}

static gboolean
read_instant (const char *option, const char *text, gint64 *ns, GError **error)
{
  return text == NULL || name_option (thrum_parse_duration (text, ns, error), error, option);
}

static gboolean
read_duration (const char *option, const char *text, gint64 *ns, GError **error)
{
  if (!read_instant (option, text, ns, error))
    return FALSE;
  return text == NULL || *ns <= THRUM_LONGEST_NS
         || usage_error (error, option, text, "at most 720h");
}

static gboolean
read_share (const char *option, const char *text, gdouble *share, GError **error)
{
  if (text == NULL)
    return TRUE;
  if (!name_option (thrum_parse_ratio (text, share, error), error, option))
    return FALSE;
  return *share <= 1 || usage_error (error, option, text, "a share of at most 100%");
}

static gboolean
read_number (const char *option, const char *text, guint64 minimum, guint64 maximum,
             guint64 *number, GError **error)
{
  g_autofree char *wanted = NULL;

  if (text == NULL || g_ascii_string_to_unsigned (text, 10, minimum, maximum, number, NULL))
    return TRUE;
  wanted = g_strdup_printf ("a whole number from %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT,
                            minimum, maximum);
  return usage_error (error, option, text, wanted);
}

/* The two sides of @text at the first @separator; NULL for the second where it is missing. */
static char **
split (const char *text, const char *separator)
{
  return g_strsplit (text, separator, 2);
}

static gboolean
read_service (const Arguments *a, ThrumBehaviour *behaviour, GError **error)
{
  if (a->delay != NULL && (a->mean != NULL || a->distribution != NULL))
    return usage_error (error, "--delay", a->delay,
                        "to be given with --distribution and --mean: it means constant");
  if ((a->mean != NULL) != (a->distribution != NULL))
    return usage_error (error, "--distribution and --mean",
                        a->mean != NULL ? a->mean : a->distribution, "enough: both are needed");
  if (g_strcmp0 (a->distribution, "exponential") == 0)
    behaviour->service = THRUM_SERVICE_EXPONENTIAL;
  else if (a->distribution != NULL && strcmp (a->distribution, "constant") != 0)
    return usage_error (error, "--distribution", a->distribution, "constant or exponential");
  return read_duration ("--delay", a->delay, &behaviour->mean_ns, error)
         && read_duration ("--mean", a->mean, &behaviour->mean_ns, error);
}

static gboolean
read_slow (const char *text, ThrumBehaviour *behaviour, GError **error)
{
  g_auto (GStrv) parts = NULL;

  if (text == NULL)
    return TRUE;
  parts = split (text, ":");
  if (parts[0] == NULL || parts[1] == NULL)
    return usage_error (error, "--slow", text, "SHARE:D, like 0.5%:200ms");
  return read_share ("--slow", parts[0], &behaviour->slow_share, error)
         && read_duration ("--slow", parts[1], &behaviour->slow_ns, error);
}

static gboolean
read_freeze (const Arguments *a, ThrumBehaviour *behaviour, GError **error)
{
  g_auto (GStrv) parts = NULL;

  if (a->freeze == NULL)
    return a->freeze_phase == NULL
           || usage_error (error, "--freeze-phase", a->freeze_phase, "of use without --freeze");
  parts = split (a->freeze, "/");
  if (parts[0] == NULL || parts[1] == NULL)
    return usage_error (error, "--freeze", a->freeze, "P/Q, like 250ms/2s");
  if (!read_duration ("--freeze", parts[0], &behaviour->freeze_ns, error)
      || !read_duration ("--freeze", parts[1], &behaviour->freeze_period_ns, error)
      || !read_instant ("--freeze-phase", a->freeze_phase, &behaviour->freeze_phase_ns, error))
    return FALSE;
  return (behaviour->freeze_ns > 0 && behaviour->freeze_ns < behaviour->freeze_period_ns)
         || usage_error (error, "--freeze", a->freeze, "P/Q with 0 < P < Q");
}

static gboolean
read_errors (const char *text, ThrumBehaviour *behaviour, GError **error)
{
  g_auto (GStrv) parts = NULL;
  guint64 status = 500;

  if (text == NULL)
    return TRUE;
  parts = split (text, ":");
  if (!read_share ("--errors", parts[0] != NULL ? parts[0] : "", &behaviour->error_share, error)
      || !read_number ("--errors", parts[0] != NULL ? parts[1] : NULL, 200, 599, &status, error))
    return FALSE;
  behaviour->error_status = status;
  return TRUE;
}

static gboolean
read_fates (const Arguments *a, ThrumBehaviour *behaviour, GError **error)
{
  if (!read_errors (a->errors, behaviour, error)
      || !read_share ("--reset", a->reset, &behaviour->reset_share, error)
      || !read_share ("--hang", a->hang, &behaviour->hang_share, error))
    return FALSE;
  if (behaviour->error_share + behaviour->reset_share + behaviour->hang_share <= 1)
    return TRUE;
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               "--errors, --reset and --hang: together they are more than 100%%");
  return FALSE;
}

static gboolean
read_redirects (char **texts, GHashTable **redirects, GError **error)
{
  for (; texts != NULL && *texts != NULL; texts++)
    {
      g_auto (GStrv) parts = split (*texts, "=");

      if (**texts != '/' || parts[1] == NULL || *parts[1] == '\0'
          || strpbrk (parts[1], "\r\n") != NULL)
        return usage_error (error, "--redirect", *texts, "/PATH=LOCATION");
      if (*redirects == NULL)
        *redirects = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
      g_hash_table_insert (*redirects, g_strdup (parts[0]), g_strdup (parts[1]));
    }
  return TRUE;
}

static gboolean
read_process_options (const Arguments *a, ThrumServerOptions *options, GError **error)
{
  ThrumListenAddress address;
  guint64 threads = 1;

  if (!read_number ("--threads", a->threads, 1, 256, &threads, error))
    return FALSE;
  options->threads = threads;
  if (options->behaviour.is_fifo && threads > 1)
    return usage_error (error, "--threads", a->threads, "1: --queue fifo is one server");
  if ((a->certificate != NULL) != (a->key != NULL))
    return usage_error (error, "--certificate and --key",
                        a->certificate != NULL ? a->certificate : a->key,
                        "enough: both are needed, or none for a self-signed one");
  if (a->certificate != NULL && !a->tls)
    return usage_error (error, "--certificate", a->certificate, "of use without --tls");
  options->is_tls = a->tls;
  options->certificate_file = a->certificate;
  options->key_file = a->key;
  options->listen = a->listen != NULL ? a->listen : "127.0.0.1:0";
  options->allow_remote = a->allow_remote;
  options->idle_ns = a->allow_remote ? REMOTE_IDLE_NS : 0;
  if (!read_duration ("--idle-timeout", a->idle_timeout, &options->idle_ns, error))
    return FALSE;
  options->log_file = a->log_file;
  return thrum_listen_address_parse (options->listen, options->allow_remote, &address, error);
}

static gboolean
read_options (const Arguments *a, ThrumServerOptions *options, GHashTable **redirects,
              GError **error)
{
  ThrumBehaviour *behaviour = &options->behaviour;

  behaviour->seed = 1;
  options->body_bytes = 12;
  behaviour->is_fifo = g_strcmp0 (a->queue, "fifo") == 0;
  if (a->queue != NULL && !behaviour->is_fifo && strcmp (a->queue, "none") != 0)
    return usage_error (error, "--queue", a->queue, "none or fifo");
  if (a->body != NULL
      && !name_option (thrum_parse_size (a->body, &options->body_bytes, error), error, "--body"))
    return FALSE;
  options->is_chunked = a->chunked;
  options->spins = a->spin;
  if (!read_service (a, behaviour, error) || !read_slow (a->slow, behaviour, error)
      || !read_freeze (a, behaviour, error) || !read_fates (a, behaviour, error)
      || !read_number ("--seed", a->seed, 0, G_MAXUINT64, &behaviour->seed, error)
      || !read_number ("--close-after", a->close_after, 0, G_MAXUINT64, &options->close_after,
                       error)
      || !read_redirects (a->redirects, redirects, error))
    return FALSE;
  options->redirects = *redirects;
  return read_process_options (a, options, error);
}

/* ---- The process ---- */

/* Waits for a signal of @signals, or for @limit_ns to pass; 0: for ever. */
static void
wait_for_end (const sigset_t *signals, gint64 limit_ns)
{
  gint64 end_ns = thrum_clock_now () + limit_ns;

  for (;;)
    {
      gint64 now_ns = thrum_clock_now (), left_ns = MAX (0, end_ns - now_ns);
      struct timespec left = { left_ns / 1000000000, left_ns % 1000000000 };

      if (limit_ns == 0 ? sigwaitinfo (signals, NULL) > 0 : sigtimedwait (signals, NULL, &left) > 0)
        return;
      if (errno == EAGAIN)
        return;
    }
}

static gboolean
write_file (const char *file, const char *text, GError **error)
{
  return file == NULL || thrum_printing_write_file (file, text, error);
}

static gboolean
announce (ThrumServer *server, const char *port_file, GError **error)
{
  g_autofree char *port = g_strdup_printf ("%u\n", thrum_server_get_port (server));

  if (!write_file (port_file, port, error))
    return FALSE;
  printf ("listening on %s\n", thrum_server_get_address (server));
  if (fflush (stdout) == 0)
    return TRUE;
  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno),
               "cannot write to standard output: %s", g_strerror (errno));
  return FALSE;
}

/* Says what is wrong, if anything. */
static int
fail (GError *error, int code)
{
  thrum_printing_say (stderr, "thrum target: %s\n", error->message);
  return code;
}

static int
serve (const Arguments *a, const ThrumServerOptions *options, gint64 limit_ns)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *statistics = NULL;
  ThrumServer *server;
  sigset_t signals;
  gboolean is_good;

  /* Blocked before any thread starts, so that this one alone receives them. */
  sigemptyset (&signals);
  sigaddset (&signals, SIGTERM);
  sigaddset (&signals, SIGINT);
  thrum_child_leave_ignored (&signals);
  sigprocmask (SIG_BLOCK, &signals, NULL);

  server = thrum_server_new (options, &error);
  if (server == NULL)
    return fail (error, THRUM_EXIT_CANNOT_START);
  /* A file that hangs as it is written is left by the next signal, here and at the end. */
  sigprocmask (SIG_UNBLOCK, &signals, NULL);
  is_good = announce (server, a->port_file, &error);
  sigprocmask (SIG_BLOCK, &signals, NULL);
  if (is_good)
    wait_for_end (&signals, limit_ns);
  sigprocmask (SIG_UNBLOCK, &signals, NULL);
  is_good = thrum_server_stop (server, is_good ? &error : NULL) && is_good;
  statistics = thrum_server_get_statistics (server);
  thrum_server_free (server);
  is_good = is_good && write_file (a->stats_file, statistics, &error);
  return is_good ? THRUM_EXIT_GOOD : fail (error, THRUM_EXIT_CANNOT_START);
}

int
thrum_cli_target (int argc, char **argv)
{
  g_auto (Arguments) arguments = { 0 };
  g_autoptr (GHashTable) redirects = NULL;
  g_autoptr (GError) error = NULL;
  ThrumServerOptions options = { 0 };
  pid_t parent = getppid ();
  gint64 limit_ns = 0;

  g_set_prgname ("thrum target");
  if (!read_arguments (argc, argv, &arguments, &error)
      || !read_options (&arguments, &options, &redirects, &error)
      || !read_duration ("--exit-after", arguments.exit_after, &limit_ns, &error))
    {
      fail (error, THRUM_EXIT_USAGE);
      thrum_printing_say (stderr, "`thrum target --help` lists the options\n");
      return THRUM_EXIT_USAGE;
    }
  if (arguments.die_with_parent)
    {
      prctl (PR_SET_PDEATHSIG, SIGTERM);
      if (getppid () != parent)
        return THRUM_EXIT_GOOD;
    }
  return serve (&arguments, &options, limit_ns);
}
