/* stop.h: the signals that ask a run to end. Ctrl-C once: finish the case and save; twice, SIGTERM or SIGHUP: stop now. */
#ifndef DLB_STOP_H
#define DLB_STOP_H

/* Installs the handlers. A signal that was ignored when we were started (nohup, background jobs) stays ignored. */
void dlb_stop_watch(void);

/* 0 go on, 1 finish the case at hand, 2 stop now. */
int dlb_stop_wanted(void);

/* The exit code that the signals so far call for: 130, 143, 129, or 0 for none. */
int dlb_stop_exit(void);

#endif
