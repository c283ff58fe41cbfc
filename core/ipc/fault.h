/* fault - where and why a value does not match, in words
**
** A fault is found deep inside a value and told from the outside, so its
** text is made in two parts: the message where it is found, and the path
** while the walk goes back, each level putting its key in front.  Nothing
** is allocated; what has no room is cut, and "..." stands there.
**
** Interface:
** - ax__trail_say: the message; ax__trail_clear makes all empty
** - ax__trail_key: one step outwards
** - ax__trail_tell: both as one text
** - ax__quote: a scalar as Lua would spell it */
#ifndef AX_IPC_FAULT_H
#define AX_IPC_FAULT_H

#include "axeberg.h"

/* The second parameter is a format, all that follow are its arguments. */
#if defined(__GNUC__)
#define AX__PRINTF __attribute__((format(printf, 2, 3)))
#else
#define AX__PRINTF
#endif

enum { AX_REASON_MAX = 176, AX_TRAIL_MAX = 160 };

typedef struct ax__trail {
  size_t start; /* of the path, in its buffer; it ends with the buffer */
  bool cut;     /* the path's beginning had no room */
  char message[AX_REASON_MAX];
  char path[AX_TRAIL_MAX];
} ax__trail;

void ax__trail_clear(ax__trail *t);

AX__PRINTF void ax__trail_say(ax__trail *t, const char *format, ...);

/* Puts words in front of the message. */
void ax__trail_wrap(ax__trail *t, const char *words);

/* .name or ["odd name"], [3], [true], [function] */
void ax__trail_key(ax__trail *t, const ax_item *key);

/* "$.pos.x: expected number, got string" */
void ax__trail_tell(const ax__trail *t, ax_fault *out);

/* "text", 3, 1.5, true, null, table: writes at most size bytes with the NUL,
** long strings cut; returns the length. */
size_t ax__quote(const ax_item *item, char *buffer, size_t size);

/* One byte of a string between quotes, in at most 4; returns how many. */
size_t ax__escape(unsigned char c, char *out);

/* A name that needs no quotes: an identifier, and no word of Lua's. */
bool ax__plain_name(const char *name, size_t length);

/* What a person calls the type: "number", "null"; a foreign one tells. */
const char *ax__type_name(const ax_item *item);

#endif
