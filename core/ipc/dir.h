/* dir - open directories, of whatever file system
**
** Interface:
** - ax__dir_open: a directory as a file
** - ax__dir_vnode: the way back */
#ifndef AX_IPC_DIR_H
#define AX_IPC_DIR_H

#include "ipc/node.h"

/* The directory as a file with one reference, whose entries can be read. */
int ax__dir_open(ax_vnode *n, uint32_t flags, ax_object **out);

/* The directory of such a file, borrowed; NULL: it is another one. */
ax_vnode *ax__dir_vnode(ax_object *file);

#endif
