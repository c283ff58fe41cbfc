/* minimal - a program that runs a script as a process */
#include <axeberg-lua.h>
#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>

static const char TEXT[] =
    "local name = ...\n"
    "for i = 1, 3 do print(name, i) ax.sleep(0.01) end\n"
    "error('on purpose')\n";

int main(void) {
  axL_script script = {.name = "hello", .text = TEXT, .priority = AX_NORMAL};
  lua_State *L = luaL_newstate();
  ax_proc *p;
  if (L == NULL) return 1;
  luaL_openlibs(L);
  if (axL_open(L, NULL) != AX_OK) return 1;
  lua_pushliteral(L, "hello");
  if (axL_load(L, &script, 1, &p) != AX_OK) {
    fprintf(stderr, "%s\n", lua_tostring(L, -1));
    return 1;
  }
  ax_run(axL_tokernel(L), NULL); /* until all processes are done */
  if (axL_pusherror(L, p) == AX_OK) printf("%s\n", lua_tostring(L, -1));
  lua_close(L);
  return 0;
}
