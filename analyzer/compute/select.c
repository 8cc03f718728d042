/* SPDX-License-Identifier: MIT
 *
 * Finds exact order statistics in bounded memory by narrowing the buckets that hold them, pass after
 * pass. It does not know what the quantiles are for. The selection belongs to the main thread and is
 * immutable during a pass; each state belongs to its thread.
 */
#include "analyzer/compute/select.h"

#define CELLS 4096
#define N_OF_INDEX (THRUM_N_SCOPES - THRUM_SCOPE_INTERVAL)

typedef struct {
  ThrumScope scope;
  guint index;
  gint64 low;
  gint64 width;
  guint64 rank; /* within [low, low + width), from 1 */
  guint bin;
} Query;

/* An open bucket; queries of one scope share it. */
typedef struct {
  gint64 low;
  gint64 width;
  guint shift; /* a cell is 2^shift wide */
} Bin;

struct _ThrumSelection {
  GArray *queries;
  GArray *bins;
  GHashTable *scopes;                   /* key -> GArray of bins */
  GArray *of_index[N_OF_INDEX];         /* the same by index, from INTERVAL on: GArray * or NULL */
  GArray *of_all[THRUM_SCOPE_INTERVAL]; /* the scopes before that (nullable) */
  gboolean wants_less_lag;
  guint8 *hot; /* of each bucket of the middle shape, whether any bin overlaps it */
  gint64 interval_width;
};

typedef struct {
  const ThrumSelection *selection;
  guint32 *cells;
} State;

ThrumSelection *
thrum_selection_new (gint64 interval_width)
{
  ThrumSelection *self = g_new0 (ThrumSelection, 1);

  self->queries = g_array_new (FALSE, TRUE, sizeof (Query));
  self->bins = g_array_new (FALSE, TRUE, sizeof (Bin));
  self->scopes =
      g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, (GDestroyNotify)g_array_unref);
  for (guint i = 0; i < N_OF_INDEX; i++)
    self->of_index[i] = g_array_new (FALSE, TRUE, sizeof (GArray *));
  self->hot = g_malloc0 (thrum_bucket_count (thrum_bucket_shape_middle));
  self->interval_width = interval_width;
  return self;
}

void
thrum_selection_free (ThrumSelection *self)
{
  g_array_unref (self->queries);
  g_array_unref (self->bins);
  g_hash_table_unref (self->scopes);
  for (guint i = 0; i < N_OF_INDEX; i++)
    g_array_unref (self->of_index[i]);
  g_free (self->hot);
  g_free (self);
}

guint
thrum_selection_ask_all (ThrumSelection *self, ThrumScope scope, guint index,
                         const ThrumDistribution *distribution, const guint64 *ranks, guint n)
{
  ThrumBucketCursor cursor = { 0 };

  for (guint i = 0; i < n; i++)
    {
      Query query = { .scope = scope, .index = index, .width = 1 };

      if (distribution->n > 0)
        {
          ThrumBucketRank found = thrum_distribution_find_next (distribution, &cursor, ranks[i]);

          query.low = found.low;
          query.width = found.width;
          query.rank = found.rank;
        }
      g_array_append_val (self->queries, query);
    }
  return self->queries->len - n;
}

guint
thrum_selection_ask (ThrumSelection *self, ThrumScope scope, guint index,
                     const ThrumDistribution *distribution, guint64 rank)
{
  return thrum_selection_ask_all (self, scope, index, distribution, &rank, 1);
}

gboolean
thrum_selection_is_done (const ThrumSelection *self)
{
  for (guint i = 0; i < self->queries->len; i++)
    if (g_array_index (self->queries, Query, i).width > 1)
      return FALSE;
  return TRUE;
}

gint64
thrum_selection_get (const ThrumSelection *self, guint query)
{
  return g_array_index (self->queries, Query, query).low;
}

/* The bins of a scope, made if there are none yet. */
static GArray *
get_scope_bins (ThrumSelection *self, ThrumScope scope, guint index)
{
  gint64 key = (gint64)scope << 32 | index;
  GArray *bins = g_hash_table_lookup (self->scopes, &key);

  if (bins != NULL)
    return bins;
  bins = g_array_new (FALSE, FALSE, sizeof (guint));
  g_hash_table_insert (self->scopes, g_memdup2 (&key, sizeof key), bins);
  self->wants_less_lag |= scope == THRUM_SCOPE_LESS_LAG || scope == THRUM_SCOPE_REQUEST_LESS_LAG;
  if (scope < THRUM_SCOPE_INTERVAL)
    self->of_all[scope] = bins;
  else
    {
      GArray *table = self->of_index[scope - THRUM_SCOPE_INTERVAL];

      if (table->len <= index)
        g_array_set_size (table, index + 1);
      g_array_index (table, GArray *, index) = bins;
    }
  return bins;
}

static guint
find_bin (ThrumSelection *self, GArray *bins, const Query *query)
{
  for (guint i = 0; i < bins->len; i++)
    {
      guint number = g_array_index (bins, guint, i);
      if (g_array_index (self->bins, Bin, number).low == query->low)
        return number;
    }

  Bin bin = { .low = query->low, .width = query->width };
  while ((query->width - 1) >> bin.shift >= CELLS)
    bin.shift++;
  g_array_append_val (self->bins, bin);
  guint number = self->bins->len - 1;
  g_array_append_val (bins, number);

  guint last = thrum_bucket_of (thrum_bucket_shape_middle, bin.low + (bin.width - 1));
  for (guint i = thrum_bucket_of (thrum_bucket_shape_middle, bin.low); i <= last; i++)
    self->hot[i] = 1;
  return number;
}

void
thrum_selection_prepare (ThrumSelection *self)
{
  g_array_set_size (self->bins, 0);
  g_hash_table_remove_all (self->scopes);
  for (guint i = 0; i < N_OF_INDEX; i++)
    g_array_set_size (self->of_index[i], 0);
  memset (self->of_all, 0, sizeof self->of_all);
  self->wants_less_lag = FALSE;
  memset (self->hot, 0, thrum_bucket_count (thrum_bucket_shape_middle));
  for (guint i = 0; i < self->queries->len; i++)
    {
      Query *query = &g_array_index (self->queries, Query, i);

      if (query->width > 1)
        query->bin = find_bin (self, get_scope_bins (self, query->scope, query->index), query);
    }
}

gpointer
thrum_selection_state_new (gpointer selection)
{
  State *state = g_new0 (State, 1);

  state->selection = selection;
  state->cells = g_new0 (guint32, (gsize)state->selection->bins->len * CELLS);
  return state;
}

static void
count_in (State *state, const GArray *bins, gint64 value)
{
  if (bins == NULL)
    return;
  for (guint i = 0; i < bins->len; i++)
    {
      guint number = g_array_index (bins, guint, i);
      const Bin *bin = &g_array_index (state->selection->bins, Bin, number);

      if (value >= bin->low && value - bin->low < bin->width)
        {
          state->cells[(gsize)number * CELLS + (gsize)((value - bin->low) >> bin->shift)]++;
          return; /* bins of one scope do not overlap */
        }
    }
}

static const GArray *
of (const ThrumSelection *self, ThrumScope scope, gint64 index)
{
  const GArray *table = self->of_index[scope - THRUM_SCOPE_INTERVAL];

  return index >= 0 && index < table->len ? g_array_index (table, GArray *, index) : NULL;
}

static void
count_response (State *state, const ThrumRow *row)
{
  const ThrumSelection *self = state->selection;
  gboolean is_certain = !thrum_kind_is_censored (row->kind);

  count_in (state, of (self, THRUM_SCOPE_REQUEST, row->request), row->response);
  if (row->kind == THRUM_KIND_SUCCESS)
    count_in (state, of (self, THRUM_SCOPE_REQUEST_OK, row->request), row->response);
  if (is_certain)
    count_in (state, of (self, THRUM_SCOPE_REQUEST_CERTAIN, row->request), row->response);
  if (row->is_part)
    return;
  count_in (state, self->of_all[THRUM_SCOPE_TOTAL], row->response);
  count_in (state, of (self, THRUM_SCOPE_INTERVAL, row->elapsed / self->interval_width),
            row->response);
  if (row->kind == THRUM_KIND_SUCCESS)
    count_in (state, self->of_all[THRUM_SCOPE_OK], row->response);
  if (is_certain)
    count_in (state, self->of_all[THRUM_SCOPE_CERTAIN], row->response);
}

static void
count_less_lag (State *state, const ThrumRow *row, gint64 value)
{
  if (thrum_kind_is_unconnected (row->kind) || thrum_kind_is_censored (row->kind))
    return;
  count_in (state, of (state->selection, THRUM_SCOPE_REQUEST_LESS_LAG, row->request), value);
  count_in (state, state->selection->of_all[THRUM_SCOPE_LESS_LAG], value);
}

void
thrum_selection_consume (gpointer data, const ThrumRow *rows, guint n_rows)
{
  State *state = data;
  const guint8 *hot = state->selection->hot;
  const gboolean wants_less_lag = state->selection->wants_less_lag;

  for (guint i = 0; i < n_rows; i++)
    {
      const ThrumRow *row = &rows[i];

      if (hot[thrum_bucket_of (thrum_bucket_shape_middle, row->response)]
          && !thrum_kind_is_unconnected (row->kind))
        count_response (state, row);
      if (row->service >= 0 && hot[thrum_bucket_of (thrum_bucket_shape_middle, row->service)]
          && !thrum_kind_is_unconnected (row->kind))
        count_in (state, state->selection->of_all[THRUM_SCOPE_SERVICE], row->service);
      if (wants_less_lag
          && hot[thrum_bucket_of (thrum_bucket_shape_middle, thrum_row_less_lag (row))])
        count_less_lag (state, row, thrum_row_less_lag (row));
    }
}

void
thrum_selection_advance (ThrumSelection *self, gpointer *states, guint n_states)
{
  for (guint i = 0; i < self->queries->len; i++)
    {
      Query *query = &g_array_index (self->queries, Query, i);
      guint64 below = 0;

      if (query->width == 1)
        continue;
      const Bin *bin = &g_array_index (self->bins, Bin, query->bin);
      for (guint cell = 0; cell < CELLS; cell++)
        {
          guint64 here = 0;

          for (guint j = 0; j < n_states; j++)
            here += ((State *)states[j])->cells[(gsize)query->bin * CELLS + cell];
          if (below + here >= query->rank)
            {
              query->low = bin->low + ((gint64)cell << bin->shift);
              query->width = G_GINT64_CONSTANT (1) << bin->shift;
              query->rank -= below;
              break;
            }
          below += here;
        }
    }
  for (guint j = 0; j < n_states; j++)
    {
      g_free (((State *)states[j])->cells);
      g_free (states[j]);
    }
}
