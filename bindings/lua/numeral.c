/* numeral - how far the numeral goes that a read of "n" takes
**
** By the rules of the io library, which reads one character at a time and
** stops at the first that cannot belong to a numeral. */
#include <ctype.h>

#include "file.h"

/* Where a numeral is being read. */
typedef struct numeral {
  const char *data; /* what there is */
  size_t size, at;
  size_t first; /* behind the white space */
  bool failed;  /* it is too long to be one */
} numeral;

/* The next character; -1: there is no more. */
static int numeral_next(const numeral *n) {
  return n->at < n->size ? (unsigned char)n->data[n->at] : -1;
}

/* Goes past a character that belongs to it; false: it gets too long. */
static bool numeral_pass(numeral *n) {
  if (n->at - n->first == AXL_NUMERAL) n->failed = true;
  if (!n->failed) n->at++;
  return !n->failed;
}

/* Goes past one of the two characters, if it is one. */
static bool numeral_either(numeral *n, const char *two) {
  int c = numeral_next(n);
  return (c == two[0] || c == two[1]) && numeral_pass(n);
}

static int numeral_digits(numeral *n, bool hex) {
  int count = 0, c;
  while ((c = numeral_next(n)) >= 0 && (hex ? isxdigit(c) : isdigit(c)) &&
         numeral_pass(n))
    count++;
  return count;
}

static void numeral_scan(numeral *n) {
  int count = 0;
  bool hex = false;
  numeral_either(n, "-+");
  if (numeral_either(n, "00")) {
    if (numeral_either(n, "xX"))
      hex = true;
    else
      count = 1;
  }
  count += numeral_digits(n, hex);
  if (numeral_either(n, "..")) count += numeral_digits(n, hex);
  if (count > 0 && numeral_either(n, hex ? "pP" : "eE")) {
    numeral_either(n, "-+");
    numeral_digits(n, false);
  }
}

size_t axL_numeral(const char *data, size_t size, size_t *first) {
  numeral n = {data, size, 0, 0, false};
  while (n.at < size && isspace((unsigned char)data[n.at])) n.at++;
  n.first = n.at;
  numeral_scan(&n);
  *first = n.failed ? n.at : n.first;
  return n.at;
}
