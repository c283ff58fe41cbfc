/* fault - where and why a value does not match, in words */
#include "ipc/fault.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"

enum {
  QUOTED_MAX = 40,              /* bytes of a string that are shown */
  STEP_MAX = 4 * QUOTED_MAX + 8 /* of a path, each byte as \ddd at worst */
};

void ax__trail_clear(ax__trail *t) {
  t->start = AX_TRAIL_MAX;
  t->cut = false;
  t->message[0] = '\0';
}

void ax__trail_say(ax__trail *t, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(t->message, sizeof t->message, format, arguments);
  va_end(arguments);
}

void ax__trail_wrap(ax__trail *t, const char *wrap) {
  char message[AX_REASON_MAX];
  memcpy(message, t->message, sizeof message);
  ax__trail_say(t, "%s%s", wrap, message);
}

/* ---------------------------------------------------------------- quotes */

static const char *const words[] = {
    "and",      "break",  "do",   "else", "elseif", "end",  "false", "for",
    "function", "goto",   "if",   "in",   "local",  "nil",  "not",   "or",
    "repeat",   "return", "then", "true", "until",  "while"};

static bool is_word(const char *name, size_t length) {
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strlen(words[i]) == length && memcmp(words[i], name, length) == 0)
      return true;
  return false;
}

bool ax__plain_name(const char *name, size_t length) {
  if (length == 0 || length > QUOTED_MAX) return false;
  if (isdigit((unsigned char)name[0])) return false;
  for (size_t i = 0; i < length; i++)
    if (!isalnum((unsigned char)name[i]) && name[i] != '_') return false;
  return !is_word(name, length);
}

size_t ax__escape(unsigned char c, char *out) {
  bool control = c < 32 || c == 127;
  size_t n = 0;
  if (control || c == '"' || c == '\\') out[n++] = '\\';
  if (c == '\n') {
    out[n++] = 'n';
  } else if (control) {
    out[n++] = (char)('0' + c / 100);
    out[n++] = (char)('0' + c / 10 % 10);
    out[n++] = (char)('0' + c % 10);
  } else {
    out[n++] = (char)c;
  }
  return n;
}

static size_t quote_string(const char *s, size_t length, char *buffer,
                           size_t size) {
  char text[STEP_MAX];
  size_t n = 0;
  text[n++] = '"';
  for (size_t i = 0; i < length && i < QUOTED_MAX; i++)
    n += ax__escape((unsigned char)s[i], text + n);
  const char *end = length > QUOTED_MAX ? "...\"" : "\"";
  return (size_t)snprintf(buffer, size, "%.*s%s", (int)n, text, end);
}

/* The shortest of two spellings that reads back as the same number. */
static size_t quote_number(double d, char *buffer, size_t size) {
  double back;
  char text[40];
  snprintf(text, sizeof text, "%.14g", d);
  if (sscanf(text, "%lf", &back) != 1 || back != d)
    snprintf(text, sizeof text, "%.17g", d);
  bool whole = strspn(text, "-0123456789") == strlen(text);
  return (size_t)snprintf(buffer, size, "%s%s", text, whole ? ".0" : "");
}

size_t ax__quote(const ax_item *item, char *buffer, size_t size) {
  size_t n;
  switch (item->type) {
    case AX_STRING:
      n = quote_string(item->u.string, item->length, buffer, size);
      break;
    case AX_INTEGER:
      n = (size_t)snprintf(buffer, size, "%lld", (long long)item->u.integer);
      break;
    case AX_NUMBER: n = quote_number(item->u.number, buffer, size); break;
    case AX_BOOLEAN:
      n = (size_t)snprintf(buffer, size, "%s",
                           item->u.boolean ? "true" : "false");
      break;
    default: n = (size_t)snprintf(buffer, size, "%s", ax__type_name(item));
  }
  return n < size ? n : size - 1;
}

const char *ax__type_name(const ax_item *item) {
  switch (item->type) {
    case AX_NIL: return "nil";
    case AX_NULL: return "null";
    case AX_BOOLEAN: return "boolean";
    case AX_INTEGER:
    case AX_NUMBER: return "number";
    case AX_STRING: return "string";
    case AX_TABLE: return "table";
    default: return item->u.string;
  }
}

/* ------------------------------------------------------------- the path */

static void prepend(ax__trail *t, const char *step, size_t length) {
  if (t->cut || length > t->start) {
    t->cut = true;
    return;
  }
  t->start -= length;
  memcpy(t->path + t->start, step, length);
}

void ax__trail_key(ax__trail *t, const ax_item *key) {
  char step[STEP_MAX + 8];
  if (key->type == AX_STRING && ax__plain_name(key->u.string, key->length)) {
    step[0] = '.';
    memcpy(step + 1, key->u.string, key->length);
    prepend(t, step, key->length + 1);
    return;
  }
  step[0] = '[';
  size_t n = 1 + ax__quote(key, step + 1, sizeof step - 2);
  step[n++] = ']';
  prepend(t, step, n);
}

void ax__trail_tell(const ax__trail *t, ax_fault *out) {
  snprintf(out->text, sizeof out->text, "$%s%.*s: %s", t->cut ? "..." : "",
           (int)(AX_TRAIL_MAX - t->start), t->path + t->start, t->message);
}
