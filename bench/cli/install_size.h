/* install_size.h: how large the libraries are that a backend needs on this machine. */
#ifndef DLB_INSTALL_SIZE_H
#define DLB_INSTALL_SIZE_H

/* Loads a backend into this process, looks for its devices, and adds up the files of the shared libraries that came in by that: the plugin, what it links, what its vendor
 * loads (a driver, a compiler). NaN when it cannot be loaded. For a process that does nothing else: vendor code runs in it. */
double dlb_install_size_here(const char *backend);

/* The same asked of a process of its own (`program` is dlbench), which may crash or hang for 30 s without harm. NaN: not known. */
double dlb_install_size(const char *program, const char *backend);

#endif
