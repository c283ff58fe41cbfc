/* procfs - /proc: processes and the kernel as text
**
** A file's text is made when it is opened, and does not change.  The
** directory of a process is the same node as long as somebody refers to it;
** all other nodes are made for each look. */
#include "ipc/procfs.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "kernel/kernel.h"

typedef struct procfs {
  ax_vnode vnode; /* the root */
  ax_list dirs;   /* nodes of processes that somebody refers to */
} procfs;

typedef struct procnode {
  ax_vnode vnode;
  procfs *fs;                 /* referred to */
  ax_list link;               /* in fs->dirs, of a process's directory */
  const ax_procfs_file *file; /* NULL: a directory, or self */
  int pid;                    /* whose; -1: of the kernel */
} procnode;

typedef struct procfile {
  ax_file file;
  procnode *node; /* referred to */
  ax_buffer text;
} procfile;

static procfs *procfs_of(ax_vnode *n) { return (procfs *)(void *)n; }

static procnode *procnode_of(ax_vnode *n) { return (procnode *)(void *)n; }

static procfile *procfile_of(ax_file *f) { return (procfile *)(void *)f; }

/* Numbers: 1 the root, 2 self, then files; processes from far above. */
enum { PROCFS_SELF = 2, PROCFS_FILES = 3, PROCFS_EACH = 16 };

static uint64_t procfs_ino(int pid, uint64_t which) {
  return pid < 0 ? which : ((uint64_t)pid + 1) * PROCFS_EACH + which;
}

/* -------------------------------------------------------------- open files */

static int procfile_peek(ax_file *f, const char **data, size_t *size) {
  const ax_buffer *b = &procfile_of(f)->text;
  size_t at = f->position < b->length ? (size_t)f->position : b->length;
  *data = at < b->length ? b->data + at : "";
  *size = b->length - at;
  return AX_OK;
}

static void procfile_take(ax_file *f, size_t n) { f->position += n; }

static int procfile_pread(ax_file *f, char *data, size_t size, uint64_t at,
                          size_t *done) {
  const ax_buffer *b = &procfile_of(f)->text;
  *done = 0;
  if (at >= b->length) return AX_OK;
  *done = b->length - (size_t)at;
  if (*done > size) *done = size;
  memcpy(data, b->data + at, *done);
  return AX_OK;
}

static int procfile_seek(ax_file *f, int64_t offset, enum ax_whence whence,
                         int64_t *position) {
  size_t length = procfile_of(f)->text.length;
  int64_t from = whence == AX_SEEK_SET   ? 0
                 : whence == AX_SEEK_CUR ? (int64_t)f->position
                                         : (int64_t)length;
  if (offset > INT64_MAX - from) return AX_EOVERFLOW;
  if (offset < -from) return AX_EINVAL;
  f->position = (uint64_t)(from + offset);
  *position = from + offset;
  return AX_OK;
}

static int procfile_stat(ax_file *f, ax_stat *out) {
  return ax__vnode_stat(&procfile_of(f)->node->vnode, out);
}

static int procfile_describe(const ax_object *o, char *buffer, size_t size) {
  const procnode *n = procfile_of(ax__file_of(o))->node;
  if (n->pid < 0) return snprintf(buffer, size, "/proc/%s", n->file->name);
  return snprintf(buffer, size, "/proc/%d/%s", n->pid, n->file->name);
}

static void procfile_free(ax_object *o) {
  procfile *f = procfile_of(ax__file_of(o));
  procnode *n = f->node;
  ax_kernel *k = o->kernel;
  ax_buffer_fini(&f->text);
  ax_file_fini(&f->file);
  ax__free(&k->mem, f, sizeof *f);
  ax_unref(&n->vnode.object); /* the last, for the kernel's sake */
}

static const ax_file_ops procfile_ops = {
    .object = {AX_READ_SIDE, .kind = "file", .doing = "read file",
               .free = procfile_free, .attempt = ax__file_ready,
               .describe = procfile_describe},
    .writer = {AX_WRITE_SIDE, .kind = "file", .doing = "write file",
               .attempt = ax__file_write_now, .describe = procfile_describe},
    .peek = procfile_peek,
    .take = procfile_take,
    .pread = procfile_pread,
    .seek = procfile_seek,
    .stat = procfile_stat,
};

/* Writes down what the file says now. */
static int procfile_fill(const procnode *n, ax_buffer *b) {
  ax_kernel *k = n->vnode.object.kernel;
  ax_proc *p = NULL;
  if (n->pid >= 0) {
    p = ax_proc_find(k, n->pid);
    if (p == NULL) return AX_ESRCH;
  }
  return n->file->text(k, p, b);
}

static int procnode_open(ax_vnode *v, uint32_t flags, ax_object **out) {
  procnode *n = procnode_of(v);
  ax_kernel *k = v->object.kernel;
  if ((flags & AX_O_ACCMODE) != AX_O_RDONLY) return AX_EACCES;
  procfile *f = ax__alloc_zero(&k->mem, sizeof *f);
  if (f == NULL) return AX_ENOMEM;
  ax_buffer_init(&f->text, &k->mem);
  int rc = procfile_fill(n, &f->text);
  if (rc != AX_OK) {
    ax_buffer_fini(&f->text);
    ax__free(&k->mem, f, sizeof *f);
    return rc;
  }
  ax_file_init(k, &f->file, &procfile_ops, flags);
  f->node = n;
  ax_ref(&v->object);
  *out = &f->file.object;
  return AX_OK;
}

/* ------------------------------------------------------------------- nodes */

static void procnode_free(ax_object *o) {
  procnode *n = procnode_of(ax__vnode_of(o));
  ax_object *root = &n->fs->vnode.object;
  ax_list_unlink(&n->link);
  ax_vnode_free(&n->vnode, sizeof *n);
  ax_unref(root);
}

static int procnode_stat(ax_vnode *v, ax_stat *out) {
  const procnode *n = procnode_of(v);
  out->nlink = 1;
  uint64_t which = 0;
  if (n->file != NULL && n->pid < 0)
    which = PROCFS_FILES + (uint64_t)(n->file - ax__procfs_all);
  else if (n->file != NULL)
    which = 1 + (uint64_t)(n->file - ax__procfs_own);
  else if (n->pid < 0)
    which = PROCFS_SELF;
  out->ino = procfs_ino(n->pid, which);
  return AX_OK;
}

static int procfs_statfs(ax_vnode *v, ax_statfs *out) {
  out->readonly = true;
  out->files = v->object.kernel->procs.count;
  return AX_OK;
}

/* self: the number of whoever looks. */
static int procself_readlink(ax_vnode *v, char *buffer, size_t size,
                             size_t *length) {
  char text[16];
  int n = snprintf(text, sizeof text, "%d", v->object.kernel->running->pid);
  *length = (size_t)n;
  memcpy(buffer, text, *length < size ? *length : size);
  return AX_OK;
}

static const ax_vnode_ops procnode_ops = {
    .object = {.kind = "file", .free = procnode_free},
    .stat = procnode_stat,
    .open = procnode_open,
    .statfs = procfs_statfs,
};

static const ax_vnode_ops procself_ops = {
    .object = {.kind = "link", .free = procnode_free},
    .stat = procnode_stat,
    .readlink = procself_readlink,
    .statfs = procfs_statfs,
};

static int procnode_new(procfs *fs, const ax_vnode_ops *ops, uint32_t mode,
                        int pid, const ax_procfs_file *file, ax_vnode **out) {
  ax_kernel *k = fs->vnode.object.kernel;
  procnode *n = ax__alloc_zero(&k->mem, sizeof *n);
  if (n == NULL) return AX_ENOMEM;
  ax_vnode_init(k, &n->vnode, ops, fs->vnode.dev, mode);
  ax_ref(&fs->vnode.object);
  ax_list_init(&n->link);
  n->fs = fs;
  n->pid = pid;
  n->file = file;
  const ax_proc *p = pid < 0 ? NULL : ax_proc_find(k, pid);
  if (p != NULL) {
    n->vnode.uid = ax_proc_uid(p);
    n->vnode.gid = ax_proc_gid(p);
  }
  *out = &n->vnode;
  return AX_OK;
}

/* A file of one of the tables. */
static int procfs_find(procfs *fs, const ax_procfs_file *table, int pid,
                       ax_name name, ax_vnode **out) {
  for (; table->name != NULL; table++)
    if (strlen(table->name) == name.length &&
        memcmp(table->name, name.bytes, name.length) == 0)
      return procnode_new(fs, &procnode_ops, AX_S_IFREG | table->mode, pid,
                          table, out);
  return AX_ENOENT;
}

static int procfs_list(const ax_procfs_file *table, uint64_t at, int pid,
                       uint64_t first, ax_entry *out) {
  uint64_t i = 0;
  while (i < at && table[i].name != NULL) i++;
  if (table[i].name == NULL) return AX_ENOENT;
  out->ino = procfs_ino(pid, first + i);
  out->mode = AX_S_IFREG;
  strcpy(out->name, table[i].name);
  return AX_OK;
}

/* -------------------------------------------- the directory of a process */

static bool procdir_dead(const procnode *n) {
  return ax_proc_find(n->vnode.object.kernel, n->pid) == NULL;
}

static int procdir_lookup(ax_vnode *v, ax_name name, ax_vnode **out) {
  procnode *n = procnode_of(v);
  if (procdir_dead(n)) return AX_ENOENT;
  return procfs_find(n->fs, ax__procfs_own, n->pid, name, out);
}

static ax_vnode *procdir_parent(ax_vnode *v) {
  return &procnode_of(v)->fs->vnode;
}

static int procdir_name(ax_vnode *v, char name[AX_NAME_MAX + 1]) {
  if (procdir_dead(procnode_of(v))) return AX_ENOENT;
  snprintf(name, AX_NAME_MAX + 1, "%d", procnode_of(v)->pid);
  return AX_OK;
}

static int procdir_entry(ax_vnode *v, uint64_t *at, ax_entry *out) {
  const procnode *n = procnode_of(v);
  if (procdir_dead(n)) return AX_ENOENT;
  int rc = procfs_list(ax__procfs_own, *at, n->pid, 1, out);
  if (rc == AX_OK) ++*at;
  return rc;
}

static const ax_vnode_ops procdir_ops = {
    .object = {.kind = "directory", .free = procnode_free},
    .stat = procnode_stat,
    .statfs = procfs_statfs,
    .lookup = procdir_lookup,
    .parent = procdir_parent,
    .name = procdir_name,
    .entry = procdir_entry,
};

static int procdir_get(procfs *fs, int pid, ax_vnode **out) {
  for (ax_list *l = fs->dirs.next; l != &fs->dirs; l = l->next) {
    procnode *n = ax_container(l, procnode, link);
    if (n->pid != pid) continue;
    *out = ax__vnode_of(ax_ref(&n->vnode.object));
    return AX_OK;
  }
  int rc = procnode_new(fs, &procdir_ops, AX_S_IFDIR | 0555, pid, NULL, out);
  if (rc == AX_OK) ax_list_push(&fs->dirs, &procnode_of(*out)->link);
  return rc;
}

/* -------------------------------------------------------------------- root */

/* The number that the name is, as it is written; -1: it is none. */
static int procfs_pid(ax_name name) {
  int pid = 0;
  if (name.length > 9 || (name.bytes[0] == '0' && name.length > 1)) return -1;
  for (size_t i = 0; i < name.length; i++) {
    if (name.bytes[i] < '0' || name.bytes[i] > '9') return -1;
    pid = pid * 10 + (name.bytes[i] - '0');
  }
  return pid;
}

static int procfs_lookup(ax_vnode *v, ax_name name, ax_vnode **out) {
  procfs *fs = procfs_of(v);
  int pid = procfs_pid(name);
  if (pid >= 0)
    return ax_proc_find(v->object.kernel, pid) != NULL
               ? procdir_get(fs, pid, out)
               : AX_ENOENT;
  if (name.length == 4 && memcmp(name.bytes, "self", 4) == 0)
    return procnode_new(fs, &procself_ops, AX_S_IFLNK | 0777, -1, NULL, out);
  return procfs_find(fs, ax__procfs_all, -1, name, out);
}

static int procfs_stat(ax_vnode *v, ax_stat *out) {
  out->ino = 1;
  out->nlink = 2 + (uint32_t)v->object.kernel->procs.count;
  return AX_OK;
}

static ax_vnode *procfs_parent(ax_vnode *v) {
  (void)v;
  return NULL;
}

/* The lowest number above that which a process has; -1: none has.  They are
** close together, mostly. */
static int procfs_above(const ax_kernel *k, int pid) {
  enum { CLOSE = 64 };
  int least = -1;
  ax_object *o;
  for (int i = 1; i <= CLOSE && pid + i <= AX_ID_MAX; i++)
    if (ax_proc_find(k, pid + i) != NULL) return pid + i;
  for (size_t at = 0; (o = ax_table_each(&k->procs, &at)) != NULL;) {
    int n = ax_container(o, ax_proc, end)->pid;
    if (n > pid && (least < 0 || n < least)) least = n;
  }
  return least;
}

/* First self, then files, then processes. */
static int procfs_entry(ax_vnode *v, uint64_t *at, ax_entry *out) {
  enum { BELOW = 64 }; /* places for what is no process */
  if (*at == 0) {
    out->ino = PROCFS_SELF;
    out->mode = AX_S_IFLNK;
    strcpy(out->name, "self");
  } else if (*at >= BELOW || procfs_list(ax__procfs_all, *at - 1, -1,
                                         PROCFS_FILES, out) != AX_OK) {
    int last = *at >= BELOW ? (int)(*at - BELOW) : 0;
    int pid = procfs_above(v->object.kernel, last);
    if (pid < 0) return AX_ENOENT;
    out->ino = procfs_ino(pid, 0);
    out->mode = AX_S_IFDIR;
    snprintf(out->name, sizeof out->name, "%d", pid);
    *at = BELOW + (uint64_t)pid;
    return AX_OK;
  }
  ++*at;
  return AX_OK;
}

static void procfs_free(ax_object *o) {
  ax_vnode_free(ax__vnode_of(o), sizeof(procfs));
}

static const ax_vnode_ops procfs_ops = {
    .object = {.kind = "directory", .free = procfs_free},
    .stat = procfs_stat,
    .statfs = procfs_statfs,
    .lookup = procfs_lookup,
    .parent = procfs_parent,
    .entry = procfs_entry,
};

int ax__procfs_root(ax_kernel *k, uint64_t dev, ax_vnode **out) {
  procfs *fs = ax__alloc(&k->mem, sizeof *fs);
  if (fs == NULL) return AX_ENOMEM;
  ax_vnode_init(k, &fs->vnode, &procfs_ops, dev, AX_S_IFDIR | 0555);
  ax_list_init(&fs->dirs);
  *out = &fs->vnode;
  return AX_OK;
}
