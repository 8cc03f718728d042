/* SPDX-License-Identifier: MIT
 *
 * Collects what a reader must know of the files before any number: what a format leaves out, and
 * whether a run whose run.json was left at "running" is still running or was killed. Main
 * thread.
 */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/compute/activity.h"
#include "analyzer/judge/source.h"
#include "analyzer/write/text.h"

/* Reports whether @process, a folder's name in /proc, holds @rows open for writing. Only the
 * processes of the owner are looked at, because they wrote them. @sure becomes FALSE where we may
 * not look into one. */
static gboolean
has_open (const char *process, const GStatBuf *rows, gboolean *sure)
{
  g_autofree char *self = g_build_filename ("/proc", process, NULL);
  g_autofree char *folder = g_build_filename (self, "fd", NULL);
  g_autoptr (GError) error = NULL;
  GStatBuf owner;
  const char *name;

  if (g_stat (self, &owner) < 0 || owner.st_uid != rows->st_uid)
    return FALSE;

  g_autoptr (GDir) fds = g_dir_open (folder, 0, &error);
  if (fds == NULL)
    {
      *sure = *sure && g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
      return FALSE;
    }
  while ((name = g_dir_read_name (fds)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      GStatBuf link, file;

      /* The link's own mode says what the file was opened for. */
      if (g_lstat (path, &link) == 0 && (link.st_mode & S_IWUSR) != 0 && g_stat (path, &file) == 0
          && file.st_dev == rows->st_dev && file.st_ino == rows->st_ino)
        return TRUE;
    }
  return FALSE;
}

static gboolean
is_written_to (const char *path, gboolean *sure)
{
  g_autoptr (GDir) processes = g_dir_open ("/proc", 0, NULL);
  GStatBuf rows;
  const char *name;

  *sure = processes != NULL && g_stat (path, &rows) == 0;
  if (!*sure)
    return FALSE;
  while ((name = g_dir_read_name (processes)) != NULL)
    if (g_ascii_isdigit (*name) && has_open (name, &rows, sure))
      return TRUE;
  return FALSE;
}

/* A run writes the state "running" at its start and another at its end. */
static char *
describe_state (const ThrumInput *input)
{
  const ThrumRunInfo *info = input->info;
  gboolean sure;

  if (info == NULL || g_strcmp0 (info->state, "running") != 0)
    return NULL;
  if (info->host != NULL && g_strcmp0 (info->host, g_get_host_name ()) != 0)
    return g_strdup_printf ("The end of this run is not recorded: it is still going on, or was "
                            "killed, on %s.",
                            info->host);
  if (is_written_to (input->path, &sure))
    return g_strdup ("This run is still going on: here is what it has written so far.");
  if (!sure)
    return g_strdup ("The end of this run is not recorded: it is still going on, or was killed.");
  return g_strdup ("This run did not end properly: run.json still says running, but no process "
                   "writes to its rows. It was killed, or the machine stopped; what was in flight, "
                   "and the last rows, may be missing, and nothing judged the measurement.");
}

static void
add_note (GPtrArray *notes, char *note)
{
  if (note != NULL && !g_ptr_array_find_with_equal_func (notes, note, g_str_equal, NULL))
    g_ptr_array_add (notes, note);
  else
    g_free (note);
}

static void
add_unseen (GPtrArray *notes, const ThrumInput *input)
{
  const ThrumRunInfo *info = input->info;

  if (info != NULL && info->dropped > 0)
    {
      g_autofree char *n = thrum_text_count ((guint64)info->dropped);
      add_note (notes,
                g_strdup_printf ("%s arrivals were dropped: they were never sent and have no "
                                 "row; percentiles that they could change are lower bounds.",
                                 n));
    }
  if (info != NULL && info->lost > 0)
    {
      g_autofree char *n = thrum_text_count ((guint64)info->lost);
      add_note (notes, g_strdup_printf ("%s requests were lost with the worker that had sent them; "
                                        "percentiles that they could change are lower bounds.",
                                        n));
    }
  if (info != NULL && info->unwritten > 0)
    {
      g_autofree char *n = thrum_text_count ((guint64)info->unwritten);
      add_note (notes,
                g_strdup_printf ("%s rows could not be written: counts and rates here are of "
                                 "the others; the run's own are in run.json.",
                                 n));
    }
}

/* A report has the verdict of the first run alone. */
static char *
describe_verdict (const ThrumInput *input)
{
  const char *level = input->info != NULL ? input->info->level : NULL;

  if (level == NULL || g_str_equal (level, "VALID"))
    return NULL;
  return g_strdup_printf ("The verdict of %s is %s.", input->label, level);
}

static char *
describe_seconds (const ThrumReader *reader)
{
  const char *finer = reader->format->finer;

  if (!reader->whole_seconds)
    return NULL;
  return g_strdup_printf (
      "The times are whole seconds, each of which stands for all of its second: "
      "what is shown over time is no finer%s%s.",
      finer != NULL ? "; " : "", finer != NULL ? finer : "");
}

/* A file without a time of day cannot be placed among files that have one. */
static void
add_unplaced (GPtrArray *notes, const GArray *files)
{
  gboolean any = FALSE;

  for (guint i = 0; i < files->len; i++)
    any |= thrum_scan_file_has_date (&g_array_index (files, ThrumScanFile, i));
  for (guint i = 0; any && i < files->len; i++)
    {
      const ThrumScanFile *file = &g_array_index (files, ThrumScanFile, i);

      if (!thrum_scan_file_has_date (file))
        add_note (notes, g_strdup_printf ("%s has no time of day: it is taken to begin with the "
                                          "first of the others.",
                                          file->input->label));
    }
}

/* Why @input is not all that was to be measured; NULL: it is. A run that a threshold of its own ended has
 * measured what it was to. */
static char *
describe_lack (const ThrumInput *input)
{
  const char *state = input->info != NULL ? input->info->state : NULL;

  if (state == NULL || g_str_equal (state, "complete") || g_str_equal (state, "aborted"))
    return thrum_input_describe_damage (input);
  if (g_str_equal (state, "running"))
    return g_strdup_printf ("%s: its end is not recorded", input->label);
  return g_strdup_printf ("%s: its state is %s", input->label, state);
}

ThrumSource *
thrum_source_new (const GArray *files)
{
  ThrumSource *self = g_new0 (ThrumSource, 1);
  const ThrumScanFile *first = &g_array_index (files, ThrumScanFile, 0);

  self->info = first->input->info;
  self->title = files->len > 1
                    ? g_strdup_printf ("%s and %u more", first->input->label, files->len - 1)
                    : g_strdup (first->input->label);
  self->notes = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < files->len; i++)
    {
      const ThrumScanFile *file = &g_array_index (files, ThrumScanFile, i);

      add_note (self->notes, thrum_input_describe_damage (file->input));
      if (self->incomplete == NULL)
        self->incomplete = describe_lack (file->input);
      add_note (self->notes, describe_state (file->input));
      add_unseen (self->notes, file->input);
      if (i > 0)
        add_note (self->notes, describe_verdict (file->input));
      add_note (self->notes, g_strdup (file->reader.format->note));
      add_note (self->notes, describe_seconds (&file->reader));
      if (file->reader.journeys_alone)
        add_note (self->notes,
                  g_strdup ("There are transactions alone, whose requests have no rows "
                            "(generated parent samples): each counts as a request."));
      add_note (self->notes, g_strdup (file->reader.note));
    }
  add_unplaced (self->notes, files);
  return self;
}

void
thrum_source_note_missing (ThrumSource *self, const GArray *files, guint64 n_found)
{
  guint64 n_written = 0;

  for (guint i = 0; i < files->len; i++)
    {
      const ThrumRunInfo *info = g_array_index (files, ThrumScanFile, i).input->info;

      if (info == NULL || info->rows <= 0)
        return; /* nobody knows */
      n_written += (guint64)info->rows;
    }
  if (n_found >= n_written)
    return;
  g_autofree char *found = thrum_text_count (n_found);
  g_autofree char *written = thrum_text_count (n_written);
  if (self->incomplete == NULL)
    self->incomplete =
        g_strdup_printf ("only %s of the %s rows that were written are there", found, written);
  add_note (self->notes,
            g_strdup_printf ("Only %s of the %s rows that were written are here: what is said of "
                             "them is not what was measured.",
                             found, written));
}

static char *
describe_names (guint n, guint most, const char *what)
{
  g_autofree char *count = thrum_text_count (n);
  g_autofree char *kept = thrum_text_count (most - 1);

  if (n == 0 || n < most)
    return NULL;
  return g_strdup_printf (
      "There are %s%s %s: the %s most frequent are told apart, what else there is "
      "counts as %s.",
      n > G_MAXUINT16 ? "at least " : "", count, what, kept, THRUM_OTHERS);
}

/* An instant in units since t0: as a date where that is known. */
static char *
describe_instant (const ThrumAnalysis *analysis, gint64 elapsed)
{
  if (analysis->zero < G_MAXINT64)
    {
      gint64 seconds = (gint64)((double)(analysis->zero + elapsed) / analysis->units);
      g_autoptr (GDateTime) date = g_date_time_new_from_unix_utc (seconds);

      if (date != NULL)
        return g_date_time_format (date, "%Y-%m-%d %H:%M:%S UTC");
    }
  return thrum_text_duration ((double)elapsed / analysis->units);
}

static char *
describe_strays (const ThrumAnalysis *analysis)
{
  const ThrumTally *tally = analysis->tally;
  guint64 n = tally->stray != NULL ? tally->stray->n_rows : 0;
  g_autofree char *count = thrum_text_count (n);

  if (n == 0)
    return NULL;
  g_autofree char *first = describe_instant (analysis, tally->first_stray);
  g_autofree char *last = describe_instant (analysis, tally->last_stray);
  return g_strdup_printf (
      "%s row%s far from all others in time (%s%s%s): %s counted, but left out of "
      "what is over time and of the test's duration.",
      count, n == 1 ? " is" : "s are", first, n > 1 ? " to " : "", n > 1 ? last : "",
      n == 1 ? "it is" : "they are");
}

static char *
describe_gaps (const ThrumAnalysis *analysis)
{
  enum { LEAST_ROWS = 20 };
  g_autoptr (GArray) stretches = thrum_activity_list (analysis, TRUE);
  double slice = (double)analysis->pass->slice_width / analysis->units;
  guint n;
  ThrumActivity gap = thrum_activity_find_gap (stretches, analysis->tally->n_slices, &n);

  if (n == 0 || analysis->from_run || analysis->total.n_rows < LEAST_ROWS)
    return NULL;
  g_autofree char *width = thrum_text_duration ((gap.end - gap.first) * slice);
  g_autofree char *from = thrum_text_duration (gap.first * slice);
  return g_strdup_printf (
      "Nothing was under way for %s, from %s on%s: if these are several tests, the "
      "rates of all, which are over the whole time, say little.",
      width, from, n > 1 ? ", nor in other such gaps" : "");
}

void
thrum_source_note_findings (ThrumSource *self, const ThrumAnalysis *analysis)
{
  const GPtrArray *restarts = analysis->faults.restarts;

  add_note (self->notes,
            describe_names (analysis->n_request_names, THRUM_MAX_REQUESTS, "names of requests"));
  add_note (self->notes,
            describe_names (analysis->n_kind_names, THRUM_MAX_KINDS, "kinds of failure"));
  add_note (self->notes, describe_strays (analysis));
  add_note (self->notes, describe_gaps (analysis));
  for (guint i = 0; restarts != NULL && i < restarts->len; i++)
    add_note (self->notes, g_strdup (g_ptr_array_index (restarts, i)));
}

void
thrum_source_free (ThrumSource *self)
{
  g_free (self->title);
  g_free (self->incomplete);
  g_ptr_array_unref (self->notes);
  g_free (self);
}
