/* SPDX-License-Identifier: MIT
 *
 * Every reader of rows, on any bytes: detection, then whole lines as the scan hands them over, in a
 * buffer that ends where it promised to.
 */
#include <stdlib.h>

#include "analyzer/formats/formats.h"
#include "analyzer/formats/refuse.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
parse_all (const ThrumReader *reader, const char *text, gsize size)
{
  static ThrumParse parse;
  const char *end = text + size;

  memset (&parse, 0, sizeof parse);
  for (const char *cursor = text; cursor < end;)
    {
      const char *next = reader->format->parse (reader, &parse, cursor, end);

      g_assert (next > cursor && next <= end);
      for (guint i = 0; i < parse.n_rows; i++)
        {
          const ThrumRow *row = &parse.rows[i];

          g_assert (row->response >= 0 && row->response <= THRUM_ROW_MAX_RESPONSE);
          g_assert (row->service >= -1 && row->service <= THRUM_ROW_MAX_RESPONSE);
          g_assert (row->request < THRUM_MAX_REQUESTS && row->kind < THRUM_MAX_KINDS);
          g_assert (row->bytes >= 0 && row->status >= 0);
        }
      parse.n_rows = 0;
      cursor = next;
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = malloc (size + 1 + THRUM_DECIMAL_SLACK);

  if (size > 0)
    memcpy (text, data, size);
  text[size] = '\n';
  memset (text + size + 1, 0, THRUM_DECIMAL_SLACK);
  thrum_refuse_known (text, size);
  for (guint i = 0; thrum_formats[i] != NULL; i++)
    {
      ThrumReader reader = thrum_reader_of (thrum_formats[i]);

      if (!reader.format->detect (&reader, text, size + 1))
        continue;
      g_autoptr (ThrumNames) requests = thrum_names_new (THRUM_MAX_REQUESTS);
      g_autoptr (ThrumNames) kinds = thrum_kinds_new (THRUM_MAX_KINDS);
      reader.requests = requests;
      reader.kinds = kinds;
      parse_all (&reader, text, size + 1);
    }
  return 0;
}
