/* host - a program with a Lua state, for the tests of axeberg-lua.h
**
** Interface:
** - host_open, host_close: a Lua state that counts its memory, with axeberg
** - load, outcome: a script, and what became of it */
#ifndef AXL_TEST_HOST_H
#define AXL_TEST_HOST_H

#include <lauxlib.h>
#include <lualib.h>

#include "axeberg-lua.h"
#include "test.h"

typedef struct host {
  lua_State *L;
  ax_kernel *k;
  size_t blocks;    /* alive, of the Lua state and all in it */
  size_t asked;     /* allocations so far */
  size_t fail;      /* the number of the one that fails; 0: none */
  bool once;        /* and those after it do not */
  size_t failed;    /* how many failed */
  uint64_t now;     /* of the virtual clock */
  char error[2048]; /* what the failed hook was told */
} host;

static inline void *host_alloc(void *ctx, void *block, size_t old,
                               size_t size) {
  host *h = ctx;
  (void)old;
  if (size == 0) {
    h->blocks -= block != NULL;
    free(block);
    return NULL;
  }
  bool grows = block == NULL || size > old;
  if (grows) h->asked++;
  if (grows && h->fail > 0 &&
      (h->once ? h->asked == h->fail : h->asked >= h->fail)) {
    h->failed++;
    return NULL;
  }
  void *moved = realloc(block, size);
  if (moved != NULL && block == NULL) h->blocks++;
  return moved;
}

static inline void host_failed(void *ctx, ax_proc *p, const char *error) {
  (void)p;
  host *h = ctx;
  snprintf(h->error, sizeof h->error, "%s", error);
}

/* Without the library package: our own files need no searching. */
static inline void open_libraries(lua_State *L) {
  static const luaL_Reg libraries[] = {{LUA_GNAME, luaopen_base},
                                       {LUA_COLIBNAME, luaopen_coroutine},
                                       {LUA_TABLIBNAME, luaopen_table},
                                       {LUA_STRLIBNAME, luaopen_string},
                                       {LUA_MATHLIBNAME, luaopen_math},
                                       {LUA_UTF8LIBNAME, luaopen_utf8},
                                       {NULL, NULL}};
  for (const luaL_Reg *l = libraries; l->name != NULL; l++) {
    luaL_requiref(L, l->name, l->func, 1);
    lua_pop(L, 1);
  }
}

static inline int host_try(host *h) {
  axL_setup setup = {
      .clock = ax_clock_virtual(&h->now), .failed = host_failed, .ctx = h};
  return axL_open(h->L, &setup);
}

static inline void host_open(host *h) {
  memset(h, 0, sizeof *h);
  h->L = lua_newstate(host_alloc, h);
  if (h->L == NULL) exit(1);
  open_libraries(h->L);
  check_int(host_try(h), AX_OK);
  h->k = axL_tokernel(h->L);
}

static inline void host_close(host *h) {
  check_int(lua_gettop(h->L), 0);
  lua_close(h->L);
  check_int(h->blocks, 0);
}

/* Loads the script with the nargs on the top. */
static inline ax_proc *load(host *h, const char *text, int nargs) {
  axL_script s = {.name = "test", .text = text, .priority = AX_NORMAL};
  ax_proc *p = NULL;
  int rc = axL_load(h->L, &s, nargs, &p);
  if (!check_int(rc, AX_OK)) {
    fprintf(stderr, "  %s\n", lua_tostring(h->L, -1));
    exit(1);
  }
  return p;
}

/* Runs it to its end; its error, or what it returned. */
static inline const char *outcome(host *h, ax_proc *p) {
  static char text[2048];
  const ax_value *status;
  while (ax_proc_state(p) != AX_ZOMBIE && axL_frame(h->L, AX_NEVER) > 0)
    continue;
  if (ax_proc_state(p) != AX_ZOMBIE) return "alive";
  if (axL_pusherror(h->L, p) == AX_OK) {
    snprintf(text, sizeof text, "%s", lua_tostring(h->L, -1));
    lua_pop(h->L, 1);
  } else {
    ax_proc_status(p, &status);
    ax_value v = *status;
    if (v.type == AX_INTEGER)
      snprintf(text, sizeof text, "%" PRId64, v.u.integer);
    else
      snprintf(text, sizeof text, "type %d", v.type);
  }
  check_int(ax_proc_reap(p), AX_OK);
  return text;
}

static inline bool starts(const char *text, const char *with) {
  if (strncmp(text, with, strlen(with)) == 0) return true;
  fprintf(stderr, "  %s\n", text);
  return false;
}

#endif
