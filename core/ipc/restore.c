/* restore - an archive becomes a tree of files
**
** The archive is checked as a whole, then a directory is filled that has no
** name; only when that is complete it changes places with the one that is to
** be restored, which cannot fail. */
#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "base/crc.h"
#include "ipc/archive.h"
#include "ipc/content.h"
#include "ipc/mount.h"
#include "kernel/kernel.h"

typedef struct restorer {
  const uint8_t *at, *end;
  ax_mem *mem;
  ax_vnode *top;   /* being filled */
  ax_vnode *dir;   /* where the next entry belongs */
  ax_buffer files; /* ax_vnode *: by number, borrowed */
  bool done;       /* the root's end was read */
  int rc;          /* the first error */
  const char *why; /* in words, if it is damage */
} restorer;

static void restore_fail(restorer *r, int rc, const char *why) {
  if (r->rc != AX_OK) return;
  r->rc = rc;
  r->why = why;
}

static void restore_damaged(restorer *r) {
  restore_fail(r, AX_EIO, "the archive does not make sense");
}

/* ----------------------------------------------------------------- reading */

static size_t restore_left(const restorer *r) {
  return (size_t)(r->end - r->at);
}

/* NULL: there is not that much. */
static const uint8_t *restore_bytes(restorer *r, size_t n) {
  const uint8_t *p = r->at;
  if (r->rc != AX_OK) return NULL;
  if (n > restore_left(r)) {
    restore_damaged(r);
    return NULL;
  }
  r->at += n;
  return p;
}

static uint64_t restore_number(restorer *r, size_t size) {
  const uint8_t *p = restore_bytes(r, size);
  uint64_t n = 0;
  if (p == NULL) return 0;
  for (size_t i = 0; i < size; i++) n |= (uint64_t)p[i] << 8 * i;
  return n;
}

static void restore_times(restorer *r, int64_t times[3]) {
  for (int i = 0; i < 3; i++) times[i] = (int64_t)restore_number(r, 8);
}

static void restore_set_times(ax_vnode *n, const int64_t times[3]) {
  ax_inode *i = ax__inode_of(n);
  i->atime = times[0];
  i->mtime = times[1];
  i->ctime = times[2];
}

static ax_name restore_name(restorer *r) {
  size_t n = (size_t)restore_number(r, 1);
  ax_name name = {(const char *)restore_bytes(r, n), n};
  return name;
}

/* Can that be a name? */
static bool restore_name_good(ax_name name) {
  if (name.bytes == NULL || name.length == 0) return false;
  if (name.length == 1 && name.bytes[0] == '.') return false;
  if (name.length == 2 && memcmp(name.bytes, "..", 2) == 0) return false;
  return memchr(name.bytes, '/', name.length) == NULL &&
         memchr(name.bytes, '\0', name.length) == NULL;
}

/* Kind and owner of what is to be made. */
static ax_making restore_making(restorer *r, uint32_t kind) {
  ax_making how = {.target = ""};
  how.mode = kind | ((uint32_t)restore_number(r, 2) & 07777);
  how.uid = (uint32_t)restore_number(r, 4);
  how.gid = (uint32_t)restore_number(r, 4);
  return how;
}

/* ------------------------------------------------------------------ making */

/* What cannot be made because of what it says is damage. */
static void restore_check(restorer *r, int rc) {
  if (rc == AX_ENOMEM || rc == AX_ENOSPC)
    restore_fail(r, rc, NULL);
  else if (rc != AX_OK)
    restore_damaged(r);
}

/* NULL: it failed.  Borrowed: its name keeps it. */
static ax_vnode *restore_make(restorer *r, ax_name name,
                              const ax_making *how) {
  ax_vnode *n = NULL;
  if (r->rc != AX_OK) return NULL;
  int rc = ax__vnode_ops(r->dir)->make(r->dir, name, how, &n);
  restore_check(r, rc);
  if (rc != AX_OK) return NULL;
  ax_unref(&n->object);
  return n;
}

/* It is the next one that can have more names. */
static void restore_count(restorer *r, ax_vnode *n) {
  if (r->rc == AX_OK)
    restore_check(r, ax_buffer_add(&r->files, &n, sizeof(ax_vnode *)));
}

static void restore_page(restorer *r, ax_content *c, uint64_t size,
                         uint64_t *least) {
  uint64_t number = restore_number(r, 8);
  uint64_t last = size == 0 ? 0 : (size - 1) / AX_ARCHIVE_PAGE;
  if (r->rc != AX_OK) return;
  if (size == 0 || number < *least || number > last) {
    restore_damaged(r);
    return;
  }
  uint64_t at = number * AX_ARCHIVE_PAGE, n = size - at;
  if (n > AX_ARCHIVE_PAGE) n = AX_ARCHIVE_PAGE;
  const char *data = (const char *)restore_bytes(r, (size_t)n);
  if (data == NULL) return;
  *least = number + 1;
  restore_check(r, ax__content_write(c, at, data, (size_t)n));
}

static void restore_content(restorer *r, ax_vnode *n) {
  uint64_t size = restore_number(r, 8), pages = restore_number(r, 8);
  uint64_t least = 0;
  if (r->rc != AX_OK) return;
  if (size > INT64_MAX || pages > restore_left(r) / 8) {
    restore_damaged(r);
    return;
  }
  ax_content *c = ax__regular_content(n);
  while (pages-- > 0 && r->rc == AX_OK) restore_page(r, c, size, &least);
  if (r->rc == AX_OK) ax__content_resize(c, size);
}

static void restore_regular(restorer *r, ax_name name) {
  int64_t times[3];
  ax_making how = restore_making(r, AX_S_IFREG);
  restore_times(r, times);
  ax_vnode *n = restore_make(r, name, &how);
  if (n == NULL) return;
  restore_count(r, n);
  restore_content(r, n);
  restore_set_times(n, times);
}

static void restore_symlink(restorer *r, ax_name name) {
  char target[AX_PATH_MAX];
  int64_t times[3];
  ax_making how = restore_making(r, AX_S_IFLNK);
  restore_times(r, times);
  size_t length = (size_t)restore_number(r, 2);
  const uint8_t *bytes = restore_bytes(r, length);
  if (bytes == NULL) return;
  if (length == 0 || length >= sizeof target ||
      memchr(bytes, '\0', length) != NULL) {
    restore_damaged(r);
    return;
  }
  memcpy(target, bytes, length);
  target[length] = '\0';
  how.target = target;
  ax_vnode *n = restore_make(r, name, &how);
  if (n == NULL) return;
  restore_count(r, n);
  restore_set_times(n, times);
}

static void restore_fifo(restorer *r, ax_name name) {
  int64_t times[3];
  ax_making how = restore_making(r, AX_S_IFIFO);
  restore_times(r, times);
  ax_vnode *n = restore_make(r, name, &how);
  if (n == NULL) return;
  restore_count(r, n);
  restore_set_times(n, times);
}

static void restore_link(restorer *r, ax_name name) {
  uint64_t number = restore_number(r, 8);
  size_t n = r->files.length / sizeof(ax_vnode *);
  if (r->rc != AX_OK) return;
  if (number >= n) {
    restore_damaged(r);
    return;
  }
  ax_vnode *file = ((ax_vnode **)(void *)r->files.data)[number];
  int64_t changed = ax__inode_of(file)->ctime;
  restore_check(r, ax__vnode_ops(r->dir)->link(r->dir, name, file));
  ax__inode_of(file)->ctime = changed;
}

static void restore_dir(restorer *r, ax_name name) {
  ax_making how = restore_making(r, AX_S_IFDIR);
  ax_vnode *n = restore_make(r, name, &how);
  if (n != NULL) r->dir = n;
}

static void restore_end(restorer *r) {
  int64_t times[3];
  restore_times(r, times);
  if (r->rc != AX_OK) return;
  restore_set_times(r->dir, times);
  r->done = r->dir == r->top;
  r->dir = ax__vnode_ops(r->dir)->parent(r->dir);
}

static void restore_entry(restorer *r) {
  uint64_t kind = restore_number(r, 1);
  ax_name name = restore_name(r);
  if (r->rc != AX_OK) return;
  bool named = kind != AX_ARCHIVE_END;
  if (named ? !restore_name_good(name) : name.length > 0) {
    restore_damaged(r);
    return;
  }
  switch (kind) {
    case AX_ARCHIVE_DIR: restore_dir(r, name); break;
    case AX_ARCHIVE_FILE: restore_regular(r, name); break;
    case AX_ARCHIVE_SYMLINK: restore_symlink(r, name); break;
    case AX_ARCHIVE_FIFO: restore_fifo(r, name); break;
    case AX_ARCHIVE_LINK: restore_link(r, name); break;
    case AX_ARCHIVE_END: restore_end(r); break;
    default: restore_damaged(r);
  }
}

/* The root, whose name is empty: its owner goes to top. */
static void restore_tree(restorer *r) {
  uint64_t kind = restore_number(r, 1), length = restore_number(r, 1);
  if (r->rc == AX_OK && (kind != AX_ARCHIVE_DIR || length != 0))
    restore_damaged(r);
  ax_making how = restore_making(r, AX_S_IFDIR);
  r->top->mode = how.mode;
  r->top->uid = how.uid;
  r->top->gid = how.gid;
  while (r->rc == AX_OK && !r->done) restore_entry(r);
  if (restore_left(r) > 0) restore_damaged(r);
}

/* ---------------------------------------------------------------- checking */

static uint64_t restore_at(const uint8_t *p, size_t size) {
  uint64_t n = 0;
  for (size_t i = 0; i < size; i++) n |= (uint64_t)p[i] << 8 * i;
  return n;
}

static void restore_verify(restorer *r, const uint8_t *data, size_t size) {
  bool ours = size >= 8 && memcmp(data, AX_ARCHIVE_MAGIC, 8) == 0;
  if (!ours) {
    restore_fail(r, AX_EINVAL, "it is no archive");
  } else if (size < AX_ARCHIVE_HEAD + AX_ARCHIVE_TAIL ||
             restore_at(data + 12, 8) > size) {
    restore_fail(r, AX_EIO, "the archive is cut off");
  } else if (restore_at(data + 12, 8) < size) {
    restore_fail(r, AX_EIO, "there is something behind the archive");
  } else if (ax__crc(0, data, size - AX_ARCHIVE_TAIL) !=
             restore_at(data + size - AX_ARCHIVE_TAIL, 4)) {
    restore_fail(r, AX_EIO, "the archive is damaged");
  } else if (restore_at(data + 8, 4) != AX_ARCHIVE_VERSION) {
    restore_fail(r, AX_ENOTSUP, "the archive is of another version");
  } else {
    r->at = data + AX_ARCHIVE_HEAD;
    r->end = data + size - AX_ARCHIVE_TAIL;
  }
}

/* --------------------------------------------------------------- restoring */

/* What is mounted below stays mounted; then the two change places. */
static void restore_commit(restorer *r, ax_kernel *k, ax_vnode *dir) {
  if (r->rc != AX_OK) return;
  int rc = ax__fs_move_mounts(k, dir, r->top);
  if (rc == AX_EBUSY)
    restore_fail(r, rc, "something is mounted where the archive has a file");
  restore_check(r, rc);
  if (rc != AX_OK) return;
  ax__folder_swap(dir, r->top);
}

int ax_fs_unpack(ax_kernel *k, const char *path, const void *data,
                 size_t size, const char **why) {
  ax_vnode *dir;
  ax_inode *top;
  restorer r = {.mem = &k->mem, .rc = AX_OK};
  *why = NULL;
  int rc = ax__archive_dir(k, path, &dir);
  if (rc != AX_OK) return rc;
  ax_making how = {.mode = AX_S_IFDIR, .target = ""};
  restore_verify(&r, data, size);
  if (r.rc == AX_OK) {
    r.rc = ax__folder_new(ax__inode_of(dir)->tree, &how, &top);
    if (r.rc == AX_OK) {
      r.top = r.dir = &top->vnode;
      ax_buffer_init(&r.files, r.mem);
      restore_tree(&r);
      restore_commit(&r, k, dir);
      ax_buffer_fini(&r.files);
      ax__folder_clear(r.top);
      ax_unref(&r.top->object);
    }
  }
  ax_unref(&dir->object);
  *why = r.why;
  return r.rc;
}
