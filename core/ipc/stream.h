/* stream - the bytes of a pipe, and who waits for them
**
** What pipe.h says of those who wait is done here; ends are pipe.c.
**
** Interface: all for pipe.c.  f is the file by way of which it is done. */
#ifndef AX_IPC_STREAM_H
#define AX_IPC_STREAM_H

#include "ipc/pipe.h"

/* Who waits on one side. */
typedef struct ax__line {
  ax_list came;     /* clauses that nobody has looked at yet */
  ax_list waiting;  /* those that want to read or to write, in line */
  ax_list watching; /* those that only want to know */
} ax__line;

struct ax__pipe {
  ax_kernel *kernel;
  char *data;           /* the buffer: capacity bytes, used as a ring */
  size_t capacity;      /* set by the user */
  size_t head, count;   /* where the oldest byte is; how many there are */
  ax__line read, write; /* who waits */
  ax_list given;        /* readers that were told and have not run yet */
  const ax_proc *turn;  /* who was, has run, and reads now; only compared */
  ax_list ends;         /* all that are open, the oldest first */
  size_t nreaders, nwriters; /* among them */
  uint64_t number;           /* tells pipes apart */
  uint16_t flow;             /* the last traced write's number */
  int64_t time;              /* when it was made */
  uint32_t uid, gid;         /* whose it is, if it is no FIFO */
  uint32_t refs;
};

/* A stream in cleared memory.  AX_ENOMEM. */
int ax__stream_init(ax_kernel *k, ax__pipe *p, size_t capacity);
void ax__stream_fini(ax__pipe *p);

/* The functions of ax_file_ops. */
int ax__stream_peek(ax__pipe *p, const char **data, size_t *size);
void ax__stream_take(ax__pipe *p, size_t n);
int ax__stream_read(ax__pipe *p, char *data, size_t size, size_t *done);
int ax__stream_write(ax__pipe *p, const char *data, size_t size,
                     size_t *done);

/* The attempts of both sides, by clauses that want to, or only to know. */
int ax__stream_read_attempt(ax__pipe *p, const ax_clause *c);
int ax__stream_write_attempt(ax__pipe *p, ax_file *f, ax_clause *c);

/* After whatever has changed: whom can be served is served. */
void ax__stream_settle(ax__pipe *p);

/* The right to read goes to the next one, if nobody has it. */
void ax__stream_tell(ax__pipe *p);

/* Ends the waits on a line: all (NULL), or those by way of that side of an
** end. */
void ax__line_end(ax__line *l, const ax_object *side, int rc);

/* The same bytes in a buffer of that size.  AX_EBUSY, AX_ENOMEM. */
int ax__stream_resize(ax__pipe *p, size_t size);

#endif
