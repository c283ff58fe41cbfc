/* crc - CRC-32C, which finds every damaged byte */
#ifndef AX_BASE_CRC_H
#define AX_BASE_CRC_H

#include <stddef.h>
#include <stdint.h>

/* Of what was before, 0 at first, and of these bytes. */
uint32_t ax__crc(uint32_t crc, const void *data, size_t size);

#endif
