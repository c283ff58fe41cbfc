/* list_test - links that live in what they link */
#include "base/list.h"

#include "test.h"

typedef struct item {
  ax_list link;
  char name;
} item;

static ax_list head, other;
static item items[26];

static void setup(void) {
  ax_list_init(&head);
  ax_list_init(&other);
  for (size_t i = 0; i < COUNT(items); i++) {
    ax_list_init(&items[i].link);
    items[i].name = (char)('a' + i);
  }
}

static ax_list *link_of(char name) { return &items[name - 'a'].link; }

static void push(ax_list *to, const char *names) {
  for (; *names; names++) ax_list_push(to, link_of(*names));
}

/* The names in a list, read in both directions. */
static const char *names_in(const ax_list *list) {
  static char text[64];
  size_t n = 0;
  for (const ax_list *l = list->next; l != list && n < 60; l = l->next) {
    check(l->next->prev == l && l->prev->next == l);
    text[n++] = ((const item *)(const void *)l)->name;
  }
  text[n] = '\0';
  return text;
}

static void a_new_head_is_empty(void) {
  setup();
  check(ax_list_empty(&head));
  check(ax_list_pop(&head) == NULL);
  check(ax_list_empty(&head));
}

static void links_come_out_as_they_went_in(void) {
  setup();
  push(&head, "abc");
  check_str(names_in(&head), "abc");
  check(ax_list_pop(&head) == link_of('a'));
  check(ax_list_empty(link_of('a')));
  check(ax_list_pop(&head) == link_of('b'));
  push(&head, "a");
  check_str(names_in(&head), "ca");
  check(ax_list_pop(&head) == link_of('c'));
  check(ax_list_pop(&head) == link_of('a'));
  check(ax_list_pop(&head) == NULL);
}

static void anybody_can_be_unlinked_even_twice(void) {
  setup();
  push(&head, "abcd");
  ax_list_unlink(link_of('b'));
  check_str(names_in(&head), "acd");
  ax_list_unlink(link_of('b'));
  check_str(names_in(&head), "acd");
  ax_list_unlink(link_of('a'));
  ax_list_unlink(link_of('d'));
  check_str(names_in(&head), "c");
  ax_list_unlink(link_of('c'));
  check(ax_list_empty(&head));
  ax_list_unlink(link_of('z'));
  check(ax_list_empty(link_of('z')));
}

static void moving_appends_and_empties(void) {
  setup();
  ax_list_move(&head, &other);
  check(ax_list_empty(&head) && ax_list_empty(&other));
  push(&other, "ab");
  ax_list_move(&head, &other);
  check_str(names_in(&head), "ab");
  check(ax_list_empty(&other));
  push(&other, "cd");
  ax_list_move(&head, &other);
  check_str(names_in(&head), "abcd");
  check(ax_list_empty(&other));
  ax_list_move(&head, &other);
  check_str(names_in(&head), "abcd");
  push(&other, "e");
  check_str(names_in(&other), "e");
}

int main(int argc, char **argv) {
  static const test tests[] = {
      TEST(a_new_head_is_empty),
      TEST(links_come_out_as_they_went_in),
      TEST(anybody_can_be_unlinked_even_twice),
      TEST(moving_appends_and_empties),
  };
  return test_main(argc, argv, tests, COUNT(tests));
}
