/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a field of results.csv holds. */
typedef enum {
  THRUM_COLUMN_SECONDS, /* a decimal number of seconds, 6 decimals; empty: that did not happen */
  THRUM_COLUMN_CODE,    /* the protocol's code; 0: no reply */
  THRUM_COLUMN_NAME,    /* [A-Za-z0-9_-]+ */
  THRUM_COLUMN_TOKEN,   /* a failure's token; empty: success */
  THRUM_COLUMN_COUNT    /* a whole number */
} ThrumColumnType;

/* The columns of results.csv: symbol, name, type, meaning. Instants are seconds since t0. The
 * first three always come first, so that every reader of the 2010 format can read the file. The
 * list grows only at its end. doc/results-format.md describes the columns at length. */
#define THRUM_COLUMNS(X)                                                                           \
  X (ELAPSED, "elapsed", SECONDS, "when it was done")                                              \
  X (RESPONSE, "response", SECONDS, "done - intended: what a user waited")                         \
  X (STATUS, "status", CODE, "the protocol's code; 0: no reply")                                   \
  X (SERVICE, "service", SECONDS, "done - sent: what the service took")                            \
  X (REQUEST, "request", NAME, "the request's name")                                               \
  X (FAILURE, "failure", TOKEN, "why it failed; empty: it succeeded")                              \
  X (BYTES, "bytes", COUNT, "bytes received")                                                      \
  X (INTENDED, "intended", SECONDS, "when the schedule wanted it sent")                            \
  X (SLOT, "slot", SECONDS, "when a free connection or session took it")                           \
  X (SENT, "sent", SECONDS, "just before its first byte, or before connecting")                    \
  X (FIRST_BYTE, "first-byte", SECONDS, "when the reply's first byte came")                        \
  X (LAG, "lag", SECONDS, "sent - slot and late waking: what the generator added")                 \
  X (RESOLVED, "resolved", SECONDS, "when the name was resolved")                                  \
  X (CONNECTED, "connected", SECONDS, "when the connection stood")                                 \
  X (SECURED, "secured", SECONDS, "when the TLS handshake was done")                               \
  X (WORKER, "worker", COUNT, "the worker process's number, from 0")                               \
  X (USER, "user", COUNT, "the virtual user's number, or the arrival's")                           \
  X (MACHINE, "machine", COUNT, "the machine's number, from 0")                                    \
  X (JOURNEY, "journey", NAME, "the journey it was part of")                                       \
  X (STEP, "step", COUNT, "its number within the journey, from 0")

typedef enum {
#define THRUM_COLUMN_ENUM(symbol, name, type, help) THRUM_COLUMN_##symbol,
  THRUM_COLUMNS (THRUM_COLUMN_ENUM)
#undef THRUM_COLUMN_ENUM
      THRUM_N_COLUMNS
} ThrumColumn;

/* The columns that are written unless [results] columns names others. */
#define THRUM_COLUMNS_DEFAULT "elapsed,response,status,service,request,failure,bytes,lag"

/* A list of columns, by value. */
typedef struct {
  ThrumColumn columns[THRUM_N_COLUMNS];
  guint n_columns;
} ThrumColumnList;

#define THRUM_COLUMN_ERROR (thrum_column_error_quark ())
GQuark thrum_column_error_quark (void);

/* Codes of THRUM_COLUMN_ERROR. */
typedef enum {
  THRUM_COLUMN_ERROR_UNKNOWN,
  THRUM_COLUMN_ERROR_TWICE,
  THRUM_COLUMN_ERROR_ORDER /* the first three are not elapsed, response, status */
} ThrumColumnError;

/* Return what the table says of @column, which is < THRUM_N_COLUMNS. Static strings; any thread. */
const char *thrum_column_name (ThrumColumn column);
ThrumColumnType thrum_column_type (ThrumColumn column);
const char *thrum_column_help (ThrumColumn column);

/* Returns the column called @name, of @length bytes (-1: NUL-terminated); THRUM_N_COLUMNS: there
 * is no such column. */
ThrumColumn thrum_column_from_name (const char *name, gssize length);

/* Parses "elapsed, response, status, lag" into @list; blanks around names are allowed. It is
 * strict, because its callers write files. FALSE with @error set (THRUM_COLUMN_ERROR): a name is
 * unknown or there twice, or the list does not begin with elapsed, response, status. Any thread. */
gboolean thrum_column_list_parse (ThrumColumnList *list, const char *text, GError **error);

/* Returns whether @list holds @column. */
gboolean thrum_column_list_has (const ThrumColumnList *list, ThrumColumn column);

/* Returns "elapsed,response,status,lag". (transfer full) */
char *thrum_column_list_to_string (const ThrumColumnList *list);

G_END_DECLS
