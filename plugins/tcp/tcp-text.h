/* SPDX-License-Identifier: MIT */
#pragma once

#include "thrum/plugin.h"

/* Bytes on the heap; free `data`. */
typedef struct {
  uint8_t *data; /* NULL: none were given; not NULL for an empty text */
  size_t n;
} TcpBytes;

/* @text with \r \n \t \0 \\ \xHH read as bytes, into @to, which has room for strlen (@text). false:
 * @problem (nullable) is where it cannot be read. */
bool tcp_text_read (const char *text, uint8_t *to, size_t *n, const char **problem);

/* Pairs of hexadecimal digits, blanks between them passed over; otherwise as tcp_text_read (). */
bool tcp_hex_read (const char *text, uint8_t *to, size_t *n, const char **problem);

/* Option @key's @text (nullable) as bytes on the heap. false with @error set, naming the key. */
bool tcp_bytes_from_text (TcpBytes *bytes, const ThrumHost *host, const char *key, const char *text,
                          GError **error);
bool tcp_bytes_from_hex (TcpBytes *bytes, const ThrumHost *host, const char *key, const char *text,
                         GError **error);

/* The contents of the file at option @key's @path, at most TCP_FILE_MAX bytes. */
#define TCP_FILE_MAX ((size_t)64 << 20)
bool tcp_bytes_from_file (TcpBytes *bytes, const ThrumHost *host, const char *key, const char *path,
                          GError **error);
