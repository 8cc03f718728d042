/* SPDX-License-Identifier: MIT
 *
 * Reads times that have a date, as the logs of servers and Go's and Java's programs write them. It
 * knows no locale, and no time zone except UTC and numeric offsets: only a log's order and
 * distances count. No allocation; any thread.
 */
#include <string.h>

#include "analyzer/read/stamp.h"

typedef struct {
  guint year, month, day, hour, minute, second;
} Date;

/* Reads exactly @n digits at *@p. */
static gboolean
take_digits (const char **p, const char *end, guint n, guint *value)
{
  *value = 0;
  for (guint i = 0; i < n; i++, (*p)++)
    {
      if (*p >= end || !g_ascii_isdigit (**p))
        return FALSE;
      *value = *value * 10 + (guint)(**p - '0');
    }
  return TRUE;
}

static gboolean
take_char (const char **p, const char *end, const char *any_of)
{
  if (*p >= end || strchr (any_of, **p) == NULL || **p == '\0')
    return FALSE;
  (*p)++;
  return TRUE;
}

static gboolean
take_month (const char **p, const char *end, guint *month)
{
  static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

  for (guint i = 0; i < 12 && end - *p >= 3; i++)
    if (memcmp (*p, names + 3 * i, 3) == 0)
      {
        *month = i + 1;
        *p += 3;
        return TRUE;
      }
  return FALSE;
}

/* 11/14/2023 or 11/14/23, as JMeter's manual has it; where there is no such month, the day is first. */
static gboolean
take_american_date (const char **p, const char *end, Date *date)
{
  if (!take_digits (p, end, 2, &date->month) || !take_char (p, end, "/")
      || !take_digits (p, end, 2, &date->day) || !take_char (p, end, "/")
      || !take_digits (p, end, 2, &date->year))
    return FALSE;
  guint rest = 0;
  date->year = take_digits (p, end, 2, &rest) ? 100 * date->year + rest : 2000 + date->year;
  if (date->month > 12)
    {
      guint day = date->month;
      date->month = date->day;
      date->day = day;
    }
  return take_char (p, end, " T_");
}

/* 2023-11-14T, 2023/11/14 or 14/Nov/2023: up to the time of day. */
static gboolean
take_date (const char **p, const char *end, Date *date)
{
  if (end - *p > 3 && (*p)[2] == '/' && g_ascii_isdigit ((*p)[3]))
    return take_american_date (p, end, date);
  if (end - *p > 3 && (*p)[2] == '/')
    return take_digits (p, end, 2, &date->day) && take_char (p, end, "/")
           && take_month (p, end, &date->month) && take_char (p, end, "/")
           && take_digits (p, end, 4, &date->year) && take_char (p, end, ":");
  return take_digits (p, end, 4, &date->year) && take_char (p, end, "-/")
         && take_digits (p, end, 2, &date->month) && take_char (p, end, "-/")
         && take_digits (p, end, 2, &date->day) && take_char (p, end, "T t_");
}

/* Reads ".5" or ",500" at *@p, if it is there, as nanoseconds. */
static gint64
take_fraction (const char **p, const char *end)
{
  gint64 ns = 0, unit = 100000000;

  if (end - *p < 2 || ((*p)[0] != '.' && (*p)[0] != ',') || !g_ascii_isdigit ((*p)[1]))
    return 0;
  for ((*p)++; *p < end && g_ascii_isdigit (**p); (*p)++, unit /= 10)
    ns += (**p - '0') * unit;
  return ns;
}

/* Reads "Z", "+01:00" or " -0500" at *@p, if it is there, as seconds east of Greenwich. */
static gint64
take_zone (const char **p, const char *end)
{
  const char *q = *p;
  guint hours, minutes;

  if (q < end && (*q == 'Z' || *q == 'z'))
    {
      (*p)++;
      return 0;
    }
  if (q < end && *q == ' ')
    q++;
  gboolean west = q < end && *q == '-';
  if (!take_char (&q, end, "+-") || !take_digits (&q, end, 2, &hours))
    return 0;
  take_char (&q, end, ":");
  if (!take_digits (&q, end, 2, &minutes))
    return 0;
  *p = q;
  return (west ? -60 : 60) * (gint64)(hours * 60 + minutes);
}

/* Returns the days from 1970-01-01 to @date, by counting years from March on. */
static gint64
days_since_1970 (const Date *date)
{
  gint64 year = (gint64)date->year - (date->month <= 2);
  gint64 month = ((gint64)date->month + 9) % 12;

  return 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + date->day - 1
         - 719468;
}

const char *
thrum_stamp_read (const char *text, const char *end, gint64 *ns)
{
  static const guint8 lengths[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
  const char *p = text;
  Date date;

  if (!take_date (&p, end, &date) || !take_digits (&p, end, 2, &date.hour)
      || !take_char (&p, end, ":") || !take_digits (&p, end, 2, &date.minute)
      || !take_char (&p, end, ":") || !take_digits (&p, end, 2, &date.second))
    return NULL;
  if (date.year < 1970 || date.year > 2261 || date.month < 1 || date.month > 12 || date.day < 1
      || date.day > lengths[date.month - 1] || date.hour > 23 || date.minute > 59
      || date.second > 60)
    return NULL;

  gint64 fraction = take_fraction (&p, end);
  gint64 seconds = days_since_1970 (&date) * 86400 + date.hour * 3600 + date.minute * 60
                   + date.second - take_zone (&p, end);
  /* Go names a zone behind its offset. */
  if (end - p >= 4 && (memcmp (p, " UTC", 4) == 0 || memcmp (p, " GMT", 4) == 0))
    p += 4;
  if (seconds < 0)
    return NULL;
  *ns = seconds * 1000000000 + fraction;
  return p;
}

gboolean
thrum_stamp_field (const ThrumReader *reader, ThrumParse *parse, const ThrumCsvField *field,
                   gint64 *value, const char **reason)
{
  const char *end = field->start + field->length;
  gint64 unit = thrum_powers_of_ten[THRUM_DECIMAL_MAX_DIGITS - reader->n_digits], ns;

  if (thrum_stamp_read (field->start, end, &ns) != end)
    {
      *reason = "a time is not a date and a time of day";
      return FALSE;
    }
  parse->too_fine |= ns % unit != 0;
  *value = ns / unit;
  return TRUE;
}
