/* all - core and binding as one file: the module of LuaRocks
**
** LuaRocks compiles each file alone, with the flags of its Lua.  This one
** makes a module that is as fast as with optimisation across files, and from
** which nothing but luaopen_* leaves. */
#define AX_API static
#if defined(__GNUC__) && !defined(__clang__) && defined(__OPTIMIZE__)
#pragma GCC optimize("O3")
#endif
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

/* What others declare is not hidden: all headers that are not ours. */
#include <assert.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <lauxlib.h>
#include <limits.h>
#include <lua.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#endif

#if defined(__GNUC__)
#pragma GCC visibility push(hidden)
#pragma GCC diagnostic ignored "-Wunused-function"
#endif

#include "../../core/all.c"

#include "alarm.c"
#include "body.c"
#include "buffer.c"
#include "cell.c"
#include "channel.c"
#include "copy.c"
#include "describe.c"
#include "dir.c"
#include "fd.c"
#include "file.c"
#include "fs.c"
#include "handle.c"
#include "host.c"
#include "kernel.c"
#include "limit.c"
#include "loop.c"
#include "main.c"
#include "module.c"
#include "mount.c"
#include "msgctl.c"
#include "msgq.c"
#include "numeral.c"
#include "open.c"
#include "option.c"
#include "pack.c"
#include "proc.c"
#include "read.c"
#include "region.c"
#include "report.c"
#include "schema.c"
#include "select.c"
#include "shm.c"
#include "shmsys.c"
#include "source.c"
#include "state.c"
#include "sys.c"
#include "thread.c"
#include "trace.c"
#include "value.c"
#include "view.c"
#include "wait.c"
#include "wrap.c"
#include "write.c"

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif
