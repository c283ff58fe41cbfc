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
      -- one file with all of core and binding: LuaRocks compiles each
      -- file alone, without optimisation across files
      incdirs = { "core/include", "core", "bindings/lua" },
      sources = { "bindings/lua/all.c" },
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
