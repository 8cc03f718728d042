/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "config/config.h"
#include "config/problems.h"

G_BEGIN_DECLS

/* The kinds of sections: [load], [target NAME], ... */
typedef enum {
  THRUM_SECTION_LOAD,
  THRUM_SECTION_RESULTS,
  THRUM_SECTION_TARGET,
  THRUM_SECTION_REQUEST,
  THRUM_SECTION_THRESHOLDS,
  THRUM_N_SECTION_KINDS
} ThrumSectionKind;

/* "load", "target", ... Static. */
const gchar *thrum_section_kind_name (ThrumSectionKind kind);

/* One key = value. */
typedef struct {
  gchar *key;
  gchar *text;    /* as written, references and all */
  gchar *value;   /* (nullable): expanded; NULL: it cannot be expanded, and that has been
                     reported */
  gchar *written; /* (nullable): what the resolved text says instead of @text */
  ThrumPlace place;
} ThrumEntry;

/* Returns what the resolved text says of @self. */
static inline const gchar *
thrum_entry_get_written (const ThrumEntry *self)
{
  return self->written != NULL ? self->written : self->text;
}

typedef struct {
  gchar *name; /* as errors print it: "target site" */
  ThrumSectionKind kind;
  gchar *title;       /* (nullable): "site" */
  GPtrArray *entries; /* ThrumEntry, in order */
  ThrumPlace place;
} ThrumSection;

/* The sections of a file in their order, with overrides applied. They hold texts; their meanings
 * are not known yet. */
typedef struct {
  GPtrArray *sections; /* ThrumSection */
} ThrumDocument;

/* Reads @text. Reports to @problems whatever breaks the INI grammar, is not a known section, or
 * is there twice. Returns what could be read. (transfer full) */
ThrumDocument *thrum_document_parse (const gchar *text, gsize length, ThrumProblems *problems);

/* Replaces values, and adds values, as @overrides say. Their strings must outlive @self. */
void thrum_document_override (ThrumDocument *self, const ThrumOverride *overrides,
                              gsize n_overrides, ThrumProblems *problems);

/* Fills in each entry's value. */
void thrum_document_expand (ThrumDocument *self, ThrumProblems *problems);

/* Returns the section of @kind and @title (nullable), or NULL. */
ThrumSection *
thrum_document_find (const ThrumDocument *self, ThrumSectionKind kind, const gchar *title);

ThrumEntry *thrum_section_find (const ThrumSection *self, const gchar *key);

void thrum_document_free (ThrumDocument *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumDocument, thrum_document_free)

/* Returns whether @text can stand in an INI file as a value: UTF-8 without control characters,
 * except tabs. */
gboolean thrum_text_is_one_line (const gchar *text);

/* For the two files that make documents, and no others. */
ThrumDocument *thrum_document_new (void);
ThrumSection *thrum_document_add (ThrumDocument *self, ThrumSectionKind kind, const gchar *title,
                                  ThrumPlace place);
ThrumEntry *thrum_section_add (ThrumSection *self, const gchar *key, ThrumPlace place);

/* Splits "target site" into its kind and its title. FALSE with @reason (g_free) set to what is
 * wrong and a hint. */
gboolean
thrum_section_parse_name (const gchar *name, ThrumSectionKind *kind, gchar **title, gchar **reason);

G_END_DECLS
