/* hand_test - what a host hands to scripts and takes from them; its end */
#include "host.h"

/* ----------------------------------------------------------------- objects */

static void the_host_talks_to_a_script(void) {
  host h;
  ax_object *in_tx, *in_rx, *out_tx, *out_rx;
  host_open(&h);
  check_int(ax_channel_new(h.k, NULL, &in_tx, &in_rx), AX_OK);
  check_int(ax_channel_new(h.k, NULL, &out_tx, &out_rx), AX_OK);
  check_int(axL_pushobject(h.L, in_rx), AX_OK);
  check_int(axL_pushobject(h.L, out_tx), AX_OK);
  ax_proc *p = load(&h,
                    "local rx, tx = ...\n"
                    "for v in rx do tx:send({ twice = 2 * v }) end",
                    2);
  for (int i = 1; i <= 3; i++) {
    ax_value v = ax_integer(i);
    check_int(ax_channel_send(in_tx, &v), AX_OK);
  }
  ax_unref(in_tx);
  check_str(outcome(&h, p), "0");
  for (int i = 1; i <= 3; i++) {
    ax_value v;
    check_int(ax_channel_recv(out_rx, &v), AX_OK);
    check_int(axL_pushvalueof(h.L, &v), AX_OK);
    lua_getfield(h.L, -1, "twice");
    check_int(lua_tointeger(h.L, -1), 2 * i);
    lua_pop(h.L, 2);
  }
  ax_value v;
  check_int(ax_channel_recv(out_rx, &v), AX_EPIPE); /* it ended */
  ax_unref(out_rx);
  host_close(&h);
}

static void the_host_takes_an_end_of_a_script(void) {
  host h;
  ax_object *tx, *rx, *end;
  ax_value v;
  host_open(&h);
  check_int(ax_channel_new(h.k, NULL, &tx, &rx), AX_OK);
  check_int(axL_pushobject(h.L, tx), AX_OK);
  ax_proc *p = load(&h,
                    "local out = ...\n"
                    "local a, b = ax.channel()\n"
                    "b:give(1)\n"
                    "out:send(b)\n"
                    "a:send('from the script') ax.sleep(9)",
                    1);
  axL_frame(h.L, AX_NEVER);
  check_int(ax_channel_recv(rx, &v), AX_OK);
  check_int(axL_pushvalueof(h.L, &v), AX_OK);
  check(axL_toobject(h.L, -1) != NULL);
  end = axL_takeobject(h.L, -1);
  check(end != NULL && axL_toobject(h.L, -1) == NULL);
  lua_pop(h.L, 1);
  check_int(ax_channel_recv(end, &v), AX_OK);
  check_int(axL_pushvalueof(h.L, &v), AX_OK);
  check_str(lua_tostring(h.L, -1), "from the script");
  lua_pop(h.L, 1);
  ax_unref(end);
  ax_unref(rx);
  check_int(ax_kill(h.k, ax_proc_pid(p), AX_SIGKILL), AX_OK);
  check_str(outcome(&h, p), "killed: KILL");
  host_close(&h);
}

static void pipes_and_segments_are_handed_too(void) {
  host h;
  ax_object *reader, *writer, *segment, *region;
  char text[16] = "";
  size_t n = 0;
  host_open(&h);
  check_int(ax_pipe(h.k, 0, &reader, &writer), AX_OK);
  check_int(
      ax_shm_get(h.k, AX_IPC_PRIVATE, 4096, AX_IPC_CREAT | 0600, &segment),
      AX_OK);
  check_int(ax_shm_attach(segment, 0, &region), AX_OK);
  check_int(axL_pushobject(h.L, writer), AX_OK);
  check_int(axL_pushobject(h.L, segment), AX_OK);
  ax_proc *p = load(&h,
                    "local pipe, segment = ...\n"
                    "pipe:write('through a pipe')\n"
                    "local region <close> = segment:attach('rw')\n"
                    "region:write(8, 'shared')\n"
                    "region:sync()",
                    2);
  check_str(outcome(&h, p), "0");
  check_int(ax_file_read(reader, text, sizeof text - 1, &n), AX_OK);
  check_str(text, "through a pipe");
  check_int(ax_region_refresh(region), AX_OK);
  memset(text, 0, sizeof text);
  check_int(ax_region_read(region, 8, text, 6), AX_OK);
  check_str(text, "shared");
  ax_unref(reader);
  ax_unref(region);
  host_close(&h);
}

static void what_cannot_be_handed(void) {
  host h;
  ax_kernel *other;
  ax_object *tx, *rx;
  ax_value v;
  host_open(&h);
  check_int(axL_pushobject(h.L, ax_kernel_children(h.k)), AX_ENOTSUP);
  check_int(ax_kernel_new(NULL, &other), AX_OK);
  check_int(ax_channel_new(other, NULL, &tx, &rx), AX_OK);
  check_int(axL_pushobject(h.L, tx), AX_EXDEV);
  ax_unref(tx);
  ax_unref(rx);
  ax_kernel_free(other);
  check(axL_toobject(h.L, 1) == NULL);
  lua_pushnil(h.L);
  check_int(axL_tovalue(h.L, -1, &v), AX_EINVAL);
  lua_pushliteral(h.L, "text");
  check(axL_toobject(h.L, -1) == NULL && axL_takeobject(h.L, -1) == NULL);
  check_int(axL_tovalue(h.L, -1, &v), AX_OK);
  check_int(v.type, AX_FOREIGN);
  ax_value_clear(&v);
  lua_pop(h.L, 2);
  host_close(&h);
}

/* A process in C whose step calls Lua: Lua must not block there. */
static enum ax_step call_lua(ax_proc *p) {
  host *h = ax_proc_body(p);
  int status = luaL_dostring(h->L, "return require('axeberg').sleep(1)");
  bool refused = status != LUA_OK &&
                 strstr(lua_tostring(h->L, -1), "written in C") != NULL;
  lua_pop(h->L, 1);
  ax_proc_exit(p, AX_EXITED, ax_integer(refused));
  return AX_DONE;
}

static enum ax_step fail_in_c(ax_proc *p) {
  ax_value v = ax_nil();
  if (ax_string(ax_proc_kernel(p), "C failed", 8, &v) == AX_OK)
    ax_proc_exit(p, AX_FAILED, v);
  return AX_DONE;
}

static void processes_in_c_beside_scripts(void) {
  static const ax_proc_ops caller = {.step = call_lua};
  static const ax_proc_ops failing = {.step = fail_in_c};
  host h;
  ax_proc *p;
  host_open(&h);
  luaL_requiref(h.L, LUA_LOADLIBNAME, luaopen_package, 1);
  lua_pop(h.L, 1);
  check_int(ax_spawn(h.k, &caller, &h, "caller", AX_NORMAL, &p), AX_OK);
  check_str(outcome(&h, p), "1");
  check_int(ax_spawn(h.k, &failing, NULL, "failing", AX_NORMAL, &p), AX_OK);
  check_str(outcome(&h, p), "C failed");
  host_close(&h);
}

/* ------------------------------------------------------------------- ends */

static void everything_is_alive_at_the_end(void) {
  host h;
  ax_object *tx, *rx, *door;
  host_open(&h);
  check_int(ax_channel_new(h.k, NULL, &tx, &rx), AX_OK);
  check_int(ax_door_new(h.k, tx, 256, &door), AX_OK);
  check_int(axL_pushobject(h.L, rx), AX_OK);
  load(&h,
       "local rx = ...\n"
       "local t <close> = setmetatable({}, { __close = function() end })\n"
       "ax.spawn(function() ax.sleep(100) end)\n"
       "local tx2, rx2 = ax.channel('string', { capacity = 1 })\n"
       "tx2:send('x')\n"
       "ax.select({ rx, { tx2, 'y' }, ax.after(1000) })",
       1);
  load(&h, "while true do ax.yield() end", 0);
  axL_frame(h.L, 0);
  check_int(ax_door_post(door, AX_STRING, "late", 4), AX_OK);
  ax_unref(tx);
  ax_unref(door);
  host_close(&h);
}

/* A script that gets an end, runs and ends; false: memory was short. */
static bool run_script(host *h, ax_object *tx, ax_object *rx) {
  ax_proc *p;
  ax_value v = ax_integer(5);
  axL_script s = {.name = "short",
                  .text = "local rx = ... return rx:recv()",
                  .priority = AX_NORMAL,
                  .quantum = 1000};
  if (axL_pushobject(h->L, ax_ref(rx)) != AX_OK) {
    ax_unref(rx);
    return false;
  }
  if (axL_load(h->L, &s, 1, &p) != AX_OK) {
    lua_pop(h->L, 1);
    return false;
  }
  bool fine = ax_channel_send(tx, &v) == AX_OK;
  for (int i = 0; i < 3; i++) axL_frame(h->L, AX_NEVER);
  if (!fine || ax_proc_state(p) != AX_ZOMBIE) return false;
  int rc = axL_pusherror(h->L, p); /* a failure, or why it is not known */
  if (rc == AX_OK) lua_pop(h->L, 1);
  return rc == AX_ENOENT && ax_proc_reap(p) == AX_OK;
}

/* All that a host does, in a state that has the libraries. */
static bool all_there_is(host *h) {
  ax_object *tx, *rx;
  if (h->k == NULL && host_try(h) != AX_OK) return false;
  h->k = axL_tokernel(h->L);
  if (ax_channel_new(h->k, NULL, &tx, &rx) != AX_OK) return false;
  bool fine = run_script(h, tx, rx);
  ax_unref(tx);
  ax_unref(rx);
  return fine;
}

/* Once with that allocation failing and, if so, all after it; how many were
** asked for. */
static bool fails_well(size_t n, bool all, bool open) {
  host h;
  memset(&h, 0, sizeof h);
  h.L = lua_newstate(host_alloc, &h);
  if (h.L == NULL) exit(1);
  open_libraries(h.L);
  if (open && host_try(&h) == AX_OK) h.k = axL_tokernel(h.L);
  h.asked = 0;
  h.fail = n;
  h.once = !all;
  bool fine = all_there_is(&h);
  if (all) check(fine == (h.failed == 0));
  bool through = h.failed == 0;
  h.fail = 0;
  host_close(&h);
  return through;
}

/* Each one of those that running a script takes; one failure alone may be
** mended by a garbage collection. */
static void every_allocation_may_fail(void) {
  size_t n = 1;
  while (!fails_well(n, true, true)) n++;
  check(n > 20);
  for (n = 1; !fails_well(n, false, true);) n++;
}

/* Some of the many that opening takes. */
static void opening_may_fail_for_lack_of_memory(void) {
  size_t n = 1;
  while (!fails_well(n, true, false)) n += 1 + n / 32;
  check(n > 1000);
}

int main(int argc, char **argv) {
  static const test tests[] = {
      TEST(the_host_talks_to_a_script),
      TEST(the_host_takes_an_end_of_a_script),
      TEST(pipes_and_segments_are_handed_too),
      TEST(what_cannot_be_handed),
      TEST(processes_in_c_beside_scripts),
      TEST(everything_is_alive_at_the_end),
      TEST(every_allocation_may_fail),
      TEST(opening_may_fail_for_lack_of_memory),
  };
  return test_main(argc, argv, tests, COUNT(tests));
}
