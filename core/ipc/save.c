/* save - a tree of files becomes an archive */
#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "base/crc.h"
#include "base/hash.h"
#include "ipc/archive.h"
#include "ipc/content.h"
#include "ipc/mount.h"
#include "ipc/path.h"
#include "kernel/kernel.h"

/* A file with more than one name that was written already. */
typedef struct save_known {
  ax_hash_node node; /* key: ino */
  struct save_known *next;
  uint64_t number;
} save_known;

typedef struct saver {
  ax_mem *mem;
  ax_buffer out;
  ax_buffer places; /* uint64_t: where it is in each directory above */
  ax_hash known;
  save_known *list; /* all of them */
  uint64_t nfiles;
  int rc; /* the first error; nothing happens from then on */
} saver;

/* ----------------------------------------------------------------- writing */

static void save_bytes(saver *s, const void *data, size_t size) {
  if (s->rc == AX_OK) s->rc = ax_buffer_add(&s->out, data, size);
}

static void save_number(saver *s, uint64_t n, size_t size) {
  uint8_t bytes[8];
  for (size_t i = 0; i < size; i++) bytes[i] = (uint8_t)(n >> 8 * i);
  save_bytes(s, bytes, size);
}

static void save_times(saver *s, const ax_inode *i) {
  save_number(s, (uint64_t)i->atime, 8);
  save_number(s, (uint64_t)i->mtime, 8);
  save_number(s, (uint64_t)i->ctime, 8);
}

static void save_head(saver *s, enum ax_archive_kind kind, const char *name) {
  size_t n = strlen(name);
  save_number(s, kind, 1);
  save_number(s, n, 1);
  save_bytes(s, name, n);
}

static void save_owner(saver *s, const ax_vnode *n) {
  save_number(s, n->mode & 07777, 2);
  save_number(s, n->uid, 4);
  save_number(s, n->gid, 4);
}

/* ------------------------------------------------------------------- files */

static void save_page(saver *s, const ax_content *c, uint64_t number) {
  const char *data;
  uint64_t at = number * AX_ARCHIVE_PAGE;
  size_t n = ax__content_show(c, at, &data);
  save_number(s, number, 8);
  save_bytes(s, data, n);
}

/* The pages that there are. */
static void save_content(saver *s, const ax_content *c) {
  size_t n = c->pages.count;
  save_number(s, c->size, 8);
  uint64_t *numbers = NULL;
  if (n > 0) {
    numbers = ax__alloc(s->mem, n * sizeof *numbers);
    if (numbers == NULL) s->rc = AX_ENOMEM;
    if (numbers == NULL) return;
    n = ax__content_pages(c, numbers);
  }
  save_number(s, n, 8);
  for (size_t i = 0; i < n; i++) save_page(s, c, numbers[i]);
  ax__free(s->mem, numbers, c->pages.count * sizeof *numbers);
}

static void save_target(saver *s, ax_vnode *n) {
  char target[AX_PATH_MAX];
  size_t length = 0;
  int rc = ax__vnode_ops(n)->readlink(n, target, sizeof target, &length);
  if (s->rc == AX_OK) s->rc = rc;
  save_number(s, length, 2);
  save_bytes(s, target, length);
}

/* Has the file been written under another name?  If not, it is known from
** now on. */
static bool save_again(saver *s, const ax_inode *i, uint64_t *number) {
  if (i->nlink < 2) return false;
  ax_hash_node *node = ax_hash_find(&s->known, (int64_t)i->ino);
  if (node != NULL) {
    *number = ax_container(node, save_known, node)->number;
    return true;
  }
  save_known *k = ax__alloc(s->mem, sizeof *k);
  if (k == NULL) {
    s->rc = AX_ENOMEM;
    return false;
  }
  k->number = s->nfiles;
  k->next = s->list;
  s->list = k;
  ax_hash_add(&s->known, s->mem, &k->node, (int64_t)i->ino);
  return false;
}

static void save_new_file(saver *s, ax_vnode *n, const char *name) {
  uint32_t kind = ax__vnode_kind(n);
  s->nfiles++;
  save_head(s,
            kind == AX_S_IFREG   ? AX_ARCHIVE_FILE
            : kind == AX_S_IFLNK ? AX_ARCHIVE_SYMLINK
                                 : AX_ARCHIVE_FIFO,
            name);
  save_owner(s, n);
  save_times(s, ax__inode_of(n));
  if (kind == AX_S_IFREG) save_content(s, ax__regular_content(n));
  if (kind == AX_S_IFLNK) save_target(s, n);
}

static void save_file(saver *s, ax_vnode *n, const char *name) {
  uint64_t number;
  if (!save_again(s, ax__inode_of(n), &number)) {
    save_new_file(s, n, name);
    return;
  }
  save_head(s, AX_ARCHIVE_LINK, name);
  save_number(s, number, 8);
}

/* ------------------------------------------------------------- directories */

static void save_enter(saver *s, ax_vnode *dir, const char *name) {
  uint64_t at = 0;
  save_head(s, AX_ARCHIVE_DIR, name);
  save_owner(s, dir);
  if (s->rc == AX_OK) s->rc = ax_buffer_add(&s->places, &at, sizeof at);
}

/* Where it is in the innermost directory. */
static uint64_t *save_place(const saver *s) {
  return (uint64_t *)(void *)(s->places.data + s->places.length) - 1;
}

/* The next entry of dir; the directory to go on with, NULL: that was all. */
static ax_vnode *save_next(saver *s, ax_vnode *dir, const ax_vnode *top) {
  ax_entry e;
  ax_vnode *n;
  const ax_vnode_ops *ops = ax__vnode_ops(dir);
  int64_t looked = ax__inode_of(dir)->atime;
  int more = ops->entry(dir, save_place(s), &e);
  ax__inode_of(dir)->atime = looked; /* to save is not to look */
  if (more != AX_OK) {
    save_head(s, AX_ARCHIVE_END, "");
    save_times(s, ax__inode_of(dir));
    s->places.length -= sizeof(uint64_t);
    return dir == top ? NULL : ops->parent(dir);
  }
  int rc = ops->lookup(dir, (ax_name){e.name, strlen(e.name)}, &n);
  if (rc != AX_OK) {
    s->rc = rc;
    return NULL;
  }
  bool down = ax__vnode_kind(n) == AX_S_IFDIR;
  if (down)
    save_enter(s, n, e.name);
  else
    save_file(s, n, e.name);
  ax_unref(&n->object); /* its name keeps it */
  return down ? n : dir;
}

static void save_tree(saver *s, ax_vnode *top) {
  save_bytes(s, AX_ARCHIVE_MAGIC, 8);
  save_number(s, AX_ARCHIVE_VERSION, 4);
  save_number(s, 0, 8);
  save_enter(s, top, "");
  for (ax_vnode *n = top; n != NULL && s->rc == AX_OK;)
    n = save_next(s, n, top);
  if (s->rc != AX_OK) return;
  uint64_t length = s->out.length + AX_ARCHIVE_TAIL;
  for (int i = 0; i < 8; i++) s->out.data[12 + i] = (char)(length >> 8 * i);
  save_number(s, ax__crc(0, s->out.data, s->out.length), 4);
}

static void save_fini(saver *s) {
  while (s->list != NULL) {
    save_known *k = s->list;
    s->list = k->next;
    ax__free(s->mem, k, sizeof *k);
  }
  ax_hash_fini(&s->known, s->mem);
  ax_buffer_fini(&s->places);
  ax_buffer_fini(&s->out);
}

static int save_node(ax_kernel *k, ax_vnode *top, ax_value *out) {
  saver s = {.mem = &k->mem, .rc = AX_OK};
  ax_buffer_init(&s.out, s.mem);
  ax_buffer_init(&s.places, s.mem);
  ax_hash_init(&s.known);
  save_tree(&s, top);
  int rc = s.rc;
  if (rc == AX_OK) rc = ax_string(k, s.out.data, s.out.length, out);
  save_fini(&s);
  return rc;
}

int ax__archive_dir(ax_kernel *k, const char *path, ax_vnode **out) {
  ax_tree *t;
  ax_vnode *n;
  if (ax_proc_uid(k->running) != 0) return AX_EPERM;
  int rc = ax__fs_tree(k, &t);
  if (rc == AX_OK) rc = ax__path_find(k, path, AX_PATH_FOLLOW, &n);
  if (rc != AX_OK) return rc;
  if (ax__vnode_kind(n) != AX_S_IFDIR)
    rc = AX_ENOTDIR;
  else if (n->dev != t->dev)
    rc = AX_EXDEV;
  if (rc == AX_OK)
    *out = n;
  else
    ax_unref(&n->object);
  return rc;
}

int ax_fs_pack(ax_kernel *k, const char *path, ax_value *out) {
  ax_vnode *top;
  int rc = ax__archive_dir(k, path, &top);
  if (rc != AX_OK) return rc;
  rc = save_node(k, top, out);
  ax_unref(&top->object);
  return rc;
}
