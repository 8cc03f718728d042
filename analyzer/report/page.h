/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/plot/plot.h"

G_BEGIN_DECLS

/* What pages share. A page is one file that needs no other file and no network. Text that is not
 * ours is escaped. */

/* Appends all up to the first heading, which is @title. */
void thrum_page_begin (GString *html, const char *title);
void thrum_page_end (GString *html);

void thrum_page_append_text (GString *html, const char *text);

/* Appends <ul> of @texts, strings; nothing if there are none. */
void thrum_page_append_list (GString *html, const GPtrArray *texts);

/* Append the cells of a row: a name that is not ours, and a text of ours. */
void thrum_page_append_name_cell (GString *html, const char *name);
void thrum_page_append_cell (GString *html, const char *text);

/* Appends a cell of a table of class cards. Narrow screens show no head for such a table; there
 * @label, ours, stands beside the text. */
void thrum_page_append_labelled_cell (GString *html, const char *label, const char *text);

/* Appends @plot's image, inlined, with its description beneath; nothing if it was not rendered. */
void thrum_page_append_plot (GString *html, const ThrumPlot *plot, const char *extension,
                             ThrumOutput *output);

G_END_DECLS
