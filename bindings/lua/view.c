/* view - fields and arrays in a region, read and written without garbage
**
** A view is a userdata with its place in the region and a layout, which says
** where the fields are; it keeps the region's handle.  Views come in three
** kinds: records, arrays of records, arrays of cells.  The layout and what
** it means are checked by lua/axeberg/shm.lua, and again here. */
#include <string.h>

#include "cell.h"
#include "shm.h"

/* User values of a view; elements: the records of an array that were made. */
enum { VIEW_REGION = 1, VIEW_LAYOUT, VIEW_ELEMENTS };

typedef struct view_field {
  const void *key;  /* the string that is its name; the layout keeps it */
  const char *name; /* its bytes; NULL: it has no name */
  size_t length;
  size_t offset;
  axL_cell cell;
} view_field;

typedef struct view_layout {
  size_t size; /* of a record */
  size_t nfields;
  view_field fields[]; /* one without a name: it is a cell, no record */
} view_layout;

typedef struct region_view {
  const void *sign;          /* its kind */
  const axL_handle *region;  /* of VIEW_REGION */
  const view_layout *layout; /* of VIEW_LAYOUT */
  lua_Integer offset;
  lua_Integer count, stride; /* of an array */
} region_view;

static const char record_mark, records_mark, cells_mark;

static const char *const record_name = "axeberg.record";
static const char *const records_name = "axeberg.records";
static const char *const cells_name = "axeberg.cells";

/* ------------------------------------------------------ what it stands on */

static inline region_view *toview(lua_State *L, const void *sign,
                                  const char *name) {
  region_view *v = lua_touserdata(L, 1);
  if (v == NULL || lua_rawlen(L, 1) != sizeof *v || v->sign != sign)
    luaL_typeerror(L, 1, name);
  return v;
}

static int view_closed(lua_State *L) {
  lua_getiuservalue(L, 1, VIEW_REGION);
  lua_replace(L, 1);
  return axL_badregion(L, 1);
}

static inline ax_object *view_object(lua_State *L, const region_view *v) {
  ax_object *o = v->region->hold->object;
  if (o == NULL) view_closed(L);
  return o;
}

static int view_failed(lua_State *L, int rc, const ax_object *o,
                       lua_Integer offset, const view_field *f) {
  axL_regionresult(L, rc, o, offset, (lua_Integer)f->cell.size);
  return luaL_error(L, "%s", lua_tostring(L, -2));
}

static int push_field(lua_State *L, const region_view *v, lua_Integer base,
                      const view_field *f) {
  const ax_object *o = view_object(L, v);
  size_t at = (size_t)base + f->offset, size = f->cell.size;
  uint8_t bytes[AXL_CELL_MAX];
  const void *there;
  if (ax_region_peek(o, at, &size, &there) == AX_OK && size == f->cell.size) {
    axL_pushcell(L, f->cell, there);
    return 1;
  }
  if (f->cell.kind == AXL_CHARS) { /* over the end of a page */
    lua_getiuservalue(L, 1, VIEW_REGION);
    return axL_regionread(L, o, lua_gettop(L), 0, (lua_Integer)at,
                          f->cell.size);
  }
  int rc = ax_region_read(o, at, bytes, f->cell.size);
  if (rc != AX_OK) return view_failed(L, rc, o, (lua_Integer)at, f);
  axL_pushcell(L, f->cell, bytes);
  return 1;
}

/* The string at idx is written in one go with the zeros behind it. */
static int write_chars(lua_State *L, const region_view *v, size_t at, int idx,
                       uint32_t size) {
  char few[128], *bytes = few;
  axL_cell c = {AXL_CHARS, size};
  if (size > sizeof few) bytes = lua_newuserdatauv(L, size, 0);
  axL_tocell(L, idx, c, bytes);
  return ax_region_write(view_object(L, v), at, bytes, size);
}

static int bad_field(lua_State *L, const view_field *f, const char *why) {
  if (f->name == NULL) return luaL_error(L, "%s", why);
  return luaL_error(L, "field \"%s\": %s", f->name, why);
}

/* The value at idx becomes the field. */
static int write_field(lua_State *L, const region_view *v, lua_Integer base,
                       const view_field *f, int idx) {
  uint8_t bytes[AXL_CELL_MAX];
  size_t at = (size_t)base + f->offset, length;
  int rc;
  if (f->cell.kind == AXL_CHARS) {
    if (lua_type(L, idx) != LUA_TSTRING)
      return bad_field(L, f, "string expected");
    lua_tolstring(L, idx, &length);
    if (length > f->cell.size) return bad_field(L, f, "string too long");
    rc = write_chars(L, v, at, idx, f->cell.size);
  } else {
    const char *why = axL_tocell(L, idx, f->cell, bytes);
    if (why != NULL) return bad_field(L, f, why);
    rc = ax_region_write(view_object(L, v), at, bytes, f->cell.size);
  }
  if (rc == AX_OK) return 0;
  return view_failed(L, rc, view_object(L, v), (lua_Integer)at, f);
}

/* ----------------------------------------------------------------- records */

/* The field with the name that is at idx, by its bytes. */
static const view_field *find_name(lua_State *L, const view_layout *y,
                                   int idx) {
  size_t length;
  if (lua_type(L, idx) == LUA_TSTRING) {
    const char *name = lua_tolstring(L, idx, &length);
    for (size_t i = 0; i < y->nfields; i++)
      if (y->fields[i].length == length && y->fields[i].name != NULL &&
          memcmp(y->fields[i].name, name, length) == 0)
        return &y->fields[i];
  }
  luaL_error(L, "no field \"%s\"", luaL_tolstring(L, idx, NULL));
  return NULL;
}

/* There is but one short string with these bytes; of long ones, more. */
static inline const view_field *find_field(lua_State *L, const view_layout *y,
                                           int idx) {
  const void *key = lua_topointer(L, idx);
  for (size_t i = 0; i < y->nfields; i++)
    if (y->fields[i].key == key) return &y->fields[i];
  return find_name(L, y, idx);
}

static int record_index(lua_State *L) {
  const region_view *v = toview(L, &record_mark, record_name);
  return push_field(L, v, v->offset, find_field(L, v->layout, 2));
}

static int record_newindex(lua_State *L) {
  const region_view *v = toview(L, &record_mark, record_name);
  return write_field(L, v, v->offset, find_field(L, v->layout, 2), 3);
}

static int record_len(lua_State *L) {
  const region_view *v = toview(L, &record_mark, record_name);
  lua_pushinteger(L, (lua_Integer)v->layout->size);
  return 1;
}

/* ------------------------------------------------------------------ arrays */

/* Where the element is whose index is at idx. */
static lua_Integer element_at(lua_State *L, const region_view *v, int idx) {
  int isint;
  lua_Integer i = lua_tointegerx(L, idx, &isint);
  if (!isint || i < 1 || i > v->count)
    luaL_error(L, "index %s is not in 1..%I", luaL_tolstring(L, idx, NULL),
               v->count);
  return v->offset + (i - 1) * v->stride;
}

static region_view *push_view(lua_State *L, const void *sign,
                              const char *name, int nvalues) {
  region_view *v = lua_newuserdatauv(L, sizeof *v, nvalues);
  memset(v, 0, sizeof *v);
  v->sign = sign;
  luaL_setmetatable(L, name);
  return v;
}

/* Pushes the record at idx of the array at 1, which keeps it. */
static int push_element(lua_State *L, const region_view *v,
                        lua_Integer offset) {
  lua_getiuservalue(L, 1, VIEW_ELEMENTS);
  lua_pushvalue(L, 2);
  if (lua_rawget(L, -2) != LUA_TNIL) return 1;
  region_view *r = push_view(L, &record_mark, record_name, VIEW_LAYOUT);
  r->region = v->region;
  r->layout = v->layout;
  r->offset = offset;
  for (int i = VIEW_REGION; i <= VIEW_LAYOUT; i++) {
    lua_getiuservalue(L, 1, i);
    lua_setiuservalue(L, -2, i);
  }
  lua_pushvalue(L, 2);
  lua_pushvalue(L, -2);
  lua_rawset(L, -5);
  return 1;
}

/* records:get(i, name), records:set(i, name, value) */
static int l_records_get(lua_State *L) {
  const region_view *v = toview(L, &records_mark, records_name);
  lua_Integer at = element_at(L, v, 2);
  return push_field(L, v, at, find_field(L, v->layout, 3));
}

static int l_records_set(lua_State *L) {
  const region_view *v = toview(L, &records_mark, records_name);
  lua_Integer at = element_at(L, v, 2);
  return write_field(L, v, at, find_field(L, v->layout, 3), 4);
}

static int records_index(lua_State *L) {
  const region_view *v = toview(L, &records_mark, records_name);
  if (lua_type(L, 2) == LUA_TSTRING) {
    luaL_getmetafield(L, 1, "methods");
    lua_pushvalue(L, 2);
    lua_rawget(L, -2);
    return 1;
  }
  return push_element(L, v, element_at(L, v, 2));
}

static int records_newindex(lua_State *L) {
  toview(L, &records_mark, records_name);
  return luaL_error(L, "a record is written field by field");
}

static int cells_index(lua_State *L) {
  const region_view *v = toview(L, &cells_mark, cells_name);
  return push_field(L, v, element_at(L, v, 2), v->layout->fields);
}

static int cells_newindex(lua_State *L) {
  const region_view *v = toview(L, &cells_mark, cells_name);
  return write_field(L, v, element_at(L, v, 2), v->layout->fields, 3);
}

static int records_len(lua_State *L) {
  lua_pushinteger(L, toview(L, &records_mark, records_name)->count);
  return 1;
}

static int cells_len(lua_State *L) {
  lua_pushinteger(L, toview(L, &cells_mark, cells_name)->count);
  return 1;
}

/* --------------------------------------------------------------------- new */

enum { FIELDS_MOST = 1024 };

/* The field whose name, type and offset stand in the table at 2, from place
** on. */
static view_field check_field(lua_State *L, lua_Integer place,
                              lua_Integer size) {
  view_field f;
  memset(&f, 0, sizeof f);
  if (lua_rawgeti(L, 2, place) == LUA_TSTRING) {
    f.name = lua_tolstring(L, -1, &f.length);
    f.key = lua_topointer(L, -1);
  }
  lua_rawgeti(L, 2, place + 1);
  f.cell = axL_checkcell(L, -1, 2);
  lua_rawgeti(L, 2, place + 2);
  lua_Integer offset = luaL_checkinteger(L, -1);
  luaL_argcheck(L, offset >= 0 && offset <= size - f.cell.size, 2,
                "a field is outside of its record");
  f.offset = (size_t)offset;
  lua_pop(L, 3);
  return f;
}

/* layout(size, {name, type, offset, ...}): a userdata; the name is false for
** a cell. */
static int l_layout(lua_State *L) {
  lua_Integer size = luaL_checkinteger(L, 1), place = 1;
  luaL_checktype(L, 2, LUA_TTABLE);
  size_t n = lua_rawlen(L, 2) / 3;
  luaL_argcheck(L, n >= 1 && n <= FIELDS_MOST, 2, "no fields, or too many");
  luaL_argcheck(L, size > 0 && size <= AX_SHM_MAX, 1, "bad size");
  view_layout *y =
      lua_newuserdatauv(L, sizeof *y + n * sizeof(view_field), 1);
  memset(y, 0, sizeof *y);
  y->size = (size_t)size;
  y->nfields = n;
  lua_pushvalue(L, 2); /* it keeps the names */
  lua_setiuservalue(L, -2, 1);
  for (size_t i = 0; i < n; i++, place += 3)
    y->fields[i] = check_field(L, place, size);
  luaL_setmetatable(L, "axeberg.layout");
  return 1;
}

static const view_layout *checklayout(lua_State *L, int idx) {
  return luaL_checkudata(L, idx, "axeberg.layout");
}

/* view(region, layout, offset, count, stride); count nil: one record */
static int l_view(lua_State *L) {
  axL_handle *h = axL_checkregion(L, 1);
  const view_layout *y = checklayout(L, 2);
  lua_Integer offset = luaL_checkinteger(L, 3);
  bool single = lua_isnil(L, 4);
  lua_Integer count = single ? 1 : luaL_checkinteger(L, 4);
  lua_Integer stride = luaL_checkinteger(L, 5), size = (lua_Integer)y->size;
  lua_Integer all =
      (lua_Integer)ax_shm_size(ax_region_segment(h->hold->object));
  luaL_argcheck(L, stride >= size && stride <= AX_SHM_MAX, 5,
                "records overlap, or are too far apart");
  luaL_argcheck(L, offset >= 0 && offset <= all, 3, "outside of the region");
  lua_Integer most =
      all - offset < size ? 0 : (all - offset - size) / stride + 1;
  luaL_argcheck(L, count >= 0 && count <= most, 4, "outside of the region");
  bool cell = y->fields[0].name == NULL;
  region_view *v =
      single ? push_view(L, &record_mark, record_name, VIEW_LAYOUT)
      : cell ? push_view(L, &cells_mark, cells_name, VIEW_LAYOUT)
             : push_view(L, &records_mark, records_name, VIEW_ELEMENTS);
  v->region = h;
  v->layout = y;
  v->offset = offset;
  v->count = count;
  v->stride = stride;
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, VIEW_REGION);
  lua_pushvalue(L, 2);
  lua_setiuservalue(L, -2, VIEW_LAYOUT);
  if (single || cell) return 1;
  lua_newtable(L);
  lua_setiuservalue(L, -2, VIEW_ELEMENTS);
  return 1;
}

static const luaL_Reg record_meta[] = {{"__index", record_index},
                                       {"__newindex", record_newindex},
                                       {"__len", record_len},
                                       {NULL, NULL}};

static const luaL_Reg records_meta[] = {{"__index", records_index},
                                        {"__newindex", records_newindex},
                                        {"__len", records_len},
                                        {NULL, NULL}};

static const luaL_Reg records_methods[] = {
    {"get", l_records_get}, {"set", l_records_set}, {NULL, NULL}};

static const luaL_Reg cells_meta[] = {{"__index", cells_index},
                                      {"__newindex", cells_newindex},
                                      {"__len", cells_len},
                                      {NULL, NULL}};

static const luaL_Reg layout_meta[] = {{NULL, NULL}};

static const luaL_Reg view_functions[] = {
    {"layout", l_layout}, {"view", l_view}, {NULL, NULL}};

/* layout and view are for shm.lua only. */
void axL_openview(lua_State *L) {
  axL_newclass(L, record_name, record_meta, NULL);
  axL_newclass(L, records_name, records_meta, NULL);
  lua_newtable(L);
  axL_setfuncs(L, records_methods);
  lua_setfield(L, -2, "methods");
  axL_newclass(L, cells_name, cells_meta, NULL);
  axL_newclass(L, "axeberg.layout", layout_meta, NULL);
  lua_pop(L, 4);
  axL_setfuncs(L, view_functions);
}
