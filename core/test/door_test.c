/* door_test - what other threads post into a kernel
**
** What needs more than one thread is in post_test. */
#include <poll.h>

#include "axeberg.h"
#include "mem.h"
#include "test.h"

typedef struct house {
  ax_kernel *k;
  ax_object *rx, *door;
  uint64_t now;
  mem m;
} house;

/* A kernel with a door into a channel of that capacity. */
static void house_open(house *h, size_t capacity, size_t bytes) {
  memset(h, 0, sizeof *h);
  ax_config config = {.clock = ax_clock_virtual(&h->now),
                      .allocator = mem_allocator(&h->m)};
  ax_channel_options o = {capacity, AX_FULL_BLOCK, "posts", NULL};
  ax_object *tx;
  if (ax_kernel_new(&config, &h->k) != AX_OK ||
      ax_channel_new(h->k, &o, &tx, &h->rx) != AX_OK ||
      ax_door_new(h->k, tx, bytes, &h->door) != AX_OK)
    exit(1);
  ax_unref(tx); /* the door's own is left */
}

static void house_close(house *h) {
  if (h->rx != NULL) ax_unref(h->rx);
  if (h->door != NULL) ax_unref(h->door);
  if (h->k != NULL) ax_kernel_free(h->k);
  mem_check_empty(&h->m);
}

static int post(house *h, const char *text) {
  return ax_door_post(h->door, AX_STRING, text, strlen(text));
}

/* The text of the next message, or the name of the error. */
static const char *next_text(house *h) {
  static char text[64];
  ax_value v;
  size_t length;
  int rc = ax_channel_recv(h->rx, &v);
  if (rc != AX_OK) return ax_error_name(rc);
  const char *bytes = ax_value_bytes(&v, &length);
  snprintf(text, sizeof text, "%.*s", (int)length, bytes);
  ax_value_clear(&v);
  return text;
}

static bool readable(int fd) {
  struct pollfd p = {fd, POLLIN, 0};
  return poll(&p, 1, 0) > 0;
}

/* ------------------------------------------------------------ one thread */

static void posts_come_out_in_order(void) {
  house h;
  house_open(&h, AX_UNBOUNDED, 4096);
  check_int(post(&h, "one"), AX_OK);
  check_int(post(&h, ""), AX_OK);
  check_int(post(&h, "three"), AX_OK);
  check_str(next_text(&h), "EAGAIN"); /* not before a step */
  ax_step(h.k);
  check_str(next_text(&h), "one");
  check_str(next_text(&h), "");
  check_str(next_text(&h), "three");
  check_str(next_text(&h), "EAGAIN");
  house_close(&h);
}

static void packed_values_are_checked(void) {
  static const unsigned char list[] = {0x93, 1, 2, 3}, damaged[] = {0x93, 1};
  house h;
  ax_value v;
  ax_door_stat stat;
  house_open(&h, AX_UNBOUNDED, 4096);
  check_int(ax_door_post(h.door, AX_TABLE, list, sizeof list), AX_OK);
  check_int(ax_door_post(h.door, AX_TABLE, damaged, sizeof damaged), AX_OK);
  check_int(ax_door_post(h.door, AX_TABLE, list + 1, 1), AX_OK);
  check_int(ax_door_post(h.door, AX_INTEGER, list, 1), AX_EINVAL);
  ax_step(h.k);
  check_int(ax_channel_recv(h.rx, &v), AX_OK);
  check_int(v.type, AX_TABLE);
  ax_value_clear(&v);
  check_int(ax_channel_recv(h.rx, &v), AX_OK);
  check(v.type == AX_INTEGER && v.u.integer == 1);
  check_int(ax_channel_recv(h.rx, &v), AX_EAGAIN);
  ax_door_stat_get(h.door, &stat);
  check_int(stat.posted, 3);
  check_int(stat.refused, 1);
  check_int(stat.bytes, 0);
  house_close(&h);
}

static void a_full_door_says_so(void) {
  static const char big[4096];
  house h;
  int n = 0;
  house_open(&h, AX_UNBOUNDED, 1024);
  check_int(ax_door_post(h.door, AX_STRING, big, sizeof big), AX_E2BIG);
  check_int(ax_door_post(h.door, AX_STRING, big, SIZE_MAX), AX_E2BIG);
  check_int(ax_door_post(h.door, AX_STRING, big, 1024 - 16), AX_OK);
  check_int(post(&h, ""), AX_EAGAIN);
  ax_step(h.k);
  while (post(&h, "12345678") == AX_OK) n++;
  check_int(n, 1024 / 32);
  ax_step(h.k);
  check_int(post(&h, ""), AX_OK);
  house_close(&h);
}

static void a_full_channel_holds_back(void) {
  house h;
  char text[16];
  house_open(&h, 2, 4096);
  for (int i = 0; i < 9; i++) {
    snprintf(text, sizeof text, "%d", i);
    check_int(post(&h, text), AX_OK);
  }
  for (int i = 0; i < 9; i++) {
    ax_channel_stat stat;
    ax_step(h.k);
    ax_channel_stat_get(h.rx, &stat);
    check(stat.queued <= 2);
    snprintf(text, sizeof text, "%d", i);
    check_str(next_text(&h), text);
  }
  check_str(next_text(&h), "EAGAIN");
  house_close(&h);
}

static void who_closes_the_door_sends_what_is_in_it(void) {
  house h;
  house_open(&h, AX_UNBOUNDED, 4096);
  check_int(post(&h, "last"), AX_OK);
  ax_unref(h.door);
  h.door = NULL;
  check_str(next_text(&h), "last");
  check_str(next_text(&h), "EPIPE");
  house_close(&h);
}

static void nobody_hears_posts_without_a_receiver(void) {
  house h;
  house_open(&h, AX_UNBOUNDED, 4096);
  ax_unref(h.rx);
  h.rx = NULL;
  check_int(post(&h, "lost"), AX_OK);
  ax_step(h.k);
  check_int(post(&h, "too late"), AX_EPIPE);
  house_close(&h);
}

static void a_door_outlives_its_kernel(void) {
  house h;
  house_open(&h, AX_UNBOUNDED, 4096);
  check_int(post(&h, "lost"), AX_OK);
  ax_kernel_free(h.k);
  h.k = NULL;
  check_int(post(&h, "too late"), AX_EPIPE);
  house_close(&h);
}

static void a_post_wakes_the_descriptor(void) {
  house h;
  house_open(&h, 1, 4096);
  int fd = ax_kernel_descriptor(h.k);
  check(fd >= 0 && !readable(fd));
  check_int(post(&h, "wake"), AX_OK);
  check_int(post(&h, "more"), AX_OK);
  check(readable(fd));
  ax_step(h.k);
  check(!readable(fd)); /* the channel is full: nothing to do */
  check_str(next_text(&h), "wake");
  ax_step(h.k);
  check_str(next_text(&h), "more");
  ax_step(h.k);
  check(!readable(fd));
  house_close(&h);
}

static void what_makes_no_door(void) {
  house h;
  ax_object *other;
  house_open(&h, 1, 64);
  check_int(ax_door_new(h.k, h.rx, 64, &other), AX_EINVAL);
  check_int(ax_door_new(h.k, h.door, 64, &other), AX_EINVAL);
  check_int(ax_door_new(h.k, ax_object_peer(h.rx), 0, &other), AX_EINVAL);
  check_int(ax_door_new(h.k, ax_object_peer(h.rx), SIZE_MAX, &other),
            AX_EINVAL);
  house_close(&h);
}

static void a_door_for_which_memory_is_short(void) {
  for (size_t n = 1;; n++) {
    house h;
    ax_object *door;
    house_open(&h, 1, 64);
    h.m.asked = 0;
    h.m.fail = n;
    int rc = ax_door_new(h.k, ax_object_peer(h.rx), 64, &door);
    if (h.m.failed > 0) check_int(rc, AX_ENOMEM);
    if (rc == AX_OK) ax_unref(door);
    bool through = h.m.failed == 0;
    h.m.fail = 0;
    house_close(&h);
    if (through) break;
  }
}

static void a_message_for_which_memory_is_short_stays(void) {
  house h;
  house_open(&h, AX_UNBOUNDED, 64);
  check_int(post(&h, "kept"), AX_OK);
  h.m.asked = 0;
  h.m.fail = 1;
  ax_step(h.k);
  check_int(h.m.failed, 1);
  check_str(next_text(&h), "EAGAIN");
  ax_unref(h.door); /* tries again */
  h.door = NULL;
  check_str(next_text(&h), "kept");
  house_close(&h);
}

int main(int argc, char **argv) {
  static const test tests[] = {
      TEST(posts_come_out_in_order),
      TEST(packed_values_are_checked),
      TEST(a_full_door_says_so),
      TEST(a_full_channel_holds_back),
      TEST(who_closes_the_door_sends_what_is_in_it),
      TEST(nobody_hears_posts_without_a_receiver),
      TEST(a_door_outlives_its_kernel),
      TEST(a_post_wakes_the_descriptor),
      TEST(what_makes_no_door),
      TEST(a_door_for_which_memory_is_short),
      TEST(a_message_for_which_memory_is_short_stays),
  };
  return test_main(argc, argv, tests, COUNT(tests));
}
