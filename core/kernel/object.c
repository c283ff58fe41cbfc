/* object - what everything that is handed out has in common */
#include "kernel/object.h"

#include <stdio.h>

#include "kernel/owner.h"

void ax_object_init(ax_kernel *k, ax_object *o, const ax_object_ops *ops) {
  o->ops = ops;
  o->kernel = k;
  o->refs = 1;
  k->nobjects++;
}

void ax_object_fini(ax_kernel *k) {
  k->nobjects--;
  ax__kernel_release(k);
}

ax_object *ax_ref(ax_object *o) {
  ax_assert_owner(o->kernel);
  ax_assert(o->refs > 0 && o->refs < UINT32_MAX);
  o->refs++;
  return o;
}

void ax_unref(ax_object *o) {
  ax_assert_owner(o->kernel);
  ax_assert(o->refs > 0);
  if (--o->refs == 0) o->ops->free(o);
}

ax_kernel *ax_object_kernel(const ax_object *o) { return o->kernel; }

const char *ax_object_kind(const ax_object *o) { return o->ops->kind; }

const char *ax_object_doing(const ax_object *o) { return o->ops->doing; }

int ax_object_describe(const ax_object *o, char *buffer, size_t size) {
  if (o->ops->describe != NULL) return o->ops->describe(o, buffer, size);
  return snprintf(buffer, size, "%s", "");
}

ax_object *ax_object_peer(ax_object *o) {
  return o->ops->peer == NULL ? NULL : o->ops->peer(o);
}
