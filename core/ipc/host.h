/* host - files over descriptors of the host program
**
** Interface: public, axeberg.h; for those who make such files:
** - ax__host_own, ax__host_stream
** - ax__host_number, ax__host_terminal
** the rest is between host and hostwait. */
#ifndef AX_IPC_HOST_H
#define AX_IPC_HOST_H

#include <stdio.h>

#include "kernel/file.h"
#include "kernel/poll.h"

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

typedef struct ax_host {
  ax_file file;
  ax_watch watch;
  ax_list reading; /* clauses */
  ax_list writing;
  ax_list given;   /* the one that was told to read, and has not run yet */
  char *buffer;    /* HOST_BUFFER bytes, once somebody peeked; or NULL */
  size_t from, to; /* what is in it */
  FILE *stream;    /* to be flushed before; NULL: none */
  int fd;
  bool own;    /* it is closed with the file */
  bool plain;  /* a file that never blocks: regular, directory, disk */
  bool polite; /* to be asked before: it may block, and others use it */
} ax_host;

/* The file, or its writer. */
ax_host *ax__host_of(const ax_object *o);

/* Is it ready for those AX_POLL*, or broken? */
bool ax__host_look(const ax_host *h, int events);

/* What print and io.write left behind comes first. */
void ax__host_flush(const ax_host *h);

/* Writes some of it.  AX_EAGAIN: not now. */
int ax__host_push(const ax_host *h, const char *data, size_t size,
                  size_t *done);

/* Who waits longest to write something; NULL: nobody. */
const ax_clause *ax__host_writer(const ax_host *h);

/* Of ax_object_ops: to wait for reading, and for writing. */
int ax__host_attempt(ax_object *o, ax_clause *c);
ax_list *ax__host_queue(ax_object *o);
void ax__host_refuse(ax_object *o, ax_clause *c);
void ax__host_accept(ax_object *o);
void ax__host_serve(ax_object *o);
int ax__host_writer_attempt(ax_object *o, ax_clause *c);
ax_list *ax__host_writer_queue(ax_object *o);
void ax__host_writer_serve(ax_object *o);

extern const ax_watch_ops ax__host_watch;

#endif
