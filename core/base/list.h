/* list - links that live in what they link
**
** Interface:
** - ax_list: a ring of links with a head; FIFO by ax_list_push and
**   ax_list_pop; anybody can be unlinked in O(1).
** - A link that is in no list points at itself, so unlinking twice, or
**   asking whether it is linked, is always fine. */
#ifndef AX_BASE_LIST_H
#define AX_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

typedef struct ax_list {
  struct ax_list *next, *prev;
} ax_list;

static inline void ax_list_init(ax_list *l) { l->next = l->prev = l; }

/* For a head: nothing is in it.  For a link: it is in no list. */
static inline bool ax_list_empty(const ax_list *l) { return l->next == l; }

static inline void ax_list_push(ax_list *head, ax_list *l) {
  l->prev = head->prev;
  l->next = head;
  head->prev->next = l;
  head->prev = l;
}

static inline void ax_list_unlink(ax_list *l) {
  l->next->prev = l->prev;
  l->prev->next = l->next;
  ax_list_init(l);
}

/* The oldest link, unlinked; NULL from an empty list. */
static inline ax_list *ax_list_pop(ax_list *head) {
  ax_list *l = head->next;
  if (l == head) return NULL;
  ax_list_unlink(l);
  return l;
}

/* Moves everything to the end of another list. */
static inline void ax_list_move(ax_list *to, ax_list *from) {
  if (ax_list_empty(from)) return;
  from->next->prev = to->prev;
  to->prev->next = from->next;
  from->prev->next = to;
  to->prev = from->prev;
  ax_list_init(from);
}

#endif
