/* chunk - the files of lua/ as bytes in the library
**
** chunks.c is made by cmake/embed.cmake. */
#ifndef AXL_CHUNK_H
#define AXL_CHUNK_H

#include <stddef.h>

typedef struct axL_chunk {
  const char *module; /* "axeberg.link" */
  const char *file;   /* "@axeberg/link.lua", for messages */
  const unsigned char *bytes;
  size_t size;
} axL_chunk;

extern const axL_chunk axL_chunks[];
extern const size_t axL_nchunks;

/* The one of that module; NULL: there is none. */
const axL_chunk *axL_findchunk(const char *module);

#endif
