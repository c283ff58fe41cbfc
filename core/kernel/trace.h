/* trace - what happens in a kernel, kept in a ring for eyes
**
** A recorder keeps the newest events of the kernels that it is attached to.
** A kernel without one has a NULL pointer where the others have their tap,
** and to look at that is all that tracing costs then.
**
** To trace a new kind of object: give its ax_object_ops a label, and call
** ax__trace_send and ax__trace_recv where something goes in and comes out.
** What waits, runs, is signalled and ends is traced already.
**
** Interface:
** - ax__traced: is somebody looking?  To be asked before the others.
** - ax__trace_send, ax__trace_recv, ax__trace_depth: of queues
** - ax__trace_next: a number for a message on its way
** - the rest is called by the kernel */
#ifndef AX_KERNEL_TRACE_H
#define AX_KERNEL_TRACE_H

#include "kernel/kernel.h"

/* A kernel and its recorder. */
typedef struct ax_tap {
  struct ax_tap *next; /* of the same recorder */
  ax_trace *trace;     /* NULL: the kernel is closed */
  ax_kernel *kernel;
  uint64_t base;   /* the clock's time at which its time is 0 */
  uint16_t number; /* of the kernel, among those of the recorder */
} ax_tap;

/* Code that runs only for kernels that are traced stands aside. */
#if defined(__GNUC__)
#define AX__ASIDE __attribute__((cold, noinline))
#define AX__ALWAYS inline __attribute__((always_inline))
#else
#define AX__ASIDE
#define AX__ALWAYS inline
#endif

/* Has somebody to be told?  Of a closed kernel the answer is yes, too, so that
** the one question will do; then there is nobody. */
static inline bool ax__traced(const ax_kernel *k) {
#if defined(__GNUC__)
  return __builtin_expect(k->tap != NULL, 0);
#else
  return k->tap != NULL;
#endif
}

/* From now on the kernel is closed. */
void ax__trace_close(ax_kernel *k);

/* All that follows is for kernels of which ax__traced is true. */

/* The number of the next message of an object, after that one; never 0. */
static inline uint16_t ax__trace_next(uint16_t flow) {
  return flow < UINT16_MAX ? (uint16_t)(flow + 1) : 1;
}

/* Process p put something into o, which has depth of it now; flow 0: it has
** no number. */
AX__ASIDE void ax__trace_send(const ax_proc *p, const ax_object *o,
                              uint16_t flow, size_t depth);

/* Process p took something out of o. */
AX__ASIDE void ax__trace_recv(const ax_proc *p, const ax_object *o,
                              uint16_t flow, size_t depth);

/* The depth of o changed in another way. */
AX__ASIDE void ax__trace_depth(const ax_object *o, size_t depth);

/* Processes: made; at an end; from now on it runs; does not any more. */
AX__ASIDE void ax__trace_spawn(const ax_proc *p);
AX__ASIDE void ax__trace_exit(const ax_proc *p);
AX__ASIDE void ax__trace_run(const ax_proc *p);
AX__ASIDE void ax__trace_pause(const ax_kernel *k, int pid);

/* Its wait begins; is over, by this clause or by none, with that outcome. */
AX__ASIDE void ax__trace_wait(const ax_proc *p);
AX__ASIDE void ax__trace_wake(const ax_proc *p, const ax_clause *c, int rc);

/* The deadline of a process has come; it gets a signal. */
AX__ASIDE void ax__trace_timer(const ax_proc *p);
AX__ASIDE void ax__trace_signal(const ax_proc *p, int signal);

#endif
