rockspec_format = "3.0"
package = "axeberg"
version = "dev-1"
source = {
  url = "git+file://.",
}
description = {
  summary = "A small kernel that lives inside a program",
  detailed = [[
Processes, typed channels and waiting for Lua 5.4, in one small C library:
a hang explains itself, kill and timeouts lose nothing, and every run of a
program is the same run.]],
  license = "MIT",
}
dependencies = {
  "lua >= 5.4, < 5.5",
  "lua-cjson",
}
test_dependencies = {
  "busted",
}
test = {
  type = "busted",
}
build = {
  type = "builtin",
  modules = {
    ["axeberg.core"] = {
      incdirs = { "core/include", "core", "bindings/lua" },
      sources = {
        "core/axeberg.c",
        "core/base/alloc.c",
        "core/base/bytes.c",
        "core/base/error.c",
        "core/base/heap.c",
        "core/base/value.c",
        "core/kernel/clock.c",
        "core/kernel/kernel.c",
        "core/kernel/object.c",
        "core/kernel/proc.c",
        "core/kernel/table.c",
        "core/kernel/timer.c",
        "core/kernel/wait.c",
        "core/ipc/channel.c",
      },
    },
  },
}
