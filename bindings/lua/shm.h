/* shm - what the files of shared memory share: shm, region, view, shmsys */
#ifndef AXL_SHM_H
#define AXL_SHM_H

#include "axL.h"

/* The segment with that key, made if the flags say so; the caller owns one
** reference.  Answers 0, or how many results there are on the stack that say
** why not. */
int axL_shmget(lua_State *L, lua_Integer key, lua_Integer size,
               lua_Integer flags, ax_object **o);

/* Pushes a table of what there is to know of the segment, or why not. */
int axL_shmstat(lua_State *L, const ax_object *o);

/* Changes what is in the table at idx. */
int axL_shmset(lua_State *L, ax_object *o, int idx);

/* Attaches it: pushes a region, or why not. */
int axL_attach(lua_State *L, ax_object *segment, int flags);

/* The open region at idx.  Raises.  axL_badregion raises what is wrong. */
axL_handle *axL_checkregion(lua_State *L, int idx);
int axL_badregion(lua_State *L, int idx);

/* What a call answers that has to do with these bytes of a region. */
int axL_regionresult(lua_State *L, int rc, const ax_object *o,
                     lua_Integer offset, lua_Integer size);

/* Pushes bytes of a region, or why not.  handle: where its handle is, or 0,
** and then it is found by its number, should finalizers run. */
int axL_regionread(lua_State *L, const ax_object *o, int handle, int number,
                   lua_Integer offset, lua_Integer size);

/* The same for the offset at idx; at idx + 1 is a size, or nothing, or a
** buffer, which is filled: then it pushes how many bytes those were. */
int axL_regionget(lua_State *L, const ax_object *o, int handle, int number,
                  int idx);

/* Writes the string, or the buffer, at idx + 1 at the offset at idx. */
int axL_regionwrite(lua_State *L, ax_object *o, int idx);

/* Where to wait for a notify, if a direct region is at idx and an offset in it
** at idx + 1; else NULL. */
ax_object *axL_toword(lua_State *L, int idx);

void axL_openregion(lua_State *L);
void axL_openview(lua_State *L);
void axL_openshmsys(lua_State *L);

#endif
