/* launch - starting a program of the system
**
** Interface:
** - ax__launch: starts it
** - ax__launch_watch, ax__launch_signal: what it is known by */
#ifndef AX_IPC_LAUNCH_H
#define AX_IPC_LAUNCH_H

#include "axeberg.h"

/* Starts the program.  pipes[i] is our end of its i, or -1.  *pid is what the
** system calls it.  Every code of errno. */
int ax__launch(const ax_program_options *o, int pipes[3], int *pid);

/* A descriptor that can be read once the program has ended; -1: this system
** has none, or not now. */
int ax__launch_watch(int pid);

/* Sends a signal of the system.  watch: as above. */
int ax__launch_signal(int pid, int watch, int number);

#endif
