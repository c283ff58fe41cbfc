/* crowd - a thousand scripts, sixty simulated frames
**
** What a script costs, in time and memory, goes to stderr. */
#include <axeberg-lua.h>
#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { NSCRIPTS = 1000, FRAMES = 60 };

static size_t allocated; /* bytes of the Lua state */
static long updates;     /* calls of update() */

static void *count_alloc(void *ctx, void *block, size_t old, size_t size) {
  (void)ctx;
  allocated += size - (block == NULL ? 0 : old);
  if (size > 0) return realloc(block, size);
  free(block);
  return NULL;
}

static int l_update(lua_State *L) {
  (void)L;
  updates++;
  return 0;
}

static const char *const GLOBALS[] = {"ax", "math", "update", NULL};

static const char TEXT[] = "local x, speed = ..., 0.1\n"
                           "while true do\n"
                           "  ax.sleep(1 / 60)\n"
                           "  x = math.abs((x + speed) % 100)\n"
                           "  update(x)\n"
                           "end\n";

static double milliseconds(void) {
  struct timespec t;
  timespec_get(&t, TIME_UTC);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int load_all(lua_State *L) {
  axL_script s = {.name = "one",
                  .text = TEXT,
                  .globals = GLOBALS,
                  .priority = AX_NORMAL,
                  .quantum = 10000,
                  .kill = 1000000};
  int rc = AX_OK;
  for (int i = 0; rc == AX_OK && i < NSCRIPTS; i++) {
    ax_proc *p;
    lua_pushinteger(L, i);
    rc = axL_load(L, &s, 1, &p);
  }
  return rc;
}

int main(void) {
  uint64_t now = 0;
  axL_setup setup = {.clock = ax_clock_virtual(&now)};
  lua_State *L = lua_newstate(count_alloc, NULL);
  if (L == NULL) return 1;
  luaL_openlibs(L);
  lua_register(L, "update", l_update);
  if (axL_open(L, &setup) != AX_OK) return 1;
  lua_gc(L, LUA_GCCOLLECT);
  size_t before = allocated;
  double start = milliseconds();
  if (load_all(L) != AX_OK) return 1;
  axL_frame(L, AX_NEVER); /* each begins, and sleeps */
  lua_gc(L, LUA_GCCOLLECT);
  size_t bytes = allocated - before;
  double loaded = milliseconds();
  for (int frame = 0; frame < FRAMES; frame++) {
    now += AX_SECOND / 60 + 1;
    axL_frame(L, AX_NEVER);
  }
  double done = milliseconds();
  printf("%d scripts, %d frames, %ld updates\n", NSCRIPTS, FRAMES, updates);
  fprintf(stderr,
          "loading: %.1f us; memory: %zu bytes; in a frame: %.2f us; a frame "
          "of all: %.2f ms\n",
          (loaded - start) * 1e3 / NSCRIPTS, bytes / NSCRIPTS,
          (done - loaded) * 1e3 / NSCRIPTS / FRAMES,
          (done - loaded) / FRAMES);
  lua_close(L); /* with everybody alive */
  return allocated == 0 ? 0 : 1;
}
