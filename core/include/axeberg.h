/* axeberg.h - a small kernel that lives inside a program
**
** This is the whole public interface of the core, and its manual.  The
** core is C11, needs the C library alone, has no globals, no threads, and
** one kind of lock, in doors.  A Lua binding is built on this header; a C
** host uses it alone.
**
** The picture
** - An ax_kernel holds everything.  Two kernels never meet, so one in each
**   of two threads is fine; one kernel belongs to one thread.
** - A process (ax_proc) is a body and a step function.  The kernel steps
**   the processes that are ready; a step runs until the process is done,
**   yields, or waits.  Nothing is pre-empted.
** - Nothing in the core blocks.  An operation acts now, or it answers
**   AX_EAGAIN; then the process may wait for it: ax_wait with one or more
**   arms and a deadline.  The operation of the arm that fires is complete
**   when the process is stepped again, and ax_proc_result tells its outcome.
** - Objects are reference counted.  Who gets a pointer from a function
**   named _new or _ref owns one reference and gives it back with ax_unref;
**   the last reference to an end closes that end.
**
** Errors: functions that can fail return AX_OK (0) or a negative AX_E*
** code, the negated number that Linux gives the errno of that name.  A call
** that fails changes nothing.  Time is in nanoseconds, sizes in bytes.
*/
#ifndef AXEBERG_H
#define AXEBERG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AX_VERSION_MAJOR 0
#define AX_VERSION_MINOR 1
#define AX_VERSION_PATCH 0
#define AX_VERSION "0.1.0"

#if defined(AX_API)
/* the builder chose */
#elif defined(__GNUC__)
#define AX_API __attribute__((visibility("default")))
#else
#define AX_API
#endif

/* The version of the library that is linked, AX_VERSION when it was made. */
AX_API const char *ax_version(void);

/* ------------------------------------------------------------- errors */

/* The error map: name, Linux errno number, what it says to a person.  One
** list feeds the enum, ax_error_name, ax_error_text and the Lua binding. */
#define AX_ERRORS(X)                                  \
  X(EPERM, 1, "operation not permitted")              \
  X(ENOENT, 2, "no such file or directory")           \
  X(ESRCH, 3, "no such process")                      \
  X(EINTR, 4, "interrupted")                          \
  X(EIO, 5, "input/output error")                     \
  X(ENXIO, 6, "no such device or address")            \
  X(E2BIG, 7, "too big")                              \
  X(EBADF, 9, "bad file descriptor")                  \
  X(ECHILD, 10, "no such child process")              \
  X(EAGAIN, 11, "try again")                          \
  X(ENOMEM, 12, "out of memory")                      \
  X(EACCES, 13, "permission denied")                  \
  X(EFAULT, 14, "bad address")                        \
  X(EBUSY, 16, "busy")                                \
  X(EEXIST, 17, "exists already")                     \
  X(EXDEV, 18, "link across mounts")                  \
  X(ENOTDIR, 20, "not a directory")                   \
  X(EISDIR, 21, "is a directory")                     \
  X(EINVAL, 22, "invalid argument")                   \
  X(ENFILE, 23, "too many open files in the kernel")  \
  X(EMFILE, 24, "too many open files in the process") \
  X(ENOTTY, 25, "not a terminal")                     \
  X(EFBIG, 27, "file too large")                      \
  X(ENOSPC, 28, "no space left")                      \
  X(ESPIPE, 29, "illegal seek")                       \
  X(EROFS, 30, "read-only file system")               \
  X(EMLINK, 31, "too many links")                     \
  X(EPIPE, 32, "closed")                              \
  X(ERANGE, 34, "out of range")                       \
  X(EDEADLK, 35, "deadlock")                          \
  X(ENAMETOOLONG, 36, "name too long")                \
  X(ENOTEMPTY, 39, "directory not empty")             \
  X(ELOOP, 40, "too many symbolic links")             \
  X(ENOMSG, 42, "no message of that type")            \
  X(EIDRM, 43, "identifier removed")                  \
  X(EPROTO, 71, "does not match the schema")          \
  X(EOVERFLOW, 75, "value too large")                 \
  X(ENOTSUP, 95, "not supported")                     \
  X(ETIMEDOUT, 110, "timeout")                        \
  X(EDQUOT, 122, "quota exceeded")                    \
  X(ECANCELED, 125, "cancelled")

enum ax_error {
  AX_OK = 0,
#define X(name, number, text) AX_##name = -(number),
  AX_ERRORS(X)
#undef X
};

/* The code's name, "EPIPE"; "EUNKNOWN" for a number that is not in the
** map.  The string is static. */
AX_API const char *ax_error_name(int code);

/* The code's sentence, "no such process".  The string is static. */
AX_API const char *ax_error_text(int code);

/* ------------------------------------------------- allocator and clock */

/* Every allocation of a kernel goes through one function with the contract
** of lua_Alloc: size 0 frees and returns NULL; NULL for another size means
** that memory is short, and the old block is still valid. */
typedef struct ax_allocator {
  void *(*resize)(void *ctx, void *block, size_t oldsize, size_t newsize);
  void *ctx;
} ax_allocator;

/* Time since some fixed moment, never going back, and a way to let time
** pass.  sleep may return early; it is called only from ax_run. */
typedef struct ax_clock {
  uint64_t (*now)(void *ctx);
  void (*sleep)(void *ctx, uint64_t nanoseconds);
  void *ctx;
} ax_clock;

#define AX_SECOND UINT64_C(1000000000) /* nanoseconds in a second */
#define AX_NEVER UINT64_MAX            /* the deadline that does not come */

/* The allocator of the C library. */
AX_API ax_allocator ax_allocator_libc(void);

/* The machine's monotonic clock. */
AX_API ax_clock ax_clock_real(void);

/* A clock that stands still until somebody sleeps, then jumps there at
** once: whole simulations and all timeouts run in no time and always the
** same way.  The host owns *now and may also move it forward itself. */
AX_API ax_clock ax_clock_virtual(uint64_t *now);

/* -------------------------------------------------------------- kernel */

typedef struct ax_kernel ax_kernel;
typedef struct ax_proc ax_proc;
typedef struct ax_object ax_object;
typedef struct ax_schema ax_schema;
typedef struct ax_cred ax_cred;

/* A descriptor of the host program, and what to look for.  It is a struct
** pollfd under another name, so a list of them can be handed to poll(2). */
typedef struct ax_pollfd {
  int fd;
  short events;  /* AX_POLLIN, AX_POLLOUT */
  short revents; /* what there is: those, or something is wrong */
} ax_pollfd;

enum {
  AX_POLLIN = 1,
  AX_POLLOUT = 4,
  AX_POLLERR = 8,
  AX_POLLHUP = 16,
  AX_POLLNVAL = 32
};

typedef struct ax_config {
  ax_allocator allocator; /* resize == NULL: ax_allocator_libc() */
  ax_clock clock;         /* now == NULL: ax_clock_real() */
  uint64_t seed;          /* of every choice that is made by chance */
  bool outside; /* the host is no process of its own: it is process 0,
                ** and the first that it spawns is process 1 */

  /* Hooks of the host; each may be NULL, ctx is handed to them. */

  /* Nothing can run and nothing is going to: last chance to make something
  ** ready, e.g. by collecting garbage that holds ends open. */
  void (*idle)(void *ctx);

  /* Waits until one of the descriptors is ready, at most so long (AX_NEVER:
  ** without end), fills revents in and answers how many are; less than 1,
  ** and nobody is told.  With a clock of the host's own, that time is to
  ** pass there, too.  NULL: poll(2), see below.  Must not call into the
  ** kernel. */
  int (*poll)(void *ctx, ax_pollfd *list, size_t n, uint64_t nanoseconds);

  /* The failed process p is let go, and nobody asked for its status. */
  void (*failed)(void *ctx, ax_proc *p);

  void *ctx;
} ax_config;

/* Makes a kernel; config may be NULL.  Its process 1 is the host program
** itself (ax_kernel_host): it has no step and never dies; calls from
** outside of any step act as process 1. */
AX_API int ax_kernel_new(const ax_config *config, ax_kernel **out);

/* Kills every process, lets go of everything and frees the kernel.  Ends
** and other objects that the host still holds stay valid for ax_unref;
** operations on them answer AX_EPIPE, and what is queued in a channel goes
** with its last end.  Strings that the host received and keeps are memory of
** the kernel: to be cleared before.  From a step only by a host that never
** goes back to it, because the program ends. */
AX_API void ax_kernel_free(ax_kernel *k);

/* The calling thread owns the kernel from now on; at first it is the one
** that made it.  Whoever hands a kernel to another thread calls this there.
** With AX_DEBUG the calls at which everything begins assert that they come
** from the owner; otherwise it does nothing. */
AX_API void ax_kernel_own(ax_kernel *k);

/* Limits; 0: none.  Where one is reached, the call that would pass it
** answers AX_EDQUOT (bytes: AX_ENOMEM) and nothing has happened. */
typedef struct ax_quota {
  size_t processes; /* alive; of a process: its children that are */
  size_t handles;   /* references that are held, see ax_hold_add */
  size_t messages;  /* in channels and queues; not of a process */
  size_t bytes;     /* of the kernel's own memory; not of a process */
  size_t segments;  /* of shared memory; not of a process */
  size_t shared;    /* bytes of all segments together; not of a process */
} ax_quota;

/* Sets the limits of the kernel, and those of each of its processes. */
AX_API void ax_kernel_set_quota(ax_kernel *k, const ax_quota *all,
                                const ax_quota *each);

/* What is alive, for tests and for eyes. */
typedef struct ax_stats {
  size_t processes; /* not yet reaped, process 1 included */
  size_t objects;   /* channels and whatever else is reference counted */
  size_t handles;   /* references held by processes */
  size_t messages;  /* queued in channels */
  size_t waiters;   /* clauses linked in some wait queue */
  size_t timers;    /* deadlines that have not come */
  size_t blocks;    /* allocations not yet freed */
  size_t bytes;     /* their sum */
  size_t segments;  /* of shared memory */
  size_t shared;    /* the sum of their sizes */
  uint64_t steps;   /* steps run since the kernel was made */
  uint64_t passes;  /* passes begun */
} ax_stats;

/* Counts; what a kernel holds of its own is among the blocks. */
AX_API void ax_kernel_stats(const ax_kernel *k, ax_stats *out);

/* What config.ctx was. */
AX_API void *ax_kernel_context(const ax_kernel *k);

/* How many processes are alive, process 1 apart. */
AX_API size_t ax_kernel_alive(const ax_kernel *k);

/* The clock's time now. */
AX_API uint64_t ax_now(const ax_kernel *k);

/* now + seconds, as a deadline: AX_NEVER for infinity; 0, which is to try
** only, for 0.  The caller has checked that seconds is neither negative nor
** NaN. */
AX_API uint64_t ax_deadline(const ax_kernel *k, double seconds);

/* A number below limit (limit > 0) from the kernel's own generator. */
AX_API uint64_t ax_random(ax_kernel *k, uint64_t limit);

/* Runs one pass: what is ready now, critical first, then normal, then at
** most one background process, each FIFO; what becomes ready meanwhile
** waits for the next pass.  Returns the number of steps run.  Never
** sleeps.  A host with a loop of its own calls this. */
AX_API int ax_step(ax_kernel *k);

/* Runs passes until nothing is ready, or the clock has come to the moment;
** it is looked at after each step, and what is left of a pass is run by the
** next call.  For frames: ax_step_until(k, ax_now(k) + budget).  AX_NEVER:
** until nothing is ready, which is for ever if somebody only yields.  Returns
** the number of steps; or AX_EBUSY: called from a step. */
AX_API int ax_step_until(ax_kernel *k, uint64_t moment);

/* The earliest deadline of any timer or waiting process: AX_NEVER if there
** is none, 0 when something is ready to run now. */
AX_API uint64_t ax_next_deadline(const ax_kernel *k);

/* Runs until process p is ready to go on (AX_OK), sleeping on the kernel's
** clock while nothing is ready.  p is process 1, which waits, or else yields
** once; or NULL for: until no process but process 1 is alive.  AX_EDEADLK:
** nothing can ever run again and yet p, or for NULL some process, waits;
** all wait as they did, for a report, and then for ax_wait_cancel.
** AX_EBUSY: called from a step. */
AX_API int ax_run(ax_kernel *k, ax_proc *p);

/* -------------------------------------------------------------- values */

typedef struct ax_bytes ax_bytes; /* immutable, reference counted */

enum ax_type {
  AX_NIL,  /* no value; cannot be sent */
  AX_NULL, /* JSON null */
  AX_BOOLEAN,
  AX_INTEGER,
  AX_NUMBER,
  AX_STRING,  /* u.bytes */
  AX_TABLE,   /* u.bytes: a packed table, see ax_pack below */
  AX_FOREIGN, /* a value that lives in the binding, e.g. a Lua table */
  AX_LENT,    /* bytes that a wait writes, see ax_lent; cannot be sent */
};

typedef struct ax_value ax_value;
typedef struct ax_keeper ax_keeper;

/* The keeper of foreign values: each is a slot in its table. */
struct ax_keeper {
  /* The value is not needed any more.  Must not call into the kernel. */
  void (*release)(ax_keeper *keeper, uint32_t slot);
  /* Gives the value as one that needs no keeper (for a C receiver). */
  int (*pack)(ax_keeper *keeper, uint32_t slot, ax_value *out);
};

/* A value on its way: 16 bytes, owned by whoever holds it. */
struct ax_value {
  uint8_t type;  /* enum ax_type */
  uint16_t flow; /* the kernel's: which message it is, where it is traced */
  uint32_t slot; /* AX_FOREIGN: which one; AX_LENT: how many */
  union {
    bool boolean;
    int64_t integer;
    double number;
    ax_bytes *bytes;
    ax_keeper *keeper;
    const char *lent;
  } u;
};

static inline ax_value ax_nil(void) {
  ax_value v = {AX_NIL, 0, 0, {0}};
  return v;
}

static inline ax_value ax_integer(int64_t i) {
  ax_value v = {AX_INTEGER, 0, 0, {0}};
  v.u.integer = i;
  return v;
}

static inline ax_value ax_number(double n) {
  ax_value v = {AX_NUMBER, 0, 0, {0}};
  v.u.number = n;
  return v;
}

static inline ax_value ax_boolean(bool b) {
  ax_value v = {AX_BOOLEAN, 0, 0, {0}};
  v.u.boolean = b;
  return v;
}

/* A string value with a copy of the len bytes at data. */
AX_API int ax_string(ax_kernel *k, const void *data, size_t len,
                     ax_value *out);

/* The bytes of an AX_STRING or AX_TABLE value; they live as long as it. */
AX_API const char *ax_value_bytes(const ax_value *v, size_t *len);

/* Lets go of what the value owns and makes it AX_NIL. */
AX_API void ax_value_clear(ax_value *v);

/* ----------------------------------------------------------- processes */

enum ax_priority { AX_CRITICAL, AX_NORMAL, AX_BACKGROUND };

enum ax_state { AX_READY, AX_RUNNING, AX_WAITING, AX_STOPPED, AX_ZOMBIE };

enum ax_signal {
  AX_SIGKILL = 9,
  AX_SIGTERM = 15,
  AX_SIGCONT = 18,
  AX_SIGSTOP = 19
};

/* What a step answers. */
enum ax_step { AX_DONE, AX_YIELD, AX_WAIT };

/* How a process ended. */
enum ax_how { AX_EXITED, AX_KILLED, AX_FAILED };

typedef struct ax_proc_ops {
  size_t size; /* of the body, if it is to live in the process */

  /* Runs the process until it is done, yields or waits (after an ax_wait
  ** that answered AX_EAGAIN). */
  enum ax_step (*step)(ax_proc *p);
  /* SIGKILL, before the end: unwind the body.  Runs once, as the process,
  ** in its turn; must not wait.  May be NULL. */
  void (*unwind)(ax_proc *p);
  /* The process is dead and let go of what it held; free the body.  NULL
  ** if there is nothing to free. */
  void (*free)(ax_proc *p);
  /* Where the process stands, for a person: writes at most size bytes with
  ** the closing NUL, returns the length it wanted.  May be NULL. */
  size_t (*trace)(ax_proc *p, char *buffer, size_t size);
} ax_proc_ops;

/* Makes a process, ready to run.  Its parent is the running one.  With
** ops->size == 0, body is what ax_proc_body answers, and it stays the
** caller's if this fails; else the process has size bytes of its own, a
** copy of body.  name may be NULL and is copied. */
AX_API int ax_spawn(ax_kernel *k, const ax_proc_ops *ops, void *body,
                    const char *name, enum ax_priority priority,
                    ax_proc **out);

/* What a process is.  Its kernel, the body of ax_spawn, and whether these are
** its ops, so that the body is what one thinks it is; its number, and
** its parent's, 0 for one whose parent is dead or was none; its name, "" if
** it has none, which lives as long as the process. */
AX_API ax_kernel *ax_proc_kernel(const ax_proc *p);
AX_API void *ax_proc_body(const ax_proc *p);
AX_API bool ax_proc_is(const ax_proc *p, const ax_proc_ops *ops);
AX_API int ax_proc_pid(const ax_proc *p);
AX_API int ax_proc_parent(const ax_proc *p);
AX_API const char *ax_proc_name(const ax_proc *p);
AX_API enum ax_state ax_proc_state(const ax_proc *p);
AX_API enum ax_priority ax_proc_priority(const ax_proc *p);

/* The process that runs now; process 1 outside of any step. */
AX_API ax_proc *ax_running(const ax_kernel *k);

/* Process 1, the host program. */
AX_API ax_proc *ax_kernel_host(const ax_kernel *k);

/* The process with that number, or NULL. */
AX_API ax_proc *ax_proc_find(const ax_kernel *k, int pid);

/* Writes the processes, in the order of their pids, as far as there is room
** in the list; returns how many there are. */
AX_API size_t ax_proc_list(const ax_kernel *k, ax_proc **list, size_t room);

/* May parent have a child more?  AX_EDQUOT: no. */
AX_API int ax_child_room(const ax_proc *parent);

/* p becomes a child of parent, as if that had spawned it.  AX_ESRCH: one
** of them is dead; AX_EINVAL: they are one. */
AX_API int ax_proc_adopt(ax_proc *parent, ax_proc *p);

/* Nobody is going to wait for p: at its end it is reaped at once. */
AX_API void ax_proc_detach(ax_proc *p);

/* The running process's status, for those who wait for it.  Called by a
** step before it answers AX_DONE; without it the process exits with 0.
** Takes the value over. */
AX_API void ax_proc_exit(ax_proc *p, enum ax_how how, ax_value status);

/* How a dead process ended; its status value stays the process's. */
AX_API enum ax_how ax_proc_status(ax_proc *p, const ax_value **status);

/* The same for a bystander: who reads it so has not taken note of a failure,
** see ax_config.failed. */
AX_API enum ax_how ax_proc_peek(const ax_proc *p, const ax_value **status);

/* Frees what is left of a dead process and its pid, as soon as those who
** were waiting for its end have run.  AX_EBUSY: it is alive. */
AX_API int ax_proc_reap(ax_proc *p);

/* Sends a signal.  TERM: the process's wait, or its next one, answers
** AX_ECANCELED, once for each TERM.  KILL: the process never goes on; it
** is unwound in its turn.  STOP and CONT: it is not stepped in between.
** A process that has not run yet dies of TERM and KILL without running.
** AX_ESRCH: no such process or dead; AX_EINVAL: no such signal;
** AX_EPERM: KILL or STOP for process 1. */
AX_API int ax_kill(ax_kernel *k, int pid, int signal);

/* True, once, if a TERM came that no wait has answered yet. */
AX_API bool ax_proc_cancelled(ax_proc *p);

/* --------------------------------------------------------------- waiting */

/* One thing to wait for: the operation that the object offers.  A receiver
** receives, a sender sends the value, a process ends.  Without an object
** the arm never fires. */
typedef struct ax_arm {
  ax_object *object;
  ax_value value; /* to send; ax_nil() for other arms */
} ax_arm;

/* Tries the arms, beginning at one that the kernel's generator picks.
** AX_OK: it is decided, see ax_proc_result (a TERM that was pending counts,
** too).  AX_EAGAIN: p waits, and the caller answers AX_WAIT from its step at
** once; process 1 calls ax_run instead.  deadline: AX_NEVER; 0 to try only;
** or the moment at which the wait ends with AX_ETIMEDOUT.  The values of all
** arms are taken over; what is not sent is let go.  AX_ENOMEM: nothing
** happened, and the values are the caller's.  AX_EXDEV: the same, because
** an object belongs to another kernel. */
AX_API int ax_wait(ax_proc *p, const ax_arm *arms, int narms,
                   uint64_t deadline);

/* The same for one arm whose operation has just answered AX_EAGAIN: it is
** not tried again. */
AX_API int ax_park(ax_proc *p, ax_object *object, ax_value value,
                   uint64_t deadline);

/* The outcome of the last wait: AX_OK or what the arm's operation
** answered (AX_EPIPE: closed), AX_ETIMEDOUT, AX_ECANCELED.  *arm is the
** arm's index or -1, *value what it received, or what it failed to send;
** the caller owns it.  It is given once.  AX_EAGAIN: it still waits. */
AX_API int ax_proc_result(ax_proc *p, int *arm, ax_value *value);

/* What a waiting process waits for: the object of its arm number i, from
** 0; NULL past the last, and for arms without one. */
AX_API ax_object *ax_proc_arm(const ax_proc *p, int i);

/* How many arms it waits with; 0 if it does not wait. */
AX_API int ax_proc_arms(const ax_proc *p);

/* When its wait ends at the latest; AX_NEVER without a deadline. */
AX_API uint64_t ax_proc_deadline(const ax_proc *p);

/* When its wait began.  Without deadlines around, the kernel looks at the
** clock now and then only, so this may be some passes early. */
AX_API uint64_t ax_proc_since(const ax_proc *p);

/* Does it wait, be it stopped or not? */
AX_API bool ax_proc_waiting(const ax_proc *p);

/* Process 1 waits no more, after an ax_run that ended with AX_EDEADLK. */
AX_API void ax_wait_cancel(ax_proc *host);

/* A process as something to wait for: it fires when the process has ended,
** with its pid as the value; AX_EDEADLK for the process itself.  Lives as
** long as the process. */
AX_API ax_object *ax_proc_object(ax_proc *p);

/* The process, if o is one's ax_proc_object; else NULL. */
AX_API const ax_proc *ax_object_process(const ax_object *o);

/* Any child of the process that waits for it: fires with the pid of one
** that has ended and was not reaped, the first one first; AX_ECHILD if
** there is none and will be none. */
AX_API ax_object *ax_kernel_children(ax_kernel *k);

/* An alarm: an object that fires when its moment has come, with the number
** of periods that have passed since it fired last.  period 0: it comes once,
** and from then on the alarm fires at once, with 1.  An alarm for which
** nobody waits costs nothing, and keeps no kernel awake.  Unref closes it:
** who waits gets AX_EPIPE. */
AX_API int ax_alarm_new(ax_kernel *k, uint64_t due, uint64_t period,
                        ax_object **out);

/* ------------------------------------------------------------- objects */

/* One more reference; returns o. */
AX_API ax_object *ax_ref(ax_object *o);

/* One reference less; the last one closes and frees. */
AX_API void ax_unref(ax_object *o);

/* The kernel that it belongs to. */
AX_API ax_kernel *ax_object_kernel(const ax_object *o);

/* What it is, for people: "sender", "receiver", ... */
AX_API const char *ax_object_kind(const ax_object *o);

/* What a process does that waits for it: "recv from channel". */
AX_API const char *ax_object_doing(const ax_object *o);

/* Which one and how it is doing, for people: `"jobs" (3/16)`; as snprintf. */
AX_API int ax_object_describe(const ax_object *o, char *buffer, size_t size);

/* The object whose holders can end a wait for o: the other end of a
** channel.  NULL: none. */
AX_API ax_object *ax_object_peer(ax_object *o);

/* A reference that a process holds: given back when the process ends.
** The memory is the caller's; let go before it goes away. */
typedef struct ax_hold {
  struct ax_hold *next, **prev; /* in the holder's list */
  ax_proc *holder;
  ax_object *object; /* NULL: closed */
} ax_hold;

/* The reference that p took last, and so on by its next; NULL: none. */
AX_API const ax_hold *ax_proc_held(const ax_proc *p);

/* May p hold n objects more?  AX_EDQUOT: no.  To be asked before ax_hold_add,
** which cannot fail. */
AX_API int ax_hold_room(const ax_proc *p, size_t n);

/* p holds o from now on; takes the caller's reference over. */
AX_API void ax_hold_add(ax_proc *p, ax_hold *h, ax_object *o);

/* Lets go: unlinks the hold and gives the reference back. */
AX_API void ax_hold_drop(ax_hold *h);

/* The object, with its reference, is the caller's again. */
AX_API ax_object *ax_hold_take(ax_hold *h);

/* ------------------------------------------------------------ channels */

/* What a send to a full channel does.  In the core BLOCK and FAIL are the
** same, AX_EAGAIN, and who likes may wait for room; the Lua binding waits
** for BLOCK only.  A rendezvous cannot drop: AX_EINVAL. */
enum ax_full {
  AX_FULL_BLOCK,
  AX_FULL_FAIL,
  AX_FULL_DROP_OLDEST,
  AX_FULL_DROP_NEWEST
};

#define AX_UNBOUNDED SIZE_MAX

typedef struct ax_channel_options {
  size_t capacity;   /* messages; AX_UNBOUNDED, or 0 for rendezvous */
  enum ax_full full; /* what a send does when capacity is reached */
  const char *name;  /* copied; NULL for none */
  ax_schema *schema; /* what messages must match; one reference is taken */
} ax_channel_options;

/* A FIFO of values with a sender and a receiver end; both come with one
** reference.  More senders: more references to the same end.  options may
** be NULL: unbounded, unnamed, untyped. */
AX_API int ax_channel_new(ax_kernel *k, const ax_channel_options *options,
                          ax_object **sender, ax_object **receiver);

/* Sends *v, which is taken over if this answers AX_OK and untouched
** otherwise.  AX_EAGAIN: full.  AX_EPIPE: no receiver left.  AX_EINVAL:
** nil, or no sender.  A schema is checked here for values that the core can
** see into (AX_EPROTO; see ax_schema_fault); a foreign value was checked by
** its keeper. */
AX_API int ax_channel_send(ax_object *sender, ax_value *v);

/* Receives the oldest message into *v, owned by the caller.  AX_EAGAIN:
** empty.  AX_EPIPE: empty, and no sender is left.  AX_EINVAL: not a
** receiver. */
AX_API int ax_channel_recv(ax_object *receiver, ax_value *v);

/* What a channel looks like now; either end will do. */
typedef struct ax_channel_stat {
  const char *name; /* "" if unnamed; lives as long as the channel */
  size_t queued, capacity;
  enum ax_full full;
  uint32_t senders, receivers; /* references to each end */
  uint64_t dropped;            /* by AX_FULL_DROP_* */
  ax_schema *schema;           /* borrowed; NULL: untyped */
} ax_channel_stat;

/* Fills *out in; what it points to is the channel's. */
AX_API void ax_channel_stat_get(const ax_object *end, ax_channel_stat *out);

/* What its messages must match; NULL: anything goes.  Borrowed. */
AX_API ax_schema *ax_channel_schema(const ax_object *end);

/* ------------------------------------------------------------- schemas */

/* A schema says which values are welcome.  It is described once, node by
** node (ax_shape), compiled, and never changes from then on.  One walker
** (ax_walk) checks a value while it carries it from any source into any
** sink: checking, copying, packing and unpacking are the same walk.
**
** Kinds of nodes, and what they accept:
** - any value but nil; a table, whatever is in it; null; a boolean; a number
** - integer: also a number that has an exact integer value; it arrives as
**   an integer
** - string: bytes, with limits of length and a Lua pattern
** - array: a table with the keys 1..n and no others
** - map: a table whose keys (scalars) and values are each of one kind
** - record: a table with named fields.  Closed: no others.  Open: others
**   are carried as any; a mere check does not look at them
** - tuple: a table with the keys 1..n, each with a kind of its own
** - enum: one of some scalars
** - union: one of some alternatives; the first that fits is taken
** - optional: what it is made of, or nothing at all
**
** No value, however strange, makes a walk crash or go on for ever: */

#define AX_DEPTH_MAX 100     /* tables inside one another */
#define AX_WALK_MAX 16777216 /* values that one walk looks at */
#define AX_FIELDS_MAX 1024   /* fields, positions, alternatives, literals */
#define AX_FAULT_MAX 256     /* bytes of a fault, its NUL included */

/* Where and why a value, or a description, is not good, for a person:
** "$.pos.x: expected number, got string".  Of several faults in one value
** always the same is told: the one whose key comes first. */
typedef struct ax_fault {
  char text[AX_FAULT_MAX];
} ax_fault;

/* A scalar that belongs to somebody else; or just the type of a table. */
typedef struct ax_item {
  uint8_t type;  /* enum ax_type */
  size_t length; /* of an AX_STRING; of an AX_TABLE: its entries */
  union {
    bool boolean;
    int64_t integer;
    double number;
    const char *string; /* not closed by a NUL; AX_FOREIGN: its type's name */
  } u;
} ax_item;

/* One more reference; returns s. */
AX_API ax_schema *ax_schema_ref(ax_schema *s);

/* One reference less; the last one frees. */
AX_API void ax_schema_unref(ax_schema *s);

/* The types of values that are welcome without a look at anything but their
** type: bit 1 << type for each enum ax_type.  An integer channel with
** AX_INTEGER in it need not walk. */
AX_API uint32_t ax_schema_plain(const ax_schema *s);

/* The types of values that may be welcome, as such bits. */
AX_API uint32_t ax_schema_types(const ax_schema *s);

/* Are there open records in it, which a mere check looks into by name? */
AX_API bool ax_schema_is_open(const ax_schema *s);

/* Writes the description as a Lua script would spell it, at most size bytes
** with the NUL, and "..." where there was no room; returns the length. */
AX_API size_t ax_schema_describe(const ax_schema *s, char *buffer,
                                 size_t size);

/* Is the value welcome?  AX_EPROTO: no, and *fault says why; fault may be
** NULL, ax_schema_fault remembers.  A foreign value is taken as it is: who
** keeps it has checked it. */
AX_API int ax_schema_check_value(const ax_schema *s, const ax_value *v,
                                 ax_fault *fault);

/* The same, and makes of *v what a receiver is to see: numbers are integers
** where integers are expected.  AX_ENOMEM leaves *v as it was. */
AX_API int ax_schema_admit(const ax_schema *s, ax_value *v, ax_fault *fault);

/* What the last check of these two that failed had to say. */
AX_API const char *ax_schema_fault(const ax_schema *s);

/* ----------------------------------------------- describing a schema */

/* A description in the making.  Each function that adds a node answers its
** number; 0 is no node: something was wrong, which the shape remembers, and
** ax_shape_compile tells it.  So one check at the end is enough. */
typedef struct ax_shape ax_shape;
typedef uint32_t ax_node;

/* An empty description; ax_shape_compile or ax_shape_free ends its life. */
AX_API int ax_shape_new(ax_kernel *k, ax_shape **out);

/* Gives it up; NULL is fine. */
AX_API void ax_shape_free(ax_shape *b);

/* Makes the schema that the node describes, with one reference, and frees
** the shape in any case.  AX_EINVAL, and *fault (may be NULL) says why:
** something went wrong on the way, an array has no element, a map accepts
** tables as keys, a node contains itself with no value in between. */
AX_API int ax_shape_compile(ax_shape *b, ax_node root, ax_schema **out,
                            ax_fault *fault);

/* The first error so far, AX_OK if there was none, and what it was about. */
AX_API int ax_shape_error(const ax_shape *b, const char **text);

/* Any value but nil. */
AX_API ax_node ax_shape_any(ax_shape *b);

/* AX_NULL, AX_BOOLEAN, AX_INTEGER, AX_NUMBER, AX_STRING or AX_TABLE. */
AX_API ax_node ax_shape_type(ax_shape *b, enum ax_type type);

/* An integer, a number, from min to max. */
AX_API ax_node ax_shape_integer(ax_shape *b, int64_t min, int64_t max);
AX_API ax_node ax_shape_number(ax_shape *b, double min, double max);

/* A string of min to max bytes in which the Lua pattern of length bytes is
** found; pattern NULL: without one.  The pattern is copied. */
AX_API ax_node ax_shape_string(ax_shape *b, size_t min, size_t max,
                               const char *pattern, size_t length);

/* An array of min to max elements; ax_shape_add gives it the kind of its
** elements. */
AX_API ax_node ax_shape_array(ax_shape *b, size_t min, size_t max);

/* A map; ax_shape_add gives it the kind of its keys, then of its values. */
AX_API ax_node ax_shape_map(ax_shape *b);

/* A record; ax_shape_field gives it its fields. */
AX_API ax_node ax_shape_record(ax_shape *b, bool open);

/* A tuple; ax_shape_add gives it its positions.  Optional ones may be
** absent. */
AX_API ax_node ax_shape_tuple(ax_shape *b);

/* A union; ax_shape_add gives it its alternatives.  One with a single
** alternative is that alternative: a name for what is described later. */
AX_API ax_node ax_shape_union(ax_shape *b);

/* What ax_shape_add gives it, or nothing: for fields, positions, roots. */
AX_API ax_node ax_shape_optional(ax_shape *b);

/* One of some scalars, which ax_shape_literal gives it. */
AX_API ax_node ax_shape_enum(ax_shape *b);

/* All of a schema, as one node. */
AX_API ax_node ax_shape_embed(ax_shape *b, const ax_schema *s);

/* Makes child a part of parent, after those that it has.  A node may be a
** part of many, and of itself: that is how recursion is described. */
AX_API void ax_shape_add(ax_shape *b, ax_node parent, ax_node child);

/* The same for a record's field; the name of length bytes is copied. */
AX_API void ax_shape_field(ax_shape *b, ax_node record, const char *name,
                           size_t length, ax_node child);

/* The same for an enum's value; a string is copied. */
AX_API void ax_shape_literal(ax_shape *b, ax_node parent,
                             const ax_item *value);

/* -------------------------------------------------------------- walks */

typedef struct ax_source ax_source;
typedef struct ax_sink ax_sink;

/* A place in a source or a sink to come back to. */
typedef struct ax_mark {
  size_t place, depth, count;
} ax_mark;

/* Where the current value stands in the table around it. */
enum ax_place { AX_AT_ROOT, AX_AT_ELEMENT, AX_AT_ENTRY };

/* A field of a record, as far as sources know it. */
typedef struct ax_field {
  const void *name; /* see ax_schema_intern */
  uint16_t plain;   /* types that are welcome without another look */
  uint16_t next;    /* the field that came after it last time */
} ax_field;

/* To add a new kind of source: begin with an ax_source, fill in these.  A
** source stands on a current value, at first on the root, and shows its
** type.  Tables are opened, gone through, and closed again. */
typedef struct ax_source_ops {
  /* Puts the current scalar into s->item; for a table just the type, and
  ** for AX_FOREIGN the name of its type. */
  void (*load)(ax_source *s);

  /* Goes into the current table, before its first entry; its value is the
  ** current one again after close.  AX_ENOMEM. */
  int (*open)(ax_source *s);
  void (*close)(ax_source *s);

  /* How many entries the open table has. */
  size_t (*count)(ax_source *s);

  /* How many of them are likely to be 1..n; *list: those are surely all. */
  size_t (*border)(ax_source *s, bool *list);

  /* The current value is the one under key i, AX_NIL if there is none.  A
  ** source that tells lists from maps need not look into a map. */
  void (*at)(ax_source *s, size_t i);

  /* The current value is that of the next entry, in any order; false: there
  ** is none. */
  bool (*next)(ax_source *s);

  /* Puts the current entry's key into s->key; a table or foreign key is
  ** AX_FOREIGN. */
  void (*key)(ax_source *s);

  /* The current value becomes the root or entry again that it was when the
  ** mark was made; tables opened since are left. */
  ax_mark (*mark)(ax_source *s);
  void (*rewind)(ax_source *s, ax_mark m);

  /* What tells the current table from all others in the source. */
  const void *(*identity)(ax_source *s);

  /* Which of the open tables, the outermost being 1, is the first that is
  ** inside itself?  0: none.  May be NULL: there are no cycles. */
  size_t (*cycle)(ax_source *s);

  /* The rest is for speed and may be NULL. */

  /* Carries the elements from i to n into the sink (NULL: nowhere) as long
  ** as their types are in the mask; how many those were. */
  size_t (*run)(ax_source *s, ax_sink *to, size_t i, size_t n,
                uint32_t types);

  /* As next, but first carries the entries that are the field **expected
  ** and of one of its plain types: marks them as seen, bit i % 64 of word
  ** i / 64, and goes on with *expected = &fields[i].next.  *known: the
  ** current entry is that field, but of another type.  Only for sources in
  ** which no key is there twice. */
  bool (*fields)(ax_source *s, ax_sink *to, ax_field *fields, uint32_t n,
                 uint16_t **expected, uint64_t *seen, bool *known);

  /* Looks fields up by their names, from number i on, which is the first of
  ** these n, as long as they are of a plain type; how many those were.  The
  ** current value is that of the next one, AX_NIL if there is none. */
  uint32_t (*names)(ax_source *s, const ax_field *fields, uint32_t i,
                    uint32_t n);
} ax_source_ops;

struct ax_source {
  const ax_source_ops *ops;
  uint8_t type;  /* of the current value; AX_NUMBER may be an integer, too,
                 ** until it is loaded */
  uint8_t place; /* the walker's: enum ax_place */
  int rc;        /* an error that ends the walk, e.g. damaged bytes */
  size_t index;  /* AX_AT_ELEMENT: the walker's, which one */
  ax_item item;  /* see load */
  ax_item key;   /* see key */
};

/* To add a new kind of sink: begin with an ax_sink, fill in these.  All of
** them look at the source for what is carried, and at its place, index and
** key for where it goes.  They answer AX_OK, or an error that ends the
** walk. */
typedef struct ax_sink_ops {
  /* Takes the current scalar. */
  int (*scalar)(ax_sink *to, ax_source *from);

  /* Takes i in place of the current number. */
  int (*integer)(ax_sink *to, ax_source *from, int64_t i);

  /* The table that the source has just opened: what follows goes into it.
  ** The sizes are guesses.  list: it gets the elements 1..n. */
  int (*open)(ax_sink *to, ax_source *from, bool list, size_t nelements,
              size_t nentries);

  /* The table is complete; the source has closed it. */
  int (*close)(ax_sink *to, ax_source *from);

  /* Forgets what came after the mark; the source was rewound already. */
  ax_mark (*mark)(ax_sink *to);
  void (*rewind)(ax_sink *to, ax_mark m);
} ax_sink_ops;

struct ax_sink {
  const ax_sink_ops *ops;
  bool keys; /* it writes values down: s->key is loaded for it, it is told
             ** what is a list, and foreign values and keys are refused */
};

/* Checks the source's root against the schema (NULL: any value but nil)
** while carrying it into the sink (NULL: a mere check).  AX_EPROTO: it does
** not match, and *fault (may be NULL) says why; whatever went into the sink
** is not to be used then.  Or the error of the source or sink. */
AX_API int ax_walk(const ax_schema *s, ax_source *from, ax_sink *to,
                   ax_fault *fault);

/* The same for the value as the source. */
AX_API int ax_walk_value(const ax_schema *s, const ax_value *v, ax_sink *to,
                         ax_fault *fault);

/* The same for MessagePack, which is checked first: AX_EINVAL, AX_E2BIG as
** ax_pack_import.  The bytes have to live as long as the walk. */
AX_API int ax_walk_packed(const ax_schema *s, const void *data, size_t length,
                          ax_sink *to, ax_fault *fault);

/* For sources that have strings of which there is only one each, told apart
** by their address: the name of field number i, NULL past the last. */
AX_API const char *ax_schema_name(const ax_schema *s, uint32_t i,
                                  size_t *length);

/* The address of the name of field number i is this, as long as the anchor
** keeps it in place. */
AX_API void ax_schema_intern(ax_schema *s, uint32_t i, const void *name);

/* A value that lives as long as the schema; at first AX_NIL. */
AX_API ax_value *ax_schema_anchor(ax_schema *s);

/* ------------------------------------------------------------- packing */

/* Values as bytes: an AX_TABLE value is one table in MessagePack, so hosts
** in any language can read and write it.  nil is null; lists are arrays;
** all other tables are maps with scalars as keys; binaries are strings;
** extensions are refused.  Bytes from outside are checked on their way in,
** so an AX_TABLE value is always well formed. */

/* A value being packed.  Calls answer AX_OK or an error, and after an error
** nothing but that; so one check, of ax_pack_end, is enough. */
typedef struct ax_pack ax_pack;

/* An empty one; ax_pack_end or ax_pack_free ends its life. */
AX_API int ax_pack_new(ax_kernel *k, ax_pack **out);

/* Gives it up; NULL is fine. */
AX_API void ax_pack_free(ax_pack *p);

/* The packed value, owned by the caller; frees p in any case.  AX_EINVAL:
** there is none, or a table is still open. */
AX_API int ax_pack_end(ax_pack *p, ax_value *out);

/* The bytes of the packed value, NULL if it is not complete; they live as
** long as p, and until the next call for it. */
AX_API const char *ax_pack_bytes(const ax_pack *p, size_t *length);

/* A list: what follows, up to ax_pack_close, are its elements. */
AX_API int ax_pack_list(ax_pack *p);

/* A map: what follows, up to ax_pack_close, are its keys and values in
** turn.  AX_EINVAL for keys that are null, NaN or tables. */
AX_API int ax_pack_map(ax_pack *p);
AX_API int ax_pack_close(ax_pack *p);

/* The scalars. */
AX_API int ax_pack_null(ax_pack *p);
AX_API int ax_pack_boolean(ax_pack *p, bool b);
AX_API int ax_pack_integer(ax_pack *p, int64_t i);
AX_API int ax_pack_number(ax_pack *p, double n);
AX_API int ax_pack_string(ax_pack *p, const void *data, size_t length);

/* A string, mostly a key, up to its NUL. */
AX_API int ax_pack_name(ax_pack *p, const char *name);

/* Any of these, or a whole packed table. */
AX_API int ax_pack_value(ax_pack *p, const ax_value *v);

/* Makes of a foreign value, as a C receiver may get it, one that it can look
** into: its keeper packs it.  AX_EPROTO: it cannot be packed, e.g. because it
** is a function; then, and with any error, *v stays what it was.  Others are
** left as they are. */
AX_API int ax_value_pack(ax_value *v);

/* The sink that packs what is carried into it. */
AX_API ax_sink *ax_pack_sink(ax_pack *p);

/* A value from MessagePack that came from outside.  AX_EINVAL: the bytes
** are damaged, or hold more or less than one value; AX_E2BIG: tables are
** too deep. */
AX_API int ax_pack_import(ax_kernel *k, const void *data, size_t length,
                          ax_value *out);

/* Reads an AX_TABLE value, which has to live on.  The fields are ours. */
typedef struct ax_reader {
  const uint8_t *at, *end;
  uint32_t depth;
  bool inside; /* the last value is a table that was not entered */
  struct {
    uint32_t left;  /* entries to come */
    uint32_t index; /* of the last element of a list */
    bool list;
  } level[AX_DEPTH_MAX + 1];
} ax_reader;

/* Begins inside the table. */
AX_API void ax_reader_init(ax_reader *r, const ax_value *table);

/* The next entry of the table: AX_OK; AX_ENOENT: there is none.  The key of
** a list's element is its index.  Strings belong to the value.  A table is
** passed over unless ax_reader_enter comes next. */
AX_API int ax_reader_next(ax_reader *r, ax_item *key, ax_item *value);

/* Into the table that was the last value, and out of it again, behind it. */
AX_API int ax_reader_enter(ax_reader *r);
AX_API int ax_reader_leave(ax_reader *r);

/* -------------------------------------------------------- credentials */

/* Whom a process acts for.  Children inherit it; the first process is user
** 0, group 0, in no other groups.  User 0 may do everything. */
AX_API uint32_t ax_proc_uid(const ax_proc *p);
AX_API uint32_t ax_proc_gid(const ax_proc *p);

/* The further groups, *n of them; they live until the process changes. */
AX_API const uint32_t *ax_proc_groups(const ax_proc *p, size_t *n);

/* The process becomes another user, for good.  AX_EPERM: only user 0 may
** do that.  AX_EINVAL: UINT32_MAX is nobody.  AX_ENOMEM. */
AX_API int ax_proc_setuid(ax_proc *p, uint32_t uid);
AX_API int ax_proc_setgid(ax_proc *p, uint32_t gid);

/* Its further groups are these.  AX_EPERM, AX_ENOMEM; AX_EINVAL: they are
** more than 65536. */
AX_API int ax_proc_setgroups(ax_proc *p, const uint32_t *groups, size_t n);

/* --------------------------------------------------------------- files */

/* An open file is an object: an end of a pipe or a FIFO, a regular file, a
** directory, a device, or something of the host.  It has an offset and
** flags, which all who share it share: duplicates, descriptors, handles.
** The last reference to an end closes that end.
**
** Numbers are those of Linux. */
enum {
  AX_O_RDONLY = 0,
  AX_O_WRONLY = 1,
  AX_O_RDWR = 2,
  AX_O_ACCMODE = 3,
  AX_O_CREAT = 0100,
  AX_O_EXCL = 0200,
  AX_O_TRUNC = 01000,
  AX_O_APPEND = 02000,
  AX_O_NONBLOCK = 04000,
  AX_O_DIRECTORY = 0200000,
  AX_O_NOFOLLOW = 0400000
};

enum ax_whence { AX_SEEK_SET, AX_SEEK_CUR, AX_SEEK_END };

#define AX_PIPE_SIZE 4096 /* bytes in a pipe or FIFO, unless set otherwise */
#define AX_PIPE_BUF 4096  /* what is written in one piece, if it fits */
#define AX_PIPE_MAX 1048576 /* what the size can be set to */

/* What a file is: bits of ax_stat.mode, above the permissions. */
enum {
  AX_S_IFMT = 0170000,
  AX_S_IFSOCK = 0140000,
  AX_S_IFLNK = 0120000,
  AX_S_IFREG = 0100000,
  AX_S_IFBLK = 0060000,
  AX_S_IFDIR = 0040000,
  AX_S_IFCHR = 0020000,
  AX_S_IFIFO = 0010000,
  AX_S_ISUID = 04000,
  AX_S_ISGID = 02000,
  AX_S_ISVTX = 01000
};

/* What there is to know of a file. */
typedef struct ax_stat {
  uint64_t dev, ino; /* together tell one file from all others */
  uint32_t mode;     /* kind and permissions */
  uint32_t nlink;    /* names in the tree */
  uint32_t uid, gid;
  uint64_t rdev;               /* of a device: which */
  int64_t size;                /* bytes */
  int64_t blocks;              /* of 512 bytes, that are taken */
  int64_t atime, mtime, ctime; /* nanoseconds on the tree's clock */
} ax_stat;

#define AX_NAME_MAX 255  /* bytes in a name */
#define AX_PATH_MAX 4096 /* bytes in a path, with the NUL */
#define AX_LINKS_MAX 40  /* symbolic links on the way to a file */

/* An entry of a directory. */
typedef struct ax_entry {
  uint64_t ino;
  uint32_t mode; /* the kind: AX_S_IF... */
  char name[AX_NAME_MAX + 1];
} ax_entry;

/* Reads at most size bytes, as many as there are now: AX_OK, *done of them;
** 0 at the end of the file.  AX_EAGAIN: there are none yet; wait for the
** file with ax_boolean(true), then read at once.  AX_EBADF: it was not opened
** for reading.  AX_EISDIR, AX_EIO. */
AX_API int ax_file_read(ax_object *file, void *buffer, size_t size,
                        size_t *done);

/* Shows what can be read now, in one piece, without taking it; *size 0 at
** the end of the file.  Errors as above, and AX_ENOTSUP: this file cannot,
** but ax_file_gather can. */
AX_API int ax_file_peek(ax_object *file, const char **data, size_t *size);

/* Takes n of the bytes that the call just before has shown.  They stay where
** they are until the next call for any file, or until a process is
** stepped: who copies them first takes them, and then copies. */
AX_API void ax_file_take(ax_object *file, size_t n);

/* Collects what comes in parts: moves *more bytes, at most `most` and none
** behind the first byte `until` (-1: it does not matter which), to those
** that were collected before.  They are kept with the open file, before all
** that is still in it; ax_file_peek shows them in one piece, and who reads
** next gets them, whoever that is, so nothing is lost if one gives up.  *more
** 0: the file ends here.  AX_EAGAIN: there is no more yet; ax_park for the
** file with ax_boolean(true), then call again.  AX_ENOMEM, and errors as
** above. */
AX_API int ax_file_gather(ax_object *file, size_t most, int until,
                          size_t *more);

/* How many bytes are collected. */
AX_API size_t ax_file_gathered(const ax_object *file);

/* Writes the bytes or, where there is not room for all of them, the first
** *done.  AX_EAGAIN: not one byte; wait for ax_file_writer with the rest as
** ax_lent, and nothing has to be tried again.  AX_EPIPE: nobody can read it
** any more.  AX_EBADF: it was not opened for writing.  AX_ENOSPC, AX_EFBIG,
** AX_EIO. */
AX_API int ax_file_write(ax_object *file, const void *data, size_t size,
                         size_t *done);

/* To wait for reading, wait for the file: with ax_boolean(true), who reads at
** once; with ax_nil(), who only wants to know.  To wait for writing, wait
** for this object, which belongs to the file: with ax_lent, who writes; with
** ax_nil(), who only wants to know whether there is room. */
AX_API ax_object *ax_file_writer(ax_object *file);

/* Bytes that a wait for writing is going to write, at most 2^30.  They are
** lent: they have to stay until the wait is over.  After it ax_proc_result
** gives what is left of them, however it ended.  Up to AX_PIPE_BUF bytes go
** at once or not at all; more may go in parts, so beside other arms that is
** AX_EINVAL. */
AX_API ax_value ax_lent(const void *data, size_t size);

/* How many bytes are left in what ax_lent made. */
AX_API size_t ax_lent_size(const ax_value *v);

/* Reads and writes at a place and leaves the offset as it is.  AX_ESPIPE: the
** file has no places.  AX_EINVAL: offset is negative, or with the size above
** 2^63. */
AX_API int ax_file_pread(ax_object *file, void *buffer, size_t size,
                         int64_t offset, size_t *done);
AX_API int ax_file_pwrite(ax_object *file, const void *data, size_t size,
                          int64_t offset, size_t *done);

/* Moves the offset; *position is where it is then.  AX_ESPIPE; AX_EINVAL:
** that is before the beginning; AX_EOVERFLOW. */
AX_API int ax_file_seek(ax_object *file, int64_t offset,
                        enum ax_whence whence, int64_t *position);

/* Makes it so long, with zeros where there was nothing.  AX_EINVAL: it has
** no length to set, or was not opened for writing.  AX_EFBIG, AX_ENOSPC. */
AX_API int ax_file_truncate(ax_object *file, int64_t size);

/* What there is to know of it.  AX_ENOTSUP: nothing. */
/* What there is to know of it.  AX_ENOTSUP. */
AX_API int ax_file_stat(ax_object *file, ax_stat *out);

/* The next entry of a directory, "." and ".." first; AX_ENOENT: there are no
** more.  AX_ENOTDIR. */
AX_API int ax_file_entry(ax_object *file, ax_entry *out);

/* How it was opened: AX_O_ACCMODE, APPEND, NONBLOCK; the last two can be
** changed.  NONBLOCK does nothing in the core, which never blocks: it is for
** those who wait. */
AX_API int ax_file_flags(const ax_object *file);
AX_API int ax_file_set_flags(ax_object *file, int flags);

/* How many bytes a pipe holds; size > 0 changes that.  AX_EBUSY: there is
** more in it.  AX_EINVAL: it is no pipe; AX_EPERM: above AX_PIPE_MAX. */
AX_API int ax_pipe_capacity(ax_object *file, size_t size, size_t *out);

/* What to wait for, with ax_nil(), until a FIFO is open on both sides; NULL:
** the file is open. */
AX_API ax_object *ax_file_opening(ax_object *file);

/* A pipe: one end reads, the other one writes.  capacity 0: AX_PIPE_SIZE.
** AX_EPERM: above AX_PIPE_MAX.  AX_ENOMEM. */
AX_API int ax_pipe(ax_kernel *k, size_t capacity, ax_object **reader,
                   ax_object **writer);

/* -------------------------------------------------------- descriptors */

/* A process has descriptors: small numbers for open files.  0, 1 and 2 are
** its standard files.  A child gets those three from its parent, and nothing
** else; all are closed at its end. */

/* The file behind a descriptor, borrowed; NULL: there is none. */
AX_API ax_object *ax_fd_find(const ax_proc *p, int fd);

/* The lowest free number, not below `lowest`, for the file; takes a reference
** of its own.  AX_EMFILE: there are too many.  AX_EINVAL: lowest is
** negative, or no number can be that high.  AX_ENOMEM. */
AX_API int ax_fd_add(ax_proc *p, ax_object *file, int lowest, int *fd);

/* That number for the file, whatever it was before.  AX_EBADF: no number
** can be that high.  AX_ENOMEM. */
AX_API int ax_fd_set(ax_proc *p, int fd, ax_object *file);

/* AX_EBADF: it is not open. */
AX_API int ax_fd_close(ax_proc *p, int fd);

/* Writes the numbers in use, rising, as far as there is room; how many. */
AX_API size_t ax_fd_list(const ax_proc *p, int *fds, size_t room);

/* How many descriptors the process may have: the numbers below are there to
** be given out; its children inherit it.  AX_EINVAL: below 0, above 2^20.
** AX_ENOMEM. */
AX_API int ax_fd_limit(const ax_proc *p);
AX_API int ax_fd_set_limit(ax_proc *p, int most);

/* The files that processes see as 0, 1 and 2 which were given no others; the
** kernel takes references of its own.  NULL: closed. */
AX_API void ax_kernel_set_stdio(ax_kernel *k, ax_object *in, ax_object *out,
                                ax_object *err);

/* ---------------------------------------------------------- file tree */

/* A kernel has a tree of files, in memory, made when it is first looked at:
** "/", "/tmp" (mode 01777), "/dev" and "/proc".  Other file systems are
** mounted in it.  The calls act for the running process: relative paths begin
** at its directory, new files are its own and lack the bits of its umask,
** and its credentials are looked at each time.
**
** Any call that is given a path may answer: AX_ENOENT: it leads nowhere, or
** is empty.  AX_ENOTDIR: what is used as a directory is none.  AX_EACCES: a
** directory on the way may not be passed, or what is asked for is not
** permitted.  AX_ELOOP: more than AX_LINKS_MAX symbolic links.
** AX_ENAMETOOLONG: a name has more than AX_NAME_MAX bytes, or the path more
** than AX_PATH_MAX with its NUL.  AX_ENOMEM.  Those that change something:
** AX_ENOSPC, AX_EROFS.  Below stands what else. */

/* Opens, and makes if AX_O_CREAT says so, with that mode.  AX_EAGAIN with
** *file set: a FIFO whose other side is missing: it is an end already; wait
** for ax_file_opening(*file) with ax_nil() before it is used, or give it
** back.  AX_ENXIO: nobody reads the FIFO (AX_O_WRONLY with AX_O_NONBLOCK),
** or there is nothing to open.  AX_EEXIST, AX_EISDIR, AX_EINVAL. */
AX_API int ax_fs_open(ax_kernel *k, const char *path, int flags,
                      uint32_t mode, ax_object **file);

/* Make a directory; a FIFO; a symbolic link that leads to target; one more
** name for a file (of a symbolic link: for the link).  AX_EEXIST; link:
** AX_EXDEV, AX_EMLINK, AX_EPERM: a directory has one name. */
AX_API int ax_fs_mkdir(ax_kernel *k, const char *path, uint32_t mode);
AX_API int ax_fs_mkfifo(ax_kernel *k, const char *path, uint32_t mode);
AX_API int ax_fs_symlink(ax_kernel *k, const char *target, const char *path);
AX_API int ax_fs_link(ax_kernel *k, const char *path, const char *new_path);

/* Takes the name of a file, of an empty directory.  A file without a name
** lives on while it is open.  AX_EISDIR, AX_ENOTEMPTY; AX_EPERM: a sticky
** directory, and neither is one's own; AX_EBUSY: something is mounted there;
** AX_EINVAL: the name is ".". */
AX_API int ax_fs_unlink(ax_kernel *k, const char *path);
AX_API int ax_fs_rmdir(ax_kernel *k, const char *path);

/* Gives a file another name; what had that name before is replaced in the
** same moment.  AX_EISDIR, AX_ENOTEMPTY, AX_EXDEV, AX_EPERM, AX_EBUSY;
** AX_EINVAL: a directory into itself. */
AX_API int ax_fs_rename(ax_kernel *k, const char *path, const char *new_path);

/* Where a symbolic link leads: writes at most size bytes and no NUL; *length
** is what there would be.  AX_EINVAL: it is no link. */
AX_API int ax_fs_readlink(ax_kernel *k, const char *path, char *buffer,
                          size_t size, size_t *length);

/* What there is to know of a file; lstat: of a link itself. */
AX_API int ax_fs_stat(ax_kernel *k, const char *path, ax_stat *out);
AX_API int ax_fs_lstat(ax_kernel *k, const char *path, ax_stat *out);

/* Sets the permissions; the owner (UINT32_MAX: as it is).  follow: of what a
** link leads to.  AX_EPERM: the file is not one's own. */
AX_API int ax_fs_chmod(ax_kernel *k, const char *path, uint32_t mode);
AX_API int ax_fs_chown(ax_kernel *k, const char *path, uint32_t uid,
                       uint32_t gid, bool follow);

#define AX_TIME_NOW INT64_MAX  /* the time of the call */
#define AX_TIME_OMIT INT64_MIN /* as it is */

/* Sets when it was read last, and written.  AX_EPERM: not one's own. */
AX_API int ax_fs_utime(ax_kernel *k, const char *path, int64_t atime,
                       int64_t mtime, bool follow);

/* May the process?  want: 4 read, 2 write, 1 execute or search, together; 0:
** is it there?  AX_EACCES: no. */
AX_API int ax_fs_access(ax_kernel *k, const char *path, int want);

/* Makes a file that long.  AX_EISDIR, AX_EINVAL. */
AX_API int ax_fs_truncate(ax_kernel *k, const char *path, int64_t size);

/* The running process's directory. */
AX_API int ax_fs_chdir(ax_kernel *k, const char *path);

/* The same in two steps, for another process: the directory that the path
** leads to, with one reference, which the running process may enter; and p
** is there from now on.  set: AX_ENOMEM; AX_ESRCH: p is dead. */
AX_API int ax_fs_directory(ax_kernel *k, const char *path, ax_object **dir);
AX_API int ax_proc_set_directory(ax_proc *p, ax_object *dir);

/* The path of that, and the path of a file without links, "." and "..":
** writes it with its NUL; *length is without.  AX_ERANGE: it needs more than
** size.  AX_ENOENT: it was removed. */
AX_API int ax_fs_getcwd(ax_kernel *k, char *buffer, size_t size,
                        size_t *length);
AX_API int ax_fs_realpath(ax_kernel *k, const char *path, char *buffer,
                          size_t size, size_t *length);

/* Sets the permissions that its new files do not get, and returns what they
** were; a negative mask only asks.  AX_ENOMEM. */
AX_API int ax_fs_umask(ax_kernel *k, int mask);

/* How full a file system is; total 0: there is no limit. */
typedef struct ax_statfs {
  uint64_t dev;         /* as in ax_stat */
  uint64_t total, used; /* bytes */
  uint64_t most, files; /* files there may be (0: no limit), and are */
  uint32_t block;       /* bytes that data is stored in */
  bool readonly;
} ax_statfs;

/* Of the file system that the path leads to. */
AX_API int ax_fs_statfs(ax_kernel *k, const char *path, ax_statfs *out);

/* How many bytes and files the tree in memory may have; 0: any number.  What
** would pass it answers AX_ENOSPC.  What there is already stays.  AX_EPERM:
** only user 0 may say that. */
AX_API int ax_fs_set_limit(ax_kernel *k, uint64_t bytes, uint64_t files);

/* What the tree's clock shows when the kernel's shows 0, at first 0: a host
** that wants the calendar's time in its files says how many nanoseconds
** after 1970 that is. */
AX_API void ax_fs_set_epoch(ax_kernel *k, int64_t epoch);

/* Something that is mounted in the tree. */
typedef struct ax_mount {
  uint64_t dev;
  const char *source; /* what was mounted, for people */
  char path[AX_PATH_MAX];
} ax_mount;

/* The i-th mount, from 0, oldest first.  AX_ENOENT: there are no more.  The
** root of all is none. */
AX_API int ax_fs_mounts(ax_kernel *k, size_t i, ax_mount *out);

/* Takes away what is mounted there.  Open files stay.  AX_EPERM: only user 0
** may.  AX_EINVAL: nothing is mounted there.  AX_EBUSY: something else is
** mounted in it. */
AX_API int ax_fs_unmount(ax_kernel *k, const char *path);

/* An archive: the directory with all that is in it - names, contents, modes,
** owners, times, further names of files, holes - as a string.  What is mounted
** in it is left out.  AX_EPERM: only user 0 may.  AX_EXDEV: it is not in
** the tree in memory. */
AX_API int ax_fs_pack(ax_kernel *k, const char *path, ax_value *out);

/* The directory becomes what the archive says, all at once or not at all; what
** is mounted in it stays.  What was in it is gone, but for files that are
** open.  AX_EINVAL: the bytes are no archive.  AX_EIO: they are damaged.
** AX_ENOTSUP: they are of another version.  AX_EBUSY: something is mounted
** where the archive has a file.  In these cases *why says it in words, else it
** is NULL.  AX_EPERM, AX_EXDEV as above; AX_ENOSPC: there is no room for both,
** the old files and the new ones. */
AX_API int ax_fs_unpack(ax_kernel *k, const char *path, const void *data,
                        size_t size, const char **why);

/* The same to and from a file of the host.  It is replaced in one moment, when
** all is written and on the disk; who is interrupted leaves the old one. */
AX_API int ax_fs_save(ax_kernel *k, const char *path, const char *file);
AX_API int ax_fs_load(ax_kernel *k, const char *path, const char *file,
                      const char **why);

/* A directory of the host covers the directory that path leads to.  No path
** leads out of it: names are looked up one by one, the system follows no
** link, and where a link leads is a path in the kernel's tree.  Whom a file
** belongs to and who may are those of the host, beside those of the kernel.
** Devices cannot be opened.  readonly: nothing in it is changed.  AX_EPERM:
** only user 0 may mount.  AX_ENOENT, AX_ENOTDIR, AX_EACCES; AX_EBUSY: path
** is the root. */
AX_API int ax_host_mount(ax_kernel *k, const char *directory,
                         const char *path, bool readonly);

/* ------------------------------------------------ the host's descriptors */

/* Processes can wait for descriptors of the host program: its standard
** files, pipes, sockets.  While somebody does:
** - In ax_run an idle kernel sleeps in poll(2) until one is ready or the next
**   deadline comes; a busy one looks now and then, every 256 steps or so.
**   It is no deadlock.
** - On any other clock than ax_clock_real, time stands still in poll(2): an
**   idle kernel looks at the descriptors, and if none is ready lets the
**   clock sleep until the next deadline; if there is none, it waits in
**   poll(2).
** - ax_step looks without waiting, if nothing else can run.  A host with a
**   loop of its own sleeps until ax_next_deadline, or until one of
**   ax_kernel_pollfds, or ax_kernel_descriptor, is ready.
** A descriptor for which nobody waits costs nothing. */

/* Writes the descriptors that are waited for, as far as there is room; how
** many there are. */
AX_API size_t ax_kernel_pollfds(ax_kernel *k, ax_pollfd *list, size_t room);

/* One descriptor that can be read when ax_step has something to do because
** one of those is ready (Linux: an epoll).  It stays the kernel's, and is
** right after each ax_step and ax_run.  AX_ENOTSUP: not on this system;
** AX_EMFILE, AX_ENOMEM. */
AX_API int ax_kernel_descriptor(ax_kernel *k);

/* A file over a descriptor that is open in the host program.  flags: how
** it may be used (AX_O_ACCMODE, APPEND).  own: it is closed with the file; if
** this fails it is not.  The descriptor is left as it is: one that blocks,
** as a terminal does that others use as well, is asked before each read and
** write.  If somebody else takes what there was to read in between, the
** program waits.  AX_EBADF, AX_ENOMEM. */
AX_API int ax_host_file(ax_kernel *k, int fd, int flags, bool own,
                        ax_object **out);

/* Opens a file of the host.  flags: AX_O_*; mode: of a new one, less the
** program's umask.  All that open(2) answers; AX_ENXIO: a FIFO to write to,
** and nobody reads. */
AX_API int ax_host_open(ax_kernel *k, const char *path, int flags,
                        uint32_t mode, ax_object **out);

/* Processes see the standard files of the host program as their 0, 1 and 2.
** What stdio has not written yet (stdout) is written before anything is
** written to 1, and before anybody waits for 0; what it has read ahead from
** stdin is not seen.  AX_ENOMEM. */
AX_API int ax_host_stdio(ax_kernel *k);

/* The descriptor behind a file, for the host to use beside it; -1: there is
** none.  From now on it is one that blocks.  What was read from it ahead is
** gone for others. */
AX_API int ax_host_descriptor(ax_object *file);

/* ---------------------------------------------- programs of the system */

/* What a descriptor of a new program is to be, unless it is a number. */
enum {
  AX_PROGRAM_NULL = -1,   /* nothing: /dev/null */
  AX_PROGRAM_PIPE = -2,   /* a pipe; we have the other end */
  AX_PROGRAM_STDOUT = -3, /* for 2: the same as its 1 */
};

typedef struct ax_program_options {
  const char *const *args; /* its name, which is looked for in PATH unless
                           ** there is a slash in it, and its arguments;
                           ** ends with NULL */
  const char *const *env;  /* "NAME=value", ends with NULL; NULL: as here */
  const char *cwd;         /* its directory; NULL: as here */
  int stdio[3]; /* its 0, 1, 2: a descriptor of the host (0, 1, 2 for the
                ** host's own), or AX_PROGRAM_* */
} ax_program_options;

/* Starts a program.  pipes[i] is our end where stdio[i] is AX_PROGRAM_PIPE, a
** file to write (0) or to read (1, 2) with one reference, else NULL.  It has
** no other descriptors of the host (where the system can tell them apart:
** those that are not closed by exec).  The program is an object; wait for it
** with ax_nil().  Its last reference kills it (KILL) and leaves no zombie.
** No handler for SIGCHLD is needed, and none is harmed as long as it waits
** for children of its own only.  All that posix_spawn(3) answers. */
AX_API int ax_program_new(ax_kernel *k, const ax_program_options *options,
                          ax_object *pipes[3], ax_object **out);

/* How it ended: AX_EXITED and its code, or AX_KILLED and the signal.
** AX_EAGAIN: it runs.  AX_ECHILD: somebody else was told. */
AX_API int ax_program_status(ax_object *program, enum ax_how *how,
                             int *number);

/* Sends a signal, by its number in the system.  AX_ESRCH: it has ended. */
AX_API int ax_program_kill(ax_object *program, int number);

/* What the system calls it. */
AX_API int ax_program_pid(const ax_object *program);

/* --------------------------------------------------------------- doors */

/* A kernel belongs to one thread.  A door is for the others: what they post
** comes out of a channel in the kernel, in order.  The door holds the sender
** of the channel, and is a descriptor of the host like those above: a post
** wakes an idle ax_run, or makes ax_kernel_descriptor readable; so a kernel
** with an open door is in no deadlock.
**
** The door is an object: the host owns one reference, and gives it back, in
** the kernel's thread, when no thread posts any more.  Then what was posted
** is sent, and the sender closes.  When the kernel, or the receiver, goes
** first, posts answer AX_EPIPE. */

/* Makes a door into the channel of that sender, of which one reference is
** taken, with room for about so many bytes of messages twice: posted ones,
** and those on their way into the channel.  AX_EINVAL: no sender of a
** channel, or no room for anything.  AX_EXDEV: it is of another kernel.
** AX_EMFILE: no descriptor left.  AX_ENOMEM. */
AX_API int ax_door_new(ax_kernel *k, ax_object *sender, size_t bytes,
                       ax_object **out);

/* Posts a message, a copy of the bytes: AX_STRING, a string; AX_TABLE, a
** value as MessagePack.  From any thread, at any time between ax_door_new
** and the last ax_unref.  Never waits for long, allocates nothing.
** AX_EAGAIN: the door is full.  AX_EPIPE: nobody is going to receive it.
** AX_E2BIG: the door can never hold that much.  AX_EINVAL: another type. */
AX_API int ax_door_post(ax_object *door, enum ax_type type, const void *data,
                        size_t size);

/* What a door looks like now. */
typedef struct ax_door_stat {
  size_t bytes, room; /* waiting to go into the channel; room for posts */
  uint64_t posted;    /* messages so far */
  uint64_t refused;   /* of them, those that were damaged MessagePack, or
                      ** did not match the channel's schema */
} ax_door_stat;

/* Fills *out in; in the kernel's thread. */
AX_API void ax_door_stat_get(ax_object *door, ax_door_stat *out);

/* -------------------------------------------- what has keys and modes */

/* Queues and segments outlive those who made them.  They have a number, and
** may have a key by which others find them; owners and a mode say who may.
** These flags have the numbers that they have in Linux; the lowest nine bits
** of the flags of a get are the mode, 0644. */
enum {
  AX_IPC_PRIVATE = 0,    /* the key of what is found by its number only */
  AX_IPC_CREAT = 01000,  /* make it if there is none with that key */
  AX_IPC_EXCL = 02000,   /* and fail if there is one */
  AX_IPC_NOWAIT = 04000, /* do it now, or fail */
};

typedef struct ax_perm {
  int32_t key;
  uint32_t uid, gid;   /* the owner */
  uint32_t cuid, cgid; /* who made it: an owner, too, for good */
  uint32_t mode;       /* nine bits: rwx of owner, group, others */
} ax_perm;

/* ------------------------------------------------------ message queues */

/* As System V has them: a message has a type, an integer from 1, and bytes,
** which are copied into the kernel; who receives may choose by type.  A
** queue stays, with its messages, until it is removed.  All calls act in the
** name of the running process, and look at its credentials each time.
**
** A queue is an object; references to it do not keep it from being removed,
** after which everything answers AX_EIDRM. */

#define AX_MSG_BYTES 16384  /* in a queue, unless it is set otherwise */
#define AX_MSG_QUEUES 32000 /* in a kernel, at most */

/* Flags of a receive, with AX_IPC_NOWAIT. */
enum {
  AX_MSG_NOERROR = 010000, /* what is too long is cut off, not refused */
  AX_MSG_EXCEPT = 020000,  /* the oldest of any type but this one */
};

/* The queue with that key, made if the flags say so; one reference is the
** caller's.  AX_ENOENT: there is none.  AX_EEXIST: there is one.
** AX_EACCES: its mode does not let the process do what the mode in flags
** asks for.  AX_ENOSPC: too many queues.  AX_ENOMEM. */
AX_API int ax_msgq_get(ax_kernel *k, int32_t key, int flags,
                       ax_object **queue);

/* The queue of that number, borrowed; NULL: there is none. */
AX_API ax_object *ax_msgq_find(const ax_kernel *k, int id);

/* Writes the numbers of all queues, as far as there is room, in rising
** order; returns how many there are. */
AX_API size_t ax_msgq_list(const ax_kernel *k, int *ids, size_t room);

/* Its number; 0: it was removed. */
AX_API int ax_msgq_id(const ax_object *queue);

/* Sends a copy of the bytes.  AX_EAGAIN: there is no room for them.
** AX_EINVAL: type < 1, or size is more than the queue may ever hold.
** AX_EACCES, AX_EIDRM, AX_EDQUOT, AX_ENOMEM. */
AX_API int ax_msgq_send(ax_object *queue, int64_t type, const void *data,
                        size_t size);

/* Which messages a receive, or an arm, wants: of that type (0: the oldest of
** all; n: the oldest of type n; -n: of the lowest type there is up to n,
** the oldest), with flags AX_MSG_*, of at most size bytes (SIZE_MAX: any).
** ax_nil(), or the type as an integer, will do where there are no flags and
** no limit. */
AX_API ax_value ax_msgq_want(int64_t type, size_t size, int flags);

/* What was received.  The bytes stay where they are until the next call that
** has to do with the queue, and until the owner is cleared
** (ax_value_clear), which is to be done in any case. */
typedef struct ax_received {
  int64_t type;
  const char *bytes;
  size_t size;
  ax_value owner;
} ax_received;

/* Takes the message that is wanted.  AX_EAGAIN: there is none.  AX_E2BIG: it
** is longer than size, and stays.  AX_EINVAL: want is none.  AX_EACCES,
** AX_EIDRM, AX_ENOMEM. */
AX_API int ax_msgq_recv(ax_object *queue, ax_value want, ax_received *out);

/* To wait for a message, wait for the queue, with what is wanted as the
** value of the arm; ax_proc_result gives a message.  To wait for room, wait
** for this object, which belongs to the queue, with a message as the value. */
AX_API ax_object *ax_msgq_sender(ax_object *queue);

/* A message that can be sent.  AX_EINVAL: type < 1.  AX_ENOMEM. */
AX_API int ax_message_new(ax_kernel *k, int64_t type, const void *data,
                          size_t size, ax_value *out);

/* What is in a message, which a wait for a queue has brought; out->owner is
** it.  AX_EINVAL: it is none. */
AX_API int ax_message_get(const ax_value *message, ax_received *out);

typedef struct ax_msgq_stat {
  ax_perm perm;
  int id;
  size_t qnum, cbytes;          /* messages, and bytes in them */
  size_t qbytes;                /* how much either may be */
  int lspid, lrpid;             /* who sent last, and received; 0: nobody */
  uint64_t stime, rtime, ctime; /* when: on the kernel's clock, as it last
                                ** looked at it; ctime: made or changed */
} ax_msgq_stat;

/* What a queue looks like now.  AX_EACCES: it may not be read by the
** process.  AX_EIDRM. */
AX_API int ax_msgq_stat_get(const ax_object *queue, ax_msgq_stat *out);

/* What can be changed; UINT32_MAX, SIZE_MAX: it stays as it is. */
typedef struct ax_msgq_change {
  uint32_t uid, gid, mode;
  size_t qbytes;
} ax_msgq_change;

/* Changes it.  Who waits and could not any more hears AX_EACCES or
** AX_EINVAL.  AX_EPERM: only an owner may do that, and only user 0 may set
** qbytes above AX_MSG_BYTES. */
AX_API int ax_msgq_set(ax_object *queue, const ax_msgq_change *to);

/* Removes the queue with its messages; who waits hears AX_EIDRM.  AX_EPERM:
** only an owner may do that. */
AX_API int ax_msgq_remove(ax_object *queue);

/* ------------------------------------------------------- shared memory */

/* A segment is a number of bytes, zeros at first, with a key, owners and a
** mode, as a queue has them; it stays until it is removed.  A process works
** on a region, which is the segment attached:
** - a private view shows the segment as it was when it was attached or
**   refreshed, and what is written into it stays there until it is synced.
**   A sync publishes the bytes that were changed, and nothing else; where
**   others changed the same bytes, the last sync wins.  A refresh shows what
**   was published last, under what was changed and not yet synced;
** - a direct region is the published bytes themselves.  What is written is
**   published at once, and seen by all direct regions; views see it when they
**   refresh.
**
** The bytes are in pages, shared by the segment and the views until somebody
** writes: attach, sync and refresh cost what was touched, and never the size
** of the segment.
**
** A region is an object; the last ax_unref detaches it, and what was not
** synced is gone then.  Attached regions go on when the segment is removed;
** its memory goes with the last of them. */

#define AX_SHM_PAGE 4096       /* bytes in a page */
#define AX_SHM_MAX 0x40000000u /* bytes of a segment, at most */
#define AX_SHM_ALL 0x80000000u /* bytes of all segments of a kernel */
#define AX_SHM_SEGMENTS 4096   /* in a kernel, at most */

/* Flags of an attach. */
enum {
  AX_SHM_DIRECT = 1,      /* no view, but the segment itself */
  AX_SHM_RDONLY = 010000, /* not to be written; its number in Linux */
};

/* The segment with that key, made if the flags say so; one reference is the
** caller's.  AX_ENOENT: there is none.  AX_EEXIST: there is one.  AX_EINVAL:
** the one there is is smaller than size; or a new one would be larger than
** AX_SHM_MAX, or empty.  AX_EACCES: its mode does not let the process do what
** the mode in flags asks for.  AX_ENOSPC: too many segments, or bytes.
** AX_EDQUOT, AX_ENOMEM. */
AX_API int ax_shm_get(ax_kernel *k, int32_t key, size_t size, int flags,
                      ax_object **segment);

/* The segment of that number, borrowed; NULL: there is none. */
AX_API ax_object *ax_shm_find(const ax_kernel *k, int id);

/* Writes the numbers of all segments, as far as there is room, in rising
** order; returns how many there are. */
AX_API size_t ax_shm_list(const ax_kernel *k, int *ids, size_t room);

/* Its number, 0: it was removed; its size in bytes; and its version, which is
** how often something was published. */
AX_API int ax_shm_id(const ax_object *segment);
AX_API size_t ax_shm_size(const ax_object *segment);
AX_API uint64_t ax_shm_version(const ax_object *segment);

typedef struct ax_shm_stat {
  ax_perm perm;
  int id;
  size_t size;
  uint64_t version;
  size_t npages;                /* that were ever written */
  size_t nattach;               /* regions */
  int cpid, lpid;               /* who made it, attached or detached last */
  uint64_t atime, dtime, ctime; /* attached, detached, made or changed; on
                                ** the kernel's clock */
} ax_shm_stat;

/* What a segment looks like now.  AX_EACCES: it may not be read by the
** process.  AX_EIDRM. */
AX_API int ax_shm_stat_get(const ax_object *segment, ax_shm_stat *out);

/* What can be changed; UINT32_MAX: it stays as it is. */
typedef struct ax_shm_change {
  uint32_t uid, gid, mode;
} ax_shm_change;

/* Changes it, for who attaches from now on.  AX_EPERM: only an owner may do
** that.  AX_EIDRM. */
AX_API int ax_shm_set(ax_object *segment, const ax_shm_change *to);

/* Removes the number and the key: it cannot be attached any more.  AX_EPERM:
** only an owner may do that.  AX_EIDRM. */
AX_API int ax_shm_remove(ax_object *segment);

/* Attaches it in the name of the running process; one reference to the region
** is the caller's.  AX_EACCES: the mode does not let it be read, or written.
** AX_EIDRM, AX_ENOMEM. */
AX_API int ax_shm_attach(ax_object *segment, int flags, ax_object **region);

/* Copies bytes out of the region, or into it; all of them, or none.
** AX_EFAULT: they are not all inside.  AX_EACCES: it is not to be written.
** AX_ENOMEM. */
AX_API int ax_region_read(const ax_object *region, size_t offset, void *out,
                          size_t size);
AX_API int ax_region_write(ax_object *region, size_t offset, const void *data,
                           size_t size);

/* Where the bytes from offset on are, to be read without a copy: *size of
** them at most, and it becomes how many there are, which ends with the page.
** They stay there until the next call for the region, or for another region
** of the segment.  AX_EFAULT. */
AX_API int ax_region_peek(const ax_object *region, size_t offset,
                          size_t *size, const void **pointer);

/* The same to be written.  In a direct region they count as written, and are
** a version, when this is called; so the host writes at once.  They may be
** written until the next call for the region, or for another one of the
** segment, and not after the step that called this.  An offset that is a
** multiple of 16 is aligned for every type.  AX_EFAULT, AX_EACCES,
** AX_ENOMEM. */
AX_API int ax_region_pointer(ax_object *region, size_t offset, size_t *size,
                             void **pointer);

/* Publishes what was changed; all of it or, with AX_ENOMEM, nothing.
** *replaced (may be NULL): how many bytes replace what others had published,
** after this view was refreshed.  The view itself shows what it showed
** before.  For a direct region there is nothing to do.  AX_EACCES: it is not
** to be written. */
AX_API int ax_region_sync(ax_object *region, size_t *replaced);

/* The view shows what was published last; what was written to it, and not
** synced, is kept, byte by byte. */
AX_API int ax_region_refresh(ax_object *region);

/* The version that it shows; that of the segment, if nobody published
** anything that it does not show.  Of a direct region: the one of its last
** refresh.  To wait for the next version, wait for the region: it fires when
** the segment's version is another one, with that as the value. */
AX_API uint64_t ax_region_version(const ax_object *region);

/* The segment, borrowed; how it is attached. */
AX_API ax_object *ax_region_segment(const ax_object *region);
AX_API bool ax_region_writes(const ax_object *region);
AX_API bool ax_region_direct(const ax_object *region);

/* The rest is for direct regions, AX_ENOTSUP for others.  A word is 1, 2, 4
** or 8 bytes wide, in the order of this machine, and its offset a multiple of
** that: else AX_EINVAL. */

/* What the word is.  AX_EFAULT. */
AX_API int ax_region_load(const ax_object *region, size_t offset,
                          size_t width, uint64_t *word);

/* Adds n to the word, modulo its width; *old is what it was.  AX_EFAULT,
** AX_EACCES, AX_ENOMEM. */
AX_API int ax_region_add(ax_object *region, size_t offset, size_t width,
                         uint64_t n, uint64_t *old);

/* Makes the word desired if it is expected; *old is what it was.  AX_EAGAIN:
** it was something else.  AX_EFAULT, AX_EACCES, AX_ENOMEM. */
AX_API int ax_region_swap(ax_object *region, size_t offset, size_t width,
                          uint64_t expected, uint64_t desired, uint64_t *old);

/* To wait for a notify at that offset, wait for this object, which belongs to
** the segment, with the offset as the value of the arm (ax_integer).  Nobody
** else runs between a look at the word and the wait, so no notify is missed.
** NULL: the region is not direct. */
AX_API ax_object *ax_region_word(const ax_object *region, size_t offset);

/* Wakes those who wait at that offset, the longest first, as many as most;
** *woken: how many those were.  AX_EFAULT. */
AX_API int ax_region_notify(ax_object *region, size_t offset, size_t most,
                            size_t *woken);

/* For those who have numbers instead of objects. */

/* The running process holds the region by a number, until it detaches it, or
** ends; takes the caller's reference over.  AX_EDQUOT, AX_ENOMEM; AX_EBUSY: it
** has a number. */
AX_API int ax_region_hold(ax_object *region, int *number);

/* The region that the running process holds by that number, borrowed; NULL:
** there is none. */
AX_API ax_object *ax_region_find(const ax_kernel *k, int number);

/* Detaches it.  AX_EINVAL: there is none. */
AX_API int ax_region_detach(ax_kernel *k, int number);

/* Syncs, refreshes, all regions of the segment that the running process holds
** by numbers.  AX_EINVAL: there is none.  AX_EACCES: none is to be written.
** AX_ENOMEM: not all of them could be synced. */
AX_API int ax_shm_sync(ax_object *segment);
AX_API int ax_shm_refresh(ax_object *segment);

/* ------------------------------------------------------------- tracing */

/* What happened: a recorder keeps the newest events of the kernels that it
** is attached to, and forgets the oldest.  It is no part of a kernel and
** outlives it.  A kernel that none is attached to pays next to nothing. */
typedef struct ax_trace ax_trace;

/* The kinds of events, and what they are called.  What is said of an object
** is its kind, or what is done with it (what), its name and number.
**
** spawn   pid was made by process other; name: its name
** exit    it ended; other: enum ax_how; value: exit value or signal, if that
**         is an integer; name: its name
** run     from now on it runs
** pause   it does not any more; missing where the trace began while it ran
** wait    it begins to wait, for the object of the first of value arms
** wake    its wait is over, by this object, if any; value: AX_OK or an error;
**         other: the process that ran then
** send    it put a message into the object, where value are now; flow: which
** recv    it took one out; value -1: how many are left was told before
** depth   in the object there are value messages now
** signal  it sent the signal value to process other
** timer   its deadline has come
** mark    it said name */
#define AX_EVENTS(X)  \
  X(SPAWN, "spawn")   \
  X(EXIT, "exit")     \
  X(RUN, "run")       \
  X(PAUSE, "pause")   \
  X(WAIT, "wait")     \
  X(WAKE, "wake")     \
  X(SEND, "send")     \
  X(RECV, "recv")     \
  X(DEPTH, "depth")   \
  X(SIGNAL, "signal") \
  X(TIMER, "timer")   \
  X(MARK, "mark")

enum ax_event_kind {
#define X(name, text) AX_EVENT_##name,
  AX_EVENTS(X)
#undef X
};

#define AX_EVENT_NAME 32 /* bytes of a name, the closing NUL included */

typedef struct ax_event {
  uint64_t time;    /* on the kernel's clock, since the trace began */
  uint64_t flow;    /* which message: sender and receiver have the same, and
                      ** for a while nobody else; 0: unknown */
  int64_t value;    /* as other: see above */
  const char *what; /* static; "" for none */
  int32_t pid;      /* whom it happened to, or who did it */
  int32_t other;    /* another process, or something else */
  uint32_t number;  /* tells objects of a kind apart that have no name */
  uint16_t kernel;  /* which of those that were attached, from 1 */
  uint8_t kind;     /* enum ax_event_kind */
  char name[AX_EVENT_NAME]; /* as much of it as there is room for */
} ax_event;

/* The name of a kind, "spawn". */
AX_API const char *ax_event_name(enum ax_event_kind kind);

/* A recorder for at least room events, of 80 bytes each.  The allocator may
** be NULL: the C library's.  AX_ENOMEM. */
AX_API int ax_trace_new(const ax_allocator *a, size_t room, ax_trace **out);

/* Detaches it from all kernels and frees it. */
AX_API void ax_trace_free(ax_trace *t);

/* From now on the events of k go to t, which has to outlive that.  Kernels
** with the clock of the first one share its time; that of others begins at
** 0.  AX_EBUSY: k has a recorder.  AX_ENOMEM. */
AX_API int ax_trace_attach(ax_trace *t, ax_kernel *k);

/* Nothing of k is recorded any more.  The end of a kernel does that, too. */
AX_API void ax_trace_detach(ax_kernel *k);

/* Which kernel k is in the events of its recorder; 0: it has none. */
AX_API int ax_trace_number(const ax_kernel *k);

/* Writes the kernels that t is attached to, as far as there is room, the
** youngest first; returns how many there are. */
AX_API size_t ax_trace_kernels(const ax_trace *t, ax_kernel **list,
                               size_t room);

/* How many events there were so far, and how many of them are kept. */
AX_API uint64_t ax_trace_count(const ax_trace *t);
AX_API size_t ax_trace_room(const ax_trace *t);

/* Copies events, beginning with number *next (the first one ever is 0), or
** with the oldest that is still there; *next is the one to go on with.
** Returns how many it copied; 0: there are no more. */
AX_API size_t ax_trace_read(const ax_trace *t, uint64_t *next, ax_event *out,
                            size_t room);

/* Notes down the text, in the name of the running process, if somebody
** traces. */
AX_API void ax_trace_mark(ax_kernel *k, const char *text);

#ifdef __cplusplus
}
#endif
#endif
