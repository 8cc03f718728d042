/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/read/decimal.h"
#include "analyzer/read/names.h"
#include "record/columns.h"

G_BEGIN_DECLS

/* One request, whatever tool recorded it. Times are integers in the reader's unit. */
typedef struct {
  gint64 elapsed;   /* when it was done, since t0 */
  gint64 response;  /* what a user waited */
  gint64 service;   /* what the service took; -1: the file does not say */
  gint64 lag;       /* the part of response that the generator added; 0 if the file does not say */
  gint64 bytes;     /* received; 0 if the file does not say */
  gint32 status;    /* the protocol's code; 0: no reply, or the file does not say */
  guint16 request;  /* number in the names of requests */
  guint16 kind;     /* number in the kinds of failure; THRUM_KIND_SUCCESS */
  gboolean is_part; /* part of another row, or made of others: counts for its request only */
} ThrumRow;

#define THRUM_KIND_SUCCESS 0 /* the first name in every table of kinds, "" */

/* A number beyond these is damage, not a measurement. Sums of squares then fit into 128 bits. */
#define THRUM_ROW_MAX_ELAPSED G_GINT64_CONSTANT (4000000000000000000)
#define THRUM_ROW_MAX_RESPONSE G_GINT64_CONSTANT (1000000000000000)

/* A longer line counts as malformed. */
#define THRUM_LINE_MAX (64 * 1024)

typedef struct {
  guint64 line;       /* 1-based within what was parsed since the counters were reset */
  const char *reason; /* static */
} ThrumComplaint;

#define THRUM_BATCH_ROWS 128 /* they stay in a core's first-level cache */
#define THRUM_MAX_COMPLAINTS 5

/* What a reading thread owns: the rows it has just parsed, its caches, its counters. */
typedef struct {
  ThrumRow rows[THRUM_BATCH_ROWS];
  guint n_rows;

  guint64 n_lines; /* lines of every kind, since the owner reset it */
  guint64 n_malformed;
  ThrumComplaint complaints[THRUM_MAX_COMPLAINTS]; /* the first ones */
  guint n_complaints;
  gboolean too_fine;       /* digits below the reader's unit were seen: choose a finer one */
  gboolean within_seconds; /* an instant since 1970 between whole seconds was seen */

  ThrumNameCache requests;
  ThrumNameCache kinds;
} ThrumParse;

typedef struct _ThrumReader ThrumReader;
typedef struct _ThrumFormat ThrumFormat;

/* A file format. Immutable. */
struct _ThrumFormat {
  const char *name; /* what --format takes */
  const char *summary;
  guint n_digits;      /* digits below the second that its files usually have */
  gboolean is_epoch;   /* its times are since 1970; t0 is the earliest beginning */
  const char *expects; /* how its files begin: shown if a file is not of this format */
  const char *note;    /* (nullable) what its files do not contain, for every report of one */
  const char *finer;   /* (nullable) what makes its instants finer than whole seconds */

  /* Reports whether @head, the file's first @length bytes (whole lines except for the last), is of
   * this format. If so, sets up @reader's columns from a header line. */
  gboolean (*detect) (ThrumReader *reader, const char *head, gsize length);

  /* Parses whole lines from @cursor on into @parse->rows until the rows are full or @end, which
   * follows a line end, is reached. Returns the first byte it did not use. THRUM_DECIMAL_SLACK
   * bytes from @end on are readable. */
  const char *(*parse) (const ThrumReader *reader, ThrumParse *parse, const char *cursor,
                        const char *end);

  /* Reports whether a record begins at @line, which may go on after @end. If NULL, every line is a
   * record. Otherwise a line that does not begin one belongs to the one before it, and @parse gets
   * whole records. */
  gboolean (*begins) (const ThrumReader *reader, const char *line, const char *end);
};

#define THRUM_READER_MAX_FIELDS 64

/* A file's format, with what the file's beginning said. Immutable while threads parse, except for
 * the tables of names, which lock. */
struct _ThrumReader {
  const ThrumFormat *format;
  gboolean is_epoch; /* as the format has it, unless detection found otherwise */
  gboolean
      whole_seconds; /* all instants that were looked at are: each stands for its whole second */
  char delimiter;    /* between fields, where the format leaves it open */
  guint n_digits;    /* of the unit: 3 is ms, 6 us, 9 ns */
  gint64 origin;     /* t0 in units since the file's own epoch; 0 if elapsed counts from t0 */
  gint64 fall;       /* time that falls by more than this begins another test; 0: never */
  gint64
      first_elapsed; /* what was done before it, or at or behind end_elapsed, is far from the test */
  gint64 end_elapsed;
  gint64 cut;      /* rows intended before this are left out; 0: no rows are */
  gboolean header; /* the first line names the columns */
  guint n_fields;
  guint8 fields[THRUM_READER_MAX_FIELDS]; /* the meaning of each, as the format numbers them */
  guint8 units[THRUM_READER_MAX_FIELDS];  /* of times, where the format leaves them open */
  gboolean has_status;
  gboolean has_failure; /* failures are tokens; otherwise they follow from the status */
  gboolean has_service;
  gboolean has_lag;
  gboolean has_request;
  gboolean unnamed; /* its rows have no name, but rows of other files do: its name is "" */
  gboolean has_bytes;
  gboolean journeys_alone; /* the file has no other rows: journeys are what was measured */
  const char *note;        /* (nullable) what this file, unlike others of its format, lacks */
  ThrumNames *requests;    /* (unowned) */
  ThrumNames *kinds;       /* (unowned) */
};

/* Sets up @reader for thrum's own columns. @names (NULL-terminated) are as run.json lists them;
 * unknown ones are skipped. Returns FALSE if elapsed or response is missing. */
gboolean thrum_reader_set_columns (ThrumReader *reader, const char *const *names);

/* Returns a reader of @format that has seen no file yet. */
ThrumReader thrum_reader_of (const ThrumFormat *format);

/* Notes that the line just counted is malformed, because of @reason (static). For formats. */
void thrum_parse_complain (ThrumParse *parse, const char *reason);

/* Returns the number of the kind of failure that follows from @status, for a row without a
 * token. */
guint16 thrum_parse_status_kind (const ThrumReader *reader, ThrumParse *parse, gint32 status);

/* Gives @row the HTTP status @status, and the kind of failure that it means: 0, and 400 and above. */
void thrum_parse_take_status (const ThrumReader *reader, ThrumParse *parse, ThrumRow *row,
                              gint64 status);

/* Returns a table of @max kinds of failure. It begins with the tokens of <thrum/plugin.h>, so a
 * number below THRUM_N_FAILURES is a ThrumFailure. Further kinds are "no reply", "status 503", and
 * those of other tools. */
ThrumNames *thrum_kinds_new (guint max);

/* How many names are told apart. The last one is THRUM_OTHERS. */
#define THRUM_MAX_KINDS 1024
#define THRUM_MAX_REQUESTS 1024

/* Report what a kind of failure means for a row's latency: the row has none, or its time is only a
 * lower bound. */
gboolean thrum_kind_is_unconnected (guint16 kind);
gboolean thrum_kind_is_censored (guint16 kind);

/* Reports whether a reply came, whatever it said, by the rule that a run uses: a status or a failed
 * check shows it, too. In a file without statuses, every row was answered unless it never connected
 * or was given up. */
gboolean thrum_row_is_answered (const ThrumRow *row, gboolean has_status);

/* Returns what @row's response would be without the generator's part. */
static inline gint64
thrum_row_less_lag (const ThrumRow *row)
{
  return MAX (row->response - row->lag, 0);
}

G_END_DECLS
