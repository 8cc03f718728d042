/* SPDX-License-Identifier: MIT
 *
 * Writes the frame of an HTML page: its head with the style, escaped text, inlined images. Main
 * thread.
 */
#include "analyzer/report/page.h"
#include "thrum-config.h"
#include "base/regular-file.h"

/* A picture that is larger is not one of ours. */
#define MOST_PLOT_BYTES (64 * 1024 * 1024)

void
thrum_page_append_text (GString *html, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  g_autofree char *escaped = g_markup_escape_text (valid, -1);

  g_string_append (html, escaped);
}

void
thrum_page_begin (GString *html, const char *title)
{
  g_autoptr (GBytes) css =
      g_resources_lookup_data ("/thrum/analyzer/report.css", G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);

  g_string_append (html, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                         "<meta name=\"viewport\" content=\"width=device-width, "
                         "initial-scale=1\">\n<title>");
  thrum_page_append_text (html, title);
  g_string_append (html, "</title>\n<style>\n");
  g_string_append_len (html, g_bytes_get_data (css, NULL), (gssize)g_bytes_get_size (css));
  g_string_append (html, "</style>\n</head>\n<body>\n<h1>");
  thrum_page_append_text (html, title);
  g_string_append (html, "</h1>\n");
}

void
thrum_page_end (GString *html)
{
  g_string_append (html, "<p class=\"soft\">Made by thrum-analyze " THRUM_VERSION ".</p>\n"
                         "</body>\n</html>\n");
}

void
thrum_page_append_list (GString *html, const GPtrArray *texts)
{
  for (guint i = 0; i < texts->len; i++)
    {
      g_string_append (html, i == 0 ? "<ul>\n<li>" : "<li>");
      thrum_page_append_text (html, g_ptr_array_index (texts, i));
      g_string_append (html, "</li>\n");
    }
  if (texts->len > 0)
    g_string_append (html, "</ul>\n");
}

void
thrum_page_append_name_cell (GString *html, const char *name)
{
  g_auto (GStrv) parts = g_strsplit (name, "/", -1);

  g_string_append (html, "<tr><th scope=\"row\" class=\"name\">");
  /* A path that is too long breaks behind a slash, but its first. */
  for (guint i = 0; parts[i] != NULL; i++)
    {
      g_string_append (html, i > 0 ? "/" : "");
      g_string_append (html,
                       i > 0 && (i > 1 || *parts[0] != '\0') && *parts[i] != '\0' ? "<wbr>" : "");
      thrum_page_append_text (html, parts[i]);
    }
  g_string_append (html, "</th>");
}

void
thrum_page_append_cell (GString *html, const char *text)
{
  g_string_append_printf (html, "<td>%s</td>", text);
}

void
thrum_page_append_labelled_cell (GString *html, const char *label, const char *text)
{
  g_string_append_printf (html, "<td data-label=\"%s\">%s</td>", label, text);
}

void
thrum_page_append_plot (GString *html, const ThrumPlot *plot, const char *extension,
                        ThrumOutput *output)
{
  g_autofree char *name = g_strconcat (plot->name, ".", extension, NULL);
  g_autofree char *path = g_build_filename (thrum_output_get_folder (output), name, NULL);
  g_autofree char *data = NULL;
  gsize length;

  if (plot->nothing != NULL)
    {
      g_string_append_printf (html, "<p class=\"nothing\">%s: ", plot->name);
      thrum_page_append_text (html, plot->nothing);
      g_string_append (html, "</p>\n");
      return;
    }
  data = thrum_regular_file_read (path, MOST_PLOT_BYTES, &length, NULL);
  if (data == NULL)
    return;
  g_autofree char *encoded = g_base64_encode ((const guchar *)data, length);
  g_string_append_printf (html, "<figure><div><img width=\"%d\" height=\"%d\" alt=\"",
                          THRUM_PLOT_WIDTH, THRUM_PLOT_HEIGHT);
  thrum_page_append_text (html, plot->alt);
  g_string_append_printf (html, "\" src=\"data:image/%s;base64,%s\"></div>\n<figcaption>",
                          g_str_equal (extension, "svg") ? "svg+xml" : "png", encoded);
  thrum_page_append_text (html, plot->alt);
  g_string_append (html, "</figcaption></figure>\n");
}
