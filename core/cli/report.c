/* SPDX-License-Identifier: MIT
 *
 * `thrum run --report`: starts the analyzer and prints what it adds. Its tables stay unprinted, for
 * the run's summary has just said the same; what it warns of on standard error does not. Knows of
 * the analyzer its exit codes and one member of summary.json.
 */
#include "cli/report.h"

#include <stdio.h>
#include <sys/wait.h>

#include <json-glib/json-glib.h>

#include "cli/cli.h"
#include "base/child.h"
#include "base/regular-file.h"
#include "base/units.h"
#include "base/printing.h"

#define MOST_BYTES (64 * 1024 * 1024)

/* How long the run's beginning looks like a warm-up, ns; 0: not at all. */
static gint64
get_proposed_warm_up (const gchar *folder)
{
  g_autofree gchar *path = g_build_filename (folder, "report", "summary.json", NULL);
  g_autofree gchar *text = thrum_regular_file_read_json (path, MOST_BYTES, NULL, NULL);
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (JsonNode) proposed = NULL;
  JsonArray *found;

  if (text == NULL || !json_parser_load_from_data (parser, text, -1, NULL))
    return 0;
  proposed = json_path_query ("$.warm_up.proposed", json_parser_get_root (parser), NULL);
  if (proposed == NULL)
    return 0;
  found = json_node_get_array (proposed);
  return json_array_get_length (found) == 0
             ? 0
             : (gint64)(json_array_get_double_element (found, 0) * 1e9);
}

static void
say (const gchar *folder)
{
  gint64 warm_up_ns = get_proposed_warm_up (folder);
  g_autofree gchar *warm_up = thrum_format_duration (warm_up_ns);

  if (warm_up_ns > 0)
    printf ("  the first %s look like a warm-up: [load] warm-up leaves them out\n", warm_up);
  printf ("  %s/report/report.html\n", folder);
}

/* The analyzer beside this program, that of the same build, or the one that PATH names. (transfer full)
 * (nullable): there is none. */
static gchar *
find_analyzer (void)
{
  g_autofree gchar *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree gchar *here = self != NULL ? g_path_get_dirname (self) : g_strdup ("/nowhere");
  g_autofree gchar *beside = g_build_filename (here, "thrum-analyze", NULL);
  g_autofree gchar *built = g_build_filename (here, "..", "analyzer", "thrum-analyze", NULL);

  if (g_file_test (beside, G_FILE_TEST_IS_EXECUTABLE))
    return g_steal_pointer (&beside);
  if (g_file_test (built, G_FILE_TEST_IS_EXECUTABLE))
    return g_steal_pointer (&built);
  return thrum_child_find_program ("thrum-analyze");
}

/* Whether the analyzer ends so once the report stands, whatever it says of the run. */
static gboolean
is_made (int code)
{
  return code == THRUM_EXIT_GOOD || code == THRUM_EXIT_THRESHOLD || code == THRUM_EXIT_INCOMPLETE
         || code == THRUM_EXIT_INVALID;
}

gboolean
thrum_report_make (const gchar *folder, int exit_code, gboolean is_quiet)
{
  g_autofree gchar *program = find_analyzer ();
  /* No folder's name is to be taken for an option. */
  g_autofree gchar *path =
      g_path_is_absolute (folder) ? g_strdup (folder) : g_build_filename (".", folder, NULL);
  const gchar *argv[] = { program, path, NULL };
  gint wait_status = 0;
  int analyzed = THRUM_EXIT_GOOD;
  g_autoptr (GError) error = NULL;

  fflush (stdout);
  if (program == NULL)
    error = g_error_new_literal (G_FILE_ERROR, G_FILE_ERROR_NOENT,
                                 "there is no thrum-analyze, neither beside thrum nor in PATH");
  else if (g_spawn_sync (NULL, (gchar **)argv, NULL, G_SPAWN_STDOUT_TO_DEV_NULL,
                         thrum_child_prepare, NULL, NULL, NULL, &wait_status, &error))
    {
      /* A run without rows has a report, too, though its code says that nothing was analyzed. */
      g_autofree gchar *page = g_build_filename (folder, "report", "report.html", NULL);

      if (WIFEXITED (wait_status) && is_made (WEXITSTATUS (wait_status)))
        analyzed = WEXITSTATUS (wait_status);
      else if (!g_file_test (page, G_FILE_TEST_EXISTS))
        g_spawn_check_wait_status (wait_status, &error);
    }
  if (error != NULL)
    {
      thrum_printing_say (stderr, "thrum run: cannot make the report: %s\n", error->message);
      return FALSE;
    }
  if (analyzed == THRUM_EXIT_THRESHOLD && exit_code != THRUM_EXIT_THRESHOLD)
    thrum_printing_say (
        stderr, "thrum run: by exact percentiles, not a histogram's, a threshold is breached: "
                "thrum-analyze says which\n");
  if (!is_quiet)
    say (folder);
  return TRUE;
}
