-- Lua 5.4, 80 columns, no globals
std = "lua54"
max_line_length = 80
codes = true
include_files = {
  "**/*.lua",
  "bin/axeberg",
  "rockspec/*.rockspec",
  ".busted",
  ".luacheckrc",
  ".luacov",
}
exclude_files = { "build/**" }
files["spec/**/*_spec.lua"].std = "+busted"
files["spec/support/*.lua"].std = "+busted"
files["rockspec/*.rockspec"].std = "+rockspec"
files[".luacheckrc"].std = "+luacheckrc"
