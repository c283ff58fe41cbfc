/* error - names and sentences of the error codes */
#include "axeberg.h"

const char *ax_error_name(int code) {
  switch (code) {
    case AX_OK: return "OK";
#define X(name, number, text) \
  case AX_##name: return #name;
      AX_ERRORS(X)
#undef X
    default: return "EUNKNOWN";
  }
}

const char *ax_error_text(int code) {
  switch (code) {
    case AX_OK: return "success";
#define X(name, number, text) \
  case AX_##name: return text;
      AX_ERRORS(X)
#undef X
    default: return "unknown error";
  }
}
