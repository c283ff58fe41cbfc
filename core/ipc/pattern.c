/* pattern - the patterns of Lua's string library */
#include "ipc/pattern.h"

#include <ctype.h>
#include <string.h>

enum {
  CAPTURES_MAX = 32,   /* as in Lua */
  PATTERN_DEPTH = 200, /* of the recursion, as in Lua: parts of a pattern */
  STEPS = 10000000,    /* of one search, and for each byte of the string: */
  STEPS_PER_BYTE = 64
};

/* Lengths of captures that are not lengths. */
enum { UNFINISHED = -1, POSITION = -2 };

typedef struct pattern_search {
  const char *start, *end; /* of the string */
  const char *pend;        /* of the pattern */
  uint64_t steps;          /* that may still be made */
  int level;               /* captures begun */
  struct {
    const char *start;
    ptrdiff_t length;
  } capture[CAPTURES_MAX];
} pattern_search;

/* --------------------------------------------------------------- classes */

static bool in_class(int c, int class) {
  bool is;
  switch (tolower(class)) {
    case 'a': is = isalpha(c); break;
    case 'c': is = iscntrl(c); break;
    case 'd': is = isdigit(c); break;
    case 'g': is = isgraph(c); break;
    case 'l': is = islower(c); break;
    case 'p': is = ispunct(c); break;
    case 's': is = isspace(c); break;
    case 'u': is = isupper(c); break;
    case 'w': is = isalnum(c); break;
    case 'x': is = isxdigit(c); break;
    case 'z': is = c == 0; break;
    default: return c == class;
  }
  return isupper(class) ? !is : is;
}

static int byte_at(const char *p) { return (unsigned char)*p; }

/* p is at the '[', last at the ']'. */
static bool in_set(int c, const char *p, const char *last) {
  bool found = true;
  if (p[1] == '^') {
    found = false;
    p++;
  }
  while (++p < last) {
    if (*p == '%') {
      if (in_class(c, byte_at(++p))) return found;
    } else if (p[1] == '-' && p + 2 < last) {
      if (byte_at(p) <= c && c <= byte_at(p + 2)) return found;
      p += 2;
    } else if (byte_at(p) == c) {
      return found;
    }
  }
  return !found;
}

/* Behind the single character, class or set that begins at p; NULL if it
** does not end. */
static const char *item_end(const char *p, const char *pend) {
  if (*p == '%') return p + 2 <= pend ? p + 2 : NULL;
  if (*p != '[') return p + 1;
  if (++p < pend && *p == '^') p++;
  do {
    if (p == pend) return NULL;
    if (*p++ == '%' && p < pend) p++;
  } while (p == pend || *p != ']');
  return p + 1;
}

/* Does the item [p, after) match the byte at s? */
static bool matches(const pattern_search *m, const char *s, const char *p,
                    const char *after) {
  if (s >= m->end) return false;
  switch (*p) {
    case '.': return true;
    case '%': return in_class(byte_at(s), byte_at(p + 1));
    case '[': return in_set(byte_at(s), p, after - 1);
    default: return *p == *s;
  }
}

/* ---------------------------------------------------------------- search */

static const char *pattern_match(pattern_search *m, const char *s,
                                 const char *p);

static bool pattern_step(pattern_search *m) {
  if (m->steps == 0) return false;
  m->steps--;
  return true;
}

static const char *longest(pattern_search *m, const char *s, const char *p,
                           const char *after) {
  ptrdiff_t n = 0;
  while (pattern_step(m) && matches(m, s + n, p, after)) n++;
  for (; n >= 0 && pattern_step(m); n--) {
    const char *found = pattern_match(m, s + n, after + 1);
    if (found != NULL) return found;
  }
  return NULL;
}

static const char *shortest(pattern_search *m, const char *s, const char *p,
                            const char *after) {
  for (; pattern_step(m); s++) {
    const char *found = pattern_match(m, s, after + 1);
    if (found != NULL) return found;
    if (!matches(m, s, p, after)) return NULL;
  }
  return NULL;
}

/* %bxy */
static const char *balanced(pattern_search *m, const char *s, const char *p) {
  if (s >= m->end || *s != p[0]) return NULL;
  size_t open = 1;
  while (++s < m->end && pattern_step(m)) {
    if (*s == p[1]) {
      if (--open == 0) return s + 1;
    } else if (*s == p[0]) {
      open++;
    }
  }
  return NULL;
}

/* %f[set]: the string changes from out of the set to in it. */
static bool frontier(const pattern_search *m, const char *s, const char *p,
                     const char *after) {
  int before = s == m->start ? 0 : byte_at(s - 1);
  int here = s == m->end ? 0 : byte_at(s);
  return !in_set(before, p, after - 1) && in_set(here, p, after - 1);
}

/* %1: what that capture holds, once more. */
static const char *again(pattern_search *m, const char *s, int digit) {
  ptrdiff_t length = m->capture[digit - '1'].length;
  if (length < 0 || m->end - s < length) return NULL;
  m->steps = m->steps < (uint64_t)length ? 0 : m->steps - (uint64_t)length;
  if (memcmp(m->capture[digit - '1'].start, s, (size_t)length) != 0)
    return NULL;
  return s + length;
}

static const char *open_capture(pattern_search *m, const char *s,
                                const char *p) {
  bool position = p < m->pend && *p == ')';
  m->capture[m->level].start = s;
  m->capture[m->level].length = position ? POSITION : UNFINISHED;
  m->level++;
  const char *found = pattern_match(m, s, position ? p + 1 : p);
  if (found == NULL) m->level--;
  return found;
}

static const char *close_capture(pattern_search *m, const char *s,
                                 const char *p) {
  int i = m->level - 1;
  while (m->capture[i].length != UNFINISHED) i--;
  m->capture[i].length = s - m->capture[i].start;
  const char *found = pattern_match(m, s, p);
  if (found == NULL) m->capture[i].length = UNFINISHED;
  return found;
}

/* An item and what follows it says: once, or *, +, -, ?.  Sets *s and *p to
** go on with; false: *found is the answer. */
static bool item(pattern_search *m, const char **s, const char **p,
                 const char **found) {
  const char *after = item_end(*p, m->pend), *at = *p;
  int suffix = after < m->pend ? byte_at(after) : 0;
  bool fits = matches(m, *s, at, after);
  *found = NULL;
  switch (suffix) {
    case '*': *found = longest(m, *s, at, after); return false;
    case '-': *found = shortest(m, *s, at, after); return false;
    case '+':
      if (fits) *found = longest(m, *s + 1, at, after);
      return false;
    case '?':
      if (fits && (*found = pattern_match(m, *s + 1, after + 1)) != NULL)
        return false;
      *p = after + 1;
      return true;
    default:
      if (!fits) return false;
      *s += 1;
      *p = after;
      return true;
  }
}

/* Where the match of p at s ends, NULL if there is none. */
static const char *pattern_match(pattern_search *m, const char *s,
                                 const char *p) {
  const char *found;
  while (p < m->pend) {
    if (!pattern_step(m)) return NULL;
    int next = p + 1 < m->pend ? byte_at(p + 1) : 0;
    if (*p == '(') return open_capture(m, s, p + 1);
    if (*p == ')') return close_capture(m, s, p + 1);
    if (*p == '$' && p + 1 == m->pend) return s == m->end ? s : NULL;
    if (*p == '%' && next == 'b') {
      s = balanced(m, s, p + 2);
      p += 4;
    } else if (*p == '%' && next == 'f') {
      const char *after = item_end(p + 2, m->pend);
      if (!frontier(m, s, p + 2, after)) return NULL;
      p = after;
    } else if (*p == '%' && isdigit(next)) {
      s = again(m, s, next);
      p += 2;
    } else if (!item(m, &s, &p, &found)) {
      return found;
    }
    if (s == NULL) return NULL;
  }
  return s;
}

/* As in Lua, a pattern without any of these is nothing but a string, even
** if there is a ')' in it. */
static bool pattern_is_plain(const char *pattern, size_t length) {
  for (size_t i = 0; i < length; i++)
    if (pattern[i] != '\0' && strchr("^$*+?.([%-", pattern[i]) != NULL)
      return false;
  return true;
}

static bool find_plain(const char *pattern, size_t length, const char *s,
                       size_t size) {
  if (length == 0) return true;
  for (; size >= length; s++, size--) {
    const char *first = memchr(s, *pattern, size - length + 1);
    if (first == NULL) return false;
    size -= (size_t)(first - s);
    s = first;
    if (memcmp(s, pattern, length) == 0) return true;
  }
  return false;
}

int ax__pattern_find(const char *pattern, size_t length, const char *s,
                     size_t size) {
  if (pattern_is_plain(pattern, length))
    return find_plain(pattern, length, s, size);
  pattern_search m = {.start = s, .end = s + size, .pend = pattern + length};
  m.steps = STEPS + STEPS_PER_BYTE * (uint64_t)size;
  bool anchored = length > 0 && *pattern == '^';
  if (anchored) pattern++;
  do {
    m.level = 0;
    if (pattern_match(&m, s, pattern) != NULL) return 1;
    if (m.steps == 0) return AX_E2BIG;
  } while (s++ < m.end && !anchored);
  return 0;
}

/* ----------------------------------------------------------------- check */

typedef struct checker {
  const char *p, *pend;
  int parts; /* that make the search recurse */
  int level;
  bool open[CAPTURES_MAX];
} checker;

static const char *check_capture(checker *c) {
  if (*c->p == '(') {
    if (c->level == CAPTURES_MAX) return "too many captures";
    bool position = c->p + 1 < c->pend && c->p[1] == ')';
    c->open[c->level++] = !position;
    c->p += position ? 2 : 1;
    return NULL;
  }
  int i = c->level - 1;
  while (i >= 0 && !c->open[i]) i--;
  if (i < 0) return "invalid pattern capture";
  c->open[i] = false;
  c->p++;
  return NULL;
}

static const char *check_item(checker *c) {
  const char *after = item_end(c->p, c->pend);
  if (after == NULL)
    return *c->p == '%' ? "malformed pattern (ends with '%')"
                        : "malformed pattern (missing ']')";
  bool suffix =
      after < c->pend && *after != '\0' && strchr("*+-?", *after) != NULL;
  if (suffix) c->parts++;
  c->p = suffix ? after + 1 : after;
  return NULL;
}

/* %b, %f and %1; *known is false for any other class. */
static const char *check_escape(checker *c, bool *known) {
  int next = c->p + 1 < c->pend ? byte_at(c->p + 1) : 0;
  *known = next == 'b' || next == 'f' || isdigit(next);
  if (next == 'b') {
    if (c->pend - c->p < 4)
      return "malformed pattern (missing arguments to '%b')";
    c->p += 4;
  } else if (next == 'f') {
    if (c->pend - c->p < 3 || c->p[2] != '[')
      return "missing '[' after '%f' in pattern";
    c->p = item_end(c->p + 2, c->pend);
    if (c->p == NULL) return "malformed pattern (missing ']')";
  } else if (isdigit(next)) {
    int i = next - '1';
    if (i < 0 || i >= c->level || c->open[i]) return "invalid capture index";
    c->p += 2;
  }
  return NULL;
}

static const char *check_part(checker *c) {
  if (*c->p == '(' || *c->p == ')') {
    c->parts++;
    return check_capture(c);
  }
  bool known = false;
  if (*c->p == '%') {
    const char *why = check_escape(c, &known);
    if (why != NULL || known) return why;
  }
  return check_item(c);
}

const char *ax__pattern_check(const char *pattern, size_t length) {
  checker c = {.p = pattern, .pend = pattern + length};
  if (pattern_is_plain(pattern, length)) return NULL;
  if (length > 0 && *pattern == '^') c.p++;
  while (c.p < c.pend) {
    const char *why = check_part(&c);
    if (why != NULL) return why;
    if (c.parts > PATTERN_DEPTH) return "pattern too complex";
  }
  for (int i = 0; i < c.level; i++)
    if (c.open[i]) return "unfinished capture";
  return NULL;
}
