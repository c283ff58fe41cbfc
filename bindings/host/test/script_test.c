/* script_test - scripts as processes of a host: axL_load and the like */
#include "host.h"

/* ---------------------------------------------------------------- scripts */

static void a_script_runs(void) {
  host h;
  host_open(&h);
  check_int(axL_open(h.L, NULL), AX_EEXIST);
  lua_pushinteger(h.L, 40);
  lua_pushinteger(h.L, 2);
  check_str(outcome(&h, load(&h, "local a, b = ... return a + b", 2)), "42");
  host_close(&h);
}

static void its_errors_have_tracebacks(void) {
  host h;
  host_open(&h);
  const char *error =
      outcome(&h, load(&h, "local function f() error('oops') end\nf()", 0));
  check(starts(error, "test:1: oops\nstack traceback:"));
  check(strstr(error, "test:2: in main chunk") != NULL);
  check(starts(outcome(&h, load(&h, "error({})", 0)), "table: "));
  host_close(&h);
}

static void an_error_that_nobody_asks_for_is_told(void) {
  host h;
  host_open(&h);
  ax_proc *p = load(&h, "error('unheard')", 0);
  axL_frame(h.L, AX_NEVER);
  check_str(h.error, "");
  check_int(ax_proc_reap(p), AX_OK);
  axL_frame(h.L, AX_NEVER);
  check(starts(h.error, "test:1: unheard\nstack traceback:"));
  host_close(&h);
}

static void what_is_no_script(void) {
  static const char *const texts[] = {"return +", "\x1bLua", NULL};
  host h;
  ax_proc *p;
  host_open(&h);
  for (int i = 0; texts[i] != NULL; i++) {
    axL_script s = {.name = "bad", .text = texts[i]};
    lua_pushboolean(h.L, 1);
    check_int(axL_load(h.L, &s, 1, &p), AX_EINVAL);
    check(strncmp(lua_tostring(h.L, -1), "bad:1:", 6) == 0 ||
          strstr(lua_tostring(h.L, -1), "load a binary") != NULL);
    lua_pop(h.L, 1);
  }
  host_close(&h);
}

static void a_runaway_is_killed_and_others_go_on(void) {
  host h;
  host_open(&h);
  axL_script s = {.name = "runaway",
                  .priority = AX_NORMAL,
                  .text = "while true do pcall(function()\n"
                          "  coroutine.wrap(function() while true do end\n"
                          "  end)() end) end",
                  .quantum = 1000,
                  .kill = 100000};
  ax_proc *runaway, *other = load(&h, "return 7", 0);
  check_int(axL_load(h.L, &s, 0, &runaway), AX_OK);
  check_str(outcome(&h, other), "7");
  check_str(outcome(&h, runaway), "killed: KILL");
  host_close(&h);
}

static void children_inherit_the_limits(void) {
  host h;
  host_open(&h);
  axL_script s = {.name = "parent",
                  .priority = AX_NORMAL,
                  .text =
                      "local child = ax.spawn({ quantum = 0, kill = 0 },\n"
                      "  function() while true do end end)\n"
                      "local _, how, why = ax.wait(child)\n"
                      "return how == 'killed' and why == 'KILL' and 1",
                  .quantum = 1000,
                  .kill = 100000};
  ax_proc *p;
  check_int(axL_load(h.L, &s, 0, &p), AX_OK);
  check_str(outcome(&h, p), "1");
  host_close(&h);
}

static void a_budget_ends_a_frame(void) {
  host h;
  host_open(&h);
  ax_proc *p = load(&h, "while true do ax.yield() end", 0);
  check_int(axL_frame(h.L, 0), 1); /* at least one step */
  check_int(ax_kill(h.k, ax_proc_pid(p), AX_SIGKILL), AX_OK);
  check_str(outcome(&h, p), "killed: KILL");
  p = load(&h, "ax.sleep(1.5) return 3", 0);
  check_int(axL_frame(h.L, AX_NEVER), 1);
  check(ax_next_deadline(h.k) == h.now + AX_SECOND * 3 / 2);
  h.now += AX_SECOND * 3 / 2;
  check_str(outcome(&h, p), "3");
  host_close(&h);
}

/* ---------------------------------------------------------------- sandbox */

static void scripts_see_what_is_chosen_only(void) {
  static const char *const hidden[] = {"io",        "os",
                                       "debug",     "require",
                                       "load",      "loadstring",
                                       "dofile",    "package",
                                       "loadfile",  "collectgarbage",
                                       "ax.run",    "ax.sys",
                                       "ax.kill",   "ax.ps",
                                       "ax.script", "getmetatable('')",
                                       NULL};
  host h;
  char text[128];
  host_open(&h);
  for (int i = 0; hidden[i] != NULL; i++) {
    snprintf(text, sizeof text, "return %s == nil and 1 or 0", hidden[i]);
    if (!check_str(outcome(&h, load(&h, text, 0)), "1"))
      fprintf(stderr, "  %s\n", hidden[i]);
  }
  host_close(&h);
}

static void scripts_do_not_meet_in_globals(void) {
  static const char *const attempts[] = {
      "string.format = 1",
      "ax.spawn = 1",
      "math.pi = 3",
      "setmetatable(_G, {})",
      "setmetatable({}, { __gc = print })",
      "rawset(getmetatable(_G).__index, 'x', 1)",
      "rawset(getmetatable(string).__index, 'x', 1)",
      NULL};
  host h;
  host_open(&h);
  check_str(outcome(&h, load(&h, "x = 1 return x", 0)), "1");
  check_str(outcome(&h, load(&h, "return x == nil and 1", 0)), "1");
  for (int i = 0; attempts[i] != NULL; i++)
    if (!check(starts(outcome(&h, load(&h, attempts[i], 0)), "test:1: ")))
      fprintf(stderr, "  %s\n", attempts[i]);
  check_str(outcome(&h, load(&h,
                             "return #('%d'):format(12) + math.floor(1.5) + "
                             "select('#', pairs(string))",
                             0)),
            "6");
  host_close(&h);
}

static void chosen_globals_are_copied_in(void) {
  static const char *const names[] = {"assert", "answer", "string", NULL};
  host h;
  ax_proc *p;
  host_open(&h);
  lua_pushinteger(h.L, 42);
  lua_setglobal(h.L, "answer");
  axL_script s = {.name = "chosen",
                  .priority = AX_NORMAL,
                  .globals = names,
                  .text = "assert(print == nil and string.rep)\n"
                          "answer = answer + 1 return answer"};
  check_int(axL_load(h.L, &s, 0, &p), AX_OK);
  check_str(outcome(&h, p), "43");
  lua_getglobal(h.L, "answer");
  check_int(lua_tointeger(h.L, -1), 42);
  lua_pop(h.L, 1);
  host_close(&h);
}

int main(int argc, char **argv) {
  static const test tests[] = {
      TEST(a_script_runs),
      TEST(its_errors_have_tracebacks),
      TEST(an_error_that_nobody_asks_for_is_told),
      TEST(what_is_no_script),
      TEST(a_runaway_is_killed_and_others_go_on),
      TEST(children_inherit_the_limits),
      TEST(a_budget_ends_a_frame),
      TEST(scripts_see_what_is_chosen_only),
      TEST(scripts_do_not_meet_in_globals),
      TEST(chosen_globals_are_copied_in),
  };
  return test_main(argc, argv, tests, COUNT(tests));
}
