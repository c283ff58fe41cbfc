/* alarm - ax.after and ax.every: moments to wait for */
#include "axL.h"

static const axL_class alarm_class = {"axeberg.alarm", axL_received, 0};

/* alarm:wait([timeout]) */
static int l_alarm_wait(lua_State *L) {
  ax_arm arm = {axL_checkobject(L, 1, &alarm_class), ax_nil()};
  uint64_t deadline = axL_checkdeadline(L, 2);
  return axL_wait(L, axL_kernel(L), &arm, 1, deadline, axL_receive);
}

static int new_alarm(lua_State *L, bool periodic) {
  ax_kernel *k = axL_kernel(L);
  lua_Number ns = luaL_checknumber(L, 1) * (lua_Number)AX_SECOND;
  uint64_t due = axL_checkdeadline(L, 1), period = 0;
  if (due == 0) due = ax_now(k);
  if (periodic) {
    luaL_argcheck(L, ns >= 1, 1, "period is shorter than a nanosecond");
    period = due == AX_NEVER ? AX_NEVER : (uint64_t)ns;
  }
  axL_handle *h = axL_newhandle(L, k, &alarm_class);
  ax_object *o;
  int rc = axL_room(k, 1);
  if (rc != AX_OK) return axL_fail(L, rc, "handle quota exceeded");
  rc = ax_alarm_new(k, due, period, &o);
  if (rc != AX_OK) return axL_result(L, rc);
  axL_holdobject(k, h, o);
  return 1;
}

static int l_after(lua_State *L) { return new_alarm(L, false); }

static int l_every(lua_State *L) { return new_alarm(L, true); }

static const luaL_Reg alarm_meta[] = {{"__call", l_alarm_wait}, {NULL, NULL}};

static const luaL_Reg alarm_methods[] = {{"wait", l_alarm_wait},
                                         {NULL, NULL}};

static const luaL_Reg alarm_functions[] = {
    {"after", l_after}, {"every", l_every}, {NULL, NULL}};

void axL_openalarm(lua_State *L) {
  axL_newhandleclass(L, &alarm_class, alarm_meta, alarm_methods);
  axL_setfuncs(L, alarm_functions);
}
