/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/plot/plot.h"

G_BEGIN_DECLS

/* What pages share: one file that needs no other and no network. What is not ours is escaped. */

/* Up to the first heading, which is @title. */
void thrum_page_begin (GString *html, const char *title);
void thrum_page_end (GString *html);

void thrum_page_append_text (GString *html, const char *text);

/* <ul> of @texts, strings; nothing without any. */
void thrum_page_append_list (GString *html, const GPtrArray *texts);

/* The cells of a row: a name that is not ours, and text of ours. */
void thrum_page_append_name_cell (GString *html, const char *name);
void thrum_page_append_cell (GString *html, const char *text);

/* The same for a table of class cards, in which narrow screens show no head: @label, ours, stands beside
 * the text there. */
void thrum_page_append_labelled_cell (GString *html, const char *label, const char *text);

/* @plot's image, inlined, with its description beneath; nothing if it was not rendered. */
void thrum_page_append_plot (GString *html, const ThrumPlot *plot, const char *extension,
                             ThrumOutput *output);

G_END_DECLS
