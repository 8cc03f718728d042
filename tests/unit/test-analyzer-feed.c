/* SPDX-License-Identifier: MIT
 *
 * What is unwrapped of files: packed by gzip and zstd in every way that tools do it, in UTF-16, cut at
 * every byte, damaged, and made to fill disks. Read in pieces of several sizes.
 */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "analyzer/read/feed.h"

static const char text[] = "elapsed,response,status\n1.000,0.010,200\n2.000,0.020,200\n";

static void
add_gzip (GByteArray *to, const void *data, gsize length)
{
  z_stream stream = { 0 };
  gsize bound = length + 1000;
  g_autofree guint8 *out = g_malloc (bound);

  g_assert_cmpint (deflateInit2 (&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), ==, Z_OK);
  stream.next_in = (Bytef *)data;
  stream.avail_in = (uInt)length;
  stream.next_out = out;
  stream.avail_out = (uInt)bound;
  g_assert_cmpint (deflate (&stream, Z_FINISH), ==, Z_STREAM_END);
  g_byte_array_append (to, out, (guint)(bound - stream.avail_out));
  deflateEnd (&stream);
}

static void
add_zstd (GByteArray *to, const void *data, gsize length)
{
  gsize bound = ZSTD_compressBound (length);
  g_autofree guint8 *out = g_malloc (bound);
  gsize n = ZSTD_compress (out, bound, data, length, 3);

  g_assert_false (ZSTD_isError (n));
  g_byte_array_append (to, out, (guint)n);
}

/* As pzstd puts one before each of its frames: how long that is. */
static void
add_skippable (GByteArray *to)
{
  g_byte_array_append (to, (const guint8 *)"\x50\x2a\x4d\x18\x04\0\0\0\x20\0\0\0", 12);
}

static void
add_utf16 (GByteArray *to, const char *utf8, gboolean big, gboolean mark)
{
  glong n;
  g_autofree gunichar2 *units = g_utf8_to_utf16 (utf8, -1, NULL, &n, NULL);

  for (glong i = mark ? -1 : 0; i < n; i++)
    {
      gunichar2 unit = i < 0 ? 0xfeff : units[i];
      guint8 pair[2] = { (guint8)(big ? unit >> 8 : unit & 255),
                         (guint8)(big ? unit & 255 : unit >> 8) };
      g_byte_array_append (to, pair, 2);
    }
}

/* All of the feed's text, asked for in pieces of @piece; NULL and @error. */
static GString *
read_all (const GByteArray *bytes, gsize piece, goffset free_bytes, char **damage, GError **error)
{
  int fd = memfd_create ("feed", 0);
  GString *result = g_string_new (NULL);
  g_autofree char *buffer = g_malloc (piece);
  gssize n = -1;

  g_assert_cmpint (write (fd, bytes->data, bytes->len), ==, bytes->len);
  g_assert_cmpint (lseek (fd, 0, SEEK_SET), ==, 0);
  g_autoptr (ThrumFeed) feed = thrum_feed_new (fd, free_bytes, error);
  if (feed != NULL)
    {
      gsize n_head;
      const char *peeked = thrum_feed_peek (feed, &n_head);
      g_autofree char *head = g_memdup2 (peeked, n_head);

      while ((n = thrum_feed_read (feed, buffer, piece, error)) > 0)
        g_string_append_len (result, buffer, n);
      if (n == 0)
        g_assert_cmpmem (head, n_head, result->str, MIN (result->len, n_head));
      *damage = g_strdup (thrum_feed_get_damage (feed));
    }
  close (fd);
  if (n == 0)
    return result;
  g_string_free (result, TRUE);
  return NULL;
}

static void
assert_reads (const GByteArray *bytes, const char *expected, const char *expected_damage)
{
  static const gsize pieces[] = { 4, 7, 100, 70000 };

  for (guint i = 0; i < G_N_ELEMENTS (pieces); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *damage = NULL;
      GString *result = read_all (bytes, pieces[i], THRUM_FEED_FREE_BYTES, &damage, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (result->str, ==, expected);
      g_assert_cmpstr (damage, ==, expected_damage);
      g_string_free (result, TRUE);
    }
}

static void
test_plain (void)
{
  static const struct {
    const char *bytes;
    const char *text;
  } cases[] = { { "", "" },
                { "a", "a" },
                { "ab\n", "ab\n" },
                { "\xef\xbb\xbf"
                  "a,b\n",
                  "a,b\n" } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GByteArray) bytes = g_byte_array_new ();
      g_byte_array_append (bytes, (const guint8 *)cases[i].bytes, (guint)strlen (cases[i].bytes));
      assert_reads (bytes, cases[i].text, NULL);
      g_assert_false (thrum_feed_is_needed (bytes->data, bytes->len));
    }
}

static void
test_utf16 (void)
{
  const char *odd = "a,\xc3\xa4,\xe2\x82\xac,\xf0\x9f\x98\x80\n"; /* of 1, 2, 3 and 4 bytes */

  for (guint big = 0; big < 2; big++)
    {
      g_autoptr (GByteArray) bytes = g_byte_array_new ();
      g_autoptr (GByteArray) packed = g_byte_array_new ();

      add_utf16 (bytes, odd, big, TRUE);
      add_utf16 (bytes, text, big, FALSE);
      g_autofree char *both = g_strconcat (odd, text, NULL);
      g_assert_true (thrum_feed_is_needed (bytes->data, bytes->len));
      assert_reads (bytes, both, NULL);
      add_gzip (packed, bytes->data, bytes->len);
      assert_reads (packed, both, NULL);
      g_byte_array_set_size (bytes, bytes->len - 1);
      both[strlen (both) - 1] = '\0';
      assert_reads (bytes, both, "its UTF-16 text ends within a character");
    }
  g_autoptr (GByteArray) lone = g_byte_array_new ();
  g_byte_array_append (lone,
                       (const guint8 *)"\xff\xfe\x00\xd8"
                                       "a\0\x00\xdc\n\0",
                       10);
  assert_reads (lone,
                "\xef\xbf\xbd"
                "a\xef\xbf\xbd\n",
                NULL);
}

static void
test_gzip (void)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autofree char *twice = g_strconcat (text, text, NULL);
  guint8 zeros[700] = { 0 };

  add_gzip (bytes, text, strlen (text));
  assert_reads (bytes, text, NULL);
  add_gzip (bytes, "", 0);
  add_gzip (bytes, text, strlen (text));
  assert_reads (bytes, twice, NULL);
  guint whole = bytes->len;
  g_byte_array_append (bytes, zeros, sizeof zeros);
  assert_reads (bytes, twice, NULL);
  g_byte_array_append (bytes, (const guint8 *)"rest", 4);
  assert_reads (bytes, twice, "its gzip data are followed by something else");
  g_byte_array_set_size (bytes, whole);
  bytes->data[whole - 6] ^= 1; /* of the checksum */
  assert_reads (bytes, twice, "its gzip data are damaged (incorrect data check)");
}

static void
test_zstd (void)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autofree char *twice = g_strconcat (text, text, NULL);

  add_zstd (bytes, text, strlen (text));
  assert_reads (bytes, text, NULL);
  add_zstd (bytes, text, strlen (text));
  assert_reads (bytes, twice, NULL);
  g_byte_array_set_size (bytes, 0);
  for (guint i = 0; i < 2; i++)
    {
      add_skippable (bytes);
      add_zstd (bytes, text, strlen (text));
    }
  g_assert_true (thrum_feed_is_needed (bytes->data, bytes->len));
  assert_reads (bytes, twice, NULL);
  add_skippable (bytes);
  assert_reads (bytes, twice, NULL);
  g_byte_array_append (bytes, (const guint8 *)"rest", 4);
  assert_reads (bytes, twice, "its zstd data are damaged (Unknown frame descriptor)");
}

/* A frame that asks for a window of 256 MiB, by its header. */
static void
test_window (void)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();

  g_byte_array_append (bytes, (const guint8 *)"\x28\xb5\x2f\xfd\x00\x90\x01\0\0", 9);
  assert_reads (bytes, "",
                "its zstd data need more than 128 MiB of memory; zstd -dc --long=31 unpacks them");
}

/* Whatever the byte at which a file ends: what comes of it is a part of the text, and unless that ends
 * with a member or frame, it is told. */
static void
test_cut (void)
{
  g_autofree char *twice = g_strconcat (text, text, NULL);
  g_autofree char *noise = g_malloc (300000); /* more than a buffer, and than a block of zstd */

  for (guint i = 0; i < 300000; i++)
    noise[i] = i % 100 == 99 ? '\n' : (char)('0' + g_test_rand_int_range (0, 10));
  for (guint zstd = 0; zstd < 2; zstd++)
    for (guint large = 0; large < 2; large++)
      {
        g_autoptr (GByteArray) bytes = g_byte_array_new ();
        const char *one = large ? noise : text;
        gsize length = large ? 300000 : strlen (text);

        (zstd ? add_zstd : add_gzip) (bytes, one, length);
        guint first = bytes->len;
        (zstd ? add_zstd : add_gzip) (bytes, one, length);
        for (guint cut = large ? first / 2 : 4; cut < bytes->len; cut += large ? 20011 : 1)
          {
            g_autoptr (GError) error = NULL;
            g_autofree char *damage = NULL;
            GByteArray part = { bytes->data, cut };
            GString *result = read_all (&part, 70000, THRUM_FEED_FREE_BYTES, &damage, &error);

            g_test_message ("%s, cut at %u of %u", zstd ? "zstd" : "gzip", cut, bytes->len);
            g_assert_no_error (error);
            g_assert_cmpmem (result->str, MIN (result->len, length), one,
                             MIN (result->len, length));
            g_assert_cmpuint (result->len, <=,
                              2 * length); /* a cut in the checksum costs no text */
            if (large)
              g_assert_cmpuint (result->len, >, 0); /* as far as it goes */
            if (cut == first)
              g_assert_null (damage);
            else
              g_assert_cmpstr (
                  damage, ==, zstd ? "its zstd data end too early" : "its gzip data end too early");
            g_string_free (result, TRUE);
          }
      }
}

static void
test_bombs (void)
{
  g_autofree char *same = g_malloc (8 << 20);

  memset (same, '\n', 8 << 20);
  for (guint zstd = 0; zstd < 2; zstd++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *damage = NULL;
      g_autoptr (GByteArray) bytes = g_byte_array_new ();

      (zstd ? add_zstd : add_gzip) (bytes, same, 8 << 20);
      g_assert_null (read_all (bytes, 70000, 1 << 20, &damage, &error));
      g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL);
      g_assert_nonnull (strstr (error->message, "more than 100 times as many"));
      g_clear_error (&error);
      GString *result = read_all (bytes, 70000, 16 << 20, &damage, &error); /* a small one may */
      g_assert_no_error (error);
      g_assert_cmpuint (result->len, ==, 8 << 20);
      g_string_free (result, TRUE);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/analyzer/feed/plain", test_plain);
  g_test_add_func ("/analyzer/feed/utf16", test_utf16);
  g_test_add_func ("/analyzer/feed/gzip", test_gzip);
  g_test_add_func ("/analyzer/feed/zstd", test_zstd);
  g_test_add_func ("/analyzer/feed/window", test_window);
  g_test_add_func ("/analyzer/feed/cut", test_cut);
  g_test_add_func ("/analyzer/feed/bombs", test_bombs);
  return g_test_run ();
}
