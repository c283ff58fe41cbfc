/* node - what every file of the file tree has in common */
#include "ipc/node.h"

#include <string.h>

#include "base/assert.h"
#include "kernel/kernel.h"

void ax_vnode_init(ax_kernel *k, ax_vnode *n, const ax_vnode_ops *ops,
                   uint64_t dev, uint32_t mode) {
  ax_object_init(k, &n->object, &ops->object);
  n->dev = dev;
  n->mode = mode;
  n->uid = n->gid = 0;
  n->cover = n->covers = NULL;
}

void ax_vnode_free(ax_vnode *n, size_t size) {
  ax_kernel *k = n->object.kernel;
  ax_assert(n->cover == NULL && n->covers == NULL);
  ax__free(&k->mem, n, size);
  ax_object_fini(k);
}

int ax__vnode_stat(ax_vnode *n, ax_stat *out) {
  memset(out, 0, sizeof *out);
  out->dev = n->dev;
  out->mode = n->mode;
  out->uid = n->uid;
  out->gid = n->gid;
  return ax__vnode_ops(n)->stat(n, out);
}
