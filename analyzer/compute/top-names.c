/* SPDX-License-Identifier: MIT
 *
 * Counts names if there are too many, and keeps the most frequent. Only one thread reads the files,
 * so that the order of the file decides even if the numbers for names run out. Main thread.
 */
#include "analyzer/compute/top-names.h"
#include "record/record.h"

#define MOST_NAMES (G_MAXUINT16 + 1) /* what a row's numbers tell apart */

typedef struct {
  guint64 requests[MOST_NAMES];
  guint64 kinds[MOST_NAMES];
} Counts;

static gpointer
counts_new (gpointer data)
{
  return data;
}

static void
consume (gpointer data, const ThrumRow *rows, guint n_rows)
{
  Counts *counts = data;

  for (guint i = 0; i < n_rows; i++)
    {
      counts->requests[rows[i].request]++;
      counts->kinds[rows[i].kind]++;
    }
}

static void
use_tables (ThrumScanPlan *plan, ThrumNames *requests, ThrumNames *kinds)
{
  for (guint i = 0; i < plan->n_files; i++)
    {
      plan->files[i].reader.requests = requests;
      plan->files[i].reader.kinds = kinds;
    }
}

gboolean
thrum_top_names_choose (ThrumScanPlan *plan, ThrumAnalysis *self, GError **error)
{
  static const ThrumScanConsumer consumer = { counts_new, consume };
  g_autoptr (ThrumNames) requests = thrum_names_new (MOST_NAMES);
  g_autoptr (ThrumNames) kinds = thrum_kinds_new (MOST_NAMES);
  g_autofree Counts *counts = g_new0 (Counts, 1);
  ThrumScanFaults faults = { 0 };
  gpointer state;

  use_tables (plan, requests, kinds);
  gboolean good =
      thrum_scan_run (plan->files, plan->n_files, 1, &consumer, counts, &state, &faults, error);
  thrum_scan_faults_clear (&faults);
  if (good)
    {
      self->n_request_names = thrum_names_get_n (requests);
      self->n_kind_names = thrum_names_get_n (kinds);
      thrum_names_free (self->request_names);
      thrum_names_free (self->kind_names);
      self->request_names =
          thrum_names_keep_most_frequent (requests, counts->requests, THRUM_MAX_REQUESTS, 0);
      self->kind_names =
          thrum_names_keep_most_frequent (kinds, counts->kinds, THRUM_MAX_KINDS, THRUM_N_FAILURES);
    }
  use_tables (plan, self->request_names, self->kind_names);
  return good;
}
