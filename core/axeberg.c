/* axeberg - the roof: what the whole library says of itself */
#include "axeberg.h"

const char *ax_version(void) { return AX_VERSION; }
