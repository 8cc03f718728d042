/* SPDX-License-Identifier: MIT
 *
 * `thrum calibrate`: its command line and where its file goes. What is measured is core/calibrate's.
 * Main thread.
 */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <unistd.h>

#include "calibrate/calibrate.h"
#include "calibrate/trial.h"
#include "cli/cli.h"
#include "base/printing.h"
#include "base/units.h"

#define SHORTEST_NS (4 * G_GINT64_CONSTANT (1000000000))
#define LONGEST_NS (3600 * G_GINT64_CONSTANT (1000000000))

typedef struct {
  gchar *duration, *output;
  gboolean json, quiet;
} Arguments;

static void
arguments_clear (Arguments *arguments)
{
  g_free (arguments->duration);
  g_free (arguments->output);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Arguments, arguments_clear)

static gboolean
read_arguments (int argc, char **argv, Arguments *arguments, gint64 *duration_ns, GError **error)
{
  const GOptionEntry entries[] = {
    { "duration", 'd', 0, G_OPTION_ARG_STRING, &arguments->duration,
      "about how long to measure in all, 4s to 1h; 40s", "DURATION" },
    { "output", 0, 0, G_OPTION_ARG_FILENAME, &arguments->output,
      "the file to write in place of the one that later runs cite", "FILE" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &arguments->json, "print what the file holds", NULL },
    { "quiet", 0, 0, G_OPTION_ARG_NONE, &arguments->quiet, "no progress on stderr", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autofree gchar *file = thrum_calibration_get_default_file ();
  g_autofree gchar *where = g_strdup_printf ("Writes %s, which each later run's run.json cites.\n"
                                             "Calibrate while the machine is otherwise idle.",
                                             file);

  g_option_context_set_summary (context,
                                "Measures what this machine and this build of thrum add to a "
                                "measurement,\nby runs against servers of its own on loopback.");
  g_option_context_set_description (context, where);
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, error))
    return FALSE;
  if (argc > 1)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION, "unexpected '%s'",
                   argv[1]);
      return FALSE;
    }
  if (!thrum_parse_duration (arguments->duration != NULL ? arguments->duration : "40s", duration_ns,
                             error))
    return FALSE;
  if (*duration_ns >= SHORTEST_NS && *duration_ns <= LONGEST_NS)
    return TRUE;
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               "--duration: '%s' is not between 4s and 1h", arguments->duration);
  return FALSE;
}

/* Before a measurement of a minute whose file could not be written. */
static gboolean
make_folder (const gchar *file, GError **error)
{
  g_autofree gchar *folder = g_path_get_dirname (file);

  if (g_mkdir_with_parents (folder, 0700) == 0 && access (folder, W_OK | X_OK) == 0
      && !g_file_test (file, G_FILE_TEST_IS_DIR))
    return TRUE;
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "cannot write %s: give another --output",
               file);
  return FALSE;
}

static int
fail (const GError *error, int exit_code)
{
  thrum_printing_say (stderr, "thrum calibrate: %s\n", error->message);
  return exit_code;
}

int
thrum_cli_calibrate (int argc, char **argv)
{
  g_auto (Arguments) arguments = { 0 };
  g_auto (ThrumCalibration) calibration = { 0 };
  g_autoptr (GError) error = NULL;
  g_autofree gchar *file = NULL, *json = NULL, *text = NULL;
  gint64 duration_ns;

  g_set_prgname ("thrum calibrate");
  if (!read_arguments (argc, argv, &arguments, &duration_ns, &error))
    {
      fail (error, THRUM_EXIT_USAGE);
      thrum_printing_say (stderr, "`thrum calibrate --help` lists the options\n");
      return THRUM_EXIT_USAGE;
    }
  file = arguments.output != NULL ? g_strdup (arguments.output)
                                  : thrum_calibration_get_default_file ();

  if (!make_folder (file, &error))
    return fail (error, THRUM_EXIT_CANNOT_START);
  thrum_trial_block_signals ();
  if (!thrum_calibrate (&calibration, duration_ns, !arguments.quiet, &error))
    return fail (error, g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)
                            ? THRUM_EXIT_INCOMPLETE
                            : THRUM_EXIT_CANNOT_START);
  thrum_trial_unblock_signals ();
  json = thrum_calibration_to_json (&calibration);
  text = arguments.json ? g_strdup_printf ("%s\n", json) : thrum_calibration_to_text (&calibration);
  fputs (text, stdout);
  /* By a temporary file: a run that starts meanwhile cites the old one or the new one. */
  if (!thrum_printing_write_file (file, json, &error))
    return fail (error, THRUM_EXIT_CANNOT_START);
  if (!arguments.json)
    printf ("\n  %s\n", file);
  return THRUM_EXIT_GOOD;
}
