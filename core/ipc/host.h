/* host - files over descriptors of the host program
**
** Interface: public, axeberg.h. */
#ifndef AX_IPC_HOST_H
#define AX_IPC_HOST_H

#include <stdio.h>

#include "kernel/file.h"

/* A file over a descriptor that nobody else uses and that does not block
** (O_NONBLOCK); it is closed with the file, and at once if this fails.
** AX_ENOMEM. */
int ax__host_own(ax_kernel *k, int fd, int flags, ax_object **out);

/* A file over a descriptor of the program, which stays open.  stream is
** flushed before each write, and before anybody waits to read. */
int ax__host_stream(ax_kernel *k, int fd, int flags, FILE *stream,
                    ax_object **out);

/* The descriptor of a file of the host, which stays as it is; -1: it is none
** of them. */
int ax__host_number(const ax_file *f);

/* Is it a terminal of the host? */
bool ax__host_terminal(const ax_object *file);

#endif
