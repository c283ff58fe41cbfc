/* fd - the descriptors of a process, and where in the file tree it is
**
** Most processes never open anything: they have none of this (NULL) and see
** the kernel's standard files as 0, 1 and 2, the root as their directory,
** and 022 as their umask.
**
** Interface: public, axeberg.h; for the kernel's files:
** - ax__files_inherit: what a child gets
** - ax__files_close: everything is let go */
#ifndef AX_KERNEL_FD_H
#define AX_KERNEL_FD_H

#include "kernel/file.h"
#include "kernel/table.h"

enum {
  AX_FD_MOST = 1024, /* descriptors of a process, unless set otherwise */
  AX_UMASK = 022     /* unless set otherwise */
};

typedef struct ax_files {
  ax_table table; /* number -> ax_file.object; number == slot */
  ax_object *cwd; /* a directory, referred to; NULL: the root */
  uint32_t umask; /* bits that new files do not get */
  int most;       /* how many descriptors there may be */
} ax_files;

/* The process's own ones, made if need be; NULL: memory is short. */
ax_files *ax__files_own(ax_proc *p);

/* The child gets what its parent has as 0, 1 and 2, its directory, umask
** and limit.  AX_ENOMEM. */
int ax__files_inherit(const ax_proc *parent, ax_proc *child);

/* The process ended: closes all, from the highest number down. */
void ax__files_close(ax_proc *p);

#endif
