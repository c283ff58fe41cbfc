/* object - what everything that is handed out has in common
**
** Every object begins with an ax_object.  Who holds a reference gives it
** back with ax_unref; the last one frees, and freeing an end is what closes
** it.
**
** To add a new kind of object: embed an ax_object, fill in an
** ax_object_ops, call ax_object_init.  To make it something that a process
** can wait for: attempt and queue, too, and complete waiting clauses with
** ax__fire (wait.h) when their operation becomes possible.
**
** Interface:
** - ax_object_init, ax_object_fini: born and dead, counted by the kernel
** - ax_ref, ax_unref: public, axeberg.h */
#ifndef AX_KERNEL_OBJECT_H
#define AX_KERNEL_OBJECT_H

#include "axeberg.h"
#include "base/list.h"

typedef struct ax_clause ax_clause;

/* Is an object a side of a file (file.h)?  Told by its table of functions,
** so that any object can be asked. */
enum ax_side { AX_NO_FILE, AX_READ_SIDE, AX_WRITE_SIDE };

typedef struct ax_object_ops {
  enum ax_side side; /* AX_NO_FILE, if nothing is said */
  const char *kind;  /* for people: "receiver" */
  const char *doing; /* who waits for it, for people: "recv from channel" */

  /* The last reference is gone. */
  void (*free)(ax_object *o);

  /* Does the clause's operation now, on c->value: AX_OK or an error; or
  ** AX_EAGAIN if it has to wait.  NULL: nothing to wait for. */
  int (*attempt)(ax_object *o, ax_clause *c);

  /* Where clauses that have to wait for that are linked. */
  ax_list *(*queue)(ax_object *o);

  /* The process died with a value that it was given and never saw: take
  ** c->value back, and unlink the clause, which was linked after ax__fire.
  ** May be NULL if no clause ever is. */
  void (*refuse)(ax_object *o, ax_clause *c);

  /* The process has seen what its clause got, which was linked as above,
  ** and is unlinked now.  May be NULL. */
  void (*accept)(ax_object *o);

  /* Time made attempt succeed, and the clause was fired: links it, so that
  ** refuse or accept follows.  NULL: there is nothing to take back. */
  void (*given)(ax_object *o, ax_clause *c);

  /* Somebody who waits was stopped and not served, and now could be: serves
  ** whom it can, the longest waiting first.  May be NULL. */
  void (*serve)(ax_object *o);

  /* When attempt is going to succeed by the mere passing of time;
  ** AX_NEVER: not.  NULL: never. */
  uint64_t (*deadline)(const ax_object *o);

  /* The object whose holders can end a wait for this one.  May be NULL. */
  ax_object *(*peer)(ax_object *o);

  /* Its name, NULL if it has none, and its number among those of its kind,
  ** for who traces.  NULL: it has neither. */
  const char *(*label)(const ax_object *o, uint32_t *number);

  /* What it is called and how it is doing, for a report: `"jobs" (3/16)`.
  ** As snprintf.  May be NULL. */
  int (*describe)(const ax_object *o, char *buffer, size_t size);
} ax_object_ops;

struct ax_object {
  const ax_object_ops *ops;
  ax_kernel *kernel; /* whose it is; its memory outlives the object */
  uint32_t refs;     /* 0: an end that is closed */
};

void ax_object_init(ax_kernel *k, ax_object *o, const ax_object_ops *ops);

/* Counts it out; the kernel may be gone afterwards. */
void ax_object_fini(ax_kernel *k);

#endif
