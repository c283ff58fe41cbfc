/* states - a host with several Lua states, for spec/state_spec.lua
**
** Usage: states SCRIPT
**
** The script answers a function that answers a number.  Two states take
** turns in one thread and are closed one after the other; then four threads
** have a state each.  Nothing may be shared, so each counts for itself. */
#include <lauxlib.h>
#include <lualib.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { TURNS = 20, THREADS = 4 };

/* A state with the script's function in index 1. */
static lua_State *begin(const char *path) {
  lua_State *L = luaL_newstate();
  if (L == NULL) exit(2);
  luaL_openlibs(L);
  if (luaL_loadfile(L, path) != LUA_OK || lua_pcall(L, 0, 1, 0) != LUA_OK) {
    fprintf(stderr, "%s\n", lua_tostring(L, -1));
    exit(1);
  }
  return L;
}

static long turn(lua_State *L) {
  lua_pushvalue(L, 1);
  if (lua_pcall(L, 0, 1, 0) != LUA_OK) {
    fprintf(stderr, "%s\n", lua_tostring(L, -1));
    exit(1);
  }
  long n = (long)lua_tointeger(L, -1);
  lua_settop(L, 1);
  return n;
}

static void *thread(void *path) {
  lua_State *L = begin(path);
  long n = 0;
  for (int i = 0; i < TURNS; i++) n = turn(L);
  lua_close(L);
  return (void *)n;
}

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  lua_State *a = begin(argv[1]), *b = begin(argv[1]);
  long n = 0, m = 0;
  for (int i = 0; i < TURNS; i++) {
    n = turn(a);
    if (i % 2 == 0) m = turn(b);
  }
  lua_close(a);
  m = turn(b);
  lua_close(b);
  printf("%ld %ld", n, m);

  pthread_t threads[THREADS];
  for (int i = 0; i < THREADS; i++)
    if (pthread_create(&threads[i], NULL, thread, argv[1]) != 0) return 2;
  for (int i = 0; i < THREADS; i++) {
    void *result;
    pthread_join(threads[i], &result);
    printf(" %ld", (long)result);
  }
  printf("\n");
  return 0;
}
