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
      defines = { "NDEBUG" },
      incdirs = { "core/include", "core", "bindings/lua" },
      sources = {
        "core/axeberg.c",
        "core/base/alloc.c",
        "core/base/bytes.c",
        "core/base/error.c",
        "core/base/hash.c",
        "core/base/heap.c",
        "core/base/ring.c",
        "core/base/value.c",
        "core/kernel/alarm.c",
        "core/kernel/child.c",
        "core/kernel/clock.c",
        "core/kernel/cred.c",
        "core/kernel/hold.c",
        "core/kernel/kernel.c",
        "core/kernel/object.c",
        "core/kernel/proc.c",
        "core/kernel/signal.c",
        "core/kernel/table.c",
        "core/kernel/timer.c",
        "core/kernel/wait.c",
        "core/ipc/array.c",
        "core/ipc/backlog.c",
        "core/ipc/blame.c",
        "core/ipc/channel.c",
        "core/ipc/choose.c",
        "core/ipc/compile.c",
        "core/ipc/decode.c",
        "core/ipc/deliver.c",
        "core/ipc/describe.c",
        "core/ipc/fault.c",
        "core/ipc/key.c",
        "core/ipc/message.c",
        "core/ipc/msgctl.c",
        "core/ipc/msgq.c",
        "core/ipc/pack.c",
        "core/ipc/pattern.c",
        "core/ipc/scalar.c",
        "core/ipc/schema.c",
        "core/ipc/shape.c",
        "core/ipc/unpack.c",
        "core/ipc/walk.c",
        "bindings/lua/alarm.c",
        "bindings/lua/body.c",
        "bindings/lua/channel.c",
        "bindings/lua/copy.c",
        "bindings/lua/describe.c",
        "bindings/lua/handle.c",
        "bindings/lua/kernel.c",
        "bindings/lua/limit.c",
        "bindings/lua/module.c",
        "bindings/lua/msgctl.c",
        "bindings/lua/msgq.c",
        "bindings/lua/option.c",
        "bindings/lua/pack.c",
        "bindings/lua/proc.c",
        "bindings/lua/report.c",
        "bindings/lua/schema.c",
        "bindings/lua/select.c",
        "bindings/lua/source.c",
        "bindings/lua/state.c",
        "bindings/lua/sys.c",
        "bindings/lua/value.c",
        "bindings/lua/wait.c",
        "bindings/lua/wrap.c",
      },
    },
    ["axeberg"] = "lua/axeberg/init.lua",
    ["axeberg.link"] = "lua/axeberg/link.lua",
    ["axeberg.meta"] = "lua/axeberg/meta.lua",
    ["axeberg.msgq"] = "lua/axeberg/msgq.lua",
    ["axeberg.report"] = "lua/axeberg/report.lua",
    ["axeberg.schema"] = "lua/axeberg/schema.lua",
    ["axeberg.scope"] = "lua/axeberg/scope.lua",
    ["axeberg.supervise"] = "lua/axeberg/supervise.lua",
    ["axeberg.sys"] = "lua/axeberg/sys.lua",
  },
}
