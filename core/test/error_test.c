/* error_test - the error map */
#include <errno.h>
#include <limits.h>

#include "axeberg.h"
#include "test.h"

typedef struct row {
  const char *name, *text;
  int code, number;
} row;

static const row rows[] = {
#define X(name, number, text) {#name, text, AX_##name, number},
    AX_ERRORS(X)
#undef X
};

static void every_code_has_its_name_and_its_sentence(void) {
  for (size_t i = 0; i < COUNT(rows); i++) {
    check_int(rows[i].code, -rows[i].number);
    check_str(ax_error_name(rows[i].code), rows[i].name);
    check_str(ax_error_text(rows[i].code), rows[i].text);
    check(strlen(rows[i].text) > 0);
  }
}

static void codes_names_and_sentences_are_unique(void) {
  for (size_t i = 0; i < COUNT(rows); i++)
    for (size_t j = 0; j < i; j++) {
      check(rows[i].code != rows[j].code);
      check(strcmp(rows[i].name, rows[j].name) != 0);
      check(strcmp(rows[i].text, rows[j].text) != 0);
    }
}

static void other_numbers_are_unknown(void) {
  const int strange[] = {1, 32, -8, -11111, 4096, INT_MAX, INT_MIN};
  for (size_t i = 0; i < COUNT(strange); i++) {
    check_str(ax_error_name(strange[i]), "EUNKNOWN");
    check(ax_error_text(strange[i]) != NULL);
    check(strlen(ax_error_text(strange[i])) > 0);
  }
}

static void zero_is_no_error(void) {
  check_int(AX_OK, 0);
  check(ax_error_name(AX_OK) != NULL);
  check(ax_error_text(AX_OK) != NULL);
}

#ifdef __linux__
static void numbers_are_those_of_linux(void) {
#define X(name, number, text) check_int(number, name);
  AX_ERRORS(X)
#undef X
}
#endif

static void the_version_is_that_of_the_header(void) {
  char text[32];
  snprintf(text, sizeof text, "%d.%d.%d", AX_VERSION_MAJOR, AX_VERSION_MINOR,
           AX_VERSION_PATCH);
  check_str(AX_VERSION, text);
  check_str(ax_version(), AX_VERSION);
}

int main(int argc, char **argv) {
  static const test tests[] = {
      TEST(every_code_has_its_name_and_its_sentence),
      TEST(codes_names_and_sentences_are_unique),
      TEST(other_numbers_are_unknown),
      TEST(zero_is_no_error),
#ifdef __linux__
      TEST(numbers_are_those_of_linux),
#endif
      TEST(the_version_is_that_of_the_header),
  };
  return test_main(argc, argv, tests, COUNT(tests));
}
