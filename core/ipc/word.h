/* word - words of a segment: changed in one go, and waited for
**
** Interface: public, axeberg.h. */
#ifndef AX_IPC_WORD_H
#define AX_IPC_WORD_H

#include "ipc/region.h"

enum { AX_WORD_QUEUES = 16 }; /* offsets share them, so a power of two */

/* Who waits at some offsets.  A clause's value is its offset.  Who was woken
** and has not run yet is in given: if he dies first, another one is woken in
** his stead. */
typedef struct ax_wordqueue {
  ax_object object; /* its references are not counted */
  ax_shm *shm;
  ax_list waiting, given;
} ax_wordqueue;

struct ax_words {
  ax_wordqueue queue[AX_WORD_QUEUES];
};

#endif
