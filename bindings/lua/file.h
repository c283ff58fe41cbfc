/* file - what the files of the binding that deal with files share
**
** A file is a handle (axL_handle), like every other: of the process that
** made it, or that it was given to.  ax.stdin, ax.stdout and ax.stderr are
** none: they stand for the descriptor 0, 1 or 2 of whoever uses them.  In
** ax.sys a file is a descriptor.  Reading and writing is the same for all. */
#ifndef AXL_FILE_H
#define AXL_FILE_H

#include "axL.h"

/* The file at idx: a handle, one of the three, or a descriptor.  NULL: there
** is no such descriptor.  Raises if the handle is closed, or is none. */
ax_object *axL_checkfile(lua_State *L, int idx);

/* The same after a wait; NULL: it has been closed meanwhile. */
ax_object *axL_stillfile(lua_State *L, int idx);

/* Who holds it, as far as that is known: a guess who is running. */
ax_proc *axL_fileholder(lua_State *L, int idx);

/* Until when a call for the file at idx may wait: by settimeout. */
uint64_t axL_filedeadline(lua_State *L, int idx);

/* Pushes a file without an object; axL_holdobject gives it one.  Raises when
** memory is short, so it is made before the object is. */
axL_handle *axL_newfile(lua_State *L, ax_kernel *k);

/* nil, "closed", "EPIPE" and so on; with AX_EAGAIN as the word says. */
int axL_filefail(lua_State *L, int rc, const char *again);

/* Is it a file, open or not? */
bool axL_isfile(lua_State *L, int idx);

/* The option capacity of the table at idx; 0: none. */
size_t axL_checkcapacity(lua_State *L, int idx);

/* The path at idx; NULL: there is a NUL in it, and *rc says so. */
const char *axL_checkpath(lua_State *L, int idx, int *rc);

/* What a call with the path at idx answers: true for AX_OK; else nil, "path:
** sentence" and the errno name, as io does. */
int axL_pathresult(lua_State *L, int rc, int idx);

/* Pushes what there is to know of a file as a table. */
void axL_pushstat(lua_State *L, const ax_stat *s);

/* Methods. */
int axL_fileread(lua_State *L);
int axL_filereadline(lua_State *L);
int axL_filereadsome(lua_State *L);
int axL_filereadinto(lua_State *L);
int axL_filelines(lua_State *L);
int axL_filewrite(lua_State *L);

/* Of ax.sys. */
int axL_sysread(lua_State *L);
int axL_syswrite(lua_State *L);

enum { AXL_NUMERAL = 200 }; /* characters of a numeral, at most */

/* Where the numeral ends, if it does so in the size bytes at data, and where
** it begins, behind white space; the same if it is none, because it is too
** long. */
size_t axL_numeral(const char *data, size_t size, size_t *first);

/* Memory that does not move, in a userdata. */
typedef struct axL_block {
  size_t size;
  char data[];
} axL_block;

/* The buffer (ax.buffer) at idx; NULL: it is none. */
axL_block *axL_tobuffer(lua_State *L, int idx);

/* Pushes a new descriptor of the running process for the object, and gives
** the caller's reference back.  Answers 1, or 3 results that say why not. */
int axL_pushfd(lua_State *L, ax_object *o);

#endif
