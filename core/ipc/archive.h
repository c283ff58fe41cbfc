/* archive - how a tree of files is written down
**
** Numbers are little-endian.  An archive is
**   "axeberg\n", version (4 bytes), length of all in bytes (8 bytes),
**   the root directory, its entries and its end,
**   CRC-32C of all before (4 bytes)
** and an entry begins with its kind (1 byte) and its name (length, 1 byte;
** bytes; the root's is empty).  Then:
** - all kinds but links and ends: mode (2 bytes: 07777), uid, gid (4 each)
** - directories: their entries, then an end
** - regular files: times, size (8), number of pages (8), and for each page,
**   rising, its number (8) and its bytes: AX_ARCHIVE_PAGE, or, of the last
**   one, up to the size
** - symbolic links: times, length (2), target
** - FIFOs: times
** - one more name of a file: its number (8); files are counted as they come,
**   without directories, links and ends, from 0
** - the end of a directory: its times
** Times are atime, mtime, ctime (8 each), signed.
**
** Interface: public, axeberg.h; between save and restore:
** - ax__archive_dir */
#ifndef AX_IPC_ARCHIVE_H
#define AX_IPC_ARCHIVE_H

#include "ipc/tree.h"

#define AX_ARCHIVE_MAGIC "axeberg\n"

enum {
  AX_ARCHIVE_VERSION = 1,
  AX_ARCHIVE_PAGE = 4096,
  AX_ARCHIVE_HEAD = 20, /* bytes before the root */
  AX_ARCHIVE_TAIL = 4   /* and behind its end */
};

/* The directory that the path leads to, if it is one of the tree in memory and
** the process is user 0; with one reference.  AX_ENOTDIR, AX_EXDEV,
** AX_EPERM. */
int ax__archive_dir(ax_kernel *k, const char *path, ax_vnode **out);

enum ax_archive_kind {
  AX_ARCHIVE_DIR = 1,
  AX_ARCHIVE_FILE,
  AX_ARCHIVE_SYMLINK,
  AX_ARCHIVE_FIFO,
  AX_ARCHIVE_LINK,
  AX_ARCHIVE_END
};

#endif
