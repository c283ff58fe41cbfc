/* entries - the entries of a directory in memory
**
** An entry is found by its name in a hash, and in the order in which they
** were made in an array, where a removed one leaves a gap until there are
** too many of them.  Each has a serial number, rising along the array, so
** who goes through it finds the place again whatever has happened.
**
** Interface:
** - ax__entries_init, ax__entries_fini
** - ax__entry_find, ax__entry_after: O(1), O(log n)
** - ax__entry_new, ax__entry_add, ax__entry_remove */
#ifndef AX_IPC_ENTRIES_H
#define AX_IPC_ENTRIES_H

#include "base/hash.h"
#include "ipc/tree.h"

typedef struct ax_dirent {
  ax_hash_node node; /* key: hash of the name */
  uint64_t serial;
  ax_inode *inode; /* referred to; NULL: not yet, or not any more */
  size_t length;   /* of name */
  char name[];
} ax_dirent;

typedef struct ax_order {
  uint64_t serial;
  ax_dirent *entry; /* NULL: removed */
} ax_order;

typedef struct ax_entries {
  ax_hash names;
  ax_order *order;
  size_t used, room; /* of order, gaps among them */
  uint64_t serial;   /* of the last one made */
  ax_tree *tree;     /* where they are counted */
} ax_entries;

void ax__entries_init(ax_entries *e, ax_tree *t);

/* Each has what the other had; of the same tree. */
void ax__entries_swap(ax_entries *a, ax_entries *b);

/* Nothing is in it. */
void ax__entries_fini(ax_entries *e);

/* The entry with that name, or NULL. */
ax_dirent *ax__entry_find(const ax_entries *e, ax_name name);

/* The first entry with a serial above that, or NULL. */
ax_dirent *ax__entry_after(const ax_entries *e, uint64_t serial);

/* The youngest; NULL: there is none. */
ax_dirent *ax__entry_last(const ax_entries *e);

/* Memory for an entry, and room to add it, charged.  AX_ENOSPC, AX_ENOMEM.
** What is not added goes with ax__entry_free. */
int ax__entry_new(ax_entries *e, ax_name name, ax_dirent **out);
void ax__entry_free(ax_entries *e, ax_dirent *d);

/* Cannot fail after ax__entry_new. */
void ax__entry_add(ax_entries *e, ax_dirent *d);

/* Takes it out and frees it. */
void ax__entry_remove(ax_entries *e, ax_dirent *d);

#endif
