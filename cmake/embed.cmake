# embed.cmake - Lua files as a C source
#   cmake -DOUT=chunks.c -DTOP=folder -DFILES=lua/a.lua,lua/b.lua -P embed.cmake
string(REPLACE "," ";" FILES "${FILES}")
set(text "/* made by cmake/embed.cmake */\n#include \"chunk.h\"\n\n")
set(table "")
set(n 0)
foreach(file IN LISTS FILES)
  file(READ ${TOP}/${file} hex HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
  string(REGEX REPLACE "(................................................................................)"
    "\\1\n" bytes "${bytes}")
  string(REGEX REPLACE "^lua/" "" path ${file})
  string(REGEX REPLACE "(/init)?\\.lua$" "" module ${path})
  string(REPLACE "/" "." module ${module})
  string(APPEND text "static const unsigned char chunk${n}[] = {\n${bytes}};\n")
  string(APPEND table
    "    {\"${module}\", \"@${path}\", chunk${n}, sizeof chunk${n}},\n")
  math(EXPR n "${n} + 1")
endforeach()
string(APPEND text "\nconst axL_chunk axL_chunks[] = {\n${table}};\n"
  "const size_t axL_nchunks = ${n};\n")
file(WRITE ${OUT} "${text}")
