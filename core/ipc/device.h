/* device - /dev: files that are no files
**
** Interface:
** - ax__device_root: the file system, to be mounted */
#ifndef AX_IPC_DEVICE_H
#define AX_IPC_DEVICE_H

#include "ipc/node.h"

/* Its root, with one reference.  dev: its number.  AX_ENOMEM. */
int ax__device_root(ax_kernel *k, uint64_t dev, ax_vnode **out);

#endif
