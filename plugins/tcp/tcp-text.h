/* SPDX-License-Identifier: MIT */
#pragma once

#include "thrum/plugin.h"

/* Bytes on the heap; free `data`. */
typedef struct {
  uint8_t *data; /* NULL: no bytes were given; not NULL for an empty text */
  size_t n;
} TcpBytes;

/* Reads @text, with \r \n \t \0 \\ \xHH as bytes, into @to, which has room for strlen (@text).
 * Returns false if it cannot; @problem (nullable) is then where. */
bool tcp_text_read (const char *text, uint8_t *to, size_t *n, const char **problem);

/* Reads pairs of hexadecimal digits, and passes over blanks between them. Otherwise as
 * tcp_text_read (). */
bool tcp_hex_read (const char *text, uint8_t *to, size_t *n, const char **problem);

/* Reads option @key's @text (nullable) as bytes on the heap. Returns false with @error set, which
 * names the key. */
bool tcp_bytes_from_text (TcpBytes *bytes, const ThrumHost *host, const char *key, const char *text,
                          GError **error);
bool tcp_bytes_from_hex (TcpBytes *bytes, const ThrumHost *host, const char *key, const char *text,
                         GError **error);

/* Reads the file at option @key's @path, at most TCP_FILE_MAX bytes. */
#define TCP_FILE_MAX ((size_t)64 << 20)
bool tcp_bytes_from_file (TcpBytes *bytes, const ThrumHost *host, const char *key, const char *path,
                          GError **error);
