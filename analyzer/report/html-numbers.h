/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/compute/analysis.h"

G_BEGIN_DECLS

/* Append parts of a page to @html: the most important numbers as tiles; all requests with 95%
 * intervals and the part of each number that may be thrum's own doing; Apdex and warm-up; the times
 * of each request. */
void thrum_html_append_tiles (GString *html, const ThrumAnalysis *analysis);
void thrum_html_append_overall (GString *html, const ThrumAnalysis *analysis);
void thrum_html_append_findings (GString *html, const ThrumAnalysis *analysis);
void thrum_html_append_table (GString *html, const ThrumAnalysis *analysis);

G_END_DECLS
