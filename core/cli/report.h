/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Has thrum-analyze, the one beside this program or PATH's, make the report of the run in @folder,
 * and says where it is, unless @is_quiet. @exit_code: the run's own, from which the analyzer's may
 * differ, for it has the exact percentiles. FALSE: there is no report, which has been told. Main thread. */
gboolean thrum_report_make (const gchar *folder, int exit_code, gboolean is_quiet);

G_END_DECLS
