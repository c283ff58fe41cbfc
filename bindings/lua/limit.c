/* limit - what keeps a process from running for ever
**
** A count hook in the process's coroutine (Lua hands it on to coroutines
** that are made inside) looks at the process every quantum instructions,
** and lets the others run.  A C function runs no instructions: nothing can
** interrupt it.  Without a quantum there is no hook and no cost. */
#include <stdio.h>

#include "axL.h"

/* What the hook needs, and how it raises: one for each Lua state. */
typedef struct limiter {
  axL_state *state;
  lua_Alloc alloc; /* while limit_alloc stands in for it, */
  void *allocud;   /* and its context */
  bool refused;    /* once; the second time is the last */
} limiter;

/* No object is that large. */
static const size_t limit_huge = SIZE_MAX / 4;

static limiter *get_limiter(lua_State *L); /* see below */

/* The limit was passed with this quantum, not with the one before. */
static bool passed(uint64_t used, uint32_t limit, uint32_t quantum) {
  return limit > 0 && used >= limit && used - quantum < limit;
}

static void warn(lua_State *L, const ax_proc *p, uint64_t used,
                 const char *what) {
  const char *who = axL_pushwho(L, p);
  lua_pushfstring(L,
                  "axeberg: %s %s after %I instructions without giving "
                  "way",
                  who, what, (LUAI_UACINT)used);
  lua_warning(L, lua_tostring(L, -1), 0);
  lua_pop(L, 2);
}

/* Lets the others run; where L cannot yield to the kernel, goes on. */
static void give_way(lua_State *L, ax_proc *p) {
  if (axL_whynot(L, p) != NULL) return;
  axL_preempt(p, L);
  lua_yield(L, 0);
}

/* Refuses what limit_raise asks for, and again when Lua has collected
** garbage and tries once more. */
static void *limit_alloc(void *ud, void *block, size_t old, size_t size) {
  limiter *l = ud;
  if (size < limit_huge) return l->alloc(l->allocud, block, old, size);
  if (l->refused) lua_setallocf(l->state->aux, l->alloc, l->allocud);
  l->refused = true;
  return NULL;
}

/* Raises "not enough memory", the one error that Lua gives to no message
** handler: one that is called from inside a hook runs without hooks, and
** could run for ever. */
static void limit_raise(lua_State *L) {
  limiter *l = get_limiter(L);
  l->alloc = lua_getallocf(L, &l->allocud);
  l->refused = false;
  lua_setallocf(L, limit_alloc, l);
  lua_newuserdatauv(L, limit_huge, 0);
}

/* Dies at the next place where that is possible; until then every
** instruction is an error, so that no pcall can go on with its work. */
static void limit_die(lua_State *L, ax_proc *p) {
  ax_kill(ax_proc_kernel(p), ax_proc_pid(p), AX_SIGKILL);
  if (axL_whynot(L, p) == NULL) {
    axL_preempt(p, L);
    lua_yield(L, 0);
    return;
  }
  lua_sethook(L, lua_gethook(L), LUA_MASKCOUNT, 1);
  limit_raise(L);
}

static void hook(lua_State *L, lua_Debug *ar) {
  (void)ar;
  uint32_t *used;
  ax_proc *p = ax_running(get_limiter(L)->state->kernel);
  const axL_limits *limits = axL_limitsof(p, &used);
  if (limits == NULL || limits->quantum == 0) return;
  uint32_t most = UINT32_MAX - limits->quantum;
  *used = *used < most ? *used + limits->quantum : UINT32_MAX;
  if (passed(*used, limits->warn, limits->quantum))
    warn(L, p, *used, "is still running");
  if (limits->kill > 0 && *used >= limits->kill) {
    if (passed(*used, limits->kill, limits->quantum))
      warn(L, p, *used, "is killed");
    limit_die(L, p);
    return;
  }
  give_way(L, p);
}

/* A hook has no upvalues: the limiter is found in the registry. */
static const char limit_key;

static limiter *get_limiter(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &limit_key);
  limiter *l = lua_touserdata(L, -1);
  lua_pop(L, 1);
  return l;
}

void axL_openlimit(lua_State *L) {
  limiter *l = lua_newuserdatauv(L, sizeof *l, 0);
  *l = (limiter){.state = axL_getstate(L)};
  lua_rawsetp(L, LUA_REGISTRYINDEX, &limit_key);
}

/* A hook that is right stays: a new one would count from the beginning. */
void axL_limit(lua_State *co, const axL_limits *limits) {
  int quantum = (int)limits->quantum;
  if (quantum == 0)
    axL_unlimit(co);
  else if (lua_gethook(co) != hook || lua_gethookcount(co) != quantum)
    lua_sethook(co, hook, LUA_MASKCOUNT, quantum);
}

void axL_unlimit(lua_State *co) {
  if (lua_gethook(co) == hook) lua_sethook(co, NULL, 0, 0);
}

/* ------------------------------------------------------------- options */

static uint32_t checkcount(lua_State *L, int idx, const char *name,
                           uint32_t otherwise) {
  if (lua_getfield(L, idx, name) == LUA_TNIL) {
    lua_pop(L, 1);
    return otherwise;
  }
  int isnum;
  lua_Integer n = lua_tointegerx(L, -1, &isnum);
  if (lua_type(L, -1) != LUA_TNUMBER || !isnum || n < 0 || n > INT32_MAX) {
    lua_pushfstring(L,
                    "option \"%s\" is not a number of instructions from 0 to "
                    "%d",
                    name, INT32_MAX);
    lua_insert(L, -2);
    axL_badvalue(L, idx, lua_tostring(L, -2));
  }
  lua_pop(L, 1);
  return (uint32_t)n;
}

/* A process has those of the one that makes it, the first those of the
** kernel. */
const axL_limits *axL_inherited(lua_State *L) {
  uint32_t *used;
  const axL_state *S = axL_getstate(L);
  const axL_limits *l = axL_limitsof(ax_running(S->kernel), &used);
  return l == NULL ? &S->limits : l;
}

axL_limits axL_checklimits(lua_State *L, int idx) {
  const axL_limits *d = axL_inherited(L);
  axL_limits limits;
  limits.quantum = checkcount(L, idx, "quantum", d->quantum);
  limits.warn = checkcount(L, idx, "warn", d->warn);
  limits.kill = checkcount(L, idx, "kill", d->kill);
  if (limits.quantum == 0 && (limits.warn > 0 || limits.kill > 0))
    limits.quantum = AXL_QUANTUM;
  return limits;
}
