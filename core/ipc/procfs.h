/* procfs - /proc: processes and the kernel as text
**
** Interface:
** - ax__procfs_root: the file system, to be mounted
** - ax__procfs_write, and the texts: what is in the files */
#ifndef AX_IPC_PROCFS_H
#define AX_IPC_PROCFS_H

#include "base/bytes.h"
#include "ipc/node.h"

/* Its root, with one reference.  dev: its number.  AX_ENOMEM. */
int ax__procfs_root(ax_kernel *k, uint64_t dev, ax_vnode **out);

/* Appends to b what the file says now.  p: NULL for those of the kernel. */
typedef int (*ax_procfs_text)(ax_kernel *k, ax_proc *p, ax_buffer *b);

typedef struct ax_procfs_file {
  const char *name;
  uint32_t mode; /* permissions */
  ax_procfs_text text;
} ax_procfs_file;

/* In the directory of a process, in /proc itself; they end with NULL. */
extern const ax_procfs_file ax__procfs_own[], ax__procfs_all[];

#endif
