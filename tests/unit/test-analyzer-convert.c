/* SPDX-License-Identifier: MIT
 *
 * What becomes of files that are not made of lines: JMeter's XML, vegeta's gob, ghz's JSON; whole, cut at
 * every byte, and not quite what they seem to be.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "analyzer/read/convert.h"

#define JTL "timeStamp,elapsed,label,responseCode,responseMessage,success,bytes\n"
#define OPEN "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testResults version=\"1.2\">\n"
#define CLOSE "</testResults>\n"

/* As Go 1.19 encodes three of vegeta's results: 200, a refusal, 200. */
static const char gob[] =
    "\377\227\377\201\003\001\001\006Result\001\377\202\000\001\014\001\006Attack\001\014\000"
    "\001\003Seq\001\006\000\001\004Code\001\006\000\001\011Timestamp\001\377\204\000\001\007Lat"
    "ency\001\004\000\001\010BytesOut\001\006\000\001\007BytesIn\001\006\000\001\005Error\001"
    "\014\000\001\004Body\001\012\000\001\006Method\001\014\000\001\003URL\001\014\000\001\007He"
    "aders\001\377\210\000\000\000\020\377\203\005\001\001\004Time\001\377\204\000\000\000\027"
    "\377\207\004\001\001\006Header\001\377\210\000\001\014\001\377\206\000\000\014\377\205\002"
    "\001\002\377\206\000\001\014\000\000J\377\202\001\005mixed\002\377\310\001\017\001\000\000"
    "\000\016\334\345\350\000\007[\315\025\000<\001\375\036\204\200\005\003GET\001\026http://127"
    ".0.0.1:8081/\001\001\004Date\001\001x\000\377\217\377\202\001\005mixed\001\001\002\017\001"
    "\000\000\000\016\334\345\350\000\010\331EU\000<\001\375\042\262\322\002d\001LGet \042http:/"
    "/127.0.0.1:9/\042: dial tcp 127.0.0.1:9: connect: connection refused\002\003GET\001\026http"
    "://127.0.0.1:8081/\000S\377\202\001\005mixed\001\002\001\377\310\001\017\001\000\000\000"
    "\016\334\345\350\000\012V\275\225\000<\001\375&\341$\002\377\310\002\002\000\000\001\003GET"
    "\001\026http://127.0.0.1:8081/\001\001\004Date\001\001x\000";

#define GHZ                                                                                        \
  "{ \"options\": {\"details\": [{\"a\": 1}]}, \"fastest\": 1, \"slowest\": 2, \"rps\": 3.5,\n"

typedef struct {
  const char *name; /* of the conversion; NULL: there is none */
  const char *what;
  const char *text;
  gsize length; /* 0: of the text */
  const char *lines;
  const char *damage;
} Case;

static const Case cases[] = {
  { "JMeter's XML", "samples on their lines",
    OPEN
    "<httpSample t=\"5\" ts=\"1700000000000\" s=\"true\" lb=\"a\" rc=\"200\" rm=\"OK\" by=\"7\"/>\n"
    "<!-- <sample t=\"9\"/> -->\n"
    "<sample t='6' ts='1700000000001' s='false' lb='&lt;&quot;b&#x20ac;&#65;&amp;&quot;&gt;'\n"
    " rc='500' rm='no,&#10;no' by='0'><x><![CDATA[<sample t=\"9\"/>]]></x></sample>\n" CLOSE,
    0,
    JTL "\n"
        "\"1700000000000\",\"5\",\"a\",\"200\",\"OK\",\"true\",\"7\"\n"
        "\n"
        "\"1700000000001\",\"6\",\"<\"\"b\xe2\x82\xac"
        "A&\"\">\",\"500\",\"no, no\",\"false\",\"0\"\n",
    NULL },
  { "JMeter's XML", "what is nested is part of it, but in a transaction",
    "<testResults>"
    "<httpSample t=\"5\" ts=\"1\" s=\"true\" lb=\"a\" rc=\"200\"><httpSample t=\"1\" ts=\"1\" "
    "lb=\"img\"/>"
    "<sample t=\"1\" lb=\"x\"></sample></httpSample>"
    "<sample t=\"9\" ts=\"2\" s=\"true\" lb=\"T\" rc=\"200\" "
    "rm=\"Number of samples in transaction : 2, number of failing samples : 0\">"
    "<httpSample t=\"3\" ts=\"2\" s=\"true\" lb=\"b\" rc=\"200\"><httpSample t=\"1\" "
    "lb=\"css\"/></httpSample>"
    "<httpSample t=\"4\" ts=\"3\" s=\"true\" lb=\"c\" rc=\"200\"/>"
    "</sample>"
    "<httpSample t=\"6\" ts=\"4\" lb=\"d\" rc=\"404\"/></testResults>",
    0,
    JTL
    "\"1\",\"5\",\"a\",\"200\",\"\",\"true\",\"\"\n"
    "\"2\",\"9\",\"T\",\"200\",\"Number of samples in transaction : 2, number of failing samples : "
    "0\",\"true\",\"\"\n"
    "\"2\",\"3\",\"b\",\"200\",\"\",\"true\",\"\"\n"
    "\"3\",\"4\",\"c\",\"200\",\"\",\"true\",\"\"\n"
    "\"4\",\"6\",\"d\",\"404\",\"\",\"false\",\"\"\n",
    NULL },
  { "JMeter's XML", "cut",
    "<testResults><sample t=\"5\" ts=\"1\" s=\"true\" lb=\"a\" rc=\"200\"/><sam", 0,
    JTL "\"1\",\"5\",\"a\",\"200\",\"\",\"true\",\"\"\n", "its XML ends too early" },
  { "vegeta's gob", "three results", gob, sizeof gob - 1,
    "1700000000123456789,200,1000000,0,0,\"\",,\"mixed\",0\n"
    "1700000000148456789,0,1137001,0,100,\"Get \"\"http://127.0.0.1:9/\"\": dial tcp 127.0.0.1:9: "
    "connect: "
    "connection refused\",,\"mixed\",1\n"
    "1700000000173456789,200,1274002,0,200,\"\",,\"mixed\",2\n",
    NULL },
  { "ghz's JSON", "pretty",
    GHZ "\"details\": [\n  {\n    \"timestamp\": \"2023\",\n    \"error\": \"a } \\\" { ]\"\n  },\n"
        "  {\"latency\": 1, \"x\": [{}]}\n], \"tags\": {\"details\": [{}]} }\n",
    0,
    "{\"timestamp\":\"2023\",\"error\":\"a } \\\" { ]\"}\n"
    "{\"latency\":1,\"x\":[{}]}\n",
    NULL },
  { "ghz's JSON", "cut", GHZ "\"details\": [{\"latency\": 1},{\"latency\": 2", 0,
    "{\"latency\":1}\n", "its JSON ends too early" },
  { "ghz's JSON", "without details", GHZ "\"tags\": {} }", 0, NULL, NULL },
  { NULL, "XML of something else", "<?xml version=\"1.0\"?>\n<testsuites/>\n", 0, NULL, NULL },
  { NULL, "oha's JSON",
    "{\"summary\":{\"successRate\":1.0,\"slowest\":1,\"fastest\":1},\"rps\":{},\"options\":1}", 0,
    NULL, NULL },
  { NULL, "rows", "1.000,0.500,200\n", 0, NULL, NULL },
};

static int
open_bytes (const char *bytes, gsize length)
{
  int fd = memfd_create ("bytes", 0);

  g_assert_cmpint (write (fd, bytes, length), ==, length);
  g_assert_cmpint (lseek (fd, 0, SEEK_SET), ==, 0);
  return fd;
}

/* The lines that are made of @bytes; NULL where they are refused. */
static char *
convert (const ThrumConversion *conversion, const char *bytes, gsize length, goffset max,
         char **damage)
{
  g_autoptr (GError) error = NULL;
  int from = open_bytes (bytes, length), to = memfd_create ("lines", 0);
  g_autoptr (ThrumFeed) feed = thrum_feed_new (from, THRUM_FEED_FREE_BYTES, &error);
  ThrumLines lines;
  char *text = NULL;

  g_assert_no_error (error);
  thrum_lines_init (&lines, to, max);
  gboolean good = conversion->convert (feed, &lines, damage, &error);
  if (thrum_lines_finish (&lines, good ? &error : NULL) && good)
    {
      text = g_malloc0 ((gsize)lines.written + 1);
      g_assert_cmpint (pread (to, text, (gsize)lines.written, 0), ==, lines.written);
      g_assert_cmpint (lines.last_end, ==, lines.written); /* every line is whole */
    }
  else
    g_assert_nonnull (error);
  close (from);
  close (to);
  return text;
}

static void
test_case (gconstpointer data)
{
  const Case *test = data;
  gsize length = test->length > 0 ? test->length : strlen (test->text);
  const ThrumConversion *conversion = thrum_conversion_of (test->text, length);
  g_autofree char *damage = NULL;

  g_assert_cmpstr (conversion != NULL ? conversion->name : NULL, ==, test->name);
  if (conversion == NULL)
    return;
  g_autofree char *text = convert (conversion, test->text, length, G_MAXINT64, &damage);
  g_assert_cmpstr (text, ==, test->lines);
  g_assert_cmpstr (damage, ==, test->damage);
}

/* ghz writes its options first, and with them the calls' own data, of any length. */
static void
test_ghz_data (void)
{
  g_autofree char *data = g_strnfill (70000, 'x');
  g_autofree char *ghz = g_strdup_printf (
      "{\"options\":{\"call\":\"p.S/M\",\"data\":\"%s\"},\"details\":[{\"latency\":1}]}", data);
  g_autofree char *damage = NULL;

  g_assert_true (thrum_conversion_of (ghz, 64 * 1024) == &thrum_conversion_ghz);
  g_autofree char *text = convert (&thrum_conversion_ghz, ghz, strlen (ghz), G_MAXINT64, &damage);
  g_assert_cmpstr (text, ==, "{\"latency\":1}\n");
  g_assert_null (damage);
}

/* Cut at any byte, it has the first of its lines; all of them only where the end tells nothing new. */
static void
test_cut (gconstpointer data)
{
  const Case *test = data;
  gsize length = test->length > 0 ? test->length : strlen (test->text);
  const ThrumConversion *conversion = thrum_conversion_of (test->text, length);

  for (gsize cut = 1; cut < length; cut++)
    {
      g_autofree char *damage = NULL;
      g_autofree char *exact = g_memdup2 (test->text, cut); /* for ASan */
      g_autofree char *text = convert (conversion, exact, cut, G_MAXINT64, &damage);

      g_test_message ("%" G_GSIZE_FORMAT, cut);
      if (text != NULL)
        g_assert_true (g_str_has_prefix (test->lines, text));
      if (text != NULL && damage == NULL) /* between two messages, or behind the end */
        g_assert_true (conversion == &thrum_conversion_gob || strcmp (text, test->lines) == 0);
    }
}

/* A disk is not filled. */
static void
test_full (void)
{
  g_autoptr (GString) many = g_string_new (OPEN);
  g_autofree char *damage = NULL;

  for (guint i = 0; i < 20000; i++)
    g_string_append (many, "<sample t=\"5\" ts=\"1\" s=\"true\" lb=\"a\" rc=\"200\"/>\n");
  g_string_append (many, CLOSE);
  g_assert_null (convert (&thrum_conversion_xml, many->str, many->len, 300000, &damage));
  g_clear_pointer (&damage, g_free);
  g_autofree char *text = convert (&thrum_conversion_xml, many->str, many->len, 10000000, &damage);
  g_assert_nonnull (text);
  g_assert_null (damage);
}

/* Samples within samples without an end, and a label without one. */
static void
test_hostile (void)
{
  g_autoptr (GString) deep = g_string_new (OPEN);
  g_autofree char *damage = NULL;

  for (guint i = 0; i < 100000; i++)
    g_string_append (deep, "<sample t=\"5\">");
  g_autofree char *text =
      convert (&thrum_conversion_xml, deep->str, deep->len, G_MAXINT64, &damage);
  g_assert_cmpstr (damage, ==, "its XML has samples within samples without an end");
  g_clear_pointer (&damage, g_free);
  g_string_assign (deep, OPEN "<sample ts=\"1\" lb=\"");
  for (guint i = 0; i < 1000000; i++)
    g_string_append_c (deep, 'x');
  g_string_append (deep, "\" s=\"true\"/>" CLOSE);
  g_autofree char *cut = convert (&thrum_conversion_xml, deep->str, deep->len, G_MAXINT64, &damage);
  g_assert_null (damage);
  g_assert_cmpuint (strlen (cut), <, 20000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *name =
          g_strdup_printf ("/analyzer/convert/%" G_GSIZE_FORMAT "-%s", i, cases[i].what);
      g_autofree char *cut = g_strconcat ("/analyzer/convert-cut/", cases[i].what, NULL);

      g_test_add_data_func (name, &cases[i], test_case);
      if (cases[i].lines != NULL && cases[i].damage == NULL)
        g_test_add_data_func (cut, &cases[i], test_cut);
    }
  g_test_add_func ("/analyzer/convert/ghz-data", test_ghz_data);
  g_test_add_func ("/analyzer/convert/full", test_full);
  g_test_add_func ("/analyzer/convert/hostile", test_hostile);
  return g_test_run ();
}
