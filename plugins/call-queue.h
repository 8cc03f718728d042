/* SPDX-License-Identifier: MIT
 *
 * The queue of calls that wait for a reply on one connection of a protocol that answers in order.
 * It is for the codecs of this tree. It is part of its connection, and belongs to the connection's
 * thread.
 */
#pragma once

#include <stdlib.h>

#include "thrum/plugin.h"

typedef struct {
  uint64_t id;
  const void *request; /* the codec's, (transfer none) */
  bool wants_payload;
} OpenCall;

/* A ring of at most @capacity calls, oldest at @first. */
typedef struct {
  uint32_t capacity, n, first;
  OpenCall calls[];
} CallQueue;

/* Returns the size of a queue of @capacity calls (0: 1), for a connection struct that ends with
 * one. */
static inline size_t
call_queue_bytes (uint32_t capacity)
{
  return sizeof (CallQueue) + (capacity > 0 ? capacity : 1) * sizeof (OpenCall);
}

static inline void
call_queue_init (CallQueue *queue, uint32_t capacity)
{
  queue->capacity = capacity > 0 ? capacity : 1;
  queue->n = queue->first = 0;
}

static inline bool
call_queue_is_full (const CallQueue *queue)
{
  return queue->n == queue->capacity;
}

/* Adds a call. Call it only if the queue is not full. */
static inline void
call_queue_push (CallQueue *queue, const ThrumCall *call, const void *request)
{
  uint32_t index = queue->first + queue->n++;

  if (index >= queue->capacity)
    index -= queue->capacity;
  queue->calls[index] = (OpenCall){ call->id, request, call->wants_payload };
}

/* Returns the call whose reply comes next. Call it only if there is a call. */
static inline const OpenCall *
call_queue_first (const CallQueue *queue)
{
  return &queue->calls[queue->first];
}

/* Removes that call. Call it only if there is a call. */
static inline void
call_queue_pop (CallQueue *queue)
{
  queue->n--;
  if (++queue->first == queue->capacity)
    queue->first = 0;
}
