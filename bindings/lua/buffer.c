/* buffer - ax.buffer: memory to read into, again and again
**
** A string that is read is new memory each time, and garbage afterwards; a
** buffer is used again. */
#include <string.h>

#include "file.h"

#define BUFFER "axeberg.buffer"

axL_block *axL_tobuffer(lua_State *L, int idx) {
  return luaL_testudata(L, idx, BUFFER);
}

static axL_block *checkbuffer(lua_State *L) {
  return luaL_checkudata(L, 1, BUFFER);
}

/* ax.buffer(size) */
static int l_buffer(lua_State *L) {
  lua_Integer size = luaL_checkinteger(L, 1);
  luaL_argcheck(L, size > 0 && size <= PTRDIFF_MAX - 64, 1,
                "a buffer has 1 byte or more");
  axL_block *b = lua_newuserdatauv(L, sizeof *b + (size_t)size, 0);
  b->size = (size_t)size;
  memset(b->data, 0, b->size);
  luaL_setmetatable(L, BUFFER);
  return 1;
}

/* A place as in string.sub, from 1; 0 and less count from the end. */
static lua_Integer buffer_place(lua_Integer at, size_t size) {
  if (at >= 0) return at;
  return -at > (lua_Integer)size ? 0 : (lua_Integer)size + at + 1;
}

/* buffer:tostring([from [, to]]) */
static int l_buffer_tostring(lua_State *L) {
  const axL_block *b = checkbuffer(L);
  lua_Integer from = buffer_place(luaL_optinteger(L, 2, 1), b->size);
  lua_Integer to = buffer_place(luaL_optinteger(L, 3, -1), b->size);
  if (from < 1) from = 1;
  if (to > (lua_Integer)b->size) to = (lua_Integer)b->size;
  if (from > to)
    lua_pushliteral(L, "");
  else
    lua_pushlstring(L, b->data + from - 1, (size_t)(to - from) + 1);
  return 1;
}

/* buffer:set(data [, at]): copies a string into it */
static int l_buffer_set(lua_State *L) {
  axL_block *b = checkbuffer(L);
  size_t size;
  const char *data = luaL_checklstring(L, 2, &size);
  lua_Integer at = luaL_optinteger(L, 3, 1);
  luaL_argcheck(L, at >= 1 && (size_t)at <= b->size + 1, 3,
                "that is outside of the buffer");
  luaL_argcheck(L, size <= b->size - (size_t)(at - 1), 2,
                "it does not fit into the buffer");
  memcpy(b->data + at - 1, data, size);
  lua_settop(L, 1);
  return 1;
}

/* buffer:byte([at]): nil outside of it */
static int l_buffer_byte(lua_State *L) {
  const axL_block *b = checkbuffer(L);
  lua_Integer at = buffer_place(luaL_optinteger(L, 2, 1), b->size);
  if (at < 1 || (size_t)at > b->size)
    lua_pushnil(L);
  else
    lua_pushinteger(L, (unsigned char)b->data[at - 1]);
  return 1;
}

static int l_buffer_fill(lua_State *L) {
  axL_block *b = checkbuffer(L);
  lua_Integer byte = luaL_optinteger(L, 2, 0);
  luaL_argcheck(L, byte >= 0 && byte <= 255, 2, "a byte is from 0 to 255");
  memset(b->data, (int)byte, b->size);
  lua_settop(L, 1);
  return 1;
}

static int l_buffer_len(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)checkbuffer(L)->size);
  return 1;
}

static int buffer_text(lua_State *L) {
  lua_pushfstring(L, "buffer (%I bytes)", (lua_Integer)checkbuffer(L)->size);
  return 1;
}

static const luaL_Reg buffer_methods[] = {{"tostring", l_buffer_tostring},
                                          {"set", l_buffer_set},
                                          {"byte", l_buffer_byte},
                                          {"fill", l_buffer_fill},
                                          {NULL, NULL}};

static const luaL_Reg buffer_meta[] = {
    {"__len", l_buffer_len}, {"__tostring", buffer_text}, {NULL, NULL}};

static const luaL_Reg buffer_functions[] = {{"buffer", l_buffer},
                                            {NULL, NULL}};

void axL_openbuffer(lua_State *L) {
  axL_newclass(L, BUFFER, buffer_meta, buffer_methods);
  lua_pop(L, 1);
  axL_setfuncs(L, buffer_functions);
}

#undef BUFFER
