/* door - through which other threads post messages into a kernel
**
** The one place in which two threads meet, and why a mutex: a message is
** bytes of any length, so posting is a copy and a sum; nothing is allocated
** and nobody waits inside the lock, and to wake the kernel costs a system
** call anyway.  A queue without locks would save nothing of that.
**
** Messages go into one half of the inbox while the kernel empties the other,
** out of the lock; when that is empty, the halves change places.  The
** kernel sees the descriptor of the door like any other (poll.h). */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/eventfd.h>
#endif

#include "base/assert.h"
#include "ipc/channel.h"
#include "kernel/kernel.h"

/* Before the bytes of each message. */
typedef struct door_head {
  size_t size;       /* of the bytes that follow, padded to heads */
  enum ax_type type; /* of the value that they become */
} door_head;

typedef struct door_half {
  unsigned char *bytes;
  size_t used, at; /* filled; and emptied so far */
} door_half;

typedef struct ax_door {
  ax_object object;
  ax_watch watch;    /* of wake[0]: there are messages */
  ax_annex annex;    /* to hear of the kernel's end */
  ax_object *sender; /* a reference; NULL: shut */
  size_t room;       /* of each half */
  int wake[2];       /* to read and to write; in Linux they are one */
  door_half out;     /* what the kernel empties */
  int stuck;         /* why the last message stays in it: AX_EAGAIN, ... */
  uint64_t steps;    /* of the kernel, when that was */
  uint64_t refused;  /* messages that the channel did not want */

  /* What threads share: */
  pthread_mutex_t lock;
  door_half in;    /* where posts go */
  bool shut;       /* nothing is posted any more */
  uint64_t posted; /* messages, ever */
} ax_door;

static const ax_object_ops door_ops;

static ax_door *door_of(const ax_object *o) {
  ax_assert(o->ops == &door_ops);
  return ax_container(o, ax_door, object);
}

/* ------------------------------------------------------------- the wake */

static void wake_signal(const ax_door *d) {
  static const uint64_t one = 1;
  /* A full pipe has been written to: it wakes, too. */
  ssize_t n = write(d->wake[1], &one, sizeof one);
  (void)n;
}

static void wake_clear(const ax_door *d) {
  char bytes[64];
  while (read(d->wake[0], bytes, sizeof bytes) == (ssize_t)sizeof bytes)
    continue;
}

static void wake_close(const ax_door *d) {
  close(d->wake[0]);
  if (d->wake[1] != d->wake[0]) close(d->wake[1]);
}

static int wake_open(ax_door *d) {
#if defined(__linux__)
  d->wake[0] = d->wake[1] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  return d->wake[0] < 0 ? AX_EMFILE : AX_OK;
#else
  if (pipe(d->wake) != 0) return AX_EMFILE;
  for (int i = 0; i < 2; i++) {
    fcntl(d->wake[i], F_SETFL, O_NONBLOCK);
    fcntl(d->wake[i], F_SETFD, FD_CLOEXEC);
  }
  return AX_OK;
#endif
}

/* ---------------------------------------------------- from other threads */

/* Bytes up to the head that comes next. */
static size_t door_padded(size_t size) {
  return (size + sizeof(door_head) - 1) / sizeof(door_head) *
         sizeof(door_head);
}

static int door_put(ax_door *d, enum ax_type type, const void *data,
                    size_t size) {
  door_half *in = &d->in;
  size_t whole = sizeof(door_head) + door_padded(size);
  if (d->shut) return AX_EPIPE;
  if (whole > d->room - in->used) return AX_EAGAIN;
  door_head head = {size, type};
  memcpy(in->bytes + in->used, &head, sizeof head);
  if (size > 0) memcpy(in->bytes + in->used + sizeof head, data, size);
  in->used += whole;
  d->posted++;
  return AX_OK;
}

int ax_door_post(ax_object *door, enum ax_type type, const void *data,
                 size_t size) {
  ax_door *d = door_of(door);
  if (type != AX_STRING && type != AX_TABLE) return AX_EINVAL;
  if (size > d->room - sizeof(door_head) ||
      door_padded(size) > d->room - sizeof(door_head))
    return AX_E2BIG;
  pthread_mutex_lock(&d->lock);
  bool first = d->in.used == 0;
  int rc = door_put(d, type, data, size);
  if (rc == AX_OK && first) wake_signal(d);
  pthread_mutex_unlock(&d->lock);
  return rc;
}

/* ------------------------------------------------------- in the kernel */

/* From now on nothing comes in, and the watch wants nothing. */
static void door_shut(ax_door *d) {
  ax_object *sender = d->sender;
  if (sender == NULL) return;
  pthread_mutex_lock(&d->lock);
  d->shut = true;
  pthread_mutex_unlock(&d->lock);
  d->sender = NULL;
  ax_unref(sender);
}

/* The message at the place.  AX_EINVAL: it is no MessagePack. */
static int door_value(const ax_door *d, const door_head *head,
                      const void *bytes, ax_value *v) {
  ax_kernel *k = d->object.kernel;
  return head->type == AX_STRING ? ax_string(k, bytes, head->size, v)
                                 : ax_pack_import(k, bytes, head->size, v);
}

/* Sends the next message.  AX_EAGAIN, AX_ENOMEM, AX_EDQUOT: it stays. */
static int door_send(ax_door *d) {
  door_half *out = &d->out;
  ax_value v = ax_nil();
  door_head head;
  memcpy(&head, out->bytes + out->at, sizeof head);
  int rc = door_value(d, &head, out->bytes + out->at + sizeof head, &v);
  if (rc == AX_OK) rc = ax_channel_send(d->sender, &v);
  ax_value_clear(&v);
  if (rc == AX_EAGAIN || rc == AX_ENOMEM || rc == AX_EDQUOT || rc == AX_EPIPE)
    return rc;
  if (rc != AX_OK) d->refused++;
  out->at += sizeof head + door_padded(head.size);
  return AX_OK;
}

/* Sends what is in the half that is ours. */
static int door_flush(ax_door *d) {
  int rc = AX_OK;
  while (rc == AX_OK && d->out.at < d->out.used) rc = door_send(d);
  return rc;
}

/* Ours is empty and becomes the one where posts go. */
static void door_swap(ax_door *d) {
  d->out.at = d->out.used = 0;
  pthread_mutex_lock(&d->lock);
  door_half empty = d->out;
  d->out = d->in;
  d->in = empty;
  pthread_mutex_unlock(&d->lock);
}

/* Moves what was posted into the channel, as far as that takes it.  A post
** that comes after the halves changed places wakes again. */
static void door_drain(ax_door *d) {
  wake_clear(d);
  int rc = door_flush(d);
  if (rc == AX_OK) {
    door_swap(d);
    rc = door_flush(d);
  }
  d->stuck = rc;
  d->steps = d->object.kernel->nsteps;
  if (rc == AX_EPIPE)
    door_shut(d);
  else if (rc != AX_OK)
    wake_signal(d); /* there is more */
}

static void door_ready(ax_watch *w, int events) {
  (void)events;
  door_drain(ax_container(w, ax_door, watch));
}

/* May a message that did not get through get through now?  Where memory or
** a quota was short, somebody must have run meanwhile. */
static bool door_passable(const ax_door *d) {
  const ax_channel *ch = ax_container(d->sender, ax_channel, sender);
  if (d->stuck == AX_OK) return true;
  if (d->stuck != AX_EAGAIN) return d->steps != d->object.kernel->nsteps;
  return ch->queue.count < ch->capacity || ax__first(&ch->receivers) != NULL;
}

/* Messages, as long as it is open; in front of a full channel something that
** never comes, so that it stays in the list. */
static int door_wants(const ax_watch *w) {
  const ax_door *d = ax_container(w, ax_door, watch);
  if (d->sender == NULL) return 0;
  return door_passable(d) ? AX_POLLIN : AX_POLLHUP;
}

static const ax_watch_ops door_watch = {door_wants, door_ready};

/* ------------------------------------------------------------ new, free */

static void door_release(ax_door *d) {
  ax_kernel *k = d->object.kernel;
  pthread_mutex_destroy(&d->lock);
  wake_close(d);
  ax__free(&k->mem, d->in.bytes, d->room);
  ax__free(&k->mem, d->out.bytes, d->room);
  ax__free(&k->mem, d, sizeof *d);
}

static void door_free(ax_object *o) {
  ax_door *d = door_of(o);
  ax_kernel *k = o->kernel;
  if (!k->closed) {
    if (d->sender != NULL) door_drain(d);
    door_shut(d);
    ax__watch_fini(k, &d->watch);
    ax__annex_remove(k, &d->annex);
  }
  door_release(d);
  ax_object_fini(k);
}

/* The kernel ends before the door. */
static void door_orphan(ax_kernel *k, ax_annex *a) {
  ax_door *d = ax_container(a, ax_door, annex);
  door_shut(d);
  ax__watch_fini(k, &d->watch);
}

static int door_describe(const ax_object *o, char *buffer, size_t size) {
  ax_door *d = door_of(o);
  pthread_mutex_lock(&d->lock);
  size_t used = d->in.used;
  pthread_mutex_unlock(&d->lock);
  used += d->out.used - d->out.at;
  return snprintf(buffer, size, "%zu/%zu bytes", used, d->room);
}

static ax_object *door_peer(ax_object *o) { return door_of(o)->sender; }

static const ax_object_ops door_ops = {
    .kind = "door",
    .doing = "",
    .free = door_free,
    .peer = door_peer,
    .describe = door_describe,
};

/* Memory for the messages, and the watch. */
static int door_furnish(ax_kernel *k, ax_door *d) {
  d->in.bytes = ax__alloc(&k->mem, d->room);
  d->out.bytes = ax__alloc(&k->mem, d->room);
  if (d->in.bytes == NULL || d->out.bytes == NULL) return AX_ENOMEM;
  return ax__watch_init(k, &d->watch, &door_watch, d->wake[0]);
}

/* All that does not need to be an object yet; what was made is released if
** this fails. */
static int door_make(ax_kernel *k, ax_door *d) {
  int rc = wake_open(d);
  if (rc != AX_OK) {
    ax__free(&k->mem, d, sizeof *d);
    return rc;
  }
  pthread_mutex_init(&d->lock, NULL);
  rc = door_furnish(k, d);
  if (rc != AX_OK) door_release(d);
  return rc;
}

int ax_door_new(ax_kernel *k, ax_object *sender, size_t bytes,
                ax_object **out) {
  if (sender->kernel != k) return AX_EXDEV;
  if (strcmp(sender->ops->doing, "send to channel") != 0) return AX_EINVAL;
  if (bytes < sizeof(door_head) || bytes > SIZE_MAX / 2) return AX_EINVAL;
  ax_door *d = ax__alloc_zero(&k->mem, sizeof *d);
  if (d == NULL) return AX_ENOMEM;
  d->object.kernel = k;
  d->room = door_padded(bytes);
  int rc = door_make(k, d);
  if (rc != AX_OK) return rc;
  ax_object_init(k, &d->object, &door_ops);
  d->sender = ax_ref(sender);
  d->annex = (ax_annex){NULL, d, door_orphan};
  ax__annex_add(k, &d->annex);
  ax__watch_begin(k, &d->watch);
  *out = &d->object;
  return AX_OK;
}

void ax_door_stat_get(ax_object *door, ax_door_stat *out) {
  ax_door *d = door_of(door);
  pthread_mutex_lock(&d->lock);
  out->posted = d->posted;
  out->bytes = d->in.used;
  pthread_mutex_unlock(&d->lock);
  out->bytes += d->out.used - d->out.at;
  out->room = d->room;
  out->refused = d->refused;
}
