/* key - what has a number, perhaps a key, and stays until it is removed
**
** Queues and segments are such things.  Each kind has a namespace of its
** own in the kernel, which is there while anything is in it.  The namespace
** holds one reference to each thing.
**
** Interface:
** - ax__keyed_get: the one with that key, checked as msgget and shmget do
** - ax__keyed_add, ax__keyed_remove
** - ax__keyed_find: by its number
** - ax__keyed_list: all of them */
#ifndef AX_IPC_KEY_H
#define AX_IPC_KEY_H

#include "base/hash.h"
#include "kernel/kernel.h"

typedef struct ax_keyed {
  ax_object object;
  ax_hash_node node; /* among those with a key */
  ax_perm perm;
  int id; /* 0: it was removed */
} ax_keyed;

/* A kind of such things; its address is the tag of its namespace. */
typedef struct ax_keykind {
  size_t most; /* how many there may be at once */
} ax_keykind;

/* Looks for the key in the name of the process.  AX_OK: there is one, and
** the mode lets the process do what the flags' bits ask for; or *out is NULL,
** and one is to be made.  AX_ENOENT, AX_EEXIST, AX_EACCES. */
int ax__keyed_get(const ax_proc *p, const ax_keykind *kind, int32_t key,
                  int flags, ax_keyed **out);

/* Gives a new thing its number, its key, and the process as its owner; the
** caller's reference is the namespace's then.  AX_ENOSPC, AX_ENOMEM. */
int ax__keyed_add(const ax_proc *p, const ax_keykind *kind, int32_t key,
                  int flags, ax_keyed *o);

/* Takes number and key away; the reference is the caller's. */
void ax__keyed_remove(const ax_keykind *kind, ax_keyed *o);

/* The thing of that number, or NULL. */
ax_keyed *ax__keyed_find(const ax_kernel *k, const ax_keykind *kind, int id);

/* Writes the numbers of all, as far as there is room, in rising order;
** returns how many there are. */
size_t ax__keyed_list(const ax_kernel *k, const ax_keykind *kind, int *ids,
                      size_t room);

#endif
