/* select - waiting for whatever comes first
**
** ax.select{rx, {tx, value}, {queue, type}, file, {file, bytes}, pid, alarm,
** ...}: each element is an arm.  The list may change while the call waits, so
** what the arms are is kept on the stack: the list, the memory for arms, then
** two places for each arm: what to wait for, and what is to be sent or
** written, or the type that is wanted (or nil). */
#include "file.h"
#include "shm.h"

enum { FEW = 8 }; /* arms that need no memory */

#define PLACE(i) (2 * (i) + 3)

/* The object of a handle; raises if that is nothing. */
static ax_object *select_opened(lua_State *L, const axL_handle *h, int i) {
  if (h->hold->object == NULL)
    luaL_error(L, "select: arm %d: %s", i + 1,
               luaL_tolstring(L, PLACE(i), NULL));
  return h->hold->object;
}

/* A file at PLACE(i): to be read, if it can be, else to be written; with
** bytes behind it, to write those. */
static ax_object *place_file(lua_State *L, int i) {
  int idx = PLACE(i);
  size_t size = 0;
  ax_object *o = axL_stillfile(L, idx);
  if (o == NULL)
    luaL_error(L, "select: arm %d: %s", i + 1, luaL_tolstring(L, idx, NULL));
  if (lua_isnil(L, idx + 1))
    return (ax_file_flags(o) & AX_O_ACCMODE) == AX_O_WRONLY
               ? ax_file_writer(o)
               : o;
  if (lua_tolstring(L, idx + 1, &size) == NULL)
    luaL_error(L, "select: arm %d: what is written to a file is a string",
               i + 1);
  if (size > AX_PIPE_BUF)
    luaL_error(L,
               "select: arm %d: %I bytes are more than the %d that can be "
               "written at once",
               i + 1, (lua_Integer)size, AX_PIPE_BUF);
  return ax_file_writer(o);
}

/* {sender, value}, {queue, type}, {region, offset} or {file, bytes} at
** PLACE(i) becomes the two. */
static ax_object *place_pair(lua_State *L, const ax_kernel *k, int i) {
  int idx = PLACE(i);
  lua_rawgeti(L, idx, 1);
  lua_rawgeti(L, idx, 2);
  lua_replace(L, idx + 1);
  lua_replace(L, idx);
  if (axL_isfile(L, idx)) return place_file(L, i);
  const axL_handle *h = axL_toany(L, k, idx);
  ax_object *o = h == NULL ? NULL : select_opened(L, h, i);
  if (o != NULL && axL_isqueuearm(L, idx)) return o;
  ax_object *word = axL_toword(L, idx);
  if (word != NULL) return word;
  o = axL_tosender(L, idx);
  if (o == NULL)
    luaL_error(L,
               "select: arm %d: a table is {sender, value}, "
               "{queue, type}, {file, bytes} or {direct region, offset}",
               i + 1);
  if (lua_isnil(L, idx + 1))
    luaL_error(L, "select: arm %d: nil cannot be sent", i + 1);
  axL_pushmessage(L, o, idx + 1);
  lua_replace(L, idx + 1);
  return o;
}

/* NULL: there is no such process to wait for. */
static ax_object *process(lua_State *L, ax_kernel *k, int i) {
  int top = lua_gettop(L);
  ax_object *o = axL_toprocess(L, k, PLACE(i));
  lua_settop(L, top);
  return o;
}

/* Pushes what the first arm answers whose process is gone: how many results;
** 0: there is none. */
static int push_gone(lua_State *L, ax_kernel *k) {
  int last = lua_gettop(L);
  for (int idx = PLACE(0); idx < last; idx += 2) {
    if (!lua_isinteger(L, idx)) continue;
    if (axL_toprocess(L, k, idx) != NULL) continue;
    lua_pushvalue(L, idx);
    lua_insert(L, -4);
    return 4;
  }
  return 0;
}

static ax_object *waitable(lua_State *L, const ax_kernel *k, int i) {
  const axL_handle *h = axL_toany(L, k, PLACE(i));
  if (h != NULL && h->class->results != NULL) return select_opened(L, h, i);
  if (axL_isfile(L, PLACE(i))) return place_file(L, i);
  luaL_error(L, "select: arm %d: cannot wait for %s", i + 1,
             luaL_tolstring(L, PLACE(i), NULL));
  return NULL;
}

/* Puts arm number i on the stack; what it waits for.  NULL: nothing. */
static ax_object *place(lua_State *L, ax_kernel *k, int i) {
  lua_rawgeti(L, 1, i + 1);
  lua_pushnil(L);
  if (lua_istable(L, PLACE(i))) return place_pair(L, k, i);
  if (lua_isinteger(L, PLACE(i))) return process(L, k, i);
  return waitable(L, k, i);
}

/* Making messages may have run a finalizer that closed something: looks at
** all objects again, then makes references, which nothing can stop. */
static void add_messages(lua_State *L, ax_arm *arms, int n) {
  for (int i = 0; i < n; i++) {
    if (!lua_isuserdata(L, PLACE(i))) continue;
    if (axL_isfile(L, PLACE(i)))
      arms[i].object = place_file(L, i);
    else
      select_opened(L, lua_touserdata(L, PLACE(i)), i);
  }
  for (int i = 0; i < n; i++) {
    if (lua_isnil(L, PLACE(i) + 1)) continue;
    if (axL_isfile(L, PLACE(i))) {
      size_t size;
      const char *bytes = lua_tolstring(L, PLACE(i) + 1, &size);
      arms[i].value = ax_lent(bytes, size);
    } else {
      lua_pushvalue(L, PLACE(i) + 1);
      arms[i].value = axL_popvalue(L, axL_getstate(L));
    }
  }
}

/* Fills arms from the list; *gone: there is one that can never fire, because
** its process is gone. */
static void select_fill(lua_State *L, ax_kernel *k, ax_arm *arms, int n,
                        bool *gone) {
  bool messages = false;
  *gone = false;
  for (int i = 0; i < n; i++) {
    arms[i].object = place(L, k, i);
    arms[i].value = ax_nil();
    *gone = *gone || arms[i].object == NULL;
    messages = messages || !lua_isnil(L, PLACE(i) + 1);
  }
  if (messages) add_messages(L, arms, n);
}

/* The waitable of the arm that fired, then what its operation answers. */
static int select_finish(lua_State *L, int status, lua_KContext ctx) {
  (void)status;
  int arm;
  ax_value v;
  int rc = ax_proc_result(axL_waiter(ctx), &arm, &v);
  ax_kernel *k = ax_proc_kernel(axL_waiter(ctx));
  if (arm < 0) {
    int n = rc == AX_ETIMEDOUT ? push_gone(L, k) : 0;
    return n > 0 ? n : axL_result(L, rc);
  }
  lua_settop(L, PLACE(arm));
  if (lua_isinteger(L, -1)) return 1 + axL_ended(L, k, rc, &v);
  const axL_handle *h = axL_toany(L, k, -1);
  if (h != NULL && h->class->results != NULL)
    return 1 + h->class->results(L, rc, &v);
  ax_value_clear(&v); /* a sender, or a file */
  return 1 + axL_result(L, rc);
}

static int l_select(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  uint64_t deadline = axL_checkdeadline(L, 2);
  lua_Unsigned n = lua_rawlen(L, 1);
  luaL_argcheck(L, n <= INT16_MAX, 1, "too many arms");
  ax_arm few[FEW], *arms = few;
  lua_settop(L, 1);
  if (n > FEW)
    arms = lua_newuserdatauv(L, n * sizeof *arms, 0);
  else
    lua_pushnil(L);
  luaL_checkstack(L, 2 * (int)n + 8, "too many arms");
  ax_kernel *k = axL_kernel(L);
  bool gone;
  select_fill(L, k, arms, (int)n, &gone);
  if (gone) deadline = 0; /* it answers, unless another can at once */
  return axL_wait(L, k, arms, (int)n, deadline, select_finish);
}

static const luaL_Reg select_functions[] = {{"select", l_select},
                                            {NULL, NULL}};

void axL_openselect(lua_State *L) { axL_setfuncs(L, select_functions); }

#undef PLACE
