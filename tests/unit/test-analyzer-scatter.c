/* SPDX-License-Identifier: MIT
 *
 * The scatter plot by pixels: where a row falls by plain arithmetic, and the same picture however the
 * rows were shared out.
 */
#include <math.h>

#include "analyzer/compute/scatter.h"

#define N_ROWS 20000
#define MANY (THRUM_SCATTER_MAX_POINTS + 1)
#define END G_GINT64_CONSTANT (100000000)

/* From @low to @high in us, as many below their geometric mean as above. */
static ThrumRow *
draw_rows (double low, double high)
{
  ThrumRow *rows = g_new0 (ThrumRow, N_ROWS);

  for (guint i = 0; i < N_ROWS; i++)
    rows[i] = (ThrumRow){
      .elapsed = g_test_rand_int_range (0, END) + (i == 0 ? END : 0),
      .response = (gint64)exp (g_test_rand_double_range (log (low), log (high))),
      .service = -1,
      .kind = i % 100 == 0 ? 1 : THRUM_KIND_SUCCESS,
    };
  return rows;
}

static ThrumScatter *
gather (const ThrumRow *rows, guint n_rows, gint64 max, guint n_states)
{
  ThrumScatter *scatter = thrum_scatter_new (MANY, END, 100, 2000, max);
  gpointer states[7];

  for (guint i = 0; i < n_states; i++)
    states[i] = thrum_scatter_state_new (scatter);
  for (guint i = 0; i < n_rows; i += 100)
    thrum_scatter_consume (states[i / 100 % n_states], rows + i, MIN (100, n_rows - i));
  for (guint i = 0; i < n_states; i++)
    thrum_scatter_absorb (scatter, states[i]);
  thrum_scatter_finish (scatter);
  return scatter;
}

/* A point's place in pixels, as gnuplot would draw it. */
static void
check_place (const ThrumScatter *scatter, const ThrumRow *row, guint x, guint y)
{
  double value = scatter->log ? log10 (MAX ((double)row->response, 1)) : (double)row->response;
  double true_x = (double)row->elapsed / (double)scatter->end * scatter->width;
  double true_y = (value - scatter->low) / (scatter->high - scatter->low) * scatter->height;

  true_x = CLAMP (true_x, 0, scatter->width - 0.5);
  true_y = CLAMP (true_y, 0, scatter->height - 0.5);
  g_assert_cmpfloat (fabs (true_x - (x + 0.5)), <=, 0.5 + 1e-6);
  g_assert_cmpfloat (fabs (true_y - (y + 0.5)), <=, 0.5 + 1e-6);
}

static void
check_picture (gint64 max, gboolean log)
{
  g_autofree ThrumRow *rows = draw_rows (100, (double)max);
  ThrumScatter *all = gather (rows, N_ROWS, max, 1);
  const gsize n = (gsize)all->width * all->height;
  g_autofree guint32 *good = g_new0 (guint32, n), *failed = g_new0 (guint32, n);

  g_assert_true (all->by_pixel);
  g_assert_cmpint (all->log, ==, log);
  for (guint i = 0; i < N_ROWS; i += 401)
    {
      ThrumScatter *one = gather (&rows[i], 1, max, 1);
      gboolean is_failed = rows[i].kind != THRUM_KIND_SUCCESS;
      guint found = 0;

      for (gsize j = 0; j < n; j++)
        {
          g_assert_cmpuint (is_failed ? one->good[j] : one->failed[j], ==, 0);
          if (one->good[j] + one->failed[j] == 0)
            continue;
          check_place (one, &rows[i], j % one->width, j / one->width);
          found++;
        }
      g_assert_cmpuint (found, ==, 1);
      thrum_scatter_free (one);
    }

  ThrumScatter *shared = gather (rows, N_ROWS, max, 7);
  guint64 n_good = 0, n_failed = 0;
  for (gsize j = 0; j < n; j++)
    {
      g_assert_cmpuint (all->good[j], ==, shared->good[j]);
      g_assert_cmpuint (all->failed[j], ==, shared->failed[j]);
      n_good += all->good[j];
      n_failed += all->failed[j];
    }
  g_assert_cmpuint (n_good, ==, N_ROWS - N_ROWS / 100);
  g_assert_cmpuint (n_failed, ==, N_ROWS / 100);
  g_assert_cmpuint (all->points->len, ==, THRUM_SCATTER_WORST);
  for (guint i = 0; i < all->points->len; i++)
    {
      const ThrumScatterPoint *one = &g_array_index (all->points, ThrumScatterPoint, i);
      const ThrumScatterPoint *other = &g_array_index (shared->points, ThrumScatterPoint, i);

      g_assert_cmpint (one->elapsed, ==, other->elapsed);
      g_assert_cmpint (one->response, ==, other->response);
      g_assert_cmpint (one->failed, ==, other->failed);
    }
  thrum_scatter_free (all);
  thrum_scatter_free (shared);
}

static void
test_linear (void)
{
  check_picture (30000, FALSE);
}

static void
test_log (void)
{
  check_picture (G_GINT64_CONSTANT (90000000), TRUE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/analyzer/scatter/linear", test_linear);
  g_test_add_func ("/analyzer/scatter/log", test_log);
  return g_test_run ();
}
