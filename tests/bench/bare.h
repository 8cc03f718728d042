/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <time.h>

/* The floors that the codec engine is measured against: the least a program can do that keeps N
 * HTTP/1.1 connections busy, reads the kernel's receive stamps, finds each reply's end and writes a row
 * of results for it. One thread, no options, no timeouts, no framework. Each asks the kernel in its own
 * way:
 *
 *   bare-epoll|bare-uring PORT CONNECTIONS SECONDS ROWS
 *
 * prints "REQUESTS CPU_US_PER_REQUEST". */

#define BARE_REQUEST "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
#define BARE_REQUEST_BYTES (sizeof BARE_REQUEST - 1)

typedef struct {
  int fd; /* connected, non-blocking, stamps asked for */
  int64_t sent;
} BareConnection;

/* What is a program's own: sends a request over each connection and, until @end (both ns of
 * CLOCK_MONOTONIC), another one for each reply; the number of replies. */
void bare_prepare (BareConnection *connections, int n_connections);
uint64_t bare_run (int64_t start, int64_t end);

int64_t bare_now (clockid_t clock);
void bare_die (const char *what) __attribute__ ((noreturn));
void bare_write_row (int64_t start, int64_t sent, int64_t done);

/* Of CLOCK_REALTIME, ns; 0: none. */
int64_t bare_get_stamp (struct msghdr *message);

/* A whole reply, by its Content-Length. */
int bare_is_whole (const char *bytes, size_t n);
