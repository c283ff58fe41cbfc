/* cred - whom a process acts for: user, group, further groups
**
** A block is shared by all processes that inherited it, and is never
** changed: who becomes somebody else gets a new one.  Most processes have
** none, which is the superuser with group 0.
**
** Interface:
** - ax_proc_uid, ax_proc_setuid, ...: public, axeberg.h
** - ax__permits: the one check of permission bits, for files
** - ax__perm_permits, ax__perm_owned: the same for what has an ax_perm */
#ifndef AX_KERNEL_CRED_H
#define AX_KERNEL_CRED_H

#include "axeberg.h"
#include "base/alloc.h"

struct ax_cred {
  uint32_t refs; /* processes that have it */
  uint32_t uid, gid;
  uint32_t ngroups;
  uint32_t groups[]; /* besides gid */
};

/* What may be wanted; also bits of a mode, three times. */
enum { AX_MAY_EXECUTE = 1, AX_MAY_WRITE = 2, AX_MAY_READ = 4 };

/* One more process has it; returns c, which may be NULL. */
ax_cred *ax__cred_ref(ax_cred *c);

/* One process less. */
void ax__cred_unref(ax_mem *m, ax_cred *c);

/* Is gid the process's group, or among its further ones? */
bool ax__in_group(const ax_proc *p, uint32_t gid);

/* Does a mode let the process do all that is wanted to something of that
** owner and group?  One class decides: owner, else group, else others.  User
** 0 may do everything. */
bool ax__permits(const ax_proc *p, uint32_t mode, uint32_t uid, uint32_t gid,
                 uint32_t want);

/* The same for what has two owners: who made it, and who was given it. */
bool ax__perm_permits(const ax_proc *p, const ax_perm *perm, uint32_t want);

/* May the process change and remove it? */
bool ax__perm_owned(const ax_proc *p, const ax_perm *perm);

#endif
