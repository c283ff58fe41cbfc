/* file - what every open file has in common
**
** An open file (POSIX: open file description) is an object with two sides:
** to wait for the object is to wait for reading, to wait for its writer is
** to wait for writing.  Descriptors, Lua handles and duplicates share it,
** with its offset and flags.
**
** Reading waits for readiness and then reads: what was given to nobody
** cannot be lost with somebody.  An arm with ax_nil() is told as soon as
** there is something to read (all such arms are); one with ax_boolean(true)
** promises to read at once, so of those only the longest waiting one is
** told, and the next one when it has read and something is left, or when it
** died first.  Writing is completed by whoever reads: the arm's value lends
** the bytes (ax_lent), and shrinks as they go through.
**
** Bytes that were read in part of something - half a line - are kept with
** the open file (held), so nothing is lost if the reader gives up, and all
** who share the file go on from there.
**
** Waking others may have to wait a little: until bytes that were taken are
** copied, until a process that left is quite gone.  Then the file is marked
** (ax__file_later), and served before anybody else runs.
**
** To add a new kind of file: embed an ax_file, fill in an ax_file_ops with
** both sides (AX_READ_SIDE, AX_WRITE_SIDE), call ax_file_init.  A file that
** never makes anybody wait takes ax__file_ready and ax__file_write_now as
** the attempts of its sides, and no queues.
**
** Interface: public, axeberg.h; for those who make files:
** - ax_file_init, ax_file_fini
** - ax__file_of: from object to file
** - ax__file_ready, ax__file_write_now: attempts
** - ax__file_later, ax__files_serve: who waits is to be looked at again */
#ifndef AX_KERNEL_FILE_H
#define AX_KERNEL_FILE_H

#include "base/assert.h"
#include "kernel/wait.h"

typedef struct ax_file ax_file;

/* The one table of functions behind every descriptor.  A missing one answers
** AX_ENOTSUP, or what is said there.  Each call is made only if the file was
** opened for it (reading, writing). */
typedef struct ax_file_ops {
  ax_object_ops object; /* to wait for reading; kind, free, describe */
  ax_object_ops writer; /* to wait for writing; only what waiting needs */

  /* Shows bytes that can be read now, in one piece, without taking them:
  ** AX_OK with *size > 0, or 0 at the end of the file; AX_EAGAIN.  NULL:
  ** there is a read. */
  int (*peek)(ax_file *f, const char **data, size_t *size);

  /* Takes n of the bytes that peek has just shown.  They stay where they are
  ** until the next call for any file, or until a process is stepped; so who
  ** waits is not served now but by ax__file_later. */
  void (*take)(ax_file *f, size_t n);

  /* A read by peek and take is complete: whoever waits is next, by
  ** ax__file_later.  NULL: nobody ever waits. */
  void (*finish)(ax_file *f);

  /* Reads at most size bytes; *done 0: the end.  AX_EAGAIN.  NULL: by peek
  ** and take. */
  int (*read)(ax_file *f, char *data, size_t size, size_t *done);

  /* Writes all bytes or, if it cannot now, some: AX_OK, *done >= 1.
  ** AX_EAGAIN: none.  size > 0.  Missing: AX_EBADF. */
  int (*write)(ax_file *f, const char *data, size_t size, size_t *done);

  /* Reads and writes at a place, whatever the offset.  Missing: AX_ESPIPE. */
  int (*pread)(ax_file *f, char *data, size_t size, uint64_t at,
               size_t *done);
  int (*pwrite)(ax_file *f, const char *data, size_t size, uint64_t at,
                size_t *done);

  /* Moves the offset and tells it.  Missing: AX_ESPIPE. */
  int (*seek)(ax_file *f, int64_t offset, enum ax_whence whence,
              int64_t *position);

  /* Makes it that long.  Missing: AX_EINVAL. */
  int (*resize)(ax_file *f, uint64_t size);

  int (*stat)(ax_file *f, ax_stat *out);

  /* The next entry of a directory; AX_ENOENT: no more.  Missing:
  ** AX_ENOTDIR. */
  int (*entry)(ax_file *f, ax_entry *out);

  /* How many bytes a pipe holds, and to change that (size 0: only ask).
  ** Missing: AX_EINVAL. */
  int (*capacity)(ax_file *f, size_t size, size_t *out);

  /* What to wait for until it is open: a FIFO whose other side is missing.
  ** NULL, or answers NULL: it is open. */
  ax_object *(*opening)(ax_file *f);

  /* The host's descriptor, -1 if there is none; is it a terminal?  NULL: no. */
  int (*descriptor)(ax_file *f);
} ax_file_ops;

/* Bytes that were taken from the file and that nobody has got yet. */
typedef struct ax_held {
  char *data;
  size_t at, length; /* from at on they are still to be read */
  size_t room;
} ax_held;

struct ax_file {
  ax_object object;  /* to read; its ops are ax_file_ops.object */
  ax_object writer;  /* to write; not counted, shares the life of object */
  uint64_t position; /* where it is read and written next */
  uint32_t flags;    /* AX_O_ACCMODE, APPEND, NONBLOCK, DIRECTORY */
  ax_held held;      /* before all that is still in the file; the files know
                     ** nothing of it */
  ax_list due;       /* in ax_kernel.due: it is to be served */
};

/* A file with one reference, the caller's. */
void ax_file_init(ax_kernel *k, ax_file *f, const ax_file_ops *ops,
                  uint32_t flags);

/* For ops->object.free: counts it out; the memory is the caller's. */
void ax_file_fini(ax_file *f);

/* The file of an object, or of its writer; NULL if it is no file. */
static inline ax_file *ax__file_of(const ax_object *o) {
  if (o == NULL || o->ops->side == AX_NO_FILE) return NULL;
  return o->ops->side == AX_READ_SIDE ? ax_container(o, ax_file, object)
                                      : ax_container(o, ax_file, writer);
}

/* Attempts for files that never make anybody wait: it can always be read;
** what the clause lends is written. */
int ax__file_ready(ax_object *o, ax_clause *c);
int ax__file_write_now(ax_object *o, ax_clause *c);

/* n bytes of what is lent went through. */
static inline void ax__lent_shrink(ax_value *v, size_t n) {
  v->u.lent += n;
  v->slot -= (uint32_t)n;
}

/* Serves those who wait for the file (ops->object.serve) before anybody is
** stepped again. */
void ax__file_later(ax_file *f);

/* Does that, for all that were marked. */
void ax__files_serve(ax_kernel *k);

static inline const ax_file_ops *ax__file_ops(const ax_file *f) {
  return (const ax_file_ops *)(const void *)f->object.ops; /* its first */
}

static inline bool ax__file_reads(const ax_file *f) {
  return (f->flags & AX_O_ACCMODE) != AX_O_WRONLY;
}

static inline bool ax__file_writes(const ax_file *f) {
  return (f->flags & AX_O_ACCMODE) != AX_O_RDONLY;
}

#endif
