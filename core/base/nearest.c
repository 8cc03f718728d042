/* SPDX-License-Identifier: MIT
 *
 * Finds the known name that an unknown one probably meant. Pure functions, any thread.
 */
#include "base/nearest.h"

#include <string.h>

/* Beyond this length nothing is compared: a hint for it would help nobody. */
#define LONGEST 64

guint
thrum_edit_distance (const gchar *a, const gchar *b)
{
  gsize length_a = strlen (a), length_b = strlen (b);
  guint rows[3][LONGEST + 1];
  guint *before = rows[0], *previous = rows[1], *current = rows[2];

  if (length_a > LONGEST || length_b > LONGEST)
    return MAX (length_a, length_b);
  for (gsize j = 0; j <= length_b; j++)
    current[j] = j;
  for (gsize i = 1; i <= length_a; i++)
    {
      guint *recycled = before;

      before = previous;
      previous = current;
      current = recycled;
      current[0] = i;
      for (gsize j = 1; j <= length_b; j++)
        {
          guint replaced = previous[j - 1] + (a[i - 1] != b[j - 1]);
          current[j] = MIN (replaced, MIN (previous[j], current[j - 1]) + 1);
          if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
            current[j] = MIN (current[j], before[j - 2] + 1);
        }
    }
  return current[length_b];
}

ThrumNearest
thrum_nearest_init (const gchar *word)
{
  gsize length = strlen (word);

  return (ThrumNearest){ .word = word, .distance = 1 + (length < 4 ? length / 2 : length / 3) };
}

void
thrum_nearest_offer (ThrumNearest *self, const gchar *candidate)
{
  guint distance = thrum_edit_distance (self->word, candidate);

  if (distance < self->distance)
    {
      self->distance = distance;
      self->nearest = candidate;
    }
}

gchar *
thrum_nearest_to_hint (const ThrumNearest *self)
{
  return self->nearest == NULL ? g_strdup ("")
                               : g_strdup_printf ("; did you mean '%s'?", self->nearest);
}
