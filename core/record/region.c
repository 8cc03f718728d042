/* SPDX-License-Identifier: MIT
 *
 * The shared memory between one worker and the coordinator. It outlives a worker that crashes,
 * so what the worker had finished is still written. Computes the layout from its private copy of
 * the header, never from memory that a plugin's wild write may have hit.
 */
#include "record/region.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gio/gio.h>

#define REGION_MAGIC G_GUINT64_CONSTANT (0x336e6f6967657274)
#define PAGE 4096

typedef struct {
  guint64 magic;
  guint64 lanes;
  guint64 capacity;
  guint64 slots;
} RegionHeader;

/* The first page. */
typedef struct {
  RegionHeader header;
  ThrumObservation observation;
  ThrumReasons reasons;
} FirstPage;

G_STATIC_ASSERT (sizeof (FirstPage) <= PAGE);

typedef struct {
  ThrumLaneCounters counters;
  ThrumRingShared ring;
} LaneHeader;

struct _ThrumRegion {
  gint fd;
  guint8 *memory;
  gsize bytes;
  guint n_lanes;
  guint64 capacity;
  guint n_slots;
};

/* A lane's header, its records, and its places for open requests. */
static gsize
lane_bytes (guint64 capacity, guint64 n_slots)
{
  gsize bytes =
      sizeof (LaneHeader) + capacity * sizeof (ThrumRecord) + n_slots * sizeof (ThrumOpenSlot);

  return (bytes + PAGE - 1) / PAGE * PAGE;
}

static LaneHeader *
get_lane (ThrumRegion *region, guint lane)
{
  g_assert (lane < region->n_lanes);
  return (LaneHeader *)(region->memory + PAGE
                        + lane * lane_bytes (region->capacity, region->n_slots));
}

/* @flags: MAP_POPULATE for the side that writes records, whose first touch of a page is not to cost
 * time within a run; the reader gets many pages at a time as it comes by. */
static gboolean
map (ThrumRegion *region, gint flags, GError **error)
{
  region->bytes = PAGE + region->n_lanes * lane_bytes (region->capacity, region->n_slots);
  region->memory =
      mmap (NULL, region->bytes, PROT_READ | PROT_WRITE, MAP_SHARED | flags, region->fd, 0);
  if (region->memory == MAP_FAILED)
    {
      int saved = errno;
      region->memory = NULL;
      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (saved),
                   "cannot map %" G_GSIZE_FORMAT " bytes for samples: %s", region->bytes,
                   g_strerror (saved));
      return FALSE;
    }
  return TRUE;
}

ThrumRegion *
thrum_region_new (guint n_lanes, guint64 capacity, guint n_slots, GError **error)
{
  g_autoptr (ThrumRegion) region = g_new0 (ThrumRegion, 1);
  gsize bytes = PAGE + n_lanes * lane_bytes (capacity, n_slots);
  int rc = 0;

  region->n_lanes = n_lanes;
  region->capacity = capacity;
  region->n_slots = n_slots;
  region->fd = memfd_create ("thrum-samples", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (region->fd < 0 || (rc = posix_fallocate (region->fd, 0, (off_t)bytes)) != 0
      || fcntl (region->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
    {
      int saved = region->fd >= 0 && rc != 0 ? rc : errno;
      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (saved),
                   "cannot reserve %" G_GSIZE_FORMAT " bytes for samples: %s", bytes,
                   g_strerror (saved));
      return NULL;
    }
  if (!map (region, 0, error))
    return NULL;

  *(RegionHeader *)region->memory = (RegionHeader){ REGION_MAGIC, n_lanes, capacity, n_slots };
  return g_steal_pointer (&region);
}

ThrumRegion *
thrum_region_open (gint fd, GError **error)
{
  g_autoptr (ThrumRegion) region = g_new0 (ThrumRegion, 1);
  RegionHeader header = { 0 };
  struct stat st;

  region->fd = fd;
  if (fstat (fd, &st) < 0 || pread (fd, &header, sizeof header, 0) != (gssize)sizeof header
      || header.magic != REGION_MAGIC || header.lanes == 0 || header.lanes > G_MAXUINT16
      || header.capacity == 0 || header.capacity > G_MAXUINT32 || header.slots > G_MAXINT32
      || (guint64)st.st_size != PAGE + header.lanes * lane_bytes (header.capacity, header.slots))
    {
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                   "cannot use descriptor %d: it holds no region of samples", fd);
      return NULL;
    }
  region->n_lanes = (guint)header.lanes;
  region->capacity = header.capacity;
  region->n_slots = (guint)header.slots;
  if (!map (region, MAP_POPULATE, error))
    return NULL;
  return g_steal_pointer (&region);
}

void
thrum_region_free (ThrumRegion *region)
{
  if (region == NULL)
    return;
  if (region->memory != NULL)
    munmap (region->memory, region->bytes);
  if (region->fd >= 0)
    close (region->fd);
  g_free (region);
}

gint
thrum_region_get_fd (ThrumRegion *region)
{
  return region->fd;
}

guint
thrum_region_get_n_lanes (ThrumRegion *region)
{
  return region->n_lanes;
}

ThrumLaneCounters *
thrum_region_get_counters (ThrumRegion *region, guint lane)
{
  return &get_lane (region, lane)->counters;
}

ThrumOpenSlot *
thrum_region_get_slots (ThrumRegion *region, guint lane)
{
  ThrumRecord *records = (ThrumRecord *)(get_lane (region, lane) + 1);

  return region->n_slots > 0 ? (ThrumOpenSlot *)(records + region->capacity) : NULL;
}

guint
thrum_region_get_n_slots (ThrumRegion *region)
{
  return region->n_slots;
}

ThrumObservation *
thrum_region_get_observation (ThrumRegion *region)
{
  return &((FirstPage *)region->memory)->observation;
}

ThrumReasons *
thrum_region_get_reasons (ThrumRegion *region)
{
  return &((FirstPage *)region->memory)->reasons;
}

void
thrum_region_init_ring (ThrumRegion *region, guint lane, ThrumRing *ring)
{
  LaneHeader *header = get_lane (region, lane);
  thrum_ring_init (ring, &header->ring, (ThrumRecord *)(header + 1), region->capacity);
}
