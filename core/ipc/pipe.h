/* pipe - a stream of bytes between processes: of pipes and of FIFOs
**
** The stream is one thing, its ends are others: each end is a file, and
** there may be many on both sides, which come and go.  The bytes live while
** an end is open.
**
** Who waits.  A writer waits with the bytes that it lends.  It waits in
** line: as long as somebody waits, nobody writes past him.  What is lent can
** be read like what is in the buffer, behind it, and goes from the memory of
** the writer to that of the reader without being copied twice; as soon as
** what is left of it fits into the buffer it moves there, and the writer
** goes on.  What must not be parted (AX_PIPE_BUF) is never read from the
** writer, only from the buffer.  So what is left in the clause is what did
** not go through, however the wait ends.
**
** A blocked reader waits for the right to read: the longest waiting one is
** told, and is in `given` until it runs and reads (it has the `turn` until
** then).  Nobody reads past those who wait.  If it dies before, the right
** goes to the next one, as it does when something is left.  Who only wants
** to know is told, with all others who do, whenever there is something.
**
** Interface: public, axeberg.h; for FIFOs:
** - ax__pipe_new, ax__pipe_ref, ax__pipe_unref: the stream
** - ax__pipe_open: an end of it */
#ifndef AX_IPC_PIPE_H
#define AX_IPC_PIPE_H

#include "kernel/file.h"

typedef struct ax__pipe ax__pipe;

/* What a FIFO is beside its stream: the node that it was opened by. */
typedef struct ax__pipe_hooks {
  int (*stat)(void *node, ax_stat *out);
  void (*closed)(void *node); /* an end of it was closed, and is gone */
} ax__pipe_hooks;

/* A stream without ends; one reference is the caller's, one each end's.
** capacity 0: AX_PIPE_SIZE.  AX_EPERM: above AX_PIPE_MAX.  AX_ENOMEM. */
int ax__pipe_new(ax_kernel *k, size_t capacity, ax__pipe **out);
ax__pipe *ax__pipe_ref(ax__pipe *p);
void ax__pipe_unref(ax__pipe *p);

/* A new end, with one reference: a file.  flags: AX_O_ACCMODE, NONBLOCK.
** Where the other side is missing, the end is open only when one has come
** (ax_file_opening); with NONBLOCK, or for both directions, at once.
** AX_ENXIO: NONBLOCK, to write, and nobody reads.  AX_ENOMEM.  hooks: NULL
** for a pipe. */
int ax__pipe_open(ax__pipe *p, uint32_t flags, const ax__pipe_hooks *hooks,
                  void *node, ax_object **out);

/* Ends that read, and that write. */
size_t ax__pipe_readers(const ax__pipe *p);
size_t ax__pipe_writers(const ax__pipe *p);

#endif
