/* SPDX-License-Identifier: MIT */
#pragma once

#include "tcp-frame.h"
#include "tcp-text.h"

/* The request's options, in the order of tcp_request_options. */
typedef enum {
  TCP_OPTION_SEND,
  TCP_OPTION_SEND_HEX,
  TCP_OPTION_SEND_FILE,
  TCP_OPTION_REPLY,
  TCP_OPTION_DELIMITER,
  TCP_OPTION_DELIMITERS,
  TCP_OPTION_REPLY_SIZE,
  TCP_OPTION_LENGTH_OFFSET,
  TCP_OPTION_LENGTH_FORMAT,
  TCP_OPTION_LENGTH_WIDTH,
  TCP_OPTION_LENGTH_ADJUST,
  TCP_OPTION_IDLE,
  TCP_OPTION_MAX_REPLY,
  TCP_OPTION_EXPECT,
  TCP_OPTION_STATUS_OFFSET,
  TCP_OPTION_STATUS_MAP,
  TCP_N_REQUEST_OPTIONS
} TcpRequestOption;
extern const ThrumOption tcp_request_options[TCP_N_REQUEST_OPTIONS];

/* Replies that begin with @prefix have @status. */
typedef struct {
  TcpBytes prefix;
  int32_t status;
} TcpStatusEntry;

/* A request: what to send, and how to read the reply. Immutable. */
typedef struct {
  TcpBytes send;
  TcpFraming framing;
  TcpBytes delimiter;
  TcpBytes expect;       /* what a reply begins with; data is NULL: anything */
  int64_t status_offset; /* of the decimal status in the reply; -1: it has none */
  TcpStatusEntry *map;   /* n_map of them */
  size_t n_map;
  size_t window; /* how many bytes of the reply suffice to judge it */
} TcpRequest;

/* Returns a request (transfer full), or NULL with @error set if the values do not fit. @is_alone:
 * only this call is under way on a connection, so silence or the connection's close may end the
 * reply. @connects_only: there is nothing to send and no reply. */
TcpRequest *tcp_request_new (const ThrumHost *host, bool is_alone, bool connects_only,
                             const ThrumValues *values, GError **error);
void tcp_request_free (TcpRequest *request);

/* Writes what the call with @values (nullable) sends. Returns false with @error set if it cannot be
 * read. */
bool tcp_request_write (const TcpRequest *request, const ThrumHost *host, const ThrumValues *values,
                        ThrumOut *out, GError **error);

/* Judges a reply by its first bytes, @request->window of them or all there are. */
ThrumFailure tcp_request_judge (const TcpRequest *request, const uint8_t *bytes, size_t n_bytes,
                                int32_t *status);
