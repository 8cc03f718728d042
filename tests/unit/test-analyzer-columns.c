/* SPDX-License-Identifier: MIT
 *
 * Rows of results.csv: what is read, what is refused and why, and which columns a bare file has.
 */
#include "analyzer/formats/formats.h"

#define SEVEN "elapsed,response,status,service,request,failure,bytes"

typedef struct {
  ThrumReader reader;
  ThrumParse parse;
} Fixture;

static void
set_up (Fixture *f, const char *columns)
{
  memset (f, 0, sizeof *f);
  f->reader.format = &thrum_format_columns;
  f->reader.n_digits = 6;
  f->reader.requests = thrum_names_new (THRUM_MAX_REQUESTS);
  f->reader.kinds = thrum_kinds_new (THRUM_MAX_KINDS);
  if (columns != NULL)
    {
      g_auto (GStrv) names = g_strsplit (columns, ",", -1);
      g_assert_true (thrum_reader_set_columns (&f->reader, (const char *const *)names));
    }
}

static void
tear_down (Fixture *f)
{
  thrum_names_free (f->reader.requests);
  thrum_names_free (f->reader.kinds);
}

/* @text ends in a line end; its copy is exactly as long as promised. */
static void
parse (Fixture *f, const char *text)
{
  gsize length = strlen (text);
  g_autofree char *buffer = g_malloc0 (length + THRUM_DECIMAL_SLACK);

  memcpy (buffer, text, length);
  g_assert_true (f->reader.format->parse (&f->reader, &f->parse, buffer, buffer + length)
                 == buffer + length);
}

static void
test_default_row (void)
{
  Fixture f;

  set_up (&f, SEVEN);
  parse (&f, "1.500000,0.250000,200,0.240000,home,,1234\n"
             "2.000000,0.100000,503,0.090000,login,status,12\r\n"
             "3.000000,30.000000,0,,home,timeout,0\n"
             "4.000000,0.000100,0,,home,connect-refused,0\n");
  g_assert_cmpuint (f.parse.n_malformed, ==, 0);
  g_assert_cmpuint (f.parse.n_rows, ==, 4);

  const ThrumRow *rows = f.parse.rows;
  g_assert_cmpint (rows[0].elapsed, ==, 1500000);
  g_assert_cmpint (rows[0].response, ==, 250000);
  g_assert_cmpint (rows[0].service, ==, 240000);
  g_assert_cmpint (rows[0].status, ==, 200);
  g_assert_cmpint (rows[0].bytes, ==, 1234);
  g_assert_cmpint (rows[0].kind, ==, THRUM_KIND_SUCCESS);
  g_assert_cmpstr (thrum_names_get (f.reader.requests, rows[1].request), ==, "login");
  g_assert_cmpstr (thrum_names_get (f.reader.kinds, rows[1].kind), ==, "status 503");
  g_assert_cmpuint (rows[0].request, ==, rows[2].request);
  g_assert_cmpint (rows[2].service, ==, -1);
  g_assert_true (thrum_kind_is_censored (rows[2].kind));
  g_assert_false (thrum_kind_is_unconnected (rows[2].kind));
  g_assert_true (thrum_kind_is_unconnected (rows[3].kind));
  tear_down (&f);
}

/* In the 2010 format, 0 and 400 and up are failures. */
static void
test_three_columns (void)
{
  Fixture f;

  set_up (&f, "elapsed,response,status");
  parse (&f, "1.500,0.250,200\n\n\r\n0.1,0.1,0\n7,1,404\n8,1,399\n");
  g_assert_cmpuint (f.parse.n_rows, ==, 4);
  g_assert_cmpuint (f.parse.n_lines, ==, 6);
  g_assert_cmpuint (f.parse.n_malformed, ==, 0);
  g_assert_cmpint (f.parse.rows[0].kind, ==, THRUM_KIND_SUCCESS);
  g_assert_cmpstr (thrum_names_get (f.reader.kinds, f.parse.rows[1].kind), ==, "no reply");
  g_assert_cmpstr (thrum_names_get (f.reader.kinds, f.parse.rows[2].kind), ==, "status 404");
  g_assert_cmpint (f.parse.rows[3].kind, ==, THRUM_KIND_SUCCESS);
  tear_down (&f);
}

static void
test_malformed (void)
{
  static const struct {
    const char *line;
    const char *reason;
  } cases[] = {
    { "x,0.1,200\n", "a time is not a number" },
    { "nan,0.1,200\n", "a time is not a number" },
    { "1,,200\n", "a time is not a number" },
    { "-1,0.1,200\n", "a negative time" },
    { "1,-0.1,200\n", "a negative time" },
    { "1,1e300,200\n", "a time beyond all reason" },
    { "1,0.1\n", "fields are missing" },
    { "1,0.1,\n", "a status or count is not a whole number" },
    { "1,0.1,2x0\n", "a field holds more than its value" },
    { "1,0.1x,200\n", "a field holds more than its value" },
    { "1,0.1,200,\n", "more fields than columns" },
    { "1,0.1,200 \n", "a field holds more than its value" },
    { "\x01\x02\n", "a time is not a number" },
    { "1,0.1,99999999999999999999\n", "a status or count is not a whole number" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Fixture f;

      set_up (&f, "elapsed,response,status");
      parse (&f, "1,0.1,200\n");
      parse (&f, cases[i].line);
      parse (&f, "2,0.1,200\n");
      g_test_message ("%s", cases[i].line);
      g_assert_cmpuint (f.parse.n_rows, ==, 2);
      g_assert_cmpuint (f.parse.n_malformed, ==, 1);
      g_assert_cmpstr (f.parse.complaints[0].reason, ==, cases[i].reason);
      g_assert_cmpuint (f.parse.complaints[0].line, ==, 2);
      tear_down (&f);
    }
}

static void
test_too_fine (void)
{
  Fixture f;

  set_up (&f, "elapsed,response,status");
  f.reader.n_digits = 3;
  parse (&f, "1.000,0.123000,200\n");
  g_assert_false (f.parse.too_fine);
  parse (&f, "1.000,0.123400,200\n");
  g_assert_true (f.parse.too_fine);
  tear_down (&f);
}

/* Columns that nobody knows are skipped, whatever is in them. */
static void
test_unknown_columns (void)
{
  Fixture f;

  set_up (&f, "elapsed,colour,response,status,lag");
  parse (&f, "1,dark blue,0.5,200,0.000001\n");
  g_assert_cmpuint (f.parse.n_malformed, ==, 0);
  g_assert_cmpint (f.parse.rows[0].response, ==, 500000);
  g_assert_cmpint (f.parse.rows[0].lag, ==, 1);
  g_assert_true (f.reader.has_lag);
  tear_down (&f);
}

/* By the short way and by the other; no lag is none, and more than all of the response leaves nothing. */
static void
test_lag (void)
{
  static const struct {
    const char *row;
    gint64 lag, less_lag;
  } cases[] = {
    { "1.500000,0.250000,200,0.240000,home,,1234,0.010000\n", 10000, 240000 },
    { "1.500000,0.250000,200,0.240000,home,,1234,12.000001\n", 12000001, 0 },
    { "1.500000,0.250000,200,0.240000,home,,1234,0\n", 0, 250000 },
    { "1.500000,0.250000,200,0.240000,home,,1234,\n", 0, 250000 },
    { "1.500000,0.250000,503,0.240000,home,status,1234,0.010000\n", 10000, 240000 },
  };
  Fixture f;

  set_up (&f, THRUM_COLUMNS_DEFAULT);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      parse (&f, cases[i].row);
      g_assert_cmpuint (f.parse.n_rows, ==, i + 1);
      g_assert_cmpint (f.parse.rows[i].lag, ==, cases[i].lag);
      g_assert_cmpint (thrum_row_less_lag (&f.parse.rows[i]), ==, cases[i].less_lag);
    }
  parse (&f, "1.500000,0.250000,200,0.240000,home,,1234,-0.010000\n");
  g_assert_cmpuint (f.parse.n_malformed, ==, 1);
  tear_down (&f);
  set_up (&f, SEVEN);
  g_assert_false (f.reader.has_lag);
  tear_down (&f);
}

static void
test_detect (void)
{
  static const struct {
    const char *head;
    gboolean good;
    guint n_fields;
    guint n_digits;
  } cases[] = {
    { "1.234,0.100,200\n", TRUE, 3, 3 },
    { "1.234,0.100,200\r\n", TRUE, 3, 3 },
    { "junk\n\n1.234,0.100,200\n", TRUE, 3, 3 },
    { "1.234567,0.100,200\n", TRUE, 3, 6 },
    { "1.2,0.1,200\n1.234567,0.1,200\n", TRUE, 3, 6 },
    { "1.2,0.1\n", TRUE, 2, 3 },
    { "1.500000,0.250000,200,0.240000,home,,1234\n", TRUE, 7, 6 },
    { "1.500000,0.250000,200,0.240000,home,,1234,0.010000\n", TRUE, 8, 6 },
    { "1.5,0.25,200,x\n", TRUE, 4, 3 },
    { "elapsed,response,status\n", TRUE, 3, 3 },
    { "status,response,elapsed,colour\n200,0.1,1.234567,red\n", TRUE, 4, 6 },
    { "\"elapsed\", \"response\"\r\n1.234,0.1\r\n", TRUE, 2, 3 },
    { "elapsed,response,status", FALSE, 0, 0 }, /* whatever comes, it is no row yet */
    { "elapsed,status\n", FALSE, 0, 0 },
    { "1.5,0.25,OK\n", FALSE, 0, 0 },
    { "\x7f\x45\x4c\x46\n", FALSE, 0, 0 },
    { "", FALSE, 0, 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gsize length = strlen (cases[i].head);
      g_autofree char *head = g_malloc0 (length + THRUM_DECIMAL_SLACK);
      Fixture f;

      set_up (&f, NULL);
      memcpy (head, cases[i].head, length);
      g_test_message ("%s", cases[i].head);
      g_assert_cmpint (f.reader.format->detect (&f.reader, head, length), ==, cases[i].good);
      if (cases[i].good)
        {
          g_assert_cmpuint (f.reader.n_fields, ==, cases[i].n_fields);
          g_assert_cmpuint (f.reader.n_digits, ==, cases[i].n_digits);
        }
      tear_down (&f);
    }
}

/* Beyond its limit the table gives one number to all: nothing is lost, names are told apart no more. */
static void
test_names (void)
{
  g_autoptr (ThrumNames) names = thrum_names_new (3);
  ThrumNameCache *cache = g_new0 (ThrumNameCache, 1);
  static const char *const input[] = { "a", "b", "a", "", "d", "e", "abcdefghi", "abcdefghj" };
  static const guint16 numbers[] = { 0, 1, 0, 2, 2, 2, 2, 2 };

  for (guint round = 0; round < 2; round++)
    for (guint i = 0; i < G_N_ELEMENTS (input); i++)
      {
        char text[32] = "zzzzzzzzzzzzzzzzzzzzzzz";

        memcpy (text, input[i], strlen (input[i]));
        g_assert_cmpuint (thrum_name_cache_intern (cache, names, text, strlen (input[i])), ==,
                          numbers[i]);
      }
  g_assert_true (thrum_names_overflowed (names));
  g_assert_cmpuint (thrum_names_get_n (names), ==, 3);
  g_free (cache);
}

/* Some field of a row, usual or odd, good or bad. */
static void
append_field (GString *text, GRand *chance, guint n_digits, guint column)
{
  static const char *const odd[] = {
    "",     "0",        "-1.5", "1e3", "1.23456789", ".5",    "5.",  "x",    "200",
    "99",   "0.000001", "1..2", "\"a", "1.5e",       "0.1 2", "404", "1000", "999999999999.000000",
    "1.2.3"
  };

  if (g_rand_int_range (chance, 0, 40) == 0)
    g_string_append (text, odd[g_rand_int_range (chance, 0, G_N_ELEMENTS (odd))]);
  else if (column == 2)
    g_string_append_printf (text, "%d", g_rand_int_range (chance, 0, 9) == 0 ? 503 : 204);
  else if (column == 4)
    g_string_append_len (text, "a name, or not one", g_rand_int_range (chance, 0, 7));
  else if (column == 5)
    g_string_append (text, g_rand_int_range (chance, 0, 9) == 0 ? "timeout" : "");
  else if (column == 6)
    g_string_append_printf (text, "%d", 1 << g_rand_int_range (chance, 0, 30));
  else
    g_string_append_printf (text, "%.*f", n_digits,
                            g_rand_double_range (chance, 0, 5)
                                * (1 << g_rand_int_range (chance, 0, 12)));
}

/* A row is the same whether the short way took it or the complete parser, which alone reads what
 * Windows programs end lines with. */
static void
test_usual_rows (void)
{
  static const struct {
    const char *columns;
    guint n_columns;
    guint n_digits;
  } layouts[] = { { "elapsed,response,status", 3, 3 },
                  { "elapsed,response,status", 3, 6 },
                  { SEVEN, 7, 6 },
                  { THRUM_COLUMNS_DEFAULT, 8, 6 } };
  g_autoptr (GRand) chance = g_rand_new_with_seed (1);

  for (guint layout = 0; layout < G_N_ELEMENTS (layouts); layout++)
    for (guint i = 0; i < 5000; i++)
      {
        g_autoptr (GString) text = g_string_new (NULL);
        Fixture usual, complete;

        for (guint column = 0; column < layouts[layout].n_columns; column++)
          {
            g_string_append (text, column > 0 ? "," : "");
            append_field (text, chance, layouts[layout].n_digits, column);
          }
        set_up (&usual, layouts[layout].columns);
        set_up (&complete, layouts[layout].columns);
        usual.reader.n_digits = complete.reader.n_digits = layouts[layout].n_digits;
        usual.reader.origin = complete.reader.origin = 7;
        g_autofree char *line = g_strconcat (text->str, "\n", NULL);
        g_autofree char *windows_line = g_strconcat (text->str, "\r\n", NULL);
        parse (&usual, line);
        parse (&complete, windows_line);

        g_assert_cmpuint (usual.parse.n_rows, ==, complete.parse.n_rows);
        g_assert_cmpuint (usual.parse.n_lines, ==, complete.parse.n_lines);
        g_assert_cmpuint (usual.parse.n_malformed, ==, complete.parse.n_malformed);
        g_assert_cmpint (usual.parse.too_fine, ==, complete.parse.too_fine);
        if (usual.parse.n_rows == 1)
          {
            const ThrumRow *one = &usual.parse.rows[0], *other = &complete.parse.rows[0];

            g_assert_cmpint (one->elapsed, ==, other->elapsed);
            g_assert_cmpint (one->response, ==, other->response);
            g_assert_cmpint (one->service, ==, other->service);
            g_assert_cmpint (one->lag, ==, other->lag);
            g_assert_cmpint (one->bytes, ==, other->bytes);
            g_assert_cmpint (one->status, ==, other->status);
            g_assert_cmpuint (one->kind, ==, other->kind);
            g_assert_false (one->is_part);
            g_assert_cmpstr (thrum_names_get_n (usual.reader.requests) > 0
                                 ? thrum_names_get (usual.reader.requests, one->request)
                                 : "",
                             ==,
                             thrum_names_get_n (complete.reader.requests) > 0
                                 ? thrum_names_get (complete.reader.requests, other->request)
                                 : "");
          }
        tear_down (&usual);
        tear_down (&complete);
      }
}

static void
test_names_in_order (void)
{
  static const char *const sorted[] = {
    "",
    "/cart",
    "/item/1",
    "/item/02",
    "/item/2",
    "/item/2/buy",
    "/item/10",
    "/item/10a2",
    "/item/10a10",
    "/item/x",
    "/item/100000000000000000000001",
    "item",
  };
  /* Numbers come before letters, as in ASCII. */
  static const guint order[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 9, 11 };

  for (guint i = 0; i < G_N_ELEMENTS (order); i++)
    for (guint j = 0; j < G_N_ELEMENTS (order); j++)
      {
        int result = thrum_names_compare (sorted[order[i]], sorted[order[j]]);

        g_test_message ("%s, %s", sorted[order[i]], sorted[order[j]]);
        g_assert_cmpint ((result > 0) - (result < 0), ==, (i > j) - (i < j));
      }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/analyzer/columns/default-row", test_default_row);
  g_test_add_func ("/analyzer/columns/three-columns", test_three_columns);
  g_test_add_func ("/analyzer/columns/malformed", test_malformed);
  g_test_add_func ("/analyzer/columns/too-fine", test_too_fine);
  g_test_add_func ("/analyzer/columns/unknown-columns", test_unknown_columns);
  g_test_add_func ("/analyzer/columns/lag", test_lag);
  g_test_add_func ("/analyzer/columns/detect", test_detect);
  g_test_add_func ("/analyzer/columns/usual-rows", test_usual_rows);
  g_test_add_func ("/analyzer/names", test_names);
  g_test_add_func ("/analyzer/names/order", test_names_in_order);
  return g_test_run ();
}
