/* segment - a world with a segment of shared memory, and some regions of it */
#ifndef AX_TEST_SEGMENT_H
#define AX_TEST_SEGMENT_H

#include "world.h"

enum { SIZE = 3 * AX_SHM_PAGE + 100, VIEWS = 5 };

static world w;
static ax_object *segment, *view[VIEWS];

static inline void setup(void) {
  world_open(&w);
  memset(view, 0, sizeof view);
  check_int(ax_shm_get(w.k, 0, SIZE, 0600, &segment), AX_OK);
}

static inline void teardown(void) {
  for (int i = 0; i < VIEWS; i++)
    if (view[i] != NULL) ax_unref(view[i]);
  check_int(ax_shm_remove(segment), AX_OK);
  check_int(world_stats(&w).segments, 0);
  check_int(world_stats(&w).shared, 0);
  ax_unref(segment);
  check_int(world_stats(&w).waiters, 0);
  check_int(world_stats(&w).objects, world_stats(&w).processes);
  world_close(&w);
}

static inline void attach(int i, int flags) {
  check_int(ax_shm_attach(segment, flags, &view[i]), AX_OK);
}

static inline int put(int i, size_t offset, const char *text) {
  return ax_region_write(view[i], offset, text, strlen(text));
}

static inline const char *get(int i, size_t offset, size_t size) {
  static char text[64];
  memset(text, 0, sizeof text);
  check_int(ax_region_read(view[i], offset, text, size), AX_OK);
  return text;
}

static inline void sync(int i) {
  check_int(ax_region_sync(view[i], NULL), AX_OK);
}

static inline void refresh(int i) {
  check_int(ax_region_refresh(view[i]), AX_OK);
}

static inline void run(void) { check_int(ax_run(w.k, NULL), AX_OK); }

static inline ax_shm_stat look(void) {
  ax_shm_stat s;
  memset(&s, 0, sizeof s);
  check_int(ax_shm_stat_get(segment, &s), AX_OK);
  return s;
}

#endif
