/* chunk - the files of lua/ as bytes in the library */
#include "chunk.h"

#include <string.h>

const axL_chunk *axL_findchunk(const char *module) {
  for (size_t i = 0; i < axL_nchunks; i++)
    if (strcmp(axL_chunks[i].module, module) == 0) return &axL_chunks[i];
  return NULL;
}
