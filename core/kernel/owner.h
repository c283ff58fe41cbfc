/* owner - which thread a kernel belongs to
**
** A kernel belongs to one thread at a time.  Where assertions are on, the
** calls at which everything begins look whether it is that one.
**
** Interface:
** - ax_assert_owner: the calling thread owns the kernel
** - ax_kernel_own: public, axeberg.h */
#ifndef AX_KERNEL_OWNER_H
#define AX_KERNEL_OWNER_H

#include "base/assert.h"
#include "kernel/kernel.h"

#ifdef AX_DEBUG
#define ax_assert_owner(k) ax_assert((k)->owner == ax__thread())
#else
#define ax_assert_owner(k) ((void)0)
#endif

/* What tells the calling thread from all others that live; NULL where
** assertions are off. */
const void *ax__thread(void);

#endif
