/* SPDX-License-Identifier: MIT
 *
 * One pass over files: threads take chunks, each parses the lines that begin in its chunk and hands
 * the rows to its own state. It knows bytes, lines and threads, not what rows mean. Memory is one
 * buffer and one batch a thread, whatever the files' size. Called from the main thread.
 *
 * Files are read, not mapped: mapped ones took a tenth longer to parse (the kernel's copy fetches memory
 * ahead, the parser waits for it) and change under the parser when somebody writes to them.
 */
#include <string.h>

#include "analyzer/formats/formats.h"
#include "analyzer/formats/refuse.h"
#include "analyzer/input/scan.h"

#define CHUNK (256 * 1024) /* stays in a core's second-level cache */
#define TAIL 4096          /* read beyond a chunk at first, for its last line */
#define BUFFER (1 + CHUNK + THRUM_LINE_MAX + 1 + THRUM_DECIMAL_SLACK)

typedef struct {
  guint chunk;
  ThrumComplaint complaint;
} Fault;

/* A lane's own share of the chunks: rows lie nearly in order of time, so that lanes far apart count into
 * different slices of it, and memory does not grow with the lanes. */
typedef struct {
  gint next; /* atomic: the chunk to take */
  guint end;
} Region;

/* How time went on in a chunk, by the rows that were looked at: ends and beginnings, since files may
 * be sorted by either. A fall of both begins a test anew. */
typedef struct {
  gint64 first_elapsed,
      first_intended;       /* of the chunk's first row; meaningless while n_rows is 0 */
  gint64 elapsed, intended; /* the latest since the last fall */
  gint64 previous;          /* the last row's end */
  guint64 n_rows;
  guint64 n_down; /* rows that were done before the one before them */
  guint64 n_falls;
  guint64 line; /* of the first fall, in the chunk */
} Course;

typedef struct {
  ThrumScanFile *files;
  guint n_files;
  guint n_chunks;
  guint *first_chunk; /* of each file; one more at the end */
  guint32 *lines;     /* in each chunk */
  guint32 *rows;      /* in each chunk */
  Course *courses;    /* of each chunk */
  Region *regions;    /* one for each lane */
  guint n_regions;
  gint failed; /* atomic */
  gint *torn;  /* of each file: 0 no, 1 its last line was kept, 2 it was dropped */
  const ThrumScanConsumer *consumer;
} Pass;

typedef struct {
  Pass *pass;
  guint region; /* its own */
  gpointer state;
  GArray *faults;
  guint64 n_malformed;
  guint64 n_cut;
  gboolean too_fine;
  GError *error;
  enum { LAST_WHOLE, LAST_TOO_LONG, LAST_TORN } last; /* the last line of the chunk at hand */
} Lane;

/* The first line from @p on that begins a record; @end if none does. @p is a line's first byte. */
static const char *
skip_to_record (const ThrumReader *reader, const char *p, const char *end)
{
  while (p < end && !reader->format->begins (reader, p, end))
    {
      const char *line_end = memchr (p, '\n', (gsize)(end - p));
      p = line_end == NULL ? end : line_end + 1;
    }
  return p;
}

/* Where records may span lines, a chunk's last one may go on in lines that begin in the next chunk.
 * @n bytes of the file from @from on are in @buffer, of which @end ends the last line of the chunk;
 * returns behind the record. What is longer than a line may be is cut, and then malformed. */
static const char *
extend_record (Lane *lane, guint file, goffset from, char *buffer, gsize n, const char *end)
{
  const ThrumInput *input = lane->pass->files[file].input;
  const ThrumReader *reader = &lane->pass->files[file].reader;
  const gsize room = 1 + CHUNK + THRUM_LINE_MAX;
  const char *next = skip_to_record (reader, end, buffer + n);

  if (next == buffer + n && from + (goffset)n < input->size && n < room)
    {
      gssize more = thrum_input_read (input, buffer + n, room - n, from + (goffset)n, &lane->error);
      if (more < 0)
        return NULL;
      n += (gsize)more;
      next = skip_to_record (reader, end, buffer + n);
    }
  if (next > end && next[-1] != '\n')
    {
      if (from + (goffset)n < input->size)
        {
          const char *cut = memrchr (end, '\n', (gsize)(next - end));
          return cut == NULL ? end : cut + 1;
        }
      buffer[n] = '\n'; /* the file's last line has no end */
      return next + 1;
    }
  return next;
}

/* Puts the lines that begin in [@offset, @offset + CHUNK) into @buffer, the last one with a line end.
 * Returns the first one's place, *@end behind the last one; NULL on error. */
static const char *
load_chunk (Lane *lane, guint file, goffset offset, char *buffer, const char **end)
{
  const ThrumInput *input = lane->pass->files[file].input;
  goffset from = offset > 0 ? offset - 1 : 0;
  gsize own = (gsize)(offset - from) + CHUNK; /* bytes up to the chunk's end */
  gssize n = thrum_input_read (input, buffer, own + TAIL, from, &lane->error);

  lane->last = LAST_WHOLE;
  if (n < 0)
    return NULL;
  if ((gsize)n < own) /* the file ends in this chunk */
    own = (gsize)n;

  const char *start = buffer;
  if (offset > 0)
    {
      start = memchr (buffer, '\n', own);
      if (start == NULL || ++start >= buffer + own)
        return *end = buffer;
    }
  if (own == 0)
    return *end = buffer;

  const ThrumReader *reader = &lane->pass->files[file].reader;
  if (reader->format->begins != NULL && offset > 0)
    {
      start = skip_to_record (reader, start, buffer + n);
      if (start >= buffer + own)
        return *end = buffer;
    }

  char *stop = memchr (buffer + own - 1, '\n', (gsize)n - own + 1);
  if (stop == NULL && from + n < input->size)
    {
      gssize more =
          thrum_input_read (input, buffer + n, THRUM_LINE_MAX - TAIL, from + n, &lane->error);
      if (more < 0)
        return NULL;
      stop = memchr (buffer + n, '\n', (gsize)more);
      n += more;
    }
  if (stop != NULL)
    *end = stop + 1;
  else if (from + n < input->size)
    {
      lane->last = LAST_TOO_LONG;
      stop = memrchr (start, '\n', (gsize)(buffer + n - start));
      *end = stop == NULL ? start : stop + 1;
    }
  else
    {
      /* thrum ends every line, so that a run's last one without an end is torn for certain. */
      lane->pass->torn[file] = input->info != NULL ? 2 : 1;
      if (input->info != NULL)
        {
          lane->last = LAST_TORN;
          stop = memrchr (start, '\n', (gsize)(buffer + n - start));
          *end = stop == NULL ? start : stop + 1;
        }
      else
        {
          buffer[n] = '\n';
          *end = buffer + n + 1;
        }
    }
  if (reader->format->begins != NULL && *end < buffer + n)
    {
      *end = extend_record (lane, file, from, buffer, (gsize)n, *end);
      if (*end == NULL)
        return NULL;
    }
  return start;
}

static void
note_faults (Lane *lane, guint chunk, ThrumParse *parse)
{
  for (guint i = 0; i < parse->n_complaints; i++)
    {
      Fault fault = { chunk, parse->complaints[i] };
      g_array_append_val (lane->faults, fault);
    }
  lane->n_malformed += parse->n_malformed;
  lane->too_fine |= parse->too_fine;
  lane->pass->lines[chunk] = (guint32)parse->n_lines;
  parse->n_lines = parse->n_malformed = parse->n_complaints = 0;
}

/* Names rows "" that have no name, beside others that have: number 0 is a name of some other. */
static void
leave_unnamed (const ThrumReader *reader, ThrumParse *parse)
{
  static const char none[THRUM_NAME_SLACK];
  guint16 number = thrum_name_cache_intern (&parse->requests, reader->requests, none, 0);

  for (guint i = 0; i < parse->n_rows; i++)
    parse->rows[i].request = number;
}

/* Leaves out the rows that were intended before the cut. */
static void
cut_rows (Lane *lane, ThrumParse *parse, gint64 cut)
{
  guint kept = 0;

  for (guint i = 0; i < parse->n_rows; i++)
    if (parse->rows[i].elapsed - parse->rows[i].response >= cut)
      parse->rows[kept++] = parse->rows[i];
  lane->n_cut += parse->n_rows - kept;
  parse->n_rows = kept;
}

/* Behind the byte order mark that Windows programs put before UTF-8. */
static const char *
skip_mark (const char *start, const char *end)
{
  static const char mark[] = "\xef\xbb\xbf";
  const gsize length = sizeof mark - 1;

  return (gsize)(end - start) >= length && memcmp (start, mark, length) == 0 ? start + length
                                                                             : start;
}

static void
follow_row (Course *course, const ThrumRow *row, gint64 fall, guint64 line)
{
  gint64 intended = row->elapsed - row->response;

  if (course->n_rows == 0)
    {
      course->first_elapsed = course->elapsed = row->elapsed;
      course->first_intended = course->intended = intended;
    }
  course->n_down += course->n_rows > 0 && row->elapsed < course->previous;
  course->previous = row->elapsed;
  if (row->elapsed < course->elapsed - fall && intended < course->intended - fall)
    {
      course->line = course->n_falls++ == 0 ? line : course->line;
      course->elapsed = row->elapsed;
      course->intended = intended;
    }
  course->elapsed = MAX (course->elapsed, row->elapsed);
  course->intended = MAX (course->intended, intended);
}

/* Looks at every row of a file's first chunk, which may be all of it, and at some of the others. */
static void
follow_time (Course *course, const ThrumReader *reader, const ThrumParse *parse,
             gboolean first_chunk)
{
  const guint stride = first_chunk ? 1 : THRUM_BATCH_ROWS / 2;

  for (guint i = 0; i < parse->n_rows; i += stride)
    {
      if (parse->rows[i].is_part || parse->rows[i].elapsed < reader->first_elapsed
          || parse->rows[i].elapsed >= reader->end_elapsed)
        continue;
      follow_row (course, &parse->rows[i], reader->fall, parse->n_lines - (parse->n_rows - 1 - i));
      course->n_rows++;
    }
}

static gboolean
scan_chunk (Lane *lane, guint chunk, char *buffer, ThrumParse *parse)
{
  Pass *pass = lane->pass;
  guint file = 0;

  while (chunk >= pass->first_chunk[file + 1])
    file++;

  const ThrumReader *reader = &pass->files[file].reader;
  goffset offset = (goffset)(chunk - pass->first_chunk[file]) * CHUNK;
  const char *end = NULL;
  const char *cursor = load_chunk (lane, file, offset, buffer, &end);
  if (cursor == NULL)
    return FALSE;
  memset (buffer + (end - buffer), 0, THRUM_DECIMAL_SLACK);

  if (offset == 0)
    cursor = skip_mark (cursor, end);
  if (reader->header && offset == 0 && cursor < end)
    {
      cursor = (const char *)memchr (cursor, '\n', (gsize)(end - cursor)) + 1;
      parse->n_lines++;
    }
  while (cursor < end)
    {
      cursor = reader->format->parse (reader, parse, cursor, end);
      pass->rows[chunk] += parse->n_rows;
      if (reader->unnamed)
        leave_unnamed (reader, parse);
      if (reader->fall > 0)
        follow_time (&pass->courses[chunk], reader, parse, offset == 0);
      if (reader->cut > 0)
        cut_rows (lane, parse, reader->cut);
      pass->consumer->consume (lane->state, parse->rows, parse->n_rows);
      parse->n_rows = 0;
    }
  if (lane->last != LAST_WHOLE)
    parse->n_lines++;
  if (lane->last == LAST_TOO_LONG)
    thrum_parse_complain (parse, "a line beyond 64 KiB");
  /* A torn last line that is no row was dropped with the malformed ones. */
  if (pass->torn[file] == 1 && chunk + 1 == pass->first_chunk[file + 1] && parse->n_complaints > 0
      && parse->complaints[parse->n_complaints - 1].line == parse->n_lines)
    pass->torn[file] = 2;
  note_faults (lane, chunk, parse);
  return TRUE;
}

/* The next chunk of the lane's own region; when that is done, of another's. */
static gboolean
take_chunk (Lane *lane, guint *chunk)
{
  Pass *pass = lane->pass;

  for (guint i = 0; i < pass->n_regions; i++)
    {
      Region *region = &pass->regions[(lane->region + i) % pass->n_regions];

      if ((guint)g_atomic_int_get (&region->next) >= region->end)
        continue;
      *chunk = (guint)g_atomic_int_add (&region->next, 1);
      if (*chunk < region->end)
        return TRUE;
    }
  return FALSE;
}

static gpointer
run_lane (gpointer data)
{
  Lane *lane = data;
  Pass *pass = lane->pass;
  g_autofree char *buffer = g_malloc (BUFFER);
  g_autofree ThrumParse *parse = g_new0 (ThrumParse, 1);

  for (guint chunk; !g_atomic_int_get (&pass->failed) && take_chunk (lane, &chunk);)
    if (!scan_chunk (lane, chunk, buffer, parse))
      g_atomic_int_set (&pass->failed, 1);
  return NULL;
}

static int
compare_faults (gconstpointer a, gconstpointer b)
{
  const Fault *one = a, *two = b;

  if (one->chunk != two->chunk)
    return one->chunk < two->chunk ? -1 : 1;
  return one->complaint.line < two->complaint.line ? -1 : one->complaint.line > two->complaint.line;
}

static void
describe_file (const Pass *pass, guint file, GArray *found, guint *next, ThrumScanFaults *faults)
{
  const char *path = pass->files[file].input->path;
  guint64 line = 0, n_rows = 0;
  guint n = 0, said = faults->complaints->len;

  for (guint chunk = pass->first_chunk[file]; chunk < pass->first_chunk[file + 1]; chunk++)
    {
      for (; *next < found->len && g_array_index (found, Fault, *next).chunk == chunk; (*next)++)
        {
          const ThrumComplaint *complaint = &g_array_index (found, Fault, *next).complaint;

          if (n++ < THRUM_MAX_COMPLAINTS)
            g_ptr_array_add (faults->complaints,
                             g_strdup_printf ("%s:%" G_GUINT64_FORMAT ": %s", path,
                                              line + complaint->line, complaint->reason));
        }
      line += pass->lines[chunk];
      n_rows += pass->rows[chunk];
    }
  if (n_rows == 0 && n > 0 && faults->barren == 0)
    {
      faults->barren = file + 1;
      faults->barren_fault = g_ptr_array_index (faults->complaints, said);
    }
  faults->n_lines += line;
  if (pass->torn[file] > 0)
    g_ptr_array_add (faults->torn,
                     g_strdup_printf (pass->torn[file] == 1
                                          ? "%s: the last line has no end; it reads well and counts"
                                          : "%s: the last line is torn and left out",
                                      path));
}

/* Puts the chunks' courses one after another; more falls than now and then are no tests, but rows in
 * another order than that of time. */
static void
describe_restarts (const Pass *pass, guint file, ThrumScanFaults *faults)
{
  const ThrumScanFile *scanned = &pass->files[file];
  gint64 fall = scanned->reader.fall;
  const Course *before = NULL;
  guint64 n = 0, n_rows = 0, n_down = 0, line = 0, first = 0;

  for (guint i = pass->first_chunk[file]; fall > 0 && i < pass->first_chunk[file + 1]; i++)
    {
      const Course *course = &pass->courses[i];

      if (course->n_rows > 0)
        {
          guint64 anew = before != NULL && course->first_elapsed < before->elapsed - fall
                         && course->first_intended < before->intended - fall;

          if (n == 0 && anew + course->n_falls > 0)
            first = line + (anew ? 1 : course->line);
          n += anew + course->n_falls;
          n_rows += course->n_rows;
          n_down += course->n_down;
          before = course;
        }
      line += pass->lines[i];
    }
  if (n > 0 && 20 * n <= n_rows && 10 * n_down < 9 * n_rows)
    g_ptr_array_add (
        faults->restarts,
        g_strdup_printf (
            "Time begins anew in %s, %s near line %" G_GUINT64_FORMAT
            ": there are several tests in it, one after another, whose times are taken "
            "for those of one.",
            scanned->input->label, n > 1 ? "first" : "once,", first));
}

static void
collect_faults (const Pass *pass, Lane *lanes, guint jobs, ThrumScanFaults *faults)
{
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (Fault));
  guint next = 0;

  faults->complaints = g_ptr_array_new_with_free_func (g_free);
  faults->torn = g_ptr_array_new_with_free_func (g_free);
  faults->restarts = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < jobs; i++)
    {
      g_array_append_vals (found, lanes[i].faults->data, lanes[i].faults->len);
      faults->n_malformed += lanes[i].n_malformed;
      faults->n_cut += lanes[i].n_cut;
      faults->too_fine |= lanes[i].too_fine;
    }
  g_array_sort (found, compare_faults);
  for (guint file = 0; file < pass->n_files; file++)
    {
      describe_file (pass, file, found, &next, faults);
      describe_restarts (pass, file, faults);
    }
}

static void
lay_out_chunks (Pass *pass, guint jobs)
{
  pass->first_chunk = g_new0 (guint, pass->n_files + 1);
  for (guint i = 0; i < pass->n_files; i++)
    pass->first_chunk[i + 1] =
        pass->first_chunk[i] + (guint)((pass->files[i].input->size + CHUNK - 1) / CHUNK);
  pass->n_chunks = pass->first_chunk[pass->n_files];
  pass->regions = g_new (Region, jobs);
  pass->n_regions = jobs;
  for (guint i = 0; i < jobs; i++)
    {
      pass->regions[i].next = (gint)((guint64)pass->n_chunks * i / jobs);
      pass->regions[i].end = (guint)((guint64)pass->n_chunks * (i + 1) / jobs);
    }
  pass->lines = g_new0 (guint32, pass->n_chunks);
  pass->rows = g_new0 (guint32, pass->n_chunks);
  pass->courses = g_new0 (Course, pass->n_chunks);
  pass->torn = g_new0 (gint, pass->n_files);
}

gboolean
thrum_scan_run (ThrumScanFile *files, guint n_files, guint jobs, const ThrumScanConsumer *consumer,
                gpointer data, gpointer *states, ThrumScanFaults *faults, GError **error)
{
  Pass pass = { .files = files, .n_files = n_files, .consumer = consumer };
  g_autofree Lane *lanes = g_new0 (Lane, jobs);
  g_autofree GThread **threads = g_new0 (GThread *, jobs);
  gboolean good = TRUE;

  memset (faults, 0, sizeof *faults);
  lay_out_chunks (&pass, jobs);
  for (guint i = 0; i < jobs; i++)
    {
      lanes[i].pass = &pass;
      lanes[i].region = i;
      lanes[i].state = states[i] = consumer->state_new (data);
      lanes[i].faults = g_array_new (FALSE, FALSE, sizeof (Fault));
    }
  /* Threads are help, not need: where none can be made, this one does it all. */
  for (guint i = 1; i < jobs; i++)
    threads[i] = g_thread_try_new ("scan", run_lane, &lanes[i], NULL);
  run_lane (&lanes[0]);
  for (guint i = 1; i < jobs; i++)
    if (threads[i] != NULL)
      g_thread_join (threads[i]);

  collect_faults (&pass, lanes, jobs, faults);
  for (guint i = 0; i < jobs; i++)
    {
      if (lanes[i].error != NULL && good)
        {
          g_propagate_error (error, g_steal_pointer (&lanes[i].error));
          good = FALSE;
        }
      g_clear_error (&lanes[i].error);
      g_array_unref (lanes[i].faults);
    }
  g_free (pass.first_chunk);
  g_free (pass.regions);
  g_free (pass.lines);
  g_free (pass.rows);
  g_free (pass.courses);
  g_free (pass.torn);
  return good;
}

void
thrum_scan_faults_clear (ThrumScanFaults *faults)
{
  g_clear_pointer (&faults->complaints, g_ptr_array_unref);
  g_clear_pointer (&faults->torn, g_ptr_array_unref);
  g_clear_pointer (&faults->restarts, g_ptr_array_unref);
}

gboolean
thrum_scan_file_has_date (const ThrumScanFile *file)
{
  return file->reader.is_epoch || (file->input->info != NULL && file->input->info->started > 0);
}

gboolean
thrum_scan_detect (ThrumScanFile *file, const ThrumFormat *format, const char *columns,
                   GError **error)
{
  g_autofree char *head = g_malloc0 (CHUNK + THRUM_DECIMAL_SLACK);
  gssize n = thrum_input_read (file->input, head, CHUNK, 0, error);
  ThrumReader *reader = &file->reader;

  if (n < 0)
    return FALSE;

  const char *text = skip_mark (head, head + n);
  n -= text - head;
  /* Columns of numbers may be anything's: only the names of others tell them apart. */
  const char *known = thrum_refuse_known (text, (gsize)n);
  if (known == NULL && file->input->info != NULL && file->input->info->columns != NULL)
    {
      *reader = thrum_reader_of (&thrum_format_columns);
      if (!thrum_reader_set_columns (reader, (const char *const *)file->input->info->columns))
        {
          g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                       "cannot analyze %s: its run.json names no elapsed and response columns",
                       file->input->path);
          return FALSE;
        }
      return TRUE;
    }
  if (n == 0 && format == NULL)
    {
      static const char *const three[] = { "elapsed", "response", "status", NULL };

      *reader = thrum_reader_of (&thrum_format_columns);
      return thrum_reader_set_columns (reader, three);
    }
  if (columns != NULL)
    {
      if (thrum_named_use_columns (reader, columns, text, (gsize)n, error))
        return TRUE;
      g_prefix_error (error, "cannot analyze %s: ", file->input->path);
      return FALSE;
    }
  for (guint i = 0; thrum_formats[i] != NULL; i++)
    {
      if ((format != NULL && thrum_formats[i] != format)
          || (known != NULL
              && (thrum_formats[i] == &thrum_format_columns
                  || thrum_formats[i] == &thrum_format_named)))
        continue;
      *reader = thrum_reader_of (thrum_formats[i]);
      if (thrum_formats[i]->detect (reader, text, (gsize)n))
        return TRUE;
    }
  g_autofree char *refusal =
      known != NULL ? g_strdup_printf ("cannot analyze %s: %s", file->input->path, known)
                    : thrum_format_refuse (format, file->input->path, text, (gsize)n);
  g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_INVAL, refusal);
  return FALSE;
}

/* Parses the whole lines in @length bytes at @offset into @estimate; returns how many bytes. */
static gssize
sample (const ThrumScanFile *file, ThrumParse *parse, char *buffer, gsize length, goffset offset,
        ThrumScanEstimate *estimate, GError **error)
{
  gssize n = thrum_input_read (file->input, buffer, length, offset, error);
  if (n < 0)
    return -1;

  const char *cursor = buffer;
  char *end = memrchr (buffer, '\n', (gsize)n);
  if (end == NULL)
    return 0;
  memset (++end, 0, THRUM_DECIMAL_SLACK);
  if (offset > 0 || file->reader.header)
    cursor = (const char *)memchr (buffer, '\n', (gsize)(end - buffer)) + 1;
  else
    cursor = skip_mark (buffer, end);

  gssize size = end - cursor;
  while (cursor < end)
    {
      cursor = file->reader.format->parse (&file->reader, parse, cursor, end);
      for (guint i = 0; i < parse->n_rows; i++)
        {
          const ThrumRow *row = &parse->rows[i];

          estimate->first_intended = MIN (estimate->first_intended, row->elapsed - row->response);
          estimate->last_elapsed = MAX (estimate->last_elapsed, row->elapsed);
        }
      estimate->n_rows += parse->n_rows;
      parse->n_rows = 0;
    }
  return size;
}

gboolean
thrum_scan_estimate (const ThrumScanFile *file, ThrumScanEstimate *estimate, GError **error)
{
  enum { N_PLACES = 64, PLACE = 4096, END = 64 * 1024 };
  g_autofree char *buffer = g_malloc (END + THRUM_DECIMAL_SLACK);
  g_autofree ThrumParse *parse = g_new0 (ThrumParse, 1);
  goffset size = file->input->size;
  goffset parsed = 0;

  *estimate = (ThrumScanEstimate){ .first_intended = G_MAXINT64 };
  for (guint i = 0; i < N_PLACES + 2; i++)
    {
      gboolean edge = i == 0 || i == N_PLACES + 1;
      goffset offset = i == 0              ? 0
                       : i == N_PLACES + 1 ? MAX (size - END, 0)
                                           : size / (N_PLACES + 1) * i;

      if (i > 0 && size <= END)
        break; /* the first sample was all of it */
      gssize n = sample (file, parse, buffer, edge ? END : PLACE, offset, estimate, error);
      if (n < 0)
        return FALSE;
      parsed += n;
    }
  estimate->within_seconds = parse->within_seconds;
  if (estimate->n_rows == 0)
    estimate->first_intended = 0;
  else
    estimate->n_rows = (guint64)((double)size * (double)estimate->n_rows / (double)parsed);
  return TRUE;
}
