/* pair - the two ends of one channel in a world, to test with */
#ifndef AX_TEST_PAIR_H
#define AX_TEST_PAIR_H

#include "world.h"

static world w;
static ax_object *tx, *rx;

static void setup(size_t capacity, enum ax_full full) {
  world_open(&w);
  world_channel(&w, capacity, full, &tx, &rx);
}

static void teardown(void) {
  check_int(world_stats(&w).waiters, 0);
  if (tx != NULL) ax_unref(tx);
  if (rx != NULL) ax_unref(rx);
  check_int(world_stats(&w).objects, world_stats(&w).processes);
  world_close(&w);
}

static void drop(ax_object **end) {
  ax_unref(*end);
  *end = NULL;
}

static void run(void) { check_int(ax_run(w.k, NULL), AX_OK); }

static int send(int64_t i) {
  ax_value v = ax_integer(i);
  int rc = ax_channel_send(tx, &v);
  if (rc != AX_OK) check(v.type == AX_INTEGER && v.u.integer == i);
  return rc;
}

/* Sends the foreign value. */
static int give(uint32_t slot) {
  ax_value v = world_foreign(&w, slot);
  int rc = ax_channel_send(tx, &v);
  if (rc != AX_OK) check(v.type == AX_FOREIGN && v.slot == slot);
  return rc;
}

/* The integer received, or the error. */
static int64_t recv(void) {
  ax_value v = ax_nil();
  int rc = ax_channel_recv(rx, &v);
  if (rc != AX_OK) return rc;
  check_int(v.type, AX_INTEGER);
  return v.u.integer;
}

static ax_channel_stat look(const ax_object *end) {
  ax_channel_stat s;
  memset(&s, 0, sizeof s);
  ax_channel_stat_get(end, &s);
  return s;
}

static void check_queue(size_t queued, uint64_t dropped) {
  ax_channel_stat s = look(tx != NULL ? tx : rx);
  check_int(s.queued, queued);
  check_int(s.dropped, dropped);
}

#endif
