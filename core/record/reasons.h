/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "thrum/plugin.h"

G_BEGIN_DECLS

/* Why requests failed, in words, where whoever saw it gave a reason. Holds the first few
 * distinct reasons of a worker and how many requests each explains. It is in the worker's shared
 * memory. The worker's lanes write it, only when a request fails. The coordinator reads it, and
 * believes nothing that makes no sense. All zero is empty. */
#define THRUM_N_REASONS 8
#define THRUM_REASON_BYTES 136 /* includes the 0 that ends it; a longer reason is cut off */

typedef struct {
  guint32 state; /* atomic; 0: free, 1: being written, 2: there */
  guint32 failure;
  guint64 count; /* atomic */
  gchar text[THRUM_REASON_BYTES];
} ThrumReason;

typedef struct {
  ThrumReason each[THRUM_N_REASONS];
  guint64 n_others; /* atomic: requests whose reason found no place */
} ThrumReasons;

/* Counts @n requests that failed with @failure because of @text (nullable: no reason was given).
 * The thread of any lane. Does not lock or allocate. */
void thrum_reasons_add (ThrumReasons *reasons, ThrumFailure failure, const gchar *text, guint64 n);

/* A reason as it is shown: it is printable, whatever a server or a plugin put into it. */
typedef struct {
  ThrumFailure failure;
  guint64 count;
  gchar *text;
} ThrumToldReason;

/* The reasons of all workers in one list, the most frequent first; at most THRUM_N_REASONS. */
typedef struct {
  GArray *told; /* ThrumToldReason */
  guint64 n_others;
} ThrumReasonList;

ThrumReasonList *thrum_reason_list_new (void);

/* Adds the reasons of one worker. Call it after the worker's lanes have ended. */
void thrum_reason_list_add (ThrumReasonList *list, const ThrumReasons *reasons);

/* Sorts the list and keeps only the most frequent ones. */
void thrum_reason_list_finish (ThrumReasonList *list);
void thrum_reason_list_free (ThrumReasonList *list);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumReasonList, thrum_reason_list_free)

G_END_DECLS
