/* poll - a host with a loop around poll(2), and a thread that posts
**
** The thread does what takes long, and posts what comes out into a door.
** The loop sleeps until a post, or the next deadline. */
#include "loop.h"

#include <poll.h>
#include <pthread.h>

static void *work(void *door) {
  for (int i = 1; i <= 3; i++) {
    char text[32];
    int length = snprintf(text, sizeof text, "result %d", i);
    ax_door_post(door, AX_STRING, text, (size_t)length);
  }
  ax_door_post(door, AX_STRING, "", 0); /* the last one */
  return NULL;
}

/* Hears of the end, which the door does not know by itself. */
static const char WATCH[] = "local rx, tx = ...\n"
                            "for text in rx do\n"
                            "  if text == '' then return end\n"
                            "  tx:send(text)\n"
                            "end\n";

int main(void) {
  loop_host h;
  ax_object *in, *out, *door;
  pthread_t thread;
  loop_open(&h);
  loop_check(ax_channel_new(h.k, NULL, &in, &out), "channel");
  loop_check(ax_door_new(h.k, in, 4096, &door), "door");
  ax_unref(in);
  loop_check(axL_pushobject(h.L, out), "push");
  loop_check(axL_pushobject(h.L, h.tx), "push");
  loop_load(&h, "watcher", WATCH, 2);
  if (pthread_create(&thread, NULL, work, door) != 0) return 1;
  while (!loop_step(&h)) {
    struct pollfd fds[1] = {{ax_kernel_descriptor(h.k), POLLIN, 0}};
    if (poll(fds, 1, loop_due(&h)) < 0) return 1;
  }
  pthread_join(thread, NULL);
  ax_unref(door);
  lua_close(h.L);
  return 0;
}
