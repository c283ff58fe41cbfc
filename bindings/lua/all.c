/* all - core and binding as one file: the module of LuaRocks
**
** LuaRocks compiles each file alone.  With this one, calls between files are
** as short as with optimisation across files, and nothing but luaopen_*
** leaves the module. */
#define AX_API
#if defined(__GNUC__)
#pragma GCC visibility push(hidden)
#endif

#include "../../core/all.c"

#include "alarm.c"
#include "body.c"
#include "channel.c"
#include "copy.c"
#include "describe.c"
#include "handle.c"
#include "kernel.c"
#include "limit.c"
#include "module.c"
#include "msgctl.c"
#include "msgq.c"
#include "option.c"
#include "pack.c"
#include "proc.c"
#include "report.c"
#include "schema.c"
#include "select.c"
#include "source.c"
#include "state.c"
#include "sys.c"
#include "value.c"
#include "wait.c"
#include "wrap.c"

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif
