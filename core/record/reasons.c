/* SPDX-License-Identifier: MIT
 *
 * The reasons of failures: a table in a worker's shared memory that its lanes fill without a
 * lock, and the list that the coordinator makes from the tables of all workers. Both are
 * bounded, because the words may come from a server's bytes. Knows no protocol.
 */
#include "record/reasons.h"

#include <string.h>

enum { FREE, BEING_WRITTEN, THERE };

static gboolean
is_same (const ThrumReason *reason, ThrumFailure failure, const gchar *text)
{
  return reason->failure == failure && strncmp (reason->text, text, THRUM_REASON_BYTES - 1) == 0;
}

void
thrum_reasons_add (ThrumReasons *reasons, ThrumFailure failure, const gchar *text, guint64 n)
{
  if (text == NULL || n == 0)
    return;
  for (guint i = 0; i < THRUM_N_REASONS; i++)
    {
      ThrumReason *reason = &reasons->each[i];
      guint32 state = __atomic_load_n (&reason->state, __ATOMIC_ACQUIRE);

      if (state == FREE
          && __atomic_compare_exchange_n (&reason->state, &state, BEING_WRITTEN, FALSE,
                                          __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        {
          reason->failure = failure;
          g_strlcpy (reason->text, text, sizeof reason->text);
          __atomic_store_n (&reason->count, n, __ATOMIC_RELAXED);
          __atomic_store_n (&reason->state, THERE, __ATOMIC_RELEASE);
          return;
        }
      /* One that another lane is writing may be the same: then it stands twice, and is summed up
       * by who reads. */
      if (state == THERE && is_same (reason, failure, text))
        {
          __atomic_fetch_add (&reason->count, n, __ATOMIC_RELAXED);
          return;
        }
    }
  __atomic_fetch_add (&reasons->n_others, n, __ATOMIC_RELAXED);
}

/* A copy of @text, which need not end, with what is not printable ASCII as `.`: it goes to terminals
 * and into files. */
static gchar *
copy_printable (const gchar *text)
{
  gchar *copy = g_strndup (text, THRUM_REASON_BYTES - 1);

  for (gchar *at = copy; *at != '\0'; at++)
    if (*at < ' ' || *at > '~')
      *at = '.';
  return copy;
}

static void
clear_told (gpointer told)
{
  g_free (((ThrumToldReason *)told)->text);
}

ThrumReasonList *
thrum_reason_list_new (void)
{
  ThrumReasonList *list = g_new0 (ThrumReasonList, 1);

  list->told = g_array_new (FALSE, FALSE, sizeof (ThrumToldReason));
  g_array_set_clear_func (list->told, clear_told);
  return list;
}

static ThrumToldReason *
find_or_add (ThrumReasonList *list, ThrumFailure failure, const gchar *text)
{
  ThrumToldReason told = { .failure = failure, .text = copy_printable (text) };

  for (guint i = 0; i < list->told->len; i++)
    {
      ThrumToldReason *other = &g_array_index (list->told, ThrumToldReason, i);

      if (other->failure != failure || !g_str_equal (other->text, told.text))
        continue;
      g_free (told.text);
      return other;
    }
  g_array_append_val (list->told, told);
  return &g_array_index (list->told, ThrumToldReason, list->told->len - 1);
}

void
thrum_reason_list_add (ThrumReasonList *list, const ThrumReasons *reasons)
{
  list->n_others += __atomic_load_n (&reasons->n_others, __ATOMIC_RELAXED);
  for (guint i = 0; i < THRUM_N_REASONS; i++)
    {
      const ThrumReason *reason = &reasons->each[i];

      if (__atomic_load_n (&reason->state, __ATOMIC_ACQUIRE) == THERE
          && reason->failure < THRUM_N_FAILURES)
        find_or_add (list, reason->failure, reason->text)->count +=
            __atomic_load_n (&reason->count, __ATOMIC_RELAXED);
    }
}

static gint
compare_told (gconstpointer a, gconstpointer b)
{
  const ThrumToldReason *left = a, *right = b;

  if (left->count != right->count)
    return left->count > right->count ? -1 : 1;
  return left->failure != right->failure ? (gint)left->failure - (gint)right->failure
                                         : strcmp (left->text, right->text);
}

void
thrum_reason_list_finish (ThrumReasonList *list)
{
  g_array_sort (list->told, compare_told);
  for (guint i = THRUM_N_REASONS; i < list->told->len; i++)
    list->n_others += g_array_index (list->told, ThrumToldReason, i).count;
  if (list->told->len > THRUM_N_REASONS)
    g_array_set_size (list->told, THRUM_N_REASONS);
}

void
thrum_reason_list_free (ThrumReasonList *list)
{
  if (list == NULL)
    return;
  g_array_unref (list->told);
  g_free (list);
}
