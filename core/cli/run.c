/* SPDX-License-Identifier: MIT
 *
 * `thrum run`: arguments in, exit code out. Reads the INI file or makes one of a URL, has it
 * checked, has it run, prints the summary, and goes on to the analyzer if asked. Main thread.
 */
#include "cli/cli.h"

#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "calibrate/calibration.h"
#include "cli/hide-arguments.h"
#include "cli/plan-print.h"
#include "cli/report.h"
#include "config/config.h"
#include "config/expand.h"
#include "config/secrets.h"
#include "run/course/coordinator.h"
#include "plugin/values.h"
#include "base/printing.h"

/* A larger test is not one that somebody has written. */
#define MOST_TEST_BYTES (64u << 20)

typedef struct {
  gchar *duration, *users, *rate, *method, *output, *name;
  gchar **headers, **sets;
  gboolean report, json, quiet, check;
  gchar **rest;
} Arguments;

static void
clear_arguments (Arguments *arguments)
{
  g_free (arguments->duration);
  g_free (arguments->users);
  g_free (arguments->rate);
  g_free (arguments->method);
  g_free (arguments->output);
  g_free (arguments->name);
  g_strfreev (arguments->headers);
  g_strfreev (arguments->sets);
  g_strfreev (arguments->rest);
}

static gboolean
parse_arguments (Arguments *a, int argc, char **argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "duration", 'd', 0, G_OPTION_ARG_STRING, &a->duration, "how long, ramp-up included", "2m" },
    { "users", 'u', 0, G_OPTION_ARG_STRING, &a->users, "virtual users in all", "N" },
    { "rate", 'r', 0, G_OPTION_ARG_STRING, &a->rate, "arrivals, whatever the replies", "100/s" },
    { "method", 'X', 0, G_OPTION_ARG_STRING, &a->method, "the request's method", "METHOD" },
    { "header", 'H', 0, G_OPTION_ARG_STRING_ARRAY, &a->headers, "one more header; repeatable",
      "'NAME: VALUE'" },
    { "set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &a->sets, "replace a key's value; repeatable",
      "SECTION.KEY=VALUE" },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &a->output, "the run's folder itself", "DIR" },
    { "name", 0, 0, G_OPTION_ARG_STRING, &a->name, "the run's name", "NAME" },
    { "report", 0, 0, G_OPTION_ARG_NONE, &a->report, "tables, plots and a page at the end", NULL },
    { "json", 0, 0, G_OPTION_ARG_NONE, &a->json, "the summary as JSON", NULL },
    { "quiet", 'q', 0, G_OPTION_ARG_NONE, &a->quiet, "no progress", NULL },
    { "check", 0, 0, G_OPTION_ARG_NONE, &a->check, "check and print the plan; send nothing", NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &a->rest, NULL, NULL },
    { NULL, 0, 0, 0, NULL, NULL, NULL }
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("TEST.ini|URL");
  g_autofree gchar *help = NULL;
  g_auto (GStrv) copy = g_new0 (gchar *, (gsize)argc + 1);

  for (int i = 0; i < argc; i++)
    copy[i] = g_strdup (i == 0 ? "thrum run" : argv[i]);
  g_option_context_set_help_enabled (context, FALSE);
  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_set_summary (
      context, "Runs a load test: the one that an INI file describes (thrum.ini(5)), or a\n"
               "URL for 10 s with 10 users. Every request becomes a row of results.csv.");
  g_option_context_set_description (
      context,
      "Exit codes: 0 good, 1 a threshold failed or not one request succeeded, 2 bad usage or\n"
      "config, 3 incomplete, 4 nobody can say: invalid or undecided, 5 could not start.");
  for (int i = 1; i < argc && strcmp (argv[i], "--") != 0; i++)
    if (strcmp (argv[i], "--help") == 0 || strcmp (argv[i], "-h") == 0)
      {
        help = g_option_context_get_help (context, TRUE, NULL);
        fputs (help, stdout);
        exit (THRUM_EXIT_GOOD);
      }
  if (!g_option_context_parse_strv (context, &copy, error))
    return FALSE;
  thrum_hide_arguments (argc, argv);
  return TRUE;
}

static gboolean
is_url (const gchar *text)
{
  g_autofree gchar *scheme = g_uri_parse_scheme (text);
  return scheme != NULL && strstr (text, "://") != NULL;
}

/* Whether what was not found as a file may have been meant as a URL. */
static gboolean
looks_like_host (const gchar *text, const GError *error)
{
  return g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT) && strpbrk (text, ":.") != NULL
         && !g_str_has_suffix (text, ".ini");
}

/* Takes --set's argument apart; the parts are put into @owned. */
static gboolean
add_set (GArray *overrides, GPtrArray *owned, const gchar *set, GError **error)
{
  gchar *section, *key, *value;
  ThrumOverride override = { 0 };

  if (!thrum_config_parse_set (set, &section, &key, &value, error))
    return FALSE;
  override.section = section;
  override.key = key;
  override.value = value;
  override.origin = g_strdup_printf ("--set %s.%s", section, key);
  g_ptr_array_add (owned, section);
  g_ptr_array_add (owned, key);
  g_ptr_array_add (owned, value);
  g_ptr_array_add (owned, (gpointer) override.origin);
  g_array_append_val (overrides, override);
  return TRUE;
}

static void
add_override (GArray *overrides, const gchar *section, const gchar *key, const gchar *value,
              const gchar *origin, gboolean append)
{
  ThrumOverride override = { section, key, value, origin, append };

  if (value != NULL)
    g_array_append_val (overrides, override);
}

/* What is given on a command line is a secret, unless its name is known as that of none. */
static void
add_header (GArray *overrides, GPtrArray *owned, const gchar *header)
{
  const gsize length = strcspn (header, ":");
  g_autofree gchar *literal = thrum_expand_escape (header);
  gchar *element = thrum_value_escape_element (literal);

  g_ptr_array_add (owned, element);
  add_override (overrides, "target", "headers", element, "-H", TRUE);
  if (header[length] == '\0' || thrum_secret_is_harmless_header (header, length)
      || thrum_secret_is_header (header, length, NULL))
    return;
  gchar *name = g_strstrip (g_strndup (header, length));
  g_ptr_array_add (owned, name);
  add_override (overrides, "results", "secret-headers", name, "-H", TRUE);
}

static int usage (const gchar *format, ...) G_GNUC_PRINTF (1, 2);

static int
usage (const gchar *format, ...)
{
  va_list args;
  g_autofree gchar *message = NULL, *masked = NULL;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  masked = thrum_secret_mask (message);
  thrum_printing_say (stderr, "thrum run: %s\n", masked);
  return THRUM_EXIT_USAGE;
}

/* The text of a test: of a file, or of a pipe, such as <(...). A device may have no end. (transfer full) */
static gchar *
read_test (const gchar *path, gsize *length, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  FILE *file = fopen (path, "re");
  gchar bytes[65536];
  gsize n;

  while (file != NULL && text->len <= MOST_TEST_BYTES
         && (n = fread (bytes, 1, sizeof bytes, file)) > 0)
    g_string_append_len (text, bytes, (gssize)n);
  if (file == NULL || ferror (file))
    g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno),
                 "cannot read the test '%s': %s", path, g_strerror (errno));
  else if (text->len > MOST_TEST_BYTES)
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                 "cannot read the test '%s': it has more than %u MiB", path, MOST_TEST_BYTES >> 20);
  if (file != NULL)
    fclose (file);
  *length = text->len;
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* The config of what was given, or NULL with every problem printed. */
static ThrumConfig *
load (const Arguments *arguments, const gchar *given)
{
  g_autoptr (GArray) overrides = g_array_new (FALSE, FALSE, sizeof (ThrumOverride));
  g_autoptr (GPtrArray) owned = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  g_autofree gchar *text = NULL, *base = NULL;
  g_autofree gchar *shown = thrum_secret_mask (given);
  gsize length = 0;
  ThrumConfig *config;

  if (is_url (given))
    {
      text = thrum_config_text_for_url (given, &error);
      length = text != NULL ? strlen (text) : 0;
    }
  else
    {
      const gchar *path = strcmp (given, "-") == 0 ? "/dev/stdin" : given;

      text = read_test (path, &length, &error);
      base = g_path_get_dirname (given);
    }
  if (error != NULL)
    {
      usage ("%s%s%s", error->message,
             looks_like_host (given, error) ? "; a URL begins with its scheme: http://" : "",
             looks_like_host (given, error) ? given : "");
      return NULL;
    }
  for (guint i = 0; arguments->sets != NULL && arguments->sets[i] != NULL; i++)
    if (!add_set (overrides, owned, arguments->sets[i], &error))
      {
        usage ("%s", error->message);
        return NULL;
      }
  add_override (overrides, "load", "duration", arguments->duration, "-d", FALSE);
  add_override (overrides, "load", "users", arguments->users, "-u", FALSE);
  add_override (overrides, "load", "rate", arguments->rate, "-r", FALSE);
  add_override (overrides, "target", "method", arguments->method, "-X", FALSE);
  for (guint i = 0; arguments->headers != NULL && arguments->headers[i] != NULL; i++)
    add_header (overrides, owned, arguments->headers[i]);

  config = thrum_config_load (text, length, is_url (given) ? shown : given, base,
                              (ThrumOverride *)overrides->data, overrides->len, problems);
  for (guint i = 0; i < problems->len; i++)
    thrum_printing_say (stderr, "%s\n", (gchar *)problems->pdata[i]);
  if (config != NULL && arguments->name != NULL)
    {
      g_free (config->name);
      config->name = thrum_config_name_for (arguments->name);
    }
  return config;
}

static int
get_exit_code (const ThrumRun *run)
{
  static const int codes[] = { [THRUM_RUN_IS_GOOD] = THRUM_EXIT_GOOD,
                               [THRUM_RUN_IS_BREACHED] = THRUM_EXIT_THRESHOLD,
                               [THRUM_RUN_IS_INVALID] = THRUM_EXIT_INVALID,
                               [THRUM_RUN_IS_UNFINISHED] = THRUM_EXIT_INCOMPLETE };

  return codes[thrum_run_get_result (run)];
}

static int
run_and_print (const ThrumConfig *config, const Arguments *arguments)
{
  g_autoptr (JsonNode) calibration = thrum_calibration_cite ();
  ThrumRunOptions options = { .output = arguments->output,
                              .quiet = arguments->quiet,
                              .calibration = calibration,
                              .left_code = THRUM_EXIT_INCOMPLETE };
  g_autoptr (GError) error = NULL;
  g_autoptr (ThrumRun) run = thrum_coordinator_run (config, &options, &error);
  g_autofree gchar *text = NULL;
  int exit_code;

  if (run == NULL)
    {
      thrum_printing_say (stderr, "thrum run: %s\n", error->message);
      return g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_EXIST) ? THRUM_EXIT_USAGE
                                                                       : THRUM_EXIT_CANNOT_START;
    }
  exit_code = get_exit_code (run);
  if (arguments->json)
    text = thrum_run_to_json (run);
  else
    text = thrum_run_to_text (run, isatty (STDOUT_FILENO) && g_getenv ("NO_COLOR") == NULL);
  printf ("%s%s", text, arguments->json ? "\n" : "");
  if (fflush (stdout) != 0 || ferror (stdout))
    {
      thrum_printing_say (stderr, "thrum run: cannot write the summary: %s\n", g_strerror (errno));
      if (exit_code == THRUM_EXIT_GOOD)
        exit_code = THRUM_EXIT_INCOMPLETE;
    }
  if (arguments->json && thrum_run_has_no_success (run))
    thrum_printing_say (stderr, "thrum run: " THRUM_RUN_NO_SUCCESS "\n");
  for (guint i = 0; arguments->json && i < run->problems->len; i++)
    thrum_printing_say (stderr, "thrum run: %s\n", (gchar *)run->problems->pdata[i]);
  if (arguments->report && !thrum_report_make (run->folder->path, exit_code, arguments->json)
      && exit_code == THRUM_EXIT_GOOD)
    exit_code = THRUM_EXIT_INCOMPLETE;
  return exit_code;
}

int
thrum_cli_run (int argc, char **argv)
{
  g_auto (GStrv) none = NULL;
  Arguments arguments = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (ThrumConfig) config = NULL;
  int exit_code;

  g_set_prgname ("thrum run");
  if (!parse_arguments (&arguments, argc, argv, &error))
    {
      clear_arguments (&arguments);
      return usage ("%s; `thrum run --help` lists the options", error->message);
    }
  if (arguments.rest == NULL || arguments.rest[0] == NULL || arguments.rest[1] != NULL)
    {
      clear_arguments (&arguments);
      return usage ("expected one INI file or URL; `thrum init URL` prints a file to start from");
    }
  if ((arguments.name != NULL && *arguments.name == '\0')
      || (arguments.output != NULL && *arguments.output == '\0'))
    {
      const gchar *option = arguments.name != NULL && *arguments.name == '\0' ? "name" : "output";

      clear_arguments (&arguments);
      return usage ("--%s is empty: it names the run's folder", option);
    }
  config = load (&arguments, arguments.rest[0]);
  if (config == NULL)
    exit_code = THRUM_EXIT_USAGE;
  else if (arguments.check)
    {
      thrum_plan_print (config, stdout);
      exit_code = THRUM_EXIT_GOOD;
    }
  else
    exit_code = run_and_print (config, &arguments);
  clear_arguments (&arguments);
  return exit_code;
}
