/* SPDX-License-Identifier: MIT
 *
 * What comes before the readers of rows, on any bytes: unpacking, UTF-16, and the conversions of files
 * that are not made of lines. A small limit makes bombs of small inputs.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "analyzer/read/convert.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

enum { MOST = 1 << 16 };

/* Every byte of the feed, in pieces of an odd size. */
static void
read_all (ThrumFeed *feed)
{
  char buffer[4099];

  while (thrum_feed_read (feed, buffer, sizeof buffer, NULL) > 0)
    ;
}

static void
convert (ThrumFeed *feed, const ThrumConversion *conversion, int to)
{
  g_autofree char *damage = NULL;
  ThrumLines lines;

  thrum_lines_init (&lines, to, MOST);
  if (!conversion->convert (feed, &lines, &damage, NULL))
    {
      thrum_lines_finish (&lines, NULL);
      return;
    }
  gboolean good = thrum_lines_finish (&lines, NULL);
  g_assert (!good || lines.last_end == lines.written); /* every line is whole */
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static int from = -1, to = -1;
  gsize length;

  if (from < 0)
    {
      from = memfd_create ("feed", 0);
      to = memfd_create ("lines", 0);
    }
  g_assert (ftruncate (from, 0) == 0 && ftruncate (to, 0) == 0);
  g_assert (pwrite (from, data, size, 0) == (gssize)size);
  g_assert (lseek (from, 0, SEEK_SET) == 0 && lseek (to, 0, SEEK_SET) == 0);
  g_autoptr (ThrumFeed) feed = thrum_feed_new (from, MOST, NULL);
  if (feed == NULL)
    return 0;
  const char *head = thrum_feed_peek (feed, &length);
  const ThrumConversion *conversion = thrum_conversion_of (head, length);
  if (conversion != NULL)
    convert (feed, conversion, to);
  else
    read_all (feed);
  return 0;
}
