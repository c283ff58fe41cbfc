/* oom - a Lua host whose memory fails, for spec/memory_spec.lua
**
** Usage: oom SCRIPT [FIRST [STEP]]
**
** The script is run again and again, and in the Nth round the Nth
** allocation after its loading fails, N = FIRST, FIRST + STEP, ..., until a
** round needs fewer.  How it fails: just once; twice, so that Lua's second
** try after a collection fails, too; and for ever, until the script is
** left.  Whatever the script does then, with an error or without, the state
** must close and have given back every byte. */
#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct memory {
  size_t bytes, blocks; /* not yet freed */
  long countdown;       /* the allocation that fails; < 0: none */
  long failures;        /* how many fail from there on */
  long failed;          /* how many did */
} memory;

static void *resize(void *ud, void *block, size_t osize, size_t nsize) {
  memory *m = ud;
  size_t old = block != NULL ? osize : 0;
  if (nsize == 0) {
    if (block != NULL) m->blocks--;
    m->bytes -= old;
    free(block);
    return NULL;
  }
  if (nsize > old && m->countdown >= 0 && m->countdown-- <= 0 &&
      m->failed < m->failures) {
    m->countdown = 0;
    m->failed++;
    return NULL;
  }
  void *p = realloc(block, nsize);
  if (p == NULL) return NULL;
  if (block == NULL) m->blocks++;
  m->bytes += nsize - old;
  return p;
}

/* With the script's text in index 1: loads and calls it. */
static int run(lua_State *L) {
  memory *m = lua_touserdata(L, 2);
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  long n = (long)lua_tointeger(L, 3);
  luaL_openlibs(L);
  if (luaL_loadbuffer(L, text, length, "=script") != LUA_OK) lua_error(L);
  m->countdown = n;
  lua_call(L, 0, 0);
  return 0;
}

/* One round; -1: bytes were left, else the number of failed allocations. */
static long play(const char *text, size_t length, long n, long failures,
                 int *status) {
  memory m = {0, 0, -1, failures, 0};
  lua_State *L = lua_newstate(resize, &m);
  if (L == NULL) exit(2);
  lua_pushcfunction(L, run);
  lua_pushlstring(L, text, length);
  lua_pushlightuserdata(L, &m);
  lua_pushinteger(L, n);
  *status = lua_pcall(L, 3, 0, 0);
  m.countdown = -1;
  if (*status != LUA_OK && m.failed == 0)
    fprintf(stderr, "round %ld: %s\n", n, lua_tostring(L, -1));
  lua_close(L);
  if (m.bytes == 0 && m.blocks == 0) return m.failed;
  fprintf(stderr, "round %ld, %ld failures: %zu bytes in %zu blocks left\n",
          n, failures, m.bytes, m.blocks);
  return -1;
}

static char *slurp(const char *path, size_t *length) {
  FILE *f = fopen(path, "rb");
  if (f == NULL) return NULL;
  char *text = malloc(1 << 20);
  *length = text != NULL ? fread(text, 1, 1 << 20, f) : 0;
  fclose(f);
  return text;
}

int main(int argc, char **argv) {
  size_t length = 0;
  char *text = argc > 1 ? slurp(argv[1], &length) : NULL;
  long first = argc > 2 ? atol(argv[2]) : 0;
  long step = argc > 3 ? atol(argv[3]) : 1;
  static const long bursts[] = {1, 2, 1L << 40};
  long rounds = 0, errors = 0;
  if (text == NULL || step < 1) return 2;
  for (int i = 0; i < 3; i++) {
    for (long n = first;; n += step, rounds++) {
      int status;
      long failed = play(text, length, n, bursts[i], &status);
      if (failed < 0 || (failed == 0 && status != LUA_OK)) return 1;
      if (failed == 0) break; /* it needs no more than that */
      if (status != LUA_OK) errors++;
    }
  }
  printf("%ld rounds, %ld ended with an error\n", rounds, errors);
  free(text);
  return 0;
}
