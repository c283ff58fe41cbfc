/* frame - a loop of 60 frames in a second, with a budget for scripts
**
** Scripts get 4 of the 16.7 milliseconds of a frame.  One of them never has
** enough; the others run in each frame all the same, because a pass is gone
** through in turn, and what is left of it is run in the next frame. */
#include <axeberg-lua.h>
#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>
#include <time.h>

enum { FRAMES = 30, HZ = 60, NSCRIPTS = 10 };

static const uint64_t FRAME = AX_SECOND / HZ, BUDGET = AX_SECOND / 250;

static int turns[NSCRIPTS + 1]; /* how often each has run */

/* turn(i): the script i has had its turn. */
static int l_turn(lua_State *L) {
  lua_Integer i = luaL_checkinteger(L, 1);
  if (i >= 0 && i <= NSCRIPTS) turns[i]++;
  return 0;
}

static const char *const GLOBALS[] = {"turn", "ax", NULL};

static const char POLITE[] = "local i = ...\n"
                             "while true do turn(i) ax.sleep(1 / 120) end\n";

static const char BUSY[] =
    "local i = ...\n"
    "while true do turn(i) for _ = 1, 10000 do end ax.yield() end\n";

static int load(lua_State *L, const char *text, int i) {
  ax_proc *p;
  axL_script s = {.name = "script",
                  .text = text,
                  .globals = GLOBALS,
                  .priority = AX_NORMAL,
                  .quantum = 10000};
  lua_pushinteger(L, i);
  return axL_load(L, &s, 1, &p);
}

static void sleep_until(const ax_kernel *k, uint64_t moment) {
  uint64_t now = ax_now(k);
  if (now >= moment) return;
  struct timespec t = {0, (long)(moment - now)};
  nanosleep(&t, NULL);
}

int main(void) {
  lua_State *L = luaL_newstate();
  int rc = AX_OK, least = FRAMES;
  if (L == NULL) return 1;
  luaL_openlibs(L);
  lua_register(L, "turn", l_turn);
  if (axL_open(L, NULL) != AX_OK) return 1;
  for (int i = 0; rc == AX_OK && i < NSCRIPTS; i++) rc = load(L, POLITE, i);
  if (rc == AX_OK) rc = load(L, BUSY, NSCRIPTS);
  if (rc != AX_OK) return 1;
  ax_kernel *k = axL_tokernel(L);
  uint64_t next = ax_now(k), longest = 0;
  for (int frame = 0; frame < FRAMES; frame++) {
    uint64_t start = ax_now(k);
    axL_frame(L, BUDGET);
    uint64_t used = ax_now(k) - start;
    if (used > longest) longest = used;
    next += FRAME; /* here the picture is drawn */
    sleep_until(k, next);
  }
  for (int i = 0; i < NSCRIPTS; i++)
    if (turns[i] < least) least = turns[i];
  printf("%d frames; everybody ran in most of them: %s\n", FRAMES,
         least > FRAMES / 2 ? "yes" : "no");
  fprintf(stderr,
          "longest %.1f ms; polite scripts: at least %d turns, the "
          "busy one: %d\n",
          (double)longest / 1e6, least, turns[NSCRIPTS]);
  lua_close(L);
  return 0;
}
