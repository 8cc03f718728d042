/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/read/csv.h"

G_BEGIN_DECLS

/* A cursor in one line of JSON that takes the members of objects one after the other. It checks
 * what it looks at, and skips what is not asked for, with its brackets in pairs. No allocation, no
 * recursion. */
typedef struct {
  const char *p;
  const char *end;
  gboolean bad; /* it is not JSON */
} ThrumJsonScan;

typedef enum {
  THRUM_JSON_STRING, /* text is between the quotes, escapes as they are */
  THRUM_JSON_NUMBER, /* or true, false, null: text is the whole of it */
  THRUM_JSON_OBJECT, /* text is between the braces: begin another scan with it */
  THRUM_JSON_ARRAY
} ThrumJsonType;

typedef struct {
  ThrumCsvField key;
  ThrumCsvField text;
  ThrumJsonType type;
} ThrumJsonMember;

/* Begins with the members of the object that [@start, @stop) is, apart from blanks. Returns FALSE
 * if it is not an object. */
gboolean thrum_json_scan_object (ThrumJsonScan *self, const char *start, const char *stop);

/* Begins with the members of an object that is itself a member. */
void thrum_json_scan_member (ThrumJsonScan *self, const ThrumJsonMember *object);

/* Takes the next member. Returns FALSE after the last one, or if @self is bad. */
gboolean thrum_json_scan_next (ThrumJsonScan *self, ThrumJsonMember *member);

/* Writes @text without its escapes to @buffer, as far as there is room; @text then points there. */
void thrum_json_unescape (ThrumCsvField *text, char *buffer, gsize size);

/* Writes all @n @texts without their escapes to @buffer, one after the other. A @buffer as long as
 * their line, and 8 bytes more, has room for them all. */
void thrum_json_unescape_all (ThrumCsvField *texts, guint n, char *buffer, gsize size);

G_END_DECLS
