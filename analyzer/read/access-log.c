/* SPDX-License-Identifier: MIT
 *
 * Takes lines of access logs apart into words, and finds the time and the request among them.
 * reader-access.c knows what the other words mean. No allocation; any thread.
 */
#include <string.h>

#include "analyzer/read/access-log.h"
#include "analyzer/read/line.h"
#include "analyzer/read/stamp.h"

/* Takes the word at *@p: "quoted", [in brackets], {in braces} or up to a blank. */
static ThrumCsvField
take_word (const char **p, const char *stop)
{
  char first = **p;
  char last = first == '"' ? '"' : first == '[' ? ']' : first == '{' ? '}' : ' ';
  const char *start = last == ' ' ? *p : *p + 1;
  const char *q = start;

  for (; q < stop && *q != last; q++)
    q += *q == '\\' && last == '"' && q + 1 < stop;
  q = MIN (q, stop);
  *p = q < stop ? q + 1 : stop;
  return (ThrumCsvField){ start, (gsize)(q - start), FALSE };
}

static void
take_words (ThrumAccessLog *log, const char *p, const char *stop)
{
  log->n_words = 0;
  while (log->n_words < THRUM_ACCESS_MAX_WORDS)
    {
      while (p < stop && *p == ' ')
        p++;
      if (p >= stop)
        break;
      log->words[log->n_words++] = take_word (&p, stop);
    }
}

/* Reads the time of @line, in brackets wherever they are, or at its beginning. Returns the first byte
 * behind it, NULL without one. */
static const char *
take_stamp (const char *line, const char *stop, gint64 *stamp)
{
  const char *p = thrum_stamp_read (line, stop, stamp);

  if (p != NULL && p < stop && *p == ' ')
    return p;
  for (const char *open = line; (open = memchr (open, '[', (gsize)(stop - open))) != NULL;)
    {
      p = thrum_stamp_read (++open, stop, stamp);
      if (p != NULL && p < stop && *p == ']')
        return p + 1;
    }
  return NULL;
}

/* Finds the request, "GET / HTTP/1.1": the first word in quotes that ends so, else the first in quotes;
 * FALSE without one. */
static gboolean
find_request (ThrumAccessLog *log)
{
  guint first = G_MAXUINT;

  for (guint i = 0; i < log->n_words; i++)
    {
      if (log->words[i].start[-1] != '"')
        continue;
      first = MIN (first, i);
      if (thrum_csv_has (&log->words[i], " HTTP/"))
        {
          first = i;
          break;
        }
    }
  log->request = first;
  return first != G_MAXUINT;
}

gboolean
thrum_access_log_take_timers (const ThrumAccessLog *log, ThrumCsvField *timers)
{
  const ThrumCsvField *word = &log->words[2];

  return log->n_words > 2
         && thrum_line_split (word->start, word->start + word->length, '/', timers, 6) == 5;
}

guint
thrum_access_log_find_duration (const ThrumAccessLog *log)
{
  gint64 number;

  if (log->request != 0 || log->n_words < 6 || thrum_csv_integer (&log->words[2], &number))
    return 0;
  for (guint i = 3; i + 2 < log->n_words; i++)
    if (thrum_csv_integer (&log->words[i], &number)
        && thrum_csv_integer (&log->words[i + 1], &number)
        && thrum_csv_integer (&log->words[i + 2], &number))
      return i + 2;
  return 0;
}

gboolean
thrum_access_log_take (const char *line, const char *stop, ThrumAccessLog *log)
{
  ThrumCsvField timers[6];
  const char *p = take_stamp (line, stop, &log->stamp);

  if (p == NULL)
    return FALSE;
  take_words (log, p, stop);
  if (!find_request (log))
    return FALSE;
  log->server = THRUM_ACCESS_COMMON;
  if (log->request > 7 && thrum_access_log_take_timers (log, timers))
    log->server = THRUM_ACCESS_HAPROXY;
  else if (*line == '[' && thrum_access_log_find_duration (log) > 0)
    log->server = THRUM_ACCESS_ENVOY;
  return log->server != THRUM_ACCESS_COMMON || log->request + 2 < log->n_words;
}
