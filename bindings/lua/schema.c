/* schema - schemas as Lua values */
#include "axL.h"

static const char class[] = "axeberg.schema";

typedef struct box {
  const char *class; /* the one above: its address is the mark */
  ax_schema *schema; /* NULL: collected */
  bool interned;     /* see axL_check */
} box;

/* The size is checked first, so a foreign userdata is never looked into. */
static box *test_box(lua_State *L, int idx) {
  box *b = lua_touserdata(L, idx);
  if (b == NULL || lua_rawlen(L, idx) != sizeof *b) return NULL;
  return b->class == class ? b : NULL;
}

static box *check_box(lua_State *L) {
  box *b = test_box(L, 1);
  if (b == NULL || b->schema == NULL) luaL_typeerror(L, 1, class);
  return b;
}

ax_schema *axL_testschema(lua_State *L, int idx) {
  box *b = test_box(L, idx);
  return b == NULL ? NULL : b->schema;
}

ax_kernel *axL_schemakernel(lua_State *L) {
  axL_kernel(L); /* raises if all is over */
  return axL_firstkernel(L);
}

/* Pushes the schema of a name: each is compiled once, and the metatable keeps
** it.  Pushes something else, and NULL: no such name. */
static ax_schema *push_named(lua_State *L, int idx) {
  if (lua_type(L, idx) != LUA_TSTRING) {
    lua_pushnil(L);
    return NULL;
  }
  lua_pushvalue(L, idx);
  luaL_getmetatable(L, class);
  lua_insert(L, -2);
  lua_rawget(L, -2);
  lua_remove(L, -2);
  return axL_testschema(L, -1);
}

ax_schema *axL_toschema(lua_State *L, int idx) {
  idx = lua_absindex(L, idx);
  ax_schema *schema = axL_testschema(L, idx);
  if (schema != NULL) return ax_schema_ref(schema);
  schema = push_named(L, idx);
  lua_pop(L, 1);
  return schema != NULL ? ax_schema_ref(schema) : axL_compile(L, idx);
}

/* Pushes a box without a schema. */
static box *push_box(lua_State *L) {
  box *b = lua_newuserdatauv(L, sizeof *b, 0);
  b->class = class;
  b->schema = NULL;
  b->interned = false;
  luaL_setmetatable(L, class);
  return b;
}

/* Pushes the schema of the description at idx (absolute). */
static void push_schema(lua_State *L, int idx) {
  box *b = push_box(L);
  b->schema = axL_toschema(L, idx);
}

void axL_boxschema(lua_State *L, ax_schema *schema) {
  if (axL_testschema(L, -1) == schema) {
    lua_pushvalue(L, -1);
    return;
  }
  box *b = push_box(L);
  b->schema = ax_schema_ref(schema);
}

ax_schema *axL_pushschema(lua_State *L, int idx) {
  idx = lua_absindex(L, idx);
  if (axL_testschema(L, idx) != NULL)
    lua_pushvalue(L, idx);
  else if (push_named(L, idx) == NULL)
    push_schema(L, idx);
  return axL_testschema(L, -1);
}

/* ax.schema(description) -> schema */
static int l_schema(lua_State *L) {
  luaL_checkany(L, 1);
  lua_settop(L, 1);
  if (axL_testschema(L, 1) == NULL) push_schema(L, 1);
  return 1;
}

/* Compiles the names, into the metatable on the top. */
static void compile_names(lua_State *L) {
  static const char *const names[] = {
      "null", "boolean", "integer", "number", "string", "any", "table", NULL};
  for (int i = 0; names[i] != NULL; i++) {
    lua_pushstring(L, names[i]);
    push_schema(L, lua_gettop(L));
    lua_rawset(L, -3);
  }
}

/* schema:check(v) -> true | nil, message */
static int l_check(lua_State *L) {
  box *b = check_box(L);
  if (lua_gettop(L) != 2) lua_settop(L, 2);
  if (axL_check(L, b->schema, &b->interned)) {
    lua_pushboolean(L, 1);
    return 1;
  }
  lua_pushnil(L);
  lua_insert(L, -2);
  return 2;
}

/* schema:copy(v) -> copy | nil, message */
static int l_copy(lua_State *L) {
  ax_schema *schema = check_box(L)->schema;
  lua_settop(L, 2);
  if (axL_carry(L, schema, 2)) return 1;
  lua_pushnil(L);
  lua_insert(L, -2);
  return 2;
}

/* schema:pack(v) -> string | nil, message */
static int l_pack(lua_State *L) {
  ax_schema *schema = check_box(L)->schema;
  lua_settop(L, 2);
  if (axL_packstring(L, schema, 2)) return 1;
  lua_pushnil(L);
  lua_insert(L, -2);
  return 2;
}

/* schema:unpack(string) -> v | nil, message */
static int l_unpack(lua_State *L) {
  ax_schema *schema = check_box(L)->schema;
  lua_settop(L, 2);
  if (axL_unpackstring(L, schema, 2)) return 1;
  lua_pushnil(L);
  lua_insert(L, -2);
  return 2;
}

static int l_tostring(lua_State *L) {
  enum { SIZE = 8192 };
  const ax_schema *schema = check_box(L)->schema;
  luaL_Buffer buffer;
  char *text = luaL_buffinitsize(L, &buffer, SIZE);
  luaL_pushresultsize(&buffer, ax_schema_describe(schema, text, SIZE));
  return 1;
}

static int l_gc(lua_State *L) {
  box *b = lua_touserdata(L, 1);
  ax_schema *schema = b->schema;
  b->schema = NULL;
  if (schema != NULL) ax_schema_unref(schema);
  return 0;
}

static const luaL_Reg schema_meta[] = {
    {"__gc", l_gc}, {"__tostring", l_tostring}, {NULL, NULL}};

static const luaL_Reg schema_methods[] = {
    {"check", l_check},   {"copy", l_copy}, {"pack", l_pack},
    {"unpack", l_unpack}, {NULL, NULL},
};

static const luaL_Reg schema_functions[] = {{"schema", l_schema},
                                            {NULL, NULL}};

void axL_openschema(lua_State *L) {
  axL_openpack(L);
  axL_opendescribe(L); /* shapes are needed now */
  axL_newclass(L, class, schema_meta, schema_methods);
  compile_names(L);
  lua_pop(L, 1);
  axL_setfuncs(L, schema_functions);
}
