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
    ["axeberg.shell"] = "lua/axeberg/shell/init.lua",
    ["axeberg.shell.arith"] = "lua/axeberg/shell/arith.lua",
    ["axeberg.shell.backtrack"] = "lua/axeberg/shell/backtrack.lua",
    ["axeberg.shell.builtin"] = "lua/axeberg/shell/builtin.lua",
    ["axeberg.shell.catalog"] = "lua/axeberg/shell/catalog.lua",
    ["axeberg.shell.context"] = "lua/axeberg/shell/context.lua",
    ["axeberg.shell.copy"] = "lua/axeberg/shell/copy.lua",
    ["axeberg.shell.dfa"] = "lua/axeberg/shell/dfa.lua",
    ["axeberg.shell.escape"] = "lua/axeberg/shell/escape.lua",
    ["axeberg.shell.exec"] = "lua/axeberg/shell/exec.lua",
    ["axeberg.shell.exit"] = "lua/axeberg/shell/exit.lua",
    ["axeberg.shell.expand"] = "lua/axeberg/shell/expand.lua",
    ["axeberg.shell.getopts"] = "lua/axeberg/shell/getopts.lua",
    ["axeberg.shell.glob"] = "lua/axeberg/shell/glob.lua",
    ["axeberg.shell.job"] = "lua/axeberg/shell/job.lua",
    ["axeberg.shell.launch"] = "lua/axeberg/shell/launch.lua",
    ["axeberg.shell.lexer"] = "lua/axeberg/shell/lexer.lua",
    ["axeberg.shell.name"] = "lua/axeberg/shell/name.lua",
    ["axeberg.shell.parser"] = "lua/axeberg/shell/parser.lua",
    ["axeberg.shell.pattern"] = "lua/axeberg/shell/pattern.lua",
    ["axeberg.shell.port"] = "lua/axeberg/shell/port.lua",
    ["axeberg.shell.program.basename"] = "lua/axeberg/shell/program/basename.lua",
    ["axeberg.shell.program.cat"] = "lua/axeberg/shell/program/cat.lua",
    ["axeberg.shell.program.chmod"] = "lua/axeberg/shell/program/chmod.lua",
    ["axeberg.shell.program.cp"] = "lua/axeberg/shell/program/cp.lua",
    ["axeberg.shell.program.cut"] = "lua/axeberg/shell/program/cut.lua",
    ["axeberg.shell.program.date"] = "lua/axeberg/shell/program/date.lua",
    ["axeberg.shell.program.dirname"] = "lua/axeberg/shell/program/dirname.lua",
    ["axeberg.shell.program.echo"] = "lua/axeberg/shell/program/echo.lua",
    ["axeberg.shell.program.env"] = "lua/axeberg/shell/program/env.lua",
    ["axeberg.shell.program.false"] = "lua/axeberg/shell/program/false.lua",
    ["axeberg.shell.program.grep"] = "lua/axeberg/shell/program/grep.lua",
    ["axeberg.shell.program.head"] = "lua/axeberg/shell/program/head.lua",
    ["axeberg.shell.program.ln"] = "lua/axeberg/shell/program/ln.lua",
    ["axeberg.shell.program.ls"] = "lua/axeberg/shell/program/ls.lua",
    ["axeberg.shell.program.mkdir"] = "lua/axeberg/shell/program/mkdir.lua",
    ["axeberg.shell.program.mkfifo"] = "lua/axeberg/shell/program/mkfifo.lua",
    ["axeberg.shell.program.mv"] = "lua/axeberg/shell/program/mv.lua",
    ["axeberg.shell.program.printf"] = "lua/axeberg/shell/program/printf.lua",
    ["axeberg.shell.program.pwd"] = "lua/axeberg/shell/program/pwd.lua",
    ["axeberg.shell.program.rm"] = "lua/axeberg/shell/program/rm.lua",
    ["axeberg.shell.program.rmdir"] = "lua/axeberg/shell/program/rmdir.lua",
    ["axeberg.shell.program.sed"] = "lua/axeberg/shell/program/sed.lua",
    ["axeberg.shell.program.seq"] = "lua/axeberg/shell/program/seq.lua",
    ["axeberg.shell.program.sh"] = "lua/axeberg/shell/program/sh.lua",
    ["axeberg.shell.program.sleep"] = "lua/axeberg/shell/program/sleep.lua",
    ["axeberg.shell.program.sort"] = "lua/axeberg/shell/program/sort.lua",
    ["axeberg.shell.program.stat"] = "lua/axeberg/shell/program/stat.lua",
    ["axeberg.shell.program.tail"] = "lua/axeberg/shell/program/tail.lua",
    ["axeberg.shell.program.tee"] = "lua/axeberg/shell/program/tee.lua",
    ["axeberg.shell.program.test"] = "lua/axeberg/shell/program/test.lua",
    ["axeberg.shell.program.touch"] = "lua/axeberg/shell/program/touch.lua",
    ["axeberg.shell.program.tr"] = "lua/axeberg/shell/program/tr.lua",
    ["axeberg.shell.program.true"] = "lua/axeberg/shell/program/true.lua",
    ["axeberg.shell.program.uniq"] = "lua/axeberg/shell/program/uniq.lua",
    ["axeberg.shell.program.wc"] = "lua/axeberg/shell/program/wc.lua",
    ["axeberg.shell.program.xargs"] = "lua/axeberg/shell/program/xargs.lua",
    ["axeberg.shell.program.yes"] = "lua/axeberg/shell/program/yes.lua",
    ["axeberg.shell.prompt"] = "lua/axeberg/shell/prompt.lua",
    ["axeberg.shell.read"] = "lua/axeberg/shell/read.lua",
    ["axeberg.shell.redirect"] = "lua/axeberg/shell/redirect.lua",
    ["axeberg.shell.regex"] = "lua/axeberg/shell/regex.lua",
    ["axeberg.shell.script"] = "lua/axeberg/shell/script.lua",
    ["axeberg.shell.shell"] = "lua/axeberg/shell/shell.lua",
    ["axeberg.shell.status"] = "lua/axeberg/shell/status.lua",
    ["axeberg.shell.trap"] = "lua/axeberg/shell/trap.lua",
    ["axeberg.shell.word"] = "lua/axeberg/shell/word.lua",
    ["axeberg.shm"] = "lua/axeberg/shm.lua",
    ["axeberg.supervise"] = "lua/axeberg/supervise.lua",
    ["axeberg.sys"] = "lua/axeberg/sys.lua",
  },
}
