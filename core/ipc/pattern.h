/* pattern - the patterns of Lua's string library
**
** Here, so that a host without Lua checks strings just as a script does, and
** so that no pattern can hang a walk: the work of one search is bounded.
**
** Interface:
** - ax__pattern_check: is it well formed?
** - ax__pattern_find: is it in the string? */
#ifndef AX_IPC_PATTERN_H
#define AX_IPC_PATTERN_H

#include "axeberg.h"

/* NULL, or what is wrong with the pattern. */
const char *ax__pattern_check(const char *pattern, size_t length);

/* 1 if the pattern, which was checked, is found in the string, 0 if not;
** AX_E2BIG if that takes too long to find out. */
int ax__pattern_find(const char *pattern, size_t length, const char *s,
                     size_t size);

#endif
