/* assert - what must be true if our own code is right
**
** ax_assert is for our faults only; what a user can get wrong is an error
** code.  It costs nothing unless AX_DEBUG is defined. */
#ifndef AX_BASE_ASSERT_H
#define AX_BASE_ASSERT_H

#include <stddef.h>

#ifdef AX_DEBUG
#undef NDEBUG
#include <assert.h>
#define ax_assert(claim) assert(claim)
#else
#define ax_assert(claim) ((void)0)
#endif

/* The structure of the given type whose member is at ptr. */
#define ax_container(ptr, type, member) \
  ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

#endif
